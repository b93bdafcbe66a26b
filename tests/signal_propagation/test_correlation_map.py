import numpy as np
import pytest
import torch

from lossland import signal_propagation as sp
from lossland.numerics import ACTIVATIONS

ROOT2 = np.sqrt(2.0)


def monte_carlo_covariance(rng, activation, c, q1, q2, n=1_000_000):
    s = rng.standard_normal((2, n))
    products = activation(np.sqrt(q1) * s[0]) * activation(np.sqrt(q2) * (c * s[0] + np.sqrt(1 - c * c) * s[1]))
    return products.mean(), products.std() / np.sqrt(n)


@pytest.mark.ledger("yarotsky-formula-26-covariance-map")
@pytest.mark.parametrize("activation", ["tanh", "erf", "relu", "softplus"])
def test_covariance_map_against_monte_carlo(activation):
    rng = np.random.default_rng(4)
    w, b = 1.4, 0.3
    for c, q1, q2 in ((-0.7, 1.0, 1.0), (0.0, 0.5, 2.0), (0.9, 1.5, 0.8)):
        mean, error = monte_carlo_covariance(rng, ACTIVATIONS[activation], c, q1, q2)
        assert abs(sp.covariance_map(c, q1, q2, w, b, activation) - (w**2 * mean + b**2)) < 4.5 * w**2 * error


@pytest.mark.ledger("yarotsky-formula-26-covariance-map")
def test_two_signals_in_wide_networks_follow_the_map():
    w, b = 1.3, 0.3
    x = torch.randn(2, 60, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    measured = sp.measure_covariances(
        x, [500] * 8, w, b, "tanh", n_draws=60, generator=torch.Generator().manual_seed(1)
    )
    gram = (w**2 * x @ x.T / 60 + b**2).numpy()
    c1 = gram[0, 1] / np.sqrt(gram[0, 0] * gram[1, 1])
    pair = sp.pair_trajectory(c1, gram[0, 0], gram[1, 1], 8, w, b, "tanh")
    theory = pair.c * np.sqrt(pair.q1 * pair.q2)
    assert np.all(np.abs(measured.mean[:, 0, 1] - theory) < 4.5 * measured.standard_error[:, 0, 1] + 0.004)


@pytest.mark.ledger("yarotsky-formula-27-correlation-map")
@pytest.mark.parametrize(("w2", "b2"), [(1.0, 0.05), (1.69, 0.0), (4.0, 0.05)])
def test_correlations_of_wide_networks_follow_the_one_dimensional_map(w2, b2):
    w, b = np.sqrt(w2), np.sqrt(b2)
    q = sp.q_star(w, b, "tanh").value
    gram0 = (q - b2) / w2 * torch.tensor([[1.0, 0.6], [0.6, 1.0]], dtype=torch.float64)
    c1 = (w2 * float(gram0[0, 1]) + b2) / q
    theory = sp.correlation_trajectory(c1, 10, w, b, "tanh")
    measured = sp.sample_gram(
        gram0, [1000] * 10, w, b, "tanh", n_draws=400, generator=torch.Generator().manual_seed(7)
    )
    c = measured.samples[..., 0, 1] / np.sqrt(measured.samples[..., 0, 0] * measured.samples[..., 1, 1])
    error = c.std(axis=0, ddof=1) / np.sqrt(len(c))
    assert np.all(np.abs(c.mean(axis=0) - theory) < 4 * error + 0.004)


@pytest.mark.ledger("yarotsky-ex-16-c1-fixed")
@pytest.mark.parametrize("activation", ["tanh", "erf", "gelu", "sigmoid", "relu", "hard_tanh", "sin"])
def test_correlation_one_is_fixed_at_the_length_fixed_point_and_only_there(activation):
    w, b = 1.2, 0.3
    q = sp.q_star(w, b, activation).value
    assert sp.correlation_map(1.0, q, w, b, activation) == pytest.approx(1.0, abs=1e-11)
    assert sp.decorrelation_map(0.0, q, w, b, activation) == 0.0
    assert abs(sp.correlation_map(1.0, 2 * q, w, b, activation) - 1.0) > 1e-3


@pytest.mark.ledger("yarotsky-ex-17-chi1")
@pytest.mark.parametrize(
    ("w2", "b2", "expected"),
    [(2.25, 0.05, 1.09233793), (2.25, 0.0, 1.13932322), (4.0, 0.0, 1.36267334), (4.0, 0.05, 1.34240241),
     (1.0, 0.05, 0.75903165), (9.0, 0.05, 1.85125800)],
)  # fmt: skip
def test_chi1_is_the_slope_at_one(w2, b2, expected):
    w, b = np.sqrt(w2), np.sqrt(b2)
    q = sp.q_star(w, b, "tanh").value
    assert sp.chi1(q, w, "tanh") == pytest.approx(expected, abs=1e-8)
    h = np.array([1e-3, 1e-4, 1e-5])
    quotients = sp.decorrelation_map(h, q, w, b, "tanh") / h
    assert np.abs(quotients - expected) == pytest.approx(np.abs(quotients[0] - expected) * h / h[0], rel=0.02)


@pytest.mark.ledger("yarotsky-ex-17-chi1")
def test_chi1_of_one_does_not_decide():
    """ReLU at weight variance 2: slope 1 at c = 1, yet attracting, algebraically: 1 - c_k ~ 9 pi^2 / (2 k^2)."""
    assert sp.chi1(1.0, ROOT2, "relu") == pytest.approx(1.0)
    d = sp.decorrelation_trajectory(0.7, 10_001, ROOT2, 0.0, "relu")
    k = np.array([100, 1000, 10_000])
    constant = d[k] * k**2
    assert np.all(np.diff(constant) > 0)
    assert constant[-1] == pytest.approx(9 * np.pi**2 / 2, rel=5e-3)


@pytest.mark.ledger("yarotsky-ex-18-relu-correlation-map")
def test_relu_correlation_map_is_the_arc_cosine_kernel():
    c = np.linspace(-1, 1, 21)
    for w2, b2 in ((2.0, 0.0), (1.5, 0.1)):
        q = 1.0 if b2 == 0 else b2 / (1 - w2 / 2)
        kernel = w2 / (2 * np.pi) * (np.sqrt(1 - c**2) + c * (np.pi - np.arccos(c))) + b2 / q
        assert sp.correlation_map(c, q, np.sqrt(w2), np.sqrt(b2), "relu") == pytest.approx(kernel, abs=1e-14)
        assert sp.correlation_slope(1.0, q, np.sqrt(w2), "relu") == pytest.approx(w2 / 2)
    values = sp.correlation_map(np.array([0.0, 0.5, -0.7, 0.9]), 1.0, ROOT2, 0.0, "relu")
    assert values == pytest.approx([1 / np.pi, 0.608998, 0.050090, 0.909538], abs=1e-6)
    rng = np.random.default_rng(8)
    mean, error = monte_carlo_covariance(rng, ACTIVATIONS["relu"], -0.7, 1.0, 1.0)
    assert abs(values[2] - 2 * mean) < 4 * 2 * error


@pytest.mark.parametrize("activation", ["tanh", "erf", "gelu", "relu", "softplus"])
def test_map_is_increasing_and_convex_for_positive_correlations(activation):
    c = np.linspace(0, 1, 201)
    values = sp.correlation_map(c, 1.3, 1.5, 0.2, activation)
    assert np.all(np.diff(values) > 0)
    assert np.all(np.diff(values, 2) > -1e-13)


def test_decorrelation_map_matches_and_outlives_the_plain_one():
    q = sp.q_star(1.5, 0.2, "tanh").value
    d = np.array([0.3, 1.0, 1.9])
    assert 1 - sp.decorrelation_map(d, q, 1.5, 0.2, "tanh") == pytest.approx(
        sp.correlation_map(1 - d, q, 1.5, 0.2, "tanh"), abs=1e-12
    )
    ratio = sp.decorrelation_map(1e-15, q, 1.5, 0.2, "tanh") / 1e-15
    assert ratio == pytest.approx(sp.chi1(q, 1.5, "tanh"), rel=1e-6)


def test_bad_arguments_are_named():
    with pytest.raises(ValueError, match="q: expected a positive length"):
        sp.correlation_map(0.5, 0.0, 1.0, 0.0, "tanh")
    with pytest.raises(ValueError, match=r"c: expected in \[-1, 1\], got 2"):
        sp.covariance_map(2.0, 1.0, 1.0, 1.0, 0.0, "tanh")
    with pytest.raises(ValueError, match="q1: expected a positive length"):
        sp.pair_trajectory(0.5, 0.0, 1.0, 3, 1.0, 0.1, "tanh")
