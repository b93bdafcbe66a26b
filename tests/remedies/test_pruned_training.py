"""Training many pruned networks at once, against training them one by one as torch modules."""

import math
from itertools import pairwise

import pytest
import torch

from lossland import remedies
from lossland.networks import Split, forward, load_digits


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


@pytest.fixture(scope="module")
def data():
    return load_digits(n_train=400, dtype=torch.float64, generator=seeded())


def drawn(n_networks, widths, rate):
    return [
        torch.stack([remedies.sample_mask(b, a, rate, generator=seeded(10 * k + a)) for k in range(n_networks)])
        for a, b in pairwise(widths)
    ]


def test_a_network_of_the_batch_is_a_module_trained_alone(data):
    """Same initial weights, same batches: torch's SGD on a PrunedLinear network ends at the same parameters."""
    masks, n_steps, rate = drawn(3, (64, 12, 10), 0.4), 30, 0.05
    run = remedies.train_pruned(masks, data, "tanh", n_steps=n_steps, learning_rate=rate, generator=seeded(5))
    generator = seeded(5)
    draws = [torch.randn(mask.shape, generator=generator, dtype=torch.float64) for mask in masks]
    batches = [torch.randint(400, (3, 64), generator=generator) for _ in range(n_steps)]
    for k in range(3):
        layers = [remedies.PrunedLinear(m.shape[2], m.shape[1], m[k], dtype=torch.float64) for m in masks]
        with torch.no_grad():
            for layer, mask, draw in zip(layers, masks, draws, strict=True):
                layer.weight.copy_(draw[k] * mask[k] / mask[k].sum(dim=1, keepdim=True).sqrt())
        network = torch.nn.Sequential(layers[0], torch.nn.Tanh(), layers[1])
        optimizer = torch.optim.SGD(network.parameters(), lr=rate, momentum=0.9)
        for step, batch in enumerate(batches):
            optimizer.param_groups[0]["lr"] = rate * min(1.0, max(0.01, 2 - 2 * step / n_steps))
            optimizer.zero_grad()
            loss = torch.nn.functional.cross_entropy(network(data.train_inputs[batch[k]]), data.train_labels[batch[k]])
            loss.backward()
            optimizer.step()
        for j, layer in enumerate(layers):
            torch.testing.assert_close(run.mlp.weights[j][k], (layer.weight * layer.mask).detach())
            torch.testing.assert_close(run.mlp.biases[j][k], layer.bias.detach())


def test_cut_weights_stay_zero_and_the_loss_is_that_of_the_network(data):
    masks = drawn(2, (64, 12, 10), 0.4)
    run = remedies.train_pruned(masks, data, "relu", n_steps=50, learning_rate=0.05, n_watched=100, generator=seeded(5))
    for weight, mask in zip(run.mlp.weights, masks, strict=True):
        assert torch.all(weight[~mask] == 0)
        assert torch.all(weight[mask] != 0)
    for k in range(2):
        one = type(run.mlp)(tuple(w[k] for w in run.mlp.weights), tuple(b[k] for b in run.mlp.biases))
        scores = forward(one, data.train_inputs[:100], "relu")
        expected = torch.nn.functional.cross_entropy(scores, data.train_labels[:100])
        assert float(run.loss[-1, k]) == pytest.approx(float(expected), rel=1e-12)


def test_looks_are_dense_at_first_and_five_percent_apart_later(data):
    run = remedies.train_pruned(drawn(1, (64, 4, 10), 0.2), data, "tanh", n_steps=400, learning_rate=0.05, every=5,
                                generator=seeded())  # fmt: skip
    steps = run.steps.tolist()
    assert steps[:21] == list(range(0, 101, 5))
    assert steps[-1] == 400
    gaps = torch.tensor(steps).diff()[20:-1] / run.steps[21:-1]
    assert 0.04 < float(gaps.min()) <= float(gaps.max()) <= 0.055
    assert len(steps) == len(run.loss)


def test_initial_outputs_do_not_depend_on_the_rate():
    inputs = torch.randn(200, 64, generator=seeded(), dtype=torch.float64)
    data = Split(inputs, torch.zeros(200, dtype=torch.int64), inputs, torch.zeros(200, dtype=torch.int64))
    for rate in (0.0, 0.5, 0.9):
        masks = [torch.rand(40, 100, 64, generator=seeded(1)) >= rate]
        masks[0][:, :, 0] |= ~masks[0].any(dim=2)
        run = remedies.train_pruned(masks, data, "tanh", n_steps=1, learning_rate=0.0, generator=seeded(2))
        assert forward(run.mlp, inputs, "tanh").var().item() == pytest.approx(1, rel=0.03)


def test_first_steps_at_a_loss_and_never():
    run = remedies.PrunedTraining(None, torch.tensor([0, 5, 10]), torch.tensor([[3.0, 3.0], [1.0, 2.5], [1.5, 2.0]]))
    assert remedies.steps_to_reach(run, 1.0).tolist() == [5.0, math.inf]
    assert remedies.steps_to_reach(run, 2.0).tolist() == [5.0, 10.0]


@pytest.mark.parametrize(
    ("masks", "options", "message"),
    [
        ([torch.ones(3, 64)], {}, r"masks: expected \(n_networks, units, inputs\) for each layer, got \(3, 64\)"),
        ([], {}, "masks: expected .* got none"),
        ([torch.ones(2, 3, 5)], {}, r"masks\[0\]: expected 64 columns, got 5"),
        ([torch.ones(2, 3, 64), torch.ones(2, 10, 4)], {}, r"masks\[1\]: expected 3 columns, got 4"),
        ([torch.ones(2, 3, 64), torch.ones(1, 10, 3)], {}, "masks: expected"),
        ([torch.full((2, 10, 64), 0.5)], {}, r"masks\[0\]: expected zeros and ones"),
        ([torch.zeros(2, 10, 64)], {}, r"masks\[0\]: expected an input for each unit"),
        ([torch.ones(2, 9, 64)], {}, r"masks\[0\]: expected a row for each of 10 classes, got 9"),
        ([torch.ones(2, 10, 64)], {"learning_rate": -1.0}, "learning_rate: expected"),
        ([torch.ones(2, 10, 64)], {"every": 0}, "every: expected"),
    ],
)
def test_bad_input(data, masks, options, message):
    options = {"n_steps": 1, "learning_rate": 0.1, **options}
    with pytest.raises(ValueError, match=message):
        remedies.train_pruned(masks, data, "tanh", generator=seeded(), **options)
