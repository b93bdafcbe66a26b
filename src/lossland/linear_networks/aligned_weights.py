r"""Networks that decouple into scalar ones: weights, target and inputs diagonal in one set of orthonormal frames.

If orthogonal :math:`O_k\in O(d_k)` make :math:`O_kW_kO_{k-1}^{\mathsf T}`, :math:`O_KRO_0^{\mathsf T}` and
:math:`O_0\Sigma O_0^{\mathsf T}` diagonal (rectangular-diagonal where widths differ), the gradient has the same form,
so descent and flow keep it and every mode i is a scalar network of its own,

.. math:: \dot w_k=s_i\Big(\prod_{j\ne k}w_j\Big)(r_i-q_i).

The start from the identity is the case of equal frames that diagonalize a symmetric R.  Determinants do not matter, and
:math:`\Sigma` must be diagonal in the frame of the inputs: in another one the modes couple at once.

Source: Saxe, McClelland and Ganguli (2014); exercise on the slides of Yarotsky, "Conclusion and generalizations".
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from lossland import _checks
from lossland.linear_networks.parameters import check_weights


def random_frames(widths: Sequence[int], *, rng: np.random.Generator) -> tuple[np.ndarray, ...]:
    """Independent orthogonal matrices, uniformly distributed, one for each width.

    Args:
        widths: Widths (d_0, ..., d_K).
        rng: Source of randomness.

    Returns:
        K + 1 matrices (d_k, d_k); the rows are the frame vectors.

    >>> [frame.shape for frame in random_frames((3, 2), rng=np.random.default_rng(0))]
    [(3, 3), (2, 2)]
    """
    frames = []
    for width in _checks.layer_widths("widths", widths):
        q, r = np.linalg.qr(rng.standard_normal((width, width)))
        frames.append(q * np.sign(np.diag(r)))
    return tuple(frames)


def aligned_weights(strengths: Any, frames: Sequence[Any]) -> tuple[np.ndarray, ...]:
    r"""Weights :math:`W_k=O_k^{\mathsf T}D_kO_{k-1}` with rectangular-diagonal :math:`D_k`.

    Args:
        strengths: Diagonals, (K, n_modes); the number of modes is at most the smallest width.
        frames: Orthogonal matrices :math:`O_0,\dots,O_K`.

    Returns:
        K layers, input first; for K = 1 also a way to write an aligned target.

    Raises:
        ValueError: If numbers or shapes do not fit.

    >>> aligned_weights([[2.0]], [np.eye(2), np.eye(1)])
    (array([[2., 0.]]),)
    """
    strengths = _checks.real_array("strengths", strengths)
    frames = _frames(frames)
    smallest = min(len(frame) for frame in frames)
    if strengths.ndim != 2 or strengths.shape[0] != len(frames) - 1 or strengths.shape[1] > smallest:
        raise ValueError(
            f"strengths: expected shape ({len(frames) - 1}, n_modes) with n_modes <= {smallest}, got {strengths.shape}"
        )
    layers = []
    for k, row in enumerate(strengths):
        diagonal = np.zeros((len(frames[k + 1]), len(frames[k])))
        np.fill_diagonal(diagonal[: len(row), : len(row)], row)
        layers.append(frames[k + 1].T @ diagonal @ frames[k])
    return tuple(layers)


def weights_in_frames(weights: Sequence[Any], frames: Sequence[Any]) -> tuple[np.ndarray, ...]:
    r"""The layers seen in the frames, :math:`O_kW_kO_{k-1}^{\mathsf T}`: diagonal for aligned weights.

    Args:
        weights: Layers (..., d_k, d_{k-1}), NumPy.
        frames: Orthogonal matrices :math:`O_0,\dots,O_K`.

    Raises:
        ValueError: If shapes do not fit.

    >>> weights_in_frames([[[2.0, 0.0]]], [np.eye(2), np.eye(1)])
    (array([[2., 0.]]),)
    """
    layers, _ = check_weights("weights", weights)
    frames = _frames(frames)
    widths = tuple(len(frame) for frame in frames)
    if [tuple(layer.shape[-2:]) for layer in layers] != list(zip(widths[1:], widths[:-1], strict=True)):
        raise ValueError(f"frames: expected one for each width of the weights, got sizes {widths}")
    return tuple(frames[k + 1] @ layer @ frames[k].T for k, layer in enumerate(layers))


def off_diagonal(weights: Sequence[Any], frames: Sequence[Any]) -> float:
    """The largest entry off the diagonal, in absolute value, of the layers seen in the frames: 0 if decoupled.

    >>> off_diagonal([[[2.0, 0.5]]], [np.eye(2), np.eye(1)])
    0.5
    """
    largest = 0.0
    for layer in weights_in_frames(weights, frames):
        rest = layer * (1 - np.eye(*layer.shape[-2:]))
        largest = max(largest, float(np.abs(rest).max(initial=0.0)))
    return largest


def mode_weights(weights: Sequence[Any], frames: Sequence[Any]) -> np.ndarray:
    """The diagonals of the layers seen in the frames: weights of the scalar networks, (..., n_modes, K).

    >>> mode_weights([[[2.0, 0.5]]], [np.eye(2), np.eye(1)])
    array([[2.]])
    """
    diagonals = [np.diagonal(layer, axis1=-2, axis2=-1) for layer in weights_in_frames(weights, frames)]
    n_modes = min(diagonal.shape[-1] for diagonal in diagonals)
    return np.stack([diagonal[..., :n_modes] for diagonal in diagonals], axis=-1)


def _frames(frames: Sequence[Any]) -> tuple[np.ndarray, ...]:
    arrays = tuple(_checks.real_array(f"frames[{k}]", frame) for k, frame in enumerate(frames))
    if len(arrays) < 2:
        raise ValueError(f"frames: expected one for each width, at least 2, got {len(arrays)}")
    for k, frame in enumerate(arrays):
        square = frame.ndim == 2 and frame.shape[0] == frame.shape[1]
        if not square or np.abs(frame @ frame.T - np.eye(len(frame))).max() > 1e-8:
            raise ValueError(f"frames[{k}]: expected an orthogonal matrix, got one of shape {frame.shape}")
    return arrays
