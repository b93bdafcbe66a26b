"""Weight matching over a spec: brute force on tiny networks, planted permutations in networks of all kinds."""

from itertools import pairwise, permutations, product

import numpy as np
import pytest
import torch
from torch import nn

from lossland.numerics import ConvergenceWarning
from lossland.symmetry import (
    apply_permutations,
    compose_permutations,
    invert_permutations,
    match_weights,
    sample_permutations,
    spec_from_axes,
    trace_permutation_spec,
)
from lossland.symmetry.assignment import best_assignment
from tests.symmetry.example_networks import NETWORKS, SEQUENCES, ResNet, images


def network(seed, *widths):
    torch.manual_seed(seed)
    layers = [nn.Linear(m, n) for m, n in pairwise(widths)]
    return nn.Sequential(*[part for layer in layers for part in (layer, nn.Tanh())][:-1])


def overlap(spec, one, two):
    """Inner product of all parameters: buffers left out, and what is one tensor counted once."""
    left_out = spec.buffers.union(*(names[1:] for names in spec.tied))
    return sum(float((one[name].double() * two[name].double()).sum()) for name in spec.axes if name not in left_out)


@pytest.mark.parametrize("n", [1, 2, 4, 6])
@pytest.mark.parametrize("favorites", [False, True])
def test_an_assignment_is_the_best_of_all(n, favorites):
    gain = np.random.default_rng(n).normal(size=(n, n))
    if favorites:
        gain += 9 * np.eye(n)[np.random.default_rng(n).permutation(n)]
    best = max(permutations(range(n)), key=lambda order: gain[range(n), order].sum())
    assert best_assignment(gain).tolist() == list(best)


@pytest.mark.parametrize("seed", range(4))
def test_one_hidden_layer_is_matched_optimally(seed):
    one, two = network(seed, 3, 5, 2), network(seed + 100, 3, 5, 2)
    spec = trace_permutation_spec(one, torch.ones(1, 3))
    found = match_weights(spec, one.state_dict(), two.state_dict())
    best = max(
        overlap(spec, one.state_dict(), apply_permutations(spec, {"0": order}, two.state_dict()))
        for order in permutations(range(5))
    )
    assert found.objective == pytest.approx(best, rel=1e-12)
    assert found.converged
    assert found.n_sweeps == 1


def test_two_hidden_layers_end_where_no_layer_alone_can_improve_and_often_at_the_best_of_all():
    hits = 0
    for seed in range(10):
        one, two = network(seed, 3, 4, 3, 2).state_dict(), network(seed + 100, 3, 4, 3, 2).state_dict()
        spec = trace_permutation_spec(network(0, 3, 4, 3, 2), torch.ones(1, 3))
        found = match_weights(spec, one, two)
        values = {
            (p, q): overlap(spec, one, apply_permutations(spec, {"0": p, "2": q}, two))
            for p, q in product(permutations(range(4)), permutations(range(3)))
        }
        p, q = (tuple(found.permutations[group].tolist()) for group in ("0", "2"))
        assert found.objective == pytest.approx(values[p, q], rel=1e-12)
        assert values[p, q] >= values[tuple(range(4)), tuple(range(3))]
        assert all(values[p, q] >= values[other, q] - 1e-9 for other in permutations(range(4)))
        assert all(values[p, q] >= values[p, other] - 1e-9 for other in permutations(range(3)))
        hits += values[p, q] >= max(values.values()) - 1e-9
    assert hits >= 6


def test_planted_cycles_in_several_layers_are_undone():
    module = network(0, 4, 6, 5, 7, 3)
    spec, state = trace_permutation_spec(module, torch.ones(1, 4)), module.state_dict()
    cycles = {"0": [2, 0, 1, 3, 4, 5], "2": [0, 1, 3, 4, 2], "4": [1, 2, 0, 4, 5, 3, 6]}
    found = match_weights(spec, state, apply_permutations(spec, cycles, state))
    assert {group: order.tolist() for group, order in found.permutations.items()} == {
        group: np.argsort(cycle).tolist() for group, cycle in cycles.items()
    }
    assert found.objective == pytest.approx(overlap(spec, state, state), rel=1e-12)


@pytest.mark.parametrize("name", [name for name in NETWORKS if name != "nn.MultiheadAttention with bias"])
@pytest.mark.parametrize("seed", range(2))
def test_planted_permutations_of_all_kinds_of_networks_are_undone(name, seed):
    make, inputs, _ = NETWORKS[name]
    torch.manual_seed(seed)
    module = make()
    spec, state = trace_permutation_spec(module, inputs), module.state_dict()
    planted = sample_permutations(spec, generator=torch.Generator().manual_seed(seed))
    found = match_weights(spec, state, apply_permutations(spec, planted, state))
    both = compose_permutations(spec, planted, found.permutations)
    assert all(order.tolist() == list(range(len(order))) for order in both.values())
    assert found.objective == pytest.approx(overlap(spec, state, state), rel=1e-6)
    undone = invert_permutations(spec, planted)
    assert all(torch.equal(undone[group], order) for group, order in found.permutations.items())


@pytest.mark.parametrize("seed", range(3))
def test_matching_never_makes_a_residual_network_worse(seed):
    torch.manual_seed(seed)
    one, two = ResNet(), ResNet()
    spec = trace_permutation_spec(one, images(3, 8))
    found = match_weights(spec, one.state_dict(), two.state_dict())
    matched = apply_permutations(spec, found.permutations, two.state_dict())
    assert found.objective == pytest.approx(overlap(spec, one.state_dict(), matched), rel=1e-9)
    assert found.objective > overlap(spec, one.state_dict(), two.state_dict())
    again = match_weights(spec, one.state_dict(), matched)
    assert again.objective >= found.objective - 1e-9


def test_where_the_given_order_is_better_than_the_alignment_it_is_the_start():
    """Incoming weights point the wrong way, outgoing ones of the next layer know better."""
    one = network(3, 2, 3, 3, 2).state_dict()
    two = {name: entry.clone() for name, entry in one.items()}
    two["0.weight"] = 0.1 * one["0.weight"][[1, 2, 0]]
    two["0.bias"] = 0.1 * one["0.bias"][[1, 2, 0]]
    spec = trace_permutation_spec(network(0, 2, 3, 3, 2), torch.ones(1, 2))
    found = match_weights(spec, one, two)
    assert found.objective >= overlap(spec, one, two)


def test_running_statistics_do_not_count():
    module = ResNet()
    spec, state = trace_permutation_spec(module, images(3, 8)), module.state_dict()
    moved = {name: entry + 5 * name.endswith("running_mean") for name, entry in state.items()}
    assert match_weights(spec, state, moved).objective == pytest.approx(match_weights(spec, state, state).objective)


def test_running_out_of_sweeps_is_said():
    one, two = network(1, 5, 40, 40, 5), network(2, 5, 40, 40, 5)
    spec = trace_permutation_spec(one, torch.ones(1, 5))
    with pytest.warns(ConvergenceWarning, match="max_sweeps=1 sweeps: allow more"):
        assert not match_weights(spec, one.state_dict(), two.state_dict(), max_sweeps=1).converged


def test_errors_say_what_to_do():
    module = network(0, 12, 4, 2)
    spec, state = trace_permutation_spec(module, SEQUENCES[0]), module.state_dict()
    with pytest.raises(ValueError, match=r"reference\['0.weight'\]: the spec expects the shape \(4, 12\), got \(5, "
        r"12\)"):
        match_weights(spec, network(0, 12, 5, 2).state_dict(), state)
    with pytest.raises(ValueError, match=r"state_dict\['2.bias'\]: expected finite parameters, got NaN"):
        match_weights(spec, state, {**state, "2.bias": torch.tensor([1.0, torch.nan])})
    with pytest.raises(ValueError, match="max_sweeps: expected an integer >= 1, got 0"):
        match_weights(spec, state, state, max_sweeps=0)
    assert match_weights(spec_from_axes({}, {"a": (1,)}), {"a": torch.ones(1)}, {"a": torch.ones(1)}).permutations == {}
