r"""How much of the order of disturbed and shuffled neurons sorting and matching give back, for 10 to 1000 neurons.

Glukhov (2024), section 6.1, says that sorting restores a slightly disturbed and permuted matrix with high reliability.
Neurons are n rows of m Gaussian weights; the copy is :math:`P(W+\delta E)`.  For sorting, the disturbances are
multiples of the one at which the law of :mod:`lossland.symmetry.recovery` for a column is one half, up to 4; for
matching they are those at which its law has given values, and larger ones.

Fields of a cell, lists over the disturbances: ``disturbance``; ``METHOD_exact`` (number of runs in which all neurons
were recovered), ``METHOD_placed`` (mean share of neurons recovered) and ``METHOD_placed_squares`` (mean of its square);
``same_driver`` (number of runs in which the driver is still the same).  A cell of ``sorting`` has all orderings, from
the same draws.  :func:`recovery_curve` puts the replicates together.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from lossland.experiments.record import Record
from lossland.experiments.registry import Experiment, register
from lossland.experiments.settings import Settings
from lossland.symmetry import half_recovery_disturbance, measure_recovery

SORTED = ("lexicographic", "maximin", "sum", "norm", "largest", "spread", "cubes")
_LARGEST = 4.0  # disturbance up to which sorting is followed
_LEVELS = (0.999, 0.99, 0.95, 0.9, 0.75, 0.5, 0.25, 0.1, 0.05, 0.01)  # of the law of matching
_BEYOND = (1.5, 2.0, 4.0)  # times the disturbance of the last level
_RUNS = {10: 2500, 30: 1000, 100: 400, 300: 60, 1000: 15}  # of a replicate
_MATCHED = {10: 2500, 30: 500, 100: 100, 300: 25, 1000: 5}


@dataclass(frozen=True)
class RecoverySettings(Settings):
    """One size.

    Attributes:
        method: ``"sorting"``, which is all orderings, or ``"matching"``.
        n_units: Number of neurons.
        n_inputs: Number of weights of a neuron.
        n_runs: Number of matrices.
    """

    method: str
    n_units: int
    n_inputs: int
    n_runs: int


class RecoveryCurve(NamedTuple):
    """One method at one size, all replicates together; arrays over the disturbances.

    Attributes:
        disturbance: Standard deviation of the disturbance in units of that of the weights.
        exact: Share of runs in which all neurons were recovered.
        exact_error: Its standard error (half a Wilson interval).
        placed: Mean share of neurons recovered.
        placed_error: Its standard error.
        same_driver: Share of runs in which the driver is still the same.
        n_runs: Number of runs.
    """

    disturbance: np.ndarray
    exact: np.ndarray
    exact_error: np.ndarray
    placed: np.ndarray
    placed_error: np.ndarray
    same_driver: np.ndarray
    n_runs: int


def disturbances(method: str, n_units: int, n_inputs: int) -> np.ndarray:
    """Return the disturbances at which a method is measured, ascending.

    >>> disturbances("sorting", 100, 100)[[0, -1]].round(6).tolist()
    [1.4e-05, 3.603795]
    """
    half = half_recovery_disturbance(n_units, n_inputs=n_inputs if method == "matching" else 1)
    if method == "matching":
        from scipy import stats

        pairs = -2 * np.log(_LEVELS) / (n_units * (n_units - 1))
        levels = math.sqrt(n_inputs) / stats.t.isf(pairs, n_inputs)
        return np.concatenate((levels, levels[-1] * np.array(_BEYOND)))
    octaves = np.concatenate((np.arange(-5, 3, 0.5), np.arange(3, np.log2(_LARGEST / half))))
    return half * 2.0**octaves


def measure(settings: RecoverySettings, seed: np.random.SeedSequence) -> dict[str, Any]:
    """Measure all orderings, or matching, at all disturbances; each matrix, noise and shuffle serves for all of them.

    Args:
        settings: The cell.
        seed: Its seed.

    Returns:
        dict: the fields named at the head of this module.
    """
    deltas = disturbances(settings.method, settings.n_units, settings.n_inputs)
    methods = ("matching",) if settings.method == "matching" else SORTED
    n, size = settings.n_runs, (settings.n_units, settings.n_inputs)
    found = measure_recovery(methods, *size, deltas, n, rng=np.random.default_rng(seed))
    squares = found.placed**2 + (found.placed_error**2 * (n - 1) if n > 1 else 0.0)
    values: dict[str, Any] = {
        "disturbance": deltas.tolist(),
        "same_driver": np.rint(found.same_driver[0] * n).astype(int).tolist(),
    }
    for k, method in enumerate(methods):
        values[f"{method}_exact"] = np.rint(found.exact[k] * n).astype(int).tolist()
        values[f"{method}_placed"] = found.placed[k].round(9).tolist()
        values[f"{method}_placed_squares"] = squares[k].round(9).tolist()
    return values


def recovery_curve(record: Record, method: str, n_units: int, n_inputs: int | None = None) -> RecoveryCurve:
    """Put the replicates of one method at one size together.

    Args:
        record: The record ``recovery_curves``.
        method: One of ``SORTED``, or ``"matching"``.
        n_units: Number of neurons.
        n_inputs: Number of weights of a neuron, ``n_units`` when None.

    Returns:
        RecoveryCurve: shares and their standard errors.

    Raises:
        ValueError: If the record has no such cell.
    """
    kind = "matching" if method == "matching" else "sorting"
    cells = record.select(method=kind, n_units=n_units, n_inputs=n_inputs or n_units)
    if not cells.cells or f"{method}_exact" not in cells.cells[0]["values"]:
        raise ValueError(f"method, n_units: expected ones of the record, got {method!r}, {n_units}, {n_inputs}")
    n = sum(cell["settings"]["n_runs"] for cell in cells.cells)
    exact = cells.column(f"{method}_exact").sum(axis=0) / n
    placed = cells.column(f"{method}_placed").mean(axis=0)
    variance = np.maximum(cells.column(f"{method}_placed_squares").mean(axis=0) - placed**2, 0.0)
    error = np.sqrt(exact * (1 - exact) / n + 1 / (4 * n**2)) / (1 + 1 / n)
    same = cells.column("same_driver").sum(axis=0) / n
    delta = np.array(cells.cells[0]["values"]["disturbance"])
    return RecoveryCurve(delta, exact, error, placed, np.sqrt(variance / (n - 1)), same, n)


EXPERIMENT = register(
    Experiment(
        "recovery_curves",
        "Share of disturbed and shuffled neurons that sorting and matching give back, against disturbance and width.",
        measure,
        sizes={
            "small": [RecoverySettings(method, 10, 10, 50) for method in ("sorting", "matching")],
            "full": [
                *(RecoverySettings("sorting", n, n, runs) for n, runs in _RUNS.items()),
                *(RecoverySettings("matching", n, n, runs) for n, runs in _MATCHED.items()),
                *(RecoverySettings("matching", 100, m, 50) for m in (1, 2, 4, 8, 16, 32)),
            ],
        },
        n_replicates={"small": 1, "full": 4},
        requires=("scipy.stats", "scipy.optimize"),
    )
)
