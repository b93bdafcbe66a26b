r"""Matching of neurons and signs, for perceptrons with an odd activation.

With :math:`\sigma(-z)=-\sigma(z)` a neuron can also change its sign: negate its incoming weights, its bias and its
outgoing weights, and the function stays as it is.  The symmetry group of a hidden layer of n neurons then has
:math:`2^n n!` elements, the signed permutations.  With the other layers fixed, the best one is still a linear
assignment: neuron j of b at place i is worth :math:`|S_{ij}|`, its inner product with neuron i of a up to sign, and
takes the sign of :math:`S_{ij}`.

Source: Chen, Lu and Hecht-Nielsen (1993), *On the geometry of feedforward neural network error surfaces*, for the
group; the alternation over layers is that of ``match_weights``.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch

from lossland import _checks
from lossland.networks import MLP
from lossland.symmetry.coordinate_ascent import Matcher
from lossland.symmetry.matching import _as_arrays, _check_pair, paired_parameters, permute_neurons
from lossland.symmetry.permutation_spec import mlp_spec
from lossland.symmetry.weight_matching import warn_unless_converged


class SignedMatching(NamedTuple):
    """What matching of neurons and signs found.

    Attributes:
        permutations: One integer tensor (..., d_k) for each hidden layer.
        signs: One tensor (..., d_k) of 1 and -1 for each hidden layer: ``signs[i]`` is that of place i.
        objective: Inner product of the two networks' parameters after matching, (...).
        n_sweeps: Sweeps over the layers, (...).
        converged: Whether nothing improved any more, (...).
    """

    permutations: tuple[torch.Tensor, ...]
    signs: tuple[torch.Tensor, ...]
    objective: np.ndarray
    n_sweeps: np.ndarray
    converged: np.ndarray


def match_neurons_and_signs(reference: MLP, mlp: MLP, *, max_sweeps: int = 100) -> SignedMatching:
    """Find orders and signs of the hidden neurons of ``mlp`` that bring it closest to ``reference``.

    Computed with NumPy and SciPy in float64 on the CPU; batches of networks are matched pair by pair.  One hidden layer
    is matched optimally, more end at a local maximum.

    Args:
        reference: Network a, which stays as it is.
        mlp: Network b of the same widths, with an odd activation.
        max_sweeps: Most sweeps over the hidden layers.

    Returns:
        SignedMatching: on the device of ``mlp``; pass permutations and signs to :func:`permute_and_flip`.

    Raises:
        TypeError: If an argument is no network.
        ValueError: If the networks have different shapes, or parameters that are not finite.

    Warns:
        ConvergenceWarning: If the sweeps ran out.

    >>> from lossland.networks import sample_mlp
    >>> mlp = sample_mlp((3, 4, 2), 1.0, 0.1, generator=torch.Generator().manual_seed(0))
    >>> hidden = permute_and_flip(mlp, [[2, 0, 3, 1]], [[1, -1, 1, -1]])
    >>> found = match_neurons_and_signs(mlp, hidden)
    >>> found.permutations[0].tolist(), found.signs[0].tolist()
    ([1, 3, 0, 2], [-1.0, -1.0, 1.0, 1.0])
    """
    batch, max_sweeps = _check_pair(reference, mlp), _checks.integer("max_sweeps", max_sweeps, low=1)
    weights = mlp.weights
    spec = mlp_spec((weights[0].shape[-1], *(weight.shape[-2] for weight in weights)))
    ours, theirs = _as_arrays(reference), _as_arrays(mlp)
    found = [
        Matcher(spec, *paired_parameters(ours, theirs, i), signed=True).match(max_sweeps) for i in np.ndindex(batch)
    ]
    warn_unless_converged(all(one.converged for one in found), max_sweeps)
    like = {"device": weights[0].device}
    permutations, signs = (
        tuple(
            torch.as_tensor(np.array([getattr(one.orders[group], part) for one in found]), dtype=dtype, **like).reshape(
                *batch, n
            )
            for group, n in spec.sizes.items()
        )
        for part, dtype in (("units", torch.int64), ("signs", weights[0].dtype))
    )
    rest = (np.array([one[k] for one in found]).reshape(batch) for k in (1, 2, 3))
    return SignedMatching(permutations, signs, *rest)


def permute_and_flip(mlp: MLP, permutations, signs) -> MLP:
    """Reorder the hidden neurons, then flip the signs of those at places where ``signs`` is -1.

    The function that the network computes stays the same if its activation is odd.

    Args:
        mlp: A network, or a batch of them.
        permutations: One for each hidden layer, as for ``permute_neurons``.
        signs: One for each hidden layer, 1 and -1 in the shape of the permutations.

    Returns:
        MLP: the equivalent network.

    Raises:
        TypeError: If ``mlp`` is no network, or the permutations are not integers.
        ValueError: If the permutations or signs do not fit.

    >>> from lossland.networks import forward, sample_mlp
    >>> mlp = sample_mlp((3, 2, 1), 1.0, 0.1, generator=torch.Generator().manual_seed(0))
    >>> x = torch.ones(3, dtype=torch.float64)
    >>> flipped = permute_and_flip(mlp, [[1, 0]], [[-1, 1]])
    >>> torch.allclose(forward(flipped, x, "tanh"), forward(mlp, x, "tanh"))
    True
    """
    mlp = permute_neurons(mlp, permutations)
    weights, biases, signs = list(mlp.weights), list(mlp.biases), list(signs)
    if len(signs) != len(biases) - 1:
        raise ValueError(f"signs: expected one for each of {len(biases) - 1} hidden layers, got {len(signs)}")
    for k, given in enumerate(signs):
        factor = torch.as_tensor(given, dtype=biases[k].dtype, device=biases[k].device)
        n, batch = biases[k].shape[-1], biases[k].shape[:-1]
        if factor.ndim == 0 or factor.shape[-1] != n or factor.shape[:-1] not in ((), batch):
            raise ValueError(f"signs[{k}]: expected the shape {(*batch, n)}, got {tuple(factor.shape)}")
        if not bool((factor.abs() == 1).all()):
            raise ValueError(f"signs[{k}]: expected only 1 and -1, got {factor[factor.abs() != 1][0]:g}")
        weights[k], biases[k] = weights[k] * factor[..., :, None], biases[k] * factor
        weights[k + 1] = weights[k + 1] * factor[..., None, :]
    return MLP(tuple(weights), tuple(biases))
