"""Checkers of chapter 17 on clouds and copies: has a run crossed, and how far is it from crossing?"""

from __future__ import annotations

from itertools import combinations, permutations

import numpy as np
from scipy.optimize import linear_sum_assignment

from lossland.exercises.answers import Choice, Number
from lossland.exercises.checker import Mistake, checker
from lossland.exercises.functions import Function


def _gaps(center):
    """Distances between the neurons of a layer, infinite on the diagonal."""
    gaps = np.linalg.norm(center[:, None] - center[None], axis=-1)
    np.fill_diagonal(gaps, np.inf)
    return gaps


def _crossed(points, center):
    order = linear_sum_assignment(points @ center.T, maximize=True)[1]
    return bool(np.any(order != np.arange(len(center))))


def _exchanged(center, i, j):
    order = np.arange(len(center))
    order[[i, j]] = j, i
    return center[order]


def _by_pairs(points, center):
    own = np.linalg.norm(points - center)
    pairs = combinations(range(len(center)), 2)
    return any(np.linalg.norm(points - _exchanged(center, i, j)) < own for i, j in pairs)


def _by_neighbors(points, center):
    nearest = np.linalg.norm(points[:, None] - center[None], axis=-1).argmin(axis=1)
    return bool(np.any(nearest != np.arange(len(center))))


def _dearest(points, center):
    order = linear_sum_assignment(points @ center.T)[1]
    return bool(np.any(order != np.arange(len(center))))


def _without_squares(points, center):
    order = linear_sum_assignment(np.linalg.norm(points[:, None] - center[None], axis=-1))[1]
    return bool(np.any(order != np.arange(len(center))))


def _by_radius(points, center):
    return bool(np.linalg.norm(points - center) > _gaps(center).min() / 2**0.5)


def _by_own_step(points, center):
    return bool(np.any(np.linalg.norm(points - center, axis=1) > _gaps(center).min(axis=1) / 2))


def _search(rng, wanted):
    """A layer of three neurons and a point for which the wanted rule is wrong."""
    while True:
        center, points = rng.normal(size=(2, 3, 2))
        costs = sorted(np.linalg.norm(points - center[list(order)]) for order in permutations(range(3)))
        if costs[1] - costs[0] > 0.1 and wanted(points, center) != _crossed(points, center):
            return points, center


def _crossed_cases(rng):
    center = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 3.0]])
    cases = [(center, center), (_exchanged(center, 0, 1), center), (center[[1, 2, 0]], center)]
    cases += [(center + np.array([0.0, 50.0]), center)]  # far away, and nowhere nearer to another copy
    for share in (0.3, 0.49, 0.51, 0.7):  # before and beyond half way
        cases.append(((1 - share) * center + share * _exchanged(center, 0, 2), center))
    cases += [_search(rng, rule) for rule in (_by_pairs, _by_neighbors, _by_radius, _by_own_step) for _ in range(2)]
    for _ in range(4):
        large = rng.normal(size=(20, 3))
        cases.append((large + 0.05 * rng.normal(size=3) + 1e-3 * rng.normal(size=large.shape), large))
        cases.append((_exchanged(large, 3, 11) + 1e-3 * rng.normal(size=large.shape), large))
    return cases


@checker(
    Function(_crossed_cases, returns=Choice((True, False))),
    reference=_crossed,
    mistakes=[
        Mistake(
            "always_away",
            lambda _points, _center: True,
            "You find a crossing everywhere, even where the run has not moved at all.",
        ),
        Mistake(
            "never_away",
            lambda _points, _center: False,
            "You find no crossing anywhere, even where two neurons have changed places exactly.",
        ),
        Mistake(
            "distance_from_the_center",
            _by_radius,
            "You compare how far the run is from its center with half the distance of the next copy. It may be far "
            "away in a direction that leads to no copy: compare its distances from the copies.",
        ),
        Mistake(
            "one_neuron_at_a_time",
            _by_own_step,
            "You ask how far each neuron has moved. If all move together, far, none has come nearer to the place of "
            "another in the sense that counts.",
        ),
        Mistake(
            "nearest_neighbor",
            _by_neighbors,
            "You give each neuron the nearest place. Two may want the same one, and a copy has every neuron once: "
            "choose the places together.",
        ),
        Mistake(
            "pairs_only",
            _by_pairs,
            "You try exchanges of two. There are points for which no exchange of two comes nearer, and a cycle of "
            "three does.",
            hint="All w! copies at once are an assignment problem.",
        ),
        Mistake(
            "dearest_assignment",
            _dearest,
            "You take the assignment with the smallest sum of inner products: that is the farthest copy. Ask for the "
            "largest sum, or for the smallest sum of squared distances.",
        ),
        Mistake(
            "distances_not_squared",
            _without_squares,
            "You add up the distances of the neurons. The squared distance of two layers is the sum of the squared "
            "distances of their neurons; without the squares another order may come out best.",
        ),
    ],
    success="One assignment problem looks at all w! copies, and radius and distance do not occur in it.",
    hints=(
        "The copies of `center` are its rows in all orders. Which of them is nearest to `points`?",
        "The sum of squares to a copy is smallest where the sum of inner products is largest.",
        "`scipy.optimize.linear_sum_assignment(points @ center.T, maximize=True)` gives the order of the best copy.",
    ),
)
def check_crossed(answer):
    """Check ``answer(points, center)``: whether another copy than ``center`` itself is nearest to ``points``."""


def _lines(points):
    """For each pair the line to its copy: indices, unit vector in the space of all neurons, distance."""
    for i, j in combinations(range(len(points)), 2):
        line = _exchanged(points, i, j) - points
        length = float(np.linalg.norm(line))
        yield i, j, line / length, length


def _width(displacements, unit):
    return float(np.sqrt(np.mean(np.sum(displacements * unit, axis=(-2, -1)) ** 2)))


def _margin(points, displacements):
    return min(length / 2 / _width(displacements, unit) for _, _, unit, length in _lines(points))


def _radius(displacements):
    return float(np.sqrt(np.mean(np.sum(displacements**2, axis=(-2, -1)))))


def _nearest(points):
    return min(_lines(points), key=lambda line: line[3])


def _margin_cases(rng):
    cases = []
    for w, dimension in ((2, 1), (2, 3), (3, 2), (5, 4), (8, 3)):
        points = rng.normal(size=(w, dimension))
        cloud = rng.normal(size=(40, w, dimension)) * rng.uniform(0.05, 1.0, size=(w, dimension))
        cases.append((points, cloud - cloud.mean(axis=0)))
    flat = np.array([[0.0, 0.0, 0.0], [1.0, 0.0, 0.0], [0.0, 1.5, 0.0]])
    shared = 0.02 * rng.normal(size=(30, 3, 3)) + 5 * rng.normal(size=(30, 1, 1)) * [0.0, 0.0, 1.0]
    wide = 0.02 * rng.normal(size=(30, 3, 3)) * [1.0, 40.0, 1.0]  # toward the farther copy
    return [*cases, *((flat, cloud - cloud.mean(axis=0)) for cloud in (shared, wide))]


def _neuron_alone(points, displacements):
    found = []
    for i, j, _, _ in _lines(points):
        gap = points[j] - points[i]
        for k in (i, j):
            width = np.sqrt(np.mean((displacements[:, k] @ gap / np.linalg.norm(gap)) ** 2))
            found.append(np.linalg.norm(gap) / 2 / width)
    return float(min(found))


@checker(
    Function(_margin_cases, returns=Number()),
    reference=_margin,
    mistakes=[
        Mistake(
            "radius",
            lambda points, displacements: _nearest(points)[3] / 2 / _radius(displacements),
            "You divide by the radius of the cloud, which adds up the widths of all its directions. Only the width "
            "along the line to the copy brings the run nearer to it.",
        ),
        Mistake(
            "mean_width",
            lambda points, displacements: _nearest(points)[3] / 2 / _radius(displacements) * points.size**0.5,
            "You divide by the width of an average direction. The cloud is no ball: take the width along the line.",
        ),
        Mistake(
            "nearest_copy_only",
            lambda points, displacements: _nearest(points)[3] / 2 / _width(displacements, _nearest(points)[2]),
            "You take the nearest copy. A farther one may lie in a direction in which the cloud is wider.",
        ),
        Mistake(
            "full_distance",
            lambda points, displacements: 2 * _margin(points, displacements),
            "You take the whole distance. The other copy is nearer from half way on.",
        ),
        Mistake(
            "distance_of_neurons",
            lambda points, displacements: _margin(points, displacements) / 2**0.5,
            "You take the distance of the two neurons. The copy is farther away by √2, since both of them move.",
        ),
        Mistake(
            "one_neuron_moves",
            _neuron_alone,
            "You let one neuron of the pair move. The line to the copy moves both, in opposite directions: it is their "
            "difference that counts.",
        ),
        Mistake(
            "line_not_of_length_one",
            lambda points, displacements: min(
                length / 2 / _width(displacements, unit * length / 2**0.5) for _, _, unit, length in _lines(points)
            ),
            "You project on the difference of the neurons as it is. To measure a width in the units of the distance, "
            "project on a line of length one.",
        ),
        Mistake(
            "divided_by_one_less",
            lambda points, displacements: (
                _margin(points, displacements) * ((len(displacements) - 1) / len(displacements)) ** 0.5
            ),
            "You divide by T - 1. The width is the root of the mean square over all T displacements: `np.std` does "
            "that, without `ddof=1`.",
        ),
        Mistake(
            "largest",
            lambda points, displacements: max(d / 2 / _width(displacements, u) for _, _, u, d in _lines(points)),
            "You take the largest. The copy that is reached first has the least margin.",
        ),
    ],
    success="Half a distance over a width on the same line: how many standard deviations are missing.",
    hints=(
        "The line from the layer to a copy is `points[order] - points`, a matrix; its length is the distance.",
        "The width on the line: project every displacement on its unit vector, and take the root mean square.",
        "Half the length over the width, for all pairs; the smallest one counts.",
    ),
)
def check_margin(answer):
    """Check ``answer(points, displacements)``: the least margin of a cloud toward copies with two neurons exchanged."""
