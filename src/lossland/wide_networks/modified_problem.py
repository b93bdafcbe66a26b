r"""A model with one output, its data and the added exponential neuron as one function of one vector.

The state is :math:`(\theta,w,a,b)\in\mathbb R^{p+d_x+2}`; value and gradient act on states (..., p + d_x + 2), so that
:func:`lossland.descent.gradient_descent.gradient_descent` and an integrator for the gradient flow take them as they
are.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from lossland import _checks
from lossland.networks.losses import LOSSES, Loss
from lossland.wide_networks.exponential_neuron import ExponentialNeuron, modified_gradient, modified_loss
from lossland.wide_networks.scalar_models import Model


class State(NamedTuple):
    """The parts of a state: ``theta`` (..., p), ``weights`` (..., d_x), ``amplitude`` (...) and ``shift`` (...)."""

    theta: np.ndarray
    weights: np.ndarray
    amplitude: np.ndarray
    shift: np.ndarray


@dataclass(frozen=True)
class ModifiedProblem:
    """A model with one output, data, and one exponential neuron.

    Attributes:
        model: The model that the neuron is added to.
        inputs: (m, d_x).
        targets: (m,).
        penalty: The positive factor of the squared amplitude.
        loss: Pointwise loss, convex in the prediction.

    >>> from lossland.wide_networks import linear_model
    >>> problem = ModifiedProblem(linear_model(1), [[0.0], [1.0]], [0.0, 1.0], penalty=0.1)
    >>> state = problem.join([0.0, 1.0], [0.0], 0.0, 0.0)  # the line that fits, and a silent neuron
    >>> float(problem.value(state)), float(np.abs(problem.gradient(state)).max())
    (0.0, 0.0)
    """

    model: Model
    inputs: np.ndarray
    targets: np.ndarray
    penalty: float
    loss: Loss = LOSSES["quadratic"]

    def __post_init__(self):
        inputs, targets = _checks.real_array("inputs", self.inputs), _checks.real_array("targets", self.targets)
        if inputs.ndim != 2:
            raise ValueError(f"inputs: expected points of shape (m, d_x), got shape {inputs.shape}")
        if targets.shape != inputs.shape[:1]:
            raise ValueError(f"targets: expected shape {inputs.shape[:1]}, one for each input, got {targets.shape}")
        object.__setattr__(self, "inputs", inputs)
        object.__setattr__(self, "targets", targets)

    def join(self, theta, weights, amplitude, shift) -> np.ndarray:
        """Return the state made of its parts; leading dimensions broadcast."""
        parts = [np.atleast_1d(np.asarray(theta, float)), np.atleast_1d(np.asarray(weights, float)),
                 np.asarray(amplitude, float)[..., None], np.asarray(shift, float)[..., None]]  # fmt: skip
        wanted = (self.model.n_parameters, self.inputs.shape[1])
        for name, part, width in zip(("theta", "weights"), parts, wanted, strict=False):
            if part.shape[-1] != width:
                raise ValueError(f"{name}: expected {width} numbers in the last axis, got shape {part.shape}")
        batch = np.broadcast_shapes(*(part.shape[:-1] for part in parts))
        return np.concatenate([np.broadcast_to(part, (*batch, part.shape[-1])) for part in parts], axis=-1)

    def split(self, state) -> State:
        """Return the parts of a state."""
        state, p = np.asarray(state), self.model.n_parameters
        return State(state[..., :p], state[..., p:-2], state[..., -2], state[..., -1])

    def model_loss(self, theta) -> np.ndarray:
        """Loss (...) of the model alone, without the neuron, at theta (..., p)."""
        predictions = self.model.predict(np.asarray(theta, float), self.inputs)
        return self.loss.value(self.targets, predictions).mean(-1)

    def value(self, state) -> np.ndarray:
        """Modified loss (...) at states (..., p + d_x + 2)."""
        parts = self.split(state)
        return modified_loss(*self._data(parts), _neuron(parts), penalty=self.penalty, loss=self.loss)

    def gradient(self, state) -> np.ndarray:
        """Gradient of the modified loss, of the shape of the states."""
        parts = self.split(state)
        slopes = modified_gradient(*self._data(parts), _neuron(parts), penalty=self.penalty, loss=self.loss)
        with np.errstate(over="ignore", invalid="ignore"):
            jacobian = self.model.jacobian(parts.theta, self.inputs)
            theta = (slopes.predictions[..., 0][..., None, :] @ jacobian)[..., 0, :]
        return np.concatenate([theta, slopes.weights[..., 0, :], slopes.amplitude, slopes.shift], axis=-1)

    def _data(self, parts: State) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        with np.errstate(over="ignore", invalid="ignore"):
            predictions = self.model.predict(parts.theta, self.inputs)
        return predictions[..., None], self.targets[:, None], self.inputs


def _neuron(parts: State) -> ExponentialNeuron:
    return ExponentialNeuron(parts.weights[..., None, :], parts.amplitude[..., None], parts.shift[..., None])
