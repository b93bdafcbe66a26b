"""Checkers of chapter 03 on the path polynomial: Euler's identity layer by layer, and what scaling does.

Networks are tuples of NumPy matrices ``(d_k, d_{k-1})`` without biases, inputs are vectors.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from lossland.exercises.answers import Array, Choice, Record
from lossland.exercises.checker import Mistake, checker
from lossland.exercises.functions import Function


def _signals(weights, x):
    """The input and the outputs of all hidden layers."""
    signals = [x]
    for weight in weights[:-1]:
        signals.append(np.maximum(0.0, weight @ signals[-1]))
    return signals


def _output(weights, x):
    return float((weights[-1] @ _signals(weights, x)[-1])[0])


def _layer_sums(weights, x):
    return np.full(len(weights), _output(weights, x))


def _linear_output(weights, x):
    for weight in weights:
        x = weight @ x
    return float(x[0])


def _sums_of_gradients(weights, x):
    signals, row, sums = _signals(weights, x), np.ones(1), []
    for weight, signal in zip(reversed(weights), reversed(signals), strict=True):
        sums.append(float(np.outer(row, signal).sum()))
        row = (row @ weight) * (signal > 0)
    return np.array(sums[::-1])


def _network_cases(rng):
    cases = [((np.array([[1.0, -1.0], [0.5, 2.0]]), np.array([[3.0, -1.0]])), np.array([2.0, 1.0]))]
    for widths in ((3, 4, 1), (4, 5, 3, 1), (3, 6, 5, 4, 1), (5, 6, 6, 1), (4, 5, 5, 1)):
        weights = tuple(rng.normal(size=(above, below)) for below, above in pairwise(widths))
        cases.append((weights, rng.normal(size=widths[0])))
    return cases


@checker(
    Function(_network_cases, returns=Array(rtol=1e-6, atol=1e-9)),
    reference=_layer_sums,
    mistakes=[
        Mistake(
            "total_degree",
            lambda weights, x: len(weights) * _layer_sums(weights, x),
            "Each of your sums is H times too large. H is the degree in all weights together; in the weights of one "
            "layer alone the output has degree one, because every path uses exactly one of them.",
        ),
        Mistake(
            "split_over_layers",
            lambda weights, x: _layer_sums(weights, x) / len(weights),
            "Your sums add up to the output. Each of them alone is the output: all layers together give H times it.",
        ),
        Mistake(
            "linear_network",
            lambda weights, x: np.full(len(weights), _linear_output(weights, x)),
            "You leave out the ReLU: these are the sums of the linear network W_H ... W_1 x.",
            hint="Put `np.maximum(0, ...)` after each hidden layer, and block the error signal where a neuron is off.",
        ),
        Mistake(
            "relu_at_output",
            lambda weights, x: np.maximum(0.0, _layer_sums(weights, x)),
            "The output passes no ReLU: where it is negative you return 0.",
        ),
        Mistake(
            "weights_not_multiplied",
            _sums_of_gradients,
            "You add up the gradients. Euler's sum has each derivative multiplied by its own weight.",
        ),
        Mistake(
            "one_number",
            lambda weights, x: np.array([_output(weights, x)]),
            "That is the output, one number; asked is one sum for each layer, an array of H numbers.",
        ),
    ],
    success="Every layer gives the same number, the output: each path goes through each layer once.",
    hints=(
        "The sum over the weights of layer k of weight times derivative: `(W * gradient).sum()`.",
        "torch: `requires_grad_`, `backward`, `grad`; or by hand, with the error signals of back-propagation.",
        "Multiply layer k by t and differentiate at t = 1: the output is linear in t.",
    ),
)
def check_layer_sums(answer):
    """Check ``answer(weights, x)``, for each layer the sum of weight times derivative of the output."""


_FACTOR = Choice(("x 1", "x 3", "x 3^H", "x (-1)", "not determined"))


def _scaling(all_weights="x 3^H", neuron="x 1", sign="not determined", loss="not determined"):
    return {"all weights x 3": all_weights, "neuron in x 3, out / 3": neuron, "layer x (-1)": sign, "loss": loss}


@checker(
    Record(dict.fromkeys(_scaling(), _FACTOR)),
    reference=_scaling(),
    mistakes=[
        Mistake(
            "degree_one",
            _scaling(all_weights="x 3"),
            "Three times all weights is three times each of the H factors of every path.",
        ),
        Mistake(
            "odd_in_a_layer",
            _scaling(sign="x (-1)"),
            "Homogeneous means for positive factors. A negative one flips all pre-activations of the layer, other "
            "neurons are on, and other paths open: the old output does not tell the new one.",
        ),
        Mistake(
            "loss_homogeneous",
            _scaling(loss="x 3^H"),
            "The output is homogeneous, the hinge loss is not: it has the constant 1 in it, and M changes with the "
            "size of the margins. Think of a sample that is right by a little.",
        ),
        Mistake(
            "loss_unchanged",
            _scaling(loss="x 1"),
            "The *class* of a sample does not change, but its margin does, and the hinge loss looks at margins.",
        ),
        Mistake(
            "neuron_scales",
            _scaling(neuron="x 3"),
            "ReLU passes the factor 3 on, and the outgoing weights take it back: every path through the neuron keeps "
            "its product.",
        ),
    ],
    success="Positive factors travel through a ReLU; negative ones and the constant of the loss do not.",
    hints=("Follow one path: its product of weights, and whether it is open.", "Is relu(-z) a multiple of relu(z)?"),
)
def check_homogeneity(answer):
    """Check what four changes of the weights do to the output (or, in the last, to the mean hinge loss)."""
