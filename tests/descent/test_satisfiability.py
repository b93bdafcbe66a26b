"""Formulas against truth tables, and the solver against both."""

import itertools

import numpy as np
import pytest

from lossland.descent.satisfiability import Formula, is_satisfied, random_formula, solve

ALL_SIGNS = Formula(3, [[a, b, c] for a in (1, -1) for b in (2, -2) for c in (3, -3)])


def truth_table(n):
    return np.array(list(itertools.product([False, True], repeat=n)))


def test_is_satisfied_reads_literals():
    formula = Formula(3, [[1, -2], [3]])
    expected = [(a or not b) and c for a, b, c in truth_table(3)]
    assert is_satisfied(formula, truth_table(3)).tolist() == expected
    assert is_satisfied(formula, [True, True, True]) is True


def test_the_solver_agrees_with_the_truth_table():
    rng, unsatisfiable = np.random.default_rng(5), 0
    for _ in range(60):
        formula = random_formula(6, 30, rng=rng)
        assignment, possible = solve(formula), is_satisfied(formula, truth_table(6)).any()
        assert (assignment is not None) == possible
        assert assignment is None or is_satisfied(formula, assignment)
        unsatisfiable += assignment is None
    assert 5 < unsatisfiable < 55


def test_all_sign_patterns_cannot_be_satisfied():
    assert solve(ALL_SIGNS) is None
    assert not is_satisfied(ALL_SIGNS, truth_table(3)).any()
    assert solve(Formula(3, ALL_SIGNS.clauses[1:])) is not None


def test_random_clauses_are_uniform():
    formula = random_formula(5, 40_000, rng=np.random.default_rng(0))
    clauses = np.array(formula.clauses)
    assert all(len(set(np.abs(clause))) == 3 for clause in clauses)
    counts = np.array([np.sum(clauses == literal) for literal in (*range(-5, 0), *range(1, 6))])
    np.testing.assert_allclose(counts, 12_000, atol=5 * np.sqrt(40_000 * 0.3 * 0.7))
    assert formula.ratio == 8000


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: Formula(2, [[1, 3]]), r"clauses\[0\]: expected an integer in \[-2, 2\], got 3"),
        (lambda: Formula(2, [[1], []]), r"clauses\[1\]: expected at least one literal"),
        (lambda: Formula(2, [[0, 1]]), r"clauses\[0\]: expected literals like 2 or -2, got 0"),
        (lambda: random_formula(2, 5, rng=np.random.default_rng(0)), "n_variables: expected an integer >= 3, got 2"),
        (lambda: is_satisfied(ALL_SIGNS, [True, False]), r"assignments: expected shape \(\.\.\., 3\), got \(2,\)"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_literals_are_integers():
    with pytest.raises(TypeError, match=r"clauses\[0\]: expected an integer, got float 1.5"):
        Formula(2, [[1.5]])
