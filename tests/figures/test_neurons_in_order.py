"""The figures of chapter 16 show the arrays that they were given, on the axes they name."""

import numpy as np
import pytest
from matplotlib import pyplot as plt

from lossland.figures import neuron_order, parameter_distance


@pytest.fixture(autouse=True)
def _close():
    yield
    plt.close("all")


def labels(ax):
    return [text.get_text() for text in ax.get_legend().get_texts()]


def test_panels_share_one_scale():
    a, b = np.array([[1.0, -2.0], [0.0, 0.5]]), np.ones((2, 2))
    axes = neuron_order.plot_weight_panels({"a": a, "b": b})
    images = [ax.images[0] for ax in axes]
    np.testing.assert_array_equal(images[0].get_array(), a)
    assert [image.get_clim() for image in images] == [(-2, 2)] * 2
    assert [ax.get_title() for ax in axes] == ["a", "b"]
    assert neuron_order.plot_weight_panels({"a": a, "b": b}, limit=3)[1].images[0].get_clim() == (-3, 3)


def test_points_have_the_color_of_their_law_and_markers_in_turn():
    x, y, error = np.array([0.1, 1.0]), np.array([1.0, 0.5]), np.array([0.0, 0.1])
    points = [("n", (x, y, error)), ("m", (x, y / 2, error)), ("n", (x, y / 3, error))]
    ax = neuron_order.plot_recovery({"n": (x, y), "m": (x, y / 2)}, points)
    first, other, second = (bars.lines[0] for bars in ax.containers)
    assert first.get_color() == second.get_color() == ax.lines[0].get_color() != other.get_color()
    assert first.get_marker() == other.get_marker() != second.get_marker()
    np.testing.assert_allclose(ax.containers[0].lines[2][0].get_segments()[1][:, 1], [0.4, 0.6])
    assert (ax.get_xscale(), labels(ax)) == ("log", ["n", "m"])


def test_half_disturbances():
    n = np.array([10, 100])
    ax = neuron_order.plot_half_disturbances({"law": (n, 4 / n**2)}, {"maximin": (n, 5 / n**2, 1 / n**3)})
    np.testing.assert_array_equal(ax.lines[0].get_ydata(), 4 / n**2)
    np.testing.assert_array_equal(ax.containers[0].lines[0].get_ydata(), 5 / n**2)
    assert (ax.get_xscale(), ax.get_yscale(), labels(ax)) == ("log", "log", ["law", "maximin"])


def test_law_has_its_limit_and_its_bands():
    ratio = np.array([0.0, 1.0])
    laws = {"5 x 5": (ratio, np.array([1.0, 0.4]), np.array([0.2, 0.1]))}
    points = {"5 x 5": (ratio, np.array([1.1, 0.3]), np.array([0.05, 0.05]))}
    ax = parameter_distance.plot_distance_law((ratio, np.array([1.0, 1 / 3])), laws, points)
    band = ax.collections[0].get_paths()[0].vertices[:, 1]
    assert (band.min(), band.max()) == pytest.approx((0.3, 1.2))
    np.testing.assert_array_equal(ax.containers[0].lines[0].get_ydata(), [1.1, 0.3])
    assert labels(ax) == ["large matrices", "5 x 5"]


def test_layers_are_counted_from_one_and_stop_at_the_floor():
    ax = parameter_distance.plot_layer_distances({"matching": (np.array([0.1, 0.0]), np.zeros(2))}, floor=1e-6)
    (bars,) = ax.containers
    np.testing.assert_array_equal(bars.lines[0].get_xdata(), [1, 2])
    np.testing.assert_array_equal(bars.lines[0].get_ydata(), [0.1, 1e-6])


def test_tracks_are_means_over_runs():
    steps, runs = np.array([10, 20]), np.array([[1.0, 2.0], [3.0, 4.0]])
    ax = parameter_distance.plot_tracks(steps, {"maximin": runs})
    (bars,) = ax.containers
    np.testing.assert_array_equal(bars.lines[0].get_ydata(), [2, 3])
    np.testing.assert_allclose(bars.lines[2][0].get_segments()[0][:, 1], [1, 3])


def test_stops_are_dots_and_never_is_none():
    runs = np.array([[4.0, 2.0, 0.5], [4.0, 3.0, 2.0]])
    ax = parameter_distance.plot_approach({"same data": runs}, stops={"same data": np.array([2, -1])})
    dots = [line for line in ax.lines if line.get_marker() == "o"]
    assert [(float(dot.get_xdata()[0]), float(dot.get_ydata()[0])) for dot in dots] == [(2.0, 0.5)]
    assert labels(ax) == ["same data", "edge of the cloud"]
    assert parameter_distance.plot_approach({"a": runs}).lines[0].get_ydata()[2] == 0.5
