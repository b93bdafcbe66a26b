r"""Regularity of the noise of an objective on fixed data: local Lipschitz constants and the linear expansion.

The smallest local constant of a differentiable noise :math:`\hat\epsilon` tends to :math:`|\nabla\hat\epsilon|`:
so only :math:`|\epsilon(\theta)|\le L_\epsilon(\theta)` follows from Equation 7, which besides needs :math:`\le` for
:math:`<` (0 < 0 at equal points).  The expansion of Equation 12 has a remainder of second order, and none exactly if
all batches share one Hessian.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from lossland import _checks


def local_lipschitz(
    noise: Callable[[np.ndarray], np.ndarray],
    point: Any,
    radius: float,
    *,
    n_samples: int = 1000,
    rng: np.random.Generator,
) -> float:
    """Lower estimate of the local Lipschitz constant: largest slope to random points of a sphere.

    Args:
        noise: Scalar function of points (..., n).
        point: The point (n,).
        radius: Radius of the sphere.
        n_samples: Points on it.
        rng: Source of randomness.

    Returns:
        The largest ratio found, of the change of the noise to the distance.

    >>> rng = np.random.default_rng(0)
    >>> 4.99 < local_lipschitz(lambda p: 3 * p[..., 0] + 4 * p[..., 1], [0.0, 0.0], 0.1, rng=rng) <= 5 + 1e-9
    True
    """
    center = _checks.real_array("point", point)
    radius = _checks.real_number("radius", radius, low=1e-300)
    moves = rng.standard_normal((_checks.integer("n_samples", n_samples, low=1), len(center)))
    moves *= radius / np.linalg.norm(moves, axis=1, keepdims=True)
    return float(np.max(np.abs(noise(center + moves) - noise(center))) / radius)


def linearization_error(
    noise: Callable[[np.ndarray], np.ndarray], gradient: Any, point: Any, move: Any, scales: Any
) -> np.ndarray:
    """Remainder of Equation 12, f(p + a u) - f(p) - a g.u, for several lengths a.

    Args:
        noise: Scalar function of points (..., n).
        gradient: Its gradient g at the point (n,).
        point: The point p (n,).
        move: Direction u (n,).
        scales: Lengths a, (m,).

    Returns:
        Remainders (m,), of second order in a.

    >>> linearization_error(lambda p: (p**2).sum(-1), [2.0], [1.0], [1.0], [0.1, 0.2]).round(9).tolist()
    [0.01, 0.04]
    """
    center, along = _checks.real_array("point", point), _checks.real_array("move", move)
    sizes = np.atleast_1d(_checks.real_array("scales", scales))
    slope = float(_checks.real_array("gradient", gradient) @ along)
    return noise(center + sizes[:, None] * along) - noise(center) - sizes * slope
