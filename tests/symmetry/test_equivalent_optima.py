"""Copies of a layer and crossings between them, against brute force over all permutations."""

import re
from itertools import permutations

import numpy as np
import pytest
import torch

from lossland import symmetry as sy
from lossland.networks import forward, sample_mlp, to_vector


def all_copies(reference):
    return {order: reference[list(order)] for order in permutations(range(len(reference)))}


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize("seed", range(6))
def test_nearest_copy_is_the_best_of_all_permutations(seed):
    rng = np.random.default_rng(seed)
    reference, points = rng.normal(size=(2, 6, 3))
    found = sy.nearest_copy(points, reference)
    distances = {order: np.linalg.norm(points - copy) for order, copy in all_copies(reference).items()}
    best = min(distances, key=distances.get)
    assert tuple(found.permutation) == best
    assert found.distance == pytest.approx(distances[best])
    assert found.distance_unpermuted == pytest.approx(distances[tuple(range(6))])


@pytest.mark.parametrize("seed", range(6))
def test_nearest_other_copy_of_the_layer_itself_is_a_transposition(seed):
    rng = np.random.default_rng(100 + seed)
    points = rng.normal(size=(6, 3))
    points[4] = points[1] + 0.1 * rng.normal(size=3) * (seed % 2)  # twins in half of the cases
    distances = {order: np.linalg.norm(points - copy) for order, copy in all_copies(points).items()}
    del distances[tuple(range(6))]
    best = min(distances, key=distances.get)
    found = sy.nearest_transposition(points)
    assert found.distance == pytest.approx(distances[best], abs=1e-12)
    i, j = found.pair
    swapped = list(range(6))
    swapped[i], swapped[j] = j, i
    assert tuple(swapped) == best


def test_a_three_cycle_is_found_and_not_its_inverse():
    reference = np.random.default_rng(1).normal(size=(5, 2))
    cycle = [1, 2, 0, 3, 4]
    found = sy.find_crossings(reference[cycle] + 1e-3, reference)
    assert found.permutations.tolist() == cycle
    assert (bool(found.crossed), float(found.moved_share)) == (True, 0.6)


def test_batches_are_what_single_layers_are():
    rng = np.random.default_rng(2)
    points, reference = rng.normal(size=(4, 3, 5, 2)), rng.normal(size=(3, 5, 2))
    found, distances = sy.nearest_copy(points, reference), sy.transposition_distances(reference)
    for t in range(4):
        for k in range(3):
            one = sy.nearest_copy(points[t, k], reference[k])
            assert found.permutation[t, k].tolist() == one.permutation.tolist()
    for k in range(3):
        naive = np.linalg.norm(reference[k][:, None] - reference[k], axis=-1) * 2**0.5
        np.testing.assert_allclose(distances[k][~np.eye(5, dtype=bool)], naive[~np.eye(5, dtype=bool)])
    assert np.all(np.isinf(distances[:, range(5), range(5)]))
    np.testing.assert_allclose(sy.nearest_transposition(reference).distance, distances.min(axis=(-1, -2)))


def test_twins_far_from_the_origin_keep_their_distance():
    points = 1e3 + np.array([[0.0, 0.0], [3e-6, 4e-6], [5.0, 5.0]])
    found = sy.nearest_transposition(points)
    assert found.distance == pytest.approx(2**0.5 * 5e-6, rel=1e-5)
    assert found.pair.tolist() == [0, 1]


def test_points_of_a_network_are_its_neurons():
    mlp = sample_mlp((3, 5, 2), 1.0, 0.3, n_draws=4, generator=generator())
    points = sy.neuron_points(mlp)
    assert points.shape == (4, 5, 6)
    order = [2, 0, 1, 4, 3]
    permuted = sy.permute_neurons(mlp, [order])
    np.testing.assert_array_equal(sy.neuron_points(permuted), points[:, order])
    distance = (to_vector(permuted) - to_vector(mlp)).norm(dim=-1)
    np.testing.assert_allclose(np.linalg.norm(points[:, order] - points, axis=(-2, -1)), distance)
    inputs = torch.randn(7, 3, dtype=torch.float64, generator=generator(1))
    torch.testing.assert_close(forward(permuted, inputs, "tanh"), forward(mlp, inputs, "tanh"))


def test_with_two_hidden_layers_exchanges_can_be_cheaper_together():
    """Why neuron_points refuses them: the nearest copy need not be one transposition."""
    weights = [np.diag([1.0, 1.0]), np.diag([3.0, 3.0]), np.diag([1.0, 1.0])]

    def copy(first, second):
        return [weights[0][first], weights[1][second][:, first], weights[2][:, second]]

    def distance(*orders):
        return np.sqrt(sum(np.sum((a - b) ** 2) for a, b in zip(weights, copy(*orders), strict=True)))

    one, other, both = distance([1, 0], [0, 1]), distance([0, 1], [1, 0]), distance([1, 0], [1, 0])
    assert both < 0.5 * min(one, other)
    with pytest.raises(ValueError, match=r"mlp: expected one hidden layer.*got 3"):
        sy.neuron_points(sample_mlp((2, 2, 2, 2), 1.0, 0.0, generator=generator()))


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: sy.transposition_distances([1.0, 2.0]), "points: expected points (..., w, D) with w >= 2"),
        (lambda: sy.transposition_distances([[1.0]]), "points: expected points (..., w, D) with w >= 2"),
        (lambda: sy.transposition_distances([[1.0], [np.nan]]), "points: expected finite numbers"),
        (lambda: sy.nearest_copy(np.ones((3, 2)), np.ones((4, 2))), "reference: expected as many neurons"),
        (lambda: sy.nearest_copy(np.ones((3, 2)), np.ones((3, 4))), "(3, 2), got (3, 4)"),
        (lambda: sy.expected_exchanges(np.ones((2, 3))), "margins: expected square matrices"),
        (lambda: sy.expected_exchanges(-np.ones((2, 2))), "margins: expected >= 0"),
    ],
)
def test_what_is_no_layer_is_refused(call, words):
    with pytest.raises(ValueError, match=re.escape(words)):
        call()
