"""Chapters import what the package has, solutions leave no trace outside, references exist once."""

import ast
import re
import symtable

import pytest
import yaml

from tools.executions import read_notebook
from tools.fences import blocks
from tools.imports import module_paths
from tools.places import here
from tools.solutions import solution_text, without_solutions

PLACES = here()
CHAPTERS = PLACES.chapters()
SOURCES = [*CHAPTERS, *PLACES.decks()]
BIB_KEY = re.compile(r"^@(?!comment|string|preamble)\w+\s*\{\s*([^,\s]+)\s*,", re.MULTILINE | re.IGNORECASE)
NAMES = {"ids": lambda path: f"{path.parent.name}/{path.stem}"}


def public_definitions() -> set[str]:
    """Return the public functions and classes of the package."""
    found = set()
    for path in module_paths(PLACES.package).values():
        for node in ast.parse(path.read_text("utf8")).body:
            if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_"):
                found.add(node.name)
    return found


def cells(path):
    """Return (code, tags) of the code cells of a source."""
    return [(cell.source, list(cell.metadata.get("tags", [])))
            for cell in read_notebook(path).cells if cell.cell_type == "code"]


def without_magic(code: str) -> str:
    return "\n".join(line for line in code.split("\n") if not line.lstrip().startswith(("%", "!")))


def definitions(path) -> set[str]:
    return {node.name for code, _tags in cells(path) for node in ast.walk(ast.parse(without_magic(code)))
            if isinstance(node, ast.FunctionDef | ast.ClassDef)}


def assigned(code: str) -> set[str]:
    """Return the global names that the code binds."""
    return {symbol.get_name() for symbol in symtable.symtable(code, "cell", "exec").get_symbols()
            if symbol.is_assigned() or symbol.is_imported() or symbol.is_namespace()}


def used(code: str) -> set[str]:
    """Return the global names that the code reads, at the top or inside functions and comprehensions."""
    top = symtable.symtable(code, "cell", "exec")
    found = {symbol.get_name() for symbol in top.get_symbols() if symbol.is_referenced()}
    waiting = top.get_children()
    while waiting:
        table = waiting.pop()
        found |= {symbol.get_name() for symbol in table.get_symbols() if symbol.is_referenced() and symbol.is_global()}
        waiting += table.get_children()
    return found


def used_outside(pairs) -> dict[str, str]:
    """Return names bound in cells of solutions that later cells outside use or that they overwrite."""
    from_solution: set[str] = set()
    wrong = {}
    for code, tags in pairs:
        own = assigned(without_magic(code))
        if "solution" in tags:
            from_solution |= own
            continue
        wrong |= dict.fromkeys(used(without_magic(code)) & from_solution - own, code)
        from_solution -= own
    return wrong


def lines_of(code: str) -> int:
    """Count the lines that a reader has to read: no blank ones, none that only hand a number to the text."""
    return sum(bool(line.strip()) and not line.startswith("glue(") for line in code.split("\n"))


@pytest.mark.parametrize("path", CHAPTERS, **NAMES)
def test_cells_are_short(path):
    lengths = sorted(lines_of(code) for code, tags in cells(path) if "solution" not in tags)
    assert lengths[-1] <= 40
    assert lengths[len(lengths) // 2] <= 12


@pytest.mark.parametrize("path", SOURCES, **NAMES)
def test_no_definition_repeats_one_of_the_package(path):
    assert definitions(path) & public_definitions() == set()


def test_the_package_has_definitions():
    assert {"length_map", "q_star", "gaussian_expectation"} <= public_definitions()


@pytest.mark.parametrize("path", CHAPTERS, **NAMES)
def test_nothing_outside_depends_on_a_solution(path):
    assert used_outside(cells(path)) == {}


def test_a_trace_of_a_solution_is_seen():
    pairs = [("a = 1", []), ("b = 2\na = 5", ["solution"]), ("print(b)", []), ("a = 3\nprint(a)", [])]
    assert used_outside(pairs) == {"b": "print(b)"}
    assert used_outside([("a = 1", []), ("a = 5", ["solution"]), ("print(a)", [])]) == {"a": "print(a)"}
    assert used_outside([("for i in range(2):\n    pass", ["solution"]), ("def f(i):\n    return i", []),
                         ("[i for i in range(3)]", [])]) == {}


@pytest.mark.parametrize("path", CHAPTERS, **NAMES)
def test_every_cell_between_solution_marks_is_tagged(path):
    text = path.read_text("utf8")
    hidden = set(solution_text(text))
    kept = [code for code, tags in cells(path) if "solution" not in tags]
    for code in kept:
        lines = {line.strip() for line in code.split("\n")} - {""}
        assert not lines or not lines <= hidden, f"this cell lies inside a solution but is not tagged:\n{code}"


@pytest.mark.parametrize("path", CHAPTERS, **NAMES)
def test_nothing_outside_refers_to_a_solution(path):
    assert re.findall(r"`[^`]*\bsol-[\w-]+[^`]*`", without_solutions(path.read_text("utf8"))) == []


@pytest.mark.parametrize("path", CHAPTERS, **NAMES)
def test_every_exercise_has_stub_hints_and_solution(path):
    text = path.read_text("utf8")
    order = [(block.name, block) for block in blocks(text)]
    labels = [block.options.get("label") for name, block in order if name in ("exercise", "exercise-start")]
    solved = [block.argument for name, block in order if name in ("solution", "solution-start")]
    assert len(labels) >= 3
    assert sorted(labels) == sorted(solved)
    stubs = [code for code, tags in cells(path) if "exercise-stub" in tags]
    assert len(stubs) >= len(labels)
    hints = [block for name, block in order if name == "dropdown" and block.argument.startswith("Hint")]
    assert len(hints) >= 2 * len(labels)


@pytest.mark.parametrize("path", SOURCES, **NAMES)
def test_every_figure_has_alt_text(path):
    for cell in read_notebook(path).cells:
        if cell.cell_type == "code" and "plt.show()" in cell.source and "solution" not in cell.metadata.get("tags", []):
            assert cell.metadata.get("mystnb", {}).get("image", {}).get("alt"), cell.source


@pytest.mark.parametrize("path", SOURCES, **NAMES)
def test_no_global_seed(path):
    code = "\n".join(code for code, _tags in cells(path))
    assert not re.search(r"(np|numpy)\.random\.(seed|rand|randn|normal|uniform)\(|torch\.manual_seed\(", code)


@pytest.mark.parametrize("path", PLACES.decks(), **NAMES)
def test_every_slide_has_notes(path):
    slides = re.split(r"^#{1,3} ", re.sub(r"^```.*?^```", lambda m: m[0] if "revealjs-notes" in m[0] else "",
                                          path.read_text("utf8"), flags=re.MULTILINE | re.DOTALL), flags=re.MULTILINE)
    silent = [slide.split("\n")[0] for slide in slides[1:] if "{revealjs-notes}" not in slide]
    assert silent == []


def test_every_deck_has_its_chapter():
    assert {path.stem for path in PLACES.decks()} <= {path.stem for path in CHAPTERS}


def test_keys_of_the_bibliography_are_unique():
    keys = [key.lower() for key in BIB_KEY.findall((PLACES.book / "references.bib").read_text("utf8"))]
    assert len(keys) > 3
    assert sorted({key for key in keys if keys.count(key) > 1}) == []


def test_every_page_is_in_the_table_of_contents():
    named = set(PLACES.pages())
    written = {path for folder in (".", "chapters", "api") for path in (PLACES.book / folder).glob("*.md")}
    assert written == named


def test_every_domain_of_the_package_has_its_page():
    domains = {name.split(".")[1] for name in module_paths(PLACES.package) if name.count(".") > 1}
    pages = {path.stem: path.read_text("utf8") for path in (PLACES.book / "api").glob("*.md")}
    assert pages.keys() == domains
    assert [name for name, page in pages.items() if f"{{package-reference}} lossland.{name}\n" not in page] == []
    overview = (PLACES.book / "api.md").read_text("utf8")
    assert re.findall(r"^\| \{doc\}`api/(\w+)` \|", overview, re.M) == [path.stem for path in api_pages()]


def api_pages():
    return [path for path in PLACES.pages() if path.parent.name == "api"]


def test_the_settings_are_strict():
    settings = yaml.safe_load((PLACES.root / "_config.yml").read_text("utf8"))
    assert settings["execute"]["allow_errors"] is False
    assert settings["execute"]["stderr_output"] == "error"
    assert settings["sphinx"]["config"]["nb_execution_raise_on_error"] is True
    assert settings["sphinx"]["config"]["html_copy_source"] is False
