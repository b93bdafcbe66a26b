"""Wrong-answer bank of chapter 10, and independent proofs that the right answers are right."""

import math

import numpy as np
import pytest
import torch
from scipy import integrate, stats

from lossland import signal_propagation as sp
from lossland.exercises.signals_through_depth import (
    STEEP,
    check_correlation_at_one,
    check_is_stable,
    check_rate_function,
    check_relative_variance,
    check_relu_correlation_map,
    check_relu_length_map,
    check_tanh_q_star,
    check_zero_is_fixed,
)

CHECKERS = [
    check_correlation_at_one,
    check_is_stable,
    check_rate_function,
    check_relative_variance,
    check_relu_correlation_map,
    check_relu_length_map,
    check_tanh_q_star,
    check_zero_is_fixed,
]
every_checker = pytest.mark.parametrize("check", CHECKERS, ids=lambda check: check.__name__)






@every_checker
def test_a_constant_is_wrong_but_gets_a_sentence(check):
    verdict = check(lambda *args: 7.0)
    assert verdict.status == "incorrect"
    assert verdict.message.endswith(".")


# The slides' exercises, each decided by a road of its own


@pytest.mark.ledger("yarotsky-ex-14-relu-length-map")
def test_relu_length_map_equals_the_integral():
    reference = check_relu_length_map.checker.reference
    for q, weight_std, bias_std in [(2.0, 1.5**0.5, 0.1**0.5), (0.3, 2.0, 0.0), (5.0, 0.7, 1.3)]:
        second_moment, _ = integrate.quad(lambda z, q=q: z**2 * stats.norm.pdf(z, scale=q**0.5), 0, np.inf)
        expected = weight_std**2 * second_moment + bias_std**2
        assert reference(q, weight_std, bias_std) == pytest.approx(expected, rel=1e-9)
    assert reference(2.0, 1.5**0.5, 0.1**0.5) == pytest.approx(1.6)
    for w2, fixed in [(1.5, 0.4), (1.9, 2.0)]:
        assert reference(fixed, w2**0.5, 0.1**0.5) == pytest.approx(fixed)  # alpha_h^2 / (1 - alpha_w^2 / 2)
    q = 1.0
    for _ in range(2000):
        q = reference(q, 2**0.5, 0.1**0.5)
    assert q == pytest.approx(201.0)


def test_relu_length_map_accepts_a_quadrature_and_a_tensor():
    def by_quadrature(q, weight_std, bias_std):
        return weight_std**2 * integrate.quad(
            lambda s: q * s**2 * stats.norm.pdf(s), 0, 12, epsabs=1e-12)[0] + bias_std**2  # fmt: skip

    assert check_relu_length_map(by_quadrature).is_correct
    assert check_relu_length_map(lambda q, w, b: torch.tensor(w**2 * q / 2 + b**2)).is_correct


def test_an_unknown_wrong_answer_is_shown_the_simplest_failing_case():
    verdict = check_relu_length_map(lambda q, w, b: w**2 * q / 3 + b**2)
    assert verdict.mistake is None
    assert "q = 2, weight_std = 1, bias_std = 0" in verdict.message


@pytest.mark.ledger("yarotsky-ex-15-fixed-points")
def test_fixed_points_truth_table_stability_and_tanh():
    zero = check_zero_is_fixed.checker.reference
    assert [zero(np.tanh, 0.0), zero(np.tanh, 0.1), zero(np.cos, 0.0)] == [True, False, False]
    stable = check_is_stable.checker.reference
    q = sp.q_star(1.5, 0.05**0.5, "tanh").value
    assert stable(q, 1.5, 0.05**0.5, "tanh")
    assert sp.chi1(q, 1.5, "tanh") > 1  # chi_1 would have said unstable
    values = [point.value for point in sp.length_fixed_points(1.5**0.5, 0.0, STEEP)]
    assert [stable(value, 1.5**0.5, 0.0, STEEP) for value in values] == [True, False, True]
    q_star = check_tanh_q_star.checker.reference
    table = {(0.5, 0): 0, (0.81, 0): 0, (1.01, 0): 0.005021, (1.21, 0): 0.11275, (2.25, 0): 0.793354, (4, 0): 2.121474,
             (0.5, 0.01): 0.019294, (1, 0.05): 0.193593, (2.25, 0.05): 0.889425}  # fmt: skip
    for (w2, h2), expected in table.items():
        assert q_star(w2**0.5, h2**0.5) == pytest.approx(expected, rel=1e-4, abs=1e-9)


def test_tanh_fixed_point_by_plain_iteration_is_accepted():
    s = np.linspace(-8, 8, 801)
    density = stats.norm.pdf(s) * (s[1] - s[0])

    def plain(weight_std, bias_std):
        if weight_std <= 1 and bias_std == 0:
            return 0
        q = 1.0
        for _ in range(3000):
            q = weight_std**2 * (density @ np.tanh(np.sqrt(q) * s) ** 2) + bias_std**2
        return q

    assert check_tanh_q_star(plain).is_correct


@pytest.mark.ledger("yarotsky-ex-16-c1-fixed")
def test_one_is_fixed_exactly_at_the_fixed_point_of_the_length():
    reference = check_correlation_at_one.checker.reference
    for name in ("tanh", "erf", "sigmoid", "softplus"):
        q = sp.q_star(1.2, 0.3, name).value
        assert reference(q, 1.2, 0.3, name) == pytest.approx(1.0, abs=1e-11)
        assert abs(reference(1.3 * q, 1.2, 0.3, name) - 1.0) > 1e-2
        assert reference(1.3 * q, 1.2, 0.3, name) == pytest.approx(sp.correlation_map(1.0, 1.3 * q, 1.2, 0.3, name))


@pytest.mark.ledger("yarotsky-ex-18-relu-correlation-map")
def test_relu_correlation_map_equals_the_double_integral():
    reference = check_relu_correlation_map.checker.reference
    known = {0.0: 1 / math.pi, 0.5: 0.608998, -0.7: 0.050090, 0.9: 0.909538, 1.0: 1.0}
    for c, expected in known.items():
        assert reference(c, 1.0, 2**0.5, 0.0) == pytest.approx(expected, abs=1e-6)
    for c, q, weight_std, bias_std in [(0.3, 2.0, 1.2, 0.4), (-0.8, 0.5, 0.9, 0.1)]:

        def wedge(angle, c=c):  # the mean over the radius, E r^2 = 2, is done
            other = c * math.cos(angle) + math.sqrt(1 - c**2) * math.sin(angle)
            return max(math.cos(angle), 0) * max(other, 0) / math.pi

        kernel, _ = integrate.quad(wedge, -math.pi, math.pi, points=[-math.pi / 2, math.pi / 2], limit=200)
        expected = weight_std**2 * kernel + bias_std**2 / q
        assert reference(c, q, weight_std, bias_std) == pytest.approx(expected, rel=1e-6)
    slope = (reference(1.0, 1.0, 1.1, 0.0) - reference(1 - 1e-8, 1.0, 1.1, 0.0)) / 1e-8
    assert slope == pytest.approx(1.1**2 / 2, rel=1e-3)


# The book's own exercises


def test_rate_function_is_the_limit_of_the_chi_squared_tail():
    reference = check_rate_function.checker.reference
    n = 5000
    for x, variance in [(1.5, 1.0), (3.0, 2.0)]:
        assert -stats.chi2.logsf(n * x / variance, n) / n == pytest.approx(reference(x, variance), rel=0.03)
    assert -stats.chi2.logcdf(n * 0.5, n) / n == pytest.approx(reference(0.5, 1.0), rel=0.03)
    assert reference(2.0, 2.0) == 0


def test_relative_variance_agrees_with_networks_made_of_real_weights():
    rng = np.random.default_rng(10)
    n_draws, width, n_layers = 40_000, 12, 3
    z = rng.standard_normal((n_draws, width))  # layer 1 of an input with 2 |x|^2 / d = 1
    for _ in range(n_layers - 1):
        weights = rng.standard_normal((n_draws, width, width)) * np.sqrt(2 / width)
        z = np.einsum("nij,nj->ni", weights, np.maximum(z, 0))
    lengths = np.mean(z**2, axis=1)
    second = lengths**2
    expected = check_relative_variance.checker.reference(n_layers, width) + 1
    half_moment = {p: integrate.quad(lambda s, p=p: s**p * stats.norm.pdf(s), 0, np.inf)[0] for p in (2, 4)}
    per_layer = (half_moment[4] - half_moment[2] ** 2) / half_moment[2] ** 2 / width  # of the mean of relu(s)^2
    assert expected == pytest.approx((1 + 2 / width) * (1 + per_layer) ** (n_layers - 1))
    assert abs(lengths.mean() - 1) < 4 * lengths.std() / np.sqrt(n_draws)
    assert abs(second.mean() - expected) < 4 * second.std() / np.sqrt(n_draws)
