r"""Regression with polynomial networks, splines, ReLU and tanh: equal numbers of parameters, steps tuned for each.

The problems are those of :mod:`lossland.experiments.regression_problems`.  Each run has samples, noise and initial
weights of its own; the samples of run r are the same for all families.

Networks ``[D, h, 1]`` of the families ``legendre``, ``chebyshev``, ``hermite``, ``laguerre`` and ``spline`` (cubic,
with silu, as published) have functions of single inputs for connections; ``relu`` and ``tanh`` are perceptrons with one
or two hidden layers.  The width is the one that comes nearest to 240 parameters (one input) or 540 (eight).  Inputs
are given as [-1, 1] to bounded bases, with variance one to Hermite's and the perceptrons, with mean one to Laguerre's.
Hidden values go through tanh (bounded bases), softplus (Laguerre), or as they are (Hermite), as in the layers of the
package.  Coefficients begin normal with a standard deviation in proportion to :math:`(1+n)^{-2}` for degree n, those of
splines a tenth as large as that of silu (``initial = "smooth"``); ``"flat"`` is the same for all functions, as in the
layers.  All are trained by Adam in batches of 40 (100) from 200 (500) samples; as many more, with noise, validate.
``polytron`` (Legendre) and ``spline_fit`` are single additive layers, fitted by least squares.

Source: Glukhov (2024), sections 6.2.2 and 6.2.3; its review, experiment 1, open question 3 and next check 3.

Fields of a cell:

* ``n_parameters``; ``options``: step sizes, or numbers of functions of an input for least squares; ``epochs``: those
  after which was evaluated;
* ``validation``, ``error``, ``epoch``, ``outside``, all [option][run]: least mean square error on the noisy
  validation samples over epochs; there the error on test points without noise (a share of the variance); the epoch;
  and the error on points outside the cube, :math:`1<\max|x_i|<1.5`; ``None`` where a run has left the numbers;
* ``reached`` [option][threshold][run]: first evaluated epoch with a test error below each of ``THRESHOLDS``, or None;
* ``best``: the option with the least median of ``validation``; ``curve`` [epoch][run]: its test errors.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from lossland.experiments.record import Record
from lossland.experiments.registry import Experiment, register
from lossland.experiments.regression_networks import (
    N_PARAMETERS,
    PERCEPTRONS,
    POLYNOMIALS,
    BatchedNetwork,
    RowAdam,
    hidden_width,
)
from lossland.experiments.regression_problems import N_SAMPLES, PROBLEMS, draw_samples, target
from lossland.experiments.settings import Settings

THRESHOLDS = (0.3, 0.1, 0.03, 0.01, 0.001)
FITTED = ("polytron", "spline_fit")
FAMILIES = (*PERCEPTRONS, *POLYNOMIALS, "spline", *FITTED)
_TEST, _OUTSIDE = 300, 100
_HUGE = 1e12


@dataclass(frozen=True)
class RegressionSettings(Settings):
    """One problem, one family, one shape.

    Attributes:
        problem: One of ``PROBLEMS``.
        family: One of ``FAMILIES``.
        shape: Functions of an input (a degree more than the highest), or number of hidden layers of a perceptron; 0
            for families that are fitted.
        noise: Standard deviation of the noise; targets have one.
        initial: ``"smooth"`` or ``"flat"``: initial coefficients; it means nothing to perceptrons and fitted families.
        n_runs: Number of runs.
        n_epochs: Length of the training.
        learning_rates: Step sizes of Adam.
    """

    problem: str
    family: str
    shape: int
    noise: float
    initial: str = "smooth"
    n_runs: int = 10
    n_epochs: int = 180
    learning_rates: tuple[float, ...] = (0.0002, 0.001, 0.005, 0.025, 0.125)


class Choice(NamedTuple):
    """A family at its best on one problem, chosen by the median validation error alone.

    Attributes:
        cell: The cell of the shape that was chosen.
        option: Number of the option that was chosen.
        errors: Test errors, (runs,); infinite where a run diverged.
        outside: Errors outside the cube, (runs,).
    """

    cell: dict[str, Any]
    option: int
    errors: np.ndarray
    outside: np.ndarray


class MedianInterval(NamedTuple):
    """A median with an interval from order statistics.

    Attributes:
        median: The median.
        low: Lower end.
        high: Upper end.
        coverage: Probability that such an interval contains the median of the law, at least 0.95.
    """

    median: float
    low: float
    high: float
    coverage: float


def measure(settings: RegressionSettings, seed: np.random.SeedSequence) -> dict[str, Any]:
    """Train or fit all runs of a cell, with all options.

    Args:
        settings: The cell.
        seed: Its seed, for initial weights and the order of samples.

    Returns:
        dict: the fields named at the head of this module.
    """
    n_inputs = PROBLEMS[settings.problem][0]
    rng = np.random.default_rng(99)
    inside = rng.uniform(-1, 1, (_TEST, n_inputs))
    outside = rng.uniform(-1.5, 1.5, (20 * _OUTSIDE, n_inputs))
    outside = outside[np.abs(outside).max(axis=1) > 1][:_OUTSIDE]
    points = [(part, target(settings.problem, part)) for part in (inside, outside)]
    runs = [draw_samples(settings.problem, settings.noise, run) for run in range(settings.n_runs)]
    found = (_fit if settings.family in FITTED else _train)(settings, runs, points, seed)
    validation = np.array(found["validation"], dtype=float)
    median = np.median(np.where(np.isfinite(validation), validation, np.inf), axis=1)
    best = int(np.argmin(median))
    curves = found.pop("curves")
    return {**{name: _short(value) for name, value in found.items()}, "best": best, "curve": _short(curves[best])}


def _fit(settings: RegressionSettings, runs, points, seed) -> dict[str, Any]:  # noqa: ARG001
    """Additive least squares with more and more functions of each input; a constant, and no function of it twice."""
    n_inputs = PROBLEMS[settings.problem][0]
    options = [k for k in (4, 6, 8, 11, 16, 23, 32, 45, 64) if n_inputs * (k - 1) + 1 <= N_PARAMETERS[n_inputs]]
    shape = (len(options), len(runs))
    found = {name: np.full(shape, np.nan) for name in ("validation", "error", "outside")}
    for k, n_functions in enumerate(options):
        tests = [(_additive(settings.family, x, n_functions), y) for x, y in points]
        for r, run in enumerate(runs):
            design = _additive(settings.family, run.train_inputs, n_functions)
            coefficients = np.linalg.lstsq(design, run.train_targets, rcond=1e-10)[0]
            predicted = _additive(settings.family, run.validation_inputs, n_functions) @ coefficients
            found["validation"][k, r] = np.mean((predicted - run.validation_targets) ** 2)
            for name, (features, y) in zip(("error", "outside"), tests, strict=True):
                found[name][k, r] = np.mean((features @ coefficients - y) ** 2)
    return {
        "n_parameters": [n_inputs * (k - 1) + 1 for k in options],
        "options": options,
        "epochs": [0],
        "epoch": np.zeros(shape),
        "reached": np.where(found["error"][:, None] < np.array(THRESHOLDS)[:, None], 0, np.nan),
        "curves": found["error"][:, None],
        **found,
    }


def _additive(family: str, x: np.ndarray, n_functions: int) -> np.ndarray:
    """Features (M, D (n - 1) + 1): a constant, and n - 1 functions of each input."""
    from lossland import remedies

    if family == "polytron":
        values = remedies.evaluate(remedies.legendre(), x, n_functions - 1)[..., 1:]
    else:
        import torch

        features = remedies.spline_features(torch.as_tensor(x).clamp(-1, 1), n_functions - 3, 3)
        values = features.numpy().swapaxes(-1, -2)[..., 1:]  # they add up to one: the first is left out
    return np.column_stack([np.ones(len(x)), values.reshape(len(x), -1)])


def _train(settings: RegressionSettings, runs, points, seed) -> dict[str, Any]:
    """Adam on all runs and step sizes at once; the runs of a step size begin alike and see the same batches."""
    import torch

    n_inputs, n_runs = PROBLEMS[settings.problem][0], settings.n_runs
    width = hidden_width(settings.family, settings.shape, n_inputs)
    generator = torch.Generator().manual_seed(int(seed.generate_state(1, np.uint64)[0] >> np.uint64(1)))
    network = BatchedNetwork(settings.family, settings.shape, n_inputs, width)
    start = torch.stack([network.sample(generator, settings.initial) for _ in range(n_runs)])
    rates = torch.tensor(settings.learning_rates).repeat_interleave(n_runs)[:, None]
    theta = start.repeat(len(settings.learning_rates), 1)

    def prepared(x):
        return network.prepare(torch.tensor(np.asarray(x)).float())

    terms = prepared([run.train_inputs for run in runs]).flatten(0, 1)
    targets = torch.tensor(np.stack([run.train_targets for run in runs])).float().flatten()
    checks = [
        (prepared([run.validation_inputs for run in runs]), np.stack([run.validation_targets for run in runs])),
        *((prepared(x).expand(n_runs, -1, -1), y) for x, y in points),
    ]
    adam = RowAdam(theta, rates)
    size = N_SAMPLES[n_inputs] // 5
    epochs = [e for e in _evaluated() if e <= settings.n_epochs]
    history, offsets = [], N_SAMPLES[n_inputs] * torch.arange(n_runs)[:, None]
    for epoch in range(1, epochs[-1] + 1):
        order = torch.rand(n_runs, N_SAMPLES[n_inputs], generator=generator).argsort(dim=1) + offsets
        for batch in order.split(size, dim=1):
            rows = batch.repeat(len(settings.learning_rates), 1)
            theta.requires_grad_()
            loss = (network(theta, terms[rows]) - targets[rows]).square().mean(dim=1).sum()
            (gradient,) = torch.autograd.grad(loss, theta)
            theta = adam.step(theta.detach(), gradient)
        if epoch in epochs:
            history.append(_errors(network, theta, checks, len(settings.learning_rates)))
    return _summary(np.array(history), epochs, settings.learning_rates, start.shape[1])


def _errors(network, theta, checks, n_rates: int) -> np.ndarray:
    """Mean square errors (validation, inside, outside; rates; runs)."""
    import torch

    rows = []
    with torch.no_grad():
        for x, y in checks:
            parts = [network(one, x).double().numpy() for one in theta.chunk(n_rates)]
            rows.append([np.mean(np.square(part - y), axis=-1) for part in parts])
    return np.array(rows)


def _summary(history: np.ndarray, epochs, rates, n_parameters: int) -> dict[str, Any]:
    """Fields of a cell from errors (epochs, kinds, rates, runs)."""
    history = np.where(np.isfinite(history) & (history < _HUGE), history, np.inf)
    validation, inside, outside = np.moveaxis(history, 1, 0)
    at = validation.argmin(axis=0)[None]
    reached = inside[:, :, None] < np.array(THRESHOLDS)[:, None]
    first = np.where(reached.any(axis=0), np.array(epochs)[reached.argmax(axis=0)], np.nan)
    return {
        "n_parameters": n_parameters,
        "options": list(rates),
        "epochs": epochs,
        **{name: np.take_along_axis(part, at, 0)[0] for name, part in
           (("validation", validation), ("error", inside), ("outside", outside))},
        "epoch": np.array(epochs)[at[0]],
        "reached": first,
        "curves": np.moveaxis(inside, 1, 0),
    }  # fmt: skip


def choose(record: Record, problem: str, family: str, noise: float, *, initial: str = "smooth") -> Choice:
    """Return a family at its best on a problem: shape and option with the least median validation error.

    Args:
        record: The record ``regression_bases``.
        problem: One of ``PROBLEMS``.
        family: One of ``FAMILIES``.
        noise: Standard deviation of the noise.
        initial: Initial coefficients, ``"smooth"`` or ``"flat"``.

    Raises:
        ValueError: If the record has no such cell.
    """
    cells = _cells(record, problem, family, noise, initial)

    def median(cell) -> float:
        return float(np.median(_numbers(cell["values"]["validation"][cell["values"]["best"]])))

    cell = min(cells, key=median)
    option = cell["values"]["best"]
    return Choice(cell, option, *(_numbers(cell["values"][name][option]) for name in ("error", "outside")))


def epochs_to_reach(record: Record, problem: str, family: str, noise: float, threshold: float) -> np.ndarray:
    """Return the epochs after which runs are below a test error, for the shape and step with the least median.

    Args:
        record: The record ``regression_bases``.
        problem: One of ``PROBLEMS``.
        family: One of ``FAMILIES``, not of those that are fitted.
        noise: Standard deviation of the noise.
        threshold: One of ``THRESHOLDS``.

    Returns:
        (runs,), infinite for runs that never are; among equal medians those of the most runs.

    Raises:
        ValueError: If the record has no such cell, or ``threshold`` is none of these.
    """
    if threshold not in THRESHOLDS:
        raise ValueError(f"threshold: expected one of {THRESHOLDS}, got {threshold}")
    k = THRESHOLDS.index(threshold)
    tried = [
        _numbers(option[k]) for cell in _cells(record, problem, family, noise) for option in cell["values"]["reached"]
    ]
    return min(tried, key=lambda epochs: (np.median(epochs), np.isinf(epochs).sum(), np.sort(epochs).tolist()))


def median_interval(values) -> MedianInterval:
    """Return the median and the narrowest pair of order statistics that covers it with 95 % or more.

    Args:
        values: Independent numbers (n,), six or more; they may be infinite.

    Raises:
        ValueError: If there are fewer than six, or one is not a number.

    >>> median_interval(range(10))[:3]
    (4.5, 1.0, 8.0)
    """
    from scipy.stats import binom

    values = np.sort(np.asarray(values, dtype=float))
    if values.ndim != 1 or len(values) < 6 or np.isnan(values).any():
        raise ValueError(f"values: expected six numbers or more, got {values.tolist()}")
    cut = 0
    while cut + 1 < len(values) / 2 and 1 - 2 * binom.cdf(cut + 1, len(values), 0.5) >= 0.95:
        cut += 1
    middle = len(values) // 2
    median = values[middle] if len(values) % 2 else (values[middle - 1] + values[middle]) / 2
    coverage = float(1 - 2 * binom.cdf(cut, len(values), 0.5))
    return MedianInterval(float(median), float(values[cut]), float(values[-1 - cut]), coverage)


def _cells(record: Record, problem: str, family: str, noise: float, initial: str = "smooth"):
    cells = record.select(problem=problem, family=family, noise=noise, initial=initial).cells
    if not cells:
        wanted = f"{problem!r}, {family!r}, {noise!r}, {initial!r}"
        raise ValueError(f"problem, family, noise, initial: no cell of the record has {wanted}")
    return cells


def _numbers(values) -> np.ndarray:
    return np.array([np.inf if value is None else value for value in values], dtype=float)


def _evaluated() -> list[int]:
    return [1, 2, 3, 4, 6, 8, 11, 16, 22, 32, 45, 64, 90, 128, 180, 256, 360, 512, 720, 1024]


def _short(value: Any) -> Any:
    """Three significant digits, lists for arrays, None for what is no finite number."""
    if isinstance(value, list | tuple | np.ndarray):
        return [_short(entry) for entry in value]
    if isinstance(value, int | np.integer):
        return int(value)
    if not np.isfinite(value):
        return None
    return int(value) if value == int(value) and abs(value) < _HUGE else float(f"{value:.3g}")


_SHAPES = {**dict.fromkeys(PERCEPTRONS, (1, 2)), **dict.fromkeys(FITTED, (0,))}
_FUNCTIONS = {1: 8, 8: 6}
_TRIED = (
    ("smooth", 0.3), ("interacting", 0.3), ("additive", 0.3), ("jump", 0.3), ("kink", 0.3), ("smooth", 0.0),
    ("waves", 0.3), ("ridge", 0.3),
)  # fmt: skip
EXPERIMENT = register(
    Experiment(
        "regression_bases",
        "Polynomial networks, splines, ReLU and tanh on noisy regression: error, epochs, and what happens outside.",
        measure,
        sizes={
            "small": [
                RegressionSettings("smooth", family, _SHAPES.get(family, (8,))[0], 0.3, "smooth", 6, 64, (0.005,))
                for family in ("relu", "legendre", "spline", "polytron")
            ],
            "full": [
                *(
                    RegressionSettings(problem, family, _FUNCTIONS[PROBLEMS[problem][0]], 0.3, "flat")
                    for problem in ("smooth", "interacting")
                    for family in ("legendre", "spline")
                ),
                *(
                    RegressionSettings(problem, family, shape, noise)
                    for problem, noise in _TRIED
                    for family in FAMILIES
                    for shape in _SHAPES.get(family, (_FUNCTIONS[PROBLEMS[problem][0]],))
                ),
            ],
        },
        n_replicates={"small": 1, "full": 1},
        requires=("torch",),
    )
)
