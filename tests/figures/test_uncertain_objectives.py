"""The figures of chapter 12 show the arrays that they were given, on the axes they name."""

import numpy as np
import pytest
from matplotlib import pyplot as plt

from lossland.figures import uncertain_objectives as uo
from lossland.figures.measured_curves import plot_measured_curves


@pytest.fixture(autouse=True)
def _close():
    yield
    plt.close("all")


def labels(ax):
    return [text.get_text() for text in ax.get_legend().get_texts()]


def test_curves_and_their_points_share_a_color():
    x, y, error = np.array([1.0, 2.0]), np.array([3.0, 4.0]), np.array([0.1, 0.2])
    ax = plot_measured_curves(
        {"law": (x, y)}, {"law": (x, y + 1, error), "other": (x, y - 1, error)}, xlabel="B", ylabel="noise",
        xscale="log", yscale="log", join=True,
    )  # fmt: skip
    mine, other = ax.containers
    assert ax.lines[0].get_color() == mine.lines[0].get_color() != other.lines[0].get_color()
    np.testing.assert_array_equal(mine.lines[0].get_ydata(), y + 1)
    np.testing.assert_allclose(other.lines[2][0].get_segments()[1][:, 1], [2.8, 3.2])
    assert (mine.lines[0].get_linestyle(), other.lines[0].get_linestyle()) == ("None", "-")
    assert (labels(ax), ax.get_xscale(), ax.get_yscale(), ax.get_ylabel()) == (["law", "other"], "log", "log", "noise")
    assert plot_measured_curves({"one": (x, y)}, {}, xlabel="", ylabel="").get_legend() is None


def test_few_decades_get_ticks_in_between_and_no_powers_of_ten():
    ax = plot_measured_curves({"a": ([3.0, 200.0], [1e-6, 1.0])}, {}, xlabel="", ylabel="", xscale="log", yscale="log")
    ax.figure.canvas.draw()
    texts = [text.get_text() for text in ax.get_xticklabels()]
    assert {"5", "10", "20", "50", "100"} <= set(texts)
    assert not any("times" in text.get_text() for text in ax.get_yticklabels())
    assert ax.get_xticklabels(minor=True) == [] or ax.get_xticklabels(minor=True)[0].get_text() == ""


def test_draws_are_marked_at_their_minima():
    x = np.linspace(-1, 1, 5)
    draws = np.array([(x - 0.5) ** 2, (x + 0.5) ** 2])
    ax = uo.plot_objective_draws(x, draws, x**2)
    assert [line.get_xdata()[0] for line in ax.lines if line.get_marker() == "o"] == [0.5, -0.5]
    np.testing.assert_array_equal(ax.lines[-1].get_ydata(), x**2)
    assert labels(ax) == ["one sample each", "all data"]


def test_ellipses_have_the_axes_of_the_covariance():
    turn = np.array([[0.6, -0.8], [0.8, 0.6]])
    covariance = turn @ np.diag([9.0, 1.0]) @ turn.T
    ax = uo.plot_optimum_cloud({"B = 10": np.zeros((3, 2))}, {"B = 10": covariance}, (1.0, 2.0))
    (ellipse,) = ax.patches
    assert (ellipse.width, ellipse.height) == pytest.approx((12, 4))
    along = np.array([np.cos(np.radians(ellipse.angle)), np.sin(np.radians(ellipse.angle))])
    assert abs(along @ [0.6, 0.8]) == pytest.approx(1)
    assert tuple(ellipse.center) == (1.0, 2.0)


def test_running_means_and_their_band():
    ax = uo.plot_running_means({"a": [[1.0, 3.0, 2.0]], "b": [[0.0, 0.0, 0.0]]}, bands={"a": np.array([3.0, 2.0, 1.0])})
    np.testing.assert_array_equal(ax.lines[0].get_ydata(), [1, 2, 2])
    assert len(ax.collections) == 1
    assert labels(ax) == ["a", "b"]


def test_losses_are_relative_to_their_least():
    x = np.array([0.0, 1.0, 2.0])
    ax = uo.plot_loss_shapes(x, {"squared": (x - 1) ** 2 + 2, "other": 3 * x + 1})
    np.testing.assert_allclose(ax.lines[0].get_ydata(), [1.5, 1, 1.5])
    assert ax.lines[3].get_xdata()[0] == 0
    assert labels(ax) == ["squared", "other"]
