r"""Losses along a path, and the barrier on it.

The barrier of a path is the largest excess over the chord between the losses of its ends,

.. math:: B=\max_{0\le t\le1}\;L(w(t))-\bigl((1-t)L(w(0))+tL(w(1))\bigr),

which is at least 0 (both ends have excess 0), and 0 on a segment if the loss is convex.  It is taken over the times
where the loss was computed, so that it is a lower bound for the true one.

Sources: Frankle, Dziugaite, Roy and Carbin (2020), *Linear mode connectivity and the lottery ticket hypothesis*,
section 2 (with the mean of the two end losses in place of the chord); Entezari, Sedghi, Saukh and Neyshabur (2022),
*The role of permutation invariance in linear mode connectivity of neural networks*, definition 2.1 (this one).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from array_api_compat import array_namespace, device, is_array_api_obj

from lossland import _checks


class MeanAndError(NamedTuple):
    """A mean over independent pairs with its standard error.

    Attributes:
        mean: The mean.
        standard_error: Standard deviation of the values over the square root of their number.
        n: Number of values.
    """

    mean: Any
    standard_error: Any
    n: int


def path_losses(
    path: Callable[[Any], Any], loss: Callable[[Any], Any], n_points: int = 21, *, batch_size: int | None = None
) -> Any:
    """Losses at equally spaced times on a path, many times at once.

    Args:
        path: Function of times (T,) whose points have a leading dimension T, for instance
            ``lambda t: linear_path(a, b, t)``.
        loss: Function of such points that returns losses (T, ...), with further dimensions for pairs.
        n_points: Number of times k / (n_points - 1), at least 2; both ends are among them.
        batch_size: Most times at once, where memory is short; all when ``None``.

    Returns:
        Losses (n_points, ...), of the kind that ``loss`` returns, without gradients.

    Raises:
        TypeError: If ``loss`` returns no array.
        ValueError: If ``n_points`` or ``batch_size`` is out of range, or the losses have no leading dimension of times.

    >>> from lossland.connectivity.paths import linear_path
    >>> path_losses(lambda t: linear_path(np.array([-1.0]), np.array([1.0]), t), lambda w: w[:, 0] ** 2, 5)
    array([1.  , 0.25, 0.  , 0.25, 1.  ])
    """
    n_points = _checks.integer("n_points", n_points, low=2)
    batch_size = n_points if batch_size is None else _checks.integer("batch_size", batch_size, low=1)
    times = np.linspace(0.0, 1.0, n_points)
    parts = []
    for start in range(0, n_points, batch_size):
        now = times[start : start + batch_size]
        values = loss(path(now))
        if not is_array_api_obj(values):
            raise TypeError(f"loss: expected it to return an array (T, ...), got {type(values).__name__}")
        if values.ndim == 0 or values.shape[0] != len(now):
            raise ValueError(
                f"loss: expected losses with a leading dimension of {len(now)} times, got the shape "
                f"{tuple(values.shape)}; it must not average over the times"
            )
        parts.append(values.detach() if hasattr(values, "detach") else values)
    return array_namespace(*parts).concat(parts, axis=0)


def loss_barrier(losses: Any) -> Any:
    """Largest excess of the losses along a path over the chord between those of its ends.

    Args:
        losses: Losses (T, ...) at equally spaced times, both ends among them, as :func:`path_losses` returns them.

    Returns:
        Barriers (...), at least 0; a NaN or infinite loss makes its barrier NaN.

    Raises:
        TypeError: If the losses are not real numbers.
        ValueError: If there are fewer than two times.

    >>> loss_barrier(np.array([0.0, 3.0, 2.0]))
    2.0
    >>> loss_barrier(np.array([1.0, 0.25, 0.0, 0.25, 1.0]))
    0.0
    """
    losses, xp = _checks.floating_array("losses", losses, finite=False)
    if losses.ndim == 0 or losses.shape[0] < 2:
        raise ValueError(f"losses: expected at least two times in the first dimension, got {tuple(losses.shape)}")
    t = xp.linspace(0.0, 1.0, losses.shape[0], dtype=losses.dtype, device=device(losses))
    t = xp.reshape(t, (-1,) + (1,) * (losses.ndim - 1))
    excess = losses - ((1 - t) * losses[:1, ...] + t * losses[-1:, ...])
    finite = xp.all(xp.isfinite(losses), axis=0)
    barrier = xp.where(finite, xp.max(excess, axis=0), xp.asarray(xp.nan, dtype=losses.dtype, device=device(losses)))
    return barrier if losses.ndim > 1 or hasattr(barrier, "detach") else float(barrier)


def mean_and_error(values: Any, *, axis: int = 0) -> MeanAndError:
    """Mean and standard error over pairs of networks.

    Args:
        values: Measured values, NumPy or torch, with at least two of them along ``axis``; pairs must be independent
            (no network in two pairs).
        axis: Dimension of the pairs.

    Returns:
        MeanAndError: in kind, without that dimension.

    Raises:
        TypeError: If the values are not real numbers.
        ValueError: If there are fewer than two pairs, or a value is not finite.

    >>> result = mean_and_error(np.array([1.0, 2.0, 3.0, 4.0]))
    >>> float(result.mean), round(float(result.standard_error), 4), result.n
    (2.5, 0.6455, 4)
    """
    values, xp = _checks.floating_array("values", values)
    n = values.shape[axis] if values.ndim else 0
    if n < 2:
        raise ValueError(f"values: expected at least two pairs along axis {axis}, got the shape {tuple(values.shape)}")
    error = xp.std(values, axis=axis, correction=1) / n**0.5
    return MeanAndError(xp.mean(values, axis=axis), error, n)
