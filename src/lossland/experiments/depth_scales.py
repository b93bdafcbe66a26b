r"""Depth scales of tanh and erf networks of finite width, against the theory of infinite width.

Each cell measures :math:`\xi_q` and :math:`\xi_c` at one point (weight_std, bias_std) and one width, by the decay of
the difference between two copies of random networks (:mod:`lossland.signal_propagation.decay_rates`).  The measured
factors per layer differ from theory by a bias of order 1/width and by noise of known standard error;
:func:`extrapolate_to_infinite_width` takes the bias away.  Source: Schoenholz, Gilmer, Ganguli and Sohl-Dickstein
(2017), *Deep information propagation*, Figure 2.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from lossland.experiments.record import Record
from lossland.experiments.registry import Experiment, register
from lossland.experiments.settings import Settings

_BIAS_STD = math.sqrt(0.05)  # the value of the paper's figures


@dataclass(frozen=True)
class DepthScaleSettings(Settings):
    """One point of the plane, one width.

    Attributes:
        activation: Name of the activation.
        weight_std: Standard deviation of the weights times the square root of the fan-in.
        bias_std: Standard deviation of the biases.
        width: Width of all layers.
        n_draws: Number of pairs of networks.
        max_layers: Most layers over which a decay is followed.
    """

    activation: str
    weight_std: float
    bias_std: float
    width: int
    n_draws: int
    max_layers: int = 80


class Extrapolated(NamedTuple):
    """Depth scales in the limit of infinite width, one entry per point of the plane.

    Attributes:
        weight_std: Points of the plane.
        bias_std: Points of the plane.
        value: Depth scale in layers.
        standard_error: Its standard error.
        theory: Depth scale of the theory.
    """

    weight_std: np.ndarray
    bias_std: np.ndarray
    value: np.ndarray
    standard_error: np.ndarray
    theory: np.ndarray


def measure(settings: DepthScaleSettings, seed: np.random.SeedSequence) -> dict[str, Any]:
    """Measure both depth scales in one cell.

    A decay is followed for four depth scales of the theory, at least 8 and at most ``max_layers`` layers, after a
    burn-in of half as many.

    Args:
        settings: The cell.
        seed: Its seed.

    Returns:
        dict: for ``xi_q`` and ``xi_c`` the value, ``_error`` (standard error), ``_theory``, ``_rate`` (factor per
        layer), ``_rate_error`` and ``_layers``; ``None`` where a value is not finite.
    """
    import torch

    from lossland import signal_propagation as sp
    from lossland.signal_propagation.decay_rates import fit_decay, measure_decay

    point = settings.weight_std, settings.bias_std, settings.activation
    values: dict[str, Any] = {}
    for name, quantity, theory, own_seed in zip(
        ("xi_q", "xi_c"), ("length", "correlation"), (sp.xi_q(*point), sp.xi_c(*point)), seed.spawn(2), strict=True
    ):
        n_layers = int(np.clip(math.ceil(4 * min(theory, 1e6)), 8, settings.max_layers))
        generator = torch.Generator().manual_seed(int(own_seed.generate_state(1, np.uint64)[0] >> np.uint64(1)))
        differences = measure_decay(
            quantity,
            *point,
            width=settings.width,
            n_layers=n_layers,
            n_draws=settings.n_draws,
            burn_in=n_layers // 2,
            generator=generator,
        )
        scale = fit_decay(differences)
        found = {
            "": scale.value,
            "_error": scale.standard_error,
            "_theory": theory,
            "_rate": scale.rate,
            "_rate_error": scale.rate_error,
        }
        values |= {f"{name}{part}": value if math.isfinite(value) else None for part, value in found.items()}
        values[f"{name}_layers"] = n_layers
    return values


def extrapolate_to_infinite_width(record: Record, quantity: str, activation: str) -> Extrapolated:
    """Fit rate = rate of infinite width + slope / width at every point, weighted by standard errors.

    Args:
        record: Record of ``depth_scales``, with at least two widths.
        quantity: ``"xi_q"`` or ``"xi_c"``.
        activation: Name of the activation.

    Returns:
        Extrapolated: the depth scales that belong to the fitted rates.

    Raises:
        ValueError: If there are fewer than two widths.
    """
    record = record.select(activation=activation)
    widths = np.unique(record.column("width"))
    if len(widths) < 2:
        raise ValueError(f"record: expected at least two widths to extrapolate from, got {widths.tolist()}")
    points = sorted(set(zip(record.column("bias_std").tolist(), record.column("weight_std").tolist(), strict=True)))
    rows = []
    for bias_std, weight_std in points:
        cells = record.select(bias_std=bias_std, weight_std=weight_std)
        weight = 1 / cells.column(f"{quantity}_rate_error")
        design = np.stack([np.ones_like(weight), 1 / cells.column("width")], axis=1)
        covariance = np.linalg.inv((design * weight[:, None] ** 2).T @ design)
        rate = (covariance @ (design * weight[:, None] ** 2).T @ cells.column(f"{quantity}_rate"))[0]
        error, log_rate = math.sqrt(covariance[0, 0]), math.log(rate)
        value = -1 / log_rate if log_rate < 0 else math.inf
        rows.append((weight_std, bias_std, value, error / rate / log_rate**2, cells.column(f"{quantity}_theory")[0]))
    return Extrapolated(*map(np.array, zip(*rows, strict=True)))


def _grid(weight_std, bias_std, draws_of_width: dict[int, int]) -> list[DepthScaleSettings]:
    return [
        settings
        for width, n_draws in draws_of_width.items()
        for settings in DepthScaleSettings.grid(
            activation=("tanh", "erf"), bias_std=bias_std, weight_std=weight_std, width=(width,), n_draws=(n_draws,)
        )
    ]


EXPERIMENT = register(
    Experiment(
        "depth_scales",
        "Depth scales xi_q and xi_c of tanh and erf networks at finite width, against theory.",
        measure,
        sizes={
            "small": _grid((0.8, 1.6, 2.4), (_BIAS_STD,), {100: 200, 400: 100}),
            "full": _grid(
                (0.5, 0.75, 1.0, 1.1, 1.25, 1.5, 1.75, 2.0, 2.5, 3.0),
                (0.1, _BIAS_STD, 0.5),
                {100: 1600, 400: 400, 1600: 200},
            ),
        },
        n_replicates={"small": 1, "full": 1},
    )
)
