"""Checkers of chapter 06, continued: where the catch of the added exponential neuron is, at which rate, and the stall.

The laboratory of the catch is :func:`lossland.wide_networks.scalar_models.tilted_wells` with one sample, x = 0 and
y = -1, the model in its bad minimum, and penalty 0.1.
"""

from __future__ import annotations

import math

from scipy.optimize import brentq

from lossland.exercises.answers import Array, Choice, Number, Record
from lossland.exercises.checker import Mistake, checker
from lossland.exercises.functions import Function
from lossland.wide_networks import one_sample_valley, stall_exponent

REASONS = (
    "the modified loss has no local minimum",
    "the theorem is false",
    "the penalty is too small",
    "the flow was stopped too early",
)

_BAD = brentq(lambda theta: 4 * theta * (theta**2 - 1) + 0.5, 0.5, 1.5)
_GOOD = brentq(lambda theta: 4 * theta * (theta**2 - 1) + 0.5, -1.5, -0.5)


def _prediction(theta):
    return (theta**2 - 1) ** 2 + theta / 2


_GAP = -1 - _prediction(_BAD)
_BAD_LOSS, _GOOD_LOSS = (float((-1 - _prediction(theta)) ** 2 / 2) for theta in (_BAD, _GOOD))


def _limits(**changes):
    return {"model_loss": _BAD_LOSS, "modified_loss": 0.0, "amplitude": 0.0, "shift": math.inf,
            "product": _GAP, "reason": REASONS[0]} | changes  # fmt: skip


_QUANTITY = Number(rtol=2e-3, atol=2e-3, allow_infinite=True)


def _near(value, wanted):
    return math.isclose(value, wanted, rel_tol=2e-3, abs_tol=2e-3)


@checker(
    Record({**dict.fromkeys(("model_loss", "modified_loss", "amplitude", "shift", "product"), _QUANTITY),
            "reason": Choice(REASONS)}),
    reference=_limits(),
    mistakes=[
        Mistake(
            "theorem_trusted",
            _limits(model_loss=_GOOD_LOSS),
            "That is the global minimum of the model's loss. The theorem promises it at a local minimum of the "
            "modified loss; is there one? Run the flow, and look at θ.",
            detect=lambda a: _near(a["model_loss"], _GOOD_LOSS),
        ),
        Mistake(
            "losses_confused",
            _limits(model_loss=0.0),
            "The modified loss goes to zero because the neuron closes the gap. `model_loss` is the loss of the model "
            "*without* the neuron.",
            detect=lambda a: _near(a["model_loss"], 0),
        ),
        Mistake(
            "stuck",
            _limits(modified_loss=_BAD_LOSS),
            "The neuron does close the gap: the modified loss does not stay at the level of the bad minimum.",
            detect=lambda a: not _near(a["modified_loss"], 0),
        ),
        Mistake(
            "shift_converges",
            _limits(shift=8.0),
            "Your b is a value at some finite time. It grows like the logarithm of time, slowly and without bound: "
            "what is its limit?",
            detect=lambda a: math.isfinite(a["shift"]),
            hint="`math.inf` is an answer.",
        ),
        Mistake(
            "shift_the_wrong_way",
            _limits(shift=-math.inf),
            "b goes the other way: the smaller the amplitude, the larger the exponential must be.",
            detect=lambda a: a["shift"] == -math.inf,
        ),
        Mistake(
            "amplitude_stays",
            _limits(amplitude=_GAP),
            "The penalty presses on the amplitude as long as it is not zero. It is the product with exp(b) that stays.",
            detect=lambda a: not _near(a["amplitude"], 0),
        ),
        Mistake(
            "neuron_vanishes",
            _limits(product=0.0),
            "The amplitude goes to zero, but the neuron does not fall silent: a exp(b) stays at what the model is "
            "missing.",
            detect=lambda a: _near(a["product"], 0),
        ),
        Mistake(
            "sign_of_the_gap",
            _limits(product=-_GAP),
            "The sign: the neuron adds a exp(b) to the prediction, which is too *high*.",
            detect=lambda a: _near(a["product"], -_GAP),
        ),
        Mistake(
            "theorem_blamed",
            _limits(reason=REASONS[1]),
            "The theorem is true: whoever finds a local minimum of the modified loss has a global minimum of the "
            "model's. Ask how many local minima there are.",
            detect=lambda a: a["reason"] == REASONS[1],
        ),
        Mistake(
            "penalty_blamed",
            _limits(reason=REASONS[2]),
            "Any positive penalty gives the same: it sets the rate of a, |a| = (4λt)^(-1/2), and not the limit.",
            detect=lambda a: a["reason"] == REASONS[2],
        ),
        Mistake(
            "patience_recommended",
            _limits(reason=REASONS[3]),
            "Waiting does not help: θ sits in a stationary point of the model's loss, and stays there for ever.",
            detect=lambda a: a["reason"] == REASONS[3],
        ),
    ],
    success="True and useless: no bad minimum is left because no minimum is left.",
    hints=(
        "Start the flow with the model in its bad minimum, and print θ, a, b and both losses at t = 10, 10³, 10⁵, 10⁷.",
        "a·∂a - ∂b = 2λa²: at a stationary point a = 0, and then the gap is open.",
        "a → 0, a exp(b) → gap. So b → ?",
    ),
)
def check_catch(answer):
    """Check the limits of the flow from the bad minimum, and the reason."""


def _valley(times, penalty, gap, input_norm, *, inside=1.0, half=0.5, kappa=None):
    kappa = 1 + input_norm**2 if kappa is None else kappa
    growth = 4 * penalty * kappa * times * inside
    return growth**-0.5, half * math.log(growth * gap**2), penalty / growth


def _valley_cases(rng):
    simple = [(1e6, 0.1, -1.5, 0.0), (1e7, 0.5, 2.0, 1.0)]
    return simple + [
        (10 ** rng.uniform(6, 8), rng.uniform(0.05, 1), rng.uniform(0.5, 3), rng.uniform(0.5, 2)) for _ in range(4)
    ]


@checker(
    Function(_valley_cases, returns=Array(rtol=2e-3, atol=0.0, shape=(3,))),
    reference=lambda time, penalty, gap, input_norm: [
        float(part) for part in one_sample_valley(time, penalty, gap, input_norm=input_norm)
    ],
    mistakes=[
        Mistake(
            "inner_weights_forgotten",
            lambda t, p, c, x: _valley(t, p, c, x, kappa=1.0),
            "You keep the inner weights fixed. With s = b + w·x both b and w push the exponent, so that it moves "
            "1 + |x|² times as fast.",
        ),
        Mistake(
            "factor_two",
            lambda t, p, c, x: _valley(t, p, c, x, inside=0.5),
            "A factor 2 is missing: da/dt = -2λκ a³ integrates to 1/a² = 4λκ t, since d(a⁻²) = -2a⁻³ da.",
        ),
        Mistake(
            "no_penalty",
            lambda t, p, c, x: _valley(t, p, c, x, inside=1 / p),
            "The penalty λ drives the motion along the valley, and so it sets the clock: time enters as λt.",
        ),
        Mistake(
            "exponent_twice",
            lambda t, p, c, x: _valley(t, p, c, x, half=1.0),
            "Your exponent is twice too large: s = ln(|c|/|a|), and |a| falls like the square root of 1/t.",
        ),
        Mistake(
            "gap_forgotten",
            lambda t, p, c, x: (*_valley(t, p, 1.0, x)[:2], _valley(t, p, c, x)[2]),
            "The gap is missing in the exponent: a exp(s) = c, not 1.",
        ),
        Mistake(
            "loss_without_penalty",
            lambda t, p, c, x: (*_valley(t, p, c, x)[:2], _valley(t, p, c, x)[2] / p),
            "The modified loss is λa², not a²; the misfit itself is smaller by one more power of t.",
        ),
    ],
    success="λ drops out of the loss: a weaker penalty lets a be larger, and costs the same.",
    hints=(
        "Write down da/dt and ds/dt for the derivative l' of the loss; eliminate l'.",
        "a da/dt - (ds/dt)/κ = -2λa² with κ = 1 + |x|²; on the valley s = ln(c/a).",
        "For small a: da/dt = -2λκ a³.",
    ),
)
def check_valley(answer):
    """Check ``answer(time, penalty, gap, input_norm)``: |a|, the exponent s, the modified loss at late times."""


def _stall_cases(rng):
    return [(0.02, -1.5), (0.001, 2.0)] + [(rng.uniform(0.005, 0.05), rng.uniform(1.5, 4.0)) for _ in range(5)]


@checker(
    Function(_stall_cases, returns=Number(rtol=2e-3)),
    reference=lambda learning_rate, gap: stall_exponent(learning_rate, gap),
    mistakes=[
        Mistake(
            "gap_forgotten",
            lambda a, _c: 0.5 * math.log(2 / a),
            "Close: you take the curvature in a alone. Along b the product a exp(b) = c changes as well, and adds c² "
            "to the sharpness.",
            hint="The gradient of a exp(b) in (a, b) is (exp(b), c).",
        ),
        Mistake(
            "edge_at_one",
            lambda a, c: 0.5 * math.log(1 / a - c * c),
            "Gradient descent on a quadratic is stable up to learning_rate · curvature = 2, not 1.",
        ),
        Mistake(
            "exponential_not_squared",
            lambda a, c: math.log(2 / a - c * c),
            "The curvature in a is exp(2b), the square of what multiplies a.",
        ),
        Mistake(
            "loss_without_half",
            lambda a, c: 0.5 * math.log(1 / a - c * c / 2),
            "That is a loss without the factor 1/2, and a gap of another size. Here l = r²/2, so l'' = 1.",
        ),
        Mistake(
            "gap_not_squared",
            lambda a, c: 0.5 * math.log(2 / a - abs(c)),
            "The gap enters squared: the sharpness is the squared length of the gradient of a exp(b).",
        ),
    ],
    success="There the bottom of the valley becomes too steep for your step, and the modified loss stops falling.",
    hints=(
        "Near the bottom of the valley the loss is r²/2 with r = a exp(b) - c.",
        "Its Hessian at r = 0 is the outer product of the gradient of r with itself.",
        "One eigenvalue is not zero: exp(2b) + c².",
    ),
)
def check_stall(answer):
    """Check ``answer(learning_rate, gap)``, the shift b beyond which descent with that step is unstable."""


