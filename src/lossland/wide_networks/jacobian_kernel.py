r"""Which targets make a given network a stationary point of the quadratic loss?

With :math:`L=\frac1{2N}\sum_n|r_n|^2`, residuals :math:`r_n=\tilde f(x_n)-y_n` and the Jacobian :math:`J` of all
outputs at all samples in all weights and biases, :math:`\nabla L=\frac1NJ^{\mathsf T}r`.  So for *given* weights and
inputs

- the network is a stationary point for the targets :math:`y=\tilde f(x)-r` if and only if
  :math:`r\in\ker J^{\mathsf T}`;
- stationarity forces :math:`L=0` if and only if :math:`J` has full row rank :math:`N\,d_K`.

The theorem of Gori and Tesi (1992) is a sufficient condition for the second; each way to violate its hypotheses that
lets the rank of :math:`J` drop gives a counter-example, and this module constructs it.
"""

from __future__ import annotations

import torch

from lossland import _checks
from lossland.networks import MLP, forward, from_vector, to_vector


def parameter_jacobian(mlp: MLP, inputs: torch.Tensor, activation) -> torch.Tensor:
    """Derivative of all outputs in all parameters, (N d_K, n_parameters), rows sample by sample.

    Args:
        mlp: One network, without a batch.
        inputs: Samples (N, d_0).
        activation: Name, Activation or torch function.

    Returns:
        Tensor in the dtype and on the device of the network; columns as in
        :func:`~lossland.networks.parameters.to_vector`.

    >>> from lossland.networks import sample_mlp
    >>> mlp = sample_mlp((3, 4, 2), 1.0, 0.1, generator=torch.Generator().manual_seed(0))
    >>> parameter_jacobian(mlp, torch.eye(3, dtype=torch.float64), "tanh").shape
    torch.Size([6, 26])
    """
    vector = to_vector(mlp).detach()
    jacobian = torch.autograd.functional.jacobian(lambda v: forward(from_vector(v, mlp), inputs, activation), vector)
    return jacobian.reshape(-1, vector.numel())


def stationary_residuals(mlp: MLP, inputs: torch.Tensor, activation, *, rtol: float = 1e-10) -> torch.Tensor:
    r"""Orthonormal basis of all residuals at which the network is a stationary point: the kernel of
    :math:`J^{\mathsf T}`.

    Args:
        mlp: One network, without a batch.
        inputs: Samples (N, d_0).
        activation: Name, Activation or torch function.
        rtol: Singular values of J below ``rtol`` times the largest count as 0.

    Returns:
        Tensor (m, N, d_K); m = 0 if stationarity forces the loss to vanish.

    >>> from lossland.networks import MLP
    >>> dead = MLP((torch.eye(2), torch.eye(2)), (torch.full((2,), -9.0), torch.zeros(2)))
    >>> stationary_residuals(dead, torch.eye(2), "relu").shape  # only the mean of the residuals must vanish
    torch.Size([2, 2, 2])
    """
    rtol = _checks.real_number("rtol", rtol, low=0.0)
    jacobian = parameter_jacobian(mlp, inputs, activation)
    left, singular, _ = torch.linalg.svd(jacobian, full_matrices=True)
    eps = torch.finfo(jacobian.dtype).eps * max(jacobian.shape)
    rank = int((singular > max(rtol, eps) * singular[0]).sum())
    return left[:, rank:].mT.reshape(-1, inputs.shape[0], mlp.weights[-1].shape[-2])
