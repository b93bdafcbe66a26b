"""Checkers of chapter 11: the slope chi1 and what it decides, the critical point, the range of gradients.

The reference of each comes from :mod:`lossland.signal_propagation` or, where the answer takes a bare function, from
:func:`lossland.numerics.gaussian_expectation`.  The wrong answers need few digits: a fixed Gauss-Hermite rule will do.
"""

from __future__ import annotations

import math

import numpy as np

from lossland import signal_propagation as sp
from lossland.exercises.answers import Choice, Number, Record
from lossland.exercises.checker import Mistake, checker
from lossland.exercises.functions import Failed, Function
from lossland.exercises.verdict import Verdict
from lossland.numerics import as_activation, gaussian_expectation

_NODES, _WEIGHTS = np.polynomial.hermite_e.hermegauss(160)
_WEIGHTS = _WEIGHTS / math.sqrt(2 * math.pi)
_PLAIN = np.polynomial.hermite.hermgauss(60)


def _mean(function, variance):
    """Expectation of ``function`` of a centered Gaussian, good to the few digits that tell mistakes apart."""
    return float(_WEIGHTS @ function(math.sqrt(variance) * _NODES))


def tanh_derivative(z):
    """Derivative of tanh, a case of :func:`check_chi1`."""
    return 1 - np.tanh(z) ** 2


def erf_derivative(z):
    """Derivative of erf, a case of :func:`check_chi1`."""
    return 2 / math.sqrt(math.pi) * np.exp(-(z**2))


def relu_derivative(z):
    """Derivative of ReLU, a case of :func:`check_chi1`; its square is 1/2 at the kink, so symmetric rules are exact."""
    return np.heaviside(z, math.sqrt(0.5))


def _chi1(q, weight_std, derivative):
    return weight_std**2 * gaussian_expectation(lambda z: derivative(z) ** 2, q, breakpoints=(0.0,)).value


def _chi1_cases(rng):
    cases = [(1.0, 1.0, tanh_derivative), (0.8, 1.5, erf_derivative), (0.7, 1.3, relu_derivative)]
    derivatives = (tanh_derivative, erf_derivative, relu_derivative)
    return cases + [(rng.uniform(0.3, 1.2), rng.uniform(0.7, 2.0), derivatives[i % 3]) for i in range(6)]


def _is_noisy(answer):
    return answer(0.9, 1.2, tanh_derivative) != answer(0.9, 1.2, tanh_derivative)


@checker(
    Function(_chi1_cases, returns=Number(rtol=2e-3)),
    reference=_chi1,
    mistakes=[
        Mistake(
            "monte_carlo",
            lambda q, w, d: _chi1(q, w, d) * (1 + 0.01 * np.random.default_rng().normal()),
            "Two calls with the same arguments give two values: this is a Monte Carlo estimate. It estimates the right "
            "kind of thing, but χ₁ will be compared with 1, and there its noise decides the phase.",
            detect=_is_noisy,
            hint="One-dimensional: `gaussian_expectation`, Gauss-Hermite or a fine grid give many digits.",
        ),
        Mistake(
            "square_of_mean",
            lambda q, w, d: w**2 * _mean(d, q) ** 2,
            "You square the mean of σ'; χ₁ takes the mean of the square. They differ by the variance of "
            "σ'(z) over the neurons, so yours is always too small.",
            hint="At c = 1 both inputs give the same u, so the two factors σ'(u₁)σ'(u₂) are equal.",
        ),
        Mistake(
            "mean_not_squared",
            lambda q, w, d: w**2 * _mean(d, q),
            "This is α_w² E[σ']: one factor σ' is missing. Each of the two inputs contributes one derivative.",
        ),
        Mistake(
            "weight_std_not_squared",
            lambda q, w, d: w * _mean(lambda z: d(z) ** 2, q),
            "`weight_std` is a standard deviation and enters squared: covariances are quadratic in the weights.",
        ),
        Mistake(
            "no_weights",
            lambda q, _w, d: _mean(lambda z: d(z) ** 2, q),
            "The factor α_w² is missing: your value does not depend on `weight_std` at all.",
        ),
        Mistake(
            "length_as_std",
            lambda q, w, d: w**2 * _mean(lambda z: d(z) ** 2, q * q),
            "You evaluate σ'(q·s). The length q is a variance, so the pre-activation is √q·s.",
        ),
        Mistake(
            "divided_by_length",
            lambda q, w, d: w**2 * _mean(lambda z: d(z) ** 2, q) / q,
            "There is a factor 1/q too many. It is in the correlation map, but each derivative of u₁,u₂ brings a "
            "√q that cancels it.",
            hint="Differentiate u₂ with respect to c and collect the powers of √q.",
        ),
        Mistake(
            "wrong_hermite_weight",
            lambda q, w, d: w**2 * float(_PLAIN[1] @ d(math.sqrt(q) * _PLAIN[0]) ** 2) / math.sqrt(math.pi),
            "Your Gaussian has variance 1/2: the nodes of `numpy.polynomial.hermite.hermgauss` belong to the weight "
            "exp(-x²). Stretch them by √2, or take `hermite_e.hermegauss`.",
        ),
    ],
    success="That is the number that decides: the mean square of the slopes, times the variance of the weights.",
    hints=(
        "Differentiate C(c) under the integral; only u₂ depends on c.",
        "Gaussian integration by parts: E[s f(s)] = E[f'(s)], in s₁ and in s₂.",
        "The terms with σσ'' cancel; then let c → 1, where u₁ = u₂.",
    ),
)
def check_chi1(answer):
    """Check ``answer(q, weight_std, derivative)``, the slope of the correlation map at c = 1."""
    shallow, deep = (0.05, 1.0, tanh_derivative), (1.2, 1.0, tanh_derivative)
    near, far = (answer(*case) / _chi1(*case) for case in (shallow, deep))
    if abs(near - 1) < 3e-3 < abs(far - 1):
        return Verdict(
            "incorrect",
            f"Right for short signals, but off by a factor {far:.3f} at q = 1.2: your quadrature is too coarse where "
            "the activation saturates. Take more nodes, or a finer and wider grid.",
            mistake="coarse_quadrature",
        )
    return None


_STABILITY = Choice(("stable", "unstable", "undecided"))


def _stability(below="stable", at="undecided", above="unstable"):
    return {"below one": below, "at one": at, "above one": above}


@checker(
    Record({"below one": _STABILITY, "at one": _STABILITY, "above one": _STABILITY}),
    reference=_stability(),
    mistakes=[
        Mistake(
            "swapped",
            _stability("unstable", "undecided", "stable"),
            "The other way round: a slope below one shrinks a small deviation from c = 1 in every layer.",
        ),
        Mistake(
            "stable_at_one",
            _stability(at="stable"),
            "At slope exactly one the linear term neither shrinks nor grows, so it cannot decide. That correlation "
            "maps do attract there, slower than any exponential, follows from convexity, not from the slope.",
        ),
        Mistake(
            "unstable_at_one",
            _stability(at="unstable"),
            "At slope exactly one the linear term cannot decide, and ReLU at `weight_std` = √2 is a "
            "counterexample: there 1 - c_k ≈ 9π²/(2k²) goes to zero.",
        ),
        Mistake(
            "always_stable",
            _stability(at="stable", above="stable"),
            "That c = 1 is a fixed point for every slope does not make it attract: a pencil on "
            "its tip is in equilibrium.",
        ),
    ],
    success="And the middle case is where the most interesting networks live.",
    hints=("Put c = 1-ε and expand to first order in ε.",),
)
def check_stability(answer):
    """Check what a slope below, at and above one says about the fixed point c = 1."""


def _critical_weight_std(bias_std, activation):
    return sp.critical_line(bias_std, activation)


def _derivative_square(activation):
    return lambda z: as_activation(activation).derivative(z) ** 2


@checker(
    Function([(0.3, "tanh"), (0.2, "erf"), (0.5, "tanh"), (0.4, "erf"), (0.137, "tanh")], returns=Number(rtol=5e-4)),
    reference=_critical_weight_std,
    mistakes=[
        Mistake(
            "variance_returned",
            lambda h, f: sp.critical_line(h, f) ** 2,
            "You return the critical variance α_w²; `weight_std` is its square root.",
        ),
        Mistake(
            "bias_variance_assumed",
            lambda h, f: sp.critical_line(math.sqrt(h), f),
            "You read `bias_std` as a variance. It is a standard deviation: α_h² = `bias_std**2` enters the map.",
        ),
        Mistake(
            "length_zero",
            lambda _h, f: 1 / math.sqrt(_mean(_derivative_square(f), 1e-12)),
            "You evaluate χ₁ at q = 0, as if there were no bias. With a bias q* > 0, the neurons saturate, "
            "and larger weights are needed.",
            hint="Solve for q* again at every trial value of `weight_std`.",
        ),
        Mistake(
            "length_one",
            lambda _h, f: 1 / math.sqrt(_mean(_derivative_square(f), 1.0)),
            "You evaluate χ₁ at q = 1. The signal does not keep its input length: use q* of the same "
            "`weight_std` and `bias_std`.",
        ),
        Mistake(
            "he_rule",
            lambda _h, _f: math.sqrt(2.0),
            "√2 is the critical point of ReLU, where half of the slopes are 0 and half 1. Other activations have "
            "another one.",
        ),
        Mistake(
            "coarse_scan",
            lambda h, f: round(sp.critical_line(h, f), 1),
            "Close, but a scan in steps of 0.1 is too coarse: deep networks feel χ₁^K, so 3 % per layer are a "
            "factor 20 after 100 layers. Use a root finder, `scipy.optimize.brentq`.",
        ),
    ],
    success="At this point the test has been passed: χ₁ = 1 to the accuracy asked for.",
    hints=(
        "Two nested problems: for each trial `weight_std` there is a q*, and χ₁ is evaluated there.",
        "χ₁-1 changes sign between `weight_std` 0.8 and 3.",
        "Define `excess(w)` as `sp.chi1(sp.q_star(w, bias_std, activation).value, w, activation) - 1`, and give it to "
        "`scipy.optimize.brentq`.",
    ),
)
def check_critical_point(answer):
    """Check ``answer(bias_std, activation)``, the weight_std on the critical line; judged by chi1 there."""
    for bias_std, activation in ((0.3, "tanh"), (0.4, "erf")):
        weight_std = answer(bias_std, activation)
        if not 0.3 < weight_std < 10:
            return f"For bias_std = {bias_std:g} you return {weight_std:.4g}: is that in the range you searched?"
        chi1 = sp.chi1(sp.q_star(weight_std, bias_std, activation).value, weight_std, activation)
        if abs(chi1 - 1) > 2e-3:
            side = "chaotic" if chi1 > 1 else "ordered"
            return (
                f"For {activation} with bias_std = {bias_std:g} your weight_std = {weight_std:.4f} gives "
                f"χ₁ = {chi1:.4f}, so it lies in the {side} phase, not on the line."
            )
    return None


def _gradient_budget(chi1, smallest, largest):
    if chi1 == 1:
        return math.inf
    return math.floor(2 * math.log(smallest if chi1 < 1 else largest) / math.log(chi1))


def _ratio_of_logs(chi1, smallest, largest, *, power=0.5, swap=False):
    bound = largest if (chi1 > 1) != swap else smallest
    return abs(math.log(bound) / (power * math.log(chi1)))


def _budget_cases(rng):
    half, single = (2.0**-14, 65504.0), (2.0**-126, 3.4e38)
    cases = [(0.5, *half), (1.5, *half), (0.9, *single), (1.2, *single)]
    return cases + [(float(chi1), *half) for chi1 in (*rng.uniform(0.4, 0.95, 3), *rng.uniform(1.05, 2.0, 3))]


@checker(
    Function(_budget_cases, returns=Number(rtol=1e-9, allow_infinite=True)),
    reference=_gradient_budget,
    mistakes=[
        Mistake(
            "squared_norm",
            lambda x, a, b: math.floor(_ratio_of_logs(x, a, b, power=1.0)),
            "You let the squared norm run to the limit, and lose half of the depth: χ₁ multiplies "
            "|δ|², so an entry of δ changes by √χ₁ per layer.",
        ),
        Mistake(
            "rounded_up",
            lambda x, a, b: math.ceil(_ratio_of_logs(x, a, b)),
            "One layer too many: after the last layer that you count the entry is already out of range. Round down.",
        ),
        Mistake(
            "not_a_whole_number",
            lambda x, a, b: _ratio_of_logs(x, a, b),
            "That is the crossing point, not a number of layers: round down to a whole one.",
        ),
        Mistake(
            "bounds_swapped",
            lambda x, a, b: math.floor(_ratio_of_logs(x, a, b, swap=True)),
            "You compare with the wrong end of the range: χ₁ < 1 runs into the smallest number, χ₁ > 1 into the "
            "largest.",
        ),
        Mistake(
            "negative_depth",
            lambda x, a, b: -_gradient_budget(x, a, b),
            "A negative number of layers: both logarithms have the same sign, so their ratio is positive.",
        ),
    ],
    success="Off the critical line depth is a budget, and the format of your numbers sets it.",
    hints=(
        "An entry starts at 1 and is multiplied by √χ₁ in each layer.",
        "Solve χ₁^(k/2) = bound for k with logarithms; which bound depends on the phase.",
        "`math.floor`, and one case of its own for χ₁ = 1.",
    ),
)
def check_gradient_budget(answer):
    """Check ``answer(chi1, smallest, largest)``, the number of layers a gradient survives in a number format."""
    if any(answer(*case) != _gradient_budget(*case) for case in _budget_cases(np.random.default_rng(1))):
        return None
    try:
        at_one = answer(1.0, 2.0**-14, 65504.0)
    except Failed:
        at_one = None
    if at_one == math.inf:
        return None
    return Verdict(
        "incorrect",
        "At χ₁ = 1 no layer changes the size of a gradient: the budget there is infinite, `math.inf`. The formula "
        "divides by ln 1 = 0, so this case needs a line of its own.",
        mistake="no_special_case_at_one",
    )
