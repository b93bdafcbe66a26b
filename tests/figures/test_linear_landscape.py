"""Figures of deep linear landscapes: minima on the hyperbola, constants, slopes, and a wedge without points."""

import numpy as np
import pytest
from matplotlib import pyplot as plt
from scipy import optimize

from lossland import linear_networks as ln
from lossland.figures import bad_minima, flat_saddles, near_identity, two_weights


@pytest.fixture(autouse=True)
def _close():
    yield
    plt.close("all")


@pytest.mark.parametrize("target", [1.0, -0.7])
def test_the_drawn_minima_are_minima_and_the_chord_passes_the_saddle(target):
    ax = two_weights.plot_two_weights(target)
    branches = [line for line in ax.get_lines() if line.get_color() == "#D55E00" and line.get_linestyle() == "-"]
    assert len(branches) == 2
    for line in branches:
        np.testing.assert_allclose(np.prod(line.get_xydata(), axis=1), target)
    (chord,) = [line for line in ax.get_lines() if line.get_linestyle() == "--"]
    np.testing.assert_allclose(np.prod(chord.get_xydata(), axis=1), target)
    np.testing.assert_allclose(chord.get_xydata().mean(0), 0, atol=1e-15)


def test_deviations_and_their_line_are_those_of_the_factors():
    matrix = np.diag([-1.0, -2.0])
    found = [ln.near_identity_factors(matrix, n) for n in (10, 100, 1000)]
    ax = near_identity.plot_near_identity({"diag": found})
    points, line = ax.get_lines()[:2]
    np.testing.assert_allclose(points.get_ydata(), [result.deviations.max() for result in found])
    np.testing.assert_allclose(line.get_ydata() * line.get_xdata(), 2 * np.pi)
    assert points.get_ydata()[-1] == pytest.approx(line.get_ydata()[-1], rel=1e-4)
    assert ax.get_legend().get_texts()[0].get_text() == "diag: 6.28$/n$"


def test_lines_have_the_slope_of_their_name():
    t = np.geomspace(1e-3, 0.1, 5)
    ax = flat_saddles.plot_decrease(t, {1: t, 3: 2 * t**3})
    for power, (points, line) in zip((1, 3), (ax.get_lines()[:2], ax.get_lines()[2:]), strict=True):
        np.testing.assert_allclose(points.get_ydata(), line.get_ydata())
        assert np.polyfit(np.log(t), np.log(line.get_ydata()), 1)[0] == pytest.approx(power)
    assert [text.get_text() for text in ax.get_legend().get_texts()] == [
        "1 zero layer: slope 1",
        "3 zero layers: slope 3",
    ]


def test_the_wedge_shows_the_entries_of_the_products():
    products = np.array([[[0.1, 0.2], [-0.3, 0.0]]])
    ax = bad_minima.plot_wedge(products, limit=1.0)
    edge, points = ax.get_lines()[:2]
    np.testing.assert_allclose(edge.get_xdata(), edge.get_ydata())
    np.testing.assert_allclose(points.get_xydata(), [[0.4, 0.2]])


def test_the_landscape_of_rank_one_is_what_a_search_over_sizes_finds():
    loss = ln.weighted_quadratic_loss([[1.0, 0.3], [-0.2, 0.5]], [[1.0, 3.0], [2.0, 0.7]])
    theta, phi = np.array([0.3, 2.0]), np.array([-0.4, 1.0, 1.2])
    values = bad_minima.rank_one_landscape(loss, theta, phi)
    for i, j in np.ndindex(2, 3):
        ray = np.outer([np.cos(theta[i]), np.sin(theta[i])], [np.cos(phi[j]), np.sin(phi[j])])
        found = optimize.minimize_scalar(lambda s, ray=ray: float(loss.value(s * ray)))
        assert values[i, j] == pytest.approx(found.fun, abs=1e-9)


def test_marked_points_carry_their_names():
    ax = bad_minima.plot_rank_one_landscape(ln.bottleneck_minimum().loss, [(0, 0, "good"), (90, 90, "bad")])
    assert {"good", "bad"} <= {text.get_text() for text in ax.texts}
    assert [tuple(line.get_xydata()[0]) for line in ax.get_lines()] == [(0, 0), (90, 90)]
