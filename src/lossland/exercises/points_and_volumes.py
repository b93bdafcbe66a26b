"""Checkers of chapter 17 on counting: points that lose their places, and the volume around all copies."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
from scipy.special import gammaln
from scipy.stats import norm
from scipy.stats import t as student_t

from lossland.exercises.answers import Number, Record
from lossland.exercises.checker import Mistake, checker
from lossland.exercises.functions import Function


def _share(w, dimension, sigma, *, factor=1.0):
    return float((w - 1) * student_t.sf(factor * math.sqrt(dimension) / sigma, dimension))


def _share_cases(rng):
    fixed = [(2, 1, 0.5), (2, 2, 0.3), (3, 2, 0.3), (100, 3, 0.1), (800, 10, 0.1)]
    drawn = [(int(rng.integers(2, 200)), int(rng.integers(1, 30)), float(rng.uniform(0.1, 1))) for _ in range(12)]
    return fixed + [case for case in drawn if _share(*case) < 0.9]  # beyond, the law is no share any more


@checker(
    Function(_share_cases, returns=Number(rtol=1e-3, atol=0.0)),
    reference=lambda n_points, dimension, disturbance: _share(n_points, dimension, disturbance),
    mistakes=[
        Mistake(
            "one_pair",
            lambda _w, dimension, sigma: _share(2, dimension, sigma),
            "This is the chance that two given points change places. A point has many others to change places with.",
        ),
        Mistake(
            "both_sides",
            lambda w, dimension, sigma: 2 * _share(w, dimension, sigma),
            "You count both tails. Only a difference that turns around is an exchange, not one that grows.",
        ),
        Mistake(
            "noise_of_one_point",
            lambda w, dimension, sigma: _share(w, dimension, sigma, factor=2**0.5),
            "Both points are disturbed: their difference has the standard deviation √2 σ on the line, not σ.",
        ),
        Mistake(
            "distance_of_one_point",
            lambda w, dimension, sigma: _share(w, dimension, sigma, factor=0.5**0.5),
            "The difference of two standard normal points has variance 2 in each coordinate, not 1.",
        ),
        Mistake(
            "half_the_distance",
            lambda w, dimension, sigma: _share(w, dimension, sigma, factor=0.5),
            "You let the difference shrink to one half. Two points are exchanged when it has turned around, that is, "
            "when the disturbance of the difference exceeds their whole distance.",
        ),
        Mistake(
            "all_pairs",
            lambda w, dimension, sigma: w / 2 * _share(w, dimension, sigma),
            "This is the number of exchanges in the whole cloud. Asked is for the share of the points: each exchange "
            "moves two of w.",
        ),
        Mistake(
            "counts_itself",
            lambda w, dimension, sigma: w / (w - 1) * _share(w, dimension, sigma),
            "You let a point change places with itself, too. It has w - 1 others.",
        ),
        Mistake(
            "one_typical_distance",
            lambda w, dimension, sigma: float((w - 1) * norm.sf(math.sqrt(dimension) / sigma)),
            "You put in one typical distance. Most exchanges happen between points that are closer than that: average "
            "the probability over the law of the distance.",
        ),
    ],
    success="The width enters to the first power, the disturbance to the power of the dimension.",
    hints=(
        "Two points at distance r are exchanged with probability Φ(-r/(√2 σ)). Which law has r?",
        "r/√2 is the root of a chi-squared variable of D degrees of freedom, and a normal variable over such a root is "
        "Student's t.",
        "`scipy.stats.t.sf(x, D)` is the probability of more than x; mind the √D in the definition of t.",
    ),
)
def check_swap_share(answer):
    """Check ``answer(n_points, dimension, disturbance)``, the share of exchanged points to leading order."""


_FACTS = {"log10_width": math.log10(math.e) + 75 * math.log10(2), "width_doubled": 2.0, "noise_halved": 75.0}


@checker(
    Record({"log10_width": Number(rtol=5e-3), "width_doubled": Number(rtol=2e-2), "noise_halved": Number(rtol=1e-2)}),
    reference=_FACTS,
    mistakes=[
        Mistake(
            "nearest_neighbors",
            {**_FACTS, "log10_width": 37.5 * math.log10(2)},
            "That is where the two nearest of all points are so close. Asked is for the spacing of a typical point.",
            detect=lambda answer: abs(answer["log10_width"] - 37.5 * math.log10(2)) < 0.3,
        ),
        Mistake(
            "no_e",
            {**_FACTS, "log10_width": 75 * math.log10(2)},
            "Close: log w! is w(log w - 1), not w log w. A factor e is missing.",
            detect=lambda answer: abs(answer["log10_width"] - 75 * math.log10(2)) < 0.1,
        ),
        Mistake(
            "natural_logarithm",
            {**_FACTS, "log10_width": 1 + 75 * math.log(2)},
            "That is the natural logarithm of the width, or nearly so. Asked is for its power of ten.",
            detect=lambda answer: abs(answer["log10_width"] - 1 - 75 * math.log(2)) < 0.5,
        ),
        Mistake(
            "width_in_the_exponent",
            {**_FACTS, "width_doubled": 2.0 ** (1 / 75)},
            "By that factor the spacing shrinks. The share of exchanged points grows with the number of the others.",
            detect=lambda answer: abs(answer["width_doubled"] - 1) < 0.1,
        ),
        Mistake(
            "noise_linear",
            {**_FACTS, "noise_halved": 1.0},
            "That would be so in one dimension. A pair has to be close in every one of 75 coordinates.",
            detect=lambda answer: abs(answer["noise_halved"] - 1) < 0.1,
        ),
        Mistake(
            "factor_for_exponent",
            {**_FACTS, "noise_halved": 2.0**75},
            "That is the factor itself. Asked is for the exponent of two in it.",
            detect=lambda answer: any(abs(answer["noise_halved"] / 2.0**power - 1) < 0.02 for power in (75, -75)),
        ),
        Mistake(
            "pairs_for_a_share",
            {**_FACTS, "width_doubled": 4.0},
            "Four times as many are the pairs. A share counts points: divide by twice as many of them.",
            detect=lambda answer: abs(answer["width_doubled"] - 4) < 0.1,
        ),
    ],
    success="One doubling of the noise is worth 75 doublings of the width.",
    hints=(
        "Set (w!)^(-1/(wD)) = 1/2, with log w! ≈ w(log w - 1).",
        "For small σ the tail of t is a power law: its exponent is the number of degrees of freedom.",
    ),
)
def check_width_against_noise(answer):
    """Check what width and noise do to a cloud in 75 dimensions: see the exercise for the three numbers."""


def _log_factorials(widths):
    return float(sum(gammaln(w + 1) for w in widths))


def _volume(widths, eigenvalues, noise_variance, learning_rate, *, layers=slice(1, -1), power=None, typical=True):
    """Logarithm of the volume, and of what it becomes with one thing changed."""
    values = np.asarray(eigenvalues, float)
    n = len(values)
    ball = n / 2 * math.log(math.pi) - float(gammaln(n / 2 + 1))
    shape = n / 2 * math.log(2 * math.pi * math.e) if typical else ball
    heat = learning_rate * noise_variance
    scale = (n / 2 if power is None else power) * math.log(heat)
    return (
        _log_factorials(widths[layers]) + shape + scale - float(np.log(values * (2 - learning_rate * values)).sum()) / 2
    )


def _with_neurons(widths, eigenvalues, noise_variance, learning_rate):
    values, n = np.asarray(eigenvalues, float), sum(widths[1:-1])
    variances = learning_rate * noise_variance / (values * (2 - learning_rate * values))
    return _log_factorials(widths[1:-1]) + n / 2 * (math.log(2 * math.pi * math.e) + float(np.log(variances).mean()))


def _with_w_log_w(widths, *rest):
    hidden = widths[1:-1]
    return _volume(widths, *rest) - _log_factorials(hidden) + sum(w * math.log(w) for w in hidden)


def _first_order(widths, eigenvalues, noise_variance, learning_rate):
    change = float(np.log1p(-learning_rate * np.asarray(eigenvalues, float) / 2).sum()) / 2
    return _volume(widths, eigenvalues, noise_variance, learning_rate) + change


def _without_noise(widths, eigenvalues, *_):
    return _log_factorials(widths[1:-1]) - float(np.log(eigenvalues).sum()) / 2


def _volume_cases(rng):
    cases = []
    for widths in ((1, 2, 1), (2, 3, 1), (2, 4, 3, 2), (3, 12, 2), (4, 6, 5, 4, 3)):
        n = sum((a + 1) * b for a, b in pairwise(widths))
        cases.append((widths, rng.uniform(0.05, 3.0, n), float(rng.uniform(0.2, 3)), float(rng.uniform(0.05, 0.5))))
    return cases


@checker(
    Function(_volume_cases, returns=Number(rtol=1e-6)),
    reference=lambda widths, eigenvalues, noise_variance, learning_rate: _volume(
        widths, eigenvalues, noise_variance, learning_rate
    ),
    mistakes=[
        Mistake(
            "neurons_for_parameters",
            _with_neurons,
            "You use the number of hidden neurons as the dimension of parameter space. Neurons are permuted; weights "
            "and biases span the volume, and there are far more of them.",
        ),
        Mistake(
            "noise_left_out",
            _without_noise,
            "As printed, step and noise have dropped out. But a step of four times the size makes the cloud twice as "
            "wide in every direction: they enter to the power P/2.",
        ),
        Mistake(
            "power_one_half",
            lambda *case: _volume(*case, power=0.5),
            "Step and noise enter to the power 1/2 in each of P directions, P/2 in all, not once.",
        ),
        Mistake(
            "labels_permuted",
            lambda *case: _volume(*case, layers=slice(1, None)),
            "You permute the outputs as well. They carry labels: only hidden neurons can change places.",
        ),
        Mistake(
            "all_widths_permuted",
            lambda *case: _volume(*case, layers=slice(None)),
            "You permute inputs and outputs as well. They carry names: only hidden neurons can change places.",
        ),
        Mistake(
            "gamma_for_factorial",
            lambda widths, *rest: _volume(widths, *rest) - sum(math.log(w) for w in widths[1:-1]),
            "The gamma function is shifted by one: Γ(w) is (w - 1)!, and `gammaln(w + 1)` is log w!.",
        ),
        Mistake(
            "one_cloud_only",
            lambda widths, *rest: _volume(widths, *rest) - _log_factorials(widths[1:-1]),
            "This is the volume of a single cloud. There is one around each of the copies.",
        ),
        Mistake(
            "w_to_the_w",
            _with_w_log_w,
            "w log w is only the leading part of log w!. The rest, -w, is as large as the number of neurons.",
        ),
        Mistake(
            "inner_ellipsoid",
            lambda *case: _volume(*case, typical=False),
            "This is the ellipsoid of one standard deviation, which holds almost nothing of a cloud in many "
            "dimensions. Take the typical set: its volume is e to the entropy.",
        ),
        Mistake(
            "small_steps",
            _first_order,
            "This is right for small steps only. The variance along an eigenvector is ηs²/(λ(2 - ηλ)).",
        ),
    ],
    success="The copies add the logarithm of a factorial; the cloud adds a term for every parameter.",
    hints=(
        "log V* = log(number of copies) + entropy of one cloud.",
        "The entropy of a normal law is (1/2) log(2πe Var), summed over all P directions.",
        "`scipy.special.gammaln(w + 1)` is log w!, for hidden layers only.",
    ),
)
def check_volume_of_copies(answer):
    """Check ``answer(widths, eigenvalues, noise_variance, learning_rate)``: log volume of all clouds, in nats."""
