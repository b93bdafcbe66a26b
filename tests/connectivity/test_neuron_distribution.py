"""A network as a measure over neurons: the naive double loop, permutations, linearity, mixtures, refusals."""

import numpy as np
import pytest
import torch

from lossland.connectivity.mixture_convexity import mixture_gap, motion_gap
from lossland.connectivity.neuron_distribution import (
    NeuronMeasure,
    empirical_measure,
    mixture,
    neuron_outputs,
    neurons_of,
    predict_measure,
)
from lossland.networks import forward, sample_mlp

SHAPES = [(1, 1, 1), (7, 3, 2), (4, 1, 5)]


def draw(n, d, m, seed=0):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, d + 1 + m)), rng.normal(size=(6, d))


@pytest.mark.parametrize(("n", "d", "m"), SHAPES)
def test_prediction_against_the_definition_term_by_term(n, d, m):
    atoms, inputs = draw(n, d, m)
    weights = np.random.default_rng(1).dirichlet(np.ones(n))
    expected = np.zeros((len(inputs), m))
    for p, x in enumerate(inputs):
        for w, atom in zip(weights, atoms, strict=True):
            expected[p] += w * atom[d + 1 :] * np.tanh(atom[:d] @ x + atom[d])
    np.testing.assert_allclose(predict_measure(atoms, weights, inputs, "tanh"), expected, atol=1e-13)


@pytest.mark.parametrize("activation", ["relu", "tanh", "erf"])
def test_order_and_splitting_of_neurons_do_not_matter(activation):
    atoms, inputs = draw(9, 4, 3)
    measure = empirical_measure(atoms)
    right = predict_measure(*measure, inputs, activation)
    order = np.random.default_rng(2).permutation(9)
    np.testing.assert_allclose(predict_measure(atoms[order], measure.weights, inputs, activation), right, atol=1e-13)
    twice = empirical_measure(np.concatenate([atoms, atoms]))
    np.testing.assert_allclose(predict_measure(*twice, inputs, activation), right, atol=1e-13)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_a_perceptron_is_its_measure_plus_the_bias_of_the_output(dtype):
    mlp = sample_mlp((4, 11, 3), 1.3, 0.4, dtype=dtype, generator=torch.Generator().manual_seed(3))
    inputs = torch.linspace(-1, 1, 20, dtype=dtype).reshape(5, 4)
    measure = neurons_of(mlp)
    assert measure.atoms.shape == (11, 4 + 1 + 3)
    found = predict_measure(*measure, inputs.numpy(), "relu") + mlp.biases[1].numpy()
    tol = 1e-12 if dtype == torch.float64 else 1e-5
    np.testing.assert_allclose(found, forward(mlp, inputs, "relu").numpy(), atol=tol)


def test_mixtures_of_networks_of_different_width():
    one, inputs = draw(3, 2, 2)
    two, _ = draw(5, 2, 2, seed=4)
    first, second = empirical_measure(one), empirical_measure(two)
    mixed = mixture(first, second, 0.3)
    assert mixed.weights.sum() == pytest.approx(1)
    parts = [predict_measure(*part, inputs, "tanh") for part in (first, second)]
    np.testing.assert_allclose(
        predict_measure(*mixed, inputs, "tanh"), 0.7 * parts[0] + 0.3 * parts[1], atol=1e-13
    )


def test_gaps_of_a_linear_loss_and_of_a_linear_network():
    one, inputs = draw(5, 2, 1, seed=5)
    two, _ = draw(5, 2, 1, seed=6)
    first, second = empirical_measure(one), empirical_measure(two)

    def total(y):
        return float(y.sum())

    assert mixture_gap(first, second, 0.4, inputs, "tanh", total) == pytest.approx(0, abs=1e-12)
    assert abs(motion_gap(one, two, 0.4, inputs, "tanh", total)) > 1e-3
    two = one.copy()
    two[:, 3] = np.arange(5.0)  # only outgoing weights move: the prediction is linear in them
    assert motion_gap(one, two, 0.4, inputs, "tanh", total) == pytest.approx(0, abs=1e-12)


def test_refusals_name_the_argument_and_what_to_do():
    atoms, inputs = draw(4, 3, 2)
    with pytest.raises(ValueError, match=r"weights: expected one for each of 4 atoms, got shape \(3,\)"):
        predict_measure(atoms, np.ones(3), inputs, "relu")
    with pytest.raises(ValueError, match=r"atoms: expected rows \(l, b, c\) with 3 \+ 1 \+ m entries"):
        neuron_outputs(atoms[:, :4], inputs, "relu")
    with pytest.raises(ValueError, match="inputs: expected one vector in each row"):
        neuron_outputs(atoms, inputs[0], "relu")
    with pytest.raises(ValueError, match="atoms: expected one neuron in each row"):
        empirical_measure(np.zeros((0, 3)))
    with pytest.raises(ValueError, match="network: expected one hidden layer"):
        neurons_of(sample_mlp((2, 3, 3, 1), 1.0, 0.0, generator=torch.Generator().manual_seed(0)))
    with pytest.raises(ValueError, match="network: expected one network, got weights of shape"):
        neurons_of(sample_mlp((2, 3, 1), 1.0, 0.0, n_draws=2, generator=torch.Generator().manual_seed(0)))
    measure = empirical_measure(atoms)
    with pytest.raises(ValueError, match=r"share: expected in \[0, 1\], got 1.5"):
        mixture(measure, measure, 1.5)
    with pytest.raises(ValueError, match="second: expected neurons of 6 entries"):
        mixture(measure, NeuronMeasure(atoms[:, :5], measure.weights), 0.5)
    with pytest.raises(ValueError, match="second: expected neurons of the shape of first"):
        motion_gap(atoms, atoms[:3], 0.5, inputs, "relu", np.sum)
