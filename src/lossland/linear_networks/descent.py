r"""Gradient descent :math:`W_k\leftarrow W_k-\alpha\nabla_{W_k}L` of linear networks, many runs at once.

Runs that grow beyond 1e30 in an entry, or are no numbers any more, have diverged: they are kept at their last iterate
within that bound while the others go on.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from array_api_compat import device

from lossland import _checks
from lossland.linear_networks.end_to_end_map import end_to_end_map
from lossland.linear_networks.gradient import checked_gradient
from lossland.linear_networks.map_loss import MapLoss, check_ends
from lossland.linear_networks.parameters import batch_shape, check_weights, like

_LARGEST = 1e30


class Descent(NamedTuple):
    """What the runs did; arrays are of the kind of the weights, and ``...`` stands for their leading dimensions.

    Attributes:
        weights: Recorded layers, each (n_records, ..., d_k, d_{k-1}); the last record is the end.
        recorded_steps: Step numbers of the records, (n_records,), NumPy.
        losses: Loss at the records, (n_records, ...).
        gradient_norm: Norm of the gradient in all layers at the end, (...).
        n_steps: Steps taken by each run, (...).
        converged: Whether the norm of the gradient met ``tol``, (...); False where no ``tol`` was given.
        diverged_at: Step at which a run diverged, (...); -1 if it did not.
    """

    weights: tuple[Any, ...]
    recorded_steps: np.ndarray
    losses: Any
    gradient_norm: Any
    n_steps: Any
    converged: Any
    diverged_at: Any

    @property
    def end(self) -> tuple[Any, ...]:
        """The layers at the end."""
        return tuple(layer[-1] for layer in self.weights)

    @property
    def maps(self):
        """The end-to-end maps at the records, (n_records, ..., d_K, d_0)."""
        return end_to_end_map(self.weights)


def descend(
    weights: Sequence[Any],
    loss: MapLoss,
    learning_rate: Any,
    n_steps: int,
    *,
    record_every: int | None = None,
    tol: float | None = None,
) -> Descent:
    """Follow the negative gradient with a constant step, all runs side by side on the device of the weights.

    Args:
        weights: Layers (..., d_k, d_{k-1}), NumPy or torch.
        loss: A function of the end-to-end map.
        learning_rate: Step size, one number or one for each run.
        n_steps: Most steps that are taken.
        record_every: Keep every so many iterates; None keeps start and end.
        tol: Stop a run when the norm of its gradient is at most this; None to take all steps.

    Returns:
        Descent: recorded weights and losses, norms at the end, which runs converged and which diverged when.

    Raises:
        TypeError: If an argument has the wrong type.
        ValueError: If shapes do not fit, or a step size is not positive.

    >>> from lossland.linear_networks.quadratic_loss import quadratic_loss
    >>> run = descend([[[1.0]], [[1.0]]], quadratic_loss([[3.0]]), 0.1, 100, tol=1e-12)
    >>> round(float(run.maps[-1, 0, 0]), 9), bool(run.converged)
    (3.0, True)
    """
    layers, xp = check_weights("weights", weights)
    check_ends(loss, (layers[-1].shape[-2], layers[0].shape[-1]))
    n_steps = _checks.integer("n_steps", n_steps, low=0)
    every = None if record_every is None else _checks.integer("record_every", record_every, low=1)
    tol = None if tol is None else _checks.real_number("tol", tol, low=0.0)
    batch = batch_shape(layers)
    layers = tuple(xp.broadcast_to(layer, (*batch, *layer.shape[-2:])) for layer in layers)
    rate = _rates(xp, learning_rate, layers[0], batch)
    runs = _Runs(xp, layers, batch)
    step, steps, records = 0, [0], [layers]
    with np.errstate(over="ignore", invalid="ignore", under="ignore"):
        for step in range(1, n_steps + 1):
            runs.advance(loss, rate, step, tol)
            if every is not None and step % every == 0:
                steps.append(step)
                records.append(runs.layers)
            if not runs.any_moving:
                break
        norm = _norm(xp, checked_gradient(runs.layers, loss)[1])
    if steps[-1] != step:
        steps.append(step)
        records.append(runs.layers)
    paths = tuple(xp.stack([record[k] for record in records]) for k in range(len(layers)))
    converged = runs.converged if tol is None else runs.converged | ((norm <= tol) & (runs.diverged_at < 0))
    return Descent(
        paths, np.array(steps), loss.value(end_to_end_map(paths)), norm, runs.n_steps, converged, runs.diverged_at
    )


class _Runs:
    """The state of all runs, and which of them still move."""

    def __init__(self, xp, layers, batch):
        options = {"device": device(layers[0])}
        self.xp, self.layers = xp, layers
        self.moving = xp.ones(batch, dtype=xp.bool, **options)
        self.converged = xp.zeros(batch, dtype=xp.bool, **options)
        self.n_steps = xp.zeros(batch, dtype=xp.int64, **options)
        self.diverged_at = xp.full(batch, -1, dtype=xp.int64, **options)
        self.any_moving, self._all_moving = True, True

    def advance(self, loss: MapLoss, rate, step: int, tol) -> None:
        """Take one step with the runs that move."""
        xp = self.xp
        _, gradient = checked_gradient(self.layers, loss)
        if tol is not None:
            arrived = self.moving & (_norm(xp, gradient) <= tol)
            self._stop(arrived)
            self.converged = self.converged | arrived
        proposal = [layer - rate * slope for layer, slope in zip(self.layers, gradient, strict=True)]
        inside = self.moving
        for layer in proposal:  # comparisons with NaN are false
            inside = inside & (xp.max(xp.abs(layer), axis=(-2, -1)) <= _LARGEST)
        lost = self.moving & ~inside
        self.diverged_at = xp.where(lost, xp.full_like(self.diverged_at, step), self.diverged_at)
        self._stop(lost)
        if not self._all_moving:
            keep = self.moving[..., None, None]
            proposal = [xp.where(keep, new, old) for new, old in zip(proposal, self.layers, strict=True)]
        self.layers = tuple(proposal)
        self.n_steps = self.n_steps + xp.astype(self.moving, xp.int64)

    def _stop(self, which) -> None:
        if bool(self.xp.any(which)):
            self.moving = self.moving & ~which
            self._all_moving, self.any_moving = False, bool(self.xp.any(self.moving))


def _norm(xp, gradient):
    return xp.sqrt(sum(xp.sum(part**2, axis=(-2, -1)) for part in gradient))


def _rates(xp, learning_rate, layer, batch):
    rate, _ = _checks.floating_array("learning_rate", learning_rate)
    rate = like(rate, layer)
    if bool(xp.any(rate <= 0)):
        raise ValueError(f"learning_rate: expected positive numbers, got {float(xp.min(rate)):g}")
    if rate.ndim and tuple(rate.shape) != tuple(batch):
        raise ValueError(f"learning_rate: expected one number or one for each run, {batch}, got {tuple(rate.shape)}")
    return rate[..., None, None] if rate.ndim else rate
