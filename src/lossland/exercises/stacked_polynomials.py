"""Checkers of chapter 19 on stacked polynomial layers: a sign copy, and what holds of polynomials as neurons."""

from __future__ import annotations

import numpy as np

from lossland.exercises.answers import Array, Record
from lossland.exercises.checker import Mistake, checker
from lossland.exercises.functions import Function
from lossland.exercises.truth_table import TruthTable


def _flip(first, second, unit, *, rows=True, columns=slice(1, None, 2), inner=slice(None)):
    first, second = np.array(first, float), np.array(second, float)
    if rows:
        first[unit, inner] *= -1
    if columns is not None:
        second[:, columns, unit] *= -1
    return {"first": first, "second": second}


def _wrong_axis(first, second, unit):
    flipped = _flip(first, second, unit, columns=None)
    flipped["second"][unit % len(second), 1::2] *= -1
    return flipped


def _all_units(first, second, _unit):
    signs = (-1.0) ** np.arange(second.shape[1])
    return {"first": -np.asarray(first), "second": np.asarray(second) * signs[:, None]}


def _flip_cases(rng):
    shapes = ((2, 3, 2, 3, 2), (4, 5, 3, 6, 2), (3, 4, 5, 5, 1), (6, 3, 2, 4, 3))  # hidden, terms, inputs, terms, out
    return [
        (rng.standard_normal((h, m, d)), rng.standard_normal((k, n, h)), int(rng.integers(h)))
        for h, m, d, n, k in shapes
    ]


@checker(
    Function(_flip_cases, returns=Record({"first": Array(), "second": Array()})),
    reference=lambda first, second, unit: _flip(first, second, unit),
    mistakes=[
        Mistake(
            "nothing_flipped",
            lambda first, second, _unit: {"first": first, "second": second},
            "This is the same network, parameter by parameter.",
        ),
        Mistake(
            "first_layer_only",
            lambda *network: _flip(*network, columns=None),
            "The unit now has the opposite sign, but the layer after it has not been told.",
        ),
        Mistake(
            "second_layer_only",
            lambda *network: _flip(*network, rows=False),
            "The layer after it expects the opposite sign, but the unit still has the old one.",
        ),
        Mistake(
            "all_degrees",
            lambda *network: _flip(*network, columns=slice(None)),
            "You turn all coefficients of the unit around. Polynomials of even degree do not see its sign.",
        ),
        Mistake(
            "even_degrees",
            lambda *network: _flip(*network, columns=slice(0, None, 2)),
            "You turn the even degrees around, the constant among them. It is the odd ones that change sign.",
        ),
        Mistake(
            "linear_terms_only",
            lambda *network: _flip(*network, columns=slice(1, 2)),
            "In the second layer you turn the linear terms only. All polynomials of odd degree change their signs.",
        ),
        Mistake(
            "odd_rows_of_the_first",
            lambda *network: _flip(*network, inner=slice(1, None, 2)),
            "In the first layer you turn the odd degrees only. The unit is a sum of all its terms, and all of them "
            "have to change sign.",
        ),
        Mistake(
            "wrong_axis",
            _wrong_axis,
            "In the second layer you change what one output takes. It is what all outputs take from this unit: the "
            "last axis.",
        ),
        Mistake(
            "all_units",
            _all_units,
            "You have turned all units around. That is a copy, too, but not the one asked for.",
        ),
    ],
    success="Two to the number of hidden units such copies, and no mask of zeros and ones removes one of them.",
    hints=(
        "Which of the polynomials of Legendre change sign with their argument? tanh does.",
        "Shapes are (outputs, degrees, inputs): the unit is an output of the first layer, an input of the second.",
    ),
)
def check_sign_copy(answer):
    """Check ``answer(first, second, unit)``: both layers of the copy in which the sign of one unit is turned around."""


_TABLE = TruthTable(
    {
        "powers and Legendre have the same best fit": True,
        "distinct masks remove Legendre's sign copies": False,
        "a higher degree replaces a masked term": False,
        "2N uniform points are safe for degree N": False,
        "hidden features are orthonormal": False,
        "at equal size polynomials beat splines": False,
        "hidden spline units can be exchanged": True,
    }
)
STATEMENTS = _TABLE.statements


@checker(
    _TABLE.kind,
    reference=_TABLE.reference,
    mistakes=[
        _TABLE.everywhere(True, "all_true", "Not all of these hold: two of the seven do."),
        _TABLE.everywhere(False, "all_false", "Two of these hold: one is about spans, one about sums."),
        _TABLE.at(
            STATEMENTS[0],
            "same_span",
            "Both span all polynomials of the degree, so the best fit is one and the same. What differs is how well it "
            "can be computed, and how fast descent gets there.",
        ),
        _TABLE.at(
            STATEMENTS[1],
            "masks_have_no_sign",
            "A mask says which coefficients there are, not which sign they have. Turning a unit around leaves every "
            "mask as it is.",
        ),
        _TABLE.at(
            STATEMENTS[2],
            "orthogonal_means_irreplaceable",
            "In an orthonormal basis no other polynomial has a part along the missing one, however many are added.",
        ),
        _TABLE.at(
            STATEMENTS[3],
            "uniform_needs_squares",
            "Between random points near the ends a polynomial has room to grow: their number has to grow like the "
            "square of the degree.",
        ),
        _TABLE.at(
            STATEMENTS[4],
            "hidden_units_have_their_own_law",
            "Orthonormal is said with respect to one density. What a hidden unit puts out follows another one, and it "
            "changes while the network learns.",
        ),
        _TABLE.at(
            STATEMENTS[5],
            "polynomials_always_better",
            "On smooth functions they do. A narrow bump, a steep layer or a kink takes a whole polynomial, but only a "
            "few splines.",
        ),
        _TABLE.at(
            STATEMENTS[6],
            "sums_do_not_order",
            "What a unit sends on is added up. The sum does not know the order of its terms, whatever the functions.",
        ),
    ],
    success="An orthonormal basis is a better ruler, not a richer one; symmetry and samples are matters of their own.",
    hints=(
        "The two that hold are a remark on spans of functions and one on sums.",
        "For all the others this chapter has a cell that shows it.",
    ),
)
def check_polynomial_claims(answer):
    """Check for each statement about polynomials and splines as neurons whether it holds."""
