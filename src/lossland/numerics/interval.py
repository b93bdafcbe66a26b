"""Interval arithmetic: every operation returns an interval that certainly holds the result, whatever was rounded.

Addition, multiplication, division and the square root of IEEE 754 are rounded to the nearest number, so that one
number further to either side is outside of the error; for the arc cosine, which the standard does not cover, eight
units in the last place are granted. Sums along an axis carry the bound of Higham (2002), *Accuracy and stability of
numerical algorithms*, section 4.2. Enough to turn a computed number into a proved inequality; see Rump (2010),
*Verification methods: rigorous results using floating-point arithmetic*.

Entry by entry on NumPy arrays, float64, with broadcasting; a plain array counts as intervals of width zero.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

_EPS = float(np.finfo(np.float64).eps)
_ARCCOS_ULPS = 8


@dataclass(frozen=True, eq=False)
class Interval:
    """An array of intervals [low, high].

    Attributes:
        low: Lower ends.
        high: Upper ends, of the same shape.

    >>> third = Interval(1.0, 1.0) / 3.0
    >>> from fractions import Fraction
    >>> Fraction(float(third.low)) < Fraction(1, 3) < Fraction(float(third.high))
    True
    """

    low: np.ndarray
    high: np.ndarray
    __array_ufunc__ = None  # so that `array * interval` asks the interval

    def __post_init__(self):
        low, high = np.asarray(self.low, np.float64), np.asarray(self.high, np.float64)
        if low.shape != high.shape or not np.all(low <= high):
            raise ValueError("an interval needs low <= high of the same shape, without NaN")
        object.__setattr__(self, "low", low)
        object.__setattr__(self, "high", high)

    def __add__(self, other: Any) -> Interval:
        other = as_interval(other)
        return Interval(_down(self.low + other.low), _up(self.high + other.high))

    def __neg__(self) -> Interval:
        return Interval(-self.high, -self.low)

    def __sub__(self, other: Any) -> Interval:
        return self + (-as_interval(other))

    def __rsub__(self, other: Any) -> Interval:
        return as_interval(other) + (-self)

    def __mul__(self, other: Any) -> Interval:
        other = as_interval(other)
        ends = [a * b for a in (self.low, self.high) for b in (other.low, other.high)]
        return Interval(_down(np.minimum.reduce(ends)), _up(np.maximum.reduce(ends)))

    __radd__, __rmul__ = __add__, __mul__

    def __truediv__(self, other: Any) -> Interval:
        other = as_interval(other)
        if np.any((other.low <= 0) & (other.high >= 0)):
            raise ZeroDivisionError("an interval that holds zero cannot be divided by: make the intervals narrower")
        return self * Interval(_down(1 / other.high), _up(1 / other.low))

    def __getitem__(self, key: Any) -> Interval:
        return Interval(self.low[key], self.high[key])

    def square(self) -> Interval:
        """Return the squares, which are not negative."""
        far = np.maximum(np.abs(self.low), np.abs(self.high))
        holds_zero = (self.low <= 0) & (self.high >= 0)
        near = np.where(holds_zero, 0.0, np.minimum(np.abs(self.low), np.abs(self.high)))
        return Interval(np.maximum(_down(near**2), 0.0), _up(far**2))

    def sqrt(self) -> Interval:
        """Return the square roots; what is below zero only by rounding counts as zero."""
        return Interval(np.maximum(_down(np.sqrt(np.maximum(self.low, 0.0))), 0.0), _up(np.sqrt(self.high)))

    def arccos(self) -> Interval:
        """Return the angles in [0, pi]; what exceeds [-1, 1] only by rounding is cut off."""
        slack = _ARCCOS_ULPS * _EPS
        low, high = np.arccos(np.clip(self.high, -1.0, 1.0)), np.arccos(np.clip(self.low, -1.0, 1.0))
        return Interval(low * (1 - slack), high * (1 + slack))

    def sum(self, axis: int) -> Interval:
        """Return the sums along ``axis``."""
        slack = self.low.shape[axis] * _EPS
        low = self.low.sum(axis) - slack * np.abs(self.low).sum(axis)
        high = self.high.sum(axis) + slack * np.abs(self.high).sum(axis)
        return Interval(_down(low), _up(high))

    def magnitude(self) -> np.ndarray:
        """Return the largest absolute value in each interval."""
        return np.maximum(np.abs(self.low), np.abs(self.high))


def as_interval(value: Any) -> Interval:
    """Return ``value`` as an interval; a number or an array becomes intervals of width zero."""
    return value if isinstance(value, Interval) else Interval(value, value)


PI = Interval(np.pi, np.nextafter(np.pi, 4.0))  # float64 rounds pi down


def _down(x: np.ndarray) -> np.ndarray:
    return np.nextafter(x, -np.inf)


def _up(x: np.ndarray) -> np.ndarray:
    return np.nextafter(x, np.inf)
