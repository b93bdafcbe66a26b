"""Losses along a path and the barrier: known values, convexity, permuted copies, chunks."""

import numpy as np
import pytest
import torch

from lossland.connectivity import (
    linear_path,
    loss_barrier,
    mean_and_error,
    network_loss,
    path_losses,
)
from lossland.networks import load_digits, sample_mlp, train_batch
from lossland.symmetry import match_neurons, permute_neurons


def test_barrier_is_the_excess_over_the_chord():
    t = np.linspace(0, 1, 101)
    losses = np.stack([4 * t * (1 - t) + 3 * t, 1 - t, (t - 0.5) ** 2], axis=1)
    np.testing.assert_allclose(loss_barrier(losses), [1, 0, 0], atol=1e-12)
    assert loss_barrier(losses[:, 0]) == pytest.approx(1)
    assert torch.allclose(loss_barrier(torch.as_tensor(losses)), torch.tensor([1.0, 0, 0], dtype=torch.float64))


@pytest.mark.parametrize("seed", range(3))
def test_a_convex_loss_has_no_barrier_on_a_segment(seed):
    """Logistic regression: convex in its weights, so that no pair of points shows a barrier."""
    rng = np.random.default_rng(seed)
    x, y = rng.normal(size=(30, 4)), rng.integers(2, size=30)
    a, b = 3 * rng.normal(size=(2, 50, 4))

    def loss(w):
        scores = w @ x.T
        return np.mean(np.logaddexp(0, scores) - y * scores, axis=-1)

    losses = path_losses(lambda t: linear_path(a, b, t), loss, 31)
    assert losses.shape == (31, 50)
    assert np.all(np.abs(loss_barrier(losses)) < 1e-12)
    assert np.all(losses[15] < (losses[0] + losses[-1]) / 2)
    assert np.all(loss_barrier(-losses) > 0)


@pytest.fixture(scope="module")
def trained():
    g = torch.Generator().manual_seed(0)
    data = load_digits(dtype=torch.float64, generator=g)
    start = sample_mlp((64, 20, 15, 10), 1.4, 0.1, n_draws=2, generator=g)
    return train_batch(start, data, "relu", n_steps=200, learning_rate=0.05, generator=g).mlp, data


def test_a_permuted_copy_has_a_barrier_that_matching_removes(trained):
    mlp, data = trained
    g = torch.Generator().manual_seed(1)
    shuffled = permute_neurons(mlp, [torch.randperm(20, generator=g), torch.randperm(15, generator=g)])

    def barrier(end):
        def loss(w):
            return network_loss(w, data.train_inputs, data.train_labels, "relu")

        return loss_barrier(path_losses(lambda t: linear_path(mlp, end, t), loss, 11))

    assert barrier(shuffled).min() > 0.1
    back = permute_neurons(shuffled, match_neurons(mlp, shuffled).permutations)
    assert all(torch.equal(p, q) for p, q in zip(back.weights, mlp.weights, strict=True))
    assert barrier(back).abs().max() < 1e-12


def test_losses_do_not_depend_on_how_many_times_are_taken_at_once(trained):
    mlp, data = trained
    one, two = (type(mlp)(*(tuple(p[i] for p in parts) for parts in mlp)) for i in (0, 1))

    def loss(w):
        return network_loss(w, data.train_inputs, data.train_labels, "relu")

    def path(t):
        return linear_path(one, two, t)

    whole = path_losses(path, loss, 21)
    assert torch.allclose(path_losses(path, loss, 21, batch_size=4), whole)
    assert torch.allclose(torch.stack([loss(path(t)) for t in np.linspace(0, 1, 21)]), whole)
    assert not whole.requires_grad
    scores = torch.nn.functional.cross_entropy
    by_torch = scores(torch.relu(torch.relu(data.train_inputs @ one.weights[0].T + one.biases[0]) @ one.weights[1].T
                                 + one.biases[1]) @ one.weights[2].T + one.biases[2], data.train_labels)  # fmt: skip
    assert whole[0] == pytest.approx(float(by_torch))


def test_mean_and_standard_error():
    values = np.random.default_rng(0).normal(size=(50, 3))
    found = mean_and_error(values)
    np.testing.assert_allclose(found.mean, values.mean(axis=0))
    np.testing.assert_allclose(found.standard_error, values.std(axis=0, ddof=1) / np.sqrt(50))
    assert found.n == 50
    other = mean_and_error(torch.as_tensor(values.T), axis=1)
    np.testing.assert_allclose(other.standard_error, found.standard_error)


def test_a_loss_that_is_not_finite_gives_no_barrier():
    assert np.isnan(loss_barrier(np.array([0.0, np.inf, 0.0])))
    assert np.isnan(loss_barrier(np.array([[0.0, 0], [np.nan, 1], [0, 0]]))).tolist() == [True, False]


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [(lambda: path_losses(lambda t: t, lambda w: 1.0), TypeError, r"loss: expected it to return an array"),
     (lambda: path_losses(lambda t: t, np.mean), ValueError, r"got the shape \(\); it must not average"),
     (lambda: path_losses(lambda t: t, lambda w: w[:1]), ValueError, r"leading dimension of 21 times, .*not average"),
     (lambda: path_losses(lambda t: t, lambda w: w, 1), ValueError, r"n_points: expected an integer >= 2"),
     (lambda: path_losses(lambda t: t, lambda w: w, batch_size=0), ValueError, r"batch_size"),
     (lambda: loss_barrier([1.0]), ValueError, r"losses: expected at least two times"),
     (lambda: mean_and_error([1.0]), ValueError, r"values: expected at least two pairs along axis 0"),
     (lambda: network_loss(sample_mlp((2, 3), 1.0, 0.0, generator=torch.Generator()), torch.ones(4, 2).double(),
                           torch.ones(3).long(), "relu"), ValueError, r"labels: expected one class for each")],
)  # fmt: skip
def test_errors_say_what_to_do(call, error, words):
    with pytest.raises(error, match=words):
        call()
