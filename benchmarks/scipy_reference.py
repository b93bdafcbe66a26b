"""The maps of signal propagation written down straightforwardly: one adaptive integral per point and layer."""

from __future__ import annotations

import math

import numpy as np
from scipy.integrate import dblquad, quad

REACH = 10.0


def gaussian_mean(function) -> float:
    """E function(s) for s ~ N(0, 1)."""
    return quad(lambda s: function(s) * math.exp(-s * s / 2), -REACH, REACH, epsrel=1e-8)[0] / math.sqrt(2 * math.pi)


def length_map(q: float, weight_std: float, bias_std: float) -> float:
    """One layer of the length map of tanh."""
    return weight_std**2 * gaussian_mean(lambda s: math.tanh(math.sqrt(q) * s) ** 2) + bias_std**2


def q_star_and_chi1(weight_std: float, bias_std: float, tol: float = 1e-6) -> tuple[float, float]:
    """Fixed point of the length map by iteration, to a relative accuracy ``tol``, and chi1 there."""
    q, change, factor = 1.0, math.inf, 0.0
    while abs(change) > 0.5 * tol * q * (1 - min(factor, 0.999999)):
        following = length_map(q, weight_std, bias_std)
        factor = abs((following - q) / change) if math.isfinite(change) else 0.0
        change, q = following - q, following
    slope = gaussian_mean(lambda s: (1 - math.tanh(math.sqrt(q) * s) ** 2) ** 2)
    return q, weight_std**2 * slope


def covariance_map(c: float, q1: float, q2: float, weight_std: float, bias_std: float) -> float:
    """One layer of the covariance map of tanh for one pair."""
    r1, r2, sine = math.sqrt(q1), math.sqrt(q2), math.sqrt(1 - c * c)

    def integrand(t: float, s: float) -> float:
        weight = math.exp(-(s * s + t * t) / 2) / (2 * math.pi)
        return math.tanh(r1 * s) * math.tanh(r2 * (c * s + sine * t)) * weight

    value = dblquad(integrand, -REACH, REACH, -REACH, REACH, epsrel=1e-8)[0]
    return weight_std**2 * value + bias_std**2


def pair_map(q1: float, q2: float, c: float, weight_std: float, bias_std: float) -> tuple[float, float, float]:
    """Lengths and correlation of one pair in the next layer."""
    covariance = covariance_map(c, q1, q2, weight_std, bias_std)
    next_q1, next_q2 = length_map(q1, weight_std, bias_std), length_map(q2, weight_std, bias_std)
    return next_q1, next_q2, float(np.clip(covariance / math.sqrt(next_q1 * next_q2), -1, 1))
