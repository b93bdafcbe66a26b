"""Wrong-answer bank of chapter 01, beyond what the contract of all checkers proves for every one of them."""

import math

import numpy as np
import pytest
import torch

from lossland import descent as de
from lossland.exercises.gradient_cost import Counted, check_reverse_sweep
from lossland.exercises.momentum import (
    check_heavy_ball_coefficients,
    check_optimal_momentum,
)
from lossland.exercises.training_as_optimization import check_error_signal, check_risk_error_bar


def test_error_bar_accepts_torch_and_the_formula_in_other_words():
    def with_torch(losses):
        losses = torch.as_tensor(losses)
        error = (losses.var() / len(losses)) ** 0.5
        return torch.stack([losses.mean(), error, losses.var() / (0.01 * losses.mean()) ** 2])

    assert check_risk_error_bar(with_torch).is_correct


def test_error_signal_is_tried_where_the_sigmoid_saturates():
    def chained(y, z):
        p = 1 / (1 + np.exp(-z)) if z > -700 else 0.0
        return float((p - y) / (p * (1 - p)) * p * (1 - p)) if 0 < p < 1 else 0.0

    assert check_error_signal(chained).mistake == "breaks_at_large_scores"
    overflowing = lambda y, z: 1 / (1 + math.exp(-z)) - y  # noqa: E731
    assert check_error_signal(overflowing).mistake == "breaks_at_large_scores"
    assert check_error_signal(lambda y, z: (1 + math.tanh(z / 2)) / 2 - y).is_correct
    assert check_error_signal(lambda y, z: torch.sigmoid(torch.tensor(z, dtype=torch.float64)) - y).is_correct


def test_printed_derivative_with_or_without_the_sigmoid_is_told_as_blind():
    for factor in (lambda p: 1.0, lambda p: p * (1 - p)):

        def blind(y, z, factor=factor):
            p = 1 / (1 + math.exp(-z))
            return math.log((1 - p) / p) * factor(p)

        assert check_error_signal(blind).mistake == "derivative_in_the_target"


def test_coefficients_are_judged_one_by_one():
    def two_slips(alpha, beta):
        return alpha, beta, alpha * (1 + beta)

    assert check_heavy_ball_coefficients(two_slips).mistake == "momentum_is_friction"
    simulated = lambda a, b: (*de.heavy_ball_time_step(a, b), _terminal_step(a, b))  # noqa: E731
    assert check_heavy_ball_coefficients(simulated).is_correct


def _terminal_step(alpha, beta):
    points = de.heavy_ball(lambda w: 0 * w + 1, [[0.0]], alpha, beta, 4000, record_every=1).points[:, 0, 0]
    return points[-2] - points[-1]


@pytest.mark.ledger("yarotsky-ex-01-heavy-ball-coefficients")
def test_the_numbers_of_the_first_exercise():
    assert check_heavy_ball_coefficients.checker.reference(1e-4, 0.995) == pytest.approx((0.01, 0.5, 0.02))
    assert _terminal_step(0.1, 0.9) == pytest.approx(1.0)  # not 0.1, not 0.19


def test_other_constants_are_told_their_rate():
    verdict = check_optimal_momentum(lambda m, M: (1 / M, 0.5))
    assert "shrinks by" in verdict.message
    assert "can be reached" in verdict.message
    assert "diverges" in check_optimal_momentum(lambda m, M: (9 / m, 0.1)).message
    assert "in [0, 1)" in check_optimal_momentum(lambda m, M: (1 / M, 1.5)).message


def test_optimal_momentum_from_the_two_equations_is_accepted():
    def solved(smallest, largest):
        root = 2 / (math.sqrt(smallest) + math.sqrt(largest))
        return torch.tensor([root**2, (1 - root * math.sqrt(smallest)) ** 2], dtype=torch.float64)

    assert check_optimal_momentum(solved).is_correct


def path_by_path(operations, values):
    """Right, and exponential: the derivative by every path from the output."""
    adjoints = [0.0] * len(operations)

    def visit(k, adjoint):
        adjoints[k] += adjoint
        name, parents = operations[k]
        for position, parent in enumerate(parents):
            slope = {"add": 1.0, "tanh": 1 - values[k] ** 2}.get(name)
            visit(parent, adjoint * (values[parents[1 - position]] if slope is None else slope))

    visit(len(operations) - 1, 1.0)
    return adjoints


def by_differences(operations, values):
    """Right to six digits, and one pass through the graph for each value."""

    def output(k, shift):
        moved = list(values)
        moved[k] = moved[k] + shift
        for i, (name, parents) in enumerate(operations):
            if i > k and name != "parameter":
                first, last = moved[parents[0]], moved[parents[-1]]
                moved[i] = {"add": first + last, "multiply": first * last}.get(name, math.tanh(first))
        return moved[-1]

    return [(output(k, 1e-5) - output(k, -1e-5)) / 2e-5 for k in range(len(values))]


def test_finite_differences_are_told_their_price():
    verdict = check_reverse_sweep(by_differences)
    assert (verdict.status, verdict.mistake) == ("incorrect", "one_pass_per_value")


def test_derivatives_in_the_parameters_alone_are_not_all():
    def of_parameters(operations, values):
        adjoints = check_reverse_sweep.checker.reference(operations, values)
        return [a for a, (name, _) in zip(adjoints, operations, strict=True) if name == "parameter"]

    assert "for *each* value" in check_reverse_sweep(of_parameters).message


def test_a_wrong_error_bar_is_named_whatever_stands_beside_it():
    def scatter(losses):
        return losses.mean(), losses.std(ddof=1), (100 * losses.std(ddof=1) / losses.mean()) ** 2

    assert check_risk_error_bar(scatter).mistake == "scatter_of_one_loss"


def test_the_reverse_sweep_is_judged_by_its_cost_too():
    verdict = check_reverse_sweep(path_by_path)
    assert (verdict.status, verdict.mistake) == ("incorrect", "path_by_path")
    assert "expensive" in verdict.message


def test_reverse_sweeps_of_another_form_are_accepted():
    def with_arrays(operations, values):
        adjoints, values = np.zeros(len(operations)), np.array(values)
        adjoints[-1] = 1
        for k in reversed(range(len(operations))):
            name, parents = operations[k]
            if name == "multiply":
                i, j = parents
                adjoints[i] += values[j] * adjoints[k]
                adjoints[j] += values[i] * adjoints[k]
            else:
                for parent in parents:
                    adjoints[parent] += adjoints[k] * (1 - values[k] ** 2 if name == "tanh" else 1)
        return adjoints

    assert check_reverse_sweep(with_arrays).is_correct

    def with_autograd(operations, values):
        nodes = []
        for (name, parents), value in zip(operations, values, strict=True):
            args = [nodes[i] for i in parents]
            build = {"add": lambda a, b: a + b, "multiply": lambda a, b: a * b, "tanh": torch.tanh}
            made = build[name](*args) if args else torch.tensor(float(value), dtype=torch.float64, requires_grad=True)
            nodes.append(made)
        grads = torch.autograd.grad(nodes[-1], nodes, allow_unused=True)
        return [0.0 if grad is None else float(grad) for grad in grads]

    assert check_reverse_sweep(with_autograd).is_correct


def test_counted_numbers_count_and_stay_counted():
    Counted.operations = 0
    result = 2 * Counted(3.0) + 1 - Counted(0.5) ** 2
    assert float(result) == 6.75
    assert isinstance(result, Counted)
    assert Counted.operations == 4
