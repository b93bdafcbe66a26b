"""Rotations, polar form and near-identity factors: rebuilt, measured, refused."""

import math

import numpy as np
import pytest
from scipy import stats

from lossland import linear_networks as ln


def positive(d, seed):
    matrix = np.random.default_rng(seed).standard_normal((d, d))
    matrix[0] *= np.sign(np.linalg.det(matrix))
    return matrix


MATRICES = {
    "random 2": positive(2, 0),
    "random 5": positive(5, 1),
    "random 6": positive(6, 2),
    "complex logarithm": np.diag([-1.0, -2.0]),
    "four half turns": -np.eye(4),
    "identity": np.eye(3),
    "symmetric": positive(4, 3) @ positive(4, 3).T,
    "shear": np.array([[1.0, 7.0], [0.0, 1.0]]),
    "tiny turn": np.array([[math.cos(1e-9), -math.sin(1e-9)], [math.sin(1e-9), math.cos(1e-9)]]),
    "badly scaled": np.diag([1e6, 1e-5, 3.0]),
    "number": np.array([[5.0]]),
}


@pytest.mark.parametrize("split", ["half", "proportional"])
@pytest.mark.parametrize("n_factors", [2, 7, 20, 2000])
@pytest.mark.parametrize("name", MATRICES)
def test_the_factors_multiply_to_the_matrix(name, n_factors, split):
    matrix = MATRICES[name]
    result = ln.near_identity_factors(matrix, n_factors, split=split)
    rebuilt = ln.end_to_end_map(list(result.factors))
    assert np.abs(rebuilt - matrix).max() < 1e-14 * n_factors * np.linalg.norm(matrix, 2)
    measured = [np.linalg.norm(factor - np.eye(len(matrix)), 2) for factor in result.factors]
    np.testing.assert_allclose(result.deviations, measured, atol=1e-13)
    assert result.constant == n_factors * max(result.deviations)
    if split == "half":
        assert result.n_rotations == n_factors // 2


@pytest.mark.parametrize("name", MATRICES)
def test_the_constant_tends_to_what_the_roots_say(name):
    half, shared = (ln.near_identity_factors(MATRICES[name], 20_000, split=s) for s in ("half", "proportional"))
    b, phi = half.stretch, half.angle
    assert half.constant == pytest.approx(2 * max(b, phi), rel=3e-3, abs=1e-9)
    assert shared.constant == pytest.approx(b + phi, rel=3e-3, abs=1e-6)
    assert shared.constant <= half.constant * (1 + 1e-3)
    assert shared.constant >= b * (1 - 2e-3)  # no factors do better than the logarithm of the norm
    assert b == pytest.approx(np.abs(np.log(np.linalg.svd(MATRICES[name])[1])).max())


def test_the_polar_form():
    for matrix in MATRICES.values():
        stretch, rotation = ln.polar_factors(matrix)
        np.testing.assert_allclose(stretch @ rotation, matrix, atol=1e-9)
        np.testing.assert_allclose(rotation @ rotation.T, np.eye(len(matrix)), atol=1e-13)
        assert np.linalg.eigvalsh(stretch)[0] > 0


@pytest.mark.parametrize("d", [1, 2, 3, 4, 7, 8])
def test_rotations_fall_into_planes(d):
    for rotation in stats.special_ortho_group(d, seed=d).rvs(20).reshape(-1, d, d) if d > 1 else [np.eye(1)]:
        blocks = ln.rotation_blocks(rotation)
        np.testing.assert_allclose(blocks.power(1), rotation, atol=1e-13)
        np.testing.assert_allclose(np.linalg.matrix_power(blocks.power(1 / 5), 5), rotation, atol=1e-13)
        turned = np.sort(np.abs(np.angle(np.linalg.eigvals(rotation))))
        expected = np.sort(np.concatenate([np.repeat(np.abs(blocks.angles), 2), np.zeros(d - 2 * len(blocks.angles))]))
        np.testing.assert_allclose(turned, expected, atol=1e-7)


@pytest.mark.parametrize("angle", [0.0, 1e-9, 1.0, 3.0, math.pi])
def test_axis_and_angle(angle):
    from scipy.spatial.transform import Rotation

    axis = np.array([2.0, -1.0, 2.0]) / 3
    found, size = ln.axis_angle(Rotation.from_rotvec(angle * axis).as_matrix())
    assert size == pytest.approx(angle, abs=1e-12)
    assert np.linalg.norm(found) == pytest.approx(1)
    if 0 < angle < math.pi:
        np.testing.assert_allclose(found, axis, atol=1e-6)
    if angle == math.pi:
        assert abs(found @ axis) == pytest.approx(1)


BAD = [
    (lambda: ln.near_identity_factors(np.diag([-1.0, 1.0]), 10), "matrix: expected a positive determinant, got a neg"),
    (lambda: ln.near_identity_factors(np.diag([0.0, 1.0]), 10), "matrix: expected a positive determinant, got a sing"),
    (lambda: ln.near_identity_factors(np.ones((2, 3)), 10), "matrix: expected a square matrix"),
    (lambda: ln.near_identity_factors(np.eye(2), 1), "n_factors: expected an integer >= 2"),
    (lambda: ln.near_identity_factors(np.eye(2), 4, split="most"), "split: expected 'half' or 'proportional'"),
    (lambda: ln.rotation_blocks(2 * np.eye(2)), "rotation: expected an orthogonal matrix"),
    (lambda: ln.rotation_blocks(np.diag([-1.0, 1.0])), "rotation: expected determinant 1, got -1"),
    (lambda: ln.axis_angle(np.eye(4)), "rotation: expected a 3 by 3 matrix"),
    (lambda: ln.axis_angle(-np.eye(3)), "rotation: expected determinant 1, got -1"),
]


@pytest.mark.parametrize(("call", "sentence"), BAD)
def test_errors_name_the_argument(call, sentence):
    with pytest.raises(ValueError, match=sentence):
        call()
