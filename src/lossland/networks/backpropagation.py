r"""Error back-propagation written out: the gradient of a loss for every layer, without automatic differentiation.

With the error signals :math:`\delta_k=\partial l/\partial z_k` of one sample,

.. math::
   \delta_K=\frac{\partial l}{\partial\tilde y},\qquad
   \delta_k=\sigma'(z_k)\odot W_{k+1}^{\mathsf T}\delta_{k+1},\qquad
   \nabla_{W_k}L=\mathbb E\,\delta_k\,x_{k-1}^{\mathsf T},\qquad \nabla_{h_k}L=\mathbb E\,\delta_k ,

where :math:`x_0` is the input, :math:`x_k=\sigma(z_k)`, and the mean runs over the samples.  The derivative is the one
in the prediction :math:`\tilde y`, not in the target.  The product of Jacobians is evaluated from the loss toward the
input: each step multiplies a row vector with a matrix, so that the whole costs about twice a forward pass.

Source: Yarotsky, *Optimization of neural networks* (slides), "Error backpropagation"; Rumelhart, Hinton and Williams
(1986).
"""

from __future__ import annotations

from collections.abc import Callable

import torch

from lossland.networks.mlp import MLP, preactivations
from lossland.networks.torch_activations import torch_activation


def layer_gradients(
    mlp: MLP,
    inputs: torch.Tensor,
    activation,
    loss_gradient: torch.Tensor | Callable[[torch.Tensor], torch.Tensor],
) -> MLP:
    """Gradient of the mean loss in all weights and biases, by the explicit formula.

    Args:
        mlp: The parameters; a batch of networks carries a leading dimension.
        inputs: Input vectors (P, d_0), or one vector (d_0,).
        activation: Name, Activation or torch function.
        loss_gradient: Derivative of each sample's loss in the outputs of the network, a tensor of the shape of the
            outputs, (..., P, d_K) or (..., d_K) for one vector; or a function that makes it from the outputs.

    Returns:
        MLP: the gradients, in the shapes of the parameters; they carry no graph.

    Raises:
        TypeError: If ``loss_gradient`` is neither a tensor nor a function that returns one.
        ValueError: If its shape is not that of the outputs.

    >>> from lossland.networks import sample_mlp
    >>> mlp = sample_mlp((2, 1), 1.0, 0.0, generator=torch.Generator().manual_seed(0))
    >>> inputs, targets = torch.eye(2, dtype=torch.float64), torch.zeros(2, 1, dtype=torch.float64)
    >>> gradient = layer_gradients(mlp, inputs, "linear", lambda outputs: outputs - targets)
    >>> torch.equal(gradient.weights[0], mlp.weights[0] / 2)
    True
    """
    with torch.no_grad():
        batch = torch.atleast_2d(inputs)
        layers = preactivations(mlp, batch, activation)
        delta = _start(loss_gradient, layers[-1], one_vector=inputs.ndim == 1)
        sigma = torch_activation(activation)
        weights, biases = [], []
        for k in range(len(layers) - 1, -1, -1):
            below = sigma.value(layers[k - 1]) if k else batch
            weights.append(delta.mT @ below / batch.shape[0])
            biases.append(delta.mean(dim=-2))
            if k:
                delta = (delta @ mlp.weights[k]) * sigma.derivative(layers[k - 1])
        return MLP(tuple(weights[::-1]), tuple(biases[::-1]))


def _start(loss_gradient, outputs: torch.Tensor, *, one_vector: bool) -> torch.Tensor:
    """The error signal of the last layer, (..., P, d_K), after its checks."""
    shown = outputs[..., 0, :] if one_vector else outputs
    with torch.enable_grad():  # the function may differentiate the loss by itself
        delta = loss_gradient(shown) if callable(loss_gradient) else loss_gradient
    if not isinstance(delta, torch.Tensor):
        raise TypeError(f"loss_gradient: expected a tensor or a function that returns one, got {type(delta).__name__}")
    if delta.shape != shown.shape:
        raise ValueError(
            f"loss_gradient: expected the shape of the outputs, {tuple(shown.shape)}, got {tuple(delta.shape)}"
        )
    return delta.detach()[..., None, :] if one_vector else delta.detach()
