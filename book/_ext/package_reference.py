"""The reference of one package: ``{package-reference} lossland.descent`` describes it and all of its modules.

The list of modules is read from the folder, so that a page cannot forget one.  The class edition does not describe the
checkers: their examples show answers.
"""

from __future__ import annotations

import pkgutil
from importlib import import_module
from pathlib import Path

from docutils import nodes
from docutils.statemachine import StringList
from sphinx.util.docutils import SphinxDirective

WITHHELD = "lossland.exercises"
SENTENCE = "The checkers are described in the full edition: their examples show answers."


def modules_of(package: str) -> list[str]:
    """Return the public modules of a package, in the order of the alphabet, packages below it included.

    Raises:
        ImportError: the package does not exist.
    """
    found = pkgutil.walk_packages(import_module(package).__path__, f"{package}.")
    return sorted(info.name for info in found if not info.name.rpartition(".")[2].startswith("_"))


class PackageReference(SphinxDirective):
    """Describe a package by its docstring, and each of its modules with all members."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Hand the descriptions to autodoc."""
        package = self.arguments[0]
        self.env.note_dependency(str(Path(import_module(package).__file__).parent))  # a new module changes it
        if self.config.lossland_edition == "class" and package == WITHHELD:
            return [nodes.paragraph(SENTENCE, SENTENCE)]
        lines = ["```{eval-rst}", f".. automodule:: {package}", ""]
        for module in modules_of(package):
            lines += [f".. automodule:: {module}", "   :members:", ""]
        container = nodes.Element()
        self.state.nested_parse(StringList([*lines, "```"], self.env.doc2path(self.env.docname)), 0, container)
        return container.children


def setup(app):
    """Register with Sphinx."""
    app.add_directive("package-reference", PackageReference)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
