r"""Curvature of a perceptron times vectors, written out: derivatives are taken once, a product is matrix products only.

With :math:`z_k=W_kx_{k-1}+h_k`, :math:`x_k=\sigma(z_k)`, error signals :math:`\delta_k=\partial l/\partial z_k` and
:math:`e_k=W_{k+1}^{\mathsf T}\delta_{k+1}`, a direction :math:`(V_k,c_k)` moves them by

.. math::
   \dot z_k=V_kx_{k-1}+W_k\dot x_{k-1}+c_k,\qquad \dot x_k=\sigma'(z_k)\odot\dot z_k,\qquad
   \dot\delta_K=B\,\dot z_K,

.. math::
   \dot\delta_k=\sigma'(z_k)\odot(W_{k+1}^{\mathsf T}\dot\delta_{k+1}+V_{k+1}^{\mathsf T}\delta_{k+1})
   +\sigma''(z_k)\odot e_k\odot\dot z_k,\qquad
   (HV)_k=\sum\dot\delta_kx_{k-1}^{\mathsf T}+\delta_k\dot x_{k-1}^{\mathsf T},

where B is the curvature of each sample's loss in its outputs (Pearlmutter 1994).  Dropping all terms with
:math:`\delta` leaves the Gauss-Newton matrix :math:`\sum J^{\mathsf T}BJ` (Schraudolph 2002).  A product costs about as
much as two gradients, several vectors go through in one pass, and samples are taken in slices that stay in the cache.
"""

from __future__ import annotations

from itertools import pairwise

import torch

from lossland.networks.mlp import MLP

_SLICE_BYTES = 1 << 20  # of one layer's moves at a time, a share of a second-level cache


class PerceptronProducts:
    """Products of one perceptron's curvature with vectors in the order of :func:`lossland.networks.to_vector`.

    Args:
        mlp: One network.
        inputs: Inputs (N, d_0).
        activation: Elementwise torch function.
        signal: Derivative of the loss in the outputs, (N, d_K); None leaves the Gauss-Newton part.
        blocks: Curvature of the loss in the outputs of each sample, (N, d_K, d_K).
    """

    def __init__(self, mlp: MLP, inputs, activation, signal, blocks) -> None:
        self.weights, self.blocks, self.residual = mlp.weights, blocks, signal is not None
        self.signals, self.slopes, self.bends, self.states = [], [], [], [inputs]
        for weight, bias in zip(mlp.weights[:-1], mlp.biases[:-1], strict=True):
            value, slope, bend = _derivatives(activation, torch.addmm(bias, self.states[-1], weight.T))
            self.states.append(value)
            self.slopes.append(slope)
            self.bends.append(bend)
        if self.residual:
            self._back(signal)

    def _back(self, signal) -> None:
        """Error signals of all layers, and the factor of the second derivative."""
        self.signals = [signal]
        for k in range(len(self.weights) - 2, -1, -1):
            into = self.signals[0] @ self.weights[k + 1]
            self.signals.insert(0, into * self.slopes[k])
            self.bends[k] = None if self.bends[k] is None else self.bends[k] * into

    def apply(self, vectors: torch.Tensor) -> torch.Tensor:
        """Products with the rows of ``vectors``, (k, n)."""
        moves, result = _Layers(vectors, self.weights), _Layers(torch.zeros_like(vectors), self.weights)
        widest = max(max(weight.shape) for weight in self.weights)
        n_samples = len(self.states[0])
        rows = max(64, _SLICE_BYTES // (len(vectors) * widest * vectors.element_size()))
        rows = n_samples if vectors.device.type != "cpu" else rows
        n_slices = -(-n_samples // rows)
        edges = [n_samples * i // n_slices for i in range(n_slices + 1)]
        for start, stop in pairwise(edges):
            self._add(moves, result, slice(start, stop))
        return result.vectors

    def _add(self, moves: _Layers, result: _Layers, rows: slice) -> None:
        """Add the contribution of some samples."""
        n_moves, last = moves.n_vectors, len(self.weights) - 1
        states = [state[rows] for state in self.states]
        n_rows = len(states[0])
        dots: list[torch.Tensor] = []  # of pre-activations
        inner: list[torch.Tensor] = []  # of states
        for k, weight in enumerate(self.weights):
            dot = torch.addmm(moves.bias(k), states[k], moves.stacked(k).T)  # (rows, k * fan_out)
            if k:
                _flat(dot, weight.shape[0]).addmm_(_flat(inner[-1], weight.shape[1]), weight.T)
            dots.append(dot)
            if k < last:
                inner.append((dot.view(n_rows, n_moves, -1) * self.slopes[k][rows, None]).view(n_rows, -1))
        signal = torch.bmm(dots[-1].view(n_rows, n_moves, -1), self.blocks[rows]).view(n_rows, -1)
        for k in range(last, -1, -1):
            result.add(k, signal, states[k])
            if self.residual and k:
                result.add_transposed(k, self.signals[k][rows], inner[k - 1])
            if k:
                signal = self._below(k, signal, dots[k - 1], moves, rows)

    def _below(self, k: int, signal, dot, moves: _Layers, rows: slice):
        """Move of the error signal of layer k - 1 from that of layer k."""
        fan_out, fan_in = self.weights[k].shape
        n_rows = dot.shape[0]
        into = (_flat(signal, fan_out) @ self.weights[k]).view(n_rows, -1)
        if self.residual:
            into.addmm_(self.signals[k][rows], moves.side_by_side(k))
        into = into.view(n_rows, -1, fan_in).mul_(self.slopes[k - 1][rows, None])
        if self.residual and self.bends[k - 1] is not None:
            into.addcmul_(self.bends[k - 1][rows, None], dot.view(n_rows, -1, fan_in))
        return into.view(n_rows, -1)


class _Layers:
    """Rows of parameters (k, n) seen as the weights and biases of each layer."""

    def __init__(self, vectors: torch.Tensor, weights) -> None:
        self.vectors, self.n_vectors = vectors, len(vectors)
        self.weights, self.biases, offset = [], [], 0
        for weight in weights:
            fan_out, size = weight.shape[0], weight.numel()
            self.weights.append(vectors[:, offset : offset + size].view(self.n_vectors, *weight.shape))
            self.biases.append(vectors[:, offset + size : offset + size + fan_out])
            offset += size + fan_out
        self._stacked: dict[int, torch.Tensor] = {}
        self._side_by_side: dict[int, torch.Tensor] = {}

    def stacked(self, k: int) -> torch.Tensor:
        """Weights of all vectors below each other, (k * fan_out, fan_in)."""
        if k not in self._stacked:
            self._stacked[k] = self.weights[k].reshape(-1, self.weights[k].shape[-1])
        return self._stacked[k]

    def side_by_side(self, k: int) -> torch.Tensor:
        """Weights of all vectors beside each other, (fan_out, k * fan_in)."""
        if k not in self._side_by_side:
            self._side_by_side[k] = self.weights[k].transpose(0, 1).reshape(self.weights[k].shape[1], -1)
        return self._side_by_side[k]

    def bias(self, k: int) -> torch.Tensor:
        return self.biases[k].reshape(-1)

    def add(self, k: int, signal: torch.Tensor, state: torch.Tensor) -> None:
        """Add the gradient that a signal (rows, k * fan_out) leaves in layer k."""
        self.biases[k] += signal.sum(0).view(self.n_vectors, -1)
        if self.n_vectors == 1:
            self.weights[k][0].addmm_(signal.T, state)
        else:
            self.weights[k] += (signal.T @ state).view_as(self.weights[k])

    def add_transposed(self, k: int, signal: torch.Tensor, inner: torch.Tensor) -> None:
        """Add the product of one signal (rows, fan_out) with moves of the states, (rows, k * fan_in)."""
        if self.n_vectors == 1:
            self.weights[k][0].addmm_(signal.T, inner)
        else:
            fan_out, fan_in = self.weights[k].shape[1:]
            self.weights[k] += (signal.T @ inner).view(fan_out, -1, fan_in).transpose(0, 1)


def _flat(rows: torch.Tensor, width: int) -> torch.Tensor:
    return rows.view(-1, width)


def _derivatives(activation, z: torch.Tensor):
    """Value, first and second derivative of an elementwise function; the second is None where it vanishes."""
    with torch.enable_grad():
        leaf = z.detach().requires_grad_(True)
        value = activation(leaf)
        (slope,) = torch.autograd.grad(value.sum(), leaf, create_graph=True)
        bend = None
        if slope.requires_grad:
            (bend,) = torch.autograd.grad(slope.sum(), leaf, allow_unused=True)
        if bend is not None and not bool(torch.any(bend != 0)):
            bend = None
    return value.detach(), slope.detach(), bend
