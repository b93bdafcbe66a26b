import numpy as np
import pytest
import torch

from lossland import signal_propagation as sp
from lossland.numerics import gauss_hermite_expectation, slope_test


def within(measured, theory, n_errors=4.0, bias=0.0):
    """Whether a measurement agrees with theory within its standard errors, plus a stated finite-width bias."""
    return np.all(np.abs(measured.mean - theory) <= n_errors * measured.standard_error + bias)


@pytest.mark.ledger("yarotsky-ex-14-relu-length-map")
def test_relu_length_map_in_closed_form():
    rng = np.random.default_rng(0)
    q, w, b = rng.uniform(0, 5, 50), rng.uniform(0, 3, 50), rng.uniform(0, 1, 50)
    assert sp.length_map(q, w, b, "relu") == pytest.approx(w**2 * q / 2 + b**2, rel=1e-14)
    assert sp.length_map(2.0, np.sqrt(1.5), np.sqrt(0.1), "relu") == pytest.approx(1.6)
    assert sp.q_star(np.sqrt(1.5), np.sqrt(0.1), "relu").value == pytest.approx(0.4)
    assert sp.q_star(np.sqrt(1.9), np.sqrt(0.1), "relu").value == pytest.approx(2.0)


def test_erf_length_map_in_closed_form():
    q = np.array([0.0, 0.5, 3.0, 40.0])
    expected = 1.3**2 * 2 / np.pi * np.arcsin(2 * q / (1 + 2 * q)) + 0.04
    assert sp.length_map(q, 1.3, 0.2, "erf") == pytest.approx(expected, rel=1e-13)


@pytest.mark.ledger("yarotsky-thm-11-length-map")
@pytest.mark.parametrize(
    ("activation", "weight_var", "bias_var"),
    [("tanh", 1.0, 0.05), ("tanh", 4.0, 0.05), ("tanh", 1.69, 0.0), ("erf", 1.3, 0.3), ("relu", 1.5, 0.1)],
)
def test_lengths_of_wide_random_networks_follow_the_map(activation, weight_var, bias_var):
    w, b = np.sqrt(weight_var), np.sqrt(bias_var)
    x = torch.full((50,), 1.2, dtype=torch.float64)
    measured = sp.measure_lengths(
        x, [400] * 12, w, b, activation, n_draws=60, generator=torch.Generator().manual_seed(1)
    )
    theory = sp.length_trajectory(sp.first_length(x.numpy(), w, b), 12, w, b, activation)
    assert within(measured, theory, 4.5, bias=0.004 * theory)


@pytest.mark.ledger("yarotsky-thm-11-length-map")
def test_variance_of_a_preactivation_is_q_not_q_squared():
    """The proof needs z ~ N(0, q): with the printed N(0, q^2) the map would give another number, and a wrong one."""
    w, b, q = 2.0, 0.0, 3.0
    right = w**2 * gauss_hermite_expectation(lambda u: np.tanh(u) ** 2, q, 200) + b**2
    printed = w**2 * gauss_hermite_expectation(lambda u: np.tanh(u) ** 2, q**2, 200) + b**2
    assert sp.length_map(q, w, b, "tanh") == pytest.approx(right, rel=1e-6)
    x = torch.full((40,), np.sqrt(q) / w, dtype=torch.float64)
    measured = sp.measure_lengths(
        x, [600, 600], w, b, "tanh", n_draws=80, generator=torch.Generator().manual_seed(2)
    )
    assert abs(measured.mean[1] - right) < 4 * measured.standard_error[1]
    assert abs(measured.mean[1] - printed) > 20 * measured.standard_error[1]


@pytest.mark.parametrize("activation", ["tanh", "erf", "gelu", "sigmoid", "sin"])
def test_slope_is_the_derivative_of_the_map(activation):
    test = slope_test(
        lambda q: np.sum(sp.length_map(q, 1.4, 0.1, activation)),
        lambda q: sp.length_slope(q, 1.4, activation),
        np.array([0.8, 2.0]),
        rng=np.random.default_rng(0),
        steps=np.logspace(-3, -1.5, 10),
    )
    assert test.slope == pytest.approx(2.0, abs=0.06)


def test_trajectory_is_the_iterated_map_and_broadcasts():
    lengths = sp.length_trajectory(np.array([0.3, 2.0]), 4, 1.5, 0.2, "tanh")
    assert lengths.shape == (4, 2)
    step = np.array([0.3, 2.0])
    for k in range(4):
        assert lengths[k] == pytest.approx(step)
        step = sp.length_map(step, 1.5, 0.2, "tanh")


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: sp.length_map(-1.0, 1.0, 0.0, "tanh"), "q: expected >= 0, got -1"),
        (lambda: sp.length_map(1.0, "wide", 0.0, "tanh"), "weight_std: expected real numbers, got str 'wide'"),
        (lambda: sp.length_map(1.0, 1.0, -0.1, "tanh"), "bias_std: expected >= 0, got -0.1"),
        (lambda: sp.length_map(1.0, 1.0, 0.0, "tahn"), "activation: expected one of"),
        (lambda: sp.length_trajectory(1.0, 0, 1.0, 0.0, "tanh"), "n_layers: expected an integer >= 1, got 0"),
    ],
)
def test_bad_arguments_are_named(call, message):
    with pytest.raises((ValueError, TypeError), match=message):
        call()
