"""Leave the book's own bookkeeping out of the code that a student sees: ``glue`` is for the site only."""

from __future__ import annotations

import ast


def _is_glue(node: ast.stmt) -> bool:
    if isinstance(node, ast.ImportFrom):
        return node.module == "myst_nb" and all(alias.name == "glue" for alias in node.names)
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Call)
        and isinstance(node.value.func, ast.Name)
        and node.value.func.id == "glue"
    )


def without_glue(code: str) -> str:
    """Return the code without glue calls and their import; code with IPython magic is returned as it is."""
    try:
        tree = ast.parse(code)
    except SyntaxError:
        return code
    lines = code.split("\n")
    for node in reversed(tree.body):
        if _is_glue(node):
            del lines[node.lineno - 1 : node.end_lineno]
    text = "\n".join(lines).strip("\n")
    while "\n\n\n\n" in text:
        text = text.replace("\n\n\n\n", "\n\n\n")
    return text


def is_empty(code: str) -> bool:
    """Tell whether nothing but comments is left."""
    return all(not line.strip() or line.strip().startswith("#") for line in code.split("\n"))
