"""Checkers on lengths: the length map of the ReLU, and the fixed points of length maps.

Standard deviations are passed, never variances; lengths are mean squares of pre-activations.
"""

from __future__ import annotations

import numpy as np

from lossland import signal_propagation as sp
from lossland.exercises import Choice, Function, Mistake, Number, checker
from lossland.numerics import ACTIVATIONS, Activation, gaussian_expectation

STEEP = Activation(
    "steep",
    lambda z: 2 * z * abs(z) ** 2 / (1 + abs(z) ** 3),
    lambda z: 6 * abs(z) ** 2 / (1 + abs(z) ** 3) ** 2,
    kinks=(0.0,),
)
"""The activation 2 sgn(z) |z|^3 / (1 + |z|^3): deaf to weak signals, saturated for strong ones."""

COSINE = Activation("cos", np.cos, lambda z: -np.sin(z), lambda z: -np.cos(z))
SHIFTED = Activation("tanh - 1/2", lambda z: np.tanh(z) - 0.5, lambda z: 1 - np.tanh(z) ** 2)


# --- The length map of the ReLU -------------------------------------------------------------------------------


def _relu_length_map(q, weight_std, bias_std):
    return weight_std**2 * q / 2 + bias_std**2


def _length_cases(rng):
    simple = [(2.0, 1.0, 0.0), (2.0, 1.0, 0.5), (3.0, 2.0, 0.5), (0.0, 1.5, 0.3)]
    return simple + [tuple(float(value) for value in rng.uniform(0.3, 3.0, 3)) for _ in range(6)]


@checker(
    Function(_length_cases, returns=Number()),
    reference=_relu_length_map,
    mistakes=[
        Mistake(
            "no_half",
            lambda q, weight_std, bias_std: weight_std**2 * q + bias_std**2,
            "The ReLU has not acted: this is the map of a linear network. A centered Gaussian is negative half of "
            "the time, and then its neuron is silent.",
            hint="Compute E relu(z)^2 for z of variance q, and compare it with E z^2.",
        ),
        Mistake(
            "bias_forgotten",
            lambda q, weight_std, _bias_std: weight_std**2 * q / 2,
            "The weights are right, but the bias is missing. It is added after the activation of the layer below, "
            "so it contributes its full variance.",
            hint="Set weight_std to 0: what length does a layer have that hears nothing but its bias?",
        ),
        Mistake(
            "bias_halved",
            lambda q, weight_std, bias_std: (weight_std**2 * q + bias_std**2) / 2,
            "You halved the bias, too. It is added after the ReLU of the layer below, which cuts off half of the "
            "signal that comes up, and nothing of the bias.",
        ),
        Mistake(
            "weight_not_squared",
            lambda q, weight_std, bias_std: weight_std * q / 2 + bias_std**2,
            "`weight_std` is a standard deviation; a length is a mean square. The weights have to enter squared.",
        ),
        Mistake(
            "bias_not_squared",
            lambda q, weight_std, bias_std: weight_std**2 * q / 2 + bias_std,
            "`bias_std` is a standard deviation; a length is a mean square. The bias has to enter squared.",
        ),
        Mistake(
            "nothing_squared",
            lambda q, weight_std, bias_std: weight_std * q / 2 + bias_std,
            "You read the arguments as variances. The package passes standard deviations: square both.",
            hint="The page on notation says which of the two is meant where.",
        ),
        Mistake(
            "mean_instead_of_mean_square",
            lambda q, weight_std, bias_std: weight_std**2 * np.sqrt(q / (2 * np.pi)) + bias_std**2,
            "You averaged relu(z); what the next layer sums up is relu(z)^2.",
            hint="Check the units: if z is in volts, q and the result are in volts squared.",
        ),
        Mistake(
            "square_of_mean",
            lambda q, weight_std, bias_std: weight_std**2 * q / (2 * np.pi) + bias_std**2,
            "You squared the mean of relu(z); the mean of the square is needed, and it is larger.",
        ),
        Mistake(
            "centered",
            lambda q, weight_std, bias_std: weight_std**2 * q * (0.5 - 0.5 / np.pi) + bias_std**2,
            "You took the variance of relu(z), with the mean subtracted. Nothing subtracts it in the network: the "
            "second moment counts, because the *weights* have mean zero.",
        ),
        Mistake(
            "variance_q_squared",
            lambda q, weight_std, bias_std: weight_std**2 * q**2 / 2 + bias_std**2,
            "You gave z the variance q squared. The length q is already the variance of z.",
            hint="In the section on the length map: a small slip in the slides.",
        ),
    ],
    success="The ReLU keeps half of the second moment; weights and bias do the rest, at every length.",
    hints=(
        "Half of a Gaussian is cut off, and the law is symmetric: what is left of its second moment?",
        "E relu(z)^2 = E z^2 / 2 = q / 2. Insert it into the length map.",
    ),
)
def check_relu_length_map(answer):
    """Check the length map of the ReLU, a function of ``(q, weight_std, bias_std)``."""


# --- Fixed points ---------------------------------------------------------------------------------------------


def _zero_is_fixed(activation, bias_std):
    return bool(bias_std == 0 and activation(np.array(0.0)) == 0)


_ZERO_CASES = [
    (ACTIVATIONS["tanh"], 0.0),
    (ACTIVATIONS["tanh"], 0.1),
    (ACTIVATIONS["sigmoid"], 0.0),
    (ACTIVATIONS["relu"], 0.0),
    (COSINE, 0.0),
    (COSINE, 0.4),
    (ACTIVATIONS["gelu"], 0.0),
    (ACTIVATIONS["gelu"], 1e-3),
    (ACTIVATIONS["softplus"], 0.2),
    (STEEP, 0.0),
    (SHIFTED, 0.5),
]


@checker(
    Function(_ZERO_CASES, returns=Choice((True, False))),
    reference=_zero_is_fixed,
    mistakes=[
        Mistake(
            "bias_forgotten",
            lambda activation, _bias_std: bool(activation(np.array(0.0)) == 0),
            "A layer with a bias is never silent: with `bias_std` > 0 the length after it is at least bias_std^2.",
        ),
        Mistake(
            "activation_forgotten",
            lambda _activation, bias_std: bias_std == 0,
            "Without biases there can still be a signal out of nothing: what does a sigmoid give at 0?",
            hint="Insert q = 0 into the length map: every neuron then has z = 0.",
        ),
        Mistake(
            "either_suffices",
            lambda activation, bias_std: bool(bias_std == 0 or activation(np.array(0.0)) == 0),
            "One of the two conditions is not enough: the length map at q = 0 is a sum of two squares, and both "
            "have to vanish.",
        ),
        Mistake(
            "sum_is_zero",
            lambda activation, bias_std: bool(activation(np.array(0.0)) + bias_std == 0),
            "The two do not cancel each other: weights and biases have random signs, so it is squares that are added.",
            hint="Try an activation with the value -1/2 at 0, and `bias_std` = 1/2.",
        ),
        Mistake(
            "odd_only",
            lambda activation, bias_std: bool(
                bias_std == 0 and activation(np.array(-1.0)) == -activation(np.array(1.0))
            ),
            "Odd activations pass, but you turn away others that are silent at 0. Only the value at 0 matters.",
            hint="Try the ReLU.",
        ),
        Mistake(
            "negated",
            lambda activation, bias_std: not _zero_is_fixed(activation, bias_std),
            "Your condition is right and your answer is its opposite: return True where q = 0 is a fixed point.",
        ),
        Mistake(
            "always",
            lambda _activation, _bias_std: True,
            "Zero length is not always a fixed point. Which of the cases creates a signal from nothing?",
        ),
    ],
    success="Silence stays silence exactly when neither the bias nor the activation makes a sound of its own.",
    hints=("Insert q = 0 into the length map.", "nu(0) = weight_std^2 sigma(0)^2 + bias_std^2: a sum of two squares."),
)
def check_zero_is_fixed(answer):
    """Check the criterion for the fixed point q = 0, a function of ``(activation, bias_std)`` (weight_std > 0)."""


def _is_stable(q, weight_std, bias_std, activation):
    step = 1e-6
    below, above = (sp.length_map(length, weight_std, bias_std, activation) for length in (q, q + step))
    rise = above - below
    return bool(abs(rise) < step)


def _stability_cases(rng):
    tanh, relu, sine = (ACTIVATIONS[name] for name in ("tanh", "relu", "sin"))
    settings = [
        (1.5, 0.05**0.5, tanh),
        (1.5, 0.0, tanh),
        (0.8, 0.0, tanh),
        (1.5**0.5, 0.0, STEEP),
        (1.2, 0.4, relu),
        (1.6, 0.0, relu),
        (1.4, 0.3, sine),
        *((float(rng.uniform(1.2, 3.0)), float(rng.uniform(0.1, 0.5)), tanh) for _ in range(3)),
    ]
    return [
        (float(point.value), weight_std, bias_std, activation)
        for weight_std, bias_std, activation in settings
        for point in sp.length_fixed_points(weight_std, bias_std, activation, q_max=30.0)
    ]


def _bare_slope(q, activation):
    step = 1e-4
    second_moments = [
        gaussian_expectation(lambda u: activation(u) ** 2, v, breakpoints=activation.kinks).value for v in (q, q + step)
    ]
    return (second_moments[1] - second_moments[0]) / step


@checker(
    Function(_stability_cases, returns=Choice((True, False))),
    reference=_is_stable,
    mistakes=[
        Mistake(
            "chi1_criterion",
            lambda q, weight_std, _bias_std, activation: bool(sp.chi1(max(q, 1e-9), weight_std, activation) < 1),
            "You averaged sigma'^2 only. The slope of the length map has a second term, with sigma sigma'': what "
            "you computed decides about *two* inputs, not about the length of one.",
            hint="Compare your slope with (nu(q + h) - nu(q)) / h.",
        ),
        Mistake(
            "always_stable",
            lambda _q, _weight_std, _bias_std, _activation: True,
            "Not every fixed point attracts: find the one from which both neighbors run away.",
            hint="Look at the third cobweb: the curve crosses the diagonal from below.",
        ),
        Mistake(
            "inverted",
            lambda q, weight_std, bias_std, activation: not _is_stable(q, weight_std, bias_std, activation),
            "Exactly the other way round: a distance is multiplied by the slope in every layer, and shrinks if the "
            "slope is below 1.",
        ),
        Mistake(
            "weight_forgotten",
            lambda q, _weight_std, _bias_std, activation: bool(abs(_bare_slope(q, activation)) < 1),
            "The factor weight_std^2 in front of the slope is missing: larger weights make a steeper map.",
        ),
        Mistake(
            "weight_not_squared",
            lambda q, weight_std, _bias_std, activation: bool(abs(weight_std * _bare_slope(q, activation)) < 1),
            "The slope is proportional to the *variance* of the weights; you multiplied by their standard deviation.",
        ),
        Mistake(
            "only_fixed",
            lambda q, _weight_std, _bias_std, _activation: q > 0,
            "You declare every positive fixed point stable, and zero unstable. Both have exceptions among the cases.",
            hint="Print the slope of the length map at all three fixed points of the steep activation.",
        ),
    ],
    success="The slope of the length map decides, at zero as elsewhere.",
    hints=(
        "How does a small distance q - q_star change in one layer? Expand nu to first order.",
        "Compare |nu'(q)| with 1; a one-sided difference quotient of `sp.length_map` is good enough, also at q = 0.",
    ),
)
def check_is_stable(answer):
    """Check the stability criterion, a function of ``(q, weight_std, bias_std, activation)`` at a fixed point q."""


def _tanh_q_star(weight_std, bias_std):
    return sp.q_star(weight_std, bias_std, "tanh").value


def _tanh_settings(rng):
    simple = [(1.5, 0.0), (1.5, 0.05**0.5), (0.9, 0.0), (0.5, 0.0), (0.9, 0.3), (1.05, 0.0)]
    return simple + [(float(rng.uniform(0.3, 3.0)), float(rng.uniform(0.1, 0.6))) for _ in range(4)]


def _iterated(variance_of, weight_std, bias_std, *, start=1.0, n_layers=400):
    s = np.linspace(-8, 8, 401)
    density = np.exp(-(s**2) / 2) / np.sqrt(2 * np.pi) * (s[1] - s[0])
    q = start
    for _ in range(n_layers):
        q = weight_std**2 * float(density @ np.tanh(np.sqrt(variance_of(q)) * s) ** 2) + bias_std**2
    return q


@checker(
    Function(_tanh_settings, returns=Number(rtol=1e-4, atol=1e-6)),
    reference=_tanh_q_star,
    mistakes=[
        Mistake(
            "zero_without_bias",
            lambda weight_std, bias_std: 0.0 if bias_std == 0 else _tanh_q_star(weight_std, bias_std),
            "Without bias you stay at 0. It is a fixed point, but for weight_std > 1 an unstable one: the smallest "
            "signal grows away from it.",
            hint="Start the iteration at q = 1 instead of q = 0.",
        ),
        Mistake(
            "positive_where_none_is",
            lambda weight_std, bias_std: _tanh_q_star(max(weight_std, 1.5), bias_std),
            "Without bias and with weight_std below 1 you return a positive length. There is no such fixed point: "
            "every layer loses a part of the signal. The slides overlook this, too.",
            detect=lambda answer: answer(0.5, 0.0) > 1e-3,
            hint="Draw the map: it starts at 0 with slope weight_std^2 and bends down.",
        ),
        Mistake(
            "arguments_as_variances",
            lambda weight_std, bias_std: _tanh_q_star(weight_std**0.5, bias_std**0.5),
            "You took the arguments for variances. They are standard deviations: square them in the map.",
        ),
        Mistake(
            "bias_forgotten",
            lambda weight_std, _bias_std: _tanh_q_star(weight_std, 0.0),
            "Your fixed point does not know the bias: add bias_std^2 in every layer.",
        ),
        Mistake(
            "post_activations",
            lambda weight_std, bias_std: (_tanh_q_star(weight_std, bias_std) - bias_std**2) / weight_std**2,
            "This is the mean square of tanh(z), *after* the activation. The length is the one before it.",
            hint="One more application of weights and bias turns your number into the length.",
        ),
        Mistake(
            "variance_q_squared",
            lambda weight_std, bias_std: _iterated(lambda q: q**2, weight_std, bias_std),
            "You gave z the variance q squared. The length q is already the variance of z.",
            hint="np.sqrt(q) * s has variance q; you used q * s.",
        ),
        Mistake(
            "too_few_layers",
            lambda weight_std, bias_std: _iterated(lambda q: q, weight_std, bias_std, n_layers=25),
            "Right where the map converges fast, but near weight_std = 1 your iteration stops too early: there the "
            "slope at the fixed point is close to 1 and every layer gains little.",
            detect=lambda answer: (
                abs(answer(1.5, 0.05**0.5) - _tanh_q_star(1.5, 0.05**0.5)) < 1e-3
                and abs(answer(1.05, 0.0) - _tanh_q_star(1.05, 0.0)) < 0.05
            ),
            hint="Iterate until q no longer changes, not for a fixed number of layers.",
        ),
    ],
    success="Zero where the signal dies, positive where a bias or strong weights keep it alive.",
    time_limit=30.0,
    hints=(
        "Iterate `sp.length_map` from q = 1 until nothing changes.",
        "Near weight_std = 1 this takes thousands of layers; brentq on nu(q) - q, or `sp.q_star`, is faster.",
    ),
)
def check_tanh_q_star(answer):
    """Check the stable fixed point of the tanh length map, a function of ``(weight_std, bias_std)``."""
