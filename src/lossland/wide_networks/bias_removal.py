r"""Networks without bias terms: a constant neuron takes their place.

Two constructions that are often taken for one.

*Appended*, as on the slides: every signal gets a last component 1, :math:`\tilde z=(z,1)`, and
:math:`z_k=\tilde W_k\tilde x_{k-1}` with :math:`\tilde W_k=(W_k\,|\,h_k)`, a matrix :math:`d_k\times(d_{k-1}+1)`.

*Carried*: one more neuron per hidden layer computes the constant by itself, so that all layers are of the form
:math:`z_k=\bar W_kx_{k-1}` with blocks

.. math::
   \bar W_k=\begin{pmatrix}W_k&h_k/\gamma\\0&c/\gamma\end{pmatrix},\qquad\gamma=\sigma(c)\ne0 .

Both represent the same functions.  They differ in rank: :math:`\operatorname{rank}\tilde W_k` can exceed
:math:`\operatorname{rank}W_k` by one, while :math:`\operatorname{rank}\bar W_k=\operatorname{rank}W_k+1` always (if
:math:`c\neq0`).  A hypothesis about ranks must say which matrix it means.

Source: Yarotsky, *Optimization of neural networks* (slides), "Getting rid of bias terms".
"""

from __future__ import annotations

import torch
from array_api_compat import array_namespace

from lossland import _checks
from lossland.networks import MLP, torch_activation


def append_constant(signals):
    """Append a component 1 to every vector: (..., d) becomes (..., d + 1), in the type and on the device given.

    >>> append_constant([[2.0, 3.0]]).tolist()
    [[2.0, 3.0, 1.0]]
    """
    signals, xp = _checks.floating_array("signals", signals)
    if not signals.ndim:
        raise ValueError("signals: expected vectors (..., d), got one number; write it as [x]")
    return xp.concat([signals, xp.ones_like(signals[..., :1])], axis=-1)


def extended_weights(mlp: MLP) -> tuple[torch.Tensor, ...]:
    """Weights with the bias as their last column, one tensor (..., d_k, d_{k-1} + 1) per layer.

    >>> from lossland.networks import sample_mlp
    >>> mlp = sample_mlp((3, 5, 2), 1.0, 0.1, generator=torch.Generator().manual_seed(0))
    >>> [tuple(weight.shape) for weight in extended_weights(mlp)]
    [(5, 4), (2, 6)]
    """
    layers = zip(mlp.weights, mlp.biases, strict=True)
    return tuple(torch.cat([weight, bias[..., None]], dim=-1) for weight, bias in layers)


def forward_extended(weights: tuple[torch.Tensor, ...], inputs: torch.Tensor, activation) -> torch.Tensor:
    """Output of the network with appended constants: the pre-activation of its last layer.

    Args:
        weights: As :func:`extended_weights` returns them.
        inputs: Input vectors (P, d_0) without the constant.
        activation: Name, Activation or torch function.

    Returns:
        Tensor (..., P, d_K).
    """
    sigma = torch_activation(activation).value
    array_namespace(inputs, *weights)  # one kind of array, or a TypeError that names the kinds
    outputs = append_constant(inputs) @ weights[0].mT
    for weight in weights[1:]:
        outputs = append_constant(sigma(outputs)) @ weight.mT
    return outputs


def carry_constant(mlp: MLP, activation, *, preactivation: float = 1.0) -> MLP:
    """The same function of ``append_constant(inputs)`` without any bias: one neuron per hidden layer carries the
    constant.

    Args:
        mlp: Network with biases.
        activation: Name, Activation or torch function.
        preactivation: The number c that enters the constant neurons; its activation must not be 0.

    Returns:
        MLP: of widths d_0 + 1, d_1 + 1, ..., d_{K-1} + 1, d_K, with zero biases.

    Raises:
        ValueError: If the activation vanishes at ``preactivation``.

    >>> from lossland.networks import forward, sample_mlp
    >>> mlp = sample_mlp((3, 5, 2), 1.0, 0.5, generator=torch.Generator().manual_seed(0))
    >>> x = torch.eye(3, dtype=torch.float64)
    >>> same = forward(carry_constant(mlp, "tanh"), append_constant(x), "tanh")
    >>> bool((same - forward(mlp, x, "tanh")).abs().max() < 1e-14)
    True
    """
    c = _checks.real_number("preactivation", preactivation)
    like = mlp.weights[0]
    gamma = float(torch_activation(activation).value(torch.tensor([c], dtype=like.dtype, device=like.device)))
    if gamma == 0 or c == 0:
        raise ValueError(f"preactivation: expected a number other than 0 whose activation is not 0, got {c:g}")
    weights, carried = [], 1.0
    for k, weight in enumerate(extended_weights(mlp)):
        weight = torch.cat([weight[..., :-1], weight[..., -1:] / carried], dim=-1)
        if k < len(mlp.weights) - 1:
            row = torch.zeros_like(weight[..., :1, :])
            row[..., -1] = c / carried
            weight = torch.cat([weight, row], dim=-2)
        weights.append(weight)
        carried = gamma
    return MLP(tuple(weights), tuple(torch.zeros_like(weight[..., 0]) for weight in weights))
