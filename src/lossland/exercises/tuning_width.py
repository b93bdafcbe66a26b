"""Checker of chapter 20 on narrow and broad tuning: which shift of the world makes the broad one better?"""

from __future__ import annotations

import numpy as np

from lossland.exercises.answers import Number
from lossland.exercises.checker import Mistake, checker
from lossland.exercises.functions import Function


def _crossover(narrow, broad):
    return float(np.sqrt(2 * np.log(broad / narrow) / (narrow**-2 - broad**-2)))


def _cases(rng):
    widths = np.sort(rng.uniform(0.2, 4.0, size=(12, 2)), axis=1) * [1.0, 1.2]
    return [(1.0, 2.0), (0.1, 10.0), *map(tuple, widths.tolist())]


@checker(
    Function(_cases, returns=Number()),
    reference=_crossover,
    mistakes=[
        Mistake(
            "squared",
            lambda narrow, broad: _crossover(narrow, broad) ** 2,
            "This is the square of the shift. Take the root at the end.",
        ),
        Mistake(
            "no_two",
            lambda narrow, broad: _crossover(narrow, broad) / 2**0.5,
            "A factor 2 is missing under the root: it comes from the exponent.",
        ),
        Mistake(
            "height_ignored",
            lambda _narrow, _broad: 0.0,
            "At shift 0 the narrow one scores higher, by log(broad / narrow): it spends all that it has at one place.",
        ),
        Mistake(
            "middle",
            lambda narrow, broad: (narrow + broad) / 2,
            "The mean of the widths is always beyond the shift that is asked for. Put the two scores equal.",
        ),
        Mistake(
            "narrow_width",
            lambda narrow, _broad: narrow,
            "At a shift of its own width the narrow one has lost one half, and still leads. The broad one overtakes it "
            "farther out.",
        ),
        Mistake(
            "broad_score_flat",
            lambda narrow, broad: narrow * float(np.sqrt(2 * np.log(broad / narrow))),
            "The broad one loses with the shift as well, only more slowly: its s² has a share, too.",
        ),
        Mistake(
            "logarithm_of_ten",
            lambda narrow, broad: _crossover(narrow, broad) / np.log(10) ** 0.5,
            "You take logarithms to base ten. A normal density has natural ones.",
        ),
    ],
    success="It lies between the narrow width and the geometric mean of the two.",
    hints=(
        "Write down both scores at shift s, and put them equal.",
        "-log(b) - s²/(2b²) for both widths; the constant drops out.",
    ),
)
def check_crossover_shift(answer):
    """Check ``answer(narrow, broad)``: the shift at which two tuning curves score the same."""
