import numpy as np
import pytest
import torch

from lossland.networks import load_digits, sample_mlp, train


def run(seed, learning_rate=0.1, n_steps=150):
    data = load_digits(n_train=800, generator=torch.Generator().manual_seed(1))
    generator = torch.Generator().manual_seed(seed)
    mlp = sample_mlp((64, 64, 10), 1.0, 0.1, dtype=torch.float32, generator=generator)
    return mlp, train(mlp, data, "tanh", n_steps=n_steps, learning_rate=learning_rate, generator=generator)


def test_digits_are_standardized_split_and_disjoint():
    data = load_digits(generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    assert float(data.train_inputs.mean()) == pytest.approx(0, abs=1e-12)
    assert float((data.train_inputs**2).mean()) == pytest.approx(1, abs=1e-12)
    assert len(data.train_labels) + len(data.test_labels) == 1797
    assert sorted(set(data.test_labels.tolist())) == list(range(10))
    with pytest.raises(ValueError, match="n_train"):
        load_digits(n_train=1797, generator=torch.Generator().manual_seed(0))


def test_training_learns_leaves_its_input_alone_and_repeats():
    mlp, curve = run(0)
    before = [w.clone() for w in mlp.weights]
    assert curve.test_accuracy > 0.85
    assert np.mean(curve.loss[:10]) > 3 * np.mean(curve.loss[-10:])
    again = run(0)[1]
    assert np.array_equal(curve.loss, again.loss)
    assert not np.array_equal(curve.loss, run(1)[1].loss)
    assert all(torch.equal(a, b) for a, b in zip(before, mlp.weights, strict=True))


def test_divergence_is_reported():
    curve = run(0, learning_rate=1e8)[1]
    assert curve.diverged or curve.loss[-1] > 1e3
