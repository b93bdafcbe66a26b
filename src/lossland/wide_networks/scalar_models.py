r"""Two models with one output to add a neuron to: a line, and a curve of predictions with a bad minimum."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from lossland import _checks


@dataclass(frozen=True)
class Model:
    """A model with real predictions.

    Attributes:
        name: What to call it.
        n_parameters: Number p of parameters.
        predict: Function of ``(theta, inputs)``, arrays (..., p) and (m, d_x); predictions (..., m).
        jacobian: Function of the same; derivatives of the predictions in theta, (..., m, p).
    """

    name: str
    n_parameters: int
    predict: Callable[[np.ndarray, np.ndarray], np.ndarray]
    jacobian: Callable[[np.ndarray, np.ndarray], np.ndarray]


def linear_model(input_width: int) -> Model:
    r"""The affine model :math:`\hat y=\theta_0+\sum_k\theta_kx_k`.

    >>> linear_model(1).predict(np.array([1.0, 2.0]), np.array([[0.0], [3.0]])).tolist()
    [1.0, 7.0]
    """
    width = _checks.integer("input_width", input_width, low=1)

    def extended(inputs):
        return np.concatenate([np.ones((len(inputs), 1)), inputs], axis=1)

    def jacobian(theta, inputs):
        features = extended(inputs)
        return np.broadcast_to(features, (*theta.shape[:-1], *features.shape))

    return Model("line", width + 1, lambda theta, inputs: theta @ extended(inputs).T, jacobian)


def tilted_wells() -> Model:
    r"""One parameter, the same prediction for every input: :math:`\hat y=(\theta^2-1)^2+\theta/2`.

    The curve has two minima, near :math:`\theta=-1.06` (value -0.515) and :math:`\theta=0.93` (value 0.484), and a
    maximum between them: with a target below both, the loss has a good and a bad minimum.

    >>> model, theta = tilted_wells(), np.array([[1.0], [-1.0]])
    >>> model.predict(theta, np.zeros((1, 1))).tolist()
    [[0.5], [-0.5]]
    """

    def predict(theta, inputs):
        value = (theta**2 - 1) ** 2 + theta / 2
        return np.broadcast_to(value, (*theta.shape[:-1], len(inputs)))

    def jacobian(theta, inputs):
        slope = 4 * theta * (theta**2 - 1) + 0.5
        return np.broadcast_to(slope[..., None], (*theta.shape[:-1], len(inputs), 1))

    return Model("tilted wells", 1, predict, jacobian)
