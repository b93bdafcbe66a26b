"""Figures of interpolation: the curves and points that went in, medians over draws."""

import numpy as np
import pytest
from matplotlib import pyplot as plt

from lossland.figures import interpolation


@pytest.fixture(autouse=True)
def _close():
    yield
    plt.close("all")


def test_interpolants_run_through_the_data():
    grid = np.linspace(0, 1, 5)
    ax = interpolation.plot_interpolants(np.array([0.0, 1.0]), np.array([0.0, 2.0]), grid, {"line": 2 * grid})
    curve, data = ax.lines
    np.testing.assert_array_equal(curve.get_ydata(), 2 * grid)
    assert data.get_linestyle() == "None"
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["line", "data"]


def test_errors_are_medians_on_logarithmic_axes():
    measured, expected = np.array([[1e-9, 3e-9, 2e-9]]), np.array([[5e-9, 5e-9, 7e-9]])
    ax = interpolation.plot_interpolation_errors(np.array([10]), {"p": (measured, expected)})
    assert ax.lines[0].get_ydata() == [2e-9]
    assert ax.lines[1].get_ydata() == [5e-9]
    assert (ax.get_xscale(), ax.get_yscale()) == ("log", "log")
