r"""The logarithm of a determinant, :math:`\ln\det(A+s)=\sum_i\ln(\lambda_i+s)`, by stochastic Lanczos quadrature.

Nothing overflows: determinants of a million parameters have logarithms of ordinary size.  Source: Ubaru, Chen and Saad
(2017).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from lossland import _checks
from lossland.spectra.estimate import Estimate
from lossland.spectra.quadrature import LanczosQuadrature, lanczos_quadrature, spectral_sum


class NotPositiveDefiniteError(ValueError):
    """The matrix has an eigenvalue that is not positive, so that its determinant has no logarithm."""


def log_determinant(
    operator: Any,
    *,
    shift: float = 0.0,
    n_vectors: int = 10,
    n_steps: int = 100,
    probes: str = "rademacher",
    rng: np.random.Generator,
) -> Estimate:
    """Natural logarithm of the determinant of a large symmetric positive definite matrix.

    Args:
        operator: Matrix or operator, see :func:`~lossland.spectra.symmetric_operator.as_symmetric_operator`.
        shift: Number s that is added to all eigenvalues.
        n_vectors: Number of probes.
        n_steps: Steps of Lanczos for each; increase it until the result stands, as eigenvalues near 0 are found last.
        probes: ``"rademacher"`` or ``"gaussian"``.
        rng: Draws the probes.

    Returns:
        Estimate: value, standard error and samples.

    Raises:
        NotPositiveDefiniteError: If a Ritz value plus the shift is not positive.  All Ritz values lie inside the
            spectrum: then there is such an eigenvalue.  (That none is seen proves nothing.)

    >>> estimate = log_determinant(np.diag([1.0, 2.0, 4.0]), n_vectors=2, rng=np.random.default_rng(0))
    >>> bool(abs(estimate.value - np.log(8)) < 1e-12)
    True
    """
    quadrature = lanczos_quadrature(operator, n_vectors=n_vectors, n_steps=n_steps, probes=probes, rng=rng)
    return log_determinant_of(quadrature, shift=shift)


def log_determinant_of(quadrature: LanczosQuadrature, *, shift: float = 0.0) -> Estimate:
    """The same from a quadrature that is there already.

    Raises:
        NotPositiveDefiniteError: As :func:`log_determinant`.
    """
    shift = _checks.real_number("shift", shift)
    lowest = float(quadrature.nodes[quadrature.weights > 0].min())
    if lowest + shift <= 0:
        raise NotPositiveDefiniteError(
            f"operator: expected eigenvalues > {0.0 - shift:g}, but there is one at or below {lowest:g}; add a shift "
            f"larger than {-lowest:g}, or sum another function with spectral_sum"
        )
    return spectral_sum(quadrature, lambda nodes: np.log(np.maximum(nodes + shift, np.finfo(float).tiny)))
