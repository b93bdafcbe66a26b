r"""Functions orthonormal on a set of points: monic polynomials times a weight, made by the Stieltjes procedure.

The three-term recurrence :math:`P_{j+1}=(y-\alpha_j)P_j-\beta_j^2P_{j-1}` with coefficients from discrete inner
products.  Values carry their scale along, so that a weight may fall far below the smallest floating-point number
where a polynomial of high degree makes up for it.  Source: Gautschi (2004), *Orthogonal polynomials: computation
and approximation*, section 2.2.3.
"""

from __future__ import annotations

import math

import numpy as np

_LN2 = math.log(2)
_BIG_EXPONENT = 300
_BIG = 2.0**_BIG_EXPONENT  # powers of two: rescaling does not round


def orthonormal_functions(points, log_weight, n_functions: int) -> tuple[np.ndarray, np.ndarray]:
    """Orthonormalize weight, weight * y, weight * y^2, ... on points.

    Args:
        points: The points y, shape (m,), with m well above ``n_functions``.
        log_weight: Natural logarithms of a positive weight at the points, shape (m,).
        n_functions: Number n of functions.

    Returns:
        The functions at the points, shape (m, n), orthonormal columns; and the logarithms of the norms of the monic
        polynomials times the weight, shape (n,).

    >>> table, log_norms = orthonormal_functions(np.array([-1.0, 0.0, 1.0]), np.zeros(3), 2)
    >>> table.round(4).tolist(), np.exp(2 * log_norms).round(12).tolist()
    ([[0.5774, -0.7071], [0.5774, 0.0], [0.5774, 0.7071]], [3.0, 2.0])
    """
    points = np.asarray(points, np.float64)
    exponent = np.round(np.asarray(log_weight, np.float64) / _LN2).astype(np.int64)
    value, before = np.exp(log_weight - exponent * _LN2), np.zeros_like(points)
    table, log_norms = np.empty((points.size, n_functions)), np.empty(n_functions)
    shift, norm = int(exponent.max()), 0.0  # the first norm alone may be out of range
    exponent -= shift
    for j in range(n_functions):
        if j:
            center = points @ table[:, j - 1] ** 2
            value, before = (points - center) * value - norm * before, value
        norm = float(np.linalg.norm(np.ldexp(value, exponent)))
        value /= norm
        log_norms[j] = (log_norms[j - 1] if j else shift * _LN2) + math.log(norm)
        np.ldexp(value, exponent, out=table[:, j])
        big = np.abs(value) > _BIG
        if big.any():
            value[big], before[big] = value[big] / _BIG, before[big] / _BIG
            exponent[big] += _BIG_EXPONENT
    return table, log_norms
