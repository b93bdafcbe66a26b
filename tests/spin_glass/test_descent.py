from itertools import pairwise

import pytest
import torch

from lossland.numerics.fixed_point import ConvergenceWarning
from lossland.spin_glass.couplings import sample_couplings
from lossland.spin_glass.dynamics import descend
from lossland.spin_glass.eigenproblem import eigenvector_critical_points
from lossland.spin_glass.hamiltonian import energy, gradient
from lossland.spin_glass.minima import find_minima
from lossland.spin_glass.newton_method import hessian_eigenvalues
from lossland.spin_glass.sphere import overlap, random_states, riemannian_gradient


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize("storage", ["full", "packed"])
@pytest.mark.parametrize("order", [3, 4])
def test_descent_ends_where_it_says(order, storage):
    couplings = sample_couplings(15, order, storage=storage, generator=generator())
    starts = random_states(15, (2, 4), generator=generator(1))
    end = descend(couplings, starts)
    assert end.states.shape == starts.shape
    assert bool(end.converged.all())
    torch.testing.assert_close(end.energies, energy(couplings, end.states))
    norms = riemannian_gradient(end.states, gradient(couplings, end.states)).norm(dim=-1) / 15**0.5
    assert float(norms.max()) <= 1e-8
    torch.testing.assert_close(end.gradient_norms, norms, atol=1e-12, rtol=1e-3)
    assert bool((end.energies < energy(couplings, starts)).all())
    assert bool((end.n_iter > 0).all())


def test_a_batch_of_disorders_goes_where_each_goes_by_itself():
    couplings = sample_couplings(12, 3, n_disorder=9, generator=generator())
    starts = random_states(12, (9, 2), generator=generator(1))
    end = descend(couplings, starts)
    for number in (0, 4, 8):
        one = descend(couplings.select(number), starts[number])
        torch.testing.assert_close(end.energies[number], one.energies)
        assert abs(int(end.n_iter[number].sum()) - int(one.n_iter.sum())) <= 4  # rounding of products


def test_a_batch_of_one_disorder_is_that_disorder():
    couplings = sample_couplings(12, 3, n_disorder=1, generator=generator())
    starts = random_states(12, (1, 2, 3), generator=generator(1))
    batch, one = descend(couplings, starts), descend(couplings.select(0), starts[0])
    for field, expected in zip(batch, one, strict=True):
        assert torch.equal(field[0], expected)
    stopped = descend(couplings, starts, energy_stop=torch.full((1, 2, 3), 5.0))
    assert int(stopped.n_iter.max()) == 0


def test_every_step_goes_down_with_memory_one():
    couplings = sample_couplings(20, 3, generator=generator())
    start = random_states(20, generator=generator(1))
    with pytest.warns(ConvergenceWarning, match="1 of 1 states did not reach a gradient of 1e-08 in"):
        energies = [descend(couplings, start, max_iter=k).energies for k in range(1, 40)]
    assert all(b <= a + 1e-12 for a, b in pairwise(energies))


def test_most_ends_are_those_of_gradient_flow():
    couplings = sample_couplings(20, 3, n_disorder=60, generator=generator())
    starts = random_states(20, (60, 2), generator=generator(1))
    fast, slow = find_minima(couplings, starts), find_minima(couplings, starts, step=0.02)
    assert float((overlap(fast.states, slow.states) > 0.999).double().mean()) > 0.93
    difference = (fast.energies - slow.energies) / 20
    assert abs(float(difference.mean())) < 0.01


def test_energies_at_which_to_stop():
    couplings = sample_couplings(30, 3, generator=generator())
    starts = random_states(30, (3,), generator=generator(1))
    stop = torch.tensor([-0.5, -1.0, 9.0])
    end = descend(couplings, starts, energy_stop=stop)
    assert bool(end.converged.all())
    assert torch.equal(end.energies[:2] / 30 <= stop[:2], torch.tensor([True, True]))
    assert float(end.energies[1]) / 30 > -1.4
    assert int(end.n_iter[2]) == 0


def test_minima_are_minima():
    couplings = sample_couplings(25, 3, n_disorder=10, storage="packed", generator=generator())
    found = find_minima(couplings, random_states(25, (10, 3), generator=generator(1)))
    assert bool(found.converged.all())
    assert float(found.gradient_norms.max()) <= 1e-10
    assert int(found.indices.max()) == 0
    eigenvalues = hessian_eigenvalues(couplings, found.states)
    torch.testing.assert_close(found.lowest_eigenvalues, eigenvalues[..., 0])
    assert float(eigenvalues.min()) > 0


def test_a_saddle_is_not_taken_for_a_minimum():
    """Starting on a maximum: descent does not move, and the Hessian tells."""
    couplings = sample_couplings(6, 2, generator=generator())
    maximum = eigenvector_critical_points(couplings).states[-1]
    with pytest.warns(ConvergenceWarning, match="1 of 1 starts led to no minimum"):
        found = find_minima(couplings, maximum, rounds=1)
    assert int(found.indices) == 5
    assert not bool(found.converged)


def test_single_precision_and_errors():
    couplings = sample_couplings(20, 3, dtype=torch.float32, generator=generator())
    starts = random_states(20, (3,), dtype=torch.float32, generator=generator(1))
    end = descend(couplings, starts)
    assert end.states.dtype == torch.float32
    assert float(end.gradient_norms.max()) <= 1e-4
    with pytest.raises(ValueError, match="tol: expected >= 0, got -1"):
        descend(couplings, starts, tol=-1)
    with pytest.raises(ValueError, match="memory: expected an integer >= 1, got 0"):
        descend(couplings, starts, memory=0)
    with pytest.raises(ValueError, match="rounds: expected an integer >= 1, got 0"):
        find_minima(couplings, starts, rounds=0)
