"""The figures of chapter 02 show the arrays that they were given, on the axes they name."""

import numpy as np
import pytest
from matplotlib import pyplot as plt

from lossland import descent
from lossland.figures.critical_points import plot_critical_points
from lossland.figures.descent_certificates import plot_best_gradient, plot_factors
from lossland.figures.local_minima import plot_local_minima
from lossland.figures.one_dimensional_descent import plot_descent_on_curve
from lossland.figures.random_slices import plot_bowl_probability
from lossland.figures.saddle_escape import plot_escape_times
from lossland.figures.satisfiability import plot_sat_threshold
from lossland.figures.shallow_ends import plot_learned_functions, plot_sorted_losses


@pytest.fixture(autouse=True)
def _close():
    yield
    plt.close("all")


def data_of(line):
    return np.asarray(line.get_xdata(), float), np.asarray(line.get_ydata(), float)


def labels(ax):
    return [text.get_text() for text in ax.get_legend().get_texts()]


def test_critical_points_stand_where_they_are_and_are_counted_by_kind():
    surface = descent.himmelblau()
    ax = plot_critical_points(surface, surface.critical_points)
    assert labels(ax) == ["minimum (4)", "saddle (4)", "maximum (1)"]
    marks = [c for c in ax.collections if c.get_label().startswith("saddle")]
    expected = [p.position for p in surface.critical_points if p.kind == "saddle"]
    np.testing.assert_allclose(marks[0].get_offsets(), expected)
    assert ax.get_xlim() == (-5, 5)


def test_best_gradient_has_a_solid_and_a_dashed_line_for_each_run():
    check = descent.check_surface(descent.log_sum(2), [3.0, -2.0], 0.4, 20)
    ax = plot_best_gradient({"run": check}, floor=1e-30)
    solid, dashed = ax.get_lines()
    np.testing.assert_allclose(data_of(solid)[1], check.best_gradient)
    np.testing.assert_allclose(data_of(dashed)[1], check.best_bound)
    assert (ax.get_xscale(), ax.get_yscale(), dashed.get_linestyle()) == ("log", "log", "--")


def test_factors_lie_on_the_line_and_lost_runs_are_marked():
    products = np.array([0.5, 1.5, 2.5])
    ax = plot_factors(products, 1 - products, orbit=products[2:])
    line, measured, gone = ax.get_lines()
    np.testing.assert_allclose(data_of(line)[1], 1 - data_of(line)[0])
    np.testing.assert_allclose(data_of(measured), [products, 1 - products])
    assert data_of(gone)[0] == [2.5]
    assert len(plot_factors(products, 1 - products).get_lines()) == 2


def test_descent_on_a_curve_starts_with_a_ring_and_ends_with_a_disk():
    path = np.array([[2.3], [2.4], [3.0]])
    ax = plot_descent_on_curve(descent.escape(), {"hiker": path}, window=(-1, 4))
    curve, iterates, start, end = ax.get_lines()[:4]
    np.testing.assert_allclose(data_of(curve)[1], descent.escape().value(data_of(curve)[0][:, None]))
    np.testing.assert_allclose(data_of(iterates)[0], path[:, 0])
    assert (data_of(start)[0], data_of(end)[0]) == ([2.3], [3.0])
    assert len(ax.get_lines()) == 6  # two critical points
    assert ax.get_xlim() == (-1, 4)


def test_escape_times_leave_out_runs_that_never_left():
    offsets = np.array([1e-2, 1e-8])
    ax = plot_escape_times(offsets, {"a": np.array([43, -1])}, {"a": np.array([41.0, 186.0])})
    line, points = ax.get_lines()
    assert data_of(line)[1].tolist() == [41, 186]
    assert np.isnan(data_of(points)[1][1])
    assert ax.xaxis_inverted()


def test_losses_are_sorted_and_signed_by_their_ends():
    losses = np.array([0.1, 0.0, 0.01])
    ends = np.array(["plateau", "global minimum", "dead units"])
    ax = plot_sorted_losses(losses, ends, levels={"1/100": 0.01})
    assert labels(ax) == ["global minimum (1)", "dead units (1)", "plateau (1)"]
    places = {line.get_label(): data_of(line) for line in ax.get_lines() if "(" in str(line.get_label())}
    assert [float(places[name][0][0]) for name in labels(ax)] == [1, 2, 3]
    assert float(places["global minimum (1)"][1][0]) == 1e-10
    assert "1/100" in [text.get_text() for text in ax.texts]


def test_learned_functions_are_drawn_over_the_target():
    x = np.linspace(-1, 1, 5)
    ax = plot_learned_functions(descent.HAT, x, {"local minimum": 0.75 - abs(x)})
    target, learned = ax.get_lines()
    np.testing.assert_allclose(data_of(target)[1], descent.HAT(x))
    np.testing.assert_allclose(data_of(learned)[1], 0.75 - abs(x))


def test_sat_threshold_has_two_curves_with_binomial_errors():
    ratios, fractions = np.array([3.0, 5.0]), np.array([1.0, 0.25])
    ax = plot_sat_threshold(ratios, fractions, np.array([0.5, np.nan]), n_formulas=16, n_starts=[48, 0], threshold=4.2)
    first, second = ax.containers
    assert data_of(first[0])[1].tolist() == [1, 0.25]
    assert data_of(second[0])[1][0] == 0.5
    low, high = first[2][0].get_segments()[1][:, 1]
    assert (high - low) / 2 == pytest.approx((0.25 * 0.75 / 16) ** 0.5)


def test_local_minima_have_one_series_per_width():
    ax = plot_local_minima(np.array([2, 8, 2]), np.array([1.0, 0.1, 0.9]), np.array([1.1, 0.2, 1.0]))
    assert labels(ax) == ["width 2", "width 8"]
    assert data_of(ax.get_lines()[0])[0].tolist() == [1.0, 0.9]


def test_bowl_probabilities_are_curves_for_lines_and_points_for_planes():
    fractions = np.array([0.1, 0.5])
    ax = plot_bowl_probability(fractions, {10: [0.9, 0.5]}, {10: [0.8, 0.1]})
    curve, points = ax.get_lines()
    assert data_of(curve)[1].tolist() == [0.9, 0.5]
    assert data_of(points)[1].tolist() == [0.8, 0.1]


@pytest.mark.parametrize(
    "plot",
    [
        lambda ax: plot_factors(np.array([0.5, 1.0]), np.array([0.5, 0.0]), ax=ax),
        lambda ax: plot_local_minima(np.array([2]), np.array([1.0]), np.array([1.0]), ax=ax),
        lambda ax: plot_descent_on_curve(descent.double_well(), {"a": np.array([0.5])}, ax=ax),
        lambda ax: plot_critical_points(descent.strict_saddle(), descent.strict_saddle().critical_points, ax=ax),
    ],
)
def test_all_draw_on_the_axes_they_are_given(plot):
    _, ax = plt.subplots()
    assert plot(ax) is ax
