r"""Gradient descent that gives itself a push where the gradient is small (Jin, Ge, Netrapalli, Kakade and Jordan 2017).

A point drawn uniformly from a ball of radius r is added when the gradient is at most g and no push came in the last t
steps.  At a strict saddle the push has a component of order r along the unstable direction, so the run leaves within
about :math:`\ln(1/r)/\ln(1+\alpha|\lambda|)` steps, also from the stable manifold, where plain descent never does.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from lossland import _checks


class PerturbedRun(NamedTuple):
    """What perturbed descent did; starts (..., d).

    Attributes:
        points: Recorded iterates, (n_records, ..., d).
        recorded_steps: Their step numbers, (n_records,).
        end: Last iterate, (..., d).
        gradient_norm: Norm of the gradient there, (...).
        n_pushes: Number of pushes, (...).
        first_push: Step of the first one, (...); -1 if there was none.
    """

    points: np.ndarray
    recorded_steps: np.ndarray
    end: np.ndarray
    gradient_norm: np.ndarray
    n_pushes: np.ndarray
    first_push: np.ndarray


def perturbed_descent(
    gradient: Callable,
    starts,
    learning_rate: float,
    n_steps: int,
    *,
    radius: float,
    threshold: float,
    wait: int,
    record_every: int | None = None,
    rng: np.random.Generator,
) -> PerturbedRun:
    """Run gradient descent with random pushes at points of small gradient.

    Args:
        gradient: Gradient at points (n, d).
        starts: Starting points (..., d).
        learning_rate: Step size.
        n_steps: Number of steps.
        radius: Radius of the ball from which a push is drawn.
        threshold: Push where the norm of the gradient is at most this.
        wait: Steps between two pushes of a run, at least.
        record_every: Keep every so many iterates; ``None`` keeps start and end.
        rng: Draws the pushes.

    Returns:
        PerturbedRun: recorded points, ends, and when each run was pushed.

    >>> from lossland.descent.surfaces import strict_saddle
    >>> settings = {"radius": 1e-3, "threshold": 1e-3, "wait": 200, "rng": np.random.default_rng(0)}
    >>> run = perturbed_descent(strict_saddle().gradient, [1.0, 0.0], 0.1, 400, **settings)
    >>> bool(abs(run.end[1]) > 0.9)
    True
    """
    starts = _checks.real_array("starts", starts)
    if not starts.ndim:
        raise ValueError("starts: expected points (..., d), got one number; write it as a vector [w]")
    learning_rate = _checks.real_number("learning_rate", learning_rate, low=0.0)
    n_steps, wait = _checks.integer("n_steps", n_steps, low=0), _checks.integer("wait", wait, low=1)
    radius = _checks.real_number("radius", radius, low=0.0)
    threshold = _checks.real_number("threshold", threshold, low=0.0)
    every = n_steps or 1 if record_every is None else _checks.integer("record_every", record_every, low=1)
    points = starts.reshape(-1, starts.shape[-1]).copy()
    last, first, pushes = np.full(len(points), -wait), np.full(len(points), -1), np.zeros(len(points), dtype=int)
    records, steps = [points], [0]
    for step in range(n_steps):
        slope = gradient(points)
        push = (np.linalg.norm(slope, axis=-1) <= threshold) & (step - last >= wait)
        if np.any(push):
            points = points + push[:, None] * uniform_ball(len(points), points.shape[-1], radius, rng=rng)
            last, pushes = np.where(push, step, last), pushes + push
            first = np.where(push & (first < 0), step, first)
            slope = gradient(points)
        points = points - learning_rate * slope
        if (step + 1) % every == 0 or step + 1 == n_steps:
            records.append(points)
            steps.append(step + 1)
    batch = starts.shape[:-1]
    norm = np.linalg.norm(gradient(points), axis=-1)
    return PerturbedRun(
        np.stack(records).reshape(-1, *starts.shape), np.array(steps), points.reshape(starts.shape),
        *(entry.reshape(batch) for entry in (norm, pushes, first)),
    )  # fmt: skip


def uniform_ball(n_points: int, dimension: int, radius: float, *, rng: np.random.Generator) -> np.ndarray:
    """Points uniform in a ball: a uniform direction, and a radius with density proportional to r^(d-1); (n, d)."""
    directions = rng.standard_normal((n_points, dimension))
    directions /= np.linalg.norm(directions, axis=-1, keepdims=True)
    return radius * rng.random((n_points, 1)) ** (1 / dimension) * directions
