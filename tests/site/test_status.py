"""The status page of the built site knows every chapter, with its time, and every record, with its cost."""

import json

import pytest
from bs4 import BeautifulSoup

from tests.site.conftest import NO_SITE, SITE
from tools.places import here

PLACES = here()


@pytest.fixture(scope="module")
def page():
    if not (SITE / "status.html").is_file():
        pytest.fail(NO_SITE, pytrace=False)
    return BeautifulSoup((SITE / "status.html").read_text("utf8"), "html.parser")


def rows(page, section):
    table = page.select_one(f"#{section} table")
    return [[cell.get_text(" ", strip=True) for cell in row.select("td")] for row in table.select("tbody tr")]


def test_every_chapter_and_deck_has_its_cells_and_its_time(page):
    found = rows(page, "what-was-executed")
    assert [row[0][:2] for row in found[:-1]] == [path.stem[:2] for path in PLACES.chapters()]
    for row in found:
        assert all(int(number.replace(",", "")) > 0 for number in row[1:]), row


def test_every_record_has_its_cost_and_its_command(page):
    found = {row[0]: row for row in rows(page, "what-is-stored")[:-1]}
    paths = sorted((PLACES.book / "records").glob("*.run.json"))
    assert sorted(found) == [path.name.removesuffix(".run.json") for path in paths]
    for path in paths:
        row = found[path.name.removesuffix(".run.json")]
        assert row[4] == json.loads(path.read_text("utf8"))["date"]
        assert row[5].startswith("lossland reproduce ")


def test_the_changelog_is_a_page(page):
    assert page.select_one('article a[href="changelog.html"]')
    text = BeautifulSoup((SITE / "changelog.html").read_text("utf8"), "html.parser").select_one("article").get_text()
    lines = (PLACES.root / "CHANGELOG.md").read_text("utf8").splitlines()
    assert [line for line in lines if line.startswith("## ") and line.removeprefix("## ") not in text] == []
