r"""A laboratory: a shallow ReLU network with one input, its exact loss, gradient and Hessian, for many runs at once.

:math:`f(x)=\sum_{j\le n}c_j\,(w_jx+b_j)_+` is to equal a piecewise linear target g on an interval, on which x is
uniform: :math:`L=\frac12\mathbb E\,(f(x)-g(x))^2`.  The expectation is a finite sum of integrals of quadratic
polynomials between kinks and knots, for which two Gauss-Legendre nodes a piece are exact.  Averaging over all x makes
the loss smooth: it has two continuous derivatives wherever no :math:`w_j` is zero and no kink :math:`t_j=-b_j/w_j` sits
on an end of the interval, although the ReLU has a corner.

Parameters are tensors (..., 3n): all c, then all w, then all b.
"""

from __future__ import annotations

from typing import NamedTuple

import torch

from lossland import _checks
from lossland.descent.piecewise_linear import PiecewiseLinear

NEAR_END = 1e-6  # a kink this close to an end of the interval, relative to its length, is taken for one outside
_NODE = 3**-0.5  # the Gauss-Legendre rule of two nodes, +- 1 / sqrt 3 with equal weights


class _Pieces(NamedTuple):
    """Nodes x (..., m), weights that sum to 1, error there; units (..., n, m) on or off, and their values."""

    x: torch.Tensor
    weight: torch.Tensor
    error: torch.Tensor
    on: torch.Tensor
    value: torch.Tensor


def sample_shallow(
    n_runs: int, width: int, *, dtype: torch.dtype = torch.float64, generator: torch.Generator
) -> torch.Tensor:
    """Random starts: w and b standard normal, c normal with variance 1 / width.

    Args:
        n_runs: Number of starts.
        width: Number n of units.
        dtype: Floating type.
        generator: Source of randomness; fixes the device.

    Returns:
        Tensor (n_runs, 3n).

    >>> sample_shallow(5, 4, generator=torch.Generator().manual_seed(0)).shape
    torch.Size([5, 12])
    """
    n_runs, width = _checks.integer("n_runs", n_runs, low=1), _checks.integer("width", width, low=1)
    start = torch.randn(n_runs, 3 * width, dtype=dtype, device=generator.device, generator=generator)
    start[:, :width] /= width**0.5
    return start


def shallow_output(parameters: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
    """Values of the networks (..., 3n) at the inputs (m,): a tensor (..., m)."""
    c, w, b = _split(parameters)
    return _output(c, _pre_activations(w, b, x.expand(*c.shape[:-1], -1)).clamp(min=0))


def shallow_loss(parameters: torch.Tensor, target: PiecewiseLinear) -> torch.Tensor:
    r"""Half the mean squared error, :math:`\frac12\mathbb E(f-g)^2`, exactly.

    Args:
        parameters: Networks (..., 3n).
        target: The function g.

    Returns:
        Tensor (...).

    >>> from lossland.descent.piecewise_linear import HAT
    >>> nothing = torch.zeros(3, dtype=torch.float64)
    >>> round(float(12 * shallow_loss(nothing, HAT)), 12)  # half the mean of g^2, which is 1/6
    1.0
    """
    pieces = _pieces(parameters, target)
    return (pieces.weight * pieces.error**2).sum(-1) / 2


def shallow_gradient(parameters: torch.Tensor, target: PiecewiseLinear) -> torch.Tensor:
    """Gradient of :func:`shallow_loss`, (..., 3n); a unit that is off on the whole interval gets exactly zero."""
    c, w, b = _split(parameters)
    slope, offset = _moments(_pieces(parameters, target)).unbind(-1)
    return torch.cat([w * slope + b * offset, c * slope, c * offset], -1)


def shallow_hessian(parameters: torch.Tensor, target: PiecewiseLinear) -> torch.Tensor:
    r"""Hessian of :func:`shallow_loss`, (..., 3n, 3n).

    To the mean of :math:`\nabla f\,\nabla f^T` come two terms with the error e: the mixed derivatives in
    :math:`c_j` and :math:`(w_j,b_j)`, and the kinks, which the indicator of :math:`z_j>0` moves with
    :math:`(w_j,b_j)`: :math:`p\,c_je(t_j)/|w_j|\,(t_j,1)(t_j,1)^T` for a kink inside, where p is the density of x.
    It is discontinuous where a kink crosses an end of the interval; within 1e-6 of it we take the outer value.
    """
    c, w, b = _split(parameters)
    n = c.shape[-1]
    pieces = _pieces(parameters, target)
    scaled = c[..., None] * pieces.on
    jacobian = torch.cat([pieces.value, scaled * pieces.x[..., None, :], scaled], -2)
    hessian = (jacobian * pieces.weight[..., None, :]) @ jacobian.mT
    slope, offset = _moments(pieces).unbind(-1)
    c_rows = torch.arange(n, device=c.device)
    w_rows, b_rows = c_rows + n, c_rows + 2 * n
    curvature, t = _kink_curvature(c, w, b, target)
    entries = (
        (c_rows, w_rows, slope), (c_rows, b_rows, offset),
        (w_rows, w_rows, curvature * t**2 / 2), (w_rows, b_rows, curvature * t), (b_rows, b_rows, curvature / 2),
    )  # fmt: skip
    for row, column, entry in entries:  # on the diagonal both lines act, hence the halves
        hessian[..., row, column] += entry
        hessian[..., column, row] += entry
    return hessian


def kinks(parameters: torch.Tensor) -> torch.Tensor:
    """Where each unit turns on or off, t = -b/w, (..., n); infinite for w = 0."""
    _, w, b = _split(parameters)
    return torch.where(w != 0, -b / torch.where(w != 0, w, torch.ones_like(w)), torch.full_like(w, torch.inf))


def dead_units(parameters: torch.Tensor, target: PiecewiseLinear) -> torch.Tensor:
    """Whether a unit is off on the interval of the target, but for a part of 1e-6 at its ends, (..., n)."""
    _, w, b = _split(parameters)
    left, right = target.knots[0], target.knots[-1]
    margin = NEAR_END * (right - left)
    return (w * (left + margin) + b <= 0) & (w * (right - margin) + b <= 0)


def _split(parameters: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    if not isinstance(parameters, torch.Tensor) or not parameters.is_floating_point():
        raise TypeError(f"parameters: expected a floating-point tensor, got {type(parameters).__name__}")
    if not parameters.ndim or parameters.shape[-1] % 3 or not parameters.shape[-1]:
        raise ValueError(f"parameters: expected (..., 3n), all c, all w, all b, got {tuple(parameters.shape)}")
    n = parameters.shape[-1] // 3
    return parameters[..., :n], parameters[..., n : 2 * n], parameters[..., 2 * n :]


def _pre_activations(w: torch.Tensor, b: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
    return torch.stack([w, b], -1) @ torch.stack([x, torch.ones_like(x)], -2)


def _output(c: torch.Tensor, units: torch.Tensor) -> torch.Tensor:
    return (c[..., None, :] @ units)[..., 0, :]


def _pieces(parameters: torch.Tensor, target: PiecewiseLinear) -> _Pieces:
    c, w, b = _split(parameters)
    left, right = target.knots[0], target.knots[-1]
    knots = torch.tensor(target.knots, dtype=c.dtype, device=c.device)
    inside = torch.nan_to_num(-b / w).clamp(left, right)
    edges = torch.cat([inside, knots.expand(*c.shape[:-1], -1)], -1).sort(-1).values
    half, middle = (edges[..., 1:] - edges[..., :-1]) / 2, (edges[..., 1:] + edges[..., :-1]) / 2
    x = torch.cat([middle - _NODE * half, middle + _NODE * half], -1)
    weight = torch.cat([half, half], -1) / (right - left)
    z = _pre_activations(w, b, x)
    value = z.clamp(min=0)
    return _Pieces(x, weight, _output(c, value) - _interpolate(x, target), (z > 0).to(c.dtype), value)


def _moments(pieces: _Pieces) -> torch.Tensor:
    """Means of e x and of e over the inputs at which each unit is on, (..., n, 2)."""
    weighted = pieces.weight * pieces.error
    return pieces.on @ torch.stack([weighted * pieces.x, weighted], -1)


def _interpolate(x: torch.Tensor, target: PiecewiseLinear) -> torch.Tensor:
    options = {"dtype": x.dtype, "device": x.device}
    slopes, knots = torch.as_tensor(target.slopes, **options), torch.tensor(target.knots, **options)
    offsets = torch.tensor(target.values[:-1], **options) - slopes * knots[:-1]
    piece = torch.searchsorted(knots[1:-1], x)
    return offsets[piece] + slopes[piece] * x


def _kink_curvature(c, w, b, target: PiecewiseLinear) -> tuple[torch.Tensor, torch.Tensor]:
    """Density times c_j e(t_j) / |w_j| for the kinks inside the interval, else 0; and the kinks."""
    t, length = -b / w, target.knots[-1] - target.knots[0]
    margin = NEAR_END * length
    inside = (t > target.knots[0] + margin) & (t < target.knots[-1] - margin)
    t = torch.where(inside, t, torch.zeros_like(t))
    error = _output(c, _pre_activations(w, b, t).clamp(min=0)) - _interpolate(t, target)
    curvature = c * error / torch.where(inside, w.abs(), torch.ones_like(w)) / length
    return torch.where(inside, curvature, torch.zeros_like(c)), t
