"""Stochastic estimates against known spectra: unbiased within their own error bars, and the bars are right."""

import re

import numpy as np
import pytest
import torch
from scipy import sparse
from scipy.sparse.linalg import LinearOperator, eigsh

from lossland import spectra
from lossland.numerics import ConvergenceWarning

SPECTRUM = np.concatenate([np.linspace(0.01, 0.5, 190), np.linspace(1, 8, 10)])


def with_spectrum(eigenvalues, seed=0):
    size = len(eigenvalues)
    frame = np.linalg.qr(np.random.default_rng(seed).standard_normal((size, size)))[0]
    return (frame * np.asarray(eigenvalues)) @ frame.T


MATRIX = with_spectrum(SPECTRUM)
MATRIX = (MATRIX + MATRIX.T) / 2


def rng(seed=0):
    return np.random.default_rng(seed)


FORMS = {
    "numpy": MATRIX,
    "torch": torch.as_tensor(MATRIX),
    "sparse": sparse.csr_array(MATRIX),
    "scipy operator": LinearOperator(MATRIX.shape, matvec=lambda v: MATRIX @ v, dtype=np.float64),
}


@pytest.mark.parametrize("form", sorted(FORMS))
def test_every_form_of_a_matrix_gives_the_same_numbers(form):
    expected = spectra.lanczos_quadrature(MATRIX, n_vectors=3, n_steps=20, rng=rng())
    found = spectra.lanczos_quadrature(FORMS[form], n_vectors=3, n_steps=20, rng=rng())
    np.testing.assert_allclose(found.nodes, expected.nodes, atol=1e-9)
    np.testing.assert_allclose(found.weights, expected.weights, atol=1e-9)
    assert found.n_matvecs == 60
    trace = spectra.hutchinson_trace(FORMS[form], n_vectors=7, rng=rng())
    assert trace.value == pytest.approx(spectra.hutchinson_trace(MATRIX, n_vectors=7, rng=rng()).value, rel=1e-12)
    np.testing.assert_allclose(spectra.dense_matrix(FORMS[form]), MATRIX, atol=1e-14)


ESTIMATES = {
    "trace": (lambda seed: spectra.hutchinson_trace(MATRIX, n_vectors=12, rng=rng(seed)), SPECTRUM.sum()),
    "gaussian trace": (
        lambda seed: spectra.hutchinson_trace(MATRIX, n_vectors=12, probes="gaussian", rng=rng(seed)),
        SPECTRUM.sum(),
    ),
    "hutch++": (lambda seed: spectra.hutchpp_trace(MATRIX, n_matvecs=45, rng=rng(seed)), SPECTRUM.sum()),
    "log determinant": (
        lambda seed: spectra.log_determinant(MATRIX, n_vectors=6, n_steps=60, rng=rng(seed)),
        np.log(SPECTRUM).sum(),
    ),
    "shifted log determinant": (
        lambda seed: spectra.log_determinant(MATRIX, shift=2.0, n_vectors=6, n_steps=15, rng=rng(seed)),
        np.log(SPECTRUM + 2).sum(),
    ),
    "sum of squares": (
        lambda seed: spectra.spectral_sum(
            spectra.lanczos_quadrature(MATRIX, n_vectors=6, n_steps=5, rng=rng(seed)), np.square
        ),
        (SPECTRUM**2).sum(),
    ),
}


@pytest.mark.parametrize("name", sorted(ESTIMATES))
def test_no_bias_and_honest_error_bars(name):
    estimate, truth = ESTIMATES[name]
    found = [estimate(seed) for seed in range(60)]
    values = np.array([each.value for each in found])
    errors = np.array([each.standard_error for each in found])
    assert abs(values.mean() - truth) < 4 * values.std(ddof=1) / np.sqrt(len(values))
    assert 0.75 < np.sqrt(np.mean(errors**2)) / values.std(ddof=1) < 1.33


def test_the_variance_of_hutchinson_is_the_one_of_the_formula():
    samples = spectra.hutchinson_trace(MATRIX, n_vectors=4000, rng=rng(1)).samples
    expected = 2 * ((MATRIX**2).sum() - (np.diag(MATRIX) ** 2).sum())
    assert samples.var(ddof=1) == pytest.approx(expected, rel=0.12)


def test_hutchpp_gains_where_few_eigenvalues_dominate():
    few = with_spectrum(np.concatenate([np.full(190, 1e-3), np.linspace(1, 8, 10)]))
    few = (few + few.T) / 2
    plain = spectra.hutchinson_trace(few, n_vectors=60, rng=rng()).standard_error
    better = spectra.hutchpp_trace(few, n_matvecs=60, rng=rng()).standard_error
    assert better < 1e-3 * plain


def test_the_diagonal():
    value, error = spectra.hutchinson_diagonal(MATRIX, n_vectors=400, rng=rng())
    z = (value - np.diag(MATRIX)) / error
    assert np.abs(z).max() < 5
    assert 0.8 < np.sqrt(np.mean(z**2)) < 1.2


class TestDensity:
    def test_against_the_density_of_all_eigenvalues(self):
        x = np.linspace(-1, 9, 301)
        truth = spectra.eigenvalue_density(SPECTRUM, x, width=0.1)
        found = spectra.lanczos_density(MATRIX, x, width=0.1, n_vectors=20, n_steps=60, rng=rng())
        assert np.all(np.abs(found.density - truth.density) < 5 * found.standard_error + 1e-3)
        assert np.trapezoid(truth.density, x) == pytest.approx(1, abs=1e-6)
        assert np.trapezoid(found.density, x) == pytest.approx(1, abs=1e-6)
        assert np.all(truth.standard_error == 0)

    def test_all_steps_show_each_outlier_once(self):
        quadrature = spectra.lanczos_quadrature(MATRIX, n_vectors=2, n_steps=120, rng=rng())
        for nodes in quadrature.nodes:
            np.testing.assert_allclose(np.sort(nodes)[-10:], SPECTRUM[-10:], atol=1e-10)

    def test_shares_count_eigenvalues(self):
        quadrature = spectra.lanczos_quadrature(MATRIX, n_vectors=30, n_steps=60, rng=rng())
        share = spectra.spectral_share(quadrature, low=0.75)
        assert abs(share.value - 10 / 200) < 4 * share.standard_error

    def test_a_default_grid_and_a_single_probe(self):
        found = spectra.lanczos_density(MATRIX, n_vectors=1, n_steps=30, rng=rng())
        assert found.x.shape == (1001,)
        assert found.width == pytest.approx((8 - 0.01) / 100, rel=0.02)
        assert np.all(np.isnan(found.standard_error))

    def test_a_spectrum_of_one_number(self):
        found = spectra.lanczos_density(3.0 * np.eye(5), n_vectors=2, rng=rng())
        assert found.x[np.argmax(found.density)] == pytest.approx(3)
        assert np.trapezoid(found.density, found.x) == pytest.approx(1, abs=1e-3)


class TestEigenpairs:
    def test_against_scipy(self):
        found = spectra.extreme_eigenpairs(MATRIX, 5, 2, n_steps=150, rng=rng())
        expected = eigsh(MATRIX, k=5, which="LA", v0=np.ones(200))[0][::-1]
        np.testing.assert_allclose(found.eigenvalues[:5], expected, atol=1e-9)
        np.testing.assert_allclose(found.eigenvalues[5:], SPECTRUM[:2], atol=1e-7)
        missed = found.eigenvectors @ MATRIX - found.eigenvalues[:, None] * found.eigenvectors
        np.testing.assert_allclose(np.linalg.norm(missed, axis=1), found.residuals, atol=1e-10)
        assert found.converged
        assert found.n_matvecs == 150

    def test_too_few_steps_are_a_value_and_a_warning(self):
        with pytest.warns(ConvergenceWarning, match="6 steps of Lanczos leave residuals up to"):
            found = spectra.extreme_eigenpairs(MATRIX, 3, n_steps=6, rng=rng())
        assert not found.converged
        errors = np.abs(found.eigenvalues[:, None] - SPECTRUM).min(1)
        assert np.all(errors <= found.residuals)  # the promise of the residual

    def test_a_whole_small_matrix(self):
        found = spectra.extreme_eigenpairs(torch.diag(torch.tensor([2.0, 1.0, 3.0])), 3, rng=rng())
        np.testing.assert_allclose(found.eigenvalues, [3, 2, 1], atol=1e-6)
        assert found.eigenvectors.dtype == torch.float32


class TestErrors:
    def test_operators(self):
        with pytest.raises(spectra.NotSymmetricError, match=re.escape("use (A + A^T) / 2")):
            spectra.hutchinson_trace(np.triu(np.ones((3, 3))), rng=rng())
        with pytest.raises(spectra.NotSymmetricError):
            spectra.hutchinson_trace(sparse.csr_array(np.triu(np.ones((3, 3)))), rng=rng())
        crooked = LinearOperator((9, 9), matvec=lambda v: np.cumsum(v), dtype=float)
        with pytest.raises(spectra.NotSymmetricError, match=r"but q_i.Aq_j and q_j.Aq_i differ by"):
            spectra.lanczos_density(crooked, rng=rng())
        with pytest.raises(spectra.NotSymmetricError, match="but mirror entries differ by"):
            spectra.dense_spectrum(crooked)
        with pytest.raises(ValueError, match=r"operator: expected a square matrix, got shape \(2, 3\)"):
            spectra.dense_matrix(np.ones((2, 3)))
        with pytest.raises(TypeError, match="operator: expected real numbers, got str"):
            spectra.dense_matrix("hessian")
        with pytest.raises(ValueError, match=r"expected at most 100 rows for a dense matrix, got 200 \(0.00032 GB\)"):
            spectra.dense_matrix(MATRIX, max_size=100)
        with pytest.raises(ValueError, match="operator: expected finite products"):
            spectra.dense_matrix(LinearOperator((3, 3), matvec=lambda v: v * np.nan, dtype=float))

    def test_a_determinant_without_logarithm(self):
        shifted = MATRIX - 0.2 * np.eye(200)
        with pytest.raises(spectra.NotPositiveDefiniteError, match="expected eigenvalues > 0, but there is one"):
            spectra.log_determinant(shifted, rng=rng())
        assert np.isfinite(spectra.log_determinant(shifted, shift=0.2, rng=rng()).value)

    def test_a_function_that_is_not_finite(self):
        quadrature = spectra.lanczos_quadrature(np.zeros((3, 3)), n_vectors=2, rng=rng())
        with (
            np.errstate(divide="ignore"),
            pytest.raises(ValueError, match="function: expected finite values on the spectrum, got -inf at"),
        ):
            spectra.spectral_sum(quadrature, np.log)

    def test_arguments(self):
        with pytest.raises(ValueError, match="probes: expected one of rademacher, gaussian, got 'uniform'"):
            spectra.hutchinson_trace(MATRIX, probes="uniform", rng=rng())
        with pytest.raises(TypeError, match=r"rng: expected a numpy.random.Generator, got int"):
            spectra.lanczos_density(MATRIX, rng=3)
        with pytest.raises(ValueError, match="width: expected a number > 0, got 0"):
            spectra.lanczos_density(MATRIX, width=0.0, rng=rng())
        with pytest.raises(ValueError, match="n_matvecs: expected an integer >= 6, got 3"):
            spectra.hutchpp_trace(MATRIX, n_matvecs=3, rng=rng())
        with pytest.raises(ValueError, match="n_largest, n_smallest: expected 1 to 200 in all, got 0"):
            spectra.extreme_eigenpairs(MATRIX, 0, rng=rng())
        with pytest.raises(ValueError, match="eigenvalues: expected at least one, got none"):
            spectra.eigenvalue_density([])
