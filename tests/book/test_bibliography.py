"""The bibliography: every entry is complete, and cited somewhere."""

import re

import pytest
from pybtex.database import parse_file, parse_string

from tools.places import here

PLACES = here()
ENTRIES = parse_file(str(PLACES.book / "references.bib")).entries
CITATION = re.compile(r"\{cite(?::\w+)?\}`([^`]+)`")
NEEDED = {
    "article": ("title", "journal", "year"),
    "book": ("title", "publisher", "year"),
    "inproceedings": ("title", "booktitle", "year"),
    "incollection": ("title", "booktitle", "publisher", "year"),
    "misc": ("title", "year"),
    "mastersthesis": ("title", "school", "year"),
    "phdthesis": ("title", "school", "year"),
    "techreport": ("title", "institution", "year"),
}
WHERE = {"pages", "doi", "eprint", "note", "howpublished"}


def incomplete(entries) -> list[str]:
    """Name what is missing: fields, authors, and for an article where it is to be found."""
    found = []
    for key, entry in entries.items():
        fields = {name.lower() for name, value in entry.fields.items() if value.strip()}
        found += [f"{key}: {name}" for name in NEEDED[entry.type] if name not in fields]
        if not entry.persons.get("author"):
            found.append(f"{key}: author")
        if entry.type == "article" and not fields & WHERE and not re.search(r"\d{4}\.\d{5}", entry.fields["journal"]):
            found.append(f"{key}: pages, doi or eprint")
    return found


def cited() -> set[str]:
    texts = [path.read_text("utf8") for path in PLACES.book.rglob("*.md")]
    return {key.strip() for text in texts for keys in CITATION.findall(text) for key in keys.split(",")}


def test_every_entry_is_complete():
    assert incomplete(ENTRIES) == []


@pytest.mark.parametrize(("text", "missing"), [
    ("@article{a, author={A}, title={T}, journal={J}, year={2000}}", ["a: pages, doi or eprint"]),
    ("@article{a, author={A}, title={T}, journal={arXiv:2404.19756}, year={2024}}", []),
    ("@book{a, title={T}, publisher={}, year={2000}}", ["a: publisher", "a: author"]),
])
def test_what_is_missing_is_named(text, missing):
    assert incomplete(parse_string(text, "bibtex").entries) == missing


def test_every_entry_is_cited_and_every_citation_is_an_entry():
    assert sorted(set(ENTRIES) - cited()) == []
    assert sorted(cited() - set(ENTRIES)) == []


def test_keys_are_a_name_and_a_year():
    key_form = re.compile(r"[a-z]+(-[a-z]+)?(\d{4}[a-z0-9]*)?")
    assert [key for key in ENTRIES if not key_form.fullmatch(key)] == []
