"""`make test` sees every failure, and counts each test under its name."""

import shutil

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output

from tests.book.conftest import ROOT
from tools.make_test import group_of, read_report, run_notebooks, run_ruff, run_unit
from tools.places import Places


@pytest.fixture
def places(tmp_path):
    """Return a working tree with one clean module, one passing test and one right notebook of each kind."""
    files = {
        "src/lossland/__init__.py": '"""Empty."""\n',
        "tests/test_one.py": '"""One."""\n\n\ndef test_one():\n    assert 1 + 1 == 2\n',
        "pyproject.toml": (ROOT / "pyproject.toml").read_text(),
    }
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    (tmp_path / "tools").mkdir()
    shutil.copyfile(ROOT / "tools" / "sanitize.cfg", tmp_path / "tools" / "sanitize.cfg")
    for kind in ("student", "instructor"):
        write_notebook(Places(tmp_path), kind, "# NBVAL_CHECK_OUTPUT\nprint(1 + 1)", "2\n")
    (tmp_path / "_build" / "reports").mkdir()
    return Places(tmp_path)


def write_notebook(places, kind, source, output):
    path = places.notebooks / kind / "one.ipynb"
    path.parent.mkdir(parents=True, exist_ok=True)
    outputs = [new_output("stream", name="stdout", text=output)]
    cell = new_code_cell(source, id="one-000", execution_count=1, outputs=outputs)
    nbformat.write(new_notebook(cells=[cell]), path)


def test_everything_in_order_is_ok(places):
    rows = [*run_ruff(places), *run_unit(places), *run_notebooks(places, "student"),
            *run_notebooks(places, "instructor")]
    assert [row.ok for row in rows] == [True] * 4
    assert [row.outcomes["passed"] for row in rows] == [0, 1, 1, 1]
    assert "1 passed" in rows[1].text()


def test_ruff_fails(places):
    (places.package / "bad.py").write_text("import os\n")
    assert not run_ruff(places)[0].ok


def test_a_failing_test_fails(places):
    (places.root / "tests" / "test_one.py").write_text("def test_one():\n    assert 1 + 1 == 3\n")
    assert [row.ok for row in run_unit(places)] == [False]


def test_a_failing_doctest_fails(places):
    (places.package / "__init__.py").write_text('"""Doc.\n\n>>> 1 + 1\n3\n"""\n')
    assert not all(row.ok for row in run_unit(places))


def test_a_warning_fails(places):
    (places.root / "tests" / "test_one.py").write_text(
        "import warnings\n\n\ndef test_one():\n    warnings.warn('oh', stacklevel=1)\n")
    assert [row.ok for row in run_unit(places)] == [False]


def test_a_test_file_that_cannot_be_read_fails(places):
    (places.root / "tests" / "test_two.py").write_text("def test_two(:\n")
    assert not all(row.ok for row in run_unit(places))


@pytest.mark.parametrize(
    ("kind", "source", "output"),
    [("student", "# NBVAL_CHECK_OUTPUT\nprint(1 + 1)", "3\n"), ("student", "1 / 0", ""), ("instructor", "1 / 0", "")],
    ids=["student output", "student error", "instructor error"],
)
def test_a_wrong_notebook_fails(places, kind, source, output):
    write_notebook(places, kind, source, output)
    assert [row.ok for row in run_notebooks(places, kind)] == [False]


def test_only_the_strict_run_compares_all_outputs(places):
    for kind in ("student", "instructor"):
        write_notebook(places, kind, "print(1 + 1)", "3\n")
    assert [run_notebooks(places, kind)[0].ok for kind in ("student", "instructor")] == [True, False]


def test_no_notebooks_fail(places):
    (places.notebooks / "student" / "one.ipynb").unlink()
    assert [row.ok for row in run_notebooks(places, "student")] == [False]


@pytest.mark.parametrize(
    ("classname", "group"),
    [
        ("tests.book.test_layers", "layers"),
        ("tests.book.test_ledger", "ledger"),
        ("tests.book.test_leaks", "editions and leaks"),
        ("tests.exercises.test_contract", "exercises"),
        ("tests.numerics.test_gaussian.TestClass", "package"),
        ("src.lossland.numerics.gaussian", "doctests"),
    ],
)
def test_groups(classname, group):
    assert group_of(classname) == group


def test_a_missing_report_has_no_groups(tmp_path):
    assert read_report(tmp_path / "none.xml") == {}
