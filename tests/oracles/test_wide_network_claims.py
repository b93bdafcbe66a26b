"""What the slides claim about networks without bad minima: one test per entry of the ledger, its conditions included.

Where a statement is corrected, the test also shows that the printed version fails.
"""

import math

import numpy as np
import pytest
import torch
from scipy.special import expit

from lossland.descent import gradient_descent
from lossland.networks import LOSSES, MLP, forward, from_vector, layer_gradients, sample_mlp, to_vector
from lossland.wide_networks import (
    ExponentialNeuron,
    ModifiedProblem,
    append_constant,
    carry_constant,
    check_hypotheses,
    conditioning,
    descend,
    extended_weights,
    forward_extended,
    gradient_bound,
    grouped_derivatives,
    input_singular_value,
    interpolate,
    is_pyramidal,
    linear_model,
    loss_gradient,
    modified_flow,
    modified_gradient,
    modified_loss,
    one_sample_valley,
    parabola_valley,
    parameter_jacobian,
    quadratic_loss,
    random_features,
    residual_transform,
    stall_exponent,
    stationary_residuals,
    tilted_wells,
)


def gen(seed):
    return torch.Generator().manual_seed(seed)


def normal(*shape, seed=0):
    return torch.randn(*shape, dtype=torch.float64, generator=gen(seed))


# -- interpolation


@pytest.mark.ledger("yarotsky-ex-12-2n-plus-d")
@pytest.mark.parametrize(("n", "d", "tolerance"), [(10, 3, 1e-12), (100, 20, 1e-9), (1000, 50, 1e-6)])
def test_one_hidden_layer_with_2n_plus_d_weights_fits_n_points(n, d, tolerance):
    rng = np.random.default_rng(n)
    inputs, targets = rng.standard_normal((n, d)), rng.standard_normal(n)
    strict = interpolate(inputs, targets, position=0.5, rng=np.random.default_rng(1))  # interlacing, as printed
    assert strict.direction.size + strict.thresholds.size + strict.output_weights.size == 2 * n + d
    assert conditioning(strict, inputs, targets).error < tolerance
    touching = interpolate(inputs, targets, position=0.0, rng=np.random.default_rng(1))  # b_{j+1} = z_j will do
    assert conditioning(touching, inputs, targets).error <= conditioning(strict, inputs, targets).error
    # one hidden layer computes it: the function below is the whole network
    hidden = np.maximum(inputs @ strict.direction[:, None] - strict.thresholds, 0)
    assert np.abs(hidden @ strict.output_weights - targets).max() < tolerance
    # "two hidden layers", read as dense ones (one neuron, then n), cost n more: d + 1 + 2n + n
    first = np.maximum(inputs @ strict.direction - strict.thresholds[0], 0)[:, None]
    second = np.maximum(first * np.ones(n) - (strict.thresholds - strict.thresholds[0]), 0)
    assert np.abs(second @ strict.output_weights - targets).max() < 10 * tolerance
    assert (d + 1) + 2 * n + n > 2 * n + d


@pytest.mark.ledger("yarotsky-def-13-bias-removal")
def test_a_constant_neuron_replaces_biases_but_not_in_statements_about_ranks():
    mlp = sample_mlp((4, 6, 5, 3), 1.5, 0.7, generator=gen(0))
    inputs = normal(50, 4)
    for activation in ("tanh", "relu", "softplus"):
        expected = forward(mlp, inputs, activation)
        appended = forward_extended(extended_weights(mlp), inputs, activation)
        carried = forward(carry_constant(mlp, activation), append_constant(inputs), activation)
        assert float((appended - expected).abs().max()) < 2e-14
        assert float((carried - expected).abs().max()) < 2e-13
    flat = MLP((torch.eye(2), torch.diag(torch.tensor([1.0, 0.0]))), (torch.zeros(2), torch.tensor([0.0, 1.0])))
    assert int(torch.linalg.matrix_rank(flat.weights[1])) == 1
    assert int(torch.linalg.matrix_rank(extended_weights(flat)[1])) == 2


# -- the gradient


def nested(weights, activation_slope, signals, error, k, i, j):
    """The first line of the slide, one sample: error . W_K F'_{K-1} ... F'_k |e_i><e_j| F_{k-1}, right to left."""
    vector = np.zeros(weights[k - 1].shape[0])
    vector[i] = signals[k - 1][j]  # |e_i><e_j|F_{k-1}: the last factor is a vector
    for later in range(k + 1, len(weights) + 1):
        vector = weights[later - 1] @ (activation_slope[later - 1] * vector)
    return error @ vector


@pytest.mark.ledger("yarotsky-formula-22-nonlinear-gradient")
def test_both_lines_of_the_gradient_formula_agree_with_autograd():
    mlp = sample_mlp((4, 6, 5, 3), 1.5, 0.0, generator=gen(1))
    inputs, targets = normal(7, 4), normal(7, 3, seed=2)
    formula = layer_gradients(mlp, inputs, "tanh", lambda outputs: outputs - targets)
    leaves = tuple(weight.clone().requires_grad_() for weight in mlp.weights)
    quadratic_loss(mlp._replace(weights=leaves), inputs, targets, "tanh").backward()
    for mine, leaf in zip(formula.weights, leaves, strict=True):
        assert float((mine - leaf.grad).abs().max()) < 1e-14
    weights = [weight.numpy() for weight in mlp.weights]
    for k, i, j in ((1, 2, 3), (2, 4, 5), (3, 1, 0)):
        total = 0.0
        for x, y in zip(inputs.numpy(), targets.numpy(), strict=True):
            signals, slopes = [x], [None]
            for weight in weights:
                z = weight @ signals[-1]
                slopes.append(1 - np.tanh(z) ** 2)
                signals.append(np.tanh(z))
            total += nested(weights, slopes, signals, z - y, k, i, j) / 7
        assert total == pytest.approx(float(formula.weights[k - 1][i, j]), rel=1e-10, abs=1e-14)


@pytest.mark.ledger("yarotsky-ex-13-agrees-with-linear")
def test_without_activation_it_is_the_gradient_of_linear_networks():
    mlp = sample_mlp((4, 6, 5, 3), 1.5, 0.0, generator=gen(3))
    inputs, targets = normal(9, 4), normal(9, 3, seed=4)
    second_moment = inputs.T @ inputs / 9
    regression = (targets.T @ inputs / 9) @ torch.linalg.inv(second_moment)
    nonlinear = layer_gradients(mlp, inputs, "linear", lambda outputs: outputs - targets).weights
    w1, w2, w3 = mlp.weights
    delta = (w3 @ w2 @ w1 - regression) @ second_moment
    linear = (w2.T @ w3.T @ delta, w3.T @ delta @ w1.T, delta @ w1.T @ w2.T)
    for mine, other in zip(linear, nonlinear, strict=True):
        assert float((mine - other).abs().max()) < 1e-13
    wrong_side = w3.T @ second_moment[:3, :3] @ (w3 @ w2 @ w1 - regression) @ w1.T
    assert float((wrong_side - nonlinear[1]).abs().max()) > 0.1


# -- pyramidal networks


@pytest.mark.ledger("yarotsky-def-14-pyramidal")
def test_only_widths_behind_the_first_hidden_layer_matter():
    assert is_pyramidal((6, 5, 4, 2))
    assert is_pyramidal((3, 9, 4, 2))  # d_1 > d_0: nothing is used about d_0
    assert not is_pyramidal((9, 3, 4, 2))
    inputs, targets = normal(4, 3), normal(4, 2, seed=1)
    wide = sample_mlp((3, 9, 4, 2), 1.5, 0.3, n_draws=100, generator=gen(5))
    assert torch.all(gradient_bound(wide, inputs, targets, "softplus").bound > 0)
    narrow = sample_mlp((3, 2, 4, 2), 1.5, 0.3, generator=gen(5))  # widens: the bound says nothing
    assert float(gradient_bound(narrow, inputs, targets, "softplus").bound) == 0


def stationary_point(mlp, inputs, activation):
    """Targets for which the network is stationary with a positive loss, and the two numbers that show it."""
    residuals = stationary_residuals(mlp, inputs, activation)
    assert len(residuals)
    targets = forward(mlp, inputs, activation) - residuals[0]
    gradient = loss_gradient(mlp, inputs, targets, activation)(to_vector(mlp))
    return targets, float(quadratic_loss(mlp, inputs, targets, activation)), float(gradient.norm())


def block(weight, seed=6):
    first = sample_mlp((3, 2), 1.0, 0.3, generator=gen(seed))
    return MLP((first.weights[0], torch.tensor(weight, dtype=torch.float64)),
               (first.biases[0], torch.tensor([0.0, 1.0], dtype=torch.float64)))  # fmt: skip


@pytest.mark.ledger("yarotsky-thm-10-gori-tesi")
def test_stationary_means_zero_loss_under_the_corrected_hypotheses_only():
    inputs = normal(4, 3)
    for seed in range(20):  # hypotheses hold: no residual but zero is stationary
        mlp = sample_mlp((3, 3, 2, 2), 1.5, 0.3, generator=gen(seed))
        assert check_hypotheses(mlp, inputs, "softplus").all_hold
        assert len(stationary_residuals(mlp, inputs, "softplus")) == 0
    # full rank of the first layer is not needed: W_1 = 0, and d_1 > d_0
    zero_first = mlp._replace(weights=(0 * mlp.weights[0], *mlp.weights[1:]))
    assert len(stationary_residuals(zero_first, inputs, "softplus")) == 0
    # as printed, with the bias column counted: full rank of (W_2 | b), yet a stationary point with positive loss
    flat = block([[1.0, 0.0], [0.0, 0.0]])
    found = check_hypotheses(flat, inputs, "softplus")
    assert (found.extended_full_ranks, found.full_ranks) == ((True,), (False,))
    assert found.pyramidal
    assert found.affinely_independent
    assert found.increasing
    targets, loss, gradient = stationary_point(flat, inputs, "softplus")
    assert loss > 0.1
    assert gradient < 1e-14
    # ... which is a saddle: from a point close by, descent finds zero
    near = to_vector(flat) + 0.05 * normal(to_vector(flat).numel(), seed=7)
    run = gradient_descent(loss_gradient(flat, inputs, targets, "softplus"), near[None], 0.3, 20_000)
    assert float(quadratic_loss(from_vector(run.end, flat), inputs, targets, "softplus")[0]) < 1e-3 * loss
    # the other hypotheses are needed, too
    generic = sample_mlp((3, 2, 2), 1.5, 0.3, generator=gen(8))
    too_many = normal(9, 3, seed=9)
    assert not check_hypotheses(generic, too_many, "softplus").affinely_independent
    assert stationary_point(generic, too_many, "softplus")[1] > 0.01
    bottleneck = sample_mlp((3, 1, 2), 1.5, 0.3, generator=gen(10))
    assert not check_hypotheses(bottleneck, inputs, "softplus").pyramidal
    assert stationary_point(bottleneck, inputs, "softplus")[1] > 0.01
    dead = generic._replace(biases=(generic.biases[0] - 50, generic.biases[1]))
    assert not check_hypotheses(dead, inputs, "relu").increasing
    assert stationary_point(dead, inputs, "relu")[1] > 0.01


@pytest.mark.ledger("yarotsky-thm-10-gori-tesi")
def test_training_reaches_zero_where_the_theorem_applies():
    inputs, targets = normal(40, 6, seed=11), normal(40, 2, seed=12)
    start = sample_mlp((6, 5, 4, 2), 2.0, 0.5, n_draws=6, generator=gen(1))
    ends = {}
    for n in (3, 7, 40):
        run = descend(start, inputs[:n], targets[:n], "softplus", learning_rate=0.1, n_steps=3000, record_every=3000)
        ends[n] = run.loss[-1]
    assert float(ends[3].max()) < 1e-10
    assert float(ends[7].median()) < 1e-4
    assert float(ends[40].min()) > 1e-2  # 80 equations, 69 parameters
    assert append_constant(inputs[:8]).shape[0] > 6 + 1  # N <= d_0 + 1 is forced
    assert float(input_singular_value(inputs[:8])) == 0


@pytest.mark.ledger("yarotsky-formula-23-gori-tesi-proof")
def test_the_gradient_is_bounded_below_by_the_residual():
    inputs, targets = normal(7, 6), normal(7, 2, seed=1)
    mlp = sample_mlp((6, 5, 4, 2), 1.5, 0.5, n_draws=300, generator=gen(13))
    sides = gradient_bound(mlp, inputs, targets, "softplus")
    assert float((sides.gradient_norm / sides.bound).min()) >= 1
    # the formula: sum over samples of x~_j Z_i, with Z = F'_1 W_2^T F'_2 W_3^T (f~ - f)
    one = MLP(tuple(w[0] for w in mlp.weights), tuple(b[0] for b in mlp.biases))
    z1 = inputs @ one.weights[0].T + one.biases[0]
    z2 = torch.nn.functional.softplus(z1) @ one.weights[1].T + one.biases[1]
    residual = torch.nn.functional.softplus(z2) @ one.weights[2].T + one.biases[2] - targets
    z = torch.sigmoid(z1) * ((torch.sigmoid(z2) * (residual @ one.weights[2])) @ one.weights[1])
    assert float((z.T @ append_constant(inputs) / 7).norm()) == pytest.approx(float(sides.gradient_norm[0]))
    # more than printed: a Polyak-Lojasiewicz inequality in the loss
    loss = quadratic_loss(mlp, inputs, targets, "softplus")
    assert torch.all(sides.gradient_norm**2 >= 2 * 7 * sides.constant**2 * loss)


@pytest.mark.ledger("yarotsky-claim-17-feature-map")
def test_random_features_bring_dependent_inputs_under_the_theorem():
    inputs = normal(20, 3)
    features = random_features(inputs, 20, "tanh", generator=gen(14))
    rank = torch.linalg.matrix_rank
    assert int(rank(append_constant(inputs))) == 4
    assert int(rank(append_constant(features))) == 20
    assert float(input_singular_value(features)) > 1e-4
    net = sample_mlp((20, 5, 4, 2), 1.5, 0.5, generator=gen(15))
    assert check_hypotheses(net, features, "softplus").all_hold
    assert len(stationary_residuals(net, features, "softplus")) == 0
    # for linear features the claim fails: they stay in the span of the extended inputs
    linear = random_features(inputs, 20, "linear", generator=gen(14))
    assert int(rank(append_constant(linear))) == 4


# -- the added exponential neuron


@pytest.mark.ledger("golikov-def-13-arbitrary-model")
@pytest.mark.parametrize("name", ["quadratic", "logistic"])
def test_losses_are_convex_in_the_prediction_not_in_the_parameters(name):
    rng = np.random.default_rng(0)
    y, u, v = rng.uniform(size=100), 3 * rng.standard_normal(100), 3 * rng.standard_normal(100)
    loss = LOSSES[name]
    assert np.all(loss.value(y, v) >= loss.value(y, u) + loss.derivative(y, u) * (v - u) - 1e-12)
    problem = ModifiedProblem(tilted_wells(), [[0.0]], [-1.0], penalty=0.1)
    theta = np.linspace(-1.3, 1.2, 500)[:, None]
    values = problem.model_loss(theta)
    minima = np.flatnonzero((values[1:-1] < values[:-2]) & (values[1:-1] < values[2:])) + 1
    assert len(minima) == 2
    assert values[minima].max() > 9 * values[minima].min()


@pytest.mark.ledger("golikov-def-14-modified-loss")
def test_amplitude_and_shift_are_tied_by_an_identity():
    rng = np.random.default_rng(1)
    for penalty in (0.01, 1.0):
        neuron = ExponentialNeuron(0.3 * rng.standard_normal((4, 3)), *rng.standard_normal((2, 4)))
        data = rng.standard_normal((8, 4)), rng.uniform(size=(8, 4)), rng.standard_normal((8, 3))
        for name in ("quadratic", "logistic"):
            slopes = modified_gradient(*data, neuron, penalty=penalty, loss=LOSSES[name])
            left = neuron.amplitude * slopes.amplitude - slopes.shift
            np.testing.assert_allclose(left, 2 * penalty * neuron.amplitude**2, atol=1e-13)
    # without a penalty the theorem is false: closing the gap of a bad model is a minimum
    with pytest.raises(ValueError, match="without it the theorem is false"):
        modified_loss([[0.0]], [[1.0]], [[0.0]], ExponentialNeuron(*np.zeros((3, 1))), penalty=0.0)
    # ... the neuron fits the sample, the sum has its smallest value 0, and the model is in its bad minimum
    problem = ModifiedProblem(tilted_wells(), [[0.0]], [-1.0], penalty=1.0)
    bad, good = np.roots([4, 0, -4, 0.5]).real[[1, 0]]
    gap = -1 - problem.model.predict(np.array([bad]), problem.inputs)[0]
    with_penalty = float(problem.value(problem.join([bad], [0.0], gap, 0.0)))
    assert with_penalty - 1.0 * gap**2 == pytest.approx(0, abs=1e-15)
    assert problem.model_loss([bad]) > 9 * problem.model_loss([good])


def line_problem(targets, penalty=0.1):
    x = np.array([-1.0, -0.5, 0.0, 0.5, 1.0])
    return ModifiedProblem(linear_model(1), x[:, None], targets(x), penalty=penalty)


@pytest.mark.ledger("golikov-thm-02-kawaguchi-kaelbling")
def test_local_minima_of_the_modified_loss_are_optimal_among_all_functions():
    realizable = line_problem(lambda x: 1 + 2 * x)
    state = realizable.join([1.0, 2.0], [0.4], 0.0, 0.3)
    assert np.abs(realizable.gradient(state)).max() == 0
    rng = np.random.default_rng(2)
    assert realizable.value(state + 0.1 * rng.standard_normal((10_000, 5))).min() > 0
    # (1) stationary points have a = 0, (2) F must vanish identically, (3) derivatives cancel on each input
    assert np.all(grouped_derivatives(np.zeros(5), realizable.inputs) == 0)
    best_line = line_problem(lambda x: x**2)
    theta = np.array([0.5, 0.0])
    derivatives = best_line.model.predict(theta, best_line.inputs) - best_line.targets
    assert np.abs(grouped_derivatives(derivatives, best_line.inputs)).max() > 0.1
    transform = residual_transform(derivatives, best_line.inputs, np.array([[0.0], [0.1], [0.3], [1.0]]))
    assert abs(transform[0]) < 1e-15
    assert np.all(transform[1:] < 0)
    # so the global minimum of the model's loss is stationary for the modified loss and no minimum, nor is any point
    silent = best_line.join(theta, [0.0], 0.0, 0.0)
    assert np.abs(best_line.gradient(silent)).max() < 1e-15
    delta = 0.3
    amplitude = -float(residual_transform(derivatives, best_line.inputs, [delta])) / (
        np.mean(np.exp(2 * delta * best_line.inputs)) + 2 * best_line.penalty
    )
    lower = best_line.join(theta, [delta], amplitude, 0.0)
    assert float(best_line.value(lower)) < float(best_line.value(silent)) - 1e-7
    # repeated inputs with different targets: optimal means the mean, not zero loss
    noisy = ModifiedProblem(linear_model(1), [[0.0], [0.0], [1.0]], [1.0, -1.0, 2.0], penalty=0.1)
    state = noisy.join([0.0, 2.0], [0.2], 0.0, 0.0)
    assert np.abs(noisy.gradient(state)).max() < 1e-15
    assert np.all(noisy.value(state + 0.1 * rng.standard_normal((10_000, 5))) > float(noisy.value(state)))


def test_that_saddle_is_flat_to_second_order():
    problem = line_problem(lambda x: x**2)
    silent = problem.join([0.5, 0.0], [0.0], 0.0, 0.0)
    steps = 1e-5 * np.eye(5)
    hessian = (problem.gradient(silent + steps) - problem.gradient(silent - steps)) / 2e-5
    assert np.linalg.eigvalsh((hessian + hessian.T) / 2).min() > -1e-8
    kappa = abs(np.mean((0.5 - problem.inputs[:, 0] ** 2) * problem.inputs[:, 0] ** 2)) / 2
    for delta in (0.05, 0.1):  # the best amplitude lowers the loss by (kappa delta^2)^2 / (2 (1 + 2 penalty))
        best = min(float(problem.value(problem.join([0.5, 0.0], [delta], a, 0.0))) for a in np.linspace(0, 0.01, 2001))
        drop = float(problem.value(silent)) - best
        assert drop == pytest.approx((kappa * delta**2) ** 2 / (2 * (1 + 2 * problem.penalty)), rel=0.05)


@pytest.mark.ledger("golikov-open-01-catch")
def test_the_catch_bad_minima_become_valleys_to_infinity():
    # (A) one sample, the model in its bad minimum: the modified loss goes to zero, the model stays bad
    problem = ModifiedProblem(tilted_wells(), [[0.0]], [-1.0], penalty=0.1)
    bad, good = (float(root) for root in (max(np.roots([4, 0, -4, 0.5]).real), min(np.roots([4, 0, -4, 0.5]).real)))
    gap = -1 - float(problem.model.predict(np.array([bad]), problem.inputs)[0])
    start = problem.join([bad], [0.0], 0.1, 0.0)
    flow = modified_flow(problem, start, [1e5, 1e7])
    valley = one_sample_valley(1e7, 0.1, gap)
    assert flow.modified_loss[-1] == pytest.approx(2.5e-8, rel=1e-3)
    assert abs(flow.amplitude[-1]) == pytest.approx(5e-4, rel=1e-3)
    assert flow.shift[-1] == pytest.approx(float(valley.exponent), abs=1e-3)
    assert flow.amplitude[-1] * math.exp(flow.shift[-1]) == pytest.approx(gap, rel=1e-4)
    assert flow.model_loss[-1] == pytest.approx(1.10002, abs=1e-4)
    assert float(problem.model_loss([good])) == pytest.approx(0.11773, abs=1e-4)
    # with b ~ ln(t)/2 for a clock, the model descends its own landscape: d theta / d b = - grad ln(L) / 2
    theta = 0.4
    closing = (-1 - float(problem.model.predict(np.array([theta]), problem.inputs)[0])) * math.exp(-4)
    moving = modified_flow(problem, problem.join([theta], [0.0], closing, 4.0), np.linspace(1, 300, 4), rtol=1e-9)
    speed = (moving.theta[3, 0] - moving.theta[1, 0]) / (moving.shift[3] - moving.shift[1])
    theta = moving.theta[2, 0]
    slope = 2 * (4 * theta * (theta**2 - 1) + 0.5) / ((theta**2 - 1) ** 2 + theta / 2 + 1)  # of ln(L)
    assert abs(moving.theta[3, 0] - moving.theta[1, 0]) > 0.02
    assert speed == pytest.approx(-slope / 2, rel=0.01)
    # (B) a fixed step stalls where the walls become too steep
    run = gradient_descent(problem.gradient, start[None], 0.02, 20_000, record_every=20)
    late = problem.split(run.points[-300:, 0]).shift
    assert late.mean() == pytest.approx(stall_exponent(0.02, gap), abs=0.05)
    assert problem.value(run.end[0]) > 1e-3
    # (C) a line through a parabola: the parameters of the model diverge
    line = line_problem(lambda x: x**2)
    flow = modified_flow(line, line.join([0.5, 0.0], [0.5], 0.1, 0.0), [1e4, 1e6, 1e8])
    late = parabola_valley(flow.times, line.inputs)
    assert float(line.model_loss([0.5, 0.0])) == pytest.approx(0.0875)
    assert np.all(np.diff(flow.modified_loss) < 0)
    assert np.all(flow.model_loss > 100 * 0.0875)
    np.testing.assert_allclose(flow.theta[-1] / [late.intercept[-1], -late.slope[-1]], 1, rtol=0.02)


@pytest.mark.ledger("golikov-open-01-catch")
def test_even_an_all_powerful_model_has_no_minimum_if_the_best_loss_is_not_attained():
    scores = np.linspace(0, 30, 7)
    derivatives = expit(scores) - 1  # logistic loss, label 1
    assert np.all(derivatives < 0)
    problem = ModifiedProblem(linear_model(1), [[1.0]], [1.0], penalty=0.1, loss=LOSSES["logistic"])
    flow = modified_flow(problem, problem.join([0.0, 0.0], [0.0], 0.0, 0.0), [1e1, 1e3, 1e5])
    assert np.all(np.diff(flow.modified_loss) < 0)
    assert np.all(np.diff(flow.theta[:, 0]) > 0)


def test_the_jacobian_has_as_many_rows_as_equations():
    mlp = sample_mlp((3, 2, 2), 1.0, 0.1, generator=gen(16))
    assert parameter_jacobian(mlp, normal(4, 3), "tanh").shape == (8, 14)
