"""Neurons and signs: brute force over all signed permutations, planted ones, and the function that stays."""

from itertools import permutations, product

import numpy as np
import pytest
import torch

from lossland.networks import MLP, forward, sample_mlp, to_vector
from lossland.numerics import ConvergenceWarning
from lossland.symmetry import match_neurons, match_neurons_and_signs, permute_and_flip

CYCLES = [[2, 0, 1, 3, 4, 5], [0, 1, 3, 4, 2]]
SIGNS = [[1, -1, -1, 1, -1, 1], [-1, 1, 1, -1, 1]]


def draw(seed=0, widths=(4, 6, 5, 3), **options):
    return sample_mlp(widths, 1.0, 0.5, generator=torch.Generator().manual_seed(seed), **options)


def overlap(a, b):
    return float(to_vector(a) @ to_vector(b))


def test_the_function_stays_for_an_odd_activation_and_only_for_one():
    mlp, x = draw(), torch.randn(7, 4, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    moved = permute_and_flip(mlp, CYCLES, SIGNS)
    for activation in ("tanh", "erf", "sin"):
        torch.testing.assert_close(forward(moved, x, activation), forward(mlp, x, activation), rtol=0, atol=1e-13)
    assert not torch.allclose(forward(moved, x, "relu"), forward(mlp, x, "relu"), atol=1e-2)


def test_place_i_takes_the_unit_that_is_named_there_and_its_own_sign():
    mlp = draw()
    moved, signs = permute_and_flip(mlp, CYCLES, SIGNS), torch.tensor(SIGNS[0], dtype=torch.float64)
    assert torch.equal(moved.biases[0], mlp.biases[0][CYCLES[0]] * signs)
    assert torch.equal(moved.weights[0], mlp.weights[0][CYCLES[0]] * signs[:, None])


@pytest.mark.parametrize("seed", range(3))
def test_one_hidden_layer_is_matched_optimally(seed):
    """All 384 signed permutations of four neurons."""
    a, b = draw(seed, (3, 4, 2)), draw(seed + 100, (3, 4, 2))
    found = match_neurons_and_signs(a, b)
    best = max(
        overlap(a, permute_and_flip(b, [list(order)], [list(signs)]))
        for order, signs in product(permutations(range(4)), product((1.0, -1.0), repeat=4))
    )
    assert found.objective == pytest.approx(best, rel=1e-12)
    assert overlap(a, permute_and_flip(b, found.permutations, found.signs)) == pytest.approx(best, rel=1e-12)


@pytest.mark.parametrize("seed", range(3))
def test_two_hidden_layers_end_where_no_layer_alone_can_improve(seed):
    a, b = draw(seed, (3, 3, 3, 2)), draw(seed + 100, (3, 3, 3, 2))
    found = match_neurons_and_signs(a, b)
    orders, signs = ([part.tolist() for part in parts] for parts in (found.permutations, found.signs))
    for layer, order, flips in product(range(2), permutations(range(3)), product((1.0, -1.0), repeat=3)):
        others = [list(orders), list(signs)]
        others[0][layer], others[1][layer] = list(order), list(flips)
        assert overlap(a, permute_and_flip(b, *others)) <= found.objective + 1e-9


def test_planted_cycles_and_signs_in_two_layers_are_undone():
    mlp = draw()
    found = match_neurons_and_signs(mlp, permute_and_flip(mlp, CYCLES, SIGNS))
    assert [order.tolist() for order in found.permutations] == [np.argsort(cycle).tolist() for cycle in CYCLES]
    for sign, planted, order in zip(found.signs, SIGNS, found.permutations, strict=True):
        assert sign.tolist() == [planted[place] for place in order]
    back = permute_and_flip(permute_and_flip(mlp, CYCLES, SIGNS), found.permutations, found.signs)
    assert torch.equal(to_vector(back), to_vector(mlp))


@pytest.mark.parametrize("seed", range(4))
def test_signs_come_at_least_as_close_as_orders_alone(seed):
    """With one hidden layer, where both are optimal, it is a theorem."""
    a, b = draw(seed, (5, 20, 3)), draw(seed + 50, (5, 20, 3))
    assert match_neurons_and_signs(a, b).objective > match_neurons(a, b).objective


def test_a_batch_is_matched_pair_by_pair():
    a, b = draw(1, n_draws=3), draw(2, n_draws=3)
    found = match_neurons_and_signs(a, b)
    assert found.objective.shape == found.converged.shape == (3,)
    whole = permute_and_flip(b, found.permutations, found.signs)
    for i in range(3):
        one, two = (MLP(tuple(w[i] for w in m.weights), tuple(h[i] for h in m.biases)) for m in (a, b))
        alone = match_neurons_and_signs(one, two)
        assert torch.equal(whole.weights[1][i], permute_and_flip(two, alone.permutations, alone.signs).weights[1])


def test_running_out_of_sweeps_is_said():
    a, b = draw(3, (5, 40, 40, 5)), draw(4, (5, 40, 40, 5))
    with pytest.warns(ConvergenceWarning, match="max_sweeps=1 sweeps: allow more"):
        assert not match_neurons_and_signs(a, b, max_sweeps=1).converged


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [(lambda m: match_neurons_and_signs(m, draw(0, (4, 6, 4, 3))), ValueError, "mlp: expected weights of the shapes"),
     (lambda m: match_neurons_and_signs(m.weights, m), TypeError, "reference: expected an MLP, got tuple"),
     (lambda m: permute_and_flip(m, CYCLES, SIGNS[:1]), ValueError, "signs: expected one for each of 2 hidden layers"),
     (lambda m: permute_and_flip(m, CYCLES, [SIGNS[0], SIGNS[0]]), ValueError, r"signs\[1\]: expected the shape "
      r"\(5,\)"),
     (lambda m: permute_and_flip(m, CYCLES, [[1, 1, 1, 0, 1, 1], SIGNS[1]]), ValueError, r"signs\[0\]: expected only "
      r"1 and "
      "-1, got 0")],
)  # fmt: skip
def test_errors_say_what_to_do(call, error, words):
    with pytest.raises(error, match=words):
        call(draw())
