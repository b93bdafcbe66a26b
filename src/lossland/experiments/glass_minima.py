r"""Energies of the minima that descent reaches in the spherical 3-spin glass, from n = 20 to n = 1000 spins.

Theory puts all minima of a large system into the band between the ground state :math:`-E_0` and the threshold
:math:`-E_\infty`; descent from random states is expected at the threshold.  At the sizes that can be simulated nearly
all minima lie above the band.  :func:`extrapolate` fits a power of 1/n, which is an assumption: 2/3 is the scale at the
edge of the spectrum of the Hessian, 1/2 that of the exact mean over all minima.  Source of the band: Auffinger, Ben
Arous and Cerny (2013), *Random matrices and complexity of spin glasses*.

Every minimum is certified: a residual below 1e-10 and a positive definite Hessian, in double precision; where descent
itself is in single precision (n >= 400) Newton's method in double precision follows.  The first ``n_flow`` disorders of
a cell are descended a second time from the same starts with a small fixed step, which is gradient flow to a good
approximation, to measure how much the method of descent matters.

Fields of a cell: ``energies`` (per spin; entry ``d * n_starts + s`` is start s of disorder d),
``lowest_eigenvalues`` of the Hessian there, ``flow_energies`` (from the same starts, for the first ``n_flow``
disorders), ``n_converged``, ``largest_residual``, ``mean_steps``, ``coupling_bytes`` of one disorder.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from lossland.experiments.record import Record
from lossland.experiments.registry import Experiment, register
from lossland.experiments.settings import Settings

_BATCH_BYTES = 3 << 26  # of couplings at a time: 200 MB
_FLOW_STEP = 0.05  # a quarter of the inverse width of the spectrum for H = 3
_FLAT_DIGITS = 12


@dataclass(frozen=True)
class GlassMinimaSettings(Settings):
    """One size of system.

    Attributes:
        n_spins: Number of spins.
        n_disorder: Number of disorders.
        n_starts: Random starts for each.
        n_flow: Disorders that are also descended with a small fixed step.
        precision: Floating type of the descent, ``"float32"`` or ``"float64"``.
        order: Order of the interaction.
    """

    n_spins: int
    n_disorder: int
    n_starts: int
    n_flow: int = 0
    precision: str = "float64"
    order: int = 3


class MeanEnergies(NamedTuple):
    """Energies per spin over disorders, one entry per size.

    Attributes:
        n_spins: Sizes, ascending.
        mean: Mean energy per spin of the minima reached.
        standard_error: Its standard error, from the scatter of the disorders' means.
        std: Standard deviation over all minima.
        n_minima: Their number.
    """

    n_spins: np.ndarray
    mean: np.ndarray
    standard_error: np.ndarray
    std: np.ndarray
    n_minima: np.ndarray


class Extrapolation(NamedTuple):
    """Fit mean = value + slope * n**-power.

    Attributes:
        value: Energy per spin of an infinite system.
        standard_error: Its standard error, by propagation from those of the means.
        slope: Coefficient of the power.
        chi_square: Sum of squared residuals over standard errors.
        n_degrees: Sizes minus two.
    """

    value: float
    standard_error: float
    slope: float
    chi_square: float
    n_degrees: int


def measure(settings: GlassMinimaSettings, seed: np.random.SeedSequence) -> dict[str, Any]:
    """Descend in one batch of disorders after another.

    Args:
        settings: The cell.
        seed: Its seed.

    Returns:
        dict: the fields named at the head of this module.
    """
    import torch

    from lossland.spin_glass.couplings import coupling_bytes, sample_couplings
    from lossland.spin_glass.minima import find_minima
    from lossland.spin_glass.sphere import random_states

    generator = torch.Generator().manual_seed(int(seed.generate_state(1, np.uint64)[0] >> np.uint64(1)))
    n, dtype = settings.n_spins, getattr(torch, settings.precision)
    size = coupling_bytes(n, settings.order, "packed", dtype)
    energies, eigenvalues, flow, residuals, steps, n_converged = [], [], [], [], [], 0
    for batch in _batches(settings.n_disorder, max(1, _BATCH_BYTES // size)):
        couplings = sample_couplings(
            n, settings.order, n_disorder=len(batch), storage="packed", dtype=dtype, generator=generator
        )
        starts = random_states(n, (len(batch), settings.n_starts), dtype=dtype, generator=generator)
        n_flow = len([number for number in batch if number < settings.n_flow])
        if n_flow:
            end = find_minima(couplings.select(range(n_flow)), starts[:n_flow], step=_FLOW_STEP)
            flow += (end.energies / n).flatten().tolist()
        end = _descend(couplings, starts)
        energies += (end.energies / n).flatten().tolist()
        eigenvalues += end.lowest_eigenvalues.flatten().tolist()
        residuals.append(float(end.gradient_norms.max()))
        steps.append(float(end.n_iter.double().sum()))
        n_converged += int(end.converged.sum())
    return {
        "energies": _rounded(energies),
        "lowest_eigenvalues": _rounded(eigenvalues),
        "flow_energies": _rounded(flow),
        "largest_residual": max(residuals),
        "mean_steps": sum(steps) / len(energies),
        "n_converged": n_converged,
        "coupling_bytes": size,
    }


def _descend(couplings, starts):
    """Minima in double precision, after descent in the precision of the couplings."""
    import torch

    from lossland.spin_glass.dynamics import descend
    from lossland.spin_glass.minima import find_minima

    if couplings.dtype == torch.float64:
        return find_minima(couplings, starts)
    first = descend(couplings, starts, tol=1e-3)
    end = find_minima(couplings.to(torch.float64), first.states.double())
    return end._replace(n_iter=end.n_iter + first.n_iter)


def _batches(total: int, size: int) -> list[range]:
    return [range(start, min(start + size, total)) for start in range(0, total, size)]


def _rounded(numbers: list[float]) -> list[float]:
    return [round(number, _FLAT_DIGITS) for number in numbers]


def mean_energies(record: Record, field: str = "energies") -> MeanEnergies:
    """Average a field of energies over disorders, for each size.

    Args:
        record: Record of ``glass_minima``.
        field: ``"energies"`` or ``"flow_energies"``.

    Returns:
        MeanEnergies: sizes without such energies are left out.
    """
    rows = []
    for n_spins in np.unique(record.column("n_spins")):
        cells = record.select(n_spins=int(n_spins)).cells
        disorders = np.concatenate(
            [np.reshape(cell["values"][field], (-1, cell["settings"]["n_starts"])) for cell in cells]
        )
        if len(disorders) > 1:
            means = disorders.mean(axis=1)
            error = means.std(ddof=1) / np.sqrt(len(means))
            rows.append((n_spins, means.mean(), error, disorders.std(ddof=1), disorders.size))
    return MeanEnergies(*map(np.array, zip(*rows, strict=True)))


def extrapolate(energies: MeanEnergies, *, power: float = 2 / 3, at_least: int = 0) -> Extrapolation:
    """Extrapolate mean energies to infinitely many spins by weighted least squares.

    Args:
        energies: Means with standard errors.
        power: Power of 1/n.
        at_least: Least number of spins that enters.

    Returns:
        Extrapolation: value with its error and the quality of the fit.

    Raises:
        ValueError: If fewer than two sizes are left.

    >>> n = np.array([20.0, 50.0, 100.0])
    >>> one = np.ones(3)
    >>> round(extrapolate(MeanEnergies(n, -1.6 + n ** (-2 / 3), 0.01 * one, one, one)).value, 6)
    -1.6
    """
    here = energies.n_spins >= at_least
    n_spins, mean, error = energies.n_spins[here], energies.mean[here], energies.standard_error[here]
    if len(n_spins) < 2:
        raise ValueError(f"energies: expected at least two sizes to extrapolate from, got {n_spins.tolist()}")
    design = np.stack([np.ones(len(n_spins)), n_spins**-power], axis=1) / error[:, None]
    covariance = np.linalg.inv(design.T @ design)
    value, slope = covariance @ design.T @ (mean / error)
    residual = design @ np.array([value, slope]) - mean / error
    return Extrapolation(
        float(value), float(np.sqrt(covariance[0, 0])), float(slope), float(residual @ residual), len(n_spins) - 2
    )


EXPERIMENT = register(
    Experiment(
        "glass_minima",
        "Energies of the minima reached by descent in the 3-spin glass, n = 20 to 1000, with extrapolation.",
        measure,
        sizes={
            "small": [GlassMinimaSettings(20, 40, 2, 10), GlassMinimaSettings(40, 12, 2)],
            "full": [
                GlassMinimaSettings(20, 200, 4, 50),
                GlassMinimaSettings(50, 80, 4, 15),
                GlassMinimaSettings(100, 40, 4, 4),
                GlassMinimaSettings(200, 12, 8),
                GlassMinimaSettings(400, 4, 8, 0, "float32"),
                GlassMinimaSettings(1000, 1, 2, 0, "float32"),
            ],
        },
        n_replicates={"small": 1, "full": 6},
    )
)
