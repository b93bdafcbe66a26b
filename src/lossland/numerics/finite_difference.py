"""Is this derivative right?  The slope of the Taylor error tells.

If ``gradient`` is the gradient of ``function`` then ``|f(x+hv) - f(x) - h g.v|`` shrinks as ``h^2``: the
log-log slope is 2.  A wrong gradient has slope 1.  The test that pymanopt made standard (Townsend,
Koep and Weichwald 2016); it needs no tolerance on the derivative itself.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from lossland import _checks


class SlopeTest(NamedTuple):
    """Outcome of :func:`slope_test`: the fitted ``slope``, the ``steps`` and the Taylor ``errors`` behind it."""

    slope: float
    steps: np.ndarray
    errors: np.ndarray


def central_difference(function: Callable, x, *, step: float = 1e-5):
    """Derivative of ``function`` at ``x`` by ``(f(x+h) - f(x-h)) / 2h``, elementwise; error O(h^2).

    >>> round(central_difference(np.sin, 0.0), 9)
    1.0
    """
    x = _checks.real_array("x", x)
    difference = (np.asarray(function(x + step)) - np.asarray(function(x - step))) / (2 * step)
    return difference if difference.ndim else float(difference)


def slope_test(
    function: Callable,
    gradient: Callable,
    x,
    *,
    rng: np.random.Generator,
    order: int = 1,
    hessian_product: Callable | None = None,
    steps=None,
) -> SlopeTest:
    """Log-log slope of the Taylor error of ``function`` along a random direction.

    Args:
        function: Scalar function of an array of the shape of ``x``.
        gradient: Its gradient, of the shape of ``x``.
        x: Point at which to test.
        rng: Draws the direction, a standard normal of unit length.
        order: 1 tests the gradient (slope 2 expected); 2 tests ``hessian_product`` too (slope 3 expected).
        hessian_product: ``(x, v) -> H v``, needed for ``order=2``.
        steps: Step lengths; by default 21 between 1e-4 and 1e-2 (order 1), 1e-3 and 1e-1 (order 2).

    Returns:
        SlopeTest: the least-squares slope with its data.

    Raises:
        ValueError: If ``order`` is not 1 or 2, or ``hessian_product`` is missing for order 2.

    >>> test = slope_test(lambda x: (x**3).sum(), lambda x: 3 * x**2, [1.0, 2.0], rng=np.random.default_rng(0))
    >>> 1.98 < test.slope < 2.02
    True
    """
    if order not in (1, 2):
        raise ValueError(f"order: expected 1 or 2, got {order!r}")
    if order == 2 and hessian_product is None:
        raise ValueError("hessian_product: expected a function (x, v) -> H v for order=2, got None")
    x = _checks.real_array("x", x)
    direction = rng.standard_normal(x.shape)
    direction /= np.sqrt(np.sum(direction**2))
    exponents = (-4, -2) if order == 1 else (-3, -1)
    steps = np.logspace(*exponents, 21) if steps is None else _checks.real_array("steps", steps, low=0.0)
    first = float(np.sum(np.asarray(gradient(x)) * direction))
    second = float(np.sum(np.asarray(hessian_product(x, direction)) * direction)) if order == 2 else 0.0
    value = float(function(x))
    errors = np.array([abs(float(function(x + h * direction)) - value - h * first - h**2 * second / 2) for h in steps])
    slope = float(np.polyfit(np.log(steps), np.log(np.maximum(errors, np.finfo(float).tiny)), 1)[0])
    return SlopeTest(slope, steps, errors)
