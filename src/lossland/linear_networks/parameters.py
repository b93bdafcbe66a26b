r"""The weights of a linear network: a tuple of matrices, input layer first.

Layer :math:`k` is :math:`W_k\in\mathbb R^{d_k\times d_{k-1}}`, :math:`k=1,\dots,K`; there are no biases.  Arrays are
NumPy or torch of shape (..., d_k, d_{k-1}); leading dimensions are runs side by side and broadcast.  Everything in this
package answers in the kind, dtype and device of the weights.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from array_api_compat import array_namespace, device, to_device

from lossland import _checks


def check_weights(name: str, weights: Any) -> tuple[tuple[Any, ...], Any]:
    """Return the layers as a tuple of floating arrays whose shapes fit, with their namespace.

    Args:
        name: Name of the argument, for the message.
        weights: The matrices, input layer first.

    Raises:
        TypeError: If it is no sequence of real matrices, or NumPy and torch are mixed.
        ValueError: If there is no layer, or the widths of two neighbors differ.

    >>> layers, _ = check_weights("weights", [[[1, 2]], [[3], [4]]])
    >>> [layer.shape for layer in layers]
    [(1, 2), (2, 1)]
    """
    if isinstance(weights, str | bytes) or not hasattr(weights, "__iter__"):
        raise TypeError(f"{name}: expected a sequence of matrices, got {type(weights).__name__}")
    layers = tuple(_checks.floating_array(f"{name}[{k}]", layer, finite=False)[0] for k, layer in enumerate(weights))
    if not layers:
        raise ValueError(f"{name}: expected at least one layer, got none")
    for k, layer in enumerate(layers):
        if layer.ndim < 2:
            raise ValueError(f"{name}[{k}]: expected a matrix (..., d_out, d_in), got shape {tuple(layer.shape)}")
        if k and layer.shape[-1] != layers[k - 1].shape[-2]:
            raise ValueError(
                f"{name}[{k}]: expected {layers[k - 1].shape[-2]} columns, the width of the layer before, "
                f"got shape {tuple(layer.shape)}; layers go from input to output"
            )
    return layers, _namespace(name, layers)


def _namespace(name: str, arrays: Sequence[Any]):
    try:
        return array_namespace(*arrays)
    except TypeError as error:
        raise TypeError(f"{name}: expected arrays of one kind, got {sorted({type(a).__name__ for a in arrays})}") from (
            error
        )


def widths_of(weights: Sequence[Any]) -> tuple[int, ...]:
    r"""The widths :math:`(d_0,d_1,\dots,d_K)` of a network, input first.

    >>> widths_of([np.zeros((5, 3)), np.zeros((2, 5))])
    (3, 5, 2)
    """
    layers, _ = check_weights("weights", weights)
    return (int(layers[0].shape[-1]), *(int(layer.shape[-2]) for layer in layers))


def to_vector(weights: Sequence[Any]):
    """Write all layers into one vector (..., n_parameters), layer by layer, row by row.

    >>> to_vector([[[1.0, 2.0]], [[3.0], [4.0]]])
    array([1., 2., 3., 4.])
    """
    layers, xp = check_weights("weights", weights)
    batch = batch_shape(layers)
    flat = [xp.reshape(layer, (*layer.shape[:-2], layer.shape[-2] * layer.shape[-1])) for layer in layers]
    return xp.concat([xp.broadcast_to(part, (*batch, part.shape[-1])) for part in flat], axis=-1)


def from_vector(vector: Any, widths: Sequence[int]) -> tuple[Any, ...]:
    """Read the layers back from a vector (..., n_parameters): the inverse of :func:`to_vector`.

    Raises:
        ValueError: If the vector is not as long as the widths ask for.

    >>> [layer.tolist() for layer in from_vector([1.0, 2.0, 3.0, 4.0], (2, 1, 2))]
    [[[1.0, 2.0]], [[3.0], [4.0]]]
    """
    widths = _checks.layer_widths("widths", widths, at_least=2)
    vector, xp = _checks.floating_array("vector", vector, finite=False)
    shapes = list(zip(widths[1:], widths[:-1], strict=True))
    n_parameters = sum(rows * columns for rows, columns in shapes)
    if not vector.ndim or vector.shape[-1] != n_parameters:
        raise ValueError(f"vector: expected {n_parameters} entries for widths {widths}, got {tuple(vector.shape)}")
    layers, start = [], 0
    for rows, columns in shapes:
        part = vector[..., start : start + rows * columns]
        layers.append(xp.reshape(part, (*vector.shape[:-1], rows, columns)))
        start += rows * columns
    return tuple(layers)


def batch_shape(layers: Sequence[Any]) -> tuple[int, ...]:
    """The common leading shape of the layers, the shape of the runs."""
    return np.broadcast_shapes(*(tuple(layer.shape[:-2]) for layer in layers))


def transpose(matrix):
    """Swap the last two axes, as a view, for NumPy of any version and torch."""
    return matrix.swapaxes(-1, -2)


def like(constant: Any, array: Any):
    """Return a constant in the kind of an array, on its device and in its dtype."""
    if type(constant) is type(array) and constant.dtype == array.dtype and device(constant) == device(array):
        return constant
    xp = array_namespace(array)
    if array_namespace(constant) is not xp:
        constant = xp.asarray(as_numpy(constant), device=device(array))
    return xp.asarray(constant, dtype=array.dtype, device=device(array))


def as_numpy(array: Any) -> np.ndarray:
    """Return an array of any kind and device as a NumPy array."""
    return array if isinstance(array, np.ndarray) else np.asarray(to_device(array, "cpu"))
