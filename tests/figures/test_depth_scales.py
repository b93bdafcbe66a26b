"""Depth-scale figures: theory as lines, measurements with their own error bars."""

import numpy as np
import pytest
from matplotlib import pyplot as plt

from lossland.figures.depth_scales import plot_decay, plot_depth_scales, plot_measured_depth_scale

WEIGHT_STD = np.array([1.0, 1.3, 1.6])


@pytest.fixture(autouse=True)
def _close():
    yield
    plt.close("all")


def bars(ax):
    return np.array(ax.containers[0].lines[2][0].get_segments())[:, :, 1]


def test_theory_lines_leave_a_gap_where_the_scale_is_infinite():
    ax = plot_depth_scales(WEIGHT_STD, np.array([1.0, 2.0, 3.0]), np.array([3.6, np.inf, 15.0]))
    xi_c, xi_q = ax.get_lines()
    np.testing.assert_array_equal(xi_c.get_ydata(), [3.6, np.nan, 15.0])
    np.testing.assert_array_equal(xi_q.get_ydata(), [1.0, 2.0, 3.0])
    np.testing.assert_array_equal(xi_q.get_xdata(), WEIGHT_STD)
    assert "xi_c" in xi_c.get_label()
    assert "xi_q" in xi_q.get_label()
    assert ax.get_yscale() == "log"
    assert ax.get_xlabel().startswith("weight_std")


def test_critical_point_is_marked_only_when_given():
    ax = plot_depth_scales(WEIGHT_STD, WEIGHT_STD, WEIGHT_STD, critical=1.39)
    assert ax.get_lines()[-1].get_xdata()[0] == 1.39
    assert len(plot_depth_scales(WEIGHT_STD, WEIGHT_STD, WEIGHT_STD).get_lines()) == 2


def test_measured_points_carry_their_standard_errors():
    _, ax = plt.subplots()
    measured, error = np.array([3.5, 20.0, 15.0]), np.array([0.1, 3.0, 0.5])
    assert plot_measured_depth_scale(WEIGHT_STD, measured, error, label="width 300", ax=ax) is ax
    np.testing.assert_array_equal(ax.get_lines()[0].get_ydata(), measured)
    np.testing.assert_allclose(bars(ax), np.stack([measured - error, measured + error], axis=1))
    assert ax.get_legend().get_texts()[0].get_text() == "width 300"


def test_decay_drops_what_a_logarithm_cannot_show():
    _, ax = plt.subplots()
    mean, error, theory = np.array([0.5, 0.2, -0.01]), np.full(3, 0.05), np.array([0.5, 0.25, 0.125])
    assert plot_decay(mean, error, theory, label="c", ax=ax) is ax
    points, line = ax.get_lines()[0], ax.get_lines()[-1]
    np.testing.assert_array_equal(points.get_xdata(), [1, 2])
    np.testing.assert_array_equal(points.get_ydata(), [0.5, 0.2])
    np.testing.assert_array_equal(line.get_ydata(), theory)
    np.testing.assert_allclose(bars(ax), [[0.45, 0.55], [0.15, 0.25]])
