"""Figures of descent: paths, errors and limits are those that went in."""

import matplotlib
import numpy as np
import pytest
from matplotlib import pyplot as plt

from lossland.descent import quadratic
from lossland.figures import trajectories

matplotlib.use("Agg")


@pytest.fixture(autouse=True)
def _close():
    yield
    plt.close("all")


def test_paths_over_contours_with_a_ring_at_the_start():
    surface, path = quadratic([1.0, 10.0]), np.array([[2.0, 1.0], [1.0, 0.0]])
    ax = trajectories.plot_trajectories(surface, {"run": path}, window=((-1, 3), (-2, 2)))
    line, ring = ax.lines
    np.testing.assert_array_equal(line.get_xydata(), path)
    np.testing.assert_array_equal(ring.get_xydata(), path[:1])
    assert ax.get_title(loc="left") or ax.get_title() == "run"
    assert ax.get_xlim() == (-1, 3)
    both = trajectories.plot_trajectories(surface, {"a": path, "b": -path})
    assert [text.get_text() for text in both.get_legend().get_texts()] == ["a", "b"]
    assert both.get_xlim() == surface.window[0]


def test_errors_are_points_on_predicted_lines_of_the_same_color():
    errors, lines = {"a": np.array([1.0, 0.5, 0.2])}, {"a": np.array([1.0, 0.45, 0.2])}
    _, given = plt.subplots()
    ax = trajectories.plot_error_decay(errors, lines, steps=np.array([0, 10, 20]), ax=given)
    assert ax is given
    line, points = ax.lines
    np.testing.assert_array_equal(line.get_ydata(), lines["a"])
    np.testing.assert_array_equal(points.get_ydata(), errors["a"])
    np.testing.assert_array_equal(points.get_xdata(), [0, 10, 20])
    assert line.get_color() == points.get_color()
    assert ax.get_yscale() == "log"
    assert len(trajectories.plot_error_decay(errors).lines) == 1


def test_loss_curves_show_each_run_and_their_mean():
    curves = np.array([[1.0, 3.0], [0.5, 0.1]])
    ax = trajectories.plot_loss_curves(np.array([0, 5]), {"descent": curves})
    drawn = [line.get_ydata() for line in ax.lines]
    np.testing.assert_array_equal(drawn[:2], curves.T)
    np.testing.assert_array_equal(drawn[2], [2.0, 0.3])


def test_stability_limits_by_form():
    beta = np.array([0.0, 0.5])
    measured = {"polyak": np.array([2.0, 3.0]), "printed": np.array([1.0, 0.5])}
    predicted = {form: (beta, limit) for form, limit in measured.items()}
    ax = trajectories.plot_stability_limits(beta, measured, predicted)
    by_label = {line.get_label(): line.get_ydata() for line in ax.lines}
    np.testing.assert_array_equal(by_label["as printed, measured"], [1.0, 0.5])
    np.testing.assert_array_equal(by_label["heavy ball (Polyak), theory"], [2.0, 3.0])
    assert ax.get_xlabel()
    assert ax.get_ylabel()
