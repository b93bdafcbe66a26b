"""Figures of the equilibrium of noisy descent: what was given is what is drawn."""

import numpy as np
import pytest
from matplotlib import pyplot as plt

from lossland.figures import noise_clouds, seed_spread


@pytest.fixture(autouse=True)
def _close():
    yield
    plt.close("all")


def named(ax):
    return {line.get_label(): line for line in ax.get_lines()}


def test_a_histogram_is_a_density_and_laws_are_lines():
    sample, x = np.linspace(-1, 1, 500), np.linspace(-2, 2, 9)
    ax = noise_clouds.plot_laws(sample, {"a": (x, x**2), "b": (x, -x)}, n_bins=10)
    np.testing.assert_array_equal(named(ax)["b"].get_ydata(), -x)
    areas = [patch.get_width() * patch.get_height() for patch in ax.patches]
    assert sum(areas) == pytest.approx(1)
    assert "500 runs" in [text.get_text() for text in ax.get_legend().get_texts()]


def test_noise_is_drawn_against_the_curvature_without_decay():
    ax = seed_spread.plot_noise_along([0.11, 0.2, 1.1, 0.09], [0.03, 0.3, 3.0, 1.0], weight_decay=0.1)
    dots = named(ax)["directions"]
    np.testing.assert_allclose(dots.get_xdata(), [0.01, 0.1, 1.0])
    line = next(line for name, line in named(ax).items() if "times the curvature" in name)
    np.testing.assert_allclose(line.get_ydata() / line.get_xdata(), 3.0)


def test_measured_variances_have_errors_and_laws_are_sorted():
    curvature, measured = np.array([1.0, 0.1, 0.5]), np.array([1.0, 2.0, 3.0])
    laws = [("crosses", measured + 1), ("line", curvature), ("other", 2 * curvature)]
    ax = seed_spread.plot_direction_variances(curvature, measured, measured / 10, laws)
    lines = named(ax)
    np.testing.assert_array_equal(lines["crosses"].get_ydata(), measured + 1)
    np.testing.assert_array_equal(lines["line"].get_xdata(), [0.1, 0.5, 1.0])
    assert ax.containers[0].has_yerr
    assert (ax.get_xscale(), ax.get_yscale()) == ("log", "log")
