"""Inputs that occur twice: harmless with one target, a contradiction with two."""

from __future__ import annotations

import numpy as np

from lossland import _checks


def merge_duplicates(inputs, targets) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Keep one row of each group of equal inputs, provided that they have the same target.

    A function takes one value at one input, so that no model can fit two; equal means equal to the last bit (0 and -0
    are equal).

    Args:
        inputs: Points (n, d).
        targets: Numbers (n,).

    Returns:
        The distinct points (m, d), their targets (m,), and their row numbers in ``inputs`` (m,), increasing.

    Raises:
        ValueError: If equal inputs have different targets (the message names the rows), or a shape does not fit.

    >>> merge_duplicates([[1.0], [2.0], [1.0]], [5.0, 6.0, 5.0])[2].tolist()
    [0, 1]
    >>> merge_duplicates([[1.0], [2.0], [1.0]], [5.0, 6.0, 7.0])
    Traceback (most recent call last):
    ...
    ValueError: targets: rows 0 and 2 of inputs are equal but have different targets, 5 and 7; no function takes both
    """
    points = _checks.real_array("inputs", inputs) + 0.0
    values = _checks.real_array("targets", targets)
    if points.ndim != 2 or not points.size:
        raise ValueError(f"inputs: expected points of shape (n, d) with n, d >= 1, got shape {points.shape}")
    if values.shape != points.shape[:1]:
        raise ValueError(f"targets: expected one number for each input, shape {points.shape[:1]}, got {values.shape}")
    _, first, group = np.unique(points, axis=0, return_index=True, return_inverse=True)
    leader = first[group.reshape(-1)]
    clash = np.flatnonzero(values != values[leader])
    if clash.size:
        row, other = int(clash[0]), int(leader[clash[0]])
        raise ValueError(
            f"targets: rows {other} and {row} of inputs are equal but have different targets, "
            f"{values[other]:.6g} and {values[row]:.6g}; no function takes both"
        )
    kept = np.sort(first)
    return points[kept], values[kept], kept
