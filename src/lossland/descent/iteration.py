"""The loop behind gradient descent and heavy ball: batched over runs, with stopping, divergence, trajectories."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from array_api_compat import device

from lossland import _checks

LARGEST = 1e150  # a run beyond it has diverged: its square would overflow in double precision
BLOCK = 32  # steps between two looks at which runs are still moving


class Trajectory(NamedTuple):
    """What a batch of runs did; arrays are of the kind (NumPy or torch) of the starting points (..., d).

    Attributes:
        points: Recorded iterates, (n_records, ..., d); the first is the start, the last the end.
        recorded_steps: Their step numbers, (n_records,), NumPy.
        end: Last iterate of each run, (..., d); of a diverged run the last one within bounds.
        gradient_norm: Euclidean norm of the gradient at the end, (...).
        n_steps: Steps taken by each run, (...).
        converged: Whether the norm of the gradient met ``tol``, (...); False where no ``tol`` was given.
        diverged_at: Step at which a run became infinite or larger than 1e150, (...); -1 if it did not.
    """

    points: Any
    recorded_steps: np.ndarray
    end: Any
    gradient_norm: Any
    n_steps: Any
    converged: Any
    diverged_at: Any


class _Runs:
    """The state of all runs as rows, and which of them still move."""

    def __init__(self, starts, xp):
        self.xp, self.shape = xp, tuple(starts.shape)
        self.points = xp.reshape(starts, (-1, self.shape[-1]))
        n_runs, options = self.points.shape[0], {"device": device(starts)}
        self.velocity = xp.zeros_like(self.points)
        self.active = xp.arange(n_runs, **options)
        self.n_steps = xp.zeros(n_runs, dtype=xp.int64, **options)
        self.converged = xp.zeros(n_runs, dtype=xp.bool, **options)
        self.diverged_at = xp.full((n_runs,), -1, dtype=xp.int64, **options)

    def in_bounds(self, points):
        """Mark the rows that are finite and not beyond LARGEST; comparisons with NaN are false."""
        largest = min(LARGEST, float(self.xp.finfo(points.dtype).max))
        return self.xp.all(self.xp.abs(points) <= largest, axis=-1)


def iterate(
    gradient: Callable, starts, learning_rate, n_steps: int, advance: Callable, *, tol: float | None, record_every
) -> Trajectory:
    """Run ``advance(point, velocity, gradient, learning_rate) -> (point, velocity)`` from every start; see there.

    ``gradient`` is called with the rows of the runs that still move, so it must treat rows independently.
    """
    if not callable(gradient):
        raise TypeError(f"gradient: expected a function of points (n, d), got {type(gradient).__name__}")
    starts, xp = _checks.floating_array("starts", starts)
    if not starts.ndim:
        raise ValueError("starts: expected points (..., d), got one number; write it as a vector [w]")
    n_steps = _checks.integer("n_steps", n_steps, low=0)
    tol = None if tol is None else _checks.real_number("tol", tol, low=0.0)
    every = None if record_every is None else _checks.integer("record_every", record_every, low=1)
    runs = _Runs(starts, xp)
    rates = _rows_of_rates(learning_rate, starts, xp)
    _check_gradient(gradient, runs.points)
    steps, records = [0], [runs.points]
    with np.errstate(over="ignore", invalid="ignore", under="ignore"):
        done = 0
        while done < n_steps and runs.active.shape[0]:
            count = min(every or BLOCK, n_steps - done)
            _advance_block(runs, gradient, rates, advance, done, count, tol)
            done += count
            if every is not None:
                steps.append(done)
                records.append(runs.points)
        norm = xp.sqrt(xp.sum(gradient(runs.points) ** 2, axis=-1))
    if tol is not None:
        runs.converged = runs.converged | ((norm <= tol) & (runs.diverged_at < 0))
    if steps[-1] != done:
        steps.append(done)
        records.append(runs.points)
    return _trajectory(runs, steps, records, norm)


def _advance_block(runs: _Runs, gradient, rates, advance, done: int, count: int, tol) -> None:
    """Take ``count`` steps with the moving runs; without ``tol`` unguarded, and again with care if one diverged."""
    xp, active = runs.xp, runs.active
    everything = active.shape[0] == runs.points.shape[0]
    start = (runs.points, runs.velocity) if everything else (runs.points[active], runs.velocity[active])
    rate = rates if rates.shape[0] == 1 or everything else rates[active]
    point, velocity = start
    if tol is None:
        for _ in range(count):
            point, velocity = advance(point, velocity, gradient(point), rate)
        if bool(xp.all(runs.in_bounds(point))):
            _store(runs, point, velocity, xp.full_like(active, done + count))
            return
    _careful_block(runs, gradient, rate, advance, start, done, count, tol)


def _careful_block(runs: _Runs, gradient, rate, advance, start, done: int, count: int, tol) -> None:
    """Take the steps one by one; a run that meets ``tol`` or leaves the bounds stays where it is."""
    xp, active, (point, velocity) = runs.xp, runs.active, start
    moving = xp.ones(active.shape[0], dtype=xp.bool, device=device(point))
    taken = xp.full_like(active, done)
    for step in range(done + 1, done + count + 1):
        slope = gradient(point)
        if tol is not None:
            arrived = moving & (xp.sqrt(xp.sum(slope**2, axis=-1)) <= tol)
            runs.converged[active[arrived]] = True
            moving = moving & ~arrived
        next_point, next_velocity = advance(point, velocity, slope, rate)
        lost = moving & ~runs.in_bounds(next_point)
        runs.diverged_at[active[lost]] = step
        moving = moving & ~lost
        point = xp.where(moving[:, None], next_point, point)
        velocity = xp.where(moving[:, None], next_velocity, velocity)
        taken = xp.where(moving, xp.full_like(taken, step), taken)
        if not bool(xp.any(moving)):
            break
    _store(runs, point, velocity, taken)
    runs.active = active[moving]


def _store(runs: _Runs, point, velocity, taken) -> None:
    """Write the rows of the moving runs back; recorded arrays are never changed in place."""
    if runs.active.shape[0] == runs.points.shape[0]:
        runs.points, runs.velocity, runs.n_steps = point, velocity, taken
        return
    copy = runs.xp.asarray
    runs.points, runs.velocity = copy(runs.points, copy=True), copy(runs.velocity, copy=True)
    runs.points[runs.active], runs.velocity[runs.active], runs.n_steps[runs.active] = point, velocity, taken


def _trajectory(runs: _Runs, steps: list[int], records: list, norm) -> Trajectory:
    xp, batch = runs.xp, runs.shape[:-1]
    return Trajectory(
        xp.reshape(xp.stack(records), (len(records), *runs.shape)),
        np.array(steps),
        xp.reshape(runs.points, runs.shape),
        *(xp.reshape(entry, batch) for entry in (norm, runs.n_steps, runs.converged, runs.diverged_at)),
    )


def _rows_of_rates(learning_rate, starts, xp):
    """Check the learning rate and shape it as rows: (1, 1), or (n_runs, 1) where runs have rates of their own."""
    rate, _ = _checks.floating_array("learning_rate", learning_rate)
    rate = xp.asarray(rate, dtype=starts.dtype, device=device(starts))
    if bool(xp.any(rate <= 0)):
        raise ValueError(f"learning_rate: expected positive numbers, got {float(xp.min(rate)):g}")
    batch = tuple(starts.shape[:-1])
    if not rate.ndim:
        return xp.reshape(rate, (1, 1))
    try:
        return xp.reshape(xp.broadcast_to(rate, batch), (-1, 1))
    except (ValueError, RuntimeError) as error:
        message = f"learning_rate: expected one number or one for each run, shape {batch}, got {tuple(rate.shape)}"
        raise ValueError(message) from error


def _check_gradient(gradient: Callable, rows) -> None:
    """Say so if the function does not return one gradient for each row."""
    shape = getattr(gradient(rows), "shape", None)
    if shape is None or tuple(shape) != tuple(rows.shape):
        raise ValueError(f"gradient: expected an array of shape {tuple(rows.shape)} for these points, got {shape}")
