"""Checkers of chapter 02: what a Hessian says, and what the convergence theorem promises.

Continued in :mod:`lossland.exercises.near_stationary_points`, :mod:`lossland.exercises.clauses` and
:mod:`lossland.exercises.shallow_ends`.
"""

from __future__ import annotations

import math

import numpy as np

from lossland import descent
from lossland.exercises.answers import Array, Choice, Number
from lossland.exercises.checker import Mistake, checker
from lossland.exercises.functions import Function

_TOL = 1e-6


def _kind(eigenvalues):
    return descent.classify_critical_point(np.diag(eigenvalues), tol=_TOL)


def _kind_cases(rng):
    cases = [[2.0, 1.0], [-1.0, 3.0], [-2.0, -1.0], [1.0, 0.0], [0.0, 0.0], [-1.0, 0.0], [4.0, 1.0, 1e-12]]
    for size in (1, 3, 5):
        cases += [rng.uniform(0.1, 2, size).tolist(), (-rng.uniform(0.1, 2, size)).tolist()]
    mixed = rng.uniform(0.1, 2, 6)
    return [(np.array(case),) for case in [*cases, [*mixed[:5], -mixed[5]], [*mixed[:4], -mixed[4], 0.0]]]


def _by_sign(eigenvalues, *, zero_is_up):
    up = eigenvalues >= -_TOL if zero_is_up else eigenvalues > _TOL
    if np.all(up):
        return "minimum"
    return "maximum" if np.all(eigenvalues < 0) else "saddle"


@checker(
    Function(_kind_cases, returns=Choice(descent.critical_points.KINDS)),
    reference=_kind,
    mistakes=[
        Mistake(
            "zero_counts_as_up",
            lambda e: _by_sign(e, zero_is_up=True),
            "You call a point with a zero eigenvalue a minimum. w³, w⁴ and -w⁴ all have the Hessian 0 at the "
            "origin, and only one of them has a minimum there: the Hessian does not know.",
        ),
        Mistake(
            "exact_zero_only",
            lambda e: "degenerate" if np.any(e == 0) else _by_sign(e, zero_is_up=False),
            "An eigenvalue of 1e-12 beside 4 is no zero for you. A computed zero is never exact: 1e-12 is zero up to "
            "rounding, so compare sizes with a larger tolerance.",
            detect=lambda answer: answer(np.array([1.0, 0.0])) == "degenerate" != answer(np.array([4.0, 1.0, 1e-12])),
        ),
        Mistake(
            "zero_counts_as_saddle",
            lambda e: _by_sign(e, zero_is_up=False),
            "You call a point with a zero eigenvalue a saddle. Where an eigenvalue vanishes, the higher derivatives "
            "decide; the honest answer is `degenerate`.",
        ),
        Mistake(
            "signs_before_zeros",
            lambda e: "saddle" if np.any(e > _TOL) and np.any(e < -_TOL) else _kind(e),
            "With one negative, one positive and one zero eigenvalue you say saddle. It is no minimum and no maximum, "
            "true; but the chapter calls a point degenerate as soon as one eigenvalue is zero, whatever the others.",
        ),
        Mistake(
            "any_negative_is_maximum",
            lambda e: _kind(e) if _kind(e) in ("minimum", "degenerate") else "maximum",
            "One negative eigenvalue does not make a maximum: if others are positive the point is a saddle.",
        ),
        Mistake(
            "sign_of_the_determinant",
            lambda e: "degenerate" if np.any(abs(e) <= _TOL) else "minimum" if np.prod(e) > 0 else "saddle",
            "You look at the product of the eigenvalues. Two negative ones multiply to something positive: a maximum "
            "in the plane passes for a minimum. The number of negative ones counts.",
        ),
        Mistake(
            "upside_down",
            lambda e: {"minimum": "maximum", "maximum": "minimum"}.get(_kind(e), _kind(e)),
            "Upside down: positive curvature in all directions is a minimum.",
        ),
    ],
    success="Right, and you did not promise more than a Hessian can.",
    hints=(
        "First the zeros: if any eigenvalue is zero up to a tolerance, the answer is settled.",
        "Then count the negative ones: none, all, or some.",
    ),
)
def check_kind(answer):
    """Check ``answer(eigenvalues)``, the kind of a critical point from the eigenvalues of its Hessian."""


def _best_step(lipschitz):
    return 1 / lipschitz, 1 / (2 * lipschitz)


@checker(
    Function([0.5, 1.0, 2.0, 10.0, 300.0], returns=Array(rtol=1e-2, shape=(2,))),
    reference=_best_step,
    mistakes=[
        Mistake(
            "edge_of_stability",
            lambda m: (2 / m, 0.0),
            "At 2/M the guarantee c is zero: the largest step that does no harm is not the one that does most good.",
            hint="c(α) = α(1 - Mα/2) is a parabola with zeros at 0 and 2/M.",
        ),
        Mistake(
            "edge_with_half",
            lambda m: (2 / m, 1 / m),
            "Your step is 2/M. Put it into c(α) = α(1 - Mα/2): nothing is left.",
        ),
        Mistake(
            "decrease_for_step",
            lambda m: (1 / (2 * m), 1 / (2 * m)),
            "1/(2M) is the guaranteed decrease at the best step, not the step.",
        ),
        Mistake(
            "half_the_step",
            lambda m: (1 / (2 * m), 3 / (8 * m)),
            "c at your step is 3/(8M); a longer one does better: set the derivative 1 - Mα to zero.",
        ),
        Mistake(
            "second_term_forgotten",
            lambda m: (1 / m, 1 / m),
            "The step is right; its decrease is not α but α(1 - Mα/2): half of it is eaten by the curvature.",
        ),
        Mistake(
            "independent_of_m",
            lambda _m: (1.0, 0.5),
            "Your answer does not depend on M. A loss that bends ten times as much takes steps a tenth as long.",
        ),
    ],
    success="That is the best step for the guarantee. With more knowledge there are better ones: if all curvatures "
    "lie between μ and M, the step 2/(M + μ) contracts fastest.",
    hints=(
        "Each step is guaranteed to lower L by c|∇L|²; c depends on α.",
        "c(α) = α(1 - Mα/2): set its derivative to zero.",
    ),
)
def check_optimal_step(answer):
    """Check ``answer(lipschitz)``, the step with the largest guaranteed decrease, and its constant c."""


def _stopping(drop, tol, learning_rate, lipschitz):
    return descent.stopping_bound(drop, tol, learning_rate, lipschitz)


def _stopping_cases(rng):
    cases = [(1.03, 0.1, 0.5, 1.0), (2.0, 0.013, 0.25, 2.0), (7.7, 0.3, 0.05, 10.0)]
    drawn = rng.uniform([0.5, 0.01, 0.1, 0.5], [5.0, 0.2, 0.9, 2.0], (6, 4))
    return cases + [tuple(map(float, row)) for row in drawn]


def _constant(learning_rate, lipschitz):
    return learning_rate * (1 - lipschitz * learning_rate / 2)


@checker(
    Function(_stopping_cases, returns=Number(rtol=1e-9, atol=1e-3)),
    reference=_stopping,
    mistakes=[
        Mistake(
            "without_constant",
            lambda drop, tol, _a, _m: math.floor(drop / tol**2),
            "You count how often ε² fits into the drop. But a step with |∇L| ≥ ε is guaranteed to lower the loss by "
            "c ε² only.",
        ),
        Mistake(
            "step_for_constant",
            lambda drop, tol, a, _m: math.floor(drop / (a * tol**2)),
            "You use α where c = α(1 - Mα/2) belongs: to first order a step gains α|∇L|², the curvature takes a part "
            "of it back.",
        ),
        Mistake(
            "epsilon_not_squared",
            lambda drop, tol, a, m: math.floor(drop / (_constant(a, m) * tol)),
            "ε enters squared: what a step gains is proportional to the *square* of the gradient.",
        ),
        Mistake(
            "root_taken",
            lambda drop, tol, a, m: math.floor(math.sqrt(drop / _constant(a, m)) / tol),
            "Half of the exponent is missing: the bound on the best gradient is √(drop/(cN)); solved for N both sides "
            "get squared.",
        ),
        Mistake(
            "rounded_up",
            lambda drop, tol, a, m: math.ceil(drop / (_constant(a, m) * tol**2)),
            "One too many: N iterates that all miss the rule need N·c·ε² ≤ drop, so N is at most the integer part.",
        ),
        Mistake(
            "not_whole",
            lambda drop, tol, a, m: drop / (_constant(a, m) * tol**2),
            "That is right but for rounding: a number of steps is whole. Which way do you round?",
        ),
    ],
    success="Each step that does not meet the rule costs at least c ε² of a budget that is finite.",
    hints=(
        "Suppose the first N iterates all have |∇L| ≥ ε. By how much has the loss fallen at least?",
        "N·c·ε² ≤ L₁ - inf L, and N is whole.",
    ),
)
def check_stopping(answer):
    """Check ``answer(drop, tol, learning_rate, lipschitz)``, the most steps until the gradient is below ``tol``."""
