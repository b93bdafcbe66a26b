r"""What happens to the law of neurons on the way: moments on the segment and on the arc, in closed form.

Let X and Y be independent with the same law, of mean :math:`\mu` and covariance :math:`\Sigma`.  A path
:math:`\alpha(t)X + \beta(t)Y` has

.. math:: \text{mean } (\alpha+\beta)\,\mu, \qquad \text{covariance } (\alpha^2+\beta^2)\,\Sigma, \qquad
   \text{excess kurtosis } \frac{\alpha^4+\beta^4}{(\alpha^2+\beta^2)^2}\,\kappa

(:math:`\kappa` that of one coordinate of X; fourth cumulants add).  On the *segment* :math:`(\alpha,\beta) = (1-t, t)`,
on the *arc* :math:`(\cos\frac{\pi t}2, \sin\frac{\pi t}2)`: the one keeps the mean, the other the covariance.  An arc
around the mean, :math:`\mu + \alpha(X-\mu) + \beta(Y-\mu)`, keeps both.  A Gaussian law is kept when these two are.
Yarotsky, *Optimization of neural networks*, "Main example: connecting normal distributions".
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from lossland import _checks

KINDS = ("segment", "arc", "centered arc")


class PathMoments(NamedTuple):
    """Factors by which moments of the law differ from those at the ends, each of the shape of ``t``.

    Attributes:
        mean: Factor of the mean.
        covariance: Factor of the covariance.
        excess_kurtosis: Factor of the excess kurtosis of each coordinate.
    """

    mean: np.ndarray
    covariance: np.ndarray
    excess_kurtosis: np.ndarray


def path_moments(kind: str, t) -> PathMoments:
    """Factors of mean, covariance and excess kurtosis at the point ``t`` of a path between independent samples.

    Args:
        kind: ``"segment"``, ``"arc"`` or ``"centered arc"``.
        t: Points of the path, in [0, 1].

    Returns:
        PathMoments: factors of the shape of ``t``.

    Raises:
        ValueError: If the kind is unknown or a point lies outside of [0, 1].

    >>> moments = path_moments("segment", [0.0, 0.25, 1.0])
    >>> moments.mean, moments.covariance
    (array([1., 1., 1.]), array([1.   , 0.625, 1.   ]))
    """
    if kind not in KINDS:
        raise ValueError(f"kind: expected one of {', '.join(KINDS)}, got {kind!r}")
    t = _checks.real_array("t", t, low=0.0, high=1.0)
    alpha, beta = (1 - t, t) if kind == "segment" else (np.cos(np.pi * t / 2), np.sin(np.pi * t / 2))
    squares = alpha**2 + beta**2
    mean = np.ones_like(t) if kind == "centered arc" else alpha + beta
    return PathMoments(mean, squares, (alpha**4 + beta**4) / squares**2)
