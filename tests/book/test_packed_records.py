"""A notebook away from the book unpacks the records that it reads."""

import pytest

from tools.packed_records import unpacking_cell

TEXT = '{"cells": [' + ", ".join(str(i) for i in range(2000)) + "]}"


@pytest.fixture
def records(tmp_path):
    (tmp_path / "book" / "records").mkdir(parents=True)
    (tmp_path / "book" / "records" / "depth_scales.json").write_text(TEXT)
    return tmp_path / "book" / "records"


def test_the_cell_writes_what_is_missing(records, tmp_path, monkeypatch):
    cell = unpacking_cell('a = load_record("depth-scales").select(x=1)', records)
    away = tmp_path / "away"
    away.mkdir()
    (records / "depth_scales.json").unlink()
    monkeypatch.chdir(away)
    exec(cell, {})
    assert (away / "records" / "depth_scales.json").read_text() == TEXT


def test_the_cell_leaves_the_book_alone(records, tmp_path, monkeypatch):
    cell = unpacking_cell("load_record('depth_scales')", records)
    monkeypatch.chdir(tmp_path)
    exec(cell, {})
    assert not (tmp_path / "records").exists()


def test_code_without_records_needs_no_cell(records):
    assert unpacking_cell("x = 1", records) == ""


def test_a_missing_record_is_named(records):
    with pytest.raises(ValueError, match=r"no record nothing\.json"):
        unpacking_cell('load_record("nothing")', records)
