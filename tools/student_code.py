"""Leave the book's own bookkeeping out of the code that a student sees: ``glue`` is for the site only."""

from __future__ import annotations

import ast
from collections.abc import Iterator


def _is_glue(node: ast.stmt) -> bool:
    if isinstance(node, ast.ImportFrom):
        return node.module == "myst_nb" and all(alias.name == "glue" for alias in node.names)
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Call)
        and isinstance(node.value.func, ast.Name)
        and node.value.func.id == "glue"
    )


def _bookkeeping(body: list[ast.stmt]) -> Iterator[tuple[ast.stmt, bool]]:
    """Give the statements to leave out, in their order, and whether something has to stand in their place.

    A loop in which nothing else happens goes as a whole.
    """
    for node in body:
        inside, otherwise = getattr(node, "body", []), getattr(node, "orelse", [])
        if _is_glue(node) or (inside and not otherwise and _only_glue(inside)):
            yield node, False
        elif inside and not isinstance(node, ast.FunctionDef | ast.ClassDef):
            found = list(_bookkeeping(inside))
            if len(found) == len(inside) and otherwise:
                found[-1] = (found[-1][0], True)
            yield from found
            yield from _bookkeeping(otherwise)


def _only_glue(body: list[ast.stmt]) -> bool:
    return all(_is_glue(node) or (hasattr(node, "body") and _only_glue(node.body)) for node in body)


def without_glue(code: str) -> str:
    """Return the code without glue calls and their import; code with IPython magic is returned as it is."""
    try:
        tree = ast.parse(code)
    except SyntaxError:
        return code
    lines = code.split("\n")
    for node, alone in reversed(list(_bookkeeping(tree.body))):
        indent = " " * node.col_offset
        lines[node.lineno - 1 : node.end_lineno] = [f"{indent}pass"] if alone else []
    text = "\n".join(lines).strip("\n")
    while "\n\n\n\n" in text:
        text = text.replace("\n\n\n\n", "\n\n\n")
    return text


def is_empty(code: str) -> bool:
    """Tell whether nothing but comments is left."""
    return all(not line.strip() or line.strip().startswith("#") for line in code.split("\n"))
