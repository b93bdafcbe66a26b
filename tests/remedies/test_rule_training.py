"""Four learning rules written out as matrix products: against autograd, against the torch modules, and what they do."""

from itertools import pairwise

import numpy as np
import pytest
import torch
from torch import nn

from lossland import networks, remedies
from lossland.networks import MLP

BACK, ALIGNED, DIRECT, LAST = remedies.LEARNING_RULES
WIDTHS = (5, 7, 6, 3)
SLOPES = {"tanh": torch.tanh, "relu": torch.relu}


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def problem(n_draws=2, n=11):
    mlp = networks.sample_mlp(WIDTHS, 1.3, 0.2, n_draws=n_draws, generator=seeded(1))
    inputs = torch.randn(n_draws, n, 5, generator=seeded(2), dtype=torch.float64)
    return mlp, inputs, torch.randint(3, (n_draws, n), generator=seeded(3))


def flat(mlp):
    return [*mlp.weights, *mlp.biases]


def one(mlp, k):
    return MLP(*(tuple(part[k] for part in parts) for parts in mlp))


@pytest.mark.parametrize("activation", ["tanh", "relu"])
def test_back_propagation_is_the_gradient(activation):
    mlp, inputs, labels = problem()
    parameters = [part.clone().requires_grad_() for part in flat(mlp)]
    moving = MLP(tuple(parameters[:3]), tuple(parameters[3:]))
    scores = networks.forward(moving, inputs, activation)
    losses = nn.functional.cross_entropy(scores.flatten(0, 1), labels.flatten(), reduction="none")
    expected = torch.autograd.grad(losses.reshape(2, -1).mean(dim=1).sum(), parameters)
    found = remedies.rule_gradients(mlp, inputs, labels, BACK, activation=activation)
    for ours, theirs in zip(flat(found), expected, strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("rule", [ALIGNED, DIRECT])
@pytest.mark.parametrize("activation", ["tanh", "relu"])
def test_the_rules_are_those_of_the_torch_modules(rule, activation):
    """Two implementations that share no line: autograd functions, one network at a time, and batched products."""
    mlp, inputs, labels = problem()
    feedback = remedies.sample_feedback(WIDTHS, rule, n_draws=2, generator=seeded(4))
    found = remedies.rule_gradients(mlp, inputs, labels, rule, feedback, activation=activation)
    for k in range(2):
        if rule == DIRECT:
            module = remedies.DirectFeedbackNetwork(
                WIDTHS, SLOPES[activation], [matrix[k] for matrix in feedback], dtype=torch.float64, generator=seeded()
            )
            layers, run = module.layers, module
        else:
            given = [None, *(matrix[k] for matrix in feedback)]
            layers = [
                remedies.FeedbackLinear(a, b, given[i], dtype=torch.float64, generator=seeded())
                for i, (a, b) in enumerate(pairwise(WIDTHS))
            ]

            def run(x, layers=layers):
                for layer in layers[:-1]:
                    x = SLOPES[activation](layer(x))
                return layers[-1](x)

        for layer, weight, bias in zip(layers, *one(mlp, k), strict=True):
            with torch.no_grad():
                layer.weight.copy_(weight)
                layer.bias.copy_(bias)
        nn.functional.cross_entropy(run(inputs[k]), labels[k]).backward()
        for layer, weight, bias in zip(layers, *one(found, k), strict=True):
            torch.testing.assert_close(layer.weight.grad, weight, rtol=1e-12, atol=1e-12)
            torch.testing.assert_close(layer.bias.grad, bias, rtol=1e-12, atol=1e-12)


def test_feedback_through_the_transposes_is_back_propagation():
    mlp, inputs, labels = problem()
    transposes = [weight.mT for weight in mlp.weights[1:]]
    ours, theirs = (
        flat(remedies.rule_gradients(mlp, inputs, labels, rule, told))
        for rule, told in ((ALIGNED, transposes), (BACK, ()))
    )
    for mine, other in zip(ours, theirs, strict=True):
        torch.testing.assert_close(mine, other, rtol=1e-12, atol=1e-12)


def test_last_layer_only_leaves_the_hidden_layers_alone():
    mlp, inputs, labels = problem()
    found = remedies.rule_gradients(mlp, inputs, labels, LAST)
    true = remedies.rule_gradients(mlp, inputs, labels, BACK)
    assert all(not part.any() for part in (*found.weights[:-1], *found.biases[:-1]))
    torch.testing.assert_close(found.weights[-1], true.weights[-1])


@pytest.mark.parametrize("rule", remedies.LEARNING_RULES)
def test_training_takes_the_steps_of_the_rule(rule):
    """One epoch of two batches, by the gradients of the rule, in the order that the generator draws."""
    mlp, inputs, labels = problem(n=8)
    images, classes = inputs[0], labels[0]
    rows = torch.tensor([[0, 1, 2, 3], [4, 5, 6, 7]])
    feedback = remedies.sample_feedback(WIDTHS, rule, n_draws=2, generator=seeded(4))
    rates = torch.tensor([0.1, 0.3], dtype=torch.float64)
    start, end = remedies.train_by_rule(
        mlp, images, classes, rows, rule, feedback, learning_rate=rates, epochs=[0, 1], batch_size=3,
        generator=seeded(9),
    )  # fmt: skip
    current = flat(mlp)
    for part in torch.randperm(4, generator=seeded(9)).split(3):
        batch = rows[:, part]
        step = flat(remedies.rule_gradients(
            MLP(tuple(current[:3]), tuple(current[3:])), images[batch], classes[batch], rule, feedback
        ))  # fmt: skip
        current = [p - rates.reshape(2, *[1] * (p.ndim - 1)) * g for p, g in zip(current, step, strict=True)]
    for found, first, expected, given in zip(flat(end), flat(start), current, flat(mlp), strict=True):
        torch.testing.assert_close(found, expected, rtol=1e-12, atol=1e-12)
        assert torch.equal(first, given)


def test_feedback_has_the_shapes_and_the_variance_that_it_says():
    widths = (5, 400, 300, 100)
    aligned, direct = (
        remedies.sample_feedback(widths, rule, n_draws=3, generator=seeded(1)) for rule in (ALIGNED, DIRECT)
    )
    assert [tuple(matrix.shape) for matrix in aligned] == [(3, 400, 300), (3, 300, 100)]
    assert [tuple(matrix.shape) for matrix in direct] == [(3, 400, 100), (3, 300, 100)]
    for matrix in (*aligned, *direct):
        n = matrix.numel()
        assert abs(matrix.var().item() * matrix.shape[-1] - 1) < 5 * np.sqrt(2 / n)
    assert remedies.sample_feedback(widths, BACK, generator=seeded()) == ()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda m, x, y: remedies.rule_gradients(m, x, y, "hebbian"), "rule: expected one of back-propagation, "),
        (lambda m, x, y: remedies.rule_gradients(m, x, y, ALIGNED), r"feedback: expected matrices of the shapes"),
        (
            lambda m, x, y: remedies.rule_gradients(m, x, y, DIRECT, [w.mT for w in m.weights[1:]]),
            r"feedback: expected matrices of the shapes \[\(7, 3\), \(6, 3\)\] for direct",
        ),
        (lambda m, x, y: remedies.rule_gradients(m, x, y, BACK, activation="sine"), "activation: expected one of tanh"),
        (lambda m, x, y: train(one(m, 0), x, y), "mlp: expected one leading dimension"),
        (lambda m, x, y: train(m, x, y, rows=torch.zeros(3, 2, dtype=torch.int64)), r"rows: expected \(2, n_train\)"),
        (lambda m, x, y: train(m, x, y, epochs=[2, 1]), "epochs: expected ascending"),
        (lambda m, x, y: train(m, x, y, epochs=[]), "epochs: expected ascending"),
        (lambda m, x, y: train(m, x, y, learning_rate=0.0), "learning_rate: expected positive"),
        (lambda m, x, y: remedies.sample_feedback((3,), ALIGNED, generator=seeded()), "widths: expected at least 2"),
    ],
)
def test_bad_input(call, message):
    with pytest.raises(ValueError, match=message):
        call(*problem())


def train(mlp, inputs, labels, **changed):
    arguments = {"rows": torch.zeros(2, 2, dtype=torch.int64), "learning_rate": 0.1, "epochs": [1], **changed}
    rows = arguments.pop("rows")
    return remedies.train_by_rule(mlp, inputs[0], labels[0], rows, BACK, generator=seeded(), **arguments)
