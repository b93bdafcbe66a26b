r"""When a planted direction shows as an outlier, and where: the transition of Baik, Ben Arous and Péché.

A symmetric matrix of noise with semicircle of radius R plus :math:`\theta uu^{\mathsf T}` has an eigenvalue outside the
bulk only if :math:`\theta>R/2`, at :math:`\theta+R^2/4\theta`; a covariance with one direction of variance
:math:`s^2(1+\ell)` only if :math:`\ell>\sqrt\gamma`, at :math:`s^2(1+\ell)(1+\gamma/\ell)`.  Weaker ones hide in the
bulk, however large the matrix.

Sources: Baik, Ben Arous and Péché (2005); Benaych-Georges and Nadakuditi (2011); Péché (2006).
"""

from __future__ import annotations

import numpy as np

from lossland import _checks
from lossland.spectra.marchenko_pastur import MarchenkoPastur
from lossland.spectra.semicircle import Semicircle


def spike_in_semicircle(strength, law: Semicircle) -> np.ndarray:
    """Largest eigenvalue of noise plus one planted direction, in the limit of large matrices.

    Args:
        strength: Eigenvalue theta >= 0 of what is planted, any shape.
        law: Law of the noise.

    Returns:
        Same shape: the outlier, or the edge of the bulk where there is none.

    >>> spike_in_semicircle([0.5, 2.0], Semicircle(2.0))
    array([2. , 2.5])
    """
    strength = _checks.real_array("strength", strength, low=0.0)
    half = law.radius / 2
    safe = np.maximum(strength, half)
    return law.center + safe + half**2 / safe


def spike_in_covariance(strength, law: MarchenkoPastur) -> np.ndarray:
    """Largest eigenvalue of a sample covariance with one direction of variance ``law.variance * (1 + strength)``.

    Args:
        strength: Number ell >= 0, any shape.
        law: Law of the noise.

    Returns:
        Same shape: the outlier, or the edge of the bulk where there is none.

    >>> spike_in_covariance([0.1, 1.0], MarchenkoPastur(0.25))
    array([2.25, 2.5 ])
    """
    strength = _checks.real_array("strength", strength, low=0.0)
    safe = np.maximum(strength, np.sqrt(law.ratio))
    return law.variance * (1 + safe) * (1 + law.ratio / safe)
