"""The trainability figure puts each accuracy in the cell of its setting."""

import numpy as np
import pytest
from matplotlib import pyplot as plt

from lossland.figures.trainability import plot_trainability


@pytest.fixture(autouse=True)
def _close():
    yield
    plt.close("all")


def test_cells_surround_their_settings_and_carry_the_accuracy():
    weight_std, depths = np.array([1.0, 1.4, 2.0]), np.array([5, 10])
    accuracy = np.array([[0.9, 0.95, 0.9], [0.1, 0.9, np.nan]])
    _, ax = plt.subplots()
    assert plot_trainability(weight_std, depths, accuracy, ax=ax) is ax
    mesh = ax.collections[0]
    np.testing.assert_array_equal(mesh.get_array().filled(-1), np.nan_to_num(accuracy, nan=-1))
    assert mesh.get_clim() == (0.0, 1.0)
    np.testing.assert_allclose(mesh.get_coordinates()[0, :, 0], [0.8, 1.2, 1.7, 2.3])
    np.testing.assert_allclose(mesh.get_coordinates()[:, 0, 1], [2.5, 7.5, 12.5])
    assert (ax.get_xlabel(), ax.get_ylabel()) == (r"weight_std $\alpha_w$", "depth (layers)")
    assert ax.get_ylim() == (2.5, 12.5)
    assert not ax.get_lines()


def test_predicted_limit_is_drawn_on_top():
    limit = (np.array([0.9, 1.1]), np.array([4.0, 6.0]))
    ax = plot_trainability([1.0], [5.0], np.array([[0.5]]), scale=limit, scale_label="limit")
    (line,) = ax.get_lines()
    np.testing.assert_array_equal(line.get_ydata(), [4.0, 6.0])
    assert line.get_label() == "limit"
