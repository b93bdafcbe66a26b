"""Figures of the spin glass: zeros where the theory has them, data where they were given."""

import numpy as np
import pytest
from matplotlib import pyplot as plt

from lossland import spin_glass as sg
from lossland.figures import complexity, glass_index, glass_minima


@pytest.fixture(autouse=True)
def _close():
    yield
    plt.close("all")


def test_complexity_lines_carry_their_index_and_their_zero():
    ax = complexity.plot_complexity(3, (0, 2))
    labels = [text.get_text() for text in ax.get_legend().get_texts()]
    assert labels[1:] == ["$k = 0$", "$k = 2$"]
    dots = [line for line in ax.get_lines() if line.get_marker() == "o"]
    assert [float(dot.get_xdata()[0]) for dot in dots] == pytest.approx([-1.656998, -1.650253], abs=1e-6)
    line = next(line for line in ax.get_lines() if line.get_label() == "$k = 2$")
    np.testing.assert_allclose(line.get_ydata(), sg.complexity_of_index(line.get_xdata(), 3, 2))


def test_total_complexity_lies_above_that_of_minima():
    ax = complexity.plot_total_complexity(4)
    both = {line.get_label(): line.get_ydata() for line in ax.get_lines()}
    assert np.all(both["any index"] >= both["minima"] - 1e-15)


def test_critical_energies_approach_their_power_law():
    ax = complexity.plot_critical_energies(3, np.array([10, 10_000]))
    gap, law = ax.get_lines()
    ratio = gap.get_ydata() / law.get_ydata()
    assert abs(ratio[1] - 1) < abs(ratio[0] - 1) / 5
    assert (ax.get_xscale(), ax.get_yscale()) == ("log", "log")


def test_densities_and_means_are_drawn_as_given():
    u, p = np.array([-1.5, -1.4, -1.3]), np.array([1.0, 2.0, 1.0])
    ax = glass_minima.plot_densities_of_minima({50: (u, p)})
    (line,) = ax.get_lines()
    np.testing.assert_array_equal(line.get_ydata(), p)
    points = ("found", np.array([25]), np.array([-1.4]), np.array([0.01]))
    ax = glass_minima.plot_minima_against_size((np.array([25, 100]), np.array([-1.38, -1.5])), measured=[points])
    exact, law, measured = ax.get_lines()[:3]
    np.testing.assert_allclose(exact.get_xdata(), [0.2, 0.1])
    slope = np.diff(law.get_ydata())[0] / np.diff(law.get_xdata())[0]
    assert slope == pytest.approx(4 / 3)
    np.testing.assert_allclose(measured.get_xdata(), [0.2])


def test_lowest_energies_are_drawn_with_their_prediction():
    exact, found = (np.array([10, 100]), np.array([-1.4, -1.6]), np.array([0.1, 0.02])), ([20], [-1.55], [0.01])
    ax = glass_minima.plot_lowest_energies(exact, found)
    lines = {line.get_label(): line for line in ax.get_lines()}
    np.testing.assert_array_equal(lines["predicted mean"].get_ydata(), exact[1])
    assert lines["$-E_0$"].get_ydata()[0] == pytest.approx(-1.656998, abs=1e-6)
    assert ax.containers[0].lines[0].get_ydata() == [-1.55]
    low, high = np.sort(ax.collections[0].get_paths()[0].vertices[:, 1])[[0, -1]]
    assert (low, high) == pytest.approx((-1.62, -1.3))


def test_histogram_of_found_minima_has_unit_area():
    ax = glass_minima.plot_energy_histogram(np.linspace(-1.6, -1.4, 50), (np.array([-1.6, -1.4]), np.array([5, 5])))
    bars = [patch for patch in ax.patches if patch.get_height() < 90 and patch.get_width() < 0.02]
    assert sum(patch.get_height() * patch.get_width() for patch in bars) == pytest.approx(1)


def test_index_points_and_curve():
    group = ("a system", np.array([-1.0, 0.0]), np.array([0.1, 0.5]))
    ax = glass_index.plot_index_against_energy([group])
    points = ax.get_lines()[0]
    np.testing.assert_array_equal(points.get_ydata(), [0.1, 0.5])
    curve = next(line for line in ax.get_lines() if line.get_label() == "semicircle")
    np.testing.assert_allclose(curve.get_ydata(), sg.index_fraction(curve.get_xdata(), 3))


def test_spectra_color_what_is_negative():
    _, axes = plt.subplots(1, 2)
    rng = np.random.default_rng(0)
    glass_index.plot_hessian_spectra([(-1.0, rng.normal(3, 1, 500)), (0.0, rng.normal(0, 1, 500))], axes=axes)
    for ax in axes:
        colors = {patch.get_x() + patch.get_width() / 2 < 0: patch.get_facecolor() for patch in ax.patches}
        assert colors[True] != colors[False]
        assert any(abs(patch.get_x()) < 1e-9 for patch in ax.patches)  # zero is an edge of bins
