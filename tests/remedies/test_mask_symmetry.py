"""The group that masks leave, against going through all reorderings."""

import math
from itertools import pairwise, permutations, product

import numpy as np
import pytest

from lossland.remedies import mask_symmetry


def count_by_trying(masks):
    hidden = [range(mask.shape[0]) for mask in masks[:-1]]
    ends = np.arange(masks[0].shape[1]), np.arange(masks[-1].shape[0])
    total = 0
    for chosen in product(*(permutations(units) for units in hidden)):
        orders = [ends[0], *map(list, chosen), ends[1]]
        total += all(np.array_equal(m[np.ix_(orders[k + 1], orders[k])], m) for k, m in enumerate(masks))
    return total


@pytest.mark.parametrize("seed", range(40))
def test_orders_by_trying_all_reorderings(seed):
    rng = np.random.default_rng(seed)
    widths = [(2, 4, 4, 2), (1, 5, 1), (3, 3, 3, 3, 2), (1, 4, 5, 1)][seed % 4]
    masks = [(rng.random((b, a)) < [0.9, 0.5, 0.2][seed % 3]).astype(int) for a, b in pairwise(widths)]
    found = mask_symmetry(masks)
    assert math.exp(found.log_order) == pytest.approx(count_by_trying(masks), rel=1e-12)
    assert found.log_lower <= found.log_order + 1e-12 <= found.log_upper + 2e-12


def ring(n):
    return np.eye(n, dtype=int) + np.roll(np.eye(n, dtype=int), 1, axis=1)


def test_refinement_alone_does_not_see_rings():
    """Two rings of four and one of eight look alike to every unit; a dihedral group is left, or a larger one."""
    dense_in, dense_out = np.ones((8, 1), dtype=int), np.ones((1, 8), dtype=int)
    one = mask_symmetry([dense_in, ring(8), dense_out])
    two = mask_symmetry([dense_in, np.kron(np.eye(2, dtype=int), ring(4)), dense_out])
    assert math.exp(one.log_order) == pytest.approx(16)
    assert math.exp(two.log_order) == pytest.approx(8 * 8 * 2)
    assert one.log_upper == two.log_upper == pytest.approx(2 * math.lgamma(9))


@pytest.mark.parametrize("n", [3, 5, 8])
def test_distinct_masks_in_a_deeper_layer_alone_do_not_break_the_symmetry(n):
    found = mask_symmetry([np.ones((n, 4)), np.eye(n), np.ones((3, n))])
    assert math.exp(found.log_order) == pytest.approx(math.factorial(n))


@pytest.mark.parametrize("seed", range(20))
def test_distinct_rows_in_every_hidden_layer_break_it(seed):
    rng = np.random.default_rng(seed)
    words = [rng.choice(2**6, 6, replace=False)[:, None] >> np.arange(6) & 1 for _ in range(3)]
    assert mask_symmetry([*words, np.ones((1, 6))]).log_order == 0


def test_without_zeros_all_permutations_are_left_in_networks_of_any_width():
    found = mask_symmetry([np.ones((300, 20)), np.ones((200, 300)), np.ones((10, 200))])
    exact = math.lgamma(301) + math.lgamma(201)
    assert found.log_order == pytest.approx(exact)
    assert found.log_lower == found.log_upper == pytest.approx(exact)
    assert [len(set(layer)) for layer in found.classes] == [1, 1]


def test_wide_random_masks_are_decided_by_colors():
    rng = np.random.default_rng(0)
    masks = [rng.random((400, 50)) < 0.5, rng.random((400, 400)) < 0.5, np.ones((10, 400))]
    assert mask_symmetry(masks)[:3] == (0.0, 0.0, 0.0)


def test_a_budget_leaves_bounds():
    found = mask_symmetry([np.ones((12, 1)), ring(12), np.ones((1, 12))], max_nodes=3)
    assert math.isnan(found.log_order)
    assert found.log_lower == 0
    assert found.log_upper == pytest.approx(2 * math.lgamma(13))


@pytest.mark.parametrize(
    ("masks", "message"),
    [
        ([np.ones((2, 2))], "masks: expected one for each layer, two at least"),
        ([np.ones((2, 2)), np.ones((2, 3))], r"masks\[1\]: expected 2 columns, one for each unit"),
        ([np.full((2, 2), 0.5), np.ones((2, 2))], r"masks\[0\]: expected a matrix of zeros and ones"),
        ([np.ones(2), np.ones((2, 2))], r"masks\[0\]: expected a matrix"),
    ],
)
def test_bad_input(masks, message):
    with pytest.raises(ValueError, match=message):
        mask_symmetry(masks)


@pytest.mark.parametrize("seed", range(20))
def test_connections_with_several_weights_by_trying_all_reorderings(seed):
    rng = np.random.default_rng(seed)
    masks = [(rng.random((b, a, *size)) < 0.7).astype(int) for a, b, size in [(1, 4, ()), (4, 4, (2,)), (4, 1, (1, 3))]]
    masks[1] = np.kron(masks[1][:2, :2], np.ones((2, 2, 1), dtype=int)) if seed % 2 else masks[1]
    found = mask_symmetry(masks)
    assert math.exp(found.log_order) == pytest.approx(count_by_trying(masks), rel=1e-12)
    assert found.log_lower <= found.log_order + 1e-12 <= found.log_upper + 2e-12


def test_patterns_tell_apart_what_the_number_of_weights_does_not():
    """Each output loses one of two functions of its input: alike as tables of connections, different as patterns."""
    mask = np.array([[[1, 0]], [[0, 1]], [[1, 0]]])  # (units, inputs, functions)
    found = mask_symmetry([mask, np.ones((1, 3))])
    assert math.exp(found.log_order) == pytest.approx(2)
    wide = np.random.default_rng(0).random((30, 4, 3)) < 0.5
    colored = mask_symmetry([wide, np.ones((1, 30))])
    assert colored.log_upper == colored.log_order == 0  # by the colors alone
    assert math.exp(mask_symmetry([mask.any(axis=2), np.ones((1, 3))]).log_order) == pytest.approx(6)
