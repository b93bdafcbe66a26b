"""Checker of chapter 14: Lanczos kept orthogonal, told from Lanczos with ghosts."""

from __future__ import annotations

import numpy as np

from lossland.exercises.answers import Array
from lossland.exercises.checker import Mistake, checker
from lossland.exercises.functions import Function
from lossland.numerics.lanczos import gauss_quadrature, lanczos

_TOP = 50.0
_SPECTRUM = np.concatenate([np.linspace(0.0, 1.0, 57), [10.0, 20.0, _TOP]])


def _rotated(eigenvalues, rng):
    frame = np.linalg.qr(rng.normal(size=(len(eigenvalues), len(eigenvalues))))[0]
    matrix = (frame * eigenvalues) @ frame.T
    return (matrix + matrix.T) / 2


def _cases(rng):
    cases = [(np.diag([1.0, 2.0, 4.0]), np.array([1.0, 1.0, 1.0]), 3), (np.diag([1.0, 3.0]), np.array([3.0, 1.0]), 1)]
    for size, n_steps in ((6, 3), (12, 5)):
        cases.append((_rotated(rng.normal(size=size), rng), rng.normal(size=size), n_steps))
    cases.append((_rotated(_SPECTRUM, rng), rng.normal(size=60), 30))
    return [*cases, (_rotated(_SPECTRUM - 1.0, rng), rng.normal(size=60), 40)]


def _ritz_values(matrix, start, n_steps):
    run = lanczos(lambda rows: rows @ matrix, np.asarray(start, dtype=float), int(n_steps))
    return gauss_quadrature(run)[0][0]


def _recurrence(matrix, start, n_steps, *, unit=True, previous=True, keep=0):
    """Coefficients of the recurrence, made orthogonal to the last ``keep`` vectors."""
    q = start / np.linalg.norm(start) if unit else np.asarray(start, dtype=float)
    vectors, alpha, beta = [q], [], []
    for _ in range(n_steps):
        w = matrix @ q
        alpha.append(q @ w)
        w = w - alpha[-1] * q
        if previous and beta:
            w = w - beta[-1] * vectors[-2]
        for vector in vectors[len(vectors) - min(keep, len(vectors)) :]:
            w = w - (vector @ w) * vector
        beta.append(np.linalg.norm(w))
        q = w / beta[-1] if beta[-1] > 0 else w
        vectors.append(q)
    return np.array(alpha), np.array(beta[:-1])


def _values_of(alpha, beta):
    return np.linalg.eigvalsh(np.diag(alpha) + np.diag(beta, 1) + np.diag(beta, -1))


def _with(**changes):
    return lambda matrix, start, n_steps: _values_of(*_recurrence(matrix, start, n_steps, **changes))


def _has_copies(answer):
    """Whether the largest eigenvalue, which is simple, comes more than once."""
    rng = np.random.default_rng(3)
    values = answer(_rotated(_SPECTRUM, rng), rng.normal(size=60), 40)
    return values.ndim == 1 and int(np.sum(np.abs(values - _TOP) < 1e-5 * _TOP)) > 1


def _knows_the_length(answer):
    """Whether the Ritz values change with the length of the start."""
    matrix, start = np.diag([1.0, 2.0, 4.0]), np.ones(3)
    one, two = answer(matrix, start / 3**0.5, 2), answer(matrix, start, 2)
    return one.shape != two.shape or not np.allclose(one, two)


@checker(
    Function(_cases, returns=Array(rtol=1e-6, atol=1e-8)),
    reference=_ritz_values,
    mistakes=[
        Mistake(
            "ghosts",
            _with(),
            "Your largest Ritz value comes several times, although the eigenvalue is simple: ghosts. In floating point "
            "the recurrence forgets that its vectors should be orthogonal.",
            detect=_has_copies,
            hint="Keep all vectors, and subtract from each new one what it has along every earlier one.",
        ),
        Mistake(
            "start_not_normalized",
            _with(unit=False, keep=100),
            "The first vector has to be a unit vector: divide the start by its norm.",
            detect=_knows_the_length,
        ),
        Mistake(
            "previous_forgotten",
            _with(previous=False),
            "You subtract the part along the current vector only. A q has a part along the previous one, too.",
        ),
        Mistake(
            "diagonal_of_T",
            lambda matrix, start, n_steps: np.sort(_recurrence(matrix, start, n_steps, keep=100)[0]),
            "These are the numbers on the diagonal of T. Ritz values are the eigenvalues of T, with the norms on both "
            "sides of the diagonal.",
        ),
        Mistake(
            "largest_of_the_matrix",
            lambda matrix, _start, n_steps: np.linalg.eigvalsh(matrix)[-int(n_steps) :],
            "You computed eigenvalues of the whole matrix. After m steps there are m Ritz values, and only those near "
            "the ends of the spectrum are eigenvalues already.",
        ),
        Mistake(
            "decreasing",
            lambda matrix, start, n_steps: _ritz_values(matrix, start, n_steps)[::-1],
            "The right numbers in decreasing order; increasing order was asked for.",
        ),
    ],
    success="No ghosts: each simple eigenvalue is found once, however long you run.",
    hints=(
        "The recurrence of this section, with a list of all vectors so far.",
        "Before taking the norm: for each earlier vector v, replace w by w - (v·w) v. Once more does no harm.",
        "`np.linalg.eigvalsh` of T = diag(alpha) + diag(beta, 1) + diag(beta, -1); the last beta is not part of T.",
    ),
)
def check_ritz_values(answer):
    """Check ``answer(matrix, start, n_steps)``: the Ritz values of Lanczos in increasing order, without ghosts."""
