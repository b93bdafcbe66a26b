"""Checker of chapter 15: put the neurons of every hidden layer in another order, and keep the function."""

from __future__ import annotations

import numpy as np

from lossland.exercises.answers import Array
from lossland.exercises.checker import Mistake, checker
from lossland.exercises.functions import Function


def _permute(layers, orders):
    moved = np.array(layers, float)
    for k, order in enumerate(np.asarray(orders, int)):
        moved[k] = moved[k][order]  # rows and biases
        moved[k + 1][:, :-1] = moved[k + 1][:, order]
    return moved


def _layer_cases(rng):
    first = np.zeros((3, 3, 4))
    first[:, :, :-1] = np.arange(1.0, 28.0).reshape(3, 3, 3)
    first[:, :, -1] = [[0.1, 0.2, 0.3], [0.4, 0.5, 0.6], [0.7, 0.8, 0.9]]
    cases = [(first, np.array([[1, 2, 0], [2, 0, 1]]))]
    for depth, n in ((2, 3), (3, 4), (3, 5), (4, 5)):  # the first three neurons go round, the others at random
        orders = [np.concatenate([rng.permutation([[1, 2, 0], [2, 0, 1]])[0], 3 + rng.permutation(n - 3)])]
        orders += [np.concatenate([[2, 0, 1], 3 + rng.permutation(n - 3)]) for _ in range(depth - 2)]
        cases.append((rng.normal(size=(depth, n, n + 1)).round(2), np.array(orders)))
    return cases


def _printed(layers, orders):
    moved = _permute(layers, orders)
    moved[-1][:, :-1] = np.asarray(layers)[-1][:, np.argsort(orders[-1])]
    return moved


def _inverses(layers, orders):
    return _permute(layers, [np.argsort(order) for order in orders])


def _biases_left(layers, orders):
    moved = _permute(layers, orders)
    moved[:, :, -1] = np.asarray(layers)[:, :, -1]
    return moved


def _rows_only(layers, orders):
    moved = np.array(layers, float)
    for k, order in enumerate(orders):
        moved[k] = moved[k][order]
    return moved


def _mixed_up(layers, orders):
    moved = np.array(layers, float)
    for k, order in enumerate(orders):
        moved[k][:, :-1] = moved[k][:, order]
        moved[k + 1] = moved[k + 1][order]
    return moved


def _columns_inverted(layers, orders):
    moved = _rows_only(layers, orders)
    for k, order in enumerate(orders):
        moved[k + 1][:, :-1] = moved[k + 1][:, np.argsort(order)]
    return moved


def _columns_only(layers, orders):
    moved = np.array(layers, float)
    for k, order in enumerate(orders):
        moved[k + 1][:, :-1] = moved[k + 1][:, order]
    return moved


def _own_columns(layers, orders):
    moved = np.array(layers, float)
    for k, order in enumerate(orders):
        moved[k] = moved[k][order]
        moved[k][:, :-1] = moved[k][:, order]
    return moved


def _overwriting(layers, orders):
    moved = _permute(layers, orders)
    for place, neuron in enumerate(orders[0]):
        moved[0][place] = layers[0][neuron] if neuron >= place else moved[0][neuron]
    return moved


def _has_twins(answer):
    """Whether a neuron of the first layer comes twice where all were different."""
    layers = np.arange(24.0).reshape(2, 3, 4)
    moved = answer(layers, np.array([[1, 2, 0]]))
    return moved.shape == layers.shape and len(np.unique(moved[0], axis=0)) == 2


def _first_layer_only(layers, orders):
    return _permute(layers, [orders[0], *[np.arange(len(order)) for order in orders[1:]]])


def _outputs_too(layers, orders):
    moved = _permute(layers, orders)
    moved[-1] = moved[-1][orders[-1]]
    return moved


@checker(
    Function(_layer_cases, returns=Array()),
    reference=_permute,
    mistakes=[
        Mistake(
            "nothing_done",
            lambda layers, _orders: np.array(layers, float),
            "Your network is the one that came in: no neuron has changed its place.",
        ),
        Mistake(
            "printed_form",
            _printed,
            "All is right but the last matrix: it needs the inverse there. That is the slip of the printed formula, "
            "and a swap of two neurons cannot see it, because a swap is its own inverse.",
        ),
        Mistake(
            "biases_left",
            _biases_left,
            "The weights are right, and the biases stayed where they were. A bias belongs to its neuron.",
        ),
        Mistake(
            "outgoing_left",
            _rows_only,
            "You moved rows and biases. The next layer still listens to the old places: its columns must follow.",
        ),
        Mistake(
            "columns_inverted",
            _columns_inverted,
            "Rows and columns are moved by different permutations: place i of the layer and column i of the next "
            "matrix must belong to the same neuron. For a swap your function would be right.",
        ),
        Mistake(
            "inverse_everywhere",
            _inverses,
            "The function is kept, but it is another copy: you sent neuron i to place order[i]. Place i takes neuron "
            "order[i].",
        ),
        Mistake(
            "rows_for_columns",
            _mixed_up,
            "Rows and columns are interchanged: here the rows of a matrix are the neurons of its layer, and its "
            "columns those of the layer below.",
        ),
        Mistake(
            "incoming_left",
            _columns_only,
            "You moved what the neurons say and not what they hear: their rows, with the biases, go with them.",
        ),
        Mistake(
            "own_columns",
            _own_columns,
            "You moved rows and columns of one and the same matrix. Its columns belong to the layer below; what the "
            "neurons say is in the columns of the next matrix.",
        ),
        Mistake(
            "overwritten",
            _overwriting,
            "Some neuron is there twice, and another is gone: you wrote over a row before it was read. Read from a "
            "copy.",
            detect=_has_twins,
        ),
        Mistake(
            "first_layer_only",
            _first_layer_only,
            "Only the first hidden layer was put in order. Each hidden layer has an order of its own.",
        ),
        Mistake(
            "outputs_too",
            _outputs_too,
            "You moved the outputs, too. They have labels and stay.",
        ),
    ],
    success="Rows and bias of a neuron move together, and the columns that listen to it follow.",
    hints=(
        "A neuron of layer k owns a row of layer k, with its bias, and a column of layer k + 1.",
        "`moved[k] = moved[k][order]` moves rows and biases at once, since biases are the last column.",
        "Leave the last column of the next layer alone: `moved[k + 1][:, :-1] = moved[k + 1][:, order]`.",
    ),
)
def check_permuted_network(answer):
    """Check ``answer(layers, orders)``: layers (K, n, n + 1), biases in the last column, in the new orders (K-1, n)."""
