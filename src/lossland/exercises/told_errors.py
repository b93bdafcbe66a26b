"""Checkers of chapter 20 on feedback: what a layer is told, through how many weights, and where a narrow layer ends."""

from __future__ import annotations

import numpy as np

from lossland.exercises.answers import Array, Number, Record
from lossland.exercises.checker import Mistake, checker
from lossland.exercises.functions import Function


def _pass(inputs, targets, first, second, last):
    """Activities of both hidden layers, and the derivative of the loss by the outputs."""
    one = np.tanh(inputs @ first.T)
    two = np.tanh(one @ second.T)
    return one, two, (two @ last.T - targets) / len(inputs)


def _first_update(inputs, targets, first, second, last, feedback):
    one, _, error = _pass(inputs, targets, first, second, last)
    return ((1 - one**2) * (error @ feedback.T)).T @ inputs


def _back_propagated(inputs, targets, first, second, last, _feedback):
    one, two, error = _pass(inputs, targets, first, second, last)
    return ((1 - one**2) * (((1 - two**2) * (error @ last)) @ second)).T @ inputs


def _through_the_second(inputs, targets, first, second, last, feedback):
    one, two, error = _pass(inputs, targets, first, second, last)
    return ((1 - one**2) * (((1 - two**2) * (error @ feedback.T)) @ second)).T @ inputs


def _without_slope(inputs, targets, first, second, last, feedback):
    return (_pass(inputs, targets, first, second, last)[2] @ feedback.T).T @ inputs


def _slope_of_the_other(inputs, targets, first, second, last, feedback):
    _, two, error = _pass(inputs, targets, first, second, last)
    return ((1 - two**2) * (error @ feedback.T)).T @ inputs


def _squared_before(inputs, targets, first, second, last, feedback):
    error = _pass(inputs, targets, first, second, last)[2]
    return ((1 - (inputs @ first.T) ** 2) * (error @ feedback.T)).T @ inputs


def _slope_of_the_activity(inputs, targets, first, second, last, feedback):
    one, _, error = _pass(inputs, targets, first, second, last)
    return ((1 - np.tanh(one) ** 2) * (error @ feedback.T)).T @ inputs


def _update_cases(rng):
    cases = []
    for n, inputs, hidden, outputs in ((1, 1, 1, 1), (1, 3, 2, 2), (5, 3, 4, 2), (8, 6, 5, 7)):
        shapes = (n, inputs), (n, outputs), (hidden, inputs), (hidden, hidden), (outputs, hidden), (hidden, outputs)
        cases.append(tuple(rng.normal(size=shape) for shape in shapes))
    return cases


@checker(
    Function(_update_cases, returns=Array()),
    reference=_first_update,
    mistakes=[
        Mistake(
            "back_propagation",
            _back_propagated,
            "This is the true gradient: the error has come back through the transposes of the weights. Here the first "
            "layer is told the error by its own matrix.",
        ),
        Mistake(
            "through_the_second_layer",
            _through_the_second,
            "You tell the second layer, and let it pass the message on. In direct feedback nothing is passed on: "
            "every hidden layer hears the outputs themselves.",
        ),
        Mistake(
            "no_slope",
            _without_slope,
            "A saturated neuron cannot change what it says. What it is told has to be multiplied by its slope.",
        ),
        Mistake(
            "slope_of_the_second_layer",
            _slope_of_the_other,
            "You take the slope of the second hidden layer. The message arrives at the first.",
        ),
        Mistake(
            "slope_from_the_input",
            _squared_before,
            "The slope of tanh is one minus the square of what comes out of the neuron, not of what goes in.",
        ),
        Mistake(
            "tanh_taken_twice",
            _slope_of_the_activity,
            "You take tanh of the activities once more. They are tanh(z) already: the slope is 1 minus their square.",
        ),
        Mistake(
            "not_averaged",
            lambda inputs, *rest: len(inputs) * _first_update(inputs, *rest),
            "You add up over the images. The loss is a mean: divide by their number.",
        ),
        Mistake(
            "downhill",
            lambda *case: -_first_update(*case),
            "The sign is that of a step. Asked for is what stands in the place of the gradient: a step subtracts it.",
        ),
        Mistake(
            "factor_two",
            lambda *case: 2 * _first_update(*case),
            "Twice too large: the loss has one half in front of the square.",
        ),
    ],
    success="Only one line differs from back-propagation, and the transposed weights have gone from it.",
    hints=(
        "The rule has three factors: what is told, the slope of the neuron, and what came into it.",
        "Derivative of the loss by the outputs: `(outputs - targets) / n`, of shape (n, outputs).",
        "Times the transpose of `feedback` it has the shape (n, hidden), as the slopes `1 - h**2` have.",
    ),
)
def check_first_update(answer):
    """Check ``answer(inputs, targets, first, second, last, feedback)``: what direct feedback takes for a gradient."""


_SIZES = {"layer by layer": 5500, "direct": 1500}


@checker(
    Record({name: Number() for name in _SIZES}),
    reference=_SIZES,
    mistakes=[
        Mistake(
            "inputs_are_told",
            {"layer by layer": 83_900, "direct": 9340},
            "You tell the inputs, too. They have no weights in front of them that could learn.",
        ),
        Mistake(
            "outputs_are_told",
            {"layer by layer": 5600, "direct": 1600},
            "The outputs need no feedback: they know their own error.",
        ),
        Mistake(
            "biases",
            {"layer by layer": 5650, "direct": 1650},
            "You count biases. Errors are passed back by matrices alone.",
        ),
        Mistake(
            "the_same",
            {"layer by layer": 5500, "direct": 5500},
            "With direct feedback each matrix goes from the ten outputs to a hidden layer, whatever lies in between.",
            detect=lambda answer: answer["layer by layer"] == answer["direct"],
        ),
        Mistake(
            "exchanged",
            {"layer by layer": 1500, "direct": 5500},
            "You have exchanged the two rules: it is the direct one that goes from the outputs only.",
        ),
    ],
    success="The direct way needs fewer numbers as soon as layers are wider than there are outputs.",
    hints=(
        "Only hidden layers are told anything.",
        "A matrix has as many entries as (units told) x (units that tell).",
    ),
)
def check_feedback_sizes(answer):
    """Check the numbers of entries of all feedback matrices of a network 784-100-50-10, for the two rules."""


def _target_covariance(covariance, target_map):
    return target_map @ covariance @ target_map.T


def _narrow_loss(covariance, target_map, feedback):
    targets = _target_covariance(covariance, target_map)
    cross = feedback @ targets
    return float(np.trace(targets) - np.trace(np.linalg.solve(cross @ feedback.T, cross @ cross.T)))


def _tail(covariance, target_map, feedback):
    return float(np.linalg.eigvalsh(_target_covariance(covariance, target_map))[: -len(feedback)].sum())


def _orthogonal(covariance, target_map, feedback):
    targets = _target_covariance(covariance, target_map)
    basis = np.linalg.qr(feedback.T)[0]
    return float(np.trace(targets) - np.trace(basis.T @ targets @ basis))


def _narrow_cases(rng):
    cases = [(np.eye(2), np.diag([1.0, 2.0]), np.array([[1.0, 1.0]]))]
    for n_inputs, n_outputs, k in ((3, 2, 1), (4, 5, 2), (6, 4, 3), (8, 7, 2)):
        root = rng.normal(size=(n_inputs, n_inputs))
        spread = root @ root.T / n_inputs + 0.1 * np.eye(n_inputs)
        cases.append((spread, rng.normal(size=(n_outputs, n_inputs)), rng.normal(size=(k, n_outputs))))
    return cases


@checker(
    Function(_narrow_cases, returns=Number(atol=1e-7)),
    reference=_narrow_loss,
    mistakes=[
        Mistake(
            "principal_components",
            _tail,
            "This is where back-propagation ends: with the directions in which the targets vary most. Feedback "
            "alignment keeps other directions, whatever they are worth.",
        ),
        Mistake(
            "orthogonal_projection",
            _orthogonal,
            "You decode with the transpose of what encodes. The last layer learns by least squares, and does better: "
            "it uses that the coordinates of the targets are correlated.",
        ),
        Mistake(
            "white_inputs",
            lambda covariance, target_map, feedback: _narrow_loss(np.eye(len(covariance)), target_map, feedback),
            "The covariance of the inputs is missing: directions in which the data vary count more.",
        ),
        Mistake(
            "nothing_learned",
            lambda covariance, target_map, _feedback: float(np.trace(_target_covariance(covariance, target_map))),
            "This is the loss of a network that always answers zero. It does learn something.",
        ),
        Mistake(
            "everything_learned",
            lambda _covariance, _target_map, _feedback: 0.0,
            "A loss of zero: through fewer hidden neurons than there are independent targets that is impossible.",
        ),
        Mistake(
            "what_is_learned",
            lambda covariance, target_map, feedback: (
                float(np.trace(_target_covariance(covariance, target_map)))
                - _narrow_loss(covariance, target_map, feedback)
            ),
            "This is the part of the variance that is explained. The loss is the rest.",
        ),
    ],
    success="The eigenvalues of the data do not occur in it: nobody has asked what is worth keeping.",
    hints=(
        "Call the targets y. By the theorem the hidden neurons know k mixtures of them, and nothing else.",
        "The best linear estimate of y from z = By has the matrix cov(y, z) cov(z, z)^(-1).",
        "What is left is tr cov(y, y) - tr cov(y, z) cov(z, z)^(-1) cov(z, y).",
    ),
)
def check_narrow_loss(answer):
    """Check ``answer(covariance, target_map, feedback)``: loss of a narrow linear network after feedback alignment."""
