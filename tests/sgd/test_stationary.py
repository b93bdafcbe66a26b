"""Stationary laws against scipy's Lyapunov solver, sums written out, and runs."""

import numpy as np
import pytest
import torch
from scipy import linalg, stats

from lossland import sgd


def problem(n, seed=0, condition=20.0):
    rng = np.random.default_rng(seed)
    frame, _ = np.linalg.qr(rng.standard_normal((n, n)))
    h = (frame * np.geomspace(1, 1 / condition, n)) @ frame.T
    root = rng.standard_normal((n, n)) / np.sqrt(n)
    return (h + h.T) / 2, root @ root.T


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize("rate", [0.01, 0.5, 1.5, 1.99])
@pytest.mark.parametrize("n", [1, 2, 7])
def test_the_covariance_solves_the_lyapunov_equation(n, rate):
    h, c = problem(n)
    step = np.eye(n) - rate * h
    expected = linalg.solve_discrete_lyapunov(step, rate**2 * c)
    np.testing.assert_allclose(sgd.stationary_covariance(h, c, rate), expected, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(sgd.autocovariance(h, c, rate, 3), np.linalg.matrix_power(step, 3) @ expected, rtol=1e-8)


@pytest.mark.parametrize("t", [0, 1, 2, 37, 10_000])
def test_the_transient_covariance_is_the_sum_of_the_shocks(t):
    h, c = problem(3)
    h = h - np.linalg.eigvalsh(h)[0] * np.eye(3)  # one flat direction
    step, expected, power = np.eye(3) - 0.4 * h, np.zeros((3, 3)), np.eye(3)
    for _ in range(t):
        expected += 0.16 * power @ c @ power
        power = power @ step
    np.testing.assert_allclose(sgd.transient_covariance(h, c, 0.4, t), expected, rtol=1e-8, atol=1e-12)


def test_saddles_have_a_transient_law():
    h, c = np.diag([1.0, -0.5]), np.array([[1.0, 0.5], [0.5, 2.0]])
    step, expected, power = np.eye(2) - 0.3 * h, np.zeros((2, 2)), np.eye(2)
    for _ in range(40):
        expected += 0.09 * power @ c @ power
        power = power @ step
    np.testing.assert_allclose(sgd.transient_covariance(h, c, 0.3, 40), expected, rtol=1e-9)
    with pytest.raises(sgd.UnstableStepError, match="run away"):
        sgd.transient_covariance(h, c, 0.3, 100_000)


def test_the_transient_ends_at_the_stationary_law():
    h, c = problem(4)
    np.testing.assert_allclose(
        sgd.transient_covariance(h, c, 1.7, 5000), sgd.stationary_covariance(h, c, 1.7), rtol=1e-10
    )


@pytest.mark.parametrize("power", [0, 1, 2])
def test_powers_of_the_hessian_make_powers_of_the_spread(power):
    h, _ = problem(5)
    noise, rate = sgd.hessian_noise(h, power), 1e-4
    values, vectors = np.linalg.eigh(h)
    variances = np.diag(vectors.T @ sgd.stationary_covariance(h, noise.covariance, rate) @ vectors)
    np.testing.assert_allclose(variances, sgd.stationary_variance(values, values**power, rate), rtol=1e-9)
    assert np.polyfit(np.log(values), np.log(variances), 1)[0] == pytest.approx(power - 1, abs=1e-3)


def test_flat_directions_without_noise_stay_put_and_with_noise_have_no_law():
    h = np.diag([1.0, 0.0])
    assert sgd.stationary_covariance(h, h, 0.5)[1, 1] == 0
    with pytest.raises(sgd.FlatDirectionError, match="transient_covariance"):
        sgd.stationary_covariance(h, np.eye(2), 0.5)


@pytest.mark.parametrize(("law", "a"), [("two-point", 0.5), ("two-point", 1 / 3), ("uniform", 0.7), ("normal", 0.2)])
def test_the_shape_of_the_noise_shows(law, a):
    noise = sgd.isotropic_noise(1, law=law)
    starts = torch.zeros(40_000, 1, dtype=torch.float64)
    run = sgd.noisy_descent([[1.0]], noise, starts, 1 - a, 60, generator=generator())
    sample = run.end[:, 0].numpy()
    expected = float(sgd.stationary_kurtosis(noise.excess_kurtosis, a))
    assert stats.kurtosis(sample) == pytest.approx(expected, abs=0.06)
    assert sample.var() == pytest.approx(float(sgd.stationary_variance(1.0, 1.0, 1 - a)), rel=0.04)


@pytest.mark.parametrize("alpha", [0.8, 1.0, 1.5])
@pytest.mark.parametrize("x", [0.1, 0.5, 1.5])
def test_stable_noise_keeps_its_law_and_its_scale_is_known(alpha, x):
    noise = sgd.stable_noise(1, alpha)
    starts = torch.zeros(20_000, 1, dtype=torch.float64)
    run = sgd.noisy_descent([[0.5]], noise, starts, 2 * x, 150, generator=generator())
    scale = float(sgd.stable_spread(alpha, 1.0, 0.5, 2 * x))
    for k in (0.5, 1.0):
        assert np.cos(k * run.end.numpy() / scale).mean() == pytest.approx(np.exp(-(k**alpha)), abs=0.025)


def test_the_limit_of_the_stable_law_is_the_normal_one():
    variance = float(sgd.stationary_variance(0.3, 2.0, 0.5))
    assert 2 * float(sgd.stable_spread(2.0, 1.0, 0.3, 0.5)) ** 2 == pytest.approx(variance)


def test_a_bias_moves_the_mean():
    h, _ = problem(2)
    bias = np.array([0.2, -0.1])
    noise = sgd.biased_noise(sgd.isotropic_noise(2, 0.1), bias)
    start = torch.zeros(5000, 2, dtype=torch.float64)
    run = sgd.noisy_descent(h, noise, start, 0.5, 600, optimum=[1.0, 2.0], generator=generator())
    spread = np.sqrt(np.diag(sgd.stationary_covariance(h, noise.covariance, 0.5)) / 5000)
    assert np.all(np.abs(run.end.mean(0).numpy() - sgd.stationary_mean(h, bias, optimum=[1.0, 2.0])) < 5 * spread)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: sgd.stationary_covariance([[1, 0.1], [0, 1]], np.eye(2), 0.1), sgd.AsymmetricMatrixError, "hessian: "),
        (lambda: sgd.stationary_covariance(np.eye(2), [[1, 0.1], [0, 1]], 0.1), sgd.AsymmetricMatrixError, "noise_cov"),
        (lambda: sgd.stationary_covariance(np.eye(2), -np.eye(2), 0.1), sgd.IndefiniteMatrixError, "not negative"),
        (lambda: sgd.stationary_covariance(np.eye(2), np.eye(2), 2.0), sgd.UnstableStepError, "below 2 /.* = 2, got 2"),
        (lambda: sgd.stationary_covariance(-np.eye(2), np.eye(2), 0.1), sgd.UnstableStepError, "negative eigenvalue"),
        (lambda: sgd.stationary_covariance(np.eye(2), np.eye(3), 0.1), ValueError, "noise_covariance: expected shape"),
        (lambda: sgd.stationary_covariance(np.eye(2), np.eye(2), 0.0), ValueError, "learning_rate: expected a pos"),
        (lambda: sgd.stationary_variance(0.0, 1.0, 0.1), sgd.FlatDirectionError, "eigenvalue: expected positive"),
        (lambda: sgd.stationary_variance(1.0, 1.0, 2.5), sgd.UnstableStepError, "below 2, got 2[.]5"),
        (lambda: sgd.stationary_mean(np.diag([1.0, 0.0]), [1, 1]), sgd.FlatDirectionError, "for ever"),
        (lambda: sgd.stable_spread(1.0, 1.0, 1.0, 2.0), sgd.UnstableStepError, "grow without bound"),
        (lambda: sgd.momentum_covariance(np.eye(1), np.eye(1), 3.9, 0.9), sgd.UnstableStepError, "3.8"),
        (lambda: sgd.momentum_covariance(np.zeros((1, 1)), np.eye(1), 0.1, 0.9), sgd.FlatDirectionError, "hessian"),
        (lambda: sgd.momentum_variance(1.0, 1.0, 0.1, 1.0), ValueError, "momentum: .* got 1"),
        (lambda: sgd.precondition(np.eye(1), sgd.isotropic_noise(1), [[0.0]]), sgd.IndefiniteMatrixError, "not zero"),
    ],
)
def test_bad_input_is_refused_by_name(call, error, message):
    with pytest.raises(error, match=message):
        call()


@pytest.mark.parametrize("beta", [0.0, 0.5, 0.95])
@pytest.mark.parametrize("rate", [0.01, 0.7, 1.9])
def test_momentum_against_the_lyapunov_equation_of_the_pair(beta, rate):
    n = 4
    h, c = problem(n)
    eye = np.eye(n)
    step = np.block([[eye - rate * h, -beta * eye], [rate * h, beta * eye]])
    shock = np.vstack([-eye, eye])
    expected = linalg.solve_discrete_lyapunov(step, rate**2 * shock @ c @ shock.T)
    np.testing.assert_allclose(sgd.momentum_covariance(h, c, rate, beta), expected[:n, :n], rtol=1e-8, atol=1e-10)
    values = np.linalg.eigvalsh(h)
    isotropic = sgd.momentum_covariance(h, eye, rate, beta)
    np.testing.assert_allclose(
        np.sort(np.linalg.eigvalsh(isotropic)), np.sort(sgd.momentum_variance(values, 1.0, rate, beta)), rtol=1e-8
    )


def test_preconditioning_is_a_change_of_coordinates():
    h, c = problem(3)
    _, p = problem(3, seed=5)
    rate = 0.5 / np.linalg.eigvals(p @ h).real.max()
    step = np.eye(3) - rate * p @ h
    expected = linalg.solve_discrete_lyapunov(step, rate**2 * p @ c @ p)
    np.testing.assert_allclose(sgd.preconditioned_covariance(h, c, p, rate), expected, rtol=1e-8)
    moved = sgd.precondition(h, sgd.covariance_noise(c), p)
    inner = sgd.stationary_covariance(moved.hessian, moved.noise.covariance, rate)
    np.testing.assert_allclose(moved.root @ inner @ moved.root.T, expected, rtol=1e-8)
