r"""How many samples determine the coefficients of degree N: the condition of the sampled Gram matrix.

From samples :math:`x_1\dots x_M` with weights the normal equations of least squares have the matrix

.. math:: G_{ij}=\sum_m\omega_m\,\phi_i(x_m)\phi_j(x_m),

which is the identity for a Gauss rule with more than N nodes, and near it once M is large.  How large is decided by
the peak of the leverage, :math:`K=\sup_x\omega(x)\sum_{n\le N}\phi_n(x)^2` with :math:`\omega=\Psi/\rho` for samples
of density :math:`\rho`:

.. math:: P\bigl(\|G-1\|\ge\tfrac12\bigr)\le2(N+1)\,e^{-cM/K},\qquad c=\tfrac12(1-\ln2).

Uniform samples for Legendre's polynomials have :math:`K=(N+1)^2`, samples of the arcsine law with weights K of the
order N, and the leverage itself as density :math:`K=N+1`, the least there is: about N log N samples.

Source: Cohen, Davenport and Leviatan (2013), *On the stability and accuracy of least squares approximations*, theorem
1; Cohen and Migliorati (2017), *Optimal weighted least-squares methods*; Glukhov (2024), section 6.2.2.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from lossland import _checks
from lossland.remedies.gauss_quadrature import gauss_rule, root_weighted_values
from lossland.remedies.orthogonal_bases import OrthonormalBasis, check_basis
from lossland.remedies.polynomial_values import evaluate

SCHEMES = ("gauss", "equidistant", "uniform", "arcsine", "leverage")
_BOUNDED = ("equidistant", "uniform", "arcsine")
_RATE = (1 - math.log(2)) / 2
_INNER = float(np.nextafter(1.0, 0.0))  # densities can be infinite at 1 itself


class Samples(NamedTuple):
    """Where a function is asked for, and what each answer weighs.

    Attributes:
        points: Points, (M,).
        weights: Weights, (M,); sums with them are estimates of integrals against the density of the basis.
    """

    points: np.ndarray
    weights: np.ndarray


def sample_nodes(
    basis: OrthonormalBasis, n_samples: int, scheme: str, *, degree: int = 0, rng: np.random.Generator | None = None
) -> Samples:
    r"""Choose or draw points with their weights.

    Args:
        basis: The basis.
        n_samples: Number of points M.
        scheme: ``"gauss"``: nodes of the Gauss rule.  ``"equidistant"``: evenly spaced, ends included.  ``"uniform"``:
            random and uniform.  ``"arcsine"``: random with the arcsine law.  ``"leverage"``: random, with density
            proportional to :math:`\Psi\sum_{n\le N}\phi_n^2`, among the nodes of a fine Gauss rule.  Weights are
            the density of the basis over that of the samples.
        degree: Degree N of the leverage.
        rng: Source of randomness for the random schemes.

    Returns:
        Samples: points and weights.

    Raises:
        TypeError: If ``basis`` is none, or a random scheme has no ``rng``.
        ValueError: If ``scheme`` is none of these, or does not fit an unbounded domain, or a number is out of range.

    >>> from lossland.remedies import legendre
    >>> sample_nodes(legendre(), 3, "equidistant").points
    array([-1.,  0.,  1.])
    """
    n_samples = _checks.integer("n_samples", n_samples, low=1)
    degree = _checks.integer("degree", degree, low=0)
    _check_scheme(basis, scheme)
    if scheme in ("uniform", "arcsine", "leverage") and not isinstance(rng, np.random.Generator):
        raise TypeError(f"rng: expected a numpy.random.Generator for random samples, got {type(rng).__name__}")
    if scheme == "gauss":
        rule = gauss_rule(basis, n_samples)
        return Samples(rule.nodes, rule.weights)
    if scheme == "leverage":
        return _leverage_samples(basis, n_samples, degree, rng)
    if scheme == "equidistant":
        points = np.linspace(*basis.domain, n_samples)
        inner = basis.density(np.clip(points, *np.array(basis.domain) * (1 - 1 / n_samples)))
        return Samples(points, inner / inner.sum())
    spread = rng.random(n_samples)
    low, high = basis.domain
    points = np.cos(np.pi * spread).clip(-_INNER, _INNER) if scheme == "arcsine" else low + (high - low) * spread
    drawn = 1 / (np.pi * np.sqrt(1 - points**2)) if scheme == "arcsine" else 1 / (high - low)
    return Samples(points, basis.density(points) / drawn / n_samples)


def sampled_gram(basis: OrthonormalBasis, samples: Samples, degree: int) -> np.ndarray:
    """Return the Gram matrix that samples see.

    Args:
        basis: The basis.
        samples: Points and weights, as from :func:`sample_nodes`.
        degree: Highest degree N.

    Returns:
        (N + 1, N + 1).

    Raises:
        TypeError: If ``basis`` is none.
        ValueError: If points are not finite, weights negative or not one for each point, or ``degree`` is negative.
    """
    values, weights = _weighed(basis, samples, degree)
    return values.T @ (values * weights[:, None])


def gram_condition(basis: OrthonormalBasis, samples: Samples, degree: int) -> float:
    """Return the condition number of the sampled Gram matrix, infinite for fewer points than coefficients.

    Args:
        basis: The basis.
        samples: Points and weights.
        degree: Highest degree N.

    Raises:
        TypeError: If ``basis`` is none.
        ValueError: If points are not finite, weights negative or not one for each point, or ``degree`` is negative.

    >>> from lossland.remedies import legendre
    >>> round(gram_condition(legendre(), sample_nodes(legendre(), 41, "gauss"), 40), 9)
    1.0
    """
    values, weights = _weighed(basis, samples, degree)
    if len(values) <= degree:
        return math.inf
    sizes = np.linalg.svd(values * np.sqrt(weights)[:, None], compute_uv=False)
    return float((sizes[0] / sizes[-1]) ** 2) if sizes[-1] > 0 else math.inf


def peak_leverage(basis: OrthonormalBasis, degree: int, scheme: str) -> float:
    r"""Return :math:`K=\sup\,(\Psi/\rho)\sum_{n\le N}\phi_n^2` of a random scheme.

    Args:
        basis: The basis.
        degree: Highest degree N.
        scheme: ``"uniform"``, ``"arcsine"`` or ``"leverage"``.

    Returns:
        K; infinite where the density grows faster than that of the samples towards an end, as the arcsine law does
        for uniform ones.

    Raises:
        TypeError: If ``basis`` is none.
        ValueError: If ``scheme`` is none of the random ones, or does not fit the domain.

    >>> from lossland.remedies import legendre
    >>> round(peak_leverage(legendre(), 9, "uniform"), 6)  # (N + 1)^2
    100.0
    """
    degree = _checks.integer("degree", degree, low=0)
    if scheme not in ("uniform", "arcsine", "leverage"):
        raise ValueError(f"scheme: expected a random one, uniform, arcsine or leverage, got {scheme!r}")
    _check_scheme(basis, scheme)
    if scheme == "leverage":
        return degree + 1.0
    if _is_unbounded(basis, scheme):
        return math.inf
    angles = np.linspace(0, np.pi, 200 * (degree + 1) + 1)
    peaks = []
    for part in np.array_split(angles if scheme == "uniform" else angles[1:-1], degree + 1):  # in blocks of memory
        points = np.cos(part)
        peaks.append(np.max(_ratio(basis, scheme, part) * np.sum(evaluate(basis, points, degree) ** 2, axis=-1)))
    return float(max(peaks))


def sufficient_samples(basis: OrthonormalBasis, degree: int, scheme: str, *, failure: float = 0.01) -> int:
    """Return a number of samples for which the condition of the Gram matrix is at most 3, but for a small probability.

    Args:
        basis: The basis.
        degree: Highest degree N.
        scheme: ``"gauss"``, ``"uniform"``, ``"arcsine"`` or ``"leverage"``.
        failure: The probability, in (0, 1).

    Returns:
        N + 1 for Gauss nodes; for random ones the number from the bound at the head of this module, which is more
        than what is needed.

    Raises:
        TypeError: If ``basis`` is none.
        ValueError: If an argument is out of range, or the peak of the leverage is infinite.

    >>> from lossland.remedies import legendre
    >>> [sufficient_samples(legendre(), 40, scheme) for scheme in ("gauss", "leverage", "uniform")]
    [41, 2409, 98738]
    """
    degree = _checks.integer("degree", degree, low=0)
    failure = _checks.real_number("failure", failure)
    if not 0 < failure < 1:
        raise ValueError(f"failure: expected a probability in (0, 1), got {failure:g}")
    if scheme == "gauss":
        return degree + 1
    peak = peak_leverage(basis, degree, scheme)
    if math.isinf(peak):
        raise ValueError(
            f"scheme: expected one whose samples reach the ends of the domain as often as the density of {basis.name}, "
            f"got {scheme!r}: the leverage has no bound; try leverage"
        )
    return math.ceil(peak * math.log(2 * (degree + 1) / failure) / _RATE)


def _weighed(basis, samples: Samples, degree: int) -> tuple[np.ndarray, np.ndarray]:
    """Polynomials (M, N + 1) at the points, and the weights (M,)."""
    points, weights = (_checks.real_array(f"samples.{name}", getattr(samples, name)) for name in Samples._fields)
    if points.ndim != 1 or weights.shape != points.shape:
        raise ValueError(f"samples: expected points (M,) and weights (M,), got {points.shape} and {weights.shape}")
    _checks.real_array("samples.weights", weights, low=0.0)
    with np.errstate(over="ignore", invalid="ignore"):
        values = evaluate(basis, points, degree)
    if not np.all(np.isfinite(values)):
        raise ValueError(
            f"samples.points: expected points where polynomials of degree {degree} are in range, "
            f"got up to {np.abs(points).max():g}"
        )
    return values, weights


def _ratio(basis, scheme: str, angles: np.ndarray) -> np.ndarray:
    """The density of a basis over that of a scheme, at the cosines of angles."""
    return basis.density(np.cos(angles)) * (np.pi * np.sin(angles) if scheme == "arcsine" else 2.0)


def _is_unbounded(basis, scheme: str) -> bool:
    """Whether that ratio grows like a power towards an end of [-1, 1]."""
    for near, nearer in ((1e-3, 1e-5), (math.pi - 1e-3, math.pi - 1e-5)):
        here, there = _ratio(basis, scheme, np.array([near, nearer]))
        if there > here * (1 + 1e-3):
            return True
    return False


def _leverage_samples(basis, n_samples: int, degree: int, rng) -> Samples:
    """Nodes of a rule that is exact for the leverage, drawn with the probability of their share of it."""
    rule, share = _leverage(basis, degree)
    chosen = rng.choice(len(share), n_samples, p=share)
    return Samples(rule.nodes[chosen], np.exp(rule.log_weights[chosen]) / share[chosen] / n_samples)


@lru_cache(maxsize=8)
def _leverage(basis: OrthonormalBasis, degree: int):
    n_nodes = max(10 * (degree + 1), 200)
    share = np.sum(root_weighted_values(basis, degree, n_nodes) ** 2, axis=1)
    return gauss_rule(basis, n_nodes), share / share.sum()


def _check_scheme(basis, scheme: str) -> None:
    check_basis(basis)
    if scheme not in SCHEMES:
        raise ValueError(f"scheme: expected one of {', '.join(SCHEMES)}, got {scheme!r}")
    if scheme in _BOUNDED and basis.domain != (-1.0, 1.0):
        raise ValueError(
            f"scheme: expected gauss or leverage for the domain {basis.domain} of {basis.name}, got {scheme!r}, "
            "which is for [-1, 1]"
        )
