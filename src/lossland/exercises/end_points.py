"""Checkers of chapter 05: the kernel of two ReLU neurons, and what kind of point a descent has ended in."""

from __future__ import annotations

import numpy as np

from lossland import teacher_student as ts
from lossland.exercises.answers import Choice, Number
from lossland.exercises.checker import Mistake, checker
from lossland.exercises.functions import Function

KINDS = ("global", "spurious", "saddle", "unconverged")
# (0.1, y) and z times it: whatever way the cosine is computed, rounding takes it beyond one for some of them
_ROUNDED_BEYOND_ONE = ((1.5, 3.0), (1.0, 1.0), (0.6, 1.0), (0.7, 3.0), (0.5, 3.0), (1.0, 3.0), (1.5, -3.0))


def _kernel(w, v):
    return float(ts.relu_kernel(w, v))


def _kernel_cases(rng):
    same = np.array([0.1, 0.2, 0.3])
    cases = [([1.0, 0.0], [0.0, 1.0]), ([2.0, 0.0], [3.0, 0.0]), ([1.0, 1.0], [-2.0, -2.0]), (same, same)]
    cases += [(rng.normal(size=d), rng.normal(size=d)) for d in (2, 2, 3, 3, 5, 8)]
    cases += [(same, 1e3 * same), *((np.array([0.1, y]), z * np.array([0.1, y])) for y, z in _ROUNDED_BEYOND_ONE)]
    cases += [([0.0, 0.0], [1.0, 2.0])]
    return [(np.array(w), np.array(v)) for w, v in cases]


def _polar(w, v):
    """Product of the lengths, and the angle; a zero neuron has no length, so that its angle does not matter."""
    lengths = float(np.linalg.norm(w) * np.linalg.norm(v))
    return lengths, float(np.arccos(np.clip(w @ v / lengths, -1, 1))) if lengths > 0 else np.pi / 2


def _in_polar(formula):
    return lambda w, v: formula(*_polar(w, v))


@checker(
    Function(_kernel_cases, returns=Number(rtol=1e-6, atol=1e-9)),
    reference=_kernel,
    mistakes=[
        Mistake(
            "without_relu",
            lambda w, v: float(w @ v),
            "That is the mean product of two linear neurons. A ReLU passes only inputs on its own side.",
        ),
        Mistake(
            "half_of_linear",
            lambda w, v: float(w @ v) / 2,
            "Half of the inputs would be right if both neurons were active on the same half. They share a wedge only, "
            "of the angle between the two hyperplanes.",
        ),
        Mistake(
            "angle_itself",
            _in_polar(lambda r, t: r / (2 * np.pi) * (np.sin(t) + t * np.cos(t))),
            "The wedge where both are active has the angle π - θ: for parallel neurons it is a half-plane, for "
            "opposite ones it is empty. You have θ.",
        ),
        Mistake(
            "lengths_lost",
            _in_polar(lambda _r, t: (np.sin(t) + (np.pi - t) * np.cos(t)) / (2 * np.pi)),
            "Right for neurons of length one. ReLU is homogeneous: both lengths come out as factors.",
        ),
        Mistake(
            "arc_cosine_kernel",
            _in_polar(lambda r, t: r / np.pi * (np.sin(t) + (np.pi - t) * np.cos(t))),
            "Twice too large: that is the arc-cosine kernel of Cho and Saul, who normalize it by a factor 2. A neuron "
            "with itself must give half of its squared length.",
        ),
        Mistake(
            "means_subtracted",
            _in_polar(lambda r, t: r / (2 * np.pi) * (np.sin(t) + (np.pi - t) * np.cos(t) - 1)),
            "That is the covariance. The loss contains the mean of the product; ReLU outputs have a mean, and it "
            "stays.",
        ),
        Mistake(
            "independent",
            _in_polar(lambda r, _t: r / (2 * np.pi)),
            "That is the product of the two means. The neurons see the same input, so they are not independent.",
        ),
    ],
    success="With this function the loss, and after a derivative or two all else, is known without a single sample.",
    hints=(
        "Only the plane of w and v matters; turn the coordinates so that w is an axis.",
        "In polar coordinates the radial integral is that of r³ exp(-r²/2), which is 2.",
        "The angular integral runs over the wedge, from θ - π/2 to π/2.",
    ),
)
def check_relu_kernel(answer):
    """Check ``answer(w, v)``, the mean product of two ReLU neurons under standard Gaussian inputs."""


def _kind(students, teachers):
    if float(ts.population_loss(students, teachers)) < 1e-9:
        return "global"
    if np.linalg.norm(ts.population_gradient(students, teachers)) > 1e-8:
        return "unconverged"
    return "spurious" if np.linalg.eigvalsh(ts.population_hessian(students, teachers))[0] > 0 else "saddle"


def _shuffled(students, rng):
    n, d = students.shape
    return students[rng.permutation(n)][:, rng.permutation(d)]


def _end_points(rng):
    """Points of all kinds, in no order that an index could betray."""
    spurious = {k: ts.reversed_students(k).students for k in (6, 7)}
    points = [
        np.eye(6),
        spurious[6],
        _shuffled(np.eye(6), rng),  # global, in another order
        ts.reversed_students(5).students,  # a saddle without any symmetry broken
        spurious[7] + 1e-3 * rng.normal(size=(7, 7)),
        _shuffled(ts.split_student(np.eye(5), 2, share=0.3), rng),  # global, one neuron shared by two
        _shuffled(ts.split_student(spurious[6], 0), rng),  # its own blocks of the Hessian are positive
        _shuffled(ts.reversed_students(8, 1, n_extra=1).students, rng),
        np.eye(6) + 1e-3 * rng.normal(size=(6, 6)),
        _shuffled(spurious[7], rng),
        ts.reversed_students(6, 1, n_extra=1).students,
        _shuffled(ts.reversed_students(8, 2).students, rng),
        rng.normal(size=(5, 4)),
    ]
    beside = (np.array([[2 / np.pi, 0.0]]), np.array([[0.0, 1.0], [0.0, -1.0]]))  # one student for |x|
    return [(point, np.eye(point.shape[1])) for point in points] + [beside]


def _by_loss(students, teachers):
    return "global" if ts.population_loss(students, teachers) < 1e-9 else "spurious"


def _without_gradient(students, teachers):
    kind = _kind(students, teachers)
    if kind != "unconverged":
        return kind
    return "spurious" if np.linalg.eigvalsh(ts.population_hessian(students, teachers))[0] > 0 else "saddle"


def _without_hessian(students, teachers):
    kind = _kind(students, teachers)
    return "spurious" if kind == "saddle" else kind


def _own_blocks(students, teachers):
    kind = _kind(students, teachers)
    if kind != "saddle":
        return kind
    blocks = ts.splitting_matrices(students, teachers) + np.eye(students.shape[1]) / 2
    return "spurious" if np.linalg.eigvalsh(blocks).min() > 0 else "saddle"


def _in_order(students, teachers):
    kind = _kind(students, teachers)
    moved = students.shape != teachers.shape or not np.allclose(students, teachers)
    return "spurious" if kind == "global" and moved else kind


_SWAPPED = {"spurious": "saddle", "saddle": "spurious"}


def _definite_first(students, teachers):
    kind = _kind(students, teachers)
    if kind == "global" and np.linalg.eigvalsh(ts.population_hessian(students, teachers))[0] < 1e-9:
        return "saddle"
    return kind


@checker(
    Function(_end_points, returns=Choice(KINDS)),
    reference=_kind,
    mistakes=[
        Mistake(
            "by_loss_alone",
            _by_loss,
            "You look at the loss alone. A run that has not arrived, or sits on a saddle, has a positive loss too: "
            "ask for the gradient and the Hessian.",
        ),
        Mistake(
            "gradient_not_checked",
            _without_gradient,
            "You take curvatures at points where the gradient is not zero. They say nothing there: such a run has "
            "simply not converged.",
        ),
        Mistake(
            "hessian_not_checked",
            _without_hessian,
            "Zero gradient and positive loss is not yet a minimum. Some of these points have a direction down.",
        ),
        Mistake(
            "signs_swapped",
            lambda students, teachers: _SWAPPED.get(kind := _kind(students, teachers), kind),
            "You call minima saddles and saddles minima: at a minimum no eigenvalue of the Hessian is negative.",
        ),
        Mistake(
            "own_blocks",
            _own_blocks,
            "You test each student alone, the diagonal blocks. Two students together can find a way down that neither "
            "has alone: take the eigenvalues of the whole matrix.",
        ),
        Mistake(
            "order_matters",
            _in_order,
            "A student network that equals the teacher in another order, or with a neuron divided among two, is the "
            "same function. Test the loss, not the weights.",
        ),
        Mistake(
            "global_must_be_definite",
            _definite_first,
            "With more students than teachers the global minimum is degenerate: a neuron can be divided in many ways. "
            "Loss zero decides before any curvature.",
        ),
    ],
    success="Loss, gradient, Hessian, in this order: that is how each run of the tables was judged.",
    hints=(
        "Ask in the right order: is the loss zero? Is the gradient zero? Is an eigenvalue negative?",
        "`ts.population_hessian` returns the whole matrix, of size n d; `np.linalg.eigvalsh` sorts ascending.",
    ),
)
def check_end_point(answer):
    """Check ``answer(students, teachers)``, the kind of point that a descent has ended in."""
