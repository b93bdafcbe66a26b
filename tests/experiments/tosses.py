"""A cheap experiment for the tests of the machinery; it can be told to be slow, to fail, or to die."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from lossland.experiments import Experiment, Settings, register


@dataclass(frozen=True)
class TossSettings(Settings):
    bias: float
    n_tosses: int


def measure(settings: TossSettings, seed: np.random.SeedSequence) -> dict:
    """Toss coins, and leave a mark for each time this is called."""
    marks = os.environ.get("TOSSES_MARKS")
    if marks:
        name = f"{settings.bias}-{settings.n_tosses}-{seed.entropy}"
        with (Path(marks) / name).open("a") as file:
            file.write("x")
    time.sleep(float(os.environ.get("TOSSES_SECONDS", "0")))
    trouble = os.environ.get("TOSSES_TROUBLE", "")
    if settings.n_tosses == 30 and settings.bias == 0.75:
        if trouble == "raise":
            raise ArithmeticError("the coin stands on its edge")
        if trouble == "die":
            time.sleep(0.3)
            os._exit(7)
    rng = np.random.default_rng(seed)
    heads = rng.random(settings.n_tosses) < settings.bias
    return {"heads": int(heads.sum()), "mean": heads.mean(), "times": rng.exponential(size=3), "nothing": None}


EXPERIMENT = register(
    Experiment(
        "tosses",
        "Tosses of a coin.",
        measure,
        sizes={
            "small": list(TossSettings.grid(bias=(0.25, 0.75), n_tosses=(10, 20, 30))),
            "tiny": [TossSettings(0.5, 5)],
        },
        n_replicates={"small": 2, "tiny": 1},
        requires=(),
    )
)
