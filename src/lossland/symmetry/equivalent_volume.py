r"""Volume of all clouds around all copies of an optimum: Equation 32 with the right numbers in it.

A cloud with the stationary variances :math:`\eta s^2/(\lambda_k(2-\eta\lambda_k))` of noisy descent occupies
:math:`e^S` of parameter space, S its entropy (the volume of the typical set), and there are
:math:`\|\pi\|=\prod_ln_l!` of them:

.. math::
   \log V^*=\sum_{l=1}^{d-1}\log n_l!\;+\;\frac P2\log2\pi e
   \;+\;\frac12\sum_{k=1}^{P}\log\frac{\eta s^2}{\lambda_k(2-\eta\lambda_k)} .

Equation 32 has :math:`n(\log w-\frac12\overline{\log\lambda})` with one n for two numbers, the neurons :math:`wd` that
are permuted and the parameters P that span the volume, and leaves out the constant, which is as large as the rest.
Per parameter the permutations contribute :math:`\frac1P\sum\log n_l!`, which for layers of w times w is about
:math:`(\log w-1)/w`: it *vanishes* as the network grows.

If :math:`\log V^*` exceeds the volume of the region in which the clouds lie, some of them overlap.  The converse is
false, and nothing follows about which.

Source: Glukhov (2024), arXiv:2411.07008, Equation 32 and the three displays before it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

from lossland import _checks
from lossland.symmetry.permutation_count import log_permutation_count


class EquivalentVolume(NamedTuple):
    """Terms of the logarithm of the volume of all clouds, in nats.

    Attributes:
        n_neurons: Hidden neurons, those that are permuted.
        n_parameters: Weights and biases.
        log_copies: Logarithm of the number of permutations.
        log_cloud: Logarithm of the volume of the typical set of one cloud.
        log_total: Their sum.
        printed: Exponent of Equation 32 with n the hidden neurons, w their mean number in a layer.
    """

    n_neurons: int
    n_parameters: int
    log_copies: float
    log_cloud: float
    log_total: float
    printed: float


def count_parameters(widths: Sequence[int]) -> int:
    """Weights and biases of a fully connected network.

    >>> count_parameters((64, 100, 10))
    7510
    """
    widths = _checks.layer_widths("widths", widths, at_least=2)
    return sum((fan_in + 1) * fan_out for fan_in, fan_out in pairwise(widths))


def copies_per_parameter(widths: Sequence[int]) -> float:
    """Logarithm of the number of permutations over the number of parameters: what copies add to a mean log width.

    Args:
        widths: Inputs, hidden layers, outputs.

    Raises:
        ValueError: If there are fewer than two widths, or one is not positive.

    >>> [round(copies_per_parameter([w] * 4), 4) for w in (10, 100, 1000)]
    [0.0915, 0.024, 0.0039]
    """
    return log_permutation_count(widths) / count_parameters(widths)


def total_volume(
    widths: Sequence[int], eigenvalues: Any, *, noise_variance: float, learning_rate: float
) -> EquivalentVolume:
    """Volume of the clouds around all copies of an optimum, as if none overlapped.

    Args:
        widths: Inputs, hidden layers (at least one), outputs.
        eigenvalues: All P curvatures at the optimum, or their geometric mean; positive and below 2 over the step.
        noise_variance: Variance of one coordinate of the gradient noise.
        learning_rate: Step size.

    Returns:
        EquivalentVolume: in nats.

    Raises:
        ValueError: If the number of eigenvalues is not that of the parameters, one is not positive (a flat direction
            has no equilibrium, and its volume is infinite), or the step is too long.

    >>> found = total_volume((2, 3, 1), 1.0, noise_variance=1.0, learning_rate=0.1)
    >>> found.n_neurons, found.n_parameters, round(math.exp(found.log_copies))
    (3, 13, 6)
    """
    widths = _checks.layer_widths("widths", widths, at_least=3)
    n_parameters, hidden = count_parameters(widths), widths[1:-1]
    values = _checks.real_array("eigenvalues", eigenvalues)
    if values.size not in (1, n_parameters):
        raise ValueError(
            f"eigenvalues: expected one for each of {n_parameters} parameters, or one geometric mean, got {values.size}"
        )
    rate = _checks.real_number("learning_rate", learning_rate, low=1e-300)
    noise = _checks.real_number("noise_variance", noise_variance, low=1e-300)
    if np.any(values <= 0) or np.any(rate * values >= 2):
        raise ValueError(
            f"eigenvalues: expected them in (0, 2 / learning_rate) = (0, {2 / rate:g}), got {values.min():g} to "
            f"{values.max():g}; outside there is no equilibrium, and no volume of one"
        )
    variances = rate * noise / (values * (2 - rate * values))
    log_cloud = n_parameters / 2 * (math.log(2 * math.pi * math.e) + float(np.log(variances).mean()))
    log_copies = log_permutation_count(widths)
    printed = sum(hidden) * (math.log(sum(hidden) / len(hidden)) - float(np.log(values).mean()) / 2)
    return EquivalentVolume(sum(hidden), n_parameters, log_copies, log_cloud, log_copies + log_cloud, printed)
