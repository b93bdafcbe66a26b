import pytest
import torch

from lossland.spin_glass.couplings import sample_couplings
from lossland.spin_glass.hamiltonian import energy_and_gradient
from lossland.spin_glass.newton_method import hessian_eigenvalues, newton
from lossland.spin_glass.sphere import overlap, random_states, retract, riemannian_gradient


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def residuals(couplings, states):
    return riemannian_gradient(states, energy_and_gradient(couplings, states)[1]).norm(dim=-1) / states.shape[-1] ** 0.5


@pytest.mark.parametrize("storage", ["full", "packed"])
@pytest.mark.parametrize("order", [3, 4])
def test_ends_are_critical_and_of_many_indices(order, storage):
    couplings = sample_couplings(12, order, storage=storage, generator=generator(order))
    end = newton(couplings, random_states(12, (60,), generator=generator(1)))
    found = end.states[end.converged]
    assert len(found) > 20
    assert float(residuals(couplings, found).max()) <= 1e-10
    indices = (hessian_eigenvalues(couplings, found) < 0).sum(-1)
    assert len(indices.unique()) > 3


def test_a_batch_of_disorders_goes_where_each_goes_by_itself():
    couplings = sample_couplings(8, 3, n_disorder=4, generator=generator())
    starts = random_states(8, (4, 5), generator=generator(1))
    end = newton(couplings, starts)
    one = newton(couplings.select(2), starts[2])
    assert torch.equal(end.converged[2], one.converged)
    assert float((end.states[2] - one.states)[one.converged].abs().max()) < 1e-6


def test_convergence_to_a_saddle_is_quadratic():
    """Each step squares the residual: the ratio of the logarithms of successive reductions is two."""
    couplings = sample_couplings(10, 3, generator=generator(2))
    end = newton(couplings, random_states(10, (30,), generator=generator(1)))
    saddle = end.states[end.converged & (end.energies.abs() / 10 < 1.0)][0]
    start = retract(saddle, 0.03 * random_states(10, generator=generator(3)))
    ends = [newton(couplings, start, max_iter=k) for k in range(4)]
    assert float(overlap(ends[-1].states, saddle)) == pytest.approx(1, abs=1e-9)
    logs = torch.tensor([float(one.gradient_norms) for one in ends]).log()
    steps = logs.diff()
    assert float(steps[2] / steps[1]) == pytest.approx(2, abs=0.4)


def test_residuals_never_rise():
    couplings = sample_couplings(15, 3, generator=generator())
    starts = random_states(15, (20,), generator=generator(1))
    residuals = torch.stack([newton(couplings, starts, max_iter=k).gradient_norms for k in range(12)])
    assert bool((residuals.diff(dim=0) <= 0).all())


def test_errors():
    couplings = sample_couplings(4, 3, generator=generator())
    state = random_states(4, generator=generator())
    with pytest.raises(ValueError, match="tol: expected >= 0, got -1"):
        newton(couplings, state, tol=-1)
    with pytest.raises(ValueError, match=r"states: expected shape \(\.\.\., 4\), got \(3,\)"):
        newton(couplings, torch.ones(3, dtype=torch.float64))
