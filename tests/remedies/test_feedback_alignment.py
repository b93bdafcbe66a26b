"""Feedback alignment against back-propagation, and against the rule written out."""

import pytest
import torch
from torch import nn

from lossland import remedies


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def data(n=12, width=5):
    return torch.randn(n, width, generator=seeded(7), dtype=torch.float64)


def stack(feedback_of=lambda layer: None):
    plain = [
        nn.Linear(5, 7, dtype=torch.float64),
        nn.Linear(7, 6, dtype=torch.float64),
        nn.Linear(6, 2, dtype=torch.float64),
    ]
    for layer in plain:
        with torch.no_grad():
            layer.weight.normal_(generator=seeded(layer.in_features))
            layer.bias.normal_(generator=seeded(layer.out_features))
    other = []
    for layer in plain:
        twin = remedies.FeedbackLinear(
            layer.in_features, layer.out_features, feedback_of(layer), dtype=torch.float64, generator=seeded(1)
        )
        twin.load_state_dict({**twin.state_dict(), **layer.state_dict()})
        other.append(twin)
    networks = [nn.Sequential(a, nn.Tanh(), b, nn.Tanh(), c) for a, b, c in (plain, other)]
    return networks


def gradients(network, inputs):
    network.zero_grad()
    network(inputs).square().sum().backward()
    return [p.grad.clone() for p in network.parameters()]


def test_with_the_transpose_it_is_back_propagation():
    plain, other = stack(lambda layer: layer.weight.detach().T)
    for ours, theirs in zip(gradients(other, data()), gradients(plain, data()), strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-12, atol=1e-12)


def test_with_random_feedback_only_the_last_layer_learns_as_by_back_propagation():
    plain, other = stack()
    ours, theirs = gradients(other, data()), gradients(plain, data())
    for k in (4, 5):
        torch.testing.assert_close(ours[k], theirs[k], rtol=1e-12, atol=1e-12)
    assert not torch.allclose(ours[0], theirs[0])
    torch.testing.assert_close(other(data()), plain(data()))


def test_feedback_alignment_written_out():
    _, network = stack()
    x = data()
    first, second, third = network[0], network[2], network[4]
    h1 = torch.tanh(first(x))
    h2 = torch.tanh(second(h1))
    error = 2 * third(h2)
    told_2 = (error @ third.feedback.T) * (1 - h2**2)
    told_1 = (told_2 @ second.feedback.T) * (1 - h1**2)
    expected = [told_1.T @ x, told_1.sum(0), told_2.T @ h1, told_2.sum(0), error.T @ h2, error.sum(0)]
    for ours, theirs in zip(gradients(network, x), expected, strict=True):
        torch.testing.assert_close(ours, theirs.detach(), rtol=1e-12, atol=1e-12)


def test_direct_feedback_written_out():
    network = remedies.DirectFeedbackNetwork((5, 7, 6, 2), generator=seeded(), dtype=torch.float64)
    x = data()
    h1 = torch.tanh(network.layers[0](x))
    h2 = torch.tanh(network.layers[1](h1))
    error = 2 * network.layers[2](h2)
    told_1 = (error @ network.feedback_0.T) * (1 - h1**2)
    told_2 = (error @ network.feedback_1.T) * (1 - h2**2)
    expected = [told_1.T @ x, told_1.sum(0), told_2.T @ h1, told_2.sum(0), error.T @ h2, error.sum(0)]
    for ours, theirs in zip(gradients(network, x), expected, strict=True):
        torch.testing.assert_close(ours, theirs.detach(), rtol=1e-12, atol=1e-12)


def test_with_one_hidden_layer_direct_feedback_by_the_transpose_is_back_propagation():
    network = remedies.DirectFeedbackNetwork((5, 4, 2), generator=seeded(), dtype=torch.float64)
    network.feedback_0 = network.layers[1].weight.detach().T.clone()
    plain = nn.Sequential(network.layers[0], nn.Tanh(), network.layers[1])
    x = data()
    ours = gradients(network, x)
    for mine, theirs in zip(ours, gradients(plain, x), strict=True):
        torch.testing.assert_close(mine, theirs, rtol=1e-12, atol=1e-12)


def test_without_hidden_layers_it_is_a_linear_model():
    network = remedies.DirectFeedbackNetwork((5, 2), dtype=torch.float64, generator=seeded())
    x = data().requires_grad_()
    network(x).sum().backward()
    torch.testing.assert_close(x.grad[0], network.layers[0].weight.detach().sum(0))


@pytest.mark.parametrize("kind", ["layers", "direct"])
def test_weights_turn_toward_the_feedback_while_they_learn(kind):
    """The angle between what a hidden layer is told and the true gradient falls below 90 degrees: alignment."""
    x = torch.randn(200, 10, generator=seeded(1), dtype=torch.float64)
    target = x @ torch.randn(10, 3, generator=seeded(2), dtype=torch.float64)
    if kind == "direct":
        network = remedies.DirectFeedbackNetwork((10, 20, 3), generator=seeded(3), dtype=torch.float64)
        plain = nn.Sequential(network.layers[0], nn.Tanh(), network.layers[1])
    else:
        layers = [
            remedies.FeedbackLinear(a, b, generator=seeded(a), dtype=torch.float64) for a, b in ((10, 20), (20, 3))
        ]
        network, plain = nn.Sequential(layers[0], nn.Tanh(), layers[1]), None

    def angle():
        told = torch.autograd.grad((network(x) - target).square().mean(), next(network.parameters()))[0]
        if plain is not None:
            true = torch.autograd.grad((plain(x) - target).square().mean(), plain[0].weight)[0]
        else:
            hidden = torch.tanh(nn.functional.linear(x, layers[0].weight, layers[0].bias))
            output = nn.functional.linear(hidden, layers[1].weight, layers[1].bias)
            true = torch.autograd.grad((output - target).square().mean(), layers[0].weight)[0]
        return remedies.alignment_angle(told, true).item()

    before = angle()
    optimizer = torch.optim.SGD(network.parameters(), lr=0.05)
    for _ in range(400):
        optimizer.zero_grad()
        loss = (network(x) - target).square().mean()
        loss.backward()
        optimizer.step()
    assert angle() < min(before, 75)
    assert loss < 0.2 * target.square().mean()


def test_feedback_is_kept_in_the_state_and_drawn_from_the_generator():
    one, two = (remedies.FeedbackLinear(4, 3, generator=seeded(5)) for _ in range(2))
    assert torch.equal(one.feedback, two.feedback)
    assert set(one.state_dict()) == {"weight", "bias", "feedback"}
    assert {name for name, _ in one.named_parameters()} == {"weight", "bias"}


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: remedies.FeedbackLinear(4, 3, torch.ones(3, 4)), r"feedback: expected the shape \(4, 3\)"),
        (lambda: remedies.FeedbackLinear(0, 3), "n_inputs: expected"),
        (lambda: remedies.DirectFeedbackNetwork((4,)), "widths: expected at least 2"),
        (lambda: remedies.DirectFeedbackNetwork((4, 5, 2), feedback=[]), "feedback: expected one matrix for each of 1"),
        (lambda: remedies.DirectFeedbackNetwork((4, 5, 2), feedback=[torch.ones(2, 5)]), r"feedback\[0\]: expected"),
        (lambda: remedies.alignment_angle(torch.ones(2), torch.ones(3)), "second: expected 2 entries"),
        (lambda: remedies.alignment_angle(torch.ones(2), torch.zeros(2)), "second: expected a direction"),
    ],
)
def test_bad_input(call, message):
    with pytest.raises(ValueError, match=message):
        call()
