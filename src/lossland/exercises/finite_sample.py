"""Checkers of chapter 06: a network with 2n + d weights through n points, and what its weights are spent on.

An interpolating network is judged by what it does at the data, not by how it was found; each way in which the
construction typically fails leaves a trace by which it is recognized.
"""

from __future__ import annotations

import numpy as np

from lossland.exercises.answers import Array, Record
from lossland.exercises.checker import Mistake, checker
from lossland.exercises.functions import Failed, Function
from lossland.exercises.verdict import Verdict
from lossland.wide_networks import interpolate

_NETWORK = Record({"direction": Array(), "thresholds": Array(), "weights": Array()})
_TOLERANCE = 1e-6


def _cases(rng):
    sizes = [(4, 1), (6, 2), (30, 5), (100, 20)]
    return [(rng.standard_normal((n, d)), rng.standard_normal(n)) for n, d in sizes]


_OWN_CASES = _cases(np.random.default_rng(5))
_GRID = np.stack(np.meshgrid([0.0, 1.0, 2.0], [0.0, 1.0]), axis=-1).reshape(-1, 2)


def _solution(inputs, targets):
    network = interpolate(inputs, targets, rng=np.random.default_rng(0))
    return {"direction": network.direction, "thresholds": network.thresholds, "weights": network.output_weights}


def _parts(answer, case):
    """Projections and thresholds, both sorted, and the output weights in the order of the thresholds."""
    net = answer(*case)
    order = np.argsort(net["thresholds"])
    return np.asarray(case[0]) @ net["direction"], net["thresholds"][order], net["weights"][order]


def _outputs(answer, case):
    z, b, w = _parts(answer, case)
    return np.maximum(z[:, None] - b, 0) @ w


def _miss(answer, case) -> float:
    return float(np.abs(_outputs(answer, case) - case[1]).max())


def _misfit(answer) -> bool:
    return max(_miss(answer, case) for case in _OWN_CASES) > _TOLERANCE


def _has_shapes(answer) -> bool:
    for inputs, targets in _OWN_CASES:
        net, n = answer(inputs, targets), len(targets)
        if net["direction"].shape != inputs.shape[1:] or not net["thresholds"].shape == net["weights"].shape == (n,):
            return False
    return True


def _wrong_fit(test):
    """A trace of a mistake, looked for in networks of the right shape that miss the data."""
    return lambda answer: _has_shapes(answer) and _misfit(answer) and all(test(answer, case) for case in _OWN_CASES)


def _dense(answer):
    return any(np.ndim(answer(*case)["direction"]) == 2 for case in _OWN_CASES)


def _wrong_number(answer):
    return not _dense(answer) and not _has_shapes(answer)


def _at_the_points(answer, case):
    z, b, _ = _parts(answer, case)
    return bool(np.allclose(np.sort(z), b))


def _all_above(answer, case):
    z, b, _ = _parts(answer, case)
    return bool(b[0] >= z.min())


def _targets_unsorted(answer, case):
    z = np.asarray(case[0]) @ answer(*case)["direction"]
    outputs = _outputs(answer, case)[np.argsort(z)]
    return bool(np.allclose(outputs, case[1], atol=1e-6))


def _linear(answer, case):
    z, b, w = _parts(answer, case)
    matrix = z[:, None] - b
    residual = matrix @ w - case[1]
    return bool(np.abs(matrix.T @ residual).max() <= 1e-8 * max(1.0, np.abs(matrix).max() * np.abs(case[1]).sum()))


def _wrong_network(thresholds_of, *, sort_targets=True, relu=True):
    def answer(inputs, targets):
        direction = np.random.default_rng(0).standard_normal(inputs.shape[1])
        z = inputs @ direction
        order = np.argsort(z)
        b, y = thresholds_of(z[order]), targets[order] if sort_targets else targets
        matrix = z[order, None] - b
        weights = np.linalg.lstsq(np.maximum(matrix, 0) if relu else matrix, y, rcond=None)[0]
        return {"direction": direction, "thresholds": b, "weights": weights}

    return answer


def _below(z):
    gaps = np.diff(z)
    return np.concatenate([[z[0] - 1], z[:-1] + gaps / 4])


def _above(z):
    return np.concatenate([z[:-1] + np.diff(z) / 2, [z[-1] + 1]])


def _with_shapes(*, dense=False, bias=False):
    def answer(inputs, targets):
        net = _solution(inputs, targets)
        if dense:
            net["direction"] = np.tile(net["direction"], (len(targets), 1))
        if bias:
            net["weights"] = np.append(net["weights"], 0.0)
        return net

    return answer


@checker(
    Function(_cases, returns=_NETWORK),
    reference=_solution,
    unique=False,
    mistakes=[
        Mistake(
            "one_direction_per_neuron",
            _with_shapes(dense=True),
            "Your `direction` is a matrix, one direction for each neuron: that network has nd + 2n weights. All "
            "neurons share one direction, and differ in their thresholds.",
            detect=_dense,
        ),
        Mistake(
            "wrong_number_of_weights",
            _with_shapes(bias=True),
            "The count is not 2n + d: `direction` has d entries, `thresholds` and `weights` have n each, and there "
            "is no output bias.",
            detect=_wrong_number,
        ),
        Mistake(
            "thresholds_at_the_points",
            _wrong_network(lambda z: z),
            "Your thresholds sit on the projections, b_j = z_(j). Then the diagonal of the system is zero, and your "
            "network returns 0 at the first point whatever its weights are. Put b_1 below z_(1).",
            detect=_wrong_fit(_at_the_points),
            hint="b_1 < z_(1) ≤ b_2 < z_(2) ≤ …",
        ),
        Mistake(
            "thresholds_above_the_points",
            _wrong_network(_above),
            "No threshold lies below the first projection, so all neurons are silent there and your network returns 0. "
            "Each point needs a threshold of its own just *below* it.",
            detect=_wrong_fit(_all_above),
        ),
        Mistake(
            "targets_not_sorted",
            _wrong_network(_below, sort_targets=False),
            "Your network takes the right values at the wrong points: you sorted the projections, and left the targets "
            "in their old order.",
            detect=_wrong_fit(_targets_unsorted),
            hint="`order = np.argsort(z)`, then `z[order]` and `targets[order]`.",
        ),
        Mistake(
            "no_rectifier",
            _wrong_network(_below, relu=False),
            "You solved the system without the rectifier. Its matrix z_i - b_j has rank two; only (z_i - b_j)_+ is "
            "triangular.",
            detect=_wrong_fit(_linear),
        ),
    ],
    success="2n + d weights, and every point is met. Of these weights only the n at the output know the targets.",
    hints=(
        "Project on a random direction, and sort. What is the network on the line of projections?",
        "A threshold just below each projection makes the matrix (z_i - b_j)_+ lower triangular.",
        "`np.linalg.solve`, or slope by slope: each threshold changes the slope by its output weight.",
    ),
)
def check_interpolating_network(answer):
    """Check ``answer(inputs, targets)``: a dict of direction (d,), thresholds (n,), weights (n,) that interpolates."""
    for case in _OWN_CASES:
        if (miss := _miss(answer, case)) > _TOLERANCE:
            n, d = case[0].shape
            return f"For {n} points in {d} dimensions your network misses a target by {miss:.2g}."
    case = (_GRID, np.arange(6.0))
    try:
        fits = _miss(answer, case) < _TOLERANCE
    except Failed:
        fits = False
    if fits:
        return None
    return Verdict(
        "incorrect",
        "Right for points in general position. On a grid, a coordinate direction gives different inputs the same "
        "projection, and no function of it can tell them apart: take a random direction, which separates all of them.",
        mistake="equal_projections",
    )


def _counts(n, d):
    return 2 * n + d, n * d + 2 * n, n


@checker(
    Function([(10, 3), (100, 20), (50_000, 3072), (7, 7)], returns=Array(shape=(3,), rtol=1e-12)),
    reference=_counts,
    mistakes=[
        Mistake(
            "direction_for_each_neuron",
            lambda n, d: (n * d + 2 * n, n * d + 2 * n, n),
            "Your first count is that of the dense layer. The interpolating network has one direction, d weights in "
            "all.",
        ),
        Mistake(
            "thresholds_forgotten",
            lambda n, d: (n + d, n * d + n, n),
            "The thresholds are missing: each of the n neurons has one, in both networks.",
        ),
        Mistake(
            "output_bias",
            lambda n, d: (2 * n + d + 1, n * d + 2 * n + 1, n),
            "One too many: neither network has a bias at its output.",
        ),
        Mistake(
            "two_hidden_layers",
            lambda n, d: (3 * n + d + 1, n * d + 2 * n, n),
            "That counts two dense hidden layers, one neuron and then n. The statement is about one hidden layer; "
            '"two-layer" counts the output.',
        ),
        Mistake(
            "thresholds_depend_on_targets",
            lambda n, d: (2 * n + d, n * d + 2 * n, 2 * n),
            "You count the thresholds among the weights that depend on the targets. They lie between the projections, "
            "which know the inputs only.",
        ),
        Mistake(
            "everything_depends_on_targets",
            lambda n, d: (2 * n + d, n * d + 2 * n, 2 * n + d),
            "Direction and thresholds are chosen from the inputs alone. How many numbers are left for the targets?",
        ),
    ],
    success="n targets need n numbers, and no continuous choice of fewer can do; the other n + d only separate inputs.",
    hints=(
        "List the arrays of the construction, with their shapes.",
        "A dense layer has a weight from each input to each neuron.",
        "Which arrays change if only the targets change?",
    ),
)
def check_weight_counts(answer):
    """Check ``answer(n, d)``: weights of the construction, of a dense layer of n neurons, and those set by targets."""
