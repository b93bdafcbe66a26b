"""Checker of chapter 17: what follows from what, in the argument for a web of valleys."""

from __future__ import annotations

from lossland.exercises.checker import checker
from lossland.exercises.truth_table import TruthTable

_YES, _NO = "follows", "does not follow"
_TABLE = TruthTable(
    {
        "radius > half distance: crossed": _NO,
        "best assignment not the identity: crossed": _YES,
        "volumes add up to more than the box: overlap": _YES,
        "volumes add up to less: no overlap": _NO,
        "two neurons equal: they stay equal": _YES,
        "no ridge to a copy: the run goes there": _NO,
        "larger w by w layers: copies matter more": _NO,
    },
    (_YES, _NO),
)
STATEMENTS = _TABLE.statements


@checker(
    _TABLE.kind,
    reference=_TABLE.reference,
    mistakes=[
        _TABLE.everywhere(_YES, "all_follow", "Not every step of the argument holds: three of these do."),
        _TABLE.everywhere(_NO, "none_follows", "Some of these are theorems, or definitions. Look for three of them."),
        _TABLE.at(
            STATEMENTS[0],
            "radius_is_no_width",
            "The radius is made by all directions together. In a space of thousands of dimensions a cloud can be large "
            "and yet thin on every line that leads to a copy.",
        ),
        _TABLE.at(
            STATEMENTS[1],
            "assignment_is_the_definition",
            "The best assignment is the nearest of all copies. If it is not the identity, the run is in another cell.",
        ),
        _TABLE.at(
            STATEMENTS[2],
            "pigeons",
            "Count: bodies whose volumes add up to more than that of the box in which they lie cannot all be disjoint.",
        ),
        _TABLE.at(
            STATEMENTS[3],
            "no_converse",
            "Two bodies can overlap in a box that is almost empty. A small sum forbids nothing.",
        ),
        _TABLE.at(
            STATEMENTS[4],
            "twins_separate",
            "Equal neurons have equal gradients, for every batch. Noise comes through the gradient, so it moves both "
            "alike.",
        ),
        _TABLE.at(
            STATEMENTS[5],
            "flat_is_not_traveled",
            "That nothing is in the way does not set anything in motion: there are thousands of other flat directions, "
            "and noise that vanishes on the way.",
        ),
        _TABLE.at(
            STATEMENTS[6],
            "factorial_beats_all",
            "The number of copies grows as exp(d w log w), but the number of parameters as d w². Per parameter "
            "(log w - 1)/w is left.",
        ),
    ],
    success="Three steps hold, and none of them is the one that the conjecture needs.",
    hints=(
        "Three statements follow: a definition, a count, and a symmetry.",
        "For the volumes think of bodies in a box; for the neurons, of the gradient of one batch.",
    ),
)
def check_what_follows(answer):
    """Check for each step whether it follows."""
