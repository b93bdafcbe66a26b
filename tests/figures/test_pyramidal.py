"""Figures of pyramidal networks: points above their bound, runs and their median."""

import numpy as np
import pytest
from matplotlib import pyplot as plt

from lossland.figures import pyramidal


@pytest.fixture(autouse=True)
def _close():
    yield
    plt.close("all")


def test_every_network_is_a_point_over_the_diagonal():
    bound, norm = np.array([1e-3, 1e-2]), np.array([1e-1, 1.0])
    ax = pyramidal.plot_gradient_bound(bound, norm)
    diagonal, points = ax.lines
    np.testing.assert_array_equal(diagonal.get_xdata(), diagonal.get_ydata())
    np.testing.assert_array_equal(points.get_xdata(), bound)
    np.testing.assert_array_equal(points.get_ydata(), norm)
    assert ax.get_xlim() == ax.get_ylim()


def test_training_shows_all_runs_and_their_median():
    losses = np.array([[1.0, 2.0, 3.0], [0.1, 0.2, 0.0]])
    ax = pyramidal.plot_training(np.array([0, 10]), {"N = 3": losses})
    assert len(ax.lines) == 4
    np.testing.assert_array_equal(ax.lines[-1].get_ydata(), [2.0, 0.1])
    assert min(line.get_ydata().min() for line in ax.lines) > 0
    assert ax.get_yscale() == "log"
