import numpy as np
import pytest

from lossland import signal_propagation as sp


@pytest.mark.ledger("yarotsky-claim-22-cstar")
def test_where_correlations_end_up():
    """In the chaotic phase c* < 1 attracts; in the ordered phase, and for ReLU always, only 1 does."""
    for w2, b2, activation, expected in ((2.25, 0.05, "tanh", 0.567225), (4.0, 0.0, "tanh", 0.0),
                                         (1.0, 0.05, "tanh", 1.0), (1.9, 0.1, "relu", 1.0)):  # fmt: skip
        w, b = np.sqrt(w2), np.sqrt(b2)
        point = sp.c_star(w, b, activation)
        assert point.value == pytest.approx(expected, abs=1e-6)
        ends = sp.correlation_trajectory(np.array([0.05, 0.5, 0.999]), 1200, w, b, activation)[-1]
        assert ends == pytest.approx(expected, abs=2e-3)


@pytest.mark.ledger("yarotsky-claim-21-phases")
@pytest.mark.parametrize(("w2", "name", "chi"), [(1.0, "ordered", 0.75903), (4.0, "chaotic", 1.34240)])
def test_phases_decide_the_fate_of_close_inputs(w2, name, chi):
    w, b = np.sqrt(w2), np.sqrt(0.05)
    q = sp.q_star(w, b, "tanh").value
    assert sp.phase(w, b, "tanh") == name
    assert sp.chi1(q, w, "tanh") == pytest.approx(chi, abs=1e-5)
    d = sp.decorrelation_trajectory(1e-6, 6, w, b, "tanh")
    assert np.all((np.diff(d) > 0) == (name == "chaotic"))
    assert d[1:] / d[:-1] == pytest.approx(chi, rel=1e-4)


@pytest.mark.ledger("yarotsky-claim-21-phases")
@pytest.mark.parametrize("activation", ["tanh", "relu", "gelu", "sin", "hard_tanh"])
def test_chi1_is_never_negative(activation):
    q = np.geomspace(1e-3, 30, 30)
    assert np.all(np.asarray(sp.chi1(q, 1.3, activation)) >= 0)


@pytest.mark.parametrize("activation", ["tanh", "erf", "hard_tanh"])
def test_critical_line_and_curve_meet_chi1_of_one(activation):
    bias = np.array([0.01, 0.1, 0.3, 1.0])
    weight = sp.critical_line(bias, activation)
    q = sp.q_star(weight, bias, activation).value
    assert sp.chi1(q, weight, activation) == pytest.approx(1.0, abs=1e-8)
    on_curve = sp.critical_curve(q, activation)
    assert on_curve[0] == pytest.approx(weight, rel=1e-8)
    assert on_curve[1] == pytest.approx(bias, rel=1e-6)


def test_critical_line_of_erf_against_its_closed_form():
    q = np.array([0.1, 1.0, 4.0])
    weight_var = np.pi * np.sqrt(1 + 4 * q) / 4
    bias_var = q - weight_var * 2 / np.pi * np.arcsin(2 * q / (1 + 2 * q))
    assert sp.critical_line(np.sqrt(bias_var), "erf") == pytest.approx(np.sqrt(weight_var), rel=1e-9)


def test_rectifiers_are_critical_at_one_point_only():
    assert sp.critical_line(0.0, "relu") == pytest.approx(np.sqrt(2))
    assert sp.phase(np.sqrt(2), 0.0, "relu") == "critical"
    with pytest.raises(ValueError, match="bias_std: expected values that the critical line of 'relu' reaches"):
        sp.critical_line(0.1, "relu")


def test_phase_diagram_agrees_with_its_points():
    diagram = sp.phase_diagram([0.8, 1.3, 2.5], [0.05, 0.4], "tanh")
    assert diagram.chi1.shape == (2, 3)
    for i, b in enumerate(diagram.bias_std):
        for j, w in enumerate(diagram.weight_std):
            q = sp.q_star(w, b, "tanh").value
            assert diagram.q_star[i, j] == pytest.approx(q, rel=1e-10)
            assert diagram.chi1[i, j] == pytest.approx(sp.chi1(q, w, "tanh"), rel=1e-10)
            assert diagram.c_star[i, j] == pytest.approx(sp.c_star(w, b, "tanh").value, abs=1e-9)
            assert diagram.xi_c[i, j] == pytest.approx(sp.xi_c(w, b, "tanh"), rel=1e-7)
            assert diagram.xi_q[i, j] == pytest.approx(sp.xi_q(w, b, "tanh"), rel=1e-9)
    assert sp.phase_diagram([1.0], [0.1], "tanh", correlations=False).xi_c is None
    with pytest.raises(ValueError, match=r"weight_std: expected one axis of the grid, got shape \(1, 2\)"):
        sp.phase_diagram([[1.0, 2.0]], [0.1], "tanh")
