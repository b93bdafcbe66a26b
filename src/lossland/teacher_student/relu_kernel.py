r"""The kernel of two ReLU neurons, :math:`k(w,v)=\mathbb E\,(w\cdot x)_+(v\cdot x)_+` for :math:`x\sim N(0,I_d)`.

With the angle :math:`\theta` between ``w`` and ``v``

.. math:: k(w,v)=\frac{|w||v|}{2\pi}\bigl(\sin\theta+(\pi-\theta)\cos\theta\bigr),\qquad
   \nabla_w k=\frac1{2\pi}\bigl(|v|\sin\theta\,\hat w+(\pi-\theta)\,v\bigr),

and the blocks of the Hessian are, with the unit vectors :math:`\hat n` of the component of v orthogonal to w, and
:math:`\hat p,\hat m` along :math:`\hat w+\hat v` and :math:`\hat w-\hat v`,

.. math:: \partial_w^2k=\frac{|v|\sin\theta}{2\pi|w|}\bigl(I-\hat w\hat w^\top+\hat n\hat n^\top\bigr),\qquad
   \partial_w\partial_vk=\frac1{2\pi}\bigl((\pi-\theta)I+\sin\theta\,(\hat p\hat p^\top-\hat m\hat m^\top)\bigr).

Both blocks are continuous where the neurons are parallel (0 and I/2) or opposite (0 and 0), and are computed without
loss of digits there: angles come from chords, not from the arc cosine of a number next to one.  At ``w = 0`` the kernel
is 0 and has one-sided derivatives only; see :func:`relu_kernel_gradient`.

Source: Cho and Saul (2009), *Kernel methods for deep learning*, degree 1; Safran and Shamir (2018), *Spurious local
minima are common in two-layer ReLU neural networks*, section 4.  NumPy, float64.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from lossland import _checks


def relu_kernel(w: Any, v: Any) -> np.ndarray:
    """Expectation of the product of two ReLU neurons under standard Gaussian inputs.

    Args:
        w: Weights (..., d).
        v: Weights (..., d); leading dimensions broadcast.

    Returns:
        ndarray: (...), zero where a neuron is zero.

    Raises:
        TypeError: If an argument is not real numbers.
        ValueError: If an entry is not finite, or the dimensions differ.

    >>> float(relu_kernel([3.0, 0.0], [3.0, 0.0]))  # half the square of the length
    4.5
    >>> round(float(relu_kernel([1.0, 0.0], [0.0, 1.0])) * 2 * np.pi, 12)
    1.0
    """
    w, v = _pair(w, v)
    length_w, length_v, cosine = _lengths_and_cosine(w, v)
    angle = np.arccos(cosine)
    return length_w * length_v / (2 * np.pi) * (np.sqrt(1 - cosine**2) + (np.pi - angle) * cosine)


def relu_kernel_gradient(w: Any, v: Any) -> np.ndarray:
    r"""Gradient of the kernel in its first neuron, :math:`\mathbb E\,\mathbf 1[w\cdot x>0]\,(v\cdot x)_+\,x`.

    Args:
        w: Weights (..., d).
        v: Weights (..., d); leading dimensions broadcast.

    Returns:
        ndarray: (..., d).  At ``w = 0``, where the kernel has a one-sided derivative ``relu_kernel(u, v)`` in each
        direction u but no gradient, it is zero: the convention that the derivative of the ReLU at 0 is 0.

    Raises:
        TypeError: If an argument is not real numbers.
        ValueError: If an entry is not finite, or the dimensions differ.

    >>> relu_kernel_gradient([2.0, 0.0], [5.0, 0.0])  # parallel neurons: v / 2
    array([2.5, 0. ])
    >>> relu_kernel_gradient([2.0, 0.0], [-5.0, 0.0]) + 0.0  # opposite ones are never active together
    array([0., 0.])
    """
    w, v = _pair(w, v)
    length_w, length_v, cosine = _lengths_and_cosine(w, v)
    alive = length_w > 0
    along = length_v * np.sqrt(1 - cosine**2) / np.where(alive, length_w, 1.0)
    open_angle = np.where(alive, np.pi - np.arccos(cosine), 0.0)
    return (along[..., None] * w + open_angle[..., None] * v) / (2 * np.pi)


def relu_kernel_hessian(w: Any, v: Any) -> tuple[np.ndarray, np.ndarray]:
    """Second derivatives of the kernel: in its first neuron twice, and mixed.

    Args:
        w: Weights (..., d), not zero.
        v: Weights (..., d), not zero; leading dimensions broadcast.

    Returns:
        tuple of ndarray: the blocks by w and w, and by w and v, each (..., d, d) and symmetric.

    Raises:
        TypeError: If an argument is not real numbers.
        ValueError: If an entry is not finite, the dimensions differ, or a neuron is zero (there the second derivative
            does not exist: the kernel has a kink).

    >>> own, mixed = relu_kernel_hessian([2.0, 0.0], [0.0, 3.0])
    >>> np.round(own * 2 * np.pi, 12), np.round(mixed * 2 * np.pi, 12)[0]
    (array([[0., 0.],
           [0., 3.]]), array([1.57079633, 1.        ]))
    """
    w, v = np.broadcast_arrays(*_pair(w, v))
    for name, vectors in (("w", w), ("v", v)):
        if not np.all(np.any(vectors, axis=-1)):
            raise ValueError(f"{name}: expected neurons that are not zero, where the kernel has a kink, got a zero one")
    length_w, length_v = _length(w), _length(v)
    unit_w, unit_v = w / length_w[..., None], v / length_v[..., None]
    angle, sine, _ = chord_angle(unit_w, unit_v)
    identity = np.eye(w.shape[-1])
    across = unit_orthogonal(unit_w, unit_v)
    own = identity - _outer(unit_w) + _outer(across)
    own = own * (length_v * sine / (2 * np.pi * length_w))[..., None, None]
    rotation = chord_outer_products(unit_w, unit_v)
    return own, ((np.pi - angle)[..., None, None] * identity + rotation) / (2 * np.pi)


def chord_angle(unit_w: np.ndarray, unit_v: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Angle, sine and cosine between unit vectors, exact to rounding also next to 0 and to pi (Kahan)."""
    sum_, difference = _length(unit_w + unit_v), _length(unit_w - unit_v)
    return 2 * np.arctan2(difference, sum_), sum_ * difference / 2, (sum_**2 - difference**2) / 4


def unit_orthogonal(unit_w: np.ndarray, unit_v: np.ndarray) -> np.ndarray:
    """Unit vector along the component of v orthogonal to w; zero where there is none."""
    difference, sum_ = unit_v - unit_w, unit_v + unit_w
    square, square_sum = np.sum(difference**2, axis=-1), np.sum(sum_**2, axis=-1)
    near = (square <= square_sum)[..., None]  # subtract the small number from the small vector
    component = np.where(near, difference + square[..., None] / 2 * unit_w, sum_ - square_sum[..., None] / 2 * unit_w)
    length = _length(component)
    return component / np.where(length > 0, length, 1.0)[..., None]


def chord_outer_products(unit_w: np.ndarray, unit_v: np.ndarray) -> np.ndarray:
    r"""The matrix :math:`\sin\theta(\hat p\hat p^\top-\hat m\hat m^\top)`, (..., d, d), zero at angles 0 and pi."""
    sum_, difference = unit_w + unit_v, unit_w - unit_v
    length_sum, length_difference = _length(sum_), _length(difference)
    ratio = length_difference / np.where(length_sum > 0, length_sum, np.inf)
    inverse = length_sum / np.where(length_difference > 0, length_difference, np.inf)
    product = _outer(sum_ * np.sqrt(ratio / 2)[..., None])
    product -= _outer(difference * np.sqrt(inverse / 2)[..., None])
    return product


def _pair(w: Any, v: Any) -> tuple[np.ndarray, np.ndarray]:
    w, v = _checks.real_array("w", w), _checks.real_array("v", v)
    if not w.ndim or not v.ndim or w.shape[-1] != v.shape[-1]:
        raise ValueError(f"v: expected vectors of the dimension of w, got the shapes {w.shape} and {v.shape}")
    return w, v


def _length(vectors: np.ndarray) -> np.ndarray:
    return np.sqrt(np.sum(vectors**2, axis=-1))


def _outer(vectors: np.ndarray) -> np.ndarray:
    return vectors[..., :, None] * vectors[..., None, :]


def _lengths_and_cosine(w: np.ndarray, v: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    length_w, length_v = _length(w), _length(v)
    unit_w = w / np.where(length_w > 0, length_w, 1.0)[..., None]
    unit_v = v / np.where(length_v > 0, length_v, 1.0)[..., None]
    return length_w, length_v, np.clip(np.sum(unit_w * unit_v, axis=-1), -1.0, 1.0)
