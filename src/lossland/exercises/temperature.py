"""Checkers of chapter 13 on the temperature of noisy descent, and on the equation for its density."""

from __future__ import annotations

import numpy as np

from lossland.exercises.answers import Array, Number
from lossland.exercises.checker import Mistake, checker
from lossland.exercises.functions import Function


def _temperature(learning_rate, gradient_std, batch_size):
    return learning_rate * gradient_std**2 / (2 * batch_size)


def _temperature_cases(rng):
    cases = [(0.1, 1.0, 1), (0.1, 2.0, 1), (0.1, 2.0, 8)]
    return cases + [(float(a), float(s), int(b)) for a, s, b in zip(
        rng.uniform(0.01, 0.3, 8), rng.uniform(0.3, 3, 8), rng.integers(2, 200, 8), strict=True
    )]  # fmt: skip


@checker(
    Function(_temperature_cases, returns=Number(rtol=1e-6)),
    reference=_temperature,
    mistakes=[
        Mistake(
            "printed",
            lambda rate, s, b: rate * s**2 / b,
            "This is Equation 21 as printed, twice too hot: the diffusion constant has a half, and friction has none.",
        ),
        Mistake(
            "inverse",
            lambda rate, s, b: 2 * b / (rate * s**2),
            "That is the inverse temperature. Larger steps and more noise are hotter.",
        ),
        Mistake(
            "std_not_squared",
            lambda rate, s, b: rate * s / (2 * b),
            "A temperature goes with the variance of the gradient, not with its standard deviation.",
        ),
        Mistake(
            "batch_ignored",
            lambda rate, s, _b: rate * s**2 / 2,
            "Batches do not show in your answer: the mean of B gradients has a variance B times smaller.",
        ),
        Mistake(
            "root_of_batch",
            lambda rate, s, b: rate * s**2 / (2 * b**0.5),
            "The standard deviation falls with the root of the batch size. The variance falls with the batch size.",
        ),
        Mistake(
            "diffusion_constant",
            lambda rate, s, b: rate**2 * s**2 / (2 * b),
            "That is the diffusion constant per step. The drift has a learning rate, too: divide by it.",
        ),
        Mistake(
            "inverted_batch",
            lambda rate, s, b: rate * s**2 * b / 2,
            "Larger batches are colder, not hotter: their mean gradient has less noise.",
        ),
    ],
    success="Doubling the step doubles the temperature, doubling the batch halves it.",
    hints=(
        "The noise of a batch mean has the variance gradient_std² / batch_size in each coordinate.",
        "Diffusion constant over mobility: learning_rate² variance / 2, divided by learning_rate.",
    ),
)
def check_temperature(answer):
    """Check ``answer(learning_rate, gradient_std, batch_size)``, the temperature for small steps."""


def _rates(density, slopes, spacing, learning_rate, noise_std, *, sign=-1.0, half=0.5, power=2, walls=True):
    p, drift = np.asarray(density, float), sign * learning_rate * np.asarray(slopes, float)
    diffusion = half * learning_rate**power * noise_std**2
    flux = drift * (p[1:] + p[:-1]) / 2 - diffusion * np.diff(p) / spacing
    closed = np.concatenate([[0.0], flux, [0.0]])
    if not walls:
        closed[0], closed[-1] = flux[0], flux[-1]
    return -np.diff(closed) / spacing


def _not_conservative(density, slopes, spacing, learning_rate, noise_std):
    p, slope = np.asarray(density, float), np.concatenate([[0.0], np.asarray(slopes, float), [0.0]])
    padded = np.concatenate([p[:1], p, p[-1:]])
    first = (padded[2:] - padded[:-2]) / (2 * spacing)
    second = np.diff(padded, 2) / spacing**2
    return learning_rate * (slope[1:] + slope[:-1]) / 2 * first + learning_rate**2 * noise_std**2 / 2 * second


def _rate_cases(rng):
    cases = [(np.array([0.0, 1.0, 0.0]), np.array([0.0, 0.0]), 1.0, 1.0, 1.0),
             (np.array([1.0, 1.0, 1.0, 1.0]), np.array([-1.0, 0.0, 1.0]), 1.0, 0.1, 1.0)]  # fmt: skip
    for m in (4, 6, 9):
        numbers = float(rng.uniform(0.05, 0.3)), float(rng.uniform(0.05, 0.5)), float(rng.uniform(0.5, 2))
        cases.append((rng.uniform(0.1, 1, m), rng.normal(size=m - 1), *numbers))
    return cases


def _reference_rates(density, slopes, spacing, learning_rate, noise_std):
    return _rates(density, slopes, spacing, learning_rate, noise_std)


@checker(
    Function(_rate_cases, returns=Array(rtol=1e-7, atol=1e-9)),
    reference=_reference_rates,
    mistakes=[
        Mistake(
            "uphill",
            lambda p, g, h, rate, s: _rates(p, g, h, rate, s, sign=1.0),
            "Your density climbs: the drift is MINUS the learning rate times the slope. With the sign of Equation 19 "
            "all mass ends at the walls.",
        ),
        Mistake(
            "diffusion_without_half",
            lambda p, g, h, rate, s: _rates(p, g, h, rate, s, half=1.0),
            "Your diffusion constant is twice too large: it is half the variance that one step adds.",
        ),
        Mistake(
            "diffusion_without_square",
            lambda p, g, h, rate, s: _rates(p, g, h, rate, s, power=1),
            "A random step has the length learning_rate * noise; its variance has the square of both.",
        ),
        Mistake(
            "open_walls",
            lambda p, g, h, rate, s: _rates(p, g, h, rate, s, walls=False),
            "Mass leaks out at the ends: through the first and the last face the flux is zero.",
        ),
        Mistake(
            "no_divergence",
            _not_conservative,
            "You apply the drift to the derivative of the density alone. The divergence is that of the product, and "
            "only differences of fluxes keep the mass.",
        ),
        Mistake(
            "reversed_flux",
            lambda p, g, h, rate, s: -_rates(p, g, h, rate, s),
            "A cell loses what flows out on its right and gains what flows in on its left: the rate is minus the "
            "difference of the fluxes.",
        ),
        Mistake(
            "not_divided",
            lambda p, g, h, rate, s: _rates(p, g, h, rate, s) * h,
            "These are rates of the masses. For the densities divide by the width of a cell.",
        ),
    ],
    success="Conservative, downhill, with closed walls: its stationary law is Boltzmann's.",
    hints=(
        "Flux through an inner face: -learning_rate * slope * mean density - D * difference / spacing.",
        "D = learning_rate² noise_std² / 2. Put a zero flux at both ends.",
        "The rate of a cell is (flux on its left - flux on its right) / spacing.",
    ),
)
def check_density_rate(answer):
    """Check ``answer(density, slopes, spacing, learning_rate, noise_std)``, the rate of change of cell densities."""
    rate = answer(np.array([1.0, 2.0, 0.5]), np.array([0.3, -0.2]), 0.5, 0.1, 1.0)
    if rate.shape == (3,) and abs(np.sum(rate)) > 1e-9:
        return "The rates do not sum to zero: mass is created or lost."
    return None
