"""Checker of chapter 15: which changes of the parameters leave the function as it is."""

from __future__ import annotations

from lossland.exercises.checker import checker
from lossland.exercises.truth_table import TruthTable

_TABLE = TruthTable(
    {
        "swap without biases": "changed",
        "tanh, signs reversed": "same",
        "ReLU, signs reversed": "changed",
        "ReLU, in x3 out /3": "same",
        "tanh, in x3 out /3": "changed",
        "sigmoid, signs and next bias": "same",
        "stream, one block swaps": "changed",
        "heads swapped": "same",
        "query A, key A^-1": "changed",
        "outputs swapped": "changed",
    },
    judgments=("same", "changed"),
)
STATEMENTS = _TABLE.statements


@checker(
    _TABLE.kind,
    reference=_TABLE.reference,
    mistakes=[
        _TABLE.everywhere("same", "all_the_same", "Then every change would be a symmetry. Start with the two outputs."),
        _TABLE.everywhere("changed", "all_different", "Then there would be no copies but permutations. Take σ(-z)."),
        _TABLE.at(STATEMENTS[0], "biases_forgotten", "The bias is part of the neuron. Left behind, it shifts another."),
        _TABLE.at(STATEMENTS[1], "tanh_is_odd", "tanh(-z) = -tanh(z): the minus sign of the outputs takes it back."),
        _TABLE.at(
            STATEMENTS[2], "relu_is_not_odd", "Where the neuron was silent it speaks now: ReLU(-z) is not -ReLU(z)."
        ),
        _TABLE.at(
            STATEMENTS[3], "relu_is_homogeneous", "ReLU(3z) = 3 ReLU(z) for every z, so the division takes it back."
        ),
        _TABLE.at(
            STATEMENTS[4], "tanh_saturates", "tanh(3z) is not 3 tanh(z): it stays below one. Signs are free, sizes not."
        ),
        _TABLE.at(
            STATEMENTS[5],
            "sigmoid_is_odd_about_a_half",
            "1/(1 + exp(z)) is one minus the sigmoid of z. The biases of the next layer can take the one.",
        ),
        _TABLE.at(
            STATEMENTS[6],
            "stream_is_shared",
            "What a block adds to channel 1 lands on what the others have put there. All blocks must move together.",
        ),
        _TABLE.at(STATEMENTS[7], "heads_are_summed", "The heads of a layer are added up, and sums have no order."),
        _TABLE.at(
            STATEMENTS[8],
            "transposed_inverse",
            "Query and key meet as Q times the transpose of K: the key must take the transposed inverse.",
        ),
        _TABLE.at(STATEMENTS[9], "outputs_have_labels", "Outputs have labels; the loss compares each with its own."),
    ],
    success="A change is free when what goes in and what comes out undo each other for every input.",
    hints=(
        "Write the neuron as v σ(wx + b), and put the changed numbers in.",
        "σ(-z) = -σ(z) for tanh, 1 - σ(z) for the sigmoid; σ(az) = aσ(z) with a > 0 for ReLU.",
        "In doubt, try it on a network with random parameters: one input is enough to see a change.",
    ),
)
def check_free_changes(answer):
    """Check for each change of the parameters whether the function stays the same."""
