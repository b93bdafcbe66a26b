"""Figures of the added neuron: levels and paths, both losses, limits of fixed steps, model plus neuron."""

import numpy as np
import pytest
from matplotlib import pyplot as plt

from lossland.figures import exponential_neuron


@pytest.fixture(autouse=True)
def _close():
    yield
    plt.close("all")


def test_landscape_with_a_path():
    theta, shift = np.linspace(-1, 1, 11), np.linspace(0, 2, 9)
    path = (np.linspace(0, 1, 10), np.linspace(0, 2, 10))
    ax = exponential_neuron.plot_reduced_landscape(
        theta, shift, np.exp(theta - shift[:, None]), paths={"flow": path}
    )
    np.testing.assert_array_equal(ax.lines[0].get_xdata(), path[0])
    assert ax.get_legend() is not None
    assert exponential_neuron.plot_reduced_landscape(theta, shift, np.ones((9, 11)) + theta**2).get_legend() is None


def test_two_losses_with_closed_form_and_reference():
    times = np.array([1.0, 10.0])
    ax = exponential_neuron.plot_two_losses(times, np.ones(2), 1 / times, asymptote=0.9 / times, reference=0.5)
    assert len(ax.lines) == 4
    np.testing.assert_array_equal(ax.lines[0].get_ydata(), 1 / times)
    assert ax.get_xscale() == "log"


def test_each_run_has_its_limit():
    ax = exponential_neuron.plot_stall(np.array([1, 2]), {"slow": np.array([0.1, 0.2])}, {"slow": 0.7})
    run, limit = ax.lines
    np.testing.assert_array_equal(run.get_ydata(), [0.1, 0.2])
    assert set(limit.get_ydata()) == {0.7}


def test_parts_add_up():
    x = np.linspace(0, 1, 3)
    ax = exponential_neuron.plot_parts(x, -x, 3 * x, (x, 2 * x), title="t = 1")
    np.testing.assert_array_equal(ax.lines[2].get_ydata(), 2 * x)
    assert ax.get_title(loc="left") == "t = 1" or ax.get_title() == "t = 1"
