"""Figures of two inputs: ellipses of the predicted covariance, maps with their ends, journeys of a pair."""

import matplotlib
import numpy as np
import pytest
from matplotlib import pyplot as plt

from lossland.figures import correlation_map

matplotlib.use("Agg")


@pytest.fixture(autouse=True)
def _close():
    yield
    plt.close("all")


def test_ellipse_has_mahalanobis_distance_two_everywhere():
    covariance = np.array([[2.0, 0.6], [0.6, 1.0]])
    ax = correlation_map.plot_neuron_pairs(np.array([1.0, 2.0]), np.array([0.5, -1.0]), covariance)
    cloud, ellipse = ax.lines
    np.testing.assert_array_equal(cloud.get_xdata(), [1.0, 2.0])
    points = np.stack([ellipse.get_xdata(), ellipse.get_ydata()])
    distances = np.einsum("im,ij,jm->m", points, np.linalg.inv(covariance), points)
    np.testing.assert_allclose(distances, 4.0)
    assert ax.get_aspect() == 1


def test_ellipse_of_equal_inputs_is_a_segment_of_the_diagonal():
    ax = correlation_map.plot_neuron_pairs(np.zeros(1), np.zeros(1), np.ones((2, 2)))
    np.testing.assert_allclose(ax.lines[1].get_xdata(), ax.lines[1].get_ydata(), atol=1e-7)


def test_maps_with_diagonal_and_ends():
    c = np.linspace(-1, 1, 11)
    _, given = plt.subplots()
    ax = correlation_map.plot_correlation_maps(c, {"half": 0.5 * c + 0.5}, fixed_points={"half": 1.0}, ax=given)
    assert ax is given
    diagonal, curve, end = ax.lines
    np.testing.assert_array_equal(diagonal.get_ydata(), c)
    np.testing.assert_array_equal(curve.get_ydata(), 0.5 * c + 0.5)
    assert end.get_xdata()[0] == end.get_ydata()[0] == 1.0


def test_journeys_show_both_lengths_and_the_correlation():
    covariances = np.array([[[4.0, 1.0], [1.0, 1.0]], [[1.0, 0.9], [0.9, 1.0]]])
    lengths = correlation_map.plot_pair_lengths({"net": covariances})
    solid, dashed = lengths.lines
    np.testing.assert_array_equal(solid.get_ydata(), [4.0, 1.0])
    np.testing.assert_array_equal(dashed.get_ydata(), [1.0, 1.0])
    assert (solid.get_linestyle(), dashed.get_linestyle()) == ("-", "--")
    correlations = correlation_map.plot_pair_correlations({"net": covariances})
    np.testing.assert_allclose(correlations.lines[0].get_ydata(), [0.5, 0.9])
    assert correlations.get_ylabel() == "correlation $c_k$"


def test_correlation_trajectories_are_labeled_as_such():
    ax = correlation_map.plot_correlation_trajectories({"a": np.array([0.0, 0.5])})
    np.testing.assert_array_equal(ax.lines[0].get_xdata(), [1, 2])
    assert ax.get_ylabel() == "correlation $c_k$"
