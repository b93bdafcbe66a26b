"""What every checker must do, whoever wrote it: this file knows none of them by name."""

from __future__ import annotations

import re
import time

import numpy as np
import pytest
import torch

from lossland.exercises import Function, Record, Verdict, all_checkers

CHECKERS = all_checkers()
MISTAKES = [(name, mistake.name) for name, made in CHECKERS.items() for mistake in made.mistakes]
every_checker = pytest.mark.parametrize("name", CHECKERS)


class Unfriendly:
    """An object whose every conversion raises."""

    def __float__(self):
        raise RuntimeError("no float")

    def __array__(self, *args, **kwargs):
        raise KeyError("no array")

    def __iter__(self):
        raise SystemExit

    def __repr__(self):
        raise ValueError("no repr")

    def __eq__(self, other):
        raise OSError("no equality")

    __hash__ = None


def _numbers():
    yield 1.0
    yield 2.0


def _raise(error):
    raise error


def _endless(*args):
    while True:
        pass


def _stubborn(*args):
    while True:
        try:
            while True:
                pass
        except BaseException:
            pass


def _recursive(*args):
    return _recursive(*args)


def _mutating(*args):
    for arg in args:
        if isinstance(arg, np.ndarray):
            arg[...] = np.nan
    return args[0] if args else 0.0


async def _coroutine(*args):
    return 1.0


VALUES = {
    "string": "42",
    "bytes": b"42",
    "true": True,
    "complex": 1 + 2j,
    "nan": float("nan"),
    "infinity": float("inf"),
    "huge integer": 10**400,
    "list": [1.0, 2.0, 3.0],
    "ragged list": [[1.0], [2.0, 3.0]],
    "matrix": np.ones((3, 4, 5)),
    "empty array": np.zeros(0),
    "array of strings": np.array(["a", "b"]),
    "array of objects": np.array([None, 1.0], dtype=object),
    "tensor": torch.ones(3, requires_grad=True),
    "meta tensor": torch.ones(3, device="meta"),
    "sparse tensor": torch.ones(3, 3).to_sparse(),
    "generator": _numbers(),
    "dict": {"unexpected": 1.0},
    "empty dict": {},
    "set": {1.0},
    "class": int,
    "module": np,
    "unfriendly object": Unfriendly(),
}
FUNCTIONS = {
    **{f"returns {what}": (lambda *args, value=value: value) for what, value in VALUES.items()},
    "generator function": lambda *args: (yield 1.0),
    "coroutine function": _coroutine,
    "no argument": lambda: 1.0,
    "fifty arguments": eval("lambda " + ", ".join(f"a{i}" for i in range(50)) + ": a0"),
    "raises": lambda *args: _raise(ZeroDivisionError("division by zero")),
    "raises an unprintable error": lambda *args: _raise(type("Odd", (Exception,), {"__str__": lambda s: s.x})()),
    "exits": lambda *args: _raise(SystemExit(1)),
    "interrupts": lambda *args: _raise(KeyboardInterrupt()),
    "asserts": lambda *args: _raise(AssertionError("no")),
    "endless": _endless,
    "stubborn": _stubborn,
    "sleeps": lambda *args: time.sleep(100),
    "recursive": _recursive,
    "too much memory": lambda *args: np.zeros(10**15),
    "a lot of memory": lambda *args: [0.0] * 10**10,
    "mutates": _mutating,
    "prints": lambda *args: print("hello") or 1.0,
    "warns": lambda *args: np.log(-np.ones(2)),
    "unfriendly callable": type("Callable", (Unfriendly,), {"__call__": lambda self, *args: self})(),
    "built-in": len,
}


def assert_sentence(verdict, capsys=None):
    assert isinstance(verdict, Verdict)
    assert verdict.message[-1] in ".?!", verdict.message
    assert len(verdict.message) < 400, verdict.message
    assert "Traceback" not in verdict.message
    assert not re.search(r"0x[0-9a-f]{4,}", repr(verdict)), repr(verdict)


def test_there_are_checkers():
    assert "check_gaussian_second_moment" in CHECKERS


@every_checker
def test_the_reference_is_accepted(name):
    verdict = CHECKERS[name].judge(CHECKERS[name].reference)
    assert verdict.status == "correct", repr(verdict)
    assert_sentence(verdict)


@every_checker
@pytest.mark.parametrize("stub", ["None", "Ellipsis", "function", "raises"])
def test_a_stub_is_not_attempted(name, stub):
    def empty(*args):
        """Return the quantity."""
        ...  # your code

    def lazy(*args):
        raise NotImplementedError

    kind = CHECKERS[name].kind
    if stub in ("function", "raises") and not isinstance(kind, Function):
        stub = "None"
    answers = {"None": None, "Ellipsis": ..., "function": empty, "raises": lazy}
    verdict = CHECKERS[name].judge(answers[stub])
    assert verdict.status == "not_attempted", repr(verdict)
    assert_sentence(verdict)


@every_checker
def test_a_record_that_is_not_or_half_filled_in_is_not_attempted(name):
    kind = CHECKERS[name].kind
    if isinstance(kind, Record):
        blank = dict.fromkeys(kind.kinds, ...)
        halves = [{**blank, key: CHECKERS[name].reference[key]} for key in list(kind.kinds)[: len(blank) - 1]]
        for answer in (blank, *halves):
            verdict = CHECKERS[name].judge(answer)
            assert verdict.status == "not_attempted", repr(verdict)


@pytest.mark.parametrize(("name", "mistake"), MISTAKES)
def test_every_named_mistake_gets_its_own_verdict(name, mistake):
    made = {entry.name: entry for entry in CHECKERS[name].mistakes}[mistake]
    verdict = CHECKERS[name].judge(made.answer)
    assert verdict.status == "incorrect", repr(verdict)
    assert verdict.mistake == mistake, f"taken for {verdict.mistake}: {verdict!r}"
    assert verdict.message == made.message
    assert_sentence(verdict)


@every_checker
def test_every_mistake_has_a_message_of_its_own_that_says_something(name):
    messages = [mistake.message for mistake in CHECKERS[name].mistakes]
    assert len(set(messages)) == len(messages) >= 3
    assert min(map(len, messages)) > 40


@every_checker
def test_hostile_answers_get_a_sentence_in_bounded_time(name, capsys):
    checker = CHECKERS[name]
    checker.judge(None)
    limit = 0.2
    for what, answer in {**VALUES, **FUNCTIONS}.items():
        started = time.monotonic()
        verdict = checker.judge(answer, time_limit=limit)
        elapsed = time.monotonic() - started
        assert_sentence(verdict)
        assert elapsed < 20 * limit, f"{what}: {elapsed:.1f} s"
        if (
            what not in ("true", "tensor", "list", "built-in", "mutates", "prints", "infinity")
            and "returns" not in what
        ):
            assert verdict.status == "incorrect", f"{what}: {verdict!r}"


@every_checker
@pytest.mark.parametrize("what", VALUES)
def test_the_same_answer_gets_the_same_words(name, what):
    verdicts = {repr(CHECKERS[name].judge(VALUES[what])) for _ in range(2)}
    assert len(verdicts) == 1


@every_checker
def test_verdicts_look_right_in_a_notebook(name):
    shown = CHECKERS[name].judge(None)._repr_html_()
    assert "Not attempted." in shown
    assert 'role="status"' in shown


@every_checker
def test_hints_are_verdicts(name):
    for number in (0, 1, 2, 99, None, "two"):
        assert CHECKERS[name].hint(number).status == "hint"
