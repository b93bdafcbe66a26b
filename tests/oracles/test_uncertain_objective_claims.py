"""Chapter 12: what its statements mean exactly, where the tests of the package alone leave room."""

import numpy as np
import pytest
import torch

from lossland import networks, sgd
from lossland.connectivity import network_accuracy, network_loss


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def pixel_and_neighbors(i, j):
    """A pixel of the digits, to be guessed from its four neighbors and a constant: a real regression."""
    data = networks.load_digits(dtype=torch.float64, generator=generator(12))
    pictures = torch.cat([data.train_inputs, data.test_inputs]).numpy().reshape(-1, 8, 8)
    around = [(i - 1, j), (i + 1, j), (i, j - 1), (i, j + 1)]
    return np.stack([*(pictures[:, k, m] for k, m in around), np.ones(len(pictures))], axis=1), pictures[:, i, j]


@pytest.mark.ledger("glukhov-claim-eq4-hessian-noise")
def test_a_shift_can_make_any_noise_and_equal_shifts_not_that_of_real_data():
    x, y = pixel_and_neighbors(4, 3)
    bowl = sgd.regression_quadratic(x, y)
    noise = sgd.gradient_noise_covariance(sgd.per_sample_gradients(x, y, bowl.optimum))
    inverse = np.linalg.inv(bowl.hessian)
    np.testing.assert_allclose(sgd.shift_noise_covariance(bowl.hessian, inverse @ noise @ inverse), noise, rtol=1e-9)
    equal = sgd.shift_noise_covariance(bowl.hessian, np.eye(5))
    assert sgd.noise_exponent(bowl.hessian, equal) == pytest.approx(2)
    measured = []
    for i in range(2, 6):
        for j in range(2, 6):
            x, y = pixel_and_neighbors(i, j)
            bowl = sgd.regression_quadratic(x, y)
            gradients = sgd.per_sample_gradients(x, y, bowl.optimum)
            measured.append(sgd.noise_exponent(bowl.hessian, sgd.gradient_noise_covariance(gradients)))
    assert np.mean(measured) == pytest.approx(1, abs=0.1)
    assert np.max(measured) < 1.4  # far from the 2 of equal shifts, for each of the pixels
    rng = np.random.default_rng(0)
    picks = rng.integers(len(y), size=(1500, 200))
    optima = sgd.quadratic_of_each(sgd.batch_objectives(x, y, picks)).optimum
    spread = np.linalg.inv(bowl.hessian) @ sgd.gradient_noise_covariance(gradients) @ np.linalg.inv(bowl.hessian) / 200
    np.testing.assert_allclose(np.var(optima, axis=0), np.diag(spread), rtol=0.2)  # wide along flat directions


@pytest.mark.ledger("glukhov-issue-2-exploration")
def test_greed_does_well_for_a_few_changes_and_sinks_with_many():
    chances, few, many = [0.0, 0.02, 0.4], {}, {}
    for swaps, found in ((3, few), (30, many)):
        settings = {"period": 300, "n_runs": 60, "generator": generator()}
        rewards = sgd.switching_bandit(chances, 300 * swaps, **settings)
        found["mean"] = rewards.mean(1).tolist()
        found["error"] = (rewards.std(1) / 60**0.5).tolist()
    assert few["mean"][0] > 0.88
    assert abs(few["mean"][0] - few["mean"][1]) < 0.05  # so little is seen of the need to explore at first
    assert many["mean"][1] > 0.8 > 0.7 > many["mean"][0]
    assert many["mean"][1] - many["mean"][0] > 10 * max(many["error"])
    assert few["mean"][1] - few["mean"][2] > 10 * max(few["error"])  # and exploring costs


@pytest.mark.ledger("glukhov-claim-abstract-2")
def test_the_optimum_is_reached_by_decaying_steps_at_rest_and_by_none_in_motion():
    harmonic, constant = sgd.harmonic_steps(2.0, 30_000), np.full(30_000, 0.05)
    at_rest = {name: sgd.mean_square_error(0.5, 1.0, rates, start=3.0)[[300, 3000, 30_000]]
               for name, rates in (("harmonic", harmonic), ("constant", constant))}  # fmt: skip
    np.testing.assert_allclose(at_rest["harmonic"], [4 / 300, 4 / 3000, 4 / 30_000])
    np.testing.assert_allclose(at_rest["constant"], float(sgd.stationary_variance(0.5, 1.0, 0.05)), rtol=0.01)
    rates = np.geomspace(1e-3, 3.9, 400)
    floor = sgd.tracking_error(0.5, 1.0, rates, drift_variance=0.05**2).min()
    assert floor == pytest.approx(0.05 * 1.0 / 0.5, rel=0.03)  # q s / lambda, whatever the step
    error = 9.0
    for rate in harmonic:
        error = (1 - rate / 2) ** 2 * error + rate**2 + 0.05**2
    assert error == pytest.approx(0.05**2 * 30_000 / 3, rel=0.01)


@pytest.mark.ledger("glukhov-claim-average-model")
def test_averages_work_within_a_valley_and_fail_between_starts():
    data = networks.load_digits(generator=generator(12))
    draws = generator(1)

    def constant_steps(nets, n_steps):
        settings = {"n_steps": 1, "learning_rate": 0.3, "momentum": 0.0, "batch_size": 8, "generator": draws}
        for _ in range(n_steps):
            nets = networks.train_batch(nets, data, "tanh", **settings).mlp
        return nets

    def loss(vectors):
        return network_loss(networks.from_vector(vectors, base), data.train_inputs, data.train_labels, "tanh")

    start = networks.sample_mlp((64, 32, 10), 2**0.5, 0.0, n_draws=4, dtype=torch.float32, generator=draws)
    base = networks.train_batch(start, data, "tanh", n_steps=300, learning_rate=0.1, generator=draws).mlp
    now, along = constant_steps(base, 60), []
    for _ in range(8):
        now = constant_steps(now, 12)
        along.append(networks.to_vector(now))
    along = torch.stack(along)
    single = torch.stack([loss(vectors) for vectors in along]).mean(0)
    assert (loss(along.mean(0)) < 0.9 * single).all()  # along one run, for each of four runs
    copies = networks.from_vector(networks.to_vector(base).repeat_interleave(8, 0), base)
    leaving = networks.to_vector(constant_steps(copies, 60))
    parts = loss(leaving).reshape(4, 8).mean(1)
    assert (loss(leaving.reshape(4, 8, -1).mean(1)) < 0.9 * parts).all()  # runs that left one network
    ends = along[-1]
    between = loss((ends[::2] + ends[1::2]) / 2)
    assert (between > 4 * single.max()).all()


@pytest.mark.ledger("review-tradeoff-3")
def test_depth_costs_stability_at_a_long_step_with_relu_and_not_with_tanh():
    data, draws = networks.load_digits(generator=generator(12)), generator(12)
    count = len(data.train_labels)
    anew = torch.randint(10, (count,), generator=draws)
    noisy = data._replace(train_labels=torch.where(torch.rand(count, generator=draws) < 0.4, anew, data.train_labels))
    settings = {"n_steps": 300, "learning_rate": 0.3, "momentum": 0.0, "batch_size": 16, "generator": draws}

    def spread(labels, activation, weight_std, depth, **changes):
        widths = (64, *[32] * depth, 10)
        start = networks.sample_mlp(widths, weight_std, 0.0, n_draws=8, dtype=torch.float32, generator=draws)
        trained = networks.train_batch(start, labels, activation, **settings | changes).mlp
        return network_accuracy(trained, data.test_inputs, data.test_labels, activation).std().item()

    relu = {(name, depth): spread(labels, "relu", 2**0.5, depth)
            for name, labels in (("clean", data), ("noisy", noisy)) for depth in (1, 6)}  # fmt: skip
    assert relu["clean", 6] > 5 * relu["clean", 1]
    assert relu["noisy", 6] > 3 * relu["noisy", 1]
    assert relu["noisy", 1] > 1.3 * relu["clean", 1]  # noise adds to the spread ...
    assert relu["noisy", 6] < 3 * relu["clean", 6]  # ... and is not what depth multiplies
    shorter = {"learning_rate": 0.1, "n_steps": 900}
    assert spread(noisy, "relu", 2**0.5, 6, **shorter) < relu["noisy", 6] / 3  # it was the step
    tanh = [spread(noisy, "tanh", 1.0, depth) for depth in (1, 6)]
    assert tanh[1] < 2.5 * tanh[0]
    assert tanh[1] < relu["noisy", 6] / 3
