"""Mini-batches of a real regression: sums over all batches written out, and runs."""

import itertools

import numpy as np
import pytest
import torch

from lossland import sgd


def data(n_samples=40, n=3, seed=0, noise=0.5, heteroscedastic=False):
    rng = np.random.default_rng(seed)
    inputs = rng.standard_normal((n_samples, n)) * np.geomspace(1, 0.3, n)
    residuals = noise * rng.standard_normal(n_samples)
    if heteroscedastic:
        residuals = residuals * np.abs(inputs[:, 0])
    return inputs, inputs @ np.arange(1.0, n + 1) + residuals


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def test_the_quadratic_is_the_loss():
    x, y = data()
    bowl = sgd.regression_quadratic(x, y)
    point = np.array([0.3, -1.0, 2.0])
    assert float(bowl.value(point)) == pytest.approx(np.mean((x @ point - y) ** 2) / 2)
    np.testing.assert_allclose(bowl.gradient(point), sgd.per_sample_gradients(x, y, point).mean(0), atol=1e-12)
    np.testing.assert_allclose(bowl.gradient(bowl.optimum), 0, atol=1e-12)


def test_batches_are_the_loss_plus_exact_noise():
    x, y = data()
    batches = np.array([[0, 1, 2], [5, 5, 7]])
    noisy = sgd.batch_objectives(x, y, batches)
    points = np.random.default_rng(1).standard_normal((6, 1, 3))
    for k, batch in enumerate(batches):
        values = np.mean((points[:, 0] @ x[batch].T - y[batch]) ** 2, axis=1) / 2
        np.testing.assert_allclose(noisy.value(points)[:, k], values)
        gradients = (points[:, 0] @ x[batch].T - y[batch]) @ x[batch] / 3
        np.testing.assert_allclose(noisy.gradient(points)[:, k], gradients)
    each = sgd.quadratic_of_each(sgd.batch_objectives(x, y, np.arange(40).reshape(4, 10)))
    alone = np.linalg.lstsq(x[:10], y[:10], rcond=None)[0]
    np.testing.assert_allclose(each.optimum[0], alone)


@pytest.mark.parametrize("replace", [True, False])
@pytest.mark.parametrize("size", [1, 2, 3])
def test_the_noise_covariance_is_that_over_all_batches(size, replace):
    x, y = data(5, 2)
    gradients = sgd.per_sample_gradients(x, y, [0.1, 0.2])
    choices = itertools.product(range(5), repeat=size) if replace else itertools.combinations(range(5), size)
    means = np.array([gradients[list(batch)].mean(0) for batch in choices])
    expected = np.cov(means.T, bias=True)
    np.testing.assert_allclose(sgd.gradient_noise_covariance(gradients, size, replace=replace), expected, atol=1e-12)


@pytest.mark.parametrize("size", [1, 2])
def test_the_exact_covariance_reproduces_itself_over_all_batches(size):
    x, y = data(6, 2)
    rate, bowl = 0.3, sgd.regression_quadratic(*data(6, 2))
    sigma = sgd.regression_covariance(x, y, rate, size)
    again, batches = np.zeros((2, 2)), list(itertools.product(range(6), repeat=size))
    for batch in batches:
        chosen = x[list(batch)]
        step = np.eye(2) - rate * chosen.T @ chosen / size
        slope = chosen.T @ (chosen @ bowl.optimum - y[list(batch)]) / size
        again += (step @ sigma @ step + rate**2 * np.outer(slope, slope)) / len(batches)
    np.testing.assert_allclose(again, sigma, rtol=1e-10)
    additive = sgd.stationary_covariance(
        bowl.hessian, sgd.gradient_noise_covariance(sgd.per_sample_gradients(x, y, bowl.optimum), size), rate
    )
    assert np.trace(sigma) > np.trace(additive)  # noise of the curvature makes more noise


@pytest.mark.parametrize("sampling", ["replacement", "subsets", "epochs"])
def test_runs_have_their_law(sampling):
    x, y = data(30, 2)
    bowl, rate, size = sgd.regression_quadratic(x, y), 0.2, 5
    starts = torch.tensor(bowl.optimum).expand(6000, 2).clone()
    run = sgd.regression_descent(
        torch.tensor(x), torch.tensor(y), starts, rate, 150, batch_size=size, sampling=sampling, generator=generator()
    )
    sample = run.end.numpy() - bowl.optimum
    found, expected = np.cov(sample.T), sgd.regression_covariance(x, y, rate, size)
    error = np.sqrt((np.outer(np.diag(expected), np.diag(expected)) + expected**2) / 6000)
    if sampling == "replacement":
        assert np.all(np.abs(found - expected) < 6 * error)
        assert np.all(np.abs(sample.mean(0)) < 5 * np.sqrt(np.diag(expected) / 6000))
    else:
        assert np.trace(found) < np.trace(expected) * (0.95 if sampling == "subsets" else 0.5)


def test_runs_in_blocks_keep_their_places():
    x, y = data(2**11, 2)
    starts = torch.arange(5000, dtype=torch.float64)[:, None].expand(5000, 2).clone()
    run = sgd.regression_descent(
        torch.tensor(x), torch.tensor(y), starts, 1e-9, 2, sampling="subsets", record_every=1, generator=generator()
    )
    assert torch.allclose(run.end, starts, rtol=1e-6)
    assert torch.allclose(run.records, starts.expand(3, -1, -1), rtol=1e-6)
    assert torch.equal(run.records[-1], run.end)


def test_an_epoch_sees_every_sample_once():
    x, y = torch.eye(4, dtype=torch.float64), torch.zeros(4, dtype=torch.float64)
    starts = torch.ones(3, 4, dtype=torch.float64)
    run = sgd.regression_descent(x, y, starts, 0.5, 2, batch_size=2, sampling="epochs", generator=generator())
    np.testing.assert_allclose(run.end, 0.75)  # each coordinate met once, with step 0.5 / 2


def test_runs_without_noise_and_records():
    x, y = data(20, 2, noise=0.0)
    starts = torch.zeros(1, 2, dtype=torch.float64)
    run = sgd.regression_descent(
        torch.tensor(x), torch.tensor(y), starts, 0.5, 9, batch_size=20, sampling="subsets", record_every=3,
        generator=generator(),
    )  # fmt: skip
    h = x.T @ x / 20
    path = sgd.autoregression(h, np.zeros((9, 2)), 0.5, start=np.zeros(2), optimum=[1.0, 2.0])
    np.testing.assert_allclose(run.records[:, 0], path[::3], atol=1e-12)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: sgd.regression_quadratic([[1.0, 1.0]], [1.0]), sgd.FlatDirectionError, "drop the parameters"),
        (lambda: sgd.regression_quadratic([[1.0]], [1.0, 2.0]), ValueError, "targets: expected shape"),
        (lambda: sgd.regression_covariance([[1.0], [0.1]], [0.0, 1.0], 2.5, 1), sgd.UnstableStepError, "mean square"),
        (lambda: sgd.regression_covariance(np.ones((3, 65)), np.ones(3), 0.1, 1), ValueError, "at most 64"),
        (lambda: sgd.batch_objectives(np.eye(2), np.ones(2), [[2]]), ValueError, "batches: expected indices"),
        (lambda: sgd.batch_factor(5, 4), ValueError, "batch_size: expected an integer"),
        (lambda: sgd.gradient_noise_covariance([1.0]), ValueError, "gradients: expected shape"),
        (lambda: sgd.per_sample_gradients(np.eye(2), np.ones(2), [1.0]), ValueError, "parameters: expected shape"),
        (
            lambda: sgd.regression_descent(
                torch.eye(2), torch.ones(2), torch.ones(1, 2), 0.1, 1, sampling="none", generator=generator()
            ),
            ValueError,
            "sampling: expected one of",
        ),
        (
            lambda: sgd.regression_descent(
                torch.eye(2), torch.ones(3), torch.ones(1, 2), 0.1, 1, generator=generator()
            ),
            ValueError,
            "inputs: expected inputs",
        ),
    ],
)
def test_bad_input_is_refused_by_name(call, error, message):
    with pytest.raises(error, match=message):
        call()
