"""The book's own notebooks, handed in: one chapter here, all of them by ``python -m tools.grade_book``."""

import json

import pytest

from tools.grade_book import grade_book
from tools.places import Places, here

CHAPTER = "09"


@pytest.fixture(scope="module")
def graded():
    if not here().notebooks.exists():
        pytest.fail("no notebooks: `make notebooks` makes them")
    return {entry.kind: entry for entry in grade_book(here(), [CHAPTER])}


@pytest.mark.parametrize(("kind", "status"), [("instructor", "correct"), ("student", "not_attempted")])
def test_a_chapter_is_graded_as_it_should_be(graded, kind, status):
    assert graded[kind].unexpected == []
    assert set(graded[kind].verdicts) == {status}
    assert graded[kind].verdicts.total() >= 4


def test_what_is_not_expected_is_told(tmp_path, monkeypatch):
    """A notebook whose solution is wrong, and has a cell that raises."""
    stub = "from lossland.exercises import check_gaussian_second_moment\nmy_moment = {}\n" \
           "check_gaussian_second_moment(my_moment)"
    for kind, answer in (("student", "..."), ("instructor", "lambda std: std\n1 / 0")):
        path = tmp_path / "_build" / "notebooks" / kind / "01-a.ipynb"
        path.parent.mkdir(parents=True)
        cell = {"cell_type": "code", "id": "a", "metadata": {"tags": ["exercise-stub"]}, "source": stub.format(answer)}
        path.write_text(json.dumps({"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}))
    monkeypatch.setattr(Places, "chapters", lambda self: [self.book / "chapters" / "01-a.md"])
    instructor, student = grade_book(Places(tmp_path), [])
    assert [entry.split(":")[0] for entry in instructor.unexpected] == ["check_gaussian_second_moment", "a"]
    assert "ZeroDivisionError" in instructor.text()
    assert student.unexpected == []
    with pytest.raises(ValueError, match="no chapter begins with 42"):
        next(grade_book(Places(tmp_path), ["42"]))
