r"""Heavy ball, gradient descent with momentum (Polyak 1964), and the form in which it is sometimes misprinted.

Polyak's method is :math:`v^{(n+1)}=\alpha\nabla L(w^{(n)})+\beta v^{(n)}`, :math:`w^{(n+1)}=w^{(n)}-v^{(n+1)}`.  With
:math:`w^{(n+1)}=w^{(n)}-v^{(n)}` instead, as on Yarotsky's slides, it steps along the gradient of the iterate before:
a delay that costs most of the stability.  Both are here, so that the difference can be run.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from lossland import _checks
from lossland.descent.iteration import Trajectory, iterate

FORMS = ("polyak", "printed")


class HeavyBallTuning(NamedTuple):
    """Best constants for a quadratic: learning rate, momentum, and the factor by which a step shrinks the error."""

    learning_rate: float
    momentum: float
    rate: float


def heavy_ball(
    gradient: Callable,
    starts,
    learning_rate,
    momentum: float,
    n_steps: int,
    *,
    form: str = "polyak",
    tol: float | None = None,
    record_every: int | None = None,
) -> Trajectory:
    r"""Gradient descent with momentum from every starting point, the first velocity being zero.

    Args:
        gradient: Gradient of the loss at points (n, d), each row on its own.
        starts: Starting points (..., d), NumPy or torch.
        learning_rate: :math:`\alpha>0`, one number or one for each run.
        momentum: :math:`\beta\in[0,1)`, the part of the velocity that is kept.
        n_steps: Most steps that are taken.
        form: "polyak", or "printed" for the version with the old velocity in the step, a delayed gradient.
        tol: Stop a run once the norm of its gradient is at most this, whatever its velocity; None for all steps.
        record_every: Keep every so many iterates; None keeps the start and the end.

    Returns:
        Trajectory: as for :func:`~lossland.descent.gradient_descent`.

    Raises:
        TypeError: If an argument has the wrong type.
        ValueError: If an argument is out of range or ``form`` is unknown.

    >>> run = heavy_ball(lambda w: w, [[1.0]], 0.1, 0.0, 3)  # without momentum: gradient descent
    >>> round(float(run.end[0, 0]), 12) == round(0.9**3, 12)
    True
    """
    beta = _momentum(momentum)
    printed = _form(form) == "printed"

    def advance(point, velocity, slope, rate):
        updated = rate * slope + beta * velocity
        return point - (velocity if printed else updated), updated

    return iterate(gradient, starts, learning_rate, n_steps, advance, tol=tol, record_every=record_every)


def stability_limit(momentum, form: str = "polyak"):
    r"""Largest :math:`\alpha\lambda` for which heavy ball converges on :math:`L=\frac12\lambda w^2`.

    Both roots of the characteristic polynomial lie in the unit disk up to :math:`2(1+\beta)` for Polyak's form
    (:math:`z^2-(1+\beta-\alpha\lambda)z+\beta`) and up to :math:`1-\beta` for the printed one
    (:math:`z^2-(1+\beta)z+\beta+\alpha\lambda`).

    Args:
        momentum: :math:`\beta\in[0,1)`, a number or an array.
        form: "polyak" or "printed".

    >>> stability_limit(0.9), round(stability_limit(0.9, "printed"), 12)
    (3.8, 0.1)
    """
    beta = _momentum(momentum)
    limit = 2 * (1 + beta) if _form(form) == "polyak" else 1 - beta
    return limit if np.ndim(limit) else float(limit)


def contraction_rate(eigenvalues, learning_rate, momentum, form: str = "polyak"):
    r"""Factor per step at which the slowest of the modes :math:`\lambda` shrinks: largest root modulus.

    Args:
        eigenvalues: Curvatures (..., m); the largest factor over the last axis is returned.  One number is one mode.
        learning_rate: :math:`\alpha>0`.
        momentum: :math:`\beta\in[0,1)`.
        form: "polyak" or "printed".

    Returns:
        The spectral radius (...), below 1 exactly if all modes converge.

    >>> round(contraction_rate([1.0, 100.0], 2 / 101, 0.0), 6)  # gradient descent, condition number 100
    0.980198
    """
    x = _checks.real_number("learning_rate", learning_rate, low=0.0) * np.atleast_1d(
        _checks.real_array("eigenvalues", eigenvalues)
    )
    beta = _momentum(momentum)
    trace, determinant = (1 + beta - x, beta + 0 * x) if _form(form) == "polyak" else (1 + beta + 0 * x, beta + x)
    root = np.sqrt(trace.astype(complex) ** 2 - 4 * determinant)
    radius = np.max(np.maximum(np.abs(trace + root), np.abs(trace - root)) / 2, axis=-1)
    return radius if radius.ndim else float(radius)


def optimal_heavy_ball(smallest: float, largest: float) -> HeavyBallTuning:
    r"""Best constant learning rate and momentum on a quadratic with curvatures in an interval (Polyak 1964).

    :math:`\alpha=4/(\sqrt M+\sqrt\mu)^2`, :math:`\beta=\rho^2`, :math:`\rho=(\sqrt\kappa-1)/(\sqrt\kappa+1)`,
    :math:`\kappa=M/\mu`, where :math:`\rho` is the rate; gradient descent reaches :math:`(\kappa-1)/(\kappa+1)`.

    Args:
        smallest: :math:`\mu>0`.
        largest: :math:`M\ge\mu`.

    >>> optimal_heavy_ball(1.0, 100.0).rate == 9 / 11
    True
    """
    smallest = _checks.real_number("smallest", smallest, low=0.0)
    largest = _checks.real_number("largest", largest, low=smallest)
    if not smallest:
        raise ValueError("smallest: expected a positive curvature, got 0; a flat direction has no linear rate")
    low, high = math.sqrt(smallest), math.sqrt(largest)
    rate = (high - low) / (high + low)
    return HeavyBallTuning(4 / (high + low) ** 2, rate**2, rate)


def heavy_ball_time_step(learning_rate, momentum) -> tuple[float, float]:
    r"""Read heavy ball as a particle of unit mass with friction: time step and friction coefficient.

    :math:`w^{(n+1)}-2w^{(n)}+w^{(n-1)}=-(1-\beta)(w^{(n)}-w^{(n-1)})-\alpha\nabla L` discretizes
    :math:`\ddot w+\gamma\dot w+\nabla L=0` with step :math:`h=\sqrt\alpha` and :math:`\gamma=(1-\beta)/\sqrt\alpha`.

    >>> [round(x, 12) for x in heavy_ball_time_step(1e-4, 0.995)]
    [0.01, 0.5]
    """
    alpha, beta = _checks.real_number("learning_rate", learning_rate, low=0.0), _momentum(momentum)
    if not alpha:
        raise ValueError("learning_rate: expected a positive number, got 0")
    return math.sqrt(alpha), float((1 - beta) / math.sqrt(alpha))


def _momentum(momentum):
    beta = _checks.real_array("momentum", momentum, low=0.0, high=1.0)
    if np.any(beta == 1):
        raise ValueError("momentum: expected a number in [0, 1), got 1: the velocity would never be forgotten")
    return beta if beta.ndim else float(beta)


def _form(form: str) -> str:
    if form not in FORMS:
        raise ValueError(f"form: expected one of {', '.join(map(repr, FORMS))}, got {form!r}")
    return form
