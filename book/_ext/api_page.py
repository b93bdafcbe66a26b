"""Small repairs for the page of the package, so that docstrings stay plain and the build stays strict.

Bars of absolute values are no substitutions of reStructuredText; fields of named tuples are described once, in the
docstring of the class; a public name (``lossland.numerics.gaussian_expectation``) finds the description that
stands under the file that defines it.
"""

from __future__ import annotations

import re
from collections import namedtuple
from importlib import import_module

LITERAL = re.compile(r"(``.+?``|:\w+:`.+?`|`[^`]+`)")
FIELD = type(namedtuple("Record", "field").field)


def escape_bars(app, what, name, obj, options, lines) -> None:
    """Escape vertical bars outside of literals."""
    for i, line in enumerate(lines):
        if "|" in line:
            pieces = LITERAL.split(line)
            lines[i] = "".join(
                piece if k % 2 else re.sub(r"(?<!\\)\|", r"\\|", piece) for k, piece in enumerate(pieces)
            )


def skip_fields(app, what, name, obj, skip, options):
    """Leave out the generated members of named tuples."""
    return True if isinstance(obj, FIELD) else None


def find_public_name(app, env, node, contnode):
    """Resolve a name that a package offers and another file defines."""
    target = node.get("reftarget", "")
    if node.get("refdomain") != "py" or not target.startswith("lossland."):
        return None
    package, _, name = target.rpartition(".")
    try:
        found = getattr(import_module(package), name)
        defined = f"{found.__module__}.{found.__qualname__}"
    except (ImportError, AttributeError):
        return None
    if defined == target:
        return None
    return env.get_domain("py").resolve_xref(
        env, node["refdoc"], app.builder, node["reftype"], defined, node, contnode
    )


def setup(app):
    """Register with Sphinx."""
    app.connect("autodoc-process-docstring", escape_bars)
    app.connect("autodoc-skip-member", skip_fields)
    app.connect("missing-reference", find_public_name)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
