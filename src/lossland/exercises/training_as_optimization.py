"""Checkers of chapter 01: the error bar of a risk, the derivative that starts back-propagation.

Its checkers on descent are in :mod:`lossland.exercises.momentum`, those on the cost of gradients in
:mod:`lossland.exercises.gradient_cost`.
"""

from __future__ import annotations

import math

import numpy as np

from lossland.exercises.answers import Array, Number
from lossland.exercises.checker import Mistake, checker
from lossland.exercises.functions import Failed, Function
from lossland.exercises.verdict import Verdict


def _risk_cases(rng):
    cases = [np.array([1.0, 3.0]), np.array([0.5, 0.0, 2.0, 1.5])]
    return [(losses,) for losses in (*cases, *(rng.exponential(2.0, n) for n in (10, 40, 300)))]


def _error_bar(losses, *, ddof=1):
    risk, error = losses.mean(), losses.std(ddof=ddof) / math.sqrt(losses.size)
    return risk, error, losses.size * (error / (0.01 * risk)) ** 2


def _with(change):
    """A wrong answer made from the right one: ``change(losses, risk, error, n)``."""
    return lambda losses: change(losses, *_error_bar(losses))


def _with_error(error_of):
    """A wrong standard error, with the number of samples that follows from it."""

    def wrong(losses):
        risk, error = losses.mean(), error_of(losses)
        return risk, error, losses.size * (error / (0.01 * risk)) ** 2

    return wrong


def _errs(error_of):
    """Recognizes a wrong standard error, whatever stands beside it."""

    def detect(answer):
        cases = [losses for (losses,) in _risk_cases(np.random.default_rng(2))]
        return all(math.isclose(answer(losses)[1], error_of(losses), rel_tol=1e-3) for losses in cases)

    return detect


@checker(
    Function(_risk_cases, returns=Array(rtol=1e-3, shape=(3,))),
    reference=_error_bar,
    mistakes=[
        Mistake(
            "scatter_of_one_loss",
            _with_error(lambda losses: losses.std(ddof=1)),
            "Your error bar is the standard deviation of one loss. The mean of n losses scatters less, by √n.",
            detect=_errs(lambda losses: losses.std(ddof=1)),
            hint="The variance of a sum of n independent losses is n times that of one.",
        ),
        Mistake(
            "divided_by_n",
            _with_error(lambda losses: losses.std(ddof=1) / losses.size),
            "You divide the standard deviation by n. Variances of independent losses add, so the variance of the mean "
            "goes like 1/n, and its root like 1/√n.",
            detect=_errs(lambda losses: losses.std(ddof=1) / losses.size),
        ),
        Mistake(
            "variance_reported",
            _with_error(lambda losses: losses.var(ddof=1) / losses.size),
            "Your error bar is the variance of the mean; it has the unit of the squared loss. Take the root.",
            detect=_errs(lambda losses: losses.var(ddof=1) / losses.size),
        ),
        Mistake(
            "scatter_around_the_fitted_mean",
            lambda losses: _error_bar(losses, ddof=0),
            "Almost: the scatter around the mean of the *same* losses is too small. Divide by n - 1 instead of n "
            "(`ddof=1`); with two losses that is a factor √2.",
        ),
        Mistake(
            "sum_instead_of_mean",
            lambda losses: (losses.sum(), losses.std(ddof=1) * math.sqrt(losses.size), _error_bar(losses)[2]),
            "You add the losses up. The risk is their mean: the empirical measure gives each sample the weight 1/n.",
        ),
        Mistake(
            "linear_in_the_error",
            _with(lambda losses, risk, error, _n: (risk, error, losses.size * error / (0.01 * risk))),
            "Risk and error are right. But the error shrinks like 1/√n: ten times less error takes a hundred times as "
            "many samples, not ten times.",
        ),
        Mistake(
            "root_of_the_number",
            _with(lambda losses, _risk, _error, n: (losses.mean(), _error_bar(losses)[1], math.sqrt(n))),
            "Risk and error are right. Your n is sd/(0.01·risk), the root of the number that is needed: solve "
            "sd/√n = 0.01·risk for n.",
        ),
        Mistake(
            "absolute_one_percent",
            _with(lambda losses, risk, error, _n: (risk, error, losses.size * (error / 0.01) ** 2)),
            "Risk and error are right, but your n makes the error 0.01. Asked is one percent *of the risk*.",
        ),
    ],
    success="A risk without its error bar is not a measurement; now you know how many samples it takes.",
    hints=(
        "The empirical risk is a mean of n independent numbers.",
        "`losses.std(ddof=1)` estimates the scatter of one loss; how does that of the mean compare?",
        "Solve sd/√n' = 0.01·risk for n'.",
    ),
)
def check_risk_error_bar(answer):
    """Check ``answer(losses)``: risk, standard error, and the number of samples for an error of one percent."""


def _probability(z):
    return 1 / (1 + math.exp(-z)) if z >= 0 else math.exp(z) / (1 + math.exp(z))


def _error_signal(y, z):
    return _probability(z) - y


def _signal_cases(rng):
    cases = [(1.0, 0.0), (0.0, 0.0), (1.0, -2.0), (0.3, 1.0)]
    return cases + [(float(rng.integers(0, 2)), rng.uniform(-3, 3)) for _ in range(6)]


def _of_probability(function):
    return lambda y, z: function(y, _probability(z))


@checker(
    Function(_signal_cases, returns=Number(rtol=1e-5)),
    reference=_error_signal,
    mistakes=[
        Mistake(
            "derivative_in_the_target",
            _of_probability(lambda _y, p: math.log((1 - p) / p) * p * (1 - p)),
            "You differentiate the loss in y, as the slide prints it. That derivative, ln((1-ỹ)/ỹ), does not contain "
            "y at all: training would never look at the labels. The derivative in ỹ is meant.",
            detect=lambda answer: all(abs(answer(0.0, z) - answer(1.0, z)) < 1e-9 for z in (-1.0, 0.4, 2.0)),
            hint="y is what nature gave; only ỹ depends on the weights.",
        ),
        Mistake(
            "sigmoid_forgotten",
            _of_probability(lambda y, p: (p - y) / (p * (1 - p))),
            "This is the derivative in the probability ỹ. The network's last number is the score z: multiply by "
            "dỹ/dz = ỹ(1-ỹ).",
        ),
        Mistake(
            "target_minus_prediction",
            _of_probability(lambda y, p: y - p),
            "The sign is turned: a prediction that is too large must be pushed down by a *negative* step, so its "
            "derivative is positive. With yours, descent climbs.",
        ),
        Mistake(
            "quadratic_loss",
            _of_probability(lambda y, p: (p - y) * p * (1 - p)),
            "This belongs to the quadratic loss of the probability. For the cross-entropy the factor ỹ(1-ỹ) cancels; "
            "that is why it is used: a confident wrong answer keeps its full slope.",
        ),
        Mistake(
            "score_taken_for_probability",
            lambda y, z: (z - y) / (z * (1 - z)) if z not in (0.0, 1.0) else 0.0,
            "You put the score z into the formula for ỹ. First make a probability of it, ỹ = 1/(1 + e^-z).",
            detect=lambda answer: math.isclose(answer(1.0, -2.0), -3.0 / -6.0, rel_tol=1e-5),
        ),
    ],
    success="Prediction minus target, for any score: that is what starts the way back.",
    hints=(
        "Chain rule: ∂l/∂z = ∂l/∂ỹ · dỹ/dz.",
        "dỹ/dz = ỹ(1-ỹ); multiply with (ỹ-y)/(ỹ(1-ỹ)) and simplify *before* you compute.",
        "e^-z overflows for z = -800; e^z does not.",
    ),
)
def check_error_signal(answer):
    """Check ``answer(y, score)``, the derivative of the cross-entropy of sigmoid(score) in the score."""
    for case in _signal_cases(np.random.default_rng(3)):
        if not math.isclose(answer(*case), _error_signal(*case), rel_tol=1e-5, abs_tol=1e-9):
            return None
    try:
        extreme = [answer(y, z) for y, z in ((0.0, 800.0), (1.0, -800.0), (1.0, 800.0))]
    except Failed:
        extreme = [math.nan]
    if np.allclose(extreme, [1.0, -1.0, 0.0]):
        return None
    return Verdict(
        "incorrect",
        "Right for moderate scores, but not at ±800: there ỹ rounds to 0 or 1 and ỹ(1-ỹ) to 0, or an exponential "
        "overflows. Cancel ỹ(1-ỹ) on paper, and write the sigmoid with e^-|z|.",
        mistake="breaks_at_large_scores",
    )
