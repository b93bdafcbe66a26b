r"""Stochastic Lanczos quadrature: traces of functions of a large symmetric matrix, with error bars.

For random probes v of independent entries of mean 0 and variance 1,
:math:`\mathrm{tr}f(A)=\mathbb E\,v^{\mathsf T}f(A)v`, and each :math:`v^{\mathsf T}f(A)v=|v|^2\int f\,d\mu_v` is
evaluated by the Gauss quadrature that m steps of Lanczos give (:mod:`lossland.numerics.lanczos`).  The probes are
independent, so that their scatter is the error bar.  What it does not contain is the error of the quadrature, which
falls exponentially with m where f is smooth.

Sources: Lin, Saad and Yang (2016), *Approximating spectral densities of large matrices*; Ubaru, Chen and Saad (2017),
*Fast estimation of tr(f(A)) via stochastic Lanczos quadrature*; for networks Ghorbani, Krishnan and Xiao (2019).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from lossland import _checks
from lossland.numerics.lanczos import gauss_quadrature, lanczos
from lossland.spectra.estimate import Estimate
from lossland.spectra.symmetric_operator import as_symmetric_operator, draw_probes

_BASIS_BYTES = 1 << 27  # of Lanczos vectors at a time


class LanczosQuadrature(NamedTuple):
    """Nodes and weights that stand for a spectrum, one set for each probe.

    Attributes:
        nodes: Ritz values in increasing order, (n_vectors, n_steps).
        weights: Their weights, which sum to 1 for each probe, (n_vectors, n_steps).
        size: Number n of eigenvalues that they stand for.
        n_matvecs: Products that it took.
    """

    nodes: np.ndarray
    weights: np.ndarray
    size: int
    n_matvecs: int


def lanczos_quadrature(
    operator: Any,
    *,
    n_vectors: int = 10,
    n_steps: int = 100,
    probes: str = "rademacher",
    rng: np.random.Generator,
) -> LanczosQuadrature:
    """Run Lanczos from random probes.

    Args:
        operator: Matrix or operator, see :func:`~lossland.spectra.symmetric_operator.as_symmetric_operator`.
        n_vectors: Number of probes.
        n_steps: Steps of Lanczos for each, at most n.
        probes: ``"rademacher"`` (signs) or ``"gaussian"``.
        rng: Draws the probes.

    Returns:
        LanczosQuadrature: to be evaluated by :func:`spectral_sum`, :func:`spectral_share` and
        :func:`~lossland.spectra.density.spectral_density`.

    Raises:
        NotSymmetricError: If the operator is not symmetric.
        ValueError: If an argument is out of range.

    >>> q = lanczos_quadrature(np.diag([1.0, 2.0, 4.0]), n_vectors=2, rng=np.random.default_rng(0))
    >>> q.nodes[0].round(12), q.weights[0].round(12)
    (array([1., 2., 4.]), array([0.33333333, 0.33333333, 0.33333333]))
    """
    symmetric = as_symmetric_operator(operator)
    n_vectors = _checks.integer("n_vectors", n_vectors, low=1)
    n_steps = min(_checks.integer("n_steps", n_steps, low=1), symmetric.size)
    at_once = max(1, min(n_vectors, _BASIS_BYTES // (n_steps * symmetric.size * symmetric.itemsize)))
    nodes, weights = [], []
    for first in range(0, n_vectors, at_once):
        start = draw_probes(symmetric, min(at_once, n_vectors - first), probes, rng)
        ritz_values, shares = gauss_quadrature(lanczos(symmetric.apply, start, n_steps))
        nodes.append(ritz_values)
        weights.append(shares)
    return LanczosQuadrature(np.concatenate(nodes), np.concatenate(weights), symmetric.size, n_vectors * n_steps)


def spectral_sum(quadrature: LanczosQuadrature, function: Callable[[np.ndarray], np.ndarray]) -> Estimate:
    """The sum of a function over all eigenvalues, tr f(A).

    Args:
        quadrature: Nodes and weights.
        function: Elementwise function of an array.

    Returns:
        Estimate: with the scatter of the probes.

    Raises:
        ValueError: If the function is not finite on a node.

    >>> q = lanczos_quadrature(np.diag([1.0, 2.0, 4.0]), n_vectors=2, rng=np.random.default_rng(0))
    >>> bool(abs(spectral_sum(q, np.log).value - np.log(8)) < 1e-12)
    True
    """
    values = np.asarray(function(quadrature.nodes), dtype=np.float64)
    used = np.where(quadrature.weights > 0, values, 0.0)
    if not np.all(np.isfinite(used)):
        worst = quadrature.nodes[~np.isfinite(used)][0]
        raise ValueError(f"function: expected finite values on the spectrum, got {used[~np.isfinite(used)][0]:g} at "
                         f"the Ritz value {worst:g}")  # fmt: skip
    return Estimate.of(quadrature.size * np.sum(quadrature.weights * used, axis=1))


def spectral_share(quadrature: LanczosQuadrature, low: float = -np.inf, high: float = np.inf) -> Estimate:
    """The share of eigenvalues in the interval [low, high).

    An indicator is not smooth: besides the error bar expect an error of one node's weight at each end that lies inside
    the spectrum.

    >>> q = lanczos_quadrature(np.diag([-1.0, 2.0, 4.0]), n_vectors=2, rng=np.random.default_rng(0))
    >>> round(spectral_share(q, high=0.0).value, 12)
    0.333333333333
    """
    inside = (quadrature.nodes >= low) & (quadrature.nodes < high)
    return Estimate.of(np.sum(quadrature.weights * inside, axis=1))
