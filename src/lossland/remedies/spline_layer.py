r"""Kolmogorov-Arnold layers with B-splines on a uniform grid, and their features.

On a grid of G intervals of width h the splines of degree k are the G + k shifts of one bump; at each point k + 1 of
them are not zero, polynomials in the place u within the interval.  Their coefficients are found once; a point is one
evaluation of k + 1 polynomials and one scatter.  Splines add up to one at every point of the grid.

Source: Liu et al. (2024), *KAN: Kolmogorov-Arnold networks*, equations 2.10 to 2.12; de Boor (1978), chapter IX, for
the splines.
"""

from __future__ import annotations

import math
from functools import lru_cache, partial

import numpy as np
import torch
from torch import nn

from lossland import _checks
from lossland.remedies.basis_layer import BasisLayer
from lossland.remedies.feature_recurrence import check_inputs

BASES = ("silu", "none")


class SplineLayer(BasisLayer):
    r"""A Kolmogorov-Arnold layer: each connection is a spline, plus a multiple of a fixed smooth function.

    .. math:: y_j=\sum_i\Bigl(v_{ji}\,\mathrm{silu}(x_i)+\sum_m W_{jmi}B_m(x_i)\Bigr)

    Args:
        n_inputs: Number of inputs.
        n_outputs: Number of outputs.
        n_intervals: Intervals G of the grid.
        degree: Degree k of the splines; 3 makes them smooth to second order.
        domain: Ends of the grid.
        base: ``"silu"`` as in the paper, or ``"none"`` for splines alone.
        outside: What to do with inputs outside the domain.  ``"clamp"``: they are put on the nearest end.
            ``"squash"``: all inputs go through tanh first, scaled to the domain.  ``"continue"``: the outermost
            polynomials are continued.
        scale: Whether each input has a scale that is trained; it begins at one.
        mask: Zeros and ones (n_outputs, G + k, n_inputs) for the coefficients of the splines, or ``None``.
        generator: For the initial coefficients, which are normal.
        device: Device of the parameters.
        dtype: Their dtype.

    Raises:
        ValueError: If a number is out of range, or the mask has another shape, or leaves an output without a term.

    >>> layer = SplineLayer(2, 3, n_intervals=5, generator=torch.Generator().manual_seed(0))
    >>> layer.features(torch.tensor([[0.1, -0.7]])).sum(-2).round(decimals=6).tolist()
    [[1.0, 1.0]]
    """

    def __init__(
        self,
        n_inputs: int,
        n_outputs: int,
        n_intervals: int = 8,
        degree: int = 3,
        *,
        domain: tuple[float, float] = (-1.0, 1.0),
        base: str = "silu",
        outside: str = "clamp",
        scale: bool = False,
        mask=None,
        generator: torch.Generator | None = None,
        device=None,
        dtype=None,
    ):
        n_intervals = _checks.integer("n_intervals", n_intervals, low=1)
        degree = _checks.integer("degree", degree, low=0)
        low, high = _check_domain(domain)
        if base not in BASES:
            raise ValueError(f"base: expected one of {', '.join(BASES)}, got {base!r}")
        u = (np.arange(200) + 0.5) / 200
        variance = float(np.mean(np.sum((np.vander(u, degree + 1, increasing=True) @ _pieces(degree)) ** 2, axis=1)))
        super().__init__(
            n_inputs, n_outputs, n_intervals + degree, (low, high), outside=outside, variance=variance, scale=scale,
            mask=mask, generator=generator, device=device, dtype=dtype,
        )  # fmt: skip
        self.n_intervals, self.degree = n_intervals, degree
        self.base = None
        if base == "silu":
            weight = torch.empty(n_outputs, n_inputs, device=device, dtype=dtype).normal_(generator=generator)
            self.base = nn.Parameter(weight / math.sqrt(n_inputs))

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        """Return (..., n_outputs) for inputs (..., n_inputs)."""
        splines = super().forward(inputs)
        return splines if self.base is None else splines + nn.functional.linear(nn.functional.silu(inputs), self.base)

    def features(self, inputs: torch.Tensor) -> torch.Tensor:
        """Return the splines (..., G + k, n_inputs) of inputs in the domain."""
        return spline_features(inputs, self.n_intervals, self.degree, domain=self.domain)

    def extra_repr(self) -> str:
        """Say what is inside."""
        n_outputs, _, n_inputs = self.weight.shape
        return (
            f"{n_inputs}, {n_outputs}, n_intervals={self.n_intervals}, degree={self.degree}, domain={self.domain}, "
            f"outside={self.outside!r}"
        )


def spline_features(
    inputs: torch.Tensor, n_intervals: int, degree: int = 3, *, domain: tuple[float, float] = (-1.0, 1.0)
) -> torch.Tensor:
    """Evaluate all B-splines of a uniform grid at every entry of a tensor.

    Args:
        inputs: Floating-point numbers (..., n_in); outside the domain the outermost polynomials are continued.
        n_intervals: Intervals G.
        degree: Degree k.
        domain: Ends of the grid.

    Returns:
        Features (..., G + k, n_in) of the dtype and on the device of ``inputs``, differentiable any number of
        times (the k-th derivative is a step function, those above it are zero).

    Raises:
        TypeError: If ``inputs`` is no tensor of floating-point numbers.
        ValueError: If a number is out of range, or ``inputs`` has no dimension.

    >>> spline_features(torch.tensor([0.25]), 2, 1)[:, 0].tolist()  # hats at -1, 0 and 1
    [0.0, 0.75, 0.25]
    """
    check_inputs(inputs)
    n_intervals = _checks.integer("n_intervals", n_intervals, low=1)
    degree = _checks.integer("degree", degree, low=0)
    grid = n_intervals, degree, *_check_domain(domain)
    if torch._C._are_functorch_transforms_active():  # these know nothing of memory that is written to in place
        return _composed(inputs, *grid)
    return _Splines.apply(inputs, *grid)


def _check_domain(domain) -> tuple[float, float]:
    low, high = _checks.real_number("domain[0]", domain[0]), _checks.real_number("domain[1]", domain[1])
    if low >= high:
        raise ValueError(f"domain: expected its ends in ascending order, got ({low:g}, {high:g})")
    return low, high


def _place(inputs: torch.Tensor, n_intervals: int, low: float, high: float) -> tuple[torch.Tensor, torch.Tensor]:
    """The intervals of the inputs, as numbers, and the places within them in units of their width."""
    place = (inputs - low) * (n_intervals / (high - low))
    interval = place.detach().floor().clamp(0, n_intervals - 1).nan_to_num(0.0)  # NaN has no interval, but is no error
    return interval, place - interval


def _composed(inputs: torch.Tensor, n_intervals: int, degree: int, low: float, high: float) -> torch.Tensor:
    """The features by operations that can all be differentiated."""
    interval, u = _place(inputs, n_intervals, low, high)
    index = interval.long().unsqueeze(-2) + torch.arange(degree + 1, device=inputs.device).unsqueeze(-1)
    values = inputs.new_zeros((*inputs.shape[:-1], n_intervals + degree, inputs.shape[-1]))
    return values.scatter(-2, index, _horner(_coefficients(degree, 0, u.dtype, u.device), u))


class _Splines(torch.autograd.Function):
    """Values are written, and derivatives read, at places of the block of memory as a whole: one index for each."""

    @staticmethod
    def forward(context, inputs, n_intervals, degree, low, high):
        interval, u = _place(inputs, n_intervals, low, high)
        width, n_functions = inputs.shape[-1], n_intervals + degree
        values = inputs.new_zeros((*inputs.shape[:-1], n_functions, width))
        numbers = partial(torch.arange, device=inputs.device)
        first = numbers(0, values.numel(), n_functions * width)[:, None] + numbers(width)
        first += interval.long().reshape(first.shape).mul_(width)
        index = (numbers(0, (degree + 1) * width, width)[:, None] + first.unsqueeze(-2)).view(-1)
        values.view(-1).scatter_(0, index, _horner(_coefficients(degree, 0, u.dtype, u.device), u).reshape(-1))
        context.save_for_backward(inputs, u, index)
        context.grid = n_intervals, degree, low, high
        return values

    @staticmethod
    def backward(context, gradient):
        inputs, u, index = context.saved_tensors
        n_intervals, degree, low, high = context.grid
        if torch.is_grad_enabled():  # a derivative of this one is asked for
            again = _composed(inputs, *context.grid)
            return torch.autograd.grad(again, inputs, gradient, create_graph=True)[0], None, None, None, None
        if not degree:
            return torch.zeros_like(u), None, None, None, None
        slopes = _horner(_coefficients(degree, n_intervals / (high - low), u.dtype, u.device), u)
        found = gradient.reshape(-1).index_select(0, index).view(slopes.shape)
        return slopes.mul_(found).sum(-2), None, None, None, None


def _horner(coefficients: tuple[torch.Tensor, ...], u: torch.Tensor) -> torch.Tensor:
    """Values (..., n, n_in) of n polynomials; coefficients (n, 1) by powers, the lowest first."""
    *lower, values = coefficients
    u = u.unsqueeze(-2)
    if not lower:
        return values.expand(*u.shape[:-2], *values.shape[:1], u.shape[-1]).contiguous()
    for row in reversed(lower):
        values = torch.addcmul(row, values, u)
    return values


@lru_cache(maxsize=64)
def _coefficients(degree: int, per_length: float, dtype: torch.dtype, device: torch.device) -> tuple[torch.Tensor, ...]:
    """What :func:`_horner` needs for the splines, or with ``per_length`` above 0 for their derivatives."""
    table = _pieces(degree)
    if per_length:
        table = per_length * table[1:] * np.arange(1, degree + 1)[:, None]
    with torch.inference_mode(False):  # kept, so that they must serve in derivatives, too
        return torch.as_tensor(table, dtype=dtype, device=device).unsqueeze(-1).unbind()


@lru_cache(maxsize=16)
def _pieces(degree: int) -> np.ndarray:
    """Coefficients (k + 1 powers, k + 1 splines) of the splines that live on one interval, by de Boor's recurrence."""
    splines = [np.polynomial.Polynomial([1.0])]
    u = np.polynomial.Polynomial([0.0, 1.0])
    for k in range(1, degree + 1):
        raised = [np.polynomial.Polynomial([0.0]) for _ in range(k + 1)]
        for j, spline in enumerate(splines):  # spline j of degree k - 1 has its last knot at j + 1, in units of h
            raised[j] = raised[j] + (j + 1 - u) / k * spline
            raised[j + 1] = raised[j + 1] + (u + (k - 1 - j)) / k * spline
        splines = raised
    table = np.zeros((degree + 1, degree + 1))
    for j, spline in enumerate(splines):
        table[: len(spline.coef), j] = spline.coef[: degree + 1]
    return table
