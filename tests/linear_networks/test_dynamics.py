"""Flow and descent: conserved quantities, exact time courses, decoupled modes, balanced flow, steps, rounding."""

import numpy as np
import pytest
import torch
from scipy import integrate

from lossland import linear_networks as ln
from lossland.linear_networks.runge_kutta import integrate as integrate_flow


def network(widths, seed=0, scale=1.0, batch=()):
    rng = np.random.default_rng(seed)
    return [scale * rng.standard_normal((*batch, a, b)) for a, b in zip(widths[1:], widths[:-1], strict=True)]


def symmetric(eigenvalues, seed=1):
    (frame,) = ln.random_frames((len(eigenvalues),), rng=np.random.default_rng(seed))
    return frame.T @ np.diag(eigenvalues) @ frame


# -- time courses


@pytest.mark.parametrize("depth", [1, 2, 3, 4, 6, 10])
@pytest.mark.parametrize("target", [3.0, 0.7, 0.05, 0.0, -0.7, -3.0])
@pytest.mark.parametrize("start", [1.0, 0.1, 2.5, -0.4])
def test_mode_strength_solves_its_equation(depth, target, start):
    times, s = np.array([0.0, 0.05, 0.3, 1.0, 2.0]), 1.3

    def velocity(_t, q):
        return s * depth * np.abs(q) ** (2 - 2 / depth) * (target - q)

    flow = integrate.solve_ivp(velocity, (0, 2), [start], t_eval=times, rtol=1e-12, atol=1e-15, method="DOP853")
    strength = ln.mode_strength(times, target, start, depth, input_variance=s)
    np.testing.assert_allclose(strength, flow.y[0], rtol=1e-7, atol=1e-9)
    reached = ln.time_to_reach(strength, target, start, depth, input_variance=s)
    far = np.abs(strength - max(target, 0) * (start > 0) - min(target, 0) * (start < 0)) > 1e-6
    if depth > 1 and target * start < 0:
        far = np.abs(strength) > 1e-9
    if depth > 1 or abs(target - start) > 0:
        np.testing.assert_allclose(reached[far], times[far], rtol=1e-7, atol=1e-12)


def test_plateaus_of_tiny_starts_and_the_times_that_are_never_reached():
    times = ln.time_to_reach(1.5, 3.0, 1e-8, [10, 4, 2][0]), ln.time_to_reach(1.5, 3.0, 1e-8, 4)
    assert times[0] == pytest.approx(1e-8 ** (-8 / 10) / (8 * 3.0), rel=1e-3)
    assert times[1] == pytest.approx(1e-8 ** (-1 / 2) / (2 * 3.0), rel=1e-3)
    for depth, time in zip((10, 4), times, strict=True):
        assert float(ln.mode_strength(time, 3.0, 1e-8, depth)) == pytest.approx(1.5, rel=1e-6)
    assert np.isinf(ln.time_to_reach([3.0, 4.0, -1.0, 0.5], 3.0, 1.0, 3)).all()
    assert np.isinf(ln.time_to_reach(0.0, -0.7, 1.0, 3))
    assert ln.time_to_reach(1.0, 3.0, 1.0, 3) == 0
    assert float(ln.mode_strength(1e9, 3.0, 0.0, 2)) == 0
    assert float(ln.mode_strength(1e9, 3.0, 0.0, 1)) == pytest.approx(3.0)
    assert ln.mode_strength(np.ones((4, 1)), np.ones(3), 0.5, 5).shape == (4, 3)


@pytest.mark.parametrize("start", [(1, 1), (1, 1.1), (-0.5, 0.3), (0.2, -2), (1, -1), (0, 1), (0, 0), (1e-4, 2e-4)])
@pytest.mark.parametrize("target", [2.0, -0.7, 0.0])
def test_two_layers_exactly(start, target):
    times, s = np.linspace(0, 6, 7), 0.8
    weights = ln.two_layer_mode(times, np.array(start, dtype=float), target, input_variance=s)
    numeric = ln.scalar_flow(times, np.array(start, dtype=float), target, input_variance=s, rtol=1e-12)
    np.testing.assert_allclose(weights, numeric, atol=2e-9)
    np.testing.assert_allclose(weights[:, 1] ** 2 - weights[:, 0] ** 2, start[1] ** 2 - start[0] ** 2, atol=1e-12)
    if start == (1, 1):
        exact = ln.mode_strength(times, target, 1.0, 2, input_variance=s)
        np.testing.assert_allclose(weights.prod(-1), exact, rtol=1e-10)


def test_only_the_balanced_start_gets_stuck():
    assert ln.two_layer_mode(40.0, [1.0, 1.0], -0.7).prod() == pytest.approx(0, abs=1e-20)
    assert ln.two_layer_mode(80.0, [1.0, 1.0 + 1e-9], -0.7).prod() == pytest.approx(-0.7)


# -- conservation and the flow of the map


@pytest.mark.parametrize("widths", [(3, 4, 5, 2), (2, 1, 2), (3, 3, 3)])
def test_flow_conserves_balancedness_and_lowers_the_loss(widths):
    w = network(widths, scale=0.5, batch=(3,))
    loss = ln.quadratic_loss(network((widths[0], widths[-1]), 7)[0], np.diag(np.arange(1.0, widths[0] + 1)))
    path = ln.gradient_flow(w, loss, np.linspace(0, 3, 7), rtol=1e-11)
    for start, matrices in zip(ln.balancedness(w), ln.balancedness(path), strict=True):
        np.testing.assert_allclose(matrices, np.broadcast_to(start, matrices.shape), atol=1e-8)
    values = ln.loss_value(path, loss)
    assert values.shape == (7, 3)
    assert np.all(np.diff(values, axis=0) <= 1e-12)
    tensor = ln.gradient_flow([torch.tensor(layer) for layer in w], loss, np.linspace(0, 3, 7), rtol=1e-11)
    np.testing.assert_allclose(tensor[0].numpy(), path[0], atol=1e-8)


@pytest.mark.parametrize("widths", [(3, 4, 2), (3, 5, 4, 2), (2, 2, 3, 4, 3), (3, 3)])
def test_balanced_weights_and_the_flow_of_their_map(widths):
    start = network((widths[0], widths[-1]), 2, scale=0.7)[0]
    w = ln.balanced_init(start, widths)
    assert ln.widths_of(w) == widths
    np.testing.assert_allclose(ln.end_to_end_map(w), start, atol=1e-14)
    assert ln.imbalance(w) < 1e-14
    loss = ln.quadratic_loss(network((widths[0], widths[-1]), 3)[0])
    times = [0.0, 0.3, 1.0]
    maps = ln.end_to_end_map(ln.gradient_flow(w, loss, times, rtol=1e-11))
    np.testing.assert_allclose(ln.end_to_end_flow(start, loss, len(w), times, rtol=1e-11), maps, atol=1e-8)
    velocity = ln.end_to_end_velocity(start, loss, len(w))
    short = ln.end_to_end_map([p - 1e-7 * g for p, g in zip(w, ln.weight_gradient(w, loss), strict=True)])
    np.testing.assert_allclose((short - start) / 1e-7, velocity, atol=1e-5)


def test_balanced_starts_in_torch_and_through_a_bottleneck():
    start = torch.randn(5, 3, 3, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    w = ln.balanced_init(start, (3, 4, 3))
    assert w[0].shape == (5, 4, 3)
    assert float(ln.imbalance(w).max()) < 1e-14
    np.testing.assert_allclose(ln.end_to_end_map(ln.balanced_init(np.ones((3, 3)), (3, 1, 3))), 1.0, atol=1e-14)
    loss = ln.quadratic_loss(np.eye(3))
    velocity = ln.end_to_end_velocity(start, loss, 3)
    np.testing.assert_allclose(velocity[2].numpy(), ln.end_to_end_velocity(start[2].numpy(), loss, 3), rtol=1e-10)


# -- descent


def test_descent_is_the_loop_written_out():
    loss, w = ln.quadratic_loss(np.arange(6.0).reshape(2, 3) / 5), network((3, 4, 2), scale=0.3, batch=(5,))
    run = ln.descend(w, loss, 0.05, 23, record_every=10)
    np.testing.assert_array_equal(run.recorded_steps, [0, 10, 20, 23])
    path = [list(w)]
    for _ in range(23):
        gradient = ln.weight_gradient(path[-1], loss)
        path.append([p - 0.05 * g for p, g in zip(path[-1], gradient, strict=True)])
    np.testing.assert_allclose(run.weights[0][2], path[20][0], rtol=1e-13)
    np.testing.assert_allclose(run.end[1], path[23][1], rtol=1e-13)
    np.testing.assert_allclose(run.losses[-1], ln.loss_value(path[23], loss))
    assert not run.converged.any()


def test_runs_converge_and_diverge_each_on_its_own():
    start = [np.ones((3, 1, 1))] * 2
    run = ln.descend(start, ln.quadratic_loss([[4.0]]), np.array([0.1, 0.24, 3.0]), 2000, tol=1e-10)
    assert run.converged.tolist() == [True, True, False]
    assert run.diverged_at[2] > 0
    assert (run.diverged_at[:2] == -1).all()
    assert np.isfinite(run.end[0]).all()
    assert run.n_steps[0] < 2000
    np.testing.assert_allclose(run.maps[-1, :2, 0, 0], 4)
    only = ln.descend([torch.ones(1, 1)] * 2, ln.quadratic_loss([[4.0]]), 0.1, 2000, tol=1e-4)
    assert bool(only.converged)
    assert only.end[0].dtype == torch.float32


def test_scalar_descent_is_descent_of_one_unit_networks():
    start = np.array([0.5, 1.5, -0.3])
    path = ln.scalar_descent(start, -0.7, 0.05, 50, input_variance=2.0)
    run = ln.descend([np.array([[w]]) for w in start], ln.quadratic_loss([[-0.7]], [[2.0]]), 0.05, 50)
    np.testing.assert_allclose(path[-1], [layer.item() for layer in run.end], rtol=1e-13)
    equal = ln.equal_weight_descent(0.9, [2.0, -0.7], 3, 0.05, 50)
    np.testing.assert_allclose(equal[-1, 1], ln.scalar_descent([0.9] * 3, -0.7, 0.05, 50)[-1], rtol=1e-13)
    jump = ln.equal_weight_descent(1.0, -0.1, 3, 0.95, 5000)[-1] ** 3
    assert jump == pytest.approx(-0.1)  # over 0 with a step beyond 1/(1 - r)


@pytest.mark.parametrize(("depth", "n_steps"), [(1, 6), (2, 4), (3, 3), (5, 2)])
def test_the_polynomials_of_descent(depth, n_steps):
    target = symmetric([1.4, 0.6, 0.3, -0.4])
    polynomial = ln.descent_polynomial(depth, 0.1, n_steps)
    assert polynomial.degree() == ln.polynomial_degree(depth, n_steps)
    run = ln.descend(ln.identity_init(4, depth), ln.quadratic_loss(target), 0.1, n_steps)
    for layer in run.end:
        np.testing.assert_allclose(ln.evaluate_at_matrix(polynomial, target), layer, atol=1e-13)


def test_aligned_weights_decouple_with_unequal_widths():
    rng, widths = np.random.default_rng(3), (4, 5, 6, 3)
    frames = ln.random_frames(widths, rng=rng)
    strengths, targets = rng.uniform(0.5, 1, (3, 3)), np.array([1.5, 1.0, 0.5])
    (target,) = ln.aligned_weights([targets], (frames[0], frames[-1]))
    variances = np.array([1.0, 0.5, 2.0, 1.5])
    sigma = frames[0].T @ np.diag(variances) @ frames[0]
    start = ln.aligned_weights(strengths, frames)
    run = ln.descend(start, ln.quadratic_loss(target, sigma), 0.05, 300)
    assert ln.off_diagonal(run.end, frames) < 1e-14
    scalars = ln.scalar_descent(strengths.T, targets, 0.05, 300, input_variance=variances[:3])
    np.testing.assert_allclose(ln.mode_weights(run.end, frames), scalars[-1], atol=1e-13)
    turned = ln.random_frames((4,), rng=rng)[0]
    mixed = ln.descend(start, ln.quadratic_loss(target, turned.T @ np.diag(variances) @ turned), 0.05, 300)
    assert ln.off_diagonal(mixed.end, frames) > 1e-3


@pytest.mark.parametrize(("target", "depth"), [(5.0, 3), (2.0, 2), (10.0, 5), (1.2, 4), (100.0, 2)])
def test_the_step_limit_is_sharp_for_targets_of_at_least_1(target, depth):
    limit = float(ln.stability_limit(target, depth))
    fractions = np.concatenate([np.linspace(0.05, 0.99, 60), np.linspace(1.01, 1.5, 30)])
    np.testing.assert_array_equal(ln.converges_from_identity(target, depth, fractions * limit), fractions < 1)
    assert ln.identity_start_bound([target], depth) == pytest.approx(limit / 2)


@pytest.mark.parametrize("target", [0.05, 0.3, 0.7])
@pytest.mark.parametrize("depth", [1, 2, 3])
def test_the_proven_step_converges_for_small_targets_and_odd_depths_have_a_limit_of_their_own(target, depth):
    assert ln.converges_from_identity(target, depth, [ln.identity_start_bound([target], depth)]).all()
    if depth == 3:
        limit = 1 / (1 - target)
        stable = float(ln.stability_limit(target, depth))
        if limit < stable:
            assert ln.converges_from_identity(target, depth, [0.9 * limit, 1.02 * limit]).tolist() == [True, False]


def test_rounding_lets_a_stuck_mode_go_and_a_diagonal_target_does_not():
    values, rate = [2.0, 0.5, -0.7], 0.05
    turned = symmetric(values)
    turned[0, 1] += 1e-16  # what rounding leaves of the symmetry
    runs = [
        ln.descend(ln.identity_init(3, 2), ln.quadratic_loss(target), rate, 3000, record_every=20)
        for target in (np.diag(values), turned)
    ]
    still, gone = (
        ln.detect_rounding_escape(run, target, rate)
        for run, target in zip(runs, (np.diag(values), turned), strict=True)
    )
    assert not still.escaped
    assert still.step == -1
    assert still.losses[-1] == pytest.approx(0.245)
    assert still.defects.layer_spread.max() == 0
    assert gone.escaped
    assert gone.losses[-1] < 1e-20
    assert gone.step * rate == pytest.approx(float(ln.predicted_escape_time(-0.7)), rel=0.25)
    assert gone.defects.mirror.max() > 0.1
    np.testing.assert_allclose(gone.exact_losses, still.exact_losses, atol=1e-12)


def test_sampled_weights_have_their_variance():
    w = ln.sample_weights((50, 200, 3), 0.5, n_draws=20, generator=torch.Generator().manual_seed(0))
    for layer, fan_in in zip(w, (50, 200), strict=True):
        n = layer.numel()
        assert float(layer.var() * fan_in) == pytest.approx(0.25, rel=5 * (2 / n) ** 0.5)


BAD = [
    (lambda: ln.mode_strength(-1.0, 1.0, 1.0, 2), "times: expected >= 0"),
    (lambda: ln.mode_strength(1.0, 1.0, 1.0, 0), "depth: expected an integer >= 1"),
    (lambda: ln.mode_strength(1.0, 1.0, 1.0, 2, input_variance=0), "input_variance: expected > 0"),
    (lambda: ln.two_layer_mode(1.0, [1.0], 1.0), "start: expected two weights"),
    (lambda: ln.scalar_flow([1.0, 0.0], [1.0, 1.0], 1.0), "times: expected a vector of times that do not decrease"),
    (lambda: ln.scalar_descent(1.0, 1.0, 0.1, 3), "start: expected weights"),
    (lambda: ln.balanced_init(np.eye(3), (3, 1, 3)), "end_to_end: expected rank <= 1"),
    (lambda: ln.balanced_init(np.eye(3), (3, 2)), "end_to_end: expected shape"),
    (lambda: ln.end_to_end_velocity(np.eye(3), ln.quadratic_loss(np.eye(2)), 2), "weights: expected maps of shape"),
    (lambda: ln.descend([np.eye(2)], ln.quadratic_loss(np.eye(2)), 0.0, 1), "learning_rate: expected positive"),
    (lambda: ln.descend([np.eye(2)], ln.quadratic_loss(np.eye(2)), [1, 2], 1), "learning_rate: expected one number"),
    (lambda: ln.descent_polynomial(3, 0.1, 12), "n_steps: expected a polynomial of degree <= 3000"),
    (lambda: ln.evaluate_at_matrix(np.polynomial.Polynomial([1]), np.ones((2, 3))), "matrix: expected a square"),
    (lambda: ln.stability_limit(-1.0, 2), "target: expected > 0"),
    (lambda: ln.identity_start_bound([1.0, 0.0], 2), "targets: expected > 0"),
    (lambda: ln.aligned_weights([[1.0, 2.0]], (np.eye(1), np.eye(2))), "strengths: expected shape"),
    (lambda: ln.off_diagonal([np.eye(2)], (np.ones((2, 2)), np.eye(2))), r"frames\[0\]: expected an orthogonal"),
    (lambda: ln.off_diagonal([np.eye(2)], (np.eye(3), np.eye(2))), "frames: expected one for each width"),
    (lambda: ln.symmetry_defects([np.eye(2)], [[0, 1], [0, 0]]), "target: expected a symmetric matrix"),
    (lambda: ln.symmetry_defects([np.eye(2)], np.eye(3)), "weights: expected square layers"),
    (lambda: ln.predicted_escape_time(0.5), "target: expected a negative strength"),
    (lambda: ln.sample_weights((3,), 1.0, generator=torch.Generator()), "widths: expected at least 2"),
]


@pytest.mark.parametrize(("call", "sentence"), BAD)
def test_errors_name_the_argument(call, sentence):
    with pytest.raises(ValueError, match=sentence):
        call()


def test_an_escape_needs_a_run_from_the_identity_and_a_flow_needs_steps():
    run = ln.descend([2 * np.eye(2)] * 2, ln.quadratic_loss(np.eye(2)), 0.1, 3)
    with pytest.raises(ValueError, match="run: expected one run that begins with all layers the identity"):
        ln.detect_rounding_escape(run, np.eye(2), 0.1)
    with pytest.raises(RuntimeError, match="steps did not reach time"):
        integrate_flow(lambda y: -1e6 * y, np.ones(1), [1.0], max_steps=50)
    with pytest.raises(TypeError, match=r"generator: expected a torch\.Generator"):
        ln.sample_weights((3, 2), 1.0, generator=0)
