"""The figures of chapter 07 show the arrays that they were given, on the axes they name."""

import numpy as np
import pytest
from matplotlib import pyplot as plt

from lossland.connectivity import path_moments
from lossland.figures import connected_paths, neuron_clouds


@pytest.fixture(autouse=True)
def _close():
    yield
    plt.close("all")


def labels(ax):
    return [text.get_text() for text in ax.get_legend().get_texts()]


def test_losses_stand_over_their_times():
    values = np.array([0.1, 2.0, 0.3])
    ax = connected_paths.plot_losses_along_paths({"segment": values, "curve": values / 10})
    np.testing.assert_array_equal(ax.lines[0].get_xdata(), [0, 0.5, 1])
    np.testing.assert_array_equal(ax.lines[1].get_ydata(), values / 10)
    assert (ax.get_yscale(), labels(ax)) == ("log", ["segment", "curve"])
    assert connected_paths.plot_losses_along_paths({"a": values}, log=False).get_yscale() == "linear"


def test_plane_has_its_paths_and_points():
    x, y = np.linspace(-1, 2, 5), np.linspace(0, 1, 4)
    path = np.array([[0.0, 0.0], [1.0, 0.5]])
    loss = np.exp(np.add.outer(y, x))
    ax = connected_paths.plot_plane_of_paths((x, y, loss), {"curve": path}, {"A": (0.0, 0.0)})
    np.testing.assert_array_equal(ax.lines[0].get_xydata(), path)
    assert [text.get_text() for text in ax.texts] == ["A"]
    assert ax.get_aspect() == 1


def test_widths_have_error_bars():
    width, mean, error = np.array([10, 100]), np.array([0.5, 0.1]), np.array([0.1, 0.02])
    ax = connected_paths.plot_against_width({"arc": (width, mean, error)}, ylabel="barrier", log=True)
    (bars,) = ax.containers
    np.testing.assert_array_equal(bars.lines[0].get_ydata(), mean)
    np.testing.assert_allclose(bars.lines[2][0].get_segments()[0][:, 1], [0.4, 0.6])
    assert (ax.get_xscale(), ax.get_yscale(), ax.get_ylabel()) == ("log", "log", "barrier")
    assert [tick.get_text() for tick in ax.get_xticklabels()] == ["10", "100"]


def test_clouds_and_the_circle():
    cloud = np.random.default_rng(1).normal(size=(30, 2))
    axes = neuron_clouds.plot_neuron_clouds([("X", {"X": cloud}), ("both", {"X": cloud, "Y": -cloud})])
    np.testing.assert_array_equal(axes[0].lines[0].get_xydata(), cloud)
    np.testing.assert_array_equal(axes[1].lines[1].get_xydata(), -cloud)
    np.testing.assert_allclose(np.hypot(*axes[0].lines[-1].get_xydata().T), 2)
    assert axes[0].get_legend() is None
    assert labels(axes[1]) == ["X", "Y"]


@pytest.mark.parametrize("quantity", ["mean", "covariance", "excess_kurtosis"])
def test_moments_are_the_closed_form_and_the_points(quantity):
    t = np.array([0.2, 0.5])
    ax = neuron_clouds.plot_path_moments(quantity, {"arc": (t, t, t / 10)}, factor=3, legend=False)
    line = ax.lines[0]
    np.testing.assert_allclose(line.get_ydata(), 3 * getattr(path_moments("arc", line.get_xdata()), quantity))
    np.testing.assert_array_equal(ax.containers[0].lines[0].get_ydata(), t)
    assert ax.get_legend() is None


def test_fits_are_sorted_and_stop_at_the_floor():
    ax = neuron_clouds.plot_fits({2: np.array([0.1, 0.0]), 3: np.array([1e-3])}, floor=1e-9)
    np.testing.assert_array_equal(ax.lines[0].get_ydata(), [1e-9, 0.1])
    assert [tick.get_text() for tick in ax.get_xticklabels()] == ["$N = 2$", "$N = 3$"]
