r"""Exact mean numbers of minima and saddles of the spherical spin glass, and their energies, for up to 1000 spins.

No simulation: the formula of Auffinger, Ben Arous and Černý (2013), Theorem 2.1, evaluated by
:mod:`lossland.spin_glass.exact_count`.  It is kept as a record because the densities of eigenvalues of large
matrices take minutes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from lossland.experiments.registry import Experiment, register
from lossland.experiments.settings import Settings


@dataclass(frozen=True)
class GlassCountSettings(Settings):
    """What is counted.

    Attributes:
        n_spins: Number of spins.
        index: Index of the critical points.
        order: Number of spins in an interaction.
    """

    n_spins: int
    index: int = 0
    order: int = 3


def measure(settings: GlassCountSettings, seed: np.random.SeedSequence) -> dict[str, Any]:
    """Evaluate the exact mean numbers; the seed is not used.

    Args:
        settings: The cell.
        seed: Nothing is drawn.

    Returns:
        dict: ``log_number``, ``mean_energy`` and ``std_energy`` per spin, ``log_number_below_edge`` (energies below
        minus the threshold energy) and ``log_number_below_ground`` (below minus the ground-state energy); and
        ``energies`` with ``density``, a uniform grid of energies per spin with the normalized density.
    """
    from lossland import spin_glass as sg

    del seed
    n, order, index = settings.n_spins, settings.order, settings.index
    law = sg.energy_distribution(n, order, index=index)
    ends = {"edge": sg.threshold_energy(order), "ground": sg.ground_state_energy(order)}
    below = {
        name: sg.mean_number_of_critical_points(n, order, index=index, energy_below=-e) for name, e in ends.items()
    }
    return {
        "log_number": law.log_number,
        "mean_energy": law.mean,
        "std_energy": law.std,
        "log_number_below_edge": below["edge"],
        "log_number_below_ground": below["ground"],
        "energies": [float(round(u, 9)) for u in law.energies],
        "density": [float(f"{p:.9g}") for p in law.density],
    }


EXPERIMENT = register(
    Experiment(
        "glass_counts",
        "Exact mean number of minima and saddles of the spin glass, and their energies.",
        measure,
        sizes={
            "small": list(GlassCountSettings.grid(n_spins=(10, 20), index=(0, 1))),
            "full": [
                *GlassCountSettings.grid(n_spins=(10, 20, 50, 100, 200), index=(0, 1, 2)),
                *GlassCountSettings.grid(n_spins=(300, 500, 1000), index=(0,)),
            ],
        },
        n_replicates={"small": 1, "full": 1},
        requires=("scipy.linalg", "scipy.special"),
    )
)
