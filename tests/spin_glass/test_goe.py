"""Densities of eigenvalues of the Gaussian orthogonal ensemble: closed forms, sums, symmetry, samples."""

import math

import numpy as np
import pytest
from scipy.integrate import dblquad
from scipy.special import erfc

from lossland.spin_glass.goe import goe_log_density, goe_log_normalization, sample_goe_eigenvalues
from lossland.spin_glass.goe_index import goe_index_distribution, goe_log_density_of_index
from lossland.spin_glass.orthogonal_functions import orthonormal_functions
from lossland.spin_glass.pfaffian import log_pfaffian


def pfaffian_by_expansion(matrix):
    if not len(matrix):
        return 1.0
    rest = [np.delete(np.delete(matrix, [0, j], 0), [0, j], 1) for j in range(1, len(matrix))]
    return sum((-1) ** j * matrix[0, j + 1] * pfaffian_by_expansion(r) for j, r in enumerate(rest))


@pytest.mark.parametrize("size", [0, 2, 4, 6])
@pytest.mark.parametrize("kind", [float, complex])
def test_pfaffian_is_the_signed_sum_over_pairings(size, kind):
    rng = np.random.default_rng(size)
    stack = rng.normal(size=(3, size, size)) + (1j * rng.normal(size=(3, size, size)) if kind is complex else 0)
    stack = stack - np.swapaxes(stack, 1, 2)
    phase, log_abs = log_pfaffian(stack)
    np.testing.assert_allclose(phase * np.exp(log_abs), [pfaffian_by_expansion(m) for m in stack], rtol=1e-12)


def test_pfaffian_of_a_singular_matrix_is_zero_and_odd_sizes_are_refused():
    phase, log_abs = log_pfaffian(np.zeros((4, 4)))
    assert float(phase) == 0
    assert log_abs == -np.inf
    with pytest.raises(ValueError, match="even size"):
        log_pfaffian(np.zeros((3, 3)))


def test_functions_stay_orthonormal_where_the_weight_underflows():
    points = np.linspace(-50, 50, 6000)
    table, log_norms = orthonormal_functions(points, -(points**2) / 2 + 0.5 * math.log(points[1] - points[0]), 1001)
    assert np.abs(table.T @ table - np.eye(1001)).max() < 1e-12
    hermite = 0.5 * (math.lgamma(1001) + 0.5 * math.log(math.pi) - 1000 * math.log(2))
    assert log_norms[1000] == pytest.approx(hermite, rel=1e-13)


@pytest.mark.parametrize("size", [1, 2, 3, 10, 51, 200])
def test_density_integrates_to_the_number_of_eigenvalues(size):
    x = np.linspace(-math.sqrt(2 * size) - 9, math.sqrt(2 * size) + 9, 20_001)
    density = np.exp(goe_log_density(x, size))
    assert np.trapezoid(density, x) == pytest.approx(size, rel=1e-12)
    assert np.trapezoid(density * x**2, x) == pytest.approx(size * (size + 1) / 2, rel=1e-10)  # mean of tr M^2


def test_density_far_outside_does_not_underflow():
    assert -400 < goe_log_density(-60.0, 1000) < -390


def test_two_by_two_in_closed_form():
    x = np.linspace(-4, 4, 9)
    above = np.exp(-(x**2) / 2) - x * math.sqrt(math.pi / 2) * erfc(x / math.sqrt(2))
    smallest = 2 * np.exp(-(x**2) / 2) * above / math.exp(goe_log_normalization(2))
    np.testing.assert_allclose(np.exp(goe_log_density_of_index(x, 2, 0)), smallest, rtol=1e-12)
    np.testing.assert_allclose(np.exp(goe_log_density_of_index(-x, 2, 1)), smallest, rtol=1e-12)


def test_three_by_three_by_brute_integration():
    x = 0.3

    def joint(y, z):
        return abs((x - y) * (x - z) * (y - z)) * math.exp(-(x * x + y * y + z * z) / 2)

    middle = dblquad(joint, -8, x, x, 8)[0] * 2 * 3 / math.exp(goe_log_normalization(3))
    assert math.exp(goe_log_density_of_index(x, 3, 1)) == pytest.approx(middle, rel=1e-7)


@pytest.mark.parametrize("size", [5, 12])
def test_indices_sum_to_the_density_of_all(size):
    for x in (-math.sqrt(2 * size), -1.3, 0.4):
        total = sum(math.exp(goe_log_density_of_index(x, size, k)) for k in range(size))
        assert total == pytest.approx(math.exp(goe_log_density(x, size)), rel=1e-12)


@pytest.mark.parametrize("size", [50, 101, 200])
def test_each_index_has_its_share(size):
    for shift in (0.0, 0.6, 1.5):
        x = shift - math.sqrt(2 * size)
        shares = goe_index_distribution(x, size)
        for k in np.flatnonzero(shares > 1e-3):
            expected = math.log(shares[k]) + goe_log_density(x, size)
            assert goe_log_density_of_index(x, size, int(k)) == pytest.approx(expected, abs=1e-10)


def test_improbable_indices_are_still_numbers():
    value = goe_log_density_of_index(2.0, 20, 0)  # all nineteen others are above 2
    above = goe_log_density_of_index(1.9, 20, 0)
    assert -300 < value < above < -200
    assert -120 < goe_log_density_of_index(-11.0, 50, 5) < -80  # five more outside of the spectrum


@pytest.mark.parametrize("index", [0, 2])
def test_mean_and_deviation_of_sampled_eigenvalues(index):
    size, n_draws = 12, 4000
    sample = sample_goe_eigenvalues(size, n_draws, rng=np.random.default_rng(5), smallest=3)[:, index]
    x = np.linspace(-9, 2, 111)
    density = np.exp(goe_log_density_of_index(x, size, index))
    mean = np.sum(density * x) / np.sum(density)
    std = math.sqrt(np.sum(density * (x - mean) ** 2) / np.sum(density))
    assert abs(sample.mean() - mean) < 4 * std / math.sqrt(n_draws)
    assert sample.std() == pytest.approx(std, rel=0.05)


def test_samples_have_the_variances_they_should():
    sample = sample_goe_eigenvalues(4, 20_000, rng=np.random.default_rng(6))
    squares = (sample**2).sum(axis=1)
    assert abs(squares.mean() - 10) < 4 * squares.std() / math.sqrt(20_000)


def test_index_out_of_range_is_refused():
    with pytest.raises(ValueError, match=r"index: expected an integer in \[0, 4\], got 5"):
        goe_log_density_of_index(0.0, 5, 5)
