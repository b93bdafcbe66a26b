"""Gradient descent against the exact iterates of a quadratic, and against a loop written out."""

import numpy as np
import pytest
import torch

from lossland import descent as de

STARTS = np.random.default_rng(0).uniform(-1.5, 1.5, (3, 7, 2))


def test_modes_of_a_quadratic_shrink_by_one_minus_alpha_lambda():
    eigenvalues = np.array([0.5, 3.0])
    run = de.gradient_descent(de.quadratic(eigenvalues).gradient, STARTS, 0.2, 60, record_every=7)
    factors = (1 - 0.2 * eigenvalues) ** run.recorded_steps[:, None, None, None]
    np.testing.assert_allclose(run.points, factors * STARTS, rtol=1e-12, atol=0)
    assert run.recorded_steps.tolist() == [0, 7, 14, 21, 28, 35, 42, 49, 56, 60]
    np.testing.assert_array_equal(run.points[-1], run.end)
    np.testing.assert_allclose(run.gradient_norm, np.linalg.norm(eigenvalues * run.end, axis=-1), rtol=1e-12)


def test_every_run_is_the_run_alone():
    surface = de.himmelblau()
    together = de.gradient_descent(surface.gradient, STARTS, 0.01, 400, tol=1e-6, record_every=13)
    for index in np.ndindex(3, 7):
        w, steps = STARTS[index], 0
        while np.linalg.norm(surface.gradient(w)) > 1e-6 and steps < 400:
            w, steps = w - 0.01 * surface.gradient(w), steps + 1
        np.testing.assert_allclose(together.end[index], w, rtol=1e-13)
        assert together.n_steps[index] == steps
        assert together.converged[index] == (np.linalg.norm(surface.gradient(w)) <= 1e-6)


def test_runs_keep_their_own_rates_when_others_have_stopped():
    rates = np.geomspace(0.3, 0.001, 12)
    run = de.gradient_descent(lambda w: w, np.ones((12, 1)), rates, 5000, tol=1e-2)
    expected = np.ceil(np.log(1e-2) / np.log1p(-rates))
    assert run.n_steps.tolist() == expected.tolist()
    np.testing.assert_allclose(run.end[:, 0], (1 - rates) ** expected, rtol=1e-9)


def test_recorded_points_are_not_overwritten_by_later_steps():
    surface = de.himmelblau()
    run = de.gradient_descent(surface.gradient, STARTS, 0.01, 300, tol=1e-4, record_every=20)
    for i, step in enumerate(run.recorded_steps):
        again = de.gradient_descent(surface.gradient, STARTS, 0.01, int(step), tol=1e-4)
        np.testing.assert_array_equal(run.points[i], again.end)


def test_divergence_is_reported_at_its_step_and_only_there():
    rates = np.array([0.5, 0.66, 0.67, 1.5])  # the limit for curvature 3 is 2/3
    run = de.gradient_descent(lambda w: 3 * w, np.ones((4, 1)), rates, 40_000)
    factors = np.abs(1 - 3 * rates)
    expected = np.ceil(150 * np.log(10) / np.log(factors[2:]))
    assert run.diverged_at[:2].tolist() == [-1, -1]
    np.testing.assert_allclose(run.diverged_at[2:], expected, atol=1)
    assert np.all(np.isfinite(run.end))
    assert np.all(np.abs(run.end) <= 1e150)
    assert run.n_steps[2:].tolist() == [step - 1 for step in run.diverged_at[2:]]


def test_a_gradient_that_overflows_is_divergence_without_warnings():
    run = de.gradient_descent(de.rosenbrock().gradient, [[3.0, -3.0], [1.0, 0.9]], 1e-3, 50)
    assert run.diverged_at[0] > 0
    assert run.diverged_at[1] == -1


def test_single_precision_divergence_is_seen():
    run = de.gradient_descent(lambda w: 3 * w, torch.ones(1, 1), 10.0, 500)
    assert int(run.diverged_at[0]) == 27  # 29^27 > 3.4e38 > 29^26
    assert run.end.dtype == torch.float32


@pytest.mark.parametrize("tol", [None, 1e-5])
def test_torch_and_numpy_agree(tol):
    surface = de.himmelblau()
    ours = de.gradient_descent(surface.gradient, torch.tensor(STARTS), 0.01, 200, tol=tol, record_every=50)
    theirs = de.gradient_descent(surface.gradient, STARTS, 0.01, 200, tol=tol, record_every=50)
    np.testing.assert_allclose(ours.points.numpy(), theirs.points, rtol=1e-12)
    assert ours.n_steps.tolist() == theirs.n_steps.tolist()
    assert ours.converged.tolist() == theirs.converged.tolist()


def test_starts_are_not_changed():
    starts = STARTS.copy()
    de.gradient_descent(de.himmelblau().gradient, starts, 0.01, 50, tol=1e-3)
    np.testing.assert_array_equal(starts, STARTS)


def test_no_step_at_all():
    run = de.gradient_descent(lambda w: w, [[2.0]], 0.1, 0)
    assert run.end.tolist() == [[2.0]]
    assert run.recorded_steps.tolist() == [0]
    assert not run.converged[0]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((lambda w: w, 1.0, 0.1, 5), "starts: expected points"),
        ((lambda w: w, [[np.nan]], 0.1, 5), "starts: expected finite numbers"),
        ((lambda w: w, [[1.0]], -0.1, 5), "learning_rate: expected positive numbers, got -0.1"),
        ((lambda w: w, [[1.0]], [0.1, 0.2], 5), "learning_rate: expected one number or one for each run"),
        ((lambda w: w, [[1.0]], 0.1, -1), "n_steps: expected an integer >= 0, got -1"),
        ((lambda w: w[:, 0], [[1.0, 2.0]], 0.1, 5), r"gradient: expected an array of shape \(1, 2\)"),
    ],
)
def test_bad_input_is_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        de.gradient_descent(*arguments)


def test_a_gradient_must_be_a_function():
    with pytest.raises(TypeError, match="gradient: expected a function"):
        de.gradient_descent([1.0], [[1.0]], 0.1, 5)
