"""The verdict on an answer: a status, one or two sentences, and nothing that a student has to decode."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from typing import Literal, get_args

Status = Literal["correct", "incorrect", "not_attempted", "hint"]

_TITLES = {"correct": "Correct.", "incorrect": "Not yet.", "not_attempted": "Not attempted.", "hint": "Hint."}
_SIGNS = {"correct": "\u2713", "incorrect": "\u2717", "not_attempted": "\u2026", "hint": "?"}
_BORDERS = {"correct": "#009E73", "incorrect": "#D55E00", "not_attempted": "#8A8A8A", "hint": "#0072B2"}


@dataclass(frozen=True)
class Verdict:
    """What a checker says about an answer.

    It is shown as text in a terminal and as a bordered box in a notebook.  The status is written in words in
    both, so nothing depends on color; text and background are those of the page, so it reads in dark mode.

    Attributes:
        status: ``"correct"``, ``"incorrect"``, ``"not_attempted"`` or ``"hint"``.
        message: The sentence for the student.  Code goes between backticks.
        mistake: Name of the typical mistake that was recognized, if one was.
        hint: What to look at next, if there is something to say.

    Raises:
        ValueError: If the status is not one of the four, or the message is empty.

    >>> Verdict("incorrect", "The factor 1/2 is missing.", mistake="no_half", hint="Half of the inputs is cut off.")
    Not yet. The factor 1/2 is missing.
    Hint: Half of the inputs is cut off.
    """

    status: Status
    message: str
    mistake: str | None = None
    hint: str | None = None

    def __post_init__(self) -> None:
        if self.status not in get_args(Status):
            raise ValueError(f"status: expected one of {', '.join(get_args(Status))}, got {self.status!r}")
        if not isinstance(self.message, str) or not self.message.strip():
            raise ValueError("message: expected a sentence for the student, got none")

    @property
    def is_correct(self) -> bool:
        """Whether the answer was accepted."""
        return self.status == "correct"

    def __repr__(self) -> str:
        text = f"{_TITLES[self.status]} {self.message}"
        return f"{text}\nHint: {self.hint}" if self.hint else text

    def _repr_html_(self) -> str:
        style = (
            f"border:1px solid {_BORDERS[self.status]};border-left-width:6px;border-radius:4px;"
            "padding:0.5em 0.9em;margin:0.3em 0;max-width:60em;color:inherit;background:transparent"
        )
        sign = f'<span aria-hidden="true">{_SIGNS[self.status]}</span>'
        hint = f"<br><em>Hint:</em> {_marked_up(self.hint)}" if self.hint else ""
        return (
            f'<div class="lossland-verdict lossland-{self.status}" role="status" style="{style}">'
            f"<strong>{sign} {_TITLES[self.status]}</strong> {_marked_up(self.message)}{hint}</div>"
        )


def _marked_up(text: str) -> str:
    """Escape ``text`` for HTML and set what stands between backticks as code."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", html.escape(text, quote=False))
