r"""Fixed output codes, and the exchanges of the units below that they allow.

An output that measures the distance :math:`\sum_i(y_i-c_{ki})^2` of the last hidden layer from a fixed code
:math:`c_k` sees which unit is which.  Two units can trade places only if all codes agree on them, that is, if their
columns are equal.  With odd activations a unit may also go to a place with the opposite column, and change its sign.

Source: LeCun et al. (1998), section II.B (the codes of LeNet-5); the counts are ours.
"""

from __future__ import annotations

import math

import numpy as np
from scipy.special import gammaln

from lossland import _checks

_SEGMENTS = {0: "abcdef", 1: "bc", 2: "abged", 3: "abgcd", 4: "fgbc", 5: "afgcd", 6: "afgedc", 7: "abc", 8: "abcdefg"}
_SEGMENTS |= {9: "abcdfg"}
_PIXELS = {
    "a": (1, slice(1, 6)), "g": (5, slice(1, 6)), "d": (10, slice(1, 6)),
    "f": (slice(1, 6), 1), "b": (slice(1, 6), 5), "e": (slice(5, 11), 1), "c": (slice(5, 11), 5),
}  # fmt: skip


def seven_segment_codes() -> np.ndarray:
    """Ten pictures of digits on 12 x 7 pixels, made of seven segments, as codes of -1 and 1: (10, 84).

    They are ours: codes of the kind that LeNet-5 has, not its own.

    >>> seven_segment_codes().shape
    (10, 84)
    """
    codes = -np.ones((10, 12, 7))
    for digit, segments in _SEGMENTS.items():
        for segment in segments:
            codes[(digit, *_PIXELS[segment])] = 1
    return codes.reshape(10, 84)


def code_classes(codes: np.ndarray, *, signs: bool = False, n_units: int | None = None) -> tuple[int, ...]:
    """Sizes of the classes of units that the codes do not tell apart, largest first.

    Args:
        codes: One code in a row, (n_classes, n_units), entries of at most two values.
        signs: Whether columns that are opposite count as equal (entries -1 and 1).
        n_units: Number of units that there must be.

    Returns:
        The sizes; they add up to the number of units.

    Raises:
        ValueError: If the codes are no matrix, have more than two values, or the wrong number of columns.

    >>> code_classes([[1, 1, -1, 1], [-1, -1, 1, 1]])
    (2, 1, 1)
    >>> code_classes([[1, 1, -1, 1], [-1, -1, 1, 1]], signs=True)
    (3, 1)
    """
    codes = _checks.real_array("codes", codes)
    if codes.ndim != 2 or (n_units is not None and codes.shape[1] != n_units):
        wanted = f"(n_classes, {'n_units' if n_units is None else n_units})"
        raise ValueError(f"codes: expected a matrix of shape {wanted}, one code in a row, got shape {codes.shape}")
    values = np.unique(codes)
    if len(values) > 2 or (signs and not np.isin(values, (-1, 1)).all()):
        wanted = "entries -1 and 1" if signs else "entries of at most two values"
        raise ValueError(f"codes: expected {wanted}, got {values[:5].tolist()}")
    columns = codes.T * codes[0][:, None] if signs else codes.T
    counts = np.unique(columns, axis=0, return_counts=True)[1]
    return tuple(sorted(map(int, counts), reverse=True))


def log_code_symmetries(codes: np.ndarray, *, signs: bool = False) -> float:
    """Natural logarithm of the number of exchanges of units that leave every distance from a code as it is.

    Args:
        codes: One code in a row, (n_classes, n_units).
        signs: Whether a unit may change its sign on the way (odd activations, codes of -1 and 1).

    Returns:
        The sum of the logarithms of m! over the classes of :func:`code_classes`.

    Raises:
        ValueError: As :func:`code_classes`.

    >>> round(float(np.exp(log_code_symmetries([[1, 1, -1, 1], [-1, -1, 1, 1]]))))
    2
    """
    return float(sum(gammaln(size + 1) for size in code_classes(codes, signs=signs)))


def log_code_bounds(n_units: int, n_classes: int) -> tuple[float, float]:
    r"""Least and largest logarithm of the number of exchanges that any distinct codes of two values can leave.

    Different codes need at least :math:`k=\lceil\log_2 n_{\mathrm{classes}}\rceil` different columns.  Most exchanges
    are left when all other units share one of them: :math:`(n-k+1)!`.  None is left when all columns differ, for
    which there must be enough of them, :math:`2^{n_{\mathrm{classes}}}\ge n`; otherwise the units share evenly.

    Args:
        n_units: Units below the codes.
        n_classes: Number of codes, all different.

    Returns:
        Lower and upper bound, both attained.

    Raises:
        ValueError: If so many codes cannot differ on so few units.

    >>> [round(bound, 3) for bound in log_code_bounds(4, 4)]  # at most 3! exchanges
    [0.0, 1.792]
    """
    n_units, n_classes = (_checks.integer(*p, low=1) for p in (("n_units", n_units), ("n_classes", n_classes)))
    needed = max(1, (n_classes - 1).bit_length())
    if needed > n_units:
        raise ValueError(f"n_classes: expected at most 2**{n_units} codes, all different on n_units, got {n_classes}")
    share, rest = divmod(n_units, 2 ** min(n_classes, 60))
    low = rest * math.lgamma(share + 2) + (2 ** min(n_classes, 60) - rest) * math.lgamma(share + 1)
    return low, math.lgamma(n_units - needed + 2)
