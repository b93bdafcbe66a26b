r"""Exact time courses of one mode of a balanced network, for every depth.

The strength :math:`q=w^K` of a mode with target r and input variance s obeys :math:`\dot q=sK|q|^{2-2/K}(r-q)`.

* :math:`K=1`: :math:`q=r+(q_0-r)e^{-st}`.
* :math:`K=2`: :math:`q=r\,e^{2srt}/(e^{2srt}-1+r/q_0)`, a sigmoid with half-rise at :math:`\ln(r/q_0-1)/(2sr)`.
* :math:`K\ge3`: the time is an elementary function of the strength.  With :math:`x=(q/|r|)^{1/K}` and the roots
  :math:`\omega` of :math:`x^K=\pm1` for :math:`r\gtrless0`,

  .. math:: s|r|^{2-2/K}\,t=\Big[\mp\frac{x^{2-K}}{K-2}-\frac1K\sum_\omega\omega^2\ln(x-\omega)\Big]_{x_0}^{x},

  which is inverted by bisection.  For small :math:`q_0` the first term is a plateau of length
  :math:`\approx q_0^{-(K-2)/K}/(s(K-2)r)`.

A mode with :math:`r<0<q` decays to 0, exponentially for K = 2, as :math:`((K-2)s|r|t)^{-K/(K-2)}` for :math:`K\ge3`,
and is stuck there.  Negative strengths mirror the positive ones: :math:`(q,r)\to(-q,-r)`.

Source: Saxe, McClelland and Ganguli (2014), Equations 13 and 17; slides of Yarotsky, "Diagonalization and 1D dynamics".
"""

from __future__ import annotations

from typing import Any

import numpy as np

from lossland import _checks

_BISECTIONS = 160
_FAR = 100.0  # x**K from which on the logarithms cancel and their series is used
_TERMS = 9
_NO_TARGET = 1e-30  # a target this small beside the start cannot be told from 0


def mode_strength(times: Any, target: Any, start: Any, depth: int, *, input_variance: Any = 1.0) -> np.ndarray:
    """Strength of a mode at given times, in a balanced network under gradient flow.

    Args:
        times: Times t >= 0; times, targets, starts and variances broadcast.
        target: Strength r that the target has.
        start: Strength at time 0; with at least two layers a mode that starts at 0 stays there.
        depth: Number of layers K.
        input_variance: Variance s > 0 of the input along the mode.

    Returns:
        Strengths, of the common shape of the arguments.

    Raises:
        ValueError: If a time is negative, or a variance or ``depth`` is not positive.

    >>> round(float(mode_strength(0.2, 3.0, 1.0, 2)), 5)
    1.87221
    >>> round(float(mode_strength(1200.0, -0.7, 1.0, 3)) ** (1 / 3), 5)  # the weight, stuck on its way to 0
    0.00119
    """
    times, target, start, variance = _arguments(target, start, input_variance, times=times)
    depth = _checks.integer("depth", depth, low=1)
    if depth == 1:
        return np.asarray(np.where(times == 0, start, target + (start - target) * np.exp(-variance * times)))
    sign = np.where(start < 0, -1.0, 1.0)
    start, target = sign * start, sign * target
    solve = _two_layers if depth == 2 else _many_layers
    return np.asarray(sign * np.where(times == 0, start, solve(depth, start, target, variance * times)))


def time_to_reach(strength: Any, target: Any, start: Any, depth: int, *, input_variance: Any = 1.0) -> np.ndarray:
    """Time at which a mode reaches a strength: the inverse of :func:`mode_strength`.

    Args:
        strength: Strength to be reached; arguments broadcast.
        target: Strength r that the target has.
        start: Strength at time 0.
        depth: Number of layers K.
        input_variance: Variance s > 0 of the input along the mode.

    Returns:
        Times; infinity where the strength is only approached, or never reached.

    Raises:
        ValueError: If a variance or ``depth`` is not positive.

    >>> bool(np.isclose(time_to_reach(1.5, 3.0, 0.1, 2), np.log(3.0 / 0.1 - 1) / 6.0))  # half-rise
    True
    """
    strength, target, start, variance = _arguments(target, start, input_variance, strength=strength)
    depth = _checks.integer("depth", depth, low=1)
    sign = np.where(start < 0, -1.0, 1.0)
    strength, start, target = sign * strength, sign * start, sign * target
    aim = target if depth == 1 else np.maximum(target, 0.0)
    on_the_way = (strength - start) * (aim - strength) > 0
    there = np.abs(strength - start) <= 4 * np.finfo(float).eps * np.abs(start)
    with np.errstate(all="ignore"):
        if depth == 1:
            time = np.log((start - target) / (strength - target))
        elif depth == 2:
            ratio = np.log(strength / start) + np.log((target - start) / (target - strength))
            time = np.where(target == 0, (1 / strength - 1 / start) / 2, ratio / (2 * target))
        else:
            time = _elementary_time(depth, strength, start, target)
    return np.where(there, 0.0, np.where(on_the_way & (start != 0 if depth > 1 else True), time / variance, np.inf))


def _arguments(target, start, input_variance, **first):
    ((name, value),) = first.items()
    value = _checks.real_array(name, value, low=0.0 if name == "times" else -np.inf)
    variance = _checks.real_array("input_variance", input_variance, low=0.0)
    if np.any(variance == 0):
        raise ValueError("input_variance: expected > 0, got 0; a mode without input does not move")
    target, start = _checks.real_array("target", target), _checks.real_array("start", start)
    return np.broadcast_arrays(value, target, start, variance)


def _two_layers(_depth, start, target, clock):
    """The logistic curve for start >= 0 and any target, without overflow and regular at target 0."""
    x = 2 * np.abs(target) * clock
    size = np.where(target == 0, 1.0, np.abs(target))
    risen = np.where(target == 0, 2 * clock, -np.expm1(-x) / size)  # (1 - e^{-x}) / |r|
    below = np.exp(-x) + start * risen
    growing = start / np.where(below > 0, below, 1.0)
    return np.where(target >= 0, growing, start * np.exp(-x) / (1 + start * risen))


def _many_layers(depth, start, target, clock):
    shape = start.shape
    start, target, clock = (np.ravel(part).astype(float) for part in (start, target, clock))
    result = np.where(start == target, target, 0.0)
    free = (start > 0) & (np.abs(target) <= _NO_TARGET * start)
    power = 2 - 2 / depth
    w = start[free] ** (1 / depth)
    result[free] = (w ** (2 - 2 * depth) + (2 * depth - 2) * clock[free]) ** (-depth / (2 * depth - 2))
    scale = np.where(target == 0, 1.0, np.abs(target))
    x0, tau = (start / scale) ** (1 / depth), scale**power * clock
    for kind, mask in (
        ("below", (target > 0) & (x0 < 1)),
        ("above", (target > 0) & (x0 > 1)),
        ("negative", target < 0),
    ):
        chosen = mask & (start > 0) & ~free
        if np.any(chosen):
            result[chosen] = scale[chosen] * _bisect(kind, depth, x0[chosen], tau[chosen]) ** depth
    return result.reshape(shape)


def _bisect(kind: str, depth: int, x0, tau):
    """Solve clock(x) = clock(x0) + tau in a variable that is the logarithm of the distance to both ends."""
    with np.errstate(over="ignore", divide="ignore"):
        if kind == "below":
            u0 = np.log(x0) - np.log1p(-x0)
            near, far = u0, u0 + depth * tau
        else:
            u0 = np.log(x0 - 1) if kind == "above" else np.log(x0)
            rate = depth * x0 ** (2 * depth - 2) if kind == "above" else x0 ** (depth - 2) * (1 + x0**depth)
            near, far = u0, u0 - rate * tau
        goal = _clock(kind, depth, u0) + tau
        for _ in range(_BISECTIONS):
            middle = (near + far) / 2
            late = _clock(kind, depth, middle) > goal
            near, far = np.where(late, near, middle), np.where(late, middle, far)
    return _position(kind, (near + far) / 2)[0]


def _position(kind: str, u):
    """x and ln|1 - x| from the bisection variable."""
    if kind == "below":
        return np.exp(-np.logaddexp(0, -u)), -np.logaddexp(0, u)
    if kind == "above":
        return 1 + np.exp(u), u
    return np.exp(u), None


def _clock(kind: str, depth: int, u):
    x, gap = _position(kind, u)
    return _clock_of(kind, depth, x, gap)


def _clock_of(kind: str, depth: int, x, gap):
    """The bracket of the module's formula: an antiderivative of 1/(x^{K-1}(+-1 - x^K)) that vanishes at infinity."""
    sign = -1.0 if kind == "negative" else 1.0
    roots = np.exp(1j * np.pi * (2 * np.arange(depth) + (sign < 0)) / depth)
    total = sign * x ** (2.0 - depth) / (2 - depth)
    for j, root in enumerate(roots):
        logarithm = gap if j == 0 and sign > 0 else np.log(x - root)
        total = total - np.real(root**2 * logarithm) / depth
    far = x**depth > _FAR
    if not np.any(far):
        return total
    y, series = x[far], 0.0
    for m in range(_TERMS):
        power = (2 + m) * depth - 2
        series = series + sign**m * y ** -float(power) / power
    total[far] = series
    return total


def _elementary_time(depth: int, strength, start, target):
    shape = strength.shape
    strength, start, target = (np.ravel(part).astype(float) for part in (strength, start, target))
    w, w0, power = strength ** (1 / depth), start ** (1 / depth), 2 - 2 / depth
    time = (w ** (2 - 2 * depth) - w0 ** (2 - 2 * depth)) / (2 * depth - 2)
    scale = np.where(target == 0, 1.0, np.abs(target))
    x, x0 = (strength / scale) ** (1 / depth), (start / scale) ** (1 / depth)
    for kind, chosen in (("below", target > 0), ("negative", target < 0)):
        if np.any(chosen):
            ends = [_clock_of(kind, depth, y[chosen], np.log(np.abs(1 - y[chosen]))) for y in (x, x0)]
            time[chosen] = (ends[0] - ends[1]) / scale[chosen] ** power
    return time.reshape(shape)
