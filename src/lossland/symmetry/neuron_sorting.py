r"""Sort the neurons of a whole network: a canonical member of the orbit of all its permuted copies.

From the input on, each hidden layer is put into the order of its incoming weights; biases go along, and so do the
columns of the next layer's weights, which is then sorted in its turn.  The function of the network stays as it is, and
all permuted copies of a generic network give the same result: sorted weights are a fundamental domain of the
permutation group.  Sign flips and rescalings remain.

Source: Glukhov (2024), section 6.1.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import torch

from lossland.networks import MLP
from lossland.symmetry.matching import permute_neurons
from lossland.symmetry.orderings import order_by


class SortedNeurons(NamedTuple):
    """A sorted network, and how it was made.

    Attributes:
        mlp: The same function with its hidden neurons in order.
        permutations: One integer tensor (..., d_k) for each hidden layer, as
            :func:`~lossland.symmetry.matching.permute_neurons` takes them.
    """

    mlp: MLP
    permutations: tuple[torch.Tensor, ...]


def sort_neurons(mlp: MLP, *, method: str | Callable[[np.ndarray], np.ndarray] = "maximin") -> SortedNeurons:
    """Sort the hidden neurons, layer by layer from the input on, each by its incoming weights.

    Args:
        mlp: A network, or a batch of them.
        method: An ordering or key of :func:`~lossland.symmetry.orderings.order_by`.

    Returns:
        SortedNeurons: the network in order, and the permutations, on the device of ``mlp``.

    Raises:
        TypeError: If ``mlp`` is no network.
        ValueError: If there is no such ordering, or parameters are not finite.

    >>> from lossland.networks import sample_mlp
    >>> from lossland.symmetry import permute_neurons
    >>> mlp = sample_mlp((3, 4, 2), 1.0, 0.1, generator=torch.Generator().manual_seed(0))
    >>> shuffled = permute_neurons(mlp, [torch.tensor([2, 0, 3, 1])])
    >>> same = [torch.equal(a, b) for a, b in zip(sort_neurons(mlp).mlp.weights, sort_neurons(shuffled).mlp.weights)]
    >>> same
    [True, True]
    """
    if not isinstance(mlp, MLP):
        raise TypeError(f"mlp: expected an MLP, got {type(mlp).__name__}")
    permutations, before = [], None
    for weight, bias in zip(mlp.weights[:-1], mlp.biases[:-1], strict=True):
        incoming = _array(weight)
        if before is not None:
            incoming = np.take_along_axis(incoming, before[..., None, :], axis=-1)
        before = order_by(incoming, method, biases=_array(bias))
        permutations.append(torch.as_tensor(before, device=weight.device))
    return SortedNeurons(permute_neurons(mlp, permutations), tuple(permutations))


def _array(part: torch.Tensor) -> np.ndarray:
    return part.detach().to("cpu", torch.float64).numpy()
