"""Checkers of chapter 04: the law of the Hamiltonian, and the case of two spins, which is an eigenproblem."""

from __future__ import annotations

import math

import numpy as np

from lossland.exercises.answers import Array, Choice, Number, Record
from lossland.exercises.checker import Mistake, checker
from lossland.exercises.functions import Function
from lossland.exercises.verdict import Verdict


def _covariance(overlap, n_spins, order):
    return n_spins * overlap**order


def _covariance_cases(rng):
    fixed = [(1.0, 10, 3), (0.5, 8, 3), (-0.5, 8, 3), (-0.3, 20, 4), (0.2, 5, 2)]
    drawn = zip(rng.uniform(-1, 1, 8), rng.integers(3, 200, 8), rng.integers(2, 7, 8), strict=True)
    return fixed + [(float(q), int(n), int(h)) for q, n, h in drawn]


@checker(
    Function(_covariance_cases, returns=Number(rtol=1e-6)),
    reference=_covariance,
    mistakes=[
        Mistake(
            "per_spin",
            lambda q, _n, h: q**h,
            "That is the covariance divided by n. The energies here are total: at overlap one the variance is n.",
        ),
        Mistake(
            "energy_densities",
            lambda q, n, h: q**h / n,
            "That is the covariance of the energies per spin L/n. The question is about L itself.",
        ),
        Mistake(
            "linear_in_overlap",
            lambda q, n, _h: n * q,
            "The overlap enters once for each of the H indices: every factor of the sum contributes v·w.",
        ),
        Mistake(
            "overlap_not_divided",
            lambda q, n, h: float(n) ** h * q**h,
            "You lost the normalization: L carries the factor n^(-(H-1)/2), twice.",
        ),
        Mistake(
            "normalization_once",
            lambda q, n, h: float(n) ** ((h + 1) / 2) * q**h,
            "The factor n^(-(H-1)/2) stands in front of both energies, so it appears squared.",
        ),
        Mistake(
            "distinct_indices",
            lambda q, n, h: math.perm(n, h) * q**h / float(n) ** (h - 1) if n >= h else 0.0,
            "You count only tuples of different indices. The sum of this book runs over all ordered tuples.",
        ),
        Mistake(
            "absolute_overlap",
            lambda q, n, h: n * abs(q) ** h,
            "For odd H opposite states have opposite energies: the sign of the overlap matters.",
        ),
    ],
    success="One formula holds all that this chapter uses: the landscape is determined by its covariance.",
    hints=(
        "E[J_I J_K] is one for I = K and zero else, so one sum over tuples is left.",
        "The sum over tuples of products is a product of sums: (v·w)^H.",
        "v·w is n times the overlap; collect the powers of n.",
    ),
)
def check_energy_covariance(answer):
    """Check ``answer(overlap, n_spins, order)``, the covariance of the energies of two states over the couplings."""


def _two_spin_energies(couplings):
    return np.linalg.eigvalsh((couplings + couplings.T) / 2) / math.sqrt(len(couplings))


def _two_spin_cases(rng):
    return [(np.array([[1.0, 2.0], [0.0, -1.0]]),)] + [(rng.normal(size=(n, n)),) for n in (3, 5, 8, 20)]


@checker(
    Function(_two_spin_cases, returns=Array(rtol=1e-6)),
    reference=_two_spin_energies,
    mistakes=[
        Mistake(
            "one_triangle",
            lambda j: np.linalg.eigvalsh(j) / math.sqrt(len(j)),
            "`eigvalsh` reads one triangle only and believes the other one; J is not symmetric. Symmetrize first.",
        ),
        Mistake(
            "no_half",
            lambda j: np.linalg.eigvalsh(j + j.T) / math.sqrt(len(j)),
            "Twice too large: w·Jw is w·Sw with S = (J + Jᵀ)/2.",
        ),
        Mistake(
            "total_energy",
            lambda j: np.linalg.eigvalsh((j + j.T) / 2) * math.sqrt(len(j)),
            "These are total energies. Per spin they are smaller by the factor n.",
        ),
        Mistake(
            "bare_eigenvalues",
            lambda j: np.linalg.eigvalsh((j + j.T) / 2),
            "These are the eigenvalues of S; the Hamiltonian divides by √n, and the energy per spin of a state with "
            "|w|² = n is the eigenvalue times that.",
        ),
        Mistake(
            "of_the_hessian",
            lambda j: np.linalg.eigvalsh(j + j.T),
            "These are eigenvalues of the second derivative, J + Jᵀ. Put an eigenvector of length √n into L.",
        ),
        Mistake(
            "descending",
            lambda j: _two_spin_energies(j)[::-1],
            "Right numbers, in descending order: start with the minimum.",
        ),
    ],
    success="Critical points of a quadratic form on a sphere are eigenvectors, energies are eigenvalues.",
    hints=(
        "Only the symmetric part S of J contributes to w·Jw.",
        "A multiplier turns 'critical on the sphere' into Sw = μw.",
        "`np.linalg.eigvalsh` of S, then L(w)/n for |w|² = n.",
    ),
)
def check_two_spin_energies(answer):
    """Check ``answer(couplings)``, the energies per spin of the pairs of critical points for H = 2, ascending."""


_CENSUS = {"n_critical_points": 100.0, "n_minima": 2.0, "n_saddles": 96.0, "bad_minima": False}


def _census(**changes):
    return {**_CENSUS, **changes}


@checker(
    Record({
        "n_critical_points": Number(),
        "n_minima": Number(),
        "n_saddles": Number(),
        "bad_minima": Choice((True, False)),
    }),
    reference=_CENSUS,
    mistakes=[
        Mistake(
            "one_of_each_pair",
            _census(n_critical_points=50.0, n_minima=1.0, n_saddles=48.0),
            "You count eigenvectors up to sign. On the sphere w and -w are two points with the same energy and index.",
        ),
        Mistake(
            "maxima_are_saddles",
            _census(n_saddles=98.0),
            "Two of the points that are not minima are maxima, not saddles: index n - 1.",
        ),
        Mistake(
            "eigenvalue_signs",
            _census(n_minima=50.0, n_saddles=50.0),
            "The sign of the eigenvalue is not the index: the Hessian on the sphere is S shifted by the eigenvalue, so "
            "the point with the k-th smallest eigenvalue has index k.",
            detect=lambda answer: answer["n_minima"] > 2,
        ),
        Mistake(
            "one_sign_only",
            _census(n_minima=1.0),
            "If w is a minimum, so is -w: for H = 2 both have the same energy.",
            detect=lambda answer: answer["n_critical_points"] == 100 and answer["n_minima"] == 1,
        ),
        Mistake(
            "saddle_called_minimum",
            _census(bad_minima=True),
            "A bad minimum is higher than the global one. Here both minima have the smallest eigenvalue as energy.",
        ),
    ],
    success="The glass of two spins has many saddles and no bad minimum: a landscape can be rough and harmless.",
    hints=(
        "n eigenvectors, each with two signs.",
        "At the k-th eigenvector the Hessian on the sphere has eigenvalues 2(μ_j - μ_k) for j ≠ k, up to scale.",
        "How many of those are negative?",
    ),
)
def check_two_spin_census(answer):
    """Check the numbers of critical points, minima and saddles for H = 2 and n = 50, and whether minima can be bad."""
    if answer["n_minima"] + answer["n_saddles"] >= answer["n_critical_points"]:
        return Verdict("incorrect", "Minima and saddles use up all critical points: where are the maxima?")
    return None
