r"""A layer as a cloud of w points in D dimensions: when does a disturbance make them change places?

Copies of the layer are orders of its points.  In the unit cube the w! cells of the orders share the volume 1 of
:math:`\mathbb R^{wD}`, so that the edge of a cell of average volume is

.. math:: (w!)^{-1/(wD)}\approx(e/w)^{1/D}:

to halve it takes :math:`w\approx e\,2^D` neurons.  If each coordinate is disturbed by a normal variable of standard
deviation :math:`\sigma`, two points at distance r are exchanged with probability :math:`\Phi(-r/(\sqrt2\sigma))`.  The
share of the points that lose their place is to leading order, while it is small,

.. math::
   (w-1)\,\mathbb E\,\Phi\!\Big(\!-\frac{r}{\sqrt2\,\sigma}\Big)
   =\begin{cases}(w-1)\,P\big(t_D>\sqrt D/\sigma\big)&\text{standard normal points},\\[2pt]
   \frac{w-1}2\,(2\sqrt\pi\,\sigma)^D\,\dfrac{\Gamma(\frac{D+1}2)}{\sqrt\pi\;\Gamma(\frac D2+1)}
   &\text{points in a cube, small }\sigma\sqrt D,\end{cases}

with Student's t of D degrees of freedom: the width enters to the first power, the noise to the power D.

Source: own reading of Glukhov (2024), arXiv:2411.07008, section 5.2; the assignment problem is that of Kunisky and
Niles-Weed (2022), *Strong recovery of geometric planted matchings*.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from scipy.optimize import brentq
from scipy.special import gammaln, ndtr
from scipy.stats import t as student_t

from lossland import _checks
from lossland.symmetry.crossings import find_crossings
from lossland.symmetry.equivalent_optima import transposition_distances

_LAWS = ("normal", "uniform")


def cell_spacing(n_points: Any, dimension: Any) -> np.ndarray:
    r"""Edge :math:`(w!)^{-1/(wD)}` of a cube that holds one of w! equal parts of the unit cube in wD dimensions.

    Args:
        n_points: Number w of points, at least 1; arguments broadcast.
        dimension: Number D of coordinates of a point.

    Raises:
        ValueError: If an argument is below 1.

    >>> [round(float(cell_spacing(1000, D)), 3) for D in (2, 10, 75)]
    [0.052, 0.554, 0.924]
    """
    w = _checks.real_array("n_points", n_points, low=1.0)
    return np.exp(-gammaln(w + 1) / (w * _checks.real_array("dimension", dimension, low=1.0)))


def points_for_spacing(spacing: float, dimension: float) -> float:
    """Number of points at which the spacing has fallen to a value below 1; to leading order e / spacing**D.

    Args:
        spacing: In (0, 1).
        dimension: Number D of coordinates.

    Returns:
        The number, not rounded.

    Raises:
        ValueError: If an argument is out of range, or the number exceeds what float64 holds.

    >>> round(math.log10(points_for_spacing(0.5, 75)), 1)
    23.0
    """
    spacing = _checks.real_number("spacing", spacing, low=1e-300, high=1 - 1e-12)
    wanted = -math.log(spacing) * _checks.real_number("dimension", dimension, low=1.0)
    if wanted > 600:
        raise ValueError(
            f"spacing: expected one with a number of points that float64 holds, got {spacing:g} in {dimension:g} "
            "dimensions; the number is about e / spacing**dimension"
        )

    def excess(log_w: float) -> float:
        w = math.exp(log_w)
        return gammaln(w + 1) / w - wanted

    return math.exp(brentq(excess, 1e-9, wanted + 2.0, xtol=1e-12))


def swap_share(n_points: int, dimension: int, disturbance: float, *, law: str = "normal") -> float:
    """Share of the points that change places, to leading order in exchanges of two.

    Args:
        n_points: Number w of points.
        dimension: Number D of coordinates.
        disturbance: Standard deviation of the disturbance of one coordinate, in units of the cloud: its standard
            deviation for ``"normal"``, the edge of the cube for ``"uniform"``.
        law: ``"normal"`` (exact for pairs) or ``"uniform"`` (for small disturbances, walls neglected).

    Returns:
        The expected number of exchanges of a point; beyond small values more than the share.

    Raises:
        ValueError: If an argument is out of range.

    >>> [f"{swap_share(800, D, 0.1):.1e}" for D in (2, 10, 50)]
    ['2.0e+00', '9.4e-09', '3.5e-49']
    """
    w, dim, sigma = _cloud(n_points, dimension, disturbance, law)
    if sigma == 0:
        return 0.0
    if law == "normal":
        return float((w - 1) * student_t.sf(math.sqrt(dim) / sigma, dim))
    log_share = dim * math.log(2 * math.sqrt(math.pi) * sigma) + gammaln((dim + 1) / 2) - gammaln(dim / 2 + 1)
    return float((w - 1) / 2 * math.exp(log_share) / math.sqrt(math.pi))


def swap_share_of(points: Any, disturbance: float) -> np.ndarray:
    """The same for given points: mean over points of the sum over all others.

    Args:
        points: (..., w, D).
        disturbance: Standard deviation of the disturbance of one coordinate.

    Returns:
        Expected number of exchanges of a point, (...).

    Raises:
        ValueError: If ``points`` is no set of points, or the disturbance is not positive.

    >>> swap_share_of([[0.0], [1.0]], 0.5).round(4)  # 1 / (0.5 sqrt 2) = 1.41 standard deviations
    np.float64(0.0786)
    """
    sigma = _checks.real_number("disturbance", disturbance, low=1e-300)
    halves = transposition_distances(points) / 2  # |u_i - u_j| / sqrt 2
    return ndtr(-halves / sigma).sum(axis=-1).mean(axis=-1)


def measure_misassigned(
    n_points: int, dimension: int, disturbance: float, *, law: str = "normal", n_draws: int = 20,
    rng: np.random.Generator,
) -> np.ndarray:  # fmt: skip
    """Draw clouds, disturb them, assign the points back, and count those that lost their place.

    Args:
        n_points: Number w of points.
        dimension: Number D of coordinates.
        disturbance: Standard deviation of the disturbance of one coordinate.
        law: ``"normal"``: standard normal points; ``"uniform"``: points in the unit cube.
        n_draws: Number of clouds.
        rng: Source of randomness.

    Returns:
        Share of misassigned points of each cloud, (n_draws,).

    Raises:
        ValueError: If an argument is out of range.

    >>> rng = np.random.default_rng(0)
    >>> [float(measure_misassigned(100, D, 0.1, n_draws=3, rng=rng).mean().round(2)) for D in (1, 2, 50)]
    [0.77, 0.2, 0.0]
    """
    w, dim, sigma = _cloud(n_points, dimension, disturbance, law)
    shares = np.empty(_checks.integer("n_draws", n_draws, low=1))
    for k in range(len(shares)):
        points = rng.normal(size=(w, dim)) if law == "normal" else rng.uniform(size=(w, dim))
        shares[k] = find_crossings(points + sigma * rng.normal(size=(w, dim)), points).moved_share
    return shares


def _cloud(n_points: int, dimension: int, disturbance: float, law: str) -> tuple[int, int, float]:
    if law not in _LAWS:
        raise ValueError(f"law: expected one of {', '.join(_LAWS)}, got {law!r}")
    return (
        _checks.integer("n_points", n_points, low=2),
        _checks.integer("dimension", dimension, low=1),
        _checks.real_number("disturbance", disturbance, low=0.0),
    )
