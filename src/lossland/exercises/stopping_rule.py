"""Checkers of chapter 16: stop inside the cloud of an old network, and what that does and does not mean."""

from __future__ import annotations

import numpy as np
from scipy import stats

from lossland.exercises.answers import Number
from lossland.exercises.checker import Mistake, checker
from lossland.exercises.functions import Function
from lossland.exercises.truth_table import TruthTable


def _first(inside, never=-1):
    return int(np.argmax(inside)) if inside.any() else never


def _mahalanobis(path, center, covariance):
    away = path - center
    return np.einsum("ti,ij,tj->t", away, np.linalg.inv(covariance), away)


def _quantile(level, n):
    return float(stats.chi2.ppf(level, n))


def _stop(path, center, covariance, level):
    return _first(_mahalanobis(path, center, covariance) <= _quantile(level, len(center)))


def _ball(squared_radius):
    def wrong(path, center, covariance, level):
        return _first(((path - center) ** 2).sum(axis=1) <= squared_radius(covariance, level))

    return wrong


def _all_inside(path, center, covariance, level):
    return _mahalanobis(path, center, covariance) <= _quantile(level, len(center))


def _from_then_on(path, center, covariance, level):
    outside = np.flatnonzero(~_all_inside(path, center, covariance, level))
    after = outside[-1] + 1 if len(outside) else 0
    return after if after < len(path) else -1


def _in_a_box(path, center, covariance, level):
    reach = stats.norm.ppf((1 + level) / 2) * np.sqrt(np.diag(covariance))
    return _first((np.abs(path - center) <= reach).all(axis=1))


def _no_correlations(path, center, covariance, level):
    return _first(((path - center) ** 2 / np.diag(covariance)).sum(axis=1) <= _quantile(level, len(center)))


def _stop_cases(rng):
    decisive = [
        (np.linspace(5, 0, 51)[:, None], np.zeros(1), np.array([[0.25]]), 0.95),
        (np.linspace(4, 3, 21)[:, None] * np.ones(2), np.ones(2), 0.01 * np.eye(2), 0.95),  # never
    ]
    for n, level in ((2, 0.9), (3, 0.95), (5, 0.95), (8, 0.99), (4, 0.5)):
        frame = np.linalg.qr(rng.normal(size=(n, n)))[0]
        covariance = frame @ np.diag(np.geomspace(0.05, 2.0, n)) @ frame.T
        center, rates = rng.normal(size=n), np.geomspace(0.9, 0.97, n)
        start = frame @ (8 * rng.choice([-1, 1], n) * (1 + rng.uniform(size=n)))
        decay = (rates ** np.arange(200)[:, None]) * (start @ frame) @ frame.T
        wander = 0.5 * rng.multivariate_normal(np.zeros(n), covariance, 200)
        decisive.append((center + decay + wander, center, covariance, level))
    return decisive


@checker(
    Function(_stop_cases, returns=Number()),
    reference=_stop,
    mistakes=[
        Mistake(
            "never_is_the_end",
            lambda path, *rest: _stop(path, *rest) if _stop(path, *rest) >= 0 else len(path) - 1,
            "A path that never gets there should give -1, not its last step.",
            detect=lambda answer: answer(np.full((21, 1), 9.0), np.zeros(1), np.eye(1), 0.95) in (20, 21),
        ),
        Mistake(
            "counted_from_one",
            lambda *case: _stop(*case) + (_stop(*case) >= 0),
            "One too late: the first step of the path has the number 0.",
        ),
        Mistake(
            "level_for_quantile",
            lambda path, center, covariance, level: _first(_mahalanobis(path, center, covariance) <= level),
            "You compare the squared distance with the level itself. The bound is that quantile of its law: "
            "`stats.chi2.ppf(level, n)`.",
        ),
        Mistake(
            "never_is_the_start",
            lambda *case: max(_stop(*case), 0),
            "A path that never gets there gives 0 with you, as if it had stopped at once (`argmax` of nothing but "
            "False is 0).",
        ),
        Mistake(
            "one_degree_of_freedom",
            lambda path, center, covariance, level: _first(
                _mahalanobis(path, center, covariance) <= _quantile(level, 1)
            ),
            "Your ellipsoid is that of one dimension. In n dimensions the squared distance has mean n.",
        ),
        Mistake(
            "root_against_quantile",
            lambda path, center, covariance, level: _first(
                np.sqrt(_mahalanobis(path, center, covariance)) <= _quantile(level, len(center))
            ),
            "You compare a distance with a quantile of its square.",
        ),
        Mistake(
            "covariance_not_inverted",
            lambda path, center, covariance, level: _first(
                _mahalanobis(path, center, np.linalg.inv(covariance)) <= _quantile(level, len(center))
            ),
            "You multiply by the covariance where you should divide: a wide direction should count little.",
        ),
        Mistake(
            "narrowest_ball",
            _ball(lambda covariance, _level: np.linalg.eigvalsh(covariance)[0]),
            "Your ball has the radius of the narrowest direction. The cloud itself is almost never in it.",
        ),
        Mistake(
            "round_ball",
            _ball(lambda covariance, _level: np.trace(covariance)),
            "Your region is a ball with the size of the cloud. Across the narrow directions it reaches far outside "
            "of it.",
        ),
        Mistake(
            "box",
            _in_a_box,
            "You test each coordinate alone. Six directions at 95 % are together inside in 74 % of the cases, and "
            "correlations are ignored.",
        ),
        Mistake(
            "correlations_ignored",
            _no_correlations,
            "You divide by the variances and ignore the correlations: the axes of the cloud are not those of the "
            "coordinates.",
        ),
        Mistake(
            "for_good",
            _from_then_on,
            "You wait until the path stays inside for good. A cloud at level 95 % is left by one step in twenty, for "
            "ever.",
        ),
    ],
    success="Your rule knows how wide the cloud is in each direction. It does not know whether the optimum has moved.",
    hints=(
        "Measure the distance in units of the cloud: away' C^(-1) away, where C is its covariance.",
        "For Gaussian clouds this has the chi-squared law with n degrees of freedom: `stats.chi2.ppf(level, n)`.",
        "The first True is `np.argmax(inside)`, if there is one.",
    ),
)
def check_stopping_step(answer):
    """Check ``answer(path, center, covariance, level)``, the first step inside the ellipsoid of a cloud."""


_TABLE = TruthTable({
    "sorting keeps the function": True,
    "sorted copies are equal": True,
    "ties matter for real weights": False,
    "far apart unaligned means unstable": False,
    "matched seeds share one cloud": False,
    "inside the old cloud fits new data": False,
})  # fmt: skip
CONCLUSIONS = _TABLE.statements


@checker(
    _TABLE.kind,
    reference=_TABLE.reference,
    mistakes=[
        _TABLE.everywhere(True, "all_true", "You agree with everything. Four of these are traps of this chapter."),
        _TABLE.everywhere(False, "all_false", "You trust nothing. Two of these are right."),
        _TABLE.at(
            CONCLUSIONS[0],
            "sorting_changes_the_function",
            "Sorting takes the outgoing weights along. Only names change.",
        ),
        _TABLE.at(
            CONCLUSIONS[1],
            "no_canonical_form",
            "Without a disturbance a sort key has the same values in both copies, so both end in the same order, "
            "layer after layer.",
        ),
        _TABLE.at(
            CONCLUSIONS[2],
            "ties",
            "Two real numbers from a continuous law are never equal, so the second entry is never looked at.",
        ),
        _TABLE.at(
            CONCLUSIONS[3],
            "distance_is_instability",
            "Independent seeds give different names to their neurons. Align first, then look at the distance.",
        ),
        _TABLE.at(
            CONCLUSIONS[4],
            "one_cloud",
            "Matching undoes names. Seeds also leave different functions behind: compare the losses half way, or the "
            "spread of one long run.",
        ),
        _TABLE.at(
            CONCLUSIONS[5],
            "old_cloud_fits",
            "The rule compares with the old optimum. If the data moved it, the rule stops at the wrong place, and "
            "confidently.",
        ),
    ],
    success="Names, distances and data are three different things.",
    hints=("Ask of each: is it about names, about the function, or about the data?",),
)
def check_conclusions(answer):
    """Check which of six conclusions from ordering and distances may be drawn."""
