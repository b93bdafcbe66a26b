r"""One exponential neuron added to any model: the modified loss of Kawaguchi and Kaelbling, and its gradient.

For a model with predictions :math:`\hat y(x_i,\theta)\in\mathbb R^{d_y}` and a loss l that is convex and
differentiable in the prediction,

.. math::
   \mathcal L(\theta)=\frac1m\sum_il(y_i,\hat y_i),\qquad
   \tilde{\mathcal L}(\theta,W,a,b)=\frac1m\sum_il\big(y_i,\hat y_i+a\odot
   e^{Wx_i+b}\big)+\lambda|a|^2,\qquad\lambda>0 .

Theorem: at every local minimum of :math:`\tilde{\mathcal L}`, :math:`\theta` is a global minimum of
:math:`\mathcal L`.  Three facts behind it are computed here:

1. :math:`a_j\,\partial_{a_j}\tilde{\mathcal L}-\partial_{b_j}\tilde{\mathcal L}=2\lambda a_j^2` everywhere, so that
   :math:`a=0` at every stationary point (:func:`modified_gradient`);
2. at a local minimum with :math:`a=0` the transform :math:`F_j(w)=\frac1m\sum_i\partial l_{ij}e^{w\cdot x_i}`
   vanishes near :math:`W_j`, hence everywhere (:func:`residual_transform`);
3. then the derivatives :math:`\partial l_{ij}` sum to zero over the samples of each distinct input
   (:func:`grouped_derivatives`), which for a convex loss says that the predictions are optimal among **all**
   functions of x.

The third is more than the theorem states, and it is the catch: if the model does not attain the best loss among all
functions of x, :math:`\tilde{\mathcal L}` has no local minimum.  Conversely, where it does, :math:`a=0` is a minimum.

Source: Kawaguchi and Kaelbling (2020), *Elimination of all bad local minima in deep learning*; Golikov, *Loss
landscape of neural networks: theoretical insights* (slides), "Arbitrary model".
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from lossland import _checks
from lossland.networks.losses import LOSSES, Loss

_QUADRATIC = LOSSES["quadratic"]


class ExponentialNeuron(NamedTuple):
    """Parameters of the added neurons, one for each output; leading dimensions are a batch.

    Attributes:
        weights: W, (..., d_y, d_x).
        amplitude: a, (..., d_y).
        shift: b, (..., d_y).
    """

    weights: np.ndarray
    amplitude: np.ndarray
    shift: np.ndarray


class ModifiedGradient(NamedTuple):
    """Derivatives of the modified loss.

    Attributes:
        predictions: In the predictions of the model, (..., m, d_y); times the model's Jacobian it gives the gradient in
            the model's parameters.
        weights: In W, (..., d_y, d_x).
        amplitude: In a, (..., d_y).
        shift: In b, (..., d_y).
    """

    predictions: np.ndarray
    weights: np.ndarray
    amplitude: np.ndarray
    shift: np.ndarray


def neuron_output(neuron: ExponentialNeuron, inputs) -> np.ndarray:
    """What the added neurons contribute, ``a * exp(W x + b)``, (..., m, d_y) for inputs (m, d_x).

    >>> neuron = ExponentialNeuron(np.array([[1.0]]), np.array([2.0]), np.array([0.0]))
    >>> neuron_output(neuron, [[0.0]]).tolist()
    [[2.0]]
    """
    return np.asarray(neuron.amplitude)[..., None, :] * _exponentials(neuron, _checks.real_array("inputs", inputs))


def modified_loss(predictions, targets, inputs, neuron: ExponentialNeuron, *, penalty: float, loss: Loss = _QUADRATIC):
    r"""Evaluate :math:`\tilde{\mathcal L}`.

    Args:
        predictions: Of the model without the neuron, (..., m, d_y).
        targets: (m, d_y).
        inputs: (m, d_x).
        neuron: The added neurons.
        penalty: :math:`\lambda>0`.
        loss: Pointwise loss; the components of a vector are summed.

    Returns:
        Numbers (...).

    Raises:
        ValueError: If ``penalty`` is not positive.

    >>> neuron = ExponentialNeuron(np.zeros((1, 1)), np.array([1.0]), np.array([0.0]))
    >>> float(modified_loss([[0.0]], [[3.0]], [[5.0]], neuron, penalty=0.1))  # (3 - 1)^2 / 2 + 0.1
    2.1
    """
    penalty = _positive_penalty(penalty)
    with np.errstate(over="ignore"):
        shown = np.asarray(predictions) + neuron_output(neuron, inputs)
        fit = loss.value(np.asarray(targets), shown).sum(-1).mean(-1)
        return fit + penalty * np.sum(np.asarray(neuron.amplitude) ** 2, axis=-1)


def modified_gradient(
    predictions, targets, inputs, neuron: ExponentialNeuron, *, penalty: float, loss: Loss = _QUADRATIC
) -> ModifiedGradient:
    r"""All derivatives of :func:`modified_loss`, same arguments.

    >>> neuron = ExponentialNeuron(np.array([[0.3]]), np.array([0.7]), np.array([-0.2]))
    >>> slopes = modified_gradient([[0.5], [1.0]], [[3.0], [0.0]], [[0.0], [2.0]], neuron, penalty=0.1)
    >>> identity = neuron.amplitude * slopes.amplitude - slopes.shift - 2 * 0.1 * neuron.amplitude**2
    >>> bool(abs(identity[0]) < 1e-15)
    True
    """
    penalty, inputs = _positive_penalty(penalty), _checks.real_array("inputs", inputs)
    amplitude = np.asarray(neuron.amplitude)
    with np.errstate(over="ignore", invalid="ignore"):
        exponentials = _exponentials(neuron, inputs)
        shown = np.asarray(predictions) + amplitude[..., None, :] * exponentials
        slopes = loss.derivative(np.asarray(targets), shown) / inputs.shape[0]
        weighted = slopes * exponentials
        total = weighted.sum(-2)
        weights = amplitude[..., None] * np.swapaxes(weighted, -1, -2) @ inputs
        return ModifiedGradient(slopes, weights, total + 2 * penalty * amplitude, amplitude * total)


def residual_transform(derivatives, inputs, weights) -> np.ndarray:
    r"""The transform :math:`F(w)=\frac1m\sum_i\partial l_ie^{w\cdot x_i}`, a discrete Laplace transform of the
    derivatives.

    Args:
        derivatives: Of the loss in the predictions, (m,) for one output.
        inputs: (m, d_x).
        weights: Points w, (..., d_x).

    Returns:
        Values (...); identically zero exactly if the derivatives cancel on every distinct input.

    >>> residual_transform([1.0, -1.0], [[0.0], [0.0]], [[0.5], [2.0]]).tolist()
    [0.0, 0.0]
    """
    derivatives, inputs = _checks.real_array("derivatives", derivatives), _checks.real_array("inputs", inputs)
    return np.exp(_checks.real_array("weights", weights) @ inputs.T) @ derivatives / derivatives.shape[0]


def grouped_derivatives(derivatives, inputs) -> np.ndarray:
    """Sums of the derivatives over the samples that share an input, one row for each distinct input.

    Args:
        derivatives: Of the loss in the predictions, (m,) or (m, d_y).
        inputs: (m, d_x).

    Returns:
        Sums (n_distinct,) or (n_distinct, d_y); all zero exactly if, for a convex loss, no function of the inputs
        whatsoever has a smaller loss.

    >>> grouped_derivatives([1.0, -1.0, 0.5], [[0.0], [0.0], [3.0]]).tolist()
    [0.0, 0.5]
    """
    derivatives, inputs = _checks.real_array("derivatives", derivatives), _checks.real_array("inputs", inputs)
    distinct, group = np.unique(inputs + 0.0, axis=0, return_inverse=True)
    sums = np.zeros((distinct.shape[0], *derivatives.shape[1:]))
    np.add.at(sums, group.reshape(-1), derivatives)
    return sums


def _exponentials(neuron: ExponentialNeuron, inputs: np.ndarray) -> np.ndarray:
    exponents = inputs @ np.swapaxes(np.asarray(neuron.weights), -1, -2) + np.asarray(neuron.shift)[..., None, :]
    return np.exp(exponents)


def _positive_penalty(penalty) -> float:
    penalty = _checks.real_number("penalty", penalty, low=0.0)
    if penalty == 0:
        raise ValueError("penalty: expected a positive number; without it the theorem is false")
    return penalty
