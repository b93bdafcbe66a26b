"""Energies, gradients and Hessians against the definition, in both storages, batched over states and disorders."""

import numpy as np
import pytest
import torch

from lossland.spin_glass import hamiltonian, packed_couplings
from lossland.spin_glass.couplings import couplings_from_tensor, pack, sample_couplings
from lossland.spin_glass.hamiltonian import energy, energy_and_gradient, gradient, hessian
from lossland.spin_glass.sphere import random_states

SHAPES = [(2, 70), (2, 5), (3, 37), (3, 4), (4, 11), (5, 6), (6, 3), (3, 1)]


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def naive(ordered, state):
    """The sum over ordered tuples, as the definition has it."""
    n_spins, order = state.shape[-1], ordered.ndim
    for _ in range(order):
        ordered = ordered @ state
    return ordered * n_spins ** (-(order - 1) / 2)


@pytest.fixture(params=[None, 300])
def piece_bytes(request, monkeypatch):
    """As it is, and so little that every product is done in many pieces."""
    if request.param:
        monkeypatch.setattr(packed_couplings, "_PIECE_BYTES", request.param)
        monkeypatch.setattr(hamiltonian, "_PIECE_BYTES", {"cpu": request.param})


@pytest.mark.usefixtures("piece_bytes")
@pytest.mark.parametrize("storage", ["full", "packed"])
@pytest.mark.parametrize(("order", "n_spins"), SHAPES)
def test_against_the_definition_and_automatic_derivatives(order, n_spins, storage):
    ordered = torch.randn(*[n_spins] * order, dtype=torch.float64, generator=generator(order))
    states = random_states(n_spins, (2, 2), generator=generator(1))
    couplings = couplings_from_tensor(ordered, storage=storage)
    energies, derivatives = energy_and_gradient(couplings, states)
    seconds = hessian(couplings, states)
    for place in ((0, 0), (1, 1)):
        state = states[place]
        first = torch.func.grad(lambda w: naive(ordered, w))
        torch.testing.assert_close(energies[place], naive(ordered, state))
        torch.testing.assert_close(derivatives[place], first(state))
        torch.testing.assert_close(seconds[place], torch.func.jacrev(first)(state))
        torch.testing.assert_close(energy(couplings, state), energies[place])  # one state has a way of its own
        torch.testing.assert_close(gradient(couplings, state), derivatives[place])
        torch.testing.assert_close(hessian(couplings, state), seconds[place])


@pytest.mark.usefixtures("piece_bytes")
@pytest.mark.parametrize("storage", ["full", "packed"])
@pytest.mark.parametrize(("order", "n_spins"), SHAPES)
def test_many_states_are_each_by_itself(order, n_spins, storage):
    couplings = sample_couplings(n_spins, order, storage=storage, generator=generator())
    states = random_states(n_spins, (20,), generator=generator(1))
    energies, derivatives = energy_and_gradient(couplings, states)
    for number in (0, 19):
        torch.testing.assert_close(energies[number], energy(couplings, states[number]))
        torch.testing.assert_close(derivatives[number], gradient(couplings, states[number]))


@pytest.mark.parametrize("storage", ["full", "packed"])
@pytest.mark.parametrize("order", [2, 3, 4])
def test_a_batch_of_disorders_is_each_by_itself(order, storage):
    couplings = sample_couplings(7, order, n_disorder=3, storage=storage, generator=generator())
    states = random_states(7, (3, 2), generator=generator(1))
    energies, derivatives = energy_and_gradient(couplings, states)
    for number in range(3):
        one = couplings.select(number)
        torch.testing.assert_close(energies[number], energy(one, states[number]))
        torch.testing.assert_close(derivatives[number], gradient(one, states[number]))
        torch.testing.assert_close(hessian(couplings, states)[number], hessian(one, states[number]))
    assert energy(couplings, states[:, 0]).shape == (3,)


@pytest.mark.parametrize("storage", ["full", "packed"])
@pytest.mark.parametrize("order", [2, 3, 4, 5])
def test_euler_identities_off_the_sphere(order, storage):
    """<w, grad L> = H L, Hess w = (H-1) grad L, L(t w) = t^H L(w)."""
    couplings = sample_couplings(9, order, storage=storage, generator=generator())
    state = 1.3 * random_states(9, generator=generator(1))
    value, first = energy_and_gradient(couplings, state)
    torch.testing.assert_close(state @ first, order * value)
    torch.testing.assert_close(hessian(couplings, state) @ state, (order - 1) * first)
    torch.testing.assert_close(energy(couplings, 0.5 * state), 0.5**order * value)


def slope(errors, steps):
    return float(np.polyfit(np.log(steps), np.log([float(error) for error in errors]), 1)[0])


@pytest.mark.parametrize("storage", ["full", "packed"])
@pytest.mark.parametrize("order", [3, 4])
def test_slopes_of_the_taylor_errors(order, storage):
    """Two terms leave an error of slope 2, three of slope 3."""
    couplings = sample_couplings(12, order, storage=storage, generator=generator())
    state, direction = random_states(12, (2,), generator=generator(1))
    value, first = energy_and_gradient(couplings, state)
    second = hessian(couplings, state)
    steps = [10 ** (-2 - k / 4) for k in range(6)]
    moved = [energy(couplings, state + t * direction) for t in steps]
    linear = [value + t * first @ direction for t in steps]
    quadratic = [a + t * t / 2 * direction @ second @ direction for a, t in zip(linear, steps, strict=True)]
    assert slope([abs(a - b) for a, b in zip(moved, linear, strict=True)], steps) == pytest.approx(2, abs=0.02)
    assert slope([abs(a - b) for a, b in zip(moved, quadratic, strict=True)], steps) == pytest.approx(3, abs=0.02)


def test_single_precision_agrees_to_single_precision():
    couplings = sample_couplings(60, 3, storage="packed", generator=generator())
    states = random_states(60, (4,), generator=generator(1))
    exact, single = energy(couplings, states), energy(couplings.to(torch.float32), states.float())
    assert single.dtype == torch.float32
    torch.testing.assert_close(single.double(), exact, atol=60 * 1e-6, rtol=0)
    torch.testing.assert_close(energy(pack(couplings), states), exact)


def test_errors_say_what_does_not_fit():
    couplings = sample_couplings(4, 3, n_disorder=2, generator=generator())
    state = random_states(4, generator=generator())
    with pytest.raises(ValueError, match=r"states: expected shape \(2, \.\.\., 4\), got \(4,\)"):
        energy(couplings, state)
    with pytest.raises(ValueError, match=r"states: expected shape \(\.\.\., 4\), got \(3, 5\)"):
        energy(couplings.select(0), torch.zeros(3, 5, dtype=torch.float64))
    with pytest.raises(TypeError, match=r"expected a tensor of the couplings' type torch\.float64, got torch\.float32"):
        energy(couplings, state.float())
    with pytest.raises(ValueError, match="states: expected them on cpu, got meta"):
        energy(couplings, torch.zeros(2, 4, dtype=torch.float64, device="meta"))
