r"""Learning without back-propagation: fixed random feedback in place of transposed weights.

Going forward, the layers here are ordinary linear layers.  Going backward, the error that a hidden layer is told is

* **feedback alignment**: :math:`B_k\,\delta_{k}` instead of :math:`W_k^\top\delta_{k}`, through a fixed random matrix;
* **direct feedback alignment**: :math:`B_k\,e`, with e the derivative of the loss by the *outputs* of the network, sent
  to every hidden layer at once.

The weights of each layer learn from the error that they are told, by the usual local rule (outer product of error and
input), through autograd and with any optimizer.  With :math:`B_k=W_k^\top` feedback alignment is back-propagation.

Source: Lillicrap, Cownden, Tweed and Akerman (2016); Nokland (2016), *Direct feedback alignment provides learning in
deep neural networks*; Glukhov (2024), section 6.3.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import pairwise

import torch
from torch import nn

from lossland import _checks


class FeedbackLinear(nn.Linear):
    r"""A linear layer that tells its inputs the error through a fixed matrix.

    Args:
        n_inputs: Number of inputs.
        n_outputs: Number of outputs.
        feedback: Fixed matrix B, (n_inputs, n_outputs); if ``None``, drawn with
            entries of variance 1 / n_outputs.
        generator: For the weights and the feedback.
        device: Device of the parameters.
        dtype: Their dtype.

    Raises:
        ValueError: If a number is out of range, or the feedback has another shape.

    >>> layer = FeedbackLinear(2, 1, feedback=[[5.0], [7.0]])
    >>> x = torch.zeros(1, 2, requires_grad=True)
    >>> torch.autograd.grad(layer(x).sum(), x)[0].tolist()
    [[5.0, 7.0]]
    """

    def __init__(
        self, n_inputs: int, n_outputs: int, feedback=None, *, generator: torch.Generator | None = None, device=None,
        dtype=None,
    ):  # fmt: skip
        n_inputs = _checks.integer("n_inputs", n_inputs, low=1)
        n_outputs = _checks.integer("n_outputs", n_outputs, low=1)
        super().__init__(n_inputs, n_outputs, device=device, dtype=dtype)
        with torch.no_grad():
            self.weight.normal_(generator=generator).div_(math.sqrt(n_inputs))
            self.bias.zero_()
        self.register_buffer("feedback", _feedback(feedback, (n_inputs, n_outputs), self.weight, generator))

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        """Return (..., n_outputs) for inputs (..., n_inputs)."""
        return _FeedbackProduct.apply(inputs, self.weight, self.feedback) + self.bias


class DirectFeedbackNetwork(nn.Module):
    r"""A perceptron whose hidden layers are told the error of the outputs directly.

    Args:
        widths: Widths of all layers, inputs and outputs among them: two at least.
        activation: Activation of the hidden layers, a function of tensors.
        feedback: For each hidden layer a fixed matrix (width, n_outputs); if ``None``, drawn with entries of variance
            1 / n_outputs.
        generator: For weights and feedback.
        device: Device of the parameters.
        dtype: Their dtype.

    Raises:
        ValueError: If the widths are none, or the feedback does not fit.

    >>> network = DirectFeedbackNetwork((3, 4, 4, 2), generator=torch.Generator().manual_seed(0))
    >>> network(torch.zeros(5, 3)).shape
    torch.Size([5, 2])
    """

    def __init__(
        self,
        widths: Sequence[int],
        activation: Callable[[torch.Tensor], torch.Tensor] = torch.tanh,
        feedback: Sequence | None = None,
        *,
        generator: torch.Generator | None = None,
        device=None,
        dtype=None,
    ):
        super().__init__()
        widths = _checks.layer_widths("widths", widths, at_least=2)
        n_hidden = len(widths) - 2
        if feedback is not None and len(feedback) != n_hidden:
            raise ValueError(f"feedback: expected one matrix for each of {n_hidden} hidden layers, got {len(feedback)}")
        self.activation = activation
        self.layers = nn.ModuleList(nn.Linear(a, b, device=device, dtype=dtype) for a, b in pairwise(widths))
        for layer in self.layers:
            with torch.no_grad():
                layer.weight.normal_(generator=generator).div_(math.sqrt(layer.in_features))
                layer.bias.zero_()
        for k in range(n_hidden):
            given = None if feedback is None else feedback[k]
            matrix = _feedback(given, (widths[k + 1], widths[-1]), self.layers[0].weight, generator, f"feedback[{k}]")
            self.register_buffer(f"feedback_{k}", matrix)

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        """Return (..., n_outputs) for inputs (..., n_inputs)."""
        hidden = []
        signal = inputs
        for layer in self.layers[:-1]:
            signal = self.activation(layer(signal.detach() if hidden else signal))
            hidden.append(signal)
        outputs = self.layers[-1](signal.detach() if hidden else signal)
        matrices = [getattr(self, f"feedback_{k}") for k in range(len(hidden))]
        return _Broadcast.apply(outputs, len(hidden), *hidden, *matrices)


def alignment_angle(first: torch.Tensor, second: torch.Tensor) -> torch.Tensor:
    """Angle between two directions of parameters or errors, flattened.

    Args:
        first: Tensor of any shape, not zero.
        second: Tensor of the same number of entries, not zero.

    Returns:
        Angle in degrees, from 0 to 180, a tensor without dimensions.

    Raises:
        ValueError: If the sizes differ, or one of them is zero.

    >>> alignment_angle(torch.tensor([1.0, 0.0]), torch.tensor([1.0, 1.0])).round().item()
    45.0
    """
    first, second = first.detach().flatten(), second.detach().flatten()
    if first.shape != second.shape:
        raise ValueError(f"second: expected {first.numel()} entries as in first, got {second.numel()}")
    norms = first.norm(), second.norm()
    if not (norms[0] > 0 and norms[1] > 0):
        raise ValueError(f"{'first' if norms[0] == 0 else 'second'}: expected a direction, got zeros")
    first, second = first / norms[0], second / norms[1]
    half = torch.atan2((first - second).norm(), (first + second).norm())  # exact for small angles, too
    return torch.rad2deg(2 * half)


class _FeedbackProduct(torch.autograd.Function):
    @staticmethod
    def forward(context, inputs, weight, feedback):
        context.save_for_backward(inputs, feedback)
        return inputs @ weight.T

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(context, error):
        inputs, feedback = context.saved_tensors
        own = error.flatten(0, -2).T @ inputs.flatten(0, -2)
        return error @ feedback.T, own, None


class _Broadcast(torch.autograd.Function):
    """The identity of the outputs; backward, each hidden layer is told the error of the outputs through its matrix."""

    @staticmethod
    def forward(context, outputs, n_hidden, *hidden_and_matrices):
        context.save_for_backward(*hidden_and_matrices[n_hidden:])
        return outputs.view_as(outputs)

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(context, error):
        matrices = context.saved_tensors
        return error, None, *(error @ matrix.T for matrix in matrices), *(None for _ in matrices)


def _feedback(given, shape, like: torch.Tensor, generator, name: str = "feedback") -> torch.Tensor:
    if given is None:
        drawn = torch.empty(shape, device=like.device, dtype=like.dtype).normal_(generator=generator)
        return drawn / math.sqrt(shape[1])
    matrix = torch.as_tensor(given, device=like.device, dtype=like.dtype)
    if tuple(matrix.shape) != shape:
        raise ValueError(f"{name}: expected the shape {shape}, (units that are told, units that tell), got "
                         f"{tuple(matrix.shape)}")  # fmt: skip
    return matrix.clone()
