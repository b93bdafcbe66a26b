import math

import pytest
import torch

from lossland.spin_glass.couplings import sample_couplings
from lossland.spin_glass.hamiltonian import energy, energy_and_gradient, hessian
from lossland.spin_glass.sphere import (
    geodesic,
    overlap,
    random_states,
    retract,
    riemannian_gradient,
    riemannian_hessian,
    tangent_basis,
    to_tangent,
)


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def test_states_are_uniform_on_the_sphere():
    states = random_states(3, 30_000, generator=generator())
    torch.testing.assert_close(states.norm(dim=-1), torch.full((30_000,), 3**0.5, dtype=torch.float64))
    assert torch.all(states.mean(0).abs() < 4.5 / 30_000**0.5)
    covariance = states.T @ states / 30_000
    assert torch.all((covariance - torch.eye(3)).abs() < 4.5 / 30_000**0.5)
    assert random_states(3, dtype=torch.float32, generator=generator()).dtype == torch.float32
    with pytest.raises(ValueError, match="n_spins: expected an integer >= 1, got 0"):
        random_states(0, generator=generator())


@pytest.mark.parametrize("sign", [1, -1])
def test_tangent_basis_is_orthonormal_and_tangent(sign):
    states = sign * torch.cat([random_states(5, (3,), generator=generator()), 5**0.5 * torch.eye(5)[:1]])
    basis = tangent_basis(states)
    assert basis.shape == (4, 5, 4)
    torch.testing.assert_close(basis.mT @ basis, torch.eye(4, dtype=torch.float64).expand(4, 4, 4))
    assert float((states.unsqueeze(-2) @ basis).abs().max()) < 1e-14


def test_geodesics_are_great_circles():
    state = random_states(6, generator=generator())
    velocity = to_tangent(state, random_states(6, generator=generator(1)))
    period = 2 * math.pi * 6**0.5 / float(velocity.norm())
    around = geodesic(state, velocity, period)
    torch.testing.assert_close(around, (state, velocity))
    half, speed = geodesic(state, velocity, 0.3)
    torch.testing.assert_close(geodesic(half, -speed, 0.3)[0], state)
    assert float(overlap(half, speed)) == pytest.approx(0, abs=1e-14)
    torch.testing.assert_close(geodesic(state, torch.zeros_like(state), 1.0)[0], state)


@pytest.mark.parametrize("order", [2, 3, 4])
def test_gradient_and_hessian_are_those_along_great_circles(order):
    """Second derivative of the energy along a geodesic is the Riemannian Hessian: no other curve has that."""
    couplings = sample_couplings(6, order, generator=generator())
    state = random_states(6, generator=generator(1))
    tangent = to_tangent(state, random_states(6, generator=generator(2)))
    value, first = energy_and_gradient(couplings, state)
    second = riemannian_hessian(state, first, hessian(couplings, state))
    inner = tangent_basis(state).T @ tangent
    torch.testing.assert_close(second, second.mT)
    step = 1e-3
    ahead, behind = (energy(couplings, geodesic(state, tangent, t)[0]) for t in (step, -step))
    slope = float(riemannian_gradient(state, first) @ tangent)
    assert float(ahead - behind) / (2 * step) == pytest.approx(slope, rel=1e-4)
    assert float(ahead + behind - 2 * value) / step**2 == pytest.approx(float(inner @ second @ inner), rel=1e-4)


def test_retraction_agrees_with_the_geodesic_to_second_order():
    state = random_states(6, generator=generator())
    tangent = to_tangent(state, random_states(6, generator=generator(1)))
    errors = [float((retract(state, t * tangent) - geodesic(state, tangent, t)[0]).norm()) for t in (1e-2, 1e-3)]
    assert errors[0] / errors[1] == pytest.approx(1000, rel=0.01)
