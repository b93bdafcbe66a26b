r"""Layers pruned before training: weights that are zero for good, drawn so that units can be told apart.

.. math:: \tilde W(k)=W(k)\circ B(k),\qquad B_{j\cdot}\ne B_{j'\cdot}\ \text{for any two units } j,j'.

A mask has the shape of the weights that it multiplies, one row for each unit (the paper's has one column).  The masks
are buffers: they follow the layer to a device and into ``state_dict``, and no optimizer moves what they hold at zero.

Source: Glukhov (2024), section 6.2.1, equations 37 and 38.
"""

from __future__ import annotations

import math

import torch
from torch import nn

from lossland import _checks

_ATTEMPTS = 1000


def sample_mask(
    n_units: int,
    n_inputs: int,
    zero_rate: float,
    *,
    distinct: bool = True,
    connected: bool = True,
    generator: torch.Generator | None = None,
) -> torch.Tensor:
    r"""Draw a mask with independent zeros.

    Args:
        n_units: Units, the rows of the mask.
        n_inputs: Inputs, its columns.
        zero_rate: Probability :math:`\rho` of a zero, in [0, 1).
        distinct: Whether no two rows may be equal.  Rows that repeat an earlier one are drawn again.
        connected: Whether each row must have a one.
        generator: For the draws; the mask is on its device.

    Returns:
        Booleans (n_units, n_inputs).

    Raises:
        ValueError: If an argument is out of range, there are fewer masks than units, or the rows asked for are so rare
            that a thousand draws of a row do not find one.

    >>> mask = sample_mask(8, 4, 0.5, generator=torch.Generator().manual_seed(0))
    >>> len(mask.unique(dim=0))
    8
    """
    n_units = _checks.integer("n_units", n_units, low=1)
    n_inputs = _checks.integer("n_inputs", n_inputs, low=1)
    zero_rate = _checks.real_number("zero_rate", zero_rate)
    if not 0 <= zero_rate < 1:
        raise ValueError(f"zero_rate: expected a rate in [0, 1), got {zero_rate:g}")
    n_masks = (1 if zero_rate == 0 else 2.0 ** min(n_inputs, 1000)) - (connected and zero_rate > 0)
    if distinct and n_units > n_masks:
        raise ValueError(
            f"n_units: expected at most {n_masks:.0f} units for different masks of {n_inputs} inputs at the rate "
            f"{zero_rate:g}, got {n_units}; use more inputs, or distinct=False"
        )
    device = "cpu" if generator is None else generator.device
    mask = torch.rand(n_units, n_inputs, generator=generator, device=device) >= zero_rate
    unit = torch.arange(n_units, device=device)
    for _ in range(_ATTEMPTS):
        again = torch.zeros_like(unit, dtype=torch.bool)
        if distinct:
            _, numbers = mask.unique(dim=0, return_inverse=True)
            firsts = torch.full_like(unit, n_units).scatter_reduce(0, numbers, unit, "amin")
            again |= unit != firsts[numbers]
        if connected:
            again |= ~mask.any(dim=1)
        if not again.any():
            return mask
        mask[again] = torch.rand(int(again.sum()), n_inputs, generator=generator, device=device) >= zero_rate
    raise ValueError(
        f"zero_rate: no fitting mask in {_ATTEMPTS} draws of {int(again.sum())} of {n_units} units, {n_inputs} inputs, "
        f"rate {zero_rate:g}: too few masks are likely; use a rate nearer to 1/2, or more inputs"
    )


class PrunedLinear(nn.Linear):
    r"""A linear layer with weights that are zero for good.

    Args:
        n_inputs: Number of inputs.
        n_outputs: Number of outputs, the units.
        mask: Zeros and ones (n_outputs, n_inputs); see :func:`sample_mask`.
        bias: Whether there are biases.
        generator: For the initial weights, normal with variance one over the inputs that a unit keeps.
        device: Device of the parameters.
        dtype: Their dtype.

    Raises:
        ValueError: If the mask has another shape, is not zeros and ones, or cuts a unit off from all inputs.

    >>> layer = PrunedLinear(2, 2, [[1, 0], [1, 1]])
    >>> layer(torch.tensor([0.0, 5.0]))[0].item()
    0.0
    """

    def __init__(
        self, n_inputs: int, n_outputs: int, mask, *, bias: bool = True, generator: torch.Generator | None = None,
        device=None, dtype=None,
    ):  # fmt: skip
        n_inputs = _checks.integer("n_inputs", n_inputs, low=1)
        n_outputs = _checks.integer("n_outputs", n_outputs, low=1)
        mask = _check_mask(mask, (n_outputs, n_inputs))
        super().__init__(n_inputs, n_outputs, bias, device=device, dtype=dtype)
        self.register_buffer("mask", mask.to(self.weight))
        with torch.no_grad():
            self.weight.normal_(generator=generator).div_(self.mask.sum(dim=1, keepdim=True).sqrt())
            if bias:
                self.bias.zero_()

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        """Return (..., n_outputs) for inputs (..., n_inputs)."""
        return nn.functional.linear(inputs, self.weight * self.mask, self.bias)


class PrunedConv2d(nn.Conv2d):
    r"""A convolution in which not every output map sees every input map, like the third layer of the first LeNet-5.

    Args:
        n_inputs: Number of input maps.
        n_outputs: Number of output maps, the units.
        kernel_size: Side of the kernel.
        mask: Zeros and ones, (n_outputs, n_inputs) for whole kernels, or (n_outputs, n_inputs, side, side) for single
            weights.
        generator: For the initial weights, normal with variance one over the weights that a map keeps.
        **options: As for ``torch.nn.Conv2d``, but for ``groups``, which must be one.

    Raises:
        ValueError: If the mask has another shape, is not zeros and ones, cuts a map off from all inputs, or there are
            groups.
    """

    def __init__(
        self,
        n_inputs: int,
        n_outputs: int,
        kernel_size: int,
        mask,
        *,
        generator: torch.Generator | None = None,
        **options,
    ):
        if options.get("groups", 1) != 1:
            raise ValueError(f"groups: expected 1, a mask says which maps are connected, got {options['groups']}")
        super().__init__(n_inputs, n_outputs, kernel_size, **options)
        mask = _as_tensor(mask)
        mask = _check_mask(mask, tuple(self.weight.shape)[: 2 if mask.ndim == 2 else 4])
        if mask.ndim == 2:
            mask = mask[:, :, None, None].expand(self.weight.shape)
        self.register_buffer("mask", mask.to(self.weight).clone())
        with torch.no_grad():
            self.weight.normal_(generator=generator).div_(self.mask.sum(dim=(1, 2, 3), keepdim=True).sqrt())
            if self.bias is not None:
                self.bias.zero_()

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        """Return the output maps (batch, n_outputs, height, width)."""
        return self._conv_forward(inputs, self.weight * self.mask, self.bias)


def kept_width(width: int, zero_rate: float, *, inner: bool = True) -> int:
    r"""Width at which a pruned layer has as many weights as the dense one.

    A hidden layer among pruned hidden layers widened by w has :math:`w^2(1-\rho)` times the weights, so that
    :math:`w=(1-\rho)^{-1/2}` keeps their number; the factor :math:`(1-\rho)^{-1}` of the paper keeps it only if the
    other side of the layer keeps its width, and multiplies it by :math:`(1-\rho)^{-1}` between widened layers.

    Args:
        width: Width of the dense layer.
        zero_rate: Probability :math:`\rho` of a zero, in [0, 1).
        inner: Whether the layers on both sides are widened alike.

    Returns:
        The width, rounded.

    Raises:
        ValueError: If an argument is out of range.

    >>> kept_width(100, 0.75), kept_width(100, 0.75, inner=False)
    (200, 400)
    """
    width = _checks.integer("width", width, low=1)
    zero_rate = _checks.real_number("zero_rate", zero_rate)
    if not 0 <= zero_rate < 1:
        raise ValueError(f"zero_rate: expected a rate in [0, 1), got {zero_rate:g}")
    return round(width / (math.sqrt(1 - zero_rate) if inner else 1 - zero_rate))


def _as_tensor(mask) -> torch.Tensor:
    return mask if isinstance(mask, torch.Tensor) else torch.as_tensor(mask, device="cpu")


def _check_mask(mask, shape: tuple[int, ...]) -> torch.Tensor:
    mask = _as_tensor(mask)
    if tuple(mask.shape) != shape:
        raise ValueError(f"mask: expected the shape {shape}, rows for units, got {tuple(mask.shape)}")
    if not bool(((mask == 0) | (mask == 1)).all()):
        raise ValueError("mask: expected zeros and ones")
    empty = (~mask.bool().flatten(1).any(dim=1)).nonzero().flatten().tolist()
    if empty:
        raise ValueError(f"mask: expected an input for each unit, got none for unit {empty[0]}: it would be cut off")
    return mask
