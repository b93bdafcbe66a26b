"""The graph of a pruned network has a line for each connection, and colors for groups."""

import numpy as np
import pytest
from matplotlib import pyplot as plt
from matplotlib.colors import to_rgba

from lossland.figures.pruned_networks import plot_pruned_network
from lossland.figures.style import COLORS


@pytest.fixture(autouse=True)
def _close():
    yield
    plt.close("all")


def test_a_line_for_each_one_between_the_right_units():
    first, second = np.array([[1, 0], [1, 1], [0, 1]]), np.array([[1, 0, 1]])
    ax = plot_pruned_network([first, second], title="small")
    inner, outer, *layers = ax.collections
    assert [len(lines.get_segments()) for lines in (inner, outer)] == [first.sum(), second.sum()]
    assert [len(units.get_offsets()) for units in layers] == [2, 3, 1]
    places = [np.asarray(units.get_offsets()) for units in layers]
    drawn = {tuple(map(tuple, np.round(line, 6))) for line in inner.get_segments()}
    wanted = {(tuple(places[0][j]), tuple(places[1][i])) for i, j in zip(*np.nonzero(first), strict=True)}
    assert drawn == {tuple(tuple(np.round(p, 6)) for p in pair) for pair in wanted}
    assert ax.get_title(loc="left") + ax.get_title() == "small"


def test_units_of_one_group_have_one_color_and_others_another():
    ax = plot_pruned_network([np.ones((3, 2)), np.ones((1, 3))], groups=[[0, 0, 1]])
    hidden = ax.collections[3].get_facecolors()
    np.testing.assert_array_equal(hidden[0], hidden[1])
    assert not np.array_equal(hidden[0], hidden[2])
    np.testing.assert_allclose(ax.collections[2].get_facecolors()[0], to_rgba(COLORS["black"]))


def test_minus_one_is_no_group():
    ax = plot_pruned_network([np.ones((2, 2)), np.ones((1, 2))], groups=[[-1, 0]])
    shades = ax.collections[3].get_facecolors()
    np.testing.assert_allclose(shades[0], to_rgba(COLORS["black"]))
    np.testing.assert_allclose(shades[1], to_rgba(COLORS["blue"]))
