"""Checker of chapter 07: bend a path around a hill, in landscapes of two dimensions."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.optimize import minimize

from lossland.exercises.answers import Array
from lossland.exercises.checker import Mistake, checker
from lossland.exercises.functions import Function

_T = np.linspace(0, 1, 101)[:, None]
_HEIGHT = 0.15  # how much of the hill may be left


class Valley(NamedTuple):
    """A landscape over the plane with a curved valley, as a function of points (..., 2).

    The loss is ``depth * (v - curvature * (half**2 - u**2))**2`` in coordinates (u, v) that are turned by ``angle`` and
    shifted to ``center``: zero on a parabola, through the two ends at u = -half and u = half.
    """

    center: tuple[float, float]
    angle: float
    curvature: float
    half: float = 1.0
    depth: float = 1.0

    def __call__(self, points):
        """Loss at points (..., 2)."""
        along, across = self.coordinates(points)
        return self.depth * (across - self.curvature * (self.half**2 - along**2)) ** 2

    def coordinates(self, points):
        """Coordinates along and across the line of the ends."""
        shifted = np.asarray(points, float) - np.array(self.center)
        cos, sin = np.cos(self.angle), np.sin(self.angle)
        return shifted @ np.array([cos, sin]), shifted @ np.array([-sin, cos])

    def point(self, along, across):
        """The point with given coordinates."""
        cos, sin = np.cos(self.angle), np.sin(self.angle)
        return np.array(self.center) + along * np.array([cos, sin]) + across * np.array([-sin, cos])


FIRST = Valley((0.0, 0.0), 0.0, 1.0)


def _valleys(rng):
    drawn = [
        Valley(
            tuple(rng.uniform(-3, 3, 2)),
            float(rng.uniform(0.4, 5.8)),
            float(rng.choice([-1, 1]) * rng.uniform(0.5, 2)),
            float(rng.uniform(0.7, 1.5)),
            float(rng.uniform(0.5, 5)),
        )
        for _ in range(5)
    ]
    return [FIRST, Valley((0.0, 0.0), 0.0, -1.0), *drawn]


def _case(valley):
    return valley, valley.point(-valley.half, 0.0), valley.point(valley.half, 0.0)


def _bend_cases(rng):
    return [_case(valley) for valley in _valleys(rng)]


_CASES = _bend_cases(np.random.default_rng(20))


def bezier(start, bend, end):
    """Points (101, 2) of the quadratic Bezier curve."""
    return (1 - _T) ** 2 * start + 2 * _T * (1 - _T) * bend + _T**2 * end


def hill_left(valley, start, bend, end):
    """Highest loss on the bent path, as a share of the highest loss on the segment."""
    straight = valley(bezier(start, (start + end) / 2, end)).max()
    return float(valley(bezier(start, bend, end)).max() / straight)


def _bend(loss, start, end):
    def mean_loss(bend):
        return float(np.mean(loss(bezier(start, bend, end))))

    middle, across = (start + end) / 2, np.array([start[1] - end[1], end[0] - start[0]])
    tries = [minimize(mean_loss, middle + side * across, method="Nelder-Mead") for side in (-0.5, 0.5)]
    return min(tries, key=lambda found: found.fun).x


def _bends(answer):
    """For each case the answer in coordinates, the excess it leaves, and the case."""
    found = []
    for valley, start, end in _CASES:
        bend = answer(valley, start, end)
        if bend.shape != (2,):
            return []
        found.append((*valley.coordinates(bend), hill_left(valley, start, bend, end), valley))
    return found


def _all(test):
    def detect(answer):
        found = _bends(answer)
        return bool(found) and all(test(*one) for one in found)

    return detect


def _works(valley, along, across):
    start, end = valley.point(-valley.half, 0.0), valley.point(valley.half, 0.0)
    return hill_left(valley, start, valley.point(along, across), end) < _HEIGHT


def _one_for_all(answer):
    found = _bends(answer)
    works = [left < _HEIGHT for _, _, left, _ in found]
    return bool(found) and works[0] and not all(works)


def _off_center(loss, start, end):
    return start + 3 * (_bend(loss, start, end) - start)


@checker(
    Function(_bend_cases, returns=Array(shape=(2,))),
    reference=_bend,
    unique=False,
    mistakes=[
        Mistake(
            "straight",
            lambda _loss, start, end: (start + end) / 2,
            "Your control point lies on the segment, and so does the whole path: it goes over the hill as before. "
            "Start off the segment; in its middle the slope along the hill may be zero.",
            detect=_all(lambda along, across, _left, v: abs(across) < 0.02 * v.half and abs(along) < 1.1 * v.half),
        ),
        Mistake(
            "point_on_the_path",
            lambda loss, start, end: (_bend(loss, start, end) + (start + end) / 2) / 2,
            "You returned a point in the bottom of the valley. A Bezier curve does not pass through its control point: "
            "in the middle it is at a quarter of each end and half of the control point, so it must be bent twice as "
            "far.",
            detect=_all(
                lambda along, across, left, v: left >= _HEIGHT
                and abs(along) < 0.3 * v.half
                and _works(v, along, 2 * across)
            ),
        ),
        Mistake(
            "wrong_side",
            lambda loss, start, end: start + end - _bend(loss, start, end),
            "You bend to the side where the loss is higher. Look at the loss on both sides, or start a "
            "descent on each.",
            detect=_all(lambda along, across, left, v: left >= _HEIGHT and _works(v, along, -across)),
        ),
        Mistake(
            "too_far",
            lambda loss, start, end: 2 * _bend(loss, start, end) - (start + end) / 2,
            "You bend to the right side, but too far: the path leaves the valley on the other slope.",
            detect=_all(lambda along, across, left, v: left >= _HEIGHT and _works(v, along, across / 2)),
        ),
        Mistake(
            "one_for_all",
            lambda _loss, start, end: (start + end) / 2 + np.array([0.0, 2.0]),
            "Your path works in the first landscape and not in others: valleys are turned, shifted, and curved to "
            "either side. Let the loss decide where to bend.",
            detect=_one_for_all,
        ),
        Mistake(
            "skewed",
            _off_center,
            "Your control point is far beyond one of the ends: the path runs out of the valley there. Minimize the "
            "mean loss over the whole path, not at one end of it.",
            detect=_all(lambda along, _across, left, v: left >= _HEIGHT and abs(along) > 1.1 * v.half),
        ),
    ],
    success="A wall on the segment says nothing about other paths: two dimensions are enough to walk around it.",
    hints=(
        "For a control point p compute the losses on the curve at 101 positions, and take their mean.",
        "Minimize that over p with `scipy.optimize.minimize`; the method Nelder-Mead needs no gradient.",
        "Start twice, on either side of the segment, and keep the better end.",
    ),
)
def check_bend(answer):
    """Check ``answer(loss, start, end)``: a control point whose quadratic Bezier curve avoids the hill on the segment.

    ``loss`` takes points (..., 2); at most 15 % of the hill may be left.
    """
    left = [hill_left(valley, start, answer(valley, start, end), end) for valley, start, end in _CASES]
    worst = int(np.argmax(left))
    if left[worst] >= _HEIGHT:
        where = answer.describe_arguments(_CASES[worst]).split(", ", 1)[1]  # not the loss, which has no short name
        return f"For {where} your path still climbs to {100 * left[worst]:.0f} % of the hill; at most 15 % may be left."
    return None
