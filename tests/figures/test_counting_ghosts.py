"""The figures of chapter 15 show the arrays that they were given, on the axes they name."""

import numpy as np
import pytest
from matplotlib import pyplot as plt
from matplotlib.colors import to_rgb

from lossland.figures import connection_tables, copy_counts, exchanged_neurons, inverse_instability, zero_modes
from lossland.figures.style import COLORS
from lossland.symmetry import c3_table


@pytest.fixture(autouse=True)
def _close():
    yield
    plt.close("all")


def labels(ax):
    return [text.get_text() for text in ax.get_legend().get_texts()]


def test_network_has_a_line_for_each_weight_thick_where_it_is_large():
    weights = [np.array([[1.0, -2.0], [0.5, 0.0], [2.0, 1.0]]), np.array([[1.0, -1.0, 0.0]])]
    names = [["x", "y"], ["a", "b", "c"], ["out"]]
    ax = exchanged_neurons.plot_network(weights, names=names, colors={"b": "orange"})
    lines = [line for line in ax.lines if len(line.get_xdata()) == 2]
    assert len(lines) == 9
    widths = {round(line.get_linewidth(), 6) for line in lines[:6]}
    assert widths == {0.4, 1.2, 2.0, 3.6}  # moduli 0, 0.5, 1, 2 of 2
    assert lines[1].get_linestyle() == "--"
    colored = [line for line in lines if to_rgb(line.get_color()) == to_rgb(COLORS["orange"])]
    assert len(colored) == 3  # two lines into b, one out of it
    assert [text.get_text() for text in ax.texts] == ["x", "y", "a", "b", "c", "out"]


def test_copies_stand_over_widths_next_to_the_mark():
    widths, powers = np.array([1, 10, 100]), np.array([0.5, 6.6, 158.0])
    ax = copy_counts.plot_copies_against_width(widths, {"permutations": powers}, mark=("atoms", 80.0))
    np.testing.assert_array_equal(ax.lines[0].get_ydata(), powers)
    assert ax.lines[1].get_ydata()[0] == 80
    assert (ax.get_xscale(), ax.get_yscale(), labels(ax)) == ("log", "log", ["permutations"])


def test_bars_have_their_lengths_and_ranges_are_hatched():
    ax = copy_counts.plot_counts({"printed": 324.2, "range": (199.9, 320.7)}, first="printed")
    assert [bar.get_width() for bar in ax.patches] == pytest.approx([324.2, 199.9, 120.8])
    assert [bool(bar.get_hatch()) for bar in ax.patches] == [False, False, True]
    assert [text.get_text() for text in ax.texts] == ["324.2", "199.9 to 320.7"]
    assert ax.lines[0].get_xdata()[0] == 324.2
    assert ax.yaxis_inverted()


def test_success_and_copies_share_their_widths():
    widths, share = np.array([2, 4, 8]), np.array([0.5, 0.9, 1.0])
    axes = copy_counts.plot_success_and_copies(widths, (share, share / 10), np.array([0.3, 1.4, 4.6]))
    np.testing.assert_array_equal(axes[0].containers[0].lines[0].get_ydata(), share)
    np.testing.assert_array_equal(axes[1].lines[0].get_ydata(), [0.3, 1.4, 4.6])
    assert [tick.get_text() for tick in axes[1].get_xticklabels()] == ["2", "4", "8"]


def test_table_has_a_square_for_each_link_and_a_cross_for_each_change():
    swapped = c3_table()[[1, 0, 2, 3, 4, 5]]
    ax = connection_tables.plot_connection_table(swapped, reference=c3_table(), rows="bacdef")
    squares, crosses = (collection.get_offsets() for collection in ax.collections)
    assert len(squares) == 60
    assert len(crosses) == int((swapped != c3_table()).sum()) > 0
    assert [tick.get_text() for tick in ax.get_yticklabels()] == list("bacdef")
    assert len(connection_tables.plot_connection_table(c3_table()).collections) == 1


def test_functions_and_distances_are_drawn():
    x, values = np.linspace(0, 1, 5), np.ones(5)
    ax = inverse_instability.plot_functions(x, {"k = 1": values, "k = 2": values / 2})
    np.testing.assert_array_equal(ax.lines[1].get_ydata(), values / 2)
    ax = inverse_instability.plot_closeness(values, {"bound": (values, "-"), "found": (2 * values, "o")})
    assert (ax.get_xscale(), ax.get_yscale(), ax.xaxis_inverted()) == ("log", "log", True)
    assert ax.lines[1].get_marker() == "o"


def test_vanishing_eigenvalues_are_counted_and_lie_at_the_floor():
    ax = zero_modes.plot_eigenvalues({"ReLU": np.array([1.0, 0.0, -1e-15, 2.0]), "tanh": np.array([3.0, 1.0])})
    np.testing.assert_allclose(ax.lines[0].get_ydata(), [2.0, 1.0, 1e-15, 1e-17])
    assert labels(ax) == ["ReLU: 2 zero", "tanh: none zero"]
    assert ax.get_yscale() == "log"
