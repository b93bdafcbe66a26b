"""Linearization agrees with descent on quadratics exactly, and says what it does not know."""

import numpy as np
import pytest

from lossland import descent


def test_linear_iterates_are_those_of_descent_on_a_quadratic():
    rng = np.random.default_rng(1)
    basis = np.linalg.qr(rng.normal(size=(4, 4)))[0]
    hessian = basis @ np.diag([-0.5, 0.0, 1.0, 12.0]) @ basis.T
    start, steps = rng.normal(size=4), np.array([0, 1, 7, 30])
    linear = descent.linearize(hessian, 0.15)
    run = descent.gradient_descent(lambda w: w @ hessian, start, 0.15, 30, record_every=1)
    np.testing.assert_allclose(linear.iterate(start, steps), run.points[steps], rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(linear.iterate(start, 7), run.points[7], rtol=1e-9)
    np.testing.assert_allclose(linear.factors, 1 - 0.15 * np.array([-0.5, 0, 1, 12]), atol=1e-12)


@pytest.mark.parametrize(
    ("eigenvalues", "rate", "verdict"),
    [([1, 19], 0.1, "converges"), ([1, 21], 0.1, "diverges"), ([1, 20], 0.1, "undecided"), ([1, 0], 0.1, "undecided"),
     ([-1e-3, 1], 0.1, "diverges"), ([0, -1], 0.1, "diverges"), ([0, 25], 0.1, "diverges")],
)  # fmt: skip
def test_verdicts(eigenvalues, rate, verdict):
    assert descent.linearize(np.diag(np.array(eigenvalues, float)), rate).verdict == verdict


@pytest.mark.parametrize(
    ("hessian", "rate", "message"),
    [
        ([[1.0, 2.0]], 0.1, "square matrix"),
        ([[1.0, 2.0], [0.0, 1.0]], 0.1, "symmetric"),
        ([[1.0]], 0.0, "learning_rate"),
    ],
)
def test_errors_name_the_argument(hessian, rate, message):
    with pytest.raises(ValueError, match=message):
        descent.linearize(hessian, rate)
