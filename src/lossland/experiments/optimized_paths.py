r"""Low-loss connections between trained classifiers: the highest loss on straight, arc-shaped and optimized paths.

Draxler, Veschgini, Salmhofer and Hamprecht (2018), *Essentially no barriers in neural network energy landscape*, and
Garipov et al. (2018), *Loss surfaces, mode connectivity, and fast ensembling of DNNs*, connected trained networks by
paths of almost constant loss.  Here ReLU networks with one hidden layer on the digits of scikit-learn: small enough
that the whole training set enters each step.

Paths: ``segment``; ``centered_arc``; ``matched_segment``, after matching the neurons; ``bezier``, trained with one
bend; ``polygonal``, trained with one bend; ``band``, a nudged elastic band.

Fields of a cell: ``end_loss`` (the larger of both ends' training losses), ``PATH_loss`` (highest training loss on the
path) and ``PATH_test`` (lowest test accuracy on it), one entry a pair; ``PATH_losses``, the mean over pairs of the
losses at the 61 times; ``band_force``, the largest norm of the gradient across the band at its pivots; ``end_test``,
the lower of both ends' test accuracies.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from lossland.experiments.registry import Experiment, register
from lossland.experiments.settings import Settings

PATHS = ("segment", "centered_arc", "matched_segment", "bezier", "polygonal", "band")
_N_POINTS = 61


@dataclass(frozen=True)
class OptimizedPathSettings(Settings):
    """Networks of one width, and how the paths between them are optimized.

    Attributes:
        width: Number of hidden ReLU neurons.
        n_pairs: Pairs of networks.
        n_training: Steps of training of the ends.
        n_curve: Steps of curve training.
        n_band: Steps of the elastic band.
        n_pivots: Its movable pivots.
    """

    width: int
    n_pairs: int
    n_training: int = 3000
    n_curve: int = 800
    n_band: int = 500
    n_pivots: int = 7


def measure(settings: OptimizedPathSettings, seed: np.random.SeedSequence) -> dict[str, Any]:
    """Train pairs of networks in float32 on the CPU and connect them; all pairs at once.

    Args:
        settings: The cell.
        seed: Its seed; the split of the images is the same in all cells.

    Returns:
        dict: the fields named at the head of this module.
    """
    import torch

    from lossland import connectivity as cn
    from lossland.networks import MLP, load_digits, sample_mlp, train_batch
    from lossland.symmetry import match_neurons, permute_neurons

    data = load_digits(generator=torch.Generator().manual_seed(13))
    generator = torch.Generator().manual_seed(int(seed.generate_state(1, np.uint64)[0] >> np.uint64(1)))
    widths, n = (data.train_inputs.shape[1], settings.width, 10), settings.n_pairs
    start = sample_mlp(widths, 2**0.5, 0.0, n_draws=2 * n, dtype=torch.float32, generator=generator)
    steps = {"n_steps": settings.n_training, "learning_rate": 0.1, "generator": generator}
    ends = train_batch(start, data, "relu", **steps).mlp
    a, b = (MLP(tuple(w[part] for w in ends.weights), tuple(h[part] for h in ends.biases))
            for part in (slice(0, n), slice(n, None)))  # fmt: skip

    def loss(mlp):
        return cn.network_loss(mlp, data.train_inputs, data.train_labels, "relu")

    matched, mean = permute_neurons(b, match_neurons(a, b).permutations), cn.neuron_mean(a, b)
    training = {"n_steps": settings.n_curve, "learning_rate": 0.02, "generator": generator}
    band = cn.elastic_band(a, b, loss, n_pivots=settings.n_pivots, n_steps=settings.n_band, learning_rate=0.5)
    paths = {
        "segment": lambda t: cn.linear_path(a, b, t),
        "centered_arc": lambda t: cn.arc_path(a, b, t, mean=mean),
        "matched_segment": lambda t: cn.linear_path(a, matched, t),
        "bezier": cn.train_curve(a, b, loss, kind="bezier", **training).at,
        "polygonal": cn.train_curve(a, b, loss, kind="polygonal", **training).at,
        "band": band.at,
    }
    found: dict[str, Any] = {"band_force": band.force.tolist()}
    for name, path in paths.items():
        with torch.no_grad():
            losses = cn.path_losses(path, loss, _N_POINTS, batch_size=16)
            accuracy = cn.path_losses(
                path, lambda mlp: cn.network_accuracy(mlp, data.test_inputs, data.test_labels, "relu"), _N_POINTS,
                batch_size=16,
            )  # fmt: skip
        found[f"{name}_loss"] = losses.amax(dim=0).tolist()
        found[f"{name}_losses"] = losses.mean(dim=1).tolist()
        found[f"{name}_test"] = accuracy.amin(dim=0).tolist()
        found["end_loss"] = losses[[0, -1]].amax(dim=0).tolist()
        found["end_test"] = accuracy[[0, -1]].amin(dim=0).tolist()
    return found


EXPERIMENT = register(
    Experiment(
        "optimized_paths",
        "Highest loss on straight, trained and relaxed paths between digit classifiers of several widths.",
        measure,
        sizes={
            "small": [OptimizedPathSettings(16, 2, 600, 100, 100, 3)],
            "full": list(OptimizedPathSettings.grid(width=(8, 16, 32), n_pairs=(2,))),
        },
        n_replicates={"small": 1, "full": 3},
        requires=("torch", "sklearn.datasets", "scipy.optimize"),
    )
)
