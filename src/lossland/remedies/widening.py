r"""Widening a pruned network: which widths keep the number of weights, which keep what units can see, and the cost.

The hidden layers of a perceptron are pruned at the rate :math:`\rho`, the output layer is not, for outputs have names
anyway.  Three rules to choose wider hidden layers:

* by the *printed factor* :math:`(1-\rho)^{-1}`.  Between two widened layers the number of weights that are left is
  then multiplied by :math:`(1-\rho)^{-1}`, it does not stay;
* to *equal parameters*: the number that is expected to be left is that of the dense network.  With many inputs the
  factor is near the printed one, between wide hidden layers it is :math:`(1-\rho)^{-1/2}`;
* for *interactions* of q inputs: a unit sees q given inputs with probability :math:`(1-\rho)^q`, so that the number
  of units that see them stays with the factor :math:`(1-\rho)^{-q}`.  The printed factor is the case q = 1.

What depends on all m inputs at once, like their parity, is orthogonal to every unit that misses one.  Random masks
leave such units with probability :math:`(1-\rho)^m`, and of rows that all differ at most one misses nothing.

Source: Glukhov (2024), section 6.2.1, its last sentence; the counts are ours.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from lossland import _checks


class Widening(NamedTuple):
    """Hidden widths for a pruned network, and what they cost.

    Attributes:
        widths: All widths, inputs first, outputs last.
        n_parameters: Expected number of weights and biases that are left after pruning.
        ratio: The same in units of the dense network before widening.
        n_multiplications: Weights of the widened network before pruning: what a dense multiplication with a mask costs.
    """

    widths: tuple[int, ...]
    n_parameters: float
    ratio: float
    n_multiplications: int


def expected_parameters(widths: Sequence[int], zero_rate: float = 0.0) -> float:
    r"""Count the weights and biases that pruning the hidden layers is expected to leave.

    Args:
        widths: Inputs, hidden layers, outputs.
        zero_rate: Probability :math:`\rho` of a zero, in [0, 1).

    Returns:
        The expected number; the weights of the last layer and all biases are kept.

    Raises:
        ValueError: If an argument is out of range, or there is no hidden layer.

    >>> expected_parameters((64, 32, 10)), expected_parameters((64, 32, 10), 0.5)
    (2410.0, 1386.0)
    """
    widths, zero_rate = _widths(widths), _rate(zero_rate)
    weights = [float(a * b) for a, b in pairwise(widths)]
    return (1 - zero_rate) * sum(weights[:-1]) + weights[-1] + sum(widths[1:])


def widen_by_printed_factor(widths: Sequence[int], zero_rate: float) -> Widening:
    r"""Widen all hidden layers by :math:`(1-\rho)^{-1}`.

    Args:
        widths: Inputs, hidden layers, outputs of the dense network.
        zero_rate: Probability :math:`\rho` of a zero, in [0, 1).

    Returns:
        Widening: the widths, rounded, and what they cost.

    Raises:
        ValueError: If an argument is out of range, or there is no hidden layer.

    >>> widen_by_printed_factor((100, 100, 100, 100, 100), 0.5)[:2]
    ((100, 200, 200, 200, 100), 70700.0)
    """
    return widen_for_interactions(widths, zero_rate, 1)


def widen_to_equal_parameters(widths: Sequence[int], zero_rate: float) -> Widening:
    r"""Widen all hidden layers by the one factor that keeps the expected number of parameters.

    Args:
        widths: Inputs, hidden layers, outputs of the dense network.
        zero_rate: Probability :math:`\rho` of a zero, in [0, 1).

    Returns:
        Widening: the widths, rounded; the ratio differs from one by the rounding.

    Raises:
        ValueError: If an argument is out of range, or there is no hidden layer.

    >>> widen_to_equal_parameters((64, 32, 32, 10), 0.5).widths
    (64, 50, 50, 10)
    """
    widths, zero_rate = _widths(widths), _rate(zero_rate)
    return _widened(widths, zero_rate, _factor(widths, zero_rate, expected_parameters(widths)))


def widen_for_interactions(widths: Sequence[int], zero_rate: float, n_inputs: int) -> Widening:
    r"""Widen all hidden layers so that as many units as before see any q given inputs.

    Args:
        widths: Inputs, hidden layers, outputs of the dense network.
        zero_rate: Probability :math:`\rho` of a zero, in [0, 1).
        n_inputs: Number q of inputs that one unit is to see together, at most the number of inputs.

    Returns:
        Widening: the widths, rounded, and what they cost.

    Raises:
        ValueError: If an argument is out of range, there is no hidden layer, or a unit sees so many inputs with a
            probability below 1e-12, so that no width would do.

    >>> [widen_for_interactions((10, 20, 1), 0.5, q).widths[1] for q in (1, 2, 10)]
    [40, 80, 20480]
    """
    widths, zero_rate = _widths(widths), _rate(zero_rate)
    n_inputs = _checks.integer("n_inputs", n_inputs, low=1, high=widths[0])
    seen = (1 - zero_rate) ** n_inputs
    if seen < 1e-12:
        raise ValueError(
            f"n_inputs: a unit sees {n_inputs} inputs at the rate {zero_rate:g} with probability {seen:.1g}, and no "
            "width makes up for less than 1e-12; ask for fewer inputs, or a lower rate"
        )
    return _widened(widths, zero_rate, (1 - zero_rate) ** -n_inputs)


def full_view_probability(n_inputs: int, n_units: int, zero_rate: float) -> float:
    r"""Return the probability that at least one unit of a pruned layer sees all its inputs, or m given ones.

    Args:
        n_inputs: Number m of inputs to be seen together.
        n_units: Number of units n.
        zero_rate: Probability :math:`\rho` of a zero, in [0, 1).

    Returns:
        The probability :math:`1-(1-(1-\rho)^m)^n`.

    Raises:
        ValueError: If an argument is out of range.

    >>> round(full_view_probability(10, 1500, 0.5), 3)
    0.769
    """
    n_inputs, n_units = _checks.integer("n_inputs", n_inputs, low=1), _checks.integer("n_units", n_units, low=1)
    zero_rate = _rate(zero_rate)
    return 1.0 if not zero_rate else -math.expm1(n_units * math.log1p(-((1 - zero_rate) ** n_inputs)))


def narrow_to_parameters(widths: Sequence[int], n_parameters: float) -> tuple[int, ...]:
    """Shrink, or stretch, all hidden layers of a dense network by one factor to a number of parameters.

    Args:
        widths: Inputs, hidden layers, outputs.
        n_parameters: Weights and biases to come near to.

    Returns:
        The widths, rounded, at least 1.

    Raises:
        ValueError: If an argument is out of range, there is no hidden layer, or even one unit a layer is too many.

    >>> narrow_to_parameters((64, 32, 32, 10), expected_parameters((64, 32, 32, 10), 0.5))
    (64, 20, 20, 10)
    """
    widths = _widths(widths)
    n_parameters = _checks.real_number("n_parameters", n_parameters)
    hidden = widths[1:-1]
    least = expected_parameters((widths[0], *(1 for _ in hidden), widths[-1]))
    if n_parameters < least:
        raise ValueError(f"n_parameters: expected at least {least:g}, those of one unit a layer, got {n_parameters:g}")
    factor = _factor(widths, 0.0, n_parameters)
    return (widths[0], *(max(1, round(factor * width)) for width in hidden), widths[-1])


def _factor(widths: tuple[int, ...], zero_rate: float, n_parameters: float) -> float:
    """Factor of the hidden widths with which so many parameters are expected to be left: a quadratic equation."""
    hidden, kept = widths[1:-1], 1 - zero_rate
    square = kept * sum(a * b for a, b in pairwise(hidden))
    linear = kept * widths[0] * hidden[0] + hidden[-1] * widths[-1] + sum(hidden)
    total = n_parameters - widths[-1]
    return total / linear if not square else (math.sqrt(linear**2 + 4 * square * total) - linear) / (2 * square)


def _widened(widths: tuple[int, ...], zero_rate: float, factor: float) -> Widening:
    wide = (widths[0], *(max(1, round(factor * width)) for width in widths[1:-1]), widths[-1])
    left = expected_parameters(wide, zero_rate)
    return Widening(wide, left, left / expected_parameters(widths), sum(a * b for a, b in pairwise(wide)))


def _widths(widths: Sequence[int]) -> tuple[int, ...]:
    return _checks.layer_widths("widths", widths, at_least=3)


def _rate(value: float) -> float:
    value = _checks.real_number("zero_rate", value)
    if not 0 <= value < 1:
        raise ValueError(f"zero_rate: expected a rate in [0, 1), got {value:g}")
    return value
