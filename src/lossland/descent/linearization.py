r"""Gradient descent near a stationary point: each eigenvalue of the Hessian has a factor of its own.

:math:`w^{(n+1)}-w_*=(1-\alpha D^2L(w_*))\,(w^{(n)}-w_*)+o(|w^{(n)}-w_*|)`, so a mode with curvature :math:`\lambda` is
multiplied by :math:`1-\alpha\lambda` in each step.  It shrinks for :math:`0<\lambda<2/\alpha`, and grows for
:math:`\lambda<0` *and* for :math:`\lambda>2/\alpha`; on the boundaries the linear part says nothing.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from lossland import _checks

CONVERGES, DIVERGES, UNDECIDED = "converges", "diverges", "undecided"


class Linearization(NamedTuple):
    """The linear part of gradient descent at a stationary point in d dimensions.

    Attributes:
        eigenvalues: Curvatures, increasing, (d,).
        modes: Orthonormal eigenvectors as columns, (d, d).
        factors: What each mode is multiplied by in a step, (d,).
        mode_verdicts: "converges", "diverges" or "undecided" for each mode.
        verdict: "diverges" if some mode does (from almost every start), "converges" if all modes do; else "undecided".
    """

    eigenvalues: np.ndarray
    modes: np.ndarray
    factors: np.ndarray
    mode_verdicts: tuple[str, ...]
    verdict: str

    def iterate(self, deviation, n_steps) -> np.ndarray:
        """Deviations from the point after ``n_steps`` linear steps.

        Args:
            deviation: First deviation, (d,).
            n_steps: One number or an array (k,).

        Returns:
            Array (d,) or (k, d).
        """
        amplitudes = self.modes.T @ np.asarray(deviation, dtype=float)
        powers = self.factors ** np.asarray(n_steps)[..., None]
        return (powers * amplitudes) @ self.modes.T


def linearize(hessian, learning_rate: float, *, tol: float = 1e-9) -> Linearization:
    r"""Linearize gradient descent at a stationary point.

    Args:
        hessian: Hessian there, symmetric, (d, d).
        learning_rate: Step size :math:`\alpha>0`.
        tol: Factors whose size differs from 1 by at most this are undecided.

    Returns:
        Linearization: eigenvalues, modes, factors, verdicts.

    Raises:
        ValueError: If the Hessian is not square or not symmetric, or the step size is not positive.

    >>> linearize([[1.0, 0.0], [0.0, 10.0]], 0.1).verdict
    'converges'
    >>> linearize([[1.0, 0.0], [0.0, 10.0]], 0.25).mode_verdicts  # 10 > 2 / 0.25
    ('converges', 'diverges')
    """
    hessian = _checks.real_array("hessian", hessian)
    if hessian.ndim != 2 or hessian.shape[0] != hessian.shape[1] or not hessian.size:
        raise ValueError(f"hessian: expected a square matrix (d, d), got shape {hessian.shape}")
    scale = max(float(np.max(np.abs(hessian))), 1.0)
    if np.max(np.abs(hessian - hessian.T)) > 1e-8 * scale:
        raise ValueError("hessian: expected a symmetric matrix; second derivatives do not depend on their order")
    learning_rate = _checks.real_number("learning_rate", learning_rate, low=0.0)
    if learning_rate == 0:
        raise ValueError("learning_rate: expected a positive number, got 0")
    tol = _checks.real_number("tol", tol, low=0.0)
    eigenvalues, modes = np.linalg.eigh((hessian + hessian.T) / 2)
    factors = 1 - learning_rate * eigenvalues
    verdicts = tuple(_verdict(abs(factor), tol) for factor in factors)
    overall = next((word for word in (DIVERGES, UNDECIDED) if word in verdicts), CONVERGES)
    return Linearization(eigenvalues, modes, factors, verdicts, overall)


def _verdict(size: float, tol: float) -> str:
    if size < 1 - tol:
        return CONVERGES
    return DIVERGES if size > 1 + tol else UNDECIDED
