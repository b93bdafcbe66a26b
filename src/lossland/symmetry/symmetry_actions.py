r"""Changes of sign and of scale of hidden neurons: they act on the parameters, and the function stays.

With an odd activation a neuron may change the signs of its inputs, its bias and its outputs.  With a positively
homogeneous one, :math:`\sigma(az)=a\,\sigma(z)` for :math:`a>0`, it may multiply its inputs and its bias by a and
divide its outputs by a.  Permutations are :func:`~lossland.symmetry.matching.permute_neurons`.

Source: signs, Chen, Lu and Hecht-Nielsen (1993), *On the geometry of feedforward neural network error surfaces*;
scales, Neyshabur, Salakhutdinov and Srebro (2015), *Path-SGD*.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch

from lossland.networks import MLP


def flip_signs(mlp: MLP, signs: Sequence) -> MLP:
    """Change the signs of hidden neurons; with an odd activation the function stays the same.

    Args:
        mlp: A network, or a batch of them.
        signs: For each hidden layer 1 or -1 for each neuron, (d_k,), or (..., d_k) with a batch.

    Returns:
        MLP: incoming weights, biases and outgoing weights of a neuron times its sign.

    Raises:
        TypeError: If ``mlp`` is no network.
        ValueError: If there is not one set of signs for each hidden layer, or an entry is not 1 or -1.

    >>> from lossland.networks import forward, sample_mlp
    >>> mlp = sample_mlp((3, 2, 1), 1.0, 0.1, generator=torch.Generator().manual_seed(0))
    >>> x = torch.ones(3, dtype=torch.float64)
    >>> torch.equal(forward(flip_signs(mlp, [[-1, 1]]), x, "tanh"), forward(mlp, x, "tanh"))
    True
    """
    factors = _factors("signs", mlp, signs)
    for k, factor in enumerate(factors):
        if not bool((factor.abs() == 1).all()):
            raise ValueError(f"signs[{k}]: expected 1 or -1 for each neuron, got {factor.flatten()[:8].tolist()}")
    return _multiply(mlp, factors)


def rescale_neurons(mlp: MLP, scales: Sequence) -> MLP:
    """Multiply the inputs of hidden neurons by positive scales, and divide their outputs by them.

    With ReLU, and every other positively homogeneous activation, the function stays the same.

    Args:
        mlp: A network, or a batch of them.
        scales: For each hidden layer a positive number for each neuron, (d_k,), or (..., d_k) with a batch.

    Returns:
        MLP: incoming weights and biases times the scale, outgoing weights over it.

    Raises:
        TypeError: If ``mlp`` is no network.
        ValueError: If there is not one set of scales for each hidden layer, or an entry is not positive and finite.

    >>> from lossland.networks import forward, sample_mlp
    >>> mlp = sample_mlp((3, 2, 1), 1.0, 0.1, generator=torch.Generator().manual_seed(0))
    >>> x = torch.ones(3, dtype=torch.float64)
    >>> torch.equal(forward(rescale_neurons(mlp, [[4.0, 0.5]]), x, "relu"), forward(mlp, x, "relu"))
    True
    """
    factors = _factors("scales", mlp, scales)
    for k, factor in enumerate(factors):
        if not bool((torch.isfinite(factor) & (factor > 0)).all()):
            raise ValueError(
                f"scales[{k}]: expected positive numbers, since ReLU(az) = a ReLU(z) only for a > 0, got "
                f"{factor.flatten()[:8].tolist()}"
            )
    return _multiply(mlp, factors)


def _multiply(mlp: MLP, factors: list[torch.Tensor]) -> MLP:
    weights, biases = list(mlp.weights), list(mlp.biases)
    for k, factor in enumerate(factors):
        weights[k] = weights[k] * factor[..., :, None]
        biases[k] = biases[k] * factor
        weights[k + 1] = weights[k + 1] / factor[..., None, :]
    return MLP(tuple(weights), tuple(biases))


def _factors(name: str, mlp: MLP, given: Sequence) -> list[torch.Tensor]:
    if not isinstance(mlp, MLP):
        raise TypeError(f"mlp: expected an MLP, got {type(mlp).__name__}")
    given, hidden = list(given), mlp.biases[:-1]
    if len(given) != len(hidden):
        raise ValueError(
            f"{name}: expected one set for each of {len(hidden)} hidden layers, got {len(given)}; for one hidden layer "
            "pass a list with one set"
        )
    factors = []
    for k, (values, bias) in enumerate(zip(given, hidden, strict=True)):
        factor = torch.as_tensor(values, dtype=bias.dtype, device=bias.device)
        if factor.ndim == 0 or factor.shape[-1] != bias.shape[-1] or factor.shape[:-1] not in ((), bias.shape[:-1]):
            raise ValueError(f"{name}[{k}]: expected the shape {tuple(bias.shape)}, got {tuple(factor.shape)}")
        factors.append(factor)
    return factors
