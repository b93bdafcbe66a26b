"""Checkers of chapter 16 on sorting: how large a disturbance it stands, by a law and by experiment."""

from __future__ import annotations

import math

from lossland.exercises.answers import Number
from lossland.exercises.checker import Mistake, checker
from lossland.exercises.functions import Function
from lossland.symmetry import recovered_share


def _half(n):
    return math.tan(2 * math.pi * math.log(2) / (n * (n - 1)))


@checker(
    Function([10, 30, 100, 300, 1000], returns=Number(rtol=2e-2, atol=0)),
    reference=_half,
    mistakes=[
        Mistake(
            "one_over_n",
            lambda n: 2 * math.pi * math.log(2) / n,
            "You take 1/n, the distance of neighbors on average. The closest of n neighbors are much closer; all "
            "pairs count.",
        ),
        Mistake(
            "n_squared",
            lambda n: 2 * math.pi * math.log(2) / n**2,
            "Right for wide layers. The number of pairs is n(n-1)/2, and for ten neurons that is ten percent fewer "
            "than n²/2.",
        ),
        Mistake(
            "pairs_counted_twice",
            lambda n: math.pi * math.log(2) / (n * (n - 1)),
            "You count every pair twice: {i, j} and {j, i} swap together.",
        ),
        Mistake(
            "one_swap_on_average",
            lambda n: 2 * math.pi / (n * (n - 1)),
            "That is the disturbance with one swap on average. Then no swap happens with probability 1/e, not 1/2.",
        ),
        Mistake(
            "angle_not_divided",
            lambda n: 2 * math.log(2) / (n * (n - 1)),
            "The probability that one pair swaps is an angle divided by half a turn: the number pi is missing.",
        ),
        Mistake(
            "whole_turn",
            lambda n: 4 * math.pi * math.log(2) / (n * (n - 1)),
            "You divide the angle by a whole turn. A pair swaps in two opposite sectors: the difference of the keys "
            "may be positive or negative before.",
        ),
        Mistake(
            "decimal_logarithm",
            lambda n: 2 * math.pi * math.log10(2) / (n * (n - 1)),
            "The logarithm is the natural one: exp(-swaps) = 1/2 for ln 2 swaps on average.",
        ),
    ],
    success="Ten times as many neurons stand a hundredth of the disturbance.",
    hints=(
        "Two neurons swap if their difference D and the disturbed difference D + delta E have opposite signs.",
        "(D, E) is an isotropic Gaussian point in the plane; the two lines D = 0 and D + delta E = 0 meet at an angle.",
        "Swaps are rare and almost independent: P(none) = exp(-mean number of swaps).",
    ),
)
def check_half_disturbance(answer):
    """Check ``answer(n)``, the disturbance at which sorting n rows by one Gaussian key succeeds half of the time."""


def _exact(n, disturbance):
    return math.exp(-n * (n - 1) * math.atan(disturbance) / (2 * math.pi))


def _rate(n, disturbance):
    return _exact(n, disturbance)


@checker(
    Function([(100, 0.0), (10, 0.05), (30, 0.005), (100, 0.001)], returns=Number(rtol=0, atol=0.07)),
    reference=_rate,
    mistakes=[
        Mistake(
            "nothing_found",
            lambda _n, _disturbance: 0.0,
            "Without any disturbance the order must come back each time, and yours does not. Do you sort rows? Are the "
            "two orders composed in the right direction? An involution hides such a slip, a 3-cycle shows it.",
            detect=lambda answer: answer(100, 0.0) < 0.5,
        ),
        Mistake(
            "always_found",
            lambda _n, _disturbance: 1.0,
            "You find every order. A disturbance of a thousandth looks harmless; with a hundred neurons some pair is "
            "closer than that. Is the disturbance in the copy that you sort?",
        ),
        Mistake(
            "share_of_rows",
            lambda n, disturbance: float(recovered_share(n * disturbance)),
            "This is the share of rows that are back in place. Asked for is how often *all* of them are.",
        ),
        Mistake(
            "both_disturbed",
            lambda n, disturbance: _exact(n, 2**0.5 * disturbance),
            "You disturb both matrices. The original stays as it is, and only its copy is disturbed.",
        ),
        Mistake(
            "percent",
            lambda n, disturbance: 100 * _exact(n, disturbance),
            "A share is between 0 and 1: divide by the number of runs, and leave percent aside.",
            detect=lambda answer: answer(100, 0.0) > 50,
        ),
        Mistake(
            "every_pair_twice",
            lambda n, disturbance: _exact(n, disturbance) ** 2,
            "That is the square of the right rate, as if every pair of rows counted twice.",
        ),
        Mistake(
            "variance_for_deviation",
            lambda n, disturbance: _exact(n, disturbance**0.5),
            "You use the disturbance as a variance. It multiplies a matrix of standard normal entries.",
        ),
    ],
    success="High reliability ends at a disturbance of about four over n squared.",
    hints=(
        "One trial: draw W, disturb it, shuffle the rows, sort both, compare. Repeat a thousand times.",
        "If `shuffle[i]` is the row that goes to place i, row k of the sorted copy is row `shuffle[order[k]]` of W.",
    ),
    time_limit=40.0,
)
def check_success_rate(answer):
    """Check ``answer(n, disturbance)``, how often sorting n rows by the first entry brings all of them back."""
