"""What the slides claim about signals in random networks: one test per entry of the ledger, its conditions included.

Where the slides are corrected, the test also shows that the printed version fails.
"""

import numpy as np
import pytest
import torch
from scipy import integrate, stats

from lossland import signal_propagation as sp
from lossland.networks.mlp import preactivations, sample_mlp
from lossland.numerics import (
    Activation,
    as_activation,
    cramer_rate,
    hermite_coefficients,
    rademacher_log_tail,
    rademacher_rate,
)
from lossland.signal_propagation.error_propagation import backpropagated_errors

TANH = np.sqrt([2.25, 0.05])  # weight_std, bias_std of a chaotic tanh network
SIGMAS = 4.5  # a fair test of this size fails once in 150,000 seeds

STEEP = Activation(
    "steep",
    lambda z: 2 * np.sign(z) * np.abs(z) ** 3 / (1 + np.abs(z) ** 3),
    lambda z: 6 * z**2 / (1 + np.abs(z) ** 3) ** 2,
    kinks=(0.0,),
)


def generator(seed):
    return torch.Generator().manual_seed(seed)


def integral(function):
    """Average a function over a standard normal variable, by a road that the package does not take."""
    density = stats.norm.pdf
    return integrate.quad(lambda s: function(s) * density(s), -12, 12, limit=400, epsabs=1e-12)[0]


def tanh_slope(z):
    return 1 / np.cosh(z) ** 2


def tanh_curvature(z):
    return -2 * np.tanh(z) / np.cosh(z) ** 2


# -- large numbers


@pytest.mark.ledger("yarotsky-claim-18-lln")
@pytest.mark.parametrize("law", ["coin", "exponential", "heavy"])
def test_means_vanish_also_without_a_variance(law):
    rng = np.random.default_rng(0)
    draws = {
        "coin": lambda n: rng.choice([-1.0, 1.0], n),
        "exponential": lambda n: rng.exponential(size=n) - 1,
        "heavy": lambda n: rng.standard_t(1.5, n),  # infinite variance, zero mean
    }[law]
    mean = {n: np.median([abs(draws(n).mean()) for _ in range(20)]) for n in (100, 10_000, 1_000_000)}
    assert mean[10_000] < mean[100] / 3
    assert mean[1_000_000] < mean[10_000] / 3


@pytest.mark.ledger("yarotsky-claim-19-clt")
def test_sums_are_normal_exactly_if_the_variance_is_finite():
    rng = np.random.default_rng(1)

    def distance_to_normal(draws):
        return stats.kstest(draws.sum(axis=1) / np.sqrt(draws.shape[1]), "norm").statistic

    coins = [distance_to_normal(rng.choice([-1.0, 1.0], (20_000, n))) for n in (4, 400)]
    assert coins[1] < 0.03 < coins[0]
    heavy = [rng.standard_t(1.5, (4_000, n)).sum(axis=1) for n in (10, 1000)]
    spread = [stats.iqr(sums) for sums in heavy]
    exponent = np.log(spread[1] / spread[0]) / np.log(100)
    assert exponent == pytest.approx(1 / 1.5, abs=0.05)  # not 1/2: no normal limit at the scale sqrt(n)


@pytest.mark.ledger("yarotsky-claim-20-ldp")
def test_tails_agree_with_the_rate_on_the_exponential_scale_only():
    n, x = np.array([100, 1000, 10_000, 100_000]), 0.2
    log_tail = rademacher_log_tail(n, x)
    rate = rademacher_rate(x)
    assert np.all(np.diff(np.abs(-log_tail / n - rate)) < 0)
    assert -log_tail[-1] / n[-1] == pytest.approx(rate, rel=3e-3)
    ratio = np.exp(log_tail + n * rate)  # not 1: it decays like n^(-1/2)
    assert np.all(np.abs(ratio[2:] / ratio[1:-1] * np.sqrt(10) - 1) < 0.05)
    assert cramer_rate(lambda t: np.log(np.cosh(t)), x) == pytest.approx(rate, rel=1e-9)
    # without exponential moments the exponential rate is zero: one large term makes the whole sum large
    student = [-np.log(n_terms * stats.t.sf(x * n_terms, 3)) / n_terms for n_terms in (100, 10_000)]
    assert student[1] < student[0] / 20


# -- random network and length map


@pytest.mark.ledger("yarotsky-def-15-random-network")
def test_weights_and_biases_have_the_variances_of_the_definition():
    mlp = sample_mlp((50, 80, 30), 1.5, 0.4, n_draws=200, generator=generator(2))
    for fan_in, weight, bias in zip((50, 80), mlp.weights, mlp.biases, strict=True):
        for sample, variance in ((weight, 1.5**2 / fan_in), (bias, 0.4**2)):
            n = sample.numel()
            assert abs(sample.mean()) < SIGMAS * np.sqrt(variance / n)
            assert abs(sample.var() / variance - 1) < SIGMAS * np.sqrt(2 / n)
    x = torch.linspace(-1, 1, 50, dtype=torch.float64)
    first, second = preactivations(mlp, x, "tanh")
    expected = (mlp.weights[1] @ torch.tanh(first)[..., None])[..., 0] + mlp.biases[1]
    assert torch.allclose(second, expected)


@pytest.mark.ledger("yarotsky-formula-25-preactivation-variance")
def test_variance_is_exact_at_any_width_and_normality_needs_normal_biases():
    rng = np.random.default_rng(3)
    weight_var, bias_var, n = 2.0, 1.0, 200_000

    def unit(fan_in, bias):
        signs = rng.choice([-1.0, 1.0], (n, fan_in)) * np.sqrt(weight_var / fan_in)
        return signs.sum(axis=1) + bias  # all inputs are 1

    for fan_in in (1, 3, 64):
        z = unit(fan_in, rng.normal(size=n))
        assert z.var() == pytest.approx(weight_var + bias_var, abs=SIGMAS * np.sqrt(20 / n))
    error = SIGMAS * np.sqrt(24 / n)
    assert abs(stats.kurtosis(unit(64, rng.normal(size=n)))) < error + 0.02
    fair = unit(64, rng.choice([-1.0, 1.0], n) * np.sqrt(bias_var))
    assert stats.kurtosis(fair) == pytest.approx(-2 * bias_var**2 / (weight_var + bias_var) ** 2, abs=error + 0.02)
    dominated = rng.choice([-1.0, 1.0], n) * np.sqrt(weight_var) + 0.01 * unit(64, 0.0)
    assert stats.kurtosis(dominated) < -1.9  # one input outweighs all others


@pytest.mark.ledger("yarotsky-thm-11-length-map")
def test_length_map_predicts_wide_networks_and_the_printed_variance_does_not():
    weight_std, bias_std = TANH
    x = torch.ones(100, dtype=torch.float64) * 0.3
    q = sp.measure_lengths(x, [1000] * 4, weight_std, bias_std, "tanh", n_draws=30, generator=generator(4))
    q1 = weight_std**2 * 0.3**2 + bias_std**2  # no activation before the first layer
    theory = sp.length_trajectory(q1, 4, weight_std, bias_std, "tanh")
    assert np.all(np.abs(q.mean - theory) < SIGMAS * q.standard_error + 5 / 1000)
    own = weight_std**2 * integral(lambda s: np.tanh(np.sqrt(q1) * s) ** 2) + bias_std**2
    assert abs(q.mean[1] - own) < SIGMAS * q.standard_error[1]
    printed = weight_std**2 * integral(lambda s: np.tanh(q1 * s) ** 2) + 0.05  # variance q^2 instead of q
    assert abs(q.mean[1] - printed) > 10 * q.standard_error[1]
    relu = sp.measure_lengths(x, [100] * 20, np.sqrt(2), 0.0, "relu", n_draws=500, generator=generator(5)).samples
    scatter = relu.var(axis=0) / relu.mean(axis=0) ** 2
    assert scatter[-1] == pytest.approx(1.05**19 * 1.02 - 1, rel=0.5)  # of the order of depth over width


@pytest.mark.ledger("yarotsky-ex-14-relu-length-map")
def test_relu_length_map_and_its_fixed_point():
    q = np.linspace(0, 5, 7)
    np.testing.assert_allclose(sp.length_map(q, np.sqrt(1.5), np.sqrt(0.1), "relu"), 0.75 * q + 0.1, rtol=1e-14)
    assert sp.length_map(2.0, np.sqrt(1.5), np.sqrt(0.1), "relu") == pytest.approx(
        1.5 * integral(lambda s: max(np.sqrt(2) * s, 0) ** 2) + 0.1, rel=1e-9
    )
    for variance in (0.5, 1.5, 1.9):
        fixed = sp.q_star(np.sqrt(variance), np.sqrt(0.1), "relu")
        assert fixed.value == pytest.approx(0.1 / (1 - variance / 2), rel=1e-10)
        assert fixed.slope == pytest.approx(variance / 2)
    grown = sp.length_trajectory(1.0, 2001, np.sqrt(2), np.sqrt(0.1), "relu")[-1]
    assert grown == pytest.approx(201, rel=1e-9)  # beyond the condition lengths diverge


@pytest.mark.ledger("yarotsky-fig-07-fixed-points")
def test_a_length_map_with_three_fixed_points_and_why_tanh_has_no_such():
    found = sp.length_fixed_points(np.sqrt(1.5), 0.0, STEEP, q_max=6.0)
    assert [point.stable for point in found] == [True, False, True]
    assert [point.value for point in found] == pytest.approx([0, 0.2809518, 2.0357052], abs=1e-6)
    for point in found[1:]:
        own = 1.5 * integral(lambda s, q=point.value: STEEP.value(np.sqrt(q) * s) ** 2)
        assert own == pytest.approx(point.value, rel=1e-6)
    q = np.linspace(0.01, 6, 300)
    assert np.all(np.diff(sp.length_map(q, 1.5, 0.3, "tanh"), 2) < 0)  # concave: one positive fixed point at most


@pytest.mark.ledger("yarotsky-ex-15-fixed-points")
def test_when_zero_is_fixed_what_is_stable_and_when_tanh_signals_live():
    for name, bias_std, fixed in (
        ("tanh", 0.0, True), ("tanh", 0.1, False), ("sigmoid", 0.0, False), ("relu", 0.0, True),
    ):  # fmt: skip
        assert (sp.length_map(0.0, 1.2, bias_std, name) == 0) == fixed
    weight_std, bias_std = TANH
    point = sp.q_star(weight_std, bias_std, "tanh")
    assert sp.chi1(point.value, weight_std, "tanh") > 1 > point.slope > 0  # chi1 does not decide
    near = sp.length_trajectory(point.value * 1.01, 30, weight_std, bias_std, "tanh")
    assert abs(near[-1] - point.value) < 1e-9
    for weight_var, bias_var, alive in (
        (0.5, 0, False), (0.81, 0, False), (1.01, 0, True), (2.25, 0, True), (0.5, 0.01, True), (1, 0.05, True),
    ):  # fmt: skip
        value = sp.q_star(np.sqrt(weight_var), np.sqrt(bias_var), "tanh").value
        assert (value > 0) == alive
    dying = sp.length_trajectory(1.0, 5000, 1.0, 0.0, "tanh")[-1]
    assert dying * 5000 == pytest.approx(0.5, rel=5e-3)  # at the border: like 1/(2k)


# -- two signals


@pytest.mark.ledger("yarotsky-formula-26-covariance-map")
def test_covariance_map_takes_the_covariances_of_the_layer_before():
    weight_std, bias_std = TANH
    rng = np.random.default_rng(6)
    q1, q2, c = 0.6, 1.9, 0.4
    s = rng.normal(size=(2, 2_000_000))
    u1, u2 = np.sqrt(q1) * s[0], np.sqrt(q2) * (c * s[0] + np.sqrt(1 - c * c) * s[1])
    products = weight_std**2 * np.tanh(u1) * np.tanh(u2) + bias_std**2
    theory = sp.covariance_map(c, q1, q2, weight_std, bias_std, "tanh")
    assert abs(products.mean() - theory) < SIGMAS * products.std() / np.sqrt(products.size)
    x = torch.randn(2, 300, dtype=torch.float64, generator=generator(7))
    gram = sp.measure_covariances(x, [1000] * 3, weight_std, bias_std, "tanh", n_draws=30, generator=generator(8))
    cov = gram.mean[1]
    predicted = sp.covariance_map(
        cov[0, 1] / np.sqrt(cov[0, 0] * cov[1, 1]), cov[0, 0], cov[1, 1], weight_std, bias_std, "tanh"
    )
    assert abs(gram.mean[2, 0, 1] - predicted) < SIGMAS * gram.standard_error[2, 0, 1] + 3 / 1000


@pytest.mark.ledger("yarotsky-formula-27-correlation-map")
def test_correlation_map_is_the_covariance_map_at_mean_square_q_star():
    weight_std, bias_std = TANH
    q = sp.q_star(weight_std, bias_std, "tanh").value
    c = np.linspace(-1, 1, 9)
    own = sp.covariance_map(c, q, q, weight_std, bias_std, "tanh") / q
    np.testing.assert_allclose(sp.correlation_map(c, q, weight_std, bias_std, "tanh"), own, rtol=1e-12)
    width, c0 = 1000, 0.9
    plane = torch.linalg.qr(torch.randn(width, 2, dtype=torch.float64, generator=generator(9))).Q.T
    z = torch.stack([plane[0], c0 * plane[0] + np.sqrt(1 - c0**2) * plane[1]]) * np.sqrt(q * width)
    # layers after one whose pre-activations z have |z|^2 / width = q* (|z|^2 itself is a thousand times larger)
    mlp = sample_mlp((width,) * 7, weight_std, bias_std, n_draws=8, generator=generator(10))
    measured = []
    for weight, bias in zip(mlp.weights, mlp.biases, strict=True):
        z = torch.tanh(z) @ weight.mT + bias[:, None, :]
        measured.append(torch.nn.functional.cosine_similarity(z[:, 0], z[:, 1], dim=-1).numpy())
    theory = sp.correlation_trajectory(c0, 7, weight_std, bias_std, "tanh")[1:]
    error = np.std(measured, axis=1, ddof=1) / np.sqrt(8)
    assert np.all(np.abs(np.mean(measured, axis=1) - theory) < SIGMAS * error + 5 / width)
    far = sp.correlation_map(1.0, 3 * q, weight_std, bias_std, "tanh")
    assert abs(far - 1) > 0.3  # away from q* one is no fixed point: the condition is needed


@pytest.mark.ledger("yarotsky-ex-16-c1-fixed")
@pytest.mark.parametrize(("name", "weight_var"), [("tanh", 2.25), ("relu", 1.5), ("erf", 4.0), ("gelu", 1.0)])
def test_one_is_a_fixed_point(name, weight_var):
    q = sp.q_star(np.sqrt(weight_var), np.sqrt(0.05), name).value
    assert sp.correlation_map(1.0, q, np.sqrt(weight_var), np.sqrt(0.05), name) == pytest.approx(1, abs=1e-11)


@pytest.mark.ledger("yarotsky-ex-18-relu-correlation-map")
def test_relu_correlation_map_where_there_is_a_fixed_point():
    rng = np.random.default_rng(11)
    s = rng.normal(size=(2, 2_000_000))
    for weight_var, bias_var, q in ((2.0, 0.0, 1.0), (2.0, 0.0, 7.0), (1.5, 0.1, 0.4)):
        weight_std, bias_std = np.sqrt([weight_var, bias_var])
        assert sp.length_map(q, weight_std, bias_std, "relu") == pytest.approx(q)
        for c in (-0.7, 0.0, 0.5, 1.0):
            arc = np.sqrt(1 - c * c) + c * (np.pi - np.arccos(c))
            formula = (weight_var * q / (2 * np.pi) * arc + bias_var) / q
            assert sp.correlation_map(c, q, weight_std, bias_std, "relu") == pytest.approx(formula, rel=1e-12)
            u = np.sqrt(q) * s[0], np.sqrt(q) * (c * s[0] + np.sqrt(1 - c * c) * s[1])
            products = weight_var * np.maximum(u[0], 0) * np.maximum(u[1], 0) + bias_var
            assert abs(products.mean() / q - formula) < SIGMAS * products.std() / q / np.sqrt(products.size)
    for weight_var, bias_var in ((2.0, 0.1), (2.5, 0.0)):  # no fixed point
        lengths = sp.length_trajectory(1.0, 100, np.sqrt(weight_var), np.sqrt(bias_var), "relu")
        assert np.all(np.diff(lengths) > 0)
        assert lengths[-1] > 10


# -- phases


@pytest.mark.ledger("yarotsky-ex-17-chi1")
def test_chi1_is_the_slope_at_one_and_decides_unless_it_is_one():
    for weight_var, bias_var, stable in ((1.0, 0.05, True), (2.25, 0.05, False), (4.0, 0.0, False)):
        weight_std, bias_std = np.sqrt([weight_var, bias_var])
        q = sp.q_star(weight_std, bias_std, "tanh").value
        chi1 = weight_var * integral(lambda s, q=q: tanh_slope(np.sqrt(q) * s) ** 2)
        assert sp.chi1(q, weight_std, "tanh") == pytest.approx(chi1, rel=1e-9)
        h = 1e-6
        assert sp.decorrelation_map(h, q, weight_std, bias_std, "tanh") / h == pytest.approx(chi1, rel=1e-5)
        away = 1 - sp.correlation_trajectory(1 - 1e-6, 20, weight_std, bias_std, "tanh")[-1]
        assert (away < 1e-6) == stable == (chi1 < 1)
    # at chi1 = 1 one still attracts, but only like a power of the depth
    relu = sp.decorrelation_trajectory(1.0, 5000, np.sqrt(2), 0.0, "relu", q=1.0)[-1]
    assert relu * 5000**2 == pytest.approx(9 * np.pi**2 / 2, rel=0.01)
    weight_std = sp.critical_line(np.sqrt(0.05), "tanh")
    tanh = sp.decorrelation_trajectory(np.array([0.5, 1.0]), 1000, weight_std, np.sqrt(0.05), "tanh")
    assert np.all(np.diff(tanh, axis=0) < 0)
    assert tanh[-1] / tanh[499] == pytest.approx([0.5, 0.5], abs=0.02)  # like 1/k
    linear = sp.correlation_map(np.array([0.1, 0.6]), 1.0, 1.0, 0.0, "linear")
    assert linear == pytest.approx([0.1, 0.6])  # the exception: every correlation is fixed


@pytest.mark.ledger("yarotsky-ex-17-chi1", "yarotsky-claim-22-cstar")
@pytest.mark.parametrize("name", ["tanh", "erf", "sigmoid", "softplus"])
def test_correlation_map_is_a_power_series_with_weights_of_a_probability(name):
    weight_std, bias_std = 1.2, 0.3
    q = sp.q_star(weight_std, bias_std, name).value
    coefficients = weight_std**2 * hermite_coefficients(as_activation(name).value, np.array([q]), 60)[0] ** 2 / q
    coefficients[0] += bias_std**2 / q
    assert coefficients.min() >= 0
    assert coefficients.sum() == pytest.approx(1, abs=1e-8)
    assert coefficients @ np.arange(60) == pytest.approx(sp.chi1(q, weight_std, name), abs=1e-6)
    c = np.linspace(0, 0.9, 7)
    series = np.polynomial.polynomial.polyval(c, coefficients)
    np.testing.assert_allclose(sp.correlation_map(c, q, weight_std, bias_std, name), series, atol=1e-8)


@pytest.mark.ledger("yarotsky-fig-08-curve-evolution")
@pytest.mark.parametrize(("weight_var", "bias_var"), [(0.8, 0.1), (2.25, 0.05), (9.0, 0.05)])
def test_curves_shrink_or_grow_by_the_root_of_chi1(weight_var, bias_var):
    weight_std, bias_std = np.sqrt([weight_var, bias_var])
    q = sp.q_star(weight_std, bias_std, "tanh").value
    circle = sp.circle_inputs(2000, (q - bias_var) / weight_var, 400, generator=generator(12))
    ratios = []
    for seed in range(6):
        layers = sp.propagate_curve(circle, [1000] * 5, weight_std, bias_std, "tanh", generator=generator(20 + seed))
        lengths = sp.curve_lengths(layers)
        ratios.append(lengths[1:] / lengths[:-1])
    ratios = np.mean(ratios, axis=1)
    expected = np.sqrt(sp.chi1(q, weight_std, "tanh"))
    assert ratios.mean() == pytest.approx(expected, abs=SIGMAS * ratios.std(ddof=1) / np.sqrt(6) + 0.01)
    assert (ratios.mean() > 1) == (expected > 1)


@pytest.mark.ledger("yarotsky-claim-21-phases")
def test_phases_and_that_they_need_a_finite_length():
    ordered = sp.correlation_trajectory(0.1, 50, 1.0, np.sqrt(0.05), "tanh")[-1]
    chaotic = sp.correlation_trajectory(0.999, 50, 2.0, np.sqrt(0.05), "tanh")[-1]
    assert ordered > 1 - 1e-5
    assert chaotic < 0.2
    x = torch.randn(2, 200, dtype=torch.float64, generator=generator(13))
    for weight_std, low, high in ((1.0, 0.999, 1.0), (2.0, 0.0, 0.35)):
        c = sp.measure_correlations(
            x, [500] * 30, weight_std, np.sqrt(0.05), "tanh", n_draws=4, generator=generator(14)
        )
        assert low < c.mean[-1, 0, 1] <= high
    for name in ("tanh", "relu", "erf", "gelu"):
        assert np.all(sp.chi1(np.linspace(0.1, 5, 20), 1.5, name) >= 0)  # the bars of the slide are not needed
    c, q = 0.1, 1.0  # ReLU beyond 2: the slope at one exceeds 1, yet correlations go to one
    for _ in range(200):
        length = sp.length_map(q, np.sqrt(2.5), 0.0, "relu")
        c, q = min(1.0, sp.covariance_map(c, q, q, np.sqrt(2.5), 0.0, "relu") / length), 1.0
    assert sp.chi1(1.0, np.sqrt(2.5), "relu") > 1
    assert c > 0.998


@pytest.mark.ledger("yarotsky-claim-22-cstar")
def test_another_stable_correlation_exists_exactly_in_the_chaotic_phase():
    starts = np.array([0.0, 0.3, 0.9, 0.999])
    for weight_var, bias_var in ((2.25, 0.05), (4.0, 0.05), (4.0, 0.0)):
        point = sp.c_star(np.sqrt(weight_var), np.sqrt(bias_var), "tanh")
        ends = sp.correlation_trajectory(starts, 600, np.sqrt(weight_var), np.sqrt(bias_var), "tanh")[-1]
        np.testing.assert_allclose(ends, point.value, atol=1e-9)
        assert 0 <= point.value < 1
        assert point.slope < 1
        q = sp.q_star(np.sqrt(weight_var), np.sqrt(bias_var), "tanh").value
        c = np.linspace(0, 0.999, 500)
        excess = sp.correlation_map(c, q, np.sqrt(weight_var), np.sqrt(bias_var), "tanh") - c
        assert np.sum(np.diff(np.sign(excess[np.abs(excess) > 1e-14])) != 0) == (point.value > 0)
    assert sp.c_star(2.0, 0.0, "tanh").value == pytest.approx(0, abs=1e-12)
    ends = sp.correlation_trajectory(starts, 600, 1.0, np.sqrt(0.05), "tanh")[-1]
    np.testing.assert_allclose(ends, 1, atol=1e-9)  # ordered: "in general" does not hold
    relu = sp.correlation_trajectory(starts, 3000, np.sqrt(2), 0.0, "relu", q=1.0)[-1]
    np.testing.assert_allclose(relu, 1, atol=1e-4)


@pytest.mark.ledger("yarotsky-ex-19-depth-scale-q")
def test_length_perturbations_shrink_by_a_and_the_printed_root_is_wrong():
    weight_std, bias_std = TANH
    point = sp.q_star(weight_std, bias_std, "tanh")
    root = np.sqrt(point.value)
    chi1 = weight_std**2 * integral(lambda s: tanh_slope(root * s) ** 2)
    a = chi1 + weight_std**2 * integral(lambda s: tanh_curvature(root * s) * np.tanh(root * s))
    assert point.slope == pytest.approx(a, rel=1e-8)
    deviation = sp.length_trajectory(point.value + 1e-4, 6, weight_std, bias_std, "tanh") - point.value
    np.testing.assert_allclose(deviation[1:] / deviation[:-1], a, rtol=1e-3)
    assert sp.xi_q(weight_std, bias_std, "tanh") == pytest.approx(-1 / np.log(a))
    # the printed argument sqrt(q s) is imaginary for s < 0; over s > 0 alone it gives another number
    printed = chi1 + weight_std**2 * integral(
        lambda s: tanh_curvature(np.sqrt(max(point.value * s, 0))) * np.tanh(np.sqrt(max(point.value * s, 0)))
    )
    assert abs(printed - a) > 0.1
    falling = Activation("falling", lambda z: np.exp(-z * z), lambda z: -2 * z * np.exp(-z * z))
    alternating = sp.q_star(1.0, 0.0, falling)
    assert -1 < alternating.slope < 0  # then the scale takes the absolute value
    assert sp.xi_q(1.0, 0.0, falling) == pytest.approx(-1 / np.log(-alternating.slope))


@pytest.mark.ledger("yarotsky-ex-20-depth-scale-c")
def test_correlation_perturbations_shrink_by_b_at_the_fixed_point():
    weight_std, bias_std = TANH
    q, point = sp.q_star(weight_std, bias_std, "tanh").value, sp.c_star(weight_std, bias_std, "tanh")

    def b_at(c):
        return weight_std**2 * integral(
            lambda s: tanh_slope(np.sqrt(q) * s)
            * integral(lambda t: tanh_slope(np.sqrt(q) * (c * s + np.sqrt(1 - c * c) * t)))
        )

    assert point.slope == pytest.approx(b_at(point.value), rel=1e-6)
    deviation = sp.correlation_trajectory(point.value + 1e-5, 6, weight_std, bias_std, "tanh") - point.value
    np.testing.assert_allclose(deviation[1:] / deviation[:-1], point.slope, rtol=1e-3)
    assert sp.xi_c(weight_std, bias_std, "tanh") == pytest.approx(-1 / np.log(point.slope))
    # with the correlation of some layer instead, as printed, b is another number
    assert abs(sp.correlation_slope(0.9, q, weight_std, "tanh") - point.slope) > 0.05
    ordered = sp.c_star(1.0, np.sqrt(0.05), "tanh")
    q = sp.q_star(1.0, np.sqrt(0.05), "tanh").value
    assert ordered.slope == pytest.approx(sp.chi1(q, 1.0, "tanh"))
    assert abs(sp.xi_c(np.sqrt(2), 0.0, "relu")) > 1e12  # infinite, up to the rounding of sqrt(2)


# -- errors on their way back


@pytest.mark.ledger("yarotsky-formula-28-backprop-operators")
def test_gradient_is_outer_product_of_signal_before_and_error_behind():
    widths = (5, 7, 6, 4)
    mlp = sample_mlp(widths, 1.4, 0.3, generator=generator(15))
    x, target = torch.randn(2, 5, dtype=torch.float64, generator=generator(16))
    target = target[:4]
    weights = [weight.clone().requires_grad_() for weight in mlp.weights]
    output = preactivations(mlp._replace(weights=tuple(weights)), x, "tanh")[-1]
    (0.5 * ((output - target) ** 2).sum()).backward()
    layers = preactivations(mlp, x, "tanh")
    signals = [x, *(torch.tanh(z) for z in layers[:-1])]
    for k in range(3):  # delta_k = T_k ... T_{K-1} (f~ - f) with T_k = F'_k W_{k+1}^*
        delta = layers[-1] - target
        for j in range(1, k - 1, -1):
            delta = (1 - torch.tanh(layers[j]) ** 2) * (mlp.weights[j + 1].T @ delta)
        assert torch.allclose(weights[k].grad, torch.outer(delta, signals[k]), rtol=1e-12, atol=1e-14)
        scaled = torch.outer(delta, 10 * signals[k])  # the factor outside is F_{k-1}, not F'_k
        assert torch.allclose(scaled, 10 * weights[k].grad)


@pytest.mark.ledger("yarotsky-formula-29-delta-recursion")
def test_squared_errors_shrink_by_chi1_on_average_over_neurons():
    weight_std, bias_std = TANH
    q = sp.q_star(weight_std, bias_std, "tanh").value
    chi1 = sp.chi1(q, weight_std, "tanh")
    width, n_draws = 600, 30
    x = torch.randn(width, dtype=torch.float64, generator=generator(17))
    x *= np.sqrt((q - bias_std**2) / weight_std**2 * width) / x.norm()
    mlp = sample_mlp((width,) * 4, weight_std, bias_std, n_draws=n_draws, generator=generator(18))
    last = torch.randn(n_draws, width, dtype=torch.float64, generator=generator(19))
    errors = backpropagated_errors(mlp, x, last, "tanh")
    z = preactivations(mlp, x, "tanh")
    recursion = (1 - torch.tanh(z[1]) ** 2) * torch.einsum("nji,nj->ni", mlp.weights[2], errors[2])
    assert torch.allclose(errors[1], recursion)
    ratio = ((errors[1] ** 2).mean(-1) / (errors[2] ** 2).mean(-1)).numpy()
    assert abs(ratio.mean() - chi1) < SIGMAS * ratio.std(ddof=1) / np.sqrt(n_draws) + 3 / width
    single = (errors[1] ** 2 / (errors[2] ** 2).mean(-1, keepdim=True)).numpy()
    assert ratio.std() < 0.2 < single.std()  # a single neuron does not settle at any width
    printed = chi1 * (errors[2][:, 0] ** 2).numpy()  # sum over j of delta_{k+1,k}^2: one neuron stands for all
    assert np.std(printed / (errors[1] ** 2).mean(-1).numpy()) > 0.5


@pytest.mark.ledger("yarotsky-claim-23-vanishing-exploding")
def test_gradients_vanish_or_explode_with_depth_also_when_widths_differ():
    for weight_var, bias_var in ((1.0, 0.05), (4.0, 0.05)):
        weight_std, bias_std = np.sqrt([weight_var, bias_var])
        q = sp.q_star(weight_std, bias_std, "tanh").value
        chi1 = sp.chi1(q, weight_std, "tanh")
        x = torch.ones(100, dtype=torch.float64) * np.sqrt((q - bias_var) / weight_var)
        norms = sp.measure_gradient_norms(
            x, [300] * 21, weight_std, bias_std, "tanh", n_draws=12, generator=generator(30)
        ).samples
        slopes = np.log(norms[:, 0]) / 20
        assert slopes.mean() == pytest.approx(np.log(chi1), abs=SIGMAS * slopes.std(ddof=1) / np.sqrt(12) + 0.03)
        assert (norms.mean(axis=0)[0] > 1) == (chi1 > 1)
    widths = (900, 200, 700, 250, 600, 150, 900)
    x = torch.ones(300, dtype=torch.float64)
    norms = sp.measure_gradient_norms(
        x, widths, np.sqrt(2), 0.0, "relu", n_draws=150, generator=generator(31)
    ).samples
    ratios = norms[:, :-1] / norms[:, 1:]
    error = ratios.std(axis=0, ddof=1) / np.sqrt(150)
    assert np.all(np.abs(ratios.mean(axis=0) - 1) < SIGMAS * error)  # chi1 = 1 whatever the widths
    per_neuron = ratios * np.array(widths[1:]) / np.array(widths[:-1])
    assert np.all(np.abs(per_neuron.mean(axis=0) - 1) > 0.1)  # there equal widths are needed
