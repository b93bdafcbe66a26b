"""Every notebook of the book reads well in plain Jupyter and needs nothing but the package."""

import builtins
import re

import nbformat
import pytest

from tests.book.test_chapters import assigned, used, without_magic
from tools.places import here

PLACES = here()
NOTEBOOKS = [(kind, path.stem) for kind in ("student", "instructor") for path in PLACES.chapters()]
LARGEST = 6000  # characters of a cell: nothing packed, nothing endless
RAW = {
    "a fence of MyST": re.compile(r"^[ >]*(:::|```\{)", re.M),
    "a role": re.compile(r"\{[a-z:]+\}`"),
    "a label": re.compile(r"^\([\w-]+\)=$|\$\$ *\([\w-]+\)$", re.M),
    "an option": re.compile(r"^:(label|class|name|alt|tags|width|align|header-rows):", re.M),
    "a comment": re.compile(r"^% ", re.M),
    "a link that leads nowhere from here": re.compile(r"(?<!`)\[[^\]\n]+\]\((?!https?://|mailto:|attachment:|#)[^)\n]+\)"),
    "a picture without words": re.compile(r"!\[\s*\]\("),
    "a picture that is not attached": re.compile(r"!\[[^\]]*\]\((?!attachment:|data:)"),
    "a citation that was not found": re.compile(r"\[\?\]|\?\?"),
}
LATEX = re.compile(r"\\[a-zA-Z]+")
DISPLAYED = re.compile(r"\$\$.*?\$\$", re.S)
CODE = re.compile(r"^```.*?^```|`[^`\n]+`(?!`)|(?<!\$)\$[^$\n]+\$(?!\$)", re.M | re.S)


def unresolved(text: str) -> list[str]:
    """Return what in Markdown only the book understands."""
    roles = [what for what in ("a role", "a fence of MyST") if RAW[what].search(text)]
    plain = CODE.sub("", text)
    roles += [what for what, pattern in RAW.items() if what not in roles and pattern.search(plain)]
    roles += ["a command of LaTeX"] * bool(LATEX.search(DISPLAYED.sub("", plain)))
    return roles + ["a formula that does not end"] * (plain.count("$$") % 2)


def undefined(cells: list[str]) -> set[str]:
    """Return the names that are used and that no cell defines (in which order is seen when they are run)."""
    sources = [without_magic(source) for source in cells]
    known = set(dir(builtins)).union(*map(assigned, sources))
    return set().union(*map(used, sources)) - known


@pytest.fixture(scope="module", params=NOTEBOOKS, ids=lambda entry: f"{entry[0]}-{entry[1][:2]}")
def notebook(request):
    kind, name = request.param
    path = PLACES.notebooks / kind / f"{name}.ipynb"
    if not path.exists():
        pytest.fail("no notebooks: `make notebooks` makes them")
    return nbformat.read(path, 4)


def test_nothing_is_left_that_only_the_book_understands(notebook):
    found = {cell.id: unresolved(cell.source) for cell in notebook.cells if cell.cell_type == "markdown"}
    assert {name: what for name, what in found.items() if what} == {}


def test_attached_pictures_are_there(notebook):
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            assert set(re.findall(r"\(attachment:([^)]+)\)", cell.source)) == set(cell.get("attachments", {}))


def test_each_name_is_defined(notebook):
    assert undefined([cell.source for cell in notebook.cells if cell.cell_type == "code"]) == set()


def test_no_cell_is_a_burden(notebook):
    assert {cell.id: len(cell.source) for cell in notebook.cells if len(cell.source) > LARGEST} == {}


def test_pictures_say_what_they_show(notebook):
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            if "image/png" in output.get("data", {}):
                assert output.metadata.get("image/png", {}).get("alt"), cell.source


def test_no_mark_of_the_tests_stands_in_the_code(notebook):
    assert [cell.source for cell in notebook.cells if "NBVAL" in cell.source] == []


@pytest.mark.parametrize(("text", "what"), [
    (":::{note}\nx\n:::", "a fence of MyST"), ("```{math}\nx\n```", "a fence of MyST"),
    ("> ```{list-table}", "a fence of MyST"), ("See {numref}`fig-a`.", "a role"), ("(sec-a)=\n# A", "a label"),
    ("$$\na\n$$ (eq-a)", "a label"), (":alt: A dot", "an option"), ("% Remark", "a comment"),
    ("[text](../start.md)", "a link that leads nowhere from here"),
    ("![](attachment:a.png)", "a picture without words"), ("![A dot](a.png)", "a picture that is not attached"),
    ("$$\na", "a formula that does not end"), (r"N{\o}kland (2016)", "a command of LaTeX"),
    ("As (Poole, ??) says", "a citation that was not found"),
])
def test_what_would_be_left_is_found(text, what):
    assert what in unresolved(text)


@pytest.mark.parametrize("text", [
    "Take `[a](b)` and $[a](b)$ and [it](https://x.org).", "```python\nx = {'a': 1}  # :::\n```",
    "![A dot](attachment:a.svg)", "$$\na\n$$", "Hint? No.", "a 5 % change\n$x$ % y",
])
def test_what_reads_well_is_not_blamed(text):
    assert unresolved(text) == []


def test_a_name_from_nowhere_is_found():
    assert undefined(["import os", "def f():\n    return sys.path", "print(os, f)"]) == {"sys"}
    assert undefined(["for k in range(2):\n    a = [b for b in (k,)]", "a"]) == set()
