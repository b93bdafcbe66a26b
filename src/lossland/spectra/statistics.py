r"""A spectrum in a few numbers: how much of it is near zero, how much is negative, how many directions matter.

* ``mean_log``: :math:`\overline{\log\lambda}=\frac1n\sum_i\ln\lambda_i`, the logarithm of the geometric mean.  It is
  :math:`-\infty` if an eigenvalue is 0 and undefined if one is negative, so that eigenvalues are raised to a *floor*
  first, and the floor belongs to the result.
* ``effective_rank``: :math:`(\sum|\lambda_i|)^2/\sum\lambda_i^2`, between 1 and n; n when all are equal in size.

Sources: Glukhov (2024), *Permutative redundancy and uncertainty of the objective in deep learning*, section 5.2, for
the mean logarithm; Sagun, Bottou and LeCun (2017) for the shares.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from lossland import _checks


class SpectrumStatistics(NamedTuple):
    """Summary of a spectrum.

    Attributes:
        size: Number of eigenvalues.
        largest: The largest.
        smallest: The smallest.
        trace: Their sum.
        median: Their median.
        small_share: Share with an absolute value below ``small`` times the largest.
        negative_share: Share below ``-tol`` times the largest absolute value.
        negative_weight: Sum of the absolute values of negative eigenvalues over the sum of all absolute values.
        effective_rank: Participation ratio.
        mean_log: Mean natural logarithm after raising to the floor.
    """

    size: int
    largest: float
    smallest: float
    trace: float
    median: float
    small_share: float
    negative_share: float
    negative_weight: float
    effective_rank: float
    mean_log: float


def spectrum_statistics(
    eigenvalues, *, small: float = 1e-3, floor: float = 1e-6, tol: float = 1e-10
) -> SpectrumStatistics:
    """Summarize all eigenvalues of a symmetric matrix.

    Args:
        eigenvalues: All of them, in any order.
        small: What counts as near zero, as a share of the largest eigenvalue.
        floor: What eigenvalues are raised to before the logarithm is taken.
        tol: Rounding: what is above minus this share of the largest absolute value does not count as negative.

    Returns:
        SpectrumStatistics: plain numbers.

    Raises:
        ValueError: If there are none, or an argument is out of range.

    >>> s = spectrum_statistics([1.0, 1.0, 0.0, -0.5])
    >>> s.negative_share, s.effective_rank == 2.5**2 / 2.25
    (0.25, True)
    """
    values = np.sort(_checks.real_array("eigenvalues", eigenvalues).ravel())
    if not values.size:
        raise ValueError("eigenvalues: expected at least one, got none")
    small, tol = _checks.real_number("small", small, low=0.0), _checks.real_number("tol", tol, low=0.0)
    sizes = np.abs(values)
    total = float(sizes.sum())
    return SpectrumStatistics(
        size=int(values.size),
        largest=float(values[-1]),
        smallest=float(values[0]),
        trace=float(values.sum()),
        median=float(np.median(values)),
        small_share=float(np.mean(sizes < small * values[-1])),
        negative_share=float(np.mean(values < -tol * sizes.max())),
        negative_weight=float(sizes[values < 0].sum()) / total if total else 0.0,
        effective_rank=effective_rank(values),
        mean_log=mean_log_eigenvalue(values, floor=floor),
    )


def mean_log_eigenvalue(eigenvalues, *, floor: float | None = None) -> float:
    r"""Mean natural logarithm :math:`\overline{\log\lambda}`.

    Args:
        eigenvalues: All of them.
        floor: Positive number that they are raised to; without one all must be positive.

    Raises:
        ValueError: If an eigenvalue is not positive and there is no floor.

    >>> mean_log_eigenvalue([1.0, np.e**2])
    1.0
    """
    values = _checks.real_array("eigenvalues", eigenvalues).ravel()
    if floor is None:
        if values.min() <= 0:
            raise ValueError(
                f"eigenvalues: the logarithm needs positive ones, got {values.min():g}; give a floor, and report it"
            )
        return float(np.mean(np.log(values)))
    floor = _checks.real_number("floor", floor, low=np.finfo(float).tiny)
    return float(np.mean(np.log(np.maximum(values, floor))))


def effective_rank(eigenvalues) -> float:
    """Participation ratio: how many eigenvalues carry the spectrum; 0 if all are 0.

    >>> effective_rank([2.0, 2.0, -2.0, 0.0])
    3.0
    """
    values = _checks.real_array("eigenvalues", eigenvalues).ravel()
    squares = float(np.sum(values**2))
    return float(np.sum(np.abs(values))) ** 2 / squares if squares else 0.0
