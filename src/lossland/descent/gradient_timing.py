r"""How long a gradient takes: back-propagation against one evaluation, and against finite differences, by the clock.

The counts of :mod:`lossland.descent.operation_count` say what to expect: for wide layers a forward pass is one matrix
product per layer, back-propagation two more (none toward the inputs), so that value and gradient together cost nearly
three passes; finite differences cost W + 1 passes.  The clock adds what operations do not show: memory, calls, caches.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import NamedTuple

import torch

from lossland import _checks
from lossland.networks import MLP, forward, from_vector, layer_gradients, sample_mlp, to_vector
from lossland.networks.losses import quadratic


class GradientTimes(NamedTuple):
    """Seconds, the least of several repetitions each; times of other processes only make them longer.

    Attributes:
        n_weights: W, weights and biases.
        forward: One evaluation of the loss.
        backpropagation: Value and gradient by the explicit formula, ``networks.layer_gradients``.
        autograd: Value and gradient by torch's reverse mode.
        finite_differences: One-sided difference quotients in all W directions.
        n_differences: How many directions were run; where fewer than W, ``finite_differences`` is scaled up.
        gradient_error: Largest difference between back-propagation and the quotients run, over the largest entry.
    """

    n_weights: int
    forward: float
    backpropagation: float
    autograd: float
    finite_differences: float
    n_differences: int
    gradient_error: float


def measure_gradient_times(
    widths: Sequence[int],
    n_samples: int,
    *,
    n_repeats: int = 5,
    max_differences: int = 200,
    dtype: torch.dtype = torch.float64,
    generator: torch.Generator,
) -> GradientTimes:
    """Time the gradient of a tanh perceptron's quadratic loss on random data, on the device of the generator.

    Args:
        widths: (d_0, ..., d_K).
        n_samples: Number of samples P.
        n_repeats: Repetitions of each timing; the least counts.
        max_differences: Most directions for finite differences.
        dtype: Floating type.
        generator: Draws weights, inputs and targets.

    Returns:
        GradientTimes: seconds; the gradient error is a number of double-precision rounding, not of time.

    Raises:
        ValueError: If an argument is out of range.
    """
    n_samples = _checks.integer("n_samples", n_samples, low=1)
    n_repeats = _checks.integer("n_repeats", n_repeats, low=1)
    max_differences = _checks.integer("max_differences", max_differences, low=1)
    mlp = sample_mlp(widths, 1.0, 0.1, dtype=dtype, generator=generator)
    options = {"dtype": dtype, "device": generator.device, "generator": generator}
    inputs = torch.randn(n_samples, mlp.weights[0].shape[-1], **options)
    targets = torch.randn(n_samples, mlp.biases[-1].shape[-1], **options)
    vector = to_vector(mlp)
    directions = torch.randperm(len(vector), device=generator.device, generator=generator)[:max_differences].tolist()

    def loss(parameters: MLP):
        return quadratic.value(targets, forward(parameters, inputs, "tanh")).sum(dim=-1).mean()

    def by_formula():
        return layer_gradients(mlp, inputs, "tanh", lambda outputs: outputs - targets)

    def by_differences():
        return _difference_quotients(lambda w: loss(from_vector(w, mlp)), vector, directions)

    clock = _Clock(n_repeats, generator.device)
    run = clock.least(by_differences, repeats=1)
    gradient = to_vector(by_formula())
    error = (by_differences() - gradient[directions]).abs().max() / gradient.abs().max()
    return GradientTimes(
        len(vector),
        clock.least(lambda: loss(mlp)),
        clock.least(by_formula),
        clock.least(lambda: _by_autograd(loss, mlp)),
        run * (len(vector) + 1) / (len(directions) + 1),
        len(directions),
        float(error),
    )


def _by_autograd(loss: Callable, mlp: MLP) -> tuple[torch.Tensor, ...]:
    leaves = [tensor.detach().requires_grad_(True) for tensor in (*mlp.weights, *mlp.biases)]
    copy = MLP(tuple(leaves[: len(mlp.weights)]), tuple(leaves[len(mlp.weights) :]))
    return torch.autograd.grad(loss(copy), leaves)


def _difference_quotients(loss: Callable, vector: torch.Tensor, directions: Sequence[int]) -> torch.Tensor:
    """(L(w + h e_i) - L(w)) / h for the given i; h balances truncation and rounding for values of order one."""
    step = torch.finfo(vector.dtype).eps ** 0.5
    here, moved = loss(vector), vector.clone()
    quotients = torch.empty(len(directions), dtype=vector.dtype, device=vector.device)
    for position, index in enumerate(directions):
        moved[index] += step
        quotients[position] = (loss(moved) - here) / step
        moved[index] = vector[index]
    return quotients


class _Clock:
    """Seconds of a function: the least of several repetitions of batches of at least a millisecond."""

    def __init__(self, n_repeats: int, device: torch.device):
        self.n_repeats, self.device = n_repeats, device

    def least(self, function: Callable, *, repeats: int | None = None) -> float:
        once = self._seconds(function, 1)
        if repeats == 1:
            return once
        calls = max(1, round(1e-3 / max(once, 1e-7)))
        return min(self._seconds(function, calls) for _ in range(self.n_repeats)) / calls

    def _seconds(self, function: Callable, calls: int) -> float:
        self._wait()
        started = time.perf_counter()
        for _ in range(calls):
            function()
        self._wait()
        return time.perf_counter() - started

    def _wait(self) -> None:
        if self.device.type == "cuda":
            torch.cuda.synchronize(self.device)
