"""The figures of chapter 14 show the arrays that they were given, on the axes they name."""

import numpy as np
import pytest
from matplotlib import pyplot as plt

from lossland import spectra
from lossland.figures import eigenvalue_laws, hessian_spectra, noise_and_curvature, ritz_values


@pytest.fixture(autouse=True)
def _close():
    yield
    plt.close("all")


def labels(ax):
    return [text.get_text() for text in ax.get_legend().get_texts()]


def test_ghosts_are_marked_and_others_are_not():
    values = [np.array([1.0]), np.array([3.0, 1.0]), np.array([3.0, 1.0, 3.0 + 1e-9])]
    ax = ritz_values.plot_ritz_values([1, 2, 3], values, eigenvalues=np.array([1.0, 3.0]))
    *truth, points, ghosts = ax.lines
    assert len(truth) == 2
    assert sorted(points.get_xdata()) == [1, 2, 2, 3, 3, 3]
    np.testing.assert_allclose(ghosts.get_xydata(), [[3, 3]])
    empty = ritz_values.plot_ritz_values([1], values[:1])
    assert len(empty.lines[-1].get_xdata()) == 0


def test_densities_have_bands_and_the_exact_one_is_dashed():
    rng = np.random.default_rng(0)
    matrix = spectra.sample_wigner(50, 0.1, rng=rng)
    found = spectra.lanczos_density(matrix, n_vectors=3, n_steps=20, rng=rng)
    exact = spectra.eigenvalue_density(np.linalg.eigvalsh(matrix), found.x, width=found.width)
    assert found.standard_error.max() > 0.01
    ax = eigenvalue_laws.plot_spectral_densities({"estimate": found}, exact={"exact": exact})
    assert (ax.get_yscale(), labels(ax)) == ("log", ["estimate", "exact"])
    np.testing.assert_array_equal(ax.lines[0].get_ydata(), np.maximum(found.density, 1e-6))
    assert ax.lines[1].get_linestyle() == "--"
    (band,) = ax.collections
    top = band.get_paths()[0].vertices[:, 1].max()
    assert top == pytest.approx((found.density + 2 * found.standard_error).max())


def test_histograms_have_the_area_of_what_is_in_the_span():
    law = spectra.MarchenkoPastur(0.25)
    values = np.array([0.5, 1.0, 1.5, 99.0])
    ax = eigenvalue_laws.plot_law(law, {"sample": values, "more": values}, name="law", bins=10)
    heights, edges, _ = ax.patches[0].get_data()
    assert np.sum(heights * np.diff(edges)) == pytest.approx(0.75)  # one of four lies outside
    assert labels(ax) == ["sample", "more", "law"]
    x, y = ax.lines[0].get_data()
    np.testing.assert_allclose(y, law.density(x))
    assert ax.get_xlim() == (edges[0], edges[-1])


def test_quantiles_on_both_sides_of_zero():
    levels, values = np.array([0.0, 0.5, 1.0]), np.array([-1.0, 0.0, 10.0])
    ax = hessian_spectra.plot_quantiles({"before": (levels, values)})
    np.testing.assert_array_equal(ax.lines[0].get_xydata().T, [levels, values])
    assert ax.get_yscale() == "symlog"


def test_ranks_start_at_one():
    ax = hessian_spectra.plot_largest({"w = 2": (np.array([3.0, 1.0]), np.array([0.1, 0.2]))})
    np.testing.assert_array_equal(ax.containers[0].lines[0].get_xydata(), [[1, 3], [2, 1]])
    assert ax.get_yscale() == "log"


def test_sizes_have_error_bars_and_a_level():
    size, mean, error = np.array([10, 100]), np.array([-1.0, -2.0]), np.array([0.1, 0.2])
    ax = hessian_spectra.plot_against_size({"after": (size, mean, error)}, ylabel="mean", level=(-7.0, "floor"))
    np.testing.assert_allclose(ax.containers[0].lines[2][0].get_segments()[1][:, 1], [-2.2, -1.8])
    assert labels(ax) == ["floor", "after"] or labels(ax) == ["after", "floor"]
    assert (ax.get_xscale(), ax.get_ylabel()) == ("log", "mean")


def test_noise_and_the_line_of_equality():
    eigenvalues, noise = np.array([1.0, 0.1]), np.array([0.5, 0.02])
    ax = noise_and_curvature.plot_noise_along({"w = 8": (eigenvalues, noise)})
    np.testing.assert_array_equal(ax.lines[0].get_ydata(), noise)
    np.testing.assert_array_equal(ax.lines[-1].get_xdata(), ax.lines[-1].get_ydata())
    assert (ax.get_xscale(), ax.get_yscale()) == ("log", "log")


def test_clouds_have_lines_and_points_of_one_color():
    x = np.array([0.1, 1.0])
    ax = noise_and_curvature.plot_cloud_widths({"g = 0": (x, x), "g = 1": (x, 2 * x)}, measured={"g = 1": (x, x, x)})
    assert labels(ax) == ["g = 0", "g = 1"]
    (bars,) = ax.containers
    assert bars.lines[0].get_color() == ax.lines[1].get_color()


def test_the_line_and_its_quadratic():
    steps = np.array([0.0, 0.5, 1.0])
    line = spectra.QuadraticModel(steps, np.array([1.0, 2.0, 1.0]), np.array([1.0, 3.0, 9.0]), 0.0, 16.0)
    ax = noise_and_curvature.plot_line_and_quadratic(line, start="A", end="B")
    np.testing.assert_array_equal(ax.lines[0].get_ydata(), line.loss)
    np.testing.assert_array_equal(ax.lines[1].get_ydata(), line.model)
    assert [text.get_text() for text in ax.texts] == ["A", "B"]
