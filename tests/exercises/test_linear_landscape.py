"""Wrong-answer bank of chapter 08, beyond what the contract of all checkers proves for every one of them."""

import numpy as np
import pytest
import torch
from scipy import linalg
from scipy.spatial.transform import Rotation

from lossland.exercises.linear_landscape import (
    check_lemma_steps,
    check_linear_gradient,
    check_nonconvex_minimum,
    check_zero_layers,
)
from lossland.exercises.near_identity import check_fixed_axes, check_near_identity_possible, check_rotation_vector
from lossland.exercises.product_keeping import check_product_keeping_move


@pytest.mark.parametrize(
    "possible",
    [
        lambda a: np.linalg.det(a) > 1e-12,
        lambda a: bool(np.prod(np.linalg.eigvals(a)).real > 1e-9),
        lambda a: (
            bool(np.prod(np.sign(np.diag(linalg.lu(a)[2]))) * np.linalg.det(linalg.lu(a)[0]) > 0.5)
            and np.linalg.matrix_rank(a) == len(a)
        ),
    ],
    ids=["determinant", "eigenvalues", "elimination"],
)
def test_any_way_to_the_sign_of_the_determinant_is_accepted(possible):
    assert check_near_identity_possible(possible).is_correct


def test_a_logarithm_of_some_kind_is_not_asked_for():
    def real_logm(a):
        return bool(np.abs(np.imag(linalg.logm(a))).max() < 1e-9) if np.linalg.det(a) else False

    assert check_near_identity_possible(real_logm).mistake == "needs_a_logarithm"


def test_rotations_by_other_roads():
    def by_scipy(o):
        return Rotation.from_matrix(o).as_rotvec()

    def by_eigenvector(o):
        values, vectors = np.linalg.eig(o)
        axis = vectors[:, np.argmin(np.abs(values - 1))].real
        other = np.linalg.svd(axis[None])[2][1]
        angle = np.arctan2(axis @ np.cross(other, o @ other), other @ o @ other)
        return axis * angle

    def divides_by_the_sine(o):
        turn = np.array([o[2, 1] - o[1, 2], o[0, 2] - o[2, 0], o[1, 0] - o[0, 1]])
        sine = np.linalg.norm(turn) / 2
        return np.arccos((np.trace(o) - 1) / 2) * turn / (2 * sine + 1e-300)

    assert check_rotation_vector(by_scipy).is_correct
    assert check_rotation_vector(by_eigenvector).is_correct
    assert "half a turn" in check_rotation_vector(divides_by_the_sine).message
    no_number = check_rotation_vector(lambda o: by_scipy(o) if np.trace(o) > -0.99 else np.full(3, np.nan))
    assert "half a turn" in no_number.message
    assert "has shape (3, 1)" in check_rotation_vector(lambda o: by_scipy(o)[:, None]).message


def test_of_the_groups_the_combination_decides():
    right = {"SO(2)": False, "SO(3)": True, "O(3), det = -1": False, "SO(4)": False, "SO(5)": True}
    assert check_fixed_axes(right).is_correct
    assert check_fixed_axes({**right, "SO(2)": True, "SO(4)": True}).mistake == "every_rotation_has_an_axis"
    assert check_fixed_axes(dict.fromkeys(right, True)).mistake == "every_rotation_has_an_axis"
    assert check_fixed_axes(dict.fromkeys(right, False)).mistake in ("no_axis_at_all", "three_dimensions_only")
    assert check_fixed_axes({**right, "SO(4)": True}).status == "incorrect"


def test_the_gradient_by_automatic_differentiation_and_by_differences():
    def by_torch(weights, k, target, second_moment):
        layers = [torch.tensor(layer, requires_grad=True) for layer in weights]
        product = layers[0]
        for layer in layers[1:]:
            product = layer @ product
        delta = product - torch.tensor(target)
        (delta @ torch.tensor(second_moment) * delta).sum().div(2).backward()
        return layers[k - 1].grad

    def by_differences(weights, k, target, second_moment):
        def loss(layers):
            delta = np.linalg.multi_dot(layers[::-1]) - target if len(layers) > 1 else layers[0] - target
            return np.trace(delta @ second_moment @ delta.T) / 2

        gradient = np.zeros_like(weights[k - 1])
        for index in np.ndindex(gradient.shape):
            values = []
            for step in (1e-4, -1e-4):
                layers = [layer.copy() for layer in weights]
                layers[k - 1][index] += step
                values.append(loss(layers))
            gradient[index] = (values[0] - values[1]) / 2e-4
        return gradient

    assert check_linear_gradient(by_torch).is_correct
    assert check_linear_gradient(by_differences).is_correct  # a quadratic in each layer: central differences are exact


def test_wrong_orders_are_recognized_where_shapes_allow_them():
    def sigma_first(weights, k, target, second_moment):
        delta = np.linalg.multi_dot(weights[::-1]) - target if len(weights) > 1 else weights[0] - target
        signal = second_moment @ delta
        for layer in weights[: k - 1 : -1]:
            signal = layer.T @ signal
        for layer in weights[: k - 1]:
            signal = signal @ layer.T
        return signal

    verdict = check_linear_gradient(sigma_first)  # fails on shapes, and says so
    assert verdict.status == "incorrect"
    assert "raised" in verdict.message or verdict.mistake == "sigma_on_the_left"


def test_zero_layers_depend_on_their_number_only():
    verdicts = {2: "Strict Saddle", 3: "degenerate saddle", 5: "degenerate saddle"}
    assert check_zero_layers(lambda _k, n: verdicts.get(n, "not critical")).is_correct
    assert check_zero_layers(lambda _k, n: "critical" if n > 1 else "not critical").status == "incorrect"
    assert check_zero_layers(lambda _k, _n: "strict saddle").status == "incorrect"


def test_lemma_steps_need_all_three():
    steps = {**check_lemma_steps.checker.reference}
    first, second, third = steps
    assert check_lemma_steps(steps).is_correct
    assert check_lemma_steps({**steps, second: "differentiability and widths"}).mistake == "stationary_is_minimal"
    assert check_lemma_steps({first: "convexity", second: "convexity", third: "convexity"}).status == "incorrect"
    assert check_lemma_steps({first: steps[first], second: ..., third: ...}).status == "not_attempted"


@pytest.mark.parametrize("scale", [1.0, -2.0, 0.1])
def test_any_two_weights_with_the_right_product_are_accepted(scale):
    place = np.sort(np.roots([4, 0, -4, 0.5]).real)[2]
    assert check_nonconvex_minimum([scale, place / scale]).is_correct
    assert "not zero" in check_nonconvex_minimum([scale, 0.9 * place / scale]).message


def test_moves_by_other_roads():
    def by_pseudo_inverse(weights, k, move):
        below = np.eye(weights[0].shape[1])
        for layer in weights[: k - 1]:
            below = layer @ below
        return weights[k - 1] + move - move @ below @ np.linalg.pinv(below, rcond=1e-10)

    def by_null_space(weights, k, move):
        below = np.eye(weights[0].shape[1])
        for layer in weights[: k - 1]:
            below = layer @ below
        free = linalg.null_space(below.T, rcond=1e-10)
        return weights[k - 1] + move @ free @ free.T

    def one_random_direction(weights, k, move):
        below = np.eye(weights[0].shape[1])
        for layer in weights[: k - 1]:
            below = layer @ below
        free = linalg.null_space(below.T, rcond=1e-10)
        return weights[k - 1] + (move @ free[:, :1] @ free[:, :1].T if free.size else 0)

    assert check_product_keeping_move(by_pseudo_inverse).is_correct
    assert check_product_keeping_move(by_null_space).is_correct
    assert check_product_keeping_move(one_random_direction).status == "incorrect"  # keeps the product, not the nearest
