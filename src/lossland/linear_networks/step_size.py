r"""How large a step may be when descent starts from the identity.

At the solution of a mode the second derivative along equal weights is :math:`sKr^{2-2/K}`, hence

.. math:: \alpha<\frac{2}{sK\,r^{2-2/K}}

is necessary for every mode with :math:`r>0`.  For :math:`s=1` and :math:`r\ge1` it is also sufficient, as far as dense
scans show; half of it suffices by proof, as the curvature on the way from 1 to :math:`r^{1/K}` is nowhere larger than
at the end.  For :math:`0<r<1` the way down is steeper than its end: :math:`\alpha\le1/(2K-1)` suffices by proof, and
:math:`\alpha(1-r)<1` keeps the first step from jumping over 0, from where odd K come back only by another jump.

Source: Bartlett, Helmbold and Long (2018); the theorem on the slides of Yarotsky, "Conclusion and generalizations",
leaves the step size out.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from lossland import _checks
from lossland.linear_networks.scalar_modes import equal_weight_descent


def stability_limit(target: Any, depth: int, *, input_variance: Any = 1.0) -> np.ndarray:
    r"""The largest step :math:`2/(sKr^{2-2/K})` for which the solution of a balanced mode is stable under descent.

    Args:
        target: Strengths r > 0.
        depth: Number of layers K.
        input_variance: Variances s > 0 of the inputs.

    Returns:
        Limits, of the common shape of the arguments.

    Raises:
        ValueError: If a target or variance is not positive: no positive mode, no solution that equal weights reach.

    >>> float(stability_limit(4.0, 2))
    0.25
    """
    target = _positive("target", target)
    depth = _checks.integer("depth", depth, low=1)
    return np.asarray(2 / (_positive("input_variance", input_variance) * depth * target ** (2 - 2 / depth)))


def identity_start_bound(targets: Any, depth: int) -> float:
    r"""A step for which descent from the identity converges to every positive target, by proof.

    The least of :math:`1/(Kr^{2-2/K})` over the targets :math:`r\ge1` and of :math:`1/(2K-1)` over the ones below: each
    weight then moves monotonically to its limit.  The measured limit is about twice this.

    Args:
        targets: Eigenvalues of the target matrix, all positive.
        depth: Number of layers K.

    Raises:
        ValueError: If a target is not positive.

    >>> identity_start_bound([4.0, 0.5], 2)
    0.125
    """
    targets = _positive("targets", targets)
    depth = _checks.integer("depth", depth, low=1)
    bounds = np.where(targets >= 1, 1 / (depth * np.maximum(targets, 1) ** (2 - 2 / depth)), 1 / (2 * depth - 1))
    return float(np.min(bounds))


def converges_from_identity(
    target: float, depth: int, learning_rates: Any, *, n_steps: int = 20_000, rtol: float = 1e-6
) -> np.ndarray:
    """Whether scalar descent from weights 1 ends at the target, tried out for many steps sizes at once.

    Args:
        target: Strength r.
        depth: Number of layers K.
        learning_rates: Step sizes (n,).
        n_steps: Number of steps taken.
        rtol: Relative accuracy of the strength that counts as arrived, absolute for targets below 1.

    Returns:
        Booleans (n,).

    Raises:
        ValueError: If an argument is out of range.

    >>> limit = float(stability_limit(5.0, 3))
    >>> converges_from_identity(5.0, 3, [0.99 * limit, 1.01 * limit])
    array([ True, False])
    """
    rates = _checks.real_array("learning_rates", learning_rates, low=0.0)
    target = _checks.real_number("target", target)
    n_steps = _checks.integer("n_steps", n_steps, low=1)
    weights, depth = np.ones_like(rates), _checks.integer("depth", depth, low=1)
    with np.errstate(over="ignore", invalid="ignore", under="ignore"):
        for _ in range(n_steps):
            below = weights ** (depth - 1)
            weights = weights + rates * below * (target - below * weights)
        return np.abs(weights**depth - target) < rtol * max(abs(target), 1.0)


def strengths_from_identity(targets: Any, depth: int, learning_rate: float, n_steps: int) -> np.ndarray:
    """Strengths of all modes in exact arithmetic, step by step: what descent from the identity should do.

    Args:
        targets: Eigenvalues of the symmetric target matrix, (d,).
        depth: Number of layers K.
        learning_rate: Step size.
        n_steps: Number of steps.

    Returns:
        Strengths (n_steps + 1, d).

    >>> strengths_from_identity([3.0, -0.5], 2, 0.1, 1).round(4)
    array([[1.    , 1.    ],
           [1.44  , 0.7225]])
    """
    targets = _checks.real_array("targets", targets)
    return equal_weight_descent(np.ones_like(targets), targets, depth, learning_rate, n_steps) ** depth


def _positive(name: str, value: Any) -> np.ndarray:
    array = _checks.real_array(name, value)
    if np.any(array <= 0):
        raise ValueError(f"{name}: expected > 0, got {float(array.min()):g}")
    return array
