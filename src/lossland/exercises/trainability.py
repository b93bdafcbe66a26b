"""Checker of the investigation of chapter 11: how deep can a network be trained, compared with the depth scale?

There is no single right answer.  The report is judged by what makes a measurement worth believing: repeated
draws, settings on both sides of the critical line, a sweep of depths that contains the limit it reports, and a
conclusion that the numbers bear.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from lossland import signal_propagation as sp
from lossland.exercises.answers import Array, Choice, Number, Record
from lossland.exercises.checker import Mistake, checker

TRAINED = 0.5  # accuracy from which a network counts as trained; chance is 0.1 for ten digits
CONCLUSIONS = ("deepest at the edge of chaos", "deepest in the ordered phase", "deepest in the chaotic phase")


def _scales(report, *, squared=False, which="xi_c"):
    weight_std = np.sqrt(report["weight_std"]) if squared else report["weight_std"]
    return np.asarray(getattr(sp, which)(weight_std, report["bias_std"], "tanh"))


def _limits(report) -> np.ndarray:
    """Largest depth of the sweep up to which all mean accuracies count as trained; 0 if not even the first does."""
    trained = report["accuracy"].mean(axis=2) >= TRAINED
    counts = np.cumprod(trained, axis=1).sum(axis=1)
    return np.concatenate([[0.0], report["depths"]])[counts]


def _chi1(report):
    q = sp.q_star(report["weight_std"], report["bias_std"], "tanh").value
    return np.asarray(sp.chi1(q, report["weight_std"], "tanh"))


def _fits(report) -> bool:
    return report["accuracy"].shape[:2] == (report["weight_std"].size, report["depths"].size)


def _sound(report) -> bool:
    """Whether the numbers of the report can be computed with at all."""
    settings = report["weight_std"].shape
    positive = np.all(report["weight_std"] > 0) and report["bias_std"] > 0 and np.all(report["depths"] > 0)
    return _fits(report) and settings == report["limit_depth"].shape == report["ratio"].shape and bool(positive)


def _if_sound(test):
    return lambda report: _sound(report) and test(report)


def _axes_swapped(report):
    return not _fits(report) and report["accuracy"].shape[:2] == (report["depths"].size, report["weight_std"].size)


def _one_draw(report):
    return report["accuracy"].shape[2] < 2


def _same_draw(report):
    return not _one_draw(report) and bool(np.all(np.ptp(report["accuracy"], axis=2) == 0))


def _one_phase(report):
    chi1 = _chi1(report)
    return bool(np.all(chi1 > 0.98) or np.all(chi1 < 1.02))


def _nothing_trains(report):
    return bool(np.all(_limits(report) == 0))


def _everything_trains(report):
    return bool(np.all(_limits(report) == report["depths"].max()))


def _wrong_limit(report):
    return not np.allclose(report["limit_depth"], _limits(report))


def _ratio_is(report, denominator):
    given = np.isfinite(report["ratio"])
    expected = report["limit_depth"] / denominator
    return not _ratio_right(report) and bool(np.allclose(report["ratio"][given], expected[given], rtol=0.02))


def _ratio_right(report):
    return bool(np.allclose(report["ratio"], report["limit_depth"] / (6 * _scales(report)), rtol=0.02, atol=1e-3))


def _supported_conclusions(report) -> tuple[str, ...]:
    """Which conclusions the report's own numbers bear: settings with |ln chi1| < 0.15 count as the edge."""
    logs = np.log(_chi1(report))
    limits = _limits(report)
    best = limits == limits.max()
    edge, ordered, chaotic = np.abs(logs) < 0.15, logs <= -0.15, logs >= 0.15
    wheres = zip(CONCLUSIONS, (edge, ordered, chaotic), strict=True)
    return tuple(name for name, where in wheres if np.any(best & where))


def _example(**changes: Any) -> dict[str, Any]:
    """A report with plausible numbers, for tests: limits 12, 48 and 24 layers."""
    accuracy = np.array([[0.94, 0.91, 0.22, 0.11], [0.98, 0.97, 0.95, 0.86], [0.99, 0.97, 0.72, 0.13]])
    report = {
        "weight_std": np.array([1.0, 1.35, 2.0]), "bias_std": 0.05**0.5, "depths": np.array([6.0, 12.0, 24.0, 48.0]),
        "accuracy": accuracy[:, :, None] + np.array([0.0, 0.01, -0.01]),
        "limit_depth": np.array([12.0, 48.0, 24.0]), "conclusion": CONCLUSIONS[0],
    }  # fmt: skip
    report.update(changes)
    if "ratio" not in report:
        report["ratio"] = report["limit_depth"] / (6 * _scales(report))
    return report


_REPORT = Record(
    {
        "weight_std": Array(shape=(None,)),
        "bias_std": Number(),
        "depths": Array(shape=(None,)),
        "accuracy": Array(shape=(None, None, None)),
        "limit_depth": Array(shape=(None,)),
        "ratio": Array(shape=(None,)),
        "conclusion": Choice(CONCLUSIONS),
    }
)
_FINE = _example()
_BAD = np.full((3, 4, 3), 0.11) + np.array([0.0, 0.01, 0.02])
_ACCURACY = _FINE["accuracy"]


@checker(
    _REPORT,
    reference=_FINE,
    unique=False,
    mistakes=[
        Mistake(
            "axes_swapped",
            _example(accuracy=_ACCURACY.swapaxes(0, 1)),
            "The first two axes of `accuracy` are exchanged: it is (settings, depths, draws).",
            detect=_axes_swapped,
        ),
        Mistake(
            "percent",
            _example(accuracy=100 * _ACCURACY),
            "Accuracies above 1: give fractions, not percent.",
            detect=lambda report: np.max(report["accuracy"]) > 1,
        ),
        Mistake(
            "one_draw",
            _example(accuracy=_ACCURACY[:, :, :1]),
            "One network per setting: near the limit some draws train and some do not, so one draw cannot tell "
            "a depth limit from luck. Use at least two seeds.",
            detect=_one_draw,
        ),
        Mistake(
            "same_draw",
            _example(accuracy=np.repeat(_ACCURACY[:, :, :1], 2, axis=2)),
            "All draws of each setting agree to the last digit: the seed did not reach the network. That is one "
            "measurement, copied.",
            detect=_same_draw,
            hint="A fresh generator with another seed for each draw.",
        ),
        Mistake(
            "one_phase",
            _example(weight_std=np.array([1.5, 1.8, 2.0])),
            "All your settings are on one side of the critical line (or on it). The question is what happens on "
            "both sides: take at least one ordered and one chaotic setting.",
            detect=_if_sound(_one_phase),
            hint='`sp.phase(weight_std, bias_std, "tanh")` tells the side of the line.',
        ),
        Mistake(
            "nothing_trains",
            _example(accuracy=_BAD, limit_depth=np.zeros(3)),
            "Not even the shallowest networks pass the criterion. Then depth is not what stops them: the learning rate "
            "or the number of steps is.",
            detect=_if_sound(_nothing_trains),
        ),
        Mistake(
            "everything_trains",
            _example(accuracy=0.9 + _ACCURACY / 20, limit_depth=np.full(3, 48.0)),
            "All networks train at all depths, so no limit was met: `limit_depth` is only the end of your sweep. "
            "Go deeper, or train for fewer steps.",
            detect=_if_sound(_everything_trains),
        ),
        Mistake(
            "limit_not_in_data",
            _example(limit_depth=np.array([24.0, 48.0, 24.0])),
            "`limit_depth` does not follow from `accuracy`: it is the largest depth of the sweep such that there, and "
            "at all smaller depths, the accuracy averaged over draws is at least 0.5 (0 if the first fails already).",
            detect=_if_sound(_wrong_limit),
        ),
        Mistake(
            "ratio_without_six",
            _example(ratio=_FINE["limit_depth"] / _scales(_FINE)),
            "Your ratio is the limit over ξ_c; the rule of thumb under test is 6 ξ_c.",
            detect=_if_sound(lambda report: _ratio_is(report, _scales(report))),
        ),
        Mistake(
            "ratio_with_xi_q",
            _example(ratio=_FINE["limit_depth"] / (6 * _scales(_FINE, which="xi_q"))),
            "You divide by 6 ξ_q, the scale of lengths. Whether two digits can still be told apart is the business "
            "of ξ_c.",
            detect=_if_sound(lambda report: _ratio_is(report, 6 * _scales(report, which="xi_q"))),
        ),
        Mistake(
            "variance_given",
            _example(ratio=_FINE["limit_depth"] / (6 * _scales(_FINE, squared=True))),
            "Your depth scale belongs to weight_std = √(your weight_std): somewhere a variance and a standard "
            "deviation were exchanged.",
            detect=_if_sound(lambda report: _ratio_is(report, 6 * _scales(report, squared=True))),
        ),
        Mistake(
            "conclusion_unsupported",
            _example(conclusion=CONCLUSIONS[2]),
            "Your conclusion is not what your numbers say: look at which setting has the largest `limit_depth`, and at "
            "its χ₁.",
            detect=_if_sound(lambda report: report["conclusion"] not in _supported_conclusions(report)),
        ),
    ],
    success="Repeated draws, both phases, a limit inside the sweep, and a conclusion that the numbers bear.",
    hints=(
        "Take the loop of the section as it is; choose three values of `weight_std` around the critical one.",
        "Space depths geometrically (6, 12, 24, 48): the limit is uncertain by one step either way.",
        "In the ordered and in the chaotic setting the sweep must contain depths that fail.",
    ),
)
def check_trainability(report):
    """Check a report on trainability: its shapes, its draws, its limits, its ratio to 6 xi_c, its conclusion."""
    if report["weight_std"].size < 3 or report["depths"].size < 3:
        return "Take at least three values of `weight_std` and three depths: two points show no shape."
    if not _fits(report):
        wanted = (report["weight_std"].size, report["depths"].size)
        return f"`accuracy` has shape {report['accuracy'].shape}; it should begin with {wanted}: settings, depths."
    if report["limit_depth"].shape != report["weight_std"].shape or report["ratio"].shape != report["weight_std"].shape:
        return "`limit_depth` and `ratio` have one entry for each `weight_std`."
    if not _sound(report):
        return "`weight_std`, `bias_std` and `depths` are positive numbers."
    if np.any(np.diff(report["depths"]) <= 0):
        return "List the depths in increasing order."
    if not _ratio_right(report):
        return "`ratio` is not `limit_depth` over 6 ξ_c at your `weight_std` and `bias_std`; `sp.xi_c` gives ξ_c."
    return None
