r"""The quadratic loss :math:`g(A)=\frac12\operatorname{tr}(\Delta^{\mathsf T}\Delta\Sigma)`, :math:`\Delta=A-R`.

It is :math:`\frac12\mathbb E\|(A-R)x\|^2` with the second-moment matrix :math:`\Sigma=\mathbb E\,xx^{\mathsf T}` of the
inputs: the covariance only where their mean is 0.  Its gradient is :math:`\Delta\Sigma`.

Source: Yarotsky, *Optimization of neural networks* (slides), "Linear networks with quadratic loss".
"""

from __future__ import annotations

from typing import Any

import numpy as np
from array_api_compat import array_namespace

from lossland import _checks
from lossland.linear_networks.map_loss import MapLoss
from lossland.linear_networks.parameters import as_numpy, like

_SYMMETRY = 1e-9  # relative asymmetry and negative eigenvalues of this size are round-off


def quadratic_loss(target: Any, second_moment: Any = None) -> MapLoss:
    r"""The loss :math:`\frac12\operatorname{tr}((A-R)^{\mathsf T}(A-R)\Sigma)` as a function of the map :math:`A`.

    Args:
        target: The map :math:`R`, (d_K, d_0), NumPy or torch; it is moved to the kind and device of the maps.
        second_moment: :math:`\Sigma`, (d_0, d_0), symmetric and positive semidefinite; None for the identity.

    Returns:
        MapLoss: value, gradient :math:`\Delta\Sigma`, second derivative :math:`V\mapsto V\Sigma`; infimum 0.

    Raises:
        TypeError: If an argument is not real numbers.
        ValueError: If ``target`` is no matrix, or ``second_moment`` does not fit, or is no second-moment matrix.

    >>> g = quadratic_loss([[1.0, 0.0]], [[4.0, 0.0], [0.0, 1.0]])
    >>> float(g.value(np.array([[2.0, 3.0]])))  # (1 * 4 + 9 * 1) / 2
    6.5
    >>> g.gradient(np.array([[2.0, 3.0]]))
    array([[4., 3.]])
    """
    target, _ = _checks.floating_array("target", target)
    if target.ndim != 2:
        raise ValueError(f"target: expected a matrix (d_K, d_0), got shape {tuple(target.shape)}")
    sigma = None if second_moment is None else check_second_moment(second_moment, int(target.shape[1]))
    largest = 1.0 if sigma is None else float(np.linalg.eigvalsh(as_numpy(sigma))[-1])

    def weighted(matrix):
        return matrix if sigma is None else matrix @ like(sigma, matrix)

    def value(a):
        delta = a - like(target, a)
        return array_namespace(a).sum(delta * weighted(delta), axis=(-2, -1)) / 2

    return MapLoss(
        "quadratic",
        (int(target.shape[0]), int(target.shape[1])),
        value,
        lambda a: weighted(a - like(target, a)),
        lambda a, v: weighted(v),  # noqa: ARG005
        infimum=0.0,
        gradient_lipschitz=largest,
        convex=True,
    )


def weighted_quadratic_loss(target: Any, entry_weights: Any) -> MapLoss:
    r"""The loss :math:`\frac12\sum_{ij}\omega_{ij}(A_{ij}-R_{ij})^2`, every entry of the map with a weight of its own.

    Convex and differentiable, and of no form :math:`\operatorname{tr}(\Delta^{\mathsf T}\Delta\Sigma)` unless the rows
    of weights agree.  Arguments and errors as in :func:`quadratic_loss`; the weights are not negative.

    >>> float(weighted_quadratic_loss([[1.0, 0.0]], [[2.0, 8.0]]).value(np.array([[2.0, 1.0]])))
    5.0
    """
    target, _ = _checks.floating_array("target", target)
    omega, _ = _checks.floating_array("entry_weights", entry_weights)
    if target.ndim != 2 or tuple(omega.shape) != tuple(target.shape):
        raise ValueError(
            "entry_weights: expected a matrix of the shape of the target, "
            f"got {tuple(omega.shape)} for a target {tuple(target.shape)}"
        )
    if float(omega.min()) < 0:
        raise ValueError(f"entry_weights: expected >= 0, got {float(omega.min()):g}")

    def value(a):
        delta = a - like(target, a)
        return array_namespace(a).sum(like(omega, a) * delta**2, axis=(-2, -1)) / 2

    return MapLoss(
        "entrywise weighted quadratic",
        (int(target.shape[0]), int(target.shape[1])),
        value,
        lambda a: like(omega, a) * (a - like(target, a)),
        lambda a, v: like(omega, v) * v,  # noqa: ARG005
        infimum=0.0,
        gradient_lipschitz=float(omega.max()),
        convex=True,
    )


def check_second_moment(second_moment: Any, n_inputs: int):
    """Return a second-moment matrix after checking shape, symmetry and that no eigenvalue is negative."""
    sigma, _ = _checks.floating_array("second_moment", second_moment)
    if tuple(sigma.shape) != (n_inputs, n_inputs):
        raise ValueError(f"second_moment: expected shape {(n_inputs, n_inputs)}, got {tuple(sigma.shape)}")
    matrix = as_numpy(sigma).astype(np.float64)
    scale = np.abs(matrix).max(initial=0.0)
    if np.abs(matrix - matrix.T).max(initial=0.0) > _SYMMETRY * scale:
        raise ValueError("second_moment: expected a symmetric matrix; pass E[x x^T], not a factor of it")
    smallest = float(np.linalg.eigvalsh(matrix)[0])
    if smallest < -_SYMMETRY * scale:
        raise ValueError(f"second_moment: expected no negative eigenvalue, got {smallest:g}")
    return sigma
