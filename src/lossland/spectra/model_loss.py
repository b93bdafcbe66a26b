r"""A model, a loss and data as one function of the parameters: :math:`L(\theta)=\frac1N\sum_il(f_\theta(x_i),y_i)`.

The parameters are copied, so that what is made from them describes one point even when training goes on.  Data may be
taken in chunks; the mean over all samples is exact, because every chunk enters with its share of the samples.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import torch

from lossland import _checks
from lossland.networks.mlp import MLP, forward
from lossland.networks.torch_activations import torch_activation

_RANDOM = (
    torch.nn.modules.dropout._DropoutNd,
    torch.nn.modules.batchnorm._NormBase,
    torch.nn.RReLU,
)


class UnusedParameterError(ValueError):
    """The loss does not depend on a parameter, so that its row of the Hessian means nothing; it is named."""


class ModelLoss:
    """Mean loss of a model over data.  Arguments as in :func:`~lossland.spectra.curvature.hessian_operator`.

    Attributes:
        names: Names of the parameters.
        parameters: Copies of them, in that order; leaves that ask for gradients.
        n_samples: Number of samples.
    """

    def __init__(
        self,
        model: torch.nn.Module | MLP,
        loss: Callable[[torch.Tensor, Any], torch.Tensor],
        inputs: torch.Tensor,
        targets: Any,
        *,
        activation=None,
        parameters: Sequence[str] | None = None,
        chunk_size: int | None = None,
    ) -> None:
        if not callable(loss):
            raise TypeError(f"loss: expected a function of (outputs, targets), got {type(loss).__name__}")
        if not isinstance(inputs, torch.Tensor):
            raise TypeError(f"inputs: expected a tensor with one sample per row, got {type(inputs).__name__}")
        self.n_samples = len(inputs)
        if self.n_samples == 0 or len(targets) != self.n_samples:
            raise ValueError(f"targets: expected one for each of {self.n_samples} inputs (>= 1), got {len(targets)}")
        self.loss, self.inputs, self.targets = loss, inputs, targets
        size = self.n_samples if chunk_size is None else chunk_size
        self.chunk_size = _checks.integer("chunk_size", size, low=1)
        self.model = model
        self.activation = _activation_of(model, activation)
        everything = {name: tensor.detach().clone() for name, tensor in _named(model)}
        chosen = _chosen(everything, parameters)
        self.frozen = {name: tensor for name, tensor in everything.items() if name not in chosen}
        self.names = tuple(chosen)
        self.parameters = tuple(everything[name].requires_grad_(True) for name in chosen)
        self._check()

    @property
    def shapes(self) -> dict[str, torch.Size]:
        """Shape of each parameter by name."""
        return {name: tensor.shape for name, tensor in zip(self.names, self.parameters, strict=True)}

    def outputs(self, inputs: torch.Tensor) -> torch.Tensor:
        """Outputs of the model for some inputs, as a function of the parameters."""
        values = {**self.frozen, **dict(zip(self.names, self.parameters, strict=True))}
        if isinstance(self.model, MLP):
            depth = len(self.model.weights)
            mlp = MLP(
                tuple(values[f"weights.{k}"] for k in range(depth)), tuple(values[f"biases.{k}"] for k in range(depth))
            )
            return forward(mlp, inputs, self.activation)
        return torch.func.functional_call(self.model, values, (inputs,))

    def chunks(self) -> Iterator[tuple[torch.Tensor, Any, float]]:
        """Yield inputs, targets and the share of the samples of each chunk."""
        for start in range(0, self.n_samples, self.chunk_size):
            rows = slice(start, start + self.chunk_size)
            inputs = self.inputs[rows]
            yield inputs, self.targets[rows], len(inputs) / self.n_samples

    def value(self, outputs: torch.Tensor, targets: Any) -> torch.Tensor:
        """Loss of some outputs, a scalar."""
        result = self.loss(outputs, targets)
        if not isinstance(result, torch.Tensor) or result.ndim:
            got = f"shape {tuple(result.shape)}" if isinstance(result, torch.Tensor) else type(result).__name__
            raise ValueError(f"loss: expected one number, the mean over the samples, got {got}")
        return result

    def mean(self) -> float:
        """Loss of all samples."""
        with torch.no_grad():
            return sum(float(self.value(self.outputs(x), y)) * share for x, y, share in self.chunks())

    def mean_at(self, vector: torch.Tensor) -> float:
        """Loss of all samples at other parameters, given as one vector."""
        here = self.parameters
        pieces = vector.detach().split([parameter.numel() for parameter in here])
        try:
            self.parameters = tuple(piece.view_as(p) for piece, p in zip(pieces, here, strict=True))
            return self.mean()
        finally:
            self.parameters = here

    def gradients(self, inputs: torch.Tensor, targets: Any) -> tuple[torch.Tensor, ...]:
        """Gradient of the mean loss of some samples, with the graph to differentiate it again.

        Raises:
            UnusedParameterError: If the loss does not depend on a parameter.
        """
        with torch.enable_grad():
            value = self.value(self.outputs(inputs), targets)
            found: tuple[torch.Tensor | None, ...] = (None,) * len(self.parameters)
            if value.requires_grad:
                found = torch.autograd.grad(value, self.parameters, create_graph=True, allow_unused=True)
        unused = [name for name, gradient in zip(self.names, found, strict=True) if gradient is None]
        if unused:
            raise UnusedParameterError(
                f"loss: does not depend on the parameter{'s' * (len(unused) > 1)} {', '.join(unused)}; name the others "
                "in `parameters`, or freeze with requires_grad_(False)"
            )
        return found

    def _check(self) -> None:
        inputs, targets, _ = next(self.chunks())
        device = self.parameters[0].device
        if inputs.device != device:
            raise ValueError(f"inputs: expected them on {device} as the parameters, got {inputs.device}")
        with torch.no_grad():
            value = self.value(self.outputs(inputs), targets)
            if not bool(torch.isfinite(value)):
                raise ValueError(f"loss: expected a finite value at these parameters, got {float(value):g}")
            if self.chunk_size < self.n_samples:
                self._check_mean()

    def _check_mean(self) -> None:
        """Chunks can only be averaged when the loss is a mean over samples."""
        outputs = torch.cat([self.outputs(x) for x, _, _ in self.chunks()])
        whole, parts = float(self.value(outputs, self.targets)), self.mean()
        if abs(whole - parts) > 1e-3 * max(abs(whole), abs(parts)):
            raise ValueError(
                f"loss: expected a mean over samples, but all of them give {whole:g} and the mean over chunks "
                f"{parts:g}; use reduction='mean', or leave chunk_size out"
            )


def _named(model) -> Iterator[tuple[str, torch.Tensor]]:
    if isinstance(model, MLP):
        for k, (weight, bias) in enumerate(zip(model.weights, model.biases, strict=True)):
            if weight.ndim != 2:
                raise ValueError(f"model: expected one network, got a batch: weights of shape {tuple(weight.shape)}")
            yield f"weights.{k}", weight
            yield f"biases.{k}", bias
        return
    if not isinstance(model, torch.nn.Module):
        raise TypeError(f"model: expected a torch.nn.Module or a lossland.networks.MLP, got {type(model).__name__}")
    random = [name for name, part in model.named_modules() if part.training and isinstance(part, _RANDOM)]
    if random:
        raise ValueError(f"model: {random[0]!r} depends on the batch or on chance while training; call model.eval()")
    for name, tensor in model.named_parameters():
        if tensor.requires_grad:
            yield name, tensor


def _activation_of(model, activation):
    if isinstance(model, MLP):
        if activation is None:
            raise TypeError("activation: expected a name or a torch function for an MLP, got None")
        return torch_activation(activation).value
    if activation is not None:
        raise TypeError(f"activation: a {type(model).__name__} has its own, leave it out; got {activation!r}")
    return None


def _chosen(everything: dict[str, torch.Tensor], parameters: Sequence[str] | None) -> list[str]:
    names = list(everything)
    if not names:
        raise ValueError("model: expected parameters with requires_grad, got none")
    if parameters is None:
        return names
    unknown = sorted(set(parameters) - set(names))
    if unknown or not parameters:
        raise ValueError(f"parameters: expected names out of {', '.join(names)}, got {', '.join(unknown) or 'none'}")
    return [name for name in names if name in set(parameters)]
