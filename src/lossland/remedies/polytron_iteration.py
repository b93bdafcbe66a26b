r"""The gradient iteration of a polytron, as printed and corrected, and where each of them ends.

For :math:`J=\frac12\int(f-\sum_iw_i\phi_i)^2\Psi` the direction of descent at the samples of a batch is

.. math:: -\nabla_kJ=\sum_x\Bigl(f(x)-\sum_iw_i\phi_i(x)\Bigr)\phi_k(x)\Psi(x) \qquad\text{(corrected)},

.. math:: \sum_xf(x)\phi_k(x)\Psi(x)-w_k\sum_{i=0}^N\sum_x\phi_i(x)\phi_k(x)\Psi(x) \qquad\text{(printed)}.

Printed are :math:`w_k` before the sum, where :math:`w_i` belongs into it, and no sum over x in the second term; it is
read here with the sum of the first.  Both have the sign of descent, not of the gradient.  With the
Gram matrix :math:`G_{ik}=\sum_x\phi_i\phi_k\Psi` and :math:`f_k=\sum_xf\phi_k\Psi` they rest at

.. math:: w=G^{-1}f\ \text{(corrected)},\qquad w_k=f_k\Big/\sum_iG_{ik}\ \text{(printed)},

which agree where G is diagonal: for quadrature weights in place of the density at Gauss nodes, and nowhere else.
Where a sum :math:`\sum_iG_{ik}` is negative, the printed iteration diverges at any step.  Samples that are
already drawn with the density :math:`\Psi` must not be weighted with it again.

Source: Glukhov (2024), equations 42 and 43.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy import special

from lossland import _checks
from lossland.remedies.orthogonal_bases import OrthonormalBasis, check_basis
from lossland.remedies.polynomial_values import evaluate

FORMS = ("corrected", "printed")


class Iteration(NamedTuple):
    """What an iteration came to.

    Attributes:
        coefficients: Coefficients after each step, the start first, (n_steps + 1, N + 1); after a divergence infinite.
        converged: Whether the last step moved by less than the tolerance, relative to the coefficients.
        diverged: Whether coefficients left the range of numbers below 1e100.
    """

    coefficients: np.ndarray
    converged: bool
    diverged: bool


def sample_weights(basis: OrthonormalBasis, x, weighting: str = "density") -> np.ndarray:
    r"""Return what each sample of a batch weighs: the density, as in the paper, or nothing but 1 / M.

    Args:
        basis: The basis.
        x: Points (M,) inside the domain.
        weighting: ``"density"``: :math:`\Psi(x)/M`, for points that are spread evenly.  ``"equal"``: 1 / M, for points
            that were drawn with the density.

    Raises:
        TypeError: If ``basis`` is none.
        ValueError: If ``weighting`` is none of these, a point is outside the domain, or the density there infinite.
    """
    check_basis(basis)
    x = _checks.real_array("x", x, low=basis.domain[0], high=basis.domain[1])
    if x.ndim != 1 or not x.size:
        raise ValueError(f"x: expected points (M,), got an array of shape {x.shape}")
    if weighting not in ("density", "equal"):
        raise ValueError(f"weighting: expected density or equal, got {weighting!r}")
    weights = basis.density(x) if weighting == "density" else np.ones_like(x)
    if not np.all(np.isfinite(weights)):
        raise ValueError(f"x: expected points where the density of {basis.name} is finite, got an end of the domain")
    return weights / len(x)


def batch_direction(basis: OrthonormalBasis, coefficients, x, y, weights, *, form: str = "corrected") -> np.ndarray:
    """Return the direction in which a batch moves the coefficients.

    Args:
        basis: The basis.
        coefficients: (N + 1,).
        x: Points (M,).
        y: Values (M,).
        weights: What each sample weighs, (M,): see :func:`sample_weights`, or the weights of a Gauss rule.
        form: ``"corrected"`` or ``"printed"``.

    Returns:
        (N + 1,): minus the gradient of half the weighted mean square error, or what is printed for it.

    Raises:
        TypeError: If ``basis`` is none.
        ValueError: If shapes do not fit, or ``form`` is none of these.

    >>> from lossland.remedies import legendre
    >>> x = np.array([-0.5, 0.5])
    >>> batch_direction(legendre(), [0.0, 1.0], x, 3**0.5 * x, [0.5, 0.5]).round(9) + 0.0  # it fits
    array([0., 0.])
    """
    coefficients = _checks.real_array("coefficients", coefficients)
    if coefficients.ndim != 1 or not coefficients.size:
        raise ValueError(f"coefficients: expected a vector (N + 1,), got an array of shape {coefficients.shape}")
    gram, moments = _normal_equations(basis, x, y, weights, coefficients.size - 1)
    return moments - _apply(gram, coefficients, _check_form(form))


def fixed_point(basis: OrthonormalBasis, x, y, weights, degree: int, *, form: str = "corrected") -> np.ndarray:
    """Return the coefficients at which the direction of a batch vanishes.

    Args:
        basis: The basis.
        x: Points (M,).
        y: Values (M,).
        weights: What each sample weighs, (M,).
        degree: Highest degree N.
        form: ``"corrected"`` or ``"printed"``.

    Returns:
        (N + 1,).

    Raises:
        TypeError: If ``basis`` is none.
        ValueError: If shapes do not fit, ``form`` is none of these, or the samples do not determine the coefficients.
    """
    form = _check_form(form)
    gram, moments = _normal_equations(basis, x, y, weights, degree)
    if form == "printed":
        return moments / gram.sum(axis=0)
    if np.linalg.matrix_rank(gram, hermitian=True) <= degree:
        raise ValueError(f"x: expected samples that determine {degree + 1} coefficients, got {len(np.asarray(x))}")
    return np.linalg.solve(gram, moments)


def largest_step(basis: OrthonormalBasis, x, weights, degree: int, *, form: str = "corrected") -> float:
    """Return the step size below which the iteration of one batch converges; 0 if none does.

    Args:
        basis: The basis.
        x: Points (M,).
        weights: What each sample weighs, (M,).
        degree: Highest degree N.
        form: ``"corrected"`` or ``"printed"``.

    Returns:
        Corrected: two over the largest eigenvalue of the Gram matrix, if none is negative; with fewer samples than
        coefficients it converges, too, to one of many fits.  Printed: two over its largest column sum if all are
        positive.

    Raises:
        TypeError: If ``basis`` is none.
        ValueError: If shapes do not fit, or ``form`` is none of these.
    """
    form = _check_form(form)
    gram, _ = _normal_equations(basis, x, np.zeros(len(np.asarray(x))), weights, degree)
    if form == "printed":
        rates = gram.sum(axis=0)
        return float(2 / rates.max()) if rates.min() > 0 else 0.0
    rates = np.linalg.eigvalsh(gram)
    rounding = len(rates) * np.finfo(float).eps * np.abs(rates).max()
    return float(2 / rates.max()) if rates.min() >= -rounding and rates.max() > 0 else 0.0


def iterate_polytron(
    basis: OrthonormalBasis, x, y, weights, degree: int, *, form: str = "corrected", learning_rate: float,
    n_steps: int, tol: float = 1e-12,
) -> Iteration:  # fmt: skip
    """Iterate on one batch from zero.

    Args:
        basis: The basis.
        x: Points (M,).
        y: Values (M,).
        weights: What each sample weighs, (M,).
        degree: Highest degree N.
        form: ``"corrected"`` or ``"printed"``.
        learning_rate: Step size, above zero.
        n_steps: Number of steps.
        tol: Relative size of the last step at which it counts as converged.

    Returns:
        Iteration: all coefficients, and whether they came to rest or left the range of numbers.

    Raises:
        TypeError: If ``basis`` is none.
        ValueError: If shapes do not fit, or a number is out of range.

    >>> from lossland.remedies import gauss_rule, legendre
    >>> rule = gauss_rule(legendre(), 9)
    >>> run = iterate_polytron(legendre(), *rule[:1], np.exp(rule.nodes), rule.weights, 5, learning_rate=1, n_steps=2)
    >>> run.converged  # one step, at Gauss nodes
    True
    """
    form, n_steps = _check_form(form), _checks.integer("n_steps", n_steps, low=1)
    learning_rate = _checks.real_number("learning_rate", learning_rate)
    if learning_rate <= 0:
        raise ValueError(f"learning_rate: expected a number above zero, got {learning_rate:g}")
    gram, moments = _normal_equations(basis, x, y, weights, degree)
    path = np.full((n_steps + 1, degree + 1), np.inf)
    path[0] = 0.0
    for step in range(n_steps):
        path[step + 1] = path[step] + learning_rate * (moments - _apply(gram, path[step], form))
        if np.max(np.abs(path[step + 1])) > 1e100:
            path[step + 1 :] = np.inf
            return Iteration(path, converged=False, diverged=True)
    last = np.max(np.abs(path[-1] - path[-2]))
    return Iteration(path, bool(last <= tol * max(np.max(np.abs(path[-1])), 1e-300)), diverged=False)


def double_density_gram(degree: int) -> np.ndarray:
    r"""Return what Laguerre's Gram matrix becomes if the density counts twice, :math:`\binom{i+j}i/2^{i+j+1}`.

    That is the mean of :math:`\phi_i\phi_j\Psi` over samples that were drawn with :math:`\Psi=e^{-x}`.

    Args:
        degree: Highest degree N.

    Returns:
        (N + 1, N + 1).

    Raises:
        ValueError: If ``degree`` is negative.

    >>> double_density_gram(1)
    array([[0.5 , 0.25],
           [0.25, 0.25]])
    """
    i = np.arange(_checks.integer("degree", degree, low=0) + 1)
    total = i[:, None] + i
    return special.binom(total, i) / 2.0 ** (total + 1)


def _apply(gram: np.ndarray, coefficients: np.ndarray, form: str) -> np.ndarray:
    return gram @ coefficients if form == "corrected" else coefficients * gram.sum(axis=0)


def _normal_equations(basis, x, y, weights, degree):
    """Gram matrix and moments of a batch."""
    x, y, weights = (_checks.real_array(name, value) for name, value in (("x", x), ("y", y), ("weights", weights)))
    if x.ndim != 1 or not x.size:
        raise ValueError(f"x: expected points (M,), got an array of shape {x.shape}")
    for name, value in (("y", y), ("weights", weights)):
        if value.shape != x.shape:
            raise ValueError(f"{name}: expected one for each of {len(x)} points, got an array of shape {value.shape}")
    values = evaluate(basis, x, _checks.integer("degree", degree, low=0))
    return values.T @ (values * weights[:, None]), values.T @ (y * weights)


def _check_form(form: str) -> str:
    if form not in FORMS:
        raise ValueError(f"form: expected one of {', '.join(FORMS)}, got {form!r}")
    return form
