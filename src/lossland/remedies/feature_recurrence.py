r"""Orthonormal polynomial features of tensors, differentiable, on any device.

The features :math:`\phi_0(x)\dots\phi_N(x)` are made by their recurrence, one pass of memory for each; going backward
runs the recurrence in reverse,

.. math:: \lambda_n=g_n+\frac{x-a_n}{b_{n+1}}\lambda_{n+1}-\frac{b_{n+1}}{b_{n+2}}\lambda_{n+2},\qquad
   \frac{\partial}{\partial x}=\sum_n\frac{\lambda_{n+1}\phi_n}{b_{n+1}},

with :math:`g_n` the derivative by :math:`\phi_n`: as much work as going forward, and no table of derivatives.

Source: Clenshaw (1955) for the reversed recurrence; Glukhov (2024), section 6.2.2.
"""

from __future__ import annotations

import torch

from lossland import _checks
from lossland.remedies.orthogonal_bases import OrthonormalBasis


def polynomial_features(inputs: torch.Tensor, basis: OrthonormalBasis, degree: int) -> torch.Tensor:
    r"""Evaluate all polynomials up to a degree at every entry of a tensor.

    Args:
        inputs: Floating-point numbers (..., n_in), inside the domain of the basis where the values are to stay small.
        basis: The basis.
        degree: Highest degree N.

    Returns:
        Features (..., N + 1, n_in) of the dtype and on the device of ``inputs``, differentiable once.

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
    if not isinstance(inputs, torch.Tensor) or not inputs.is_floating_point():
        kind = f"a tensor of {inputs.dtype}" if isinstance(inputs, torch.Tensor) else type(inputs).__name__
        raise TypeError(f"inputs: expected a tensor of floating-point numbers, got {kind}")
    if not inputs.ndim:
        raise ValueError("inputs: expected at least one dimension (..., n_in), got a number")
    if not isinstance(basis, OrthonormalBasis):
        raise TypeError(f"basis: expected an OrthonormalBasis such as legendre(), got {type(basis).__name__}")
    degree = _checks.integer("degree", degree, low=0)
    a, b = (part.tolist() for part in basis.recurrence(degree))
    return _Features.apply(inputs, a, b)


class _Features(torch.autograd.Function):
    @staticmethod
    def forward(context, inputs, a, b):
        values = inputs.new_empty((*inputs.shape[:-1], len(b) + 1, inputs.shape[-1]))
        rows = values.unbind(-2)
        rows[0].fill_(1.0)
        for n in range(len(b)):
            torch.mul(inputs, 1 / b[n], out=rows[n + 1])
            if a[n]:
                rows[n + 1].sub_(a[n] / b[n])
            if n:
                rows[n + 1].mul_(rows[n]).sub_(rows[n - 1], alpha=b[n - 1] / b[n])
        context.save_for_backward(inputs, values)
        context.a, context.b = a, b
        return values

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(context, gradient):
        inputs, values = context.saved_tensors
        a, b = context.a, context.b
        result = torch.zeros_like(inputs)
        later, latest = None, None  # lambda_{n+1} and lambda_{n+2} in units of their b
        for n in range(len(b) - 1, -1, -1):
            now = gradient.select(-2, n + 1)
            if later is not None:
                now = torch.addcmul(now, inputs, later)
                if a[n + 1]:
                    now = now.sub_(later, alpha=a[n + 1])
                if latest is not None:
                    now = now.sub_(latest, alpha=b[n + 1])
            now = now / b[n]
            result.addcmul_(now, values.select(-2, n))
            later, latest = now, later
        return result, None, None
