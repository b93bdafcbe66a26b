"""Which modules are perceptrons: a chain of linear layers with one elementwise activation between them."""

from __future__ import annotations

import torch
from torch import nn

from lossland.networks.mlp import MLP

_ELEMENTWISE = (nn.Tanh, nn.ReLU, nn.Sigmoid, nn.Softplus, nn.GELU, nn.SiLU, nn.ELU, nn.LeakyReLU, nn.Softsign)


def perceptron_form(module: nn.Module) -> tuple[MLP, nn.Module] | None:
    """The weights and the activation of a module that is a plain perceptron, or None for any other module.

    Recognized are ``nn.Sequential`` of ``nn.Linear`` layers with biases, all trainable, not shared and without hooks,
    in alternation with activations of one type and the same settings, ending with a linear layer.

    Args:
        module: Any module.

    Returns:
        Views of its parameters as a network, in the order of ``module.parameters()``, and its activation.

    >>> found = perceptron_form(nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 2)))
    >>> [tuple(weight.shape) for weight in found[0].weights]
    [(4, 3), (2, 4)]
    >>> perceptron_form(nn.Sequential(nn.Linear(3, 4), nn.LayerNorm(4))) is None
    True
    """
    if type(module) is not nn.Sequential or _hooked(module):
        return None
    layers, between = list(module)[0::2], list(module)[1::2]
    if len(layers) != len(between) + 1 or any(_hooked(part) for part in module):
        return None
    if not all(type(layer) is nn.Linear and layer.bias is not None for layer in layers):
        return None
    if len({id(layer) for layer in layers}) < len(layers) or not all(p.requires_grad for p in module.parameters()):
        return None
    if any(type(part) not in _ELEMENTWISE or repr(part) != repr(between[0]) for part in between):
        return None
    weights, biases = [layer.weight.detach() for layer in layers], [layer.bias.detach() for layer in layers]
    return MLP(tuple(weights), tuple(biases)), _out_of_place(between[0]) if between else nn.Identity()


def _hooked(part: nn.Module) -> bool:
    return bool(part._forward_hooks or part._forward_pre_hooks or nn.utils.parametrize.is_parametrized(part))


def _out_of_place(activation: nn.Module):
    if not getattr(activation, "inplace", False):
        return activation
    return lambda z: activation(torch.clone(z))
