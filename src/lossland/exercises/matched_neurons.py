"""Checker of chapter 07: put the neurons of one network in the order of another's."""

from __future__ import annotations

from itertools import permutations

import numpy as np
from scipy.optimize import linear_sum_assignment

from lossland.exercises.answers import Array
from lossland.exercises.checker import Mistake, checker
from lossland.exercises.functions import Function, show

_SEED = 20


def _squares(first, second):
    """Squared distances of every neuron of the first network from every neuron of the second."""
    return ((first[:, None] - second[None]) ** 2).sum(axis=-1)


def _order(first, second):
    return linear_sum_assignment(_squares(first, second))[1]


def _unique(first, second):
    """Whether the best order beats all others clearly (small networks only)."""
    squares, places = _squares(first, second), np.arange(len(first))
    totals = sorted(float(squares[places, list(order)].sum()) for order in permutations(range(len(first))))
    return totals[1] - totals[0] > 1e-3 * totals[1]


def _order_cases(rng):
    cycle = np.array([[1.0, 0.0, 2.0], [0.0, 1.0, -1.0], [3.0, 1.0, 0.5]])
    twins = np.array([[1.0, 0.0, 3.0], [1.0, 0.0, -3.0], [1.0, 0.5, 0.0], [0.0, 2.0, 1.0]])  # differ in c alone
    chain = np.array([[0.0, 0.0, 0.0], [1.0, 0.5, 0.0], [2.0, 0.0, 0.0], [10.0, 0.0, 0.0]])  # all move up, or one far
    cases = [(cycle, cycle[[2, 0, 1]]), (twins, twins[[3, 1, 0, 2]]), (chain[:3], chain[[2, 3, 1]])]
    for n in (8, 20):
        planted = rng.normal(size=(n, 6))
        cases.append((planted, planted[rng.permutation(n)] + 0.02 * rng.normal(size=(n, 6))))
    while len(cases) < 12:  # unrelated networks, whose best order is a compromise
        pair = rng.normal(size=(5, 4)), 1.5 * rng.normal(size=(5, 4)) + 0.5
        if _unique(*pair):
            cases.append(pair)
    return cases


def _greedy(first, second):
    squares, order = _squares(first, second), []
    for row in squares:
        row = row.copy()
        row[order] = np.inf
        order.append(int(row.argmin()))
    return np.array(order)


def _closest_pair_first(first, second):
    squares, order = _squares(first, second), np.zeros(len(first), int)
    for _ in order:
        i, j = np.unravel_index(squares.argmin(), squares.shape)
        order[i] = j
        squares[i], squares[:, j] = np.inf, np.inf
    return order


def _assigned(cost):
    return linear_sum_assignment(cost)[1]


def _total(first, second, order):
    return float(((first - second[order.astype(int)]) ** 2).sum())


def _is_permutation(order):
    return sorted(order.tolist()) == list(range(len(order)))


@checker(
    Function(_order_cases, returns=Array(), seed=_SEED),
    reference=_order,
    mistakes=[
        Mistake(
            "nothing_done",
            lambda first, _second: np.arange(len(first)),
            "You leave the neurons of `second` in the order in which they came.",
        ),
        Mistake(
            "nearest_neighbor",
            lambda first, second: _squares(first, second).argmin(axis=1),
            "Each neuron takes its nearest partner, and some partners are taken twice: that is no permutation, and the "
            "reordered network is another function.",
        ),
        Mistake(
            "greedy",
            _greedy,
            "You give each neuron in turn the nearest partner that is left. The last ones pay for it: the sum over all "
            "pairs can be made smaller. This is an assignment problem.",
            hint="`scipy.optimize.linear_sum_assignment(cost)` solves it.",
        ),
        Mistake(
            "closest_pair_first",
            _closest_pair_first,
            "You take the closest pair of all, then the closest of those left. The last pairs pay for it: the sum over "
            "all pairs can be made smaller. This is an assignment problem.",
            hint="`scipy.optimize.linear_sum_assignment(cost)` solves it.",
        ),
        Mistake(
            "inverse",
            lambda first, second: np.argsort(_order(first, second)),
            "This is the inverse: where the neurons of `second` go. Wanted is which neuron of `second` comes to place "
            "i, so that `second[order]` lies next to `first`.",
        ),
        Mistake(
            "farthest",
            lambda first, second: _assigned(-_squares(first, second)),
            "You found the worst order. A similarity is maximized, a distance minimized.",
        ),
        Mistake(
            "outputs_forgotten",
            lambda first, second: _assigned(_squares(first[:, :-1], second[:, :-1])),
            "You compare what neurons listen to and forget what they say, the last column. Neurons that differ only in "
            "their outputs get mixed up.",
        ),
        Mistake(
            "sorted",
            lambda first, second: np.argsort(second[:, 0])[np.argsort(np.argsort(first[:, 0]))],
            "You sort by the first coordinate. That undoes a permutation of an exact copy, but with noise, or between "
            "independent networks, one coordinate does not know about the others.",
        ),
        Mistake(
            "distances_not_squared",
            lambda first, second: _assigned(np.sqrt(_squares(first, second))),
            "You minimize the sum of distances. The distance of two networks is the root of the sum of *squares*.",
        ),
    ],
    success="An assignment problem has n! candidates and is solved in n³ steps: one hidden layer is matched exactly.",
    hints=(
        "Write the matrix of squared distances between all neurons of the two networks.",
        "Choose one entry in each row and each column with the smallest sum: an assignment problem.",
        "`rows, columns = scipy.optimize.linear_sum_assignment(cost)`; which of the two is the order?",
    ),
)
def check_neuron_order(answer):
    """Check ``answer(first, second)``: the order that brings ``second[order]`` closest to ``first``, rows (l, b, c)."""
    for first, second in _order_cases(np.random.default_rng(_SEED)):
        order, n = answer(first, second), len(first)
        if order.shape != (n,):
            return None  # the comparison with the reference tells the shape
        if not _is_permutation(order):
            return f"For {n} neurons your function returns {show(order)}: each of 0 to {n - 1} has to occur once."
        ratio = _total(first, second, order) / max(_total(first, second, _order(first, second)), 1e-12)
        if ratio > 1 + 1e-9:
            times = f"{ratio:.3g} times" if ratio < 1e3 else "more than a thousand times"
            return f"For {n} neurons the sum of squares with your order is {times} the smallest that is possible."
    return None
