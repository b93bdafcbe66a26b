import numpy as np
import pytest
import torch

from lossland import signal_propagation as sp
from lossland.networks import forward, from_vector, preactivations, sample_mlp, to_vector
from lossland.networks.mlp import MLP
from lossland.signal_propagation.error_propagation import backpropagated_errors

WIDTHS = (7, 9, 5, 8, 3)


@pytest.mark.ledger("yarotsky-formula-29-delta-recursion")
@pytest.mark.parametrize("activation", ["tanh", "relu", "gelu", "hard_tanh"])
def test_recursion_is_the_derivative_by_the_preactivations(activation):
    mlp = sample_mlp(WIDTHS, 1.5, 0.3, generator=torch.Generator().manual_seed(0))
    x = torch.randn(7, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    target = torch.randn(3, dtype=torch.float64, generator=torch.Generator().manual_seed(2))
    leaves = MLP(mlp.weights, tuple(b.clone().requires_grad_(True) for b in mlp.biases))
    loss = 0.5 * ((forward(leaves, x, activation) - target) ** 2).sum()
    expected = torch.autograd.grad(loss, leaves.biases)  # dL/db_k = dL/dz_k
    errors = backpropagated_errors(mlp, x, forward(mlp, x, activation) - target, activation)
    for got, wanted in zip(errors, expected, strict=True):
        assert torch.allclose(got, wanted, atol=1e-14)


@pytest.mark.ledger("yarotsky-formula-28-backprop-operators")
def test_weight_gradient_is_the_error_times_the_activation_below():
    """(grad_{W_k} L)_ij = mean over inputs of sigma(z_{k-1})_j delta_{k,i}; the first layer sees the input itself."""
    mlp = sample_mlp(WIDTHS, 1.5, 0.3, generator=torch.Generator().manual_seed(3))
    inputs = torch.randn(6, 7, dtype=torch.float64, generator=torch.Generator().manual_seed(4))
    targets = torch.randn(6, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(5))
    vector = to_vector(mlp).requires_grad_(True)
    outputs = forward(from_vector(vector, mlp), inputs, "tanh")
    gradient = from_vector(torch.autograd.grad(0.5 * ((outputs - targets) ** 2).sum(dim=1).mean(), vector)[0], mlp)
    for k in range(len(mlp.weights)):
        total = torch.zeros_like(mlp.weights[k])
        for x, y in zip(inputs, targets, strict=True):
            error = backpropagated_errors(mlp, x, forward(mlp, x, "tanh") - y, "tanh")[k]
            below = torch.tanh(preactivations(mlp, x, "tanh")[k - 1]) if k else x
            total += torch.outer(error, below) / len(inputs)
        assert torch.allclose(total, gradient.weights[k], atol=1e-15)


@pytest.mark.ledger("yarotsky-formula-29-delta-recursion", "yarotsky-claim-23-vanishing-exploding")
@pytest.mark.parametrize(
    ("activation", "w2", "b2"), [("tanh", 1.0, 0.05), ("tanh", 4.0, 0.05), ("relu", 2.0, 0.0), ("relu", 1.5, 0.0)]
)
def test_squared_errors_change_by_chi1_per_layer(activation, w2, b2):
    w, b, depth, width = np.sqrt(w2), np.sqrt(b2), 12, 300
    q1 = sp.q_star(w, b, activation).value or 1.0
    x = torch.full((width,), np.sqrt((q1 - b2) / w2), dtype=torch.float64)
    measured = sp.measure_gradient_norms(
        x, [width] * depth, w, b, activation, n_draws=80, generator=torch.Generator().manual_seed(1)
    )
    theory = sp.gradient_trajectory(depth, w, b, activation, q1=q1)
    logs = np.log(measured.samples[:, 0]) / (depth - 1)
    slope, error = logs.mean(), logs.std(ddof=1) / np.sqrt(len(logs))
    assert abs(slope - np.log(theory[0]) / (depth - 1)) < 4 * error + 6 / width  # the log-normal drift is ~ 1/width
    chi = theory[0] ** (1 / (depth - 1))
    assert (chi > 1.001, chi < 0.999) == (w2 == 4.0, w2 in (1.0, 1.5))


@pytest.mark.ledger("yarotsky-claim-23-vanishing-exploding")
def test_equal_widths_are_not_needed_for_the_norms():
    """At chi_1 = 1 the norm ratio is 1 layer by layer although widths change up to five-fold."""
    widths = [750, 150, 600, 200, 500, 125, 750]
    x = torch.ones(400, dtype=torch.float64)
    measured = sp.measure_gradient_norms(
        x, widths, np.sqrt(2), 0.0, "relu", n_draws=150, generator=torch.Generator().manual_seed(2)
    )
    ratios = measured.samples[:, :-1] / measured.samples[:, 1:]
    error = ratios.std(axis=0, ddof=1) / np.sqrt(len(ratios))
    assert np.all(np.abs(ratios.mean(axis=0) - 1) < 4.5 * error + 0.01)
    per_neuron = ratios * np.array(widths[1:]) / np.array(widths[:-1])
    assert np.any(np.abs(per_neuron.mean(axis=0) - 1) > 0.5)  # mean squares per neuron do change with the width


def test_theory_off_the_fixed_point_uses_each_layers_length():
    trajectory = sp.gradient_trajectory(3, 1.5, 0.1, "tanh", q1=4.0)
    lengths = sp.length_trajectory(4.0, 3, 1.5, 0.1, "tanh")
    factors = [sp.chi1(q, 1.5, "tanh") for q in lengths[:2]]
    assert trajectory == pytest.approx([factors[0] * factors[1], factors[1], 1.0])
    constant = sp.gradient_trajectory(4, 1.5, 0.1, "tanh")
    assert constant[:-1] / constant[1:] == pytest.approx(sp.chi1(sp.q_star(1.5, 0.1, "tanh").value, 1.5, "tanh"))
