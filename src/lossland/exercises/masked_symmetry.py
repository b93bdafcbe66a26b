"""Checkers of chapter 18 on the group that masks leave: count it, and build masks that fail to break it."""

from __future__ import annotations

import math
from itertools import pairwise, permutations

import numpy as np

from lossland.exercises.answers import Array, Number
from lossland.exercises.checker import Mistake, checker
from lossland.exercises.functions import Function
from lossland.remedies import mask_symmetry


def _count(masks):
    return round(math.exp(mask_symmetry(masks).log_order))


def _layer_by_layer(masks):
    total = 1
    for k in range(len(masks) - 1):
        before, behind = masks[k], masks[k + 1]
        total *= sum(
            np.array_equal(before[list(order)], before) and np.array_equal(behind[:, list(order)], behind)
            for order in permutations(range(len(before)))
        )
    return total


def _incoming_alone(masks):
    """Equal rows in each layer: what a mask says about its units if one forgets where they lead."""
    counts = [np.unique(mask, axis=0, return_counts=True)[1] for mask in masks[:-1]]
    return math.prod(math.factorial(int(n)) for layer in counts for n in layer)


def _all_of_them(masks):
    return math.prod(math.factorial(mask.shape[0]) for mask in masks[:-1])


def _outputs_too(masks):
    wide = [*masks, np.ones((1, masks[-1].shape[0]), dtype=int)]
    return _count(wide)


def _inputs_too(masks):
    return _count([np.ones((masks[0].shape[1], 1), dtype=int), *masks])


def _cases(rng):
    one, ring = np.ones, np.eye(4, dtype=int) + np.roll(np.eye(4, dtype=int), 1, axis=1)
    cases = [
        [one((3, 2), int), one((2, 3), int)],
        [one((4, 2), int), np.eye(4, dtype=int), one((2, 4), int)],
        [one((4, 2), int), ring, one((2, 4), int)],
        [np.array([[1, 0], [1, 0], [0, 1]]), np.array([[1, 1, 1], [1, 0, 1]])],
        [np.array([[1, 0], [1, 0], [0, 1], [1, 1]]), np.eye(4, dtype=int)[:, [1, 0, 2, 3]], one((1, 4), int)],
        [one((3, 2), int), np.array([[1, 1, 0], [0, 1, 1], [1, 0, 1]]), np.array([[1, 1, 0], [1, 1, 0]])],
        [np.array([[1, 0, 1], [0, 1, 1]]), one((2, 2), int), one((2, 2), int)],
    ]
    for rate in (0.2, 0.5, 0.8, 0.5, 0.3):
        widths = (2, 3, 4, 2)
        drawn = [(rng.random((b, a)) >= rate).astype(int) for a, b in pairwise(widths)]
        cases.append(drawn)
    return [(masks,) for masks in cases]


@checker(
    Function(_cases, returns=Number()),
    reference=lambda masks: _count(masks),
    mistakes=[
        Mistake(
            "nothing_broken",
            _all_of_them,
            "You count all orders of the hidden units. Those that move a zero to another place do not keep the masks.",
        ),
        Mistake(
            "always_one",
            lambda _masks: 1,
            "Masks do not always break everything: two units with the same neighbors can still be exchanged.",
        ),
        Mistake(
            "incoming_alone",
            _incoming_alone,
            "You look for equal rows. Where a unit leads tells it apart as well; and the columns are units, too, "
            "whose order may change.",
        ),
        Mistake(
            "one_layer_at_a_time",
            _layer_by_layer,
            "You reorder one layer while the others stay. There are symmetries that move two layers together: with the "
            "identity as mask every order of one is made good by the same order of the other.",
        ),
        Mistake(
            "outputs_reordered",
            _outputs_too,
            "You reorder the outputs as well. They carry labels, as inputs do.",
        ),
        Mistake(
            "inputs_reordered",
            _inputs_too,
            "You reorder the inputs as well. They have names, as outputs do: input 3 is pixel 3.",
        ),
    ],
    success="You count what keeps all masks at once.",
    hints=(
        "Inputs and outputs stay. Go through all orders of all hidden layers, and count those that keep every mask.",
        "A mask has the units of its layer as rows, those in front as columns: `mask[np.ix_(rows, columns)]`.",
        "`itertools.product(*(permutations(range(n)) for n in hidden_widths))` gives all choices of orders.",
    ),
    time_limit=20.0,
)
def check_orders_left(answer):
    """Check ``answer(masks)``: how many reorderings of the hidden units keep all masks."""


_OUTER = np.ones((4, 3), dtype=int), np.ones((2, 4), dtype=int)


class _Mask(Array):
    """An array of zeros and ones; masks of truth values are read, too."""

    def read(self, raw):
        """Return zeros and ones in float64."""
        return super().read(raw * 1.0 if str(getattr(raw, "dtype", "")) in ("bool", "torch.bool") else raw)


def _binary(answer):
    return np.isin(answer, (0, 1)).all()


def _group(answer):
    return _count([_OUTER[0], answer.astype(int), _OUTER[1]])


@checker(
    _Mask(shape=(4, 4)),
    reference=1 - np.eye(4),
    unique=False,
    mistakes=[
        Mistake(
            "weights",
            np.full((4, 4), 0.5),
            "A mask consists of zeros and ones: a connection is there, or it is not.",
            detect=lambda answer: not _binary(answer),
        ),
        Mistake(
            "equal_rows",
            np.ones((4, 4)),
            "Two of your rows are equal. That leaves exchanges, but the condition of the paper does not hold then.",
            detect=lambda answer: len(np.unique(answer, axis=0)) < 4,
        ),
        Mistake(
            "cut_off",
            np.array([[0, 0, 0, 0], [1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0]]),
            "One of your units hears of nothing at all: its row is empty.",
            detect=lambda answer: not answer.any(axis=1).all(),
        ),
        Mistake(
            "the_identity",
            np.eye(4),
            "The identity leaves 24 orders, as the chapter shows. Find another mask that does.",
            detect=lambda answer: np.array_equal(answer, np.eye(4)),
        ),
        Mistake(
            "broken",
            np.tril(np.ones((4, 4))),
            "Your rows differ, and your mask breaks the symmetry: nothing is left. It is meant to fail.",
            detect=lambda answer: _group(answer) == 1,
        ),
        Mistake(
            "only_a_few",
            np.array([[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 1], [1, 1, 1, 1]]),
            "Something is left, but fewer than 24 orders. There are masks that every order of the first layer keeps, "
            "if the second follows.",
            detect=lambda answer: _group(answer) < 24,
        ),
    ],
    success="All rows differ, and 24 orders are left: distinct masks in a deeper layer alone break nothing.",
    hints=(
        "For every order of the first layer there has to be one of the second that restores your mask.",
        "Which square matrices keep their set of rows, whatever is done to their columns?",
    ),
)
def check_failing_mask(answer):
    """Check a second mask (4, 4), between dense layers 3-4 and 4-2: distinct rows, and 24 orders left."""
