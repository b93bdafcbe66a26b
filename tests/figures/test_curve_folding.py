"""The pictures of a curve of inputs draw the curve, closed, and the law of its length."""

import numpy as np
import pytest
from matplotlib import pyplot as plt

from lossland.figures.curve_folding import plot_curve, plot_curve_gallery, plot_curve_lengths


@pytest.fixture(autouse=True)
def _close():
    yield
    plt.close("all")


def circle(n_points, radius=1.0):
    angle = np.linspace(0, 2 * np.pi, n_points, endpoint=False)
    return radius * np.stack([np.cos(angle), np.sin(angle)], axis=1)


def test_curve_is_closed_and_runs_through_the_points():
    points = np.column_stack([circle(7), np.zeros(7)])
    ax = plot_curve(points)
    segments = np.array(ax.collections[0].get_segments())
    np.testing.assert_allclose(segments[:, 0], points[:, :2])
    np.testing.assert_allclose(segments[:, 1], np.roll(points[:, :2], -1, axis=0))
    assert np.all(np.diff(ax.collections[0].get_array()) > 0)


def test_scale_is_equal_and_as_asked():
    ax = plot_curve(circle(5), half_width=3.0)
    assert ax.get_xlim() == ax.get_ylim() == (-3.0, 3.0)
    assert ax.get_aspect() == 1.0


def test_gallery_names_rows_and_columns_and_shares_one_scale_per_row():
    axes = plot_curve_gallery(
        [[circle(5), circle(5, 0.5)], [circle(5), circle(5, 2.0)]],
        row_names=["ordered", "chaotic"], column_names=["layer 1", "layer 5"],
    )
    assert axes.shape == (2, 2)
    assert [ax.get_ylabel() for ax in axes[:, 0]] == ["ordered", "chaotic"]
    assert [ax.get_title() for ax in axes[0]] == ["layer 1", "layer 5"]
    assert [ax.get_xlim() for ax in axes.flat] == [(-1.05, 1.05)] * 2 + [(-2.1, 2.1)] * 2


def test_gallery_wants_one_name_for_each_row():
    with pytest.raises(ValueError, match="zip"):
        plot_curve_gallery([[circle(5)]], row_names=["a", "b"], column_names=["layer 1"])


def test_lengths_are_relative_with_standard_errors_and_the_law_of_chi1():
    lengths = np.array([[2.0, 3.0, 4.0], [4.0, 5.0, 10.0]])
    _, ax = plt.subplots()
    assert plot_curve_lengths(lengths, 1.5, label="here", ax=ax) is ax
    points, law = ax.get_lines()[0], ax.get_lines()[-1]
    ratios = np.array([[1, 1.5, 2], [1, 1.25, 2.5]])
    np.testing.assert_allclose(points.get_ydata(), ratios.mean(axis=0))
    np.testing.assert_array_equal(points.get_xdata(), [1, 2, 3])
    np.testing.assert_allclose(law.get_ydata(), 1.5 ** np.array([0, 0.5, 1]))
    bars = np.array(ax.containers[0].lines[2][0].get_segments())[:, :, 1]
    error = ratios.std(axis=0, ddof=1) / np.sqrt(2)
    np.testing.assert_allclose(np.diff(bars, axis=1)[:, 0], 2 * error, atol=1e-12)
    assert ax.get_yscale() == "log"
    assert ax.get_legend().get_texts()[0].get_text() == r"here, $\chi_1=1.500$"
    assert "k" in ax.get_xlabel()
