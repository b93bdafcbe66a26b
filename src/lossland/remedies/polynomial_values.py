r"""Values and derivatives of orthonormal polynomials, by their recurrence: nothing is divided by x.

The derivatives of order k follow from differentiating the recurrence k times,

.. math:: b_{n+1}\phi^{(k)}_{n+1}=(x-a_n)\phi^{(k)}_n+k\,\phi^{(k-1)}_n-b_n\phi^{(k)}_{n-1},

so that :math:`L_n'(0)=-n` comes out at x = 0, where the rule :math:`L_n'=n(L_n-L_{n-1})/x` is 0/0 and near which it
loses all digits.

On an unbounded domain the values leave the range of floating-point numbers where the density is small.  The products
:math:`\sqrt{\Psi(x)}\,\phi_n(x)` do not: they are computed with a scale of their own for each point.

Source: Glukhov (2024), equations 39 and 44 (corrected at x = 0).
"""

from __future__ import annotations

import numpy as np

from lossland import _checks
from lossland.remedies.orthogonal_bases import OrthonormalBasis, check_basis

_BLOCK = 4096  # numbers at a time: three rows of them stay in the cache of a core
_HUGE = 1e150


def evaluate(basis: OrthonormalBasis, x, degree: int) -> np.ndarray:
    r"""Evaluate all polynomials up to a degree.

    Args:
        basis: The basis.
        x: Points, (...); outside the domain polynomials have values, too.
        degree: Highest degree N.

    Returns:
        :math:`\phi_0(x)\dots\phi_N(x)`, (..., N + 1); in memory degree by degree.

    Raises:
        TypeError: If ``basis`` is none.
        ValueError: If ``x`` is not finite, or ``degree`` is negative.

    >>> from lossland.remedies import laguerre
    >>> evaluate(laguerre(), [0.0, 2.0], 2)
    array([[ 1.,  1.,  1.],
           [ 1., -1., -1.]])
    """
    x, a, b = _prepare(basis, x, degree)
    points = x.ravel()
    values = np.empty((degree + 1, points.size))
    values[0] = 1.0
    for start in range(0, points.size if degree else 0, _BLOCK):
        _fill(points[start : start + _BLOCK], values[:, start : start + _BLOCK], a, b)
    return np.moveaxis(values.reshape(degree + 1, *x.shape), 0, -1)


def derivatives(basis: OrthonormalBasis, x, degree: int, *, order: int = 1) -> np.ndarray:
    r"""Evaluate derivatives of all polynomials up to a degree.

    Args:
        basis: The basis.
        x: Points, (...).
        degree: Highest degree N.
        order: Which derivative; 0 for the values.

    Returns:
        :math:`\phi_0^{(k)}(x)\dots\phi_N^{(k)}(x)`, (..., N + 1).

    Raises:
        TypeError: If ``basis`` is none.
        ValueError: If ``x`` is not finite, or ``degree`` or ``order`` negative.

    >>> from lossland.remedies import laguerre
    >>> derivatives(laguerre(), 0.0, 4) + 0.0
    array([ 0., -1., -2., -3., -4.])
    """
    x, a, b = _prepare(basis, x, degree)
    order = _checks.integer("order", order, low=0)
    if not order:
        return evaluate(basis, x, degree)
    before = np.zeros((order + 1, *x.shape))
    now = np.zeros_like(before)
    now[0] = 1.0
    found = np.zeros((degree + 1, *x.shape))
    for n in range(degree):
        after = (x - a[n]) * now - (b[n - 1] * before if n else 0.0)
        after[1:] += np.arange(1, order + 1).reshape(-1, *[1] * x.ndim) * now[:-1]
        before, now = now, after / b[n]
        found[n + 1] = now[-1]
    return np.moveaxis(found, 0, -1)


def weighted_values(basis: OrthonormalBasis, x, degree: int) -> np.ndarray:
    r"""Evaluate :math:`\sqrt{\Psi(x)}\,\phi_n(x)`, also where neither factor is a floating-point number.

    Args:
        basis: The basis.
        x: Points inside the domain, (...).
        degree: Highest degree N.

    Returns:
        (..., N + 1); the squares of each column integrate to one.

    Raises:
        TypeError: If ``basis`` is none.
        ValueError: If a point is not finite or outside the domain, or ``degree`` is negative.

    >>> from lossland.remedies import laguerre
    >>> bool(abs(weighted_values(laguerre(), 4000.0, 1200)[-1]) < 1)
    True
    """
    x, a, b = _prepare(basis, x, degree)
    x = _checks.real_array("x", x, low=basis.domain[0], high=basis.domain[1])
    with np.errstate(divide="ignore"):
        log_scale = 0.5 * np.asarray(basis.log_density(x))
    before, now = np.zeros_like(x), np.ones_like(x)
    found = np.empty((degree + 1, *x.shape))
    found[0] = np.exp(log_scale)
    for n in range(degree):
        after = ((x - a[n]) * now - (b[n - 1] * before if n else 0.0)) / b[n]
        before, now = now, after
        large = np.abs(now) > _HUGE
        if np.any(large):
            factor = np.where(large, _HUGE, 1.0)
            before, now, log_scale = before / factor, now / factor, log_scale + np.log(factor)
        with np.errstate(divide="ignore"):
            found[n + 1] = np.sign(now) * np.exp(np.log(np.abs(now)) + log_scale)
    return np.moveaxis(found, 0, -1)


def _prepare(basis, x, degree):
    check_basis(basis)
    x = _checks.real_array("x", x)
    a, b = basis.recurrence(degree)
    return x, a, b


def _fill(x: np.ndarray, values: np.ndarray, a: np.ndarray, b: np.ndarray) -> None:
    """Fill rows 1, 2, ... of a block of values in place; ``values[0]`` is there."""
    spare, scaled, scale = np.empty_like(x), np.empty_like(x), None
    for n in range(len(b)):
        row = values[n + 1]
        if b[n] != scale:  # always, but for Chebyshev's polynomials
            scale = b[n]
            np.multiply(x, 1 / scale, out=scaled)
        if a[n]:
            np.subtract(scaled, a[n] / b[n], out=row)
            row *= values[n]
        else:
            np.multiply(scaled, values[n], out=row)
        if n and b[n - 1] == b[n]:
            row -= values[n - 1]
        elif n:
            np.multiply(values[n - 1], b[n - 1] / b[n], out=spare)
            row -= spare
