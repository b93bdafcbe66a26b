"""Checker of chapter 20 on filters: bright in the middle, dark around, and nothing for a flat image."""

from __future__ import annotations

import numpy as np

from lossland.exercises.answers import Array
from lossland.exercises.checker import Mistake, checker
from lossland.exercises.functions import Function


def _bells(size, scale, ratio, exponent=lambda s: 2 * s**2):
    steps = np.arange(size) - size // 2
    square = steps[:, None] ** 2 + steps**2
    return np.exp(-square / exponent(scale)), np.exp(-square / exponent(ratio * scale))


def _unit(filters):
    return filters / np.sqrt((filters**2).sum())


def _weighed(narrow, wide):
    return narrow / narrow.sum() - wide / wide.sum()


def _center_surround(size, scale, ratio):
    return _unit(_weighed(*_bells(size, scale, ratio)))


def _peaks_subtracted(size, scale, ratio):
    narrow, wide = _bells(size, scale, ratio)
    return _unit(narrow - wide)


def _infinite_norm(size, scale, ratio):
    narrow, wide = _bells(size, scale, ratio)
    return _unit(narrow / scale**2 - wide / (ratio * scale) ** 2)


def _mean_subtracted(size, scale, ratio):
    narrow, wide = _bells(size, scale, ratio)
    return _unit(narrow - wide - (narrow - wide).mean())


_CASES = [(3, 1.0, 2.0), (7, 1.0, 1.6), (9, 0.7, 1.6), (11, 2.0, 1.6), (15, 3.0, 1.2)]


@checker(
    Function(_CASES, returns=Array()),
    reference=_center_surround,
    mistakes=[
        Mistake(
            "peaks_subtracted",
            _peaks_subtracted,
            "You subtract two bells of the same height. The wide one has more in it, so the filter answers to plain "
            "brightness: give both the same sum first.",
        ),
        Mistake(
            "mean_subtracted",
            _mean_subtracted,
            "The sum is 0, since you have taken the mean away everywhere, also far out, where both bells have ended. "
            "Make the sums of the two bells equal instead.",
        ),
        Mistake(
            "cut_off",
            _infinite_norm,
            "You divide by the integrals over the whole plane. On a small grid the wide bell is cut off, and something "
            "is left over: divide by the sums on the grid.",
        ),
        Mistake(
            "not_of_norm_one",
            lambda size, scale, ratio: _weighed(*_bells(size, scale, ratio)),
            "The shape is right. Divide by the root of the sum of squares, so that all filters are equally loud.",
        ),
        Mistake(
            "no_two",
            lambda size, scale, ratio: _unit(_weighed(*_bells(size, scale, ratio, lambda s: s**2))),
            "There is a 2 under the square in the exponent of a normal density.",
        ),
        Mistake(
            "variances",
            lambda size, scale, ratio: _unit(_weighed(*_bells(size, scale, ratio, lambda s: 2 * s))),
            "You take the scales for variances; they are standard deviations.",
        ),
        Mistake(
            "ratio_for_the_width",
            lambda size, scale, ratio: _unit(_weighed(_bells(size, scale, 1.0)[0], _bells(size, ratio, 1.0)[0])),
            "You take `ratio` for the width of the wide bell. That is `ratio * scale`.",
        ),
        Mistake(
            "dark_in_the_middle",
            lambda size, scale, ratio: -_center_surround(size, scale, ratio),
            "This one is dark in the middle and bright around it: a cell of the other sort.",
        ),
        Mistake(
            "one_bell",
            lambda size, scale, ratio: _unit(_bells(size, scale, ratio)[0]),
            "One bell alone blurs the image. The surround has to be taken away.",
        ),
    ],
    success="It answers to spots of its own size and not at all to brightness, however much there is of it.",
    hints=(
        "`np.arange(size) - size // 2` are the coordinates; the squared distance is a sum of two squares.",
        "Sum zero: divide each bell by its own sum before subtracting.",
        "Norm one: divide by `np.sqrt((f**2).sum())` at the end.",
    ),
)
def check_center_surround(answer):
    """Check ``answer(size, scale, ratio)``: a difference of Gaussians with sum zero and norm one."""
