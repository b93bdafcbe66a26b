"""Complexity functions against their integral, their limits, and numbers of the literature."""

import numpy as np
import pytest
from scipy.integrate import quad

from lossland import spin_glass as sg

ORDERS = [2, 3, 4, 5, 10, 50]


@pytest.mark.parametrize("order", ORDERS)
def test_rate_is_its_integral(order):
    edge = sg.threshold_energy(order)
    for depth in (1e-6, 1e-3, 0.1, 0.24, 0.26, 1.0):
        u = -edge * (1 + depth)
        expected = 2 / edge**2 * quad(lambda z: np.sqrt(z * z - edge**2), edge, -u, epsabs=0, epsrel=1e-12)[0]
        assert sg.index_rate(u, order) == pytest.approx(expected, rel=1e-9)


def test_rate_is_accurate_where_its_printed_form_cancels():
    edge = sg.threshold_energy(3)
    u = -edge * (1 + 1e-9)
    root = np.sqrt(u * u - edge * edge)
    printed = -u / edge**2 * root - np.log(-u + root) + np.log(edge)
    series = 4 * np.sqrt(2) / 3 * (-u / edge - 1) ** 1.5  # leading term, next one 1e-9 smaller
    assert sg.index_rate(u, 3) == pytest.approx(series, rel=1e-6)
    assert abs(printed / series - 1) > 1e-4


def test_all_indices_agree_above_the_edge_and_differ_below():
    u = np.array([-1.632, -1.0, 0.0, 2.0])
    for k in (0, 1, 100):
        np.testing.assert_array_equal(sg.complexity_of_index(u, 3, k), sg.complexity_plateau(3))
    below = sg.complexity_of_index(-1.65, 3, np.arange(5))
    assert np.all(np.diff(below) < 0)


@pytest.mark.parametrize("order", ORDERS)
def test_functions_of_the_energy_never_fall(order):
    u = np.linspace(-3, 1, 2001)
    for k in (0, 1, 10):
        assert np.all(np.diff(sg.complexity_of_index(u, order, k)) >= 0)
    total = sg.complexity(u, order)
    assert np.all(np.diff(total) >= 0)
    assert np.max(np.abs(np.diff(total))) < 0.03  # continuous at both joints
    assert total[-1] == pytest.approx(0.5 * np.log(order - 1))


def test_complexity_of_minima_is_that_of_all_below_the_edge():
    u = np.linspace(-1.8, -1.634, 50)
    np.testing.assert_array_equal(sg.complexity(u, 3), sg.complexity_of_index(u, 3, 0))


@pytest.mark.parametrize("order", [3, 4, 5, 10, 200])
def test_critical_energies_are_zeros(order):
    k = np.array([0, 1, 2, 10, 100, 1000])
    energies = sg.critical_energy(order, k)
    slopes = (sg.complexity_of_index(-energies + 1e-7, order, k) - sg.complexity_of_index(-energies, order, k)) / 1e-7
    assert np.all(np.abs(sg.complexity_of_index(-energies, order, k)) < 1e-12 * (1 + slopes))
    np.testing.assert_allclose(sg.critical_energy_gap(order, k), energies - sg.threshold_energy(order), atol=1e-14)
    assert np.all(np.diff(sg.critical_energy(order, np.arange(1001))) < 0)


def test_known_critical_energies():
    expected = [1.656998363527, 1.652873198103, 1.650253127439, 1.645893256575, 1.642567563930, 1.635603409808]
    np.testing.assert_allclose(sg.critical_energy(3, [0, 1, 2, 5, 10, 100]), expected, atol=1e-12)
    assert sg.critical_energy(2, 7) == pytest.approx(2**0.5)


def test_approach_to_the_edge_is_a_power_two_thirds():
    k = np.array([10**3, 10**6, 10**9])
    edge, slack = sg.threshold_energy(3), sg.complexity_plateau(3)
    limit = edge / 2 * (1.5 * slack) ** (2 / 3)  # 2 v^3 / 3 = slack / (k + 1), and u = -edge (1 + v^2 / 2)
    np.testing.assert_allclose(sg.critical_energy_gap(3, k) * (k + 1.0) ** (2 / 3), limit, rtol=2e-2)
    assert sg.critical_energy_gap(3, 10**9) * 1e6 == pytest.approx(limit, rel=1e-5)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: sg.complexity_of_index(-1.6, 1, 0), "order: expected an integer >= 2"),
        (lambda: sg.complexity_of_index(-1.6, 3, -1), "index: expected >= 0"),
        (lambda: sg.complexity_of_index(-1.6, 3, 0.5), "index: expected whole numbers"),
        (lambda: sg.complexity(np.nan, 3), "energy_density: expected finite"),
        (lambda: sg.threshold_energy(2.5), "order: expected whole numbers"),
    ],
)
def test_errors_name_the_argument(call, message):
    with pytest.raises(ValueError, match=message):
        call()
