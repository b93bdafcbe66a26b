"""Critical points planted and judged, perturbations that keep products, and two bad minima."""

import numpy as np
import pytest
import torch

from lossland import linear_networks as ln

TARGET = np.random.default_rng(4).standard_normal((3, 3)) @ np.diag([3.0, 2.0, 1.0])
SIGMA = np.diag([1.0, 2.0, 0.5]) + 0.2


def test_planted_points_are_critical_and_have_the_level_of_their_rank():
    loss, levels = ln.quadratic_loss(TARGET, SIGMA), ln.rank_levels(TARGET, SIGMA)
    for widths in ((3, 3), (3, 4, 3), (3, 3, 5, 3)):
        for modes in ([], [0], [1], [0, 2], [0, 1], [0, 1, 2]):
            for middle in (0.0, 0.8):
                w = ln.planted_critical_point(TARGET, widths, modes, second_moment=SIGMA, middle=middle)
                assert ln.widths_of(w) == widths
                if len(widths) > 2:
                    assert np.linalg.norm(ln.to_vector(ln.weight_gradient(w, loss))) < 1e-12
                lost = sum(levels[m] - levels[m + 1] for m in range(3) if m not in modes)
                assert float(ln.loss_value(w, loss)) == pytest.approx(lost, abs=1e-12)


@pytest.mark.parametrize(
    ("widths", "modes", "middle", "kind"),
    [
        ((3, 3, 3), [0, 1, 2], 0.0, "global minimum"),
        ((3, 3, 3), [0, 1], 0.0, "strict saddle"),  # two layers: every saddle is strict
        ((3, 3, 3), [], 0.0, "strict saddle"),
        ((3, 3, 3, 3), [0, 1], 0.0, "degenerate"),  # the largest modes, and nothing else
        ((3, 3, 3, 3), [0, 1], 0.7, "strict saddle"),  # a full middle layer opens a way
        ((3, 3, 3, 3), [0, 2], 0.0, "strict saddle"),  # a larger mode is missing
        ((3, 3, 3, 3), [], 0.0, "degenerate"),
        ((3, 1, 3), [0], 0.0, "degenerate"),  # a bottleneck: the best of rank one, nothing better exists
        ((3, 1, 3), [1], 0.0, "strict saddle"),
    ],
)
def test_the_verdict_of_second_order(widths, modes, middle, kind):
    w = ln.planted_critical_point(TARGET, widths, modes, second_moment=SIGMA, middle=middle)
    loss = ln.quadratic_loss(TARGET, SIGMA)
    point = ln.classify_critical_point(w, loss)
    assert point.kind == kind
    assert point.map_rank == len(modes)
    if kind == "strict saddle":
        for sign in (-1, 1):
            moved = [layer + sign * 1e-3 * step for layer, step in zip(w, point.escape, strict=True)]
            assert ln.loss_value(moved, loss) < ln.loss_value(w, loss)


def test_a_point_that_is_not_critical_and_one_with_zero_layers():
    w = [np.eye(3), np.zeros((3, 3)), np.eye(3)]
    assert ln.classify_critical_point(w, ln.quadratic_loss(TARGET)).kind == "not critical"
    point = ln.classify_critical_point([*w, np.zeros((3, 3))], ln.quadratic_loss(TARGET))
    assert (point.kind, point.zero_layers, point.layer_ranks) == ("strict saddle", (2, 4), (3, 0, 3, 0))


def test_a_large_hessian_is_judged_by_lanczos():
    target = np.diag(np.arange(1.0, 26.0))
    w = ln.planted_critical_point(target, (25, 25, 25), range(1, 25))
    point = ln.classify_critical_point(w, ln.quadratic_loss(target))
    assert point.kind == "strict saddle"
    assert point.smallest_eigenvalue == pytest.approx(-25, rel=1e-6)


def test_gradients_are_at_least_their_bounds():
    rng = np.random.default_rng(0)
    for widths in ((3, 3, 3, 3), (2, 4, 3), (3, 5, 4, 2), (3, 2, 3)):
        w = [rng.standard_normal((50, a, b)) for a, b in zip(widths[1:], widths[:-1], strict=True)]
        loss = ln.quadratic_loss(rng.standard_normal((widths[-1], widths[0])))
        bounds = ln.gradient_bounds(w, loss)
        assert bounds.lower_bounds.shape == (50, len(w))
        assert np.all(bounds.gradient_norms >= bounds.lower_bounds * (1 - 1e-12))
        same = ln.gradient_bounds([torch.tensor(layer) for layer in w], loss)
        np.testing.assert_allclose(same.lower_bounds.numpy(), bounds.lower_bounds, atol=1e-9)
    assert np.all(bounds.lower_bounds == 0)  # a bottleneck: no layer certifies anything
    square = [rng.standard_normal((3, 3)) for _ in range(4)]
    bounds = ln.gradient_bounds(square, ln.quadratic_loss(TARGET))
    smallest = np.array([np.linalg.svd(layer)[1][-1] for layer in square])
    products = [np.prod(np.delete(smallest, k)) * bounds.map_gradient_norm for k in range(4)]
    assert np.all(bounds.lower_bounds >= np.array(products) * (1 - 1e-12))


def test_the_jacobian_is_that_of_automatic_differentiation():
    w = [torch.randn(4, 3, generator=torch.Generator().manual_seed(0), dtype=torch.float64), torch.ones(2, 4).double()]
    expected = torch.autograd.functional.jacobian(
        lambda v: ln.end_to_end_map(ln.from_vector(v, (3, 4, 2))).reshape(-1), ln.to_vector(w)
    )
    torch.testing.assert_close(ln.product_jacobian(w), expected)
    assert ln.jacobian_rank(w) == 6


@pytest.mark.parametrize("widths", [(2, 3, 4, 3), (3, 4, 5, 2), (2, 2, 2, 2), (3, 3, 1)])
def test_perturbations_keep_the_product(widths):
    rng = np.random.default_rng(1)
    w = [rng.standard_normal((a, b)) for a, b in zip(widths[1:], widths[:-1], strict=True)]
    w[1][:, :] = np.outer(w[1][:, 0], w[1][0])  # rank one, so that products have kernels
    w[0][:, 0] = 0.0
    near = ln.perturb_keeping_product(w, 0.3, rng=rng)
    assert near.changed
    np.testing.assert_allclose(ln.end_to_end_map(near.weights), ln.end_to_end_map(w), atol=1e-14)
    for k in range(1, len(w) + 1):
        size = np.linalg.norm(near.weights[k - 1] - w[k - 1], 2)
        assert size == pytest.approx(0.3 if k in near.changed else 0.0)


def test_both_bad_minima():
    flat, narrow = ln.absolute_loss_minimum(), ln.bottleneck_minimum()
    for trap in (flat, narrow):
        assert trap.value > trap.better_value
        assert float(ln.loss_value(trap.weights, trap.loss)) == trap.value
        assert float(ln.loss_value(trap.better_weights, trap.loss)) == trap.better_value
    point = ln.classify_critical_point(narrow.weights, narrow.loss)
    values = np.linalg.eigvalsh(ln.hessian_matrix(narrow.weights, narrow.loss))
    np.testing.assert_allclose(values, [0, 0.5, 1, 2.5], atol=1e-12)  # 0, omega sigma - 1, 2 sigma, omega sigma + 1
    assert point.gradient_norm < 1e-15
    rounded = ln.absolute_loss_minimum(smoothing=0.1)
    run = ln.descend([w + 1e-3 for w in rounded.weights], rounded.loss, 0.02, 20_000, tol=1e-6)
    assert float(run.losses[-1]) < 0.01


BAD = [
    (lambda: ln.planted_critical_point(TARGET, (3, 2, 2), []), "widths: expected ends d_0 = 3 and d_K = 3"),
    (lambda: ln.planted_critical_point(TARGET, (3, 1, 3), [0, 1]), "modes: expected at most 1 different"),
    (lambda: ln.planted_critical_point(TARGET, (3, 3), [3]), r"modes\[0\]: expected an integer"),
    (lambda: ln.rank_levels(TARGET, np.diag([1.0, 1.0, 0.0])), "second_moment: expected a positive definite"),
    (lambda: ln.thinnest_end((3,)), "widths: expected at least 2"),
    (lambda: ln.perturb_keeping_product([np.ones((1, 2)), np.ones((2, 1))], 0.1, rng=None), "side: expected 'input'"),
    (lambda: ln.bottleneck_minimum(second_mode=0.5, off_diagonal=1.5), "off_diagonal: expected more than"),
    (lambda: ln.bottleneck_minimum(second_mode=1.0), "second_mode: expected a number strictly"),
    (lambda: ln.absolute_loss_minimum(smoothing=-1.0), "smoothing: expected >= 0"),
    (lambda: ln.product_jacobian([np.ones((2, 1, 1))]), "weights: expected one network"),
]


@pytest.mark.parametrize(("call", "sentence"), BAD)
def test_errors_name_the_argument(call, sentence):
    with pytest.raises(ValueError, match=sentence):
        call()


def test_torch_weights_are_refused_by_the_verdict():
    with pytest.raises(TypeError, match="weights: expected NumPy arrays"):
        ln.classify_critical_point([torch.eye(3)], ln.quadratic_loss(TARGET))
