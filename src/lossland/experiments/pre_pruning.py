r"""Pre-pruned classifiers against rate, depth and width: accuracy, symmetry that is left, and the course of training.

Tanh perceptrons on the digits (1,297 images to train, 500 to test) or on 5,000 images of MNIST (4,000 and 1,000); the
hidden layers are pruned before training, the output layer is dense.  ``form`` says how, and at which widths:

* ``"dense"``: no zeros, the reference;
* ``"drawn"``: independent zeros at ``zero_rate``, at the width of the dense network; a unit that would lose all its
  inputs is drawn again, equal masks are not;
* ``"equal_parameters"``, ``"printed_factor"``: the same, in hidden layers widened to as many parameters as the dense
  network has, or by :math:`(1-\rho)^{-1}`;
* ``"densest"``: all rows differ, with the fewest zeros; no permutation is left, hardly a weight is lost;
* ``"grouped"``: zeros at the same rate, but units in groups of four with the same mask: a control with symmetry;
* ``"equal_rows"``: all units of a layer keep the same inputs: all the symmetry of a narrower network is left;
* ``"narrow"``: a dense network with as many parameters as ``"drawn"`` has.

Fields of a cell.  Lists over masks: ``n_parameters`` (weights and biases left), ``log_order`` (natural logarithm of the
order of the group of permutations that keep the masks; ``None`` if the search was given up), ``log_lower`` and
``log_upper`` (its bounds), ``log_optima`` (logarithm of the number of copies of one optimum that permutations and sign
flips of tanh units make; ``None`` with ``log_order``), ``n_unread`` (hidden units that no unit of the next layer
reads), ``n_full`` (units of the first layer that see all inputs).  Lists over masks of lists over starts:
``train_accuracy``, ``test_accuracy``, ``train_loss`` (nats, at the end), ``steps_to`` (steps after which the training
loss was first at most each of ``TARGETS``, ``None`` if never: another list).  ``barrier``: over masks, rise of the
training loss on the straight line between the networks of the first two starts above the chord, ``None`` with one
start; ``barrier_signs``, the same after the best signs of the second's hidden units; ``barrier_matched``, after their
best permutation and signs, whether the masks allow them or not.  One number or list a cell: ``hidden``
(widths of the hidden layers), ``log_full`` (logarithm of :math:`\prod n_k!` at those widths), ``dense_parameters`` (of
the dense network at ``width``).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise, product
from typing import Any, NamedTuple

import numpy as np

from lossland.experiments.record import Record
from lossland.experiments.registry import Experiment, register
from lossland.experiments.settings import Settings

FORMS = (
    "dense", "drawn", "equal_parameters", "printed_factor", "densest", "grouped", "equal_rows", "narrow",
)  # fmt: skip
TARGETS = (1.0, 0.5, 0.2, 0.1, 0.05)  # nats
GROUP = 4  # units with the same mask in "grouped"
_LEVEL = 0.95  # of intervals
_MAX_NODES = 2000  # of the search for symmetries


@dataclass(frozen=True)
class PrePruningSettings(Settings):
    """One kind of network and its training.

    Attributes:
        form: One of ``FORMS``.
        data: ``"digits"`` or ``"mnist5k"``.
        depth: Number of hidden layers.
        width: Width of the hidden layers of the dense reference.
        zero_rate: Probability of a zero; 0 for ``"dense"`` and ``"densest"``.
        learning_rate: Step size at first.
        n_masks: Number of masks.
        n_starts: Number of initial weights for each mask.
        n_steps: Steps, of 64 images.
    """

    form: str
    data: str = "digits"
    depth: int = 2
    width: int = 32
    zero_rate: float = 0.0
    learning_rate: float = 0.05
    n_masks: int = 6
    n_starts: int = 2
    n_steps: int = 1000


class MeanInterval(NamedTuple):
    """Means over masks with 95 % intervals (Student's t).

    Attributes:
        zero_rate: Rates, ascending, (n,); the first is 0, the dense network.
        mean: Means over masks, (n,).
        low: Lower ends of the intervals.
        high: Upper ends.
        values: Each mask's value, mean over its starts, (n, n_masks).
    """

    zero_rate: np.ndarray
    mean: np.ndarray
    low: np.ndarray
    high: np.ndarray
    values: np.ndarray


class Difference(NamedTuple):
    """Difference of two means with its 95 % interval (Welch's t), and both means.

    Attributes:
        mean: First minus second.
        low: Lower end of the interval.
        high: Upper end.
        first: Mean of the first.
        second: Mean of the second.
    """

    mean: float
    low: float
    high: float
    first: float
    second: float


def measure(settings: PrePruningSettings, seed: np.random.SeedSequence) -> dict[str, Any]:
    """Draw masks, look at their symmetry, train, and look at what came out.

    Args:
        settings: The cell.
        seed: Its seed; the split of the images is the same in all cells.

    Returns:
        dict: the fields named at the head of this module.
    """
    import torch

    from lossland import remedies
    from lossland.networks import load_digits, load_mnist5k

    load = {"digits": load_digits, "mnist5k": load_mnist5k}[settings.data]
    data = load(generator=torch.Generator().manual_seed(17))
    generator = torch.Generator().manual_seed(int(seed.generate_state(1, np.uint64)[0] >> np.uint64(1)))
    reference = (data.train_inputs.shape[1], *[settings.width] * settings.depth, 10)
    drawn = [_masks(settings, reference, generator) for _ in range(settings.n_masks)]
    stacked = [torch.stack(layer).repeat_interleave(settings.n_starts, dim=0) for layer in zip(*drawn, strict=True)]
    run = remedies.train_pruned(
        stacked, data, "tanh", n_steps=settings.n_steps, learning_rate=settings.learning_rate, generator=generator
    )
    hidden = [len(mask) for mask in drawn[0][:-1]]
    found = [_symmetry([mask.numpy() for mask in masks]) for masks in drawn]
    return {
        "hidden": hidden,
        "log_full": _number(sum(math.lgamma(n + 1) for n in hidden)),
        "dense_parameters": round(remedies.expected_parameters(reference)),
        **{name: [one[name] for one in found] for name in found[0]},
        **_results(run, data, settings),
        **_barriers(run.mlp, data, settings),
    }


def _masks(settings: PrePruningSettings, reference: tuple[int, ...], generator) -> list:
    """Masks of one network, one for each layer."""
    import torch

    from lossland import remedies as rm

    form, rate = settings.form, settings.zero_rate
    if form not in FORMS:
        raise ValueError(f"form: expected one of {', '.join(FORMS)}, got {form!r}")
    widths = reference
    if form == "grouped":
        return rm.grouped_masks(widths, rate, GROUP, generator=generator)
    if form == "equal_parameters":
        widths = rm.widen_to_equal_parameters(reference, rate).widths
    elif form == "printed_factor":
        widths = rm.widen_by_printed_factor(reference, rate).widths
    elif form == "narrow":
        widths = rm.narrow_to_parameters(reference, rm.expected_parameters(reference, rate))
    masks = []
    for n_inputs, n_units in pairwise(widths[:-1]):
        if form == "densest":
            mask = rm.densest_mask(n_units, n_inputs)[:, torch.randperm(n_inputs, generator=generator)]
        elif form == "equal_rows":
            mask = rm.sample_mask(1, n_inputs, rate, generator=generator).repeat(n_units, 1)
        elif form in ("dense", "narrow"):
            mask = torch.ones(n_units, n_inputs, dtype=torch.bool)
        else:
            mask = rm.sample_mask(n_units, n_inputs, rate, distinct=False, generator=generator)
        masks.append(mask)
    return [*masks, torch.ones(widths[-1], widths[-2], dtype=torch.bool)]


def _symmetry(masks: Sequence[np.ndarray]) -> dict[str, Any]:
    from lossland.remedies import mask_symmetry

    found = mask_symmetry(masks, max_nodes=_MAX_NODES)
    order = _number(found.log_order)
    n_hidden = sum(len(mask) for mask in masks[:-1])
    return {
        "n_parameters": int(sum(mask.sum() + len(mask) for mask in masks)),
        "log_order": order,
        "log_lower": _number(found.log_lower),
        "log_upper": _number(found.log_upper),
        "log_optima": None if order is None else _number(found.log_order + n_hidden * math.log(2)),
        "n_unread": int(sum((~mask.any(axis=0)).sum() for mask in masks[1:])),
        "n_full": int(masks[0].all(axis=1).sum()),
    }


def _results(run, data, settings: PrePruningSettings) -> dict[str, Any]:
    """Accuracies, final loss and steps to losses of each mask and start."""
    from lossland.networks import forward
    from lossland.remedies import steps_to_reach

    def share(inputs, labels):
        return (forward(run.mlp, inputs, "tanh").argmax(dim=-1) == labels).double().mean(dim=-1)

    steps = np.array([steps_to_reach(run, target).tolist() for target in TARGETS]).T
    listed = {
        "train_accuracy": [_number(value) for value in share(data.train_inputs, data.train_labels)],
        "test_accuracy": [_number(value) for value in share(data.test_inputs, data.test_labels)],
        "train_loss": [_number(value) for value in run.loss[-1]],
        "steps_to": [[int(s) if math.isfinite(s) else None for s in row] for row in steps],
    }
    n = settings.n_starts
    return {name: [values[k : k + n] for k in range(0, len(values), n)] for name, values in listed.items()}


def _barriers(mlp, data, settings: PrePruningSettings) -> dict[str, Any]:
    """Loss barriers between two starts of the same mask, as they are and after matching."""
    from lossland.symmetry import match_neurons_and_signs, permute_and_flip

    if settings.n_starts < 2:
        return {"barrier": None, "barrier_signs": None, "barrier_matched": None}
    first, second = (
        type(mlp)(*(tuple(part[k :: settings.n_starts] for part in parts) for parts in mlp)) for k in range(2)
    )
    matching = match_neurons_and_signs(first, second)
    return {
        "barrier": _barrier(first, second, data),
        "barrier_signs": _barrier(first, _match_signs(first, second), data),
        "barrier_matched": _barrier(first, permute_and_flip(second, matching.permutations, matching.signs), data),
    }


def _match_signs(first, second, n_sweeps: int = 20):
    """Flip the signs of hidden units of the second, one by one in place, until it is as near to the first as can be."""
    import torch

    products = [a * b for a, b in zip(first.weights, second.weights, strict=True)]
    biases = [a * b for a, b in zip(first.biases, second.biases, strict=True)]
    n_networks, n_inputs = products[0].shape[0], products[0].shape[2]
    signs = [torch.ones(n_networks, n_inputs), *(torch.ones_like(bias) for bias in biases)]
    for _ in range(n_sweeps):
        for k in range(1, len(signs) - 1):
            before = (products[k - 1] @ signs[k - 1][..., None])[..., 0] + biases[k - 1]
            behind = (signs[k + 1][:, None] @ products[k])[:, 0]
            signs[k] = torch.where(before + behind < 0, -1.0, 1.0)
    weights = [signs[k + 1][..., None] * w * signs[k][:, None] for k, w in enumerate(second.weights)]
    return type(second)(tuple(weights), tuple(s * b for s, b in zip(signs[1:], second.biases, strict=True)))


def _barrier(first, second, data) -> list[float | None]:
    from lossland import connectivity as cn

    images = data.train_inputs[:1000], data.train_labels[:1000]
    losses = cn.path_losses(
        lambda t: cn.linear_path(first, second, t), lambda point: cn.network_loss(point, *images, "tanh"), 11
    )
    return [_number(height) for height in cn.loss_barrier(losses)]


def _number(value: Any) -> float | None:
    """Six significant digits; ``None`` for what is not finite."""
    value = float(value)
    return float(f"{value:.6g}") if math.isfinite(value) else None


def against_rate(record: Record, field: str, **settings: Any) -> MeanInterval:
    """A field over rates of zeros, with intervals; the first rate is 0, the dense network.

    Args:
        record: Record of ``pre_pruning``.
        field: Name of a field over masks, or over masks and starts, or ``"steps_to_X"`` with X of ``TARGETS``.
        **settings: Settings to select by: ``form``, ``data``, ``depth`` and ``width``, and more if need be.

    Returns:
        MeanInterval: means over masks; a value that is missing makes them NaN (infinite for steps).

    Raises:
        ValueError: If the record has no such cells.
    """
    from scipy import stats

    settings = {"learning_rate": 0.05, **settings}
    cells = list(record.select(**settings).cells)
    if not cells:
        raise ValueError(f"settings: the record has no cells with {settings}")
    if settings.get("form") != "dense":
        cells += record.select(**{**settings, "form": "dense"}).cells
    cells.sort(key=lambda cell: cell["settings"]["zero_rate"])
    values = np.array([_over_masks(cell, field) for cell in cells])
    mean, n = values.mean(axis=1), values.shape[1]
    with np.errstate(invalid="ignore"):
        half = stats.t.ppf((1 + _LEVEL) / 2, n - 1) * values.std(axis=1, ddof=1) / np.sqrt(n)
    rates = np.array([cell["settings"]["zero_rate"] for cell in cells])
    return MeanInterval(rates, mean, mean - half, mean + half, values)


def compare(record: Record, field: str, first: dict[str, Any], second: dict[str, Any]) -> Difference:
    """Compare a field of two cells.

    Args:
        record: Record of ``pre_pruning``.
        field: As for :func:`against_rate`.
        first: Settings that select one cell.
        second: Settings that select another.

    Returns:
        Difference: first minus second, with its 95 % interval.

    Raises:
        ValueError: If the settings do not select one cell each, or a value is missing in one.
    """
    from scipy import stats

    values = []
    for settings in (first, second):
        cells = record.select(**{"learning_rate": 0.05, **settings}).cells
        if len(cells) != 1:
            raise ValueError(f"settings: expected to select one cell, got {len(cells)} with {settings}")
        values.append(_over_masks(cells[0], field))
    if not np.isfinite(values).all():
        raise ValueError(f"field: expected numbers in both cells, but {field} has runs that did not get there")
    means, shares = np.mean(values, axis=1), np.var(values, axis=1, ddof=1) / np.shape(values)[1]
    gap, half = means[0] - means[1], 0.0
    if shares.sum():
        n_free = shares.sum() ** 2 / np.sum(shares**2 / (np.shape(values)[1] - 1))
        half = stats.t.ppf((1 + _LEVEL) / 2, n_free) * np.sqrt(shares.sum())
    return Difference(*map(float, (gap, gap - half, gap + half, *means)))


def _over_masks(cell, field: str) -> np.ndarray:
    """One number for each mask: the mean over starts."""
    missing = math.nan
    if field.startswith("steps_to_"):
        target, missing = TARGETS.index(float(field.removeprefix("steps_to_"))), math.inf
        values = [[start[target] for start in mask] for mask in cell["values"]["steps_to"]]
    else:
        values = cell["values"][field]
    if not isinstance(values, list):
        raise ValueError(f"field: expected one with values for each mask, got {field!r}: {values!r}")
    rows = [[missing if v is None else v for v in (row if isinstance(row, list) else [row])] for row in values]
    return np.mean(rows, axis=1)


def _cells(data: str, depths, widths, rates, controls, *, largest: int, **options: Any) -> list[PrePruningSettings]:
    """All forms that there are at a size; widened networks only up to so many weights before pruning."""
    from lossland import remedies as rm

    n_inputs, cells = {"digits": 64, "mnist5k": 784}[data], []
    wider = {"equal_parameters": rm.widen_to_equal_parameters}
    if data == "digits":  # with many inputs the factor for equal parameters is near the printed one
        wider["printed_factor"] = rm.widen_by_printed_factor
    for depth, width in product(depths, widths):
        network = {"data": data, "depth": depth, "width": width, **options}
        cells += [PrePruningSettings(form, **network) for form in ("dense", "densest")]
        for rate in rates:
            forms = ["drawn", *(controls if rate in _CONTROLLED else ())]
            reference = (n_inputs, *[width] * depth, 10)
            forms += [form for form in wider if wider[form](reference, rate).n_multiplications <= largest]
            if width // GROUP * (1 - rate) < 2 and "grouped" in forms:
                forms.remove("grouped")  # too few groups for the rate
            cells += [PrePruningSettings(form, zero_rate=rate, **network) for form in forms]
    return cells


_CONTROLLED = (0.5, 0.8)  # rates at which there are controls
_CONTROLS = ("narrow", "grouped", "equal_rows")
EXPERIMENT = register(
    Experiment(
        "pre_pruning",
        "Pre-pruned digit classifiers by rate, depth and width: accuracy, symmetry left, course of training.",
        measure,
        sizes={
            "small": [
                PrePruningSettings(form, depth=1, width=16, zero_rate=rate, n_masks=5, n_steps=300)
                for form, rate in (("dense", 0.0), ("drawn", 0.5), ("drawn", 0.9), ("equal_parameters", 0.5),
                                   ("densest", 0.0), ("grouped", 0.5))
            ],
            "full": [
                *_cells("digits", (1, 2, 3), (16, 32, 64), (0.3, 0.5, 0.8, 0.9, 0.95), _CONTROLS, largest=35_000),
                *_cells("mnist5k", (1, 2), (16, 64), (0.5, 0.8, 0.9, 0.95, 0.99), ("narrow",), largest=70_000,
                        n_starts=1),
                *(
                    PrePruningSettings(form, zero_rate=rate, learning_rate=step)
                    for step in (0.0125, 0.025, 0.1)
                    for form, rate in (("dense", 0.0), ("densest", 0.0), ("drawn", 0.5), ("grouped", 0.5),
                                       ("narrow", 0.5))
                ),
            ],
        },
        n_replicates={"small": 1, "full": 1},
        requires=("torch", "sklearn.datasets", "scipy.optimize", "scipy.stats"),
    )
)  # fmt: skip
