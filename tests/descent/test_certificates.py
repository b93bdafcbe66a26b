"""Certificates of descent: planted violations are found where they are, bounds invert each other."""

import math

import numpy as np
import pytest

from lossland import descent


def test_constant_is_a_parabola_with_zeros_at_zero_and_two_over_m():
    assert descent.descent_constant(0.25, 4.0) == pytest.approx(1 / 8)
    assert descent.descent_constant(0.5, 4.0) == 0
    assert descent.descent_constant(0.6, 4.0) < 0


def test_a_planted_violation_is_found_at_its_step():
    surface = descent.log_sum(2)
    run = descent.gradient_descent(surface.gradient, [[3.0, 1.0], [-1.0, 2.0]], 0.4, 30, record_every=1)
    values, norms = surface.value(run.points), np.linalg.norm(surface.gradient(run.points), axis=-1)
    honest = descent.check_descent(values, norms, 0.4, 2.0, infimum=0.0)
    assert honest.holds.tolist() == [True, True]
    tampered = values.copy()
    tampered[7, 1] += 0.5
    check = descent.check_descent(tampered, norms, 0.4, 2.0, infimum=0.0)
    assert check.first_violation.tolist() == [-1, 7]
    assert check.holds.tolist() == [True, False]
    assert check.slack[6, 1] == pytest.approx(honest.slack[6, 1] - 0.5)


def test_divergence_is_reported_with_its_step_and_without_warnings():
    parabola = descent.quadratic([1.0])
    check = descent.check_surface(parabola, [[1.0], [0.0]], 4.0, 600)
    assert check.diverged_at.tolist() == [math.floor(150 / math.log10(3)) + 1, -1]
    assert np.isnan(check.slack[check.diverged_at[0] :, 0]).all()
    assert np.isinf(check.bound).all()  # beyond 2/M nothing is promised


def test_bounds_are_inverse_to_each_other():
    rng = np.random.default_rng(0)
    for drop, tol, product, lipschitz in rng.uniform([0.1, 0.01, 0.1, 0.5], [5, 0.5, 1.9, 9], (20, 4)):
        rate = product / lipschitz
        n = descent.stopping_bound(drop, tol, rate, lipschitz)
        assert descent.best_gradient_bound(drop, rate, lipschitz, n + 1) < tol
        if n:
            assert descent.best_gradient_bound(drop, rate, lipschitz, n) >= tol * (1 - 1e-12)
    steps = descent.best_gradient_bound(1.0, 0.5, 1.0, [1, 4, 16])
    np.testing.assert_allclose(steps / steps[0], [1, 0.5, 0.25])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: descent.stopping_bound(1.0, 0.1, 1.0, 2.0), r"learning_rate: nothing is guaranteed from 2/M = 1 on"),
        (lambda: descent.stopping_bound(1.0, 0.0, 0.1, 2.0), "tol: expected a positive number, got 0"),
        (lambda: descent.descent_constant(0.1, 0.0), "lipschitz: expected a positive number"),
        (lambda: descent.check_surface(descent.escape(), [0.0], 0.1, 5), "lipschitz: escape has no global constant"),
        (lambda: descent.check_surface(descent.quadratic([-1.0]), [0.0], 0.1, 5), "bounded below"),
        (lambda: descent.check_descent([1.0, 0.5], [1.0], 0.1, 1.0, infimum=0.0), "gradient_norms: expected"),
        (lambda: descent.check_descent([1.0, 0.5], [1.0, 1.0], 0.1, 1.0, infimum=0.7), "infimum: expected a lower"),
    ],
)
def test_errors_name_the_argument(call, message):
    with pytest.raises(ValueError, match=message):
        call()
