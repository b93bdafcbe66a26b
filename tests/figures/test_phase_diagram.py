"""The phase diagram shows the arrays that it was given, on the axes it names."""

from types import SimpleNamespace

import numpy as np
import pytest
from matplotlib import pyplot as plt

from lossland.figures.phase_diagram import plot_c_star, plot_phase_diagram


@pytest.fixture
def diagram():
    weight_std, bias_std = np.linspace(0.5, 2.5, 5), np.linspace(0.0, 0.6, 4)
    chi1 = np.tile(weight_std**2 / 2.25, (4, 1)) - 0.1 * bias_std[:, None]
    xi_c = 1 / np.abs(np.log(np.where(chi1 == 1, 2.0, chi1)))
    xi_c[chi1 == 1] = np.inf
    c_star = np.where(chi1 < 1, 1.0, 0.3)
    return SimpleNamespace(weight_std=weight_std, bias_std=bias_std, chi1=chi1, xi_c=xi_c, c_star=c_star)


@pytest.fixture(autouse=True)
def _close():
    yield
    plt.close("all")


def test_colors_are_the_logarithm_of_chi1_centered_on_the_critical_value(diagram):
    ax = plot_phase_diagram(diagram)
    mesh = ax.collections[0]
    np.testing.assert_allclose(mesh.get_array().reshape(4, 5), np.log(diagram.chi1))
    low, high = mesh.get_clim()
    assert low == -high
    assert high == pytest.approx(np.log(diagram.chi1).max())  # the smaller of the two extremes


@pytest.mark.parametrize(("quantity", "transform"), [("c_star", np.asarray), ("xi_c", np.log10)])
def test_other_quantities(diagram, quantity, transform):
    ax = plot_phase_diagram(diagram, quantity=quantity)
    shown, expected = ax.collections[0].get_array().reshape(4, 5), transform(getattr(diagram, quantity))
    assert np.array_equal(np.ma.getmaskarray(shown), ~np.isfinite(expected))
    np.testing.assert_allclose(shown.compressed(), expected[np.isfinite(expected)])
    assert quantity.split("_")[0] in ax.figure.axes[1].get_ylabel().replace("\\", "")


def test_axes_carry_standard_deviations_and_the_phases_are_named_where_they_are(diagram):
    ax = plot_phase_diagram(diagram, critical=(np.array([1.5, 1.55, 9.0]), np.array([0.0, 0.5, 2.0])))
    assert (ax.get_xlabel(), ax.get_ylabel()) == (r"weight_std $\alpha_w$", r"bias_std $\alpha_h$")
    assert ax.get_xlim() == (0.5, 2.5)
    assert ax.get_ylim() == (0.0, 0.6)
    (line,) = ax.get_lines()
    np.testing.assert_array_equal(line.get_xdata(), [1.5, 1.55])
    np.testing.assert_array_equal(line.get_ydata(), [0.0, 0.5])
    places = {text.get_text(): text.get_position()[0] for text in ax.texts}
    assert places["ordered"] < 1.5 < places["chaotic"]


def test_no_line_and_no_names_without_a_critical_line(diagram):
    ax = plot_phase_diagram(diagram)
    assert not ax.get_lines()
    assert not ax.texts


def test_unknown_quantity_is_refused_by_name(diagram):
    with pytest.raises(ValueError, match=r"quantity must be one of .*chi1.*got 'q_star'"):
        plot_phase_diagram(diagram, quantity="q_star")


def test_draws_on_the_axes_it_is_given(diagram):
    _, ax = plt.subplots()
    assert plot_phase_diagram(diagram, ax=ax) is ax
    assert plot_c_star(np.arange(3.0), np.ones((1, 3)), bias_std=[0.0], ax=ax) is ax


def test_c_star_has_one_named_line_per_bias():
    weight_std, c_star = np.array([1.0, 1.5, 2.0]), np.array([[1.0, 0.4, 0.1], [1.0, 0.8, 0.5]])
    ax = plot_c_star(weight_std, c_star, bias_std=[0.0, 0.3])
    for line, row, bias in zip(ax.get_lines(), c_star, ("0", "0.3"), strict=True):
        np.testing.assert_array_equal(line.get_xdata(), weight_std)
        np.testing.assert_array_equal(line.get_ydata(), row)
        assert line.get_label() == rf"$\alpha_h = {bias}$"
    assert "c_*" in ax.get_ylabel()
