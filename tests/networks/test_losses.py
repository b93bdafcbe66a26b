"""Pointwise losses: slopes by difference quotients, known values, the edges of [0, 1], arrays in kind."""

import math

import numpy as np
import pytest
import torch

from lossland.networks.losses import LOSSES, cross_entropy, logistic, quadratic, sigmoid
from lossland.numerics import central_difference

CASES = [(y, p) for y in (0.0, 0.3, 1.0) for p in (0.05, 0.3, 0.5, 0.9)]


@pytest.mark.parametrize("name", LOSSES)
@pytest.mark.parametrize(("y", "prediction"), CASES)
def test_derivative_is_the_slope_in_the_prediction(name, y, prediction):
    loss = LOSSES[name]
    y, prediction = np.array(y), np.array(prediction)
    slope = central_difference(lambda p: loss.value(y, np.asarray(p)), prediction)
    assert float(loss.derivative(y, prediction)) == pytest.approx(float(slope), rel=1e-6, abs=1e-8)


def test_known_values():
    assert quadratic.value(np.array(1.0), np.array(4.0)) == 4.5
    assert cross_entropy.value(np.array(1.0), np.array(0.5)) == pytest.approx(math.log(2))
    assert logistic.value(np.array(0.0), np.array(0.0)) == pytest.approx(math.log(2))
    assert logistic.derivative(np.array(1.0), np.array(0.0)) == -0.5


@pytest.mark.parametrize("name", LOSSES)
def test_losses_are_convex_in_the_prediction(name):
    loss, rng = LOSSES[name], np.random.default_rng(1)
    y, a, b = rng.uniform(0.01, 0.99, (3, 500))
    middle = loss.value(y, (a + b) / 2)
    assert np.all(middle <= (loss.value(y, a) + loss.value(y, b)) / 2 + 1e-12)


def test_cross_entropy_is_least_where_the_prediction_is_the_target():
    grid = np.linspace(0.001, 0.999, 999)
    for y in (0.2, 0.5, 0.7):
        assert grid[np.argmin(cross_entropy.value(np.full_like(grid, y), grid))] == pytest.approx(y)


def test_cross_entropy_at_the_edges_is_exact_and_silent():
    y, p = np.array([0.0, 1.0, 0.0, 1.0, 0.5]), np.array([0.0, 1.0, 1.0, 0.0, 1.0])
    np.testing.assert_array_equal(cross_entropy.value(y, p), [0.0, 0.0, np.inf, np.inf, np.inf])
    np.testing.assert_array_equal(cross_entropy.derivative(y, p), [1.0, -1.0, np.inf, -np.inf, np.inf])


def test_logistic_is_the_cross_entropy_of_the_sigmoid_and_survives_huge_scores():
    z, y = np.linspace(-9, 9, 37), np.linspace(0, 1, 37)
    np.testing.assert_allclose(logistic.value(y, z), cross_entropy.value(y, sigmoid(z)), rtol=1e-10)
    huge = np.array([-1e4, 1e4])
    np.testing.assert_array_equal(logistic.value(np.array([1.0, 1.0]), huge), [1e4, 0.0])
    np.testing.assert_array_equal(sigmoid(huge), [0.0, 1.0])


@pytest.mark.parametrize("name", LOSSES)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_tensors_in_tensors_out(name, dtype):
    y = torch.tensor([0.0, 1.0, 0.25], dtype=dtype)
    p = torch.tensor([0.3, 0.6, 0.9], dtype=dtype, requires_grad=True)
    value, slope = LOSSES[name].value(y, p), LOSSES[name].derivative(y, p)
    assert value.dtype == slope.dtype == dtype
    (by_autograd,) = torch.autograd.grad(value.sum(), p)
    torch.testing.assert_close(slope, by_autograd)
    np.testing.assert_allclose(value.detach().numpy(), LOSSES[name].value(y.numpy(), p.detach().numpy()), rtol=1e-5)


def test_float32_stays_float32():
    p = np.array([0.25], dtype=np.float32)
    for loss in LOSSES.values():
        assert loss.value(np.float32(1.0), p).dtype == np.float32
        assert loss.derivative(1.0, p).dtype == np.float32


@pytest.mark.parametrize(("y", "p", "sentence"), [
    (0.5, 1.5, r"prediction: expected numbers in \[0, 1\], got 1.5; scores belong to `logistic`"),
    (-1.0, 0.5, r"y: expected numbers in \[0, 1\], got -1"),
    (0.5, np.nan, r"prediction: expected numbers in \[0, 1\], got nan"),
])  # fmt: skip
def test_what_is_no_probability_is_refused(y, p, sentence):
    for function in (cross_entropy.value, cross_entropy.derivative):
        with pytest.raises(ValueError, match=sentence):
            function(np.array([y]), np.array([p]))


def test_labels_of_plus_and_minus_one_are_refused():
    with pytest.raises(ValueError, match=r"y: expected numbers in \[0, 1\], got -1"):
        logistic.value(np.array([1.0, -1.0]), np.array([0.0, 2.0]))
