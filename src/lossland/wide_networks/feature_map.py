r"""A fixed random layer in front: features can be linearly independent where the inputs are not.

:math:`\phi(x)=\sigma(Ax+b)` with random, untrained :math:`A` (m, d_0) and :math:`b`.  If :math:`\sigma` is analytic
and not a polynomial and the inputs are distinct, N of them have linearly independent extended features for
:math:`m\ge N-1`, almost surely; then the theorem on pyramidal networks applies to the layers behind.  How *well*
they are independent is another question: the smallest singular value enters the rate of convergence squared.

Source: Yarotsky, *Optimization of neural networks* (slides), "A generalization"; Rahimi and Recht (2007).
"""

from __future__ import annotations

import torch

from lossland import _checks
from lossland.networks import check_inputs, sample_layer, torch_activation


def random_features(
    inputs: torch.Tensor, n_features: int, activation, *, weight_std: float = 2.0, bias_std: float = 1.0,
    generator: torch.Generator,
) -> torch.Tensor:  # fmt: skip
    """Draw one random layer and return its outputs, on the device and in the dtype of the inputs.

    Args:
        inputs: Samples (N, d_0).
        n_features: Number m of features.
        activation: Name, Activation or torch function.
        weight_std: Standard deviation of the weights times the square root of d_0; larger is more nonlinear.
        bias_std: Standard deviation of the biases.
        generator: Source of randomness, on the device of the inputs.

    Returns:
        Tensor (N, m) of post-activations.

    >>> line = torch.linspace(-1, 1, 5, dtype=torch.float64)[:, None]
    >>> features = random_features(line, 8, "tanh", generator=torch.Generator().manual_seed(0))
    >>> int(torch.linalg.matrix_rank(line)), int(torch.linalg.matrix_rank(features))
    (1, 5)
    """
    n_features = _checks.integer("n_features", n_features, low=1)
    check_inputs(inputs, generator)
    layer = {"dtype": inputs.dtype, "generator": generator}
    weight, bias = sample_layer(inputs.shape[-1], n_features, weight_std, bias_std, **layer)
    return torch_activation(activation).value(inputs @ weight.mT + bias)
