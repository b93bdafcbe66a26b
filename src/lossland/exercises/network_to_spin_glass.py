"""Checkers of chapter 03 on the way to the Hamiltonian: counting paths, the size of an energy, the output scale."""

from __future__ import annotations

import math

import numpy as np

from lossland.exercises.answers import Array, Number
from lossland.exercises.checker import Mistake, checker
from lossland.exercises.functions import Function
from lossland.spin_glass import count_paths, output_scale


def _path_counts(widths):
    counts = count_paths(widths)
    return np.array([counts.hidden_paths, counts.paths, counts.weights, counts.unique_weights], dtype=float)


def _changed(widths, entry, value):
    counts = _path_counts(widths)
    counts[entry] = value
    return counts


def _width_cases(rng):
    cases = [((2, 3, 1),), ((4, 3, 5, 2, 1),), ((784, 100, 100, 1),), ((10, 10, 10, 1),)]
    return cases + [((*rng.integers(2, 30, n).tolist(), 1),) for n in (2, 3, 4, 5)]


@checker(
    Function(_width_cases, returns=Array(rtol=1e-6)),
    reference=_path_counts,
    mistakes=[
        Mistake(
            "root_of_hidden_layers",
            lambda widths: _changed(widths, 3, count_paths(widths).paths ** (1 / (len(widths) - 2))),
            "You take the root of order H-1. A path multiplies H weights, one for each layer of weights, and there is "
            "one such layer more than hidden layers.",
        ),
        Mistake(
            "root_of_widths",
            lambda widths: _changed(widths, 3, count_paths(widths).paths ** (1 / len(widths))),
            "You take the root of order H+1: `widths` has one entry more than there are layers of weights.",
        ),
        Mistake(
            "root_of_weights",
            lambda widths: _changed(widths, 3, count_paths(widths).weights ** (1 / (len(widths) - 1))),
            "You take the root of the number of weights N. Λ^H has to count the paths: Λ is the root of Ψ.",
        ),
        Mistake(
            "input_in_gamma",
            lambda widths: _changed(widths, 0, count_paths(widths).paths),
            "Your γ counts the inputs, too. γ is the number of ways through the hidden layers from *one* input; "
            "times the number of inputs it gives Ψ.",
        ),
        Mistake(
            "paths_added",
            lambda widths: _changed(widths, 1, sum(widths[:-1])),
            "You add the widths. A path chooses a neuron in *each* layer, so the choices multiply.",
        ),
        Mistake(
            "hidden_widths_added",
            lambda widths: _changed(widths, 0, sum(widths[1:-1])),
            "Your γ adds the hidden widths. A path chooses a neuron in *each* hidden layer, so the choices multiply.",
            detect=lambda answer: np.array_equal(answer((4, 3, 5, 2, 1)).ravel()[:1], [10]),
        ),
        Mistake(
            "spins_rounded",
            lambda widths: _changed(widths, 3, round(count_paths(widths).unique_weights)),
            "Your Λ is rounded. The root of Ψ need not be a whole number; return it as it is.",
        ),
        Mistake(
            "biases_counted",
            lambda widths: _changed(widths, 2, count_paths(widths).weights + sum(widths[1:])),
            "Your N counts biases. This network has none: with them, paths could begin in every layer.",
        ),
        Mistake(
            "last_layer_forgotten",
            lambda widths: _changed(widths, 2, count_paths(widths).weights - widths[-2]),
            "Your N stops before the last layer: the weights from the last hidden layer to the output are missing.",
        ),
    ],
    success="Paths are many, weights fewer, and the model keeps the H-th root of the paths.",
    hints=(
        "γ and Ψ are products of widths, N is a sum of products of neighbors.",
        "H is `len(widths) - 1`.",
    ),
)
def check_path_counts(answer):
    """Check ``answer(widths)``, the array (gamma, Psi, N, Lambda) of a network with one output."""


def _energy_variance(state, order, exponent):
    return len(state) ** (-2.0 * exponent) * float(state @ state) ** order


def _distinct(state, order):
    """Elementary symmetric polynomial of the squares: the variance of a sum over i_1 < ... < i_H."""
    return float(np.abs(np.poly(state**2)[order]))


def _energy_cases(rng):
    cases = [(np.array([1.0, 2.0]), 2, 0.5), (np.ones(5), 3, 1.0)]
    for order in (2, 3, 4):
        for n in (4, 7):
            cases.append((rng.normal(size=n), order, float(rng.choice([0.0, 0.5, 1.0, 1.5, 2.0]))))
    return cases


@checker(
    Function(_energy_cases, returns=Number(rtol=1e-6)),
    reference=_energy_variance,
    mistakes=[
        Mistake(
            "prefactor_once",
            lambda w, order, exponent: len(w) ** -float(exponent) * float(w @ w) ** order,
            "The prefactor n^(-exponent) multiplies the energy, so it enters the variance squared.",
        ),
        Mistake(
            "distinct_indices",
            lambda w, order, exponent: len(w) ** (-2.0 * exponent) * _distinct(w, order),
            "You sum over i₁ < ... < i_H. Here the sum runs over all ordered tuples, repetitions included, each with "
            "a coupling of its own.",
        ),
        Mistake(
            "standard_deviation",
            lambda w, order, exponent: math.sqrt(_energy_variance(w, order, exponent)),
            "That is the standard deviation; asked is the variance.",
        ),
        Mistake(
            "weights_ignored",
            lambda w, order, exponent: len(w) ** (order - 2.0 * exponent),
            "You count the n^H tuples as if each product of weights had square one. That is right on average over the "
            "sphere, but the variance belongs to this state.",
        ),
        Mistake(
            "sum_before_square",
            lambda w, order, exponent: len(w) ** (-2.0 * exponent) * float(w.sum()) ** (2 * order),
            "You add the products and then square. Couplings are independent, so squares are added: Σ over tuples "
            "of the *squared* products.",
        ),
        Mistake(
            "square_once",
            lambda w, _order, exponent: len(w) ** (-2.0 * exponent) * float(w @ w),
            "One factor |w|² for each of the H indices: the sum over tuples factorizes.",
        ),
    ],
    success="On the sphere |w|² = n this is n^(H - 2 exponent): proportional to n for exponent (H-1)/2, and only then.",
    hints=(
        "The variance of a sum of independent couplings times fixed numbers is the sum of the squares of the numbers.",
        "Σ over (i₁, ..., i_H) of w_{i₁}² ... w_{i_H}² is a product of H equal sums.",
    ),
)
def check_energy_variance(answer):
    """Check ``answer(state, order, exponent)``, the variance over the couplings of n^-exponent Σ J Π w."""


def _output_scale(rho, n_unique, order):
    return output_scale(rho, n_unique, order)


def _scale_cases(rng):
    cases = [(0.25, 16.0, 3), (0.5, 9.0, 2)]
    draws = zip(rng.uniform(0.05, 0.9, 6), rng.uniform(5, 200, 6), (2, 3, 4, 5, 3, 4), strict=True)
    return cases + [(float(rho), float(n_unique), order) for rho, n_unique, order in draws]


@checker(
    Function(_scale_cases, returns=Number(rtol=1e-6, atol=0.0)),
    reference=_output_scale,
    mistakes=[
        Mistake(
            "positive",
            lambda rho, n, order: 1 / (rho * n ** ((order - 1) / 2)),
            "The size is right, the sign is not: the averaged loss is ρ' *minus* qρΣ, the Hamiltonian has a plus. In "
            "law this does not matter, as -J is as good as J; for given data your Hamiltonian is minus the loss.",
        ),
        Mistake(
            "no_rho",
            lambda _rho, n, order: -(n ** (-(order - 1) / 2)),
            "The mean ρ of b is still in front of the sum: q has to cancel it.",
        ),
        Mistake(
            "rho_multiplied",
            lambda rho, n, order: -rho * n ** (-(order - 1) / 2),
            "You multiply by ρ. The loss has the factor qρ, so q needs 1/ρ.",
        ),
        Mistake(
            "half_of_order",
            lambda rho, n, order: -1 / (rho * n ** (order / 2)),
            "With Λ^(H/2) the energy has variance one. The Hamiltonian has variance Λ, an energy of order one for "
            "each spin: the exponent is (H-1)/2.",
        ),
        Mistake(
            "no_root",
            lambda rho, n, order: -1 / (rho * n ** (order - 1)),
            "The exponent is (H-1)/2: a sum of Λ^H independent terms has the size Λ^(H/2), not Λ^H.",
        ),
        Mistake(
            "rho_to_the_order",
            lambda rho, n, order: -1 / (rho**order * n ** ((order - 1) / 2)),
            "ρ is the mean of b, and each path has *one* b; only the weights are multiplied H times.",
        ),
    ],
    success="And with this scale the averaged loss is the Hamiltonian plus the constant ρ'.",
    hints=(
        "Write both sums and compare the factors in front of z Π w.",
        "-qρ = Λ^(-(H-1)/2).",
    ),
)
def check_output_scale(answer):
    """Check ``answer(rho, n_unique, order)``, the scale q that turns the averaged loss into the Hamiltonian."""
