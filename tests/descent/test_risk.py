"""Risk: exact population values against sampling, the rate 1/sqrt(n), and the bias of a fitted model."""

import numpy as np
import pytest

from lossland.descent.risk import (
    EmpiricalMeasure,
    GaussianMeasure,
    empirical_risk,
    fit_least_squares,
    least_squares_risks,
    population_risk,
    sum_of_neurons,
)
from lossland.networks.losses import quadratic


def neurons(weights, activation="relu"):
    return lambda points: sum_of_neurons(weights, points, activation)


@pytest.mark.parametrize("activation", ["relu", "erf", "linear", "tanh"])
def test_population_risk_is_the_mean_over_many_samples(activation):
    rng = np.random.default_rng(0)
    student, teacher = rng.standard_normal((5, 4)), rng.standard_normal((3, 4))
    measure = GaussianMeasure(4).sample(200_000, rng=rng)
    found = empirical_risk(quadratic.value, neurons(teacher, activation), neurons(student, activation), measure)
    exact = population_risk(student, teacher, activation)
    assert abs(found.value - exact) < 4.5 * found.standard_error
    assert found.standard_error < 0.01 * exact


def test_risk_is_zero_for_the_same_neurons_in_any_order():
    weights = np.random.default_rng(1).standard_normal((4, 3))
    assert population_risk(weights[::-1], weights) == pytest.approx(0, abs=1e-12)
    assert population_risk(np.zeros((2, 3)), np.zeros((1, 3))) == 0


def test_linear_risk_is_half_the_squared_distance():
    student, teacher = np.array([[1.0, 2.0], [0.0, 1.0]]), np.array([[3.0, 3.0]])
    assert population_risk(student, teacher, "linear") == pytest.approx(2.0)


def test_standard_error_of_a_batch_of_sample_sets_is_their_scatter():
    rng = np.random.default_rng(2)
    teacher, student = np.eye(3), np.ones((1, 3))
    measure = GaussianMeasure(3).sample(400, n_draws=600, rng=rng)
    found = empirical_risk(quadratic.value, neurons(teacher), neurons(student), measure)
    assert found.value.shape == found.standard_error.shape == (600,)
    assert found.value.std(ddof=1) == pytest.approx(found.standard_error.mean(), rel=0.12)


def test_least_squares_risks_are_those_of_fitted_models():
    fits = fit_least_squares(20, 6, 0.5, n_draws=4000, rng=np.random.default_rng(3))
    for found, exact in zip(fits, least_squares_risks(20, 6, 0.5), strict=True):
        assert abs(found.mean() - exact) < 4.5 * found.std(ddof=1) / 4000**0.5


def test_least_squares_population_risk_is_infinite_without_spare_samples():
    training, population = least_squares_risks([5, 6, 7], 5, 1.0)
    assert training[0] == 0
    assert np.isinf(population[:2]).all()
    assert population[2] == pytest.approx(0.5 * (1 + 5))


@pytest.mark.parametrize(("call", "sentence"), [
    (lambda: EmpiricalMeasure([1.0, 2.0]), r"points: expected at least two points, \(..., n, d\), got shape \(2,\)"),
    (lambda: EmpiricalMeasure(np.ones((3, 2))).expectation(lambda x: x), r"function: expected one value for each"),
    (lambda: population_risk(np.ones((2, 3)), np.ones((2, 4))), r"student: expected weights \(n, 4\) like the"),
    (lambda: population_risk(np.ones(3), np.ones((2, 3))), r"student: expected weights \(neurons, dimension\)"),
    (lambda: least_squares_risks(4, 5, 1.0), r"n_samples: expected >= 5, got 4"),
    (lambda: GaussianMeasure(0), r"dimension: expected an integer >= 1, got 0"),
])  # fmt: skip
def test_bad_input_is_told(call, sentence):
    with pytest.raises(ValueError, match=sentence):
        call()
