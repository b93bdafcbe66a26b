"""Random slices: the exact law of a line against simulation, planes against brute force."""

import numpy as np
import pytest

from lossland import descent


@pytest.mark.parametrize(("dimension", "index", "steepness"), [(2, 1, 1.0), (7, 2, 3.0), (40, 15, 0.5)])
def test_lines_agree_with_random_directions(dimension, index, steepness):
    rng = np.random.default_rng(0)
    directions = rng.standard_normal((20_000, dimension))
    eigenvalues = np.where(np.arange(dimension) < index, -steepness, 1.0)
    bowl = (directions**2 @ eigenvalues > 0).mean()
    exact = descent.bowl_probability_of_line(dimension, index, steepness=steepness)
    assert abs(bowl - exact) < 4.5 * (exact * (1 - exact) / 20_000) ** 0.5


@pytest.mark.parametrize("n_axes", [1, 2, 3])
def test_slices_agree_with_brute_force(n_axes):
    rng = np.random.default_rng(1)
    vectors = rng.standard_normal((8000, n_axes, 12))
    signs = np.where(np.arange(12) < 4, -1.0, 1.0)
    brute = (np.linalg.eigvalsh((vectors * signs) @ vectors.swapaxes(1, 2))[:, 0] > 0).mean()
    fast = descent.bowl_fraction_of_slices(12, 4, n_axes=n_axes, n_draws=8000, rng=rng)
    assert abs(fast - brute) < 4.5 * (0.5 / 8000) ** 0.5


def test_extremes_and_errors():
    assert descent.bowl_probability_of_line(5, 0) == 1
    assert descent.bowl_probability_of_line(5, 5) == 0
    with pytest.raises(ValueError, match="index: expected an integer"):
        descent.bowl_probability_of_line(5, 6)
    with pytest.raises(ValueError, match="steepness: expected a positive number"):
        descent.bowl_probability_of_line(5, 2, steepness=0.0)
