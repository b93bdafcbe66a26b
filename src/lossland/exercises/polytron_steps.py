"""Checkers of chapter 19 on the polytron: the repaired step over a batch, and who brings the density."""

from __future__ import annotations

import numpy as np

from lossland.exercises.answers import Array, Choice, Record
from lossland.exercises.checker import Mistake, checker
from lossland.exercises.functions import Function
from lossland.remedies import evaluate, laguerre, legendre


def _direction(coefficients, table, targets, weights):
    return table.T @ (weights * (targets - table @ coefficients))


def _printed(coefficients, table, targets, weights):
    rows = (weights[:, None, None] * table[:, :, None] * table[:, None, :]).sum(axis=(0, 1))
    return table.T @ (weights * targets) - coefficients * rows


def _own_term_only(coefficients, table, targets, weights):
    return table.T @ (weights * targets) - coefficients * (weights @ table**2)


def _last_point_only(coefficients, table, targets, weights):
    return table.T @ (weights * targets) - weights[-1] * (table[-1] @ coefficients) * table[-1]


def _cases(rng):
    cases = [(np.array([1.0, 0.5]), np.array([[1.0, 2.0], [1.0, -1.0]]), np.array([1.0, 0.0]), np.array([1.0, 0.5]))]
    for basis, degree, n in ((legendre(), 3, 5), (laguerre(), 4, 12), (legendre(), 8, 50)):
        x = rng.uniform(0, 1, n) if basis.name == "Laguerre" else rng.uniform(-1, 1, n)
        table = evaluate(basis, x, degree)
        cases.append((rng.standard_normal(degree + 1), table, np.exp(x) * np.sin(3 * x), rng.uniform(0.2, 1.5, n)))
    return cases


@checker(
    Function(_cases, returns=Array(rtol=1e-8, atol=1e-9)),
    reference=_direction,
    mistakes=[
        Mistake(
            "own_coefficient_outside",
            _printed,
            "This is Equation 43 as printed: the coefficient k stands in front of the sum over i. Each term of the sum "
            "has its own coefficient.",
        ),
        Mistake(
            "own_term_only",
            _own_term_only,
            "You subtract the own term only. Over a batch the features are not orthogonal: the other terms act on this "
            "coefficient, too.",
        ),
        Mistake(
            "orthonormal_batch",
            lambda w, table, targets, weights: table.T @ (weights * targets) - w,
            "You subtract the coefficient itself. That is right in the integral, where the basis is orthonormal; over "
            "a batch the features overlap.",
        ),
        Mistake(
            "uphill",
            lambda *batch: -_direction(*batch),
            "This is the gradient. Asked for is the direction of descent, its negative: the residual comes first.",
        ),
        Mistake(
            "one_point_in_the_second_term",
            _last_point_only,
            "The second term holds one point of the batch only. The sum over the batch goes over both terms.",
        ),
        Mistake(
            "weights_twice",
            lambda w, table, y, weights: _direction(w, table, y, weights**2),
            "The weights enter squared. One factor belongs to the residual or to the feature, not to both.",
        ),
        Mistake(
            "weights_left_out",
            lambda w, table, y, weights: _direction(w, table, y, np.ones_like(weights)),
            "The weights do not occur: every point counts alike in what you return.",
        ),
        Mistake(
            "mean_of_the_batch",
            lambda w, table, y, weights: _direction(w, table, y, weights) / len(y),
            "This is the mean over the batch. The direction is the same; asked for is the sum.",
        ),
    ],
    success="Residual times weight times feature, added up over the batch.",
    hints=(
        "First the residual at each point of the batch, with all terms of the sum in it.",
        "In matrices: a transposed table times a vector with one entry for each point.",
    ),
)
def check_batch_direction(answer):
    """Check ``answer(coefficients, table, targets, weights)``, minus the gradient of half the weighted square error."""


_PLACES = {
    "exponential waiting times, Laguerre": "one",
    "evenly spaced on (0, 50), Laguerre": "density",
    "uniform random numbers, Chebyshev": "density",
    "standard normal data, Hermite": "one",
    "nodes of a Gauss rule, Legendre": "Gauss weights",
}
_WEIGHTS = ("one", "density", "Gauss weights")
_NAMES = tuple(_PLACES)


def _at(name, wrong):
    return {**_PLACES, name: wrong}


@checker(
    Record(dict.fromkeys(_PLACES, Choice(_WEIGHTS))),
    reference=_PLACES,
    mistakes=[
        Mistake(
            "density_everywhere",
            dict.fromkeys(_PLACES, "density"),
            "The density belongs into an integral over all x. Where the points themselves are dense in proportion to "
            "it, the sum has it already.",
        ),
        Mistake(
            "one_everywhere",
            dict.fromkeys(_PLACES, "one"),
            "Without weights a sum is an average over the points that there are. That is the inner product only if "
            "the points follow the density.",
        ),
        Mistake(
            "density_twice",
            _at(_NAMES[0], "density"),
            "Waiting times follow exp(-x) already. With a second factor the inner product has exp(-2x), and the "
            "polynomials are not orthogonal any more.",
            detect=lambda answer: answer[_NAMES[0]] != "one",
        ),
        Mistake(
            "normal_data_weighted",
            _at(_NAMES[3], "density"),
            "Standard normal data bring the density of Hermite's polynomials with them.",
            detect=lambda answer: answer[_NAMES[3]] != "one",
        ),
        Mistake(
            "even_points_unweighted",
            _at(_NAMES[1], "one"),
            "Evenly spaced points know nothing of exp(-x): nine in ten of them lie beyond x = 5, where the inner "
            "product has less than a hundredth of its weight.",
            detect=lambda answer: answer[_NAMES[1]] != "density",
        ),
        Mistake(
            "uniform_is_not_arcsine",
            _at(_NAMES[2], "one"),
            "For Legendre's polynomials uniform points need no weights. Chebyshev's have the arcsine law.",
            detect=lambda answer: answer[_NAMES[2]] != "density",
        ),
        Mistake(
            "nodes_without_their_weights",
            _at(_NAMES[4], "one"),
            "Gauss nodes come with weights of their own, which are neither equal nor values of the density.",
            detect=lambda answer: answer[_NAMES[4]] != "Gauss weights",
        ),
    ],
    success="The density has to come in once: by the points, or by the weights.",
    hints=(
        "For each way: how dense are the points near x, compared with the density of the basis?",
        "Weight times density of the points should be proportional to the density of the basis.",
    ),
)
def check_batch_weights(answer):
    """Check for each way of taking points which weights make the batch an inner product of the basis."""
