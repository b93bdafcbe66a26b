r"""Gradient flow :math:`\dot W_k=-\nabla_{W_k}L` of a linear network, many runs at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lossland.linear_networks.gradient import checked_gradient
from lossland.linear_networks.map_loss import MapLoss, check_ends
from lossland.linear_networks.parameters import check_weights, from_vector, to_vector, widths_of
from lossland.linear_networks.runge_kutta import integrate


def gradient_flow(
    weights: Sequence[Any], loss: MapLoss, times: Any, *, rtol: float = 1e-9, atol: float = 1e-12
) -> tuple[Any, ...]:
    """Integrate the flow with an adaptive step.

    Args:
        weights: Layers at time 0, (..., d_k, d_{k-1}), NumPy or torch.
        loss: A function of the end-to-end map.
        times: Times that do not decrease, (n_times,).
        rtol: Relative tolerance of a step.
        atol: Absolute tolerance of a step.

    Returns:
        Layers at the times, (n_times, ..., d_k, d_{k-1}); their end-to-end map is that of every time.

    Raises:
        TypeError: If an argument has the wrong type.
        ValueError: If shapes do not fit, or the times are not sorted.
        RuntimeError: If too many steps are needed.

    >>> from lossland.linear_networks.quadratic_loss import quadratic_loss
    >>> path = gradient_flow([[[1.0]], [[1.0]]], quadratic_loss([[3.0]]), [0.2])
    >>> round(float((path[1] @ path[0])[0, 0, 0]), 5)  # q = r e^{2rt} / (e^{2rt} - 1 + r/q_0)
    1.87221
    """
    layers, _ = check_weights("weights", weights)
    check_ends(loss, (layers[-1].shape[-2], layers[0].shape[-1]))
    widths = widths_of(layers)

    def velocity(vector):
        return -to_vector(checked_gradient(from_vector(vector, widths), loss)[1])

    return from_vector(integrate(velocity, to_vector(layers), times, rtol=rtol, atol=atol), widths)
