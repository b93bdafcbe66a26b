"""Checkers of chapter 02, continued: the linear verdict, escape from a saddle, an end that is no minimum."""

from __future__ import annotations

import math

import numpy as np

from lossland import descent
from lossland.exercises.answers import Array, Choice, Number, Record
from lossland.exercises.checker import Mistake, checker
from lossland.exercises.functions import Function

_VERDICTS = ("converges", "diverges", "undecided")


def _verdict(eigenvalues, learning_rate):
    return descent.linearize(np.diag(eigenvalues), learning_rate).verdict


def _verdict_cases(rng):
    cases = [
        ([1.0, 2.0], 0.1), ([1.0, -0.5], 0.1), ([1.0, 30.0], 0.1), ([1.0, 0.0], 0.1), ([-1.0, 0.0], 0.1),
        ([1.0, 20.0], 0.1), ([3.0], 0.5), ([25.0, 30.0], 0.1), ([0.0], 1.0), ([1.0, 0.0, 30.0], 0.1),
    ]  # fmt: skip
    cases += [(rng.uniform(0.1, 1.9, 4) / rate, rate) for rate in (0.01, 1.0)]
    cases += [(rng.uniform(2.1, 4, 2) / rate, rate) for rate in (0.03, 0.5)]
    return [(np.array(eigenvalues), rate) for eigenvalues, rate in cases]


def _says_converges(answer, *spectra):
    return all(answer(np.array(spectrum), 0.1) == "converges" for spectrum in spectra)


def _decides(answer):
    """Whether an answer is right on what is decided, and decides what is not."""
    shrink, grow = ([1.0, 2.0], [15.0]), ([1.0, 30.0], [1.0, -0.5])
    return _says_converges(answer, *shrink) and all(answer(np.array(e), 0.1) == "diverges" for e in grow)


def _by_sign(eigenvalues, _rate):
    if np.any(eigenvalues < 0):
        return "diverges"
    return "undecided" if np.any(eigenvalues == 0) else "converges"


def _worst(sizes, *, zero="undecided"):
    if np.any(sizes > 1 + 1e-9):
        return "diverges"
    return zero if np.any(sizes > 1 - 1e-9) else "converges"


@checker(
    Function(_verdict_cases, returns=Choice(_VERDICTS)),
    reference=_verdict,
    mistakes=[
        Mistake(
            "sign_only",
            _by_sign,
            "You look at the sign alone, as the slide does. A positive eigenvalue λ gives the factor 1 - αλ, and for "
            "αλ > 2 that is below -1: the iterates jump over the minimum, farther each time. Sizes count, not signs.",
        ),
        Mistake(
            "zero_converges",
            lambda e, a: _worst(np.abs(1 - a * e), zero="converges"),
            "A factor of size exactly 1 neither shrinks nor grows: the linear part is silent, and the next order of "
            "the loss decides.",
            detect=lambda answer: answer(np.array([1.0, 0.0]), 0.1) != "undecided" and _decides(answer),
        ),
        Mistake(
            "one_mode_suffices",
            lambda e, a: "converges" if np.any(np.abs(1 - a * e) < 1) else _verdict(e, a),
            "You say that the run converges as soon as one mode does. Almost every start has a part in each mode.",
            detect=lambda answer: _says_converges(answer, [1.0, -0.5], [1.0, 30.0]),
        ),
        Mistake(
            "upper_bound_only",
            lambda e, a: "converges" if np.all(a * e < 2) else "diverges",
            "You ask for αλ < 2 only. A negative eigenvalue gives the factor 1 + α|λ|, which grows: αλ has to be "
            "positive, too.",
            detect=lambda answer: _says_converges(answer, [1.0, -0.5]) and not _says_converges(answer, [1.0, 30.0]),
        ),
        Mistake(
            "limit_at_one",
            lambda e, a: _worst(np.where(a * e < 0, 2.0, a * e)),
            "Your limit is αλ = 1. Beyond it the iterates change sides in each step, but up to αλ = 2 they still come "
            "closer.",
        ),
        Mistake(
            "undecided_wins",
            lambda e, a: "undecided" if np.any(np.isclose(np.abs(1 - a * e), 1)) else _verdict(e, a),
            "A silent mode does not save a run that another mode carries away: one diverging mode decides.",
        ),
    ],
    success="Right, also for positive curvatures that are too steep for the step.",
    hints=(
        "Each mode is multiplied by 1 - αλ in each step.",
        "Compare |1 - αλ| with 1. One mode above: diverges. None above, one equal: undecided.",
    ),
)
def check_verdict(answer):
    """Check ``answer(eigenvalues, learning_rate)``, the verdict of linearization on gradient descent."""


def _escape(offset, radius, learning_rate, curvature):
    return descent.predicted_escape_steps(offset, radius, learning_rate, curvature)


def _escape_cases(rng):
    cases = [(1e-2, 0.5, 0.1, -1.0), (1e-8, 0.5, 0.1, -1.0), (1e-16, 0.5, 0.1, -1.0), (-1e-4, 0.2, 0.3, -2.0)]
    drawn = [(10.0 ** -rng.uniform(3, 12), rng.uniform(0.1, 1), rng.uniform(0.05, 0.5), -rng.uniform(0.5, 2))
             for _ in range(4)]  # fmt: skip
    return cases + [tuple(map(float, case)) for case in drawn]


def _log_over(offset, radius, divisor):
    return math.log(radius / abs(offset)) / divisor


@checker(
    Function(_escape_cases, returns=Number(rtol=1e-3)),
    reference=_escape,
    mistakes=[
        Mistake(
            "continuous_time",
            lambda y, r, a, c: _log_over(y, r, a * abs(c)),
            "You divide by α|λ|: that is the escape time of the flow. A step multiplies by 1 + α|λ|, whose logarithm "
            "is smaller than α|λ|.",
        ),
        Mistake(
            "decimal_and_natural",
            lambda y, r, a, c: math.log10(r / abs(y)) / math.log1p(a * abs(c)),
            "One logarithm of yours is decimal, the other natural. Their ratio does not depend on the base, if it is "
            "the same one.",
        ),
        Mistake(
            "shrinking_factor",
            lambda y, r, a, c: _log_over(y, r, -math.log(1 - a * abs(c))),
            "You use the factor 1 - α|λ| of a stable mode. The curvature is negative, so 1 - αλ = 1 + α|λ|.",
            detect=lambda answer: all(
                math.isclose(abs(answer(y, 0.5, 0.1, -1.0)), _log_over(y, 0.5, -math.log(0.9)), rel_tol=1e-3)
                for y in (1e-2, 1e-8)
            ),
        ),
        Mistake(
            "radius_forgotten",
            lambda y, _r, a, c: _log_over(y, 1.0, math.log1p(a * abs(c))),
            "You wait until the deviation is 1; it only has to grow from |y₀| to the radius.",
        ),
        Mistake(
            "rounded",
            lambda y, r, a, c: math.ceil(_escape(y, r, a, c)),
            "Right up to rounding: the prediction is a real number, return it as it is.",
            detect=lambda answer: all(
                answer(y, 0.5, 0.1, -1.0) in (math.floor(n), math.ceil(n))
                for y, n in ((y, _escape(y, 0.5, 0.1, -1.0)) for y in (1e-2, 1e-8, 1e-16))
            ),
        ),
        Mistake(
            "linear_growth",
            lambda y, r, a, c: (r - abs(y)) / (a * abs(c) * abs(y)),
            "That would be the time if the deviation grew by the same amount in each step. It grows by one factor.",
        ),
        Mistake(
            "negative_steps",
            lambda y, r, a, c: -_escape(y, r, a, c),
            "A negative number of steps: the deviation grows from |y₀| to the larger radius, so ln(r/|y₀|) > 0.",
        ),
    ],
    success="Sixteen orders of magnitude closer to the stable manifold, and only a few hundred steps longer.",
    hints=(
        "After n steps the deviation is |y₀|(1 + α|λ|)ⁿ.",
        "Take logarithms of both sides of |y₀|(1 + α|λ|)ⁿ = r. Mind the sign of y₀.",
    ),
)
def check_escape_time(answer):
    """Check ``answer(offset, radius, learning_rate, curvature)``, the predicted steps to leave a saddle."""


_LIMIT, _TOL, _BALL = 8000, 1e-6, 0.01
_DONE = " run"  # key under which a run is kept, which no entry of an answer can be
_EXAMPLE = Record({"loss": Function((), returns=Number()), "start": Array(shape=(None,)), "learning_rate": Number()})


def _slope(loss, w, step=1e-5):
    shifts = step * np.eye(w.size)
    return np.array([(loss(w + shift) - loss(w - shift)) / (2 * step) for shift in shifts])


def _run(example):
    """Descend on the student's loss, once; return the end, the norm of its gradient, and the steps."""
    if _DONE not in example:
        example[_DONE] = _descend(example)
    return example[_DONE]


def _descend(example):
    w, loss = example["start"].astype(float), example["loss"]
    for step in range(_LIMIT + 1):
        slope = _slope(loss, w)
        norm = float(np.linalg.norm(slope))
        if norm < _TOL or norm > 1e6 or np.max(np.abs(w)) > 1e6 or step == _LIMIT:
            break
        w = w - example["learning_rate"] * slope
    return w, norm, step


def _lower_nearby(example, end):
    """How much lower the loss gets in a small ball than it could near a minimum, where the gradient bounds it."""
    rng = np.random.default_rng(3)
    directions = np.concatenate([rng.standard_normal((100, end.size)), np.eye(end.size), -np.eye(end.size)])
    directions *= _BALL / np.linalg.norm(directions, axis=1, keepdims=True)
    drop = example["loss"](end) - min(example["loss"](end + move) for move in directions)
    return drop - 2 * _BALL * float(np.linalg.norm(_slope(example["loss"], end)))


def _did_not_move(example):
    end, norm, _ = _run(example)
    return norm < _TOL and np.linalg.norm(end - example["start"]) < 1e-9


def _did_not_arrive(example):
    _, norm, steps = _run(example)
    return _TOL <= norm <= 1e6 and steps == _LIMIT


def _blew_up(example):
    end, norm, _ = _run(example)
    return norm > 1e6 or np.max(np.abs(end)) > 1e6


def _is_minimum(example):
    end, norm, _ = _run(example)
    return norm < _TOL and np.linalg.norm(end - example["start"]) >= 1e-9 and _lower_nearby(example, end) <= 0


def _is_uphill(example):
    return example["learning_rate"] <= 0


def _inflection(w):
    return w[0] ** 3 / (1 + w[0] ** 2) ** 1.5


def _pass(w):
    return w[0] ** 2 / 2 - w[1] ** 2 / 2 + w[1] ** 4 / 4


def _answer(loss, start, learning_rate):
    return {"loss": loss, "start": np.array(start), "learning_rate": learning_rate}


@checker(
    _EXAMPLE,
    reference=_answer(_inflection, [1.0], 0.5),
    unique=False,
    mistakes=[
        Mistake(
            "uphill",
            _answer(_inflection, [1.0], -0.5),
            "Your learning rate is not positive: that is ascent, or standing still.",
            detect=_is_uphill,
        ),
        Mistake(
            "started_there",
            _answer(_pass, [0.0, 0.0], 0.1),
            "Your start is a stationary point already: nothing moves, so nothing converges. Start at some distance.",
            detect=_did_not_move,
        ),
        Mistake(
            "blew_up",
            _answer(lambda w: 5 * w[0] ** 2, [1.0], 0.3),
            "The iterates explode: the loss falls without bound there, or the learning rate is beyond 2/M.",
            detect=_blew_up,
        ),
        Mistake(
            "did_not_arrive",
            _answer(lambda w: np.exp(-w[0]), [0.0], 0.1),
            "After 8000 steps the gradient is not below 1e-6. Either the run creeps (take a larger learning rate) or "
            "it wanders off to infinity, which is no stationary point.",
            detect=_did_not_arrive,
        ),
        Mistake(
            "is_a_minimum",
            _answer(lambda w: w[0] ** 2 / 2, [1.0], 0.5),
            "The run ends at a minimum: no point of a ball of radius 0.01 around it is lower. You need a descent "
            "direction that the run does not see.",
            detect=_is_minimum,
            hint="Either an inflection, reached from above, or a saddle, approached exactly along its ridge.",
        ),
    ],
    time_limit=30.0,
    success="The gradient dies, and there is lower ground within a hundredth. The theorem promises no more than that.",
    hints=(
        "In one dimension: a slope that is nowhere negative, and zero at one point. Bounded below, if you can.",
        "In two dimensions: a saddle, and a start that has no part in the unstable direction.",
        "The loss takes a vector `w`: write `w[0]`, `w[1]`.",
    ),
)
def check_non_minimum(example):
    """Check a loss, a start and a learning rate whose descent converges to a point that is no minimum."""
    end, norm, _ = _run(example)
    if not (norm < _TOL and _lower_nearby(example, end) > 0):
        return "The run does not end at a stationary point with lower points nearby."
    return None
