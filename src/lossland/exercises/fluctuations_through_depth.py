"""Checkers on fluctuations: a rate function, and the scatter of lengths at finite width."""

from __future__ import annotations

import numpy as np

from lossland.exercises import Function, Mistake, Number, checker

# --- A rate function ------------------------------------------------------------------------------------------


def _length_rate(x, variance):
    return 0.5 * (x / variance - 1 - np.log(x / variance))


def _rate_cases(rng):
    simple = [(2.0, 1.0), (1.0, 1.0), (0.5, 1.0), (3.0, 2.0), (1.0, 4.0)]
    return simple + [tuple(float(value) for value in rng.uniform(0.2, 4.0, 2)) for _ in range(5)]


@checker(
    Function(_rate_cases, returns=Number()),
    reference=_length_rate,
    mistakes=[
        Mistake(
            "gaussian",
            lambda x, variance: (x - variance) ** 2 / (4 * variance**2),
            "This is the parabola of the central limit theorem: right to second order around the mean, and wrong "
            "in the tails, which are what is asked for.",
            hint="The rate must go to infinity as x goes to 0: lengths are never negative.",
        ),
        Mistake(
            "no_half",
            lambda x, variance: 2 * _length_rate(x, variance),
            "Twice too large. The moment generating function of a squared Gaussian is a *square root*: where did the "
            "1/2 of its logarithm go?",
        ),
        Mistake(
            "variance_ignored",
            lambda x, _variance: _length_rate(x, 1.0),
            "Right for variance 1. In general the typical length is `variance`, and there the rate has to vanish.",
        ),
        Mistake(
            "upper_side_only",
            lambda x, variance: _length_rate(x, variance) if x > variance else 0.0,
            "Right above the typical length. Below it you return 0, but a length that is too small is improbable, too.",
        ),
        Mistake(
            "arguments_exchanged",
            lambda x, variance: _length_rate(variance, x),
            "You exchanged the two arguments: the length asked about is x, and `variance` is the typical one.",
        ),
        Mistake(
            "standard_deviation",
            lambda x, variance: _length_rate(x, variance**0.5),
            "The second argument is the variance of the Gaussian, and lengths scale with it; you scaled by its root.",
        ),
        Mistake(
            "wrong_sign",
            lambda x, variance: -_length_rate(x, variance),
            "The sign: P decays as e^(-n I), so I is positive away from the typical value.",
        ),
        Mistake(
            "decimal_logarithm",
            lambda x, variance: 0.5 * (x / variance - 1 - np.log10(x / variance)),
            "You used the decimal logarithm; `np.log` is the natural one.",
        ),
        Mistake(
            "minus_one_lost",
            lambda x, variance: 0.5 * (x / variance - np.log(x / variance)),
            "The rate has to vanish at the typical value x = variance; yours is 1/2 there.",
            hint="Insert the maximizing t carefully: t x = (x / variance - 1) / 2.",
        ),
        Mistake(
            "coin",
            lambda x, variance: (x - variance) ** 2 / 2,
            "This is the Gaussian guess for the coin of the text. Squares of Gaussians have another law: start from "
            "their moment generating function.",
        ),
    ],
    success="Zero at the typical length, asymmetric around it, infinite at zero: a true rate function.",
    hints=(
        "E exp(t z^2) for z of variance v is (1 - 2 v t)^(-1/2), for t < 1/(2 v).",
        "Maximize t x + ln(1 - 2 v t) / 2 over t: set the derivative to zero.",
        "The maximum is at t = (1/v - 1/x) / 2.",
    ),
)
def check_rate_function(answer):
    """Check the rate function of a mean of squares of normal variables, a function of ``(x, variance)``."""


# --- Finite width ---------------------------------------------------------------------------------------------


def _relative_variance(n_layers, width):
    return (1 + 2 / width) * (1 + 5 / width) ** (n_layers - 1) - 1


def _width_cases(rng):
    simple = [(1, 10), (2, 10), (2, 100), (50, 1000)]
    return simple + [(int(rng.integers(3, 60)), int(rng.integers(20, 400))) for _ in range(6)]


@checker(
    Function(_width_cases, returns=Number(rtol=1e-9)),
    reference=_relative_variance,
    mistakes=[
        Mistake(
            "rule_of_thumb",
            lambda n_layers, width: 5 * n_layers / width,
            "That is the rule of thumb for large widths. Asked for is the exact variance, at every depth and width: "
            "already a single layer of width 10 tells them apart.",
            hint="Compute one layer first: a mean of squares of normal numbers. Then multiply by what each further "
            "layer does.",
        ),
        Mistake(
            "sum_instead_of_product",
            lambda n_layers, width: (2 + 5 * (n_layers - 1)) / width,
            "Right to first order in depth/width. But the layers *multiply* the length, so the mean squares multiply "
            "too, and the variance grows exponentially in depth/width.",
            hint="Write E q_k^2 as a product over the layers, and subtract 1 at the end only.",
        ),
        Mistake(
            "five_in_every_layer",
            lambda n_layers, width: (1 + 5 / width) ** n_layers - 1,
            "One of the layers has not seen the ReLU: the last one is read off before its activation, so its factor "
            "comes from squares of Gaussians, not of rectified ones.",
            hint="What is the relative variance for a single layer?",
        ),
        Mistake(
            "one_layer_too_many",
            lambda n_layers, width: (1 + 2 / width) * (1 + 5 / width) ** n_layers - 1,
            "One layer too many has passed a ReLU: layer n is read off before its activation, so n - 1 of them have.",
            hint="What is the relative variance for a single layer?",
        ),
        Mistake(
            "exponential",
            lambda n_layers, width: np.exp(5 * n_layers / width) - 1,
            "Close for large widths: you took the length for log-normal with variance 5 n_layers / width of its "
            "logarithm. The exact result is a product over the layers, and one of them is special.",
        ),
        Mistake(
            "linear_network",
            lambda n_layers, width: (1 + 2 / width) ** n_layers - 1,
            "This is right for a linear network. The ReLU silences a random half of the neurons, which adds "
            "fluctuation: use E relu(s)^4 = 3/2.",
        ),
        Mistake(
            "readout_forgotten",
            lambda n_layers, width: (1 + 5 / width) ** (n_layers - 1) - 1,
            "The layers below are right, but the last layer fluctuates, too: a mean over `width` squares of Gaussians.",
            hint="Your formula says that a single layer does not fluctuate at all.",
        ),
        Mistake(
            "weights_forgotten",
            lambda n_layers, width: (1 + 2 / width) * (1 + 1.25 / width) ** (n_layers - 1) - 1,
            "The variance of mean relu(s)^2 is 5/(4 width), but relative to its squared mean 1/4 it is four times "
            "that.",
        ),
        Mistake(
            "fourth_moment",
            lambda n_layers, width: (1 + 2 / width) * (1 + 11 / width) ** (n_layers - 1) - 1,
            "You used E relu(s)^4 = 3, the fourth moment of the full Gaussian; the ReLU keeps half of it.",
        ),
        Mistake(
            "standard_deviation",
            lambda n_layers, width: np.sqrt(_relative_variance(n_layers, width)),
            "This is the relative standard deviation; asked for is the variance over the squared mean.",
        ),
        Mistake(
            "second_moment",
            lambda n_layers, width: _relative_variance(n_layers, width) + 1,
            "This is E q^2 / (E q)^2. The variance is one less.",
        ),
    ],
    success="Exact at every width. The scatter depends on depth/width: 5 n_layers / width as long as that is small.",
    hints=(
        "Given the layer below, z is exactly Gaussian. Let v_k be its variance: how does v_(k+1) / v_k look?",
        "v_(k+1) / v_k = 2 mean(relu(s)^2) over `width` standard normal s, independent from layer to layer.",
        "E relu(s)^2 = 1/2 and E relu(s)^4 = 3/2; and q_k = v_k mean(s^2) with E s^4 = 3.",
    ),
)
def check_relative_variance(answer):
    """Check the relative variance of the length in a critical ReLU network, a function of ``(n_layers, width)``."""
