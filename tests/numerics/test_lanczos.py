"""Lanczos against full eigenvalue decompositions; ghosts without re-orthogonalization, none with it."""

import numpy as np
import pytest
import torch

from lossland.numerics import NotSymmetricError, gauss_quadrature, lanczos


def with_spectrum(eigenvalues, seed=0):
    size = len(eigenvalues)
    frame = np.linalg.qr(np.random.default_rng(seed).standard_normal((size, size)))[0]
    return (frame * np.asarray(eigenvalues)) @ frame.T


OUTLIERS = np.concatenate([np.linspace(-0.1, 0.4, 97), [3.0, 5.0, 9.0]])  # as of a trained network


@pytest.mark.parametrize("n_runs", [1, 3])
def test_all_steps_give_all_eigenvalues_and_an_orthonormal_basis(n_runs):
    matrix = with_spectrum(OUTLIERS)
    start = np.random.default_rng(1).standard_normal((n_runs, 100))
    result = lanczos(lambda rows: rows @ matrix, start, 100, keep_basis=True)
    values, weights = gauss_quadrature(result)
    np.testing.assert_allclose(values, np.tile(np.sort(OUTLIERS), (n_runs, 1)), atol=1e-11)
    np.testing.assert_allclose(weights.sum(1), 1, atol=1e-12)
    grams = result.basis @ np.swapaxes(result.basis, -1, -2)
    np.testing.assert_allclose(grams, np.broadcast_to(np.eye(100), grams.shape), atol=1e-13)
    tridiagonal = result.basis[0] @ matrix @ result.basis[0].T
    np.testing.assert_allclose(np.diag(tridiagonal), result.diagonal[0], atol=1e-12)
    np.testing.assert_allclose(np.diag(tridiagonal, 1), result.off_diagonal[0], atol=1e-12)
    projections = (np.linalg.eigh(matrix)[1].T @ (start[0] / np.linalg.norm(start[0]))) ** 2
    np.testing.assert_allclose(weights[0], projections, atol=1e-11)


def test_m_steps_are_exact_for_polynomials_of_degree_2m_minus_1():
    matrix = with_spectrum(OUTLIERS)
    start = np.random.default_rng(2).standard_normal(100)
    unit = start / np.linalg.norm(start)
    values, weights = gauss_quadrature(lanczos(lambda rows: rows @ matrix, start, 4))
    exact = [unit @ np.linalg.matrix_power(matrix, k) @ unit for k in range(10)]
    found = [float(np.sum(weights[0] * values[0] ** k)) for k in range(10)]
    np.testing.assert_allclose(found[:8], exact[:8], rtol=1e-11)
    assert abs(found[8] / exact[8] - 1) > 1e-9


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_ghosts_appear_without_and_never_with_reorthogonalization(dtype):
    matrix = torch.as_tensor(with_spectrum(OUTLIERS), dtype=dtype)
    start = torch.ones(2, 100, dtype=dtype)
    start[1, ::3] = -1
    copies = {}
    for full in (True, False):
        result = lanczos(lambda rows: rows @ matrix, start, 90, reorthogonalize=full, keep_basis=True)
        values, weights = gauss_quadrature(result)
        near = np.abs(values - 9.0) < 1e-3
        copies[full] = near.sum(1).tolist()
        overlap = (result.basis @ result.basis.mT - torch.eye(90, dtype=dtype)).abs().max()
        assert (float(overlap) < 100 * torch.finfo(dtype).eps) == full
        assert result.basis.dtype == dtype
        assert weights.dtype == np.float64
    assert copies[True] == [1, 1]
    assert min(copies[False]) > 1


def test_an_invariant_subspace_ends_a_run_and_not_the_others():
    matrix = np.diag([1.0] * 10 + [3.0] * 5 + [7.0] * 5)
    start = np.zeros((3, 20))
    start[0] = 1.0
    start[1, :15] = 1.0
    start[2, 16] = 2.0
    result = lanczos(lambda rows: rows @ matrix, start, 6)
    assert result.n_steps.tolist() == [3, 2, 1]
    values, weights = gauss_quadrature(result)
    np.testing.assert_allclose(values[0, :3], [1, 3, 7])
    np.testing.assert_allclose(weights[0], [0.5, 0.25, 0.25, 0, 0, 0], atol=1e-14)
    np.testing.assert_allclose(weights[1], [2 / 3, 1 / 3, 0, 0, 0, 0], atol=1e-14)
    np.testing.assert_allclose(values[2], 7)
    assert lanczos(lambda rows: 0 * rows, start, 4).n_steps.tolist() == [1, 1, 1]


def test_more_steps_than_rows_are_not_taken():
    assert lanczos(lambda rows: 2 * rows, np.ones(3), 9).diagonal.shape == (1, 3)


class TestSymmetry:
    @pytest.mark.parametrize("size", [1.0, 1e-3, 1e-7])
    def test_a_matrix_that_is_not_symmetric_is_seen(self, size):
        matrix = with_spectrum(OUTLIERS)
        matrix[3, 40] += size
        with pytest.raises(NotSymmetricError, match=r"but q_i.Aq_j and q_j.Aq_i differ by"):
            lanczos(lambda rows: rows @ matrix, np.ones(100), 20, symmetry_tol=1e-10)

    def test_what_is_random_is_seen(self):
        matrix, rng = with_spectrum(OUTLIERS), np.random.default_rng(0)
        with pytest.raises(NotSymmetricError):
            lanczos(lambda rows: rows @ matrix * rng.uniform(0.9, 1.1, 100), np.ones(100), 20)

    def test_rounding_in_single_precision_is_not_taken_for_it(self):
        matrix = torch.as_tensor(with_spectrum(OUTLIERS * 1e4), dtype=torch.float32)
        lanczos(lambda rows: rows @ matrix, torch.ones(100), 100)


def test_errors():
    with pytest.raises(ValueError, match="start: expected vectors that are not zero, got zero at row 1"):
        lanczos(lambda rows: rows, np.array([[1.0, 0.0], [0.0, 0.0]]), 2)
    with pytest.raises(ValueError, match=r"start: expected one vector or rows of them, got shape \(1, 1, 2\)"):
        lanczos(lambda rows: rows, np.ones((1, 1, 2)), 2)
    with pytest.raises(ValueError, match="apply: expected finite products, got NaN or infinity"):
        lanczos(lambda rows: rows * np.nan, np.ones(3), 2)
    with pytest.raises(ValueError, match=r"apply: expected products of shape \(1, 3\), got \(1, 2\)"):
        lanczos(lambda rows: rows[:, :2], np.ones(3), 2)
    with pytest.raises(ValueError, match="n_steps: expected an integer >= 1, got 0"):
        lanczos(lambda rows: rows, np.ones(3), 0)
