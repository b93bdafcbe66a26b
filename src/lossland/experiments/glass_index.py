r"""Critical points of all indices of the spherical 3-spin glass: index against energy.

At a critical point of energy density u the Hessian is a random matrix of the Gaussian orthogonal ensemble with
semicircle of radius :math:`2\sqrt{H(H-1)}` shifted by :math:`-Hu`: the fraction of negative eigenvalues is a function
of u in a large system (Auffinger, Ben Arous and Cerny 2013).  Here points are found by damped Newton steps from starts
spread in energy (:mod:`lossland.spin_glass.census`): a sample, denser where Newton's method finds more.

Fields of a cell (one disorder): ``energies`` (per spin, ascending), ``indices``, ``multiplicity`` (how often each was
met), ``largest_residual``, ``smallest_gap`` (least absolute eigenvalue of a Hessian), ``n_failed`` starts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from lossland.experiments.registry import Experiment, register
from lossland.experiments.settings import Settings


@dataclass(frozen=True)
class GlassIndexSettings(Settings):
    """One size of system.

    Attributes:
        n_spins: Number of spins.
        n_starts: Starts of Newton's method.
        order: Order of the interaction.
    """

    n_spins: int
    n_starts: int
    order: int = 3


def measure(settings: GlassIndexSettings, seed: np.random.SeedSequence) -> dict[str, Any]:
    """Search for critical points of one disorder.

    Args:
        settings: The cell.
        seed: Its seed.

    Returns:
        dict: the fields named at the head of this module.
    """
    import torch

    from lossland.spin_glass.census import find_critical_points
    from lossland.spin_glass.couplings import sample_couplings

    generator = torch.Generator().manual_seed(int(seed.generate_state(1, np.uint64)[0] >> np.uint64(1)))
    couplings = sample_couplings(settings.n_spins, settings.order, generator=generator)
    census = find_critical_points(couplings, settings.n_starts, generator=generator)
    return {
        "energies": [round(value, 12) for value in (census.energies / settings.n_spins).tolist()],
        "indices": census.indices.tolist(),
        "multiplicity": census.multiplicity.tolist(),
        "largest_residual": float(census.residuals.max()),
        "smallest_gap": float(census.lowest_gap.min()),
        "n_failed": census.n_failed,
    }


EXPERIMENT = register(
    Experiment(
        "glass_index",
        "Critical points of all indices of the 3-spin glass at n = 30 and 60: index against energy.",
        measure,
        sizes={
            "small": [GlassIndexSettings(12, 60)],
            "full": [GlassIndexSettings(30, 300), GlassIndexSettings(60, 300)],
        },
        n_replicates={"small": 2, "full": 16},
    )
)
