"""Heavy ball against the roots of its characteristic polynomial, its differential equation, and by bisection."""

import numpy as np
import pytest
import torch
from scipy import integrate

from lossland import descent as de

BETAS = [0.0, 0.5, 0.9]


def written_out(gradient, w, alpha, beta, n_steps, form):
    v = np.zeros_like(w)
    for _ in range(n_steps):
        new = alpha * gradient(w) + beta * v
        w = w - (new if form == "polyak" else v)
        v = new
    return w


@pytest.mark.parametrize("form", ["polyak", "printed"])
def test_the_two_forms_are_the_two_recursions(form):
    surface, starts = de.himmelblau(), np.random.default_rng(3).uniform(-1, 1, (9, 2))
    run = de.heavy_ball(surface.gradient, starts, 2e-3, 0.8, 75, form=form)
    np.testing.assert_allclose(run.end, written_out(surface.gradient, starts, 2e-3, 0.8, 75, form), rtol=1e-12)
    torch_run = de.heavy_ball(surface.gradient, torch.tensor(starts), 2e-3, 0.8, 75, form=form)
    np.testing.assert_allclose(torch_run.end.numpy(), run.end, rtol=1e-12)


def test_without_momentum_only_polyaks_form_is_gradient_descent():
    surface, starts = de.himmelblau(), [[0.3, -0.2]]
    descent = de.gradient_descent(surface.gradient, starts, 2e-3, 50).end
    np.testing.assert_array_equal(de.heavy_ball(surface.gradient, starts, 2e-3, 0.0, 50).end, descent)
    printed = de.heavy_ball(surface.gradient, starts, 2e-3, 0.0, 50, form="printed").end
    assert np.max(np.abs(printed - descent)) > 1e-3


@pytest.mark.parametrize("beta", BETAS)
@pytest.mark.parametrize("form", ["polyak", "printed"])
def test_the_limit_of_stability_is_where_runs_begin_to_diverge(beta, form):
    low, high = 0.01, 8.0
    while high - low > 1e-4:
        middle = (low + high) / 2
        end = de.heavy_ball(lambda w: w, [[1.0]], middle, beta, 10_000, form=form)
        stable = end.diverged_at[0] < 0 and abs(end.end[0, 0]) < 10
        low, high = (middle, high) if stable else (low, middle)
    assert low == pytest.approx(de.stability_limit(beta, form), abs=3e-3)


@pytest.mark.parametrize("form", ["polyak", "printed"])
def test_the_rate_is_one_at_the_limit_and_smaller_below(form):
    for beta in BETAS:
        limit = de.stability_limit(beta, form)
        assert de.contraction_rate(1.0, limit, beta, form) == pytest.approx(1.0, abs=1e-12)
        assert de.contraction_rate(1.0, 0.99 * limit, beta, form) < 1
        assert de.contraction_rate(1.0, 1.01 * limit, beta, form) > 1


@pytest.mark.parametrize("form", ["polyak", "printed"])
@pytest.mark.parametrize("beta", BETAS)
def test_the_rate_is_the_spectral_radius_of_the_step(form, beta):
    for x in (0.001, 0.02, 0.3, 1.5):
        matrix = [[1 - x, -beta], [x, beta]] if form == "polyak" else [[1.0, -1.0], [x, beta]]
        radius = np.abs(np.linalg.eigvals(matrix)).max()
        assert de.contraction_rate(1.0, x, beta, form) == pytest.approx(radius, rel=1e-7)


def test_measured_rates_are_the_spectral_radius():
    eigenvalues, alpha, beta = np.array([1.0, 30.0]), 0.03, 0.3
    run = de.heavy_ball(de.quadratic(eigenvalues).gradient, np.eye(2), alpha, beta, 400, record_every=100)
    for i, eigenvalue in enumerate(eigenvalues):
        trace, determinant = 1 + beta - alpha * eigenvalue, beta
        roots = np.roots([1, -trace, determinant])
        if np.all(np.isreal(roots)):  # complex roots turn, their modulus shows in the determinant only
            measured = (run.points[4, i, i] / run.points[3, i, i]) ** 0.01
            assert measured == pytest.approx(de.contraction_rate(eigenvalue, alpha, beta), rel=1e-6)
        assert de.contraction_rate(eigenvalue, alpha, beta) == pytest.approx(np.abs(roots).max(), rel=1e-12)


def test_the_best_tuning_cannot_be_beaten_on_a_grid():
    best = de.optimal_heavy_ball(1.0, 100.0)
    assert best.rate == pytest.approx(9 / 11)
    assert de.contraction_rate([1.0, 100.0], best.learning_rate, best.momentum) == pytest.approx(best.rate, abs=1e-7)
    alphas, betas = np.linspace(0.002, 0.06, 59), np.linspace(0, 0.98, 50)
    rates = [de.contraction_rate(np.linspace(1, 100, 50), a, b) for a in alphas for b in betas]
    assert min(rates) >= best.rate - 1e-9


def test_small_steps_follow_a_particle_with_friction():
    alpha, beta, n_steps = 1e-4, 0.995, 800
    h, friction = de.heavy_ball_time_step(alpha, beta)
    run = de.heavy_ball(lambda w: w, [[1.0]], alpha, beta, n_steps, record_every=1)
    times = h * np.arange(n_steps + 1)
    solution = integrate.solve_ivp(lambda _, s: [s[1], -s[0] - friction * s[1]], (0, times[-1]), [1.0, 0.0], rtol=1e-10,
                                   atol=1e-12, t_eval=times)
    assert np.max(np.abs(run.points[:, 0, 0] - solution.y[0])) < h


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: de.heavy_ball(lambda w: w, [[1.0]], 0.1, 1.0, 5), r"momentum: expected a number in \[0, 1\), got 1"),
        (lambda: de.heavy_ball(lambda w: w, [[1.0]], 0.1, -0.1, 5), r"momentum: expected in \[0, 1\], got -0.1"),
        (lambda: de.heavy_ball(lambda w: w, [[1.0]], 0.1, 0.5, 5, form="nesterov"), "form: expected one of 'polyak'"),
        (lambda: de.optimal_heavy_ball(0.0, 1.0), "smallest: expected a positive curvature, got 0"),
        (lambda: de.optimal_heavy_ball(2.0, 1.0), "largest: expected >= 2, got 1"),
        (lambda: de.heavy_ball_time_step(0.0, 0.5), "learning_rate: expected a positive number, got 0"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
