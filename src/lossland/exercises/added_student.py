"""Checkers of chapter 05: a student that hides at zero, and a student that is divided in two."""

from __future__ import annotations

import numpy as np

from lossland import teacher_student as ts
from lossland.exercises.answers import Number
from lossland.exercises.checker import Mistake, checker
from lossland.exercises.functions import Function
from lossland.exercises.truth_table import TruthTable


def _networks(rng, count):
    """Random networks, and minima, where the answer is small and has a sign."""
    drawn = [(rng.normal(size=(n, d)), rng.normal(size=(k, d))) for n, k, d in rng.integers(2, 5, (count, 3))]
    minima = [(ts.reversed_students(k).students, np.eye(k)) for k in (6, 7)]
    return drawn + minima


def _slope(students, teachers, direction):
    return float(np.sum(ts.relu_kernel(students, direction)) - np.sum(ts.relu_kernel(teachers, direction)))


def _slope_cases(rng):
    simple = [(np.eye(2)[:1], np.eye(2), np.array([0.0, 1.0])), (np.eye(2)[:1], np.eye(2), np.array([0.0, -2.0]))]
    drawn = [(w, v, rng.normal(size=v.shape[1])) for w, v in _networks(rng, 8)]
    return simple + drawn


@checker(
    Function(_slope_cases, returns=Number(rtol=1e-6, atol=1e-10)),
    reference=_slope,
    mistakes=[
        Mistake(
            "dead_neuron",
            lambda _w, _v, _u: 0.0,
            "You say that nothing happens, as automatic differentiation does with its convention for the derivative of "
            "ReLU at 0. But a neuron t·u with t > 0 is active on half of the inputs, however small t is.",
        ),
        Mistake(
            "sign",
            lambda w, v, u: -_slope(w, v, u),
            "The sign is that of the error teacher minus student. The loss is half the square of student minus "
            "teacher, and the new neuron is added to the student.",
        ),
        Mistake(
            "both_sides_averaged",
            lambda w, v, u: (_slope(w, v, u) - _slope(w, v, -u)) / 2,
            "You average the slopes in front of the kink and behind it, as a central difference would. The question "
            "is the slope along the ray t·u, t > 0.",
        ),
        Mistake(
            "printed_objective",
            lambda w, v, u: 2 * _slope(w, v, u),
            "Twice too large: that is the slope of the objective as printed, without the factor 1/2.",
        ),
        Mistake(
            "unit_direction",
            lambda w, v, u: _slope(w, v, u) / float(np.linalg.norm(u)),
            "That is the slope per unit of length. The neuron is t·u, and the slope is asked for in t: a longer u goes "
            "faster.",
        ),
        Mistake(
            "its_own_square",
            lambda w, v, u: _slope(w, v, u) + float(u @ u) / 2,
            "The kernel of the new neuron with itself is of order t²; it does not belong to the slope at t = 0.",
        ),
        Mistake(
            "teachers_only",
            lambda _w, v, u: -float(np.sum(ts.relu_kernel(v, u))),
            "You forget what the other students do already: the new neuron sees the error that is left, not the "
            "target.",
        ),
    ],
    success="A linear function of u it is not: that is the kink.",
    hints=(
        "Expand the loss of the larger network to first order in t.",
        "The derivative of half a square is the error times the derivative of the error, and that is (u·x)₊ for t > 0.",
        "The mean of the error times (u·x)₊ is a sum of kernels.",
    ),
)
def check_hidden_slope(answer):
    """Check ``answer(students, teachers, direction)``, the slope along t·u, t > 0, of a student that starts at zero."""


_FACTS = TruthTable({
    "global_has_gradient": True,
    "global_has_hessian": False,
    "global_is_strict": False,
    "spurious_has_gradient": False,
    "spurious_stays_minimum": False,
})


@checker(
    _FACTS.kind,
    reference=_FACTS.reference,
    mistakes=[
        _FACTS.at(
            "global_has_gradient",
            "kink_without_error",
            "At the global minimum the error is zero, so the loss is of second order in everything, also in the new "
            "student: it has a gradient there, and it is zero.",
        ),
        _FACTS.at(
            "global_has_hessian",
            "second_order_is_no_quadratic_form",
            "Second order is not yet a Hessian. The change of the output is linear in the old students and (u·x)₊ in "
            "the new one, and the square of that is no quadratic form in u.",
        ),
        _FACTS.at(
            "global_is_strict",
            "flat_ray_overlooked",
            "Let the hidden student take over a part of a teacher, t·v, and its student keep (1 - t)·v: the network "
            "does not change. A minimum with such neighbors is not strict.",
        ),
        _FACTS.at(
            "spurious_has_gradient",
            "gradient_by_convention",
            "A program returns a gradient, by convention. Compare the slopes along u and -u: at a spurious minimum "
            "they do not add up to zero.",
        ),
        _FACTS.at(
            "spurious_stays_minimum",
            "still_a_minimum",
            "All old directions go up, but the hidden student has new ones. Compute its slope toward the teacher that "
            "is answered backwards.",
        ),
    ],
    success="A hidden zero makes the global minimum degenerate, and opens the spurious one.",
    hints=(
        "Where the error vanishes, the slope of the hidden student vanishes too, in every direction.",
        "Is the loss to second order a quadratic form in (δ, u)?",
        "A function with a gradient has opposite slopes along u and -u.",
    ),
)
def check_hidden_facts(answer):
    """Check five statements on minima with a student that hides at zero."""


def _curvature(students, teachers, index, direction):
    return float(4 * direction @ ts.splitting_matrices(students, teachers)[index] @ direction)


def _curvature_cases(rng):
    cases = []
    for w, v in _networks(rng, 6):
        index = int(rng.integers(len(w)))
        cases.append((w, v, index, rng.normal(size=v.shape[1])))
    w = ts.reversed_students(6).students
    return [(w, np.eye(6), 0, np.eye(6)[5]), *cases]


def _own_block(students, teachers, index, direction):
    matrix = ts.splitting_matrices(students, teachers)[index] + np.eye(len(direction)) / 2
    return float(direction @ matrix @ direction)


def _from_teachers(students, teachers, index, direction):
    blocks = ts.relu_kernel_hessian(students[index], teachers)[0]
    return -4 * float(direction @ blocks.sum(0) @ direction)


@checker(
    Function(_curvature_cases, returns=Number(rtol=1e-5, atol=1e-9)),
    reference=_curvature,
    mistakes=[
        Mistake(
            "halves_count_as_whole",
            lambda *case: _curvature(*case) / 4,
            "Four times too small. There are two parts, and each is half as long: the curvature of (w·x)₊ in w grows "
            "like one over the length.",
        ),
        Mistake(
            "factor_two",
            lambda *case: _curvature(*case) / 2,
            "Half of it. Either this is the coefficient of t² and not the second derivative, or you have counted two "
            "parts and forgotten that a shorter neuron bends more.",
        ),
        Mistake(
            "parts_move_together",
            lambda *case: 4 * _own_block(*case),
            "That is the curvature when both parts move the same way, like one student. They move apart: to first "
            "order the output does not change, and the term δ·δ/2 is absent.",
        ),
        Mistake(
            "one_student_moves",
            _own_block,
            "That is a diagonal block of the Hessian, for a student that is not divided. It is positive at a minimum; "
            "the point of splitting is what is hidden behind it.",
        ),
        Mistake(
            "printed_objective",
            lambda *case: 2 * _curvature(*case),
            "Twice too large: that belongs to the objective as printed, without the factor 1/2.",
        ),
        Mistake(
            "other_students_forgotten",
            _from_teachers,
            "You let the teachers bend the loss and forget the other students. The error is student minus teacher.",
        ),
    ],
    success="Negative at a spurious minimum: dividing a neuron in two makes a saddle of it.",
    hints=(
        "To second order in t the two parts change the output by t² times something, and by nothing at first order.",
        "So the loss changes by the mean of the error times that: only second derivatives of kernels with the *other* "
        "neurons appear.",
        "`ts.relu_kernel_hessian(w, v)[0]`; at half the length it is twice as large. Two parts, two factors of 2.",
    ),
)
def check_splitting_curvature(answer):
    """Check ``answer(students, teachers, index, direction)``, the second derivative of the loss as two halves part."""
