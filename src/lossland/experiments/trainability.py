r"""How deep a tanh network can be trained on the digits, against six depth scales :math:`6\xi_c`.

Schoenholz, Gilmer, Ganguli and Sohl-Dickstein (2017), *Deep information propagation*, section 5, saw that random
networks can be trained when they are not much deeper than the depth scale of correlations; they drew six of them.
Here with plain stochastic gradient descent on the 8 x 8 digits, the step divided by the depth.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from lossland.experiments.registry import Experiment, register
from lossland.experiments.settings import Settings

_BIAS_STD = math.sqrt(0.05)  # the value of the paper's figures


@dataclass(frozen=True)
class TrainabilitySettings(Settings):
    """One network and how it is trained.

    Attributes:
        weight_std: Standard deviation of the weights times the square root of the fan-in.
        depth: Number of weight layers.
        bias_std: Standard deviation of the biases.
        width: Width of the hidden layers.
        n_steps: Number of steps.
        step_times_depth: Learning rate times depth.
        batch_size: Images per step.
    """

    weight_std: float
    depth: int
    bias_std: float = _BIAS_STD
    width: int = 100
    n_steps: int = 300
    step_times_depth: float = 0.3
    batch_size: int = 64


def measure(settings: TrainabilitySettings, seed: np.random.SeedSequence) -> dict[str, Any]:
    """Train one network in float32 on the CPU.

    Args:
        settings: The cell.
        seed: Its seed; the split of the digits into training and test images is the same in all cells.

    Returns:
        dict: ``train_accuracy``, ``test_accuracy``, ``first_loss``, ``last_loss`` (``None`` if it diverged),
        ``diverged``, and ``xi_c`` of the theory.
    """
    import torch

    from lossland import signal_propagation as sp
    from lossland.networks import load_digits, sample_mlp, train

    data = load_digits(generator=torch.Generator().manual_seed(11))
    generator = torch.Generator().manual_seed(int(seed.generate_state(1, np.uint64)[0] >> np.uint64(1)))
    widths = [data.train_inputs.shape[1], *[settings.width] * (settings.depth - 1), 10]
    mlp = sample_mlp(widths, settings.weight_std, settings.bias_std, dtype=torch.float32, generator=generator)
    curve = train(
        mlp,
        data,
        "tanh",
        n_steps=settings.n_steps,
        learning_rate=settings.step_times_depth / settings.depth,
        batch_size=settings.batch_size,
        generator=generator,
    )
    last = float(np.mean(curve.loss[-20:]))
    return {
        "train_accuracy": curve.train_accuracy,
        "test_accuracy": curve.test_accuracy,
        "first_loss": float(curve.loss[0]),
        "last_loss": last if math.isfinite(last) else None,
        "diverged": bool(curve.diverged),
        "xi_c": sp.xi_c(settings.weight_std, settings.bias_std, "tanh"),
    }


EXPERIMENT = register(
    Experiment(
        "trainability",
        "Accuracy of deep tanh networks on the digits over depth and weight_std, against 6 xi_c.",
        measure,
        sizes={
            "small": list(TrainabilitySettings.grid(weight_std=(1.0, 1.3, 2.5), depth=(5, 20, 40), n_steps=(100,))),
            "full": list(
                TrainabilitySettings.grid(
                    weight_std=(0.8, 1.0, 1.1, 1.2, 1.3, 1.4, 1.5, 1.75, 2.0, 2.5, 3.0),
                    depth=(5, 10, 15, 20, 25, 30, 40, 50, 60, 80),
                )
            ),
        },
        n_replicates={"small": 1, "full": 1},
        requires=("torch", "sklearn.datasets"),
    )
)
