r"""Back-propagation, feedback alignment, direct feedback alignment, last layer only: data, epochs, steps and angles.

Tanh perceptrons with softmax learn digits from ``n_train`` images by plain stochastic gradient steps of constant size.
Each seed has a split of its own into images to learn from, to choose the step by (300 of the digits, 500 of MNIST-5k),
and to test with (500 and 1,000), and initial weights of its own; all rules share split, initial weights and batches, so
their differences are paired.  Every rule runs with every step of the same grid; the step is chosen by the mean accuracy
over seeds on the images kept for that, never on those of the test.

Fields of a cell; rules in the order of ``remedies.LEARNING_RULES``, steps as in the settings:

* ``epochs`` (n_checks,): after how many epochs there was a look, 0 first;
* ``validation`` (n_rules, n_rates, n_checks): mean accuracy over seeds on the images to choose by;
* ``test`` (n_rules, n_rates, n_checks, n_seeds): accuracy on the images to test with;
* ``training`` (n_rules, n_rates, n_seeds): accuracy on the images to learn from, at the end;
* ``angles`` (2, n_hidden, n_checks, n_seeds): for feedback alignment and direct feedback alignment, with the step that
  is best at the end, angle in degrees between what they take for the gradient of a hidden layer's weights and the true
  gradient, on up to 200 training images.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from lossland.experiments.record import Record
from lossland.experiments.registry import Experiment, register
from lossland.experiments.settings import Settings

_HELD_OUT = {"digits": (300, 500), "mnist5k": (500, 1000)}  # images to choose the step by, and to test with
_PROBE = 200


@dataclass(frozen=True)
class LearningRuleSettings(Settings):
    """One data set, one size of it, one network.

    Attributes:
        dataset: ``"digits"`` (64 inputs) or ``"mnist5k"`` (784).
        n_train: Images to learn from.
        hidden: Widths of the hidden layers.
        epochs: Numbers of epochs after which there is a look, ascending.
        rates: Step sizes to choose from.
        n_seeds: Seeds.
        batch_size: Images per step.
    """

    dataset: str
    n_train: int
    hidden: tuple[int, ...] = (100,)
    epochs: tuple[int, ...] = (0, 1, 2, 5, 10, 20)
    rates: tuple[float, ...] = (0.03, 0.1, 0.3, 1.0, 3.0)
    n_seeds: int = 10
    batch_size: int = 20


class LearningCurve(NamedTuple):
    """One rule in one cell.

    Attributes:
        epochs: Numbers of epochs (n_checks,).
        rates: The step that was chosen for each number of epochs (n_checks,).
        accuracy: On the test images, (n_checks, n_seeds).
    """

    epochs: np.ndarray
    rates: np.ndarray
    accuracy: np.ndarray


class PairedDifference(NamedTuple):
    """Mean of a difference over seeds that share everything but what is compared.

    Attributes:
        mean: Mean.
        half_width: Half the 95 % confidence interval by Student's t with one degree of freedom less than seeds.
    """

    mean: np.ndarray
    half_width: np.ndarray


def measure(settings: LearningRuleSettings, seed: np.random.SeedSequence) -> dict[str, Any]:
    """Train all rules with all steps and all seeds, in float32 on the CPU.

    Args:
        settings: The cell.
        seed: Its seed.

    Returns:
        dict: the fields named at the head of this module.
    """
    import torch

    from lossland.networks import MLP, sample_mlp
    from lossland.remedies import LEARNING_RULES, sample_feedback, train_by_rule

    states = seed.generate_state(3, np.uint64) >> np.uint64(1)
    inputs, labels = _images(settings.dataset)
    rows = _splits(settings, len(labels), torch.Generator().manual_seed(int(states[0])))
    widths, n_rates, n_seeds = (inputs.shape[1], *settings.hidden, 10), len(settings.rates), settings.n_seeds
    generator = torch.Generator().manual_seed(int(states[1]))
    draw = {"n_draws": n_seeds, "dtype": torch.float32, "generator": generator}
    start = sample_mlp(widths, 1.0, 0.0, **draw)
    start = MLP(*(tuple(part.repeat(n_rates, *[1] * (part.ndim - 1)) for part in parts) for parts in start))
    rate = torch.tensor(settings.rates).repeat_interleave(n_seeds)
    learn, choose, ask = (part.repeat(n_rates, 1) for part in rows)
    validation, test, training, angles = [], [], [], []
    for rule in LEARNING_RULES:
        feedback = [matrix.repeat(n_rates, 1, 1) for matrix in sample_feedback(widths, rule, **draw)]
        kept = train_by_rule(
            start, inputs, labels, learn, rule, feedback, learning_rate=rate, epochs=settings.epochs,
            batch_size=settings.batch_size, generator=torch.Generator().manual_seed(int(states[2])),
        )  # fmt: skip
        scores = [[_accuracy(mlp, inputs, labels, part, n_rates) for mlp in kept] for part in (choose, ask)]
        validation.append(np.mean(scores[0], axis=-1).T.round(5).tolist())
        test.append(np.moveaxis(np.array(scores[1]), 0, 1).round(4).tolist())
        training.append(_accuracy(kept[-1], inputs, labels, learn, n_rates).round(4).tolist())
        if feedback:
            best = int(np.argmax(np.array(validation[-1])[:, -1]))
            mine = slice(best * n_seeds, (best + 1) * n_seeds)
            part = (inputs, labels, learn[mine, :_PROBE], rule, [matrix[mine] for matrix in feedback])
            found = [_angles(MLP(*(tuple(p[mine] for p in parts) for parts in mlp)), *part) for mlp in kept]
            angles.append(np.moveaxis(np.array(found), 0, 1).round(2).tolist())
    return {
        "epochs": list(settings.epochs), "validation": validation, "test": test, "training": training, "angles": angles,
    }  # fmt: skip


def learning_curve(record: Record, rule: str, *, tuned: str = "end", **settings: Any) -> LearningCurve:
    """Accuracy of one rule on the test images, with the step that was best on those to choose by.

    Args:
        record: The record ``learning_rules``.
        rule: One of ``remedies.LEARNING_RULES``.
        tuned: ``"end"``, one step for the whole curve, the best after the last epoch; ``"each"``, for each number of
            epochs the step that is best after it.
        **settings: Settings that name one cell.

    Returns:
        LearningCurve: the steps, and the accuracy for each seed.

    Raises:
        ValueError: If the settings do not name one cell, or an argument is unknown.
    """
    from lossland.remedies import LEARNING_RULES

    cells = record.select(**settings).cells
    if len(cells) != 1:
        raise ValueError(f"settings: expected those of one cell, got {len(cells)} cells")
    if rule not in LEARNING_RULES or tuned not in ("end", "each"):
        raise ValueError(f"rule, tuned: expected one of {LEARNING_RULES}, 'end' or 'each', got {rule!r}, {tuned!r}")
    values, k = cells[0]["values"], LEARNING_RULES.index(rule)
    validation, test = np.array(values["validation"][k]), np.array(values["test"][k])
    n_checks = validation.shape[1]
    best = validation.argmax(axis=0) if tuned == "each" else np.full(n_checks, validation[:, -1].argmax())
    rates = np.array(cells[0]["settings"]["rates"])[best]
    return LearningCurve(np.array(values["epochs"]), rates, test[best, np.arange(n_checks)])


def paired_difference(first: np.ndarray, second: np.ndarray) -> PairedDifference:
    """Mean of first minus second over the last axis, which is of seeds, with its 95 % interval.

    Args:
        first: (..., n_seeds), at least two seeds.
        second: Of the same shape.

    Returns:
        PairedDifference: mean and half the interval, (...).

    Raises:
        ValueError: If the shapes differ, or there are fewer than two seeds.

    >>> mean, half_width = paired_difference([1.0, 2.0, 3.0], [0.0, 0.0, 0.0])
    >>> float(mean), round(float(half_width), 3)
    (2.0, 2.484)
    """
    from scipy import stats

    first, second = np.asarray(first, float), np.asarray(second, float)
    if first.shape != second.shape or first.ndim == 0 or first.shape[-1] < 2:
        raise ValueError(f"second: expected the shape of first, two seeds at least, got {first.shape}, {second.shape}")
    difference = first - second
    n = difference.shape[-1]
    half = stats.t.ppf(0.975, n - 1) * difference.std(axis=-1, ddof=1) / np.sqrt(n)
    return PairedDifference(difference.mean(axis=-1), half)


def _images(dataset: str):
    """All images of a data set, standardized as a whole, with their labels."""
    import torch

    from lossland import networks

    load, n = {"digits": (networks.load_digits, 1796), "mnist5k": (networks.load_mnist5k, 4999)}[dataset]
    data = load(n_train=n, generator=torch.Generator().manual_seed(0))
    return torch.cat([data.train_inputs, data.test_inputs]), torch.cat([data.train_labels, data.test_labels])


def _splits(settings: LearningRuleSettings, n: int, generator):
    """Rows to learn from, to choose by, and to test with: three tensors (n_seeds, ...)."""
    import torch

    n_choose, n_ask = _HELD_OUT[settings.dataset]
    if settings.n_train + n_choose + n_ask > n:
        raise ValueError(f"n_train: expected at most {n - n_choose - n_ask}, got {settings.n_train}")
    order = torch.stack([torch.randperm(n, generator=generator) for _ in range(settings.n_seeds)])
    ask, choose, rest = order.split([n_ask, n_choose, n - n_ask - n_choose], dim=1)
    return rest[:, : settings.n_train], choose, ask


def _accuracy(mlp, inputs, labels, rows, n_rates: int) -> np.ndarray:
    """Share of the images of each network that it gets right, (n_rates, n_seeds)."""
    import torch

    from lossland.networks import forward

    right = [
        (forward(mlp, inputs[part], "tanh").argmax(dim=-1) == labels[part]).sum(dim=-1)
        for part in rows.split(250, dim=1)
    ]
    return (torch.stack(right).sum(dim=0) / rows.shape[1]).reshape(n_rates, -1).double().numpy()


def _angles(mlp, inputs, labels, rows, rule: str, feedback) -> np.ndarray:
    """Angles (n_hidden, n_seeds) in degrees between a rule's directions and the gradient, by hidden layer."""
    from lossland.remedies import LEARNING_RULES, alignment_angle, rule_gradients

    true = rule_gradients(mlp, inputs[rows], labels[rows], LEARNING_RULES[0])
    taken = rule_gradients(mlp, inputs[rows], labels[rows], rule, feedback)
    return np.array([
        [float(alignment_angle(*pair)) for pair in zip(own.double(), other.double(), strict=True)]
        for own, other in zip(taken.weights[:-1], true.weights[:-1], strict=True)
    ])  # fmt: skip


_LOOKS = (0, 1, 2, 5, 10, 20, 50, 100)
_EPOCHS = {"digits": {100: 100, 300: 50, 997: 20}, "mnist5k": {100: 50, 300: 20, 1000: 20, 3500: 10}}


def _cell(dataset: str, n_train: int, n_hidden: int) -> LearningRuleSettings:
    looks = tuple(look for look in _LOOKS if look <= _EPOCHS[dataset][n_train])
    cost = {"rates": (0.03, 0.1, 0.3, 1.0), "n_seeds": 5} if dataset == "mnist5k" else {}
    return LearningRuleSettings(dataset, n_train, (100,) * n_hidden, looks, **cost)


EXPERIMENT = register(
    Experiment(
        "learning_rules",
        "Back-propagation against feedback alignment: accuracy by number of images, epochs and step, and angles.",
        measure,
        sizes={
            "small": [
                LearningRuleSettings("digits", n, hidden, (0, 1, 2, 5), rates=(0.1, 0.3), n_seeds=5)
                for n, hidden in ((100, (30,)), (300, (30, 30)))
            ],
            "full": [
                *(_cell("digits", n, depth) for depth in (1, 2, 5) for n in _EPOCHS["digits"]),
                *(_cell("mnist5k", n, 1) for n in _EPOCHS["mnist5k"]),
                _cell("mnist5k", 1000, 2),
                LearningRuleSettings("digits", 300, (100,) * 10, _LOOKS[:6]),
            ],
        },
        n_replicates={"small": 1, "full": 1},
        requires=("torch", "sklearn.datasets", "scipy.stats"),
    )
)
