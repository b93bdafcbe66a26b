"""Symmetry: weight matching against rebasin and against what it cannot avoid; ordering of neurons against an argsort.

rebasin comes with torchview, graphviz and torchviz, of which only torchview is used here: install it with
``pip install --no-deps rebasin torchview graphviz torchviz``; without it its rows are skipped.
"""

from __future__ import annotations

import copy
import statistics
import time
from itertools import pairwise

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from results import Row
from scipy.optimize import linear_sum_assignment
from torch import nn

from lossland.symmetry import (
    apply_permutations,
    coordinate_ascent,
    match_weights,
    order_by,
    sample_permutations,
    trace_permutation_spec,
)

WIDTHS = (784, 512, 512, 512, 10)
ROUNDS, PEER_ROUNDS = 7, 3
AIM_PEER, AIM_PLANTED, AIM_BARE = 3.0, 10.0, 1.3


def timed(function) -> float:
    """Seconds of the processor, which others that use the machine do not add to."""
    started = time.process_time()
    function()
    return time.process_time() - started


def perceptron(seed: int) -> nn.Module:
    torch.manual_seed(seed)
    layers = [nn.Linear(m, n) for m, n in pairwise(WIDTHS)]
    return nn.Sequential(*[part for layer in layers for part in (layer, nn.ReLU())][:-1])


class Block(nn.Module):
    def __init__(self, n_in: int, n_out: int, stride: int):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(n_in, n_out, 3, stride, 1, bias=False), nn.BatchNorm2d(n_out)
        self.conv2, self.bn2 = nn.Conv2d(n_out, n_out, 3, 1, 1, bias=False), nn.BatchNorm2d(n_out)
        self.shortcut = nn.Sequential()
        if stride > 1:
            self.shortcut = nn.Sequential(nn.Conv2d(n_in, n_out, 1, stride, bias=False), nn.BatchNorm2d(n_out))

    def forward(self, x):
        return F.relu(self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x))))) + self.shortcut(x))


def residual_network(seed: int) -> nn.Module:
    """Three stages of two blocks, 64, 128 and 256 channels."""
    torch.manual_seed(seed)
    stages = [Block(m, n, s) for m, n, s in ((64, 64, 1), (64, 64, 1), (64, 128, 2), (128, 128, 1), (128, 256, 2))]
    head = (nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(256, 10))
    return nn.Sequential(nn.Conv2d(3, 64, 3, 1, 1, bias=False), nn.BatchNorm2d(64), nn.ReLU(), *stages,
                         Block(256, 256, 1), *head)  # fmt: skip


NETWORKS = {
    "MLP 784-512-512-512-10": (perceptron, (2, 784)),
    "ResNet of 6 blocks, 64 to 256 channels": (residual_network, (2, 3, 32, 32)),
}


def overlap(a: nn.Module, b: nn.Module) -> float:
    return sum(float((p.double() * q.double()).sum()) for p, q in zip(a.parameters(), b.parameters(), strict=True))


def ours(a: nn.Module, b: nn.Module, x: torch.Tensor):
    """What is left to do after tracing: match, apply."""
    spec = trace_permutation_spec(b, x)

    def match():
        found = match_weights(spec, a.state_dict(), b.state_dict())
        b.load_state_dict(apply_permutations(spec, found.permutations, b.state_dict()))

    return match


def theirs(a: nn.Module, b: nn.Module, x: torch.Tensor):
    """The same of rebasin, which traces when it is constructed."""
    descent = pytest.importorskip("rebasin.permutation_coordinate_descent")
    return descent.PermutationCoordinateDescent(a, b, x).rebasin


def compared(a, b, x, rounds=PEER_ROUNDS):
    """Median times of both, one after the other, and the objectives that they reach."""
    times, reached = {ours: [], theirs: []}, {}
    for k in range(rounds + 1):
        for side in (ours, ours, ours, theirs, ours, ours):
            copy_of_b = copy.deepcopy(b)
            match = side(a, copy_of_b, x)
            seconds = timed(match)
            reached[side] = overlap(a, copy_of_b)
            if k:  # the first round warms up
                times[side].append(seconds)
    return *(statistics.median(times[side]) for side in (ours, theirs)), reached[ours], reached[theirs]


@pytest.mark.filterwarnings("ignore")  # those of rebasin
@pytest.mark.parametrize("name", NETWORKS)
def test_matching_against_rebasin(rows, name):
    torch.set_num_threads(1)
    make, shape = NETWORKS[name]
    a, b, x = make(0).eval(), make(1).eval(), torch.zeros(shape)
    seconds, peer, our_overlap, their_overlap = compared(a, b, x)
    how = f"inner product of the parameters {our_overlap:.4g} here, {their_overlap:.4g} there"
    met = peer >= AIM_PEER * seconds and our_overlap >= their_overlap
    aim = "3 times faster at no lower inner product"
    work = f"matching two random networks, traced before, and permuting: {name}"
    rows.append(Row(work, seconds, "rebasin 0.0.47", peer, how, aim, met))
    assert our_overlap >= their_overlap


@pytest.mark.filterwarnings("ignore")
def test_a_planted_permutation_against_rebasin(rows):
    torch.set_num_threads(1)
    a, x = perceptron(0), torch.zeros(2, WIDTHS[0])
    spec, b = trace_permutation_spec(a, x), perceptron(0)
    planted = sample_permutations(spec, generator=torch.Generator().manual_seed(0))
    b.load_state_dict(apply_permutations(spec, planted, a.state_dict()))
    seconds, peer, our_overlap, their_overlap = compared(a, b, x)
    exact = overlap(a, a)
    assert our_overlap == pytest.approx(exact)
    how = f"ours undoes it exactly; inner product there {their_overlap / exact:.4g} of the largest"
    work = f"undoing a planted permutation: {next(iter(NETWORKS))}, traced before"
    rows.append(Row(work, seconds, "rebasin 0.0.47", peer, how, "10 times faster", peer >= AIM_PLANTED * seconds))


@pytest.mark.parametrize("name", NETWORKS)
def test_matching_against_its_products_and_assignments(benchmark, rows, name, monkeypatch):
    torch.set_num_threads(1)
    make, shape = NETWORKS[name]
    a, b = make(0), make(1)
    spec = trace_permutation_spec(a, torch.zeros(shape))
    states = a.state_dict(), b.state_dict()
    factors, gains = [], []
    with monkeypatch.context() as patch:
        assign, rows_of = coordinate_ascent.best_assignment, coordinate_ascent._rows
        patch.setattr(coordinate_ascent, "best_assignment", lambda gain: gains.append(gain.copy()) or assign(gain))
        patch.setattr(coordinate_ascent, "_rows", lambda x, dim: factors.append(rows_of(x, dim)) or factors[-1])
        match_weights(spec, *states)

    def bare():
        """The same products and assignments, and nothing else."""
        for one, two in zip(factors[::2], factors[1::2], strict=True):
            one @ two.T
        for gain in gains:
            linear_sum_assignment(gain, maximize=True)

    mine, least = [], []
    benchmark.pedantic(
        lambda: mine.append(timed(lambda: match_weights(spec, *states))), setup=lambda: least.append(timed(bare)),
        rounds=ROUNDS, warmup_rounds=1,
    )  # fmt: skip
    seconds, floor = statistics.median(mine), statistics.median(least)
    how = f"{len(factors) // 2} products in float64 and {len(gains)} assignments, recorded and done again"
    against, met = "its products and `scipy` assignments alone", seconds <= AIM_BARE * floor
    rows.append(Row(f"matching two random networks: {name}", seconds, against, floor, how, "at most 1.3 times", met))
    assert seconds < 4 * floor


@pytest.mark.parametrize("key", ["norm", "lexicographic", "maximin"])
def test_ordering_a_layer_against_an_argsort(benchmark, rows, key):
    from lossland.symmetry import lexicographic_order, maximin_order

    weights = np.random.default_rng(0).standard_normal((1000, 1000))
    order = {"norm": lambda w: order_by(w, "norm"), "lexicographic": lexicographic_order, "maximin": maximin_order}[key]
    mine, least = [], []
    benchmark.pedantic(
        lambda: mine.append(timed(lambda: weights[order(weights)])),
        setup=lambda: least.append(timed(lambda: weights[np.argsort(weights[:, 0])])), rounds=21, warmup_rounds=2,
    )  # fmt: skip
    seconds, floor = statistics.median(mine), statistics.median(least)
    rows.append(Row(f"ordering the neurons of a 1,000 x 1,000 layer, {key}, and moving them", seconds,
                    "`numpy.argsort` of one column and the same move", floor, "float64"))  # fmt: skip
    assert np.array_equal(np.sort(order(weights)), np.arange(1000))
