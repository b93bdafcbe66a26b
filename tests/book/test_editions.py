"""Both editions of a synthetic book, made as `make book` makes them."""

import json
import re
import zipfile
from html import unescape
from pathlib import Path

import nbformat
import pytest
from bs4 import BeautifulSoup

from tools.labels import read_labels

CHAPTER = "42-toys"


def notebook(book, kind):
    return nbformat.read(book.places.notebooks / kind / f"{CHAPTER}.ipynb", 4)


def text_of(nb) -> str:
    return "\n".join(cell.source for cell in nb.cells)


def page(site: Path) -> BeautifulSoup:
    return BeautifulSoup((site / "chapters" / f"{CHAPTER}.html").read_text("utf8"), "html.parser")


@pytest.fixture(scope="module")
def sites(made_book):
    return {"full": made_book.places.site, "class": made_book.places.build / "class" / "html"}


def test_the_student_notebook_has_no_solution_and_reads_as_markdown(made_book):
    text = text_of(notebook(made_book, "student"))
    assert "wombat" not in text
    assert not re.search(r":::|```\{|\{[a-z:]+\}`|^\(.*\)=$|glue", text, re.MULTILINE)
    assert "> **Theorem 42.1 (A name).** It follows from (42.1) that toys exist." in text
    assert "The toy is 1.50; see Theorem 42.1, Fig. 42.1, Exercise 42.1 and *A section*." in text
    assert "<summary>Hint 1</summary>" in text
    assert "**Fig. 42.1.** A dot, of which (42.1) knows nothing." in text


def test_the_student_notebook_keeps_the_outputs_that_are_checked(made_book):
    outputs = [cell.outputs for cell in notebook(made_book, "student").cells if cell.get("outputs")]
    assert [[output.text for output in group] for group in outputs] == [["the toy is 1.5\n"], ["Not attempted.\n"]]


def test_the_instructor_notebook_has_solutions_outputs_and_glue(made_book):
    nb = notebook(made_book, "instructor")
    assert "wombatsecret" in text_of(nb)
    records = [o for cell in nb.cells for o in cell.get("outputs", []) if "scrapbook" in o.get("metadata", {})]
    assert {record.metadata.scrapbook.name for record in records} == {"toy", "twice"}
    assert any("the wombatoutput is 3.0" in o.get("text", "") for cell in nb.cells for o in cell.get("outputs", []))


def test_both_notebooks_install_the_package_first_and_have_stable_ids(made_book):
    for kind in ("student", "instructor"):
        nb = notebook(made_book, kind)
        first = next(cell for cell in nb.cells if cell.cell_type == "code")
        assert 'find_spec("lossland") is None' in first.source
        assert [cell.id for cell in nb.cells] == [f"{CHAPTER}-{i:03d}" for i in range(len(nb.cells))]


def test_the_full_site_has_the_solutions_and_the_class_site_none(sites):
    for name, has in (("full", True), ("class", False)):
        read = "".join(
            path.read_text("utf8", errors="replace")
            for path in sites[name].rglob("*") if path.suffix in {".html", ".js", ".ipynb", ".inv", ".md", ".txt"}
        )
        for secret in ("wombatsecret", "wombatanswer", "wombatoutput"):
            assert (secret in unescape(read)) == has


def test_no_page_sources_are_published(sites):
    for site in sites.values():
        assert not (site / "_sources").exists()
        assert not list(site.rglob("*.md"))


def test_the_download_menu_has_notebooks_slides_and_printing(sites):
    for name, site in sites.items():
        menu = page(site).select_one(".dropdown-download-buttons")
        links = [a["href"] for a in menu.select("a")]
        solved = [f"../notebooks/instructor/{CHAPTER}.ipynb"] if name == "full" else []
        package = "../notebooks/student/lossland-0.0-py3-none-any.whl"
        assert links == [f"../notebooks/student/{CHAPTER}.ipynb", *solved, package, f"../decks/{CHAPTER}.html"]
        assert all((site / "chapters" / link).resolve().is_file() for link in links)
        assert [button.get_text(strip=True) for button in menu.select("li button")] == ["print, or save as PDF"]


def test_the_package_lies_beside_the_notebooks_and_is_that_of_the_book(sites):
    for name, site in sites.items():
        for kind in ("student", "instructor") if name == "full" else ("student",):
            (wheel,) = (site / "notebooks" / kind).glob("*.whl")
            assert "lossland/boxes.py" in zipfile.ZipFile(wheel).namelist()


def test_materials_name_the_instructor_notebook_in_the_full_edition_only(sites):
    for name, site in sites.items():
        start = BeautifulSoup((site / "start.html").read_text("utf8"), "html.parser")
        targets = [a["href"].split("?")[0] for a in start.select("ul.materials a")]
        assert f"decks/{CHAPTER}.html" in targets
        assert all((site / target).is_file() for target in targets)
        assert (f"notebooks/instructor/{CHAPTER}.ipynb" in targets) == (name == "full")
        assert (site / "notebooks" / "instructor").exists() == (name == "full")


def test_numbers_in_notebooks_are_those_of_the_site(made_book, sites):
    labels = read_labels(made_book.places.book, made_book.places.pages())
    soup = page(sites["full"])
    shown = soup.get_text(" ", strip=True)
    for name in ("thm-toy", "fig-toy", "ex-toy", "ex-toys"):
        assert labels[name].short in shown
    assert soup.select_one("#eq-toy, #equation-eq-toy") is not None
    assert labels["eq-toy"].short in shown
    assert soup.select_one(".bd-article h1").get_text().startswith("42. Toys")
    assert labels["sec-toy"].number in soup.select_one(".bd-article h2").get_text()


def test_the_deck_has_slides_notes_and_numbers(sites):
    deck = BeautifulSoup((sites["full"] / "decks" / f"{CHAPTER}.html").read_text("utf8"), "html.parser")
    assert [h.get_text() for h in deck.select(".slides h1, .slides h2")] == ["A lecture on toys", "A slide"]
    assert "the lecture has 1.5" in deck.get_text()
    notes = deck.select("aside.notes")
    assert [p.get_text() for p in notes[0].find_all("p")] == ["One minute. Welcome.", "A second paragraph."]
    assert len(notes) == 2


def test_notebooks_are_the_same_bytes_when_derived_again(made_book):
    paths = sorted(made_book.places.notebooks.rglob("*.ipynb"))
    before = [path.read_bytes() for path in paths]
    (made_book.places.build / "stamps" / "notebooks").unlink()
    assert made_book.make("--only", "notebooks").returncode == 0
    assert [path.read_bytes() for path in paths] == before
    assert all(json.loads(text)["nbformat"] == 4 for text in before)
