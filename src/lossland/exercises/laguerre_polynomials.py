"""Checker of chapter 19 on Laguerre polynomials: their slopes, also where the printed rule divides by zero."""

from __future__ import annotations

import math

import numpy as np

from lossland.exercises.answers import Array
from lossland.exercises.checker import Mistake, checker
from lossland.exercises.functions import Failed, Function
from lossland.remedies import derivatives, evaluate, laguerre


def _slopes(degree, x):
    return derivatives(laguerre(), x, degree)


def _values(degree, x):
    return evaluate(laguerre(), x, degree)


def _printed(degree, x):
    values, n = _values(degree, x), np.arange(degree + 1)
    return np.append(0.0, n[1:] * (values[1:] - values[:-1])) / x if x else -1.0 * n


def _agrees(answer, x) -> bool:
    found = np.asarray(answer(10, x))
    return found.shape == (11,) and np.allclose(found, _slopes(10, x))


def _divides_by_x(answer) -> bool:
    """Whether it is right at x = 1 and loses its digits, or stops, close to 0."""
    try:
        return _agrees(answer, 1.0) and not _agrees(answer, 1e-14)
    except Failed:
        return True


def _slope_cases(rng):
    fixed = [(1, 1.0), (2, 1.0), (3, 0.5), (10, 1e-14), (4, 1e-12), (10, 1e-3), (6, 2.0), (20, 7.5), (12, 30.0)]
    fixed += [(0, 1.0)]
    return fixed + [(int(rng.integers(1, 15)), float(rng.uniform(0.1, 20))) for _ in range(6)]


@checker(
    Function(_slope_cases, returns=Array(rtol=1e-6, atol=1e-7)),
    reference=_slopes,
    mistakes=[
        Mistake(
            "divided_by_x",
            _printed,
            "Right at x = 1, but close to x = 0 your slopes lose their digits, or fail: two nearly equal values are "
            "subtracted, and their difference is divided by x. A special case for x = 0 does not help at 1e-14.",
            detect=_divides_by_x,
        ),
        Mistake(
            "values",
            _values,
            "These are the values of the polynomials. Asked for are their derivatives.",
        ),
        Mistake(
            "sign",
            lambda degree, x: -_slopes(degree, x),
            "The sign is turned around. Laguerre polynomials are 1 at zero and fall from there: the slopes at 0 are "
            "negative.",
        ),
        Mistake(
            "one_term_too_many",
            lambda degree, x: -np.cumsum(_values(degree, x)),
            "Your sum takes in the polynomial itself: its derivative has a lower degree than it has.",
        ),
        Mistake(
            "factorials",
            lambda degree, x: np.array([math.factorial(n) for n in range(degree + 1)]) * _slopes(degree, x),
            "You have left out the division by n + 1 in the recurrence: these are n! times the polynomials.",
        ),
        Mistake(
            "with_half_the_weight",
            lambda degree, x: math.exp(-x / 2) * (_slopes(degree, x) - _values(degree, x) / 2),
            "You differentiate the product with the root of the density. Asked for are the slopes of the polynomials.",
        ),
    ],
    success="No digits are lost near zero.",
    hints=(
        "Differentiate the recurrence itself, and run both recurrences side by side.",
        "Or find out what the slope of one polynomial minus that of the one before is: compare with lower values.",
    ),
)
def check_laguerre_slopes(answer):
    """Check ``answer(degree, x)``, the derivatives at x of Laguerre polynomials 0 ... degree, (degree + 1,)."""
    if not _agrees(answer, 0.0):
        return "At x = 0 the slopes should be 0, -1, -2, ..., -10: eleven numbers, for degrees 0 to 10."
    if not np.allclose(answer(10, 5e-7), _slopes(10, 5e-7), rtol=1e-6):
        return (
            "At x = 5e-7 your slopes are right to about six digits only. A value that is put in for small x does not "
            "move with x: look for a rule that never divides by x."
        )
    return None
