"""The figures of chapter 17 show the arrays that they were given, on the axes they name."""

import numpy as np
import pytest
from matplotlib import pyplot as plt

from lossland.figures import valley_web


@pytest.fixture(autouse=True)
def _close():
    yield
    plt.close("all")


def test_clouds_lie_over_their_displacements_and_the_copy_at_twice_the_boundary():
    toward, across = np.array([[0.1, -0.2], [0.3, 0.4]]), np.array([[5.0, -5.0], [1.0, 2.0]])
    ax = valley_web.plot_cloud_toward_copy({"run": (toward, across), "cloud": (toward / 2, across)}, boundary=1.5)
    run, cloud, boundary, center, copy = ax.lines
    np.testing.assert_array_equal(run.get_xydata(), np.column_stack([toward.ravel(), across.ravel()]))
    np.testing.assert_array_equal(cloud.get_xdata(), toward.ravel() / 2)
    assert set(boundary.get_xdata()) == {1.5}
    assert (float(center.get_xdata()[0]), float(copy.get_xdata()[0])) == (0.0, 3.0)
    names = [text.get_text() for text in ax.get_legend().get_texts()]
    assert names == ["run", "cloud", "half way", "center", "nearest copy"]
    assert ax.get_xlim()[1] > 3.0


def test_renamed_shares_have_their_times_and_errors():
    times, mean, error = np.arange(3), np.array([0.0, 0.2, 0.5]), np.array([0.0, 0.1, 0.1])
    ax = valley_web.plot_renamed_neurons({"8": (times, mean, error), "64": (times, mean / 2, error)})
    first, second = ax.containers
    np.testing.assert_array_equal(first.lines[0].get_ydata(), mean)
    np.testing.assert_array_equal(second.lines[0].get_xdata(), times)
    np.testing.assert_allclose(first.lines[2][0].get_segments()[1][:, 1], [0.1, 0.3])
    assert first.lines[0].get_color() != second.lines[0].get_color()
    assert ax.get_ylabel() == "share of neurons renamed"
