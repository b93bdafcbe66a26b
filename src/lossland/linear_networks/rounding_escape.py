r"""Why a "stuck" mode moves on a computer: rounding breaks the symmetry that holds it.

From the identity all layers stay equal and commute with R, so a mode with :math:`r<0` stays on the way to weight 0.
That is true of exact arithmetic, and of floating-point arithmetic if R is diagonal.  In a rotated basis rounding makes
the layers differ by about 1e-16.

For K = 2 weight 0 is a strict saddle with curvatures :math:`\pm|r|`: a difference of the layers grows as
:math:`e^{s|r|t}`, and descent leaves after about :math:`\ln(1/\varepsilon)/(s|r|)`.  What matters is the mirror
symmetry :math:`W_k=W_{K+1-k}^{\mathsf T}`, which makes the map :math:`W_1^{\mathsf T}W_1` positive semidefinite: a
target that is symmetric to the last bit usually keeps it to the last bit, and then nothing moves; one with an
asymmetry of 1e-17, as ``Q @ D @ Q.T`` has, does not.  For :math:`K\ge3` weight 0 has no negative curvature in the mode
itself, but layers that do not commute with R let modes mix: the map leaves towards the negative mode if that beats a
positive one, at the expense of the latter, since the determinant cannot change its sign on the way: a saddle with a
smaller loss.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from lossland import _checks
from lossland.linear_networks.descent import Descent
from lossland.linear_networks.parameters import check_weights
from lossland.linear_networks.step_size import strengths_from_identity


class SymmetryDefects(NamedTuple):
    """How far layers are from being equal polynomials in the target; all 0 in exact arithmetic.

    Attributes:
        layer_spread: Largest Frobenius distance of a layer from the first one, (...).
        commutator: Largest Frobenius norm of ``W_k R - R W_k``, (...).
        mirror: Largest Frobenius norm of ``W_k - W_{K+1-k}^T``, (...): 0 keeps an even product semidefinite.
    """

    layer_spread: np.ndarray
    commutator: np.ndarray
    mirror: np.ndarray


class RoundingEscape(NamedTuple):
    """A run compared with exact arithmetic.

    Attributes:
        escaped: Whether its loss went below that of exact arithmetic by more than the tolerance.
        step: First recorded step at which it had; -1 if never.
        losses: Losses of the run at its records.
        exact_losses: Losses in exact arithmetic, from the scalar recursions, at the same steps.
        defects: Symmetry defects at the records.
    """

    escaped: bool
    step: int
    losses: np.ndarray
    exact_losses: np.ndarray
    defects: SymmetryDefects


def symmetry_defects(weights: Sequence[Any], target: Any) -> SymmetryDefects:
    """How far square layers are from equal, mirrored, and commuting with the target.

    Args:
        weights: Layers (..., d, d), NumPy.
        target: Symmetric target (d, d).

    Returns:
        SymmetryDefects: one number for each leading index.

    Raises:
        ValueError: If the layers are not square, or the target is not symmetric.

    >>> symmetry_defects([np.eye(2), 2 * np.eye(2)], np.diag([1.0, -1.0])).layer_spread
    np.float64(1.4142135623730951)
    """
    layers, _ = check_weights("weights", weights)
    target = _symmetric(target)
    if any(tuple(layer.shape[-2:]) != target.shape for layer in layers):
        raise ValueError(f"weights: expected square layers of the size of the target, {target.shape}")
    return SymmetryDefects(
        _largest(layer - layers[0] for layer in layers),
        _largest(layer @ target - target @ layer for layer in layers),
        _largest(layer - np.swapaxes(other, -1, -2) for layer, other in zip(layers, layers[::-1], strict=True)),
    )


def detect_rounding_escape(run: Descent, target: Any, learning_rate: float, *, tol: float = 1e-6) -> RoundingEscape:
    """Compare descent from the identity, quadratic loss and identity second moments, with exact arithmetic.

    Args:
        run: One run of :func:`~lossland.linear_networks.descend` from the identity, NumPy, with records.
        target: Its symmetric target R.
        learning_rate: Its step size.
        tol: How far below the exact loss counts as an escape.

    Returns:
        RoundingEscape: whether and when, with both losses and the defects that grew.

    Raises:
        ValueError: If the run does not begin at the identity, or the target is not symmetric.

    >>> from lossland.linear_networks import descend, identity_init, quadratic_loss
    >>> run = descend(identity_init(1, 2), quadratic_loss([[-0.7]]), 0.05, 400, record_every=100)
    >>> detect_rounding_escape(run, [[-0.7]], 0.05).escaped
    False
    """
    target = _symmetric(target)
    layers, _ = check_weights("run.weights", run.weights)
    if any(layer.ndim != 3 or not np.array_equal(layer[0], np.eye(len(target))) for layer in layers):
        raise ValueError("run: expected one run that begins with all layers the identity")
    tol = _checks.real_number("tol", tol, low=0.0)
    values = np.linalg.eigvalsh(target)
    strengths = strengths_from_identity(values, len(layers), learning_rate, int(run.recorded_steps[-1]))
    exact = np.sum((strengths[run.recorded_steps] - values) ** 2, axis=-1) / 2
    losses = np.asarray(run.losses)
    below = losses < exact - tol
    step = int(run.recorded_steps[np.argmax(below)]) if np.any(below) else -1
    return RoundingEscape(bool(np.any(below)), step, losses, exact, symmetry_defects(layers, target))


def predicted_escape_time(target: Any, *, defect: Any = 2.0**-52, input_variance: Any = 1.0) -> np.ndarray:
    r"""Time :math:`\ln(1/\varepsilon)/(s|r|)` after which a difference of two layers has grown to order 1, for K = 2.

    Args:
        target: Strength r < 0 of the stuck mode.
        defect: The difference :math:`\varepsilon` that rounding makes.
        input_variance: Variance s > 0 of the input along the mode.

    Raises:
        ValueError: If the target is not negative.

    >>> round(float(predicted_escape_time(-0.7)), 1)
    51.5
    """
    target = _checks.real_array("target", target)
    if np.any(target >= 0):
        raise ValueError(f"target: expected a negative strength, got {float(target.max()):g}; others are not stuck")
    defect = _checks.real_array("defect", defect, low=np.finfo(float).tiny)
    return np.asarray(-np.log(defect) / (_checks.real_array("input_variance", input_variance) * np.abs(target)))


def _symmetric(target: Any) -> np.ndarray:
    target = _checks.real_array("target", target)
    if target.ndim != 2 or target.shape[0] != target.shape[1]:
        raise ValueError(f"target: expected a square matrix, got shape {target.shape}")
    if np.abs(target - target.T).max() > 1e-9 * max(np.abs(target).max(), 1e-300):
        raise ValueError("target: expected a symmetric matrix, as the start from the identity is solved for those")
    return (target + target.T) / 2


def _largest(matrices) -> np.ndarray:
    return np.max([np.sqrt(np.sum(matrix**2, axis=(-2, -1))) for matrix in matrices], axis=0)
