"""An adaptive Runge-Kutta integrator (Dormand and Prince 1980, order 5 with error of order 4) for NumPy and torch.

SciPy's integrators are NumPy only and have one problem at a time; this one keeps many runs side by side on their
device. All runs share the step, which is that of the most demanding one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from lossland import _checks

_STAGES = (
    (1 / 5,),
    (3 / 40, 9 / 40),
    (44 / 45, -56 / 15, 32 / 9),
    (19372 / 6561, -25360 / 2187, 64448 / 6561, -212 / 729),
    (9017 / 3168, -355 / 33, 46732 / 5247, 49 / 176, -5103 / 18656),
    (35 / 384, 0.0, 500 / 1113, 125 / 192, -2187 / 6784, 11 / 84),
)
_ERROR = (71 / 57600, 0.0, -71 / 16695, 71 / 1920, -17253 / 339200, 22 / 525, -1 / 40)
_GROWTH, _SHRINKAGE, _SAFETY = 5.0, 0.2, 0.9


def integrate(
    velocity: Callable, start: Any, times: Any, *, rtol: float = 1e-9, atol: float = 1e-12, max_steps: int = 200_000
):
    """Solve an autonomous differential equation; the states at given times.

    Args:
        velocity: Function of states (..., n) that returns their velocities.
        start: States at time 0, (..., n), NumPy or torch.
        times: Times that do not decrease, none negative, (n_times,).
        rtol: Relative tolerance of each step, entry by entry.
        atol: Absolute tolerance.
        max_steps: Most steps in all.

    Returns:
        States (n_times, ..., n).

    Raises:
        ValueError: If the times are not sorted, or negative.
        RuntimeError: If the steps run out: the flow is stiff, or grows beyond all bounds.

    >>> float(integrate(lambda y: -y, np.array([1.0]), [1.0])[0, 0] * np.e)  # doctest: +ELLIPSIS
    1.00000000...
    """
    state, xp = _checks.floating_array("start", start)
    times = _checks.real_array("times", times, low=0.0)
    if times.ndim != 1 or np.any(np.diff(times) < 0):
        raise ValueError("times: expected a vector of times that do not decrease")
    slope, now, states, n_steps = velocity(state), 0.0, [], 0
    step = _first_step(xp, state, slope, rtol, atol)
    for time in times:
        while now < time:
            last = now + step * (1 + 1e-10) >= time
            length = time - now if last else step
            proposal, new_slope, error = _attempt(xp, velocity, state, slope, length, rtol, atol)
            n_steps += 1
            stuck = not np.isfinite(float(length)) or (not last and length < 1e-14 * now)
            if n_steps > max_steps or stuck:
                raise RuntimeError(
                    f"flow: {n_steps} steps did not reach time {time:g}, only {now:g}; loosen rtol, shorten the times, "
                    "or raise max_steps"
                )
            if error <= 1:
                state, slope, now = proposal, new_slope, (float(time) if last else now + length)
            factor = _SAFETY * error**-0.2 if error > 0 else _GROWTH
            step = length * min(_GROWTH, max(_SHRINKAGE, factor)) if error > 1 or not last else max(step, length)
        states.append(state)
    return xp.stack(states) if states else xp.reshape(state, (1, *state.shape))[:0]


def _attempt(xp, velocity, state, slope, length, rtol, atol):
    """One step: the new state, its slope, and the error in units of the tolerance."""
    slopes = [slope]
    for row in _STAGES:
        point = state
        for weight, stage in zip(row, slopes, strict=True):
            if weight:
                point = point + (length * weight) * stage
        slopes.append(velocity(point))
    error = length * sum(weight * stage for weight, stage in zip(_ERROR, slopes, strict=True) if weight)
    scale = atol + rtol * xp.maximum(xp.abs(state), xp.abs(point))
    size = float(xp.max(xp.abs(error) / scale)) if _count(state) else 0.0
    return point, slopes[-1], size if np.isfinite(size) else 1e10


def _first_step(xp, state, slope, rtol, atol) -> float:
    scale = atol + rtol * xp.abs(state)
    speed = float(xp.max(xp.abs(slope) / scale)) if _count(state) else 0.0
    return 0.1 / speed**0.2 if speed > 1 else 0.1


def _count(array) -> int:
    return int(np.prod(array.shape))
