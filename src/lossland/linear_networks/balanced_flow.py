r"""The flow of the end-to-end map from balanced weights: a differential equation of the map alone.

.. math:: \dot A=-\sum_{j=1}^K(AA^{\mathsf T})^{(K-j)/K}\,\nabla g(A)\,(A^{\mathsf T}A)^{(j-1)/K}

In the singular vectors of :math:`A=USV^{\mathsf T}` it multiplies the entries of :math:`U^{\mathsf T}\nabla g(A)V` by
:math:`\sum_js_a^{2(K-j)/K}s_b^{2(j-1)/K}`: strong modes are accelerated, and a mode of strength 0 never starts if
:math:`K\ge2`.  For weights that are not balanced the flow of the map is not determined by the map.

Source: Arora, Cohen and Hazan (2018), *On the optimization of deep networks*, Theorem 1.
"""

from __future__ import annotations

from typing import Any

from array_api_compat import device

from lossland import _checks
from lossland.linear_networks.map_loss import MapLoss, check_ends
from lossland.linear_networks.parameters import transpose
from lossland.linear_networks.runge_kutta import integrate


def end_to_end_velocity(end_to_end: Any, loss: MapLoss, depth: int):
    r"""The velocity :math:`\dot A` of the map of a balanced network under gradient flow.

    Args:
        end_to_end: Maps A, (..., d_K, d_0), NumPy or torch.
        loss: A function of the map.
        depth: Number of layers K.

    Returns:
        Velocities of the shape of the maps.

    Raises:
        ValueError: If the maps do not fit the loss.

    >>> from lossland.linear_networks.quadratic_loss import quadratic_loss
    >>> end_to_end_velocity([[2.0]], quadratic_loss([[3.0]]), 2)  # K q^{2-2/K} (r - q)
    array([[4.]])
    """
    depth = _checks.integer("depth", depth, low=1)
    product, xp = _checks.floating_array("end_to_end", end_to_end, finite=False)
    if product.ndim < 2:
        raise ValueError(f"end_to_end: expected a matrix (..., d_K, d_0), got shape {tuple(product.shape)}")
    check_ends(loss, product.shape)
    slope = loss.gradient(product)
    if depth == 1:
        return -slope
    left, scales, right = xp.linalg.svd(product, full_matrices=True)
    rows, columns = _padded(xp, scales, product.shape[-2]), _padded(xp, scales, product.shape[-1])
    factor = xp.zeros_like(slope)
    for j in range(1, depth + 1):
        above, below = 2 * (depth - j) / depth, 2 * (j - 1) / depth
        factor = factor + rows[..., :, None] ** above * columns[..., None, :] ** below
    return -(left @ (factor * (transpose(left) @ slope @ transpose(right))) @ right)


def end_to_end_flow(end_to_end: Any, loss: MapLoss, depth: int, times: Any, *, rtol: float = 1e-9, atol: float = 1e-12):
    """Integrate the balanced flow of the map.

    Args:
        end_to_end: Map at time 0, (..., d_K, d_0).
        loss: A function of the map.
        depth: Number of layers K.
        times: Times that do not decrease, (n_times,).
        rtol: Relative tolerance of a step.
        atol: Absolute tolerance of a step.

    Returns:
        Maps (n_times, ..., d_K, d_0).

    Raises:
        ValueError: As :func:`end_to_end_velocity`, or if the times are not sorted.
        RuntimeError: If too many steps are needed.

    >>> from lossland.linear_networks.quadratic_loss import quadratic_loss
    >>> round(float(end_to_end_flow([[1.0]], quadratic_loss([[3.0]]), 2, [0.2])[0, 0, 0]), 5)
    1.87221
    """
    product, xp = _checks.floating_array("end_to_end", end_to_end)
    end_to_end_velocity(product, loss, depth)
    shape = tuple(product.shape)

    def velocity(vector):
        maps = xp.reshape(vector, shape)
        return xp.reshape(end_to_end_velocity(maps, loss, depth), vector.shape)

    flat = xp.reshape(product, (*shape[:-2], shape[-2] * shape[-1]))
    path = integrate(velocity, flat, times, rtol=rtol, atol=atol)
    return xp.reshape(path, (path.shape[0], *shape))


def _padded(xp, scales, length: int):
    missing = length - scales.shape[-1]
    zeros = xp.zeros((*scales.shape[:-1], missing), dtype=scales.dtype, device=device(scales))
    return xp.concat([scales, zeros], axis=-1)
