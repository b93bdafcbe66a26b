r"""How many digits the interpolating network keeps: condition number, measured error, and the error to expect.

The network with 2n + d weights is evaluated as a sum of n terms :math:`w_j(z-b_j)_+` that cancel.  In an arithmetic
with unit roundoff :math:`\epsilon` an evaluation of such a sum is uncertain by about
:math:`\epsilon\sum_j|w_j|(z-b_j)_+`, whatever the weights were computed by.  The gaps of n random projections go
down to :math:`n^{-2}` of their range, slopes and weights up accordingly: digits are lost like a power of n.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from lossland import _checks
from lossland.wide_networks.interpolation import InterpolatingNetwork


class Conditioning(NamedTuple):
    """How well a network interpolates in double precision.

    Attributes:
        condition_number: Of the triangular matrix, in the 2-norm.
        error: Largest deviation from the targets, measured.
        rounding: Unit roundoff times the largest sum of the absolute values of the terms: the error to expect.
    """

    condition_number: float
    error: float
    rounding: float


def triangular_matrix(projections, thresholds) -> np.ndarray:
    """Matrix (n, n) of the hidden layer, ``relu(projections[i] - thresholds[j])``, with the projections in order.

    >>> triangular_matrix([1.0, 0.0, 2.0], [-1.0, 0.0, 1.5]).tolist()
    [[1.0, 0.0, 0.0], [2.0, 1.0, 0.0], [3.0, 2.0, 0.5]]
    """
    projections = np.sort(_checks.real_array("projections", projections).reshape(-1))
    thresholds = _checks.real_array("thresholds", thresholds).reshape(-1)
    return np.maximum(projections[:, None] - thresholds, 0)


def conditioning(network: InterpolatingNetwork, inputs, targets) -> Conditioning:
    """Condition number and errors of a network on the points that it was made for.

    Args:
        network: What :func:`~lossland.wide_networks.interpolation.interpolate` returned.
        inputs: Its points (n, d), distinct.
        targets: Their targets (n,).

    Returns:
        Conditioning: condition number (O(n^3) time), measured error, error to expect.

    >>> from lossland.wide_networks import interpolate
    >>> points, values = np.arange(5.0)[:, None], np.array([0.0, 1.0, 0.0, 2.0, 1.0])
    >>> conditioning(interpolate(points, values, direction=[1.0]), points, values).error < 1e-14
    True
    """
    inputs, targets = _checks.real_array("inputs", inputs), _checks.real_array("targets", targets)
    matrix = triangular_matrix(inputs @ network.direction, network.thresholds)
    terms = matrix @ np.abs(network.output_weights)
    error = float(np.abs(network(inputs) - targets).max())
    return Conditioning(float(np.linalg.cond(matrix)), error, float(np.finfo(float).eps / 2 * terms.max()))
