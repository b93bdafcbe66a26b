r"""The polynomial of a layered network with a coupling for each path, and its minima on the sphere.

.. math:: f(W)=\sum_{i,j_1,\dots,j_{H-1}}J_{ij_1\dots j_{H-1}}\,(W_1)_{j_1i}(W_2)_{j_2j_1}\cdots(W_H)_{1j_{H-1}}

With :math:`J=z_i`, the same for all paths that begin at one input, this is the deep linear network :math:`W_H\cdots
W_1z`, and on the sphere :math:`\sum_k|W_k|^2=N` every local minimum is global: f is linear in each layer, hence
harmonic, so no local minimum has :math:`f\ge0`; where :math:`f<0` stationarity makes the layers equally long and the
gradients of rank one, so all are aligned and :math:`f=-(N/H)^{H/2}|z|`.  With independent J this ends: the form is a
spin glass with many minima.  Minimization alternates: given the other layers, the best :math:`W_k` of its length
points against the gradient, so f falls in every step.  Source: our own.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import torch

from lossland import _checks
from lossland.networks.device import check_inputs


class LayeredMinima(NamedTuple):
    """End points of the minimization from many starts.

    Attributes:
        values: f at each of them, (n_starts,).
        weights: H tensors (n_starts, d_k, d_{k-1}).
        n_sweeps: Number of sweeps through all layers.
        converged: Whether f fell by less than the tolerance in the last sweep, (n_starts,).
    """

    values: torch.Tensor
    weights: tuple[torch.Tensor, ...]
    n_sweeps: int
    converged: torch.Tensor


def layered_form(couplings: torch.Tensor, weights: Sequence[torch.Tensor]) -> torch.Tensor:
    """Value of the form.

    Args:
        couplings: One number for each path, (d_0, d_1, ..., d_{H-1}).
        weights: H tensors (..., d_k, d_{k-1}), d_H = 1.

    Returns:
        Tensor (...).

    >>> couplings = torch.tensor([[1.0, 2.0], [3.0, 4.0]])  # [input, hidden neuron]
    >>> layered_form(couplings, (torch.tensor([[1.0, 10.0], [0.0, 0.0]]), torch.tensor([[1.0, 5.0]])))
    tensor(31.)
    """
    partial = couplings
    for layer, weight in enumerate(weights[:-1]):
        partial = _contract_first(partial, weight, couplings.ndim - layer)
    return (partial * weights[-1][..., 0, :]).sum(dim=-1)


def minimize_layered_form(
    couplings: torch.Tensor,
    n_starts: int,
    *,
    tol: float = 1e-12,
    max_sweeps: int = 20_000,
    generator: torch.Generator,
) -> LayeredMinima:
    """Minimize the form over layers of length sqrt(N/H) each, from random starts.

    On the sphere of all N weights local minima have layers of equal length, so these are its local minima, too.

    Args:
        couplings: One number for each path, (d_0, d_1, ..., d_{H-1}), H >= 2.
        n_starts: Number of starts, uniform on the product of spheres.
        tol: Least relative decrease of f in a sweep.
        max_sweeps: Most sweeps.
        generator: Source of randomness, on the device of the couplings.

    Returns:
        LayeredMinima: where the starts ended.

    Raises:
        ValueError: If the couplings have fewer than two axes.
    """
    check_inputs(couplings, generator, name="couplings")
    if couplings.ndim < 2:
        raise ValueError(f"couplings: expected at least two axes, input and hidden layers, got {couplings.ndim}")
    n_starts = _checks.integer("n_starts", n_starts, low=1)
    widths, order = (*couplings.shape, 1), couplings.ndim
    n_weights = sum(below * above for below, above in pairwise(widths))
    length, options = (n_weights / order) ** 0.5, {"dtype": couplings.dtype, "device": couplings.device}
    shapes = [(n_starts, widths[k + 1], widths[k]) for k in range(order)]
    weights = [_scaled(torch.randn(s, generator=generator, **options), length) for s in shapes]
    values, sweep = layered_form(couplings, weights), 0
    converged = torch.zeros(n_starts, dtype=torch.bool, device=couplings.device)
    while not bool(converged.all()) and sweep < max_sweeps:
        partial = couplings
        for layer in range(order):
            weights[layer] = _scaled(-_gradient(partial, weights, layer), length)
            partial = _contract_first(partial, weights[layer], order - layer) if layer < order - 1 else partial
        lower, sweep = layered_form(couplings, weights), sweep + 1
        converged, values = values - lower <= tol * lower.abs(), lower
    return LayeredMinima(values, tuple(weights), sweep, converged)


def _contract_first(partial: torch.Tensor, weight: torch.Tensor, n_axes: int) -> torch.Tensor:
    """Sum over the first path axis of (..., j_{k-1}, j_k, ..., j_{H-1}), against the layer (..., d_k, d_{k-1})."""
    factor = weight.mT.reshape(*weight.shape[:-2], *weight.mT.shape[-2:], *[1] * (n_axes - 2))
    return (partial * factor).sum(dim=-n_axes)


def _gradient(partial: torch.Tensor, weights: Sequence[torch.Tensor], layer: int) -> torch.Tensor:
    """Gradient in one layer, from the couplings contracted with all layers before it."""
    if layer == len(weights) - 1:
        return partial[..., None, :]
    rest = partial * _on_last_axes(weights[-1][..., 0, :], len(weights) - layer, 1)
    for k in range(len(weights) - 2, layer, -1):
        rest = (rest * _on_last_axes(weights[k].mT, k + 2 - layer, 2)).sum(dim=-1)
    return rest.mT


def _on_last_axes(factor: torch.Tensor, n_axes: int, n_own: int) -> torch.Tensor:
    """View a factor with a batch dimension and ``n_own`` axes as one of ``n_axes``, its own at the end."""
    return factor.reshape(factor.shape[0], *[1] * (n_axes - n_own), *factor.shape[1:])


def _scaled(weight: torch.Tensor, length: float) -> torch.Tensor:
    return weight * (length / weight.flatten(1).norm(dim=1)[:, None, None])
