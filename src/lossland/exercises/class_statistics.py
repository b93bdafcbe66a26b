"""Checker of chapter 20 on learning class by class: sums that can be brought up to date."""

from __future__ import annotations

import numpy as np

from lossland.exercises.answers import Array, Number, Record
from lossland.exercises.checker import Mistake, checker
from lossland.exercises.functions import Function


def _scatter(examples, center):
    return (examples - center).T @ (examples - center)


def _merged(count, mean, scatter, examples):
    total = count + len(examples)
    center = (count * mean + examples.sum(axis=0)) / total
    moved = center - mean
    return {
        "count": total,
        "mean": center,
        "scatter": scatter + count * np.outer(moved, moved) + _scatter(examples, center),
    }


def _changed(**changes):
    """A merger that goes wrong in some entries."""

    def wrong(count, mean, scatter, examples):
        right = _merged(count, mean, scatter, examples)
        return {**right, **{name: change(count, mean, scatter, examples) for name, change in changes.items()}}

    return wrong


def _cases(rng):
    cases = [(2, np.array([0.0]), np.array([[2.0]]), np.array([[3.0]]))]
    for count, n, d in ((1, 1, 2), (3, 4, 2), (10, 3, 5), (4, 25, 3)):
        seen = rng.normal(size=(count, d)) + 2 * rng.normal(size=d)
        mean = seen.mean(axis=0)
        cases.append((count, mean, _scatter(seen, mean), rng.normal(size=(n, d))))
    return cases


@checker(
    Function(_cases, returns=Record({"count": Number(), "mean": Array(), "scatter": Array(rtol=1e-8)})),
    reference=_merged,
    mistakes=[
        Mistake(
            "mean_of_means",
            _changed(mean=lambda _count, mean, _sum, examples: (mean + examples.mean(axis=0)) / 2),
            "You average the two means. A mean of a hundred examples weighs more than a mean of three.",
        ),
        Mistake(
            "scatters_added",
            _changed(
                scatter=lambda _count, _mean, scatter, examples: scatter + _scatter(examples, examples.mean(axis=0))
            ),
            "The scatters of both groups, each around its own mean, are not all: the two means differ, and around the "
            "common one there is more.",
        ),
        Mistake(
            "old_not_moved",
            _changed(
                scatter=lambda count, mean, scatter, examples: (
                    scatter + _scatter(examples, _merged(count, mean, scatter, examples)["mean"])
                )
            ),
            "The new examples are right. But the old ones have a new center, too, and are farther from it on average.",
        ),
        Mistake(
            "around_the_old_mean",
            _changed(scatter=lambda _count, mean, scatter, examples: scatter + _scatter(examples, mean)),
            "You measure the new examples from the old mean. Both groups have to be measured from the common one.",
        ),
        Mistake(
            "covariance",
            _changed(
                scatter=lambda count, mean, scatter, examples: (
                    _merged(count, mean, scatter, examples)["scatter"] / (count + len(examples))
                )
            ),
            "You divide by the number of examples. Scatter is a sum, and only sums can be added to later.",
        ),
        Mistake(
            "new_ones_only",
            lambda _count, _mean, _sum, examples: {
                "count": len(examples),
                "mean": examples.mean(axis=0),
                "scatter": _scatter(examples, examples.mean(axis=0)),
            },
            "You have forgotten what was known before: these are the statistics of the new examples alone.",
        ),
    ],
    success="Three sums are all that the past has to leave behind; the examples themselves can go.",
    hints=(
        "Try it first with one old and one new example on a line.",
        "The common mean is weighted by the numbers of examples.",
        "For each group, the scatter around a center is that around its own mean plus n times the outer product of the "
        "displacement with itself.",
    ),
)
def check_merged_statistics(answer):
    """Check ``answer(count, mean, scatter, examples)``: the statistics of a class after new examples of it."""
