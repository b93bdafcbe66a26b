r"""Layers whose neurons are sums of orthonormal polynomials of their inputs: polytrons, to be stacked like any layer.

.. math:: y_j=\sum_i\sum_{n=0}^N W_{jni}\,\phi_n(s_ix_i),

with a scale :math:`s_i` for each input that may be trained.  A mask of zeros and ones takes single terms out for good,
which tells outputs apart (section 6.2.1); the masked coefficients of an orthonormal basis cannot be made up for by the
others.

Source: Glukhov (2024), section 6.2.2, figure 2.
"""

from __future__ import annotations

import math

import torch
from torch import nn

from lossland import _checks
from lossland.remedies.feature_recurrence import polynomial_features
from lossland.remedies.orthogonal_bases import OrthonormalBasis, chebyshev

OUTSIDE = ("squash", "clamp", "continue")


class PolynomialLayer(nn.Module):
    r"""A layer of sums of polynomials of single inputs.

    Args:
        n_inputs: Number of inputs.
        n_outputs: Number of outputs.
        degree: Highest degree N.
        basis: The basis, Chebyshev's by default.
        outside: What to do with inputs outside the domain of the basis.  ``"squash"``: all inputs go through tanh
            first, for a domain with two ends (through softplus, for one that begins at 0); on the whole line nothing
            is done.  ``"clamp"``: those outside are put on the nearest end, where they have no gradient.
            ``"continue"``: the polynomials are evaluated where the inputs are, and grow like their powers.
        scale: Whether each input has a scale that is trained; it begins at one.
        mask: Zeros and ones (n_outputs, N + 1, n_inputs) for the coefficients, or ``None``.
        generator: For the initial coefficients, which are normal with variance one over the number of terms of an
            output: inputs that follow the density of the basis give outputs of variance one.
        device: Device of the parameters.
        dtype: Their dtype.

    Raises:
        ValueError: If a number is out of range, or the mask has another shape, or leaves an output without a term.

    >>> layer = PolynomialLayer(2, 3, degree=4, generator=torch.Generator().manual_seed(0))
    >>> layer(torch.zeros(5, 2)).shape
    torch.Size([5, 3])
    """

    def __init__(
        self,
        n_inputs: int,
        n_outputs: int,
        degree: int,
        basis: OrthonormalBasis | None = None,
        *,
        outside: str = "squash",
        scale: bool = False,
        mask=None,
        generator: torch.Generator | None = None,
        device=None,
        dtype=None,
    ):
        super().__init__()
        n_inputs = _checks.integer("n_inputs", n_inputs, low=1)
        n_outputs = _checks.integer("n_outputs", n_outputs, low=1)
        degree = _checks.integer("degree", degree, low=0)
        if outside not in OUTSIDE:
            raise ValueError(f"outside: expected one of {', '.join(OUTSIDE)}, got {outside!r}")
        self.basis, self.degree, self.outside = basis or chebyshev(), degree, outside
        options = {"device": device, "dtype": dtype}
        shape = (n_outputs, degree + 1, n_inputs)
        self.register_buffer("mask", None if mask is None else _check_mask(mask, shape).to(**options))
        terms = n_inputs * (degree + 1) if mask is None else self.mask.sum(dim=(1, 2)).view(-1, 1, 1)
        weight = torch.empty(shape, **options).normal_(generator=generator)
        self.weight = nn.Parameter(weight / (math.sqrt(terms) if mask is None else terms.sqrt()))
        self.scale = nn.Parameter(torch.ones(n_inputs, **options)) if scale else None

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        """Return (..., n_outputs) for inputs (..., n_inputs)."""
        n_inputs = self.weight.shape[-1]
        if inputs.shape[-1] != n_inputs:
            raise ValueError(f"inputs: expected {n_inputs} in the last dimension, got {tuple(inputs.shape)}")
        scaled = inputs if self.scale is None else inputs * self.scale
        features = polynomial_features(self._into_domain(scaled), self.basis, self.degree)
        weight = self.weight if self.mask is None else self.weight * self.mask
        return features.flatten(-2) @ weight.flatten(1).T

    def extra_repr(self) -> str:
        """Say what is inside."""
        n_outputs, _, n_inputs = self.weight.shape
        return f"{n_inputs}, {n_outputs}, degree={self.degree}, basis={self.basis.name}, outside={self.outside!r}"

    def _into_domain(self, inputs: torch.Tensor) -> torch.Tensor:
        low, high = self.basis.domain
        if self.outside == "continue" or (math.isinf(low) and math.isinf(high)):
            return inputs
        if self.outside == "clamp":
            return inputs.clamp(low, high)
        return nn.functional.softplus(inputs) if math.isinf(high) else torch.tanh(inputs)


def _check_mask(mask, shape: tuple[int, int, int]) -> torch.Tensor:
    mask = torch.as_tensor(mask)
    if tuple(mask.shape) != shape:
        raise ValueError(
            f"mask: expected the shape (n_outputs, degree + 1, n_inputs) = {shape}, got {tuple(mask.shape)}"
        )
    if not bool(((mask == 0) | (mask == 1)).all()):
        raise ValueError("mask: expected zeros and ones")
    empty = (~mask.bool().flatten(1).any(dim=1)).nonzero().flatten().tolist()
    if empty:
        raise ValueError(f"mask: expected a term for each output, got none for output {empty[0]}")
    return mask
