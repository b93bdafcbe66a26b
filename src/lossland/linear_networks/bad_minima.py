r"""Two explicit linear networks with bad local minima: what each assumption of Laurent and von Brecht is for.

**A loss that is not differentiable.**  Sum of absolute errors, target :math:`R=e_1e_2^{\mathsf T}`, weights
:math:`W_1=\mathrm{diag}(1,0)`, :math:`W_2=\mathrm{diag}(0,1)`.  By the identity of
:mod:`~lossland.linear_networks.product_jacobian`, :math:`|A_{12}|\le|A_{11}|+|A_{22}|+|A_{21}|` as long as no weight
has moved by more than 1/2, so that :math:`L\ge1-|A_{12}|+|A_{11}|+|A_{22}|+|A_{21}|\ge1`: a local minimum of value 1,
within a radius that is not small, while the infimum 0 is attained.

**A bottleneck.**  Widths 2-1-2, target :math:`\mathrm{diag}(1,\sigma)`, weight :math:`\omega` on the off-diagonal
errors:

.. math:: g(A)=\tfrac12(A_{11}-1)^2+\tfrac12(A_{22}-\sigma)^2+\tfrac\omega2(A_{12}^2+A_{21}^2).

At the map diag(1, 0) with :math:`W_1=(1,0)`, :math:`W_2=(1,0)^{\mathsf T}` the Hessian in the two weights that are 0
has the eigenvalues :math:`\omega\pm\sigma`, in the other two 0 and 2; at diag(0, :math:`\sigma`), with
:math:`\sqrt\sigma` in both layers, they are :math:`\omega\sigma\pm1`, 0 and :math:`2\sigma`.  The eigenvalue 0 is the
rescaling of the layers.  So for :math:`\omega\sigma>1>\sigma` both are local minima, with values :math:`\sigma^2/2` and
1/2.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from lossland import _checks
from lossland.linear_networks.absolute_loss import absolute_loss
from lossland.linear_networks.map_loss import MapLoss
from lossland.linear_networks.quadratic_loss import weighted_quadratic_loss


class BadMinimum(NamedTuple):
    """A local minimum that is not global.

    Attributes:
        weights: The layers there.
        loss: The loss of the map.
        value: Its value there.
        better_weights: Layers with a smaller value.
        better_value: Their value.
    """

    weights: tuple[np.ndarray, ...]
    loss: MapLoss
    value: float
    better_weights: tuple[np.ndarray, ...]
    better_value: float


def absolute_loss_minimum(*, smoothing: float = 0.0) -> BadMinimum:
    """The local minimum of value 1 of the sum of absolute errors; smoothing the corner opens a way out.

    Args:
        smoothing: Rounds the absolute value off; for any positive one the weights are no local minimum any more.

    Raises:
        ValueError: If ``smoothing`` is negative.

    >>> trap = absolute_loss_minimum()
    >>> trap.value, trap.better_value
    (1.0, 0.0)
    """
    target = np.array([[0.0, 1.0], [0.0, 0.0]])
    loss = absolute_loss(target, smoothing=smoothing)
    weights = (np.diag([1.0, 0.0]), np.diag([0.0, 1.0]))
    return _bad_minimum(weights, loss, (target, np.eye(2)))


def bottleneck_minimum(*, second_mode: float = 0.5, off_diagonal: float = 3.0) -> BadMinimum:
    r"""The local minimum of value 1/2 of a 2-1-2 network that has learned the smaller mode.

    Args:
        second_mode: :math:`\sigma`, in (0, 1).
        off_diagonal: :math:`\omega`, larger than :math:`1/\sigma`.

    Raises:
        ValueError: If the point is no local minimum for these numbers.

    >>> trap = bottleneck_minimum()
    >>> trap.value, trap.better_value
    (0.5, 0.125)
    """
    sigma = _checks.real_number("second_mode", second_mode, low=0.0, high=1.0)
    omega = _checks.real_number("off_diagonal", off_diagonal, low=0.0)
    if sigma in (0.0, 1.0):
        raise ValueError(f"second_mode: expected a number strictly between 0 and 1, got {sigma:g}")
    if omega * sigma <= 1:
        raise ValueError(f"off_diagonal: expected more than 1/second_mode = {1 / sigma:g}, got {omega:g}")
    loss = weighted_quadratic_loss(np.diag([1.0, sigma]), np.array([[1.0, omega], [omega, 1.0]]))
    half = np.sqrt(sigma)
    learned_second = (np.array([[0.0, half]]), np.array([[0.0], [half]]))
    learned_first = (np.array([[1.0, 0.0]]), np.array([[1.0], [0.0]]))
    return _bad_minimum(learned_second, loss, learned_first)


def _bad_minimum(weights, loss: MapLoss, better) -> BadMinimum:
    values = [float(loss.value(layers[1] @ layers[0])) for layers in (weights, better)]
    return BadMinimum(weights, loss, values[0], better, values[1])
