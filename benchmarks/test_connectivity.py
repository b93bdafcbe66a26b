"""Connectivity: losses along a path for all times at once against a loop, matching against what it cannot avoid."""

from __future__ import annotations

import statistics
import time

import numpy as np
import pytest
import torch
from results import Row
from scipy.optimize import linear_sum_assignment

from lossland import connectivity as cn
from lossland.networks import forward, load_digits, sample_mlp
from lossland.symmetry import match_neurons, permute_neurons

WIDTH, N_PAIRS, N_POINTS = 32, 10, 61
MATCH_WIDTH, N_INPUTS = 1000, 784
ROUNDS = 5


def timed(function) -> float:
    started = time.perf_counter()
    function()
    return time.perf_counter() - started


@pytest.fixture(scope="module")
def pairs():
    torch.set_num_threads(1)
    g = torch.Generator().manual_seed(0)
    data = load_digits(generator=g)
    ends = [
        sample_mlp((64, WIDTH, 10), 1.0, 0.1, n_draws=N_PAIRS, dtype=torch.float32, generator=g) for _ in range(2)
    ]
    return *ends, data.train_inputs, data.train_labels


def batched(a, b, x, y):
    return cn.path_losses(lambda t: cn.linear_path(a, b, t), lambda mlp: cn.network_loss(mlp, x, y, "relu"), N_POINTS)


def looped(a, b, x, y):
    """What one writes first: one network, one time after another."""
    losses = torch.empty(N_POINTS, N_PAIRS)
    for pair in range(N_PAIRS):
        one, two = (type(mlp)(*(tuple(p[pair] for p in parts) for parts in mlp)) for mlp in (a, b))
        for k, t in enumerate(np.linspace(0, 1, N_POINTS).tolist()):
            between = type(one)(*(tuple((1 - t) * p + t * q for p, q in zip(*parts, strict=True))
                                  for parts in zip(one, two, strict=True)))  # fmt: skip
            losses[k, pair] = torch.nn.functional.cross_entropy(forward(between, x, "relu"), y)
    return losses


def test_losses_along_paths_against_a_loop(benchmark, rows, pairs):
    ours, loop = [], []
    with torch.no_grad():
        torch.testing.assert_close(batched(*pairs), looped(*pairs), rtol=1e-4, atol=1e-5)
        benchmark.pedantic(
            lambda: ours.append(timed(lambda: batched(*pairs))),
            setup=lambda: loop.append(timed(lambda: looped(*pairs))), rounds=ROUNDS, warmup_rounds=1,
        )  # fmt: skip
    seconds, slow = statistics.median(ours), statistics.median(loop)
    work = f"losses at {N_POINTS} times between {N_PAIRS} pairs of width {WIDTH} on {len(pairs[3]):,} digits, float32"
    rows.append(
        Row(work, seconds, "a loop over pairs and times", slow, "same losses to 1e-4", "no slower", seconds <= slow)
    )
    assert seconds < 2 * slow


def test_matching_against_its_assignments_and_products(benchmark, rows):
    g = torch.Generator().manual_seed(0)
    a, b = (
        sample_mlp((N_INPUTS, MATCH_WIDTH, 10), 1.0, 0.1, dtype=torch.float32, generator=g) for _ in range(2)
    )
    order = torch.randperm(MATCH_WIDTH, generator=g)
    assert torch.equal(match_neurons(a, permute_neurons(a, [order])).permutations[0], order.argsort())
    arrays = [[p.double().numpy() for p in (*mlp.weights, *mlp.biases)] for mlp in (a, b)]

    def bare():
        """One product of all parameters and one assignment: the optimum for one hidden layer."""
        (in_a, out_a, bias_a, _), (in_b, out_b, bias_b, _) = arrays
        gain = in_a @ in_b.T + np.outer(bias_a, bias_b) + out_a.T @ out_b
        return linear_sum_assignment(gain, maximize=True)[1]

    ours, floor = [], []
    found = match_neurons(a, b).permutations[0].numpy()
    assert np.array_equal(found, bare())
    benchmark.pedantic(
        lambda: ours.append(timed(lambda: match_neurons(a, b))), setup=lambda: floor.append(timed(bare)),
        rounds=ROUNDS, warmup_rounds=1,
    )  # fmt: skip
    seconds, least = statistics.median(ours), statistics.median(floor)
    rows.append(
        Row(
            f"matching {MATCH_WIDTH:,} neurons with {N_INPUTS} inputs and 10 outputs",
            seconds,
            "one product and one `scipy.optimize.linear_sum_assignment`",
            least,
            "same permutation",
            "at most 1.5 times",
            seconds <= 1.5 * least,
        )
    )
    assert seconds < 2 * least
