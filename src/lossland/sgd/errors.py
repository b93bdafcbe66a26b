"""What can be wrong with a noisy quadratic, each with a name of its own; all are ``ValueError``."""

from __future__ import annotations


class AsymmetricMatrixError(ValueError):
    """A Hessian or a covariance that is not symmetric."""


class IndefiniteMatrixError(ValueError):
    """A covariance with a negative eigenvalue, or with a zero one where a density is asked for."""


class UnstableStepError(ValueError):
    """A step with which the iterates grow without bound: eta * lambda is not below 2."""


class FlatDirectionError(ValueError):
    """A direction in which the loss does not change, where the question needs one in which it does."""
