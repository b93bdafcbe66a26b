r"""Stacked polynomial layers, and the symmetries that they keep.

Hidden units can be permuted as in any network, unless masks tell them apart.  Masks do not remove another symmetry:
polynomials of a symmetric density have a parity, :math:`\phi_n(-x)=(-1)^n\phi_n(x)`, so that the signs of the
coefficients that lead to a hidden unit can be changed together with those of odd degree that lead from it: :math:`2^h`
equal networks for h hidden units.  Laguerre's polynomials have no parity.

Source: Glukhov (2024), section 6.2.2, on stacking; Chen, Lu and Hecht-Nielsen (1993) for sign changes of tanh units.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence

import torch
from torch import nn

from lossland import _checks
from lossland.remedies.orthogonal_bases import OrthonormalBasis, chebyshev, check_basis
from lossland.remedies.polynomial_layer import PolynomialLayer


def stacked_polynomials(
    widths: Sequence[int],
    degree: int,
    basis: OrthonormalBasis | None = None,
    *,
    masks: Sequence | None = None,
    outside: str = "squash",
    first_outside: str | None = None,
    scale: bool = False,
    generator: torch.Generator | None = None,
    device=None,
    dtype=None,
) -> nn.Sequential:
    """Stack polynomial layers.

    Args:
        widths: Numbers of inputs, hidden units, and outputs.
        degree: Highest degree of all layers.
        basis: The basis, Chebyshev's by default.
        masks: A mask for each layer, (n_outputs, N + 1, n_inputs) or ``None``; or ``None`` for none at all.
        outside: What hidden layers do with inputs outside the domain, see
            :class:`~lossland.remedies.polynomial_layer.PolynomialLayer`.
        first_outside: The same for the first layer; as ``outside`` by default.
        scale: Whether each input of a layer has a scale that is trained.
        generator: For the initial coefficients.
        device: Device of the parameters.
        dtype: Their dtype.

    Returns:
        An ``nn.Sequential`` of :class:`~lossland.remedies.polynomial_layer.PolynomialLayer`.

    Raises:
        ValueError: If there are fewer than two widths, not one mask for each layer, or as for the layer.

    >>> network = stacked_polynomials([3, 5, 2], degree=4, generator=torch.Generator().manual_seed(0))
    >>> network(torch.zeros(7, 3)).shape
    torch.Size([7, 2])
    """
    widths = _checks.layer_widths("widths", widths, at_least=2)
    n_layers = len(widths) - 1
    first_outside = outside if first_outside is None else first_outside
    masks = [None] * n_layers if masks is None else list(masks)
    if len(masks) != n_layers:
        raise ValueError(f"masks: expected one for each of {n_layers} layers, got {len(masks)}")
    return nn.Sequential(
        *(
            PolynomialLayer(
                widths[k], widths[k + 1], degree, basis or chebyshev(), outside=outside if k else first_outside,
                scale=scale, mask=masks[k], generator=generator, device=device, dtype=dtype,
            )
            for k in range(n_layers)
        )
    )  # fmt: skip


def permute_hidden(network: nn.Sequential, layer: int, order) -> nn.Sequential:
    """Return a copy with the units between two layers in another order, masks and scales with them.

    Args:
        network: Stacked layers.
        layer: Number of the layer whose outputs are permuted, 0 for the first.
        order: ``order[i]`` is the unit that takes place i.

    Returns:
        The copy: the same function.

    Raises:
        ValueError: If ``order`` is no permutation, or there is no such pair of layers.
    """
    moved, first, second = _pair(network, layer)
    order = torch.as_tensor(order, device=first.weight.device)
    if sorted(order.tolist()) != list(range(first.weight.shape[0])):
        raise ValueError(f"order: expected a permutation of {first.weight.shape[0]} units, got {order.tolist()}")
    with torch.no_grad():
        first.weight.copy_(first.weight[order])
        second.weight.copy_(second.weight[..., order])
        if second.scale is not None:
            second.scale.copy_(second.scale[order])
        for part, dimension in ((first, 0), (second, 2)):
            if part.mask is not None:
                part.mask.copy_(part.mask.index_select(dimension, order))
    return moved


def flip_hidden(network: nn.Sequential, layer: int, signs) -> nn.Sequential:
    """Return a copy with other signs of units between two layers; masks stay as they are.

    Args:
        network: Stacked layers with a basis that has a parity.
        layer: Number of the layer whose outputs change signs, 0 for the first.
        signs: One or minus one for each unit.

    Returns:
        The copy: the same function.

    Raises:
        ValueError: If the basis has no parity, ``signs`` are others, or there is no such pair of layers.
    """
    moved, first, second = _pair(network, layer)
    if not has_parity(second.basis):
        raise ValueError(f"network: expected a basis with a parity, got {second.basis.name}: no sign can be changed")
    signs = torch.as_tensor(signs, dtype=first.weight.dtype, device=first.weight.device)
    if signs.shape != first.weight.shape[:1] or not bool((signs.abs() == 1).all()):
        raise ValueError(f"signs: expected 1 or -1 for each of {first.weight.shape[0]} units, got {signs.tolist()}")
    odd = torch.arange(second.weight.shape[1], device=signs.device) % 2 == 1
    with torch.no_grad():
        first.weight.mul_(signs[:, None, None])
        second.weight.mul_(torch.where(odd[:, None], signs, torch.ones_like(signs)))
    return moved


def has_parity(basis: OrthonormalBasis, *, degree: int = 16) -> bool:
    """Return whether the density is symmetric about zero, so that polynomials are even or odd.

    Args:
        basis: The basis.
        degree: Up to which degree its recurrence is looked at.

    Raises:
        TypeError: If ``basis`` is none.

    >>> from lossland.remedies import jacobi, laguerre, legendre
    >>> has_parity(legendre()), has_parity(laguerre()), has_parity(jacobi(1.0, 0.0))
    (True, False, False)
    """
    check_basis(basis)
    return basis.domain[0] == -basis.domain[1] and not basis.recurrence(degree)[0].any()


def _pair(network: nn.Sequential, layer: int):
    layer = _checks.integer("layer", layer, low=0, high=len(network) - 2)
    moved = copy.deepcopy(network)
    first, second = moved[layer], moved[layer + 1]
    for place, part in ((layer, first), (layer + 1, second)):
        if not isinstance(part, PolynomialLayer):
            kind = type(part).__name__
            raise ValueError(f"network: expected polynomial layers at {layer} and {layer + 1}, got {kind} at {place}")
    return moved, first, second
