"""Formulas as text in the DIMACS format of the SAT competitions.

Lines that begin with ``c`` are comments; ``p cnf VARIABLES CLAUSES`` opens the formula; then come literals, each clause
ended by 0 wherever lines break.  A line with ``%`` ends the formula, as in the files of SATLIB.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from lossland.descent.satisfiability import Formula


class DimacsError(ValueError):
    """Text that is not a DIMACS formula; the message names the line and what was expected there."""


def read_dimacs(path: str | Path) -> Formula:
    """Read a formula from a file; see :func:`parse_dimacs`."""
    return parse_dimacs(Path(path).read_text(encoding="utf-8"))


def write_dimacs(formula: Formula, path: str | Path) -> None:
    """Write a formula to a file; see :func:`format_dimacs`."""
    Path(path).write_text(format_dimacs(formula), encoding="utf-8")


def format_dimacs(formula: Formula) -> str:
    r"""Write a formula as text, one clause a line.

    >>> format_dimacs(Formula(3, [[1, -2, 3]]))
    'p cnf 3 1\n1 -2 3 0\n'
    """
    lines = [" ".join(map(str, (*clause, 0))) for clause in formula.clauses]
    return "\n".join([f"p cnf {formula.n_variables} {len(formula.clauses)}", *lines]) + "\n"


def parse_dimacs(text: str) -> Formula:
    r"""Read a formula from text.

    Args:
        text: A formula in DIMACS format.

    Returns:
        Formula: with as many variables as the header says.

    Raises:
        DimacsError: With the number of the line and what was expected there.

    >>> parse_dimacs("c an example\np cnf 3 2\n1 -2 3 0\n-1 2 0\n").clauses
    ((1, -2, 3), (-1, 2))
    """
    lines = _lines(text)
    number, words = next(lines, (1, []))
    n_variables, n_clauses = _header(number, words)
    clauses, clause, opened = [], [], number
    for number, words in lines:
        for word in words:
            literal = _literal(number, word, n_variables)
            if literal:
                opened = opened if clause else number
                clause.append(literal)
                continue
            if not clause:
                raise DimacsError(f"line {number}: expected a literal before the closing 0, got an empty clause")
            if len(clauses) == n_clauses:
                raise DimacsError(f"line {number}: expected {n_clauses} clauses, as the header says, got more")
            clauses.append(clause)
            clause = []
    if clause:
        raise DimacsError(f"line {opened}: expected a 0 at the end of this clause, got the end of the text")
    if len(clauses) < n_clauses:
        raise DimacsError(f"line {number}: expected {n_clauses} clauses, as the header says, got {len(clauses)}")
    return Formula(n_variables, clauses)


def _lines(text: str) -> Iterator[tuple[int, list[str]]]:
    """Give the numbers and words of the lines that are neither empty nor comments, up to a ``%``."""
    for number, line in enumerate(text.splitlines(), start=1):
        words = line.split()
        if words and words[0].startswith("%"):
            return
        if words and words[0][0] != "c":
            yield number, words


def _header(number: int, words: list[str]) -> tuple[int, int]:
    if len(words) != 4 or words[:2] != ["p", "cnf"] or not all(word.isdecimal() for word in words[2:]):
        got = " ".join(words)
        raise DimacsError(f"line {number}: expected a header like 'p cnf 20 91', got {got[:60]!r}")
    n_variables, n_clauses = map(int, words[2:])
    if not n_variables:
        raise DimacsError(f"line {number}: expected at least one variable, got {' '.join(words)!r}")
    return n_variables, n_clauses


def _literal(number: int, word: str, n_variables: int) -> int:
    try:
        literal = int(word)
    except ValueError:
        raise DimacsError(f"line {number}: expected an integer literal or 0, got {word[:20]!r}") from None
    if abs(literal) > n_variables:
        allowed = f"-{n_variables}..{n_variables}"
        raise DimacsError(f"line {number}: expected a literal in {allowed}, as the header says, got {literal}")
    return literal
