"""Checker of chapter 16: undo the shuffling of two layers, where forward and inverse permutation are not the same."""

from __future__ import annotations

import numpy as np
from scipy.optimize import linear_sum_assignment

from lossland.exercises.answers import Array
from lossland.exercises.checker import Mistake, checker
from lossland.exercises.functions import Function, show


def _assign(ours, theirs):
    return linear_sum_assignment(ours @ theirs.T, maximize=True)[1]


def _orders(first, second, first_copy, second_copy, *, carry=lambda order: order):
    """Layer by layer: match the first, bring the columns of the second in its order (``carry``), match the second."""
    order = _assign(first, first_copy)
    columns = carry(order)
    carried = second_copy if columns is None else second_copy[:, columns]
    return np.array([order, _assign(second, carried)])


def _reference(first, second, first_copy, second_copy):
    return _orders(first, second, first_copy, second_copy)


def _rows_carried(first, second, first_copy, second_copy):
    order = _assign(first, first_copy)
    return np.array([order, _assign(second, second_copy[order])])


def _inverted(rows):
    def wrong(*layers):
        orders = _orders(*layers)
        for row in rows:
            orders[row] = np.argsort(orders[row])
        return orders

    return wrong


def _sorted_back(ours, theirs):
    """The order that sorting both by the first column suggests."""
    return np.argsort(theirs[:, 0])[np.argsort(np.argsort(ours[:, 0]))]


def _by_sorting(first, second, first_copy, second_copy):
    order = _sorted_back(first, first_copy)
    return np.array([order, _sorted_back(second, second_copy[:, order])])


def planted(first, second, shuffles, disturbance, rng):
    """Two layers, and their copy shuffled by ``shuffles`` and disturbed, as the arguments of a student's function."""
    one, two = shuffles
    noise = [disturbance * rng.normal(size=layer.shape) for layer in (first, second)]
    return first, second, (first + noise[0])[one], (second + noise[1])[two][:, one]


def three_cycles(n, rng):
    """A permutation of n places that consists of cycles of length three, with at most two places fixed."""
    places, shuffle = rng.permutation(n), np.arange(n)
    for start in range(0, n - 2, 3):
        triple = places[start : start + 3]
        shuffle[triple] = np.roll(triple, 1)
    return shuffle


def _cases(rng):
    cases = []
    for n, n_inputs, disturbance in ((3, 4, 0.0), (6, 8, 0.0), (8, 10, 0.05), (12, 16, 0.15), (20, 30, 0.2)):
        first, second = rng.normal(size=(n, n_inputs)), rng.normal(size=(n, n))
        shuffles = three_cycles(n, rng), three_cycles(n, rng)
        cases.append(planted(first, second, shuffles, disturbance, rng))
    return cases


@checker(
    Function(_cases, returns=Array()),
    reference=_reference,
    mistakes=[
        Mistake(
            "nothing_done",
            lambda first, *_: np.array([np.arange(len(first))] * 2),
            "You leave both layers in the order in which they came.",
        ),
        Mistake(
            "inverse",
            _inverted((0, 1)),
            "Both are the inverse: the place to which a neuron of the copy goes. Wanted is which neuron of the copy "
            "comes to place i. With pairs swapped you would not have noticed.",
        ),
        Mistake(
            "inverse_of_the_first",
            _inverted((0,)),
            "The second order is right, the first one is the inverse of what is wanted.",
        ),
        Mistake(
            "inverse_of_the_second",
            _inverted((1,)),
            "The first order is right, the second one is the inverse of what is wanted.",
        ),
        Mistake(
            "columns_not_carried",
            lambda *layers: _orders(*layers, carry=lambda _order: None),
            "The columns of the second layer belong to the neurons of the first, and these were shuffled. Bring the "
            "columns in order before you compare rows.",
        ),
        Mistake(
            "columns_carried_backwards",
            lambda *layers: _orders(*layers, carry=np.argsort),
            "You reorder the columns of the second layer by the inverse of the first order. Column i belongs to the "
            "neuron that has come to place i.",
        ),
        Mistake(
            "rows_carried",
            _rows_carried,
            "You bring the rows of the second layer in the order of the first. It is its columns that belong to the "
            "neurons of the first layer.",
        ),
        Mistake(
            "sorted_by_the_first_entry",
            _by_sorting,
            "You sort by the first entry. That is right for an exact copy; with a disturbance two rows with close "
            "keys swap. Compare whole rows.",
        ),
        Mistake(
            "one_order_for_both",
            lambda *layers: np.array([_orders(*layers)[0]] * 2),
            "You give both layers the order of the first. They were shuffled independently.",
        ),
        Mistake(
            "layers_exchanged",
            lambda *layers: _orders(*layers)[::-1],
            "Right orders, in the wrong sequence: the order of the first layer comes first.",
        ),
        Mistake(
            "worst_order",
            lambda *layers: _orders(-layers[0], -layers[1], *layers[2:]),
            "You found the most different partners. Inner products are to be large, distances small.",
        ),
    ],
    success="A network with two hidden layers is itself again, and a 3-cycle has seen that no inverse slipped in.",
    hints=(
        "The first layer is an assignment problem by itself: its columns are inputs, and those have names.",
        "Then reorder the columns of the second layer of the copy, as the neurons of the first were.",
        "Try your function on an exact copy and on the example of a 3-cycle, never on a swap alone.",
    ),
)
def check_two_orders(answer):
    """Check ``answer(first, second, first_copy, second_copy)``: the two orders that undo a shuffle of two layers."""
    for layers in _cases(np.random.default_rng(1)):
        orders, right = answer(*layers), _reference(*layers)
        if orders.shape != right.shape:
            return None  # told with the shapes
        for layer, order in zip(("first", "second"), orders, strict=True):
            if np.any(np.sort(order) != np.arange(len(order))):
                last = len(order) - 1
                return f"Your order of the {layer} layer is no permutation of 0 to {last}: {show(order)}."
        if np.any(orders[0] != right[0]):
            return f"With {len(order)} neurons your `first_copy[one]` is not close to `first`. Begin with that order."
        if np.any(orders[1] != right[1]):
            return "The first order is right, but `second_copy[two][:, one]` is not close to `second`."
    return None
