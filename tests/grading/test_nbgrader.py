"""The notebook for nbgrader has the metadata that nbgrader documents, and its test cells give the points."""

import ast
import json

import jsonschema
import pytest

from lossland.command_line import main
from lossland.exercises import all_checkers
from lossland.grading.nbgrader import nbgrader_notebook

MARKS = {  # nbgrader 0.9, contributor guide, "Metadata": schema version 3
    "type": "object",
    "properties": {
        "schema_version": {"const": 3},
        **{name: {"type": "boolean"} for name in ("grade", "locked", "solution", "task")},
        "grade_id": {"type": "string", "pattern": "^[a-zA-Z0-9_-]+$"},
        "points": {"type": "number", "minimum": 0},
        "cell_type": {"enum": ["raw", "code", "markdown"]},
    },
    "required": ["schema_version", "grade", "locked", "solution", "grade_id"],
    "additionalProperties": False,
    "if": {"properties": {"grade": {"const": True}}}, "then": {"required": ["points"]},
}
IMPORTS = "from lossland.exercises.distance_law import check_distance_values\n" \
          "from lossland.exercises.installation import check_gaussian_second_moment"
STUB = "my_values = ...\nmy_moment = ...\ncheck_distance_values(my_values)\ncheck_gaussian_second_moment(my_moment)"


def cell(name, source, *tags, kind="code"):
    return {"cell_type": kind, "id": name, "metadata": {"tags": list(tags)}, "source": source}


@pytest.fixture
def released(tmp_path):
    cells = [cell("head", "### Exercise 1", kind="markdown"), cell("a", IMPORTS), cell("b", STUB, "exercise-stub"),
             cell("c", "1 + 1")]
    path = tmp_path / "one.ipynb"
    path.write_text(json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}))
    return path


def points_of(test: dict, answer) -> float:
    """Return what nbgrader would take for the score: the value of the last line."""
    tree = ast.parse("".join(test["source"]))
    last = ast.Expression(tree.body.pop().value)
    name = test["metadata"]["nbgrader"]["grade_id"]
    names = {"my_values" if "values" in name else "my_moment": answer}
    exec(compile(tree, "test", "exec"), names)
    return float(str(eval(compile(last, "test", "eval"), names)))


def test_the_metadata_are_those_that_nbgrader_documents(released):
    cells = nbgrader_notebook(released, 2.5)["cells"]
    marks = [entry["metadata"].get("nbgrader") for entry in cells]
    assert [bool(mark) for mark in marks] == [False, False, True, True, True, False]
    for mark in filter(None, marks):
        jsonschema.validate(mark, MARKS)
    assert [(mark["solution"], mark["grade"], mark["locked"]) for mark in marks[2:5]] == [
        (True, False, False), (False, True, True), (False, True, True)]
    assert [mark["points"] for mark in marks[3:5]] == [2.5, 2.5]
    assert len({mark["grade_id"] for mark in marks[2:5]}) == 3
    assert cells[2]["source"] == STUB


def test_the_test_cells_turn_verdicts_into_points(released, capsys):
    values, moment = nbgrader_notebook(released, 2.5)["cells"][3:5]
    checkers = all_checkers()
    assert points_of(values, checkers["check_distance_values"].reference) == 2.5
    assert points_of(moment, checkers["check_gaussian_second_moment"].reference) == 2.5
    assert points_of(values, ...) == 0
    for mistake in checkers["check_gaussian_second_moment"].mistakes:
        assert points_of(moment, mistake.answer) == 0
        assert mistake.message in capsys.readouterr().out
    with pytest.raises(NameError):  # an error is no point to nbgrader
        exec("".join(values["source"]), {})


def test_the_command(released, tmp_path, capsys):
    words = ["nbgrader", str(released), "--output", str(tmp_path / "source" / "week-1"), "--points", "3"]
    assert main(words) == 0
    assert "2 tests, 3 points each" in capsys.readouterr().out
    written = json.loads((tmp_path / "source" / "week-1" / "one.ipynb").read_text("utf8"))
    assert written == json.loads(json.dumps(nbgrader_notebook(released, 3)))
    assert main([*words[:-1], "0"]) == 1
    assert "points: expected a positive number, got 0.0" in capsys.readouterr().err
