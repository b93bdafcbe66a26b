r"""What is guaranteed of gradient descent when only a Lipschitz constant of the gradient is known.

If :math:`|\nabla L(a)-\nabla L(b)|\le M|a-b|` then each step of size :math:`\alpha` satisfies the descent lemma
:math:`L(w^{(n+1)})\le L(w^{(n)})-c\,|\nabla L(w^{(n)})|^2` with :math:`c=\alpha(1-M\alpha/2)` (Nesterov 2004, section
1.2.3).  The lemma is true for every :math:`\alpha`; it promises something for :math:`0<\alpha<2/M`, where
:math:`c>0`.  Summing it bounds the gradients of a whole run, and so the best one, and the steps until one is small.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from lossland import _checks
from lossland.descent.gradient_descent import gradient_descent

if TYPE_CHECKING:
    from lossland.descent.surfaces import Surface

_ROUNDING = 64 * np.finfo(float).eps  # differences of losses carry a few of these
_UNDERFLOW = 1e-300  # below it relative accuracy is lost


class DescentCheck(NamedTuple):
    """The descent lemma along recorded runs; n steps, runs (...).

    Attributes:
        slack: What the lemma leaves over, :math:`L_n-L_{n+1}-c|\\nabla L_n|^2`, (n, ...); NaN after divergence.
        first_violation: First step at which it is negative by more than rounding, (...); -1 if there is none.
        diverged_at: Step at which the run left the bounds of double precision, (...); -1 if it did not.
        sum_of_squares: Sum of the squared gradients of all steps, (...).
        bound: What the theorem allows that sum to be, :math:`(L_0-\\inf L)/c`, (...); infinite for c <= 0.
        best_gradient: Smallest norm of a gradient up to each step, (n, ...).
        best_bound: The theorem's bound on it, (n, ...).
        holds: Whether no step violates the lemma and the sum keeps its bound, (...).
    """

    slack: np.ndarray
    first_violation: np.ndarray
    diverged_at: np.ndarray
    sum_of_squares: np.ndarray
    bound: np.ndarray
    best_gradient: np.ndarray
    best_bound: np.ndarray
    holds: np.ndarray


def descent_constant(learning_rate: float, lipschitz: float) -> float:
    r"""The constant :math:`c=\alpha(1-M\alpha/2)` of the descent lemma; positive exactly for :math:`\alpha<2/M`.

    Args:
        learning_rate: Step size :math:`\alpha>0`.
        lipschitz: Lipschitz constant :math:`M>0` of the gradient.

    Raises:
        ValueError: If one of them is not positive.

    >>> descent_constant(0.5, 2.0), descent_constant(1.0, 2.0)
    (0.25, 0.0)
    """
    learning_rate = _positive("learning_rate", learning_rate)
    return learning_rate * (1 - _positive("lipschitz", lipschitz) * learning_rate / 2)


def squared_gradient_bound(drop: float, learning_rate: float, lipschitz: float) -> float:
    r"""Bound :math:`(L_0-\inf L)/c` on the sum of all squared gradient norms of a run of any length.

    Args:
        drop: :math:`L_0-\inf L`, how far the loss could fall at most.
        learning_rate: Step size.
        lipschitz: Lipschitz constant of the gradient.

    Raises:
        ValueError: If the step size is 2/M or more, where nothing is guaranteed.
    """
    drop = _checks.real_number("drop", drop, low=0.0)
    return drop / _guaranteed_constant(learning_rate, lipschitz)


def best_gradient_bound(drop: float, learning_rate: float, lipschitz: float, n_steps) -> np.ndarray | float:
    r"""Bound :math:`\sqrt{(L_0-\inf L)/(cN)}` on the smallest gradient norm among the first N iterates.

    Args:
        drop: :math:`L_0-\inf L`.
        learning_rate: Step size.
        lipschitz: Lipschitz constant of the gradient.
        n_steps: N, one number or an array of them.

    >>> float(best_gradient_bound(1.0, 1.0, 1.0, 50))  # sqrt(2 M drop / N) for the step 1 / M
    0.2
    """
    n_steps = _checks.real_array("n_steps", n_steps, low=1.0)
    bound = np.sqrt(squared_gradient_bound(drop, learning_rate, lipschitz) / n_steps)
    return bound if bound.ndim else float(bound)


def stopping_bound(drop: float, tol: float, learning_rate: float, lipschitz: float) -> int:
    r"""Most steps that gradient descent takes until :math:`|\nabla L|<\epsilon`: the integer part of (drop)/(c eps^2).

    Every iterate that does not meet the rule costs at least :math:`c\,\epsilon^2` of the loss.

    Args:
        drop: :math:`L_0-\inf L`.
        tol: :math:`\epsilon>0` of the stopping rule.
        learning_rate: Step size.
        lipschitz: Lipschitz constant of the gradient.

    >>> stopping_bound(1.0, 0.1, 0.5, 2.0)
    400
    """
    steps = squared_gradient_bound(drop, learning_rate, lipschitz) / _positive("tol", tol) ** 2
    return math.floor(steps * (1 + _ROUNDING))


def optimal_learning_rate(lipschitz: float) -> float:
    """Step size with the largest guaranteed decrease, 1/M; there c = 1/(2M).

    >>> descent_constant(optimal_learning_rate(4.0), 4.0)
    0.125
    """
    return 1 / _positive("lipschitz", lipschitz)


def check_descent(
    values, gradient_norms, learning_rate: float, lipschitz: float, *, infimum: float, diverged_at=None
) -> DescentCheck:
    """Check the descent lemma, and the theorem that follows from it, along recorded runs.

    Args:
        values: Losses before the first step and after each of n steps, (n + 1, ...).
        gradient_norms: Norms of the gradients at the same points, (n + 1, ...).
        learning_rate: Step size of the runs.
        lipschitz: Lipschitz constant of the gradient, on the region where the runs are.
        infimum: Greatest lower bound of the loss.
        diverged_at: Step at which each run diverged, (...), -1 if it did not; what comes after is not checked.

    Returns:
        DescentCheck: slack of each step, first violation, sums and their bounds.

    Raises:
        ValueError: If the shapes do not match, or a loss lies below ``infimum``.
    """
    values, norms = _checks.real_array("values", values), _checks.real_array("gradient_norms", gradient_norms, low=0.0)
    if values.shape != norms.shape or values.ndim < 1 or len(values) < 2:
        raise ValueError(
            f"gradient_norms: expected the shape (n + 1, ...) of values, {values.shape}, with n >= 1, got {norms.shape}"
        )
    infimum = _checks.real_number("infimum", infimum)
    if np.min(values) < infimum - 1e-12 * (1 + abs(infimum)):
        raise ValueError(f"infimum: expected a lower bound of the losses, got {infimum:g} > {np.min(values):g}")
    c, squares = descent_constant(learning_rate, lipschitz), norms[:-1] ** 2
    slack = values[:-1] - values[1:] - c * squares
    steps = np.arange(1, len(values)).reshape(-1, *[1] * (values.ndim - 1))
    diverged_at = np.full(values.shape[1:], -1) if diverged_at is None else np.asarray(diverged_at)
    slack = np.where((diverged_at >= 0) & (steps >= diverged_at), np.nan, slack)
    size = np.abs(values[:-1]) + np.abs(values[1:]) + abs(c) * squares
    violated = slack < -_ROUNDING * size - _UNDERFLOW
    first = np.where(np.any(violated, axis=0), np.argmax(violated, axis=0) + 1, -1)
    total, drop = np.sum(squares, axis=0), np.maximum(values[0] - infimum, 0.0)
    bound = drop / c if c > 0 else np.full(drop.shape, np.inf)
    with np.errstate(invalid="ignore"):
        best_bound = np.sqrt(bound / steps)
    within = total <= bound * (1 + _ROUNDING) + _ROUNDING
    best = np.sqrt(np.minimum.accumulate(squares, axis=0))
    return DescentCheck(slack, first, diverged_at, total, bound, best, best_bound, (first < 0) & within)


def check_surface(
    surface: Surface, starts, learning_rate: float, n_steps: int, *, lipschitz: float | None = None
) -> DescentCheck:
    """Run gradient descent on a surface and check the descent lemma at every step; see :func:`check_descent`.

    Args:
        surface: The loss.
        starts: Starting points (..., d).
        learning_rate: Step size.
        n_steps: Number of steps.
        lipschitz: Lipschitz constant; by default that of the surface.

    Raises:
        ValueError: If the surface has no global Lipschitz constant and none is given, or is not bounded below.

    >>> from lossland.descent.surfaces import log_sum
    >>> bool(check_surface(log_sum(2), [3.0, -1.0], 0.5, 100).holds)
    True
    """
    lipschitz = surface.gradient_lipschitz if lipschitz is None else lipschitz
    if lipschitz is None:
        raise ValueError(
            f"lipschitz: {surface.name} has no global constant; give one for the region in which the run stays"
        )
    if not math.isfinite(surface.infimum):
        raise ValueError(f"surface: expected one that is bounded below, got {surface.name} with infimum -inf")
    run = gradient_descent(surface.gradient, starts, learning_rate, n_steps, record_every=1)
    with np.errstate(over="ignore", invalid="ignore"):
        values = np.nan_to_num(np.asarray(surface.value(run.points)), nan=1e300, posinf=1e300)
        norms = np.linalg.norm(np.asarray(surface.gradient(run.points)), axis=-1)
        norms = np.nan_to_num(norms, nan=1e150, posinf=1e150)
    return check_descent(
        values, norms, learning_rate, lipschitz, infimum=surface.infimum, diverged_at=np.asarray(run.diverged_at)
    )


def _positive(name: str, value) -> float:
    number = _checks.real_number(name, value, low=0.0)
    if number == 0:
        raise ValueError(f"{name}: expected a positive number, got 0")
    return number


def _guaranteed_constant(learning_rate: float, lipschitz: float) -> float:
    c = descent_constant(learning_rate, lipschitz)
    if c <= 0:
        raise ValueError(
            f"learning_rate: nothing is guaranteed from 2/M = {2 / lipschitz:g} on, got {learning_rate:g}; "
            "take a smaller step"
        )
    return c
