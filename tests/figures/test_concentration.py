"""Figures of sums: what is on the axes is the data that went in."""

import matplotlib
import numpy as np
import pytest
from matplotlib import pyplot as plt
from scipy import stats

from lossland.figures import concentration

matplotlib.use("Agg")


@pytest.fixture(autouse=True)
def _close():
    yield
    plt.close("all")


def test_running_means_with_their_band():
    means = np.array([[1.0, 0.0, 1 / 3], [-1.0, -1.0, -1 / 3]])
    ax = concentration.plot_running_means(means, 2.0)
    drawn = [line.get_ydata() for line in ax.lines if len(line.get_xdata()) == 3]
    np.testing.assert_array_equal(drawn, means)
    band = ax.collections[0].get_paths()[0].vertices
    assert band[:, 1].max() == pytest.approx(2.0)
    assert ax.get_xscale() == "log"
    assert ax.get_xlabel()
    assert ax.get_ylabel()


def test_distribution_functions_are_steps_over_the_normal_law():
    _, given = plt.subplots()
    values, probability = np.array([-1.0, 1.0]), np.array([0.5, 1.0])
    ax = concentration.plot_distribution_functions({1: (values, probability)}, ax=given)
    assert ax is given
    normal, steps = ax.lines
    np.testing.assert_allclose(normal.get_ydata(), stats.norm.cdf(normal.get_xdata()))
    assert steps.get_drawstyle() == "steps-post"
    np.testing.assert_array_equal(steps.get_ydata(), probability)
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["normal law", "$n = 1$"]


def test_histogram_is_a_density_and_the_normal_curve_has_the_variance():
    samples = stats.norm.ppf((np.arange(5000) + 0.5) / 5000, scale=2.0)
    ax = concentration.plot_histogram_against_normal(samples, 4.0, label="neurons")
    assert sum(bar.get_height() * bar.get_width() for bar in ax.patches) == pytest.approx(1.0, abs=1e-3)
    curve = ax.lines[0]
    assert curve.get_ydata().max() == pytest.approx(stats.norm.pdf(0, scale=2.0), rel=1e-2)
    assert "variance 4" in ax.get_legend().get_texts()[-1].get_text()


def test_rate_function_with_exact_tails():
    x = np.linspace(0.1, 0.9, 5)
    finite = {10: x, 100: 0.5 * x}
    ax = concentration.plot_rate_function(x, x**2, x**2 / 2, finite)
    by_label = {line.get_label(): line.get_ydata() for line in ax.lines}
    np.testing.assert_array_equal(by_label["rate function $I(x)$"], x**2)
    np.testing.assert_array_equal(by_label["exact, $n = 100$"], 0.5 * x)
    assert ax.get_ylim()[0] == 0
