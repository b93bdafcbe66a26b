r"""Orthonormal polynomial features of tensors, differentiable, on any device.

The features :math:`\phi_0(x)\dots\phi_N(x)` are made by their recurrence, in place in one block of memory; going
backward runs the recurrence in reverse,

.. math:: \lambda_n=g_n+\frac{x-a_n}{b_{n+1}}\lambda_{n+1}-\frac{b_{n+1}}{b_{n+2}}\lambda_{n+2},\qquad
   \frac{\partial}{\partial x}=\sum_n\frac{\lambda_{n+1}\phi_n}{b_{n+1}},

with :math:`g_n` the derivative by :math:`\phi_n`: as much work as going forward, and no table of derivatives.

Source: Clenshaw (1955) for the reversed recurrence; Glukhov (2024), section 6.2.2.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import torch

from lossland.remedies.orthogonal_bases import OrthonormalBasis, check_basis


class Step(NamedTuple):
    r"""One step of the recurrence: :math:`\phi_{n+1}=(slope\,x-shift)\phi_n-ratio\,\phi_{n-1}`."""

    slope: float
    shift: float
    ratio: float


def polynomial_features(inputs: torch.Tensor, basis: OrthonormalBasis, degree: int) -> torch.Tensor:
    r"""Evaluate all polynomials up to a degree at every entry of a tensor.

    Args:
        inputs: Floating-point numbers (..., n_in), inside the domain of the basis where the values are to stay small.
        basis: The basis.
        degree: Highest degree N.

    Returns:
        Features (..., N + 1, n_in) of the dtype and on the device of ``inputs``, differentiable any number of times.

    Raises:
        TypeError: If ``inputs`` is no tensor of floating-point numbers, or ``basis`` is none.
        ValueError: If ``degree`` is negative, or ``inputs`` has no dimension.

    >>> from lossland.remedies import laguerre
    >>> x = torch.tensor([0.0, 2.0], dtype=torch.float64, requires_grad=True)
    >>> polynomial_features(x, laguerre(), 2)[2].tolist()
    [1.0, -1.0]
    >>> torch.autograd.grad(polynomial_features(x, laguerre(), 4)[4, 0], x)[0].round(decimals=12).tolist()
    [-4.0, 0.0]
    """
    check_inputs(inputs)
    check_basis(basis)
    steps = recurrence_steps(basis, degree)
    ones = torch.ones_like(inputs).unsqueeze(-2)
    return torch.cat((ones, higher_features(inputs, steps)), dim=-2)


def check_inputs(inputs: torch.Tensor) -> None:
    """Raise an error unless ``inputs`` is a tensor (..., n_in) of floating-point numbers."""
    if not isinstance(inputs, torch.Tensor) or not inputs.is_floating_point():
        kind = f"a tensor of {inputs.dtype}" if isinstance(inputs, torch.Tensor) else type(inputs).__name__
        raise TypeError(f"inputs: expected a tensor of floating-point numbers, got {kind}")
    if not inputs.ndim:
        raise ValueError("inputs: expected at least one dimension (..., n_in), got a number")


def recurrence_steps(basis: OrthonormalBasis, degree: int) -> tuple[Step, ...]:
    """Return the steps that lead to the polynomials of degree 1, 2, ..., ``degree``."""
    a, b = (part.tolist() for part in basis.recurrence(degree))
    return tuple(Step(1 / b[n], a[n] / b[n], b[n - 1] / b[n] if n else 0.0) for n in range(len(b)))


def higher_features(inputs: torch.Tensor, steps: tuple[Step, ...]) -> torch.Tensor:
    """Return the polynomials of degree 1 and more, (..., N, n_in): those that are not constant."""
    if not steps:
        return inputs.unsqueeze(-2)[..., :0, :]
    if torch._C._are_functorch_transforms_active():  # these know nothing of memory that is written to in place
        return fill_out_of_place(inputs, steps)
    if inputs.requires_grad and torch.is_grad_enabled():
        return _Features.apply(inputs, steps)
    return fill_in_place(inputs, steps)


def fill_out_of_place(inputs: torch.Tensor, steps: tuple[Step, ...]) -> torch.Tensor:
    """Return the polynomials of degree 1 and more, (..., N, n_in), by operations that can all be differentiated."""
    rows = [torch.ones_like(inputs)]
    for step in steps:
        after = (step.slope * inputs - step.shift) * rows[-1]
        rows.append(after - step.ratio * rows[-2] if step.ratio else after)
    return torch.stack(rows[1:], dim=-2)


def fill_in_place(inputs: torch.Tensor, steps: tuple[Step, ...]) -> torch.Tensor:
    """Return the polynomials of degree 1 and more, (..., N, n_in), without a graph; N is not zero."""
    values = inputs.new_empty((*inputs.shape[:-1], len(steps), inputs.shape[-1]))
    rows = values.unbind(-2)
    first, *ratios = _factors(steps, inputs.dtype, inputs.device)
    torch.mul(inputs, first, out=rows[0])
    if steps[0].shift:
        rows[0].sub_(steps[0].shift)
    for n in range(1, len(steps)):
        slope, shift, _ = steps[n]
        row, before = rows[n], rows[n - 1]
        if n == 1:
            torch.addcmul(ratios[0], inputs, before, value=slope, out=row)
        else:
            torch.mul(rows[n - 2], ratios[n - 1], out=row)
            row.addcmul_(inputs, before, value=slope)
        if shift:
            row.sub_(before, alpha=shift)
    return values


@lru_cache(maxsize=64)
def _factors(steps: tuple[Step, ...], dtype: torch.dtype, device: torch.device) -> tuple[torch.Tensor, ...]:
    """The first slope and all ratios but the first, negative, as tensors: products with numbers cost a copy each."""
    numbers = [steps[0].slope, *(-step.ratio for step in steps[1:])]
    with torch.inference_mode(False):  # kept for calls of every mode
        return torch.tensor(numbers, dtype=dtype, device=device).unbind()


class _Features(torch.autograd.Function):
    @staticmethod
    def forward(context, inputs, steps):
        values = fill_in_place(inputs, steps)
        context.save_for_backward(inputs, values)
        context.steps = steps
        return values

    @staticmethod
    def backward(context, gradient):
        inputs, values = context.saved_tensors
        if torch.is_grad_enabled():  # a derivative of this one is asked for
            again = fill_out_of_place(inputs, context.steps)
            return torch.autograd.grad(again, inputs, gradient, create_graph=True)[0], None
        return _reversed(inputs, values.unbind(-2), gradient.unbind(-2), context.steps), None


def _reversed(inputs, values, gradients, steps) -> torch.Tensor:
    adjoint = [gradients[-1]]  # lambda_N, lambda_{N-1}, ...
    for n in range(len(steps) - 1, 0, -1):
        now = torch.addcmul(gradients[n - 1], inputs, adjoint[-1], value=steps[n].slope)
        if steps[n].shift:
            now.sub_(adjoint[-1], alpha=steps[n].shift)
        if len(adjoint) > 1:
            now.sub_(adjoint[-2], alpha=steps[n + 1].ratio)
        adjoint.append(now)
    result = adjoint[-1] * steps[0].slope
    for n in range(1, len(steps)):
        result.addcmul_(values[n - 1], adjoint[-1 - n], value=steps[n].slope)
    return result
