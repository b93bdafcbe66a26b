"""Figures of the length map: cobwebs that really are orbits, error bars that really are errors."""

from types import SimpleNamespace

import matplotlib
import numpy as np
import pytest
from matplotlib import pyplot as plt

from lossland.figures import length_map

matplotlib.use("Agg")


@pytest.fixture(autouse=True)
def _close():
    yield
    plt.close("all")


def test_cobweb_goes_up_to_the_curve_and_across_to_the_diagonal():
    x = np.linspace(0, 2, 50)
    halve = lambda q: 0.5 * q + 0.25  # noqa: E731
    orbit = np.array([2.0, halve(2.0), halve(halve(2.0))])
    points = [SimpleNamespace(value=0.5, stable=True), SimpleNamespace(value=1.5, stable=False)]
    ax = length_map.plot_cobweb(x, halve(x), [orbit], fixed_points=points)
    diagonal, curve, web, stable, unstable = ax.lines
    np.testing.assert_array_equal(diagonal.get_ydata(), x)
    np.testing.assert_array_equal(curve.get_ydata(), halve(x))
    corners = list(zip(web.get_xdata(), web.get_ydata(), strict=True))
    assert corners == [(2.0, 0.0), (2.0, 1.25), (1.25, 1.25), (1.25, 0.875), (0.875, 0.875)]
    assert stable.get_markerfacecolor() != "white"
    assert unstable.get_markerfacecolor() == "white"
    assert ax.get_xlabel() == "$q_{k-1}$"


def test_cobweb_of_a_map_of_the_interval_starts_at_its_lower_edge():
    c = np.linspace(-1, 1, 20)
    ax = length_map.plot_cobweb(c, 0.5 * c + 0.5, [np.array([-0.5, 0.25])], symbol="c")
    web = ax.lines[2]
    assert web.get_ydata()[0] == -1
    assert ax.get_ylabel() == "$c_k$"


def test_trajectories_start_at_layer_one_with_error_bars_in_the_same_color():
    theory = {"a": np.array([3.0, 2.0, 1.0]), "b": np.array([1.0, 1.0, 1.0])}
    measured = {"a": np.array([[3.0, 2.2, 0.5], [3.2, 2.0, 1.5]])}
    _, given = plt.subplots()
    ax = length_map.plot_length_trajectories(theory, measured, ax=given)
    assert ax is given
    lines = {line.get_label(): line for line in ax.lines}
    np.testing.assert_array_equal(lines["a"].get_xdata(), [1, 2, 3])
    np.testing.assert_array_equal(lines["a"].get_ydata(), theory["a"])
    (bars,) = ax.containers
    np.testing.assert_allclose(bars[0].get_ydata(), [3.1, 2.1, 1.0])
    heights = [segment[1, 1] - segment[0, 1] for segment in bars[2][0].get_segments()]
    np.testing.assert_allclose(heights, [0.2, 0.2, 1.0])  # twice the half distance of two samples
    assert bars[0].get_color() == lines["a"].get_color()


def test_fates_are_counted_and_colored_by_where_they_end():
    samples = np.array([[0.3, 0.5, 2.0], [0.3, 0.2, 0.0], [0.3, 0.4, 2.1]])
    points = [SimpleNamespace(value=0.0, stable=True), SimpleNamespace(value=0.3, stable=False)]
    ax = length_map.plot_network_fates(samples, points, threshold=1.0)
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["2 networks rise", "1 networks die"]
    assert [line.get_linestyle() for line in ax.lines[-2:]] == ["-", "--"]


def test_branches_and_fan_show_their_arrays():
    std, values = np.array([0.5, 1.0, 1.5]), np.array([0.0, 0.0, 0.8])
    ax = length_map.plot_fixed_point_branches(std, {"no bias": values})
    np.testing.assert_array_equal(ax.lines[0].get_ydata(), values)
    samples = np.array([[1.0, 1.0], [1.0, 3.0], [1.0, 8.0]])
    ax = length_map.plot_quantile_fan(samples, np.array([1.0, 4.0]))
    by_label = {line.get_label(): line.get_ydata() for line in ax.lines}
    np.testing.assert_array_equal(by_label["median network"], [1.0, 3.0])
    np.testing.assert_array_equal(by_label["mean of the networks"], [1.0, 4.0])
    assert ax.get_yscale() == "log"
    assert len(ax.collections) == 2
