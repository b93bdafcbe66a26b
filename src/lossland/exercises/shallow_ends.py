"""Checker of the laboratory of chapter 02: how did each of a hundred runs of a shallow network end?

The student hands in the parameters at the ends of runs of their own, and a word for each.  Gradient, Hessian and the
count of flat directions are computed here again, from the parameters.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
import torch

from lossland.descent import (
    HAT,
    classify_ends,
    gradient_descent,
    relu_representation,
    sample_shallow,
    shallow_gradient,
)
from lossland.descent.shallow_ends import ENDS
from lossland.exercises.answers import Array, Choice, Record, Unreadable, describe
from lossland.exercises.checker import Mistake, checker

N_RUNS = 100
WIDTH = 4


@dataclass(frozen=True)
class Words:
    """A list of words, each one of a few.

    Attributes:
        options: What can be chosen.
    """

    options: tuple[str, ...]

    def read(self, raw: Any) -> np.ndarray:
        """Return the words as an array of texts."""
        if raw is None or raw is Ellipsis:
            raise Unreadable("Replace the `...` by your answer, and run the cell again.", attempted=False)
        if not isinstance(raw, list | tuple | np.ndarray):
            raise Unreadable(f"{describe(raw)}, not {self.summary()}")
        one = Choice(self.options)
        try:
            return np.array([one.read(str(word) if isinstance(word, np.str_) else word) for word in list(raw)])
        except Unreadable as error:
            raise Unreadable(f"a list in which there is {error.phrase}", attempted=error.attempted) from error

    def compare(self, got: np.ndarray, expected: Any) -> str | None:
        """Agree when all words do."""
        same = len(got) == len(expected) and bool(np.all(got == np.asarray(expected)))
        return None if same else "does not agree word for word"

    def summary(self) -> str:
        """Say what is expected."""
        return "a list of words, each one of " + ", ".join(repr(option) for option in self.options)


@lru_cache(maxsize=4)
def _facts(data: bytes, n_runs: int):
    parameters = torch.frombuffer(bytearray(data), dtype=torch.float64).reshape(n_runs, -1)
    return classify_ends(parameters, HAT)


def _ends(report):
    parameters = np.ascontiguousarray(report["parameters"], dtype=np.float64)
    return _facts(parameters.tobytes(), len(parameters))


def _fits(report) -> bool:
    parameters = report["parameters"]
    width_fits = parameters.shape[1] % 3 == 0 and parameters.shape[1] >= 9
    return width_fits and len(parameters) == len(report["ends"]) > 0 and bool(np.max(np.abs(parameters)) < 1e6)


def _confused(mine: str, true: str):
    """Recognizes reports that call most runs of one kind, at least two of them, by the name of another."""

    def detect(report):
        if not _fits(report):
            return False
        facts = _ends(report)
        there = facts.end == true
        return np.sum(there) >= 2 and np.mean(report["ends"][there] == mine) > 0.5

    return detect


def _copies(report):
    return _fits(report) and len(np.unique(report["parameters"], axis=0)) < len(report["parameters"])


def _untrained(report):
    return _fits(report) and np.mean(_ends(report).gradient_norm > 1e-2) > 0.5


def _other_order(report):
    """The right words, each as often as it should be, on the wrong runs."""
    if not _fits(report):
        return False
    words, true = report["ends"], _ends(report).end
    return bool(np.mean(words == true) < 0.8 and np.array_equal(np.sort(words), np.sort(true)))


def _reversed(report):
    return {**report, "ends": report["ends"][::-1]}


def _small_loss_is_global(report):
    if not _fits(report):
        return False
    facts = _ends(report)
    there = np.isin(facts.end, (ENDS[1], ENDS[2])) & (facts.loss < 0.02)
    return np.sum(there) >= 2 and np.mean(report["ends"][there] == ENDS[0]) > 0.5


def _known_ends(n_each: int) -> np.ndarray:
    """Networks whose ends are known by construction, n of each kind, in the order of ENDS; a plateau is a young run.

    A triangle is three bends.  With its one bend at the peak, the best function is 3/4 - |x|: a local minimum of loss
    1/96, where two units share the bend and two make the line; with one unit for the bend the fourth may be dead.
    """
    local = np.array([-1.2, -0.8, 0.6875, -0.3125, 1, 1, 1, -1, 0, 0, 2, 2])
    dead = np.array([-2.0, 0.4, 0.6875, -0.3125, 1, 1, 1, -1, 0, -2, 2, 2])
    kinds = (relu_representation(HAT, width=WIDTH), local, dead)
    scale = np.random.default_rng(5).uniform(0.5, 2, (3 * n_each, WIDTH))
    rows = np.repeat(np.array(kinds), n_each, axis=0).reshape(-1, 3, WIDTH)
    rows = np.stack([rows[:, 0] / scale, rows[:, 1] * scale, rows[:, 2] * scale], axis=1)
    start = sample_shallow(2 * n_each, WIDTH, generator=torch.Generator().manual_seed(4))
    young = gradient_descent(lambda p: shallow_gradient(p, HAT), start, 0.2, 200)
    moving = young.end[young.gradient_norm > 1e-5][:n_each].numpy()
    return np.concatenate([rows.reshape(3 * n_each, -1), moving])


class _Report(Mapping):
    """A report on networks of known ends, made when it is first looked at; ``change`` turns it into a wrong one."""

    def __init__(self, change: Callable[[dict], dict] = dict):
        self._change = change

    @cached_property
    def _entries(self) -> dict:
        ends = np.repeat(np.array(ENDS), N_RUNS // 4)
        return self._change({"parameters": _known_ends(N_RUNS // 4), "ends": ends})

    def __getitem__(self, name):
        return self._entries[name]

    def __iter__(self):
        return iter(self._entries)

    def __len__(self):
        return len(self._entries)


def _called(mine: str, *true: str):
    """A report that calls the runs of some kinds by the name of another."""
    return _Report(lambda report: {**report, "ends": np.where(np.isin(report["ends"], true), mine, report["ends"])})


def _starts(_report):
    start = sample_shallow(N_RUNS, WIDTH, generator=torch.Generator().manual_seed(4))
    return {"parameters": start.numpy(), "ends": np.full(N_RUNS, ENDS[3])}


@checker(
    Record({"parameters": Array(shape=(None, None)), "ends": Words(ENDS)}),
    reference=_Report(),
    unique=False,
    mistakes=[
        Mistake(
            "copies",
            _Report(lambda report: {**report, "parameters": np.tile(report["parameters"][:1], (N_RUNS, 1))}),
            "Some of your runs are the same to the last digit: draw all starts at once, or from one generator that you "
            "do not set back.",
            detect=_copies,
        ),
        Mistake(
            "untrained",
            _Report(_starts),
            "Most of your networks have gradients larger than 0.01: they have hardly been trained. Did you hand in the "
            "starts instead of the ends?",
            detect=_untrained,
            hint="`run.end` of `gradient_descent`, after some thousand steps.",
        ),
        Mistake(
            "other_order",
            _Report(_reversed),
            "Each word occurs as often as it should, but on other runs: did you sort the losses, not the parameters?",
            detect=_other_order,
        ),
        Mistake(
            "small_loss_is_global",
            _called(ENDS[0], ENDS[1], ENDS[2]),
            "You take a small loss for a global minimum. The construction reaches zero, so 0.01 is no minimum of that "
            "kind, however small it looks.",
            detect=_small_loss_is_global,
            hint="Look at the losses on a logarithmic axis.",
        ),
        Mistake(
            "plateau_is_local_minimum",
            _called(ENDS[1], ENDS[3]),
            "Runs whose gradient is still there are not at a minimum of any kind: they are slow. Look at "
            "`gradient_norm` first.",
            detect=_confused(ENDS[1], ENDS[3]),
        ),
        Mistake(
            "plateau_is_dead",
            _called(ENDS[2], ENDS[3]),
            "You blame dead units for runs that have not ended: their other units are still learning, the gradient is "
            "not zero.",
            detect=_confused(ENDS[2], ENDS[3]),
        ),
        Mistake(
            "dead_is_local_minimum",
            _called(ENDS[1], ENDS[2]),
            "Some of your local minima have units that are off on the whole interval. The loss cannot be lowered "
            "nearby, but for want of a unit that learns: `n_dead` tells.",
            detect=_confused(ENDS[1], ENDS[2]),
        ),
        Mistake(
            "zeros_are_plateau",
            _called(ENDS[3], ENDS[1], ENDS[2]),
            "You take zero eigenvalues for a plateau. Rescaling a unit changes nothing, so there are zeros at every "
            "minimum; compare their number with `n_flat`.",
            detect=lambda report: _confused(ENDS[3], ENDS[1])(report) or _confused(ENDS[3], ENDS[2])(report),
        ),
        Mistake(
            "global_is_dead",
            _called(ENDS[2], ENDS[0]),
            "A network with a dead unit can still be perfect: three units suffice here. Ask for the loss before you "
            "ask for dead units.",
            detect=_confused(ENDS[2], ENDS[0]),
        ),
        Mistake(
            "global_is_local",
            _called(ENDS[1], ENDS[0]),
            "Your local minima with loss zero are global ones: the loss is a mean square, it cannot be lower.",
            detect=_confused(ENDS[1], ENDS[0]),
        ),
    ],
    success="A hundred ends, and a reason for each: gradient, Hessian, and the directions in which nothing changes.",
    hints=(
        "The order of questions: is the loss zero? is the gradient zero? is there a dead unit?",
        "`classify_ends(parameters, HAT)` has the loss, the norm of the gradient, the eigenvalues, `n_flat` and "
        "`n_dead`; use those, and decide yourself.",
        "Nothing learned from the loss alone: 1/96 can be a minimum, a dead end, or a run on its way.",
    ),
    time_limit=30.0,
)
def check_shallow_ends(report):
    """Check the ends of runs of the laboratory (100, 12) and the word for each, by gradient and Hessian."""
    parameters, ends = report["parameters"], report["ends"]
    if len(parameters) < N_RUNS or len(ends) != len(parameters):
        return (
            f"There are {len(parameters)} networks and {len(ends)} words; hand in at least {N_RUNS} networks, one "
            "row each, and one word for each."
        )
    if not _fits(report):
        return "`parameters` has one row of 3n numbers for each network, n at least 3, none of them larger than 1e6."
    allowed = [classify_ends(torch.tensor(parameters), HAT, gradient_tol=tol).end for tol in (1e-7, 1e-9, 1e-11)]
    right = np.any([(ends == other) | (other == "undecided") for other in allowed], axis=0)
    if np.all(right):
        return None
    first, facts = int(np.argmin(right)), _ends(report)
    return (
        f"{np.sum(~right)} of {len(ends)} runs are called by a wrong name. The first is run {first}, which you call "
        f"`{ends[first]}`: loss {facts.loss[first]:.2g}, gradient {facts.gradient_norm[first]:.1g}, "
        f"{facts.n_dead[first]} dead, least eigenvalue {facts.eigenvalues[first, 0]:.1g}."
    )
