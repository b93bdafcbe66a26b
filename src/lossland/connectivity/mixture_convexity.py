r"""Convexity of a loss in the distribution of neurons, and its failure for neurons that move.

A loss that is convex in the prediction is convex along mixtures :math:`(1-s)p_A + s\,p_B`, because the prediction is
linear there (Jensen).  Along the path on which the i-th neuron of one network moves straight to the i-th of the other,
the prediction is not linear and nothing follows.  The *gap* of a path at ``s`` is the loss there minus the chord,
:math:`L(s) - (1-s)L(0) - sL(1)`; convexity means that no gap is positive.  See Yarotsky, *Optimization of neural
networks*, "Reduction to distributions".
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from lossland import _checks
from lossland.connectivity.neuron_distribution import (
    NeuronMeasure,
    empirical_measure,
    mixture,
    predict_measure,
)

PredictionLoss = Callable[[np.ndarray], float]


def mixture_gap(
    first: NeuronMeasure, second: NeuronMeasure, share: float, inputs, activation, loss: PredictionLoss
) -> float:
    """Loss of a mixture minus the same mixture of the losses: never positive for a convex loss.

    Args:
        first, second: Measures over neurons.
        share: Share of the second one.
        inputs: Input vectors, (P, d).
        activation: Name or Activation.
        loss: Function of the predictions, (P, m), to a number.

    Returns:
        The gap.

    >>> a, b = empirical_measure([[1.0, 0.0, 1.0]]), empirical_measure([[1.0, 0.0, -1.0]])
    >>> mixture_gap(a, b, 0.5, [[1.0]], "linear", lambda y: float(y[0, 0] ** 2))  # 0 - 1
    -1.0
    """
    ends = [loss(predict_measure(*measure, inputs, activation)) for measure in (first, second)]
    between = loss(predict_measure(*mixture(first, second, share), inputs, activation))
    return float(between - (1 - share) * ends[0] - share * ends[1])


def motion_gap(first, second, share: float, inputs, activation, loss: PredictionLoss) -> float:
    """The gap where neuron i of one network moves straight to neuron i of another: of either sign.

    Args:
        first, second: Atoms of two networks with equally many neurons, (N, d + 1 + m).
        share: How far the neurons have moved, in [0, 1].
        inputs, activation, loss: As in :func:`mixture_gap`.

    Returns:
        The gap.

    Raises:
        ValueError: If the networks differ in shape.

    >>> up, down = [[1.0, 0.0, 1.0]], [[-1.0, 0.0, -1.0]]  # the same function x
    >>> motion_gap(up, down, 0.5, [[1.0]], "linear", lambda y: float((y[0, 0] - 1) ** 2))
    1.0
    """
    share = _checks.real_number("share", share, low=0.0, high=1.0)
    one, two = _checks.real_array("first", first), _checks.real_array("second", second)
    if one.shape != two.shape:
        raise ValueError(f"second: expected neurons of the shape of first, {one.shape}, got {two.shape}")
    stages = [empirical_measure(atoms) for atoms in (one, (1 - share) * one + share * two, two)]
    start, between, end = (loss(predict_measure(*stage, inputs, activation)) for stage in stages)
    return float(between - (1 - share) * start - share * end)
