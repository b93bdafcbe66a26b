"""Matching: the permuted network is the same function, planted permutations come back, brute force finds no better."""

from itertools import permutations as all_orders

import numpy as np
import pytest
import torch

from lossland.networks import MLP, forward, sample_mlp, to_vector
from lossland.numerics import ConvergenceWarning
from lossland.symmetry import match_neurons, permute_neurons

CYCLES = [[2, 0, 1, 3, 4, 5], [0, 1, 3, 4, 2]]  # 3-cycles in two hidden layers: not their own inverses


def draw(seed=0, widths=(4, 6, 5, 3), **options):
    return sample_mlp(widths, 1.0, 0.5, generator=torch.Generator().manual_seed(seed), **options)


def distance(a, b):
    return float((to_vector(a) - to_vector(b)).norm())


def test_a_permuted_network_is_the_same_function_to_the_last_bit_on_whole_numbers():
    mlp = MLP(*(tuple((8 * part).round() for part in parts) for parts in draw()))
    x = torch.arange(-8.0, 8.0, dtype=torch.float64).reshape(4, 4)
    permuted = permute_neurons(mlp, CYCLES)
    assert distance(mlp, permuted) > 1
    assert torch.equal(forward(permuted, x, "relu"), forward(mlp, x, "relu"))


def test_permutation_takes_the_unit_that_it_names():
    mlp = draw()
    permuted = permute_neurons(mlp, CYCLES)
    assert torch.equal(permuted.biases[0], mlp.biases[0][CYCLES[0]])
    assert torch.equal(permuted.weights[1], mlp.weights[1][CYCLES[1]][:, CYCLES[0]])
    assert torch.equal(permuted.weights[2], mlp.weights[2][:, CYCLES[1]])
    assert torch.equal(permuted.biases[2], mlp.biases[2])


def test_planted_cycles_in_two_layers_are_undone():
    mlp = draw()
    found = match_neurons(mlp, permute_neurons(mlp, CYCLES))
    assert found.converged
    assert [order.tolist() for order in found.permutations] == [np.argsort(cycle).tolist() for cycle in CYCLES]
    back = permute_neurons(permute_neurons(mlp, CYCLES), found.permutations)
    assert distance(mlp, back) == 0
    assert found.objective == pytest.approx(float(to_vector(mlp).square().sum()))


def test_a_planted_permutation_is_found_under_noise_and_in_float32():
    mlp = draw(dtype=torch.float32, widths=(20, 30, 25, 10))
    g = torch.Generator().manual_seed(3)
    orders = [torch.randperm(n, generator=g) for n in (30, 25)]
    noisy = permute_neurons(mlp, orders)
    noisy = MLP(tuple(w + 0.02 * torch.randn(w.shape, generator=g) for w in noisy.weights), noisy.biases)
    found = match_neurons(mlp, noisy)
    assert all(torch.equal(p, q.argsort()) for p, q in zip(found.permutations, orders, strict=True))
    assert found.permutations[0].dtype == torch.int64


@pytest.mark.parametrize("seed", range(4))
def test_planted_permutations_are_found_where_outgoing_weights_drown_the_incoming_ones(seed):
    """From the order that happens to be there, updates layer by layer end at a worse local maximum."""
    mlp, g = draw(seed, (3, 20, 20, 2)), torch.Generator().manual_seed(seed)
    mlp = MLP((0.01 * mlp.weights[0], *mlp.weights[1:]), (0.01 * mlp.biases[0], *mlp.biases[1:]))
    orders = [torch.randperm(20, generator=g) for _ in range(2)]
    found = match_neurons(mlp, permute_neurons(mlp, orders))
    assert all(torch.equal(p, q.argsort()) for p, q in zip(found.permutations, orders, strict=True))


@pytest.mark.parametrize("seed", range(5))
def test_one_hidden_layer_is_matched_optimally(seed):
    a, b = draw(seed, (3, 5, 2)), draw(seed + 100, (3, 5, 2))
    found = match_neurons(a, b)
    best = min(distance(a, permute_neurons(b, [list(order)])) for order in all_orders(range(5)))
    assert distance(a, permute_neurons(b, found.permutations)) == pytest.approx(best, abs=1e-12)


@pytest.mark.parametrize("seed", range(5))
def test_two_hidden_layers_end_where_no_layer_alone_can_improve(seed):
    a, b = draw(seed, (3, 4, 4, 2)), draw(seed + 100, (3, 4, 4, 2))
    found = match_neurons(a, b)
    first, second = (order.tolist() for order in found.permutations)
    matched = distance(a, permute_neurons(b, [first, second]))
    assert matched <= distance(a, b) + 1e-12
    for order in all_orders(range(4)):
        assert matched <= distance(a, permute_neurons(b, [list(order), second])) + 1e-12
        assert matched <= distance(a, permute_neurons(b, [first, list(order)])) + 1e-12
    overlap = float(to_vector(a) @ to_vector(permute_neurons(b, found.permutations)))
    assert found.objective == pytest.approx(overlap)


def test_a_batch_is_matched_pair_by_pair():
    a, b = draw(1, n_draws=3), draw(2, n_draws=3)
    found = match_neurons(a, b)
    assert found.objective.shape == found.converged.shape == (3,)
    whole = permute_neurons(b, found.permutations)
    for i in range(3):
        one, two = (MLP(tuple(w[i] for w in m.weights), tuple(h[i] for h in m.biases)) for m in (a, b))
        alone = match_neurons(one, two)
        assert all(torch.equal(p[i], q) for p, q in zip(found.permutations, alone.permutations, strict=True))
        assert torch.equal(whole.weights[1][i], permute_neurons(two, alone.permutations).weights[1])


def test_one_order_serves_a_batch_and_gradients_flow():
    mlp = draw(n_draws=2)
    leaf = mlp.weights[0].clone().requires_grad_()
    permuted = permute_neurons(mlp._replace(weights=(leaf, *mlp.weights[1:])), CYCLES)
    permuted.weights[0][0, 0].sum().backward()
    assert leaf.grad[0, CYCLES[0][0]].eq(1).all()
    assert leaf.grad.sum() == 4


def test_without_hidden_layers_there_is_nothing_to_match():
    a, b = draw(0, (3, 2)), draw(1, (3, 2))
    found = match_neurons(a, b)
    assert found.permutations == ()
    assert found.objective == pytest.approx(float(to_vector(a) @ to_vector(b)))


def test_identical_neurons_do_not_go_round_in_circles():
    ones = MLP((torch.ones(5, 3), torch.ones(5, 5), torch.ones(2, 5)), (torch.ones(5), torch.ones(5), torch.ones(2)))
    assert match_neurons(ones, ones).n_sweeps <= 2


def test_running_out_of_sweeps_is_said():
    a, b = draw(3, (5, 40, 40, 5)), draw(4, (5, 40, 40, 5))
    assert match_neurons(a, b).n_sweeps > 1
    with pytest.warns(ConvergenceWarning, match="max_sweeps=1 sweeps: allow more"):
        found = match_neurons(a, b, max_sweeps=1)
    assert not found.converged


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [(lambda m: match_neurons(m, draw(0, (4, 6, 4, 3))), ValueError, r"mlp: expected weights of the shapes"),
     (lambda m: match_neurons(m, to_vector(m)), TypeError, r"mlp: expected an MLP, got Tensor"),
     (lambda m: match_neurons(m._replace(biases=(m.biases[0] / 0, *m.biases[1:])), m), ValueError,
      r"reference: expected finite parameters, got NaN or infinite ones in layer 1"),
     (lambda m: match_neurons(m, m, max_sweeps=0), ValueError, r"max_sweeps: expected an integer >= 1, got 0"),
     (lambda m: permute_neurons(m, CYCLES[:1]), ValueError, r"permutations: expected one for each of 2 hidden layers"),
     (lambda m: permute_neurons(m, [CYCLES[0], CYCLES[0]]), ValueError, r"permutations\[1\]: .*\(5,\), got .*\(6,\)"),
     (lambda m: permute_neurons(m, [[0, 0, 1, 2, 3, 4], CYCLES[1]]), ValueError,
      r"permutations\[0\]: expected each of 0 to 5 once, got \[0, 0, 1, 2, 3, 4\]"),
     (lambda m: permute_neurons(m, [[0.0] * 6, CYCLES[1]]), TypeError, r"permutations\[0\]: expected integers"),
     (lambda m: permute_neurons(m.weights, CYCLES), TypeError, r"mlp: expected an MLP, got tuple")],
)  # fmt: skip
def test_errors_say_what_to_do(call, error, words):
    with pytest.raises(error, match=words):
        call(draw())
