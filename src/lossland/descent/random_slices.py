r"""How a saddle looks in a low-dimensional picture: the chance that a random slice through it shows a minimum.

Take a critical point in n dimensions whose Hessian has k eigenvalues :math:`-s` and :math:`n-k` eigenvalues 1, and
cut it by a random line or plane through the point.  Along a uniform direction the curvature is :math:`B-s(1-B)` with
:math:`B\sim\mathrm{Beta}(\frac{n-k}2,\frac k2)`.  It concentrates at its mean: in many dimensions every slice shows
the mean curvature, and the picture of a saddle with a third of its directions going down is that of a bowl.
"""

from __future__ import annotations

import numpy as np
from scipy import stats

from lossland import _checks


def bowl_probability_of_line(dimension: int, index: int, *, steepness: float = 1.0) -> float:
    r"""Probability that the curvature along a uniform random direction is positive, exactly.

    Args:
        dimension: n.
        index: k, the number of negative eigenvalues, from 0 to n.
        steepness: s > 0: the negative eigenvalues are -s, the positive ones 1.

    Returns:
        :math:`P(B>s/(1+s))`.

    >>> bowl_probability_of_line(2, 1)
    0.5
    >>> round(bowl_probability_of_line(1000, 300), 9)
    1.0
    """
    dimension, index, steepness = _checked(dimension, index, steepness)
    if index in (0, dimension):
        return float(index == 0)
    return float(stats.beta.sf(steepness / (1 + steepness), (dimension - index) / 2, index / 2))


def bowl_fraction_of_slices(
    dimension: int,
    index: int,
    *,
    n_axes: int = 2,
    steepness: float = 1.0,
    n_draws: int,
    rng: np.random.Generator,
) -> float:
    """Fraction of random slices through the critical point in which it is a minimum, by simulation.

    A slice is spanned by ``n_axes`` Gaussian vectors; only the two Gram matrices, of the parts of the vectors in the
    positive and in the negative space, matter: they are independent Wishart matrices.

    Args:
        dimension: n.
        index: k, the number of negative eigenvalues.
        n_axes: Dimension of the slice.
        steepness: s > 0: the negative eigenvalues are -s, the positive ones 1.
        n_draws: Number of slices.
        rng: Draws them.

    Returns:
        The fraction.
    """
    dimension, index, steepness = _checked(dimension, index, steepness)
    n_axes = _checks.integer("n_axes", n_axes, low=1, high=dimension)
    n_draws = _checks.integer("n_draws", n_draws, low=1)
    up = _wishart(dimension - index, n_axes, n_draws, rng)
    down = _wishart(index, n_axes, n_draws, rng)
    least = np.linalg.eigvalsh(up - steepness * down)[:, 0]
    return float(np.mean(least > 0))


def _wishart(degrees: int, size: int, n_draws: int, rng: np.random.Generator) -> np.ndarray:
    """Gram matrices of Gaussian vectors in ``degrees`` dimensions; by Bartlett's factor where there are enough."""
    if degrees < size:
        vectors = rng.standard_normal((n_draws, size, degrees))
        return vectors @ np.swapaxes(vectors, 1, 2)
    factor = np.tril(rng.standard_normal((n_draws, size, size)), -1)
    diagonal = np.arange(size)
    factor[:, diagonal, diagonal] = np.sqrt(rng.chisquare(degrees - diagonal, (n_draws, size)))
    return factor @ np.swapaxes(factor, 1, 2)


def _checked(dimension: int, index: int, steepness: float) -> tuple[int, int, float]:
    dimension = _checks.integer("dimension", dimension, low=1)
    index = _checks.integer("index", index, low=0, high=dimension)
    steepness = _checks.real_number("steepness", steepness, low=0.0)
    if not steepness:
        raise ValueError("steepness: expected a positive number, got 0")
    return dimension, index, steepness
