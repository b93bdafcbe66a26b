r"""The hinge loss and its indicator M, exactly and for Gaussian margins.

With labels :math:`y=\pm1` the loss :math:`[1-y\hat y]_+` equals :math:`M(1-y\hat y)` for the indicator
:math:`M=1[y\hat y<1]` of samples that still cost something.  The spin-glass model takes M for a coin that knows
nothing of the margin :math:`u=y\hat y`.  For :math:`u\sim\mathcal N(0,s^2)`, as in a wide random network, and
:math:`t=1/s`,

.. math::
    \mathbb EM=\Phi(t),\qquad \mathbb E[1-u]_+=\Phi(t)+s\,\varphi(t),\qquad
    \operatorname{corr}(M,u)=-\varphi(t)/\sqrt{\Phi(t)(1-\Phi(t))},

while independence gives :math:`\mathbb EM\,\mathbb E(1-u)=\Phi(t)` for the loss and 0 for the correlation.  The
functions of labels and outputs take NumPy arrays or torch tensors and answer in kind.  Sources: Golikov, *Loss
function landscape* (slides), "Spin-glass model"; the Gaussian formulas by integration.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from array_api_compat import array_namespace
from scipy import special

from lossland import _checks


def hinge_loss(labels, outputs):
    r"""Hinge loss :math:`[1-y\hat y]_+` of each sample.

    Args:
        labels: Array of -1 and 1.
        outputs: Array of real outputs that broadcasts with it.

    Returns:
        Array of the broadcast shape, never negative.

    Raises:
        ValueError: If a label is neither -1 nor 1.

    >>> hinge_loss(np.array([1.0, 1.0, -1.0]), np.array([0.4, 2.0, 0.5]))
    array([0.6, 0. , 1.5])
    """
    margin = _margin(labels, outputs)
    xp = array_namespace(margin)
    return xp.where(margin < 1, 1 - margin, xp.zeros_like(margin))


def active_samples(labels, outputs):
    r"""The indicator :math:`M=1[y\hat y<1]` of each sample, as numbers 0 and 1 in the dtype of the outputs.

    ``-y * active_samples(y, output)`` is a subgradient of the hinge loss in the output.

    >>> active_samples(np.array([1.0, 1.0, -1.0]), np.array([0.4, 2.0, 0.5]))
    array([1., 0., 1.])
    """
    margin = _margin(labels, outputs)
    xp = array_namespace(margin)
    return xp.where(margin < 1, xp.ones_like(margin), xp.zeros_like(margin))


class GaussianHinge(NamedTuple):
    """Averages of the hinge loss over centered Gaussian margins.

    Attributes:
        active: Mean of M, rho' on the slides.
        loss: Mean hinge loss.
        factorized: What independence of M and margin would make of it: the mean of M, as margins have mean 0.
        correlation: Correlation of M with the margin.
    """

    active: np.ndarray
    loss: np.ndarray
    factorized: np.ndarray
    correlation: np.ndarray


def gaussian_hinge(margin_std) -> GaussianHinge:
    r"""Averages of the hinge loss for margins :math:`u\sim\mathcal N(0,s^2)`.

    Args:
        margin_std: Standard deviation s > 0, any shape.

    Returns:
        GaussianHinge: arrays of that shape.

    Raises:
        ValueError: If a standard deviation is not positive.

    >>> [round(float(value), 4) for value in gaussian_hinge(1.0)]
    [0.8413, 1.0833, 0.8413, -0.6623]
    """
    std = _checks.real_array("margin_std", margin_std, low=0.0)
    if np.any(std == 0):
        raise ValueError("margin_std: expected > 0, got 0; all margins would be equal")
    active = special.ndtr(1 / std)
    density = np.exp(-0.5 / std**2) / np.sqrt(2 * np.pi)
    spread = np.sqrt(active * special.ndtr(-1 / std))
    correlation = -np.divide(density, spread, out=np.zeros_like(spread), where=spread > 0)
    return GaussianHinge(active, active + std * density, active, correlation)


def _margin(labels, outputs):
    xp = array_namespace(outputs)
    if not bool(xp.all(xp.abs(labels) == 1)):
        raise ValueError("labels: expected -1 and 1, got other values; 0/1 labels become 2 * labels - 1")
    return labels * outputs
