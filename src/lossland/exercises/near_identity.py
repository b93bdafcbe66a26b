"""Checkers of chapter 08: which matrices are products of factors near the identity, and which turns have an axis."""

from __future__ import annotations

import math

import numpy as np
from scipy import linalg

from lossland.exercises.answers import Array, Choice, Record
from lossland.exercises.checker import Mistake, checker
from lossland.exercises.functions import Failed, Function

_SEED = 20


def _possible(matrix):
    return bool(np.linalg.slogdet(matrix)[0] > 0)


def _turn(angle):
    return np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])


def _matrix_cases(rng):
    fixed = [
        np.diag([1.0, 2.0]),
        np.diag([-1.0, 1.0]),
        np.diag([-1.0, -2.0]),
        np.array([[0.0, 1.0], [1.0, 0.0]]),
        np.array([[1.0, 7.0], [0.0, 1.0]]),
        np.array([[1.0, 2.0], [2.0, 4.0]]),
        np.diag([0.3, 0.4]),
        -np.eye(3),
        3 * _turn(2.5),
        linalg.block_diag(_turn(3.0), [[-0.5]]),
    ]
    return [(matrix,) for matrix in fixed] + [(rng.normal(size=(d, d)),) for d in (2, 3, 4, 5) * 3]


def _eigenvalues(matrix):
    return np.linalg.eigvals(matrix)


def _has_real_logarithm(matrix):
    values = _eigenvalues(matrix)
    negative = (np.abs(values.imag) < 1e-9) & (values.real <= 1e-9)
    return not negative.any()


@checker(
    Function(_matrix_cases, returns=Choice((True, False))),
    reference=_possible,
    mistakes=[
        Mistake(
            "invertible_is_enough",
            lambda a: bool(np.linalg.matrix_rank(a) == len(a)),
            "You accept every invertible matrix. diag(-1, 1) is invertible, and yet no such product: follow the sign "
            "of a determinant along 1 + tV.",
        ),
        Mistake(
            "singular_accepted",
            lambda a: bool(np.linalg.det(a) > -1e-9),
            "You accept singular matrices, too. A factor 1 + V with |V| < 1 has an inverse, and so has a product.",
        ),
        Mistake(
            "needs_a_logarithm",
            _has_real_logarithm,
            "You ask for a real principal logarithm. diag(-1, -2) has none, but it is half a turn times a stretch, and "
            "both have roots near the identity.",
        ),
        Mistake(
            "positive_eigenvalues",
            lambda a: bool(np.all(np.abs(_eigenvalues(a).imag) < 1e-9) and np.all(_eigenvalues(a).real > 0)),
            "You ask for positive eigenvalues. A rotation has none, and it can be made of small rotations.",
        ),
        Mistake(
            "positive_definite",
            lambda a: bool(np.linalg.eigvalsh(a + a.T)[0] > 0),
            "You ask that x·Ax > 0 for all x. Each factor has to be like this; a product can turn further.",
        ),
        Mistake(
            "near_itself",
            lambda a: bool(np.linalg.norm(a - np.eye(len(a)), 2) < 1),
            "You ask that A itself is near the identity. Many small steps lead far: the number of factors is free.",
        ),
        Mistake(
            "trace_instead",
            lambda a: bool(np.trace(a) > 0),
            "The trace is a sum over eigenvalues and adds up; what products multiply is the determinant.",
        ),
    ],
    success="The determinant is continuous, so it cannot change its sign without passing zero. That is the only "
    "obstruction.",
    hints=(
        "What do all the matrices 1 + tV, 0 <= t <= 1, have in common if |V| < 1?",
        "One number is multiplicative, continuous, and zero only for singular matrices.",
    ),
)
def check_near_identity_possible(answer):
    """Check ``answer(matrix)``: is the matrix a product of factors 1 + V with spectral norms of V below one?"""


def _rotation_vector(rotation):
    turn = np.array([rotation[2, 1] - rotation[1, 2], rotation[0, 2] - rotation[2, 0], rotation[1, 0] - rotation[0, 1]])
    sine = np.linalg.norm(turn) / 2
    angle = math.atan2(sine, (np.trace(rotation) - 1) / 2)
    if sine < 1e-9:  # half a turn
        return angle * np.linalg.eigh(rotation + rotation.T)[1][:, -1]
    return angle * turn / (2 * sine)


def _rodrigues(axis, angle):
    x, y, z = axis
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    return np.eye(3) + math.sin(angle) * cross + (1 - math.cos(angle)) * cross @ cross


def _rotation_cases(rng):
    cases = [_rodrigues((0.0, 0.0, 1.0), math.pi / 2), _rodrigues((1.0, 0.0, 0.0), 2.0)]
    for angle in (0.3, 1.2, 2.0, 2.5, 2.9):
        axis = rng.normal(size=3)
        cases.append(_rodrigues(axis / np.linalg.norm(axis), angle))
    return [(case,) for case in cases]


def _unit_axis(rotation):
    vector = _rotation_vector(rotation)
    return vector / np.linalg.norm(vector)


def _pairs(answer):
    """What was returned, and what is right, for all cases."""
    cases = [case for (case,) in _rotation_cases(np.random.default_rng(_SEED))]
    return np.array([np.ravel(answer(case)) for case in cases]), np.array([_rotation_vector(case) for case in cases])


def _right_up_to_sign(answer):
    mine, right = _pairs(answer)
    if mine.shape != right.shape:
        return False
    signs = np.sign(np.sum(mine * right, axis=1, keepdims=True))
    return np.allclose(mine, signs * right, rtol=1e-5, atol=1e-7) and bool((signs < 0).any())


def _always_reversed(answer):
    mine, right = _pairs(answer)
    return np.allclose(mine, -right, rtol=1e-5, atol=1e-7)


def _clipped_arccos(value):
    return math.acos(min(1.0, max(-1.0, value)))


@checker(
    Function(_rotation_cases, returns=Array(rtol=1e-5, atol=1e-7), seed=_SEED),
    reference=_rotation_vector,
    mistakes=[
        Mistake(
            "left_handed",
            lambda o: -_rotation_vector(o),
            "Axis and angle are right, the sense is not: with your vector everything turns the other way. For a "
            "quarter turn about the third axis, e_1 goes to e_2.",
        ),
        Mistake(
            "sense_left_to_chance",
            lambda o: math.copysign(1.0, _rotation_vector(o)[0]) * _rotation_vector(o),
            "Axis and angle are right, but for some rotations the sense is not. The trace cannot tell n from -n, and "
            "an eigenvector comes with any sign: let O - Oᵀ decide.",
            detect=lambda answer: _right_up_to_sign(answer) and not _always_reversed(answer),
        ),
        Mistake(
            "axis_only",
            _unit_axis,
            "This is the axis, of length one. The length of the vector is to be the angle.",
        ),
        Mistake(
            "sine_for_angle",
            lambda o: math.sin(np.linalg.norm(_rotation_vector(o))) * _unit_axis(o),
            "The antisymmetric part of O has the length of a sine: angles of 60 and of 120 degrees give the same.",
        ),
        Mistake(
            "arcsine",
            lambda o: math.asin(min(1.0, math.sin(np.linalg.norm(_rotation_vector(o))))) * _unit_axis(o),
            "An arcsine never exceeds 90 degrees. The trace tells the rest: it is 1 + 2 cos φ.",
        ),
        Mistake(
            "degrees",
            lambda o: np.degrees(_rotation_vector(o)),
            "These are degrees; in formulas of this book angles are in radians.",
        ),
        Mistake(
            "trace_without_one",
            lambda o: _clipped_arccos(np.trace(o) / 2) * _unit_axis(o),
            "The trace of a turn in three dimensions is 1 + 2 cos φ: the axis contributes the 1.",
        ),
        Mistake(
            "trace_by_three",
            lambda o: _clipped_arccos(np.trace(o) / 3) * _unit_axis(o),
            "The trace is not three cosines: two directions are turned, the third is the axis.",
        ),
    ],
    success="Axis and angle: three numbers are all of SO(3).",
    hints=(
        "The angle: the trace does not depend on the basis, so compute it in a basis that contains the axis.",
        "The axis: the antisymmetric part of O kills it, (O - Oᵀ)n = 0.",
        "For the sense compare with [[0, -1, 0], [1, 0, 0], [0, 0, 1]], which belongs to (0, 0, π/2).",
    ),
)
def check_rotation_vector(answer):
    """Check ``answer(rotation)``: the unit axis times the angle, in (0, pi), of a rotation of three dimensions."""
    for (case,) in _rotation_cases(np.random.default_rng(_SEED)):
        if np.shape(vector := answer(case)) != (3,) or not np.allclose(vector, _rotation_vector(case), 1e-5, 1e-7):
            return None  # wrong below half a turn already, which the comparison with the reference tells
    try:
        vector = answer(np.diag([1.0, -1.0, -1.0]))
    except Failed:  # NaN, in general
        vector = np.zeros(3)
    if abs(np.linalg.norm(vector) - math.pi) > 1e-6 or np.linalg.norm(vector[1:]) > 1e-6:
        return (
            "Right for all angles below π. At half a turn, diag(1, -1, -1), the antisymmetric part is zero: take the "
            "eigenvector of O for the eigenvalue 1."
        )
    return None


_GROUPS = {"SO(2)": False, "SO(3)": True, "O(3), det = -1": False, "SO(4)": False, "SO(5)": True}


def _groups(**changes):
    return {**_GROUPS, **changes}


@checker(
    Record({name: Choice((True, False)) for name in _GROUPS}),
    reference=_GROUPS,
    mistakes=[
        Mistake(
            "orthogonal_is_enough",
            _groups(**{"O(3), det = -1": True}),
            "-1 is orthogonal and moves every vector. Where does your proof use the determinant?",
            detect=lambda answer: answer["O(3), det = -1"] and not answer["SO(4)"] and not answer["SO(2)"],
        ),
        Mistake(
            "every_rotation_has_an_axis",
            {"SO(2)": True, "SO(3)": True, "O(3), det = -1": False, "SO(4)": True, "SO(5)": True},
            "In even dimensions all planes can turn at once: -1 has determinant 1 in two and in four dimensions.",
            detect=lambda answer: answer["SO(4)"] and answer["SO(5)"],
        ),
        Mistake(
            "axis_out_of_the_plane",
            _groups(**{"SO(2)": True}),
            "The axis of a turn of the plane sticks out of the plane: it is no vector of R².",
            detect=lambda answer: answer["SO(2)"] and not answer["SO(4)"],
        ),
        Mistake(
            "three_dimensions_only",
            _groups(**{"SO(5)": False}),
            "Your proof for three dimensions uses only that (-1)³ = -1. In five dimensions (-1)⁵ = -1, too.",
            detect=lambda answer: not answer["SO(5)"] and answer["SO(3)"],
        ),
        Mistake(
            "no_axis_at_all",
            _groups(**{"SO(3)": False, "SO(5)": False}),
            "det(O - 1) = det(O) det(1 - Oᵀ) = (-1)^d det(O - 1). What follows for odd d?",
            detect=lambda answer: not answer["SO(3)"],
        ),
    ],
    success="Odd dimension and determinant one: then 1 is an eigenvalue. Everything else can turn without rest.",
    hints=(
        "A fixed vector exists exactly if det(O - 1) = 0.",
        "Pull O out of O - 1 = O(1 - Oᵀ), and take determinants.",
    ),
)
def check_fixed_axes(answer):
    """Check for which groups every element leaves some nonzero vector where it is."""
