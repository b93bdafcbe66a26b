"""Tracking and stopping: planted orders, counts by hand, clouds of known law; and the cost of sorting."""

import math

import numpy as np
import pytest
import torch

from lossland import symmetry as sy
from lossland.networks import MLP, forward, sample_mlp, to_vector

CYCLES = [[2, 0, 1, 3, 4, 5], [0, 1, 3, 4, 2]]
X = torch.randn(9, 4, dtype=torch.float64, generator=torch.Generator().manual_seed(5))


def draw(seed=0, widths=(4, 6, 5, 3), **options):
    return sample_mlp(widths, 1.0, 0.5, generator=torch.Generator().manual_seed(seed), **options)


def moved(mlp, size):
    """The same network with all weights a little larger: no sorted order changes."""
    return MLP(tuple(w * (1 + size) for w in mlp.weights), mlp.biases)


@pytest.mark.parametrize("method", ["matching", "maximin", "lexicographic", "bias"])
def test_a_planted_order_is_undone_and_the_distance_is_the_true_one(method):
    mlp = draw()
    run = [sy.permute_neurons(moved(mlp, size), CYCLES) for size in (0.0, 0.01, 0.02)]
    track = sy.track_retraining(mlp, run, method=method)
    expected = [[(size / (2 + size)) ** 2] * 3 for size in (0.0, 0.01, 0.02)]
    np.testing.assert_allclose(track.distances, expected, atol=1e-15)
    truth = [np.argsort(cycle) for cycle in CYCLES]
    assert sy.placed_shares(track, truth).tolist() == [[1, 1]] * 3
    assert not np.array_equal(truth[0], CYCLES[0])  # the inverse and not the cycle itself
    assert sy.placed_shares(track, CYCLES)[0].tolist() == [3 / 6, 2 / 5]
    for k, network in enumerate(run):
        aligned = MLP(*(tuple(part[k] for part in parts) for parts in track.aligned))
        torch.testing.assert_close(forward(aligned, X, "tanh"), forward(network, X, "tanh"))


def test_without_alignment_neurons_are_compared_as_they_stand():
    mlp = draw()
    copy = sy.permute_neurons(mlp, CYCLES)
    track = sy.track_retraining(mlp, [mlp, copy], method="none")
    np.testing.assert_allclose(track.distances, [[0, 0, 0], sy.layer_distances(mlp, copy)])
    assert track.distances[1].min() > 0.1
    assert track.permutations[0].tolist() == [list(range(6))] * 2


def test_a_batch_is_as_good_as_a_list_and_networks_without_hidden_layer_pass():
    mlp, run = draw(), draw(1, n_draws=3)
    listed = [MLP(*(tuple(part[k] for part in parts) for parts in run)) for k in range(3)]
    for method in ("matching", "norm"):
        first, second = (sy.track_retraining(mlp, given, method=method) for given in (run, listed))
        np.testing.assert_array_equal(first.distances, second.distances)
    flat = draw(0, (4, 3))
    assert sy.track_retraining(flat, [flat]).distances.tolist() == [[0]]


def test_stopping_counts_the_checks_in_a_row():
    inside = np.array([0, 1, 1, 0, 1, 1, 1, 0], dtype=bool)
    path = np.where(inside, 0.5, 3.0)[:, None]
    steps = [int(sy.stopping_step(path, [0.0], radius=1.0, patience=p).step) for p in range(1, 10)]
    assert steps == [1, 2, 6, -1, -1, -1, -1, -1, -1]
    assert sy.stopping_step(path, [0.0], radius=2.0).distance.tolist() == (path[:, 0] / 2).tolist()
    both = sy.stopping_step(np.stack([path, path[::-1]]), [0.0], radius=1.0, patience=3)
    assert both.step.tolist() == [6, 3]


def test_the_ellipsoid_holds_its_share_of_a_gaussian_cloud():
    rng = np.random.default_rng(0)
    root = rng.standard_normal((6, 6)) * np.geomspace(1, 0.01, 6)
    covariance = root @ root.T
    cloud = 2 + rng.standard_normal((20_000, 6)) @ root.T
    for level in (0.5, 0.95):
        inside = sy.stopping_step(cloud, np.full(6, 2.0), covariance=covariance, level=level).distance <= 1
        assert inside.mean() == pytest.approx(level, abs=4 * math.sqrt(level * (1 - level) / 20_000))
    diagonal = sy.stopping_step(cloud, np.full(6, 2.0), covariance=np.diag(covariance))
    full = sy.stopping_step(cloud, np.full(6, 2.0), covariance=np.diag(np.diag(covariance)))
    np.testing.assert_allclose(diagonal.distance, full.distance)


def test_cost_grows_with_the_parameters_and_methods_differ_in_their_keys():
    widths = (30, 20, 10, 5)
    maximin, plain, matched = (sy.reordering_cost(widths, method=m) for m in ("maximin", "lexicographic", "matching"))
    assert maximin.keys == 2 * (30 * 20 + 20 * 10)
    assert plain.keys == 0
    assert maximin.moves == plain.moves == (30 * 20 + 20 * 10 + 20) + (20 * 10 + 10 * 5 + 10)
    assert matched.keys == 20**2 * (30 + 10) + 10**2 * (20 + 5)
    assert plain.sorting == pytest.approx(20 * math.log2(20) + 10 * math.log2(10))
    assert plain.total == plain.sorting + plain.moves
    assert maximin.n_parameters == to_vector(draw(0, widths)).numel()


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: sy.track_retraining(draw(), []), ValueError, "checkpoints: expected networks, got none"),
        (lambda: sy.track_retraining(draw(), [1]), TypeError, "checkpoints: expected networks, got one of int"),
        (lambda: sy.track_retraining(1, [draw()]), TypeError, "reference: expected an MLP, got int"),
        (lambda: sy.track_retraining(draw(), draw()), ValueError, "checkpoints: expected one leading dimension"),
        (lambda: sy.track_retraining(draw(), [draw(), draw(0, (4, 3))]), ValueError, "got several shapes"),
        (lambda: sy.track_retraining(draw(), [draw()], method="luck"), ValueError, "key: expected a function"),
        (lambda: sy.placed_shares(sy.track_retraining(draw(), [draw()]), [[0]]), ValueError, "truth: expected one"),
        (lambda: sy.stopping_step(np.ones((3, 2)), [0.0], radius=1.0), ValueError, r"iterates: expected \(..., T, D\)"),
        (lambda: sy.stopping_step(np.ones((3, 2)), [0.0, 0.0]), ValueError, "expected exactly one of the two"),
        (lambda: sy.stopping_step(np.ones((3, 2)), [0, 0], radius=0.0), ValueError, "radius: expected a positive"),
        (lambda: sy.stopping_step(np.ones((3, 2)), [0, 0], covariance=[1, 0]), ValueError, "expected positive"),
        (lambda: sy.stopping_step(np.ones((3, 2)), [0, 0], covariance=np.ones((2, 2))), ValueError, "definite"),
        (lambda: sy.stopping_step(np.ones((3, 2)), [0, 0], covariance=np.ones(3)), ValueError, "a symmetric matrix"),
        (lambda: sy.cloud_radius(4, 1.0), ValueError, "level: expected a number between 0 and 1, got 1"),
        (lambda: sy.reordering_cost((3, 2)), ValueError, "widths: expected at least 3 layer widths"),
        (lambda: sy.reordering_cost((3, 2, 1), method="bias"), ValueError, "method: expected one of maximin"),
    ],
)
def test_bad_input_is_refused_in_words(call, error, words):
    with pytest.raises(error, match=words):
        call()
