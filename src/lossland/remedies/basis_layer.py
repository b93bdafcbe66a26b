r"""Layers whose connections are functions of one variable: sums of basis functions of single inputs.

.. math:: y_j=\sum_i\sum_m W_{jmi}\,f_m(s_ix_i)

is a Kolmogorov-Arnold layer: each connection (i, j) has a function of its own, with coefficients :math:`W_{j\cdot i}`.
Which functions :math:`f_m`, is left to :class:`~lossland.remedies.polynomial_layer.PolynomialLayer` and
:class:`~lossland.remedies.spline_layer.SplineLayer`.  A mask of zeros and ones takes single terms out for good.

Source: Glukhov (2024), section 6.2.2, figure 2; Liu et al. (2024), *KAN: Kolmogorov-Arnold networks*, equation 2.5.
"""

from __future__ import annotations

import math

import torch
from torch import nn

from lossland import _checks

OUTSIDE = ("squash", "clamp", "continue")


class BasisLayer(nn.Module):
    r"""What layers of basis functions share: coefficients, mask, scales, and the way into the domain.

    Args:
        n_inputs: Number of inputs.
        n_outputs: Number of outputs.
        n_functions: Number of basis functions of each input.
        domain: Where the functions live.
        outside: What to do with inputs outside the domain: ``"squash"``, ``"clamp"`` or ``"continue"``.
        variance: Sum of the mean squares of all basis functions of one input; initial coefficients have the variance
            1 / (n_inputs * variance), so that outputs begin with about one.
        scale: Whether each input has a scale that is trained.
        mask: Zeros and ones (n_outputs, n_functions, n_inputs), or ``None``.
        generator: For the initial coefficients, which are normal.
        device: Device of the parameters.
        dtype: Their dtype.

    Raises:
        ValueError: If a number is out of range, or the mask has another shape, or leaves an output without a term.
    """

    def __init__(
        self, n_inputs: int, n_outputs: int, n_functions: int, domain: tuple[float, float], *, outside: str,
        variance: float, scale: bool, mask, generator, device, dtype,
    ):  # fmt: skip
        super().__init__()
        n_inputs = _checks.integer("n_inputs", n_inputs, low=1)
        n_outputs = _checks.integer("n_outputs", n_outputs, low=1)
        if outside not in OUTSIDE:
            raise ValueError(f"outside: expected one of {', '.join(OUTSIDE)}, got {outside!r}")
        self.domain, self.outside = domain, outside
        options = {"device": device, "dtype": dtype}
        shape = (n_outputs, n_functions, n_inputs)
        if mask is not None:
            mask = _check_mask(mask, shape).to(device, dtype or torch.get_default_dtype())
        self.register_buffer("mask", mask)
        weight = torch.empty(shape, **options).normal_(generator=generator)
        share = 1.0 if mask is None else self.mask.mean(dim=(1, 2), keepdim=True)
        self.weight = nn.Parameter(weight / (n_inputs * variance * share) ** 0.5)
        self.scale = nn.Parameter(torch.ones(n_inputs, **options)) if scale else None

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        """Return (..., n_outputs) for inputs (..., n_inputs)."""
        n_inputs = self.weight.shape[-1]
        if inputs.shape[-1] != n_inputs:
            raise ValueError(f"inputs: expected {n_inputs} in the last dimension, got {tuple(inputs.shape)}")
        scaled = inputs if self.scale is None else inputs * self.scale
        weight = self.weight if self.mask is None else self.weight * self.mask
        return self.combine(self._into_domain(scaled), weight)

    def combine(self, inputs: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
        """Return the sums of the basis functions of inputs in the domain, (..., n_outputs)."""
        return nn.functional.linear(self.features(inputs).flatten(-2), weight.flatten(1))

    def features(self, inputs: torch.Tensor) -> torch.Tensor:
        """Return the basis functions (..., n_functions, n_inputs) of inputs in the domain."""
        raise NotImplementedError

    def _into_domain(self, inputs: torch.Tensor) -> torch.Tensor:
        low, high = self.domain
        if self.outside == "continue" or (math.isinf(low) and math.isinf(high)):
            return inputs
        if self.outside == "clamp":
            return nn.functional.hardtanh(inputs, low, high)  # its derivative is one operation, that of clamp five
        if math.isinf(high):
            return nn.functional.softplus(inputs) + low
        middle, half = 0.5 * (low + high), 0.5 * (high - low)
        squashed = torch.tanh(inputs)
        return squashed if (middle, half) == (0, 1) else middle + half * squashed


def _check_mask(mask, shape: tuple[int, int, int]) -> torch.Tensor:
    mask = mask if isinstance(mask, torch.Tensor) else torch.as_tensor(mask)
    if tuple(mask.shape) != shape:
        raise ValueError(
            f"mask: expected the shape (n_outputs, n_functions, n_inputs) = {shape}, got {tuple(mask.shape)}"
        )
    if not bool(((mask == 0) | (mask == 1)).all()):
        raise ValueError("mask: expected zeros and ones")
    empty = (~mask.bool().flatten(1).any(dim=1)).nonzero().flatten().tolist()
    if empty:
        raise ValueError(f"mask: expected a term for each output, got none for output {empty[0]}")
    return mask
