"""Counts of operations against counts by hand, gradients against difference quotients, and the bound of 4."""

from itertools import pairwise

import numpy as np
import pytest
import torch

from lossland.descent.operation_count import count_operations, exp, log, tanh
from lossland.descent.scalar_programs import perceptron_program, random_program, recurrent_program
from lossland.networks import forward, from_vector, sample_mlp, to_vector


def quotient(function, parameters, index):
    h = 1e-6 * np.eye(len(parameters))[index]
    return (function(list(parameters + h)) - function(list(parameters - h))) / 2e-6


BY_HAND = [  # function, forward, reverse, forward mode
    (lambda w: w[0] + w[1], 1, 0, 0),
    (lambda w: w[0] - w[0], 1, 1, 0 + 1),  # two contributions to one parameter, two tangents to join
    (lambda w: w[0] * w[1], 1, 2, 2),
    (lambda w: w[0] * 3.0, 1, 1, 1),
    (lambda w: w[0] * w[0], 1, 3, 3),
    (lambda w: w[0] / w[1], 1, 2, 3),
    (lambda w: 1.0 / w[0], 1, 2, 2),
    (lambda w: w[0] / 2.0, 1, 1, 1),
    (lambda w: tanh(w[0]), 1, 3, 3),
    (lambda w: -exp(w[0]) + log(w[1]), 4, 2, 2 + 0),
    (lambda w: 2.0 - w[0] * (1.0 + 1 / (1 + 0 * w[1])), 6, 5, None),
]


@pytest.mark.parametrize(("function", "n_forward", "n_reverse", "n_tangent"), BY_HAND)
def test_counts_by_hand(function, n_forward, n_reverse, n_tangent):
    count = count_operations(function, [0.7, 1.3])
    assert (count.forward, count.reverse) == (n_forward, n_reverse)
    assert n_tangent is None or count.forward_mode == n_tangent
    assert count.finite_differences == 3 * count.forward + 6


@pytest.mark.parametrize("seed", range(40))
def test_gradients_of_random_graphs(seed):
    rng = np.random.default_rng(seed)
    program = random_program(int(rng.integers(1, 12)), int(rng.integers(1, 150)), rng=rng)
    count = count_operations(*program)
    assert count.value == program.function(list(program.parameters))
    for index in range(count.n_parameters):
        expected = quotient(*program, index)
        assert count.gradient[index] == pytest.approx(expected, rel=1e-4, abs=1e-6 * (1 + abs(count.gradient).max()))


def test_perceptron_counts_are_the_formula_and_its_gradient_is_that_of_autograd():
    widths, samples = (3, 5, 4, 2), 6
    rng = np.random.default_rng(1)
    program = perceptron_program(widths, samples, rng=rng)
    count = count_operations(*program)
    weights = sum(a * b for a, b in pairwise(widths))
    assert count.n_parameters == weights + sum(widths[1:])
    assert count.forward == samples * (2 * weights + sum(widths[1:-1]) + 4 * widths[-1])
    like = sample_mlp(widths, 1.0, 1.0, generator=torch.Generator().manual_seed(0))
    rng = np.random.default_rng(1)
    for a, b in pairwise(widths):
        rng.standard_normal((b, a)), rng.standard_normal(b)
    inputs, targets = (torch.tensor(rng.standard_normal((samples, d))) for d in (widths[0], widths[-1]))
    vector = torch.tensor(program.parameters, requires_grad=True)
    loss = ((forward(from_vector(vector, like), inputs, "tanh") - targets) ** 2).sum() / 2
    assert float(loss.detach()) == pytest.approx(count.value)
    np.testing.assert_allclose(count.gradient, torch.autograd.grad(loss, vector)[0].numpy(), rtol=1e-9, atol=1e-12)
    assert len(to_vector(like)) == count.n_parameters


def test_constants_and_dead_ends_cost_nothing_on_the_way_back():
    dead = count_operations(lambda w: [tanh(w[0]), w[0] * 2.0][1], [1.0])
    assert (dead.forward, dead.reverse) == (2, 1)
    unused = count_operations(lambda w: tanh(w[1]), [1.0, 2.0])
    assert unused.gradient[0] == 0
    assert unused.stored == 1


def test_bad_functions_are_told():
    with pytest.raises(TypeError, match="function: expected a result computed from its scalars, got float"):
        count_operations(lambda w: 1.0, [1.0])
    with pytest.raises(ValueError, match="function: expected at least one operation, got none"):
        count_operations(lambda w: w[0], [1.0])


def test_recurrent_network_shares_its_weights_over_time():
    rng = np.random.default_rng(4)
    program = recurrent_program(30, rng=rng)
    count = count_operations(*program)
    assert (count.n_parameters, count.forward) == (3, 5 * 30 + 3)
    for index in range(3):
        assert count.gradient[index] == pytest.approx(quotient(*program, index), rel=1e-6)
