"""Gradient figures: mean and standard error of the draws, and the predicted log-normal density."""

import numpy as np
import pytest
from matplotlib import pyplot as plt

from lossland.figures.gradient_norms import plot_gradient_norms, plot_gradient_scatter


@pytest.fixture(autouse=True)
def _close():
    yield
    plt.close("all")


def test_points_are_means_over_draws_and_bars_one_standard_error():
    samples, theory = np.array([[4.0, 2.0, 1.0], [2.0, 2.0, 1.0]]), np.array([2.25, 1.5, 1.0])
    _, ax = plt.subplots()
    assert plot_gradient_norms(samples, theory, label="chaotic", ax=ax) is ax
    points, line = ax.get_lines()[0], ax.get_lines()[-1]
    np.testing.assert_array_equal(points.get_xdata(), [1, 2, 3])
    np.testing.assert_array_equal(points.get_ydata(), [3.0, 2.0, 1.0])
    np.testing.assert_array_equal(line.get_ydata(), theory)
    bars = np.array(ax.containers[0].lines[2][0].get_segments())[:, :, 1]
    np.testing.assert_allclose(bars[0], [2.0, 4.0])
    assert ax.get_yscale() == "log"
    assert "delta_k" in ax.get_ylabel()


def test_scatter_shows_a_density_and_the_predicted_normal():
    rng = np.random.default_rng(0)
    log_ratios = rng.normal(-1.0, 1.2, 500)
    _, ax = plt.subplots()
    assert plot_gradient_scatter(log_ratios, -1.0, 1.44, n_bins=20, ax=ax) is ax
    area = sum(patch.get_height() * patch.get_width() for patch in ax.patches)
    assert area == pytest.approx(1.0)
    assert len(ax.patches) == 20
    curve, zero = ax.get_lines()
    peak = curve.get_xdata()[np.argmax(curve.get_ydata())]
    assert peak == pytest.approx(-1.0, abs=0.02)
    assert np.max(curve.get_ydata()) == pytest.approx(1 / np.sqrt(2 * np.pi * 1.44), rel=1e-3)
    assert np.trapezoid(curve.get_ydata(), curve.get_xdata()) == pytest.approx(1.0, abs=0.01)
    assert zero.get_xdata()[0] == 0.0
