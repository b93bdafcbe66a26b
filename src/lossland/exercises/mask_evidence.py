"""Checker of chapter 18: what masks break, and what they leave."""

from __future__ import annotations

from lossland.exercises.checker import checker
from lossland.exercises.truth_table import TruthTable

_TABLE = TruthTable(
    {
        "all masks have distinct rows: no exchange": True,
        "the second mask has: no exchange": False,
        "two rows equal: an exchange left": False,
        "rows of W differ: rows of B differ": False,
        "no exchange: one optimum": False,
        "masks forbid sign flips of tanh": False,
        "one layer, each unit misses an input: no parity": True,
        "1/(1 - rate) times wider: same power": False,
    }
)
STATEMENTS = _TABLE.statements


@checker(
    _TABLE.kind,
    reference=_TABLE.reference,
    mistakes=[
        _TABLE.everywhere(True, "all_true", "Masks cannot do all of this: two of the statements hold."),
        _TABLE.everywhere(False, "none_true", "Two of these are theorems of the chapter."),
        _TABLE.at(
            STATEMENTS[0],
            "induction_missed",
            "Start at the inputs, which stay. Units of the first layer with different connections stay, too, and so on "
            "upward.",
        ),
        _TABLE.at(
            STATEMENTS[1],
            "deeper_alone",
            "Above a layer in which all are alike, units may differ in whom they hear without being different: take "
            "the identity.",
        ),
        _TABLE.at(
            STATEMENTS[2],
            "outgoing_forgotten",
            "Two units that hear the same may lead to different places. That separates them as well.",
        ),
        _TABLE.at(
            STATEMENTS[3],
            "weights_for_masks",
            "Rows of random real numbers always differ, with or without zeros. What matters is where the zeros are.",
        ),
        _TABLE.at(
            STATEMENTS[4],
            "group_for_optima",
            "Optima can be alike without being copies: think of a task that several units can do.",
        ),
        _TABLE.at(
            STATEMENTS[5],
            "signs_masked",
            "Multiply the weights before and behind a unit by -1: zeros stay zeros.",
        ),
        _TABLE.at(
            STATEMENTS[6],
            "width_against_parity",
            "Each unit is a function of the other inputs, and averaged over the missing one, parity is zero.",
        ),
        _TABLE.at(
            STATEMENTS[7],
            "printed_rule",
            "That width keeps the number of units that hear one given input. Pairs need the square of the factor.",
        ),
    ],
    success="Two theorems, and six things that they do not say.",
    hints=(
        "Two of the eight hold, one about exchanges and one about what can be represented.",
        "For each of the others there is a network in this chapter that contradicts it.",
    ),
)
def check_what_masks_break(answer):
    """Check for each statement whether it holds."""
