import math
from itertools import pairwise

import numpy as np
import pytest
from scipy import integrate

from lossland.numerics import ConvergenceWarning, gauss_hermite_expectation, gaussian_expectation


def quad_expectation(function, variance, points=(0.0,)):
    """Adaptive quadrature of scipy, panel by panel: the oracle."""

    def integrand(s):
        return function(math.sqrt(variance) * s) * math.exp(-0.5 * s * s) / math.sqrt(2 * math.pi)

    ends = sorted({-12.0, 12.0, *(p for p in points if abs(p) < 12)})
    return sum(
        integrate.quad(integrand, a, b, epsabs=1e-14, epsrel=1e-13, limit=500)[0]
        for a, b in pairwise(ends)
    )


@pytest.mark.parametrize("variance", [1e-6, 0.3, 1.0, 6.367, 50.0, 400.0])
def test_smooth_functions_agree_with_adaptive_quadrature(variance):
    cases = [
        (lambda u: np.tanh(u) ** 2, lambda u: math.tanh(u) ** 2),
        (lambda u: (1 - np.tanh(u) ** 2) ** 2, lambda u: math.cosh(min(abs(u), 170)) ** -4),
    ]
    for function, scalar in cases:
        result = gaussian_expectation(function, variance)
        expected = quad_expectation(scalar, variance)
        assert result.converged
        assert result.value == pytest.approx(expected, rel=2e-12)
        assert abs(result.value - expected) <= result.error + 1e-13 * abs(expected) + 1e-15


@pytest.mark.parametrize("power", [0, 1, 2, 3, 4, 6])
def test_monomials_are_exact(power):
    moment = 0 if power % 2 else math.prod(range(1, power, 2)) * 2.5 ** (power / 2)
    assert gaussian_expectation(lambda u: u**power, 2.5).value == pytest.approx(moment, rel=1e-13, abs=1e-14)


def test_kinks_need_breakpoints_and_are_exact_with_them():
    exact = 3.0 * 0.5
    result = gaussian_expectation(lambda u: np.maximum(u, 0) ** 2, 3.0, breakpoints=(0.0,))
    assert result.value == pytest.approx(exact, rel=1e-13)
    with pytest.warns(ConvergenceWarning, match="name its kinks in breakpoints"):
        blind = gaussian_expectation(lambda u: (u > 0.1) * 1.0, 3.0, max_nodes=2049)
    assert not blind.converged
    assert abs(blind.value - 0.5 * math.erfc(0.1 / math.sqrt(6))) > 1e-6


def test_vectorized_over_variances_equals_one_by_one():
    variances = np.array([[0.0, 0.5, 2.0], [10.0, 100.0, 1e-9]])
    batch = gaussian_expectation(np.cos, variances)
    assert batch.value.shape == variances.shape
    assert batch.value == pytest.approx(np.exp(-variances / 2), rel=1e-12, abs=1e-15)
    single = [gaussian_expectation(np.cos, v).value for v in variances.ravel()]
    assert single == pytest.approx(batch.value.ravel(), rel=4e-16)


@pytest.mark.parametrize("n_nodes", [1, 2, 5, 20])
def test_gauss_hermite_is_exact_to_degree_2n_minus_1_and_not_beyond(n_nodes):
    rng = np.random.default_rng(n_nodes)
    coefficients = rng.standard_normal(2 * n_nodes)
    polynomial = np.polynomial.Polynomial(coefficients)
    moments = [0.0 if k % 2 else math.prod(range(1, k, 2)) for k in range(2 * n_nodes)]
    assert gauss_hermite_expectation(polynomial, 1.0, n_nodes) == pytest.approx(coefficients @ moments, rel=1e-9)
    beyond = gauss_hermite_expectation(lambda s: s ** (2 * n_nodes), 1.0, n_nodes)
    assert beyond != pytest.approx(math.prod(range(1, 2 * n_nodes, 2)), rel=1e-6)


def test_a_fixed_order_is_not_enough_where_ours_is():
    """120 Gauss-Hermite nodes are 0.15 % off for tanh'^2 at q = 6.4, without any sign of it."""
    slope_squared = lambda u: np.cosh(u) ** -4.0  # noqa: E731
    exact = quad_expectation(lambda u: math.cosh(u) ** -4, 6.367052)
    fixed = gauss_hermite_expectation(slope_squared, 6.367052, 120)
    assert 1e-3 < abs(fixed / exact - 1) < 2e-3
    assert gaussian_expectation(slope_squared, 6.367052).value == pytest.approx(exact, rel=1e-12)


def test_bad_arguments_are_named():
    with pytest.raises(TypeError, match="function: expected a function of an array, got int"):
        gaussian_expectation(3, 1.0)
    with pytest.raises(ValueError, match="variance: expected >= 0, got -1"):
        gaussian_expectation(np.cos, -1.0)
    with pytest.raises(ValueError, match="n_nodes"):
        gauss_hermite_expectation(np.cos, 1.0, 0)
