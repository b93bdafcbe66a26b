"""A student more: the slope from zero and the curvature of a split, against differences of the loss itself."""

import numpy as np
import pytest

from lossland import teacher_student as ts

RNG = np.random.default_rng(8)
W, V = RNG.normal(size=(3, 4)), RNG.normal(size=(4, 4))


def test_splitting_matrix_is_the_curvature_of_a_split():
    base, eps = float(ts.population_loss(W, V)), 1e-4
    for i, matrix in enumerate(ts.splitting_matrices(W, V)):
        np.testing.assert_allclose(matrix @ W[i], 0, atol=1e-12)
        for share in (0.5, 0.2):
            delta = RNG.normal(size=4)
            moved = ts.split_student(W, i, direction=eps * delta, share=share)
            change = float(ts.population_loss(moved, V)) - base
            predicted = eps**2 / 2 * (delta @ matrix @ delta) * (1 / share + 1 / (1 - share))
            assert change == pytest.approx(predicted, rel=2e-2, abs=1e-14)


def test_a_split_alone_changes_nothing():
    parts = ts.split_student(W, 1, share=0.3)
    assert parts.shape == (4, 4)
    assert float(ts.population_loss(parts, V)) == pytest.approx(float(ts.population_loss(W, V)), rel=1e-13)
    np.testing.assert_allclose(parts[1] + parts[3], W[1])


def test_best_new_direction_beats_random_ones_and_its_slope_is_that_of_the_loss():
    minimum, teachers = ts.reversed_students(6).students, ts.orthogonal_teachers(6)
    best = ts.steepest_new_student(minimum, teachers)
    assert best.slope == pytest.approx(-0.0360428, abs=1e-7)  # minimized independently, with random restarts
    assert np.linalg.norm(best.direction) == pytest.approx(1)
    wide = np.vstack([minimum, np.zeros(6)])
    for u in RNG.normal(size=(200, 6)):
        ray = np.vstack([np.zeros((6, 6)), u / np.linalg.norm(u)])
        assert float(ts.one_sided_derivative(wide, teachers, ray)) >= best.slope - 1e-12
    step = np.vstack([np.zeros((6, 6)), best.direction])
    change = ts.population_loss(wide + 1e-6 * step, teachers) - ts.population_loss(wide, teachers)
    assert float(change) / 1e-6 == pytest.approx(best.slope, abs=1e-6)


def test_arguments_are_checked():
    with pytest.raises(ValueError, match="one network"):
        ts.splitting_matrices(W[None], V)
    with pytest.raises(ValueError, match="one network"):
        ts.split_student(W[None], 0)
    with pytest.raises(ValueError, match="index"):
        ts.split_student(W, 3)
    with pytest.raises(ValueError, match="share"):
        ts.split_student(W, 0, share=1.5)
