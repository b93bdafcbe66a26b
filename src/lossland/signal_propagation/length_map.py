r"""The length map: how the mean square of a signal changes from layer to layer of a wide random network.

Layers are :math:`z_k=W_k\sigma(z_{k-1})+h_k` with :math:`\operatorname{Var}W_{ij}=\alpha_w^2/d_{k-1}`
and :math:`\operatorname{Var}h_i=\alpha_h^2`; here :math:`\alpha_w` is ``weight_std`` and :math:`\alpha_h` is
``bias_std``.  The length :math:`q_k=\frac1{d_k}\sum_iz_{k,i}^2` is the mean square of the **pre**-activations.
In the limit of infinite width

.. math:: q_k=\nu(q_{k-1})=\alpha_w^2\int\sigma^2(\sqrt{q_{k-1}}\,s)\,\mathcal Ds+\alpha_h^2 .

Source: Poole, Lahiri, Raghu, Sohl-Dickstein and Ganguli (2016), equation 3.
"""

from __future__ import annotations

import numpy as np

from lossland import _checks
from lossland.numerics import Activation, moments


def length_map(q, weight_std, bias_std, activation: str | Activation, *, rtol: float = moments.RTOL):
    r"""Length of the next layer, :math:`\nu(q)`.

    Args:
        q: Length of a layer, not negative.
        weight_std: Standard deviation of the weights times the square root of the fan-in.
        bias_std: Standard deviation of the biases.
        activation: Name or :class:`~lossland.numerics.activations.Activation`.
        rtol: Relative tolerance of the Gaussian expectation.

    Returns:
        The next length, broadcast over ``q``, ``weight_std`` and ``bias_std``; a float for numbers.

    Raises:
        ValueError: If an argument is negative or not finite, or the activation is unknown.

    >>> round(length_map(2.0, np.sqrt(1.5), np.sqrt(0.1), "relu"), 12)  # 1.5 * 2/2 + 0.1
    1.6
    """
    q = _checks.real_array("q", q, low=0.0)
    weight_std = _checks.real_array("weight_std", weight_std, low=0.0)
    bias_std = _checks.real_array("bias_std", bias_std, low=0.0)
    return moments.number(weight_std**2 * moments.second_moment(activation, q, rtol=rtol) + bias_std**2)


def length_slope(q, weight_std, activation: str | Activation, *, rtol: float = moments.RTOL):
    r"""Slope :math:`\nu'(q)=\alpha_w^2\int(\sigma'^2+\sigma\sigma'')(\sqrt q\,s)\,\mathcal Ds` of the length map.

    At a fixed point it is the factor :math:`a` by which a deviation of the length shrinks per layer (Schoenholz et al.
    2017, equation 9; the slides print :math:`\sqrt{q^*s}` for :math:`\sqrt{q^*}\,s`).

    Args:
        q: Length.
        weight_std: Standard deviation of the weights times the square root of the fan-in.
        activation: Name or Activation.
        rtol: Relative tolerance.

    Returns:
        The slope, broadcast over ``q`` and ``weight_std``.

    >>> round(length_slope(0.88942492, 1.5, "tanh"), 7)
    0.4558636
    """
    weight_std = _checks.real_array("weight_std", weight_std, low=0.0)
    return moments.number(weight_std**2 * moments.second_moment_slope(activation, q, rtol=rtol))


def first_length(inputs, weight_std, bias_std):
    r"""Length of the first layer, :math:`q_1=\alpha_w^2|x_0|^2/d_0+\alpha_h^2`: the input passes no activation.

    Args:
        inputs: Input vectors, shape (..., d_0).
        weight_std: Standard deviation of the weights times the square root of the fan-in.
        bias_std: Standard deviation of the biases.

    Returns:
        Array of shape (...), or a float for one vector.

    >>> first_length([1.0, 3.0], 2.0, 1.0)
    21.0
    """
    inputs = _checks.real_array("inputs", inputs)
    weight_std = _checks.real_number("weight_std", weight_std, low=0.0)
    bias_std = _checks.real_number("bias_std", bias_std, low=0.0)
    return moments.number(weight_std**2 * np.mean(inputs**2, axis=-1) + bias_std**2)


def length_trajectory(q1, n_layers: int, weight_std, bias_std, activation: str | Activation):
    """Lengths of layers 1 to ``n_layers`` when layer 1 has length ``q1``.

    Args:
        q1: Length of the first layer; a number or an array.
        n_layers: Number of layers, at least 1.
        weight_std: Standard deviation of the weights times the square root of the fan-in.
        bias_std: Standard deviation of the biases.
        activation: Name or Activation.

    Returns:
        Array of shape (n_layers, ...): the first entry is ``q1``.

    >>> length_trajectory(1.0, 3, np.sqrt(2.0), 0.0, "relu").round(12)
    array([1., 1., 1.])
    """
    n_layers = _checks.integer("n_layers", n_layers, low=1)
    q1, weight_std, bias_std = np.broadcast_arrays(
        _checks.real_array("q1", q1, low=0.0), _checks.real_array("weight_std", weight_std, low=0.0),
        _checks.real_array("bias_std", bias_std, low=0.0),
    )  # fmt: skip
    lengths = [q1]
    for _ in range(n_layers - 1):
        lengths.append(np.asarray(length_map(lengths[-1], weight_std, bias_std, activation)))
    return np.stack(lengths)
