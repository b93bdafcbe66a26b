r"""Networks of one unit in every layer: what is left of a linear network once its modes decouple.

.. math:: \dot w_k=s\Big(\prod_{j\ne k}w_j\Big)(r-q),\qquad q=\prod_jw_j,\qquad \frac{d}{dt}w_k^2=2s\,q(r-q)

All differences :math:`w_k^2-w_j^2` are conserved by the flow.  From equal weights they stay equal and one number is
left, :math:`\dot w=sw^{K-1}(r-w^K)`: for :math:`r>0` it converges to :math:`r^{1/K}`; for :math:`r<0` and
:math:`K\ge2` it is stuck on its way to 0; for :math:`r=0` the limit 0 is the global minimum.  Descent with large steps
may jump: for odd K and :math:`\alpha>1/(1-r)` over 0 to a negative weight, and on to a negative target.

Source: Yarotsky, *Optimization of neural networks* (slides), "Diagonalization and 1D dynamics".
"""

from __future__ import annotations

from typing import Any

import numpy as np
from array_api_compat import device

from lossland import _checks
from lossland.linear_networks.parameters import like
from lossland.linear_networks.runge_kutta import integrate


def scalar_flow(times: Any, start: Any, target: Any, *, input_variance: Any = 1.0, rtol: float = 1e-10):
    """Integrate the flow of scalar networks from any start; :func:`two_layer_mode` has it in closed form for K = 2.

    Args:
        times: Times that do not decrease, (n_times,).
        start: Weights (..., K), NumPy or torch, input layer first; leading dimensions are networks.
        target: Targets r, (...).
        input_variance: Variances s > 0 of the inputs, (...).
        rtol: Relative tolerance of a step.

    Returns:
        Weights (n_times, ..., K).

    Raises:
        ValueError: If shapes do not fit or the times are not sorted.
        RuntimeError: If too many steps are needed.

    >>> round(float(scalar_flow([0.2], [1.0, 1.0], 3.0)[0].prod()), 5)
    1.87221
    """
    weights, xp = _weights("start", start)
    target, variance = (_number(name, value, weights) for name, value in _named(target, input_variance))

    def velocity(w):
        others = _others(xp, w)
        q = others[..., 0] * w[..., 0]
        return (variance * (target - q))[..., None] * others

    return integrate(velocity, weights, times, rtol=rtol, atol=1e-13)


def scalar_descent(start: Any, target: Any, learning_rate: float, n_steps: int, *, input_variance: Any = 1.0):
    """Gradient descent of scalar networks; equal weights stay equal up to rounding.

    Args:
        start: Weights (..., K), NumPy or torch.
        target: Targets r, (...).
        learning_rate: Step size.
        n_steps: Number of steps.
        input_variance: Variances s of the inputs, (...).

    Returns:
        Weights (n_steps + 1, ..., K), the start first; infinite where descent diverged.

    Raises:
        ValueError: If shapes do not fit.

    >>> scalar_descent([1.0, 1.0], 3.0, 0.1, 1)[-1]
    array([1.2, 1.2])
    """
    weights, xp = _weights("start", start)
    target, variance = (_number(name, value, weights) for name, value in _named(target, input_variance))
    rate = _checks.real_number("learning_rate", learning_rate, low=0.0)
    path = [weights]
    with np.errstate(over="ignore", invalid="ignore", under="ignore"):
        for _ in range(_checks.integer("n_steps", n_steps, low=0)):
            others = _others(xp, path[-1])
            q = others[..., 0] * path[-1][..., 0]
            path.append(path[-1] + rate * (variance * (target - q))[..., None] * others)
    return xp.stack(path)


def equal_weight_descent(
    start: Any, target: Any, depth: int, learning_rate: float, n_steps: int, *, input_variance: Any = 1.0
):
    r"""Gradient descent from equal weights: :math:`w\leftarrow w+\alpha sw^{K-1}(r-w^K)`, symmetric to the last bit.

    Args:
        start: The common weight w, (...), NumPy or torch; 1 is the start from the identity.
        target: Targets r that broadcast with it: the eigenvalues of the target matrix.
        depth: Number of layers K.
        learning_rate: Step size.
        n_steps: Number of steps.
        input_variance: Variances s of the inputs.

    Returns:
        Weights (n_steps + 1, ...); the strength is their K-th power.

    Raises:
        ValueError: If an argument is out of range.

    >>> equal_weight_descent(1.0, [3.0, -0.5], 2, 0.1, 2).round(4)
    array([[1.    , 1.    ],
           [1.2   , 0.85  ],
           [1.3872, 0.7461]])
    """
    weights, xp = _checks.floating_array("start", start)
    target, variance = (_number(name, value, weights) for name, value in _named(target, input_variance))
    depth = _checks.integer("depth", depth, low=1)
    rate = _checks.real_number("learning_rate", learning_rate, low=0.0)
    path = [weights + 0 * (target + variance)]
    with np.errstate(over="ignore", invalid="ignore", under="ignore"):
        for _ in range(_checks.integer("n_steps", n_steps, low=0)):
            below = path[-1] ** (depth - 1)
            path.append(path[-1] + rate * variance * below * (target - below * path[-1]))
    return xp.stack(path)


def _named(target, input_variance):
    return (("target", target), ("input_variance", input_variance))


def _weights(name: str, value: Any):
    weights, xp = _checks.floating_array(name, value)
    if not weights.ndim:
        raise ValueError(f"{name}: expected weights (..., K), one for each layer, got one number")
    return weights, xp


def _number(name: str, value: Any, weights):
    return like(_checks.floating_array(name, value)[0], weights)


def _others(xp, weights):
    """For each weight the product of all others, without division."""
    ones = xp.ones(weights.shape[:-1], dtype=weights.dtype, device=device(weights))
    depth = weights.shape[-1]
    before, after = [ones], [ones]
    for k in range(depth - 1):
        before.append(before[-1] * weights[..., k])
        after.append(after[-1] * weights[..., depth - 1 - k])
    return xp.stack([before[k] * after[depth - 1 - k] for k in range(depth)], axis=-1)
