r"""Orthonormal polynomials of a probability measure: the classical families by their recurrences.

With respect to a probability density :math:`\Psi` the polynomials :math:`\phi_0=1,\phi_1,\phi_2,\dots` of degrees
0, 1, 2, ... are orthonormal,

.. math:: \langle\phi_i,\phi_j\rangle=\int\phi_i\phi_j\,\Psi\,dx=\delta_{ij},

and obey a recurrence of three terms,

.. math:: b_{n+1}\phi_{n+1}=(x-a_n)\phi_n-b_n\phi_{n-1}.

Everything else follows from the numbers :math:`a_n,b_n`: values and derivatives, Gauss nodes (the eigenvalues of the
tridiagonal matrix that they make), Gram matrices.  Signs are the classical ones: all leading coefficients are positive
but for Laguerre's, whose polynomials are 1 at zero, as in the recurrence :math:`(n+1)L_{n+1}=(2n+1-x)L_n-nL_{n-1}`.

Source: Glukhov (2024), equations 39 and 44; Gautschi (2004), *Orthogonal Polynomials: Computation and Approximation*,
section 1.5 and table 1.1.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import special

from lossland import _checks

Coefficients = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class OrthonormalBasis:
    r"""Orthonormal polynomials of one probability density.

    Attributes:
        name: Name of the family, with its parameters.
        domain: Where the density lives, ends included where they are finite.
        diagonal: :math:`a_n` for an array of degrees n = 0, 1, ...
        off_diagonal: :math:`b_n` for an array of degrees n = 1, 2, ...; none is zero.
        log_density: :math:`\ln\Psi(x)` for x inside the domain.
    """

    name: str
    domain: tuple[float, float]
    diagonal: Coefficients
    off_diagonal: Coefficients
    log_density: Callable[[np.ndarray], np.ndarray]

    def recurrence(self, degree: int) -> tuple[np.ndarray, np.ndarray]:
        """Return the coefficients that lead up to a degree.

        Args:
            degree: Highest degree N.

        Returns:
            ``a_0 ... a_{N-1}`` and ``b_1 ... b_N``, each (N,).

        Raises:
            ValueError: If ``degree`` is negative.

        >>> legendre().recurrence(2)[1] ** 2 * [3, 15]
        array([1., 4.])
        """
        degree = _checks.integer("degree", degree, low=0)
        n = np.arange(degree, dtype=np.float64)
        return self.diagonal(n), self.off_diagonal(n + 1)

    def density(self, x) -> np.ndarray:
        r"""Return :math:`\Psi(x)`, zero outside the domain; infinite at an end where the density is."""
        x = _checks.real_array("x", x)
        inside = (x >= self.domain[0]) & (x <= self.domain[1])
        with np.errstate(divide="ignore"):
            return np.where(inside, np.exp(self.log_density(np.where(inside, x, _inner_point(self.domain)))), 0.0)

    def __repr__(self) -> str:
        return f"OrthonormalBasis({self.name})"


def legendre() -> OrthonormalBasis:
    r"""Legendre: the uniform law on [-1, 1]; :math:`\phi_n=\sqrt{2n+1}\,P_n`."""
    return OrthonormalBasis(
        "Legendre",
        (-1.0, 1.0),
        np.zeros_like,
        lambda n: n / np.sqrt(4 * n**2 - 1),
        lambda x: np.full_like(x, -math.log(2)),
    )


def chebyshev() -> OrthonormalBasis:
    r"""Chebyshev, first kind: the arcsine law on [-1, 1]; :math:`\phi_n=\sqrt2\,T_n` for n > 0."""
    return OrthonormalBasis(
        "Chebyshev",
        (-1.0, 1.0),
        np.zeros_like,
        lambda n: np.where(n == 1, math.sqrt(0.5), 0.5),
        lambda x: -math.log(math.pi) - 0.5 * (np.log1p(-x) + np.log1p(x)),
    )


def hermite() -> OrthonormalBasis:
    r"""Hermite: the standard Gaussian law; :math:`\phi_n=\mathrm{He}_n/\sqrt{n!}`."""
    return OrthonormalBasis(
        "Hermite", (-math.inf, math.inf), np.zeros_like, np.sqrt, lambda x: -0.5 * x**2 - 0.5 * math.log(2 * math.pi)
    )


def laguerre(alpha: float = 0.0) -> OrthonormalBasis:
    r"""Laguerre: the gamma law of shape alpha + 1 on x >= 0; with alpha = 0 the exponential law and :math:`L_n`.

    Args:
        alpha: Larger than -1.

    Raises:
        ValueError: If ``alpha`` is not.
    """
    alpha = _above_minus_one("alpha", alpha)
    return OrthonormalBasis(
        f"Laguerre, alpha = {alpha:g}" if alpha else "Laguerre",
        (0.0, math.inf),
        lambda n: 2 * n + 1 + alpha,
        lambda n: -np.sqrt(n * (n + alpha)),
        lambda x: special.xlogy(alpha, x) - x - math.lgamma(alpha + 1),
    )


def jacobi(alpha: float, beta: float) -> OrthonormalBasis:
    r"""Jacobi: density proportional to :math:`(1-x)^\alpha(1+x)^\beta` on [-1, 1].

    Args:
        alpha: Larger than -1.
        beta: Larger than -1.

    Raises:
        ValueError: If one of them is not.

    >>> bool(np.allclose(jacobi(0, 0).recurrence(9)[1], legendre().recurrence(9)[1]))
    True
    """
    alpha, beta = _above_minus_one("alpha", alpha), _above_minus_one("beta", beta)
    total = alpha + beta

    def diagonal(n):
        first = (beta - alpha) / (total + 2)
        with np.errstate(invalid="ignore", divide="ignore"):
            later = (beta**2 - alpha**2) / ((2 * n + total) * (2 * n + total + 2))
        return np.where(n == 0, first, later)

    def off_diagonal(n):
        first = 4 * (1 + alpha) * (1 + beta) / ((2 + total) ** 2 * (3 + total))
        s = 2 * n + total
        with np.errstate(invalid="ignore", divide="ignore"):
            later = 4 * n * (n + alpha) * (n + beta) * (n + total) / (s**2 * (s + 1) * (s - 1))
        return np.sqrt(np.where(n == 1, first, later))

    log_mass = (total + 1) * math.log(2) + special.betaln(alpha + 1, beta + 1)
    return OrthonormalBasis(
        f"Jacobi, alpha = {alpha:g}, beta = {beta:g}",
        (-1.0, 1.0),
        diagonal,
        off_diagonal,
        lambda x: special.xlog1py(alpha, -x) + special.xlog1py(beta, x) - log_mass,
    )


def check_basis(basis) -> None:
    """Raise a ``TypeError`` unless ``basis`` is an :class:`OrthonormalBasis`."""
    if not isinstance(basis, OrthonormalBasis):
        raise TypeError(f"basis: expected an OrthonormalBasis such as legendre(), got {type(basis).__name__}")


def _above_minus_one(name: str, value: float) -> float:
    value = _checks.real_number(name, value)
    if value <= -1:
        raise ValueError(f"{name}: expected a number larger than -1, or the density has no integral, got {value:g}")
    return value


def _inner_point(domain: tuple[float, float]) -> float:
    low, high = domain
    return 0.0 if low < 0 < high else low + 1.0
