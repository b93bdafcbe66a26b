"""Checkers of chapter 09 on many modes: decoupled networks, and the starts from which a chain gets stuck."""

from __future__ import annotations

import numpy as np

from lossland import linear_networks as ln
from lossland.exercises.answers import Array, Choice
from lossland.exercises.checker import Mistake, checker
from lossland.exercises.functions import Function
from lossland.exercises.truth_table import TruthTable


def _others(weights):
    layers = np.arange(weights.shape[1])
    return np.stack([weights[:, layers != k].prod(axis=1) for k in layers], axis=1)


def _velocities(weights, targets, variances):
    error = targets - weights.prod(axis=1)
    return (variances * error)[:, None] * _others(weights)


def _velocity_cases(rng):
    cases = [(np.array([[1.0, 2.0]]), np.array([3.0]), np.array([1.0])),
             (np.array([[0.5, 2.0, 1.0], [0.0, 1.0, 2.0]]), np.array([1.0, 2.0]), np.array([2.0, 0.5]))]  # fmt: skip
    for _ in range(6):
        n, depth = int(rng.integers(1, 5)), int(rng.integers(2, 6))
        cases.append((rng.normal(size=(n, depth)), rng.normal(size=n), rng.uniform(0.2, 3, n)))
    return cases


@checker(
    Function(_velocity_cases, returns=Array(rtol=1e-6)),
    reference=_velocities,
    mistakes=[
        Mistake(
            "white_inputs",
            lambda w, r, s: _velocities(w, r, np.ones_like(s)),
            "The input variances are missing: you assume white inputs.",
        ),
        Mistake(
            "uphill",
            lambda w, r, s: -_velocities(w, r, s),
            "That is the gradient. The flow goes against it.",
        ),
        Mistake(
            "whole_product",
            lambda w, r, s: np.broadcast_to((s * (r - w.prod(axis=1)) * w.prod(axis=1))[:, None], w.shape),
            "The factor in front is the product of the other layers, without the one that moves.",
        ),
        Mistake(
            "variance_at_the_prediction",
            lambda w, r, s: (r - s * w.prod(axis=1))[:, None] * _others(w),
            "The variance multiplies the whole error r - q, target included: both are linear in the input.",
        ),
        Mistake(
            "root_of_variance",
            lambda w, r, s: _velocities(w, r, np.sqrt(s)),
            "The second-moment matrix holds variances, not standard deviations.",
        ),
        Mistake(
            "balanced_assumed",
            lambda w, r, s: _velocities(
                np.broadcast_to((np.abs(w.prod(axis=1)) ** (1 / w.shape[1]))[:, None], w.shape) * np.sign(w), r, s
            ),
            "You assume equal weights. Decoupling needs no balance: each layer has its own product of others.",
        ),
    ],
    success="A network of matrices has become a handful of one-unit networks that know nothing of each other.",
    hints=(
        "In the frames every matrix of the gradient formula is diagonal; entry i is a product of entries i.",
        "The gradient of layer k is the transposed layers above, times the error, times Sigma, times those below.",
        "For each mode: variance times (target minus product) times the product of the other weights.",
    ),
)
def check_mode_velocities(answer):
    """Check ``answer(weights, targets, variances)``: velocities (n_modes, K) of decoupled modes under gradient flow."""


_DECOUPLING = TruthTable({
    "reflections_allowed": True,
    "widths_may_differ": True,
    "one_frame_for_all_layers": False,
    "any_second_moments": False,
    "always_converges": False,
})


@checker(
    _DECOUPLING.kind,
    reference=_DECOUPLING.reference,
    mistakes=[
        _DECOUPLING.at(
            "reflections_allowed",
            "only_rotations",
            "Look at the proof: it uses that frames times their transposes are the identity, never their determinant.",
        ),
        _DECOUPLING.at(
            "widths_may_differ",
            "only_equal_widths",
            "Products of rectangular-diagonal matrices are rectangular-diagonal: nothing needs to be square.",
        ),
        _DECOUPLING.at(
            "one_frame_for_all_layers",
            "same_frame_everywhere",
            "One frame for all is the case of a symmetric target and a start from the identity. Between two layers the "
            "frames cancel, whatever they are.",
        ),
        _DECOUPLING.at(
            "any_second_moments",
            "second_moments_forgotten",
            "The matrix of second moments stands in the middle of the gradient. If it is not diagonal in the frame of "
            "inputs, it mixes the modes in the first step.",
        ),
        _DECOUPLING.at(
            "always_converges",
            "convergence_claimed",
            "Decoupled is not solved: a mode may be stuck, or start at 0 in two layers, or the step may be too large.",
        ),
    ],
    success="Alignment, not the identity, is what makes the dynamics solvable.",
    hints=(
        "Go through the proof and mark where each assumption is used.",
        "Try it: `ln.random_frames`, `ln.aligned_weights`, `ln.descend`, `ln.off_diagonal`.",
    ),
)
def check_decoupling_conditions(answer):
    """Check five statements on what the decoupling of a linear network needs and gives."""


def _is_stuck(weights, target):
    return bool(ln.chain_end(weights, target).stuck)


def _tie_anywhere(weights):
    sizes = np.sort(np.abs(weights))
    return bool(np.any(np.diff(sizes) == 0))


def _tie_at_the_bottom(weights):
    sizes = np.sort(np.abs(weights))
    return len(sizes) > 1 and bool(sizes[0] == sizes[1])


def _least_entry_twice(weights):
    ordered = np.sort(weights)
    return len(ordered) > 1 and bool(ordered[0] == ordered[1])


def _stuck_cases(rng):
    cases = [([1.0, 1.0], -0.7), ([1.0, 1.0], 0.7), ([1.0, 1.1], -0.7), ([1.0, -1.0, 2.0], 0.5),
             ([1.0, 2.0, 2.0], -1.0), ([2.0, 1.0, 1.0], -1.0),
             ([0.0, 1.0, 2.0], 1.0), ([0.0, 0.0, 2.0], 1.0), ([0.0, 0.0, 2.0], -1.0),
             ([1.0, 1.0, 1.0], 0.0), ([0.0, 0.0], 0.0), ([-1.5], 2.0), ([1.0], -2.0), ([1.5, -1.5, 2.0, 3.0], -1.0),
             ([1.5, -1.5, 2.0, 3.0], 1.0), ([1.0, 1.0, 1.0], -2.0), ([-1.0, -1.0, -1.0], -2.0)]  # fmt: skip
    for _ in range(12):
        weights = rng.integers(1, 4, int(rng.integers(2, 6))) / 2 * rng.choice([-1.0, 1.0])
        weights[0] *= rng.choice([-1.0, 1.0])
        cases.append((weights.tolist(), float(rng.choice([-1.0, 1.0]) * rng.uniform(0.2, 2))))
    return [(np.array(weights), target) for weights, target in cases]


@checker(
    Function(_stuck_cases, returns=Choice((True, False))),
    reference=_is_stuck,
    mistakes=[
        Mistake(
            "negative_targets",
            lambda _weights, target: bool(target < 0),
            "Not every negative target is lost, and positive ones can be: compare with the sign of the product.",
        ),
        Mistake(
            "wrong_sign",
            lambda weights, target: bool(np.prod(weights) * target < 0),
            "The wrong sign alone is no trap: a single weight that reaches 0 before the others goes through, pushed by "
            "their product.",
        ),
        Mistake(
            "only_if_balanced",
            lambda weights, target: len(weights) > 1
            and bool(np.ptp(np.abs(weights)) == 0 and target and np.prod(weights) * target <= 0),
            "All equal is sufficient, not necessary. Differences of squares are conserved; which weights can reach 0 "
            "together?",
        ),
        Mistake(
            "any_tie",
            lambda weights, target: _tie_anywhere(weights) and bool(target and np.prod(weights) * target <= 0),
            "A tie among the larger weights does no harm: they cannot be 0 as long as the smallest one exists.",
        ),
        Mistake(
            "sign_forgotten",
            lambda weights, target: _tie_at_the_bottom(weights) and target != 0,
            "The tie is right. But with the right sign of the product the weights grow and never come near 0.",
        ),
        Mistake(
            "signs_compared",
            lambda weights, target: _least_entry_twice(weights) and bool(target and np.prod(weights) * target <= 0),
            "You compare the weights with their signs. What is conserved are differences of squares: it is the moduli "
            "that must agree.",
        ),
        Mistake(
            "only_at_the_saddle",
            lambda weights, target: bool(target) and np.count_nonzero(weights == 0) > 1,
            "Those start at the saddle. A start away from it can also flow into it: two weights that share the least "
            "modulus reach 0 together.",
        ),
        Mistake(
            "zero_strength_forgotten",
            lambda weights, target: _tie_at_the_bottom(weights) and bool(np.prod(weights) * target < 0),
            "With two weights at 0 nothing moves at all, whatever the sign of the target.",
        ),
        Mistake(
            "zero_target_stuck",
            lambda weights, target: _tie_at_the_bottom(weights) and bool(np.prod(weights) * target <= 0),
            "For target 0 the strength 0 is the global minimum, not a trap.",
        ),
        Mistake(
            "zero_strength_always",
            lambda weights, target: bool(target)
            and bool((_tie_at_the_bottom(weights) and np.prod(weights) * target < 0) or np.prod(weights) == 0),
            "One weight at 0 is pushed away by the product of the others. It takes two.",
        ),
    ],
    success="You have solved the question of generic starts for networks of width 1: the trap has measure zero.",
    hints=(
        "All w_k² - w_j² are conserved. So the order of the moduli never changes.",
        "If the smallest modulus belongs to one layer alone, what is its velocity when it is at 0?",
        "If two layers share it, they reach 0 together, and their velocities contain each other as a factor.",
    ),
)
def check_stuck_start(answer):
    """Check ``answer(weights, target)``: whether gradient flow of a chain of single units never reaches its target."""
