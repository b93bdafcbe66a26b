r"""Averaging the iterates of a run with a constant step: Polyak and Ruppert.

The average of T successive iterates in equilibrium has variance

.. math:: \frac{\mathrm{Var}_i}{T}\Big[\frac{1+a}{1-a}-\frac{2a(1-a^T)}{T(1-a)^2}\Big]
   \;\to\;\frac{s_i^2}{\lambda_i^2T},\qquad a=1-\eta\lambda_i,

the same as with the best decaying steps, without knowing :math:`\lambda`.  It converges once T is many relaxation
times.  On a quadratic the average is also a better point than the iterates are on average (Jensen).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from lossland import _checks
from lossland.sgd.errors import FlatDirectionError
from lossland.sgd.stationary import stationary_variance


def averaged_variance(eigenvalue: Any, noise_variance: Any, learning_rate: Any, n_averaged: Any) -> np.ndarray:
    """Exact variance of the mean of successive iterates in equilibrium; arguments broadcast.

    Args:
        eigenvalue: Curvature > 0.
        noise_variance: Variance of the gradient noise along the eigenvector.
        learning_rate: Step size.
        n_averaged: Number T of iterates.

    Raises:
        FlatDirectionError: If an eigenvalue is not positive.
        UnstableStepError: If a product of step and curvature is 2 or more.

    >>> [round(float(averaged_variance(1.0, 1.0, 0.1, T)), 6) for T in (1, 10_000)]
    [0.052632, 0.0001]
    """
    count = _checks.real_array("n_averaged", n_averaged, low=1.0)
    single = stationary_variance(eigenvalue, noise_variance, learning_rate)
    x = _checks.real_array("eigenvalue", eigenvalue) * _checks.real_array("learning_rate", learning_rate)
    a = 1 - x
    with np.errstate(divide="ignore"):
        forgotten = np.where(x < 1, -np.expm1(count * np.log1p(-np.minimum(x, 1.0))), 1 - _signed_power(a, count))
    inflation = (1 + a) / x - 2 * a * forgotten / (count * x**2)
    small = count * x < 1e-4  # the two terms cancel: the iterates are one and the same
    return single / count * np.where(small, count * (1 - (count - 1 / count) * x / 3), inflation)


def autocorrelated_error(std: Any, kept: Any, n_samples: Any) -> np.ndarray:
    r"""Standard error of the mean of samples with correlations :math:`a^k`, for many samples:
    :math:`\sigma\sqrt{(1+a)/((1-a)N)}`.

    Args:
        std: Standard deviation of a sample.
        kept: Correlation a of neighbors, in (-1, 1).
        n_samples: Number N.

    Raises:
        FlatDirectionError: If a = 1: the samples never forget.

    >>> round(float(autocorrelated_error(1.0, 0.98, 9900)), 6)  # as 100 independent ones
    0.1
    """
    a = _checks.real_array("kept", kept, low=-1.0, high=1.0)
    if np.any(a == 1):
        raise FlatDirectionError("kept: expected a correlation below 1, got 1; such samples never forget")
    count = _checks.real_array("n_samples", n_samples, low=1.0)
    return _checks.real_array("std", std, low=0.0) * np.sqrt((1 + a) / ((1 - a) * count))


def effective_sample_size(samples: Any) -> float:
    r"""Number of independent samples that a correlated series (T,) or (T, runs) is worth for its mean.

    :math:`N/(1+2\sum_k\rho_k)` with the autocorrelations of the series, summed over pairs of lags while the sum of a
    pair is positive and falls (Geyer 1992, *Practical Markov chain Monte Carlo*).

    Args:
        samples: A stationary series, oldest first; runs are averaged over.

    Raises:
        ValueError: If there are fewer than 4 samples or the series is constant.

    >>> white = np.random.default_rng(0).standard_normal((10_000, 4))
    >>> 36_000 < effective_sample_size(white) <= 44_000
    True
    """
    data = _checks.real_array("samples", samples)
    data = data[:, None] if data.ndim == 1 else data
    if data.ndim != 2 or len(data) < 4:
        raise ValueError(f"samples: expected at least 4 along the first of at most two axes, got shape {data.shape}")
    centered = data - data.mean()
    size = 2 * len(data)
    power = np.abs(np.fft.rfft(centered, n=size, axis=0)) ** 2
    covariances = np.fft.irfft(power, n=size, axis=0)[: len(data)].sum(1) / data.size
    if covariances[0] <= 0:
        raise ValueError("samples: expected a series that varies, got a constant one")
    pairs = covariances[: len(data) // 2 * 2].reshape(-1, 2).sum(1) / covariances[0]
    stop = np.argmax(pairs <= 0) if np.any(pairs <= 0) else len(pairs)
    time = 2 * np.minimum.accumulate(pairs[:stop]).sum() - 1
    return float(data.size / max(time, 1 / np.sqrt(data.size)))


def _signed_power(base, exponent):
    """Power of a base that may be negative, at whole exponents."""
    size = np.abs(base) ** exponent
    return np.where((base < 0) & (exponent % 2 == 1), -size, size)
