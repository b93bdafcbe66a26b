"""Checkers of chapter 16 on the relative distance of two matrices: its law, and its values at special places."""

from __future__ import annotations

import math

from lossland.exercises.answers import Number, Record
from lossland.exercises.checker import Mistake, checker
from lossland.exercises.functions import Function


def _law(mean, std, correlation):
    return std**2 * (1 - correlation) / (2 * mean**2 + std**2 * (1 + correlation))


def _law_cases(rng):
    fixed = [(0.0, 1.0, 0.0), (0.0, 2.0, 0.8), (0.5, 12**-0.5, 0.0), (1.0, 2.0, 0.0), (2.0, 1.0, 0.5), (-1.0, 1.0, 0.0)]
    return fixed + [(float(m), float(s), float(c)) for m, s, c in rng.uniform((-2, 0.3, -0.9), (2, 3, 0.95), (10, 3))]


@checker(
    Function(_law_cases, returns=Number(rtol=1e-6)),
    reference=_law,
    mistakes=[
        Mistake(
            "always_one",
            lambda _mean, _std, _correlation: 1.0,
            "You say 1 whatever the matrices are. Two unrelated matrices with entries between 0 and 1 have much in "
            "common: both are positive.",
        ),
        Mistake(
            "mean_ignored",
            lambda _mean, _std, correlation: (1 - correlation) / (1 + correlation),
            "This holds for entries of mean zero. A common mean makes the sum of the matrices large, and leaves their "
            "difference as it is.",
        ),
        Mistake(
            "correlation_ignored",
            lambda mean, std, _correlation: std**2 / (2 * mean**2 + std**2),
            "You treat the matrices as independent. Entries with a correlation differ by less.",
        ),
        Mistake(
            "mean_counted_once",
            lambda mean, std, correlation: std**2 * (1 - correlation) / (mean**2 + std**2 * (1 + correlation)),
            "The sum of two entries has the mean 2m, and its square 4m²; after dividing by 2 there are two m² left, "
            "not one.",
        ),
        Mistake(
            "mean_four_times",
            lambda mean, std, correlation: std**2 * (1 - correlation) / (4 * mean**2 + std**2 * (1 + correlation)),
            "The factor 4 of the squared mean is right, but the variance of a sum of two entries has a factor 2, "
            "which you cancelled in the variances alone.",
        ),
        Mistake(
            "std_not_squared",
            lambda mean, std, correlation: std * (1 - correlation) / (2 * abs(mean) + std * (1 + correlation)),
            "Means and standard deviations enter squared: numerator and denominator are sums of squares.",
        ),
        Mistake(
            "upside_down",
            lambda mean, std, correlation: 1 / _law(mean, std, correlation),
            "This is the inverse: the difference belongs in the numerator.",
        ),
        Mistake(
            "root",
            lambda mean, std, correlation: _law(mean, std, correlation) ** 0.5,
            "You took a root, as in a ratio of norms. Φ is a ratio of their squares.",
        ),
        Mistake(
            "bounded_form",
            lambda mean, std, correlation: std**2 * (1 - correlation) / (2 * (mean**2 + std**2)),
            "You divide by the squared norms of both matrices. That is the bounded form; the denominator asked for "
            "is the squared norm of their sum.",
        ),
    ],
    success="The answer depends on what unrelated matrices have in common: their mean.",
    hints=(
        "For large matrices both sums are their number of entries times an expectation.",
        "What is the mean square of the difference of two entries, and what is the mean square of their sum?",
        "Mean square = variance + square of the mean. The variance of a + b is 2s²(1 + c), that of a - b is 2s²(1 - "
        "c).",
    ),
)
def check_distance_law(answer):
    """Check ``answer(mean, std, correlation)``, the relative distance of two large matrices of random entries."""


_VALUES = {"opposite": math.inf, "tripled": 0.25, "disturbed": 0.01 / 4.01, "bounded_opposite": 1.0}


def _values(**changes):
    return {**_VALUES, **changes}


def _near(name, value):
    return lambda answer: math.isclose(answer[name], value, rel_tol=1e-3, abs_tol=1e-9)


@checker(
    Record(
        {
            "opposite": Number(allow_infinite=True),
            "tripled": Number(rtol=1e-3),
            "disturbed": Number(rtol=1e-2),
            "bounded_opposite": Number(rtol=1e-3),
        }
    ),
    reference=_VALUES,
    mistakes=[
        Mistake(
            "bounded_by_one",
            _values(opposite=1.0),
            "You expect a number between 0 and 1. Write down the denominator when the second matrix is minus the "
            "first.",
            detect=_near("opposite", 1.0),
        ),
        Mistake(
            "scale_does_not_matter",
            _values(tripled=0.0),
            "The matrices are perfectly correlated, but they are not equal, and it is equality that is measured.",
            detect=_near("tripled", 0.0),
        ),
        Mistake(
            "scale_not_squared",
            _values(tripled=0.5),
            "Norms 2 and 4: but the formula has their squares.",
            detect=_near("tripled", 0.5),
        ),
        Mistake(
            "relative_change_itself",
            _values(disturbed=0.1),
            "A disturbance of a tenth gives a squared distance: a small number becomes very small.",
            detect=_near("disturbed", 0.1),
        ),
        Mistake(
            "no_four",
            _values(disturbed=0.01),
            "You divide by the square of the matrix. The sum of the matrix and its disturbed copy is about twice the "
            "matrix.",
            detect=lambda a: any(math.isclose(a["disturbed"], v, rel_tol=1e-3) for v in (0.01, 0.01 / 1.01)),
        ),
        Mistake(
            "half_instead_of_quarter",
            _values(disturbed=0.005),
            "Twice the matrix, squared, is four times its square.",
            detect=lambda a: any(math.isclose(a["disturbed"], v, rel_tol=4e-3) for v in (0.005, 0.01 / 2.01)),
        ),
        Mistake(
            "bounded_stays_infinite",
            _values(bounded_opposite=0.5),
            "Let the distance grow without bound in x/(1 + x).",
            detect=lambda a: not math.isclose(a["bounded_opposite"], 1.0, rel_tol=1e-3),
        ),
    ],
    success="Small numbers, and one infinite one: no norm behaves like this.",
    hints=(
        "Put each second matrix into the formula; the entries of W cancel.",
        "E is independent of W and has the same mean square, so sums of products of the two are negligible.",
    ),
)
def check_distance_values(answer):
    """Check the relative distance to minus a matrix, to three times it, to a disturbed copy, and its bounded form."""
