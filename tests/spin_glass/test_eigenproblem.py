import pytest
import torch

from lossland.spin_glass.census import find_critical_points
from lossland.spin_glass.couplings import sample_couplings
from lossland.spin_glass.dynamics import descend
from lossland.spin_glass.eigenproblem import eigenvector_critical_points
from lossland.spin_glass.hamiltonian import energy_and_gradient
from lossland.spin_glass.newton_method import hessian_eigenvalues, newton
from lossland.spin_glass.sphere import overlap, random_states, riemannian_gradient


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize("storage", ["full", "packed"])
def test_eigenvectors_are_critical_and_their_index_is_their_number(storage):
    couplings = sample_couplings(9, 2, n_disorder=4, storage=storage, generator=generator())
    points = eigenvector_critical_points(couplings)
    energies, euclidean = energy_and_gradient(couplings, points.states)
    torch.testing.assert_close(energies, points.energies)
    assert float(riemannian_gradient(points.states, euclidean).norm(dim=-1).max()) < 1e-12
    indices = (hessian_eigenvalues(couplings, points.states) < 0).sum(-1)
    assert torch.equal(indices, torch.arange(9).expand(4, 9))


def test_descent_reaches_the_lowest_eigenvector():
    couplings = sample_couplings(12, 2, n_disorder=20, generator=generator())
    end = descend(couplings, random_states(12, (20, 3), generator=generator(1)))
    lowest = eigenvector_critical_points(couplings)
    assert bool(end.converged.all())
    torch.testing.assert_close(end.energies, lowest.energies[:, :1].expand(20, 3))
    assert float((overlap(end.states, lowest.states[:, :1]).abs() - 1).abs().max()) < 1e-9


def test_newton_finds_no_point_that_is_no_eigenvector():
    couplings = sample_couplings(8, 2, generator=generator())
    end = newton(couplings, random_states(8, (200,), generator=generator(1)))
    overlaps = overlap(end.states[end.converged].unsqueeze(1), eigenvector_critical_points(couplings).states).abs()
    assert float((overlaps.amax(-1) - 1).abs().max()) < 1e-12
    assert len(overlaps.argmax(-1).unique()) >= 6  # Newton's method meets the extreme ones rarely


def test_census_takes_the_eigenvectors():
    census = find_critical_points(sample_couplings(30, 2, generator=generator()), 1, generator=generator())
    assert census.indices.tolist() == list(range(30))
    assert census.n_failed == 0


def test_large_matrix_has_the_ground_state_of_the_semicircle():
    """The lowest energy per spin is -sqrt(2), up to Tracy and Widom's fluctuations of order n^(-2/3) = 0.01."""
    points = eigenvector_critical_points(sample_couplings(1000, 2, generator=generator()))
    assert float(points.energies[0]) / 1000 == pytest.approx(-(2**0.5), abs=0.02)
    with pytest.raises(ValueError, match="couplings: expected order 2, got 3; use find_critical_points"):
        eigenvector_critical_points(sample_couplings(3, 3, generator=generator()))
