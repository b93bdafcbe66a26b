"""The path figures show the arrays that they were given, and count paths."""

import numpy as np
import pytest
from matplotlib import pyplot as plt

from lossland.figures.path_polynomial import plot_open_paths, plot_path_frequencies, plot_sharing_correlation


@pytest.fixture(autouse=True)
def _close():
    yield
    plt.close("all")


def test_open_paths_are_counted_and_colored():
    weights = [np.array([[1.0, -1.0], [2.0, 1.0], [1.0, 1.0]]), np.array([[1.0, -2.0, 3.0]])]
    ax = plot_open_paths(weights, [np.array([1.0, 0.0, 1.0])], title="image")
    assert ax.get_title("left") == "image: 4 of 6 paths open"
    grays = [line for line in ax.get_lines() if line.get_color() == "#CFCFCF"]
    assert (len(ax.get_lines()), len(grays)) == (9, 3)
    assert [text.get_text() for text in ax.get_xticklabels()] == ["input", "layer 1", "output"]


def test_frequencies_are_sorted_with_their_mean_and_the_noise_of_one_coin():
    ax = plot_path_frequencies({"random": np.array([0.1, 0.4, 0.1])}, n_samples=100)
    line, mean = ax.get_lines()
    np.testing.assert_allclose(line.get_ydata(), [0.4, 0.1, 0.1])
    assert mean.get_ydata()[0] == pytest.approx(0.2)
    band = ax.collections[0].get_datalim(ax.transData)
    assert band.height == pytest.approx(4 * np.sqrt(0.2 * 0.8 / 100))


def test_sharing_has_points_a_law_and_a_zero():
    _, ax = plt.subplots()
    assert plot_sharing_correlation([0.0, 0.3, 1.0], [0.01, 0.01, 0.0], [0, 1 / 3, 1], ax=ax) is ax
    np.testing.assert_allclose(ax.get_lines()[0].get_ydata(), [0, 1 / 3, 1])
    labels = [text.get_text() for text in ax.get_legend().get_texts()]
    assert "independent paths" in labels
