r"""Activation functions with first and second derivatives, kinks, and closed-form Gaussian moments.

An :class:`Activation` is data: three functions on float64 arrays, the places where the function is not smooth,
and, where the literature has them, closed forms of its Gaussian moments
(:mod:`lossland.numerics.closed_moments`).  Anything that the theory needs of an activation it takes from here,
so that a reader's own activation works everywhere that a named one does.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import special

from lossland.numerics import closed_moments
from lossland.numerics.closed_moments import ClosedMoments

_SQRT_2PI = np.sqrt(2 * np.pi)


@dataclass(frozen=True)
class Activation:
    """An activation function and what the theory needs to know of it.

    Attributes:
        name: What to call it in messages and legends.
        value: The function, elementwise on float64 arrays.
        derivative: Its first derivative; at a kink, either one-sided value.
        second_derivative: Its second derivative, or None where it has kinks or is not known.
        kinks: Points where the function or its first derivative is not smooth: quadrature is split there.
        moments: Closed forms of its Gaussian moments, or None: then they are computed by quadrature.

    >>> double = Activation("double", lambda z: 2 * z, lambda z: np.full_like(z, 2.0))
    >>> float(double(np.array(1.5)))
    3.0
    """

    name: str
    value: Callable[[np.ndarray], np.ndarray]
    derivative: Callable[[np.ndarray], np.ndarray]
    second_derivative: Callable[[np.ndarray], np.ndarray] | None = None
    kinks: tuple[float, ...] = ()
    moments: ClosedMoments | None = None

    def __post_init__(self):
        for attribute in ("value", "derivative"):
            if not callable(getattr(self, attribute)):
                got = type(getattr(self, attribute)).__name__
                raise TypeError(f"{attribute}: expected a function of an array, got {got}")

    def __call__(self, z):
        """Value of the activation at ``z``."""
        return self.value(z)


def _tanh_slope(z):
    t = np.tanh(z)
    return 1 - t * t


def _tanh_curvature(z):
    t = np.tanh(z)
    return -2 * t * (1 - t * t)


def _sigmoid_slope(z):
    s = special.expit(z)
    return s * (1 - s)


def _sigmoid_curvature(z):
    s = special.expit(z)
    return s * (1 - s) * (1 - 2 * s)


def _normal_density(z):
    return np.exp(-0.5 * z * z) / _SQRT_2PI


def leaky_relu(slope: float = 0.01) -> Activation:
    """Leaky rectifier: ``z`` for positive, ``slope * z`` for negative arguments (Maas, Hannun and Ng 2013).

    Args:
        slope: Slope on the negative side; 0 is the ReLU, 1 the identity.

    Returns:
        Activation: with closed-form moments.
    """
    return Activation(
        f"leaky_relu({slope:g})" if slope else "relu",
        lambda z: slope * z + (1 - slope) * z * (z > 0),  # operators only: serves torch tensors, too
        lambda z: np.where(np.asarray(z) > 0, 1.0, slope),
        kinks=(0.0,),
        moments=closed_moments.rectifier(slope),
    )


ACTIVATIONS: dict[str, Activation] = {
    "linear": Activation(
        "linear", lambda z: 1.0 * z, np.ones_like, np.zeros_like, moments=closed_moments.LINEAR
    ),
    "relu": Activation(
        "relu",
        lambda z: np.maximum(z, 0.0),
        lambda z: np.where(np.asarray(z) > 0, 1.0, 0.0),
        kinks=(0.0,),
        moments=closed_moments.rectifier(0.0),
    ),
    "leaky_relu": leaky_relu(),
    "erf": Activation(
        "erf",
        special.erf,
        lambda z: 2 / np.sqrt(np.pi) * np.exp(-z * z),
        lambda z: -4 / np.sqrt(np.pi) * z * np.exp(-z * z),
        moments=closed_moments.ERF,
    ),
    "sin": Activation("sin", np.sin, np.cos, lambda z: -np.sin(z), moments=closed_moments.SIN),
    "tanh": Activation("tanh", np.tanh, _tanh_slope, _tanh_curvature),
    "sigmoid": Activation("sigmoid", special.expit, _sigmoid_slope, _sigmoid_curvature),
    "softplus": Activation("softplus", lambda z: np.logaddexp(0.0, z), special.expit, _sigmoid_slope),
    "gelu": Activation(
        "gelu",
        lambda z: z * special.ndtr(z),
        lambda z: special.ndtr(z) + z * _normal_density(z),
        lambda z: (2 - z * z) * _normal_density(z),
    ),
    "hard_tanh": Activation(
        "hard_tanh",
        lambda z: np.clip(z, -1.0, 1.0),
        lambda z: np.where(np.abs(z) < 1, 1.0, 0.0),
        kinks=(-1.0, 1.0),
    ),
}


def as_activation(activation: str | Activation) -> Activation:
    """Return the named activation, or ``activation`` itself when it is an :class:`Activation`.

    Raises:
        ValueError: If the name is unknown; the message lists the known ones.
        TypeError: If it is neither a name nor an Activation.

    >>> as_activation("tanh").name
    'tanh'
    """
    if isinstance(activation, Activation):
        return activation
    if not isinstance(activation, str):
        raise TypeError(
            "activation: expected a name or an Activation(name, value, derivative), "
            f"got {type(activation).__name__}"
        )
    if activation not in ACTIVATIONS:
        raise ValueError(f"activation: expected one of {', '.join(sorted(ACTIVATIONS))}, got {activation!r}")
    return ACTIVATIONS[activation]
