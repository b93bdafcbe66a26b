r"""Curvature of any torch model times vectors, by automatic differentiation of graphs that are kept.

The graph of the gradient is made once; a Hessian product is then one backward pass through it, "double backward".
A Gauss-Newton product needs :math:`Jv` first: the pull-back :math:`u\mapsto J^{\mathsf T}u` is linear in u, so that its
own pull-back of v is Jv; then the curvature B of the loss in the outputs, then :math:`J^{\mathsf T}` again.

Sources: Pearlmutter (1994), *Fast exact multiplication by the Hessian*; Schraudolph (2002), *Fast curvature
matrix-vector products for second-order gradient descent*.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import torch

from lossland.spectra.model_loss import ModelLoss


class _Graph(NamedTuple):
    """Graphs of one chunk: what is differentiated, with what belongs to the outputs for the Gauss-Newton matrix."""

    gradients: tuple[torch.Tensor, ...]
    share: float
    outputs: torch.Tensor | None = None
    probe: torch.Tensor | None = None
    signal: torch.Tensor | None = None
    tangent_at: torch.Tensor | None = None


class AutogradProducts:
    """Products of the Hessian, Gauss-Newton matrix or gradient covariance of a :class:`ModelLoss` with vectors.

    Args:
        problem: The mean loss.
        kind: ``"hessian"``, ``"gauss_newton"`` or ``"gradient_covariance"``.
        keep_graph: Whether graphs are kept between products.  Without, memory is that of one chunk and a product costs
            one more gradient.
    """

    def __init__(self, problem: ModelLoss, kind: str, *, keep_graph: bool) -> None:
        self.problem, self.kind = problem, kind
        self.kept = [self._graph(*chunk) for chunk in problem.chunks()] if keep_graph else None

    def apply(self, vectors: torch.Tensor) -> torch.Tensor:
        """Products with the rows of ``vectors``, (k, n)."""
        result = torch.zeros_like(vectors)
        graphs = self.kept if self.kept is not None else (self._graph(*chunk) for chunk in self.problem.chunks())
        with torch.enable_grad():
            for graph in graphs:
                for row, vector in enumerate(vectors):
                    result[row].add_(self._one(graph, vector), alpha=graph.share)
        return result

    def _graph(self, inputs: torch.Tensor, targets: Any, share: float) -> _Graph:
        problem = self.problem
        if self.kind == "hessian":
            return _Graph(problem.gradients(inputs, targets), share)
        with torch.enable_grad():
            outputs = problem.outputs(inputs)
            at = outputs.detach().requires_grad_(True)
            (signal,) = torch.autograd.grad(problem.value(at, targets), at, create_graph=True)
            probe = torch.zeros_like(outputs, requires_grad=True)
            pulled = torch.autograd.grad(outputs, problem.parameters, probe, create_graph=True, allow_unused=True)
        if any(part is None for part in pulled) or not bool(torch.any(signal != 0)):
            problem.gradients(inputs, targets)  # raises with the names
            pulled = tuple(
                torch.zeros_like(p) + 0 * probe.sum() if part is None else part
                for part, p in zip(pulled, problem.parameters, strict=True)
            )
        return _Graph(pulled, share, outputs, probe, signal, at)

    def _one(self, graph: _Graph, vector: torch.Tensor) -> torch.Tensor:
        parameters = self.problem.parameters
        sizes = [parameter.numel() for parameter in parameters]
        pieces = [part.view_as(p) for part, p in zip(vector.split(sizes), parameters, strict=True)]
        if self.kind == "hessian":
            return self._join(_grad(graph.gradients, parameters, pieces))
        (pushed,) = _grad(graph.gradients, (graph.probe,), pieces)
        if self.kind == "gauss_newton":
            (curved,) = _grad((graph.signal,), (graph.tangent_at,), (pushed,))
            curved = torch.zeros_like(pushed) if curved is None else curved
        else:
            curved = covariance_signal(graph.signal.detach(), pushed)
        return self._join(_grad((graph.outputs,), parameters, (curved,)))

    def _join(self, parts) -> torch.Tensor:
        return torch.cat(
            [
                torch.zeros_like(p).flatten() if part is None else part.flatten()
                for part, p in zip(parts, self.problem.parameters, strict=True)
            ]
        )


def covariance_signal(signal: torch.Tensor, pushed: torch.Tensor) -> torch.Tensor:
    """What the second moment of the samples' gradients makes of moves of the outputs, to be pulled back.

    ``signal`` is the derivative of a *mean* over N samples, so a sample's own is N times its row.
    """
    own = signal.flatten(start_dim=1)
    return signal * (len(own) * (own * pushed.flatten(start_dim=1)).sum(1)).view(-1, *[1] * (signal.ndim - 1))


def _grad(outputs, inputs, weights):
    """Pull back ``weights`` with the graph kept; None where there is no dependence, as in what is linear."""
    dependent = [(output, w) for output, w in zip(outputs, weights, strict=True) if output.requires_grad]
    if not dependent:
        return (None,) * len(inputs)
    outputs, weights = zip(*dependent, strict=True)
    return torch.autograd.grad(outputs, inputs, weights, retain_graph=True, allow_unused=True)
