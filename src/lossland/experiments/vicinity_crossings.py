r"""Do the clouds of noisy training around equivalent optima meet?  Crossings against width, step and fan-in.

Tanh networks with one hidden layer are trained on the digits at a constant step, with batches of 16 and weight decay,
from ``burn`` relaxation times :math:`1/(\eta\gamma)` on for ``n_blocks`` blocks of one relaxation time each.  With
fewer than 64 inputs the images are given by their first principal components, scaled to the same mean square.

Fields of a cell, one entry a run: ``half_distance``, half the distance of the nearest copy from the mean of the first
block; ``radius`` and ``drift`` of the run; ``margin``, the least margin of a pair (median over blocks); ``exchanges``,
the expected number of exchanged pairs, from the margins; ``crossed_by_noise``, the share of snapshots that are nearest
to another copy of the mean of their own block; ``crossed``, the share of snapshots of later blocks that are nearest to
another copy of the mean of the first; ``moved``, by block, the share of neurons with another name than in the first;
``moved_far``, the same for neurons that took the place of one at a distance of more than a tenth of ``norm``, for
exchanging twins changes nothing; ``loss`` and ``accuracy``, mean cross-entropy of the batches and share of training
images right, of the snapshots; ``ridge_nearest``, ``ridge_random``: rise of the training loss half way from the mean of
the last block to its nearest copy, and to a random one; ``norm``, root mean square length of a neuron; ``spacing``,
median distance of a neuron from the next one, in units of ``norm``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from lossland.experiments.registry import Experiment, register
from lossland.experiments.settings import Settings

_FAR = 0.1  # of the length of a neuron: what is nearer is a twin


@dataclass(frozen=True)
class VicinityCrossingSettings(Settings):
    """One network and one way to train it.

    Attributes:
        width: Number of hidden neurons.
        learning_rate: Step size, constant.
        weight_decay: Factor of half the squared norm of all parameters.
        n_inputs: Pixels (64), or principal components (fewer).
        n_runs: Number of independent runs.
        burn: Relaxation times before the first block.
        n_blocks: Number of blocks of one relaxation time.
        n_snapshots: Snapshots in a block.
    """

    width: int
    learning_rate: float
    weight_decay: float = 0.005
    n_inputs: int = 64
    n_runs: int = 10
    burn: float = 5.0
    n_blocks: int = 8
    n_snapshots: int = 20


def measure(settings: VicinityCrossingSettings, seed: np.random.SeedSequence) -> dict[str, Any]:
    """Train in float32 on the CPU, all runs at once, and look where they are.

    Args:
        settings: The cell.
        seed: Its seed; the split of the images is the same in all cells.

    Returns:
        dict: the fields named at the head of this module.
    """
    import torch

    from lossland.networks import load_digits, sample_mlp
    from lossland.symmetry import neuron_points, train_without_end

    data = load_digits(generator=torch.Generator().manual_seed(13))
    inputs, labels = _components(data.train_inputs, settings.n_inputs), data.train_labels
    generator = torch.Generator().manual_seed(int(seed.generate_state(1, np.uint64)[0] >> np.uint64(1)))
    widths = (settings.n_inputs, settings.width, 10)
    start = sample_mlp(widths, 1.0, 0.0, n_draws=settings.n_runs, dtype=torch.float32, generator=generator)
    relaxation = round(1 / (settings.learning_rate * settings.weight_decay))
    run = train_without_end(
        start, inputs, labels, "tanh", learning_rate=settings.learning_rate, weight_decay=settings.weight_decay,
        batch_size=16, n_burn=round(settings.burn * relaxation), n_blocks=settings.n_blocks, block_length=relaxation,
        n_snapshots=settings.n_snapshots, generator=generator,
    )  # fmt: skip
    means, found = neuron_points(run.block_means), []
    for k in range(settings.n_runs):
        snapshots = neuron_points(type(start)(*(tuple(p[:, :, k] for p in parts) for parts in run.snapshots)))
        found.append(_clouds(snapshots, means[:, k]))
    last = type(start)(*(tuple(part[-1] for part in parts) for parts in run.block_means))
    return {
        **{name: [one[name] for one in found] for name in found[0]},
        **_ridges(last, inputs, labels, generator),
        "loss": _rounded(run.losses.mean(dim=0)),
        "accuracy": _rounded(_accuracy(run.snapshots, inputs, labels)),
    }


def _clouds(snapshots: np.ndarray, means: np.ndarray) -> dict[str, Any]:
    """What one run, with snapshots (n_blocks, n_snapshots, w, D), has to say about copies of its layer."""
    from lossland import symmetry as sy

    vicinity = sy.stochastic_vicinity(snapshots, means)
    margins = [sy.pair_margins(*block) for block in zip(means, vicinity.displacements, strict=True)]
    by_noise = sy.find_crossings(snapshots, means[:, None])
    since_start = sy.find_crossings(snapshots, means[0])
    norm = np.sqrt(np.mean(np.sum(means[0] ** 2, axis=-1)))
    leaps = np.linalg.norm(means[0][since_start.permutations] - means[0], axis=-1)
    next_one = sy.transposition_distances(means[0]).min(axis=-1) / 2**0.5
    return {
        "half_distance": _rounded(sy.nearest_transposition(means[0]).distance / 2),
        "radius": _rounded(vicinity.radius),
        "drift": _rounded(vicinity.drift),
        "margin": _rounded(np.median([one.min() for one in margins])),
        "exchanges": _rounded(np.mean(sy.expected_exchanges(margins))),
        "crossed_by_noise": _rounded(by_noise.crossed.mean()),
        "crossed": _rounded(since_start.crossed[1:].mean()),
        "moved": _rounded(since_start.moved_share.mean(axis=1)),
        "moved_far": _rounded((leaps > _FAR * norm).mean(axis=(1, 2))),
        "norm": _rounded(norm),
        "spacing": _rounded(np.median(next_one) / norm),
    }


def _ridges(center, inputs, labels, generator) -> dict[str, Any]:
    """Rise of the loss half way from networks to their nearest and to a random copy."""
    import torch

    from lossland.symmetry import nearest_transposition, neuron_points, permute_neurons

    n_runs, width = center.biases[0].shape
    pairs = torch.as_tensor(nearest_transposition(neuron_points(center)).pair)
    swapped = torch.arange(width).repeat(n_runs, 1).scatter(1, pairs, pairs.flip(1))
    shuffled = torch.rand(n_runs, width, generator=generator).argsort(dim=1)
    ends, rises = _losses(center, inputs, labels), {}
    for name, order in (("ridge_nearest", swapped), ("ridge_random", shuffled)):
        copy = permute_neurons(center, [order])
        middle = type(center)(*(tuple((p + q) / 2 for p, q in zip(*pair, strict=True))
                                for pair in zip(center, copy, strict=True)))  # fmt: skip
        rises[name] = _rounded(_losses(middle, inputs, labels) - ends)
    return rises


def _losses(mlp, inputs, labels):
    """Cross-entropy of each network on all images, in nats."""
    from lossland.networks import forward

    logs = forward(mlp, inputs, "tanh").log_softmax(dim=-1).double()
    return -logs[..., range(len(labels)), labels].mean(dim=-1)


def _accuracy(snapshots, inputs, labels):
    """Share of images right, mean over blocks of their last snapshots, for each run."""
    from lossland.networks import forward

    last = type(snapshots)(*(tuple(part[:, -1] for part in parts) for parts in snapshots))
    return (forward(last, inputs, "tanh").argmax(dim=-1) == labels).double().mean(dim=(0, -1))


def _components(inputs, n: int):
    """The first n principal components, scaled to the mean square of all."""
    if n == inputs.shape[1]:
        return inputs
    import torch

    centered = inputs - inputs.mean(dim=0)
    kept = centered @ torch.linalg.svd(centered, full_matrices=False).Vh[:n].T
    return kept * (inputs.square().sum() / kept.square().sum()).sqrt()


def _rounded(value: Any) -> Any:
    """Six significant digits, as a number or list: more would only be noise."""
    entries = [float(f"{entry:.6g}") for entry in np.asarray(value, dtype=float).ravel()]
    return entries if np.ndim(value) else entries[0]


_WIDTHS = (8, 16, 32, 64, 128, 256)
EXPERIMENT = register(
    Experiment(
        "vicinity_crossings",
        "Whether the clouds of noisy training around equivalent optima meet, by width, step and fan-in.",
        measure,
        sizes={
            "small": [
                VicinityCrossingSettings(width, rate, 0.02, n_runs=3, burn=2.0, n_blocks=3, n_snapshots=5)
                for width, rate in ((8, 0.5), (16, 2.0))
            ],
            "full": [
                *VicinityCrossingSettings.grid(width=_WIDTHS, learning_rate=(0.125, 0.25, 0.5, 1.0, 2.0)),
                *VicinityCrossingSettings.grid(width=(512,), learning_rate=(0.25, 0.5, 1.0)),
                *VicinityCrossingSettings.grid(width=(16, 64, 256), learning_rate=(0.5, 1.0), weight_decay=(0.001,)),
                *VicinityCrossingSettings.grid(width=(16, 64, 256), learning_rate=(0.25, 0.5), n_inputs=(2, 8)),
            ],
        },
        n_replicates={"small": 1, "full": 1},
        requires=("torch", "sklearn.datasets", "scipy.optimize"),
    )
)
