"""No line of a solution, and no word that only solutions have, is found where a student reads."""

import json
import re
from functools import cache
from html import unescape

import nbformat
import pytest
import snowballstemmer
from bs4 import BeautifulSoup

from tools.class_edition import built_files, class_places
from tools.make_book import class_site
from tools.places import here
from tools.solutions import solution_text, without_solutions

PLACES = here()
CHAPTERS = PLACES.chapters()
SHORTEST = 25
STEMMER = snowballstemmer.stemmer("porter")  # the one of the search index
NAMES = {"ids": lambda path: path.stem}


def squeezed(text: str) -> str:
    """Drop spaces and markup, so that highlighting or line breaks hide nothing."""
    return re.sub(r"[\s`*$\\{}]+", "", text)


@cache
def public_text() -> str:
    """Return all that the book says outside of solutions."""
    return squeezed("".join(without_solutions(page.read_text("utf8")) for page in PLACES.pages()))


@cache
def secrets() -> list[str]:
    """Return the distinctive lines of all solutions."""
    known = public_text()
    lines = {squeezed(line) for path in CHAPTERS for line in solution_text(path.read_text("utf8"))
             if not line.startswith((":", "---"))}
    return sorted(line for line in lines if len(line) >= SHORTEST and line not in known)


@cache
def words_of_solutions() -> set[str]:
    """Return the stems of words that occur in solutions and nowhere else in the book: the search index has stems."""
    inside = words("\n".join(line for path in CHAPTERS for line in solution_text(path.read_text("utf8"))))
    pages = [page.read_text("utf8") for page in PLACES.pages()]
    ids = re.findall(r"^- id: (.+)$", (PLACES.book / "ledger.yml").read_text("utf8"), re.M)
    authors = (PLACES.book / "references.bib").read_text("utf8")
    outside = words("\n".join([*(without_solutions(text) for text in pages), *ids, authors]), shortest=3)
    return inside - outside


def words(text: str, shortest: int = 6) -> set[str]:
    """Return the stems of all words that are not too short."""
    return set(STEMMER.stemWords(set(re.findall(rf"[a-z]{{{shortest},}}", text.lower()))))


def found(text: str) -> list[str]:
    squeezed_text = squeezed(text)
    return [line for line in secrets() if line in squeezed_text]


@pytest.fixture(scope="module")
def site():
    folder = class_site(PLACES)
    if not (folder / "index.html").exists():
        pytest.fail("no class edition: `make book EDITION=class` or `make test` makes it")
    return folder


def test_there_are_secrets_and_the_chapters_have_them():
    assert len(secrets()) >= 10
    text = "\n".join(path.read_text("utf8") for path in CHAPTERS)
    assert set(found(text)) == set(secrets())


@pytest.mark.parametrize("path", CHAPTERS, **NAMES)
def test_student_notebooks_have_none(path):
    notebook = PLACES.notebooks / "student" / f"{path.stem}.ipynb"
    if not notebook.exists():
        pytest.fail("no notebooks: `make notebooks` makes them")
    nb = nbformat.read(notebook, 4)
    assert found("\n".join(cell.source + json.dumps(cell.get("outputs", [])) for cell in nb.cells)) == []
    assert not [cell for cell in nb.cells if "solution" in cell.metadata.get("tags", [])]


@pytest.mark.parametrize("path", CHAPTERS, **NAMES)
def test_instructor_notebooks_have_them(path):
    notebook = PLACES.notebooks / "instructor" / f"{path.stem}.ipynb"
    if not notebook.exists():
        pytest.fail("no notebooks: `make notebooks` makes them")
    assert found("\n".join(cell.source for cell in nbformat.read(notebook, 4).cells))


def test_stubs_are_reported_as_not_attempted():
    for path in CHAPTERS:
        notebook = PLACES.notebooks / "instructor" / f"{path.stem}.ipynb"
        if not notebook.exists():
            pytest.fail("no notebooks: `make notebooks` makes them")
        stubs = [cell for cell in nbformat.read(notebook, 4).cells if "exercise-stub" in cell.metadata.get("tags", [])]
        assert stubs
        assert [cell.source for cell in stubs if "Not attempted" not in json.dumps(cell.outputs)] == []


def test_sources_of_the_class_edition_have_none(site):
    assert site.exists()
    sources = "\n".join(path.read_text("utf8") for path in class_places(PLACES).book.rglob("*.md"))
    assert found(sources) == []


def test_pages_of_the_class_edition_have_none(site):
    for path in built_files(site):
        text = path.read_text("utf8", errors="replace")
        if path.suffix == ".html":
            text = BeautifulSoup(text, "html.parser").get_text()
        assert found(unescape(text)) == [], path


def test_the_search_index_of_the_class_edition_knows_no_word_of_a_solution(site):
    index = (site / "searchindex.js").read_text("utf8")
    terms = set(json.loads(index[index.index("(") + 1 : index.rindex(")")])["terms"])
    pages = "\n".join(page.read_text("utf8") for page in (site / "api").glob("*.html"))
    assert terms & (words_of_solutions() - words(pages, shortest=3)) == set()


def test_the_class_edition_publishes_no_code_of_checkers_and_no_instructor_notebooks(site):
    assert not (site / "_modules").exists()
    assert not (site / "notebooks" / "instructor").exists()
    assert not (site / "_sources").exists()
