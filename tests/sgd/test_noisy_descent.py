"""Runs on a quadratic against their closed forms: recursion, unrolled sum, law, records, averages, momentum, Adam."""

import numpy as np
import pytest
import torch
from scipy import stats

from lossland import sgd


def problem(n, seed=0, condition=20.0):
    rng = np.random.default_rng(seed)
    frame, _ = np.linalg.qr(rng.standard_normal((n, n)))
    h = (frame * np.geomspace(1, 1 / condition, n)) @ frame.T
    root = rng.standard_normal((n, n)) / np.sqrt(n)
    return (h + h.T) / 2, root @ root.T


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def zeros(*shape, dtype=torch.float64):
    return torch.zeros(*shape, dtype=dtype)


def within_errors(sample, covariance, factor=5.0):
    """Whether a sample (N, n) of a centered normal law has a covariance, each entry within its standard errors."""
    found = sample.T @ sample / len(sample)
    variances = np.diag(covariance)
    error = np.sqrt((variances[:, None] * variances + covariance**2) / len(sample))
    return np.all(np.abs(found - covariance) < factor * error)


# -- the recursion, path by path


@pytest.mark.parametrize("rate", [0.1, 1.0, 1.9])
def test_recursion_sum_and_increments_are_one(rate):
    h, _ = problem(4)
    rng = np.random.default_rng(0)
    noise, start, center = rng.standard_t(1, (50, 4)), rng.standard_normal(4), rng.standard_normal(4)
    path = sgd.autoregression(h, noise, rate, start=start, optimum=center)
    end = sgd.unrolled_iterate(h, noise, rate, start=start, optimum=center)
    np.testing.assert_allclose(path[-1], end, atol=1e-12 * np.abs(path).max())
    terms = sgd.increment_terms(h, noise, rate, start=start, optimum=center)
    np.testing.assert_allclose(np.diff(path, axis=0) @ terms.directions, terms.total, atol=1e-12 * np.abs(noise).max())
    assert np.all(np.diff(terms.eigenvalues) < 0)


def test_the_printed_sign_is_another_path():
    noise = np.random.default_rng(0).standard_normal((50, 1))
    minus, plus = (sgd.autoregression([[1.0]], noise, 0.3, sign=s) for s in (-1, 1))
    np.testing.assert_allclose(minus, -plus)


def test_paths_run_side_by_side():
    h, _ = problem(2)
    noise = np.random.default_rng(0).standard_normal((20, 3, 5, 2))
    paths = sgd.autoregression(h, noise, 0.5, start=np.ones((3, 5, 2)))
    alone = sgd.autoregression(h, noise[:, 1, 2], 0.5, start=np.ones(2))
    np.testing.assert_allclose(paths[:, 1, 2], alone)
    np.testing.assert_allclose(sgd.unrolled_iterate(h, noise, 0.5, start=np.ones((3, 5, 2))), paths[-1], atol=1e-13)


# -- runs


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
@pytest.mark.parametrize("kind", ["isotropic", "commuting", "general", "two-point"])
@pytest.mark.parametrize("momentum", [0.0, 0.8])
def test_runs_have_the_exact_covariance(kind, momentum, dtype):
    h, c = problem(3, condition=5.0)
    noise = {
        "isotropic": sgd.isotropic_noise(3, 0.7),
        "commuting": sgd.hessian_noise(h, 1.0),
        "general": sgd.covariance_noise(c),
        "two-point": sgd.covariance_noise(c, law="two-point"),
    }[kind]
    rate = 0.3 if momentum == 0 else 0.05
    center = np.array([1.0, -1.0, 0.5])
    starts = zeros(20_000, 3, dtype=dtype) + torch.tensor(center, dtype=dtype)
    run = sgd.noisy_descent(h, noise, starts, rate, 250, optimum=center, momentum=momentum, generator=generator())
    expected = sgd.momentum_covariance(h, noise.covariance, rate, momentum)
    assert run.end.dtype == dtype
    assert within_errors(run.end.double().numpy() - center, expected)


def test_a_few_steps_have_the_transient_law():
    h, c = problem(3)
    starts = zeros(4, 5000, 3)
    run = sgd.noisy_descent(h, sgd.covariance_noise(c), starts, 0.9, 7, generator=generator())
    assert run.end.shape == (4, 5000, 3)
    assert within_errors(run.end.reshape(-1, 3).numpy(), sgd.transient_covariance(h, c, 0.9, 7))


def test_without_noise_a_run_is_the_decay_and_records_are_exact():
    h, _ = problem(3)
    start, center = torch.tensor([[1.0, 2.0, 3.0]], dtype=torch.float64), np.array([0.5, 0.0, -1.0])
    settings = {"optimum": center, "record_every": 10, "average_from": 5, "generator": generator()}
    run = sgd.noisy_descent(h, sgd.isotropic_noise(3, 0.0), start, 0.5, 25, **settings)
    path = sgd.autoregression(h, np.zeros((25, 1, 3)), 0.5, start=start.numpy(), optimum=center)
    assert run.recorded_steps.tolist() == [0, 10, 20]
    np.testing.assert_allclose(run.records, path[[0, 10, 20]], atol=1e-13)
    np.testing.assert_allclose(run.end, path[-1], atol=1e-13)
    np.testing.assert_allclose(run.average, path[6:].mean(0), atol=1e-13)


def test_decaying_steps_and_momentum_without_noise():
    h, _ = problem(2)
    rates = sgd.harmonic_steps(1.0, 12, offset=2.0)
    start = torch.ones(1, 2, dtype=torch.float64)
    run = sgd.noisy_descent(h, sgd.isotropic_noise(2, 0.0), start, rates, 12, momentum=0.6, generator=generator())
    point, velocity = np.ones(2), np.zeros(2)
    for rate in rates:
        velocity = 0.6 * velocity + rate * h @ point
        point = point - velocity
    np.testing.assert_allclose(run.end[0], point, atol=1e-13)


def test_runs_in_blocks_are_different_and_alike():
    n_runs = 3 * 2**15 // 2 + 17  # several blocks, the last one short
    run = sgd.noisy_descent(np.eye(2), sgd.isotropic_noise(2), zeros(n_runs, 2), 0.5, 20, generator=generator())
    assert len(np.unique(run.end.numpy(), axis=0)) == n_runs
    sizes = (run.end.numpy() ** 2).sum(1)
    assert stats.ks_2samp(sizes[: n_runs // 2], sizes[n_runs // 2 :]).pvalue > 1e-3


def test_an_unstable_step_is_refused_or_run():
    arguments = np.eye(1), sgd.isotropic_noise(1), zeros(1, 1), 2.1, 50
    with pytest.raises(sgd.UnstableStepError, match=r"= 2, got 2\.1"):
        sgd.noisy_descent(*arguments, generator=generator())
    grown = sgd.noisy_descent(*arguments, allow_divergence=True, generator=generator())
    assert abs(float(grown.end)) > 10
    assert sgd.noisy_descent(*arguments, momentum=0.9, generator=generator()).end.isfinite().all()  # stable there


@pytest.mark.parametrize(
    ("arguments", "settings", "error", "message"),
    [
        (([[1, 2], [0, 1]], sgd.isotropic_noise(2), zeros(1, 2), 0.1, 1), {}, sgd.AsymmetricMatrixError, "hessian: "),
        ((np.eye(2), sgd.isotropic_noise(3), zeros(1, 2), 0.1, 1), {}, ValueError, "noise in 3 dimensions"),
        ((np.eye(2), sgd.isotropic_noise(2), zeros(1, 3), 0.1, 1), {}, ValueError, "starts: expected last dimension 2"),
        ((np.eye(2), sgd.isotropic_noise(2), zeros(1, 2), [0.1], 2), {}, ValueError, "one number or 2"),
        ((np.eye(2), sgd.isotropic_noise(2), np.zeros((1, 2)), 0.1, 2), {}, TypeError, "starts: expected a floating"),
        ((np.eye(2), sgd.isotropic_noise(2), zeros(1, 2), 0.1, 2), {"optimum": [1.0]}, ValueError, "optimum: "),
        ((np.eye(2), sgd.isotropic_noise(2), zeros(1, 2), 0.1, 2), {"average_from": 2}, ValueError, "average_from: "),
        ((-np.eye(2), sgd.isotropic_noise(2), zeros(1, 2), 0.1, 2), {}, sgd.UnstableStepError, "away from a saddle"),
    ],
)
def test_bad_input_is_refused_by_name(arguments, settings, error, message):
    with pytest.raises(error, match=message):
        sgd.noisy_descent(*arguments, **settings, generator=generator())


# -- relaxation, averages, decaying steps


def test_the_expected_loss_is_that_of_the_moments():
    values, start, variances = np.array([1.0, 0.1, 0.0]), np.array([1.0, -2.0, 3.0]), np.array([1.0, 2.0, 3.0])
    rate = 0.7
    mean, variance, expected = start.copy(), np.zeros(3), []
    for _ in range(30):
        expected.append(values * (mean**2 + variance) / 2)
        mean, variance = (1 - rate * values) * mean, (1 - rate * values) ** 2 * variance + rate**2 * variances
    curve = sgd.expected_loss(values, start, variances, rate, np.arange(30))
    np.testing.assert_allclose(curve.bias + curve.variance, expected, rtol=1e-10, atol=1e-14)
    np.testing.assert_allclose(curve.total, np.sum(expected, axis=1))
    limit = sgd.stationary_variance(values[:2], variances[:2], rate)
    np.testing.assert_allclose(curve.floor[:2], values[:2] * limit / 2)


def test_relaxation_times():
    assert sgd.relaxation_time([0.0, 1.0, 2.0], 0.5).tolist() == [np.inf, pytest.approx(1 / np.log(2)), 0.0]
    assert float(sgd.relaxation_time(1.0, 1.5)) == pytest.approx(1 / np.log(2))  # alternates, and forgets as fast
    x = np.array([1e-12, 1e-6, 1e-3])
    np.testing.assert_allclose(sgd.relaxation_time(1.0, x), 1 / x - 0.5 - x / 12, rtol=1e-8)
    np.testing.assert_allclose(sgd.kept_fraction(1.0, 0.01, sgd.relaxation_time(1.0, 0.01)), 1 / np.e)
    with pytest.raises(sgd.UnstableStepError):
        sgd.relaxation_time(1.0, 2.0)


@pytest.mark.parametrize("x", [0.05, 0.6, 1.4])
def test_lengths_are_those_of_the_impulse_response(x):
    weights = sgd.exponential_average(np.eye(1, 4000)[0], x)
    assert 1 / np.sum(weights**2) == pytest.approx(float(sgd.effective_averaging_length(1.0, x)))
    increments = np.diff(np.concatenate([[0.0], -weights / x]))  # of theta, for unit curvature and step x
    assert np.sum((x * increments) ** 2) == pytest.approx(float(sgd.increment_variance(1.0, 1.0, x)))
    if x <= 1:
        box = np.where(np.arange(4000) < 7, 1 / 7, 0.0)
        correlation = weights @ box / np.linalg.norm(weights) / np.linalg.norm(box)
        assert float(sgd.box_correlation(x, 7)) == pytest.approx(correlation)
    else:
        with pytest.raises(ValueError, match="alternate around"):
            sgd.effective_batches(1.0, x)


def test_filters_on_a_series():
    data = np.random.default_rng(0).standard_normal((40, 2))
    naive = np.zeros_like(data)
    for t in range(40):
        naive[t] = 0.3 * data[t] + (0.7 * naive[t - 1] if t else 0)
    np.testing.assert_allclose(sgd.exponential_average(data, 0.3), naive)
    np.testing.assert_allclose(sgd.box_average(data, 4), [data[t : t + 4].mean(0) for t in range(37)])


@pytest.mark.parametrize("x", [1e-9, 1e-3, 0.5, 1.0, 1.6])
@pytest.mark.parametrize("count", [1, 2, 7, 200])
def test_the_variance_of_an_average_is_the_sum_of_covariances(x, count):
    lags = np.abs(np.subtract.outer(np.arange(count), np.arange(count)))
    expected = float(sgd.stationary_variance(1.0, 1.0, x)) * np.mean((1 - x) ** lags)
    assert float(sgd.averaged_variance(1.0, 1.0, x, count)) == pytest.approx(expected, rel=1e-6)


def test_averages_of_runs():
    values = np.array([1.0, 0.3])
    settings = {"average_from": 100, "generator": generator()}
    run = sgd.noisy_descent(np.diag(values), sgd.isotropic_noise(2), zeros(4000, 2), 0.5, 300, **settings)
    expected = np.diag(sgd.averaged_variance(values, 1.0, 0.5, 200))
    assert within_errors(run.average.numpy(), expected)


def test_the_error_of_correlated_samples():
    a, n = 0.9, 4000
    rng = np.random.default_rng(0)
    runs = sgd.autoregression([[1.0]], rng.standard_normal((n + 200, 300, 1)), 1 - a)[201:, :, 0]
    found = runs.mean(0).std()
    assert found == pytest.approx(float(sgd.autocorrelated_error(runs.std(), a, n)), rel=0.15)
    sizes = [sgd.effective_sample_size(runs[:, k]) for k in range(40)]
    assert np.mean(sizes) == pytest.approx(n * (1 - a) / (1 + a), rel=0.15)
    with pytest.raises(ValueError, match="a constant one"):
        sgd.effective_sample_size(np.ones(10))


@pytest.mark.parametrize("scale", [0.3, 2.0, 5.0])
def test_decaying_steps_have_the_exact_error(scale):
    rates = sgd.harmonic_steps(scale, 200, offset=3.0)
    run = sgd.noisy_descent([[0.5]], sgd.isotropic_noise(1), zeros(20_000, 1) + 2, rates, 200, generator=generator())
    expected = sgd.mean_square_error(0.5, 1.0, rates, start=2.0)[-1]
    squares = run.end.numpy() ** 2
    assert abs(squares.mean() - expected) < 5 * squares.std() / np.sqrt(20_000)


def test_adam_has_the_spread_of_its_fixed_point():
    values, stds = np.array([1.0, 0.1]), np.array([1.0, 2.0])
    noise = sgd.covariance_noise(np.diag(stds**2))
    run = sgd.adam_descent(np.diag(values), noise, zeros(3000, 2), 0.02, 6000, generator=generator())
    expected = sgd.adam_variance(values, stds, 0.02)
    np.testing.assert_allclose(expected, 0.02 * stds / (2 * values), rtol=0.02)
    np.testing.assert_allclose(run.end.numpy().var(0), expected, rtol=0.15)
    plain = sgd.stationary_variance(values, stds**2, sgd.effective_step(stds, 0.02))
    np.testing.assert_allclose(plain, expected, rtol=0.02)


def test_adam_is_the_one_of_torch():
    h, start = np.diag([1.0, 0.2]), torch.ones(1, 2, dtype=torch.float64)
    run = sgd.adam_descent(h, sgd.isotropic_noise(2, 0.0), start, 0.1, 20, generator=generator())
    point = start.clone().requires_grad_(True)
    optimizer = torch.optim.Adam([point], lr=0.1)
    for _ in range(20):
        optimizer.zero_grad()
        ((point**2) @ torch.tensor(np.diag(h)) / 2).sum().backward()
        optimizer.step()
    np.testing.assert_allclose(run.end, point.detach(), rtol=1e-10)
