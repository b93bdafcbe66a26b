r"""Retraining as seen from the network trained before: what sorting and matching track, and where the criterion stops.

Glukhov (2024), section 6.1, proposes to follow a retraining by reordering the network and comparing it with a
benchmark, and to stop once it is in the Boltzmann cloud of the benchmark.  Here perceptrons with one hidden tanh layer
on the digits of scikit-learn, trained at a constant step with weight decay.  A benchmark goes on after its training;
the mean of its iterates is the center of its cloud, and the 95 % quantile of their distances from it the radius.

Retrainings (``SCENARIOS``), each shuffled by a planted permutation: ``order``, from the start of the benchmark with
other batches; ``damaged``, from the center plus Gaussian noise of half its norm; ``resampled``, from the center on a
bootstrap sample; ``changed``, from the center on images shifted by a pixel; ``fresh``, from another start.

Fields of a cell, nested as scenario, network: ``METHOD_placed`` and ``METHOD_distance`` (share of neurons assigned to
their originals, and distance from the center in radii, at the steps ``looks``), ``METHOD_stop`` (first step inside,
three checks in a row; -1 for never), ``METHOD_first`` (the same for a single check), ``METHOD_loss`` (objective at the
stop over the one at the end, minus 1; None for never), ``METHOD_phi`` (relative distances of both layers at the end);
``loss_end`` (objective on the run's own data, mean over the last tenth), ``ready`` (first step at which it is within
1 % of that), ``accuracy`` (test images of the run, at the first and the last step); ``radius``, ``norm`` (of the
center) and ``drift`` (distance between the means of both halves of the cloud, in radii), one entry a network.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from lossland.experiments.registry import Experiment, register
from lossland.experiments.settings import Settings

SCENARIOS = ("order", "damaged", "resampled", "changed", "fresh")
METHODS = ("matching", "maximin", "lexicographic")
_DAMAGE = 0.5
_PATIENCE = 3
_N_LOOKS = 17


@dataclass(frozen=True)
class RetrainingSettings(Settings):
    """Networks of one width, and how they are trained.

    Attributes:
        width: Number of hidden tanh neurons.
        weight_decay: Factor of half the squared norm of all parameters.
        all_pixels: Whether pixels that are the same in almost all images are inputs, too.
        n_networks: Number of benchmarks.
        n_steps: Steps of training and of retraining.
        n_cloud: Steps of the benchmark in its cloud.
        every: Steps between checks.
        learning_rate: Step size.
    """

    width: int
    weight_decay: float
    all_pixels: bool = False
    n_networks: int = 5
    n_steps: int = 6000
    n_cloud: int = 4000
    every: int = 100
    learning_rate: float = 0.2


def measure(settings: RetrainingSettings, seed: np.random.SeedSequence) -> dict[str, Any]:
    """Train benchmarks, let them move in their clouds, retrain them, and watch that with all methods.

    Args:
        settings: The cell.
        seed: Its seed; the split of the images is the same in all cells.

    Returns:
        dict: the fields named at the head of this module.
    """
    import torch

    from lossland import symmetry as sy
    from lossland.networks import from_vector, sample_mlp, to_vector

    generator = torch.Generator().manual_seed(int(seed.generate_state(1, np.uint64)[0] >> np.uint64(1)))
    data, n = _data(settings, generator), settings.n_networks
    widths = (data["inputs"].shape[-1], settings.width, 10)
    options = {"n_draws": n, "dtype": torch.float32, "generator": generator}
    start, fresh = (sample_mlp(widths, 1.0, 0.1, **options) for _ in range(2))
    end = _descend(start, data, torch.zeros(n, dtype=torch.int64), settings, settings.n_steps, generator)[-1]
    cloud = _descend(end, data, torch.zeros(n, dtype=torch.int64), settings, settings.n_cloud, generator)
    iterates = torch.stack([to_vector(mlp) for mlp in cloud])
    center = iterates.mean(dim=0)
    radius = (iterates - center).norm(dim=-1).quantile(0.95, dim=0)
    halves = [part.mean(dim=0) for part in iterates.chunk(2)]
    noise = torch.randn(center.shape, generator=generator) * (_DAMAGE / center.shape[-1] ** 0.5)
    damaged = center + noise * center.norm(dim=-1, keepdim=True)
    starts = torch.cat([to_vector(start), damaged, center, center, to_vector(fresh)])
    which = torch.tensor([0, 0, 1, 2, 0]).repeat_interleave(n)
    runs = _descend(from_vector(starts, start), data, which, settings, settings.n_steps, generator)
    shuffle = torch.randperm(settings.width, generator=generator)
    runs = [sy.permute_neurons(mlp, [shuffle]) for mlp in runs]
    objective = _objectives(runs, data, which, settings)
    found: dict[str, Any] = {
        "radius": radius.tolist(),
        "norm": center.norm(dim=-1).tolist(),
        "drift": ((halves[0] - halves[1]).norm(dim=-1) / radius).tolist(),
        "looks": (_looks(len(runs)) * settings.every).tolist(),
        **_ends(objective, settings.every, n),
        "accuracy": _nested([_accuracies(mlp, data, which) for mlp in (runs[0], runs[-1])], n),
    }
    for method in METHODS:
        seen = [_watch(k, runs, from_vector(center[k % n], start), float(radius[k % n]), shuffle, method)
                for k in range(len(which))]  # fmt: skip
        found |= _summary(method, seen, objective, settings.every, n)
    return found


def _data(settings: RetrainingSettings, generator) -> dict[str, Any]:
    """Training and test images: the digits, a bootstrap sample, and shifted ones, stacked (3, n, d)."""
    import torch

    from lossland.networks import load_digits

    digits = load_digits(generator=torch.Generator().manual_seed(13))
    varied = digits.train_inputs.std(dim=0) > (0.0 if settings.all_pixels else 0.1)
    kept = torch.ones_like(varied) if settings.all_pixels else varied
    drawn = torch.randint(len(digits.train_labels), (len(digits.train_labels),), generator=generator)
    shifted = [x.reshape(-1, 8, 8).roll(1, dims=-1).reshape(-1, 64) for x in (digits.train_inputs, digits.test_inputs)]
    return {
        "inputs": torch.stack([digits.train_inputs, digits.train_inputs[drawn], shifted[0]])[..., kept],
        "labels": torch.stack([digits.train_labels, digits.train_labels[drawn], digits.train_labels]),
        "test_inputs": torch.stack([digits.test_inputs, digits.test_inputs, shifted[1]])[..., kept],
        "test_labels": digits.test_labels,
    }


def _descend(mlp, data, which, settings: RetrainingSettings, n_steps: int, generator) -> list:
    """Plain stochastic gradient descent of a batch of networks, each on the images ``which``; its checkpoints."""
    import torch

    from lossland.networks import MLP

    parts = [part.detach().clone().requires_grad_() for part in (*mlp.weights, *mlp.biases)]
    half, shape, found = len(mlp.weights), (len(which), 64), []
    for step in range(n_steps + 1):
        if step % settings.every == 0:
            kept = [part.detach().clone() for part in parts]
            found.append(MLP(tuple(kept[:half]), tuple(kept[half:])))
        chosen = torch.randint(data["labels"].shape[1], shape, generator=generator)
        inputs, labels = data["inputs"][which[:, None], chosen], data["labels"][which[:, None], chosen]
        losses = _cross_entropy(MLP(tuple(parts[:half]), tuple(parts[half:])), inputs, labels)
        gradients = torch.autograd.grad(losses.sum(), parts)
        with torch.no_grad():
            for part, gradient in zip(parts, gradients, strict=True):
                part.mul_(1 - settings.learning_rate * settings.weight_decay)
                part.sub_(gradient, alpha=settings.learning_rate)
    return found


def _cross_entropy(mlp, inputs, labels):
    """Mean cross-entropy of each network on its own images, (n_networks,)."""
    from lossland.networks import forward

    scores = forward(mlp, inputs, "tanh")
    return (scores.logsumexp(dim=-1) - scores.gather(-1, labels[..., None])[..., 0]).mean(dim=-1)


def _objectives(runs, data, which, settings: RetrainingSettings) -> np.ndarray:
    """Cross-entropy on all of a run's images plus weight decay, (T, runs)."""
    import torch

    from lossland.networks import to_vector

    with torch.no_grad():
        decay = [settings.weight_decay / 2 * to_vector(mlp).square().sum(dim=-1) for mlp in runs]
        losses = [_cross_entropy(mlp, data["inputs"][which], data["labels"][which]) for mlp in runs]
    return np.array([(loss + part).tolist() for loss, part in zip(losses, decay, strict=True)])


def _accuracies(mlp, data, which) -> list[float]:
    import torch

    from lossland.networks import forward

    with torch.no_grad():
        right = forward(mlp, data["test_inputs"][which], "tanh").argmax(dim=-1) == data["test_labels"]
    return right.double().mean(dim=-1).tolist()


def _watch(k: int, runs, reference, radius: float, shuffle, method: str) -> dict[str, Any]:
    """Track one run with one method, and stop it."""
    from lossland import symmetry as sy
    from lossland.networks import MLP, to_vector

    checkpoints = [MLP(*(tuple(part[k] for part in parts) for parts in mlp)) for mlp in runs]
    track = sy.track_retraining(reference, checkpoints, method=method)
    vectors, center = to_vector(track.aligned).double().numpy(), to_vector(reference).double().numpy()
    stopping, single = (sy.stopping_step(vectors, center, radius=radius, patience=p) for p in (_PATIENCE, 1))
    return {
        "placed": sy.placed_shares(track, [shuffle.argsort()])[:, 0],
        "distance": stopping.distance,
        "stop": int(stopping.step),
        "first": int(single.step),
        "phi": track.distances[-1],
    }


def _summary(method: str, seen, objective: np.ndarray, every: int, n: int) -> dict[str, Any]:
    looks, end = _looks(len(objective)), _end(objective)
    losses = [
        None if one["stop"] < 0 else round(float(objective[one["stop"], k] / end[k] - 1), 5)
        for k, one in enumerate(seen)
    ]
    columns: dict[str, list] = {
        "placed": [one["placed"][looks].round(4).tolist() for one in seen],
        "distance": [one["distance"][looks].round(3).tolist() for one in seen],
        **{name: [max(one[name] * every, -1) for one in seen] for name in ("stop", "first")},
        "loss": losses,
        "phi": [one["phi"].round(5).tolist() for one in seen],
    }
    return {f"{method}_{name}": _split(column, n) for name, column in columns.items()}


def _ends(objective: np.ndarray, every: int, n: int) -> dict[str, Any]:
    end = _end(objective)
    ready = (objective <= 1.01 * end).argmax(axis=0) * every
    return {"loss_end": _split(end.round(6).tolist(), n), "ready": _split(ready.tolist(), n)}


def _end(objective: np.ndarray) -> np.ndarray:
    return objective[-max(1, len(objective) // 10) :].mean(axis=0)


def _looks(n_checks: int) -> np.ndarray:
    """Indices of the checks that are kept: the first, and others spaced more and more widely."""
    return np.unique(np.concatenate(([0], np.geomspace(1, n_checks - 1, _N_LOOKS - 1).round()))).astype(int)


def _split(column: list, n: int) -> list:
    return [column[k * n : (k + 1) * n] for k in range(len(SCENARIOS))]


def _nested(rows: list[list[float]], n: int) -> list:
    return _split([list(pair) for pair in zip(*rows, strict=True)], n)


EXPERIMENT = register(
    Experiment(
        "retraining",
        "Retraining of digit classifiers: what sorting and matching track of it, and where the criterion stops it.",
        measure,
        sizes={
            "small": [RetrainingSettings(8, 0.01, n_networks=2, n_steps=600, n_cloud=400)],
            "full": [
                *(RetrainingSettings(width, decay) for width in (16, 64) for decay in (0.01, 0.001)),
                RetrainingSettings(64, 0.01, all_pixels=True),
            ],
        },
        n_replicates={"small": 1, "full": 2},
        requires=("torch", "sklearn.datasets", "scipy.optimize"),
    )
)
