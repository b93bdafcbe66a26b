r"""Lowest energies of the spherical 3-spin glass, best of many descents, against the ground state energy E_0.

The lowest energy per spin of n spins is :math:`-E_0+\frac{\log n}{2cn}+O(1/n)` with
:math:`c=\Theta_0'(-E_0)`, the slope of the complexity of minima at the ground state (Subag and Zeitouni 2017, *The
extremal process of critical points of the pure p-spin spherical spin glass model*): convergence is slow, and
:func:`extrapolate_ground_state` takes both terms into account.  Whether the lowest of the minima found is the lowest
of all is not proved; ``hits`` says how many starts came to it.

Fields of a cell: for each disorder ``lowest_energies`` (per spin), ``hits`` (starts that came there),
``mean_energies`` (per spin, over starts), ``n_minima`` (different energies found); ``largest_residual`` and
``largest_index`` of the lowest ones.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from lossland.experiments.glass_minima import Extrapolation, MeanEnergies, extrapolate
from lossland.experiments.record import Record
from lossland.experiments.registry import Experiment, register
from lossland.experiments.settings import Settings

_BATCH_STATES = 4000  # descended at a time, in several disorders
_ALONE = 40  # more spins: one disorder at a time, so that states are left out as soon as they have arrived
_SAME = 1e-6  # difference of energies per spin below which two minima of a disorder count as one


@dataclass(frozen=True)
class GroundStateSettings(Settings):
    """One size of system.

    Attributes:
        n_spins: Number of spins.
        n_disorder: Number of disorders.
        n_starts: Random starts for each.
        order: Order of the interaction.
    """

    n_spins: int
    n_disorder: int
    n_starts: int
    order: int = 3


def measure(settings: GroundStateSettings, seed: np.random.SeedSequence) -> dict[str, Any]:
    """Descend from many starts, keep the lowest minimum of each disorder, and polish it.

    Args:
        settings: The cell.
        seed: Its seed.

    Returns:
        dict: the fields named at the head of this module.
    """
    import torch

    from lossland.spin_glass.couplings import sample_couplings
    from lossland.spin_glass.dynamics import descend
    from lossland.spin_glass.minima import find_minima
    from lossland.spin_glass.sphere import random_states

    generator = torch.Generator().manual_seed(int(seed.generate_state(1, np.uint64)[0] >> np.uint64(1)))
    n, values = settings.n_spins, {"lowest_energies": [], "hits": [], "mean_energies": [], "n_minima": []}
    at_once = 1 if n > _ALONE else max(1, _BATCH_STATES // settings.n_starts)
    residual, index = 0.0, 0
    for start in range(0, settings.n_disorder, at_once):
        number = min(at_once, settings.n_disorder - start)
        couplings = sample_couplings(n, settings.order, n_disorder=number, storage="packed", generator=generator)
        starts = random_states(n, (number, settings.n_starts), generator=generator)
        end = descend(couplings, starts, tol=1e-5)
        energies, best = end.energies / n, end.energies.argmin(-1)
        lowest = find_minima(couplings, end.states[torch.arange(number), best].unsqueeze(1))
        values["lowest_energies"] += [round(value, 12) for value in (lowest.energies[:, 0] / n).tolist()]
        values["hits"] += (energies <= energies.amin(-1, keepdim=True) + _SAME).sum(-1).tolist()
        values["mean_energies"] += [round(value, 9) for value in energies.mean(-1).tolist()]
        values["n_minima"] += (1 + (energies.sort(-1).values.diff() > _SAME).sum(-1)).tolist()
        residual = max(residual, float(lowest.gradient_norms.max()))
        index = max(index, int(lowest.indices.max()))
    return {**values, "largest_residual": residual, "largest_index": index}


def lowest_energies(record: Record) -> MeanEnergies:
    """Average the lowest energies over disorders, for each size.

    Args:
        record: Record of ``glass_ground_state``.

    Returns:
        MeanEnergies: ``n_minima`` counts disorders.
    """
    rows = []
    for n_spins in np.unique(record.column("n_spins")):
        cells = record.select(n_spins=int(n_spins)).cells
        lowest = np.concatenate([cell["values"]["lowest_energies"] for cell in cells])
        std = lowest.std(ddof=1)
        rows.append((n_spins, lowest.mean(), std / math.sqrt(len(lowest)), std, len(lowest)))
    return MeanEnergies(*map(np.array, zip(*rows, strict=True)))


def extrapolate_ground_state(record: Record, *, slope: float, at_least: int = 0) -> Extrapolation:
    r"""Fit mean lowest energy = value + log(n) / (2 c n) + coefficient / n, with c known.

    Args:
        record: Record of ``glass_ground_state``.
        slope: c, the slope of the complexity of minima at the ground state.
        at_least: Least number of spins that enters.

    Returns:
        Extrapolation: value is an estimate of :math:`-E_0`; ``slope`` the coefficient of 1/n.

    Raises:
        ValueError: If fewer than two sizes are left.
    """
    means = lowest_energies(record)
    known = np.log(means.n_spins) / (2 * slope * means.n_spins)
    return extrapolate(means._replace(mean=means.mean - known), power=1.0, at_least=at_least)


EXPERIMENT = register(
    Experiment(
        "glass_ground_state",
        "Lowest energies of the 3-spin glass from many descents, n = 10 to 100, against E_0.",
        measure,
        sizes={
            "small": [GroundStateSettings(10, 20, 20), GroundStateSettings(20, 10, 30)],
            "full": [
                GroundStateSettings(10, 100, 40),
                GroundStateSettings(20, 50, 60),
                GroundStateSettings(30, 30, 100),
                GroundStateSettings(50, 15, 200),
                GroundStateSettings(75, 6, 400),
                GroundStateSettings(100, 4, 600),
            ],
        },
        n_replicates={"small": 1, "full": 4},
    )
)
