r"""How back-propagated errors grow or vanish with depth.

With :math:`\delta_k=\partial L/\partial z_k` the recursion is
:math:`\delta_{k,i}=\sigma'(z_{k,i})\sum_j(W_{k+1})_{ji}\delta_{k+1,j}`.  Taking the weights of the backward pass as
independent of the signal,

.. math:: \|\delta_k\|^2\approx\|\delta_{k+1}\|^2\;\alpha_w^2\int\sigma'(\sqrt{q_k}\,s)^2\,\mathcal Ds
          \;\longrightarrow\;\chi_1\|\delta_{k+1}\|^2 ,

for any widths: the :math:`1/d_k` of the weight variance meets the :math:`d_k` terms of the norm.
Source: Schoenholz et al. (2017), equations 13 and 14.
"""

from __future__ import annotations

import numpy as np

from lossland import _checks
from lossland.numerics import Activation
from lossland.signal_propagation.correlation_map import chi1
from lossland.signal_propagation.length_fixed_points import q_star
from lossland.signal_propagation.length_map import length_trajectory


def gradient_trajectory(
    n_layers: int, weight_std: float, bias_std: float, activation: str | Activation, *, q1: float | None = None
) -> np.ndarray:
    r"""Expected squared back-propagated error of each layer relative to the last,
    :math:`\|\delta_k\|^2/\|\delta_K\|^2`.

    Args:
        n_layers: Number of layers K, at least 1.
        weight_std: Standard deviation of the weights times the square root of the fan-in.
        bias_std: Standard deviation of the biases.
        activation: Name or Activation.
        q1: Length of the first layer; by default all layers are at the fixed point and the factor is :math:`\chi_1`.

    Returns:
        Array (n_layers,) whose last entry is 1; may overflow to infinity or underflow to 0 far from the edge of chaos.

    >>> gradient_trajectory(3, 1.0, 0.0, "relu", q1=1.0)
    array([0.25, 0.5 , 1.  ])
    """
    n_layers = _checks.integer("n_layers", n_layers, low=1)
    if q1 is None:
        q1 = q_star(weight_std, bias_std, activation).value
        lengths = np.full(n_layers, q1)
    else:
        lengths = length_trajectory(_checks.real_number("q1", q1, low=0.0), n_layers, weight_std, bias_std, activation)
    with np.errstate(over="ignore", under="ignore"):
        factors = np.asarray(chi1(lengths[:-1], weight_std, activation))
        return np.concatenate([np.cumprod(factors[::-1])[::-1], [1.0]])
