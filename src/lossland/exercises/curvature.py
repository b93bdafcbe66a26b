"""Checkers of chapter 14: where zero eigenvalues come from, and what the mean logarithm says."""

from __future__ import annotations

from lossland.exercises.answers import Number, Record
from lossland.exercises.checker import Mistake, checker
from lossland.exercises.truth_table import TruthTable

_COUNT = Number(rtol=0.0, atol=1e-6)
_ZEROS = {
    "tanh 3-8-1, 12 samples": 29,
    "tanh 3-8-1, 200 samples": 0,
    "relu 3-8-1, 200 samples": 8,
    "linear 6-2-5, 200 samples": 6,
    "softmax 5-4-3, not trained": 5,
}
SITUATIONS = tuple(_ZEROS)


def _zeros(situation, count):
    return {**_ZEROS, SITUATIONS[situation]: count}


def _says(situation, *counts):
    return lambda answer: any(abs(answer[SITUATIONS[situation]] - count) < 1e-6 for count in counts)


def _wrong(situation, count, name, message, *also):
    return Mistake(name, _zeros(situation, count), message, detect=_says(situation, count, *also))


@checker(
    Record(dict.fromkeys(SITUATIONS, _COUNT)),
    reference=_ZEROS,
    mistakes=[
        _wrong(
            0,
            12,
            "rank_for_nullity",
            "Twelve is the rank: each sample adds one direction of curvature. All the other directions are flat.",
        ),
        _wrong(
            0,
            0,
            "data_forgotten",
            "Twelve samples with one output cannot curve the loss in 41 directions: J has 12 rows.",
        ),
        _wrong(
            1,
            8,
            "signs_are_no_directions",
            "Flipping the sign of a tanh neuron, or exchanging two neurons, leaves the function alone, but these are "
            "jumps: no direction in which one can move a little.",
            40320,
            7,
        ),
        _wrong(
            2,
            0,
            "rescaling_forgotten",
            "Multiply what goes into a ReLU neuron by c > 0 and divide what comes out of it: the same function, for "
            "every c.",
        ),
        _wrong(
            2,
            16,
            "two_per_neuron",
            "One number c for each neuron, not one for each of its layers.",
        ),
        _wrong(
            3,
            4,
            "bias_forgotten",
            "An invertible 2 × 2 matrix between the layers gives 4. But the hidden biases can be moved, too, if the "
            "output biases make up for it.",
        ),
        _wrong(
            3,
            2,
            "rescaling_only",
            "In a linear network not only each hidden unit can be rescaled: any invertible matrix can stand between "
            "the layers.",
        ),
        _wrong(
            3,
            0,
            "only_by_data",
            "Many samples do not help: put any invertible matrix between the two linear layers, and its inverse behind "
            "it. The function is the same.",
        ),
        _wrong(
            4,
            1,
            "one_constant",
            "A constant added to all scores changes nothing. But it may depend on the hidden units: the same vector "
            "can be added to all rows of the output weights.",
        ),
        _wrong(
            4,
            0,
            "only_at_minima",
            "These directions are flat everywhere: a softmax does not see what is added to all of its scores, trained "
            "or not.",
        ),
        _wrong(
            4,
            4,
            "output_bias_forgotten",
            "That is the vector added to all rows of the output weights. The same number can be added to all output "
            "biases as well.",
        ),
    ],
    success="Too few data, a rescaling, a matrix between layers, a shift of scores: every exact zero has a reason.",
    hints=(
        "At zero residual H = JᵀJ/N: its rank is that of J, which has one row for each sample and output.",
        "Which continuous changes of the parameters leave all outputs alone? Count their dimensions.",
        "A neuron of ReLU can be rescaled; linear layers can have any invertible matrix between them; a softmax "
        "ignores what is added to all scores.",
    ),
)
def check_zero_eigenvalues(answer):
    """Check how many eigenvalues of the Hessian are exactly zero in five situations."""


_MORE, _PRINTED, _VOLUME, _RELU, _DROPPED, _POSITIVE = (
    "more zeros lower the mean logarithm",
    "Eq. 33 as printed means more zeros",
    "with the sign corrected, Eq. 32 grows faster",
    "the floor can always be left out",
    "the dropped factor is of lower order",
    "a positive spectrum shows a good optimum",
)
_TABLE = TruthTable({_MORE: True, _PRINTED: False, _VOLUME: True, _RELU: False, _DROPPED: False, _POSITIVE: False})
STATEMENTS = _TABLE.statements


@checker(
    _TABLE.kind,
    reference=_TABLE.reference,
    mistakes=[
        _TABLE.everywhere(True, "all_believed", "Not everything that is printed is true: start with the sign."),
        _TABLE.at(
            _MORE,
            "logarithm_of_small_numbers",
            "The logarithm of a small number is a large negative number: ln 0.001 is about -7.",
        ),
        _TABLE.at(
            _PRINTED,
            "printed_sign_believed",
            "Printed is a mean logarithm that increases. That would mean fewer small eigenvalues in large networks.",
        ),
        _TABLE.at(
            _VOLUME,
            "minus_forgotten",
            "The mean logarithm enters the exponent of Eq. 32 with a minus sign: the lower it is, the larger the "
            "volume.",
        ),
        _TABLE.at(
            _RELU,
            "zero_has_no_logarithm",
            "One eigenvalue that is exactly zero makes it minus infinity, and the shift of all scores of a softmax "
            "gives you one.",
        ),
        _TABLE.at(
            _DROPPED,
            "factor_of_lower_order",
            "Per dimension it is about half of ln(2πe/P): -2 for 1,210 parameters, where +3 was kept, and -6 for four "
            "million.",
        ),
        _TABLE.at(
            _POSITIVE,
            "positivity_proves",
            "It is necessary at a minimum, not sufficient for a good one. Look at the narrowest network of this "
            "chapter.",
        ),
    ],
    success="One sign, one floor, one factor: the conclusion of the paper needs the first, and not what was printed.",
    hints=(
        "Sketch ln λ. Where does it go when λ goes to zero?",
        "In Eq. 32 the exponent contains -½ times the mean logarithm.",
        "For the last one: compare losses and signs of the networks of width 2 and 64.",
    ),
)
def check_mean_logarithm(answer):
    """Check six statements on the mean logarithm of eigenvalues, and on what follows from it."""
