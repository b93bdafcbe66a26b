"""Figures of chapter 05: what is drawn is what was given, and signs have their colors."""

import numpy as np
import pytest
from matplotlib import pyplot as plt

from lossland import teacher_student as ts
from lossland.figures import spurious_minima, spurious_shares


@pytest.fixture(autouse=True)
def _close():
    yield
    plt.close("all")


def test_descents_are_counted_by_their_ends():
    losses = np.array([[1.0, 1.0, 1.0], [1e-9, 0.02, 1e-9]])
    ax = spurious_minima.plot_descents(np.array([1, 10]), losses, [False, True, False])
    labels = [text.get_text() for text in ax.get_legend().get_texts()]
    assert labels == ["2 runs to the global minimum", "1 runs to a spurious one"]
    assert (ax.get_xscale(), ax.get_yscale()) == ("log", "log")


def test_weights_have_one_scale_and_their_numbers():
    axes = spurious_minima.plot_weights({"a": np.eye(3), "b": -np.eye(2)}, numbers=True)
    assert [ax.images[0].get_clim() for ax in axes] == [(-1, 1), (-1, 1)]
    np.testing.assert_array_equal(axes[1].images[0].get_array(), -np.eye(2))
    assert {text.get_text() for text in axes[1].texts} == {"-1.00", "-.00"}


def test_paths_mark_their_ends_and_additions_their_start():
    t = np.linspace(0, 1, 3)
    ax = spurious_minima.plot_path(t, {"one": np.array([1.0, 3.0, 0.0])})
    np.testing.assert_array_equal(ax.get_lines()[1].get_ydata(), [1.0, 0.0])
    ax = spurious_minima.plot_after_adding({"zero": (np.arange(3), np.array([2.0, 1.0, 0.0]))}, 2.0)
    assert ax.get_lines()[0].get_ydata()[0] == 2.0
    assert ax.get_ylim()[1] == pytest.approx(2.4)


def test_shares_have_their_intervals_and_crosses():
    k, share = np.array([6, 7]), np.array([0.1, 0.2])
    ax = spurious_shares.plot_spurious_shares([("n = k", k, share, share - 0.05, share + 0.1)], [("printed", k, share)])
    bars = ax.containers[0].lines[2][0].get_segments()
    np.testing.assert_allclose(bars[0][:, 1], [5, 20])
    crosses = next(line for line in ax.get_lines() if line.get_marker() == "x")
    np.testing.assert_allclose(crosses.get_ydata(), [10, 20])


def test_families_show_saddles_as_open_dots_in_the_color_of_their_number():
    k = np.array([5, 6])
    least = np.array([ts.reversed_students(int(n)).least_eigenvalue for n in k])
    first, second = spurious_shares.plot_families({"a": [(1, k, least)], "b": [(2, k, least), (1, k, -least)]})
    line, full, empty = first.get_lines()
    assert (full.get_xdata().tolist(), empty.get_xdata().tolist()) == ([6], [5])
    assert empty.get_markerfacecolor() == "white"
    assert second.get_lines()[3].get_color() == line.get_color()


def test_reversals_are_shares_of_all_runs():
    ax = spurious_shares.plot_reversals({"k = 10": {0: 3, 1: 1}})
    assert [patch.get_height() for patch in ax.patches] == [75.0, 25.0]
