"""The glossary of the built site: from every chapter to the entries, and from every entry back to the place."""

from functools import cache

import pytest
from bs4 import BeautifulSoup

from tests.site.conftest import NO_SITE, SITE
from tools.places import here

CHAPTERS = [f"chapters/{path.stem}.html" for path in here().chapters()]
LEAST = 12
NOT_PROSE = "h1, h2, h3, figcaption, table, pre, code, .cell, .exercise, .solution, .admonition:not(.proof), details"


@cache
def read(name):
    if not (SITE / name).is_file():
        pytest.fail(NO_SITE, pytrace=False)
    return BeautifulSoup((SITE / name).read_text("utf8"), "html.parser")


@cache
def forward(chapter):
    """Return the links of a chapter to the glossary: entry and own id."""
    links = read(chapter).select("article a.glossary-link")
    assert all(link["href"].startswith("../glossary.html#term-") for link in links)
    return [(link["href"].partition("#")[2], link["id"]) for link in links]


@cache
def backward():
    """Return, for each entry, its links to chapters: page and place."""
    found = {}
    for term in read("glossary.html").select("dl.glossary dt"):
        links = term.find_next_sibling("dd").select(".glossary-uses a")
        found[term["id"]] = [tuple(link["href"].split("#")) for link in links]
    return found


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_every_chapter_leads_to_entries_once_each(chapter):
    entries = [entry for entry, _ in forward(chapter)]
    assert len(entries) >= LEAST
    assert len(set(entries)) == len(entries)
    assert set(entries) <= set(backward())


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_links_stand_in_running_prose_and_say_what_the_word_means(chapter):
    for link in read(chapter).select("article a.glossary-link"):
        assert len(link["title"].split()) >= 4
        assert "\\" not in link["title"]
    assert read(chapter).select(f":is({NOT_PROSE}) a.glossary-link") == []


def test_every_term_is_used():
    assert [entry for entry, places in backward().items() if not places] == []


def test_both_directions_are_the_same():
    there = {(chapter, entry, place) for chapter in CHAPTERS for entry, place in forward(chapter)}
    back = {(chapter, entry, place) for entry, places in backward().items() for chapter, place in places}
    assert there == back
