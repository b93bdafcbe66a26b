"""An estimated number with its error bar."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np


class Estimate(NamedTuple):
    """A mean over random probes.

    Attributes:
        value: The estimate.
        standard_error: Standard error of it, from the scatter of the probes; NaN for a single one.
        samples: What each probe gave; their mean is the value.

    >>> Estimate.of([1.0, 3.0])[:2]
    (2.0, 1.0)
    """

    value: float
    standard_error: float
    samples: np.ndarray

    @classmethod
    def of(cls, samples, offset: float = 0.0) -> Estimate:
        """Mean and standard error of some samples, each with ``offset`` added."""
        samples = np.asarray(samples, dtype=np.float64) + offset
        error = float(samples.std(ddof=1) / np.sqrt(len(samples))) if len(samples) > 1 else float("nan")
        return cls(float(samples.mean()), error, samples)
