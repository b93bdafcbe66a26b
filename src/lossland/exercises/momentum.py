"""Checkers of chapter 01, continued: what the coefficients of heavy ball mean, and the best ones."""

from __future__ import annotations

import math

from lossland import descent as de
from lossland.exercises.answers import Array
from lossland.exercises.checker import Mistake, checker
from lossland.exercises.functions import Function


def _coefficients(learning_rate, momentum):
    h, friction = de.heavy_ball_time_step(learning_rate, momentum)
    return h, friction, learning_rate / (1 - momentum)


_COEFFICIENT_CASES = [(0.1, 0.9), (1e-4, 0.995), (0.04, 0.0), (0.5, 0.3), (2.0, 0.75)]


def _entry(index, wrong):
    """Recognizes answers whose entry ``index`` is the wrong one, whatever the others are."""

    def detect(answer):
        return all(
            math.isclose(answer(a, b)[index], wrong(a, b), rel_tol=1e-4, abs_tol=1e-12) for a, b in _COEFFICIENT_CASES
        )

    return detect


def _replaced(index, wrong):
    def answer(alpha, beta):
        right = list(_coefficients(alpha, beta))
        right[index] = wrong(alpha, beta)
        return right

    return answer


def _exponential(answer):
    pairs = [(a, b) for a, b in _COEFFICIENT_CASES if b > 0]
    return all(math.isclose(answer(a, b)[1], -math.log(b) / math.sqrt(a), rel_tol=1e-4) for a, b in pairs)


def _entry_mistake(name, index, wrong, message, **more):
    return Mistake(name, _replaced(index, wrong), message, detect=_entry(index, wrong), **more)


@checker(
    Function(_COEFFICIENT_CASES, returns=Array(rtol=1e-4, shape=(3,))),
    reference=_coefficients,
    mistakes=[
        _entry_mistake(
            "momentum_is_friction", 1, lambda _a, b: b,
            "You call β the friction. It is what is *kept* of the velocity: the larger β, the smaller the friction.",
        ),
        _entry_mistake(
            "friction_per_step", 1, lambda _a, b: 1 - b,
            "1-β is the part of the velocity lost in one *step*. Friction is a loss per unit of time: divide by the "
            "time step.",
        ),
        _entry_mistake(
            "friction_by_rate", 1, lambda a, b: (1 - b) / a,
            "You divide by α. The equation of motion carries the gradient with h², so α = h², and the time step is √α.",
            hint="Write the recursion with second differences; divide by h².",
        ),
        _entry_mistake(
            "time_step_is_rate", 0, lambda a, _b: a,
            "You take α for the time step. That is right for gradient flow, which is of first order; with inertia the "
            "gradient is an acceleration, and it enters with h².",
        ),
        _entry_mistake(
            "rate_is_terminal_step", 2, lambda a, _b: a,
            "α is the first step on a constant slope. The velocity then grows until friction balances the pull.",
        ),
        _entry_mistake(
            "momentum_added_once", 2, lambda a, b: a * (1 + b),
            "α(1+β) is the second step: momentum 0.9 does not speed up by 1.9. All earlier gradients still count, "
            "with weights β, β², β³, ...",
            hint="Solve v = α·1 + βv.",
        ),
        _entry_mistake(
            "velocity_instead_of_step", 2, lambda a, b: math.sqrt(a) / (1 - b),
            "This is a velocity, step over time step. Asked is the length of a *step*.",
        ),
        _entry_mistake(
            "symmetric_difference", 1, lambda a, b: 2 * (1 - b) / (1 + b) / math.sqrt(2 * a / (1 + b)),
            "You take the velocity from W(n+1) - W(n-1). That describes the same particle to the next order, but the "
            "question is about the difference that stands in the recursion, W(n) - W(n-1) = h ẇ.",
        ),
        Mistake(
            "exponential_decay",
            lambda a, b: (math.sqrt(a), -math.log(b) / math.sqrt(a) if b else 1e9, a / (1 - b)),
            "You set β = e^(-γh), which is how a free particle slows down; -ln β and 1 - β agree for small steps. "
            "Asked is the γ that stands in the recursion: 1 - β = γh.",
            detect=_exponential,
        ),
    ],
    success="β → 1: hardly any friction, a long memory. β = 0: the velocity is the last gradient, and nothing is kept.",
    hints=(
        "Eliminate V: write W(n+1) - W(n) in terms of W(n) - W(n-1) and the gradient.",
        "Bring it to W(n+1) - 2W(n) + W(n-1) = ... and compare with h² ẅ = -h² γ ẇ - h² ∇L.",
        "For the terminal step set V(n+1) = V(n) in V(n+1) = α + βV(n).",
    ),
)  # fmt: skip
def check_heavy_ball_coefficients(answer):
    """Check ``answer(learning_rate, momentum)``: time step, friction, and the final step on a unit slope."""


def _best_heavy_ball(smallest, largest):
    return de.optimal_heavy_ball(smallest, largest)[:2]


_CURVATURE_CASES = [(1.0, 100.0), (0.5, 2.0), (1.0, 1.0), (0.02, 7.0), (3.0, 3e4)]


def _roots(smallest, largest):
    return math.sqrt(smallest), math.sqrt(largest)


def _best_with(alpha=None, beta=None):
    def answer(m, M):
        right = _best_heavy_ball(m, M)
        return (alpha(m, M) if alpha else right[0], beta(m, M) if beta else right[1])

    return answer


@checker(
    Function(_CURVATURE_CASES, returns=Array(rtol=1e-4, atol=1e-12, shape=(2,))),
    reference=_best_heavy_ball,
    mistakes=[
        Mistake(
            "rate_as_momentum",
            _best_with(beta=lambda m, M: de.optimal_heavy_ball(m, M).rate),
            "Your β is the rate ρ = (√κ-1)/(√κ+1). The two roots of a mode have the product β and, at the best "
            "point, equal size ρ: so β = ρ².",
        ),
        Mistake(
            "step_of_gradient_descent",
            _best_with(alpha=lambda m, M: 2 / (m + M)),
            "2/(μ+M) is the best rate without momentum. With the best momentum the step can be nearly twice as large.",
        ),
        Mistake(
            "gradient_descent",
            lambda m, M: (2 / (m + M), 0.0),
            "That is gradient descent at its best, with rate (κ-1)/(κ+1). Momentum replaces κ by √κ.",
        ),
        Mistake(
            "condition_number_without_root",
            _best_with(beta=lambda m, M: ((M - m) / (M + m)) ** 2),
            "Your β has κ where √κ belongs. That is the point of momentum: the condition number enters by its root.",
        ),
        Mistake(
            "nesterov",
            lambda m, M: (1 / M, de.optimal_heavy_ball(m, M).rate),
            "These are the constants of Nesterov's method, which takes its gradient at another point. Polyak's heavy "
            "ball has its own.",
        ),
        Mistake(
            "swapped",
            lambda m, M: _best_heavy_ball(m, M)[::-1],
            "Both numbers are right, but in the other order: first the learning rate, then the momentum.",
        ),
        Mistake(
            "step_not_squared",
            _best_with(alpha=lambda m, M: 4 / (_roots(m, M)[0] + _roots(m, M)[1])),
            "The sum of the roots in α must be squared: α has the unit of one over a curvature.",
        ),
    ],
    success="The condition number has become its root: 100 now costs what 10 did.",
    hints=(
        "A mode has complex roots if (1-√(αλ))² < β; then both have size √β, whatever λ is.",
        "The smallest β for which all λ between μ and M have complex roots is the best one.",
        "(1-√(αμ))² = (1-√(αM))² = β: two equations for α and β.",
    ),
)
def check_optimal_momentum(answer):
    """Check ``answer(smallest, largest)``: the best learning rate and momentum for curvatures in an interval."""
    for smallest, largest in _CURVATURE_CASES:
        alpha, beta = answer(smallest, largest)
        right = de.optimal_heavy_ball(smallest, largest)
        if not (math.isclose(alpha, right[0], rel_tol=1e-4) and math.isclose(beta, right[1], rel_tol=1e-4,
                                                                             abs_tol=1e-9)):  # fmt: skip
            if not (alpha > 0 and 0 <= beta < 1):
                return "A learning rate is positive and a momentum in [0, 1)."
            rate = de.contraction_rate([smallest, largest], alpha, beta)
            told = "diverges" if rate >= 1 else f"shrinks by {rate:.4f} a step"
            return f"For μ = {smallest:g}, M = {largest:g} the slowest mode {told}; {right.rate:.4f} can be reached."
    return None
