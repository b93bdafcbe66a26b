r"""A network with one hidden layer as a distribution of neurons.

A neuron is a point :math:`\mathbf w = (\mathbf l, b, \mathbf c)`: what it listens to, its bias, what it says.  It
contributes :math:`\phi(\mathbf x, \mathbf w) = \mathbf c\,\sigma(\mathbf l\cdot\mathbf x + b)`, and the network is the
mean over its neurons.  Of a probability measure :math:`p` over neurons the prediction

.. math:: \hat{\mathbf y}(\mathbf x) = \int \phi(\mathbf x, \mathbf w)\, p(d\mathbf w)

is a linear function; N neurons with equal weights 1/N are the special case of a network.  Yarotsky, *Optimization of
neural networks*, "Reduction to distributions" (there the argument of :math:`\sigma` is misprinted); Mei, Montanari and
Nguyen (2018), *A mean field view of the landscape of two-layer neural networks*.  NumPy in float64.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from lossland import _checks
from lossland.numerics import as_activation


class NeuronMeasure(NamedTuple):
    """Finitely many neurons with weights.

    Attributes:
        atoms: One neuron (l, b, c) in each row, (N, d + 1 + m).
        weights: Probability of each neuron, (N,).
    """

    atoms: np.ndarray
    weights: np.ndarray


def empirical_measure(atoms) -> NeuronMeasure:
    """The measure of a network: weight 1/N on each of its N neurons.

    Args:
        atoms: Neurons, (N, d + 1 + m).

    Returns:
        NeuronMeasure: the atoms with equal weights.

    Raises:
        ValueError: If ``atoms`` is not a matrix with at least one row.

    >>> empirical_measure([[1.0, 0.0, 2.0], [0.5, 1.0, -1.0]]).weights
    array([0.5, 0.5])
    """
    atoms = _atoms("atoms", atoms)
    return NeuronMeasure(atoms, np.full(len(atoms), 1 / len(atoms)))


def neurons_of(network) -> NeuronMeasure:
    """The neurons of a perceptron with one hidden layer, as a measure.

    A perceptron adds its neurons up and the measure takes the mean of them, so ``c`` is N times the outgoing weight.
    The bias of the output belongs to no neuron and is left out.

    Args:
        network: Anything with ``weights`` (two matrices, (N, d) and (m, N)) and ``biases`` ((N,) and (m,)).

    Returns:
        NeuronMeasure: atoms (N, d + 1 + m), equal weights.

    Raises:
        ValueError: If there is not exactly one hidden layer.

    >>> import torch
    >>> from lossland.networks import forward, sample_mlp
    >>> mlp = sample_mlp((3, 5, 2), 1.0, 0.5, generator=torch.Generator().manual_seed(0))
    >>> x = torch.ones(1, 3, dtype=torch.float64)
    >>> mean = predict_measure(*neurons_of(mlp), x.numpy(), "tanh") + mlp.biases[1].numpy()
    >>> bool(np.allclose(mean, forward(mlp, x, "tanh").numpy()))
    True
    """
    if len(network.weights) != 2:
        raise ValueError(f"network: expected one hidden layer, so two weight matrices, got {len(network.weights)}")
    parts = [_matrix(part) for part in (*network.weights, network.biases[0])]
    if parts[0].ndim != 2:
        raise ValueError(f"network: expected one network, got weights of shape {parts[0].shape}; take them one by one")
    incoming, outgoing, bias = parts
    return empirical_measure(np.column_stack([incoming, bias, len(incoming) * outgoing.T]))


def predict_measure(atoms, weights, inputs, activation) -> np.ndarray:
    r"""The prediction :math:`\int\phi(\mathbf x, \mathbf w)\,p(d\mathbf w)` of finitely many weighted neurons.

    Linear in ``weights``: they may be any real numbers, a difference of two measures too.

    Args:
        atoms: Neurons (l, b, c), (N, d + 1 + m).
        weights: Weight of each neuron, (N,).
        inputs: Input vectors, (P, d).
        activation: Name or Activation.

    Returns:
        Predictions, (P, m).

    Raises:
        ValueError: If the shapes do not fit.

    >>> float(predict_measure([[2.0, 1.0, 3.0]], [1.0], [[1.0]], "relu")[0, 0])  # 3 relu(2 * 1 + 1)
    9.0
    """
    atoms, inputs = _atoms("atoms", atoms), _checks.real_array("inputs", inputs)
    weights = _checks.real_array("weights", weights)
    if weights.shape != (len(atoms),):
        raise ValueError(f"weights: expected one for each of {len(atoms)} atoms, got shape {weights.shape}")
    return np.einsum("pnm,n->pm", neuron_outputs(atoms, inputs, activation), weights)


def neuron_outputs(atoms, inputs, activation) -> np.ndarray:
    r"""The contributions :math:`\phi = \mathbf c\,\sigma(\mathbf l\cdot\mathbf x + b)` of single neurons, (P, N, m).

    Args:
        atoms: Neurons (l, b, c), (N, d + 1 + m).
        inputs: Input vectors, (P, d).
        activation: Name or Activation.

    Raises:
        ValueError: If the width of the atoms leaves no output.

    >>> neuron_outputs([[1.0, 0.0, 2.0, 3.0]], [[0.5]], "linear")
    array([[[1. , 1.5]]])
    """
    atoms, inputs = _atoms("atoms", atoms), _checks.real_array("inputs", inputs)
    if inputs.ndim != 2:
        raise ValueError(f"inputs: expected one vector in each row, (P, d), got shape {inputs.shape}")
    d = inputs.shape[1]
    if atoms.shape[1] < d + 2:
        raise ValueError(
            f"atoms: expected rows (l, b, c) with {d} + 1 + m entries, m at least 1, got rows of {atoms.shape[1]}"
        )
    hidden = as_activation(activation).value(inputs @ atoms[:, :d].T + atoms[:, d])
    return hidden[:, :, None] * atoms[:, d + 1 :]


def mixture(first: NeuronMeasure, second: NeuronMeasure, share: float) -> NeuronMeasure:
    """The mixture ``(1 - share) first + share second``: all neurons of both, each with its part of the weight.

    Args:
        first, second: Measures over neurons of the same shape; they may differ in the number of neurons.
        share: Share of the second one, in [0, 1].

    Returns:
        NeuronMeasure: N_first + N_second atoms.

    Raises:
        ValueError: If ``share`` is out of range or the neurons differ in shape.

    >>> a, b = empirical_measure([[1.0, 0.0, 1.0]]), empirical_measure([[2.0, 0.0, 1.0], [3.0, 0.0, 1.0]])
    >>> mixture(a, b, 0.5).weights
    array([0.5 , 0.25, 0.25])
    """
    share = _checks.real_number("share", share, low=0.0, high=1.0)
    one, two = _atoms("first", first.atoms), _atoms("second", second.atoms)
    if one.shape[1] != two.shape[1]:
        raise ValueError(f"second: expected neurons of {one.shape[1]} entries as in first, got {two.shape[1]}")
    weights = np.concatenate([(1 - share) * np.asarray(first.weights), share * np.asarray(second.weights)])
    return NeuronMeasure(np.concatenate([one, two]), weights)


def _atoms(name: str, value) -> np.ndarray:
    atoms = _checks.real_array(name, value)
    if atoms.ndim != 2 or not len(atoms):
        raise ValueError(f"{name}: expected one neuron in each row, (N, d + 1 + m), got shape {atoms.shape}")
    return atoms


def _matrix(part) -> np.ndarray:
    return np.asarray(part.detach().cpu() if hasattr(part, "detach") else part, dtype=np.float64)
