"""Activations as torch functions with derivatives, for the simulators."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import torch

from lossland.numerics import Activation, as_activation


class TorchActivation(NamedTuple):
    """An activation and its first derivative as elementwise functions of tensors."""

    value: Callable[[torch.Tensor], torch.Tensor]
    derivative: Callable[[torch.Tensor], torch.Tensor]


def _by_autograd(value: Callable[[torch.Tensor], torch.Tensor]) -> Callable[[torch.Tensor], torch.Tensor]:
    def derivative(z: torch.Tensor) -> torch.Tensor:
        with torch.enable_grad():
            leaf = z.detach().requires_grad_(True)
            return torch.autograd.grad(value(leaf).sum(), leaf)[0]

    return derivative


_VALUES: dict[str, Callable[[torch.Tensor], torch.Tensor]] = {
    "linear": lambda z: 1.0 * z,
    "relu": torch.relu,
    "erf": torch.erf,
    "sin": torch.sin,
    "tanh": torch.tanh,
    "sigmoid": torch.sigmoid,
    "softplus": torch.nn.functional.softplus,
    "gelu": torch.nn.functional.gelu,
    "hard_tanh": torch.nn.functional.hardtanh,
}


def torch_activation(activation) -> TorchActivation:
    """Value and derivative of an activation on tensors, on the device and in the dtype of their argument.

    Args:
        activation: A registered name; an :class:`~lossland.numerics.activations.Activation` whose value is written with
            operators or torch functions; or any elementwise torch function.  Derivatives come from autograd.

    Returns:
        TorchActivation: the pair of functions.

    Raises:
        TypeError: If the function does not take tensors.
        ValueError: If the name is unknown.

    >>> z = torch.tensor([0.0, 1.0], dtype=torch.float64)
    >>> torch_activation("sin").derivative(z).numpy().round(4)
    array([1.    , 0.5403])
    """
    if isinstance(activation, str | Activation):
        activation = as_activation(activation)
        value = _VALUES.get(activation.name, activation.value)
    else:
        value = activation
    if not callable(value):
        raise TypeError(f"activation: expected a name, an Activation or a torch function, got {type(value).__name__}")
    value = _checked(value)
    return TorchActivation(value, _by_autograd(value))


def _checked(value: Callable) -> Callable[[torch.Tensor], torch.Tensor]:
    """Let ``value`` answer a tensor with a tensor, or say what to pass instead."""

    def elementwise(z: torch.Tensor) -> torch.Tensor:
        advice = "pass a torch function to the simulators"
        try:
            result = value(z)
        except (TypeError, RuntimeError) as error:
            raise TypeError(f"activation: expected a function of tensors, but it raised: {error}; {advice}") from error
        if not isinstance(result, torch.Tensor) or result.shape != z.shape:
            raise TypeError(f"activation: expected a tensor for a tensor, got {type(result).__name__}; {advice}")
        return result

    return elementwise
