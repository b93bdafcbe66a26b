r"""When gradient flow arrives at the global minimum, for many starts at once, and what became of those that did not.

Runs that have arrived leave the batch, so that a few slow ones are followed for long at little cost.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from array_api_compat import array_namespace

from lossland import _checks
from lossland.linear_networks.end_to_end_map import end_to_end_map
from lossland.linear_networks.gradient_flow import gradient_flow
from lossland.linear_networks.map_loss import MapLoss, check_ends, loss_value
from lossland.linear_networks.parameters import as_numpy, batch_shape, check_weights


class Arrivals(NamedTuple):
    """What became of the runs; all NumPy.

    Attributes:
        times: First of the given times at which the loss was at most ``tol`` above its infimum, (n_runs,); infinity
            for runs that had not arrived at the last one.
        losses: Loss at that time, or at the last one, (n_runs,).
        maps: End-to-end maps then, (n_runs, d_K, d_0).
    """

    times: np.ndarray
    losses: np.ndarray
    maps: np.ndarray

    def share_left(self, times: Any) -> np.ndarray:
        """Share of the runs that have not arrived by the given times."""
        return np.mean(self.times[:, None] > np.atleast_1d(times), axis=0)


def arrival_times(
    weights: Sequence[Any], loss: MapLoss, times: Any, *, tol: float = 1e-6, rtol: float = 1e-7
) -> Arrivals:
    """Follow gradient flow from many starts until each has reached the infimum of the loss, or time is up.

    Args:
        weights: Layers (n_runs, d_k, d_{k-1}), NumPy or torch.
        loss: A function of the end-to-end map whose infimum is known.
        times: Increasing times > 0 at which it is looked, (n_times,): the resolution of the answer.
        tol: How far above the infimum counts as arrived.
        rtol: Relative tolerance of a step of the flow.

    Returns:
        Arrivals: a time for each run, with loss and map at its end.

    Raises:
        TypeError: If an argument has the wrong type.
        ValueError: If shapes do not fit, times do not increase, or the infimum of the loss is not known.

    >>> from lossland.linear_networks.quadratic_loss import quadratic_loss
    >>> start = [np.full((2, 1, 1), 1.0), np.array([[[1.0]], [[-0.5]]])]
    >>> arrival_times(start, quadratic_loss([[3.0]]), [0.9, 1.1, 1.5], tol=1e-4).times
    array([1.1, 1.5])
    """
    layers, _ = check_weights("weights", weights)
    check_ends(loss, (layers[-1].shape[-2], layers[0].shape[-1]))
    batch = batch_shape(layers)
    if len(batch) != 1:
        raise ValueError(f"weights: expected one leading dimension, the runs, got {len(batch)}")
    if loss.infimum is None:
        raise ValueError(f"loss: expected one whose infimum is known, got the {loss.name} loss; set MapLoss.infimum")
    times = _checks.real_array("times", times, low=0.0)
    if times.ndim != 1 or np.any(np.diff(times, prepend=0.0) <= 0):
        raise ValueError("times: expected a vector of increasing times > 0")
    tol = _checks.real_number("tol", tol, low=0.0)
    arrived, losses = np.full(batch, np.inf), np.empty(batch)
    maps = np.empty((*batch, layers[-1].shape[-2], layers[0].shape[-1]))
    moving, now = np.arange(batch[0]), 0.0
    for time in times:
        layers = tuple(layer[-1] for layer in gradient_flow(layers, loss, [time - now], rtol=rtol))
        now, values = time, as_numpy(loss_value(layers, loss))
        losses[moving], maps[moving] = values, as_numpy(end_to_end_map(layers))
        there = values - loss.infimum <= tol
        arrived[moving[there]] = time
        moving, layers = moving[~there], _keep(layers, ~there)
        if not len(moving):
            break
    return Arrivals(arrived, losses, maps)


def _keep(layers, which: np.ndarray):
    xp = array_namespace(layers[0])
    index = xp.asarray(np.flatnonzero(which), device=layers[0].device)
    return tuple(xp.take(layer, index, axis=0) for layer in layers)
