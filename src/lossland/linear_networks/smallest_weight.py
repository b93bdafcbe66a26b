r"""Where a chain of single units ends, from any start: its smallest weight decides.

Gradient flow of a network of widths 1 conserves all :math:`w_k^2-w_j^2`.  Let m be a layer of least modulus, put
:math:`b_k=w_k^2-w_m^2\ge0` and :math:`u=w_m\operatorname{sign}\prod_{k\ne m}w_k`.  Everything is a function of u,

.. math:: q=u\,P(u),\qquad P(u)=\prod_{k\ne m}\sqrt{b_k+u^2},\qquad \dot u=s\,P(u)\,\big(r-u\,P(u)\big),

and u moves monotonically to the only root of :math:`uP(u)=r`, which is the global minimum, unless it meets a zero of P
on its way.  P vanishes only at 0, and only if another layer has the same least modulus.  So a start is stuck if and
only if at least two layers share the least modulus and q has the wrong sign (or is 0 while r is not): a set of measure
zero, for every depth.

Near it learning takes long.  As long as the strength is small beside r, leaving takes the time

.. math:: \tau=\frac1{s|r|}\int_{u_0}^\infty\frac{du}{P(u)},\qquad u_0=u\operatorname{sign}r,

which scales as the (2 - K)-th power of the weights.  Gaussian starts are near 0 with probability
:math:`\propto\delta^K`, hence the share of starts that need longer than t falls as :math:`t^{-K/(K-2)}` for
:math:`K\ge3`; for K = 2 it falls exponentially.

Source: own derivation; the chain is that of Shamir (2019), *Exponential convergence time of gradient descent for
one-dimensional deep linear neural networks*.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from lossland import _checks

_NODES = 128
_BISECTIONS = 200


class ChainEnd(NamedTuple):
    """Where the flow of chains ends.

    Attributes:
        weights: Weights at infinite time, (..., K).
        strength: Their product, (...).
        stuck: Whether that is not the target, (...).
    """

    weights: np.ndarray
    strength: np.ndarray
    stuck: np.ndarray


def chain_end(start: Any, target: Any) -> ChainEnd:
    """The limit of gradient flow of networks of widths 1, from any weights.

    Args:
        start: Weights (..., K).
        target: Targets r, (...).

    Returns:
        ChainEnd: weights and strength at infinite time, and whether they miss the target.

    Raises:
        ValueError: If the last dimension of ``start`` is missing or empty.

    >>> chain_end([[1.0, 1.1, 1.2], [1.0, 1.0, 1.2]], -0.7).strength.round(12)
    array([-0.7,  0. ])
    """
    u, gaps, signs, smallest = _coordinate(start)
    target = np.broadcast_to(_checks.real_array("target", target), u.shape)
    tied = np.any(gaps == 0, axis=-1)
    stuck = tied & (target != 0) & (u * target <= 0)
    low, high = _bracket(gaps, target)
    for _ in range(_BISECTIONS):
        middle = (low + high) / 2
        beyond = middle * _others(gaps, middle) > target
        low, high = np.where(beyond, low, middle), np.where(beyond, middle, high)
    u_end = np.where(stuck | (target == 0), 0.0, (low + high) / 2)
    moduli = np.sqrt(np.insert(gaps, 0, 0.0, axis=-1) + u_end[..., None] ** 2)
    ordered = moduli * signs
    ordered[..., 0] = u_end * np.prod(signs[..., 1:], axis=-1)
    weights = np.empty_like(ordered)
    np.put_along_axis(weights, smallest, ordered, axis=-1)
    return ChainEnd(weights, np.asarray(u_end * _others(gaps, u_end)), stuck)


def leaving_time(start: Any, target: Any, *, input_variance: Any = 1.0) -> np.ndarray:
    r"""Time :math:`\tau` that a chain of at least three layers spends near strength 0 before it is learned.

    It is the time of blow-up of the flow without saturation, exact in the limit of small weights.

    Args:
        start: Weights (..., K), K >= 3.
        target: Targets r that are not 0, (...).
        input_variance: Variances s > 0 of the inputs, (...).

    Returns:
        Times (...); infinity for starts that are stuck.

    Raises:
        ValueError: If there are fewer than three layers, or a target is 0.

    >>> round(float(leaving_time([0.1, 0.1, 0.1], 1.0)), 9), float(leaving_time([0.1, 0.1, 0.1], -1.0))
    (10.0, inf)
    """
    u, gaps, _, _ = _coordinate(start)
    if gaps.shape[-1] < 2:
        raise ValueError(f"start: expected at least 3 layers, got {gaps.shape[-1] + 1}; with 2 the time is a logarithm")
    target = np.broadcast_to(_checks.real_array("target", target), u.shape)
    if np.any(target == 0):
        raise ValueError("target: expected numbers other than 0; strength 0 is where the chain should end")
    u = u * np.sign(target)
    gaps = np.sort(gaps, axis=-1)
    least = gaps[..., 0]
    width = np.sqrt(np.where(least > 0, least, 1.0))  # u = width sinh(v) takes the narrowest factor away
    begin = np.arcsinh(u / width)
    reach = np.arcsinh(np.sqrt(gaps[..., -1]) / width) + 40.0 / (gaps.shape[-1] - 1)
    nodes, weights = np.polynomial.legendre.leggauss(_NODES)
    half = np.maximum(reach - begin, 0.0) / 2
    v = (begin + half)[..., None] + half[..., None] * nodes
    y = width[..., None] * np.sinh(v)
    rest = np.prod(np.sqrt(gaps[..., None, 1:] + y[..., None] ** 2), axis=-1)
    time = half * np.sum(weights / rest, axis=-1)
    time = np.where(least > 0, time, _tied(u, gaps))
    return np.asarray(time / (np.abs(target) * _checks.real_array("input_variance", input_variance)))


def _coordinate(start: Any):
    """u, the gaps b_k of the other layers, all signs with that of the smallest first, and the order of the layers."""
    start = _checks.real_array("start", start)
    if not start.ndim or not start.shape[-1]:
        raise ValueError(f"start: expected weights (..., K), one for each layer, got shape {start.shape}")
    order = np.argsort(np.abs(start), axis=-1, kind="stable")
    ordered = np.take_along_axis(start, order, axis=-1)
    signs = np.where(ordered < 0, -1.0, 1.0)
    moduli = np.abs(ordered)
    gaps = (moduli[..., 1:] - moduli[..., :1]) * (moduli[..., 1:] + moduli[..., :1])
    return ordered[..., 0] * np.prod(signs[..., 1:], axis=-1), gaps, signs, order


def _others(gaps, u):
    return np.prod(np.sqrt(gaps + u[..., None] ** 2), axis=-1)


def _bracket(gaps, target):
    """An interval that holds the root of u P(u) = r: P(u) >= |u|^{K-1}."""
    edge = np.abs(target) ** (1 / (gaps.shape[-1] + 1)) * np.sign(target)
    return np.minimum(edge, 0.0), np.maximum(edge, 0.0)


def _tied(u, gaps):
    """Leaving times of starts with several smallest weights, in the variable ln u; infinite on the wrong side."""
    safe = np.where(u > 0, u, 1.0)
    reach = 40.0 + np.log1p(np.sqrt(gaps[..., -1]) / safe)
    nodes, weights = np.polynomial.legendre.leggauss(_NODES)
    v = np.log(safe)[..., None] + reach[..., None] / 2 * (1 + nodes)
    y = np.exp(v)
    rest = np.prod(np.sqrt(gaps[..., None, :] + y[..., None] ** 2), axis=-1)
    time = reach / 2 * np.sum(weights * y / rest, axis=-1)
    return np.where(u > 0, time, np.inf)
