"""What the slides claim about models, losses, descent and back-propagation: one test per entry of the ledger.

Where the slides are corrected, the test also shows that the printed version fails.
"""

import math

import numpy as np
import pytest
import torch
from scipy import integrate

from lossland import descent as de
from lossland.descent.gradient_timing import measure_gradient_times
from lossland.networks import MLP, forward, layer_gradients, preactivations, sample_mlp, sigmoid, to_vector
from lossland.networks.losses import cross_entropy, quadratic
from lossland.numerics import central_difference

WIDTHS = (4, 6, 5, 1)


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def network(seed=0):
    g = generator(seed)
    mlp = sample_mlp(WIDTHS, 1.3, 0.3, generator=g)
    return mlp, torch.randn(9, 4, dtype=torch.float64, generator=g)


# -- models and losses


@pytest.mark.ledger("yarotsky-def-01-predictive-model")
def test_a_model_maps_inputs_and_parameters_to_predictions_and_changes_neither():
    mlp, inputs = network()
    before, kept = to_vector(mlp).clone(), inputs.clone()
    first, second = forward(mlp, inputs, "tanh"), forward(mlp, inputs, "tanh")
    assert first.shape == (9, 1)
    assert torch.equal(first, second)
    assert torch.equal(to_vector(mlp), before)
    assert torch.equal(inputs, kept)
    alone = torch.stack([forward(mlp, x, "tanh") for x in inputs])
    torch.testing.assert_close(alone, first)
    assert set((sigmoid(first) > 0.5).long().flatten().tolist()) <= {0, 1}


@pytest.mark.ledger("yarotsky-def-02-soft-classification")
def test_soft_classification_has_values_between_zero_and_one_and_the_label_that_is_likelier():
    mlp, inputs = network()
    scores = forward(mlp, 50 * inputs, "linear")
    probabilities = sigmoid(scores)
    assert float(probabilities.min()) >= 0
    assert float(probabilities.max()) <= 1
    assert torch.equal(probabilities > 0.5, scores > 0)
    torch.testing.assert_close(probabilities + sigmoid(-scores), torch.ones_like(scores))


@pytest.mark.ledger("yarotsky-def-03-loss")
def test_empirical_risk_converges_to_the_population_risk_like_one_over_root_n():
    rng = np.random.default_rng(0)
    student, teacher = rng.standard_normal((5, 4)), rng.standard_normal((4, 4))
    exact, sizes, errors = de.population_risk(student, teacher), (50, 200, 800, 3200), []
    for n in sizes:
        measure = de.GaussianMeasure(4).sample(n, n_draws=400, rng=rng)
        predictions = (lambda x: de.sum_of_neurons(teacher, x), lambda x: de.sum_of_neurons(student, x))
        found = de.empirical_risk(quadratic.value, *predictions, measure).value
        assert abs(found.mean() - exact) < 4.5 * found.std() / 20
        errors.append(np.sqrt(np.mean((found - exact) ** 2)))
    slope = np.polyfit(np.log(sizes), np.log(errors), 1)[0]
    assert slope == pytest.approx(-0.5, abs=0.06)


@pytest.mark.ledger("yarotsky-def-04-measures")
def test_the_two_measures_differ_most_where_the_parameters_were_fitted():
    rng = np.random.default_rng(1)
    n, d, draws = 30, 10, 2000
    x = rng.standard_normal((draws, n, d))
    y = x[..., 0] + rng.standard_normal((draws, n))
    w = np.linalg.solve(x.mT @ x, (x.mT @ y[..., None]))[..., 0]
    on_the_sample = (np.einsum("snd,sd->sn", x, w) - y) ** 2 / 2
    measure = de.EmpiricalMeasure(x[0])
    weighted = measure.expectation(lambda points: (points @ w[0] - y[0]) ** 2 / 2).value
    assert weighted == pytest.approx(np.sum(on_the_sample[0]) / n)
    population = ((w - np.eye(d)[0]) ** 2).sum(axis=1) / 2 + 0.5
    expected = de.least_squares_risks(n, d, 1.0)
    for found, exact in zip((on_the_sample.mean(axis=1), population), expected, strict=True):
        assert abs(found.mean() - exact) < 4.5 * found.std() / draws**0.5
    assert expected[0] < 0.5 < expected[1]


@pytest.mark.ledger("yarotsky-def-05-pointwise-losses")
def test_pointwise_losses_their_slopes_their_minima_and_their_convexity():
    grid = np.linspace(0.01, 0.99, 99)
    for y in (0.0, 0.3, 1.0):
        np.testing.assert_allclose(quadratic.value(y, grid), (y - grid) ** 2 / 2)
        np.testing.assert_allclose(cross_entropy.value(y, grid), -y * np.log(grid) - (1 - y) * np.log(1 - grid))
        for loss, slope in ((quadratic, grid - y), (cross_entropy, (grid - y) / (grid * (1 - grid)))):
            np.testing.assert_allclose(loss.derivative(y, grid), slope, rtol=1e-12, atol=1e-12)
            numerical = central_difference(lambda p, loss=loss, y=y: loss.value(y, p), grid)
            np.testing.assert_allclose(numerical, slope, rtol=1e-6, atol=1e-8)
            assert np.all(np.diff(loss.value(y, grid), 2) > 0)
    assert grid[np.argmin(cross_entropy.value(0.3, grid))] == pytest.approx(0.3)


# -- descent


@pytest.mark.ledger("yarotsky-alg-01-gd")
def test_gradient_descent_multiplies_each_mode_by_one_minus_alpha_lambda():
    eigenvalues = np.array([0.1, 1.0, 3.0, 7.0])
    surface, starts = de.quadratic(eigenvalues), np.random.default_rng(2).standard_normal((6, 4))
    for rate in (0.05, 1 / 7, 0.28):
        run = de.gradient_descent(surface.gradient, starts, rate, 40, record_every=1)
        powers = (1 - rate * eigenvalues) ** np.arange(41)[:, None, None]
        np.testing.assert_allclose(run.points, powers * starts, rtol=1e-12, atol=1e-14)
    below, above = (de.gradient_descent(surface.gradient, starts, (2 + x) / 7, 30_000) for x in (-0.02, 0.02))
    assert np.all(np.abs(below.end) < 1e-6)
    assert np.all(above.diverged_at > 0)


@pytest.mark.ledger("yarotsky-alg-02-heavy-ball")
def test_printed_heavy_ball_is_delayed_and_stable_only_up_to_one_minus_beta():
    for beta in (0.0, 0.5, 0.9):
        assert de.measure_stability_limit(beta, "polyak") == pytest.approx(2 * (1 + beta), abs=2e-4)
        assert de.measure_stability_limit(beta, "printed") == pytest.approx(1 - beta, abs=2e-4)
    start = [[1.0]]
    descent = de.gradient_descent(lambda w: w, start, 1.5, 200)
    assert abs(descent.end[0, 0]) < 1e-50
    assert de.heavy_ball(lambda w: w, start, 1.5, 0.0, 200).end == pytest.approx(descent.end)
    printed = de.heavy_ball(lambda w: w, start, 1.5, 0.0, 20, form="printed", record_every=1).points[:, 0, 0]
    assert abs(printed[-1]) > 10
    delayed = [1.0, 1.0]
    for _ in range(19):
        delayed.append(delayed[-1] - 1.5 * delayed[-2])  # the gradient of the iterate before
    np.testing.assert_allclose(printed, delayed)
    rates, momenta = np.geomspace(1e-4, 0.02, 60), np.linspace(0, 0.95, 39)
    tuned = min(de.contraction_rate([1.0, 100.0], a, b, "printed") for a in rates for b in momenta)
    assert tuned > 99 / 101  # the best of the printed form is slower than gradient descent


@pytest.mark.ledger("yarotsky-alg-02-heavy-ball")
def test_momentum_improves_the_rate_of_condition_number_100_as_polyak_says():
    alpha, beta, rate = de.optimal_heavy_ball(1.0, 100.0)
    assert rate == pytest.approx(9 / 11)
    assert de.contraction_rate([1.0, 100.0], 2 / 101, 0.0) == pytest.approx(99 / 101)
    surface, starts = de.quadratic([1.0, 30.0, 100.0]), np.ones((1, 3))
    sizes = [np.linalg.norm(de.heavy_ball(surface.gradient, starts, alpha, beta, n).end) for n in (60, 120)]
    measured = (sizes[1] / sizes[0] * 60 / 120) ** (1 / 60)  # a double root: n * rate^n
    assert measured == pytest.approx(rate, abs=0.005)
    for factor in (0.8, 1.25):
        assert de.contraction_rate([1.0, 100.0], alpha * factor, beta) > rate
        assert de.contraction_rate([1.0, 100.0], alpha, min(beta * factor, 0.99)) > rate


@pytest.mark.ledger("yarotsky-ex-01-heavy-ball-coefficients")
def test_heavy_ball_is_a_particle_with_friction():
    alpha, beta, n_steps = 1e-4, 0.995, 2000
    h, friction = de.heavy_ball_time_step(alpha, beta)
    assert (h, friction) == pytest.approx((0.01, 0.5))
    run = de.heavy_ball(lambda w: w, [[1.0]], alpha, beta, n_steps, record_every=1)
    times = h * np.arange(n_steps + 1)
    motion = lambda _, s: [s[1], -s[0] - friction * s[1]]  # noqa: E731
    exact = integrate.solve_ivp(motion, (0, times[-1]), [1.0, 0.0], rtol=1e-10, atol=1e-12, t_eval=times)
    assert np.max(np.abs(run.points[:, 0, 0] - exact.y[0])) < 0.005
    falling = de.heavy_ball(lambda w: np.ones_like(w), [[0.0]], 0.1, 0.9, 300, record_every=1).points[:, 0, 0]
    assert falling[-2] - falling[-1] == pytest.approx(0.1 / (1 - 0.9))
    frictionless = de.heavy_ball(lambda w: w, [[1.0]], 1e-4, 0.9999999, 2000, record_every=1).points[:, 0, 0]
    assert frictionless.min() < -0.99  # it swings to the other side


# -- back-propagation


def by_autograd(mlp, inputs, loss):
    leaves = [tensor.clone().requires_grad_(True) for tensor in (*mlp.weights, *mlp.biases)]
    copy = MLP(tuple(leaves[: len(mlp.weights)]), tuple(leaves[len(mlp.weights) :]))
    gradients = torch.autograd.grad(loss(sigmoid(forward(copy, inputs, "tanh"))[:, 0]).mean(), leaves)
    return to_vector(MLP(gradients[: len(mlp.weights)], gradients[len(mlp.weights) :]))


@pytest.mark.ledger("yarotsky-formula-01-gradient-chain")
@pytest.mark.parametrize("loss", [quadratic, cross_entropy], ids=lambda loss: loss.name)
def test_gradient_starts_from_the_derivative_in_the_prediction_not_in_the_target(loss):
    mlp, inputs = network()
    y = torch.rand(9, 1, dtype=torch.float64, generator=generator(5))

    def chain(slope):
        def start(scores):
            p = sigmoid(scores)
            return slope(y, p) * p * (1 - p)

        return to_vector(layer_gradients(mlp, inputs, "tanh", start))

    def printed(y, p):  # the derivative of the loss in y
        y = y.clone().requires_grad_(True)
        return torch.autograd.grad(loss.value(y, p).sum(), y)[0]

    expected = by_autograd(mlp, inputs, lambda p: loss.value(y[:, 0], p))
    torch.testing.assert_close(chain(loss.derivative), expected, rtol=1e-10, atol=1e-13)
    wrong = chain(printed)
    assert float((wrong - expected).norm() / expected.norm()) > 0.5
    if loss is quadratic:
        torch.testing.assert_close(wrong, -expected)  # uphill
    else:
        p = torch.tensor([0.2, 0.7], dtype=torch.float64)
        blind = printed(torch.tensor([0.1, 0.9], dtype=torch.float64), p)
        torch.testing.assert_close(blind, torch.log((1 - p) / p))  # the target has dropped out


def layered():
    """Three layers of different kinds, with parameters of different sizes, and a scalar output."""
    g = generator(7)
    draw = lambda *shape: torch.randn(*shape, dtype=torch.float64, generator=g)  # noqa: E731
    layers = [
        lambda z, w: torch.tanh(w @ z),
        lambda z, w: z * torch.exp(w),
        lambda z, w: torch.sin(z @ w[:4]) + w[4],
    ]
    return layers, [draw(4, 3), draw(4), draw(5)], draw(3)


def layer_outputs(layers, weights, x):
    outputs = [x]
    for layer, w in zip(layers, weights, strict=True):
        outputs.append(layer(outputs[-1], w))
    return outputs


@pytest.mark.ledger("yarotsky-def-06-layerwise")
def test_a_layered_model_is_a_composition_whose_intermediate_results_are_kept():
    layers, weights, x = layered()
    z = layer_outputs(layers, weights, x)
    g1, g2, g3 = layers
    assert torch.equal(z[3], g3(g2(g1(x, weights[0]), weights[1]), weights[2]))
    mlp, inputs = network()
    kept = preactivations(mlp, inputs, "tanh")
    signal = inputs
    for k, (weight, bias) in enumerate(zip(mlp.weights, mlp.biases, strict=True)):
        torch.testing.assert_close(kept[k], signal @ weight.T + bias)
        signal = torch.tanh(kept[k])


@pytest.mark.ledger("yarotsky-formula-02-backprop-product")
def test_gradient_is_the_product_of_jacobians_and_the_middle_line_has_another_index():
    layers, weights, x = layered()
    z = layer_outputs(layers, weights, x)
    in_signal = [torch.func.jacrev(g, 0)(z[k], w) for k, (g, w) in enumerate(zip(layers, weights, strict=True))]
    in_weight = [torch.func.jacrev(g, 1)(z[k], w) for k, (g, w) in enumerate(zip(layers, weights, strict=True))]
    leaves = [w.clone().requires_grad_(True) for w in weights]
    expected = torch.autograd.grad(layer_outputs(layers, leaves, x)[-1], leaves)
    for k in range(3):
        product = torch.ones((), dtype=torch.float64)
        for j in range(2, k, -1):
            product = torch.tensordot(product, in_signal[j], dims=product.ndim)
        found = torch.tensordot(product, in_weight[k], dims=product.ndim)
        torch.testing.assert_close(found, expected[k], rtol=1e-12, atol=1e-14)
    printed = in_weight[2]  # the gradient in w_K, where that in w_{K-1} is meant
    assert printed.shape != expected[1].shape


@pytest.mark.ledger("yarotsky-ex-02-backprop-cost")
def test_the_reverse_sweep_costs_a_constant_and_finite_differences_cost_the_number_of_weights():
    rng = np.random.default_rng(3)
    ratios = [
        de.count_operations(*de.random_program(int(rng.integers(1, 30)), int(rng.integers(1, 300)), rng=rng)).ratio
        for _ in range(200)
    ]
    assert max(ratios) <= 4
    counts = [de.count_operations(*de.perceptron_program((w, w, w, 1), 2, rng=rng)) for w in (4, 8, 16, 32)]
    size = np.array([count.n_parameters for count in counts])
    advantage = [count.finite_differences / (count.forward + count.reverse) for count in counts]
    assert max(count.ratio for count in counts) < 3
    deep = [de.count_operations(*de.perceptron_program((w,) * 6 + (1,), 1, rng=rng)) for w in (8, 16)]
    growth = np.log(deep[1].forward_mode / deep[1].forward) - np.log(deep[0].forward_mode / deep[0].forward)
    assert growth / np.log(deep[1].n_parameters / deep[0].n_parameters) > 0.9  # the same product from the right
    assert np.polyfit(np.log(size), np.log(advantage), 1)[0] == pytest.approx(1, abs=0.02)


@pytest.mark.ledger("yarotsky-ex-02-backprop-cost")
def test_the_bound_of_four_is_attained_and_needs_the_stored_values():
    def fibonacci(w, n=1200):
        a, b = w
        for _ in range(n):
            a, b = b, a * b
        return b

    count = de.count_operations(fibonacci, [1.0, 1.0])
    assert count.forward + count.reverse == 4 * count.forward - 1
    assert count.stored == count.forward
    assert list(count.gradient / count.gradient[0]) == pytest.approx([1, (1 + math.sqrt(5)) / 2])


@pytest.mark.ledger("yarotsky-ex-02-backprop-cost")
def test_the_cost_is_that_of_operations_not_of_weights():
    rng = np.random.default_rng(4)
    counts = [de.count_operations(*de.recurrent_program(n, rng=rng)) for n in (10, 100, 1000)]
    assert {count.n_parameters for count in counts} == {3}
    reverse = [count.reverse for count in counts]
    assert reverse[2] / reverse[1] == pytest.approx(10, rel=0.02)
    assert reverse[2] > 1000 * 3


@pytest.mark.ledger("yarotsky-ex-02-backprop-cost")
def test_finite_differences_take_longer_by_the_clock_too_and_more_so_in_larger_networks():
    measured = [measure_gradient_times((d, d, 1), 64, n_repeats=3, generator=generator()) for d in (4, 32)]
    assert all(times.gradient_error < 1e-5 for times in measured)
    small, large = (times.finite_differences / times.backpropagation for times in measured)
    assert large > 5 * small  # weights: 46 times as many
