"""Noisy descent: ten thousand runs of a thousand steps in a hundred dimensions, against drawing their noise alone."""

from __future__ import annotations

import statistics
import time

import numpy as np
import pytest
import torch
from results import Row

from lossland import sgd

N_RUNS, N_STEPS, N_PARAMETERS = 10_000, 1000, 100
SAMPLE = 50  # steps that are timed in a round; the rest is scaled


def timed(function) -> float:
    started = time.perf_counter()
    function()
    return time.perf_counter() - started


def hessian() -> np.ndarray:
    frame, _ = np.linalg.qr(np.random.default_rng(0).standard_normal((N_PARAMETERS, N_PARAMETERS)))
    matrix = (frame * np.geomspace(1, 1e-3, N_PARAMETERS)) @ frame.T
    return (matrix + matrix.T) / 2


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32], ids=["float64", "float32"])
@pytest.mark.parametrize("kind", ["isotropic", "proportional to the Hessian"])
def test_runs_against_drawing_their_noise(benchmark, rows, dtype, kind):
    torch.set_num_threads(1)
    h = hessian()
    noise = sgd.isotropic_noise(N_PARAMETERS) if kind == "isotropic" else sgd.hessian_noise(h)
    starts = torch.zeros(N_RUNS, N_PARAMETERS, dtype=dtype)
    buffer = torch.empty_like(starts)
    ours, theirs, generator = [], [], torch.Generator().manual_seed(0)

    def noise_alone():
        theirs.append(timed(lambda: [buffer.normal_(generator=generator) for _ in range(SAMPLE)]))

    def run():
        return sgd.noisy_descent(h, noise, starts, 0.1, SAMPLE, generator=generator)

    benchmark.pedantic(lambda: ours.append(timed(run)), setup=noise_alone, rounds=7, warmup_rounds=1)
    exact = sgd.transient_covariance(h, noise.covariance, 0.1, SAMPLE)
    spread = float((run().end.double() ** 2).sum(1).mean())
    assert spread == pytest.approx(float(np.trace(exact)), rel=0.01)
    ratio = statistics.median(ours) / statistics.median(theirs)
    scale = N_STEPS / SAMPLE
    rows.append(
        Row(
            f"{N_RUNS:,} runs of {N_STEPS:,} noisy steps in {N_PARAMETERS} dimensions, noise {kind}, {str(dtype)[6:]}",
            statistics.median(ours) * scale,
            "`torch.Tensor.normal_` for as many numbers, nothing else",
            statistics.median(theirs) * scale,
            f"{SAMPLE} steps timed and scaled; one thread; mean square against the exact one to 1 %",
            "at most 1.5 times as long",
            ratio <= 1.5,
        )
    )
    assert ratio < 2.5
