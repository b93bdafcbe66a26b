"""Boolean formulas in conjunctive normal form, random 3-SAT, and a solver to check against.

A literal is a nonzero integer as in DIMACS: 3 is the third variable, -3 its negation.  Random 3-SAT formulas with
4.26 clauses per variable are satisfiable half of the time when they are long (Crawford and Auton 1996; Mertens, Mezard
and Zecchina 2006 give 4.267).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lossland import _checks

THRESHOLD_RATIO = 4.267  # clauses per variable, Mertens, Mezard and Zecchina 2006


@dataclass(frozen=True)
class Formula:
    """A conjunction of clauses, each a disjunction of literals.

    Attributes:
        n_variables: Number n of variables.
        clauses: One tuple of literals for each clause, each literal in -n..n and not 0; repetitions are dropped.

    Raises:
        TypeError: If a literal is not an integer.
        ValueError: If a clause is empty or a literal is out of range.

    >>> Formula(3, [[1, -2, 3], [-1, -1, 2]]).clauses
    ((1, -2, 3), (-1, 2))
    """

    n_variables: int
    clauses: Sequence[Sequence[int]]

    def __post_init__(self):
        n = _checks.integer("n_variables", self.n_variables, low=1)
        object.__setattr__(self, "n_variables", n)
        object.__setattr__(self, "clauses", tuple(_clause(i, clause, n) for i, clause in enumerate(self.clauses)))

    @property
    def ratio(self) -> float:
        """Clauses per variable."""
        return len(self.clauses) / self.n_variables


def _clause(number: int, clause: Sequence[int], n_variables: int) -> tuple[int, ...]:
    name = f"clauses[{number}]"
    literals = [_checks.integer(name, literal, low=-n_variables, high=n_variables) for literal in clause]
    if not literals:
        raise ValueError(f"{name}: expected at least one literal, got an empty clause, which nothing satisfies")
    if 0 in literals:
        raise ValueError(f"{name}: expected literals like 2 or -2, got 0")
    return tuple(dict.fromkeys(literals))


def random_formula(n_variables: int, n_clauses: int, *, rng: np.random.Generator) -> Formula:
    """Draw a random 3-SAT formula: in each clause three different variables, each negated with probability 1/2.

    Args:
        n_variables: Number of variables, at least 3.
        n_clauses: Number of clauses, drawn independently; two may be equal.
        rng: Source of randomness.
    """
    n_variables = _checks.integer("n_variables", n_variables, low=3)
    n_clauses = _checks.integer("n_clauses", n_clauses, low=0)
    variables = np.argsort(rng.random((n_clauses, n_variables)), axis=1)[:, :3] + 1
    signs = rng.choice([-1, 1], size=(n_clauses, 3))
    return Formula(n_variables, (variables * signs).tolist())


def is_satisfied(formula: Formula, assignments) -> np.ndarray | bool:
    """Tell which assignments make every clause true.

    Args:
        formula: The formula.
        assignments: Truth values (..., n_variables).

    Returns:
        Booleans (...).

    Raises:
        ValueError: If the number of variables does not fit.

    >>> is_satisfied(Formula(2, [[1, 2], [-1, 2]]), [[True, False], [False, True]]).tolist()
    [False, True]
    """
    values = np.asarray(assignments, dtype=bool)
    if values.shape[-1:] != (formula.n_variables,):
        raise ValueError(f"assignments: expected shape (..., {formula.n_variables}), got {values.shape}")
    satisfied = np.ones(values.shape[:-1], dtype=bool)
    for clause in formula.clauses:
        literals = np.array(clause)
        satisfied &= np.any(values[..., np.abs(literals) - 1] == (literals > 0), axis=-1)
    return satisfied if satisfied.ndim else bool(satisfied)


def solve(formula: Formula) -> np.ndarray | None:
    """Find a satisfying assignment with a complete solver (CaDiCaL through python-sat), or None if there is none.

    Raises:
        ImportError: If python-sat is not installed; it is the extra ``sat`` of this package.

    >>> solve(Formula(1, [[1], [-1]])) is None
    True
    """
    try:
        from pysat.solvers import Cadical153
    except ImportError as error:
        raise ImportError("solve: expected python-sat to be installed; try pip install python-sat") from error
    with Cadical153(bootstrap_with=[list(clause) for clause in formula.clauses]) as solver:
        if not solver.solve():
            return None
        true = {literal for literal in solver.get_model() if literal > 0}
    return np.array([variable in true for variable in range(1, formula.n_variables + 1)])
