"""What the slides claim about deep linear networks: one test per entry of the ledger, its conditions included.

Where a statement is corrected, the test also shows that the printed version fails.
"""

import numpy as np
import pytest
import torch
from scipy import linalg, optimize
from scipy.spatial.transform import Rotation

from lossland import linear_networks as ln
from lossland.networks import LOSSES

WIDTHS = (3, 5, 4, 2)


def network(widths=WIDTHS, seed=0, scale=1.0, batch=()):
    rng = np.random.default_rng(seed)
    return [scale * rng.standard_normal((*batch, a, b)) for a, b in zip(widths[1:], widths[:-1], strict=True)]


def norm_of_gradient(weights, loss):
    return float(np.linalg.norm(ln.to_vector(ln.weight_gradient(weights, loss))))


def turned(eigenvalues, seed=1):
    (frame,) = ln.random_frames((len(eigenvalues),), rng=np.random.default_rng(seed))
    return frame.T @ np.diag(eigenvalues) @ frame


# -- the model and its quadratic loss


@pytest.mark.ledger("yarotsky-def-10-linear-network")
@pytest.mark.parametrize(("widths", "rank"), [((3, 5, 4, 2), 2), ((4, 4, 4), 4), ((4, 2, 5), 2), ((3, 1, 3), 1)])
def test_exactly_the_maps_up_to_the_smallest_width_in_rank_are_represented(widths, rank):
    product = ln.end_to_end_map(network(widths))
    x, y = np.random.default_rng(1).standard_normal((2, widths[0]))
    np.testing.assert_allclose(product @ (2 * x - 3 * y), 2 * product @ x - 3 * product @ y, atol=1e-10)
    assert np.linalg.matrix_rank(product) == rank == min(widths)
    left, right = network((rank, widths[-1]), 2)[0], network((widths[0], rank), 3)[0]
    np.testing.assert_allclose(ln.end_to_end_map(ln.balanced_init(left @ right, widths)), left @ right, atol=1e-13)
    full = network((widths[0], widths[-1]), 4)[0]
    if rank < min(full.shape):  # with a bottleneck not every linear map is one of the network's
        with pytest.raises(ValueError, match="expected rank"):
            ln.balanced_init(full, widths)


@pytest.mark.ledger("yarotsky-formula-12-projection")
def test_a_target_is_its_linear_part_up_to_a_constant_and_the_half_is_needed():
    rng = np.random.default_rng(0)
    inputs = rng.standard_normal((400, 3)) + np.array([0.5, 0, -1])
    outputs = np.stack([np.tanh(inputs @ [1, 2, 0]) + 1, (inputs**2).sum(1)], axis=1)
    part = ln.project_target(inputs, outputs)
    maps = ln.end_to_end_map(network(batch=(20,)))
    errors = np.sum((outputs - inputs @ np.swapaxes(maps, -1, -2)) ** 2, axis=-1).mean(-1)
    rest = errors / 2 - part.loss.value(maps)
    np.testing.assert_allclose(rest, part.constant, rtol=1e-11)
    assert part.constant > 0.1  # so the minimum of L is not 0
    sample = ln.sample_loss(inputs, outputs, "quadratic").value(maps)  # L as it is defined, with its 1/2
    np.testing.assert_allclose(errors, 2 * sample, rtol=1e-12)  # L = |f - f~|^2 as printed is twice too large ...
    assert np.ptp(errors - part.loss.value(maps)) > 1  # ... and is no trace loss plus a constant
    nearby = part.target + 0.1 * rng.standard_normal((500, 2, 3))
    assert part.loss.value(nearby).min() > 0  # so that R is the minimum, of value `constant`
    residual = outputs - inputs @ part.target.T
    np.testing.assert_allclose(residual.T @ inputs, 0, atol=1e-9)  # an orthogonal projection
    flat = ln.project_target(inputs * [1, 1, 0], outputs)
    assert (part.rank, flat.rank) == (3, 2)  # the space of linear functions shrinks where Sigma is singular


@pytest.mark.ledger("yarotsky-formula-13-trace-loss")
def test_the_loss_is_a_trace_with_second_moments_not_the_covariance():
    rng = np.random.default_rng(0)
    inputs, target, w = rng.standard_normal((100, 3)) + 2.0, rng.standard_normal((2, 3)), network()
    delta = ln.end_to_end_map(w) - target
    mean = 0.5 * np.mean(np.sum((inputs @ delta.T) ** 2, axis=1))
    moments, covariance = inputs.T @ inputs / 100, np.cov(inputs.T, bias=True)
    assert 0.5 * np.trace(delta.T @ delta @ moments) == pytest.approx(mean, rel=1e-12)
    assert float(ln.loss_value(w, ln.quadratic_loss(target, moments))) == pytest.approx(mean, rel=1e-12)
    assert abs(0.5 * np.trace(delta.T @ delta @ covariance) / mean - 1) > 0.05
    inputs -= inputs.mean(0)
    np.testing.assert_allclose(inputs.T @ inputs / 100, covariance, atol=1e-12)  # the same for centered inputs


# -- factors near the identity


@pytest.mark.ledger("yarotsky-thm-04-near-identity")
@pytest.mark.parametrize("matrix", [np.diag([-1.0, -2.0]), -np.eye(4), "random"], ids=["diag", "minus", "random"])
def test_positive_determinants_are_products_of_factors_near_the_identity(matrix):
    if isinstance(matrix, str):
        matrix = np.random.default_rng(1).standard_normal((5, 5))
        matrix[0] *= np.sign(np.linalg.det(matrix))
    constants = []
    for pairs in (10, 100, 1000):
        result = ln.near_identity_factors(matrix, 2 * pairs)
        assert np.abs(ln.end_to_end_map(list(result.factors)) - matrix).max() < 2e-14 * pairs
        constants.append(result.constant / 2)  # K max |V| with 2 K factors
        assert result.constant >= np.log(np.linalg.norm(matrix, 2))  # as ln|A| <= sum of ln(1 + |V_k|)
    limit = max(result.angle, result.stretch)
    assert np.all(np.abs(np.array(constants) - limit) <= np.array([0.2, 0.02, 0.002]) * limit)
    for n_factors in (2, 3, 7, 51):  # any number, odd ones, too
        factors = ln.near_identity_factors(matrix, n_factors, split="proportional").factors
        assert np.abs(ln.end_to_end_map(list(factors)) - matrix).max() < 1e-12
    shared = ln.near_identity_factors(matrix, 20_000, split="proportional").constant
    assert shared == pytest.approx(result.angle + result.stretch, rel=1e-3)
    if matrix.shape == (2, 2):
        assert np.abs(linalg.logm(matrix).imag).max() == pytest.approx(np.pi)  # no real principal logarithm


@pytest.mark.ledger("yarotsky-ex-06-det-positive")
def test_the_determinant_must_be_positive():
    rng = np.random.default_rng(0)
    moves = rng.standard_normal((5000, 3, 3))
    moves *= 0.999 / np.linalg.norm(moves, 2, axis=(-2, -1))[:, None, None]
    assert np.linalg.det(np.eye(3) + moves).min() > 0
    times = np.linspace(0, 1, 21)[:, None, None, None]
    assert np.linalg.svd(np.eye(3) + times * moves[:200])[1].min() >= 0.0009  # 1 + tV is never singular
    with pytest.raises(ValueError, match="positive determinant"):
        ln.near_identity_factors(np.diag([-1.0, 1.0]), 100)


@pytest.mark.ledger("yarotsky-formula-14-polar")
def test_polar_factors_and_their_roots():
    for seed in range(10):
        matrix = np.random.default_rng(seed).standard_normal((6, 6))
        matrix[0] *= np.sign(np.linalg.det(matrix))
        stretch, rotation = ln.polar_factors(matrix)
        np.testing.assert_allclose(stretch @ rotation, matrix, atol=1e-12)
        np.testing.assert_allclose(stretch @ stretch, matrix @ matrix.T, atol=1e-11)
        blocks = ln.rotation_blocks(rotation)
        np.testing.assert_allclose(np.linalg.matrix_power(blocks.power(1 / 7), 7), rotation, atol=1e-12)
        sizes = [k * np.linalg.norm(blocks.power(1 / k) - np.eye(6), 2) for k in (10, 1000)]
        assert sizes[1] == pytest.approx(np.abs(blocks.angles).max(), rel=1e-4)
        scales, frame = np.linalg.eigh(stretch)
        root = (frame * scales**0.001) @ frame.T
        np.testing.assert_allclose(np.linalg.matrix_power(root, 1000), stretch, atol=1e-11)
        assert 1000 * np.linalg.norm(root - np.eye(6), 2) == pytest.approx(np.abs(np.log(scales)).max(), rel=0.01)
    assert ln.rotation_blocks(np.diag([-1.0, 1, -1, -1, -1])).angles.tolist() == [np.pi, np.pi]
    with pytest.raises(ValueError, match="determinant 1"):  # the canonical form is one of SO(d), not of O(d)
        ln.rotation_blocks(np.diag([-1.0, 1, 1]))


@pytest.mark.ledger("yarotsky-ex-07-euler-rotation")
def test_every_rotation_of_three_dimensions_has_an_axis():
    for matrix in Rotation.random(50, random_state=0).as_matrix():
        axis, angle = ln.axis_angle(matrix)
        np.testing.assert_allclose(matrix @ axis, axis, atol=1e-13)
        assert angle == pytest.approx(np.arccos((np.trace(matrix) - 1) / 2), abs=1e-7)
        np.testing.assert_allclose(Rotation.from_rotvec(angle * axis).as_matrix(), matrix, atol=1e-12)
    double = linalg.block_diag(*(Rotation.from_euler("z", a).as_matrix()[:2, :2] for a in (1.0, 2.0)))
    assert np.abs(np.linalg.eigvals(double) - 1).min() > 0.9  # four dimensions need no axis
    assert np.abs(np.linalg.eigvals(-matrix) - 1).min() > 0.1  # nor do reflections
    with pytest.raises(ValueError, match="determinant 1"):
        ln.axis_angle(-matrix)


# -- gradient and critical points


@pytest.mark.ledger("yarotsky-formula-15-linear-gradient")
def test_the_gradient_in_closed_form_order_and_transposes_included():
    rng = np.random.default_rng(0)
    w, target, moments = network(), rng.standard_normal((2, 3)), np.cov(rng.standard_normal((3, 20)))
    loss, delta = ln.quadratic_loss(target, moments), ln.end_to_end_map(w) - target
    gradient = ln.weight_gradient(w, loss)
    np.testing.assert_allclose(gradient[1], w[2].T @ delta @ moments @ w[0].T, rtol=1e-12)
    tensors = [torch.tensor(layer, requires_grad=True) for layer in w]
    ln.loss_value(tensors, loss).backward()
    for ours, tensor in zip(gradient, tensors, strict=True):
        np.testing.assert_allclose(ours, tensor.grad.numpy(), rtol=1e-11, atol=1e-12)
    vector, step = ln.to_vector(w), 1e-5
    moved = vector + step * np.concatenate([np.eye(len(vector)), -np.eye(len(vector))])
    values = ln.loss_value(ln.from_vector(moved, WIDTHS), loss).reshape(2, -1)
    np.testing.assert_allclose((values[0] - values[1]) / (2 * step), ln.to_vector(gradient), atol=1e-6)
    square = network((3, 3, 3), 4)  # where shapes do not tell, numbers do
    loss = ln.quadratic_loss(network((3, 3), 5)[0], moments)
    delta = ln.end_to_end_map(square) - network((3, 3), 5)[0]
    right, last = ln.weight_gradient(square, loss)
    np.testing.assert_allclose(right, square[1].T @ delta @ moments, rtol=1e-11)
    np.testing.assert_allclose(last, delta @ moments @ square[0].T, rtol=1e-11)
    for wrong in (square[1] @ delta @ moments, square[1].T @ moments @ delta, moments @ delta.T @ square[1]):
        assert np.abs(wrong - right).max() > 0.1


@pytest.mark.ledger("yarotsky-thm-05-hardt-ma-minima")
def test_nonsingular_stationary_points_are_global_minima():
    rng = np.random.default_rng(0)
    w, target = [rng.standard_normal((200, 3, 3)) for _ in range(4)], rng.standard_normal((3, 3))
    moments = np.diag([0.5, 1.0, 2.0])
    loss = ln.quadratic_loss(target, moments)
    norms = ln.gradient_bounds(w, loss).gradient_norms
    smallest = np.stack([np.linalg.svd(layer)[1][:, -1] for layer in w], axis=-1)
    error = np.linalg.norm(ln.end_to_end_map(w) - target, axis=(-2, -1))
    for k in range(4):
        others = np.prod(np.delete(smallest, k, axis=-1), axis=-1)
        assert np.all(norms[:, k] >= others * 0.5 * error * (1 - 1e-12))  # no minimum is needed, only stationarity
    flat = ln.quadratic_loss(target, np.diag([0.0, 1.0, 2.0]))  # nor positive moments: then Delta Sigma = 0, so L = 0
    bounds = ln.gradient_bounds(w, flat)
    assert np.all(bounds.gradient_norms >= np.exp(np.log(smallest).sum(-1))[:, None] / smallest.max(-1)[:, None]
                  * bounds.map_gradient_norm[:, None] * (1 - 1e-12))  # fmt: skip
    lossy = flat.value(ln.end_to_end_map(w))
    assert np.all(bounds.map_gradient_norm**2 >= 2 * lossy * (1 - 1e-12))  # the least positive eigenvalue is 1
    singular = ln.planted_critical_point(target, (3,) * 5, [1], second_moment=moments)
    assert norm_of_gradient(singular, loss) < 1e-12  # with singular layers there are others
    assert ln.loss_value(singular, loss) > 0.1


@pytest.mark.ledger("yarotsky-ex-08-two-zero-layers")
def test_two_zero_layers_make_a_stationary_point_that_may_be_a_degenerate_saddle():
    w, loss = network((3, 3, 3, 3, 3)), ln.quadratic_loss(network((3, 3), 9)[0])
    for k, n in ((0, 1), (1, 3), (0, 3)):
        zeroed = [np.zeros_like(layer) if i in (k, n) else layer for i, layer in enumerate(w)]
        assert norm_of_gradient(zeroed, loss) == 0
        one = [np.zeros_like(layer) if i == k else layer for i, layer in enumerate(w)]
        assert norm_of_gradient(one, loss) > 0.1  # one is not enough
    target, zero = ln.quadratic_loss(np.diag([1.0, -2.0])), np.zeros((2, 2))
    eigenvalues = np.linalg.eigvalsh(ln.hessian_matrix([zero] * 2, target))
    np.testing.assert_allclose(eigenvalues, [-2, -2, -1, -1, 1, 1, 2, 2], atol=1e-14)
    assert not ln.hessian_matrix([zero] * 3, target).any()  # three layers: no second order at all
    assert ln.classify_critical_point([zero] * 3, target).kind == "degenerate"


# -- dynamics


@pytest.mark.ledger("yarotsky-formula-16-gd-polynomial")
def test_descent_from_the_identity_stays_among_polynomials_of_the_target():
    target = turned([3.0, 1.5, 0.5, 0.1])
    run = ln.descend(ln.identity_init(4, 5), ln.quadratic_loss(target), 0.02, 4000)
    defects = ln.symmetry_defects(run.end, target)
    assert max(defects.layer_spread, defects.commutator, defects.mirror) < 1e-13
    for n_steps in (1, 2, 3):
        few = ln.descend(ln.identity_init(4, 3), ln.quadratic_loss(target), 0.05, n_steps)
        polynomial = ln.evaluate_at_matrix(ln.descent_polynomial(3, 0.05, n_steps), target)
        for layer in few.end:  # one polynomial for all layers: it does not depend on k
            np.testing.assert_allclose(layer, polynomial, atol=1e-12)
    np.testing.assert_allclose(ln.descent_polynomial(3, 0.05, 1).coef, [0.95, 0.05])  # 1 - alpha (1 - R)
    one = np.eye(4) - 0.05 * (np.eye(4) - target)  # the second step as the slide has it, transposes included
    two = one - 0.05 * np.linalg.matrix_power(one, 2) @ (np.linalg.matrix_power(one, 3) - target)
    np.testing.assert_allclose(ln.evaluate_at_matrix(ln.descent_polynomial(3, 0.05, 2), target), two, atol=1e-12)
    tilted = target + np.triu(np.full((4, 4), 0.3), 1)  # both assumptions are needed: R symmetric, inputs white
    for other, moments in ((tilted, None), (target, np.diag([0.5, 1.0, 1.5, 2.0]))):
        end = ln.descend(ln.identity_init(4, 3), ln.quadratic_loss(other, moments), 0.02, 30).end
        assert max(np.abs(layer @ other - other @ layer).max() for layer in end) > 0.02


@pytest.mark.ledger("yarotsky-formula-17-decoupling")
@pytest.mark.parametrize("depth", [1, 2, 3, 6])
def test_the_eigenvalues_follow_scalar_recursions(depth):
    values = np.array([0.2, 0.6, 1.1, 1.9])
    run = ln.descend(ln.identity_init(4, depth), ln.quadratic_loss(turned(values)), 0.03, 200, record_every=50)
    weights = ln.equal_weight_descent(np.ones(4), values, depth, 0.03, 200)[::50]
    for layer in run.weights:
        np.testing.assert_allclose(np.linalg.eigvalsh(layer), weights, atol=1e-12)
    np.testing.assert_allclose(np.linalg.eigvalsh(run.maps), weights**depth, atol=1e-12)
    vectors = np.linalg.eigh(turned(values))[1]
    seen = vectors.T @ run.maps @ vectors  # diagonal in the basis of R, at all times
    assert np.abs(seen * (1 - np.eye(4))).max() < 1e-13


@pytest.mark.ledger("yarotsky-formula-18-1d-flow")
def test_the_scalar_flow_conserves_differences_of_squares_and_has_exact_time_courses():
    times = np.linspace(0, 2, 9)
    w = ln.scalar_flow(times, [0.3, 1.2, -0.8, 0.9], 1.7)
    squares = w**2
    np.testing.assert_allclose(squares - squares[:, :1], np.tile(squares[0] - squares[0, 0], (9, 1)), atol=1e-8)
    q = w.prod(-1)
    slope = (ln.scalar_flow([1e-4], w[3], 1.7)[0] ** 2 - squares[3]) / 1e-4
    np.testing.assert_allclose(slope, 2 * q[3] * (1.7 - q[3]), rtol=2e-3)
    assert float(ln.mode_strength(0.2, 3.0, 1.0, 2)) == pytest.approx(1.87221, abs=5e-6)
    wrong = 3 * np.exp(3 * 0.2) / (np.exp(3 * 0.2) - 1 + 3)  # without the factor 2 in the exponent
    assert wrong == pytest.approx(1.43019, abs=5e-6)
    for depth in (2, 3, 5):
        flow = ln.scalar_flow(times, np.ones(depth), 3.0).prod(-1)
        np.testing.assert_allclose(ln.mode_strength(times, 3.0, 1.0, depth), flow, atol=1e-8)
        small = (ln.mode_strength(1e-6, 3.0, 1.5, depth) - 1.5) / 1e-6
        assert small == pytest.approx(depth * 1.5 ** (2 - 2 / depth) * 1.5, rel=1e-3)  # K q^{2-2/K} (r - q)
    unbalanced = ln.two_layer_mode(times, [0.2, 1.5], 1.7)
    np.testing.assert_allclose(unbalanced, ln.scalar_flow(times, [0.2, 1.5], 1.7), atol=1e-9)
    assert float(ln.time_to_reach(1.5, 3.0, 0.0025, 2)) == pytest.approx(np.log(1199) / 6)  # 1.18154
    w, loss = network((3, 3, 3), scale=0.6), ln.quadratic_loss(np.diag([1.0, 2.0, 0.5]))
    drifts = []
    for rate in (1e-2, 1e-3):
        run = ln.descend(w, loss, rate, round(2 / rate))
        drifts.append(np.abs(ln.balancedness(run.end)[0] - ln.balancedness(w)[0]).max())
    assert drifts[0] / drifts[1] == pytest.approx(10, rel=0.1)  # descent: first order in the step


@pytest.mark.ledger("yarotsky-ex-09-1d-convergence")
def test_positive_modes_converge_and_only_negative_ones_of_two_layers_or_more_get_stuck():
    for depth in (1, 2, 3, 5):
        assert float(ln.mode_strength(60.0, 0.7, 1.0, depth)) == pytest.approx(0.7)
    steps, rate = 24_000, 0.05
    for depth, expected in ((3, 0.0011880), (4, 0.024380)):
        w = ln.equal_weight_descent(1.0, -0.7, depth, rate, steps)[-1]
        assert w == pytest.approx(expected, rel=1e-3)
        assert w == pytest.approx(((depth - 2) * 0.7 * steps * rate) ** (-1 / (depth - 2)), rel=3e-3)
        assert (w**depth + 0.7) ** 2 / 2 == pytest.approx(0.245, abs=1e-5)
    assert ln.equal_weight_descent(1.0, -0.7, 2, rate, steps)[-1] < 1e-300
    # the printed case r <= 0 is too wide: r = 0 tends to its minimum, one layer is never stuck, big steps may jump
    assert float(ln.mode_strength(1e4, 0.0, 1.0, 3)) < 1e-3
    assert float(ln.mode_strength(60.0, -0.7, 1.0, 1)) == pytest.approx(-0.7)
    assert ln.equal_weight_descent(1.0, -0.1, 3, 0.95, 5000)[-1] ** 3 == pytest.approx(-0.1)
    assert ln.equal_weight_descent(1.0, -0.1, 3, 0.5, 5000)[-1] ** 3 == pytest.approx(0, abs=1e-6)
    assert ln.two_layer_mode(200.0, [1.0, 1.01], -0.7).prod() == pytest.approx(-0.7)  # nor is an unbalanced start


@pytest.mark.ledger("yarotsky-thm-06-bartlett")
def test_descent_from_the_identity_converges_if_the_step_is_small_enough():
    values = np.array([3.0, 1.5, 0.5, 0.1])
    loss = ln.quadratic_loss(turned(values))
    safe = ln.descend(ln.identity_init(4, 5), loss, ln.identity_start_bound(values, 5), 6000)
    assert float(safe.losses[-1]) < 1e-10
    for target, depth in ((5.0, 3), (2.0, 2), (10.0, 5)):
        limit = float(ln.stability_limit(target, depth))
        arrived = ln.converges_from_identity(target, depth, limit * np.array([0.3, 0.99, 1.01, 1.3]))
        assert arrived.tolist() == [True, True, False, False]  # as printed, for any step, it is false
    assert ln.converges_from_identity(0.2, 4, [1 / 7, 1.68, 2.8]).tolist() == [True, True, False]


@pytest.mark.ledger("yarotsky-ex-10-saxe-generalization")
def test_aligned_networks_decouple_with_input_variances():
    rng, widths = np.random.default_rng(0), (4, 5, 6, 3)
    frames = ln.random_frames(widths, rng=rng)
    frames = tuple(-frame if np.linalg.det(frame) > 0 and len(frame) % 2 else frame for frame in frames)
    assert min(np.linalg.det(frame) for frame in frames) < 0  # O(d) is enough
    targets, strengths = np.array([1.5, 1.0, 0.5]), rng.uniform(0.5, 1.0, (3, 3))
    (target,) = ln.aligned_weights([targets], (frames[0], frames[-1]))
    variances = np.array([2.0, 0.5, 1.0, 1.5])
    moments = frames[0].T @ np.diag(variances) @ frames[0]
    start = ln.aligned_weights(strengths, frames)
    run = ln.descend(start, ln.quadratic_loss(target, moments), 0.05, 300)
    assert ln.off_diagonal(run.end, frames) < 5e-15
    scalars = ln.scalar_descent(strengths.T, targets, 0.05, 300, input_variance=variances[:3])[-1]
    np.testing.assert_allclose(ln.mode_weights(run.end, frames), scalars, atol=1e-12)
    without = ln.scalar_descent(strengths.T, targets, 0.05, 20)[-1]
    early = ln.scalar_descent(strengths.T, targets, 0.05, 20, input_variance=variances[:3])[-1]
    assert np.abs(without - early).max() > 0.01  # the variances matter
    (other,) = ln.random_frames((4,), rng=rng)
    mixed = ln.descend(start, ln.quadratic_loss(target, other.T @ np.diag(variances) @ other), 0.05, 300)
    assert ln.off_diagonal(mixed.end, frames) > 0.01


@pytest.mark.ledger("yarotsky-open-01-linear-asymptotics")
def test_what_is_known_of_generic_starts_the_balanced_flow_and_plateaus_at_best_ranks():
    target = np.diag([3.0, 2.0, 1.0])
    loss, start = ln.quadratic_loss(target), network((3, 3), 5)[0]
    w = ln.balanced_init(start, (3, 4, 5, 3))
    times = np.linspace(0, 1, 5)
    maps = ln.end_to_end_map(ln.gradient_flow(w, loss, times, rtol=1e-11))
    np.testing.assert_allclose(ln.end_to_end_flow(start, loss, 3, times, rtol=1e-11), maps, atol=1e-8)
    small = ln.sample_weights((3, 3, 3), 1e-6, n_draws=5, generator=torch.Generator().manual_seed(0))
    times = np.linspace(0, 30, 301)
    losses = ln.loss_value(ln.gradient_flow(small, loss, times, rtol=1e-8), loss).numpy()
    for level in ln.rank_levels(target)[:3]:  # saddle to saddle: one mode after the other
        near = np.abs(losses - level) < 0.01 * level
        assert np.all(near.sum(0) * 0.1 > 0.4)
    assert losses[-1].max() < 1e-6


# -- general losses


@pytest.mark.ledger("yarotsky-def-11-lvb-assumptions")
def test_the_two_assumptions():
    assert [ln.thinnest_end(w) for w in ((3, 5, 4, 2), (2, 5, 2), (3, 2, 2), (2, 1, 2), (4, 3, 4, 4))] == [
        "output", "input", "output", None, None,
    ]  # fmt: skip
    rng = np.random.default_rng(0)
    loss = ln.sample_loss(rng.standard_normal((30, 3)), rng.uniform(0, 1, (30, 2)), LOSSES["logistic"])
    a, b = rng.standard_normal((2, 100, 2, 3))
    assert np.all(loss.value((a + b) / 2) <= (loss.value(a) + loss.value(b)) / 2)  # convex in the map


@pytest.mark.ledger("yarotsky-thm-07-lvb-1", "yarotsky-ex-11-lemma-implies-theorem")
@pytest.mark.parametrize("widths", [(3, 3, 2), (3, 5, 4, 2), (3, 2, 2)])
def test_without_bottleneck_every_end_of_descent_is_the_convex_optimum(widths):
    rng = np.random.default_rng(0)
    inputs = rng.standard_normal((40, 3))
    labels = (inputs @ rng.standard_normal((3, 2)) + rng.standard_normal((40, 2)) > 0).astype(float)
    loss = ln.sample_loss(inputs, labels, "logistic")
    best = optimize.minimize(
        lambda a: float(loss.value(a.reshape(2, 3))), np.zeros(6), jac=lambda a: loss.gradient(a.reshape(2, 3)).ravel(),
        tol=1e-10,
    )  # fmt: skip
    run = ln.descend(network(widths, 1, 0.6, (8,)), loss, 0.3, 6000, tol=1e-8)
    np.testing.assert_allclose(run.losses[-1], best.fun, atol=1e-6)
    # exercise 11: stationary in the map and convex, hence global
    assert np.linalg.norm(loss.gradient(run.maps[-1]), axis=(-2, -1)).max() < 1e-3


@pytest.mark.ledger("yarotsky-thm-07-lvb-1")
def test_with_a_bottleneck_a_bad_local_minimum_exists():
    trap = ln.bottleneck_minimum()
    eigenvalues = np.linalg.eigvalsh(ln.hessian_matrix(trap.weights, trap.loss))
    np.testing.assert_allclose(eigenvalues, [0, 0.5, 1, 2.5], atol=1e-12)
    rng = np.random.default_rng(0)
    moved = [w + rng.uniform(-0.1, 0.1, (20_000, *w.shape)) for w in trap.weights]
    assert ln.loss_value(moved, trap.loss).min() >= trap.value - 1e-12  # a minimum, flat along the rescaling
    assert trap.better_value == pytest.approx(trap.value / 4)
    assert ln.thinnest_end(ln.widths_of(trap.weights)) is None
    assert np.linalg.norm(trap.loss.gradient(ln.end_to_end_map(trap.weights))) == pytest.approx(1.0)


@pytest.mark.ledger("yarotsky-thm-08-lvb-2")
def test_a_loss_with_corners_has_a_bad_local_minimum_of_radius_one_half():
    trap = ln.absolute_loss_minimum()
    assert (trap.value, trap.better_value) == (1.0, 0.0)
    assert ln.thinnest_end(ln.widths_of(trap.weights)) == "input"  # the widths are as assumed
    rng = np.random.default_rng(0)
    a, b = rng.standard_normal((2, 200, 2, 2))
    inputs, targets = np.eye(2), np.array([[0.0, 0.0], [1.0, 0.0]])  # it is a loss of two samples, y = 0 and y = e_1
    pointwise = sum(np.abs(y - a @ x).sum(-1) for x, y in zip(inputs, targets, strict=True))
    np.testing.assert_allclose(trap.loss.value(a), pointwise)
    assert np.all(trap.loss.value((a + b) / 2) <= (pointwise + trap.loss.value(b)) / 2 + 1e-12)  # convex
    assert np.all(np.abs(pointwise - trap.loss.value(b)) <= 2 * np.linalg.norm(a - b, axis=(1, 2)))  # and Lipschitz
    for size in (0.5, 0.1, 0.001):  # proven up to 1/2
        moved = [w + size * rng.uniform(-1, 1, (100_000, 2, 2)) for w in trap.weights]
        assert ln.loss_value(moved, trap.loss).min() >= 1.0
    far = [w + 3 * rng.uniform(-1, 1, (100_000, 2, 2)) for w in trap.weights]
    assert ln.loss_value(far, trap.loss).min() < 1.0
    rounded = ln.absolute_loss_minimum(smoothing=0.1)  # differentiable: no local minimum any more
    assert ln.classify_critical_point(rounded.weights, rounded.loss).kind in ("strict saddle", "not critical")
    run = ln.descend([w + 1e-3 for w in rounded.weights], rounded.loss, 0.02, 20_000, tol=1e-7)
    assert float(run.losses[-1]) < 1e-3


def wavy(target):
    """A differentiable function of the map that is not convex."""
    return ln.MapLoss(
        "wavy",
        target.shape,
        lambda a: ((a - target) ** 2 / 2 + 1.5 * np.cos(2 * a)).sum((-2, -1)),
        lambda a: a - target - 3 * np.sin(2 * a),
        lambda a, v: v * (1 - 6 * np.cos(2 * a)),
    )


@pytest.mark.ledger("yarotsky-def-12-p1-p2")
def test_the_two_problems_live_on_maps_from_the_input_to_the_output():
    widths = (3, 4, 5, 2)
    w, loss = network(widths, batch=(50,)), wavy(network((3, 2), 9)[0])
    np.testing.assert_allclose(ln.loss_value(w, loss), loss.value(ln.end_to_end_map(w)))
    assert loss.shape == (widths[-1], widths[0])
    for rows in (3, 4, 5):  # no other width will do, and there is none called d_L
        with pytest.raises(ValueError, match=r"\(d_K, d_0\)"):
            ln.loss_value(w, ln.quadratic_loss(np.zeros((rows, 3))))


@pytest.mark.ledger("yarotsky-thm-09-lvb-lemma")
def test_local_minima_in_the_layers_are_stationary_in_the_map():
    widths, loss = (3, 3, 4, 2), wavy(np.random.default_rng(3).standard_normal((2, 3)))
    values = set()
    for seed in range(15):
        found = optimize.minimize(
            lambda v: float(ln.loss_value(ln.from_vector(v, widths), loss)), ln.to_vector(network(widths, seed)),
            jac=lambda v: ln.to_vector(ln.weight_gradient(ln.from_vector(v, widths), loss)),
            options={"gtol": 1e-8, "maxiter": 2000},
        )  # fmt: skip
        w = ln.from_vector(found.x, widths)
        product = ln.end_to_end_map(w)
        assert product.shape == (2, 3)  # R^{d_K x d_0}; the slide's d_L does not exist
        assert np.linalg.eigvalsh(ln.hessian_matrix(w, loss))[0] > -1e-6
        assert np.linalg.norm(loss.gradient(product)) < 1e-5
        values.add(round(float(found.fun), 5))
    assert len(values) > 5  # many different local minima, most of them bad: the lemma does not need convexity
    trap = ln.bottleneck_minimum()  # but it needs the widths
    assert np.linalg.norm(trap.loss.gradient(ln.end_to_end_map(trap.weights))) > 0.9


@pytest.mark.ledger("yarotsky-claim-16-not-locally-surjective")
def test_the_product_is_not_locally_onto():
    w = (np.diag([1.0, 0.0]), np.diag([0.0, 1.0]))
    assert ln.jacobian_rank(w) == 3
    assert not ln.product_jacobian(w)[1].any()  # entry 12 does not move in first order
    rng = np.random.default_rng(0)
    (first, second) = (layer + rng.uniform(-0.5, 0.5, (100_000, 2, 2)) for layer in w)
    product = second @ first
    b, f = first[:, 0, 1] / first[:, 0, 0], second[:, 0, 1] / second[:, 1, 1]
    identity = b * product[:, 0, 0] + f * product[:, 1, 1] - b * f * product[:, 1, 0]
    np.testing.assert_allclose(product[:, 0, 1], identity, atol=1e-12)
    small = np.abs(first - w[0]).max((1, 2)) + np.abs(second - w[1]).max((1, 2)) < 0.5
    others = np.abs(product[small]).sum((1, 2)) - np.abs(product[small, 0, 1])
    assert np.all(np.abs(product[small, 0, 1]) <= others)  # so eps e_1 e_2^T is no product, however small eps is
    # the entry 21 is needed: with A_11 = A_22 = 0 the entry 12 is -bf A_21, not 0
    a, c = 0.1, 0.2
    corner = np.array([[1.0, a], [c, 0.0]]), np.array([[-a * c, a], [0.0, 1.0]])
    corner[1][0, 0], corner[0][1, 1] = -a * c, 0.0
    at = corner[1] @ corner[0]
    np.testing.assert_allclose([at[0, 0], at[1, 1]], 0, atol=1e-15)
    assert at[0, 1] == pytest.approx(-a * a * at[1, 0])
    assert abs(at[0, 1]) > 1e-3


@pytest.mark.ledger("yarotsky-formula-19-lvb-easy-case")
def test_layers_without_kernel_carry_stationarity_to_the_map():
    for seed in range(10):
        w, loss = network((2, 4, 3, 3), seed, batch=(20,)), wavy(np.random.default_rng(seed).standard_normal((3, 2)))
        bounds = ln.gradient_bounds(w, loss)  # in the last layer: |grad| >= s_min(W_{K-1}...W_1) |grad g|
        below = np.linalg.svd(w[1] @ w[0])[1][:, -1]
        np.testing.assert_allclose(bounds.lower_bounds[:, -1], below * bounds.map_gradient_norm, rtol=1e-10)
        assert np.all(bounds.gradient_norms >= bounds.lower_bounds * (1 - 1e-12))
        assert below.min() > 0
    with pytest.raises(ValueError, match="input to output"):  # G = g(W_1...W_K) as printed does not exist
        ln.end_to_end_map(network((2, 4, 3, 5))[::-1])
    square, loss = network((3, 3, 3)), wavy(network((3, 3), 7)[0])  # and where it does, it is another function
    assert abs(loss.value(square[0] @ square[1]) - ln.loss_value(square, loss)) > 0.1


def rank_deficient(widths, seed=0):
    w = network(widths, seed)
    w[0][:, 0] = 0.0  # so that every product has a kernel
    return w


@pytest.mark.ledger("yarotsky-formula-20-lvb-perturbation")
@pytest.mark.parametrize("widths", [(3, 4, 3, 5), (3, 3, 3, 3), (5, 4, 6, 2)])
def test_perturbations_keep_the_product_from_the_second_layer_on(widths):
    w = rank_deficient(widths)
    if ln.thinnest_end(widths) == "output":
        w[-1][0] = 0.0  # the transposed case
    near = ln.perturb_keeping_product(w, 0.05, rng=np.random.default_rng(0))
    np.testing.assert_allclose(ln.end_to_end_map(near.weights), ln.end_to_end_map(w), atol=5e-15)
    end = 1 if ln.thinnest_end(widths) == "input" else len(w)
    assert set(near.changed) == set(range(1, len(w) + 1)) - {end}  # the layer at the thin end has no u
    full = ln.perturb_keeping_product(network((3, 3, 3)), 0.05, rng=np.random.default_rng(0))
    assert full.changed == ()  # nothing without a kernel: the simplification of the slide


@pytest.mark.ledger("yarotsky-formula-21-lvb-end")
@pytest.mark.parametrize("modes", [[0], [1], [0, 1], []])
def test_a_rank_deficient_stationary_point_is_global_or_a_perturbation_ends_its_stationarity(modes):
    target = np.random.default_rng(2).standard_normal((3, 3))
    loss = ln.quadratic_loss(target)
    w = ln.planted_critical_point(target, (3, 3, 3, 3), modes)
    assert norm_of_gradient(w, loss) < 1e-12
    near = ln.perturb_keeping_product(w, 0.1, rng=np.random.default_rng(0))
    assert float(ln.loss_value(near.weights, loss)) == pytest.approx(float(ln.loss_value(w, loss)), rel=1e-12)
    assert norm_of_gradient(near.weights, loss) > 1e-4  # not a local minimum, as it has the same value
    # a rank-deficient global minimum stays one
    flat = ln.quadratic_loss(target @ np.diag([1.0, 1.0, 0.0]))
    best = ln.planted_critical_point(target @ np.diag([1.0, 1.0, 0.0]), (3, 3, 3, 3), [0, 1])
    moved = ln.perturb_keeping_product(best, 0.1, rng=np.random.default_rng(0))
    assert moved.changed
    assert norm_of_gradient(moved.weights, flat) < 1e-12


@pytest.mark.ledger("yarotsky-formula-21-lvb-end", "yarotsky-formula-20-lvb-perturbation")
def test_the_stripping_starts_at_the_first_product_with_a_kernel():
    loss = ln.quadratic_loss(np.diag([3.0, 2.0, 1.0]))
    w = (np.eye(3), np.diag([1.0, 0.0, 0.0]), np.diag([3.0, 0.0, 0.0]))  # W_1 has none, W_2 W_1 has
    assert norm_of_gradient(w, loss) == 0
    near = ln.perturb_keeping_product(w, 0.1, rng=np.random.default_rng(0))
    assert near.changed == (3,)  # there is no u_1
    norms = [np.linalg.norm(layer) for layer in ln.weight_gradient(near.weights, loss)]
    assert norms[0] < 1e-15  # as printed, with k = 1, one sees nothing
    assert norms[1] > 0.01  # with k = 2 one does
