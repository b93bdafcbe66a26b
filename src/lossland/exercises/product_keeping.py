"""Checker of chapter 08: changes of one layer that the product of the layers does not notice."""

from __future__ import annotations

import numpy as np

from lossland.exercises.answers import Array
from lossland.exercises.checker import Mistake, checker
from lossland.exercises.functions import Function


def _below(weights, k):
    result = np.eye(weights[0].shape[1])
    for layer in weights[: k - 1]:
        result = layer @ result
    return result


def _free(matrix):
    """Projector on the orthogonal complement of the range."""
    left, scales, _ = np.linalg.svd(matrix)
    used = left[:, : int(np.sum(scales > 1e-9 * max(scales[0], 1e-300)))]
    return np.eye(len(matrix)) - used @ used.T


def _perturbed(weights, k, move):
    return weights[k - 1] + move @ _free(_below(weights, k))


def _in_range(weights, k, move):
    below = _below(weights, k)
    return weights[k - 1] + move @ (np.eye(len(below)) - _free(below))


def _in_kernel(weights, k, move):
    below = _below(weights, k)
    if below.shape[0] != below.shape[1]:
        return _perturbed(weights, k, move)
    return weights[k - 1] + move @ _free(below.T)


def _layer_below_only(weights, k, move):
    return weights[k - 1] + (move @ _free(weights[k - 2]) if k > 1 else 0)


def _from_the_left(weights, k, move):
    return weights[k - 1] + _free(_below(weights, k + 1)) @ move


def _cases(rng):
    cases = []
    for widths, rank, k in (((3, 3, 3), 1, 2), ((3, 3, 3, 3), 2, 3), ((3, 4, 3, 5), 2, 3), ((2, 4, 3), 2, 2),
                            ((3, 3, 3), 3, 1), ((3, 3, 3, 3), 1, 3), ((3, 5, 3, 3, 4), 1, 4), ((3, 3, 3), 0, 2),
                            ((3, 3, 3), 3, 2)):  # fmt: skip
        weights = [rng.normal(size=shape) for shape in zip(widths[1:], widths[:-1], strict=True)]
        keep = rng.normal(size=(rank, widths[0]))
        weights[0] = rng.normal(size=(widths[1], rank)) @ keep  # a first layer of the given rank
        cases.append((weights, k, rng.normal(size=weights[k - 1].shape)))
    return cases


@checker(
    Function(_cases, returns=Array(rtol=1e-6, atol=1e-8)),
    reference=_perturbed,
    mistakes=[
        Mistake(
            "only_the_change",
            lambda w, k, move: _perturbed(w, k, move) - w[k - 1],
            "This is the change alone. Return the changed layer.",
        ),
        Mistake(
            "nothing_changed",
            lambda w, k, _move: w[k - 1],
            "You return the old layer. Unchanged products allow more than that wherever something does not arrive.",
        ),
        Mistake(
            "everything_changed",
            lambda w, k, move: w[k - 1] + move,
            "You add the whole move, and the product changes. Only what acts on directions that never arrive is free.",
        ),
        Mistake(
            "the_part_that_matters",
            _in_range,
            "You kept the part of the move that the product sees, and threw away the one that it does not see.",
        ),
        Mistake(
            "kernel_for_range",
            _in_kernel,
            "You project on the kernel of the layers below, which lives at the input. What counts is which directions "
            "of layer k - 1 are never reached.",
            detect=lambda answer: _like(answer, _in_kernel),
        ),
        Mistake(
            "only_the_layer_below",
            _layer_below_only,
            "You look at the layer below only. All layers below together may reach less than the last of them could.",
        ),
        Mistake(
            "from_the_left",
            _from_the_left,
            "You project on the side of the output. The layer meets what comes from below with its columns: multiply "
            "the move from the right.",
        ),
    ],
    success="Move times projector: this is every change that leaves the product alone, and the nearest one to yours.",
    hints=(
        "M W_{k-1} ... W_1 = 0 means that every row of M is orthogonal to the range of that product.",
        "With the left singular vectors of the nonzero singular values as columns of Q the projector is 1 - Q Qᵀ.",
        "For k = 1 nothing is below: an empty product is the identity, and reaches everything.",
    ),
)
def check_product_keeping_move(answer):
    """Check ``answer(weights, k, move)``: layer k plus the part of the move that leaves the product unchanged."""


def _like(answer, wrong):
    weights = [np.diag([1.0, 0.0])[[1, 0]], np.ones((2, 2))]
    move = np.array([[1.0, 2.0], [3.0, 5.0]])
    found = answer(weights, 2, move)
    return found.shape == (2, 2) and np.allclose(found, wrong(weights, 2, move))
