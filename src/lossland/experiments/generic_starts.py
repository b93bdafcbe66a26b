r"""Where gradient flow of a deep linear network ends when the start is not special, and how long it takes.

The target has the singular values 1.5, 1, 0.5 (1 for chains of single units), inputs are white, and the flow is
integrated until the loss is below 1e-6 or time is up.  Starts: Gaussian layers with entries of variance
``weight_std**2 / fan-in``; ``lopsided`` ones, where the first layer is three times as large and the last one three
times smaller; ``balanced`` ones, which have the product of a Gaussian start and all conserved quantities zero.

Fields of a cell: ``left`` (number of runs that have not arrived, at each of the looks), ``n_turned`` (starts whose
map has a determinant of the wrong sign), ``n_turned_left`` (those among them that have not arrived at the end),
``end_losses`` and ``end_ranks`` of the runs that have not arrived.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from lossland.experiments.registry import Experiment, register
from lossland.experiments.settings import Settings

TIMES = np.geomspace(1.0, 300.0, 41)  # when it is looked
TARGET = (1.5, 1.0, 0.5)
_TOL = 1e-6
_LOPSIDED = 3.0
_RANK_SHARE = 0.1  # singular values above this count; the smallest of the target is 0.5


@dataclass(frozen=True)
class GenericStartSettings(Settings):
    """One kind of start.

    Attributes:
        depth: Number of layers.
        hidden: Width of the hidden layers; 1 is a chain of single units with one input and one output, else there
            are three of each.
        start: ``"gaussian"``, ``"lopsided"`` or ``"balanced"``.
        weight_std: Standard deviation of the weights times the square root of the fan-in.
        n_runs: Number of starts.
    """

    depth: int
    hidden: int
    start: str = "gaussian"
    weight_std: float = 1.0
    n_runs: int = 500


def measure(settings: GenericStartSettings, seed: np.random.SeedSequence) -> dict[str, Any]:
    """Follow the flow from many starts of one kind.

    Args:
        settings: The cell.
        seed: Its seed.

    Returns:
        dict: the fields named at the head of this module.

    Raises:
        ValueError: If there is no such start.
    """
    import torch

    from lossland import linear_networks as ln

    generator = torch.Generator().manual_seed(int(seed.generate_state(1, np.uint64)[0] >> np.uint64(1)))
    target = np.diag(TARGET) if settings.hidden > 1 else np.eye(1)
    widths = (len(target), *[settings.hidden] * (settings.depth - 1), len(target))
    weights = ln.sample_weights(widths, settings.weight_std, n_draws=settings.n_runs, generator=generator)
    if settings.start == "lopsided":
        weights = (_LOPSIDED * weights[0], *weights[1:-1], weights[-1] / _LOPSIDED)
    elif settings.start == "balanced":
        weights = ln.balanced_init(ln.end_to_end_map(weights), widths)
    elif settings.start != "gaussian":
        raise ValueError(f"start: expected gaussian, lopsided or balanced, got {settings.start!r}")
    turned = torch.linalg.det(ln.end_to_end_map(weights)).numpy() < 0
    ends = ln.arrival_times(weights, ln.quadratic_loss(target), TIMES, tol=_TOL)
    left = np.isinf(ends.times)
    ranks = (np.linalg.svd(ends.maps[left], compute_uv=False) > _RANK_SHARE).sum(axis=-1)
    return {
        "left": np.sum(ends.times[:, None] > TIMES, axis=0).tolist(),
        "n_turned": int(turned.sum()),
        "n_turned_left": int((turned & left).sum()),
        "end_losses": [round(value, 9) for value in ends.losses[left].tolist()],
        "end_ranks": ranks.tolist(),
    }


def _kinds(depths: tuple[int, ...], hidden: tuple[int, ...], n_runs: int, **others: Any) -> list[GenericStartSettings]:
    return [GenericStartSettings(k, width, n_runs=n_runs, **others) for k in depths for width in hidden]


EXPERIMENT = register(
    Experiment(
        "generic_starts",
        "Where and when gradient flow of deep linear networks ends, from starts that are not special.",
        measure,
        sizes={
            "small": [*_kinds((2, 3), (1, 3), 50), *_kinds((3,), (3,), 50, start="balanced")],
            "full": [
                *_kinds((2, 3, 4, 5), (1, 3, 4), 500),
                *_kinds((2, 3, 4), (3, 4), 500, start="balanced"),
                *_kinds((3,), (3,), 500, start="lopsided"),
                *_kinds((3,), (3,), 500, weight_std=0.5),
            ],
        },
        n_replicates={"small": 2, "full": 6},
    )
)
