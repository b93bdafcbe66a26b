r"""A trainable scale at the argument of a polytron, :math:`\sum_nw_n\phi_n(sx)`, and what it cannot do.

Its derivative needs those of the polynomials, :math:`\partial_s\phi_n(sx)=x\,\phi_n'(sx)`.  But polynomials of a
degree are polynomials of that degree at any scale: for every :math:`s\ne0` there are coefficients with which the
polytron is the same function,

.. math:: \sum_nw_n\phi_n(x)=\sum_nw_n(s)\,\phi_n(sx),\qquad w(s)=T(s)w,

so that next to all its coefficients the scale is one more parameter without a function: it adds a curve of equal
optima.  What a scale changes is the condition of the problem.  It changes the functions, too, where coefficients are
masked or penalized, and in layers that squash their inputs after scaling them.

Source: Glukhov (2024), section 6.2.2.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from lossland import _checks
from lossland.remedies.gauss_quadrature import gauss_rule, root_weighted_values
from lossland.remedies.orthogonal_bases import OrthonormalBasis
from lossland.remedies.polynomial_values import derivatives, evaluate
from lossland.remedies.sampling_needs import Samples, gram_condition


class Scale(NamedTuple):
    """The scale at which samples determine coefficients best.

    Attributes:
        scale: Factor s of the argument.
        condition: Condition number of the sampled Gram matrix there.
    """

    scale: float
    condition: float


def scale_derivatives(basis: OrthonormalBasis, x, degree: int, *, scale: float = 1.0) -> np.ndarray:
    r"""Return :math:`\partial_s\phi_n(sx)=x\,\phi_n'(sx)`, finite at x = 0.

    Args:
        basis: The basis.
        x: Points, (...).
        degree: Highest degree N.
        scale: Factor s.

    Returns:
        (..., N + 1).

    Raises:
        TypeError: If ``basis`` is none.
        ValueError: If a number is not finite, or ``degree`` is negative.

    >>> from lossland.remedies import laguerre
    >>> scale_derivatives(laguerre(), [0.0, 2.0], 1, scale=3.0) + 0.0
    array([[ 0.,  0.],
           [ 0., -2.]])
    """
    x, scale = _checks.real_array("x", x), _checks.real_number("scale", scale)
    return x[..., None] * derivatives(basis, scale * x, degree)


def rescale_coefficients(basis: OrthonormalBasis, coefficients, scale: float) -> np.ndarray:
    r"""Return the coefficients :math:`w(s)` with which a polytron of another scale is the same function.

    Args:
        basis: The basis.
        coefficients: Coefficients (N + 1,) at the scale one.
        scale: The scale s, not zero.

    Returns:
        (N + 1,).

    Raises:
        TypeError: If ``basis`` is none.
        ValueError: If ``scale`` is zero, or the coefficients are no vector of finite numbers.

    >>> from lossland.remedies import legendre
    >>> rescale_coefficients(legendre(), [1.0, 3.0], 2.0).round(9)
    array([1. , 1.5])
    """
    coefficients, scale = _checks.real_array("coefficients", coefficients), _checks.real_number("scale", scale)
    if coefficients.ndim != 1 or not coefficients.size:
        raise ValueError(f"coefficients: expected a vector (N + 1,), got an array of shape {coefficients.shape}")
    if scale == 0:
        raise ValueError("scale: expected a number other than zero, got 0")
    n = coefficients.size
    rule = gauss_rule(basis, n)
    values = evaluate(basis, rule.nodes / scale, n - 1) @ coefficients
    return root_weighted_values(basis, n - 1, n).T @ (np.exp(0.5 * rule.log_weights) * values)


def best_scale(
    basis: OrthonormalBasis, x, degree: int, *, bounds: tuple[float, float] = (1e-3, 1e3), n_scales: int = 121
) -> Scale:
    """Return the scale of a grid at which equally weighted samples have the best conditioned Gram matrix.

    Args:
        basis: The basis.
        x: Points, (M,).
        degree: Highest degree N.
        bounds: Least and largest scale, positive.
        n_scales: Number of scales, evenly spaced in their logarithm.

    Returns:
        Scale: with the condition there.

    Raises:
        TypeError: If ``basis`` is none.
        ValueError: If a number is out of range, or there are too few points for the degree.

    >>> from lossland.remedies import laguerre
    >>> x = np.random.default_rng(0).exponential(0.05, size=4000)  # twenty times as narrow as the density
    >>> 10 < best_scale(laguerre(), x, 3).scale < 40
    True
    """
    low, high = (_checks.real_number(f"bounds[{i}]", bound) for i, bound in enumerate(bounds))
    if not 0 < low < high:
        raise ValueError(f"bounds: expected two positive numbers in ascending order, got ({low:g}, {high:g})")
    x = _checks.real_array("x", x)
    if x.ndim != 1 or len(x) <= _checks.integer("degree", degree, low=0):
        raise ValueError(f"x: expected more than {degree} points (M,), got an array of shape {x.shape}")
    weights = np.full(len(x), 1 / len(x))
    scales = np.geomspace(low, high, _checks.integer("n_scales", n_scales, low=2))
    conditions = [gram_condition(basis, Samples(scale * x, weights), degree) for scale in scales.tolist()]
    best = int(np.argmin(np.where(np.isnan(conditions), math.inf, conditions)))
    return Scale(float(scales[best]), float(conditions[best]))
