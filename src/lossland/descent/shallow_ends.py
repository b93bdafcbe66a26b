r"""How each run of the shallow laboratory ended: a global or a local minimum, dead units, or not at all.

The verdict comes from the loss, the gradient and the Hessian at the end, and from an exact count of the directions in
which nothing changes.  A ReLU network is never alone: :math:`(c,w,b)\to(c/s,sw,sb)` leaves it as it is, dead units may
do what they like, units with a common kink share one coefficient.  So the Hessian of even the best minimum has
eigenvalues zero, and a test for "all positive" would call nothing a minimum.  If it has *no more* of them than there
are such directions, and no negative one, then the loss grows in all others, and the point is a local minimum.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch

from lossland import _checks
from lossland.descent.piecewise_linear import PiecewiseLinear, relu_representation
from lossland.descent.shallow_network import (
    NEAR_END,
    kinks,
    shallow_gradient,
    shallow_hessian,
    shallow_loss,
)

ENDS = ("global minimum", "local minimum", "dead units", "plateau")
UNDECIDED = "undecided"
SILENT = 1e-6  # a coefficient of at most this size counts as zero


class ShallowEnds(NamedTuple):
    """What is known of the ends of m runs.

    Attributes:
        end: One of ENDS, or "undecided" where the Hessian has more zeros than can be accounted for, (m,) texts.
        loss: Loss, (m,).
        gradient_norm: Euclidean norm of the gradient, (m,).
        eigenvalues: Those of the Hessian, increasing, (m, 3n).
        n_flat: Number of independent directions in which the function computed by the network does not change, (m,).
        n_dead: Number of units that are off on the whole interval, (m,).
    """

    end: np.ndarray
    loss: np.ndarray
    gradient_norm: np.ndarray
    eigenvalues: np.ndarray
    n_flat: np.ndarray
    n_dead: np.ndarray


def classify_ends(
    parameters: torch.Tensor,
    target: PiecewiseLinear,
    *,
    gradient_tol: float = 1e-9,
    loss_tol: float = 1e-9,
    eigenvalue_tol: float = 1e-6,
) -> ShallowEnds:
    """Say of each network where descent has left it.

    In this order: a loss of at most ``loss_tol`` is a *global minimum*, for the construction of
    :func:`~lossland.descent.piecewise_linear.relu_representation` shows that the least loss is 0.  A gradient larger
    than ``gradient_tol``, or a negative eigenvalue, is a *plateau*: descent is slow there, but has not ended.  More
    zero eigenvalues than flat directions: *undecided*.  With a dead unit: *dead units*, a local minimum for want of a
    unit that could still learn.  Otherwise a *local minimum* that uses all its units.

    Args:
        parameters: Networks (m, 3n).
        target: What they are to equal.
        gradient_tol: Largest norm of the gradient at an end.
        loss_tol: Largest loss of a global minimum.
        eigenvalue_tol: Eigenvalues of at most this size count as zero.

    Returns:
        ShallowEnds: verdicts, and what they rest on.

    Raises:
        ValueError: If the width is less than the construction of a zero loss needs, so that the least loss is unknown.

    >>> from lossland.descent.piecewise_linear import HAT
    >>> best = torch.tensor(relu_representation(HAT, width=4))
    >>> dead = torch.tensor([1.0, 1, 1, 1, 1, 1, 1, 1, -2, -2, -2, -2], dtype=torch.float64)
    >>> classify_ends(torch.stack([best, dead]), HAT).end.tolist()
    ['global minimum', 'dead units']
    """
    if not isinstance(parameters, torch.Tensor) or parameters.ndim != 2 or parameters.shape[-1] % 3:
        got = tuple(parameters.shape) if isinstance(parameters, torch.Tensor) else type(parameters).__name__
        raise ValueError(f"parameters: expected a tensor (m, 3n), got {got}")
    if not bool(torch.isfinite(parameters).all()):
        raise ValueError("parameters: expected finite numbers, got NaN or infinite entries: did a run diverge?")
    relu_representation(target, width=parameters.shape[-1] // 3)  # the certificate that the least loss is 0
    for name, tol in (("gradient_tol", gradient_tol), ("loss_tol", loss_tol), ("eigenvalue_tol", eigenvalue_tol)):
        _checks.real_number(name, tol, low=0.0)
    loss = shallow_loss(parameters, target).cpu().numpy()
    norm = torch.linalg.vector_norm(shallow_gradient(parameters, target), dim=-1).cpu().numpy()
    eigenvalues = torch.linalg.eigvalsh(shallow_hessian(parameters, target)).cpu().numpy()
    n_flat, n_dead = flat_directions(parameters, target)
    n_zero = np.sum(np.abs(eigenvalues) <= eigenvalue_tol, axis=-1)
    conditions = [
        loss <= loss_tol,
        (norm > gradient_tol) | (eigenvalues[:, 0] < -eigenvalue_tol),
        n_zero > n_flat,
        n_dead > 0,
    ]
    names = [ENDS[0], ENDS[3], UNDECIDED, ENDS[2]]
    return ShallowEnds(np.select(conditions, names, ENDS[1]), loss, norm, eigenvalues, n_flat, n_dead)


def flat_directions(parameters: torch.Tensor, target: PiecewiseLinear) -> tuple[np.ndarray, np.ndarray]:
    """Count the directions in which the networks stay the same function, and the dead units, two arrays (m,).

    A dead unit has three such directions.  The units that are on everywhere make one linear function of all their
    parameters.  Every other unit can be rescaled (or moved, if its coefficient is zero), and units with a common kink
    can pass coefficients to each other, between the two sides of the kink with the help of a linear function.
    """
    c, w, b = (part.cpu().numpy() for part in parameters.reshape(parameters.shape[0], 3, -1).unbind(1))
    t = kinks(parameters).cpu().numpy()
    counts = [_flat_directions_of_one(*row, target) for row in zip(c, w, b, t, strict=True)]
    n_flat, n_dead = np.array(counts).reshape(-1, 2).T
    return n_flat, n_dead


def _flat_directions_of_one(c, w, b, t, target: PiecewiseLinear) -> tuple[int, int]:
    left, right = target.knots[0], target.knots[-1]
    margin = NEAR_END * (right - left)
    bent = (t > left + margin) & (t < right - margin)
    linear = ~bent & (w * (left + right) / 2 + b > 0)
    n_dead, silent = int(np.sum(~bent & ~linear)), np.abs(c) <= SILENT
    clusters = _clusters(t[bent & ~silent], w[bent & ~silent] > 0, margin)
    flat = 3 * n_dead + int(np.sum(bent & ~silent)) + 2 * int(np.sum(bent & silent))
    flat += sum(max(len(side) - 1, 0) for sides in clusters for side in sides)
    two_sided = [(1.0, -sides[0][0]) for sides in clusters if sides[0] and sides[1]]  # x - t, from both sides
    moving = [(1.0, 0.0), (0.0, 1.0)] if np.any(linear & ~silent) else []
    lines = [*zip(w[linear], b[linear], strict=True), *moving]  # what the units that are on everywhere can add
    flat += 3 * int(np.sum(linear)) + len(two_sided) - _rank([*lines, *two_sided])
    return flat, n_dead


def _rank(rows: list[tuple[float, float]]) -> int:
    return int(np.linalg.matrix_rank(np.array(rows), tol=1e-6)) if rows else 0


def _clusters(t: np.ndarray, right_facing: np.ndarray, margin: float) -> list[tuple[list[float], list[float]]]:
    """Group the kinks that agree; for each group those of units on to its right, and of units on to its left."""
    order, groups = np.argsort(t), []
    for i, (place, side) in enumerate(zip(t[order], right_facing[order], strict=True)):
        if i == 0 or place - t[order][i - 1] > margin:
            groups.append(([], []))
        groups[-1][0 if side else 1].append(float(place))
    return groups
