"""Truth tables: one of two words for each of several statements, and a message for each that is judged wrongly."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lossland.exercises.answers import Choice, Record
from lossland.exercises.checker import Mistake


class TruthTable:
    """Statements with their right judgments, of two possible ones.

    A checker takes ``kind`` and ``reference`` from it, and its mistakes from :meth:`everywhere` and :meth:`at`; the
    first of them in the list that was made is the one that the student hears of, whatever else is wrong.

    Args:
        right: The right judgment for each statement, by name.
        judgments: The two possible ones; ``(True, False)`` by default.

    Raises:
        ValueError: If there are not two judgments, or a right one is none of them.

    >>> table = TruthTable({"zero is even": True, "one is even": False})
    >>> table.at("one is even", "odd_one", "One leaves the remainder one.").answer
    {'zero is even': True, 'one is even': True}
    """

    def __init__(self, right: Mapping[str, Any], judgments: tuple[Any, Any] = (True, False)):
        if len(set(judgments)) != 2:
            raise ValueError(f"judgments: expected two different ones, got {judgments!r}")
        for statement, judgment in right.items():
            if judgment not in judgments:
                raise ValueError(f"right: expected one of {judgments} for {statement!r}, got {judgment!r}")
        self.reference = dict(right)
        self.judgments = tuple(judgments)
        self.kind = Record(dict.fromkeys(right, Choice(self.judgments)))

    @property
    def statements(self) -> tuple[str, ...]:
        """The statements in their order."""
        return tuple(self.reference)

    def everywhere(self, judgment: Any, name: str, message: str, *, hint: str | None = None) -> Mistake:
        """Return the mistake of giving one judgment throughout; list it before those of single statements."""
        if judgment not in self.judgments:
            raise ValueError(f"judgment: expected one of {self.judgments}, got {judgment!r}")
        return Mistake(name, dict.fromkeys(self.reference, judgment), message, hint=hint)

    def at(self, statement: str, name: str, message: str, *, hint: str | None = None) -> Mistake:
        """Return the mistake of judging this statement wrongly, whatever the others."""
        if statement not in self.reference:
            raise ValueError(f"statement: expected one of {self.statements}, got {statement!r}")
        right = self.reference[statement]
        (wrong,) = (judgment for judgment in self.judgments if judgment != right)
        return Mistake(
            name,
            {**self.reference, statement: wrong},
            message,
            detect=lambda answer: answer[statement] != right,
            hint=hint,
        )
