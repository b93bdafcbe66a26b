"""Solutions are found and left out, wherever they stand."""

import pytest

from tests.book.conftest import CHAPTER
from tools.solutions import solution_text, without_solutions


def test_nothing_of_a_solution_is_left():
    kept = without_solutions(CHAPTER)
    assert "wombat" not in kept
    assert "solution" not in kept
    assert "{exercise-start} Three toys" in kept
    assert "Count them." in kept


def test_solution_text_is_what_was_left_out():
    lines = solution_text(CHAPTER)
    assert "The wombatsecret lies in counting them twice." in lines
    assert "solved_wombatanswer = 2 * value" in lines
    assert "Another wombatsecret, hidden in one block." in lines
    assert not [line for line in lines if line in without_solutions(CHAPTER)]


def test_a_tagged_cell_outside_of_a_solution_is_one():
    text = "a\n```{code-cell}\n:tags: [hide-input, solution]\nsecret\n```\nb"
    assert without_solutions(text) == "a\nb"


def test_text_without_solutions_is_untouched():
    text = "# Title\n\n```{note}\nThe word solution-start is harmless.\n```\n"
    assert without_solutions(text) == text


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("```{solution-start} a\n```\ntext", "this solution never ends"),
        ("```{solution-end}\n```", "solution-end without solution-start"),
        ("```{solution-start} a\n```\n```{solution-start} b\n```", "a solution starts inside the one of line 1"),
        ("````{note}\n```{solution} a\nsecret\n```\n````", "inside another directive"),
    ],
)
def test_a_solution_that_would_survive_is_an_error(text, message):
    with pytest.raises(ValueError, match=message):
        without_solutions(text)
