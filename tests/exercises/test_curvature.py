"""Wrong-answer bank of chapter 14, beyond what the contract of all checkers proves for every one of them."""

import numpy as np
import pytest
import torch

from lossland import spectra
from lossland.exercises.curvature import SITUATIONS, STATEMENTS, check_mean_logarithm, check_zero_eigenvalues
from lossland.exercises.planted_spikes import check_planted_strength
from lossland.exercises.ritz_values import check_ritz_values
from lossland.exercises.trace_estimate import check_trace_estimate
from lossland.networks import forward, sample_mlp

F64 = torch.float64


def by_arnoldi(matrix, start, n_steps):
    """Gram-Schmidt against all vectors, and the projected matrix itself."""
    basis = [start / np.linalg.norm(start)]
    for _ in range(n_steps - 1):
        w = matrix @ basis[-1]
        for _ in range(2):
            w = w - np.array(basis).T @ (np.array(basis) @ w)
        basis.append(w / np.linalg.norm(w))
    rows = np.array(basis)
    return np.linalg.eigvalsh(rows @ matrix @ rows.T)


def half_orthogonal(matrix, start, n_steps):
    """Orthogonal to the last five vectors: not enough."""
    vectors, alpha, beta = [start / np.linalg.norm(start)], [], []
    for _ in range(n_steps):
        w = matrix @ vectors[-1]
        alpha.append(vectors[-1] @ w)
        for vector in vectors[-5:]:
            w = w - (vector @ w) * vector
        beta.append(np.linalg.norm(w))
        vectors.append(w / max(beta[-1], 1e-300))
    return np.linalg.eigvalsh(np.diag(alpha) + np.diag(beta[:-1], 1) + np.diag(beta[:-1], -1))


def test_ritz_values_by_projection_are_accepted_and_a_window_of_vectors_is_not_enough():
    assert check_ritz_values(by_arnoldi).is_correct
    assert check_ritz_values(half_orthogonal).mistake == "ghosts"


def test_a_step_too_few_is_told_by_its_shape():
    assert "shape" in check_ritz_values(lambda a, q, m: by_arnoldi(a, q, m)[1:]).message


def test_the_package_passes_as_a_trace_estimate_and_so_do_gaussian_probes():
    def of_the_package(multiply, size, n_vectors, rng):
        operator = spectra.SymmetricOperator(size, lambda rows: np.array([multiply(v) for v in rows]), np.asarray, 8)
        return spectra.hutchinson_trace(operator, n_vectors=n_vectors, rng=rng)[:2]

    def gaussian(multiply, size, n_vectors, rng):
        probes = rng.normal(size=(n_vectors, size))
        values = np.array([v @ multiply(v) for v in probes])
        return values.mean(), values.std() / n_vectors**0.5  # without Bessel: close enough

    assert check_trace_estimate(of_the_package).is_correct
    assert check_trace_estimate(gaussian).is_correct


def test_a_biased_trace_and_twice_the_products_get_numbers():
    right = check_trace_estimate.checker.reference

    def shifted(multiply, size, n_vectors, rng):
        value, error = right(multiply, size, n_vectors, rng)
        return value + 3 * error, error

    def doubled(multiply, size, n_vectors, rng):
        value, error = right(multiply, size, 2 * n_vectors, rng)
        return value, error * 2**0.5

    def variance(multiply, size, n_vectors, rng):
        value, error = right(multiply, size, n_vectors, rng)
        return value, error**2

    assert "standard errors on average" in check_trace_estimate(shifted).message
    assert check_trace_estimate(doubled).status == "incorrect"
    assert "times what your estimates scatter by" in check_trace_estimate(variance).message


def test_strengths_by_root_finding_are_accepted():
    def by_bisection(outlier, ratio):
        law = spectra.MarchenkoPastur(ratio)
        low, high = ratio**0.5, outlier
        if outlier <= law.edges[1]:
            return 0.0
        for _ in range(200):
            middle = (low + high) / 2
            low, high = (middle, high) if spectra.spike_in_covariance(middle, law) < outlier else (low, middle)
        return middle

    assert check_planted_strength(by_bisection).is_correct
    assert check_planted_strength(lambda mu, gamma: np.nan).status == "incorrect"


def test_planted_strengths_are_recovered_from_samples():
    rng, answer = np.random.default_rng(0), check_planted_strength.checker.reference
    found = []
    for _ in range(10):
        samples = rng.normal(size=(200, 400))
        samples[0] *= np.sqrt(1 + 2.0)
        found.append(answer(np.linalg.eigvalsh(samples @ samples.T / 400)[-1], 0.5))
    assert np.mean(found) == pytest.approx(2.0, abs=4 * np.std(found) / 10**0.5 + 0.1)


def counted(widths, activation, n_samples, loss, targets=None):
    g = torch.Generator().manual_seed(3)
    inputs = torch.randn(n_samples, widths[0], dtype=F64, generator=g)
    mlp = sample_mlp(widths, 1.0, 0.5, generator=g)
    targets = forward(mlp, inputs, activation) if targets is None else torch.randint(3, (n_samples,), generator=g)
    values = spectra.dense_spectrum(spectra.hessian_operator(mlp, loss, inputs, targets, activation=activation))
    return int(np.sum(np.abs(values) < 1e-12 * np.abs(values).max()))


def test_the_counts_are_those_of_the_package():
    def half_square(z, y):
        return ((z - y) ** 2).sum(1).mean() / 2

    counts = [
        counted((3, 8, 1), "tanh", 12, half_square),
        counted((3, 8, 1), "tanh", 200, half_square),
        counted((3, 8, 1), "relu", 200, half_square),
        counted((6, 2, 5), "linear", 200, half_square),
        counted((5, 4, 3), "tanh", 200, torch.nn.functional.cross_entropy, "classes"),
    ]
    assert check_zero_eigenvalues(dict(zip(SITUATIONS, counts, strict=True))).is_correct


def test_a_count_of_no_named_kind_is_wrong_and_two_get_the_first_message():
    right = check_zero_eigenvalues.checker.reference
    odd = check_zero_eigenvalues({**right, SITUATIONS[0]: 28})
    assert (odd.status, odd.mistake) == ("incorrect", None)
    assert check_zero_eigenvalues({**right, SITUATIONS[2]: 0, SITUATIONS[4]: 1}).mistake == "rescaling_forgotten"


def test_statements_reversed_get_the_first_message():
    right = check_mean_logarithm.checker.reference
    assert check_mean_logarithm({name: not value for name, value in right.items()}).mistake == (
        "logarithm_of_small_numbers"
    )
    assert check_mean_logarithm({**right, STATEMENTS[5]: True}).mistake == "positivity_proves"
    assert check_mean_logarithm({**right, STATEMENTS[5]: "no"}).status == "incorrect"


def test_a_start_of_any_length_has_to_give_the_same_ritz_values():
    assert check_ritz_values(lambda m, start, k: by_arnoldi(m, start * np.linalg.norm(start), k)).is_correct
    verdict = check_ritz_values(lambda m, start, k: by_arnoldi(m, start, k) * np.linalg.norm(start))
    assert verdict.mistake == "start_not_normalized"


def test_probes_from_elsewhere_are_told():
    elsewhere = np.random.default_rng(1)
    verdict = check_trace_estimate(lambda m, n, k, rng: spectra.hutchinson_trace(m, n, k, elsewhere))
    assert verdict.status == "incorrect"


def test_the_variance_of_the_direction_is_told_whatever_it_is_inside_the_bulk():
    strength = check_planted_strength.checker.reference
    assert check_planted_strength(lambda mu, gamma: 1 + strength(mu, gamma)).mistake == "variance_not_strength"
