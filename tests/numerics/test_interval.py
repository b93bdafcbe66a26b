"""Intervals hold the exact result, checked with rational numbers and with many digits."""

from fractions import Fraction

import mpmath
import numpy as np
import pytest

from lossland.numerics.interval import PI, Interval, as_interval

RNG = np.random.default_rng(3)
A, B = RNG.normal(size=200), RNG.normal(size=200)


def holds(interval, exact):
    return all(
        Fraction(float(low)) <= value <= Fraction(float(high))
        for low, high, value in zip(interval.low, interval.high, exact, strict=True)
    )


def test_operations_hold_the_exact_rational():
    a, b = [Fraction(float(x)) for x in A], [Fraction(float(x)) for x in B]
    x, y = as_interval(A), as_interval(B)
    assert holds(x + y, [p + q for p, q in zip(a, b, strict=True)])
    assert holds(B - x, [q - p for p, q in zip(a, b, strict=True)])
    assert holds(x * y, [p * q for p, q in zip(a, b, strict=True)])
    assert holds(x / y, [p / q for p, q in zip(a, b, strict=True)])
    assert holds(x.square(), [p * p for p in a])
    total = Interval(A[None], A[None]).sum(1)
    assert holds(total, [sum(a)])
    assert not holds(as_interval(A + B), [p + q for p, q in zip(a, b, strict=True)])  # plain floats do not


def test_roots_and_angles_hold_forty_digits():
    with mpmath.workdps(40):
        roots = as_interval(np.abs(A)).sqrt()
        assert all(low <= mpmath.sqrt(mpmath.mpf(abs(x))) <= high
                   for low, high, x in zip(roots.low, roots.high, A.tolist(), strict=True))  # fmt: skip
        cosines = np.concatenate([np.tanh(A), [1.0, -1.0, 0.0, 1 - 1e-12]])
        angles = as_interval(cosines).arccos()
        assert all(low <= mpmath.acos(mpmath.mpf(x)) <= high
                   for low, high, x in zip(angles.low, angles.high, cosines.tolist(), strict=True))  # fmt: skip
        assert PI.low < mpmath.pi < PI.high


def test_wide_intervals_hold_every_point():
    x, y = Interval(A - 0.1, A + 0.2), Interval(B - 0.3, B + 0.1)
    for s, t in RNG.random((20, 2)):
        p, q = x.low + s * (x.high - x.low), y.low + t * (y.high - y.low)
        product, square = x * y, x.square()
        assert np.all((product.low <= p * q) & (p * q <= product.high))
        assert np.all((square.low <= p**2) & (p**2 <= square.high))
    assert np.all(x.square().low >= 0)
    np.testing.assert_array_equal(x.magnitude(), np.maximum(np.abs(x.low), np.abs(x.high)))


def test_errors_are_told():
    with pytest.raises(ValueError, match="low <= high"):
        Interval(1.0, 0.0)
    with pytest.raises(ValueError, match="without NaN"):
        as_interval(float("nan"))
    with pytest.raises(ZeroDivisionError, match="narrower"):
        as_interval(1.0) / Interval(-1.0, 1.0)
