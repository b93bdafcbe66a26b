"""Checkers of chapter 18 on what masks cost: the highest interaction that is left, and widths that make up for it."""

from __future__ import annotations

import numpy as np

from lossland.exercises.answers import Number, Record
from lossland.exercises.checker import Mistake, checker
from lossland.exercises.functions import Function


def _reached(masks):
    """Inputs that lie on a path to each unit of the last hidden layer, as booleans (n_units, n_inputs)."""
    seen = np.eye(masks[0].shape[1], dtype=int)
    for mask in masks[:-1]:
        seen = (mask @ seen > 0).astype(int)
    return seen, masks[-1].any(axis=0)


def _order(masks):
    seen, used = _reached(masks)
    return int(max((seen.sum(axis=1) * used).max(), 0))


def _paths(masks):
    total = np.eye(masks[0].shape[1], dtype=int)
    for mask in masks[:-1]:
        total = mask @ total
    return int((total.sum(axis=1) * masks[-1].any(axis=0)).max())


def _cases(rng):
    eye, one = np.eye(3, dtype=int), np.ones((1, 3), dtype=int)
    pairs = np.array([[1, 1, 0], [0, 1, 1], [1, 0, 1]])
    cases = [
        [np.ones((3, 3), dtype=int), one],
        [pairs, one],
        [np.array([[1, 1, 1], [1, 0, 0], [0, 1, 0]]), np.array([[0, 1, 1]])],
        [pairs, pairs, one],
        [eye, pairs, one],
        [eye, eye, np.ones((2, 3), dtype=int)],
        [pairs, np.ones((3, 3), dtype=int), np.array([[0, 0, 1]])],
    ]
    for depth in (1, 1, 2, 2, 3, 3):
        masks = [(rng.random((6, 6)) < 0.3).astype(int) for _ in range(depth)]
        for mask in masks:
            mask[np.arange(6), rng.integers(0, 6, 6)] = 1
        cases.append([*masks, (rng.random((2, 6)) < 0.7).astype(int)])
    return [(masks,) for masks in cases]


@checker(
    Function(_cases, returns=Number()),
    reference=lambda masks: _order(masks),
    mistakes=[
        Mistake(
            "all_inputs",
            lambda masks: masks[0].shape[1],
            "You give the number of inputs. A product of all of them needs a unit that hears of all of them.",
        ),
        Mistake(
            "together",
            lambda masks: int((_reached(masks)[0][_reached(masks)[1]].any(axis=0)).sum()),
            "You count inputs that some unit hears of. The output adds up what the last hidden units say: an "
            "interaction has to be within one of them.",
        ),
        Mistake(
            "first_layer_alone",
            lambda masks: int(masks[0].sum(axis=1).max()),
            "You look at the first mask only. A unit of a later layer hears of all inputs of the units in front of it.",
        ),
        Mistake(
            "paths_counted",
            _paths,
            "You add up paths. Two paths from the same input are still one input.",
        ),
        Mistake(
            "output_ignored",
            lambda masks: int(_reached(masks)[0].sum(axis=1).max()),
            "You take the unit that hears most, although its way to the outputs may be cut.",
        ),
        Mistake(
            "least",
            lambda masks: int((_reached(masks)[0].sum(axis=1)[_reached(masks)[1]]).min(initial=99)),
            "You take the unit that hears least. One unit that hears of all inputs is enough.",
        ),
    ],
    success="The product of masks, read as who hears of whom, says what cannot be learned, at any width.",
    hints=(
        "With one hidden layer: a unit that misses an input is a function of the others.",
        "With more layers, multiply the masks and ask which entries are not zero.",
        "The outputs add up units. Take the best of those that lead to an output.",
    ),
)
def check_highest_interaction(answer):
    """Check ``answer(masks)``: the largest number of inputs whose product the network can have a share in."""


_COSTS = {"printed_inner": 10.0, "keeps_inner": 10**0.5, "pairs": 100.0, "parity_of_ten": 1e10}


@checker(
    Record({name: Number(rtol=2e-2, atol=0.0) for name in _COSTS}),
    reference=_COSTS,
    mistakes=[
        Mistake(
            "zeros_for_the_kept",
            {"printed_inner": 1 / 0.9, "keeps_inner": 0.9**-0.5, "pairs": 0.9**-2, "parity_of_ten": 0.9**-10},
            "You take 0.9 for the share that is kept. It is the share of zeros: a weight is kept with probability 0.1.",
            detect=lambda answer: abs(answer["pairs"] - 0.9**-2) < 0.02,
        ),
        Mistake(
            "reciprocals",
            {name: 1 / value for name, value in _COSTS.items()},
            "These are shares that are left. Asked for are the factors by which something has to grow.",
            detect=lambda answer: max(answer.values()) < 1,
        ),
        Mistake(
            "inner_kept_by_the_printed_factor",
            {**_COSTS, "printed_inner": 1.0},
            "Between two layers that are both widened by ten, the mask has a hundred times the places, of "
            "which a tenth is kept.",
            detect=lambda answer: abs(answer["printed_inner"] - 1) < 0.1,
        ),
        Mistake(
            "mask_forgotten",
            {**_COSTS, "printed_inner": 100.0},
            "You count all places of the wider layer. Nine out of ten are zero for good.",
            detect=lambda answer: abs(answer["printed_inner"] - 100) < 2,
        ),
        Mistake(
            "square_for_root",
            {**_COSTS, "keeps_inner": 100.0},
            "Widths enter twice into an inner layer: take the root, not the square.",
            detect=lambda answer: abs(answer["keeps_inner"] - 100) < 2,
        ),
        Mistake(
            "printed_width_for_weights",
            {**_COSTS, "keeps_inner": 10.0},
            "That is the printed factor. It keeps the number of weights only where one side of the layer stays as it "
            "is.",
            detect=lambda answer: abs(answer["keeps_inner"] - 10) < 0.2,
        ),
        Mistake(
            "one_input_at_a_time",
            {**_COSTS, "pairs": 10.0},
            "By ten you keep the number of units that hear one given input. Both inputs of a pair are kept with "
            "probability 0.1 · 0.1.",
            detect=lambda answer: abs(answer["pairs"] - 10) < 0.2,
        ),
        Mistake(
            "parity_like_a_pair",
            {**_COSTS, "parity_of_ten": 100.0},
            "All ten inputs have to be kept by one unit, each with probability 0.1.",
            detect=lambda answer: answer["parity_of_ten"] < 1e9,
        ),
    ],
    success="What is kept at constant power depends on how many inputs have to meet.",
    hints=(
        "Weights of an inner layer: width times width times the share that is kept.",
        "A unit hears k given inputs with probability (1-ρ)^k.",
    ),
)
def check_widening_cost(answer):
    """Check the factors for a rate of 0.9: see the exercise for the four numbers."""
