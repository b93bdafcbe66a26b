"""DIMACS text: there and back, the freedoms of the format, and an error for each way to get it wrong."""

import numpy as np
import pytest

from lossland.descent.dimacs import parse_dimacs, read_dimacs, write_dimacs
from lossland.descent.satisfiability import Formula, random_formula

GOOD = "c SATLIB style\np cnf 4 3\n1 -2\n3 0 -1 2 0\n\nc between\n-3 4\n0\n%\n0\n"


def test_there_and_back(tmp_path):
    formula = random_formula(20, 91, rng=np.random.default_rng(0))
    write_dimacs(formula, tmp_path / "formula.cnf")
    assert read_dimacs(tmp_path / "formula.cnf") == formula


def test_the_solver_library_reads_what_we_write(tmp_path):
    pysat = pytest.importorskip("pysat.formula")
    formula = random_formula(9, 30, rng=np.random.default_rng(1))
    write_dimacs(formula, tmp_path / "formula.cnf")
    theirs = pysat.CNF(from_file=str(tmp_path / "formula.cnf"))
    assert theirs.nv == 9
    assert tuple(map(tuple, theirs.clauses)) == formula.clauses


def test_clauses_may_cross_lines_and_comments():
    assert parse_dimacs(GOOD) == Formula(4, [[1, -2, 3], [-1, 2], [-3, 4]])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", r"line 1: expected a header like 'p cnf 20 91', got ''"),
        ("1 2 0\n", "line 1: expected a header like 'p cnf 20 91', got '1 2 0'"),
        ("c\np dnf 3 1\n1 0\n", "line 2: expected a header like 'p cnf 20 91', got 'p dnf 3 1'"),
        ("p cnf 3 x\n", "line 1: expected a header"),
        ("p cnf 0 0\n", "line 1: expected at least one variable"),
        ("p cnf 3 1\n1 two 0\n", "line 2: expected an integer literal or 0, got 'two'"),
        ("p cnf 3 1\n\n1 4 0\n", r"line 3: expected a literal in -3\.\.3, as the header says, got 4"),
        ("p cnf 3 1\n1 2 0\n3 0\n", "line 3: expected 1 clauses, as the header says, got more"),
        ("p cnf 3 2\n1 2 0\n", "line 2: expected 2 clauses, as the header says, got 1"),
        ("p cnf 3 2\n1 2 0\n0\n", "line 3: expected a literal before the closing 0, got an empty clause"),
        ("p cnf 3 1\n1\n2\n", "line 2: expected a 0 at the end of this clause, got the end of the text"),
    ],
)
def test_malformed_text_names_the_line(text, message):
    with pytest.raises(ValueError, match=message):
        parse_dimacs(text)
