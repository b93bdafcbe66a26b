"""Labels are counted as the site counts them."""

from pathlib import Path

import pytest

from tests.book.conftest import CHAPTER
from tools.labels import read_labels
from tools.places import Places


@pytest.fixture
def book(tmp_path):
    (tmp_path / "chapters").mkdir()
    (tmp_path / "chapters" / "42-toys.md").write_text(CHAPTER)
    (tmp_path / "start.md").write_text("(sec-start)=\n# Start\n")
    return tmp_path


def pages(book):
    return [book / "start.md", book / "chapters" / "42-toys.md"]


def test_numbers_and_titles(book):
    labels = read_labels(book, pages(book))
    assert {name: label.short for name, label in labels.targets.items()} == {
        "sec-start": "Start",
        "sec-toy": "A section",
        "eq-toy": "(42.1)",
        "thm-toy": "Theorem 42.1",
        "fig-toy": "Fig. 42.1",
        "ex-toy": "Exercise 42.1",
        "sol-toy": "Solution to ex-toy",
        "ex-toys": "Exercise 42.2",
    }
    assert labels["sec-toy"].number == "42.1"
    assert labels.titles == {"start": "Start", "chapters/42-toys": "Toys"}


def test_a_label_is_used_once(book):
    (book / "start.md").write_text("(sec-toy)=\n# Start\n")
    with pytest.raises(ValueError, match=r"labels used on another page already: \['sec-toy'\]"):
        read_labels(book, pages(book))


def test_a_missing_label_is_named(book):
    with pytest.raises(KeyError, match="nothing in the book is labelled 'fig-none'"):
        read_labels(book, pages(book))["fig-none"]


def test_no_label_of_the_book_is_used_twice():
    places = Places(Path(__file__).parents[2])
    assert read_labels(places.book, places.pages()).targets
