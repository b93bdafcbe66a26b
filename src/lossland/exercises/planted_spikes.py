"""Checker of chapter 14: from an outlier of a sample covariance back to what was planted."""

from __future__ import annotations

import math

import numpy as np

from lossland.exercises.answers import Number
from lossland.exercises.checker import Mistake, checker
from lossland.exercises.functions import Function


def _edge(ratio):
    return (1 + math.sqrt(ratio)) ** 2


def _roots(outlier, ratio):
    """Both solutions of mu = (1 + x)(1 + ratio / x)."""
    half = (outlier - 1 - ratio) / 2
    return half + np.array([1.0, -1.0]) * math.sqrt(max(half**2 - ratio, 0.0))


def _strength(outlier, ratio):
    return float(_roots(outlier, ratio)[0]) if outlier > _edge(ratio) else 0.0


_OUTSIDE = ((2.5, 0.25), (10.0, 1.0))  # outliers and ratios


def _cases(rng):
    cases = [(2.5, 0.25), (2.0, 0.25), (10.0, 1.0), (4.0, 1.0), (1.0, 0.5)]
    for _ in range(10):
        ratio, strength = float(rng.uniform(0.05, 3.0)), float(rng.uniform(1.05, 6.0))
        strength *= math.sqrt(ratio)
        cases.append(((1 + strength) * (1 + ratio / strength), ratio))
        cases.append((_edge(ratio) * float(rng.uniform(0.4, 0.98)), ratio))
    return cases


def _where_outside(formula):
    return lambda outlier, ratio: float(formula(outlier, ratio)) if outlier > _edge(ratio) else 0.0


@checker(
    Function(_cases, returns=Number()),
    reference=_strength,
    mistakes=[
        Mistake(
            "at_face_value",
            _where_outside(lambda outlier, _ratio: outlier - 1),
            "You take the outlier at face value. It lies farther out than the variance that was planted: noise adds "
            "to it.",
        ),
        Mistake(
            "one_correction",
            _where_outside(lambda outlier, ratio: outlier - 1 - ratio),
            "Close for strong directions: you subtract the ratio, but there is a term of the ratio over the strength, "
            "too.",
        ),
        Mistake(
            "the_other_root",
            _where_outside(lambda outlier, ratio: _roots(outlier, ratio)[1]),
            "The equation is quadratic, and yours is the root below the threshold, where the formula does not hold.",
        ),
        Mistake(
            "variance_not_strength",
            _where_outside(lambda outlier, ratio: 1 + _roots(outlier, ratio)[0]),
            "That is the variance of the direction. The strength is what it exceeds 1 by.",
            detect=lambda answer: all(abs(answer(*case) - 1 - _strength(*case)) < 1e-6 for case in _OUTSIDE),
        ),
        Mistake(
            "no_threshold",
            lambda outlier, ratio: float(_roots(outlier, ratio)[0]),
            "Right outside of the bulk. An eigenvalue inside it is evidence of nothing: return 0 there.",
        ),
        Mistake(
            "edge_at_one",
            lambda outlier, ratio: float(_roots(outlier, ratio)[0]) if outlier > 1 else 0.0,
            "You compare with 1, the variance of the noise. Sample eigenvalues of noise reach up to the edge of the "
            "law.",
        ),
        Mistake(
            "edge_not_squared",
            lambda outlier, ratio: float(_roots(outlier, ratio)[0]) if outlier > 1 + math.sqrt(ratio) else 0.0,
            "Your edge is 1 + √γ. That is the edge of singular values; eigenvalues are their squares.",
        ),
        Mistake(
            "semicircle",
            _where_outside(lambda outlier, ratio: (outlier + math.sqrt(max(outlier**2 - 4 * ratio, 0.0))) / 2),
            "This inverts the formula of the semicircle, θ + R²/4θ. A covariance has another law.",
        ),
    ],
    success="Subtract what the noise has added, and believe nothing that lies inside the bulk.",
    hints=(
        "Multiply the equation by ℓ: it is quadratic.",
        "ℓ² + (1 + γ - μ)ℓ + γ = 0. Which root is above √γ?",
        "Where μ is not above the edge of the bulk, (1 + √γ)², nothing can be said: return 0.",
    ),
)
def check_planted_strength(answer):
    """Check ``answer(outlier, ratio)``: the strength of the planted direction, 0 where nothing can be seen."""
