"""The status page counts what is there, and says nothing where nothing is known."""

import importlib.util

import nbformat
import pytest

from tests.book.conftest import CHAPTER, DECK
from tools.executions import Execution, ExecutionCache, read_notebook
from tools.places import Places, here


@pytest.fixture(scope="module")
def build_status():
    spec = importlib.util.spec_from_file_location("build_status", here().book / "_ext" / "build_status.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_sources_are_counted(build_status):
    more = "```{explorable} toy\n:alt: A toy.\n```\n```{exercise} In one block\n```\n"
    assert build_status.count_sources([CHAPTER, CHAPTER + more], [DECK]) == {
        "chapters": 2, "exercises": 5, "hints": 2, "figures that compute in the page": 1, "decks": 1, "slides": 2,
    }  # fmt: skip


def test_the_ledger_is_counted(build_status):
    entries = [{"verdict": "verified-under-conditions", "test": "a"}, {"verdict": "open"},
               {"verdict": "open", "test": "a"}]
    assert build_status.count_ledger(entries) == {
        "entries of the ledger": 3, "… open": 2, "… verified under conditions": 1, "tests that decide them": 1,
    }  # fmt: skip


def test_checkers_and_their_mistakes_are_counted(build_status):
    counts = build_status.count_checkers()
    assert 80 < counts["checkers"] < counts["mistakes that they name"]


def test_an_execution_is_found_again_with_its_time_and_figures(build_status, tmp_path):
    source = tmp_path / "book" / "chapters" / "42-toys.md"
    source.parent.mkdir(parents=True)
    source.write_text(CHAPTER, "utf8")
    cache = ExecutionCache(Places(tmp_path))
    assert build_status.read_execution(source, str(tmp_path / "nowhere")) == (5, None, None)
    assert build_status.read_execution(source, str(cache.places.cache)) == (5, None, None)
    notebook = read_notebook(source)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    code[2].outputs = [nbformat.v4.new_output("display_data", {"image/png": "aa", "text/plain": "a dot"})]
    cache.store(Execution(source, notebook, 12.3, 11.0, fresh=True), "now")
    assert build_status.read_execution(source, str(cache.places.cache)) == (5, 1, 12.3)


@pytest.mark.parametrize(("seconds", "told"), [(17.3, "17 s"), (1275.5, "21 min"), (5399, "90 min"), (9000, "2.5 h")])
def test_costs_are_told_in_minutes_or_hours(build_status, seconds, told):
    assert build_status.minutes(seconds) == told


def test_nothing_is_told_where_nothing_is_known(build_status):
    known, unknown = build_status.Executed(5, 1, 12.4), build_status.Executed(5, None, None)
    assert build_status.BuildTimes.cells([known, None]) == ["5", "1", "12", "·", "·"]
    assert build_status.BuildTimes.cells([unknown, known]) == ["5", "·", "·", "5", "12"]
