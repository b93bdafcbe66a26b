r"""Critical points with chosen modes of the target: the saddles between which descent from small weights moves.

In the singular modes :math:`R\Sigma^{1/2}=\sum_is_iu_iv_i^{\mathsf T}` every choice S of modes gives critical points
with map :math:`A_S=\sum_{i\in S}s_iu_iv_i^{\mathsf T}\Sigma^{-1/2}` and loss :math:`\frac12\sum_{i\notin S}s_i^2`.  If
S is not made of the largest modes it is a strict saddle.  If it is, and some are missing, all depends on the rest of
the layers: with at least three layers the point with nothing beside the modes is a degenerate saddle, with a full
block in every middle layer a strict one.

Source: Baldi and Hornik (1989); Achour, Malgouyres and Gerchinovitz (2024), *The loss landscape of deep linear neural
networks: a second-order analysis*.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from lossland import _checks
from lossland.linear_networks.parameters import as_numpy
from lossland.linear_networks.quadratic_loss import check_second_moment


def planted_critical_point(
    target: Any, widths: Sequence[int], modes: Sequence[int], *, second_moment: Any = None, middle: float = 0.0
) -> tuple[np.ndarray, ...]:
    """A critical point of the quadratic loss that has learned the chosen modes exactly and the others not at all.

    Args:
        target: The map R, (d_K, d_0).
        widths: Widths (d_0, ..., d_K); no hidden layer has fewer units than there are modes.
        modes: Numbers of the modes, largest singular value of ``R second_moment**0.5`` first, counted from 0.
        second_moment: Positive definite second-moment matrix of the inputs; None for the identity.
        middle: Multiple of the identity that fills what is left in the layers between the first and the last.

    Returns:
        The layers, input first; each chosen mode has the same strength in all layers.

    Raises:
        ValueError: If the arguments do not fit each other.

    >>> layers = planted_critical_point(np.diag([3.0, 2.0, 1.0]), (3, 3, 3), [0, 2])
    >>> (layers[1] @ layers[0]).round(12) + 0.0
    array([[3., 0., 0.],
           [0., 0., 0.],
           [0., 0., 1.]])
    """
    left, scales, right, root = _modes(target, second_moment)
    widths = _checks.layer_widths("widths", widths, at_least=2)
    if (widths[-1], widths[0]) != (len(left), len(root)):
        raise ValueError(f"widths: expected ends d_0 = {len(root)} and d_K = {len(left)}, got {widths}")
    chosen = [_checks.integer(f"modes[{i}]", mode, low=0, high=len(scales) - 1) for i, mode in enumerate(modes)]
    if len(set(chosen)) < len(chosen) or len(chosen) > min(widths):
        raise ValueError(f"modes: expected at most {min(widths)} different ones, as no layer is thinner, got {chosen}")
    middle = _checks.real_number("middle", middle)
    depth, rank = len(widths) - 1, len(chosen)
    strengths = scales[chosen] ** (1 / depth)
    layers = []
    for rows, columns in zip(widths[1:], widths[:-1], strict=True):
        layer = middle * np.eye(rows, columns)
        layer[:rank, :], layer[:, :rank] = 0.0, 0.0
        layer[range(rank), range(rank)] = strengths
        layers.append(layer)
    if depth == 1:
        return ((left[:, chosen] * scales[chosen]) @ right[chosen] @ np.linalg.inv(root),)
    layers[0][rank:], layers[-1][:, rank:] = 0.0, 0.0
    layers[0] = layers[0][:, :rank] @ right[chosen] @ np.linalg.inv(root)
    layers[-1] = left[:, chosen] @ layers[-1][:rank]
    return tuple(layers)


def rank_levels(target: Any, second_moment: Any = None) -> np.ndarray:
    r"""The least quadratic loss of maps of rank at most 0, 1, 2, ...: heights of the plateaus on the way down.

    The values are :math:`\frac12\sum_{i>r}s_i^2` with the singular values of :math:`R\Sigma^{1/2}` (Eckart-Young).

    Args:
        target: The map R, (d_K, d_0).
        second_moment: Positive definite second-moment matrix of the inputs; None for the identity.

    Returns:
        Losses for ranks 0 to min(d_K, d_0); the last one is 0.

    >>> rank_levels(np.diag([3.0, 2.0, 1.0]))
    array([7. , 2.5, 0.5, 0. ])
    """
    scales = _modes(target, second_moment)[1]
    return np.append(np.cumsum(scales[::-1] ** 2)[::-1] / 2, 0.0)


def _modes(target: Any, second_moment: Any):
    """Singular modes of R times the root of the second-moment matrix, and that root."""
    target = _checks.real_array("target", target)
    if target.ndim != 2:
        raise ValueError(f"target: expected a matrix (d_K, d_0), got shape {target.shape}")
    n_inputs = target.shape[1]
    sigma = np.eye(n_inputs) if second_moment is None else as_numpy(check_second_moment(second_moment, n_inputs))
    eigenvalues, vectors = np.linalg.eigh(sigma)
    if eigenvalues[0] <= n_inputs * np.finfo(float).eps * eigenvalues[-1]:
        raise ValueError(f"second_moment: expected a positive definite matrix, got eigenvalue {eigenvalues[0]:g}")
    root = (vectors * np.sqrt(eigenvalues)) @ vectors.T
    left, scales, right = np.linalg.svd(target @ root)
    return left, scales, right, root
