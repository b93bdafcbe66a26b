"""Figures of the model of the loss: what is drawn is what was given, correlations and errors included."""

import numpy as np
import pytest
from matplotlib import pyplot as plt

from lossland.figures.loss_model import plot_hinge_average, plot_minima_levels, plot_stages, plot_training


@pytest.fixture(autouse=True)
def _close():
    yield
    plt.close("all")


def test_each_stage_has_its_panel_and_its_correlation():
    true = np.array([1.0, 2.0, 3.0])
    axes = plot_stages(true, {"M independent": -true, "linear": 2 * true})
    assert "r = -1.00" in axes[0].get_title("left")
    assert "r = 1.00" in axes[1].get_title("left")
    np.testing.assert_array_equal(axes[1].get_lines()[1].get_ydata(), 2 * true)


def test_training_shows_means_errors_and_step_zero():
    values = np.array([[1.0, 0.5, np.nan], [0.0, 0.5, np.nan]])
    ax = plot_training([0, 10, 100], {"rho": values})
    x, y = ax.get_lines()[0].get_data()
    np.testing.assert_allclose(x, [5, 10])
    np.testing.assert_allclose(y, [0.5, 0.5])
    assert [text.get_text() for text in ax.get_xticklabels()] == ["0", "10", "100"]
    (bars,) = ax.containers[0].lines[2]
    assert np.diff(bars.get_segments()[0][:, 1])[0] == pytest.approx(2 * 0.5)


def test_average_and_levels_on_given_axes():
    _, (first, second) = plt.subplots(1, 2)
    s = np.array([0.5, 1.0])
    cloud = (np.ones(3), np.ones(3), np.zeros(3))
    assert plot_hinge_average(s, s, s / 2, measured=cloud, ax=first) is first
    assert len(first.get_lines()) == 4
    assert plot_minima_levels({"shared": np.array([-2.0, -1.0, -2.0])}, ax=second) is second
    np.testing.assert_allclose(second.get_lines()[0].get_ydata(), [1, 1, 0.5])
