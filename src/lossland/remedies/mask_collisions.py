r"""How likely random masks are all different: the exact law, and the pairs that are expected to coincide.

Each of m inputs of a unit is cut with probability :math:`\rho`, independently.  Two units get the same mask with
probability :math:`s^m`, :math:`s=\rho^2+(1-\rho)^2`.  A mask that keeps k inputs has probability
:math:`p_k=(1-\rho)^k\rho^{m-k}` and there are :math:`\binom mk` of them, so that n units have n different masks with
probability

.. math:: P=n!\,[t^n]\prod_{k=0}^m(1+p_kt)^{\binom mk}.

The coefficient is taken after the substitution :math:`t=n\,u` and division by :math:`e^n`: each factor becomes the law
of the number of units that keep k inputs, were it Poisson, times the probability that they differ.  All terms are
positive, so nothing cancels.  The usual estimate :math:`\exp(-\binom n2s^m)` is good while collisions are rare and
wrong where they are not.

Source: Glukhov (2024), equation 37 (of the columns of B, not of W) and the text behind it.
"""

from __future__ import annotations

import math

import numpy as np
from scipy import special

from lossland import _checks


def same_mask_probability(n_inputs: int, zero_rate: float) -> float:
    r"""Return the probability that two units get the same mask, :math:`(\rho^2+(1-\rho)^2)^m`.

    Args:
        n_inputs: Number of inputs m.
        zero_rate: Probability :math:`\rho` of a zero, in [0, 1).

    Raises:
        ValueError: If an argument is out of range.

    >>> same_mask_probability(3, 0.5)
    0.125
    """
    n_inputs, zero_rate = _checks.integer("n_inputs", n_inputs, low=1), _rate(zero_rate)
    return (zero_rate**2 + (1 - zero_rate) ** 2) ** n_inputs


def expected_collisions(n_inputs: int, n_units: int, zero_rate: float) -> float:
    """Return the expected number of pairs of units with the same mask.

    Args:
        n_inputs: Number of inputs.
        n_units: Number of units.
        zero_rate: Probability of a zero, in [0, 1).

    Raises:
        ValueError: If an argument is out of range.

    >>> round(expected_collisions(100, 100, 0.01))
    670
    """
    n_units = _checks.integer("n_units", n_units, low=1)
    return math.comb(n_units, 2) * same_mask_probability(n_inputs, zero_rate)


def probability_of_distinct_units(n_inputs: int, n_units: int, zero_rate: float) -> float:
    """Return the exact probability that random masks are all different.

    Args:
        n_inputs: Number of inputs of a unit.
        n_units: Number of units.
        zero_rate: Probability of a zero, in [0, 1).

    Returns:
        The probability; 0 if there are more units than masks, or if it is below 1e-300.

    Raises:
        ValueError: If an argument is out of range.

    >>> round(probability_of_distinct_units(8, 8, 0.5), 4)
    0.8954
    """
    n_inputs, n_units = _checks.integer("n_inputs", n_inputs, low=1), _checks.integer("n_units", n_units, low=1)
    zero_rate = _rate(zero_rate)
    if n_inputs < 1024 and n_units > 2**n_inputs:
        return 0.0
    law = np.ones(1)
    for kept in range(n_inputs + 1):
        law = np.convolve(law, _different(n_inputs, n_units, zero_rate, kept))[: n_units + 1]
    coefficient = law[n_units] if len(law) > n_units else 0.0
    return float(min(1.0, coefficient / math.exp(n_units * math.log(n_units) - n_units - math.lgamma(n_units + 1))))


def least_fan_in(n_units: int, zero_rate: float, failure: float) -> int:
    """Return the least number of inputs with which random masks coincide at most this often.

    Args:
        n_units: Number of units, at least 2.
        zero_rate: Probability of a zero, inside (0, 1).
        failure: Largest allowed probability that two masks are equal, inside (0, 1).

    Returns:
        The number of inputs.  For a failure below 1e-9, or beyond 10,000 inputs, it is taken from the expected number
        of equal pairs: it then suffices, and is hardly more than the least.

    Raises:
        ValueError: If an argument is out of range: without zeros, all masks are the same for any number of inputs.

    >>> least_fan_in(2, 0.5, 0.125)
    3
    """
    n_units, zero_rate = _checks.integer("n_units", n_units, low=2), _rate(zero_rate)
    failure = _checks.real_number("failure", failure)
    if not 0 < failure < 1:
        raise ValueError(f"failure: expected a probability inside (0, 1), got {failure:g}")
    if not zero_rate:
        raise ValueError("zero_rate: expected a rate inside (0, 1), got 0: without zeros all masks are the same")
    log_same = math.log1p(-2 * zero_rate * (1 - zero_rate))
    high = max(1, math.ceil((math.log(failure) - math.log(math.comb(n_units, 2))) / log_same))  # the sum over pairs
    low = high - 1 if failure < 1e-9 or high > 10_000 else 0  # near 1 the exact law has no digits left for so little
    while high - low > 1:
        middle = (low + high) // 2
        enough = 1 - probability_of_distinct_units(middle, n_units, zero_rate) <= failure
        low, high = (low, middle) if enough else (middle, high)
    return high


def _different(n_inputs: int, n_units: int, zero_rate: float, kept: int) -> np.ndarray:
    """Poisson law of the units that keep so many inputs, each number times the probability that they all differ."""
    log_masks = special.gammaln(n_inputs + 1) - special.gammaln(kept + 1) - special.gammaln(n_inputs - kept + 1)
    log_share = log_masks + special.xlogy(kept, 1 - zero_rate) + special.xlogy(n_inputs - kept, zero_rate)
    mean = n_units * math.exp(log_share)
    count = np.arange(n_units + 1)
    n_masks = math.comb(n_inputs, kept) if log_masks < 30 else math.exp(min(log_masks, 700.0))
    if n_masks <= n_units:
        count = count[: int(n_masks) + 1]
    differ = np.concatenate([[0.0], np.cumsum(np.log1p(-count[:-1] / n_masks))])
    law = np.exp(special.xlogy(count, mean) - mean - special.gammaln(count + 1) + differ)
    return np.trim_zeros(law, "b") if np.any(law) else np.zeros(1)


def _rate(value: float) -> float:
    value = _checks.real_number("zero_rate", value)
    if not 0 <= value < 1:
        raise ValueError(f"zero_rate: expected a rate in [0, 1), got {value:g}")
    return value
