r"""Matrices of curvature of any torch model and loss, as operators on vectors of parameters.

For a mean loss :math:`L(\theta)=\frac1N\sum_il(f_\theta(x_i),y_i)`, with Jacobians :math:`J_i=\partial f_\theta(x_i)/
\partial\theta` and curvatures :math:`B_i=\partial^2l/\partial f^2`,

.. math::
   H=\underbrace{\frac1N\sum_iJ_i^{\mathsf T}B_iJ_i}_{G,\ \text{Gauss-Newton}}
   +\frac1N\sum_i\sum_c\frac{\partial l}{\partial f_c}\nabla^2f_{\theta,c}(x_i),\qquad
   C=\frac1N\sum_ig_ig_i^{\mathsf T}-\bar g\bar g^{\mathsf T}

are the Hessian, its Gauss-Newton part (which is not negative for a convex loss) and the covariance of the gradients
:math:`g_i` of single samples.  The vector of parameters is that of :func:`lossland.networks.to_vector` for an MLP and
that of ``model.parameters()`` for a module.

A perceptron is multiplied by products written out (:mod:`lossland.spectra.perceptron_products`), any other model by
automatic differentiation of kept graphs (:mod:`lossland.spectra.autograd_products`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from scipy.sparse.linalg import LinearOperator

from lossland import _checks
from lossland.networks.mlp import MLP, forward
from lossland.spectra.autograd_products import AutogradProducts
from lossland.spectra.model_loss import ModelLoss
from lossland.spectra.output_blocks import output_curvature
from lossland.spectra.perceptron_form import perceptron_form
from lossland.spectra.perceptron_products import PerceptronProducts

_METHODS = ("auto", "written_out", "autograd")
_LARGEST_BLOCK = 128  # outputs; beyond, blocks of their curvature cost more than they save


class CurvatureOperator:
    """A symmetric matrix (n, n) that is known by its products; made by the functions of this module.

    Attributes:
        kind: ``"hessian"``, ``"gauss_newton"`` or ``"gradient_covariance"``.
        shape: ``(n, n)`` with n the number of parameters.
        blocks: For each parameter, by name, its slice of the vector.
        dtype: Floating type of the parameters.
        device: Where they are.
        n_matvecs: Number of vectors multiplied so far.
        method: ``"written_out"`` or ``"autograd"``.
    """

    def __init__(self, problem: ModelLoss, products, kind: str, method: str, weight_decay: float) -> None:
        self._problem, self._products, self._weight_decay = problem, products, weight_decay
        self.kind, self.method, self.n_matvecs = kind, method, 0
        self.blocks, offset = {}, 0
        for name, shape in problem.shapes.items():
            self.blocks[name] = slice(offset, offset + shape.numel())
            offset += shape.numel()
        self.shape = (offset, offset)
        self.dtype, self.device = problem.parameters[0].dtype, problem.parameters[0].device
        self._gradient: torch.Tensor | None = None

    def __repr__(self) -> str:
        return f"CurvatureOperator({self.kind}, n={self.shape[0]}, {self.method}, {self.dtype}, {self.device})"

    def apply(self, vectors: torch.Tensor) -> torch.Tensor:
        """Products with vectors (..., n), of the dtype and on the device of the parameters.

        Raises:
            TypeError: If ``vectors`` is no tensor of the parameters' dtype.
            ValueError: If length or device do not fit.
        """
        if not isinstance(vectors, torch.Tensor) or vectors.dtype != self.dtype:
            got = vectors.dtype if isinstance(vectors, torch.Tensor) else type(vectors).__name__
            raise TypeError(f"vectors: expected a tensor of {self.dtype} as the parameters, got {got}")
        if vectors.ndim == 0 or vectors.shape[-1] != self.shape[0] or vectors.device != self.device:
            raise ValueError(
                f"vectors: expected (..., {self.shape[0]}) on {self.device}, got {tuple(vectors.shape)} on "
                f"{vectors.device}"
            )
        rows = vectors.detach().reshape(-1, self.shape[0])
        self.n_matvecs += len(rows)
        result = self._products.apply(rows)
        if self.kind == "gradient_covariance":
            mean = self.gradient()
            result -= (rows @ mean)[:, None] * mean
        elif self._weight_decay:
            result.add_(rows, alpha=self._weight_decay)
        return result.view(vectors.shape)

    def __matmul__(self, columns: torch.Tensor) -> torch.Tensor:
        """Product with one vector (n,) or with the columns of a matrix (n, k)."""
        return self.apply(columns) if columns.ndim == 1 else self.apply(columns.mT.contiguous()).mT

    def asarray(self, values: np.ndarray) -> torch.Tensor:
        """A NumPy array as a tensor of the parameters' dtype on their device."""
        return torch.as_tensor(values, dtype=self.dtype, device=self.device)

    def gradient(self) -> torch.Tensor:
        """Gradient of the loss, with the weight decay's part, (n,)."""
        if self._gradient is None:
            total = torch.zeros(self.shape[0], dtype=self.dtype, device=self.device)
            for inputs, targets, share in self._problem.chunks():
                parts = self._problem.gradients(inputs, targets)
                total += share * torch.cat([part.detach().flatten() for part in parts])
            self._gradient = total + self._weight_decay * self.parameters()
        return self._gradient

    def parameters(self) -> torch.Tensor:
        """The point: a copy of the parameters, (n,)."""
        return torch.cat([parameter.detach().flatten() for parameter in self._problem.parameters])

    def loss(self) -> float:
        """Mean loss at the point, with the weight decay's part."""
        return self._problem.mean() + self._weight_decay / 2 * float((self.parameters().double() ** 2).sum())

    def loss_at(self, displacement: torch.Tensor) -> float:
        """Mean loss at the point plus ``displacement`` (n,), with the weight decay's part; the point stays."""
        moved = self.parameters() + displacement
        return self._problem.mean_at(moved) + self._weight_decay / 2 * float((moved.double() ** 2).sum())

    def to_linear_operator(self) -> LinearOperator:
        """The same as a SciPy operator on NumPy arrays, for ``scipy.sparse.linalg.eigsh`` and its kin."""
        dtype = torch.empty(0, dtype=self.dtype).numpy().dtype

        def multiply(columns: np.ndarray) -> np.ndarray:
            tensor = torch.as_tensor(np.ascontiguousarray(columns, dtype=dtype), device=self.device)
            return (self @ tensor).cpu().numpy()

        return LinearOperator(
            self.shape,
            matvec=lambda v: multiply(np.ravel(v)),
            rmatvec=lambda v: multiply(np.ravel(v)),
            matmat=multiply,
            rmatmat=multiply,
            dtype=dtype,
        )


def hessian_operator(
    model: torch.nn.Module | MLP,
    loss: Callable[[torch.Tensor, Any], torch.Tensor],
    inputs: torch.Tensor,
    targets: Any,
    *,
    activation=None,
    parameters: Sequence[str] | None = None,
    weight_decay: float = 0.0,
    chunk_size: int | None = None,
    keep_graph: bool = True,
    method: str = "auto",
) -> CurvatureOperator:
    r"""The Hessian of the mean loss, with :math:`\lambda I` of a weight decay :math:`\frac\lambda2|\theta|^2`.

    Args:
        model: Any torch module in evaluation mode, or a network of :mod:`lossland.networks`.
        loss: Function of (outputs, targets), the mean over samples, for instance
            ``torch.nn.functional.cross_entropy``.
        inputs: Samples, in rows; on the device of the parameters.
        targets: One for each sample.
        activation: Name or torch function, for an MLP only.
        parameters: Names of those to differentiate by, for instance of one layer; all that ask for gradients when None.
            Those of an MLP are ``weights.0``, ``biases.0``, ``weights.1``, ...
        weight_decay: The factor lambda.
        chunk_size: Samples at a time; the mean stays exact.  All when None.
        keep_graph: Whether to keep the graphs of automatic differentiation between products; False saves memory.
        method: ``"written_out"`` needs a perceptron, ``"autograd"`` takes any model, ``"auto"`` decides.

    Returns:
        CurvatureOperator: at a copy of the parameters; it does not change when they are trained on.

    Raises:
        TypeError: If an argument has the wrong type.
        UnusedParameterError: If the loss does not depend on a parameter.
        ValueError: If data, loss or parameters do not fit together.

    >>> model = torch.nn.Linear(2, 1, bias=False)
    >>> mse = lambda z, y: ((z - y) ** 2).mean() / 2
    >>> x = torch.tensor([[1.0, 0.0], [1.0, 2.0]])
    >>> hessian_operator(model, mse, x, torch.zeros(2, 1)) @ torch.eye(2)  # second moments of the inputs
    tensor([[1., 1.],
            [1., 2.]])
    """
    options = {"activation": activation, "parameters": parameters, "chunk_size": chunk_size}
    return _operator("hessian", model, loss, inputs, targets, options, weight_decay, keep_graph, method)


def gauss_newton_operator(
    model: torch.nn.Module | MLP,
    loss: Callable[[torch.Tensor, Any], torch.Tensor],
    inputs: torch.Tensor,
    targets: Any,
    *,
    activation=None,
    parameters: Sequence[str] | None = None,
    weight_decay: float = 0.0,
    chunk_size: int | None = None,
    keep_graph: bool = True,
    method: str = "auto",
) -> CurvatureOperator:
    """The Gauss-Newton part of the Hessian; arguments and errors as for :func:`hessian_operator`.

    For the cross-entropy of a softmax it is the Fisher information.  Its rank is at most the number of samples times
    the number of outputs (for a softmax: minus one).

    >>> model = torch.nn.Sequential(torch.nn.Linear(1, 1, bias=False), torch.nn.Tanh())
    >>> with torch.no_grad():
    ...     _ = model[0].weight.fill_(0.5)
    >>> G = gauss_newton_operator(model, torch.nn.functional.mse_loss, torch.ones(1, 1), torch.zeros(1, 1))
    >>> f = torch.tanh(torch.tensor(0.5))
    >>> bool(torch.isclose(G @ torch.ones(1), 2 * (1 - f**2) ** 2))
    True
    """
    options = {"activation": activation, "parameters": parameters, "chunk_size": chunk_size}
    return _operator("gauss_newton", model, loss, inputs, targets, options, weight_decay, keep_graph, method)


def gradient_covariance_operator(
    model: torch.nn.Module | MLP,
    loss: Callable[[torch.Tensor, Any], torch.Tensor],
    inputs: torch.Tensor,
    targets: Any,
    *,
    activation=None,
    parameters: Sequence[str] | None = None,
    chunk_size: int | None = None,
    keep_graph: bool = True,
    method: str = "auto",
) -> CurvatureOperator:
    """Covariance of the gradients of single samples; arguments and errors as for :func:`hessian_operator`.

    The gradient of a batch of b samples drawn with replacement has this covariance divided by b.  The loss must be a
    mean over samples of what depends on one sample each.

    >>> model = torch.nn.Linear(1, 1, bias=False)
    >>> mean_output = lambda z, y: z.mean()
    >>> C = gradient_covariance_operator(model, mean_output, torch.tensor([[1.0], [3.0]]), torch.zeros(2, 1))
    >>> C @ torch.ones(1)
    tensor([1.])
    """
    options = {"activation": activation, "parameters": parameters, "chunk_size": chunk_size}
    return _operator("gradient_covariance", model, loss, inputs, targets, options, 0.0, keep_graph, method)


def _operator(kind, model, loss, inputs, targets, options, weight_decay, keep_graph, method) -> CurvatureOperator:
    if method not in _METHODS:
        raise ValueError(f"method: expected one of {', '.join(_METHODS)}, got {method!r}")
    weight_decay = _checks.real_number("weight_decay", weight_decay, low=0.0)
    problem = ModelLoss(model, loss, inputs, targets, **options)
    products = None
    if method != "autograd" and options["parameters"] is None:
        products = _written_out(kind, problem)
    if products is None and method == "written_out":
        raise ValueError(
            "method: 'written_out' needs all parameters of an MLP, or of a Sequential of Linear layers with one "
            "elementwise activation, inputs (N, d) and a loss that does not couple samples; use 'autograd'"
        )
    if products is not None:
        return CurvatureOperator(problem, products, kind, "written_out", weight_decay)
    automatic = AutogradProducts(problem, kind, keep_graph=keep_graph)
    return CurvatureOperator(problem, automatic, kind, "autograd", weight_decay)


def _written_out(kind: str, problem: ModelLoss) -> PerceptronProducts | None:
    """Products of a perceptron, or None if this is none, or the loss couples samples."""
    inputs = problem.inputs
    if isinstance(problem.model, MLP):
        depth = len(problem.model.weights)
        mlp, activation = MLP(problem.parameters[0::2], problem.parameters[1::2]), problem.activation
        mlp = MLP(*(tuple(part.detach() for part in parts) for parts in mlp)) if depth else None
    else:
        found = perceptron_form(problem.model)
        if found is None:
            return None
        detached = [parameter.detach() for parameter in problem.parameters]
        mlp, activation = MLP(tuple(detached[0::2]), tuple(detached[1::2])), found[1]
    if mlp is None or inputs.ndim != 2 or len(mlp.biases[-1]) > _LARGEST_BLOCK or inputs.dtype != mlp.weights[0].dtype:
        return None
    with torch.no_grad():
        outputs = forward(mlp, inputs, activation)
    curvature = output_curvature(problem.value, outputs, problem.targets)
    if not curvature.separable:
        return None
    if not bool(torch.any(curvature.signal != 0)):
        problem.gradients(inputs, problem.targets)  # raises if the loss does not depend on the outputs
    signal, blocks = curvature.signal, curvature.blocks
    if kind == "gradient_covariance":
        blocks = len(signal) * signal[:, :, None] * signal[:, None, :]
    return PerceptronProducts(mlp, inputs, activation, signal if kind == "hessian" else None, blocks)
