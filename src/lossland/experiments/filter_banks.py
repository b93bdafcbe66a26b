r"""Recognizers with fixed filters against networks trained by back-propagation: few examples, new classes, distortions.

Images are in [0, 1] on a background of 0.  Each replicate has a split of its own into images to learn from (997 of the
digits, 1,500 of MNIST-5k), to choose by (300, 300), and to ask about (500, 700), and filters and initial weights of
its own; all systems of a replicate share the split.  ``SYSTEMS`` are, in this order,

* ``gabor totals``: 24 pairs of Gabor filters (4 wavelengths, 6 orientations), one number for each, the mean strength
  of its cells;
* ``gabor``, ``differences``, ``random``: strengths of 24 Gabor pairs, of 24 differences of Gaussians, of 24 random
  filters, each on a grid of 4 x 4 cells;
* ``pixels``: the pixels themselves, the control;
* ``perceptron``: 100 hidden ReLU units; ``convolutional``: 16 filters, ReLU, maxima, linear readout;
* ``gabor compared``: as ``gabor``, then from the numbers of each image their mean is taken, and they are divided by
  their norm.

All but those two end in linear discriminants by sums (``remedies.IncrementalClassifier``), and their
shrinkage is chosen from four; the two learn by back-propagation, and their step is chosen from three, both by the
accuracy on the images to choose by; batches have 100 images.  Shares are of the images to ask about unless it is said
otherwise.

Fields of a cell:

* ``accuracy`` (n_systems,): after learning from all images; ``n_weights`` (n_systems,): weights and thresholds of the
  final network or linear rule;
* ``few_shot`` (n_systems, n_shots): after learning from few images of each class; ``few_shot_nearest`` (6, n_shots):
  the same with the nearest class mean in place of the discriminants, for the six that end in them;
* ``distorted`` (n_systems, n_distortions): after learning from all images, clean, asked about distorted ones, in the
  order of ``kinds`` and ``levels``;
* ``new_class``: a class kept away at first; ``added`` (4, 3) for discriminants on ``ADDED``: share right of the old
  classes before it was added and after, and of the new one after; ``fine_tuned`` (2, n_looks, 2) for the two networks:
  shares right of old and new after ``looks`` steps on the new class alone, with the step of the best look;
  ``fine_tuned_choice`` (2, 2): the same at the look whose mean of both shares is best on the images to choose by;
  ``retrained`` (2, 2): trained from the start on all classes;
* ``permuted``: share right of ``gabor``, if the pixels of all images change places in the same way, also in learning;
* ``counts``, ``count_accuracy`` (n_counts, 2, 3): Gabor pairs drawn from 60 of six wavelengths and ten orientations,
  one number for each, and all cells, by the three ``READOUTS``;
* ``four_classes`` (n_draws, 3): three pairs, one number for each, and four classes, both drawn, by the three readouts;
* ``widths``, ``width_accuracy``: perceptrons of other widths, with the step of the one of width 100;
* ``share_trained``, ``share_initial``, ``share_components`` (16,): part of each filter that a Gabor function explains
  (``remedies.gabor_share``), for the trained network's filters, the same before training, and principal
  components of patches; ``first_layer`` (3,): accuracy with filters trained, random and left, Gabor and left, all
  with the step of the first.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import Any

import numpy as np

from lossland.experiments.recognizers import (
    LATTICE,
    SYSTEMS,
    TRAINED,
    FixedRecognizer,
    Task,
    TrainedRecognizer,
    compare_strengths,
    make_network,
    make_task,
    make_view,
    share_right,
)
from lossland.experiments.registry import Experiment, register
from lossland.experiments.settings import Settings

ADDED = ("gabor", "random", "pixels", "trained filters")
READOUTS = ("discriminants", "nearest neighbor", "support vectors")
_TUNING_RATES = (0.001, 0.003, 0.01)
_LOOKS = (0, 1, 3, 10, 30, 100)
_N_FOUR = 20
_KINDS = {
    "digits": (
        ("none", 0), ("noise", 0.1), ("noise", 0.2), ("noise", 0.3), ("noise", 0.5), ("blur", 0.5), ("blur", 1.0),
        ("shift", 1), ("shift", 2), ("occlusion", 2), ("occlusion", 3), ("rotation", 10), ("rotation", 20),
    ),
    "mnist5k": (
        ("none", 0), ("noise", 0.1), ("noise", 0.2), ("noise", 0.3), ("noise", 0.5), ("blur", 1.0), ("blur", 2.0),
        ("shift", 2), ("shift", 4), ("occlusion", 6), ("occlusion", 10), ("rotation", 10), ("rotation", 20),
    ),
}  # fmt: skip


@dataclass(frozen=True)
class FilterBankSettings(Settings):
    """One data set.

    Attributes:
        dataset: ``"digits"`` (8 x 8) or ``"mnist5k"`` (28 x 28).
        shots: Images of each class to learn from.
        counts: Numbers of Gabor pairs, at most 60.
        widths: Widths of the other perceptrons.
        n_few_steps: Steps of back-propagation with few images.
        n_steps: Steps with all of them.
    """

    dataset: str
    shots: tuple[int, ...] = (1, 2, 5, 10, 20, 50)
    counts: tuple[int, ...] = (3, 6, 12, 20, 24, 30, 60)
    widths: tuple[int, ...] = (4, 16)
    n_few_steps: int = 60
    n_steps: int = 400


def measure(settings: FilterBankSettings, seed: np.random.SeedSequence) -> dict[str, Any]:
    """Measure all systems on one split, in float32 on the CPU.

    Args:
        settings: The cell.
        seed: Its seed.

    Returns:
        dict: the fields named at the head of this module.
    """
    task = make_task(settings.dataset, int(seed.generate_state(1, np.uint64)[0] >> np.uint64(1)))
    seen, worse, asked = {}, {}, _distorted_images(task, settings.dataset)
    for name in SYSTEMS[1:7]:
        view = make_view(task, name)
        seen[name], worse[name] = tuple(view(part) for part in task.images), [view(part) for part in asked]
    for name, change in (("gabor totals", lambda f: f.mean(2, keepdim=True)), ("gabor compared", compare_strengths)):
        seen[name], worse[name] = (tuple(change(part) for part in group["gabor"]) for group in (seen, worse))
    systems = {name: _system(task, name, seen[name]) for name in SYSTEMS}
    rng, values = np.random.default_rng(task.seed), {}
    values |= _few(task, systems, settings)
    values |= _all_and_distorted(task, systems, worse, settings)
    values |= _widths(task, systems["perceptron"], settings) | _first_layer(task, systems["convolutional"], settings)
    values |= _new_class(task, systems, settings, rng)
    return values | _permuted(task) | _counts(task, settings, rng)


def _system(task: Task, name: str, inputs) -> FixedRecognizer | TrainedRecognizer:
    if name not in TRAINED:
        return FixedRecognizer(task, inputs)
    return TrainedRecognizer(task, inputs, lambda generator: make_network(task.shape, name, generator))


def _fit(system: FixedRecognizer | TrainedRecognizer, rows, n_steps: int):
    return system.fit(rows) if isinstance(system, FixedRecognizer) else system.fit(rows, n_steps)


def _distorted_images(task: Task, dataset: str) -> list:
    import torch

    from lossland import remedies as rm

    calls = {
        "noise": rm.add_noise, "shift": rm.shift, "occlusion": rm.occlude, "rotation": rm.rotate,
    }  # fmt: skip
    images, found = task.images[2], []
    for kind, level in _KINDS[dataset]:
        if kind in calls:
            found.append(calls[kind](images, level, generator=torch.Generator().manual_seed(task.seed)))
        else:
            found.append(rm.blur(images, level) if kind == "blur" else images)
    return found


def _all_and_distorted(task: Task, systems, distorted, settings: FilterBankSettings) -> dict[str, Any]:
    shares = []
    for name, system in systems.items():
        _fit(system, slice(None), settings.n_steps)
        shares.append([share_right(system.predict(inputs), task.labels[2]) for inputs in distorted[name]])
    kinds, levels = zip(*_KINDS[settings.dataset], strict=True)
    return {
        "accuracy": [row[0] for row in shares], "n_weights": [system.n_weights for system in systems.values()],
        "distorted": shares, "kinds": list(kinds), "levels": list(levels),
    }  # fmt: skip


def _few(task: Task, systems, settings: FilterBankSettings) -> dict[str, Any]:
    from lossland.remedies import few_shot_split

    labels = task.labels[0].numpy()
    rows = [few_shot_split(labels, n, rng=np.random.default_rng(task.seed)).support for n in settings.shots]
    shares, nearest = [], []
    for system in systems.values():
        fitted = (_fit(system, row, settings.n_few_steps) for row in rows)
        shares.append([share_right(one.predict(one.inputs[2]), task.labels[2]) for one in fitted])
        if isinstance(system, FixedRecognizer):
            fitted = (system.fit(row, shrinkages=(1.0,)) for row in rows)
            nearest.append([share_right(one.predict(one.inputs[2]), task.labels[2]) for one in fitted])
    return {"few_shot": shares, "few_shot_nearest": nearest}


def _permuted(task: Task) -> dict[str, Any]:
    """What Gabor filters make of images whose pixels all changed places, in all images alike."""
    order = np.random.default_rng(task.seed).permutation(task.shape.side**2)
    view = make_view(task, "gabor")
    inputs = tuple(view(part.flatten(1)[:, order].reshape(part.shape)) for part in task.images)
    system = FixedRecognizer(task, inputs).fit(slice(None))
    return {"permuted": share_right(system.predict(inputs[2]), task.labels[2])}


def _new_class(task: Task, systems, settings: FilterBankSettings, rng: np.random.Generator) -> dict[str, Any]:
    """Networks come trained on all classes with their best step, and are trained again without one of them."""
    new = int(rng.integers(10))
    old_rows, new_rows = ((task.labels[0] == new).numpy() == keep for keep in (False, True))
    networks = {name: systems[name] for name in TRAINED}
    retrained = [_old_and_new(task, one, new) for one in networks.values()]
    for network in networks.values():
        network.fit(old_rows, settings.n_steps, (network.rate,))
    added = []
    for name in ADDED:
        system = systems[name] if name in systems else FixedRecognizer(task, _below_readout(networks["convolutional"]))
        before = _old_and_new(task, system.fit(old_rows), new)[0]
        added.append([before, *_old_and_new(task, system.add(new_rows), new)])
    tuned = [_fine_tuned(task, network, new, new_rows) for network in networks.values()]
    return {
        "new_class": new, "added": added, "looks": list(_LOOKS), "fine_tuned": [curve for curve, _ in tuned],
        "fine_tuned_choice": [choice for _, choice in tuned], "retrained": retrained,
    }  # fmt: skip


def _fine_tuned(task: Task, system: TrainedRecognizer, new: int, rows):
    """Shares of old and new (n_looks, 2) after steps on the new class alone, and those at the look that is best."""
    curves, chosen, before = [], [], system.network
    for rate in _TUNING_RATES:
        curves.append([])
        chosen.append([])
        for look in _LOOKS:
            system.network = copy.deepcopy(before)
            system.step_on(rows, rate, look)
            curves[-1].append(_old_and_new(task, system, new))
            chosen[-1].append(sum(_old_and_new(task, system, new, part=1)))
    system.network = before
    rate, look = np.unravel_index(np.argmax(chosen), np.shape(chosen))
    return curves[rate], curves[rate][look]


def _old_and_new(task: Task, system, new: int, part: int = 2) -> list[float]:
    """Share right of the old classes and of the new one, of the images to ask about."""
    found, labels = system.predict(system.inputs[part]), task.labels[part]
    is_new = labels == new
    return [share_right(found[mask.numpy()], labels[mask]) for mask in (~is_new, is_new)]


def _below_readout(system: TrainedRecognizer):
    """What the readout of a trained network reads, (n, 1, features), for the three groups of images."""
    import torch

    with torch.no_grad():
        return tuple(system.network[:-1](inputs)[:, None] for inputs in system.inputs)


def _readouts(learn: np.ndarray, ask: np.ndarray, labels, truth) -> list[float]:
    """Shares right by the readouts, on features scaled to unit variance."""
    from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
    from sklearn.neighbors import KNeighborsClassifier
    from sklearn.svm import SVC

    mean, std = learn.mean(axis=0), np.maximum(learn.std(axis=0), 1e-12)
    learn, ask = (learn - mean) / std, (ask - mean) / std
    models = (LinearDiscriminantAnalysis("lsqr", shrinkage=0.01), KNeighborsClassifier(1), SVC(C=10.0))
    return [round(float(model.fit(learn, labels).score(ask, truth)), 4) for model in models]


def _counts(task: Task, settings: FilterBankSettings, rng: np.random.Generator) -> dict[str, Any]:
    import torch

    from lossland import remedies as rm

    shape = task.shape
    waves = np.geomspace(min(shape.wavelengths), max(shape.wavelengths), 6)
    module = rm.FilterResponses(rm.gabor_bank(waves, 10, shape.size), LATTICE, stride=shape.stride, dtype=torch.float32)
    cells = [
        torch.cat([module(part) for part in images.split(250)]).unflatten(1, (60, -1)).double().numpy()
        for images in (task.images[0], task.images[2])
    ]
    labels, order = [task.labels[k].numpy() for k in (0, 2)], rng.permutation(60)
    kept = [[part[:, order[:n]] for part in cells] for n in settings.counts]
    four = []
    for _ in range(_N_FOUR):
        classes, filters = rng.permutation(10)[:4], rng.permutation(60)[:3]
        masks = [np.isin(given, classes) for given in labels]
        parts = [part[mask][:, filters].mean(axis=2) for part, mask in zip(cells, masks, strict=True)]
        four.append(_readouts(*parts, *(given[mask] for given, mask in zip(labels, masks, strict=True))))
    return {
        "counts": list(settings.counts),
        "count_accuracy": [
            [_readouts(*(change(part) for part in parts), *labels) for change in (_total, _flat)] for parts in kept
        ],
        "four_classes": four,
    }


def _total(strengths: np.ndarray) -> np.ndarray:
    return strengths.mean(axis=2)


def _flat(strengths: np.ndarray) -> np.ndarray:
    return strengths.reshape(len(strengths), -1)


def _widths(task: Task, perceptron: TrainedRecognizer, settings: FilterBankSettings) -> dict[str, Any]:
    shares = []
    for width in settings.widths:
        other = TrainedRecognizer(task, perceptron.inputs, lambda generator, width=width:
                                  make_network(task.shape, "perceptron", generator, width))  # fmt: skip
        other.fit(slice(None), settings.n_steps, (perceptron.rate,))
        shares.append(share_right(other.predict(other.inputs[2]), task.labels[2]))
    return {"widths": list(settings.widths), "width_accuracy": shares}


def _first_layer(task: Task, trained: TrainedRecognizer, settings: FilterBankSettings) -> dict[str, Any]:
    import torch

    from lossland import remedies as rm

    size, filters = task.shape.learned_size, {"trained": trained.network.filters.weight}
    shares = [share_right(trained.predict(trained.inputs[2]), task.labels[2])]
    bank = rm.gabor_bank(task.shape.wavelengths[:2], 4, size).reshape(16, 1, size, size)

    for kind in ("initial", "gabor"):

        def make(generator, kind=kind):
            network = make_network(task.shape, "convolutional", generator)
            weight = network.filters.weight.requires_grad_(False)
            if kind == "gabor":
                weight.copy_(torch.as_tensor(bank, dtype=weight.dtype) * weight.norm() / 4)
            return network

        left = TrainedRecognizer(task, trained.inputs, make).fit(slice(None), settings.n_steps, (trained.rate,))
        filters[kind] = left.network.filters.weight
        shares.append(share_right(left.predict(left.inputs[2]), task.labels[2]))
    patches = task.images[0][:500].unfold(1, size, 2).unfold(2, size, 2).reshape(-1, size * size).double()
    filters["components"] = torch.linalg.eigh(patches.T.cov()).eigenvectors.T.flip(0)[:16].reshape(16, 1, size, size)
    del filters["gabor"]
    found = {name: rm.gabor_share(given.detach()[:, 0].double().numpy()) for name, given in filters.items()}
    return {"first_layer": shares, **{f"share_{name}": part.round(4).tolist() for name, part in found.items()}}


EXPERIMENT = register(
    Experiment(
        "filter_banks",
        "Fixed spatial filters against networks: few examples, added classes, distortions, numbers of filters.",
        measure,
        sizes={
            "small": [FilterBankSettings("digits", (2, 10), (3, 24), (4, 16), 50, 200)],
            "full": [FilterBankSettings("digits"), FilterBankSettings("mnist5k", n_few_steps=50, n_steps=200)],
        },
        n_replicates={"small": 1, "full": 5},
        requires=("torch", "sklearn.datasets", "sklearn.svm", "sklearn.neighbors", "sklearn.discriminant_analysis"),
    )
)
