"""Every moment by two roads: closed form or fast rule against scipy's adaptive quadrature and Monte Carlo."""

from itertools import pairwise

import numpy as np
import pytest
from scipy import integrate, stats

from lossland.numerics import (
    ACTIVATIONS,
    Activation,
    covariance,
    decorrelation,
    gaussian_pair_expectation,
    second_moment,
    second_moment_slope,
    slope_covariance,
    slope_second_moment,
)

NAMES = sorted(ACTIVATIONS)
PAIRS = [(0.3, 0.9, 0.9), (-0.7, 1.5, 0.2), (0.995, 2.0, 2.0), (0.0, 4.0, 0.5)]


def numerical(name):
    """The same activation without closed forms: what a reader's own function would get."""
    activation = ACTIVATIONS[name]
    return Activation(name, activation.value, activation.derivative, activation.second_derivative, activation.kinks)


def dblquad_covariance(function, kinks, c, q1, q2):
    """Panels of scipy's adaptive quadrature, inner one split where the second argument crosses a kink."""
    sine = np.sqrt(1 - c * c)

    def inner(s1):
        cuts = sorted({-10.0, 10.0, *(np.clip((k / np.sqrt(q2) - c * s1) / sine, -10, 10) for k in kinks)})
        integrand = lambda s2: function(np.array(np.sqrt(q2) * (c * s1 + sine * s2))) * stats.norm.pdf(s2)  # noqa: E731
        return sum(integrate.quad(integrand, a, b, epsabs=1e-11)[0] for a, b in pairwise(cuts))

    cuts = sorted({-10.0, 10.0, *(np.clip(k / np.sqrt(q1), -10, 10) for k in kinks)})
    outer = lambda s1: function(np.array(np.sqrt(q1) * s1)) * stats.norm.pdf(s1) * inner(s1)  # noqa: E731
    return sum(integrate.quad(outer, a, b, epsabs=1e-9)[0] for a, b in pairwise(cuts))


@pytest.mark.parametrize("name", NAMES)
def test_closed_forms_and_series_agree_with_direct_quadrature(name):
    activation = ACTIVATIONS[name]
    for c, q1, q2 in PAIRS:
        direct = gaussian_pair_expectation(activation.value, c, q1, q2, breakpoints=activation.kinks)
        assert covariance(name, c, q1, q2) == pytest.approx(direct.value, rel=1e-10, abs=1e-12)
        assert covariance(numerical(name), c, q1, q2) == pytest.approx(direct.value, rel=1e-10, abs=1e-12)
        direct = gaussian_pair_expectation(activation.derivative, c, q1, q2, breakpoints=activation.kinks)
        assert slope_covariance(name, c, q1, q2) == pytest.approx(direct.value, rel=1e-10, abs=1e-12)


@pytest.mark.parametrize("name", ["tanh", "gelu", "relu", "hard_tanh"])
def test_covariance_agrees_with_scipy(name):
    activation = ACTIVATIONS[name]
    c, q1, q2 = 0.6, 1.7, 0.8
    expected = dblquad_covariance(activation.value, activation.kinks, c, q1, q2)
    assert covariance(name, c, q1, q2) == pytest.approx(expected, abs=2e-8)


@pytest.mark.parametrize("name", NAMES)
def test_covariance_agrees_with_monte_carlo(name):
    rng = np.random.default_rng(11)
    c, q1, q2 = 0.4, 1.2, 0.7
    s = rng.standard_normal((2, 400_000))
    u1, u2 = np.sqrt(q1) * s[0], np.sqrt(q2) * (c * s[0] + np.sqrt(1 - c * c) * s[1])
    products = ACTIVATIONS[name](u1) * ACTIVATIONS[name](u2)
    assert abs(covariance(name, c, q1, q2) - products.mean()) < 4.5 * products.std() / np.sqrt(products.size)


@pytest.mark.parametrize("name", NAMES)
def test_special_correlations(name):
    q = np.array([0.3, 2.0, 7.0])
    assert covariance(name, 1.0, q, q) == pytest.approx(second_moment(name, q), rel=1e-12)
    assert slope_covariance(name, 1.0, q, q) == pytest.approx(slope_second_moment(name, q), rel=1e-12)
    activation = ACTIVATIONS[name]
    mirrored = gaussian_pair_expectation(activation.value, -1.0, q, q, breakpoints=activation.kinks).value
    assert covariance(name, -1.0, q, q) == pytest.approx(mirrored, rel=1e-10, abs=1e-12)


@pytest.mark.parametrize("name", NAMES)
def test_slope_of_the_second_moment_is_its_derivative(name):
    """Slope test: the Taylor error of E sigma^2 in q is of second order."""
    q, steps = 1.3, np.logspace(-3, -1.5, 8)
    values = second_moment(name, q + steps)
    errors = np.abs(values - second_moment(name, q) - steps * second_moment_slope(name, q))
    if name in ("relu", "leaky_relu", "linear"):
        assert errors.max() < 1e-14  # linear in q
    else:
        assert np.polyfit(np.log(steps), np.log(errors), 1)[0] == pytest.approx(2.0, abs=0.06)


@pytest.mark.parametrize("name", NAMES)
def test_slope_covariance_is_the_derivative_of_the_covariance(name):
    """Price's theorem: d/dc E s(u1)s(u2) = sqrt(q1 q2) E s'(u1)s'(u2)."""
    c, q1, q2, h = 0.35, 1.1, 0.6, 1e-5
    difference = (covariance(name, c + h, q1, q2) - covariance(name, c - h, q1, q2)) / (2 * h)
    assert difference == pytest.approx(np.sqrt(q1 * q2) * slope_covariance(name, c, q1, q2), rel=1e-6)


@pytest.mark.parametrize("name", NAMES)
def test_decorrelation_keeps_its_digits(name):
    q = 1.3
    d = np.array([0.05, 0.3, 1.0, 1.7, 2.0])
    plain = second_moment(name, q) - covariance(name, 1 - d, q, q)
    assert decorrelation(name, d, q) == pytest.approx(plain, rel=1e-9)
    if ACTIVATIONS[name].moments or not ACTIVATIONS[name].kinks:
        tiny = decorrelation(name, 1e-13, q) / 1e-13
        assert tiny == pytest.approx(q * slope_second_moment(name, q), rel=1e-5)


def test_long_series_fall_back_to_direct_quadrature():
    q = 300.0
    expected = gaussian_pair_expectation(np.tanh, 0.9, q, q, rtol=1e-9, max_level=7).value
    assert covariance("tanh", 0.9, q, q, rtol=1e-9) == pytest.approx(expected, rel=1e-8)


def test_mehler_bound_is_a_bound():
    from lossland.numerics import MehlerSeries

    q = np.array([5.0])
    c = np.linspace(-1, 1, 41)
    exact = MehlerSeries(np.tanh, q, q, 512)(c)
    for n_terms in (16, 32, 64):
        series = MehlerSeries(np.tanh, q, q, n_terms)
        error = np.abs(series(c) - exact)
        assert np.all(error <= series.error(c) + 1e-14)
        assert error[[0, -1]] == pytest.approx(0, abs=1e-13)
    assert np.max(np.abs(MehlerSeries(np.tanh, q, q, 16)(c) - exact)) > 1e-6  # the short one does err inside


def test_zero_variance_and_bad_arguments():
    assert second_moment("sigmoid", 0.0) == pytest.approx(0.25)
    assert second_moment_slope("tanh", 0.0) == pytest.approx(1.0)
    assert second_moment_slope("hard_tanh", 0.0) == 1.0
    with pytest.raises(ValueError, match=r"c: expected in \[-1, 1\], got 1.1"):
        covariance("tanh", 1.1, 1.0, 1.0)
    with pytest.raises(ValueError, match="activation: expected one of erf, gelu"):
        second_moment("tahn", 1.0)
    with pytest.raises(TypeError, match="activation: expected a name or an Activation"):
        second_moment(np.tanh, 1.0)
    with pytest.raises(ValueError, match="q: expected positive variances for 'bent', got 0"):
        second_moment_slope(Activation("bent", np.abs, np.sign, kinks=(0.0,)), 0.0)
