import numpy as np
import pytest

from lossland import signal_propagation as sp
from lossland.numerics import Activation, ConvergenceWarning

TANH = [  # weight variance, bias variance, q*
    (0.5, 0.0, 0.0),
    (0.81, 0.0, 0.0),
    (1.0, 0.0, 0.0),
    (1.01, 0.0, 0.005020635),
    (1.21, 0.0, 0.112749886),
    (2.25, 0.0, 0.793354043),
    (4.0, 0.0, 2.121473568),
    (0.5, 0.01, 0.019293574),
    (1.0, 0.05, 0.193592520),
    (2.25, 0.05, 0.889424917),
]


def plain_iteration(weight_std, bias_std, activation, q=1.0, n=20_000):
    for _ in range(n):
        q = sp.length_map(q, weight_std, bias_std, activation, rtol=1e-10)
    return q


@pytest.mark.ledger("yarotsky-ex-15-fixed-points")
@pytest.mark.parametrize(("weight_var", "bias_var", "expected"), TANH)
def test_tanh_has_a_nonzero_fixed_point_only_beyond_the_stated_condition(weight_var, bias_var, expected):
    """The slides claim one for every tanh network; it exists if and only if weight_std > 1 or bias_std > 0."""
    point = sp.q_star(np.sqrt(weight_var), np.sqrt(bias_var), "tanh")
    assert point.converged
    assert point.value == pytest.approx(expected, abs=2e-9)
    assert (point.value > 0) == (weight_var > 1 or bias_var > 0)


@pytest.mark.ledger("yarotsky-ex-15-fixed-points")
def test_at_weight_std_one_the_length_dies_algebraically():
    """q_k ~ 1/(2k): the fixed point is 0, the linear test (slope 1) is silent."""
    k = 2000
    q = plain_iteration(1.0, 0.0, "tanh", n=k)
    assert q * k == pytest.approx(0.5, rel=0.01)
    assert sp.q_star(1.0, 0.0, "tanh").slope == pytest.approx(1.0)


@pytest.mark.ledger("yarotsky-ex-15-fixed-points")
@pytest.mark.parametrize(
    ("activation", "bias_std", "fixed"),
    [("tanh", 0.0, True), ("tanh", 0.1, False), ("sigmoid", 0.0, False), ("relu", 0.0, True), ("softplus", 0.0, False)],
)
def test_zero_is_fixed_without_bias_and_when_sigma_vanishes_at_zero(activation, bias_std, fixed):
    assert (sp.length_map(0.0, 1.3, bias_std, activation) == 0) == fixed


@pytest.mark.ledger("yarotsky-ex-15-fixed-points")
def test_stability_is_decided_by_the_slope_of_the_length_map_not_by_chi1():
    w, b = 1.5, np.sqrt(0.05)
    point = sp.q_star(w, b, "tanh")
    assert sp.chi1(point.value, w, "tanh") > 1 > point.slope
    started = np.array([point.value * 0.9, point.value * 1.1])
    after = sp.length_trajectory(started, 8, w, b, "tanh")[-1]
    assert np.abs(after - point.value) == pytest.approx(0.1 * point.value * point.slope**7, rel=0.2)


@pytest.mark.ledger("yarotsky-fig-07-fixed-points")
def test_an_activation_with_three_fixed_points():
    """2 sgn(z)|z|^3/(1+|z|^3) at weight variance 1.5: stable, unstable, stable."""
    bump = Activation(
        "bump",
        lambda z: 2 * np.sign(z) * np.abs(z) ** 3 / (1 + np.abs(z) ** 3),
        lambda z: 6 * z**2 / (1 + np.abs(z) ** 3) ** 2,
        kinks=(0.0,),
    )
    points = sp.length_fixed_points(np.sqrt(1.5), 0.0, bump)
    assert [p.value for p in points] == pytest.approx([0.0, 0.28095178, 2.03570524], abs=1e-8)
    assert [p.stable for p in points] == [True, False, True]
    assert sp.q_star(np.sqrt(1.5), 0.0, bump, q_init=0.2).value == 0.0
    assert sp.q_star(np.sqrt(1.5), 0.0, bump, q_init=0.4).value == pytest.approx(points[2].value, rel=1e-9)


@pytest.mark.ledger("yarotsky-fig-07-fixed-points")
def test_tanh_length_map_is_concave_so_it_has_at_most_one_positive_fixed_point():
    q = np.linspace(1e-3, 20, 400)
    assert np.all(np.diff(sp.length_map(q, 2.0, 0.0, "tanh"), 2) < 0)


@pytest.mark.parametrize("activation", ["tanh", "erf", "gelu", "sigmoid", "softplus", "hard_tanh", "sin", "relu"])
def test_fast_solver_agrees_with_plain_iteration(activation):
    weights, biases = np.array([0.7, 1.1]), np.array([0.2, 0.4])
    point = sp.q_star(weights, biases, activation)
    for i in range(2):
        assert point.value[i] == pytest.approx(plain_iteration(weights[i], biases[i], activation, n=300), rel=1e-8)
    assert np.all(point.residual < 1e-11)
    assert point.slope == pytest.approx(sp.length_slope(point.value, weights, activation))


def test_divergence_is_a_value_and_a_warning():
    with pytest.warns(ConvergenceWarning, match="q_star: 2 of 3 entries did not converge"):
        point = sp.q_star(np.sqrt([1.5, 2.1, 4.0]), np.sqrt(0.1), "relu")
    assert point.converged.tolist() == [True, False, False]
    assert point.value[0] == pytest.approx(0.4)


def test_critical_relu_keeps_every_length():
    point = sp.q_star(np.sqrt(2), 0.0, "relu", q_init=3.7)
    assert point.value == pytest.approx(3.7)
    assert point.converged
    with pytest.warns(ConvergenceWarning, match="does the length diverge"):
        assert not sp.q_star(np.sqrt(2), np.sqrt(0.1), "relu").converged  # grows by 0.1 a layer
    assert sp.length_trajectory(1.0, 2001, np.sqrt(2), np.sqrt(0.1), "relu")[-1] == pytest.approx(201.0)


@pytest.mark.parametrize("bias_std", [0.0, 0.3])
def test_no_length_map_crosses_the_diagonal_steeper_than_minus_one_half(bias_std):
    """At q* > 0 the slope is at least -(1 - bias_std^2/q*)/2, for any activation; a narrow bump nears it."""
    bump = Activation("bump", lambda z: np.exp(-(z**2)), lambda z: -2 * z * np.exp(-(z**2)), kinks=(0.0,))
    for activation in ("tanh", "relu", "gelu", "softplus", "sin", bump):
        for weight_std in (0.5, 1.2, 10.0) if activation is bump else (0.5, 1.2):
            for point in sp.length_fixed_points(weight_std, bias_std, activation):
                if point.value > 0:
                    assert point.slope >= -0.5 * (1 - bias_std**2 / point.value) - 1e-9
    steep = sp.length_fixed_points(100.0, bias_std, bump, q_max=1e4)[-1]
    assert -0.5 < steep.slope < -0.45
