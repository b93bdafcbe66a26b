r"""Programs of elementary operations to count: perceptrons, a recurrent network with shared weights, random graphs.

Each is a pair of a function of a list of parameters, written with + - * / and ``tanh``, and parameters to evaluate it
at; the function takes plain numbers as well as the scalars of :mod:`lossland.descent.operation_count`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from lossland import _checks
from lossland.descent.operation_count import tanh


class ScalarProgram(NamedTuple):
    """A function of W numbers, and W numbers.

    Attributes:
        function: Takes a list of W scalars, returns one.
        parameters: (W,).
    """

    function: Callable
    parameters: np.ndarray


def perceptron_program(widths: Sequence[int], n_samples: int, *, rng: np.random.Generator) -> ScalarProgram:
    r"""Quadratic loss :math:`\sum\frac12(\tilde y-y)^2` of a tanh perceptron, summed over random samples.

    Parameters come layer by layer, weights (row by row) before biases, as in ``networks.to_vector``.

    Args:
        widths: (d_0, ..., d_K); the last layer is linear.
        n_samples: Number of samples P.
        rng: Draws weights, inputs and targets.

    >>> perceptron_program((2, 3, 1), 4, rng=np.random.default_rng(0)).parameters.size
    13
    """
    widths = _checks.layer_widths("widths", widths, at_least=2)
    n_samples = _checks.integer("n_samples", n_samples, low=1)
    layers = [(rng.standard_normal((b, a)) / a**0.5, 0.1 * rng.standard_normal(b)) for a, b in pairwise(widths)]
    inputs = rng.standard_normal((n_samples, widths[0])).tolist()
    targets = rng.standard_normal((n_samples, widths[-1])).tolist()

    def loss(w):
        total = 0.0
        for x, y in zip(inputs, targets, strict=True):
            for prediction, target in zip(_perceptron(widths, w, x), y, strict=True):
                error = prediction - target
                total = error * error * 0.5 + total
        return total

    return ScalarProgram(loss, np.concatenate([part.ravel() for layer in layers for part in layer]))


def _perceptron(widths, w, signal):
    """Outputs of the network for one input; ``w`` is read from the front."""
    position = 0
    for depth, (fan_in, fan_out) in enumerate(pairwise(widths)):
        biases, outputs = position + fan_in * fan_out, []
        for i in range(fan_out):
            total = w[biases + i]
            for j in range(fan_in):
                total = w[position + i * fan_in + j] * signal[j] + total
            outputs.append(total if depth == len(widths) - 2 else tanh(total))
        signal, position = outputs, biases + fan_out
    return signal


def recurrent_program(n_steps: int, *, rng: np.random.Generator) -> ScalarProgram:
    r"""Loss of one recurrent neuron :math:`h_t=\tanh(w h_{t-1}+u x_t+b)` after ``n_steps``: three weights, shared.

    Args:
        n_steps: T; the number of operations grows with it, the number of weights does not.
        rng: Draws weights, inputs and the target.

    >>> recurrent_program(50, rng=np.random.default_rng(0)).parameters.size
    3
    """
    n_steps = _checks.integer("n_steps", n_steps, low=1)
    inputs, target = rng.standard_normal(n_steps).tolist(), float(rng.standard_normal())

    def loss(w):
        state = 0.0
        for x in inputs:
            state = tanh(w[0] * state + w[1] * x + w[2])
        error = state - target
        return error * error * 0.5

    return ScalarProgram(loss, rng.uniform(0.5, 1.5, 3))


def random_program(n_parameters: int, n_operations: int, *, rng: np.random.Generator) -> ScalarProgram:
    """A random graph: each operation takes its arguments anywhere among what there is; the last sums up all loose ends.

    Args:
        n_parameters: W.
        n_operations: Number of random operations, before the final sum.
        rng: Draws the graph and the parameters.

    >>> random_program(4, 30, rng=np.random.default_rng(0)).parameters.size
    4
    """
    n_parameters = _checks.integer("n_parameters", n_parameters, low=1)
    n_operations = _checks.integer("n_operations", n_operations, low=1)
    kinds = rng.choice(["+", "-", "*", "/", "tanh"], n_operations).tolist()
    size = n_parameters + np.arange(n_operations)
    pairs = rng.integers(0, size, (2, n_operations)).T.tolist()

    def loss(w):
        pool, used = list(w), set()
        for kind, (i, j) in zip(kinds, pairs, strict=True):
            used |= {i} if kind == "tanh" else {i, j}
            pool.append(_apply(kind, pool[i], pool[j]))
        total = 0.0
        for index, value in enumerate(pool):
            if index not in used:
                total = tanh(value) + total
        return total

    return ScalarProgram(loss, rng.uniform(0.5, 1.5, n_parameters))


def _apply(kind: str, a, b):
    if kind == "/":
        return a / (b * b + 1.0)
    if kind == "*":
        return tanh(a * b)
    return {"+": lambda: a + b, "-": lambda: a - b, "tanh": lambda: tanh(a)}[kind]()
