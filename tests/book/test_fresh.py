"""No number outlives the code that made it, nothing runs twice for nothing, and every failure is one."""

from types import SimpleNamespace

import nbformat
import pytest

from tools import executions
from tools.executions import dependency_digest
from tools.imports import Dependencies
from tools.places import Places

CHAPTER = "book/chapters/42-toys.md"


def page(book):
    return (book.places.site / "chapters" / "42-toys.html").read_text("utf8")


def succeed(book, *arguments):
    done = book.make(*arguments)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_a_change_of_the_package_changes_the_numbers(toy_book):
    assert "2 executed, 0 unchanged" in succeed(toy_book)
    assert "the toy is 1.5" in page(toy_book)

    again = succeed(toy_book)
    assert "0 executed, 2 unchanged" in again
    assert "pages unchanged" in again
    assert "decks unchanged" in again
    assert "notebooks unchanged" in again

    toy_book.replace("src/lossland/unrelated.py", "7", "8")
    assert "0 executed, 2 unchanged" in succeed(toy_book)

    toy_book.replace("src/lossland/boxes.py", "1.5", "2.25")  # imported by toys.py, which the chapter imports
    assert "2 executed, 0 unchanged" in succeed(toy_book)
    assert "the toy is 2.25" in page(toy_book)
    assert "1.50" not in page(toy_book)
    deck = (toy_book.places.site / "decks" / "42-toys.html").read_text("utf8")
    assert "the lecture has 2.25" in deck
    student = (toy_book.places.notebooks / "student" / "42-toys.ipynb").read_text("utf8")
    assert "The toy is 2.25" in student


def test_numbers_depend_on_finished_records_and_not_on_a_sweep_at_work(tmp_path):
    places = Places(tmp_path)
    (records := places.book / "records").mkdir(parents=True)
    places.package.mkdir(parents=True)
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell('load_record("coin")')])

    def state():
        return dependency_digest(places, notebook, Dependencies(places.package))

    before = state()
    (records / "coin.sqlite").write_text("a cell")
    assert state() == before
    (records / "coin.json").write_text("{}")
    assert state() != before


def test_a_broken_package_breaks_the_build(toy_book):
    succeed(toy_book, "--only", "notebooks")
    toy_book.replace("src/lossland/boxes.py", "SIZE = 1.5", "raise RuntimeError('no boxes')")
    done = toy_book.make("--only", "notebooks")
    assert done.returncode != 0
    assert "no boxes" in done.stderr


@pytest.mark.parametrize(
    ("name", "old", "new", "said"),
    [
        (CHAPTER, "value = toy()", "value = 1 / 0", "ZeroDivisionError"),
        (CHAPTER, "value = toy()", "import sys\nvalue = toy()\nsys.stderr.write('oh')", "stderr"),
        (CHAPTER, "{numref}`fig-toy`", "{numref}`fig-none`", "fig-none"),
        ("book/start.md", "# Start", "# Start\n\n[gone](gone.md)", "gone.md"),
        ("book/decks/42-toys.md", "toy()}", "toy() / 0}", "ZeroDivisionError"),
    ],
    ids=["cell", "stderr", "reference", "link", "deck"],
)
def test_every_failure_is_one(toy_book, name, old, new, said):
    toy_book.replace(name, old, new)
    done = toy_book.make()
    assert done.returncode != 0
    assert said in done.stdout + done.stderr


def test_a_warning_in_a_deck_fails(toy_book):
    toy_book.replace("book/decks/42-toys.md", "## A slide", "## A slide\n\n{ref}`nowhere`")
    done = toy_book.make("--only", "decks")
    assert done.returncode != 0
    assert "nowhere" in done.stdout + done.stderr


class TestKernelsThatDoNotStart:
    """Two kernels may choose the same port; the one that dies of it is started again."""

    @pytest.fixture
    def execute(self, tmp_path, monkeypatch):
        source = tmp_path / "toy.md"
        source.write_text("# Toy\n")

        def run(*outcomes):
            outcomes = list(outcomes)

            def start(notebook, **_options):
                outcome = outcomes.pop(0)
                if isinstance(outcome, Exception):
                    raise outcome
                return outcome

            monkeypatch.setattr("jupyter_cache.executors.utils.single_nb_execution", start)
            return executions._run(str(source), 10)

        return run

    def test_they_are_started_again(self, execute):
        dead = RuntimeError("Kernel died before replying to kernel_info")
        assert execute(dead, dead, SimpleNamespace(time=2.0, err=None))[1::2] == (2.0, "")

    def test_not_for_ever(self, execute):
        dead = RuntimeError("Kernel died before replying to kernel_info")
        with pytest.raises(RuntimeError, match="before replying"):
            execute(dead, dead, dead, SimpleNamespace(time=2.0, err=None))

    def test_a_kernel_that_dies_at_work_is_reported_at_once(self, execute):
        with pytest.raises(RuntimeError, match="Kernel died"):
            execute(RuntimeError("Kernel died"), SimpleNamespace(time=2.0, err=None))
