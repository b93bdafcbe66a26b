r"""Paths between two points of parameter space: the segment, the arc, a Bezier curve, a polygonal chain.

Each is a weighted sum of given points, :math:`w(t)=\sum_k\omega_k(t)\,w_k` with :math:`0\le t\le1`, which meets the
first point at t = 0 and the last at t = 1 exactly, to the last bit:

======================  ===================================================================================
path                    weights
======================  ===================================================================================
:func:`linear_path`     :math:`1-t` and :math:`t`
:func:`arc_path`        :math:`\cos\frac{\pi t}2` and :math:`\sin\frac{\pi t}2`, of the differences from the mean
:func:`bezier_path`     Bernstein polynomials :math:`\binom nk t^k(1-t)^{n-k}`
:func:`polygonal_path`  hat functions: straight pieces, passed in equal times
======================  ===================================================================================

For independent :math:`X,Y\sim\mathcal N(0,\Sigma)` the segment has the covariance :math:`(t^2+(1-t)^2)\Sigma`, which is
:math:`\frac12\Sigma` in the middle, and the arc :math:`\Sigma` all along.  Where the mean :math:`\mu` is not zero, the
arc has to turn around it: from the origin it reaches the mean :math:`\sqrt2\mu` in the middle.

Points are NumPy arrays, torch tensors, networks or sequences of them (:mod:`lossland.connectivity.points`), and the
path answers in kind; an array of times (T,) puts a dimension of length T in front.  Gradients flow through.

Sources: Yarotsky, *Optimization of neural networks* (slides), "Main example: connecting normal distributions";
Anokhin and Yarotsky (2020), *Low-loss connection of weight vectors: distribution-based approaches*, equations 5 and 6;
Garipov et al. (2018), *Loss surfaces, mode connectivity, and fast ensembling of DNNs*, section 3.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import comb
from typing import Any

import numpy as np
from array_api_compat import array_namespace, device

from lossland import _checks
from lossland.connectivity.points import check_alike, leaves, rebuild


def linear_path(a: Any, b: Any, t: Any) -> Any:
    r"""Straight segment :math:`(1-t)a+tb`.

    Args:
        a: First point.
        b: Last point, of the same shapes.
        t: Time in [0, 1], or times (T,).

    Returns:
        A point of the same kind, with a leading dimension for times.

    Raises:
        TypeError: If the points are of different kinds.
        ValueError: If their shapes differ or a time is outside [0, 1].

    >>> import numpy as np
    >>> linear_path(np.array([0.0, 2.0]), np.array([4.0, 2.0]), [0.0, 0.25, 1.0])
    array([[0., 2.],
           [1., 2.],
           [4., 2.]])
    """
    t = _times(t)
    return _combine(np.stack([1 - t, t], axis=-1), a, check_alike([a, b], ["a", "b"]))


def arc_path(a: Any, b: Any, t: Any, *, mean: Any = None) -> Any:
    r"""Arc :math:`\mu+\cos\frac{\pi t}2(a-\mu)+\sin\frac{\pi t}2(b-\mu)`, a quarter of a turn around the mean.

    Args:
        a: First point.
        b: Last point, of the same shapes.
        t: Time in [0, 1], or times (T,).
        mean: Center :math:`\mu`, which broadcasts against ``a`` (for networks: each array against its own, see
            :func:`~lossland.connectivity.mean_neuron.neuron_mean`); the origin when ``None``.

    Returns:
        A point of the same kind, with a leading dimension for times.

    Raises:
        TypeError: If the points are of different kinds.
        ValueError: If their shapes differ, the mean does not broadcast, or a time is outside [0, 1].

    >>> import numpy as np
    >>> arc_path(np.array([1.0, 0.0]), np.array([0.0, 1.0]), 0.5).round(4)
    array([0.7071, 0.7071])
    >>> arc_path(np.array([3.0]), np.array([3.0]), 0.5, mean=3.0)
    array([3.])
    """
    t = _times(t)
    from_a, from_b = np.sin(np.pi * (1 - t) / 2), np.sin(np.pi * t / 2)  # both exact at both ends
    points, weights = check_alike([a, b], ["a", "b"]), [from_a, from_b]
    if mean is not None:
        points.append(_broadcast_mean(mean, points[0]))
        weights.append(1 - from_a - from_b)
    return _combine(np.stack(weights, axis=-1), a, points)


def bezier_path(points: Sequence[Any], t: Any) -> Any:
    r"""Bezier curve :math:`\sum_k\binom nk t^k(1-t)^{n-k}\,p_k` through its first and last control point.

    Args:
        points: Control points :math:`p_0,\dots,p_n`, at least two; those between are *bends*.
        t: Time in [0, 1], or times (T,).

    Returns:
        A point of the same kind, with a leading dimension for times.

    Raises:
        TypeError: If the points are of different kinds.
        ValueError: If there are fewer than two, their shapes differ or a time is outside [0, 1].

    >>> import numpy as np
    >>> bend = np.array([1.0, 2.0])
    >>> bezier_path([np.array([0.0, 0.0]), bend, np.array([2.0, 0.0])], 0.5)
    array([1., 1.])
    """
    points, last = _control_points(points)
    t = _times(t)
    weights = [comb(last, k) * t**k * (1 - t) ** (last - k) for k in range(last + 1)]
    return _combine(np.stack(weights, axis=-1), points[0], check_alike(points, _names(points)))


def polygonal_path(points: Sequence[Any], t: Any) -> Any:
    """Polygonal chain: straight from each point to the next, every piece in the same time.

    Args:
        points: Corners, at least two; those between the ends are *bends* or *pivots*.
        t: Time in [0, 1], or times (T,).

    Returns:
        A point of the same kind, with a leading dimension for times.

    Raises:
        TypeError: If the points are of different kinds.
        ValueError: If there are fewer than two, their shapes differ or a time is outside [0, 1].

    >>> import numpy as np
    >>> polygonal_path([np.array([0.0, 0.0]), np.array([1.0, 2.0]), np.array([2.0, 0.0])], [0.25, 0.5])
    array([[0.5, 1. ],
           [1. , 2. ]])
    """
    points, last = _control_points(points)
    t = _times(t)
    weights = [np.maximum(0.0, 1 - np.abs(t * last - k)) for k in range(last + 1)]
    return _combine(np.stack(weights, axis=-1), points[0], check_alike(points, _names(points)))


def _times(t: Any) -> np.ndarray:
    if hasattr(t, "detach"):
        t = t.detach().cpu().numpy()
    t = _checks.real_array("t", t, low=0.0, high=1.0)
    if t.ndim > 1:
        raise ValueError(f"t: expected a number or times (T,), got an array of shape {t.shape}")
    return t


def _control_points(points: Sequence[Any]) -> tuple[list[Any], int]:
    points = list(points)
    if len(points) < 2:
        raise ValueError(f"points: expected at least two, the ends of the path, got {len(points)}")
    return points, len(points) - 1


def _names(points: Sequence[Any]) -> list[str]:
    return [f"points[{k}]" for k in range(len(points))]


def _combine(weights: np.ndarray, like: Any, points: Sequence[Sequence[Any]]) -> Any:
    """Sum of points (each given by its leaves) with weights (..., n_points); the leading dimension goes in front."""
    return rebuild(like, [_weighted_sum(weights, parts) for parts in zip(*points, strict=True)])


def _weighted_sum(weights: np.ndarray, parts: Sequence[Any]) -> Any:
    xp = array_namespace(*parts)
    omega = xp.asarray(weights, dtype=parts[0].dtype, device=device(parts[0]))
    stacked = xp.reshape(xp.stack(list(parts)), (len(parts), -1))
    return xp.reshape(omega @ stacked, (*weights.shape[:-1], *parts[0].shape))


def _broadcast_mean(mean: Any, like: Sequence[Any]) -> list[Any]:
    found = leaves(mean)
    if len(found) != len(like):
        raise ValueError(f"mean: expected {len(like)} arrays as in a, got {len(found)}")
    result = []
    for part, ours in zip(found, like, strict=True):
        xp = array_namespace(ours)
        value = xp.asarray(_checks.floating_array("mean", part)[0], dtype=ours.dtype, device=device(ours))
        try:
            result.append(xp.broadcast_to(value, ours.shape))
        except (ValueError, RuntimeError) as error:
            raise ValueError(
                f"mean: expected a shape that broadcasts to {tuple(ours.shape)}, got {tuple(value.shape)}"
            ) from error
    return result
