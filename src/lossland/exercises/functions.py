"""Answers that are functions: called on cases, with copied arguments, and never trusted."""

from __future__ import annotations

import ast
import copy
import inspect
import linecache
import re
import textwrap
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from types import CodeType, TracebackType
from typing import Any

import numpy as np

from lossland.exercises.answers import Array, Unreadable, describe
from lossland.exercises.sandbox import TimeLimitExceeded

_PROMPT = "Write the body of the function in place of the `...`, and run the cell again."
_EMPTY_BODIES = {(lambda: None).__code__.co_code, (lambda: ...).__code__.co_code}


class Failed(Exception):
    """A call of the student's function gave no usable value; the text is the sentence for the student.

    Args:
        sentence: What happened.
        attempted: False when the function has simply not been written yet.
    """

    def __init__(self, sentence: str, *, attempted: bool = True):
        super().__init__(sentence)
        self.sentence = sentence
        self.attempted = attempted


@dataclass(frozen=True)
class Function:
    """A function, judged by its values on cases.

    Attributes:
        cases: The argument tuples, or a function of a ``numpy.random.Generator`` that returns them; an entry
            that is not a tuple is taken for a single argument.  Simple ones first: the first that fails is shown.
        returns: Kind of what the function returns.
        seed: Seed of the generator for the cases: every student meets the same ones.
    """

    cases: Sequence[Any] | Callable[[np.random.Generator], Iterable[Any]]
    returns: Any = field(default_factory=Array)
    seed: int = 20

    def arguments(self) -> list[tuple]:
        """Return the argument tuples of all cases."""
        cases = self.cases(np.random.default_rng(self.seed)) if callable(self.cases) else self.cases
        return [case if isinstance(case, tuple) else (case,) for case in cases]

    def read(self, raw: Any) -> StudentFunction:
        """Return the function in its guard."""
        if raw is None or raw is Ellipsis:
            raise Unreadable(_PROMPT, attempted=False)
        if not callable(raw):
            hint = "; pass the function itself, without calling it" if not isinstance(raw, str) else ""
            raise Unreadable(f"{describe(raw)}, not a function{hint}")
        if is_stub(raw):
            raise Unreadable(_PROMPT, attempted=False)
        return StudentFunction(raw, self.returns)

    def summary(self) -> str:
        """Say what is expected."""
        return "a function"


class StudentFunction:
    """A student's function in its guard: arguments are copied, the value is read, what goes wrong is told.

    Args:
        function: What the student wrote.
        returns: Kind of what it returns.
    """

    def __init__(self, function: Callable, returns: Any):
        self._function = function
        self._returns = returns
        self._names: list[str] = []
        self.last_call = ""

    def __call__(self, *args: Any) -> Any:
        """Return the value on ``args``, as the kind reads it.

        Raises:
            Failed: If there is no such value.
        """
        self.last_call = self.describe_arguments(args)
        self._check_arity(args)
        copies = copy.deepcopy(args)
        try:
            raw = self._function(*copies)
        except TimeLimitExceeded:
            raise
        except NotImplementedError:
            raise Failed(_PROMPT, attempted=False) from None
        except BaseException as error:
            raise Failed(self._sentence_of(error)) from None
        try:
            return self._returns.read(raw)
        except TimeLimitExceeded:
            raise
        except Unreadable as error:
            if raw is Ellipsis or (raw is None and _contains_ellipsis(self._function)):
                raise Failed(_PROMPT, attempted=False) from None
            phrase = "nothing (None): is a `return` missing?" if raw is None else f"{error.phrase}."
            raise Failed(f"For {self.last_call} your function returned {phrase}") from None
        except BaseException:
            what = f"{describe(raw)}, which cannot be read as {self._returns.summary()}"
            raise Failed(f"For {self.last_call} your function returned {what}.") from None

    def describe_arguments(self, args: Sequence[Any]) -> str:
        """Return the arguments in words, named as the reference names them."""
        names = self._names[: len(args)]
        names += [f"argument {i + 1}" for i in range(len(names), len(args))]
        for most in (9, 4):  # entries of an array that is printed: fewer where the sentence gets long
            text = ", ".join(f"{name} = {show(arg, most)}" for name, arg in zip(names, args, strict=True))
            if len(text) <= 200:
                break
        return text

    def name_arguments(self, reference: Callable) -> None:
        """Take the names for the arguments from the signature of ``reference``, its own settings left out."""
        settings = {inspect.Parameter.KEYWORD_ONLY, inspect.Parameter.VAR_KEYWORD, inspect.Parameter.VAR_POSITIONAL}
        parameters = inspect.signature(reference).parameters.values()
        self._names = [entry.name for entry in parameters if entry.kind not in settings]

    def _check_arity(self, args: Sequence[Any]) -> None:
        try:
            signature = inspect.signature(self._function)
        except BaseException:
            return
        try:
            signature.bind(*args)
        except TypeError:
            wanted = ", ".join(self._names[: len(args)]) if self._names else f"{len(args)} positional"
            taken = ", ".join(signature.parameters) or "none"
            raise Failed(
                f"Your function cannot be called with {_count(len(args), 'argument')} ({wanted}); it takes: {taken}."
            ) from None

    def _sentence_of(self, error: BaseException) -> str:
        if isinstance(error, RecursionError):
            return f"For {self.last_call} your function calls itself without end (RecursionError)."
        if isinstance(error, MemoryError):
            return f"For {self.last_call} your function asks for more memory than there is (MemoryError)."
        text = _one_line(error)
        where = _student_line(self._function, error.__traceback__)
        told = f"{type(error).__name__}: {text}" if text else type(error).__name__
        return f"For {self.last_call} your function raised {told.rstrip('.')}{where}."


def is_stub(function: Callable) -> bool:
    """Return whether the body of ``function`` does nothing: ``...``, ``pass``, or a docstring alone.

    >>> def stub(q): ...
    >>> is_stub(stub), is_stub(lambda q: q)
    (True, False)
    """
    code = getattr(function, "__code__", None)
    return isinstance(code, CodeType) and code.co_code in _EMPTY_BODIES and _returns_placeholder(code)


def _returns_placeholder(code: CodeType) -> bool:
    # `return 7` has the byte code of `return None`; the constants tell them apart (the first may be a docstring).
    constants = code.co_consts[1:] if len(code.co_consts) > 1 and isinstance(code.co_consts[0], str) else code.co_consts
    return all(constant is None or constant is Ellipsis for constant in constants)


def _contains_ellipsis(function: Callable) -> bool:
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    except (OSError, TypeError, SyntaxError, ValueError):
        return False
    return any(isinstance(node, ast.Constant) and node.value is Ellipsis for node in ast.walk(tree))


def _student_line(function: Callable, trace: TracebackType | None) -> str:
    filename = getattr(getattr(function, "__code__", None), "co_filename", None)
    line = None
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == filename:
            line = trace.tb_lineno
        trace = trace.tb_next
    if line is None:
        return ""
    source = linecache.getline(str(filename), line).strip()
    return f", in line {line}: `{source}`" if source and "`" not in source else f", in line {line}"


def _one_line(error: BaseException) -> str:
    try:
        text = " ".join(str(error).split())
    except BaseException:
        return ""
    text = re.sub(r"0x[0-9a-fA-F]+", "0x...", text)
    return text if len(text) <= 120 else text[:117] + "..."


def show(value: Any, most: int = 9) -> str:
    """Return a value in words short enough for a sentence, an array of up to ``most`` entries in numbers."""
    if isinstance(value, float | np.floating):
        return f"{float(value):.6g}"
    if isinstance(value, bool | int | str):
        return repr(value)
    if isinstance(value, np.ndarray) and value.ndim == 0:
        return f"{float(value):.6g}"
    if isinstance(value, np.ndarray):
        if value.size <= most:
            return _on_one_line(value)
        return f"(array of shape {value.shape})"
    if callable(value):
        return getattr(value, "__name__", getattr(value, "name", "a function"))
    if isinstance(value, tuple | list) and len(value) <= 6:
        return "(" + ", ".join(show(entry, most) for entry in value) + ")"
    return describe(value)


def _on_one_line(value: np.ndarray) -> str:
    """Print a small array, what is only rounding against its largest entry as zero."""
    if value.dtype.kind == "f":
        finite, sizes = np.isfinite(value), np.abs(value)
        rounding = finite & (sizes < 1e-14 * np.max(sizes, initial=0.0, where=finite))
        value = np.where(rounding, 0.0, value)
    text = np.array2string(value, precision=4, separator=", ")
    return " ".join(text.split()).replace("[ ", "[").replace(" ]", "]").replace(" ,", ",")


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
