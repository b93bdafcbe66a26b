"""Worst accuracies on a path against a plain loop over points and pairs."""

import numpy as np
import pytest
import torch

from lossland.connectivity import arc_path, linear_path, network_accuracy, worst_accuracy
from lossland.networks import MLP, accuracy, load_digits, sample_mlp


@pytest.fixture(scope="module")
def pairs():
    g = torch.Generator().manual_seed(0)
    data = load_digits(n_train=200, generator=g)
    draw = [sample_mlp((64, 7, 10), 1.0, 0.1, n_draws=3, dtype=torch.float32, generator=g) for _ in range(2)]
    return *draw, data


def test_against_a_loop(pairs):
    a, b, data = pairs
    found = worst_accuracy(lambda t: arc_path(a, b, t), data, "tanh", n_points=5, batch_size=2)
    for pair in range(3):
        one, two = (MLP(*(tuple(p[pair] for p in parts) for parts in mlp)) for mlp in (a, b))
        along = [arc_path(one, two, t) for t in np.linspace(0, 1, 5)]
        train = [accuracy(mlp, data.train_inputs, data.train_labels, "tanh") for mlp in along]
        test = [accuracy(mlp, data.test_inputs, data.test_labels, "tanh") for mlp in along]
        np.testing.assert_allclose(found.train_curve[:, pair], train, rtol=1e-6)
        np.testing.assert_allclose(found.test_curve[:, pair], test, rtol=1e-6)
        assert float(found.train[pair]) == pytest.approx(min(train))
        assert float(found.test[pair]) == pytest.approx(min(test))


def test_relu_is_the_default_and_widths_must_fit(pairs):
    a, b, data = pairs
    found = worst_accuracy(lambda t: linear_path(a, b, t), data, n_points=2)
    expected = network_accuracy(b, data.train_inputs, data.train_labels, "relu")
    assert torch.equal(found.train_curve[1], expected)
    with pytest.raises(ValueError, match="inputs: expected vectors of width 64"):
        worst_accuracy(lambda t: linear_path(a, b, t), data._replace(train_inputs=data.train_inputs[:, :9]))
