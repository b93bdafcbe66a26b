import numpy as np
import pytest

from lossland import signal_propagation as sp
from lossland.numerics import central_difference


@pytest.mark.ledger("yarotsky-ex-19-depth-scale-q")
@pytest.mark.parametrize(
    ("w2", "b2", "a"),
    [(2.25, 0.05, 0.45586362), (4.0, 0.0, 0.33096715), (2.25, 0.0, 0.50467776), (1.0, 0.05, 0.56427998)],
)
def test_deviation_of_the_length_shrinks_by_a(w2, b2, a):
    w, b = np.sqrt(w2), np.sqrt(b2)
    point = sp.q_star(w, b, "tanh")
    assert point.slope == pytest.approx(a, abs=1e-8)
    assert central_difference(lambda q: sp.length_map(q, w, b, "tanh"), point.value) == pytest.approx(a, abs=1e-7)
    lengths = sp.length_trajectory(point.value * 1.001, 6, w, b, "tanh")
    assert np.diff(np.log(lengths - point.value)) == pytest.approx(np.log(a), rel=2e-3)
    assert sp.xi_q(w, b, "tanh") == pytest.approx(-1 / np.log(a), rel=1e-7)


@pytest.mark.ledger("yarotsky-ex-19-depth-scale-q")
def test_the_printed_argument_sqrt_of_q_times_s_is_a_misprint():
    """Reading sigma(sqrt(q* s)) literally, for s > 0 where it is real, gives 0.65299 instead of 0.45586."""
    w, b = 1.5, np.sqrt(0.05)
    q = sp.q_star(w, b, "tanh").value
    s = np.linspace(0, 12, 400_001)
    u = np.sqrt(q * s)
    integrand = -2 * np.tanh(u) ** 2 * (1 - np.tanh(u) ** 2) * np.exp(-(s**2) / 2) / np.sqrt(2 * np.pi)
    literal = sp.chi1(q, w, "tanh") + w**2 * np.trapezoid(integrand, s)
    assert literal == pytest.approx(0.65299, abs=1e-5)
    assert sp.length_slope(q, w, "tanh") == pytest.approx(0.45586, abs=1e-5)


def test_relu_length_and_correlation_shrink_alike():
    assert sp.length_slope(1.0, 1.2, "relu") == pytest.approx(0.72)
    assert sp.chi1(1.0, 1.2, "relu") == pytest.approx(0.72)


@pytest.mark.ledger("yarotsky-ex-20-depth-scale-c")
@pytest.mark.parametrize(
    ("w2", "b2", "c", "b_slope", "xi"),
    [
        (2.25, 0.05, 0.5672249, 0.9359902, 15.117),
        (1.0, 0.05, 1.0, 0.75903165, 3.627),
        (4.0, 0.0, 0.0, 0.8822154, 7.9796),
    ],
)
def test_deviation_of_the_correlation_shrinks_by_b(w2, b2, c, b_slope, xi):
    w, b = np.sqrt(w2), np.sqrt(b2)
    point = sp.c_star(w, b, "tanh")
    assert point.value == pytest.approx(c, abs=1e-7)
    assert point.slope == pytest.approx(b_slope, abs=1e-7)
    assert sp.xi_c(w, b, "tanh") == pytest.approx(xi, rel=1e-4)
    deviations = sp.decorrelation_trajectory(1 - c + 1e-4, 8, w, b, "tanh") - (1 - point.value)
    assert np.diff(np.log(deviations)) == pytest.approx(np.log(b_slope), rel=2e-3)


@pytest.mark.ledger("yarotsky-ex-20-depth-scale-c")
@pytest.mark.parametrize("activation", ["tanh", "erf", "gelu", "softplus"])
def test_b_is_the_slope_of_the_correlation_map_without_second_derivatives(activation):
    q = sp.q_star(1.4, 0.3, activation).value
    for c in (0.1, 0.5, 0.9):
        difference = central_difference(lambda c: sp.correlation_map(c, q, 1.4, 0.3, activation), c)
        assert sp.correlation_slope(c, q, 1.4, activation) == pytest.approx(difference, rel=1e-7)
    assert sp.correlation_slope(1.0, q, 1.4, activation) == pytest.approx(sp.chi1(q, 1.4, activation))


def test_xi_c_diverges_at_the_critical_line():
    critical = sp.critical_line(0.2, "tanh")
    scales = sp.xi_c(critical + np.array([-1e-2, -1e-3, -1e-4]), 0.2, "tanh")
    assert scales[1:] / scales[:-1] == pytest.approx(10, rel=0.05)
    assert sp.depth_scale(1.0) == np.inf
    assert sp.depth_scale(0.0) == 0.0
    assert sp.depth_scale(-np.exp(-0.5)) == pytest.approx(2.0)


