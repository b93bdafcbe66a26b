"""Whatever a submission does, the others and the grader go on, and each of its other exercises gets its verdict."""

import json
import os
from pathlib import Path

import pytest

from lossland.exercises import all_checkers
from lossland.grading import Limits, Submission, landlock, read_assignment, try_submission
from lossland.grading.worker import reads_the_checker

MOMENT = "def my_moment(std):\n    return std**2\n\n\ncheck_gaussian_second_moment(my_moment)"
IMPORTS = """from lossland.exercises import check_gaussian_second_moment
from lossland.exercises.stopping_rule import check_conclusions
from lossland.exercises.distance_law import check_distance_values"""
STUBS = {
    "moment": "def my_moment(std):\n    ...\n\n\ncheck_gaussian_second_moment(my_moment)",
    "values": "my_values = ...\n\ncheck_distance_values(my_values)",
    "claims": "my_claims = ...\n\ncheck_conclusions(my_claims)",
}


def right(checker: str) -> str:
    """Return the source of a right answer that is a table."""
    return repr(all_checkers()[checker].reference).replace("inf", "float('inf')")


RIGHT = {
    "moment": MOMENT,
    "values": f"my_values = {right('check_distance_values')}\n\ncheck_distance_values(my_values)",
    "claims": f"my_claims = {right('check_conclusions')}\n\ncheck_conclusions(my_claims)",
}


def write_notebook(path: Path, cells: dict[str, str], tags: tuple[str, ...] = ()) -> Path:
    """Write a notebook with code cells; those with the key of a stub get the tags."""
    path.parent.mkdir(parents=True, exist_ok=True)
    listed = [{"cell_type": "markdown", "id": "head", "metadata": {}, "source": "**Exercise 1 · A first one**"}]
    for key, source in {"imports": IMPORTS, **cells}.items():
        metadata = {"tags": list(tags)} if key in STUBS else {}
        listed.append({"cell_type": "code", "id": key, "metadata": metadata, "source": source.splitlines(True),
                       "outputs": [], "execution_count": None})
    path.write_text(json.dumps({"cells": listed, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}), "utf8")
    return path


@pytest.fixture(scope="module")
def assignment(tmp_path_factory):
    folder = tmp_path_factory.mktemp("released")
    return read_assignment(write_notebook(folder / "first.ipynb", STUBS, ("exercise-stub",)))


def tried(assignment, tmp_path, cells, **limits):
    path = write_notebook(tmp_path / "handed-in.ipynb", cells)
    return try_submission(assignment, Submission("anna", path), Limits(**{"cell_seconds": 3.0, **limits}))


def test_the_assignment_is_read(assignment):
    assert assignment.name == "first"
    assert [(task.checker, task.answer, task.key) for task in assignment.tasks] == [
        ("check_gaussian_second_moment", "my_moment", "moment"),
        ("check_distance_values", "my_values", "values"),
        ("check_conclusions", "my_claims", "claims"),
    ]
    assert {task.title for task in assignment.tasks} == {"Exercise 1 · A first one"}


def test_right_wrong_and_not_attempted(assignment, tmp_path):
    wrong = MOMENT.replace("std**2", "std")
    trial = tried(assignment, tmp_path, {"moment": wrong, "values": RIGHT["values"], "claims": STUBS["claims"]})
    assert [outcome.status for outcome in trial.outcomes] == ["incorrect", "correct", "not_attempted"]
    assert trial.outcomes[0].mistake == "not_squared"
    assert trial.points == 1
    assert trial.errors == {}


def test_renamed_moved_and_deleted(assignment, tmp_path):
    trial = tried(assignment, tmp_path, {
        "elsewhere": MOMENT.replace("my_moment", "another_name"),  # renamed, in a cell of its own
        "values": "my_values = {}",  # the stub's cell without its check: judged all the same
        "half": "1 / 0",  # an error on the way stops nothing; the third stub is gone
    })
    assert [outcome.status for outcome in trial.outcomes] == ["correct", "incorrect", "missing"]
    assert "my_claims" in trial.outcomes[2].message
    assert "ZeroDivisionError" in trial.errors["half"]


def test_an_answer_in_a_later_cell_counts_without_a_check_of_its_own(assignment, tmp_path):
    trial = tried(assignment, tmp_path, {
        "values": STUBS["values"], "claims": "check_conclusions(my_claims)",  # as it was; emptied
        "below": RIGHT["values"].split("\n")[0] + "\n" + RIGHT["claims"].split("\n")[0],
    })
    assert [outcome.status for outcome in trial.outcomes] == ["missing", "correct", "correct"]


def test_a_shadowed_checker_says_nothing(assignment, tmp_path):
    trial = tried(assignment, tmp_path, {
        "shadow": "def check_gaussian_second_moment(answer):\n    print('Correct.')",
        "moment": MOMENT.replace("std**2", "std"),
        "peek": "from lossland.exercises import all_checkers as all\nmy_claims = all()['check_conclusions'].reference",
    })
    assert trial.outcomes[0].status == "incorrect"
    assert "looks into a checker: read this one yourself" in trial.notes


def test_endless_loops_and_dead_processes_cost_their_own_exercise(assignment, tmp_path):
    trial = tried(assignment, tmp_path, {
        "moment": "while True:\n    pass",  # stopped by the alarm
        "deaf": "import time\nwhile True:\n    try:\n        time.sleep(60)\n    except BaseException:\n        pass",
        "exit": "import os\nos._exit(7)",
        "values": "import ctypes\nctypes.string_at(0)",  # a segmentation fault
        "claims": RIGHT["claims"],
    }, cell_seconds=1.0)
    assert [outcome.status for outcome in trial.outcomes] == ["stopped", "stopped", "correct"]
    assert "did not end within 1 s" in trial.errors["moment"]
    assert trial.outcomes[0].message.endswith("before `my_moment` was answered: " + trial.errors["moment"])
    assert "SIGSEGV" in trial.outcomes[1].message
    assert [note for note in trial.notes if note.startswith("did not")] == []


def test_a_stub_that_has_lost_its_id_is_stopped_all_the_same(assignment, tmp_path):
    trial = tried(assignment, tmp_path, {
        "new id": DEAF.format("pass") + "\ncheck_distance_values(my_values)", "moment": MOMENT,
    }, cell_seconds=1.0)
    assert [outcome.status for outcome in trial.outcomes] == ["correct", "stopped", "missing"]


def test_an_error_in_the_cell_of_a_stub_is_told(assignment, tmp_path):
    trial = tried(assignment, tmp_path, {
        "moment": "def my_moment(std:\n    return std**2\n\n\ncheck_gaussian_second_moment(my_moment)",
        "values": "my_values = ...\nchek_distance_values(my_values)", "claims": STUBS["claims"],
    })
    assert [outcome.status for outcome in trial.outcomes] == ["stopped", "stopped", "not_attempted"]
    assert "SyntaxError" in trial.outcomes[0].message
    assert "NameError: name 'chek_distance_values' is not defined" in trial.outcomes[1].message


def test_another_notebook_is_noted(assignment, tmp_path):
    trial = tried(assignment, tmp_path, {"other": "x = 1"})
    assert [outcome.status for outcome in trial.outcomes] == ["missing"] * 3
    assert "has none of the exercises: another notebook?" in trial.notes


def test_it_finds_a_list_of_fonts_and_writes_none_of_its_own(assignment, tmp_path):
    trial = tried(assignment, tmp_path, {
        "fonts": "import os\nfrom pathlib import Path\nfolder = Path(os.environ['MPLCONFIGDIR'])\n"
                 "before = {path.name: path.stat().st_mtime_ns for path in folder.glob('fontlist-*.json')}\n"
                 "assert before\nimport matplotlib.font_manager\n"
                 "assert before == {path.name: path.stat().st_mtime_ns for path in folder.glob('fontlist-*.json')}",
    }, cell_seconds=60.0)
    assert trial.errors == {}


def test_it_gets_neither_network_nor_programs_nor_files_nor_memory(assignment, tmp_path):
    aim = tmp_path / "precious.csv"
    aim.write_text("kept")
    trial = tried(assignment, tmp_path, {
        "call": "import socket\nsocket.create_connection(('127.0.0.1', 9), timeout=1)",
        "program": "import subprocess\nsubprocess.run(['true'])",
        "write": f"open({str(aim)!r}, 'w').write('gone')",
        "remove": f"import os\nos.remove({str(aim)!r})",
        "kill": "import os\nos.kill(os.getppid(), 9)",
        "memory": "many = bytearray(5 * 2**30)",
        "allowed": "open('own.txt', 'w').write('fine')",
        **RIGHT,
    }, memory=4 * 2**30)
    assert trial.points == 3
    assert {key: message.split(":")[0] for key, message in trial.errors.items()} == {
        "call": "PermissionError", "program": "PermissionError", "write": "PermissionError",
        "remove": "PermissionError", "kill": "PermissionError", "memory": "MemoryError",
    }
    assert aim.read_text() == "kept"


@pytest.mark.skipif(not landlock.version(), reason="the kernel has no Landlock")
def test_compiled_code_is_kept_within_the_folder_too(assignment, tmp_path):
    aim = tmp_path / "precious"
    aim.write_text("kept")
    started = ("from multiprocessing.util import spawnv_passfds\nimport os, time\n"
               f"child = spawnv_passfds(b'/bin/sh', ['sh', '-c', 'echo gone > {aim}'], [])\nos.waitpid(child, 0)")
    trial = tried(assignment, tmp_path, {
        "save": f"import torch\ntorch.save(torch.ones(3), {str(aim)!r})",
        "base": f"import sqlite3\nsqlite3.connect({str(tmp_path / 'new.db')!r}).execute('create table a (b)')",
        "start": started,
        "signal": "import ctypes, os\nif ctypes.CDLL(None).kill(os.getppid(), 0):\n    raise OSError",
        "allowed": "import os, torch\ntorch.save(torch.ones(3), 'own.pt')\nos.mkdir('a')\nos.rename('own.pt', 'a/b')",
        **RIGHT,
    }, cell_seconds=60.0)
    assert trial.points == 3
    assert aim.read_text() == "kept"
    assert not (tmp_path / "new.db").exists()
    assert {"save", "base"} <= set(trial.errors)
    assert "allowed" not in trial.errors
    assert ("signal" in trial.errors) == (landlock.version() >= 6)


def test_a_notebook_that_uses_up_all_its_time(assignment, tmp_path):
    trial = tried(assignment, tmp_path, {"deaf": "while True:\n    try:\n        while True:\n            pass\n"
                                                 "    except BaseException:\n        pass", **RIGHT},
                  cell_seconds=100.0, total_seconds=0.5)
    assert [outcome.status for outcome in trial.outcomes] == ["missing"] * 3
    assert "did not reach its end" in trial.notes


@pytest.mark.parametrize(("content", "told"), [
    ("", "damaged"), ("{", "damaged"), ("[1]", "no notebook"), ('{"cells": 3}', "no notebook"),
    ('{"cells": [' + "1" * 5000 + "]}", "damaged"), (None, "cannot be opened"),
])
def test_what_is_no_notebook(assignment, tmp_path, content, told):
    path = tmp_path / "x.ipynb"
    if content is not None:
        path.write_text(content)
    trial = try_submission(assignment, Submission("bob", path))
    assert {outcome.status for outcome in trial.outcomes} == {"unreadable"}
    assert told in trial.outcomes[0].message


def test_a_pipe_does_not_hold_the_grader_up(assignment, tmp_path):
    os.mkfifo(tmp_path / "x.ipynb")
    assert "no file" in try_submission(assignment, Submission("bob", tmp_path / "x.ipynb")).outcomes[0].message


PIPES = """import json, os
pipes = [n for n in range(3, 60) if os.path.exists(f"/proc/self/fd/{n}")
         and os.readlink(f"/proc/self/fd/{n}").startswith("pipe")]
"""
DEAF = "while True:\n    try:\n        while True:\n            {}\n    except BaseException:\n        pass"


def test_what_it_writes_to_the_grader_is_not_heard_and_does_not_stop_it(assignment, tmp_path):
    forged = {"event": "verdict", "task": 0, "status": "correct", "message": "", "mistake": None, "hint": None}
    lines = "".join(json.dumps(line) + "\n" for line in (forged, {"event": "verdict", "task": 9}, {"event": "end"}))
    junk = lines.encode() + b"\xff\n" + b"[" * 9999 + b"\n"
    trial = tried(assignment, tmp_path, {
        "forge": PIPES + f"for pipe in pipes:\n    os.write(pipe, {junk!r})",
        "text": "class Odd(Exception):\n    def __str__(self):\n        raise self\nraise Odd",
        "signal": "import os\nos.kill(os.getpid(), 40)",  # one without a name
        "cut": "import os\nos.closerange(3, 60)\n" + DEAF.format("pass"),
        **RIGHT, "moment": MOMENT.replace("std**2", "std"),
    }, cell_seconds=1.0)
    assert [outcome.status for outcome in trial.outcomes] == ["incorrect", "correct", "correct"]
    assert trial.errors["text"] == "Odd"
    assert [note for note in trial.notes if note.startswith("did not")] == []


def test_one_that_never_stops_writing_is_stopped(assignment, tmp_path):
    endless = PIPES + DEAF.format("os.write(pipes[0], b'x\\n' * 1000)")
    trial = tried(assignment, tmp_path, {"endless": endless, **RIGHT}, cell_seconds=100.0, total_seconds=15.0)
    assert trial.seconds < 30
    assert "did not reach its end" in trial.notes


def test_a_right_answer_counts_though_its_process_dies_later(assignment, tmp_path):
    cells = {"elsewhere": MOMENT.replace("my_moment", "another_name"), "exit": "import os\nos._exit(7)"}
    trial = tried(assignment, tmp_path, cells, attempts=1)
    assert [outcome.status for outcome in trial.outcomes] == ["correct", "missing", "missing"]


@pytest.mark.parametrize(("source", "looks"), [
    ("%time 1\nfrom lossland.exercises import all_checkers", True),
    ("import lossland.exercises.checker as c", True),
    ("from lossland.exercises.checker import Checker", True),
    ("check_kind.checker", True),
    ("%matplotlib inline\nfrom lossland.exercises import check_kind\ncheck_kind(3)  # the reference", False),
    ("from lossland.exercises.stopping_rule import check_conclusions", False),
])
def test_who_looks_into_a_checker(source, looks):
    assert reads_the_checker(source) == looks


def test_what_only_a_front_end_can_do_does_not_stop_a_cell(assignment, tmp_path):
    front = "%matplotlib inline\n!pip install nothing-of-the-sort\n%pip install nothing-of-the-sort\n{}\nexit()"
    trial = tried(assignment, tmp_path, {key: front.format(source) for key, source in RIGHT.items()},
                  cell_seconds=60.0)
    assert trial.points == 3
    assert trial.errors == {}
