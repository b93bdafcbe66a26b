r"""Risk under two measures: the finite training set, and the population it was drawn from.

:math:`L(W)=\mathbb E_{x\sim\mu}\,l(f(x),\tilde f(x,W))`.  Under the empirical measure
:math:`\mu=\frac1n\sum_i\delta(x-x_i)` it is a mean over samples; for *fixed* W that mean is an unbiased estimate of the
population risk with standard error :math:`\mathrm{sd}(l)/\sqrt n`.  For W *fitted to the same samples* it is biased:
:func:`least_squares_risks` has the exact amount for the linear model.

The population risk of sums of neurons under a standard normal input is a sum of pair kernels
:math:`\mathbb E\,\sigma(v\cdot x)\sigma(w\cdot x)`; for the ReLU, Cho and Saul (2009), equation 6, the objective of
Safran and Shamir (2018).  All losses carry the 1/2 of the quadratic loss.

Source of the two scenarios: Yarotsky, *Optimization of neural networks* (slides), "Model training as a parametric
optimization".
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from lossland import _checks
from lossland.numerics import as_activation, covariance


class Estimate(NamedTuple):
    """A mean over samples with its standard error (ddof 1); both (...) for a batch of sample sets."""

    value: np.ndarray | float
    standard_error: np.ndarray | float


@dataclass(frozen=True)
class EmpiricalMeasure:
    """The measure that gives each of n points the weight 1/n.

    Attributes:
        points: The points (..., n, d), n at least 2; leading dimensions are sample sets of their own.
    """

    points: np.ndarray

    def __post_init__(self) -> None:
        points = _checks.real_array("points", self.points)
        if points.ndim < 2 or points.shape[-2] < 2:
            raise ValueError(f"points: expected at least two points, (..., n, d), got shape {points.shape}")
        object.__setattr__(self, "points", points)

    @property
    def n_samples(self) -> int:
        """Number of points of a sample set."""
        return self.points.shape[-2]

    def expectation(self, function: Callable[[np.ndarray], np.ndarray]) -> Estimate:
        """Mean of ``function``, which takes points (..., n, d) to values (..., n), with its standard error.

        >>> EmpiricalMeasure([[1.0], [3.0]]).expectation(lambda x: x[..., 0])
        Estimate(value=2.0, standard_error=1.0)
        """
        values = np.asarray(function(self.points), dtype=np.float64)
        if values.shape != self.points.shape[:-1]:
            wanted = self.points.shape[:-1]
            raise ValueError(f"function: expected one value for each point, shape {wanted}, got {values.shape}")
        mean, error = values.mean(axis=-1), values.std(axis=-1, ddof=1) / self.n_samples**0.5
        return Estimate(mean, error) if mean.ndim else Estimate(float(mean), float(error))


@dataclass(frozen=True)
class GaussianMeasure:
    """The population of standard normal inputs in R^d.

    Attributes:
        dimension: d.
    """

    dimension: int

    def __post_init__(self) -> None:
        object.__setattr__(self, "dimension", _checks.integer("dimension", self.dimension, low=1))

    def sample(self, n_samples: int, *, n_draws: int | None = None, rng: np.random.Generator) -> EmpiricalMeasure:
        """Draw a sample set of ``n_samples`` points, or ``n_draws`` of them in a leading dimension.

        >>> GaussianMeasure(3).sample(10, n_draws=4, rng=np.random.default_rng(0)).points.shape
        (4, 10, 3)
        """
        n_samples = _checks.integer("n_samples", n_samples, low=2)
        batch = () if n_draws is None else (_checks.integer("n_draws", n_draws, low=1),)
        return EmpiricalMeasure(rng.standard_normal((*batch, n_samples, self.dimension)))


def empirical_risk(loss: Callable, target: Callable, model: Callable, measure: EmpiricalMeasure) -> Estimate:
    r"""Risk :math:`\frac1n\sum_i l(f(x_i),\tilde f(x_i))` of a model on a sample set, with its standard error.

    Args:
        loss: Function of targets and predictions (..., n), for example ``networks.losses.quadratic.value``.
        target: The true response, a function of points (..., n, d) with values (..., n).
        model: The predictive model at fixed parameters, of the same kind.
        measure: The sample set, or a batch of them.

    >>> points = EmpiricalMeasure([[1.0], [3.0]])
    >>> empirical_risk(lambda y, p: (p - y) ** 2 / 2, lambda x: x[..., 0], lambda x: 0 * x[..., 0], points).value
    2.5
    """
    return measure.expectation(lambda points: loss(target(points), model(points)))


def sum_of_neurons(weights, points, activation="relu") -> np.ndarray:
    r"""Shallow network with output weights one, :math:`\sum_i\sigma(w_i\cdot x)`.

    Args:
        weights: (m, d).
        points: (..., d).
        activation: Name or Activation.

    >>> sum_of_neurons([[1.0, 0.0], [0.0, 1.0]], [2.0, -1.0])
    array(2.)
    """
    weights, points = _weights("weights", weights), _checks.real_array("points", points)
    return np.asarray(as_activation(activation)(points @ weights.T).sum(axis=-1))


def population_risk(student, teacher, activation="relu") -> float:
    r"""Exact risk :math:`\frac12\mathbb E\big(\sum_i\sigma(w_i\cdot x)-\sum_j\sigma(v_j\cdot x)\big)^2`, x normal.

    Args:
        student: Weights (n, d) of the model.
        teacher: Weights (k, d) of the true response.
        activation: Name or Activation.

    Returns:
        The quadratic risk, without any sampling.

    Raises:
        ValueError: If the dimensions of the weights differ.

    >>> population_risk([[3.0, 1.0]], [[1.0, 1.0]], "linear")  # half the squared distance
    2.0
    """
    student, teacher = _weights("student", student), _weights("teacher", teacher)
    if student.shape[1] != teacher.shape[1]:
        raise ValueError(f"student: expected weights (n, {teacher.shape[1]}) like the teacher's, got {student.shape}")
    signs = np.concatenate([np.ones(len(student)), -np.ones(len(teacher))])
    kernel = _pair_kernel(np.concatenate([student, teacher]), activation)
    return float(max(signs @ kernel @ signs / 2, 0.0))


def least_squares_risks(n_samples, dimension: int, noise_std: float) -> tuple[np.ndarray, np.ndarray]:
    r"""Expected training and population risk of least squares, exactly, for standard normal inputs.

    The data are :math:`y=v\cdot x+\varepsilon` with :math:`x\in\mathbb R^d` and noise of standard deviation
    :math:`s`; :math:`\hat w` minimizes the empirical quadratic risk.  For any v,

    .. math:: \mathbb E L_n(\hat w)=\frac{s^2}2\Big(1-\frac dn\Big),\qquad
              \mathbb E L(\hat w)=\frac{s^2}2\Big(1+\frac d{n-d-1}\Big).

    The first is the count of residual degrees of freedom, the second the mean of an inverse Wishart matrix.

    Args:
        n_samples: n, at least d; a number or an array.
        dimension: d.
        noise_std: s.

    Returns:
        The two risks in the shape of ``n_samples``; the population risk is infinite for n up to d + 1.

    >>> [float(risk) for risk in least_squares_risks(11, 5, 2.0)]
    [1.0909090909090908, 4.0]
    """
    d = _checks.integer("dimension", dimension, low=1)
    n = _checks.real_array("n_samples", n_samples, low=d)
    half = _checks.real_number("noise_std", noise_std, low=0.0) ** 2 / 2
    spare = n - d - 1
    with np.errstate(divide="ignore"):
        population = np.where(spare > 0, half * (1 + d / np.where(spare > 0, spare, 1)), np.inf)
    return half * (1 - d / n), population


def fit_least_squares(
    n_samples: int, dimension: int, noise_std: float, *, n_draws: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Training and population risk of least squares on drawn data: the simulated twin of :func:`least_squares_risks`.

    Args:
        n_samples: n, at least d.
        dimension: d.
        noise_std: Standard deviation of the noise.
        n_draws: Number of data sets, each with a fit of its own.
        rng: Draws inputs and noise; the true response is a fixed vector of length one.

    Returns:
        Risk of each fit on its own samples, and on the population, both (n_draws,).

    >>> training, population = fit_least_squares(12, 4, 1.0, n_draws=3, rng=np.random.default_rng(0))
    >>> bool((training < population).all())
    True
    """
    d = _checks.integer("dimension", dimension, low=1)
    n, draws = _checks.integer("n_samples", n_samples, low=d), _checks.integer("n_draws", n_draws, low=1)
    noise_std = _checks.real_number("noise_std", noise_std, low=0.0)
    truth, x = np.ones(d) / d**0.5, rng.standard_normal((draws, n, d))
    y = x @ truth + noise_std * rng.standard_normal((draws, n))
    w = np.linalg.solve(x.mT @ x, x.mT @ y[..., None])[..., 0]
    training = ((np.einsum("snd,sd->sn", x, w) - y) ** 2).mean(axis=1) / 2
    return training, ((w - truth) ** 2).sum(axis=1) / 2 + noise_std**2 / 2


def _pair_kernel(weights: np.ndarray, activation) -> np.ndarray:
    """E sigma(v.x) sigma(w.x) for all pairs of rows; a zero row is an input of variance 0."""
    square = np.sum(weights**2, axis=1)
    scale = np.sqrt(np.outer(square, square))
    with np.errstate(invalid="ignore"):
        cosine = np.where(scale > 0, weights @ weights.T / np.where(scale > 0, scale, 1), 0.0)
    np.fill_diagonal(cosine, 1.0)
    return np.asarray(covariance(activation, np.clip(cosine, -1, 1), square[:, None], square[None, :]))


def _weights(name: str, value) -> np.ndarray:
    weights = _checks.real_array(name, value)
    if weights.ndim != 2 or not weights.size:
        raise ValueError(f"{name}: expected weights (neurons, dimension), got shape {weights.shape}")
    return weights
