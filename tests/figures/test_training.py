"""Figures of losses, risks and costs: what is on the axes is the data that went in."""

from types import SimpleNamespace

import matplotlib
import numpy as np
import pytest
from matplotlib import pyplot as plt

from lossland.figures import backpropagation_cost, pointwise_losses, risk

matplotlib.use("Agg")


@pytest.fixture(autouse=True)
def _close():
    yield
    plt.close("all")


def test_losses_are_named_and_infinite_values_left_out():
    p = np.array([0.0, 0.5, 1.0])
    ax = pointwise_losses.plot_pointwise_losses(p, {"cross-entropy": np.array([np.inf, 0.7, 0.0]), "quadratic": p})
    first, second = ax.lines
    np.testing.assert_array_equal(first.get_ydata(), [np.nan, 0.7, 0.0])
    np.testing.assert_array_equal(second.get_ydata(), p)
    assert first.get_linestyle() != second.get_linestyle()
    slopes = pointwise_losses.plot_score_slopes(p, {"a": -p})
    np.testing.assert_array_equal(slopes.lines[-1].get_ydata(), -p)
    assert "partial" in slopes.get_ylabel()


def test_funnel_is_one_standard_error_wide():
    sizes, risks = np.array([4, 16]), np.array([[1.0, 3.0], [1.9, 2.1]])
    ax = risk.plot_risk_funnel(sizes, risks, 2.0, 6.0)
    by_label = {line.get_label(): line for line in ax.lines}
    np.testing.assert_array_equal(by_label["one sample set"].get_ydata(), risks.ravel())
    upper = by_label[r"$L\pm\mathrm{sd}(l)/\sqrt{n}$"]
    np.testing.assert_allclose(upper.get_ydata(), 2 + 6 / np.sqrt(upper.get_xdata()))
    assert ax.get_xscale() == "log"


def test_two_risks_with_their_exact_means():
    sizes, line = np.array([10, 20]), np.array([10.0, 20.0])
    training, population = np.array([[0.1, 0.3], [0.3, 0.5]]), np.array([[1.0, 2.0], [0.6, 0.8]])
    ax = risk.plot_two_risks(sizes, training, population, exact=(line, 0.2 * line, 0.3 * line), floor=0.5)
    bars = {bar.get_label(): bar for bar in ax.containers}
    np.testing.assert_allclose(bars["training risk, measured"].lines[0].get_ydata(), [0.2, 0.4])
    np.testing.assert_allclose(bars["population risk, measured"].lines[0].get_ydata(), [1.5, 0.7])
    exact = {text.get_label(): text for text in ax.lines}
    np.testing.assert_array_equal(exact["population risk, exact mean"].get_ydata(), 0.3 * line)


def test_counts_are_in_units_of_one_evaluation():
    count = SimpleNamespace(forward=10, n_parameters=5, finite_differences=60, forward_mode=40, ratio=2.5)
    ax = backpropagation_cost.plot_operation_counts([count])
    by_label = {line.get_label(): line.get_ydata() for line in ax.lines}
    assert by_label["finite differences"] == [6.0]
    assert by_label["from the right"] == [5.0]
    assert by_label["from the left: back-propagation"] == [2.5]


def test_scaled_up_times_are_hollow():
    times = [
        SimpleNamespace(n_weights=3, n_differences=3, forward=1.0, backpropagation=3.0, finite_differences=4.0),
        SimpleNamespace(n_weights=9, n_differences=5, forward=2.0, backpropagation=6.0, finite_differences=20.0),
    ]
    ax = backpropagation_cost.plot_gradient_times(times)
    by_label = {line.get_label(): line for line in ax.lines}
    assert by_label["finite differences"].get_ydata() == [4.0]
    hollow = by_label["finite differences, scaled up"]
    assert hollow.get_ydata() == [20.0]
    assert hollow.get_markerfacecolor() == "white"
    np.testing.assert_array_equal(by_label["one evaluation"].get_ydata(), [1.0, 2.0])
    complete = backpropagation_cost.plot_gradient_times(times[:1])
    assert "scaled up" not in str([text.get_text() for text in complete.get_legend().get_texts()])
