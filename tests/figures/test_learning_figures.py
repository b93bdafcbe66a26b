"""The figures of chapter 20 show the images and points that they were given."""

import numpy as np
import pytest
from matplotlib import pyplot as plt

from lossland.figures import image_rows, response_space


@pytest.fixture(autouse=True)
def _close():
    yield
    plt.close("all")


def test_every_image_is_where_its_row_says_and_scaled_by_itself():
    first = np.array([[[0.0, 1.0], [2.0, 4.0]], [[10.0, 10.0], [10.0, 20.0]]])
    ax = image_rows.plot_image_rows({"one": first, "two": -first[:1]})
    shown = ax.images[0].get_array().filled(np.nan)
    assert shown.shape == (5, 5)
    np.testing.assert_allclose(shown[:2, :2], [[0, 0.25], [0.5, 1]])
    np.testing.assert_allclose(shown[:2, 3:], [[0, 0], [0, 1]])
    np.testing.assert_allclose(shown[3:, :2], [[1, 0.75], [0.5, 0]])
    assert np.isnan(shown[2]).all()
    assert np.isnan(shown[3:, 2:]).all()
    assert [text.get_text() for text in ax.get_yticklabels()] == ["one", "two"]
    np.testing.assert_allclose(ax.get_yticks(), [0.5, 3.5])


def test_signed_images_have_zero_in_the_middle_and_bright_where_they_are_positive():
    ax = image_rows.plot_image_rows({"filter": np.array([[[-1.0, 0.0], [4.0, 2.0]]])}, signed=True)
    np.testing.assert_allclose(ax.images[0].get_array().filled(np.nan), [[0.625, 0.5], [0.0, 0.25]])
    assert ax.images[0].get_cmap().name == "gray_r"  # 0 is white


def test_an_empty_image_is_drawn():
    ax = image_rows.plot_image_rows({"flat": np.ones((1, 3, 3))})
    np.testing.assert_array_equal(ax.images[0].get_array().filled(np.nan), np.zeros((3, 3)))


@pytest.mark.parametrize("rows", [{}, {"a": np.ones((1, 2, 2)), "b": np.ones((1, 3, 3))}, {"a": np.ones((2, 2))}])
def test_images_of_different_sizes_are_refused(rows):
    with pytest.raises(ValueError, match="rows: expected images"):
        image_rows.plot_image_rows(rows)


def test_each_class_has_its_points_in_three_dimensions():
    rng = np.random.default_rng(0)
    points, labels = rng.normal(size=(20, 3)), np.repeat([3, 8], 10)
    axes = plt.figure().add_subplot(projection="3d")
    ax = response_space.plot_response_space(points, labels, names=("a", "b", "c"), ax=axes)
    assert ax is axes
    for line, label in zip(ax.lines, (3, 8), strict=True):
        np.testing.assert_array_equal(np.array(line.get_data_3d()).T, points[labels == label])
        assert line.get_label() == str(label)
    assert ax.lines[0].get_marker() != ax.lines[1].get_marker()
    assert ax.get_zlabel() == "c response"


def test_two_responses_make_a_plane():
    ax = response_space.plot_response_space(np.arange(8.0).reshape(4, 2), np.array([0, 0, 1, 1]))
    np.testing.assert_array_equal(ax.lines[1].get_xydata(), [[4, 5], [6, 7]])
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("first response", "second response")


def test_too_many_classes_or_responses_are_refused():
    with pytest.raises(ValueError, match="labels: expected at most 7"):
        response_space.plot_response_space(np.ones((8, 2)), np.arange(8))
    with pytest.raises(ValueError, match="responses: expected"):
        response_space.plot_response_space(np.ones((8, 4)), np.arange(8))
