"""Orderings: against Python's own sorting of tuples, invariance to numbering, ties, whole networks."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from lossland import symmetry as sy
from lossland.networks import MLP, forward, sample_mlp

CYCLES = [[2, 0, 1, 3, 4, 5], [0, 1, 3, 4, 2]]  # 3-cycles in two hidden layers: not their own inverses
WITH_TIES = hnp.arrays(float, st.tuples(st.integers(1, 8), st.integers(1, 4)), elements=st.integers(-2, 2))


def draw(seed=0, **options):
    return sample_mlp((4, 6, 5, 3), 1.0, 0.5, generator=torch.Generator().manual_seed(seed), **options)


@given(WITH_TIES)
def test_lexicographic_order_is_that_of_tuples(weights):
    order = sy.lexicographic_order(weights)
    assert sorted(order.tolist()) == list(range(len(weights)))
    assert [tuple(row) for row in weights[order]] == sorted(map(tuple, weights))


@given(WITH_TIES, st.sampled_from(sy.ORDERINGS), st.randoms(use_true_random=False))
def test_the_result_does_not_depend_on_the_numbering_even_with_ties(weights, key, random):
    shuffle = list(range(len(weights)))
    random.shuffle(shuffle)
    biases = weights[:, 0] ** 2
    first = weights[sy.order_by(weights, key, biases=biases)]
    second = weights[shuffle][sy.order_by(weights[shuffle], key, biases=biases[shuffle])]
    if key in ("norm", "cubes", "sum"):  # sums of floats may round differently: compare what is sorted
        assert sorted(map(tuple, first)) == sorted(map(tuple, second))
    np.testing.assert_array_equal(first, second)


def test_maximin_sorts_by_the_column_of_largest_spread():
    w = np.random.default_rng(0).standard_normal((7, 5))
    w[:, 3] *= 10
    assert sy.driver_row(w) == 3
    np.testing.assert_array_equal(sy.maximin_order(w), np.argsort(w[:, 3]))
    np.testing.assert_array_equal(sy.order_by(w, "maximin"), sy.maximin_order(w))


@pytest.mark.parametrize("key", sy.ORDERINGS)
def test_batches_are_ordered_one_by_one(key):
    rng = np.random.default_rng(1)
    w, h = rng.integers(-2, 3, (3, 2, 6, 4)).astype(float), rng.standard_normal((3, 2, 6))
    found = sy.order_by(w, key, biases=h)
    for index in np.ndindex(3, 2):
        np.testing.assert_array_equal(found[index], sy.order_by(w[index], key, biases=h[index]))
    assert np.shape(sy.driver_row(w)) == (3, 2)


@pytest.mark.parametrize("method", [*sy.ORDERINGS, lambda w: w[..., -1]])
def test_permuted_copies_are_sorted_into_one_network_of_the_same_function(method):
    mlp, x = draw(), torch.randn(9, 4, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    found = sy.sort_neurons(mlp, method=method)
    torch.testing.assert_close(forward(found.mlp, x, "relu"), forward(mlp, x, "relu"))
    other = sy.sort_neurons(sy.permute_neurons(mlp, CYCLES), method=method).mlp
    for ours, theirs in zip((*found.mlp.weights, *found.mlp.biases), (*other.weights, *other.biases), strict=True):
        torch.testing.assert_close(ours, theirs, rtol=0, atol=1e-15)
    again = sy.permute_neurons(mlp, found.permutations)
    assert all(torch.equal(a, b) for a, b in zip(again.weights, found.mlp.weights, strict=True))


def test_biases_and_the_next_layer_go_along():
    mlp = MLP(
        (torch.tensor([[3.0], [1.0], [2.0]]), torch.tensor([[10.0, 20.0, 30.0]])),
        (torch.tensor([0.3, 0.1, 0.2]), torch.tensor([7.0])),
    )
    found, permutations = sy.sort_neurons(mlp, method="lexicographic")
    assert permutations[0].tolist() == [1, 2, 0]
    assert found.weights[0].flatten().tolist() == [1, 2, 3]
    assert found.biases[0].tolist() == pytest.approx([0.1, 0.2, 0.3])
    assert found.weights[1].tolist() == [[20, 30, 10]]
    assert found.biases[1].tolist() == [7]


def test_the_second_layer_is_sorted_by_inputs_that_have_been_sorted_already():
    mlp = draw(3)
    found = sy.sort_neurons(mlp, method="lexicographic").mlp
    for weight in found.weights[:-1]:
        assert bool((weight[:, 0].diff() > 0).all())
    naive = sy.lexicographic_order(mlp.weights[1].numpy())  # by the input that happens to be numbered first
    assert not torch.equal(mlp.weights[1][naive, 0].sort().values, found.weights[1][:, 0])


def test_batches_of_networks():
    batch = draw(n_draws=4, dtype=torch.float32)
    found = sy.sort_neurons(batch)
    assert found.mlp.weights[0].dtype == torch.float32
    for k in range(4):
        one = sy.sort_neurons(MLP(*(tuple(part[k] for part in parts) for parts in batch)))
        assert all(torch.equal(a[k], b) for a, b in zip(found.mlp.weights, one.mlp.weights, strict=True))


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: sy.order_by(np.eye(2), "best"), ValueError, "key: expected a function or one of lexicographic"),
        (lambda: sy.order_by(np.eye(2), "bias"), ValueError, "biases: expected the biases"),
        (lambda: sy.order_by(np.eye(2), "bias", biases=[1.0]), ValueError, "biases: expected one number for each"),
        (lambda: sy.order_by(np.eye(2), lambda w: w), ValueError, "key: expected one number for each neuron"),
        (lambda: sy.lexicographic_order([1.0, 2.0]), ValueError, "weights: expected a matrix"),
        (lambda: sy.maximin_order([[np.inf]]), ValueError, "weights: expected finite numbers"),
        (lambda: sy.sort_neurons(np.eye(2)), TypeError, "mlp: expected an MLP, got ndarray"),
    ],
)
def test_bad_input_is_refused_in_words(call, error, words):
    with pytest.raises(error, match=words):
        call()
