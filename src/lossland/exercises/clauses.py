"""Checker of chapter 02: a clause of a Boolean formula as a linear inequality."""

from __future__ import annotations

import numpy as np

from lossland.descent.concave_program import to_concave_program
from lossland.descent.satisfiability import Formula
from lossland.exercises.answers import Array
from lossland.exercises.checker import Mistake, checker
from lossland.exercises.functions import Function


def _inequality(clause, n_variables):
    program = to_concave_program(Formula(n_variables, [tuple(int(entry) for entry in clause)]))
    return np.append(program.matrix[0], program.bound[0])


def _cases(rng):
    cases = [([1, 2, 3], 3), ([1, -2, 3], 4), ([-1, -2, -3], 3), ([-4, 2, -1], 5)]
    for n in (5, 8, 8):
        variables = rng.permutation(n)[:3] + 1
        cases.append(((variables * rng.choice([-1, 1], 3)).tolist(), n))
    return [(np.array(clause), n) for clause, n in cases]


def _changed(change):
    def wrong(clause, n_variables):
        return change(_inequality(clause, n_variables), int(np.sum(np.asarray(clause) < 0)))

    return wrong


@checker(
    Function(_cases, returns=Array(rtol=1e-9)),
    reference=_inequality,
    mistakes=[
        Mistake(
            "bound_one",
            _changed(lambda row, _negative: np.append(row[:-1], 1.0)),
            "The bound is always 1 with you. A negated variable contributes 1 - x: the 1 has to go to the other side.",
        ),
        Mistake(
            "negation_ignored",
            _changed(lambda row, _negative: np.append(np.abs(row[:-1]), 1.0)),
            "You treat a negated variable like a plain one. `-2` means that x₂ should be false: it contributes 1 - x₂.",
            detect=lambda answer: np.array_equal(answer(np.array([1, -2, 3]), 4).ravel()[:4], [1, 1, 1, 0]),
        ),
        Mistake(
            "constant_wrong_way",
            _changed(lambda row, negative: np.append(row[:-1], 1.0 + negative)),
            "The constants went to the wrong side: Σ ± x + (number of negations) ≥ 1.",
        ),
        Mistake(
            "all_must_hold",
            _changed(lambda row, negative: np.append(row[:-1], 3.0 - negative)),
            "You ask that all three literals are true. A clause is a disjunction: one is enough.",
        ),
        Mistake(
            "reversed_inequality",
            _changed(lambda row, _negative: -row),
            "All your signs are turned: that is right for `<=`, but asked for is `coefficients @ x >= bound`.",
        ),
        Mistake(
            "counted_from_zero",
            lambda clause, n: np.append(np.roll(_inequality(clause, n)[:-1], 1), _inequality(clause, n)[-1]),
            "Your coefficients are shifted by one place: DIMACS counts variables from 1, arrays from 0.",
            detect=lambda answer: np.array_equal(answer(np.array([1, -2, 3]), 4).ravel()[:4], [0, 1, -1, 1]),
        ),
    ],
    success="A formula with m clauses is m such rows; the cube and the concave objective do the rest.",
    hints=(
        "The clause x₁ ∨ ¬x₂ ∨ x₃ is x₁ + (1 - x₂) + x₃ ≥ 1.",
        "Bring the constants to the right: the bound is 1 minus the number of negations.",
    ),
)
def check_clause(answer):
    """Check ``answer(clause, n_variables)``, the coefficients of the inequality followed by its bound."""
