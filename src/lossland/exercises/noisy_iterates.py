"""Checkers of chapter 13 on single runs and their law: the sign of the noise, and the variance in equilibrium."""

from __future__ import annotations

import numpy as np

from lossland.exercises.answers import Array, Number
from lossland.exercises.checker import Mistake, checker
from lossland.exercises.functions import Function


def _descend(hessian, noise, learning_rate, start, *, sign=-1.0, rate=None, turn=None):
    theta = np.array(start, dtype=float)
    for shock in noise:
        kick = shock if turn is None else turn @ shock
        theta = theta - learning_rate * hessian @ theta + sign * (learning_rate if rate is None else rate) * kick
    return theta


def _every_iterate(hessian, noise, learning_rate, start):
    return np.array([_descend(hessian, noise[: t + 1], learning_rate, start) for t in range(len(noise))])


def _descent_cases(rng):
    cases = [
        (np.array([[1.0]]), np.array([[1.0]]), 0.1, np.array([0.0])),
        (np.array([[0.5]]), np.full((30, 1), 0.2), 0.1, np.array([1.0])),
    ]
    for n in (2, 3, 5):
        frame, _ = np.linalg.qr(rng.standard_normal((n, n)))
        hessian = (frame * np.geomspace(1.0, 0.05, n)) @ frame.T
        noise = rng.standard_normal((12, n)) + 0.3
        cases.append((hessian, noise, float(rng.uniform(0.2, 1.8)), rng.standard_normal(n)))
    return cases


@checker(
    Function(_descent_cases, returns=Array(rtol=1e-8, atol=1e-10)),
    reference=_descend,
    mistakes=[
        Mistake(
            "uphill_noise",
            lambda h, e, rate, start: _descend(h, e, rate, start, sign=1.0),
            "You add the noise. It is part of the gradient, and a step goes against the gradient, noise included: in "
            "Equation 13 of the paper the sign is that of an ascent.",
        ),
        Mistake(
            "every_iterate",
            _every_iterate,
            "You return a table, as if for the iterates after every step. Asked for is the last one alone, an array as "
            "long as `start`.",
            detect=lambda answer: sorted(answer(np.eye(2), np.ones((7, 2)), 0.1, np.ones(2)).shape) in ([2, 7], [2, 8]),
        ),
        Mistake(
            "noise_without_step",
            lambda h, e, rate, start: _descend(h, e, rate, start, rate=1.0),
            "The noise enters at full size. It is noise of the gradient, so the learning rate multiplies it, too.",
        ),
        Mistake(
            "noise_of_the_optimum",
            lambda h, e, rate, start: _descend(h, e, rate, start, turn=h),
            "You multiply the noise by the Hessian. That is a noise that shifts the optimum; here it is added to the "
            "gradient as it is.",
        ),
        Mistake(
            "reversed_order",
            lambda h, e, rate, start: _descend(h, e[::-1], rate, start),
            "The oldest noise has been damped most often: in your sum the weights run the other way in time.",
        ),
        Mistake(
            "start_forgotten",
            lambda h, e, rate, start: _descend(h, e, rate, 0 * np.asarray(start)),
            "Your iterate does not depend on the start. It is forgotten exponentially fast, not at once.",
        ),
        Mistake(
            "one_step_short",
            lambda h, e, rate, start: _descend(h, e[:-1], rate, start),
            "You stop one step too early: T noises make T steps.",
        ),
    ],
    success="One step of descent, iterated: a vector autoregression.",
    hints=(
        "The gradient that is seen is H theta + eps, with eps the row of `noise` that belongs to the step.",
        "theta <- theta - learning_rate * (H theta + eps), row by row.",
    ),
)
def check_noisy_descent(answer):
    """Check ``answer(hessian, noise, learning_rate, start)``, the last iterate: one step for each row of noise."""


def _variance(eigenvalue, noise_variance, learning_rate):
    return learning_rate * noise_variance / (eigenvalue * (2 - learning_rate * eigenvalue))


def _variance_cases(rng):
    cases = [(1.0, 1.0, 0.9), (2.0, 1.0, 0.1), (1.0, 4.0, 1.5), (0.1, 1.0, 0.1)]
    return cases + [(float(a), float(v), float(x / a)) for a, v, x in rng.uniform(0.1, 1.9, (12, 3))]


@checker(
    Function(_variance_cases, returns=Number(rtol=1e-6)),
    reference=_variance,
    mistakes=[
        Mistake(
            "small_steps_only",
            lambda a, v, rate: rate * v / (2 * a),
            "That is the limit of small steps. At a product of 0.9 of step and curvature the right number is 1.82 "
            "times as large: keep the square of the step in the equation for the variance.",
        ),
        Mistake(
            "printed_radius",
            lambda a, v, rate: rate * v / a,
            "This is the squared radius of Equation 22 as printed, about twice too much: an iterate is damped, and the "
            "variance that goes in by one step is lost at the rate of 2 learning_rate * eigenvalue.",
        ),
        Mistake(
            "energy",
            lambda a, v, rate: rate * v / (2 - rate * a),
            "That is the temperature, eigenvalue times variance. Divide by the curvature once more.",
        ),
        Mistake(
            "increments",
            lambda a, v, rate: 2 * rate**2 * v / (2 - rate * a),
            "That is the variance of one step, not of the place: increments hardly know the curvature.",
        ),
        Mistake(
            "average_of_the_noise",
            lambda a, v, rate: rate * a * v / (2 - rate * a),
            "That is the variance of the exponential average of the noise. The iterate is that average divided by the "
            "curvature.",
        ),
        Mistake(
            "standard_deviation",
            lambda a, v, rate: _variance(a, v, rate) ** 0.5,
            "That is the standard deviation. Asked for is its square.",
        ),
        Mistake(
            "noise_not_squared",
            lambda a, v, rate: _variance(a, v**0.5, rate),
            "`noise_variance` is a variance already: do not take its root.",
        ),
        Mistake(
            "first_order_loss",
            lambda a, v, rate: rate * v / (a * (1 - rate * a)) if abs(rate * a - 1) > 1e-9 else 0.0,
            "The factor (1 - x)² = 1 - x(2 - x) of one step loses x(2 - x), not x(1 - x), of the variance.",
        ),
    ],
    success="Exact for every step up to 2 over the curvature, where it becomes infinite.",
    hints=(
        "In equilibrium the variance before and after a step is the same: V = (1 - x)² V + ...",
        "V = (1 - x)² V + learning_rate² noise_variance, with x = learning_rate * eigenvalue. Solve for V.",
    ),
)
def check_stationary_variance(answer):
    """Check ``answer(eigenvalue, noise_variance, learning_rate)``, the variance of iterates in equilibrium."""
