"""Figures of the dynamics of linear networks: what was given is what is drawn."""

import numpy as np
import pytest
from matplotlib import pyplot as plt

from lossland.figures import generic_starts, mode_courses, rank_staircase, stuck_modes


@pytest.fixture(autouse=True)
def _close():
    yield
    plt.close("all")


def named(ax):
    return {line.get_label(): line for line in ax.get_lines()}


def test_courses_and_their_points_share_a_color():
    t = np.linspace(0, 1, 5)
    ax = mode_courses.plot_mode_courses({"a": (t, t), "b": (t, t**2)}, points={"b": (t[::2], t[::2] + 1)})
    lines = ax.get_lines()
    assert len(lines) == 3
    assert lines[1].get_color() == lines[2].get_color()
    np.testing.assert_array_equal(lines[2].get_ydata(), t[::2] + 1)
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["a", "b"]


def test_waiting_times_have_smaller_starts_on_the_right():
    starts, at = np.array([1e-3, 1e-1]), np.array([1e-2])
    ax = mode_courses.plot_waiting_times(starts, {2: [3.0, 1.0]}, measured={2: [2.0]}, at=at)
    left, right = ax.get_xlim()
    assert left > right
    assert ax.get_lines()[1].get_ydata() == [2.0]


def test_conserved_quantities_end_on_the_minima():
    paths = np.array([[[1.0, 1.5]], [[0.8, 1.25]]])
    ax = mode_courses.plot_conserved_quantities(paths, arrows=(np.linspace(-1, 1, 3),) * 2)
    minima = named(ax)["global minima"]
    np.testing.assert_allclose(minima.get_xdata() * minima.get_ydata(), 1.0)
    end = next(line for line in ax.get_lines() if line.get_marker() == "s")
    assert (float(end.get_xdata()[0]), float(end.get_ydata()[0])) == (0.8, 1.25)


def test_drifts_of_zero_stay_on_a_logarithmic_axis():
    ax = mode_courses.plot_drifts(np.array([1.0, 2.0]), [("flow", np.array([0.0, 1e-3]))])
    np.testing.assert_array_equal(named(ax)["flow"].get_ydata(), [1e-17, 1e-3])


def test_singular_values_show_mean_band_and_prediction():
    values = np.array([[[1.0, 0.5], [3.0, 0.5]]] * 2)
    ax = rank_staircase.plot_singular_values(np.array([0.0, 1.0]), values, [3.0, 1.0], theory=np.ones((2, 2)))
    lines = named(ax)
    np.testing.assert_array_equal(lines["mode 1, target 3"].get_ydata(), [2, 2])
    band = ax.collections[0].get_paths()[0].vertices[:, 1]
    assert (band.min(), band.max()) == pytest.approx((1, 3))
    assert "predicted" in lines
    single = rank_staircase.plot_singular_values(np.array([0.0, 1.0]), values[:, :1], [3.0, 1.0])
    assert "predicted" not in named(single)


def test_stairs_have_a_dashed_line_for_every_rank_but_the_last():
    ax = rank_staircase.plot_loss_stairs(np.array([0.0, 1.0]), np.array([[7.0, 7.0], [0.0, 0.1]]), [7.0, 2.5, 0.5, 0.0])
    dashed = [float(line.get_ydata()[0]) for line in ax.get_lines() if line.get_linestyle() == "--"]
    assert dashed == [7.0, 2.5, 0.5]


def test_escape_shows_level_and_prediction():
    t = np.array([0.0, 1.0])
    lines = named(stuck_modes.plot_rounding_escape(t, {"a": t, "b": 1 - t}, level=0.25, predicted=0.7))
    assert lines["stuck: half of $r^2$"].get_ydata()[0] == 0.25
    assert lines["predicted escape"].get_xdata()[0] == 0.7
    assert "predicted escape" not in named(stuck_modes.plot_rounding_escape(t, {"a": t}, level=0.25))


def test_defects_leave_out_zeros_and_the_law_ends_at_one():
    t = np.array([0.0, 1.0, 2.0])
    ax = stuck_modes.plot_growing_defect({"run": (t, np.array([0.0, 1e-9, 1e-8]))}, seed=1e-10, rate=2.0)
    run, law = ax.get_lines()
    np.testing.assert_array_equal(run.get_xdata(), [1, 2])
    assert law.get_ydata()[[0, -1]] == pytest.approx([1e-10, 1.0])


def test_step_limits_and_trials():
    ax = stuck_modes.plot_step_limits(np.array([1.0, 2.0]), {2: [1.0, 0.5]}, measured={2: [0.7]}, at=np.array([1.5]))
    assert ax.get_lines()[1].get_ydata() == [0.7]
    assert (ax.get_xscale(), ax.get_yscale()) == ("log", "log")


def test_shares_leave_out_zeros_and_carry_binomial_errors():
    share, error = generic_starts.share_and_error(np.array([50, 0]), 100)
    np.testing.assert_allclose(share, [0.5, 0])
    np.testing.assert_allclose(error, [0.05, 0])
    times = np.array([1.0, 2.0])
    ax = generic_starts.plot_share_left({"a": (times, share, error)}, theory={"a": (times, [0.6, 0.1])})
    points, theory = ax.containers[0].lines[0], ax.get_lines()[-1]
    np.testing.assert_array_equal(points.get_xdata(), [1.0])
    np.testing.assert_array_equal(theory.get_ydata(), [0.6, 0.1])
