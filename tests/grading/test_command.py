"""``lossland grade`` end to end, and what it says when it is asked for what cannot be."""

import json

import pytest

from lossland import grading
from lossland.command_line import main
from lossland.grading import command_line

STUB = "from lossland.exercises import check_gaussian_second_moment\nmy_moment = ...\n" \
       "check_gaussian_second_moment(my_moment)"


def notebook(path, source, tags=()):
    path.parent.mkdir(parents=True, exist_ok=True)
    cell = {"cell_type": "code", "id": "a", "metadata": {"tags": list(tags)}, "source": source, "outputs": []}
    path.write_text(json.dumps({"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}))
    return path


@pytest.fixture
def released(tmp_path):
    return notebook(tmp_path / "released" / "one.ipynb", STUB, ["exercise-stub"])


def test_a_class(released, tmp_path, capsys):
    notebook(tmp_path / "in" / "anna.ipynb", STUB.replace("...", "lambda std: std**2"))
    notebook(tmp_path / "in" / "bob" / "mine.ipynb", STUB)
    (tmp_path / "in" / "carl.ipynb").write_text("nonsense")
    words = ["grade", str(tmp_path / "in"), "--assignment", str(released), "--output", str(tmp_path / "out")]
    assert main([*words, "--workers", "2"]) == 0
    rows = (tmp_path / "out" / "grades.csv").read_text().splitlines()
    assert [row.split(",")[:4] for row in rows] == [
        ["student", "points", "of", "check_gaussian_second_moment"],
        ["anna", "1", "1", "1"], ["bob", "0", "1", "0"], ["carl", "0", "1", "0"],
    ]
    assert len(list((tmp_path / "out" / "feedback").iterdir())) == 3
    assert "anna: 1 of 1" in capsys.readouterr().out


@pytest.mark.parametrize(("words", "told"), [
    (["--workers", "0"], "--workers: expected at least 1, got 0"),
    (["--memory", "0.1"], "memory: expected at least 1 GiB"),
    (["--memory", "inf"], "--memory: expected a number of GiB, got inf"),
    (["--memory", "nan"], "--memory: expected a number of GiB, got nan"),
    (["--cell-seconds", "-1"], "cell_seconds: expected a positive number, got -1.0"),
])
def test_what_cannot_be(released, tmp_path, capsys, words, told):
    assert main(["grade", str(tmp_path), "--assignment", str(released), *words]) == 1
    assert capsys.readouterr().err.startswith(f"lossland: {told}")


def test_a_released_notebook_that_is_not_there(tmp_path, capsys):
    assert main(["grade", str(tmp_path), "--assignment", str(tmp_path / "none.ipynb")]) == 1
    assert "assignment: none.ipynb cannot be opened" in capsys.readouterr().err


def test_without_ipython(released, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(command_line.importlib.util, "find_spec", lambda _name: None)
    assert main(["grade", str(tmp_path), "--assignment", str(released)]) == 1
    assert "notebooks need IPython: pip install ipython" in capsys.readouterr().err


def test_a_fault_of_the_grader_costs_no_other_submission(released, tmp_path, capsys, monkeypatch):
    def broken(_assignment, submission, _limits):
        if submission.student == "bob":
            raise RuntimeError("no more processes")
        return grading.Trial(submission.student, [grading.Outcome("correct", "Fine.")])

    monkeypatch.setattr(grading, "try_submission", broken)
    for name in ("anna", "bob", "carl"):
        notebook(tmp_path / "in" / f"{name}.ipynb", STUB)
    assert main(["grade", str(tmp_path / "in"), "--assignment", str(released), "--output", str(tmp_path / "out")]) == 0
    rows = (tmp_path / "out" / "grades.csv").read_text().splitlines()[1:]
    assert [row.split(",")[:2] for row in rows] == [["anna", "1"], ["bob", "0"], ["carl", "1"]]
    assert "the grader failed: RuntimeError: no more processes" in rows[1]
    assert "the grader failed" in capsys.readouterr().out
