"""Escape from saddles: the linear prediction is exact on a quadratic; pushes are uniform in their ball."""

import numpy as np
import pytest
from scipy import stats

from lossland import descent
from lossland.descent.perturbed_descent import uniform_ball


def test_escape_steps_on_a_quadratic_are_the_prediction_rounded_up():
    pass_ = descent.quadratic([2.0, -1.5])
    offsets = 10.0 ** -np.arange(1.0, 15.0)
    starts = np.stack([np.ones(14), -offsets], axis=-1)
    for rate in (0.01, 0.2):
        steps = descent.escape_steps(pass_, [0, 0], starts, rate, radius=0.3)
        expected = descent.predicted_escape_steps(offsets, 0.3, rate, -1.5)
        assert steps.tolist() == np.ceil(expected).astype(int).tolist()


def test_no_offset_takes_for_ever_and_a_large_one_no_time():
    assert descent.predicted_escape_steps([0.0, 1.0, -2.0], 0.5, 0.1, -1.0).tolist() == [np.inf, 0, 0]
    with pytest.raises(ValueError, match="curvature: expected a negative eigenvalue, got 1"):
        descent.predicted_escape_steps(0.1, 0.5, 0.1, 1.0)
    with pytest.raises(ValueError, match="saddle: expected a point with negative curvature"):
        descent.escape_steps(descent.double_well(), [1.0], [1.1], 0.1)


def test_pushes_are_uniform_in_the_ball():
    points = uniform_ball(20_000, 3, 2.0, rng=np.random.default_rng(0))
    radii = np.linalg.norm(points, axis=1)
    assert radii.max() <= 2
    assert stats.kstest((radii / 2) ** 3, "uniform").pvalue > 1e-3
    assert np.all(abs(points.mean(axis=0)) < 4.5 * points.std(axis=0) / 20_000**0.5)


def test_pushes_come_only_at_small_gradients_and_not_too_often():
    saddle = descent.strict_saddle()
    settings = {"radius": 1e-3, "threshold": 1e-2, "wait": 50, "rng": np.random.default_rng(1)}
    run = descent.perturbed_descent(saddle.gradient, [[1.0, 0.0], [0.3, 0.9]], 0.1, 500, record_every=1, **settings)
    assert run.points.shape == (501, 2, 2)
    assert np.all(run.n_pushes <= 10)
    assert run.first_push[0] == int(np.argmax(0.9 ** np.arange(500) <= 1e-2))
    untouched = descent.gradient_descent(saddle.gradient, [1.0, 0.0], 0.1, int(run.first_push[0]))
    np.testing.assert_allclose(run.points[run.first_push[0], 0], untouched.end)
    again = descent.perturbed_descent(saddle.gradient, [1.0, 0.0], 0.1, 100, radius=0.0, threshold=1.0, wait=1,
                                      rng=np.random.default_rng(2))  # fmt: skip
    assert again.end[1] == 0
