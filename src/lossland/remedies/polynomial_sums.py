r"""Sums of polynomials of single inputs, going forward and backward with three products of matrices.

.. math:: y_j=\sum_{ni}W_{jni}\,\phi_n(x_i)

The constants :math:`\phi_0=1` add up to biases.  Derivatives of the polynomials are combinations of those of lower
degree, :math:`\phi_n'=\sum_{m<n}D_{nm}\phi_m`, so that the derivative by an input is a sum like y itself, with the
coefficients :math:`\sum_nW_{jni}D_{nm}`: the features that were made going forward are all that going backward needs.

Source: Glukhov (2024), section 6.2.2.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import torch
from torch.nn.functional import linear

from lossland.remedies.feature_recurrence import Step, fill_in_place, fill_out_of_place


def polynomial_sums(inputs: torch.Tensor, weight: torch.Tensor, steps: tuple[Step, ...]) -> torch.Tensor:
    """Return the sums (..., n_out) for inputs (..., n_in) and coefficients (n_out, N + 1, n_in), N being at least 1.

    Args:
        inputs: Points, on the device and of the dtype of the coefficients.
        weight: The coefficients.
        steps: The N steps of the recurrence.

    >>> from lossland.remedies import legendre
    >>> from lossland.remedies.feature_recurrence import recurrence_steps
    >>> polynomial_sums(torch.tensor([[0.5]]), torch.ones(1, 2, 1), recurrence_steps(legendre(), 1))  # 1 + x * 3**0.5
    tensor([[1.8660]])
    """
    if torch._C._are_functorch_transforms_active():  # these know nothing of memory that is written to in place
        return _composed(inputs, weight, steps)
    if inputs.ndim == 2:
        return _Sums.apply(inputs, weight, steps)
    *batch, n_inputs = inputs.shape
    return _Sums.apply(inputs.reshape(-1, n_inputs), weight, steps).view(*batch, len(weight))


def derivative_table(steps: tuple[Step, ...]) -> np.ndarray:
    """Return the coefficients D (N + 1, N) of the derivatives of the polynomials, by degrees of both."""
    n_steps = len(steps)
    by_x = np.zeros((n_steps, n_steps + 1))  # x times a polynomial as a sum of polynomials
    for m, (slope, shift, ratio) in enumerate(steps):
        by_x[m, m + 1], by_x[m, m] = 1 / slope, shift / slope
        if m:
            by_x[m, m - 1] = ratio / slope
    table = np.zeros((n_steps + 1, n_steps))
    for n, (slope, shift, ratio) in enumerate(steps):
        table[n + 1] = slope * (table[n] @ by_x)[:n_steps] - shift * table[n]
        table[n + 1, n] += slope
        if n:
            table[n + 1] -= ratio * table[n - 1]
    return table


@lru_cache(maxsize=64)
def _derivatives(steps: tuple[Step, ...], dtype: torch.dtype, device: torch.device) -> torch.Tensor:
    with torch.inference_mode(False):  # kept for calls of every mode
        return torch.as_tensor(derivative_table(steps).T.copy(), dtype=dtype, device=device)


def _composed(inputs: torch.Tensor, weight: torch.Tensor, steps: tuple[Step, ...]) -> torch.Tensor:
    features = fill_out_of_place(inputs, steps).flatten(-2)
    return linear(features, weight[:, 1:].flatten(1), weight[:, 0].sum(dim=1))


class _Sums(torch.autograd.Function):
    @staticmethod
    def forward(context, inputs, weight, steps):
        features = fill_in_place(inputs, steps).flatten(1)
        constant, rest = _split(weight.flatten(1), inputs.shape[1])
        context.save_for_backward(inputs, weight, features)
        context.steps = steps
        return linear(features, rest, constant.sum(1))

    @staticmethod
    def backward(context, gradient):
        inputs, weight, features = context.saved_tensors
        steps, (by_inputs, by_weight, _) = context.steps, context.needs_input_grad
        if torch.is_grad_enabled():  # a derivative of this one is asked for
            asked = [x for x, needed in ((inputs, by_inputs), (weight, by_weight)) if needed]
            found = iter(torch.autograd.grad(_composed(inputs, weight, steps), asked, gradient, create_graph=True))
            return next(found) if by_inputs else None, next(found) if by_weight else None, None
        return (
            _by_inputs(gradient, weight, features, steps) if by_inputs else None,
            _by_weight(gradient, weight, features) if by_weight else None,
            None,
        )


def _split(flat: torch.Tensor, n_inputs: int) -> tuple[torch.Tensor, torch.Tensor]:
    return torch.split_with_sizes(flat, (n_inputs, flat.shape[1] - n_inputs), 1)


def _by_weight(gradient: torch.Tensor, weight: torch.Tensor, features: torch.Tensor) -> torch.Tensor:
    result = torch.empty_like(weight, memory_format=torch.contiguous_format)
    constant, rest = _split(result.view(len(result), -1), weight.shape[2])
    torch.mm(gradient.t(), features, out=rest)
    constant.copy_(gradient.sum(0).unsqueeze(1))
    return result


def _by_inputs(gradient, weight, features, steps) -> torch.Tensor:
    n_outputs, n_functions, n_inputs = weight.shape
    shape = (-1, n_functions - 1, n_inputs)
    table = _derivatives(steps, weight.dtype, weight.device).expand(n_outputs, -1, -1)
    result, *parts = gradient.mm(torch.bmm(table, weight).flatten(1)).view(shape).unbind(1)
    for part, values in zip(parts, features.view(shape).unbind(1), strict=False):
        result.addcmul_(values, part)
    return result
