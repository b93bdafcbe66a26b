r"""Pyramidal networks: at a stationary point with full ranks and affinely independent inputs the loss is zero.

A network is *pyramidal* if its widths do not increase behind the first layer, :math:`d_K\le\dots\le d_1`; nothing is
asked of :math:`d_0`.  Let :math:`\sigma'>0`, :math:`L=\frac1{2N}\sum_n|r_n|^2` with residuals
:math:`r_n=\tilde f(x_n)-y_n`, and let :math:`\tilde X` (N, d_0 + 1) hold the extended inputs :math:`(x_n,1)`.  The
gradient in the first layer with its bias is :math:`\frac1NZ^{\mathsf T}\tilde X`, where row n of :math:`Z` is
:math:`F_1'W_2^{\mathsf T}\cdots F_{K-1}'W_K^{\mathsf T}r_n`.  Smallest singular values bound each factor from below:

.. math::
   \|\nabla_{\tilde W_1}L\|\ \ge\ C\,\|r\|,\qquad
   C=\frac1N\,s_{\min}(\tilde X)\prod_{k\ge2}s_{\min}(W_k)\,\min_n\prod_{k<K}\min_i\sigma'(z_{k,i}(x_n)),

with :math:`\|r\|^2=\sum_n|r_n|^2=2NL` and :math:`s_{\min}` the N-th, respectively :math:`d_k`-th singular value.
That is the proof of Gori and Tesi (1992), made quantitative.  It shows which hypotheses are needed: affinely
independent inputs (so :math:`N\le d_0+1`), :math:`\operatorname{rank}W_k=d_k` for the weight blocks **without**
their bias column, and only for :math:`k\ge2`.  It also gives more than the theorem: :math:`\|\nabla L\|^2\ge2\mu L`
with :math:`\mu=NC^2`, a Polyak-Lojasiewicz inequality, under which gradient flow converges like :math:`e^{-2\mu t}`
as long as :math:`\mu` stays away from zero (Nguyen and Mondelli 2020).

Source: Gori and Tesi (1992), *On the problem of local minima in backpropagation*; Yarotsky, *Optimization of neural
networks* (slides), "Pyramidal networks".
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import torch

from lossland import _checks
from lossland.networks import MLP, layer_gradients, preactivations, torch_activation
from lossland.wide_networks.bias_removal import append_constant, extended_weights


class GradientBound(NamedTuple):
    """Both sides of the inequality, tensors over the batch of networks (...).

    Attributes:
        gradient_norm: Norm of the gradient in the first layer, weights and biases.
        constant: The factor C.
        residual_norm: Square root of 2 N L.
        input_singular_value: N-th singular value of the extended inputs, one number.
        layer_singular_values: Smallest singular value of W_k for k = 2, ..., K, (..., K - 1).
    """

    gradient_norm: torch.Tensor
    constant: torch.Tensor
    residual_norm: torch.Tensor
    input_singular_value: torch.Tensor
    layer_singular_values: torch.Tensor

    @property
    def bound(self) -> torch.Tensor:
        """The lower bound for ``gradient_norm``."""
        return self.constant * self.residual_norm


class Hypotheses(NamedTuple):
    """Which hypotheses of the theorem hold at a network and its inputs.

    Attributes:
        pyramidal: Whether widths do not increase from the first hidden layer on.
        affinely_independent: Whether the extended inputs are linearly independent.
        full_ranks: Whether rank W_k = d_k, for k = 2, ..., K.
        extended_full_ranks: The same for the blocks with their bias column: *not* what the theorem needs.
        increasing: Whether the activation has a positive slope at every neuron and sample.
    """

    pyramidal: bool
    affinely_independent: bool
    full_ranks: tuple[bool, ...]
    extended_full_ranks: tuple[bool, ...]
    increasing: bool

    @property
    def all_hold(self) -> bool:
        """Whether the theorem applies."""
        return self.pyramidal and self.affinely_independent and all(self.full_ranks) and self.increasing


def is_pyramidal(widths: Sequence[int]) -> bool:
    """Whether ``(d_0, d_1, ..., d_K)`` do not increase from d_1 on; d_0 is free.

    >>> is_pyramidal((3, 10, 5, 5, 2)), is_pyramidal((8, 4, 6, 2))
    (True, False)
    """
    widths = _checks.layer_widths("widths", widths, at_least=2)
    return all(below >= above for below, above in pairwise(widths[1:]))


def input_singular_value(inputs: torch.Tensor) -> torch.Tensor:
    """N-th singular value of the extended inputs (N, d_0 + 1): positive exactly for affinely independent inputs.

    >>> triangle = torch.tensor([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    >>> float(input_singular_value(triangle)) > 0, float(input_singular_value(torch.rand(4, 2)))
    (True, 0.0)
    """
    return _last_singular_value(append_constant(inputs))


def layer_singular_values(mlp: MLP) -> torch.Tensor:
    """The d_k-th singular value of W_k for k = 2, ..., K, (..., K - 1); 0 where d_k exceeds d_{k-1}."""
    return torch.stack([_last_singular_value(weight) for weight in mlp.weights[1:]], dim=-1)


def gradient_bound(mlp: MLP, inputs: torch.Tensor, targets: torch.Tensor, activation) -> GradientBound:
    r"""Evaluate both sides of :math:`\|\nabla_{\tilde W_1}L\|\ge C\,\|r\|`.

    Args:
        mlp: One network of at least two layers, or a batch of them.
        inputs: Samples (N, d_0).
        targets: (N, d_K).
        activation: Name, Activation or torch function; the bound is trivial where its slope is not positive.

    Returns:
        GradientBound: both sides with the factors of the constant.

    >>> from lossland.networks import sample_mlp
    >>> generator = torch.Generator().manual_seed(0)
    >>> mlp = sample_mlp((4, 3, 2), 1.0, 0.1, n_draws=100, generator=generator)
    >>> inputs = torch.randn(5, 4, dtype=torch.float64, generator=generator)
    >>> sides = gradient_bound(mlp, inputs, torch.zeros(5, 2, dtype=torch.float64), "softplus")
    >>> bool(torch.all(sides.gradient_norm >= sides.bound)), bool(torch.all(sides.bound > 0))
    (True, True)
    """
    _check_depth(mlp)
    layers = preactivations(mlp, inputs, activation)
    residuals = layers[-1] - targets
    first = layer_gradients(mlp, inputs, activation, residuals)
    gradient_norm = (first.weights[0].pow(2).sum((-2, -1)) + first.biases[0].pow(2).sum(-1)).sqrt()
    smallest_input, smallest_layers = input_singular_value(inputs), layer_singular_values(mlp)
    slopes = _smallest_slopes(layers[:-1], activation)
    constant = smallest_input * smallest_layers.prod(-1) * slopes / inputs.shape[0]
    norm = residuals.pow(2).sum((-2, -1)).sqrt()
    return GradientBound(gradient_norm, constant, norm, smallest_input, smallest_layers)


def check_hypotheses(mlp: MLP, inputs: torch.Tensor, activation, *, rtol: float = 1e-10) -> Hypotheses:
    """Say which hypotheses of the theorem a network and its inputs satisfy.

    Args:
        mlp: One network of at least two layers, without a batch.
        inputs: Samples (N, d_0).
        activation: Name, Activation or torch function.
        rtol: Singular values below ``rtol`` times the largest count as 0.

    Returns:
        Hypotheses: one entry each, and ``all_hold``.

    >>> flat = MLP((torch.eye(2), torch.tensor([[1.0, 0.0], [0.0, 0.0]])), (torch.zeros(2), torch.tensor([0.0, 1.0])))
    >>> found = check_hypotheses(flat, torch.eye(2), "softplus")
    >>> found.full_ranks, found.extended_full_ranks, found.all_hold
    ((False,), (True,), False)
    """
    _check_depth(mlp)
    widths = [mlp.weights[0].shape[-1], *(weight.shape[-2] for weight in mlp.weights)]
    slopes = [torch_activation(activation).derivative(z) for z in preactivations(mlp, inputs, activation)[:-1]]
    return Hypotheses(
        is_pyramidal(widths),
        _has_full_row_rank(append_constant(inputs), rtol),
        tuple(_has_full_row_rank(weight, rtol) for weight in mlp.weights[1:]),
        tuple(_has_full_row_rank(weight, rtol) for weight in extended_weights(mlp)[1:]),
        all(bool((slope > 0).all()) for slope in slopes),
    )


def _check_depth(mlp: MLP) -> None:
    if len(mlp.weights) < 2:
        raise ValueError(f"mlp: expected at least two layers, got {len(mlp.weights)}; one layer is linear regression")


def _last_singular_value(matrix: torch.Tensor) -> torch.Tensor:
    """Singular value number (rows) of a matrix (..., rows, columns); 0 if there are fewer columns than rows."""
    if matrix.shape[-2] > matrix.shape[-1]:
        return torch.zeros_like(matrix[..., 0, 0])
    return torch.linalg.svdvals(matrix)[..., -1]


def _has_full_row_rank(matrix: torch.Tensor, rtol: float) -> bool:
    if matrix.shape[-2] > matrix.shape[-1]:
        return False
    singular = torch.linalg.svdvals(matrix)
    return bool(singular[..., -1] > rtol * singular[..., 0])


def _smallest_slopes(layers: list[torch.Tensor], activation) -> torch.Tensor:
    """Least product, over the samples, of the least slopes of the hidden layers, not below 0."""
    derivative = torch_activation(activation).derivative
    smallest = [derivative(z).amin(dim=-1).clamp(min=0) for z in layers]
    return torch.stack(smallest).prod(dim=0).amin(dim=-1)
