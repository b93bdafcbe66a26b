r"""The sum of absolute errors: a convex Lipschitz loss with corners, for which bad local minima exist.

Source: Laurent and von Brecht (2018), on what differentiability is for.
"""

from __future__ import annotations

from typing import Any

from array_api_compat import array_namespace

from lossland import _checks
from lossland.linear_networks.map_loss import MapLoss
from lossland.linear_networks.parameters import like


def absolute_loss(target: Any, *, smoothing: float = 0.0) -> MapLoss:
    r"""The sum of absolute errors :math:`\sum_{ij}|A_{ij}-R_{ij}|`: convex, Lipschitz, not differentiable.

    With ``smoothing`` :math:`\mu>0` each term is :math:`\sqrt{\delta^2+\mu^2}-\mu`, which is differentiable.  At
    :math:`\mu=0` the gradient is the subgradient of least norm and there is no second derivative.

    Raises:
        ValueError: If ``target`` is no matrix or ``smoothing`` is negative.

    >>> import numpy as np
    >>> float(absolute_loss([[0.0, 1.0]]).value(np.array([[2.0, -1.0]])))
    4.0
    """
    target, _ = _checks.floating_array("target", target)
    if target.ndim != 2:
        raise ValueError(f"target: expected a matrix (d_K, d_0), got shape {tuple(target.shape)}")
    mu = _checks.real_number("smoothing", smoothing, low=0.0)

    def length(a):
        return array_namespace(a).sqrt((a - like(target, a)) ** 2 + mu**2)

    def gradient(a):
        delta = a - like(target, a)
        return delta / length(a) if mu else array_namespace(a).sign(delta)

    return MapLoss(
        f"absolute errors, smoothed by {mu:g}" if mu else "absolute errors",
        (int(target.shape[0]), int(target.shape[1])),
        lambda a: array_namespace(a).sum(length(a) - mu, axis=(-2, -1)),
        gradient,
        (lambda a, v: v * mu**2 / length(a) ** 3) if mu else None,
        infimum=0.0,
        gradient_lipschitz=1 / mu if mu else None,
        convex=True,
    )
