"""The figures of chapter 19 show the arrays that they were given, on the axes they name."""

import numpy as np
import pytest
from matplotlib import pyplot as plt

from lossland.figures import polynomial_neurons


@pytest.fixture(autouse=True)
def _close():
    yield
    plt.close("all")


def test_zeros_lie_in_the_row_of_their_degree():
    zeros = [np.array([0.0]), np.array([-0.5, 0.5]), np.array([-0.7, 0.0, 0.7])]
    ax = polynomial_neurons.plot_zeros(zeros, xlabel="angle")
    for row, (line, places) in enumerate(zip(ax.lines, zeros, strict=True), start=1):
        np.testing.assert_array_equal(line.get_xdata(), places)
        assert set(line.get_ydata()) == {row}
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("angle", "degree")


def test_errors_lie_in_the_row_of_their_problem():
    errors = {"smooth": {"A": (1e-3, 9e-4, 2e-3), "B": (1e-1, 0.05, np.inf)}, "kink": {"B": (0.2, 0.2, 0.2)}}
    ax = polynomial_neurons.plot_compared_errors(errors, xlabel="test error")
    first, second = ax.containers
    np.testing.assert_allclose(first.lines[0].get_xydata(), [[1e-3, 1]])
    np.testing.assert_allclose(second.lines[0].get_xydata(), [[1e-1, 1], [0.2, 0]])
    (low, high), _ = (segment[:, 0] for segment in second.lines[2][0].get_segments())
    assert (low, high) == (pytest.approx(0.05), pytest.approx(100))  # some runs have diverged
    assert [label.get_text() for label in ax.get_yticklabels()] == ["smooth", "kink"]
    assert list(ax.get_yticks()) == [1, 0]
    assert ax.get_xscale() == "log"
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["A", "B"]


def test_many_methods_do_not_cover_each_other():
    errors = {"smooth": dict.fromkeys("ABCDEFGH", (1.0, 0.9, 1.1))}
    ax = polynomial_neurons.plot_compared_errors(errors, xlabel="test error")
    places = [container.lines[0].get_ydata()[0] for container in ax.containers]
    assert np.all(np.diff(places) < -0.05)
    assert max(np.abs(places)) < 0.5
    assert len({(c.lines[0].get_color(), c.lines[0].get_marker()) for c in ax.containers}) == 8


def test_fits_are_drawn_over_the_data_and_beyond():
    x = np.linspace(-2, 2, 9)
    ax = polynomial_neurons.plot_fits_outside(x, x**2, {"cubic": 100 * x**3, "flat": 0 * x}, inside=(-1, 0.5))
    target, cubic, flat = ax.lines
    np.testing.assert_array_equal(target.get_ydata(), x**2)
    np.testing.assert_array_equal(cubic.get_ydata(), 100 * x**3)
    assert flat.get_linestyle() != cubic.get_linestyle()
    assert ax.get_ylim() == (-6.0, 10.0)  # set by the function, not by what runs away
    (data,) = ax.patches
    assert (data.get_x(), data.get_width()) == (-1, 1.5)
