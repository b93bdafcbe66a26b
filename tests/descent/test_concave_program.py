"""3-SAT as a concave program: against truth tables, against a SAT solver around the threshold, and with proofs."""

import itertools

import numpy as np
import pytest

from lossland.descent import concave_program as cp
from lossland.descent import satisfiability as sat

ALL_SIGNS = sat.Formula(3, [[a, b, c] for a in (1, -1) for b in (2, -2) for c in (3, -3)])


def test_boolean_points_are_feasible_exactly_where_the_formula_holds():
    rng = np.random.default_rng(0)
    table = np.array(list(itertools.product([0, 1], repeat=7)))
    for _ in range(20):
        formula = sat.random_formula(7, 25, rng=rng)
        feasible = cp.is_feasible(cp.to_concave_program(formula), table)
        np.testing.assert_array_equal(feasible, sat.is_satisfied(formula, table.astype(bool)))
    np.testing.assert_array_equal(cp.objective(table), 0)


def test_the_center_is_always_feasible_and_the_maximum():
    program = cp.to_concave_program(ALL_SIGNS)
    center = np.full(3, 0.5)
    assert cp.is_feasible(program, center)
    assert cp.objective(center) == 0.75
    starts = np.array([cp.random_start(program, rng=np.random.default_rng(i)) for i in range(50)])
    assert np.all(cp.is_feasible(program, starts))
    assert np.all(cp.objective(starts) < 0.75)


def test_all_sign_patterns_leave_one_half():
    minimum = cp.global_minimum(cp.to_concave_program(ALL_SIGNS))
    assert minimum.value == pytest.approx(0.5, abs=1e-6)
    assert minimum.lower_bound > 0.499


def test_the_minimum_found_is_the_lowest_vertex():
    rng = np.random.default_rng(3)
    for _ in range(15):
        program = cp.to_concave_program(sat.random_formula(4, 26, rng=rng))
        vertices = lowest_vertex(program)
        minimum = cp.global_minimum(program)
        assert minimum.value == pytest.approx(vertices, abs=1e-6)
        assert minimum.lower_bound <= vertices + 1e-9
        assert bool(cp.is_feasible(program, minimum.point))


def lowest_vertex(program):
    """Lowest objective over all vertices: all square subsystems of the constraints are solved."""
    n = program.matrix.shape[1]
    rows = np.vstack([program.matrix, np.eye(n), np.eye(n)])
    bounds = np.concatenate([program.bound, np.zeros(n), np.ones(n)])
    subsets = np.array(list(itertools.combinations(range(len(rows)), n)))
    squares = rows[subsets]
    regular = np.abs(np.linalg.det(squares)) > 1e-9
    points = np.linalg.solve(squares[regular], bounds[subsets[regular]][..., None])[..., 0]
    return float(np.min(cp.objective(points[cp.is_feasible(program, points)])))


@pytest.mark.ledger("yarotsky-thm-02-3sat-to-qp")
@pytest.mark.parametrize(("n_variables", "n_formulas"), [(5, 25), (10, 20), (14, 10)])
def test_the_minimum_is_zero_exactly_if_the_formula_is_satisfiable(n_variables, n_formulas):
    """Around the threshold, where satisfiable and unsatisfiable formulas both occur, with a proof for each."""
    rng, outcomes = np.random.default_rng(n_variables), set()
    for i in range(n_formulas):
        n_clauses = round((3.8 + 1.6 * i / n_formulas) * n_variables)
        formula = sat.random_formula(n_variables, n_clauses, rng=rng)
        minimum = cp.global_minimum(cp.to_concave_program(formula), only_sign=True)
        satisfiable = sat.solve(formula) is not None
        outcomes.add(satisfiable)
        if satisfiable:
            assert minimum.value <= 1e-6
            assert sat.is_satisfied(formula, minimum.point > 0.5)
        else:
            assert minimum.lower_bound > 1e-6
    assert outcomes == {False, True}


def test_descent_reaches_vertices_that_are_not_the_minimum():
    rng, stuck = np.random.default_rng(1), 0
    for _ in range(30):
        formula = sat.random_formula(30, 100, rng=rng)
        program = cp.to_concave_program(formula)
        end = cp.local_minimum(program, cp.random_start(program, rng=rng))
        assert bool(cp.is_feasible(program, end.point))
        stuck += end.value > 1e-9 and sat.solve(formula) is not None
    assert 5 < stuck < 30


def test_an_end_of_descent_cannot_be_improved_by_its_own_linearization():
    rng = np.random.default_rng(2)
    program = cp.to_concave_program(sat.random_formula(20, 80, rng=rng))
    end = cp.local_minimum(program, cp.random_start(program, rng=rng))
    again = cp.local_minimum(program, end.point)
    assert again.value == pytest.approx(end.value, abs=1e-12)


def test_a_truncated_search_says_how_much_is_open():
    program = cp.to_concave_program(sat.random_formula(20, 110, rng=np.random.default_rng(0)))
    early, late = (cp.global_minimum(program, max_boxes=boxes) for boxes in (20, 400))
    assert early.n_boxes <= 22
    assert early.lower_bound <= late.lower_bound
    assert late.value <= early.value


def test_clauses_in_conflict_have_no_feasible_point():
    program = cp.to_concave_program(sat.Formula(1, [[1], [-1]]))
    assert cp.global_minimum(program).value == np.inf
    with pytest.raises(ValueError, match="program: expected constraints that some point meets"):
        cp.local_minimum(program, [0.5])
    with pytest.raises(ValueError, match=r"start: expected a point of shape \(1,\), got \(2,\)"):
        cp.local_minimum(program, [0.5, 0.5])
