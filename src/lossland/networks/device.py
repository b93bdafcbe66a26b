"""Which device to compute on, decided once and by the reader."""

from __future__ import annotations

import os

import torch

VARIABLE = "LOSSLAND_DEVICE"


def default_device() -> torch.device:
    """Device named by the environment variable LOSSLAND_DEVICE; without it CUDA where present, else the CPU.

    Raises:
        ValueError: If the variable names no device, or one that is not here.

    >>> default_device().type in ("cpu", "cuda")
    True
    """
    name = os.environ.get(VARIABLE, "")
    if not name:
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(name)
        torch.empty(0, device=device)
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        raise ValueError(f"{VARIABLE}: expected a device of this machine, 'cpu' or 'cuda', got {name!r}") from error
    return device


def check_inputs(inputs: torch.Tensor, generator: torch.Generator, *, name: str = "inputs") -> None:
    """Check that ``inputs`` is a floating-point tensor and that the generator draws on its device.

    Args:
        inputs: What a simulator was given.
        generator: What it is to draw from.
        name: Name of the argument, for the message.

    Raises:
        TypeError: If ``inputs`` is no floating-point tensor, or ``generator`` no torch.Generator.
        ValueError: If the generator lives on another device than the inputs.
    """
    if not isinstance(inputs, torch.Tensor) or not inputs.is_floating_point():
        got = inputs.dtype if isinstance(inputs, torch.Tensor) else type(inputs).__name__
        raise TypeError(f"{name}: expected a floating-point tensor, got {got}")
    if not isinstance(generator, torch.Generator):
        raise TypeError(f"generator: expected a torch.Generator, got {type(generator).__name__}")
    if generator.device.type != inputs.device.type:
        raise ValueError(
            f"generator: expected one on the device of {name}, {inputs.device.type!r}, got one on "
            f"{generator.device.type!r}; make it with torch.Generator({inputs.device.type!r}).manual_seed(seed)"
        )
