r"""Gradient descent :math:`w^{(n+1)}=w^{(n)}-\alpha\nabla L(w^{(n)})`, from many starts at once."""

from __future__ import annotations

from collections.abc import Callable

from lossland.descent.iteration import Trajectory, iterate


def gradient_descent(
    gradient: Callable,
    starts,
    learning_rate,
    n_steps: int,
    *,
    tol: float | None = None,
    record_every: int | None = None,
) -> Trajectory:
    r"""Follow the negative gradient with a constant step from every starting point.

    On :math:`L=\frac12\lambda w^2` each step multiplies by :math:`1-\alpha\lambda`, exactly; the runs are stable for
    :math:`\alpha\lambda<2`.  A run that grows beyond 1e150 is stopped, kept at its last iterate within that bound,
    and reported in ``diverged_at``; nothing overflows and nothing is raised.

    Args:
        gradient: Gradient of the loss at points (n, d), each row on its own, for example ``Surface.gradient``.
        starts: Starting points (..., d), NumPy or torch; the runs go side by side in their type and on their device.
        learning_rate: Step size :math:`\alpha>0`, one number or one for each run.
        n_steps: Most steps that are taken.
        tol: Stop a run once the norm of its gradient is at most this; None to take all steps.
        record_every: Keep every so many iterates; None keeps the start and the end.

    Returns:
        Trajectory: recorded points, ends, gradient norms, steps, which runs converged and which diverged when.

    Raises:
        TypeError: If ``gradient`` is no function, or an argument has the wrong type.
        ValueError: If an argument is out of range, or the gradient does not have the shape of the points.

    >>> run = gradient_descent(lambda w: 3 * w, [[1.0], [-2.0]], 0.1, 4)
    >>> run.end[:, 0] / [1.0, -2.0] / 0.7**4
    array([1., 1.])
    """
    return iterate(gradient, starts, learning_rate, n_steps, _advance, tol=tol, record_every=record_every)


def _advance(point, velocity, slope, rate):
    return point - rate * slope, velocity
