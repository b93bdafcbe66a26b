"""Checkers: from an answer, whatever it is, to a verdict with a message of its own for each typical mistake."""

from __future__ import annotations

import functools
import importlib
import inspect
import pkgutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from lossland.exercises.answers import Unreadable, describe
from lossland.exercises.functions import Failed, Function, StudentFunction, show
from lossland.exercises.sandbox import TimeLimitExceeded, run_limited
from lossland.exercises.verdict import Verdict

_REGISTRY: dict[str, Checker] = {}
_CASES, _REFERENCE = " cases", " reference"  # keys that no name of a mistake can be
_OWN_TIME_LIMIT = 600.0  # seconds for our own functions


@dataclass(frozen=True)
class Mistake:
    """A typical wrong answer, and what to say to somebody who gives it.

    Attributes:
        name: Short name in snake_case, unique within its checker.
        answer: A wrong answer of this sort: a function for a function, a value for a value.
        message: What is wrong, in one or two sentences.
        detect: Recognizes the mistake in an answer as read; without it the answer must agree with ``answer``
            on all cases.  A student's function may be called in it like any function.
        hint: What to look at next.
    """

    name: str
    answer: Any
    message: str
    detect: Callable[[Any], bool] | None = None
    hint: str | None = None


@dataclass(frozen=True)
class Checker:
    """What :func:`checker` makes of a function ``check_<quantity>``; found as its attribute ``checker``.

    Attributes:
        name: Name of the function.
        kind: Kind of the answer.
        reference: A right answer.
        inspect_answer: The body of the function: returns ``None``, or what is wrong, as text or as a Verdict.
        mistakes: Typical mistakes, the more specific ones first.
        unique: Whether only answers that agree with the reference are right.
        success: What to say about a right answer.
        hints: Graded hints.
        time_limit: Seconds that one check may take.
    """

    name: str
    kind: Any
    reference: Any
    inspect_answer: Callable[[Any], Verdict | str | None]
    mistakes: tuple[Mistake, ...] = ()
    unique: bool = True
    success: str = "Your answer agrees with the reference on every case."
    hints: tuple[str, ...] = ()
    time_limit: float = 10.0
    _values: dict[str, list] = field(default_factory=dict, repr=False, compare=False)

    def judge(self, raw: Any, *, time_limit: float | None = None) -> Verdict:
        """Return the verdict on ``raw``, whatever it is; never raise because of it.

        Args:
            raw: The answer, as the student passed it.
            time_limit: Seconds; the checker's own by default.
        """
        limit = self.time_limit if time_limit is None else time_limit
        if not self._values:  # what the reference and the mistakes need is not taken from the student's time
            run_limited(self._prepare, _OWN_TIME_LIMIT)
        called: list[StudentFunction] = []
        try:
            return run_limited(lambda: self._judge(raw, called), limit)
        except TimeLimitExceeded:
            what = f"For {called[0].last_call} your function" if called and called[0].last_call else "Your answer"
            return Verdict("incorrect", f"{what} did not finish within {limit:g} s: is there a loop that never ends?")

    def hint(self, number: int = 1) -> Verdict:
        """Return hint ``number``, counted from 1; beyond the last one, the last one."""
        if not self.hints:
            return Verdict("hint", "There is no hint for this exercise: look at the section before it.")
        number = min(max(int(number), 1), len(self.hints)) if isinstance(number, int | float) else 1
        return Verdict("hint", f"({number} of {len(self.hints)}) {self.hints[number - 1]}")

    def _judge(self, raw: Any, called: list[StudentFunction]) -> Verdict:
        try:
            answer = self.kind.read(raw)
        except Unreadable as error:
            if not error.attempted:
                return Verdict("not_attempted", error.phrase)
            return Verdict("incorrect", f"This is {error.phrase}.")
        except TimeLimitExceeded:
            raise
        except BaseException:
            return Verdict("incorrect", f"This is {describe(raw)} that cannot be read as {self.kind.summary()}.")
        if isinstance(answer, StudentFunction):
            answer.name_arguments(self.reference)
            called.append(answer)
        try:
            return self._judge_read(answer)
        except Failed as error:
            return Verdict("incorrect" if error.attempted else "not_attempted", error.sentence)
        except TimeLimitExceeded:
            raise
        except BaseException as error:
            told = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
            return Verdict("incorrect", f"The check stopped at your answer ({told}): does it hold unusual values?")

    def _judge_read(self, answer: Any) -> Verdict:
        got = self._evaluate(answer)
        difference = self._difference(got) if self.unique else None
        if not self.unique or difference is not None:
            for mistake in self.mistakes:
                if self._made(mistake, answer, got):
                    return Verdict("incorrect", mistake.message, mistake=mistake.name, hint=mistake.hint)
        complaint = self.inspect_answer(answer)
        if isinstance(complaint, Verdict):
            return complaint
        complaint = complaint or difference
        return Verdict("correct", self.success) if complaint is None else Verdict("incorrect", complaint)

    def _made(self, mistake: Mistake, answer: Any, got: list) -> bool:
        if mistake.detect is not None:
            return bool(mistake.detect(answer))
        kind = self._kind_of_values
        pairs = zip(got, self._values[mistake.name], strict=True)
        return all(wrong is not None and kind.compare(mine, wrong) is None for mine, wrong in pairs)

    def _difference(self, got: list) -> str | None:
        kind = self._kind_of_values
        for case, mine, right in zip(self._values[_CASES], got, self._values[_REFERENCE], strict=True):
            phrase = kind.compare(mine, right)
            if phrase is not None and isinstance(self.kind, Function):
                arguments = self._own(self.reference).describe_arguments(case)
                return f"For {arguments} your function returns {show(mine)}, which {phrase}."
            if phrase is not None:
                return f"Your answer {phrase}."
        return None

    @property
    def _kind_of_values(self) -> Any:
        return self.kind.returns if isinstance(self.kind, Function) else self.kind

    def _evaluate(self, answer: Any) -> list:
        if not isinstance(self.kind, Function):
            return [answer]
        return [answer(*case) for case in self._values[_CASES]]

    def _own(self, function: Callable) -> StudentFunction:
        own = StudentFunction(function, self._kind_of_values)
        own.name_arguments(self.reference)
        return own

    def _prepare(self) -> None:
        """Compute once the values of the reference and of the mistakes on all cases."""
        values: dict[str, list] = {_CASES: self.kind.arguments() if isinstance(self.kind, Function) else [()]}
        answers = {mistake.name: mistake.answer for mistake in self.mistakes if mistake.detect is None}
        for name, answer in {**answers, _REFERENCE: self.reference}.items():
            if isinstance(self.kind, Function):
                values[name] = [self._value(answer, case, name) for case in values[_CASES]]
            else:
                values[name] = [self.kind.read(answer)]
        self._values.update(values)

    def _value(self, function: Callable, case: tuple, name: str) -> Any:
        try:
            return self._own(function)(*case)
        except Failed as error:
            if name == _REFERENCE:
                raise ValueError(f"{self.name}: the reference fails: {error.sentence}") from error
            return None  # a wrong function may fail on a case; then nothing agrees with it there


def checker(
    kind: Any,
    *,
    reference: Any,
    mistakes: Sequence[Mistake] = (),
    unique: bool = True,
    success: str | None = None,
    hints: Sequence[str] = (),
    time_limit: float = 10.0,
) -> Callable[[Callable[[Any], Any]], Callable[[Any], Verdict]]:
    """Turn a function ``check_<quantity>(answer)`` into a checker, and register it.

    The body of the decorated function may test properties of the answer as read (a student's function is called
    in it like any function): it returns what is wrong, as text or Verdict, or ``None``.  A docstring alone will do.

    Args:
        kind: Kind of the answer: ``Number``, ``Array``, ``Choice``, ``Record`` or ``Function``.
        reference: A right answer.
        mistakes: Typical mistakes, the more specific ones first.
        unique: Whether every right answer agrees with the reference.  False for investigations, which the body
            and the ``detect`` functions of the mistakes decide alone.
        success: What to say about a right answer.
        hints: Graded hints, for ``check_<quantity>.hint(1)``.
        time_limit: Seconds that one check may take.

    Returns:
        A decorator.  The checker never raises on what a student may pass.

    Raises:
        ValueError: If the name does not start with ``check_``, is taken, or a name of a mistake occurs twice.
    """

    def decorate(function: Callable[[Any], Any]) -> Callable[[Any], Verdict]:
        name = function.__name__
        if not name.startswith("check_"):
            raise ValueError(f"a checker is named check_<quantity>, got {name!r}")
        if name in _REGISTRY and inspect.getmodule(function) is not inspect.getmodule(_REGISTRY[name].inspect_answer):
            raise ValueError(f"there is a checker {name!r} already, in {_REGISTRY[name].inspect_answer.__module__}")
        names = [mistake.name for mistake in mistakes]
        if len(set(names)) != len(names):
            raise ValueError(f"{name}: each mistake needs a name of its own, got {names}")
        praise = success or Checker.success
        made = Checker(name, kind, reference, function, tuple(mistakes), unique, praise, tuple(hints), time_limit)
        _REGISTRY[name] = made

        @functools.wraps(function)
        def check(answer: Any = None) -> Verdict:
            return made.judge(answer)

        check.checker = made
        check.hint = made.hint
        return check

    return decorate


def all_checkers() -> dict[str, Checker]:
    """Import every module of ``lossland.exercises`` and return all checkers by name.

    >>> "check_gaussian_second_moment" in all_checkers()
    True
    """
    package = importlib.import_module("lossland.exercises")
    for module in pkgutil.iter_modules(package.__path__):
        importlib.import_module(f"lossland.exercises.{module.name}")
    return dict(sorted(_REGISTRY.items()))
