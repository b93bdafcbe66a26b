"""A batch of networks trained at once: independent, repeatable, with the steps of torch's own optimizer."""

import numpy as np
import pytest
import torch

from lossland.networks import MLP, Split, load_digits, load_mnist5k, sample_mlp, train_batch

GENERATOR = torch.Generator


def start(n=3):
    return sample_mlp((64, 12, 10), 1.0, 0.1, n_draws=n, generator=GENERATOR().manual_seed(0))


@pytest.fixture(scope="module")
def digits():
    return load_digits(dtype=torch.float64, generator=GENERATOR().manual_seed(1))


def test_one_network_takes_the_steps_of_torch(digits):
    """One image only, so that every batch is the same, and the schedule is still flat."""
    data = Split(*(part[:1] for part in digits))
    mlp, settings = start(1), {"learning_rate": 0.1, "momentum": 0.9, "weight_decay": 0.01}
    ours = train_batch(mlp, data, "tanh", n_steps=20, batch_size=4, **settings, generator=GENERATOR().manual_seed(0))
    leaves = [part[0].clone().requires_grad_() for part in (*mlp.weights, *mlp.biases)]
    optimizer = torch.optim.SGD(leaves, lr=0.1, momentum=0.9, weight_decay=0.01)
    for step in range(20):
        for group in optimizer.param_groups:
            group["lr"] = 0.1 * (1 if step <= 10 else max(0.01, 1 - (step / 20 - 0.5) / 0.4 * 0.99))
        scores = torch.tanh(data.train_inputs @ leaves[0].T + leaves[2]) @ leaves[1].T + leaves[3]
        loss = torch.nn.functional.cross_entropy(scores, data.train_labels)
        assert float(ours.loss[step, 0]) == pytest.approx(float(loss.detach()))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert torch.allclose(ours.mlp.weights[0][0], leaves[0].detach(), atol=1e-12)
    assert torch.allclose(ours.mlp.biases[1][0], leaves[3].detach(), atol=1e-12)


def test_all_learn_leave_their_start_alone_and_repeat(digits):
    mlp = start()
    before = [w.clone() for w in mlp.weights]
    runs = [
        train_batch(mlp, digits, "relu", n_steps=150, learning_rate=0.05, generator=GENERATOR().manual_seed(seed))
        for seed in (0, 0, 1)
    ]
    assert (runs[0].loss[-10:].mean(dim=0) < 0.2 * runs[0].loss[0]).all()
    assert torch.equal(runs[0].loss, runs[1].loss)
    assert not torch.equal(runs[0].loss, runs[2].loss)
    assert all(torch.equal(w, v) for w, v in zip(mlp.weights, before, strict=True))
    assert not runs[0].mlp.weights[0].requires_grad


def test_networks_do_not_feel_each_other(digits):
    one = Split(*(part[:1] for part in digits))
    mlp = start(3)
    settings = {"n_steps": 10, "learning_rate": 0.1}
    both = train_batch(mlp, one, "relu", **settings, generator=GENERATOR().manual_seed(0)).mlp
    last = MLP(*(tuple(part[2:] for part in parts) for parts in mlp))
    alone = train_batch(last, one, "relu", **settings, generator=GENERATOR().manual_seed(0)).mlp
    assert torch.allclose(both.weights[0][2:], alone.weights[0])


def test_a_single_network_is_refused_in_words(digits):
    mlp = MLP(*(tuple(part[0] for part in parts) for parts in start(1)))
    with pytest.raises(ValueError, match=r"mlp: expected one leading dimension of networks.* draw them"):
        train_batch(mlp, digits, "relu", n_steps=1, learning_rate=0.1, generator=GENERATOR())
    with pytest.raises(ValueError, match="weight_decay"):
        train_batch(start(), digits, "relu", n_steps=1, learning_rate=0.1, weight_decay=-1, generator=GENERATOR())


def test_mnist5k_is_split_scaled_and_complete():
    plain = load_mnist5k(standardize=False, generator=GENERATOR().manual_seed(0))
    assert plain.train_inputs.shape == (4000, 784)
    assert plain.test_inputs.shape == (1000, 784)
    assert (float(plain.train_inputs.min()), float(plain.train_inputs.max())) == (0, 1)
    labels = torch.cat([plain.train_labels, plain.test_labels])
    assert torch.bincount(labels).tolist() == [500] * 10
    scaled = load_mnist5k(n_train=100, dtype=torch.float64, generator=GENERATOR().manual_seed(0))
    assert float(scaled.train_inputs.mean()) == pytest.approx(0, abs=1e-12)
    assert float((scaled.train_inputs**2).mean()) == pytest.approx(1)
    assert torch.equal(scaled.train_labels, plain.train_labels[:100])
    other = load_mnist5k(generator=GENERATOR().manual_seed(1))
    assert not np.array_equal(other.train_labels, plain.train_labels)
    with pytest.raises(ValueError, match="n_train"):
        load_mnist5k(n_train=5000, generator=GENERATOR())
