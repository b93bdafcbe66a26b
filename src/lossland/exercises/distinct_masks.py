"""Checkers of chapter 18 on random masks: how likely they are all different, and how many inputs that takes."""

from __future__ import annotations

import math

import numpy as np

from lossland.exercises.answers import Number, Record
from lossland.exercises.checker import Mistake, checker
from lossland.exercises.functions import Function


def _probabilities(n_inputs, zero_rate):
    """Probabilities of all masks of so many inputs, by counting their ones."""
    kept = np.arange(n_inputs + 1)
    ways = [math.comb(n_inputs, int(k)) for k in kept]
    return np.repeat((1 - zero_rate) ** kept * zero_rate ** (n_inputs - kept), ways)


def _elementary(values, degree):
    """Elementary symmetric polynomial: the sum over all sets of so many of the values."""
    sums = np.zeros(degree + 1)
    sums[0] = 1
    for value in values:
        sums[1:] += value * sums[:-1]
    return float(sums[degree])


def _with_repeats(values, degree):
    """The same sum, if a value may be taken more than once."""
    sums = np.zeros(degree + 1)
    sums[0] = 1
    for value in values:
        for j in range(1, degree + 1):
            sums[j] += value * sums[j - 1]
    return float(sums[degree])


def _distinct(n_inputs, n_units, zero_rate):
    return math.factorial(n_units) * _elementary(_probabilities(n_inputs, zero_rate), n_units)


def _same(n_inputs, zero_rate):
    return (zero_rate**2 + (1 - zero_rate) ** 2) ** n_inputs


def _birthday(n_units, chance):
    return math.prod(max(0.0, 1 - i * chance) for i in range(n_units))


def _cases(rng):
    fixed = [(1, 2, 0.5), (1, 2, 0.2), (2, 3, 0.3), (8, 8, 0.5), (8, 8, 0.1), (8, 8, 0.9), (3, 9, 0.5), (10, 12, 0.8)]
    drawn = [(int(rng.integers(2, 9)), int(rng.integers(2, 8)), float(rng.uniform(0.05, 0.95))) for _ in range(6)]
    return fixed + drawn


@checker(
    Function(_cases, returns=Number(rtol=1e-4, atol=1e-9)),
    reference=lambda n_inputs, n_units, zero_rate: _distinct(n_inputs, n_units, zero_rate),
    mistakes=[
        Mistake(
            "fair_coins",
            lambda m, n, _rate: _birthday(n, 2.0**-m),
            "This is right at rate 1/2, where all masks are equally likely. At other rates some masks are more likely "
            "than others, and two units coincide more often.",
        ),
        Mistake(
            "rare_pairs",
            lambda m, n, rate: math.exp(-math.comb(n, 2) * _same(m, rate)),
            "This is the estimate from the expected number of equal pairs. Equal pairs come in groups, and where they "
            "are many it is far too small.",
        ),
        Mistake(
            "independent_pairs",
            lambda m, n, rate: (1 - _same(m, rate)) ** math.comb(n, 2),
            "You multiply over pairs as if they were independent. If a equals b and b equals c, then a equals c.",
        ),
        Mistake(
            "uniform_with_s",
            lambda m, n, rate: _birthday(n, _same(m, rate)),
            "The birthday product with s^m needs masks that are equally likely. The next unit avoids likely masks with "
            "another probability than rare ones.",
        ),
        Mistake(
            "a_collision",
            lambda m, n, rate: 1 - _distinct(m, n, rate),
            "This is the probability that some masks coincide. Asked for is that none do.",
        ),
        Mistake(
            "order_forgotten",
            lambda m, n, rate: _elementary(_probabilities(m, rate), n),
            "You sum over sets of masks. The units are numbered: every set can be given to them in n! ways.",
        ),
        Mistake(
            "one_mask_for_each_number_of_ones",
            lambda m, n, rate: math.factorial(n) * _elementary(
                [math.comb(m, k) * (1 - rate) ** k * rate ** (m - k) for k in range(m + 1)], n
            ),
            "You take units for different only if they keep different numbers of inputs. There are many masks with the "
            "same number of ones.",
        ),
        Mistake(
            "updated_upward",
            lambda m, n, rate: math.factorial(n) * _with_repeats(_probabilities(m, rate), n),
            "Your sums take the same mask more than once: `sums[j - 1]` has the new mask already when `sums[j]` is "
            "updated. Go from large j to small.",
        ),
    ],
    success="Exact, and the same at ρ and 1 - ρ.",
    hints=(
        "Give each of the 2^m masks its probability. Then sum the products over all sets of n masks.",
        "Adding masks one at a time: sums[j] is the sum over sets of j of them, and grows by p * sums[j - 1].",
        "Every set can be handed out in n! ways.",
    ),
)  # fmt: skip
def check_distinct_masks(answer):
    """Check ``answer(n_inputs, n_units, zero_rate)``, the probability that random masks are all different."""


_PAIRS = math.comb(1000, 2)
_HALF = math.ceil(math.log(_PAIRS / 0.01, 2))
_EXTREME = math.ceil(math.log(_PAIRS / 0.01) / -math.log(_same(1, 0.99)))
_INPUTS = {"rate_half": float(_HALF), "rate_extreme": float(_EXTREME), "double_units": 2.0}


@checker(
    Record({name: Number(rtol=0, atol=0.1 if name == "double_units" else 0.5) for name in _INPUTS}),
    reference=_INPUTS,
    mistakes=[
        Mistake(
            "rate_does_not_matter",
            {**_INPUTS, "rate_extreme": float(_HALF)},
            "You take 2^(-m) at both rates. At 0.99 almost all masks are almost empty, and two of them agree easily.",
            detect=lambda answer: abs(answer["rate_extreme"] - answer["rate_half"]) < 0.5,
        ),
        Mistake(
            "units_for_pairs",
            {**_INPUTS, "rate_half": 17.0, "double_units": 1.0},
            "You count units. Any two of them may coincide, and there are 499,500 pairs among a thousand.",
            detect=lambda answer: abs(answer["double_units"] - 1) < 0.1 or abs(answer["rate_half"] - 17) < 0.5,
        ),
        Mistake(
            "proportional",
            {**_INPUTS, "double_units": float(_HALF)},
            "You scale the inputs with the units. The number needed grows with the logarithm of the number of pairs.",
            detect=lambda answer: answer["double_units"] > 10,
        ),
        Mistake(
            "every_possible_mask",
            {**_INPUTS, "rate_half": 10.0},
            "With ten inputs there are 1,024 masks, enough for a thousand units if somebody hands them out. Drawn at "
            "random they coincide, as birthdays do.",
            detect=lambda answer: abs(answer["rate_half"] - 10) < 0.5,
        ),
        Mistake(
            "empty_masks",
            {**_INPUTS, "rate_extreme": float(math.ceil(math.log(1e5) / -math.log(0.99)))},
            "You ask when no unit is cut off from all inputs. Asked for is that no two are alike.",
            detect=lambda answer: abs(answer["rate_extreme"] - math.ceil(math.log(1e5) / -math.log(0.99))) < 3,
        ),
        Mistake(
            "one_pair_allowed",
            {**_INPUTS, "rate_half": float(math.ceil(math.log2(_PAIRS)))},
            "With so many inputs one equal pair is expected. Asked for is a hundredth of a pair.",
            detect=lambda answer: abs(answer["rate_half"] - math.ceil(math.log2(_PAIRS))) <= 1,
        ),
        Mistake(
            "not_rounded_up",
            {**_INPUTS, "rate_half": _HALF - 1.0},
            "Inputs are whole, and with one fewer the expected number is above a hundredth: round up.",
            detect=lambda answer: any(
                -1 <= answer[name] - _INPUTS[name] < -0.5 for name in ("rate_half", "rate_extreme")
            ),
        ),
    ],
    success="A layer of a thousand needs few inputs at a middling rate, and hundreds at an extreme one.",
    hints=(
        "Set the expected number of equal pairs, n(n-1)/2 · s^m, to a hundredth, and solve for m.",
        "s = ρ² + (1-ρ)² is 1/2 at ρ = 1/2, and 0.9802 at ρ = 0.99. Round up.",
        "Twice as many units are four times as many pairs.",
    ),
)
def check_inputs_needed(answer):
    """Check the fan-in that a thousand random masks need to differ: see the exercise for the three numbers."""
