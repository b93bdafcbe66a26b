"""Interpolation with 2n + d weights: exact on any data, stable on one side of one half, clear about contradictions."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.linalg import solve_triangular

from lossland.wide_networks import conditioning, interpolate, merge_duplicates, relative_gap, triangular_matrix


def gaussian_data(n, d, seed=0):
    rng = np.random.default_rng(seed)
    return rng.standard_normal((n, d)), rng.standard_normal(n)


@given(n=st.integers(1, 40), d=st.integers(1, 5), position=st.floats(0, 0.5), seed=st.integers(0, 10**6))
@settings(max_examples=60, deadline=None)
def test_any_distinct_points_are_fitted_with_two_n_plus_d_weights(n, d, position, seed):
    inputs, targets = gaussian_data(n, d, seed)
    network = interpolate(inputs, targets, position=position, rng=np.random.default_rng(seed))
    assert network.n_weights == 2 * n + d
    found = conditioning(network, inputs, targets)
    assert found.error <= 20 * n * found.rounding + 1e-13


def test_slopes_solve_the_triangular_system():
    inputs, targets = gaussian_data(30, 4)
    for position in (0.0, 0.3, 0.5, 0.6):
        network = interpolate(inputs, targets, position=position, rng=np.random.default_rng(1))
        order = np.argsort(inputs @ network.direction)
        matrix = triangular_matrix(inputs @ network.direction, network.thresholds)
        assert np.array_equal(matrix, np.tril(matrix))
        assert np.all(np.diag(matrix) > 0)
        solved = solve_triangular(matrix, targets[order], lower=True)
        np.testing.assert_allclose(network.output_weights, solved, rtol=1e-5, atol=1e-6)


def test_thresholds_interlace_with_the_projections():
    inputs, targets = gaussian_data(25, 3)
    for position in (0.0, 0.25, 0.5):
        network = interpolate(inputs, targets, position=position, rng=np.random.default_rng(2))
        z = np.sort(inputs @ network.direction)
        assert np.all(network.thresholds < z)
        assert np.all(network.thresholds[1:] >= z[:-1])
        np.testing.assert_allclose(network.thresholds[1:], z[:-1] + position * np.diff(z))


def test_at_position_zero_it_is_the_linear_interpolant():
    z = np.array([0.0, 1.0, 1.5, 4.0])
    y = np.array([2.0, -1.0, 0.5, 3.0])
    network = interpolate(z[:, None], y, direction=[1.0])
    grid = np.linspace(0, 4, 41)
    np.testing.assert_allclose(network(grid[:, None]), np.interp(grid, z, y), atol=1e-14)


def test_rounding_errors_grow_beyond_one_half():
    inputs, targets = gaussian_data(80, 5)
    largest = {
        p: np.abs(interpolate(inputs, targets, position=p, rng=np.random.default_rng(3)).output_weights).max()
        for p in (0.5, 0.75)
    }
    assert largest[0.75] > 3.0**70 * largest[0.5] / 1e6  # slopes are multiplied by p/(1-p) = 3 from gap to gap
    with pytest.raises(ValueError, match="at most 1/2"):
        interpolate(*gaussian_data(1500, 5), position=0.75, rng=np.random.default_rng(3))


def test_the_best_of_many_directions_separates_better():
    inputs, targets = gaussian_data(60, 10)
    one, many = (
        interpolate(inputs, targets, n_directions=count, rng=np.random.default_rng(4)) for count in (1, 64)
    )
    assert relative_gap(inputs @ many.direction) > relative_gap(inputs @ one.direction)
    again = interpolate(inputs, targets, n_directions=64, rng=np.random.default_rng(4))
    assert np.array_equal(many.output_weights, again.output_weights)


def test_single_points_and_batches():
    network = interpolate([[3.0, 4.0]], [7.0], direction=[1.0, 0.0])
    assert network([3.0, 4.0]) == 7.0
    assert network(np.full((2, 5, 2), 3.0)).shape == (2, 5)
    assert network(np.zeros((0, 2))).shape == (0,)


def test_equal_inputs_count_once_or_are_named():
    inputs, targets = [[1.0, 0.0], [2.0, 1.0], [1.0, -0.0]], [5.0, 6.0, 5.0]
    assert interpolate(inputs, targets, rng=np.random.default_rng(0)).n_weights == 2 * 2 + 2
    with pytest.raises(ValueError, match="rows 0 and 2 of inputs are equal but have different targets, 5 and 7"):
        interpolate(inputs, [5.0, 6.0, 7.0], rng=np.random.default_rng(0))
    assert merge_duplicates(inputs, targets)[2].tolist() == [0, 1]


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"inputs": [[0.0], [np.nan]]}, ValueError, "inputs: expected finite numbers, got nan at index"),
        ({"inputs": [0.0, 1.0]}, ValueError, r"inputs: expected points of shape \(n, d\)"),
        ({"targets": [1.0]}, ValueError, "targets: expected one number for each input"),
        ({"targets": ["a", "b"]}, TypeError, "targets: expected real numbers"),
        ({"rng": None}, TypeError, "rng: expected a numpy Generator"),
        ({"direction": [1.0, 2.0]}, ValueError, r"direction: expected shape \(1,\)"),
        ({"direction": [0.0]}, ValueError, "rows 0 and 1 of inputs are different but have the same projection 0"),
        ({"position": 1.0}, ValueError, r"position: expected a fraction in \[0, 1\)"),
        ({"n_directions": 0}, ValueError, "n_directions"),
    ],
)
def test_bad_input_is_named(change, error, message):
    arguments = {"inputs": [[0.0], [1.0]], "targets": [1.0, 2.0], "rng": np.random.default_rng(0)} | change
    with pytest.raises(error, match=message):
        interpolate(arguments.pop("inputs"), arguments.pop("targets"), **arguments)


def test_a_network_asks_for_vectors_of_its_width():
    network = interpolate([[0.0], [1.0]], [1.0, 2.0], direction=[1.0])
    with pytest.raises(ValueError, match="inputs: expected vectors of width 1"):
        network([[1.0, 2.0]])
