"""Checkers of chapter 09 on one mode: how long it takes, where it goes, and how slowly."""

from __future__ import annotations

import math

from scipy import integrate

from lossland import linear_networks as ln
from lossland.exercises.answers import Choice, Number, Record
from lossland.exercises.checker import Mistake, checker
from lossland.exercises.functions import Function


def _half_time(target, start, depth, input_variance):
    return float(ln.time_to_reach(target / 2, target, start, depth, input_variance=input_variance))


def _time_along(velocity, end=lambda r, _q0, _k: r / 2):
    """A wrong half time: that of another velocity, or until another strength."""

    def wrong(target, start, depth, input_variance):
        pace = lambda q: 1 / velocity(q, target, depth, input_variance)  # noqa: E731
        return integrate.quad(pace, start, end(target, start, depth), limit=200)[0]

    return wrong


def _right(q, r, k, s):
    return s * k * q ** (2 - 2 / k) * (r - q)


def _weights_between_strengths(target, start, depth, input_variance):
    pace = lambda w: 1 / (input_variance * w ** (depth - 1) * (target - w**depth))  # noqa: E731
    return integrate.quad(pace, start, target / 2, limit=200)[0]


def _plateau(target, start, depth, input_variance):
    if depth < 3:
        return math.log(target / start) / (2 * input_variance * target)
    return start ** ((2 - depth) / depth) / (input_variance * (depth - 2) * target)


def _is_plateau(time):
    cases = [(3.0, 0.1, 2, 1.0), (2.0, 0.05, 3, 1.0), (1.5, 0.2, 4, 2.0)]
    return all(math.isclose(time(*case), _plateau(*case), rel_tol=1e-3) for case in cases)


def _half_time_cases(rng):
    fixed = [(3.0, 0.1, 2, 1.0), (3.0, 0.1, 1, 1.0), (2.0, 0.05, 3, 1.0), (1.5, 0.2, 4, 2.0)]
    for _ in range(8):
        target = float(rng.uniform(0.5, 4.0))
        start, depth = target * float(rng.uniform(0.01, 0.2)), int(rng.integers(1, 7))
        fixed.append((target, start, depth, float(rng.uniform(0.3, 3.0))))
    return fixed


@checker(
    Function(_half_time_cases, returns=Number(rtol=1e-3)),
    reference=_half_time,
    mistakes=[
        Mistake(
            "depth_two_law",
            _time_along(lambda q, r, _k, s: 2 * s * q * (r - q)),
            "You use dq/dt = 2q(r - q) for every depth. That is the law of the square of a weight; for the strength it "
            "holds only if K = 2.",
        ),
        Mistake(
            "one_layer_moves",
            _time_along(lambda q, r, k, s: _right(q, r, k, s) / k),
            "You let one layer learn. All K layers move, and by the product rule the strength moves K times as fast.",
        ),
        Mistake(
            "product_not_squared",
            _time_along(lambda q, r, k, s: s * k * q ** (1 - 1 / k) * (r - q)),
            "The other layers enter twice: once in the gradient of a weight, once in what that weight does to q. Their "
            "product is q^(1-1/K), and you need its square.",
        ),
        Mistake(
            "variance_ignored",
            _time_along(lambda q, r, k, _s: _right(q, r, k, 1.0)),
            "The input variance is missing: the gradient is proportional to it.",
        ),
        Mistake(
            "weight_not_strength",
            _time_along(_right, end=lambda r, q0, k: max(r / 2**k, q0)),
            "You stop when the weight is at half of its final value. Then the strength is r/2^K; asked for is half of "
            "the strength.",
        ),
        Mistake(
            "half_of_the_way",
            _time_along(_right, end=lambda r, q0, _k: (r + q0) / 2),
            "You stop half way between start and target. Half strength is q = r/2, wherever it started.",
        ),
        Mistake(
            "strength_for_weight",
            _weights_between_strengths,
            "That is the velocity of a weight, integrated between strengths. With w as variable the limits are the "
            "K-th roots of the start and of r/2.",
        ),
        Mistake(
            "plateau_alone",
            _plateau,
            "That is the length of the plateau from a very small start. Asked for is the exact time, from any start.",
            detect=_is_plateau,
        ),
        Mistake(
            "sum_of_exponents",
            _time_along(lambda q, r, k, s: s * k * q ** (2 - 1 / k) * (r - q)),
            "Your exponent is 2 - 1/K. With equal weights w = q^(1/K) the product of the K - 1 others is w^(K-1); "
            "square that.",
        ),
    ],
    success="Time is the integral of one over velocity: no differential equation has to be solved step by step.",
    hints=(
        "Equal weights w obey dw/dt = s w^(K-1) (r - w^K).",
        "With q = w^K: dq/dt = K w^(K-1) dw/dt. Write it in q alone.",
        "t is the integral of dq / (dq/dt) from q0 to r/2; `scipy.integrate.quad` does it.",
    ),
)
def check_half_time(answer):
    """Check ``answer(target, start, depth, input_variance)``, the time at which a balanced mode has half strength."""


def _limit(target, depth):
    return target if depth == 1 or target > 0 else 0.0


def _limit_cases(rng):
    fixed = [(3.0, 2), (-0.7, 2), (-0.7, 3), (0.0, 3), (-0.7, 1), (0.4, 5), (-2.0, 4)]
    return fixed + [(float(r), int(k)) for r, k in zip(rng.uniform(-3, 3, 12), rng.integers(1, 7, 12), strict=True)]


@checker(
    Function(_limit_cases, returns=Number()),
    reference=_limit,
    mistakes=[
        Mistake(
            "always_arrives",
            lambda target, _depth: target,
            "You say that every target is reached. Weights that start at 1 and stay equal would have to pass through 0 "
            "for a negative one; how fast do they move there?",
        ),
        Mistake(
            "odd_depths_arrive",
            lambda target, depth: target if target > 0 or depth % 2 else 0.0,
            "A negative number has an odd root, so a solution with equal weights exists for odd K. But the velocity "
            "w^(K-1)(r - w^K) vanishes at w = 0, which lies on the way.",
        ),
        Mistake(
            "one_layer_stuck",
            lambda target, _depth: max(target, 0.0),
            "With one layer there is no product: dw/dt = r - w goes to every target.",
        ),
        Mistake(
            "root_of_the_target",
            lambda target, depth: target ** (1 / depth) if target > 0 else (target if depth == 1 else 0.0),
            "That is the limit of a weight. The strength is the product of K of them.",
        ),
        Mistake(
            "modulus",
            lambda target, depth: target if depth == 1 else abs(target),
            "The sign of the target is not ignored: a strength of |r| has a larger loss than strength 0 if r < 0.",
        ),
        Mistake(
            "stays_at_one",
            lambda target, depth: target if depth == 1 or target > 0 else 1.0,
            "For r < 0 the weights do move: the strength decreases from 1 as long as it is positive.",
        ),
    ],
    success="All of it follows from a velocity of one variable: look for its zeros, and which one comes first.",
    hints=(
        "All weights are equal for ever: one variable w, with w = 1 at the start.",
        "Zeros of w^(K-1)(r - w^K): w = 0 if K ≥ 2, and the K-th roots of r. Which one does w meet first?",
        "Treat K = 1 by itself.",
    ),
)
def check_strength_limit(answer):
    """Check ``answer(target, depth)``, the strength at infinite time under gradient flow from all weights one."""


_CRAWL = {"power_three": -1.0, "power_four": -0.5, "loss_left": 0.245, "zero_target": "global minimum"}


def _crawl(**changes):
    return {**_CRAWL, **changes}


@checker(
    Record({
        "power_three": Number(rtol=1e-2),
        "power_four": Number(rtol=1e-2),
        "loss_left": Number(rtol=1e-3),
        "zero_target": Choice(("global minimum", "stuck")),
    }),
    reference=_CRAWL,
    mistakes=[
        Mistake(
            "powers_of_the_strength",
            _crawl(power_three=-3.0, power_four=-2.0),
            "Those are the powers of the strength. The weight is its K-th root.",
            detect=lambda a: abs(a["power_three"] + 3) < 0.05 and abs(a["power_four"] + 2) < 0.05,
        ),
        Mistake(
            "powers_without_target",
            _crawl(power_three=-0.25, power_four=-1 / 6),
            "These are the powers for r = 0. For r < 0 the factor r - w^K tends to r, not to 0: one power of w less "
            "slows it down.",
            detect=lambda a: abs(a["power_three"] + 0.25) < 0.01 and abs(a["power_four"] + 1 / 6) < 0.01,
        ),
        Mistake(
            "sign_of_the_powers",
            _crawl(power_three=1.0, power_four=0.5),
            "The weight decreases: the powers of t are negative.",
            detect=lambda a: a["power_three"] > 0 and a["power_four"] > 0,
        ),
        Mistake(
            "exponent_of_the_velocity",
            _crawl(power_three=-2.0, power_four=-3.0),
            "Those are exponents of the velocity, w^(K-1). Separate variables and integrate once.",
            detect=lambda a: abs(a["power_three"] + 2) < 0.05 and abs(a["power_four"] + 3) < 0.05,
        ),
        Mistake(
            "loss_without_half",
            _crawl(loss_left=0.49),
            "The quadratic loss of this book has the factor 1/2.",
            detect=lambda a: abs(a["loss_left"] - 0.49) < 1e-3,
        ),
        Mistake(
            "nothing_left",
            _crawl(loss_left=0.0),
            "At strength 0 the loss is that of predicting nothing, and the target is not nothing.",
            detect=lambda a: abs(a["loss_left"]) < 1e-6,
        ),
        Mistake(
            "zero_called_stuck",
            _crawl(zero_target="stuck"),
            "If r = 0 then strength 0 is what is wanted: the mode is slow for K ≥ 3, but on its way to a loss of 0.",
            detect=lambda a: a["zero_target"] == "stuck",
        ),
    ],
    success="Slow, slower, stuck: three different things that look alike in a plot of the loss.",
    hints=(
        "For small w > 0 and r < 0 the velocity is dw/dt ≈ -|r| w^(K-1).",
        "Separate: w^(2-K)/(K-2) = |r| t for late t.",
        "At strength 0 the loss is r²/2.",
    ),
)
def check_slow_approach(answer):
    """Check the powers of t with which a stuck weight vanishes for K = 3 and 4, and the loss left for r = -0.7."""
