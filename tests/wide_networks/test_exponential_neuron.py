"""The added exponential neuron: gradients by slope tests, the flow against closed forms, bad input named."""

import math

import numpy as np
import pytest

from lossland.descent import gradient_descent
from lossland.networks import LOSSES
from lossland.numerics import ConvergenceWarning, slope_test
from lossland.wide_networks import (
    ExponentialNeuron,
    Model,
    ModifiedProblem,
    grouped_derivatives,
    linear_model,
    modified_flow,
    modified_gradient,
    modified_loss,
    neuron_output,
    one_sample_valley,
    parabola_valley,
    reduced_loss,
    residual_transform,
    stall_exponent,
    tilted_wells,
)


def several_outputs(rng, m=6, dx=2, dy=3):
    neuron = ExponentialNeuron(0.4 * rng.standard_normal((dy, dx)), rng.standard_normal(dy), rng.standard_normal(dy))
    return rng.standard_normal((m, dy)), rng.uniform(size=(m, dy)), rng.standard_normal((m, dx)), neuron


@pytest.mark.parametrize("name", ["quadratic", "logistic"])
def test_every_derivative_passes_a_slope_test(name):
    rng = np.random.default_rng(0)
    predictions, targets, inputs, neuron = several_outputs(rng)
    loss = LOSSES[name]

    def value(parts):
        out, weights, amplitude, shift = np.split(parts, np.cumsum([18, 6, 3]))
        own = ExponentialNeuron(weights.reshape(3, 2), amplitude, shift)
        return float(modified_loss(out.reshape(6, 3), targets, inputs, own, penalty=0.3, loss=loss))

    def gradient(parts):
        out, weights, amplitude, shift = np.split(parts, np.cumsum([18, 6, 3]))
        own = ExponentialNeuron(weights.reshape(3, 2), amplitude, shift)
        slopes = modified_gradient(out.reshape(6, 3), targets, inputs, own, penalty=0.3, loss=loss)
        return np.concatenate([np.ravel(part) for part in slopes])

    start = np.concatenate([np.ravel(part) for part in (predictions, *neuron)])
    assert 1.98 < slope_test(value, gradient, start, rng=rng).slope < 2.02


@pytest.mark.parametrize("model", [linear_model(1), tilted_wells()], ids=lambda model: model.name)
def test_the_packed_gradient_passes_a_slope_test(model):
    rng = np.random.default_rng(1)
    problem = ModifiedProblem(model, rng.standard_normal((5, 1)), rng.standard_normal(5), penalty=0.2)
    start = rng.standard_normal(model.n_parameters + 3)
    assert 1.98 < slope_test(problem.value, problem.gradient, start, rng=rng).slope < 2.02
    batch = rng.standard_normal((3, 4, start.size))
    assert problem.value(batch).shape == (3, 4)
    np.testing.assert_allclose(problem.gradient(batch)[2, 1], problem.gradient(batch[2, 1]), rtol=1e-13)


def test_states_are_joined_and_split():
    problem = ModifiedProblem(linear_model(2), np.zeros((3, 2)), np.zeros(3), penalty=1.0)
    state = problem.join([1.0, 2.0, 3.0], [4.0, 5.0], [6.0, 7.0], 8.0)
    assert state.shape == (2, 7)
    parts = problem.split(state)
    assert parts.amplitude.tolist() == [6.0, 7.0]
    assert parts.weights[1].tolist() == [4.0, 5.0]
    with pytest.raises(ValueError, match="theta: expected 3 numbers"):
        problem.join([1.0], [4.0, 5.0], 0.0, 0.0)


def test_transform_and_groups_see_what_no_function_can_fit():
    inputs = np.array([[0.0], [1.0], [1.0]])
    cancels = np.array([0.0, 2.0, -2.0])
    assert np.all(residual_transform(cancels, inputs, np.array([[0.3], [-4.0]])) == 0)
    assert grouped_derivatives(cancels, inputs).tolist() == [0.0, 0.0]
    assert grouped_derivatives(np.eye(3), inputs).tolist() == [[1, 0, 0], [0, 1, 1]]
    assert abs(residual_transform([0.0, 1.0, 1.0], inputs, [2.0])) == pytest.approx(2 * math.exp(2) / 3)


def bad_well(input_value=0.0, penalty=0.1):
    problem = ModifiedProblem(tilted_wells(), [[input_value]], [-1.0], penalty=penalty)
    bad = max(np.roots([4, 0, -4, 0.5]).real)
    gap = -1 - float(problem.model.predict(np.array([bad]), problem.inputs)[0])
    return problem, bad, gap


@pytest.mark.parametrize(("input_value", "penalty"), [(0.0, 0.1), (1.0, 0.1), (2.0, 1.0)])
def test_flow_follows_the_closed_form_at_late_times(input_value, penalty):
    problem, bad, gap = bad_well(input_value, penalty)
    times = np.array([1e5, 1e6])
    flow = modified_flow(problem, problem.join([bad], [0.0], 0.1, 0.0), times)
    valley = one_sample_valley(times, penalty, gap, input_norm=abs(input_value))
    assert flow.converged
    np.testing.assert_allclose(np.abs(flow.amplitude), valley.amplitude, rtol=1e-3)
    np.testing.assert_allclose(flow.shift + input_value * flow.weights[:, 0], valley.exponent, atol=1e-3)
    np.testing.assert_allclose(flow.modified_loss, valley.modified_loss, rtol=2e-3)
    np.testing.assert_allclose(flow.theta[:, 0], bad, atol=1e-6)


def test_at_the_best_amplitude_the_landscape_is_the_old_one_only_lower():
    problem, _, _ = bad_well(penalty=0.3)
    theta, shifts = np.array([-1.2, 0.1, 0.7])[:, None, None], np.array([-1.0, 0.5, 2.0])[:, None]
    amplitudes = np.linspace(-8, 8, 200_001)[None, None]
    for t in theta[:, 0, 0]:
        for b in shifts[:, 0]:
            state = problem.join([t], [0.0], amplitudes[0, 0], b)
            expected = reduced_loss(problem.model_loss([t]), b, 0.3)
            assert float(problem.value(state).min()) == pytest.approx(float(expected), rel=1e-4, abs=1e-8)


def test_kept_weights_stay():
    problem, bad, gap = bad_well(1.0)
    flow = modified_flow(problem, problem.join([bad], [0.3], 0.1, 0.0), [0.0, 1e5], train_weights=False)
    assert flow.weights[-1, 0] == 0.3
    assert flow.modified_loss[-1] == pytest.approx(float(one_sample_valley(1e5, 0.1, gap).modified_loss), rel=1e-3)


def test_flow_agrees_with_small_steps_of_descent():
    problem, bad, _ = bad_well(0.5)
    start = problem.join([bad + 0.3], [0.1], 0.2, -0.1)
    steps = gradient_descent(problem.gradient, start[None], 1e-4, 20_000).end[0]
    np.testing.assert_allclose(modified_flow(problem, start, [2.0]).states[0], steps, atol=2e-4)


def test_a_line_chases_a_parabola_to_infinity():
    x = np.linspace(-1, 1, 7)
    problem = ModifiedProblem(linear_model(1), x[:, None], x**2, penalty=0.1)
    times = np.array([1e6, 1e8])
    flow = modified_flow(problem, problem.join([0.4, 0.0], [0.5], 0.1, 0.0), times)
    valley = parabola_valley(times, x)
    np.testing.assert_allclose(np.abs(flow.weights[:, 0]), valley.weight, rtol=0.03)
    assert flow.theta[1, 0] == pytest.approx(valley.intercept[1], rel=0.02)
    np.testing.assert_allclose(flow.modified_loss, valley.modified_loss, rtol=0.04)


@pytest.mark.parametrize("learning_rate", [0.05, 0.02])
def test_descent_with_a_fixed_step_stalls_where_the_walls_are_too_steep(learning_rate):
    problem, bad, gap = bad_well()
    start = problem.join([bad], [0.0], 0.1, 0.0)
    run = gradient_descent(problem.gradient, start[None], learning_rate, 20_000, record_every=20)
    late = problem.split(run.points[-300:, 0]).shift
    assert late.min() < stall_exponent(learning_rate, gap) < late.max()
    assert late.max() - late.min() < 0.3
    assert stall_exponent(5.0, gap) == -math.inf


def test_an_exploding_run_is_reported_not_warned_about():
    problem, bad, _ = bad_well()
    run = gradient_descent(problem.gradient, problem.join([bad], [0.0], 1.0, 5.0)[None], 1.0, 100)
    assert run.diverged_at[0] > 0


def test_a_flow_that_cannot_go_on_warns():
    wall = Model("wall", 1, lambda t, x: np.where(t < 0.5, np.nan, t), lambda t, x: np.ones((*t.shape, 1)))
    problem = ModifiedProblem(wall, [[0.0]], [-1.0], penalty=0.1)
    with pytest.warns(ConvergenceWarning, match="the flow stopped before time 1000"):
        flow = modified_flow(problem, problem.join([1.0], [0.0], 0.0, 0.0), [0.0, 1000.0])
    assert not flow.converged
    assert flow.states.shape == (2, 4)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: modified_loss([[0.0]], [[0.0]], [[0.0]], ExponentialNeuron(*np.zeros((3, 1))), penalty=0.0),
         "penalty: expected a positive number"),
        (lambda: ModifiedProblem(linear_model(1), [0.0, 1.0], [0.0, 1.0], penalty=0.1), "inputs: expected points"),
        (lambda: ModifiedProblem(linear_model(1), [[0.0], [1.0]], [0.0], penalty=0.1), "targets: expected shape"),
        (lambda: one_sample_valley(1.0, 0.1, 0.0), "gap: expected a number other than 0"),
        (lambda: one_sample_valley(-1.0, 0.1, 1.0), "times: expected positive numbers"),
        (lambda: parabola_valley(1.0, [0.0, 1.0, 2.0, 3.0]), "symmetric about 0"),
        (lambda: modified_flow(bad_well()[0], np.zeros(4), [1.0, 0.0]), "times: expected an increasing sequence"),
        (lambda: modified_flow(bad_well()[0], np.zeros(3), [1.0]), r"start: expected shape \(4,\)"),
    ],
)  # fmt: skip
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_neuron_output_is_a_scaled_exponential():
    neuron = ExponentialNeuron(np.array([[1.0, 0.0], [0.0, 2.0]]), np.array([3.0, -1.0]), np.array([0.0, 1.0]))
    np.testing.assert_allclose(neuron_output(neuron, [[0.5, 0.25]]), [[3 * math.exp(0.5), -math.exp(1.5)]])
