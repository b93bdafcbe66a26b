"""Checkers on correlations: the fixed point c = 1, and the correlation map of the ReLU.

Standard deviations are passed, never variances; correlations are not centered.
"""

from __future__ import annotations

import numpy as np

from lossland import signal_propagation as sp
from lossland.exercises import Function, Mistake, Number, checker
from lossland.numerics import ACTIVATIONS, gaussian_expectation

# --- The fixed point c = 1 ------------------------------------------------------------------------------------


def _correlation_at_one(q, weight_std, bias_std, activation):
    return sp.length_map(q, weight_std, bias_std, activation) / q


def _at_one_cases(rng):
    names = ("tanh", "relu", "erf", "sigmoid", "softplus")
    simple = [(1.0, 1.0, 0.0, ACTIVATIONS["relu"]), (0.5, 1.5, 0.2, ACTIVATIONS["tanh"])]
    at_q_star = [(sp.q_star(1.5, 0.3, name).value, 1.5, 0.3, ACTIVATIONS[name]) for name in ("tanh", "erf")]
    drawn = [
        (float(rng.uniform(0.2, 4.0)), float(rng.uniform(0.5, 2.5)), float(rng.uniform(0.1, 0.8)), ACTIVATIONS[name])
        for name in names
    ]
    return simple + at_q_star + drawn


def _mean(power, q, activation):
    return gaussian_expectation(lambda u: activation(u) ** power, q, breakpoints=activation.kinks).value


@checker(
    Function(_at_one_cases, returns=Number()),
    reference=_correlation_at_one,
    mistakes=[
        Mistake(
            "always_one",
            lambda _q, _weight_std, _bias_std, _activation: 1.0,
            "Right at the fixed point, and only there: if q is not q_star, the layer changes the length, and the map "
            "that divides by the old q does not give 1.",
            hint="Insert c = 1: then u_1 = u_2, and an average that you know appears.",
        ),
        Mistake(
            "slope_instead_of_value",
            lambda q, weight_std, _bias_std, activation: sp.chi1(q, weight_std, activation),
            "This is the *slope* of the map at c = 1. Asked for is its value there; the slope is the subject of the "
            "next chapter.",
        ),
        Mistake(
            "not_normalized",
            lambda q, weight_std, bias_std, activation: sp.length_map(q, weight_std, bias_std, activation),
            "This is the covariance after the layer. A correlation is divided by the length q.",
        ),
        Mistake(
            "bias_forgotten",
            lambda q, weight_std, bias_std, activation: (
                _correlation_at_one(q, weight_std, bias_std, activation) - bias_std**2 / q
            ),
            "The bias is missing. Both inputs meet the same bias: it correlates them.",
        ),
        Mistake(
            "bias_not_normalized",
            lambda q, weight_std, bias_std, activation: (
                _correlation_at_one(q, weight_std, bias_std, activation) - bias_std**2 / q + bias_std**2
            ),
            "You divided the contribution of the weights by q, but not that of the bias.",
        ),
        Mistake(
            "independent_inputs",
            lambda q, weight_std, bias_std, activation: (
                (weight_std**2 * _mean(1, q, activation) ** 2 + bias_std**2) / q
            ),
            "You multiplied two separate averages of sigma: that is the map at c = 0, for independent Gaussians.",
            hint="At c = 1 the two Gaussians are one and the same: u_1 = u_2.",
        ),
        Mistake(
            "weight_not_squared",
            lambda q, weight_std, bias_std, activation: (weight_std * _mean(2, q, activation) + bias_std**2) / q,
            "`weight_std` is a standard deviation: square it.",
        ),
    ],
    success="The value at c = 1 is nu(q) / q, which is 1 exactly where the length is at its fixed point.",
    hints=(
        "Insert c = 1 into the definition of u_1 and u_2.",
        "The Gaussian average becomes that of the length map: C(1, q, q) = nu(q).",
    ),
)
def check_correlation_at_one(answer):
    """Check the correlation map at c = 1, a function of ``(q, weight_std, bias_std, activation)``."""


# --- The correlation map of the ReLU --------------------------------------------------------------------------


def _arc_cosine(c):
    return (np.sqrt(1 - c**2) + c * (np.pi - np.arccos(c))) / (2 * np.pi)


def _relu_correlation_map(c, q, weight_std, bias_std):
    return weight_std**2 * _arc_cosine(c) + bias_std**2 / q


def _correlation_cases(rng):
    w = 2**0.5
    simple = [(0.0, 1.0, w, 0.0), (1.0, 2.0, w, 0.0), (0.5, 3.0, w, 0.0), (-1.0, 1.0, w, 0.0), (0.5, 2.0, 1.0, 0.7)]
    drawn = [
        tuple(float(value) for value in (rng.uniform(-0.99, 0.99), *rng.uniform(0.3, 3.0, 2), rng.uniform(0.1, 0.9)))
        for _ in range(6)
    ]
    return simple + drawn


@checker(
    Function(_correlation_cases, returns=Number()),
    reference=_relu_correlation_map,
    mistakes=[
        Mistake(
            "step_function_kernel",
            lambda c, q, weight_std, bias_std: weight_std**2 * (1 - np.arccos(c) / np.pi) / 2 + bias_std**2 / q,
            "This is the arc-cosine kernel of degree 0, of the step function: it counts in how many neurons both "
            "inputs are positive. You need the average of the *product* of the two, degree 1.",
            hint="In polar coordinates the radius contributes r^2 more than for the step function.",
        ),
        Mistake(
            "as_if_linear",
            lambda c, q, weight_std, bias_std: weight_std**2 * c / 2 + bias_std**2 / q,
            "Half of the correlation of a linear network: right at c = 1 only. Which half the ReLU cuts off differs "
            "from input to input, the more so the smaller c is.",
            hint="At c = -1 no neuron is active for both inputs: what is the average there?",
        ),
        Mistake(
            "half_lost",
            lambda c, q, weight_std, bias_std: weight_std**2 * _arc_cosine(c) / 2 + bias_std**2 / q,
            "A factor 1/2 too small: test at c = 1, where the average of relu(u)^2 is q/2.",
        ),
        Mistake(
            "half_too_many",
            lambda c, q, weight_std, bias_std: weight_std**2 * _arc_cosine(c) * 2 + bias_std**2 / q,
            "A factor 2 too large: test at c = 1, where the average of relu(u)^2 is q/2, not q.",
        ),
        Mistake(
            "bias_forgotten",
            lambda c, _q, weight_std, _bias_std: weight_std**2 * _arc_cosine(c),
            "Without bias it is right. Both inputs meet the same bias, which adds bias_std^2 to the covariance.",
        ),
        Mistake(
            "bias_not_normalized",
            lambda c, _q, weight_std, bias_std: weight_std**2 * _arc_cosine(c) + bias_std**2,
            "The bias contributes bias_std^2 to the *covariance*; to get a correlation, it is divided by q, too.",
        ),
        Mistake(
            "not_normalized",
            lambda c, q, weight_std, bias_std: q * _relu_correlation_map(c, q, weight_std, bias_std),
            "This is the covariance after the layer. Divide by q to get a correlation.",
        ),
        Mistake(
            "wrong_angle",
            lambda c, q, weight_std, bias_std: (
                weight_std**2 * (np.sqrt(1 - c**2) + c * np.arccos(c)) / (2 * np.pi) + bias_std**2 / q
            ),
            "The angle is the wrong one: with arccos(c) in place of pi - arccos(c), two equal inputs (c = 1) would "
            "give 0.",
            hint="Both inputs are positive in a wedge of opening pi - arccos(c).",
        ),
        Mistake(
            "weight_not_squared",
            lambda c, q, weight_std, bias_std: weight_std * _arc_cosine(c) + bias_std**2 / q,
            "`weight_std` is a standard deviation: square it.",
        ),
        Mistake(
            "bias_not_squared",
            lambda c, q, weight_std, bias_std: weight_std**2 * _arc_cosine(c) + bias_std / q,
            "`bias_std` is a standard deviation: square it.",
        ),
        Mistake(
            "centered",
            lambda c, q, weight_std, bias_std: weight_std**2 * (_arc_cosine(c) - 0.5 / np.pi) + bias_std**2 / q,
            "You subtracted the product of the means. Correlations here are not centered: the weights have mean zero "
            "already.",
        ),
    ],
    success="That is the arc-cosine kernel of degree 1, with weights, bias and normalization in place.",
    hints=(
        "The average of relu(u_1) relu(u_2) is q times a function of the angle theta = arccos(c) alone.",
        "In polar coordinates both are positive in a wedge of opening pi - theta, and the radius gives E r^2 = 2.",
        "The wedge integral is (sin(theta) + (pi - theta) cos(theta)) / (2 pi).",
    ),
)
def check_relu_correlation_map(answer):
    """Check the correlation map of the ReLU, a function of ``(c, q, weight_std, bias_std)``."""
