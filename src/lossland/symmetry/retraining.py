r"""Follow a network that is trained again: its distance to a benchmark network, checkpoint by checkpoint.

Parameters of a retrained network can be compared with those of the benchmark only after its neurons have been assigned
to those of the benchmark.  Sorting both networks does so without search, and goes wrong as soon as the disturbance is
no longer small against the gaps of the sorted weights; matching by all weights does not.  ``"none"`` compares the
neurons as they stand.

Source: Glukhov (2024), section 6.1: reordering to track the progress of retraining.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import torch

from lossland.networks import MLP
from lossland.symmetry.matching import match_neurons, permute_neurons
from lossland.symmetry.matrix_distance import layer_distances
from lossland.symmetry.neuron_sorting import sort_neurons


class RetrainingTrack(NamedTuple):
    """A retraining as seen from the benchmark.

    Attributes:
        distances: Relative distance (Equation 35) of each layer's weights, (T, K).
        permutations: For each hidden layer integers (T, d_k): entry i is the neuron of the checkpoint that is taken for
            neuron i of the benchmark.
        aligned: The checkpoints with their neurons in those places, one batch of T networks.
    """

    distances: np.ndarray
    permutations: tuple[np.ndarray, ...]
    aligned: MLP


def track_retraining(reference: MLP, checkpoints: MLP | Sequence[MLP], *, method: str = "matching") -> RetrainingTrack:
    """Align the checkpoints of a retraining with a benchmark network, and measure the distances.

    Args:
        reference: The benchmark network.
        checkpoints: Networks of the same widths, a sequence or one batch (T, ...), in the order of training.
        method: ``"matching"``, an ordering of :func:`~lossland.symmetry.orderings.order_by`, or ``"none"``.

    Returns:
        RetrainingTrack: distances, permutations and the aligned networks.

    Raises:
        TypeError: If an argument is no network.
        ValueError: If shapes differ, there is no such method, or no checkpoint.

    >>> from lossland.networks import sample_mlp
    >>> mlp = sample_mlp((3, 4, 2), 1.0, 0.1, generator=torch.Generator().manual_seed(0))
    >>> track = track_retraining(mlp, [mlp, permute_neurons(mlp, [[2, 0, 3, 1]])])
    >>> track.distances.tolist()
    [[0.0, 0.0], [0.0, 0.0]]
    >>> track.permutations[0].tolist()
    [[0, 1, 2, 3], [1, 3, 0, 2]]
    """
    batch = _as_batch(reference, checkpoints)
    n_hidden, n = len(batch.weights) - 1, len(batch.weights[0])
    if method == "none":
        widths = [bias.shape[-1] for bias in batch.biases[:-1]]
        permutations = tuple(torch.arange(d, device=batch.weights[0].device).expand(n, d) for d in widths)
    elif method == "matching":
        repeated = MLP(*(tuple(part.expand(n, *part.shape) for part in parts) for parts in reference))
        permutations = match_neurons(repeated, batch).permutations
    else:
        ours, theirs = (sort_neurons(mlp, method=method).permutations for mlp in (reference, batch))
        pairs = zip(ours, theirs, strict=True)
        permutations = tuple(order.gather(-1, own.argsort().expand(n, -1)) for own, order in pairs)
    aligned = permute_neurons(batch, permutations) if n_hidden else batch
    distances = layer_distances([w.expand(n, *w.shape) for w in reference.weights], aligned)
    return RetrainingTrack(distances, tuple(order.cpu().numpy() for order in permutations), aligned)


def placed_shares(track: RetrainingTrack, truth: Sequence[Any]) -> np.ndarray:
    """Share of hidden neurons that a track assigned to their originals.

    Args:
        track: What :func:`track_retraining` found.
        truth: For each hidden layer integers (d_k,) or (T, d_k): the neuron of the checkpoint that really descends from
            neuron i of the benchmark.

    Returns:
        Array (T, number of hidden layers).

    Raises:
        ValueError: If there is not one truth for each hidden layer.

    >>> from lossland.networks import sample_mlp
    >>> mlp = sample_mlp((3, 4, 2), 1.0, 0.1, generator=torch.Generator().manual_seed(0))
    >>> shuffled = permute_neurons(mlp, [[2, 0, 3, 1]])
    >>> placed_shares(track_retraining(mlp, [shuffled], method="maximin"), [[1, 3, 0, 2]]).tolist()
    [[1.0]]
    """
    if len(truth) != len(track.permutations):
        n_hidden = len(track.permutations)
        raise ValueError(f"truth: expected one order for each of {n_hidden} hidden layers, got {len(truth)}")
    pairs = zip(track.permutations, truth, strict=True)
    shares = [np.mean(found == np.asarray(true), axis=-1) for found, true in pairs]
    return np.stack(shares, axis=-1)


def _as_batch(reference: MLP, checkpoints) -> MLP:
    if not isinstance(reference, MLP):
        raise TypeError(f"reference: expected an MLP, got {type(reference).__name__}")
    if not isinstance(checkpoints, MLP):
        listed = list(checkpoints)
        wrong = [mlp for mlp in listed if not isinstance(mlp, MLP)]
        if wrong or not listed:
            got = f"one of {type(wrong[0]).__name__}" if wrong else "none"
            raise (TypeError if wrong else ValueError)(f"checkpoints: expected networks, got {got}")
        if len({tuple(tuple(w.shape) for w in mlp.weights) for mlp in listed}) > 1:
            raise ValueError("checkpoints: expected networks of equal widths, got several shapes")
        checkpoints = MLP(
            tuple(torch.stack(parts) for parts in zip(*(mlp.weights for mlp in listed), strict=True)),
            tuple(torch.stack(parts) for parts in zip(*(mlp.biases for mlp in listed), strict=True)),
        )
    ours, theirs = ([tuple(w.shape) for w in mlp.weights] for mlp in (reference, checkpoints))
    if [shape[1:] for shape in theirs] != ours:
        raise ValueError(
            f"checkpoints: expected one leading dimension before the shapes of reference, {ours}, got {theirs}"
        )
    return checkpoints
