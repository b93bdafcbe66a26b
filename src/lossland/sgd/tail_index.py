r"""How heavy the tails of measured noise are.

If :math:`P(|\epsilon|>u)\approx cu^{-\alpha}`, Hill's estimate from the k largest of N is
:math:`\hat\alpha^{-1}=\frac1k\sum_{i\le k}\log\frac{X_{(i)}}{X_{(k+1)}}`, with relative error :math:`1/\sqrt k`
(Hill 1975).  Below 2 the variance is infinite, and the spread of the iterates falls with the step only as
:math:`\eta^{1-1/\alpha}`: see :func:`~lossland.sgd.stationary.stable_spread`.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from lossland import _checks


class TailIndex(NamedTuple):
    """Estimate of a tail index, with its standard error for exact power tails."""

    index: float
    standard_error: float


def tail_index(samples: Any, n_largest: int) -> TailIndex:
    """Hill's estimate of the tail index of absolute values.

    Args:
        samples: Independent samples, any shape.
        n_largest: Number k of the largest absolute values that are used, the next one being the threshold.

    Raises:
        ValueError: If there are not more than ``n_largest`` samples, or the threshold is 0.

    >>> pareto = np.random.default_rng(0).uniform(size=100_000) ** (-1 / 1.5)
    >>> abs(tail_index(pareto, 5000).index - 1.5) < 0.1
    True
    """
    sizes = np.abs(_checks.real_array("samples", samples)).ravel()
    count = _checks.integer("n_largest", n_largest, low=1, high=sizes.size - 1)
    top = np.sort(np.partition(sizes, sizes.size - count - 1)[-count - 1 :])
    if top[0] == 0 or top[-1] == top[0]:
        raise ValueError("samples: expected different positive sizes among the largest, got a constant tail")
    index = 1 / float(np.mean(np.log(top[1:] / top[0])))
    return TailIndex(index, index / np.sqrt(count))
