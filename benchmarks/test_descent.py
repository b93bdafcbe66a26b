"""Descent: ten thousand starts at once against one at a time, and a gradient against one forward pass."""

from __future__ import annotations

import statistics
import time

import numpy as np
import pytest
import torch
from results import Row
from scipy import optimize

from lossland import descent as de
from lossland.networks import forward, layer_gradients, sample_mlp
from lossland.networks.losses import quadratic

N_STARTS, N_STEPS, RATE = 10_000, 1000, 0.01
SAMPLE = 20  # starts of the loop that are timed; the rest is scaled
MLPS = [(64, 64, 10), (64, 128, 128, 10), (784, 256, 256, 10)]
BATCH = 256


def timed(function) -> float:
    started = time.perf_counter()
    function()
    return time.perf_counter() - started


def single_runs(value, gradient, starts) -> np.ndarray:
    """Descend from one start after the other, as ``scipy.optimize.minimize`` calls a method of one's own."""

    def method(fun, x0, args=(), jac=None, **_options):  # noqa: ARG001
        x = x0
        for _ in range(N_STEPS):
            x = x - RATE * jac(x)
        return optimize.OptimizeResult(x=x, fun=fun(x), success=True)

    return np.array([optimize.minimize(value, start, jac=gradient, method=method).x for start in starts])


def himmelblau_value(w):
    return (w[0] ** 2 + w[1] - 11) ** 2 + (w[0] + w[1] ** 2 - 7) ** 2


def himmelblau_gradient(w):
    u, v = w[0] ** 2 + w[1] - 11, w[0] + w[1] ** 2 - 7
    return np.array([4 * w[0] * u + 2 * v, 2 * u + 4 * w[1] * v])


def test_many_starts_against_single_runs(benchmark, rows):
    surface = de.himmelblau()
    starts = np.random.default_rng(0).uniform(-5, 5, (N_STARTS, 2))
    ours, theirs, ends = [], [], []

    def one_by_one():
        theirs.append(timed(lambda: ends.append(single_runs(himmelblau_value, himmelblau_gradient, starts[:SAMPLE]))))

    def batched():
        return de.gradient_descent(surface.gradient, starts, RATE, N_STEPS)

    benchmark.pedantic(lambda: ours.append(timed(batched)), setup=one_by_one, rounds=5)
    np.testing.assert_allclose(batched().end[:SAMPLE], ends[0], rtol=1e-9)
    scaled = statistics.median(theirs) * N_STARTS / SAMPLE
    ratio = scaled / statistics.median(ours)
    rows.append(
        Row(
            f"gradient descent on Himmelblau's surface, {N_STARTS:,} starts, {N_STEPS:,} steps",
            statistics.median(ours),
            "loop of single runs through `scipy.optimize.minimize`, gradient written for one point",
            scaled,
            f"{SAMPLE} starts timed and scaled; same end points to 1e-9",
            "100 times",
            ratio >= 100,
        )
    )
    assert ratio > 50


@pytest.mark.parametrize("widths", MLPS, ids=lambda widths: "-".join(map(str, widths)))
def test_a_gradient_against_one_forward_pass(benchmark, rows, widths):
    torch.set_num_threads(1)
    generator = torch.Generator().manual_seed(0)
    mlp = sample_mlp(widths, 1.0, 0.1, generator=generator)
    inputs = torch.randn(BATCH, widths[0], dtype=torch.float64, generator=generator)
    targets = torch.randn(BATCH, widths[-1], dtype=torch.float64, generator=generator)
    ours, theirs = [], []

    def ahead():
        theirs.append(timed(lambda: quadratic.value(targets, forward(mlp, inputs, "tanh")).sum()))

    def back():
        layer_gradients(mlp, inputs, "tanh", lambda outputs: quadratic.derivative(targets, outputs))

    benchmark.pedantic(lambda: ours.append(timed(back)), setup=ahead, rounds=50, warmup_rounds=3)
    ratio = statistics.median(ours) / statistics.median(theirs)
    rows.append(
        Row(
            f"gradient of a {'-'.join(map(str, widths))} tanh perceptron, batch {BATCH}, by back-propagation",
            statistics.median(ours),
            "one forward pass",
            statistics.median(theirs),
            "float64; the time of the gradient includes a forward pass of its own",
            "between 2 and 5",
            2 <= ratio <= 5,
        )
    )
    assert ratio < 8
