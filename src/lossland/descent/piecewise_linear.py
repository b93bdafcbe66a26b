"""Targets for networks with one input: continuous, piecewise linear functions, and ReLU networks that equal them.

A network :math:`f(x)=\\sum_jc_j(w_jx+b_j)_+` is such a function, so the loss of a width that suffices has the infimum
0, and the construction here attains it.  Parameters are vectors (c, w, b) of length 3n, in this order.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lossland import _checks


@dataclass(frozen=True)
class PiecewiseLinear:
    """A continuous function on an interval, linear between its knots.

    Attributes:
        knots: Increasing positions; the first and the last one are the ends of the interval.
        values: Values there.

    Raises:
        ValueError: If there are fewer than two knots, they do not increase, or the numbers do not match.

    >>> hat = PiecewiseLinear((-1.0, -0.5, 0.0, 0.5, 1.0), (0.0, 0.0, 1.0, 0.0, 0.0))
    >>> hat(np.array([-0.25, 0.0, 0.9])).tolist()
    [0.5, 1.0, 0.0]
    """

    knots: tuple[float, ...]
    values: tuple[float, ...]

    def __post_init__(self) -> None:
        knots, values = _checks.real_array("knots", self.knots), _checks.real_array("values", self.values)
        if knots.ndim != 1 or knots.size < 2 or np.any(np.diff(knots) <= 0):
            raise ValueError(f"knots: expected at least two increasing positions, got {self.knots}")
        if values.shape != knots.shape:
            raise ValueError(f"values: expected one for each of the {knots.size} knots, got shape {values.shape}")

    def __call__(self, x) -> np.ndarray:
        """Values at ``x``, constant beyond the ends."""
        return np.interp(x, self.knots, self.values)

    @property
    def slopes(self) -> np.ndarray:
        """Slope of each piece."""
        return np.diff(self.values) / np.diff(self.knots)


HAT = PiecewiseLinear((-1.0, -0.5, 0.0, 0.5, 1.0), (0.0, 0.0, 1.0, 0.0, 0.0))


def relu_representation(target: PiecewiseLinear, *, width: int | None = None) -> np.ndarray:
    r"""Parameters of a ReLU network without output bias that equals the target on its interval.

    One unit turns on at each knot where the slope changes; one or two units with their kink at or before the left end
    make the first piece.  So the least loss of a network of this width, or of a larger one, is 0, whatever the
    distribution of the inputs.

    Args:
        target: The function.
        width: Number of units; further units are dead (c = 0, never on).  The number needed when ``None``.

    Returns:
        Vector (c, w, b) of length 3 ``width``.

    Raises:
        ValueError: If ``width`` is less than the construction needs.

    >>> relu_representation(HAT).reshape(3, -1)
    array([[ 2. , -4. ,  2. ],
           [ 1. ,  1. ,  1. ],
           [ 0.5, -0. , -0.5]])
    """
    left, slopes = target.knots[0], target.slopes
    units = _first_piece(left, target.values[0], slopes[0])
    units += [(change, knot) for knot, change in zip(target.knots[1:-1], np.diff(slopes), strict=True) if change]
    needed = max(len(units), 1)
    width = needed if width is None else _checks.integer("width", width, low=1)
    if width < needed:
        raise ValueError(f"width: the construction needs {needed} units for this target, got {width}")
    units += [(0.0, target.knots[-1] + 1.0)] * (width - len(units))
    c, kink = np.array(units).T
    return np.concatenate([c, np.ones(width), -kink])


def _first_piece(left: float, value: float, slope: float) -> list[tuple[float, float]]:
    """Units (coefficient, kink), on at the left end or before, that make ``value + slope (x - left)``."""
    if value == 0:
        return [(slope, left)] if slope else []
    if slope * value > 0:
        return [(slope, left - value / slope)]
    return [(value, left - 1.0), (slope - value, left)] if slope != value else [(value, left - 1.0)]
