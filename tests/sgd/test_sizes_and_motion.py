"""Sizes of clouds by Monte Carlo and exact arithmetic, moving optima by runs and by Kalman's equation, losses, gaps."""

import math

import mpmath
import numpy as np
import pytest
import torch
from scipy import linalg, optimize, stats

from lossland import sgd


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


# -- sizes


def test_the_sizes_are_those_of_a_sample():
    values = np.logspace(0, -3, 30)
    size = sgd.equilibrium_size(values, 1.0, 0.1)
    sample = np.random.default_rng(0).standard_normal((40_000, 30)) * np.sqrt(size.variances)
    assert np.sqrt((sample**2).sum(1).mean()) == pytest.approx(size.rms_radius, rel=0.02)
    assert sample.std(0).min() == pytest.approx(size.narrowest, rel=0.02)
    assert sample.std(0).max() == pytest.approx(size.widest, rel=0.02)


def test_volumes():
    variances = np.array([0.2, 0.5, 1.5])
    rng = np.random.default_rng(0)
    box = rng.uniform(-1, 1, (400_000, 3)) * np.sqrt(variances)
    inside = np.mean((box**2 / variances).sum(1) < 1) * 8 * np.sqrt(variances.prod())
    assert math.exp(sgd.log_ellipsoid_volume(variances)) == pytest.approx(inside, rel=0.01)
    assert sgd.log_ellipsoid_volume(variances, radius=2.0) - sgd.log_ellipsoid_volume(variances) == pytest.approx(
        3 * math.log(2)
    )
    assert sgd.log_typical_volume(variances) == pytest.approx(stats.norm(0, np.sqrt(variances)).entropy().sum())
    assert [round(math.exp(sgd.log_ball_volume(n)), 10) for n in (1, 2)] == [2.0, round(math.pi, 10)]


def test_nothing_overflows_in_a_million_dimensions():
    variances = np.full(10**6, 1e-8)
    volume, typical = sgd.log_ellipsoid_volume(variances), sgd.log_typical_volume(variances)
    assert math.isfinite(volume)
    # by Stirling the ball of radius sqrt(n) has the volume of the typical set, up to a factor sqrt(pi n)
    gap = typical - sgd.log_ellipsoid_volume(variances, radius=1e3)
    assert gap == pytest.approx(math.log(math.pi * 1e6) / 2, abs=1e-3)


@pytest.mark.parametrize(("n", "radius"), [(1, 1.0), (3, 0.1), (3, 5.0), (100, 1.0), (100, 10.0), (1000, 1.0)])
def test_the_mass_within_is_exact(n, radius):
    mpmath.mp.dps = 40
    exact = mpmath.log(mpmath.gammainc(n / 2, 0, radius**2 / 2, regularized=True))
    assert sgd.log_mass_within(n, radius) == pytest.approx(float(exact), rel=1e-10, abs=1e-14)


def test_the_shell():
    for n in (2, 50, 10**6):
        shell = sgd.typical_shell(n)
        assert shell.radius == math.sqrt(n)
        assert shell.thickness == pytest.approx(stats.chi(n).std(), rel=1e-3)


# -- motion


@pytest.mark.parametrize(("rate", "drift", "velocity"), [(0.05, 0.1, 0.0), (0.5, 0.2, 0.01), (1.5, 0.0, 0.3)])
def test_the_tracking_error_is_that_of_runs(rate, drift, velocity):
    starts = torch.zeros(4000, dtype=torch.float64)
    run = sgd.track_optimum(
        starts, 0.8, rate, 200, drift_std=drift, velocity=velocity, burn_in=300, generator=generator()
    )
    expected = float(sgd.tracking_error(0.8, 1.0, rate, drift_variance=drift**2, velocity=velocity))
    error = run.mean_square.std().item() / math.sqrt(4000)
    assert abs(run.mean_square.mean().item() - expected) < 5 * error
    assert run.mean.mean().item() == pytest.approx(-float(sgd.tracking_lag(0.8, rate, velocity)), abs=0.02)


@pytest.mark.parametrize("drift", [1e-6, 0.01, 1.0, 100.0])
def test_the_best_step_is_best_and_kalmans(drift):
    best = float(sgd.best_tracking_step(0.5, 2.0, drift))
    found = optimize.minimize_scalar(
        lambda log: float(sgd.tracking_error(0.5, 2.0, math.exp(log), drift_variance=drift)),
        bounds=(math.log(best) - 1, math.log(min(3.99, best * 2))), method="bounded", options={"xatol": 1e-10},
    )  # fmt: skip
    assert math.exp(found.x) == pytest.approx(best, rel=1e-4)
    noise = 2.0 / 0.5**2  # of the optimum seen in one gradient
    prior = linalg.solve_discrete_are([[1.0]], [[1.0]], [[drift]], [[noise]])[0, 0]
    assert best * 0.5 == pytest.approx(prior / (prior + noise), rel=1e-7)


def test_motion_refuses_bad_input():
    with pytest.raises(sgd.FlatDirectionError, match="eigenvalue: expected positive"):
        sgd.tracking_error(0.0, 1.0, 0.1)
    with pytest.raises(sgd.UnstableStepError):
        sgd.tracking_error(1.0, 1.0, 2.0)
    assert float(sgd.best_tracking_step(1.0, 1.0, 0.0)) == 0
    assert float(sgd.best_tracking_step(0.5, 0.0, 1.0)) == 2.0


def test_a_bandit_explores_to_some_extent():
    rewards = sgd.switching_bandit([0.0, 0.05, 1.0], 8000, n_runs=40, generator=generator()).mean(1)
    assert rewards[1] > rewards[0] + 0.1
    assert rewards[1] > rewards[2] + 0.2
    steady = sgd.switching_bandit([0.0], 300, noise_std=0.0, n_runs=2, generator=generator())
    assert steady.tolist() == [[1.0, 1.0]]  # no swap yet, no noise


# -- losses


def test_best_constants_are_the_known_statistics():
    y = np.random.default_rng(0).exponential(size=1001)
    quantile = np.quantile(y, 0.9, method="inverted_cdf")
    assert sgd.best_constant(sgd.pinball_loss(0.9), y) == pytest.approx(quantile, abs=1e-12)
    assert sgd.best_constant(sgd.expectile_loss(0.8), y) == pytest.approx(stats.expectile(y, 0.8))
    assert sgd.best_constant(sgd.linex_loss(-2.0), y) == pytest.approx(math.log(np.mean(np.exp(-2 * y))) / -2)


@pytest.mark.parametrize("loss", [sgd.pinball_loss(0.3), sgd.expectile_loss(0.3), sgd.linex_loss(0.7)])
def test_losses_and_their_derivatives(loss):
    r = torch.linspace(-2, 2, 10, dtype=torch.float64, requires_grad=True)
    loss.value(r).sum().backward()
    np.testing.assert_allclose(loss.derivative(r).detach(), r.grad, atol=1e-12)
    assert float(loss.value(np.array(0.0))) == 0
    assert np.all(loss.value(np.array([-1.0, 1.0])) > 0)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: sgd.pinball_loss(1.0), "between 0 and 1, got 1"),
        (lambda: sgd.linex_loss(0.0), "other than 0"),
        (lambda: sgd.cost_of_the_mean(sgd.expectile_loss(0.5), [1.0, 1.0]), "targets that differ"),
        (lambda: sgd.mean_shift(0.0, 1.0, 1.0, 0.1), "second_derivative: expected positive"),
        (lambda: sgd.log_ellipsoid_volume([1.0, 0.0]), "variances: expected positive numbers"),
        (lambda: sgd.jensen_gap(np.eye(2), -np.eye(2)), "covariance: expected a positive semidefinite"),
        (lambda: sgd.average_gap(lambda p: p, [1.0]), "points: expected shape"),
        (lambda: sgd.steps_to_tolerance(0.0, 1.0, 0.1), "eigenvalue: expected positive"),
    ],
)
def test_bad_input_is_refused_by_name(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_a_lopsided_well_shifts_the_mean():
    for rate in (0.005, 0.01, 0.02):
        grid = np.linspace(-1.5, 1.5, 1601)
        density = sgd.iterate_density(lambda x: x + 0.3 * x**2 + 0.3 * x**3, grid, rate, 1.0)
        mean = np.sum(density * grid) * (grid[1] - grid[0])
        assert mean == pytest.approx(float(sgd.mean_shift(1.0, 0.6, 1.0, rate)), rel=4 * rate)


# -- averages


def test_the_gap_of_a_quadratic():
    rng = np.random.default_rng(0)
    h, points = np.array([[1.0, 0.3], [0.3, 0.5]]), rng.exponential(size=(500, 2))
    bowl = sgd.quadratic(h)
    expected = sgd.jensen_gap(h, np.cov(points.T, bias=True))
    assert sgd.average_gap(bowl.value, points).gap == pytest.approx(expected)
    sigma = sgd.stationary_covariance(h, np.eye(2), 0.3)
    assert sgd.stationary_excess(np.linalg.eigvalsh(h), 1.0, 0.3) == pytest.approx(sgd.jensen_gap(h, sigma))


# -- regularity


def test_lipschitz_constants_and_remainders():
    rng = np.random.default_rng(0)
    gradient = np.array([np.cos(0.3), 2.0])

    def noise(p):
        return np.sin(p[..., 0]) + p[..., 1] ** 2

    found = [sgd.local_lipschitz(noise, [0.3, 1.0], r, n_samples=4000, rng=rng) for r in (0.3, 1e-4)]
    assert found[1] == pytest.approx(np.linalg.norm(gradient), rel=1e-3)
    assert found[0] > found[1]
    scales = np.array([1e-3, 1e-2])
    errors = sgd.linearization_error(noise, gradient, [0.3, 1.0], [0.6, 0.8], scales)
    assert np.log10(errors[1] / errors[0]) == pytest.approx(2, abs=0.01)
