"""Checkers of chapter 15: how many copies a network has, by logarithms, for LeNet-5, and with equal neurons."""

from __future__ import annotations

import math
from collections import Counter

import numpy as np

from lossland.exercises.answers import Number, Record
from lossland.exercises.checker import Mistake, checker
from lossland.exercises.functions import Function

_LN10 = math.log(10)


def _log10_factorials(widths):
    return sum(math.lgamma(n + 1) for n in widths) / _LN10


def _log10_copies(widths):
    return _log10_factorials(widths[1:-1])


def _width_cases(rng):
    fixed = [(3, 4, 1), (2, 3, 3, 1), (5, 2), (784, 120, 84, 10), (10, 2000, 3)]
    drawn = [tuple(int(n) for n in rng.integers(2, 40, int(rng.integers(3, 6)))) for _ in range(8)]
    return [(widths,) for widths in fixed + drawn]


def _overflowing(widths):
    value = _log10_copies(widths)
    return value if value < 308 else math.inf


@checker(
    Function(_width_cases, returns=Number(allow_infinite=True)),
    reference=_log10_copies,
    mistakes=[
        Mistake(
            "overflow",
            _overflowing,
            "Your product of factorials is too large for a floating-point number somewhere. Add logarithms instead of "
            "multiplying.",
            detect=lambda answer: math.isinf(answer((10, 2000, 3))),
            hint="`math.lgamma(n + 1)` is the natural logarithm of n!.",
        ),
        Mistake(
            "outputs_counted",
            lambda widths: _log10_factorials(widths[1:]),
            "You count the outputs. They have labels: exchange two of them, and the network calls a seven a one.",
        ),
        Mistake(
            "everything_counted",
            _log10_factorials,
            "You count inputs and outputs, too. A pixel cannot change its place, and an output has a label.",
        ),
        Mistake(
            "inputs_counted",
            lambda widths: _log10_factorials(widths[:-1]),
            "You count the inputs. A pixel cannot change its place; only hidden neurons can.",
        ),
        Mistake(
            "natural_logarithm",
            lambda widths: _log10_copies(widths) * _LN10,
            "This is the natural logarithm. Asked is the power of ten.",
        ),
        Mistake(
            "one_layer_too_many",
            lambda widths: _log10_factorials((*widths[1:-1], widths[-2])),
            "You have one factorial too many, as if there were as many hidden layers as weight matrices.",
        ),
        Mistake(
            "all_in_one_pot",
            lambda widths: math.lgamma(sum(widths[1:-1]) + 1) / _LN10,
            "You let neurons move from one layer to another. Each layer has exchanges of its own; their numbers "
            "multiply.",
        ),
        Mistake(
            "gamma_of_n",
            lambda widths: sum(math.lgamma(n) for n in widths[1:-1]) / _LN10,
            "You took Γ(n), which is (n - 1)!. The factorial of n is Γ(n + 1).",
        ),
        Mistake(
            "stirling",
            lambda widths: sum(n * math.log(n) - n for n in widths[1:-1]) / _LN10,
            "n ln n - n is the beginning of Stirling's series. The next term, half of ln 2πn, is not small at these "
            "widths.",
        ),
        Mistake(
            "leading_order",
            lambda widths: sum(n * math.log10(n) for n in widths[1:-1]),
            "You took n log n for log n!. That is its leading order; the next term, -n, is not small.",
        ),
    ],
    success="The logarithms of the factorials of hidden widths add up; inputs and outputs stay where they are.",
    hints=(
        "Which layers consist of neurons without names?",
        "Exchanges in different layers are independent: their numbers multiply, the logarithms add.",
        "`math.lgamma(n + 1) / math.log(10)` is the power of ten of n!.",
    ),
)
def check_copy_count(answer):
    """Check ``answer(widths)``, log10 of the number of copies of a network of widths (n_0, ..., n_d)."""


_DENSE = _log10_factorials((120, 84))
_MODERN = _log10_factorials((6, 16, 120, 84))
_ORIGINAL = math.log10(12) + _DENSE
_LENET = {"dense_layers": _DENSE, "modern": _MODERN, "table_symmetries": 12.0, "original": _ORIGINAL}


def _near(value, target):
    return abs(value - target) < 0.06


def _lenet(**changes):
    return {**_LENET, **changes}


@checker(
    Record(
        {
            "dense_layers": Number(atol=0.06),
            "modern": Number(atol=0.06),
            "table_symmetries": Number(),
            "original": Number(atol=0.06),
        }
    ),
    reference=_LENET,
    mistakes=[
        Mistake(
            "natural_logarithms",
            {name: value * (1 if name == "table_symmetries" else _LN10) for name, value in _LENET.items()},
            "These are natural logarithms. Asked are powers of ten.",
            detect=lambda answer: _near(answer["dense_layers"] / _LN10, _DENSE),
        ),
        Mistake(
            "eighty",
            _lenet(dense_layers=_log10_factorials((120, 80))),
            "F6 has 84 units, not 80: its codes are pictures of 7 by 12 pixels.",
            detect=lambda answer: (
                _near(answer["dense_layers"], _log10_factorials((120, 80)))
                or _near(answer["dense_layers"], _log10_factorials((120, 80, 10)))
            ),
        ),
        Mistake(
            "outputs_counted",
            _lenet(dense_layers=_DENSE + _log10_factorials((10,)), modern=_MODERN + _log10_factorials((10,))),
            "You count the ten outputs. They are labeled: the zero cannot trade places with the one.",
            detect=lambda answer: (
                _near(answer["dense_layers"], _DENSE + _log10_factorials((10,)))
                or _near(answer["modern"], _MODERN + _log10_factorials((10,)))
            ),
        ),
        Mistake(
            "maps_left_out",
            _lenet(modern=_DENSE),
            "The maps of a convolutional layer can trade places as well as neurons: 6 of them, and 16.",
            detect=lambda answer: _near(answer["modern"], _DENSE),
        ),
        Mistake(
            "table_ignored",
            _lenet(table_symmetries=720.0 * math.factorial(16), original=_MODERN),
            "You let all maps of S2 and C3 trade places. In the original a map of C3 listens to some maps only, and an "
            "exchange must respect which.",
            detect=lambda answer: _near(answer["original"], _MODERN) or answer["table_symmetries"] > 1e6,
        ),
        Mistake(
            "turns_only",
            _lenet(table_symmetries=6.0, original=math.log10(6) + _DENSE),
            "Six turns of the ring of maps keep the table. Does it also look the same in a mirror?",
            detect=lambda answer: answer["table_symmetries"] == 6,
        ),
        Mistake(
            "sources_alone",
            _lenet(table_symmetries=720.0, original=math.log10(720) + _DENSE),
            "You let the six maps of S2 move freely. For most of their orders no order of the sixteen maps of C3 makes "
            "the table what it was.",
            detect=lambda answer: answer["table_symmetries"] == 720,
        ),
        Mistake(
            "no_symmetry_left",
            _lenet(table_symmetries=1.0, original=_DENSE),
            "The table breaks most of the symmetry, not all of it: the six maps of S2 stand in a ring.",
            detect=lambda answer: answer["table_symmetries"] == 1,
        ),
        Mistake(
            "table_forgotten_in_the_end",
            _lenet(original=_DENSE),
            "You found the symmetries of the table and left them out of the original network: each goes with every "
            "order of the dense layers.",
            detect=lambda answer: answer["table_symmetries"] == 12 and _near(answer["original"], _DENSE),
        ),
    ],
    success="The connection table takes fifteen powers of ten away, and leaves the symmetries of a hexagon.",
    hints=(
        "Outputs have labels. Whatever else is not bound by a table may trade places with its like.",
        "Try all 720 orders of the six maps, and for each compare the columns of the table as a set.",
        "In the original: symmetries of the table, times 120!, times 84!.",
    ),
)
def check_lenet_copies(answer):
    """Check the four counts of LeNet-5: dense layers, modern network, symmetries of the table, original network."""


def _classes(neurons):
    return list(Counter(map(tuple, np.asarray(neurons).tolist())).values())


def _orbit_size(neurons):
    n_copies = math.factorial(len(neurons))
    return n_copies // math.prod(math.factorial(count) for count in _classes(neurons))


def _neuron_cases(rng):
    four = np.array([[1.0, 0.0, 2.0], [2.0, 0.5, 1.0], [0.0, 1.0, 1.0], [3.0, 0.0, -1.0]])
    told_apart = four[[0, 0, 2, 3]].copy()
    told_apart[1, 2] = 5.0  # equal inputs, other output
    heard_apart = four[[0, 0, 2, 3]].copy()
    heard_apart[1, 0] = -5.0  # equal output, other inputs
    cases = [
        four,
        four[[0, 0, 2, 3]],
        told_apart,
        heard_apart,
        four[[1, 1, 1, 0]],
        four[[0, 0, 2, 2, 3]],
        four[[3] * 3],
    ]
    for n in (5, 6, 7, 9):
        cases.append(rng.integers(0, 2, (n, 3)).astype(float))
    return [(neurons,) for neurons in cases]


def _by_classes(function):
    return lambda neurons: function(len(neurons), _classes(neurons))


@checker(
    Function(_neuron_cases, returns=Number()),
    reference=_orbit_size,
    mistakes=[
        Mistake(
            "whole_group",
            _by_classes(lambda n, _classes: math.factorial(n)),
            "You count exchanges, not copies. An exchange of two equal neurons gives the same parameters again.",
        ),
        Mistake(
            "outputs_not_compared",
            lambda neurons: _orbit_size(np.asarray(neurons)[:, :-1]),
            "You compare what neurons listen to, and not what they say. Equal inputs alone do not make an exchange "
            "invisible.",
        ),
        Mistake(
            "inputs_not_compared",
            lambda neurons: _orbit_size(np.asarray(neurons)[:, -1:]),
            "You compare what neurons say, and not what they listen to.",
        ),
        Mistake(
            "distinct_neurons",
            _by_classes(lambda _n, classes: math.factorial(len(classes))),
            "You counted orders of the different neurons. The equal ones take places, too: where are they?",
        ),
        Mistake(
            "stabilizer",
            _by_classes(lambda _n, classes: math.prod(map(math.factorial, classes))),
            "That is the number of exchanges that change nothing. The copies are what is left when one divides by it.",
        ),
        Mistake(
            "multiplicities_without_factorial",
            _by_classes(lambda n, classes: math.factorial(n) / math.prod(classes)),
            "Right for pairs. Three equal neurons can be exchanged among themselves in six ways, not in three.",
        ),
        Mistake(
            "largest_class_only",
            _by_classes(lambda n, classes: math.factorial(n) / math.factorial(max(classes))),
            "You divide by the exchanges of one class. There can be several classes of equal neurons.",
        ),
    ],
    success="All exchanges over those that change nothing: a multinomial coefficient.",
    hints=(
        "Write the neurons as words of letters. How many different words have these letters?",
        "m equal neurons can be exchanged among themselves in m! ways, and nobody notices.",
        "`collections.Counter(map(tuple, neurons.tolist())).values()` are the sizes of the classes.",
    ),
)
def check_orbit_size(answer):
    """Check ``answer(neurons)``, the number of different copies of a layer; rows are (inputs, bias, outputs)."""
