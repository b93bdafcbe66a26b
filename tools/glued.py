"""The values that the cells of an executed notebook have glued, and how the text shows them."""

from __future__ import annotations

from myst_nb.core.variables import format_plain_text
from nbformat import NotebookNode

PREFIX = "application/papermill.record/"


def glued_values(notebook: NotebookNode) -> dict[str, str]:
    """Map each glued name to its text, as the last cell that glued it printed it."""
    values = {}
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            name = output.get("metadata", {}).get("scrapbook", {}).get("name")
            if name is None:
                continue
            data = output["data"]
            text = data.get("text/plain", data.get(f"{PREFIX}text/plain"))
            if text is not None:
                values[name] = text
    return values


def is_glue_record(output: NotebookNode) -> bool:
    """Tell whether an output only carries a glued value and shows nothing."""
    data = output.get("data", {})
    return bool(data) and all(kind.startswith(PREFIX) for kind in data)


def formatted(name: str, text: str, spec: str) -> str:
    """Show a glued text as the site does.

    Raises:
        ValueError: the text is no plain number and a format for numbers is asked for.

    """
    try:
        return format_plain_text(text, spec)
    except ValueError as error:
        raise ValueError(f"{name!r} was glued as {text}, which is no plain number: glue float(value)") from error
