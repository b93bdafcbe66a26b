r"""Density of eigenvalues, smoothed by a Gaussian of chosen width, with error bars.

.. math:: \rho_\sigma(x)=\frac1n\sum_i\frac{e^{-(x-\lambda_i)^2/2\sigma^2}}{\sqrt{2\pi}\,\sigma},

which integrates to 1.  A width well below the spacing of the Ritz values shows these instead of the spectrum: with m
steps over an interval of length R nothing finer than about R/m can be seen inside the bulk.

Sources: Lin, Saad and Yang (2016); Ghorbani, Krishnan and Xiao (2019), *An investigation into neural net optimization
via Hessian eigenvalue density*.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from lossland import _checks
from lossland.spectra.quadrature import LanczosQuadrature, lanczos_quadrature

_DEFAULT_WIDTHS = 100  # widths in the range of the spectrum


class SpectralDensity(NamedTuple):
    """A density of eigenvalues on a grid.

    Attributes:
        x: Grid (n_x,).
        density: Smoothed density, (n_x,).
        standard_error: Its standard error, from the scatter of the probes; zero where all eigenvalues are known.
        width: Standard deviation of the smoothing.
        quadrature: Nodes and weights behind it; None where all eigenvalues are known.
    """

    x: np.ndarray
    density: np.ndarray
    standard_error: np.ndarray
    width: float
    quadrature: LanczosQuadrature | None


def lanczos_density(
    operator: Any,
    x=None,
    *,
    width: float | None = None,
    n_vectors: int = 10,
    n_steps: int = 100,
    probes: str = "rademacher",
    rng: np.random.Generator,
) -> SpectralDensity:
    """Density of eigenvalues of a large symmetric matrix by stochastic Lanczos quadrature.

    Args:
        operator: Matrix or operator, see :func:`~lossland.spectra.symmetric_operator.as_symmetric_operator`.
        x: Grid; 1,001 points over the spectrum when None.
        width: Standard deviation of the smoothing; a hundredth of the range of the spectrum when None.
        n_vectors: Number of probes.
        n_steps: Steps of Lanczos for each; the whole takes ``n_vectors * n_steps`` products.
        probes: ``"rademacher"`` or ``"gaussian"``.
        rng: Draws the probes.

    Returns:
        SpectralDensity: with error bars and the quadrature.

    Raises:
        NotSymmetricError: If the operator is not symmetric.
        ValueError: If an argument is out of range.

    >>> d = lanczos_density(np.diag([0.0, 0.0, 1.0]), [0.0], width=0.1, n_vectors=3, rng=np.random.default_rng(0))
    >>> round(float(d.density[0] * 0.1 * np.sqrt(2 * np.pi)), 12)  # two of three
    0.666666666667
    """
    quadrature = lanczos_quadrature(operator, n_vectors=n_vectors, n_steps=n_steps, probes=probes, rng=rng)
    return spectral_density(quadrature, x, width=width)


def spectral_density(quadrature: LanczosQuadrature, x=None, *, width: float | None = None) -> SpectralDensity:
    """The same from a quadrature that is there already; arguments as for :func:`lanczos_density`."""
    used = quadrature.nodes[quadrature.weights > 0]
    x, width = _grid(float(used.min()), float(used.max()), x, width)
    each = np.stack([_smooth(x, *run, width) for run in zip(quadrature.nodes, quadrature.weights, strict=True)])
    error = each.std(axis=0, ddof=1) / np.sqrt(len(each)) if len(each) > 1 else np.full(x.shape, np.nan)
    return SpectralDensity(x, each.mean(axis=0), error, width, quadrature)


def eigenvalue_density(eigenvalues, x=None, *, width: float | None = None) -> SpectralDensity:
    """The same smoothing for eigenvalues that are all known.

    >>> round(float(eigenvalue_density([0.0, 2.0], [0.0], width=0.1).density[0]), 6)
    1.994711
    """
    eigenvalues = _checks.real_array("eigenvalues", eigenvalues).ravel()
    if not eigenvalues.size:
        raise ValueError("eigenvalues: expected at least one, got none")
    x, width = _grid(float(eigenvalues.min()), float(eigenvalues.max()), x, width)
    density = _smooth(x, eigenvalues, np.full(eigenvalues.shape, 1 / eigenvalues.size), width)
    return SpectralDensity(x, density, np.zeros(x.shape), width, None)


def _grid(low: float, high: float, x, width: float | None) -> tuple[np.ndarray, float]:
    if width is None:
        width = (high - low) / _DEFAULT_WIDTHS or max(abs(high), 1.0) / _DEFAULT_WIDTHS
    width = _checks.real_number("width", width, low=0.0)
    if width == 0:
        raise ValueError("width: expected a number > 0, got 0")
    x = np.linspace(low - 4 * width, high + 4 * width, 1001) if x is None else _checks.real_array("x", x)
    return np.atleast_1d(x), width


def _smooth(x: np.ndarray, nodes: np.ndarray, weights: np.ndarray, width: float) -> np.ndarray:
    total = np.zeros(x.shape)
    for start in range(0, len(nodes), 256):
        part = slice(start, start + 256)
        total += np.exp(-0.5 * ((x[:, None] - nodes[part]) / width) ** 2) @ weights[part]
    return total / (width * np.sqrt(2 * np.pi))
