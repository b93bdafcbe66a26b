"""Checkers of chapter 11, continued: the depth scales of lengths and of correlations.

An answer is a pair, the slope of the map at its fixed point and the depth scale that follows; the wrong pairs are
those of a wrong slope with its own depth scale, and of the right slope with a wrong depth scale.
"""

from __future__ import annotations

import math
from functools import cache

import numpy as np

from lossland import signal_propagation as sp
from lossland.exercises.answers import Array
from lossland.exercises.checker import Mistake, checker
from lossland.exercises.functions import Failed, Function
from lossland.exercises.verdict import Verdict
from lossland.numerics import Activation, as_activation

_NODES, _WEIGHTS = np.polynomial.hermite_e.hermegauss(160)
_WEIGHTS = _WEIGHTS / math.sqrt(2 * math.pi)
_SLOPE_AND_DEPTH = Array(rtol=3e-3, shape=(2,), allow_infinite=True)


def _mean(function, variance):
    """Expectation of ``function`` of a centered Gaussian, good to the few digits that tell mistakes apart."""
    return float(_WEIGHTS @ function(math.sqrt(variance) * _NODES))


def _mean_pair(first, second, c, q, *, mixing=None):
    """Expectation of ``first(u1) * second(u2)`` for two Gaussians of variance ``q`` with correlation ``c``."""
    mixing = math.sqrt(max(1 - c * c, 0.0)) if mixing is None else mixing
    u1, u2 = math.sqrt(q) * _NODES[:, None], math.sqrt(q) * (c * _NODES[:, None] + mixing * _NODES)
    return float(_WEIGHTS @ (first(u1) * second(u2)) @ _WEIGHTS)


def _tanh_derivative(z):
    return 1 - np.tanh(z) ** 2


_BUMP = Activation("bump", lambda z: np.exp(-z * z), lambda z: -2 * z * np.exp(-z * z),
                   lambda z: (4 * z * z - 2) * np.exp(-z * z))  # fmt: skip


def _depth(slope):
    return -1 / math.log(abs(slope))


def _with_depth(slope):
    return slope, _depth(slope)


def _length_depth_scale(q_star, weight_std, activation):
    slope = sp.length_slope(q_star, weight_std, activation)
    return slope, sp.depth_scale(slope)


def _slope_of(wrong, cases):
    """Recognizes answers whose slope is that of a wrong answer, whatever they make of it."""

    def detect(answer):
        return all(math.isclose(answer(*case)[0], wrong(*case)[0], rel_tol=3e-3) for case in cases)

    return detect


def _product(activation):
    return lambda z: activation.value(z) * activation.second_derivative(z)


def _chi(q, w, activation):
    return w**2 * _mean(lambda z: activation.derivative(z) ** 2, q)


def _literal(q, w, activation):
    grid = np.linspace(0.0, 9.0, 4001)
    weight = np.exp(-(grid**2) / 2) / math.sqrt(2 * math.pi)
    return w**2 * float(np.trapezoid(weight * _product(activation)(np.sqrt(q * grid)), grid))


_SMOOTH_CASES = [(0.88942492, 1.5, as_activation("tanh")), (0.5, 1.0, as_activation("erf"))]
_CHAOTIC_CASES = [(1.5, math.sqrt(0.05)), (1.9, 0.4)]


def _length_cases(rng):
    tanh, erf = as_activation("tanh"), as_activation("erf")
    drawn = [(rng.uniform(0.4, 1.1), rng.uniform(0.8, 1.4), (tanh, erf)[i % 2]) for i in range(4)]
    return _SMOOTH_CASES + drawn


def _half_product(q, w, f):
    return _chi(q, w, f) + w**2 * _mean(_product(f), q) / 2


def _right_slope(q, w, f):
    return _chi(q, w, f) + w**2 * _mean(_product(f), q)


@checker(
    Function(_length_cases, returns=_SLOPE_AND_DEPTH),
    reference=_length_depth_scale,
    mistakes=[
        Mistake(
            "second_term_dropped",
            lambda q, w, f: _with_depth(_chi(q, w, f)),
            "Your a is χ₁ alone. That is the factor of correlations; a length also feels the curvature "
            "of the activation through σσ''.",
            detect=_slope_of(lambda q, w, f: (_chi(q, w, f), 0.0), _SMOOTH_CASES),
            hint="Differentiate σ²(√q·s) in q and integrate the factor s by parts: two terms appear.",
        ),
        Mistake(
            "order_of_the_pair",
            lambda q, w, f: _length_depth_scale(q, w, f)[::-1],
            "Both numbers are right, in the wrong order: first the slope a, then the depth scale.",
        ),
        Mistake(
            "slide_read_literally",
            lambda q, w, f: _with_depth(_chi(q, w, f) + _literal(q, w, f)),
            "You evaluate at √(q*·s), as the slide prints it. The root belongs to q* alone: the "
            "pre-activation is √q*·s, and s is negative half of the time.",
        ),
        Mistake(
            "half_of_second_term",
            lambda q, w, f: _with_depth(_half_product(q, w, f)),
            "The second term carries a factor 1/2 too many. The 1/2 of d√q/dq meets the 2 of dσ²/dz = 2σσ'.",
        ),
        Mistake(
            "sign_of_second_term",
            lambda q, w, f: _with_depth(_chi(q, w, f) - w**2 * _mean(_product(f), q)),
            "The second term has the wrong sign. For saturating activations σσ'' < 0: saturation "
            "helps the length to settle, so a < χ₁.",
        ),
        Mistake(
            "weight_std_not_squared",
            lambda q, w, f: _with_depth(_right_slope(q, w, f) / w),
            "`weight_std` is a standard deviation and enters squared, in both terms.",
        ),
        Mistake(
            "negative_depth",
            lambda q, w, f: (_right_slope(q, w, f), -_depth(_right_slope(q, w, f))),
            "Your a is right, but the depth is negative: ln|a| < 0 for |a| < 1, hence the minus in ξ_q = -1/ln|a|.",
        ),
        Mistake(
            "decimal_logarithm",
            lambda q, w, f: (_right_slope(q, w, f), -1 / math.log10(abs(_right_slope(q, w, f)))),
            "Your a is right, but the logarithm is decimal. exp(-k/ξ) asks for the natural one.",
        ),
        Mistake(
            "linearized_logarithm",
            lambda q, w, f: (_right_slope(q, w, f), 1 / (1 - _right_slope(q, w, f))),
            "Your a is right; 1/(1-a) is the depth scale only to first order near a = 1. Here a is far from it.",
        ),
    ],
    success="Right, also where the slope is negative and the lengths zigzag into their fixed point.",
    hints=(
        "ξ_q describes the linearized length map, so a = ν'(q*).",
        "d/dq σ²(√q·s) = σσ'(√q·s)·s/√q; now integrate by parts in s.",
        "Compare your a with the difference quotient (ν(q* + h) - ν(q* - h)) / 2h of `sp.length_map`.",
    ),
)
def check_depth_scale_q(answer):
    """Check ``answer(q_star, weight_std, activation)``, the slope of the length map and its depth scale."""
    for case in _SMOOTH_CASES:
        if not np.allclose(answer(*case), _length_depth_scale(*case), rtol=3e-3):
            return None
    try:
        slope, depth = answer(0.7, 1.6, _BUMP)
    except Failed:
        slope, depth = math.nan, math.nan
    expected = _length_depth_scale(0.7, 1.6, _BUMP)
    if math.isclose(depth, expected[1], rel_tol=3e-3) and math.isclose(slope, expected[0], rel_tol=3e-3):
        return None
    return Verdict(
        "incorrect",
        "Right for tanh and erf. For a non-monotone activation, such as exp(-z²), a can be negative, and ln a does not "
        "exist. The deviation then changes sign from layer to layer while it shrinks; its depth scale is -1/ln|a|.",
        mistake="no_absolute_value",
    )


@cache
def _fixed_points(weight_std, bias_std):
    q = float(sp.q_star(weight_std, bias_std, "tanh").value)
    return q, float(sp.c_star(weight_std, bias_std, "tanh").value)


def _correlation_depth_scale(weight_std, bias_std):
    q, c = _fixed_points(weight_std, bias_std)
    slope = sp.correlation_slope(c, q, weight_std, "tanh")
    return slope, sp.depth_scale(slope)


def _slope_at(c_of, q_of=lambda q: q, mixing=None):
    """A wrong solution that evaluates b somewhere else."""

    def wrong(weight_std, bias_std):
        q, c = _fixed_points(weight_std, bias_std)
        c = c_of(c)
        mix = None if mixing is None else mixing(c)
        return _with_depth(weight_std**2 * _mean_pair(_tanh_derivative, _tanh_derivative, c, q_of(q), mixing=mix))

    return wrong


def _with_curvature(weight_std, bias_std):
    q, c = _fixed_points(weight_std, bias_std)
    tanh = as_activation("tanh")
    extra = weight_std**2 * _mean_pair(tanh.value, tanh.second_derivative, c, q)
    return _with_depth(_correlation_depth_scale(weight_std, bias_std)[0] + extra)


def _changed(change):
    return lambda weight_std, bias_std: change(*_correlation_depth_scale(weight_std, bias_std), weight_std)


@checker(
    Function(
        lambda rng: (
            [(1.5, math.sqrt(0.05)), (1.0, math.sqrt(0.05)), (1.9, 0.4)]
            + [(rng.uniform(1.6, 1.9), rng.uniform(0.25, 0.5)) for _ in range(3)]
        ),
        returns=_SLOPE_AND_DEPTH,
    ),
    reference=_correlation_depth_scale,
    mistakes=[
        Mistake(
            "evaluated_at_one",
            _slope_at(lambda _c: 1.0),
            "This is χ₁, the slope at c = 1. In the chaotic phase correlations settle at c* < 1, and the slope "
            "there counts; χ₁ > 1 would give a negative depth.",
            detect=_slope_of(_slope_at(lambda _c: 1.0), _CHAOTIC_CASES),
            hint='`sp.c_star(weight_std, bias_std, "tanh").value` is where to evaluate.',
        ),
        Mistake(
            "order_of_the_pair",
            _changed(lambda b, xi, _w: (xi, b)),
            "Both numbers are right, in the wrong order: first the slope b, then the depth scale.",
        ),
        Mistake(
            "evaluated_at_zero",
            _slope_at(lambda _c: 0.0),
            "You treat u₁ and u₂ as independent (c = 0). They are two pre-activations of one neuron with "
            "correlation c*.",
        ),
        Mistake(
            "first_layer_correlation",
            _slope_at(lambda _c: 0.5),
            "You evaluate at the correlation of some layer, not at the fixed point. The slide writes q and c of "
            "layer k-1 in u₁,u₂; for the linearization both must be the fixed points q*,c*.",
        ),
        Mistake(
            "mixing_without_square",
            _slope_at(lambda c: c, mixing=lambda c: 1 - c),
            "Your u₂ does not have variance q*: it is √q*·(c s₁ + √(1 - c²) s₂).",
        ),
        Mistake(
            "length_as_std",
            _slope_at(lambda c: c, q_of=lambda q: q * q),
            "You scale the Gaussians by q*; a length is a variance, so the factor is √q*.",
        ),
        Mistake(
            "curvature_added",
            _with_curvature,
            "You added a term with σσ''. It belongs to lengths; here it appears twice with opposite signs, "
            "from s₁ and from s₂, and cancels.",
        ),
        Mistake(
            "no_weights",
            _changed(lambda b, _xi, w: _with_depth(b / w**2)),
            "The factor α_w² is missing in b: your slope hardly feels `weight_std`, which multiplies every covariance.",
        ),
        Mistake(
            "negative_depth",
            _changed(lambda b, xi, _w: (b, -xi)),
            "Your b is right, but the depth is negative: ξ_c = -1/ln b, and ln b < 0.",
        ),
        Mistake(
            "depth_of_lengths",
            lambda w, h: (_correlation_depth_scale(w, h)[0], sp.xi_q(w, h, "tanh")),
            "Your b is right, but the depth scale is ξ_q, that of lengths. Take the logarithm of b.",
        ),
        Mistake(
            "linearized_logarithm",
            _changed(lambda b, _xi, _w: (b, 1 / (1 - b))),
            "Your b is right; 1/(1-b) agrees with -1/ln b only in the limit b → 1.",
        ),
    ],
    success="Finite on both sides of the critical line: a network forgets in order and in chaos alike.",
    hints=(
        "Three steps: q*, then c*, then a two-dimensional Gaussian mean at both.",
        "A grid of Gauss-Hermite nodes in s₁ and s₂: `u2 = sqrt(q) * (c * s1[:, None] + sqrt(1 - c**2) * s2)`.",
        "Compare with the difference quotient of `sp.correlation_map` at c*.",
    ),
)
def check_depth_scale_c(answer):
    """Check ``answer(weight_std, bias_std)``, the slope of tanh's correlation map at c* and its depth scale."""
