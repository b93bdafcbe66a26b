"""Point clouds and volumes: closed forms against samples, quadrature, direct counts, and exact factorials."""

import math
import re
from fractions import Fraction

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import norm

from lossland import symmetry as sy


@pytest.mark.parametrize(("w", "dimension"), [(1, 3), (5, 2), (20, 7), (100, 75)])
def test_spacing_is_the_root_of_an_exact_factorial(w, dimension):
    exact = math.exp(-math.log(math.factorial(w)) / (w * dimension))
    assert float(sy.cell_spacing(w, dimension)) == pytest.approx(exact, rel=1e-12)


@pytest.mark.parametrize(("spacing", "dimension"), [(0.5, 2), (0.5, 10), (0.9, 75), (0.5, 75)])
def test_points_for_a_spacing_have_it(spacing, dimension):
    w = sy.points_for_spacing(spacing, dimension)
    assert float(sy.cell_spacing(w, dimension)) == pytest.approx(spacing, rel=1e-9)
    if spacing == 0.5:  # the estimate of the chapter, better and better
        assert w == pytest.approx(math.e * 2**dimension, rel=1.0 if dimension == 2 else 0.02)


@pytest.mark.parametrize(("dimension", "sigma"), [(1, 0.2), (3, 0.3), (8, 0.7)])
def test_law_of_normal_points_is_an_integral_over_distances(dimension, sigma):
    """r / sqrt 2 of two standard normal points is a chi variable of D degrees of freedom."""

    def integrand(x):
        density = 2 ** (1 - dimension / 2) / math.gamma(dimension / 2) * x ** (dimension - 1) * math.exp(-x * x / 2)
        return norm.sf(x / sigma) * density

    assert sy.swap_share(2, dimension, sigma) == pytest.approx(quad(integrand, 0, 40)[0], rel=1e-7)


@pytest.mark.parametrize(("dimension", "sigma"), [(1, 0.002), (2, 0.003), (3, 0.01)])
def test_law_of_points_in_a_cube_is_that_of_drawn_pairs(dimension, sigma):
    rng = np.random.default_rng(dimension)
    first, second = rng.uniform(size=(2, 400_000, dimension))
    chance = norm.sf(np.linalg.norm(first - second, axis=1) / (2**0.5 * sigma))
    error = chance.std() / len(chance) ** 0.5
    law = sy.swap_share(2, dimension, sigma, law="uniform")
    assert abs(chance.mean() - law) < 4 * error + 0.02 * law


@pytest.mark.parametrize(("w", "dimension", "sigma"), [(40, 3, 0.1), (200, 2, 0.008), (60, 6, 0.35), (100, 20, 1.0)])
def test_small_shares_are_predicted(w, dimension, sigma):
    shares = sy.measure_misassigned(w, dimension, sigma, n_draws=150, rng=np.random.default_rng(7))
    law = sy.swap_share(w, dimension, sigma)
    assert 0.002 < law < 0.3
    assert abs(shares.mean() - law) < 4 * shares.std() / 150**0.5 + 0.35 * law**2 + 0.1 * law


def test_law_of_given_points_averages_to_the_law_of_the_cloud():
    rng = np.random.default_rng(8)
    clouds = rng.normal(size=(400, 30, 3))
    values = sy.swap_share_of(clouds, 0.1)
    assert abs(values.mean() - sy.swap_share(30, 3, 0.1)) < 4 * values.std() / 400**0.5


def test_width_counts_to_the_first_power_and_noise_to_the_power_of_the_dimension():
    for law in ("normal", "uniform"):
        assert sy.swap_share(401, 6, 1e-3, law=law) == pytest.approx(4 * sy.swap_share(101, 6, 1e-3, law=law))
        ratio = sy.swap_share(50, 6, 2e-4, law=law) / sy.swap_share(50, 6, 1e-4, law=law)
        assert ratio == pytest.approx(2**6, rel=1e-5)
    assert sy.swap_share(50, 3, 0.0) == 0.0


def test_volume_is_counted_directly_for_a_small_network():
    widths, values = (2, 3, 2, 1), np.linspace(0.5, 1.5, 20)
    found = sy.total_volume(widths, values, noise_variance=0.3, learning_rate=0.2)
    assert (found.n_neurons, found.n_parameters, sy.count_parameters(widths)) == (5, 20, 20)
    assert math.exp(found.log_copies) == pytest.approx(3 * 2 * 2)
    variances = 0.2 * 0.3 / (values * (2 - 0.2 * values))
    entropy = sum(norm(scale=v**0.5).entropy() for v in variances)
    assert found.log_cloud == pytest.approx(entropy)
    assert found.log_total == pytest.approx(entropy + math.log(12))


def test_volume_scales_as_it_must():
    """Four times the step makes a cloud 2^P times as large; the printed exponent does not know it."""
    options = {"noise_variance": 1.0}
    small, large = (sy.total_volume((3, 4, 1), 1.0, learning_rate=rate, **options) for rate in (1e-6, 4e-6))
    assert large.log_cloud - small.log_cloud == pytest.approx(small.n_parameters * math.log(2), rel=1e-5)
    assert large.printed == small.printed


@pytest.mark.parametrize("w", [10, 100])
def test_copies_per_parameter_from_whole_numbers(w):
    widths = [w] * 4
    copies = math.factorial(w) ** 2
    n_parameters = 3 * (w * w + w)
    log = math.log(copies) if w == 10 else 2 * math.log(math.factorial(w))
    assert sy.copies_per_parameter(widths) == pytest.approx(float(Fraction(1, n_parameters)) * log)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: sy.cell_spacing(0, 2), "n_points: expected >= 1"),
        (lambda: sy.points_for_spacing(1.5, 2), "spacing: expected in [1e-300, 1]"),
        (lambda: sy.points_for_spacing(0.1, 1000), "a number of points that float64 holds"),
        (lambda: sy.swap_share(5, 2, 0.1, law="cauchy"), "law: expected one of normal, uniform, got 'cauchy'"),
        (lambda: sy.swap_share(1, 2, 0.1), "n_points: expected an integer >= 2"),
        (lambda: sy.total_volume((2, 3, 1), [1.0] * 5, noise_variance=1, learning_rate=0.1), "one for each of 13"),
        (lambda: sy.total_volume((2, 3, 1), 0.0, noise_variance=1, learning_rate=0.1), "outside there is no equilib"),
        (lambda: sy.total_volume((2, 3, 1), 25.0, noise_variance=1, learning_rate=0.1), "in (0, 2 / learning_rate)"),
        (lambda: sy.total_volume((2, 1), 1.0, noise_variance=1, learning_rate=0.1), "widths: expected at least 3"),
    ],
)
def test_bad_input_is_named(call, words):
    with pytest.raises(ValueError, match=re.escape(words)):
        call()
