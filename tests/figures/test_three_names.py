"""The disc: three corners with three names, no frame, and nothing outside of the circle."""

import numpy as np
from matplotlib import pyplot as plt

from lossland.figures.three_names import NAMES, plot_three_names

AXIS = np.linspace(-2.0, 2.0, 21)


def test_corners_and_names():
    heights = 1.0 + AXIS[:, None] ** 2 + AXIS**2
    points = [[-1.0, -0.5], [1.0, -0.5], [0.0, 1.0]]
    ax = plot_three_names({"axis": AXIS.tolist(), "objective": heights.tolist(), "points": points})
    np.testing.assert_allclose(ax.lines[0].get_xydata(), points)
    assert tuple(text.get_text() for text in ax.texts) == NAMES
    assert not ax.axison
    assert ax.images[0].get_clip_path() is not None
    plt.close(ax.figure)
