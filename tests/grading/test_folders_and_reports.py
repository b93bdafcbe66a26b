"""Submissions are found, limits are checked, and what is written is right and whole."""

import csv
import json
import os
import zipfile

import pytest

from lossland.grading import (
    Assignment,
    Limits,
    Outcome,
    Task,
    Trial,
    find_submissions,
    read_assignment,
    write_report,
)
from lossland.grading.limits import limit_memory
from lossland.grading.notebook_file import LARGEST, UnreadableNotebook, read_cells

ASSIGNMENT = Assignment(
    "06-x", (Task("check_kind", "my_kind", "a", "Exercise 6.1 · <i>"), Task("check_b", "b", "b", "B"))
)


def place(folder, *names):
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("{}")


def test_submissions_are_files_or_folders(tmp_path):
    place(tmp_path, "zoe.ipynb", "anna/x.ipynb", "bob/first.ipynb", "bob/scratch.ipynb", "carl/sub/x.ipynb",
          "carl/.ipynb_checkpoints/x-checkpoint.ipynb", "dora/x.ipynb", "dora/y.ipynb", "emil/notes.txt")
    found = {entry.student: entry for entry in find_submissions(tmp_path, "first")}
    assert list(found) == ["anna", "bob", "carl", "dora", "emil", "zoe"]
    assert found["bob"].path.name == "first.ipynb"
    assert found["carl"].path.name == "x.ipynb"
    assert found["dora"].path is None
    assert "several notebooks (x.ipynb, y.ipynb)" in found["dora"].complaint
    assert "no notebook" in found["emil"].complaint


def test_folders_that_cannot_be_meant(tmp_path):
    with pytest.raises(ValueError, match="submissions: expected a folder with notebooks, got"):
        find_submissions(tmp_path / "nowhere", "first")
    with pytest.raises(ValueError, match="holds no notebook"):
        find_submissions(tmp_path, "first")
    place(tmp_path, "anna.ipynb", "anna/first.ipynb")
    with pytest.raises(ValueError, match="the same name: anna"):
        find_submissions(tmp_path, "first")


@pytest.mark.parametrize(("cells", "told"), [
    ([], "has no stub"),
    ([("exercise-stub", "check_nothing_of_ours(x)")], "does not have: check_nothing_of_ours"),
    ([("exercise-stub", "x = = 3")], "is no Python"),
    ([("", "check_kind(x)")], "has no stub"),
])
def test_assignments_that_are_none(tmp_path, cells, told):
    path = tmp_path / "a.ipynb"
    path.write_text(json.dumps({"cells": [
        {"cell_type": "code", "source": source, "metadata": {"tags": [tag]}} for tag, source in cells
    ]}))
    with pytest.raises(ValueError, match=told):
        read_assignment(path)


@pytest.mark.parametrize(("name", "value"), [
    ("cell_seconds", 0), ("total_seconds", -1.0), ("attempts", 0), ("memory", 10),
    ("cell_seconds", float("inf")), ("total_seconds", float("nan")),
])
def test_limits_are_checked(name, value):
    with pytest.raises(ValueError, match=f"^{name}: expected"):
        Limits(**{name: value})


def test_tables_and_pages(tmp_path):
    outcomes = [Outcome("correct", "Fine."), Outcome("incorrect", "Use `<b>`.", "no_half", "Half.")]
    trials = [Trial("=cmd()", outcomes, {"a": "NameError: <script>"}, ["note"], 1.26),
              Trial("../bob", [Outcome("missing", "None."), Outcome("stopped", "Too long.")])]
    write_report(ASSIGNMENT, trials, tmp_path / "out")
    with open(tmp_path / "out" / "grades.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert rows[0] == {"student": "'=cmd()", "points": "1", "of": "2", "check_kind": "1", "check_b": "0",
                       "seconds": "1.3", "notes": "note"}
    with open(tmp_path / "out" / "verdicts.csv", newline="") as file:
        verdicts = list(csv.DictReader(file))
    assert [row["verdict"] for row in verdicts] == ["correct", "not yet", "missing", "stopped"]
    assert verdicts[1]["mistake"] == "no_half"
    pages = sorted((tmp_path / "out" / "feedback").iterdir())
    assert [page.name for page in pages] == ["_bob.html", "_cmd_.html"]
    text = pages[1].read_text("utf8")
    assert "<script>" not in text
    assert "<i>" not in text
    assert "<code>&lt;b&gt;</code>" in text
    assert "1 of 2 right" in text
    assert not list((tmp_path / "out").rglob("*.unfinished"))


def test_two_students_whose_names_give_one_file_get_two(tmp_path):
    trials = [Trial(name, [Outcome("correct", "Fine.")] * 2) for name in ("a b", "a_b", "a?b")]
    write_report(ASSIGNMENT, trials, tmp_path)
    assert len(list((tmp_path / "feedback").iterdir())) == 3


def test_what_macos_adds_to_archives_and_hidden_files_do_not_count(tmp_path):
    place(tmp_path, "anna/x.ipynb", "anna/._x.ipynb", "anna/__MACOSX/x.ipynb", "__MACOSX/anna/x.ipynb",
          "._zoe.ipynb")
    (found,) = find_submissions(tmp_path, "first")
    assert (found.student, found.path.name) == ("anna", "x.ipynb")


NOTEBOOK = '{"cells": [{"cell_type": "code", "source": "1"}]}'


def pack(path, **members):
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in members.items():
            archive.writestr(name.replace("__", "/").replace("_ipynb", ".ipynb"), text)


def test_a_zip_counts_as_the_folder_that_it_holds(tmp_path):
    pack(tmp_path / "anna.zip", week__x_ipynb=NOTEBOOK, notes="", **{"__MACOSX/week/._x.ipynb": ""})
    pack(tmp_path / "bob" / "all.zip", first_ipynb=NOTEBOOK, scratch_ipynb="{}")
    pack(tmp_path / "carl.zip", x_ipynb="{}", y_ipynb="{}")
    (tmp_path / "dora.zip").write_text("no archive")
    pack(tmp_path / "emil.zip", x_ipynb="{}")
    place(tmp_path, "emil/x.ipynb")  # unpacked already
    found = {entry.student: entry for entry in find_submissions(tmp_path, "first")}
    assert list(found) == ["anna", "bob", "carl", "dora", "emil"]
    for name, member in (("anna", "week/x.ipynb"), ("bob", "first.ipynb")):
        assert found[name].member == member
        assert [cell.source for cell in read_cells(found[name].path, member)] == ["1"]
    assert "several notebooks (x.ipynb, y.ipynb)" in found["carl"].complaint
    assert found["dora"].complaint == "There is no notebook, but dora.zip: hand in the file that ends in .ipynb."
    assert found["emil"].path.suffix == ".ipynb"


def test_what_is_handed_in_instead_is_told_and_not_passed_over(tmp_path):
    place(tmp_path, "anna.py", "bob.pdf", "carl/x.html", "carl/.hidden", "dora.ipynb", "dora.py", "README.md")
    found = {entry.student: entry for entry in find_submissions(tmp_path, "first")}
    assert list(found) == ["anna", "bob", "carl", "dora"]
    assert [found[name].complaint for name in ("anna", "carl", "dora")] == [
        "There is no notebook, but anna.py: hand in the file that ends in .ipynb.",
        "There is no notebook, but x.html: hand in the file that ends in .ipynb.", "",
    ]


def test_zips_that_cannot_be_unpacked_and_bombs_are_told(tmp_path):
    pack(tmp_path / "a.zip", x_ipynb=NOTEBOOK + " " * LARGEST)
    assert (tmp_path / "a.zip").stat().st_size < LARGEST / 100
    with pytest.raises(UnreadableNotebook, match=r"a\.zip has more than 50 MiB"):
        read_cells(tmp_path / "a.zip", "x.ipynb")
    pack(tmp_path / "b.zip", x_ipynb=NOTEBOOK * 99)
    content = bytearray((tmp_path / "b.zip").read_bytes())
    content[40:60] = b"?" * 20  # in the middle of what is packed
    (tmp_path / "b.zip").write_bytes(content)
    with pytest.raises(UnreadableNotebook, match=r"b\.zip cannot be unpacked"):
        read_cells(tmp_path / "b.zip", "x.ipynb")


def test_names_and_errors_that_are_no_text_are_written_all_the_same(tmp_path):
    try:
        place(tmp_path / "in", os.fsdecode(b"M\xfcller.ipynb"))
    except OSError:
        pytest.skip("this system takes no such names")
    (found,) = find_submissions(tmp_path / "in", "first")
    assert found.student == "M\\xfcller"
    errors = {"a": "ValueError: \ud800"}
    trial = Trial(found.student, [Outcome("incorrect", "It says \ud800.")] * 2, errors)
    written = write_report(ASSIGNMENT, [trial], tmp_path / "out")
    assert "ValueError: ?" in written[2].read_text("utf8")


def test_a_notebook_that_begins_with_a_mark_is_read(tmp_path):
    (tmp_path / "x.ipynb").write_text('{"cells": [{"cell_type": "code", "source": "1"}]}', "utf-8-sig")
    assert [cell.source for cell in read_cells(tmp_path / "x.ipynb")] == ["1"]


def test_a_limit_of_the_system_that_is_lower_is_kept(monkeypatch):
    resource = pytest.importorskip("resource")
    limits = {}
    monkeypatch.setattr(resource, "getrlimit", lambda _what: (2**31, 2**31))
    monkeypatch.setattr(resource, "setrlimit", limits.__setitem__)
    limit_memory(2**33)
    assert limits[resource.RLIMIT_CORE] == (0, 0)
    assert max(hard for _, hard in limits.values()) <= 2**31
