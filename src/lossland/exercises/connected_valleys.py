"""Checkers of chapter 07: the law of neurons on a path, and barriers, by a formula and by situations."""

from __future__ import annotations

import math

import numpy as np

from lossland.exercises.answers import Array, Choice, Number, Record
from lossland.exercises.checker import Mistake, checker
from lossland.exercises.functions import Function
from lossland.exercises.truth_table import TruthTable


def _weights(kind, t):
    return (1 - t, t) if kind == "segment" else (math.cos(math.pi * t / 2), math.sin(math.pi * t / 2))


def _path_covariance(kind, t, covariance):
    start, end = _weights(kind, t)
    return (start**2 + end**2) * np.asarray(covariance)


def _covariance_cases(rng):
    cases = [("segment", 0.5, np.eye(2)), ("arc", 0.5, np.eye(2)), ("segment", 0.25, np.diag([1.0, 4.0]))]
    for kind in ("segment", "arc") * 4:
        root = rng.normal(size=(3, 3))
        cases.append((kind, float(rng.uniform(0.05, 0.95)), root @ root.T))
    return cases


def _with_factor(factor):
    return lambda kind, t, covariance: factor(kind, t) * np.asarray(covariance)


@checker(
    Function(_covariance_cases, returns=Array()),
    reference=_path_covariance,
    mistakes=[
        Mistake(
            "nothing_happens",
            _with_factor(lambda _kind, _t: 1.0),
            "Then both paths would keep the covariance. Covariances of independent vectors add, each with the square "
            "of its coefficient; on the segment the squares do not add up to one.",
        ),
        Mistake(
            "coefficients_not_squared",
            _with_factor(lambda kind, t: sum(_weights(kind, t))),
            "You added the coefficients. The covariance of cX is c² times that of X.",
        ),
        Mistake(
            "standard_deviations",
            _with_factor(lambda kind, t: math.hypot(*_weights(kind, t))),
            "That is the factor of the standard deviation, not of the covariance: a root too many.",
        ),
        Mistake(
            "same_vector",
            _with_factor(lambda kind, t: sum(_weights(kind, t)) ** 2),
            "You squared the sum of the coefficients, as if X and Y were the same vector. They are independent, so the "
            "mixed term is zero.",
        ),
        Mistake(
            "minus_sign",
            _with_factor(lambda kind, t: _weights(kind, t)[0] ** 2 - _weights(kind, t)[1] ** 2),
            "The second square enters with a minus sign in your answer. Variances of independent vectors add, also "
            "where a difference is taken.",
        ),
        Mistake(
            "arc_like_the_segment",
            _with_factor(lambda _kind, t: (1 - t) ** 2 + t**2),
            "Right for the segment. On the arc the coefficients are cos(πt/2) and sin(πt/2): what is the sum of their "
            "squares?",
        ),
        Mistake(
            "only_the_middle",
            _with_factor(lambda kind, _t: 0.5 if kind == "segment" else 1.0),
            "On the segment you give the value of the middle for every t. At the ends the covariance is that "
            "of X or Y.",
        ),
    ],
    success="The segment squeezes, to one half in the middle; the arc keeps the covariance, because cos² + sin² = 1.",
    hints=(
        "Cov(αX + βY) for independent X and Y: which terms are there, and which vanish?",
        "Cov(αX) = α² Cov(X).",
        "Segment: α = 1 - t, β = t. Arc: α = cos(πt/2), β = sin(πt/2).",
    ),
)
def check_path_covariance(answer):
    """Check ``answer(kind, t, covariance)``, the covariance at t on the ``"segment"`` or the ``"arc"``."""


_MOMENTS = {"mean_factor": math.sqrt(2), "covariance_factor": 1.0, "kurtosis_factor": 0.5, "law_is_kept": False}


def _moments(**changes):
    return {**_MOMENTS, **changes}


@checker(
    Record({
        "mean_factor": Number(rtol=1e-3),
        "covariance_factor": Number(rtol=1e-3),
        "kurtosis_factor": Number(rtol=1e-3),
        "law_is_kept": Choice((True, False)),
    }),
    reference=_MOMENTS,
    mistakes=[
        Mistake(
            "all_is_kept",
            {"mean_factor": 1.0, "covariance_factor": 1.0, "kurtosis_factor": 1.0, "law_is_kept": True},
            "The arc keeps covariances. The name of a Gaussian law is decided by mean and covariance, that of other "
            "laws is not, and the mean is not kept either: add cos and sin of 45 degrees.",
        ),
        Mistake(
            "mean_kept",
            _moments(mean_factor=1.0),
            "The mean is multiplied by cos(π/4) + sin(π/4). That is larger than one: the arc through the origin "
            "carries the mean outward.",
            detect=lambda answer: abs(answer["mean_factor"] - 1) < 0.01,
        ),
        Mistake(
            "like_the_segment",
            _moments(covariance_factor=0.5),
            "One half is the covariance in the middle of the segment. On the arc the squares of the coefficients add "
            "up to one.",
            detect=lambda answer: abs(answer["covariance_factor"] - 0.5) < 0.01,
        ),
        Mistake(
            "law_kept_although_kurtosis_falls",
            _moments(law_is_kept=True),
            "A law that is kept keeps its kurtosis. Yours does not.",
            detect=lambda answer: answer["law_is_kept"] and abs(answer["kurtosis_factor"] - 1) > 0.01,
        ),
        Mistake(
            "kurtosis_kept",
            _moments(kurtosis_factor=1.0),
            "Fourth cumulants add, with fourth powers of the coefficients: cos⁴ + sin⁴, which is less than one. A sum "
            "of independent variables is closer to a Gaussian than its terms.",
            detect=lambda answer: abs(answer["kurtosis_factor"] - 1) < 0.01,
        ),
        Mistake(
            "kurtosis_of_one_term",
            _moments(kurtosis_factor=0.25),
            "That is one fourth power, of cos 45°. Both X and Y contribute.",
            detect=lambda answer: abs(answer["kurtosis_factor"] - 0.25) < 0.01,
        ),
    ],
    success="The arc keeps the covariance and nothing else, unless the law is Gaussian and centered.",
    hints=(
        "In the middle both coefficients are 1/√2.",
        "Means add with the coefficients, variances with their squares, fourth cumulants with their fourth powers.",
        "Excess kurtosis is the fourth cumulant over the square of the variance.",
    ),
)
def check_arc_moments(answer):
    """Check what the middle of the arc does to mean, covariance, excess kurtosis and to a law that is not Gaussian."""


def _barrier(losses):
    losses = np.asarray(losses, float)
    t = np.linspace(0, 1, len(losses))
    return float(np.max(losses - (1 - t) * losses[0] - t * losses[-1]))


def _barrier_cases(rng):
    t = np.linspace(0, 1, 11)
    fixed = [np.array([0.0, 1.0, 0.0]), np.array([0.0, 3.0, 2.0]), np.array([1.0, 0.0, 1.0]), np.array([0.0, 1.0, 4.0])]
    bumps = [rng.uniform(0, 2) * np.sin(np.pi * t) ** 2 + rng.uniform(0, 2) + rng.normal() * t for _ in range(4)]
    rough = [rng.uniform(0, 1, int(n)) for n in rng.integers(5, 20, 4)]
    return [(losses,) for losses in (*fixed, *bumps, *rough, rng.normal() ** 2 * (t - 0.3) ** 2)]


def _middle(losses):
    return float(np.interp(0.5, np.linspace(0, 1, len(losses)), losses) - (losses[0] + losses[-1]) / 2)


@checker(
    Function(_barrier_cases, returns=Number()),
    reference=_barrier,
    mistakes=[
        Mistake(
            "just_the_maximum",
            lambda losses: float(np.max(losses)),
            "This is the highest loss. If an end is high itself, that is not the fault of the path.",
        ),
        Mistake(
            "above_the_start",
            lambda losses: float(np.max(losses) - losses[0]),
            "You compare with the first network only. Going from a good to a bad one must not count as a barrier.",
        ),
        Mistake(
            "above_the_higher_end",
            lambda losses: float(np.max(losses) - max(losses[0], losses[-1])),
            "You compare with the higher end. That is a saddle height; the barrier of this chapter is measured from "
            "the chord, whose height changes along the path.",
        ),
        Mistake(
            "above_the_mean_of_the_ends",
            lambda losses: float(np.max(losses) - (losses[0] + losses[-1]) / 2),
            "You compare with the mean of the ends everywhere. Then a straight line from 0 to 1 would have the barrier "
            "1/2; the chord is (1 - t) L(0) + t L(1).",
        ),
        Mistake(
            "only_the_middle",
            _middle,
            "You look at the middle only. The highest excess can be elsewhere.",
        ),
        Mistake(
            "inner_points_only",
            lambda losses: float(
                np.max((losses - np.linspace(losses[0], losses[-1], len(losses)))[1:-1]) if len(losses) > 2 else 0.0
            ),
            "You leave out the ends, where the excess is zero. A path that sags has the barrier zero, not a negative "
            "one.",
        ),
        Mistake(
            "absolute_value",
            lambda losses: float(np.max(np.abs(losses - np.linspace(losses[0], losses[-1], len(losses))))),
            "You take absolute values: a valley between the networks is no barrier.",
        ),
    ],
    success="A convex loss sags below every chord: its barrier is zero on every segment.",
    hints=(
        "At position t the chord has the height (1 - t) L(0) + t L(1).",
        "`np.linspace(losses[0], losses[-1], len(losses))` is the chord at all positions.",
        "Take the maximum of the excess, ends included.",
    ),
)
def check_barrier(answer):
    """Check ``answer(losses)``, the barrier from losses at equally spaced positions, both ends among them."""


_BARRIERS = TruthTable(
    {
        "logistic regression": "always zero",
        "only the output weights differ": "always zero",
        "mixture of two networks": "always zero",
        "a network and its permuted copy": "can be positive",
        "a linear network with two layers": "can be positive",
        "two global minima of one network": "can be positive",
    },
    judgments=("always zero", "can be positive"),
)
SITUATIONS = _BARRIERS.statements


@checker(
    _BARRIERS.kind,
    reference=_BARRIERS.reference,
    mistakes=[
        _BARRIERS.everywhere(
            "always zero",
            "never_a_barrier",
            "The loss is convex in the prediction. Convex in what moves it is only where the prediction is linear in "
            "that.",
        ),
        _BARRIERS.everywhere(
            "can be positive",
            "always_a_barrier",
            "In some of these cases the prediction is linear along the path. Then a convex loss stays below its chord.",
        ),
        _BARRIERS.at(
            SITUATIONS[4],
            "linear_network_is_convex",
            "The network is linear in its input, but not in its weights: for f = vwx the pairs (1, 1) and (-1, -1) are "
            "the same function, and between them is the zero function.",
        ),
        _BARRIERS.at(
            SITUATIONS[5],
            "equal_losses_no_barrier",
            "That both ends are optimal says nothing about the points between them: the set of minima of a network is "
            "not convex.",
        ),
        _BARRIERS.at(
            SITUATIONS[3],
            "same_function_no_barrier",
            "The copy is the same function, but in the middle of the segment each neuron is the average of two "
            "different ones.",
        ),
        _BARRIERS.at(
            SITUATIONS[1],
            "outputs_not_linear",
            "With equal hidden layers the prediction is linear in the output weights: this is a regression on fixed "
            "features.",
        ),
        _BARRIERS.at(
            SITUATIONS[2],
            "mixture_is_not_motion",
            "A mixture has the neurons of both networks, with weights 1 - t and t, and none of them moves. The "
            "prediction is linear in t.",
        ),
        _BARRIERS.at(
            SITUATIONS[0],
            "sigmoid_feared",
            "The sigmoid is part of the loss here: ln(1 + exp(-z)) is convex in the score z, and the score is linear "
            "in the weights.",
        ),
    ],
    success="Convex in the prediction, linear prediction along the path: both together make the barrier vanish.",
    hints=(
        "Jensen needs two things: a loss that is convex in the prediction, and a prediction linear in t.",
        "What moves on the path: output weights, hidden weights, or the shares of a mixture?",
        "Try the scalar network f(x) = vwx with the weights (1, 1) and (-1, -1).",
    ),
)
def check_barrier_of_situations(answer):
    """Check for each kind of path, with a convex loss, whether its barrier is always zero."""
