"""Checkers of chapter 13 on the volume of the equilibrium cloud, and on where its mass is."""

from __future__ import annotations

import math

import numpy as np

from lossland import sgd
from lossland.exercises.answers import Number, Record
from lossland.exercises.checker import Mistake, checker
from lossland.exercises.functions import Function


def _log_volume(eigenvalues, noise_variance, learning_rate):
    return sgd.log_ellipsoid_volume(sgd.stationary_variance(eigenvalues, noise_variance, learning_rate))


def _from_variances(variances):
    return sgd.log_ellipsoid_volume(variances)


def _volume_cases(rng):
    cases = [(np.array([1.0, 0.5, 0.25]), 1.0, 0.04), (np.array([2.0]), 1.0, 0.5), (np.ones(10), 1.0, 0.01)]
    cases += [(np.geomspace(1.0, 1e-3, n), float(rng.uniform(0.2, 2)), float(rng.uniform(0.3, 1.7))) for n in (4, 40)]
    return [*cases, (np.geomspace(1.0, 1e-3, 1000), 0.5, 0.1)]


@checker(
    Function(_volume_cases, returns=Number(rtol=1e-7, atol=1e-7)),
    reference=_log_volume,
    mistakes=[
        Mistake(
            "printed",
            lambda a, v, rate: sgd.log_printed_volume(a, v, rate),
            "This is Equation 23 as printed, with the temperature to the power 1/2. Each of the n semi-axes has its "
            "root: n/2 in all.",
        ),
        Mistake(
            "printed_temperature",
            lambda a, v, rate: _from_variances(rate * v / np.asarray(a)),
            "The power n/2 is right. But the variances are about half of learning_rate * noise / eigenvalue: in n "
            "dimensions a factor of 2 to the n/2.",
        ),
        Mistake(
            "small_steps_only",
            lambda a, v, rate: _from_variances(rate * v / (2 * np.asarray(a))),
            "The factor 2 - learning_rate * eigenvalue is 2 for small steps only; here steps are long.",
        ),
        Mistake(
            "variances_as_axes",
            lambda a, v, rate: sgd.log_ball_volume(len(a)) + float(np.log(sgd.stationary_variance(a, v, rate)).sum()),
            "The semi-axes are standard deviations, the roots of the variances.",
        ),
        Mistake(
            "decimal",
            lambda a, v, rate: _log_volume(a, v, rate) / math.log(10),
            "This is the decimal logarithm. In this book all logarithms are natural.",
        ),
        Mistake(
            "typical_set",
            lambda a, v, rate: sgd.log_typical_volume(sgd.stationary_variance(a, v, rate)),
            "This is the entropy, the volume of where the mass is. Asked for is the ellipsoid of one standard "
            "deviation.",
        ),
        Mistake(
            "unit_ball_forgotten",
            lambda a, v, rate: float(np.log(sgd.stationary_variance(a, v, rate)).sum()) / 2,
            "The product of the semi-axes is there, the volume of the unit ball is missing.",
        ),
    ],
    success="A sum of logarithms: nothing overflows, at any dimension.",
    hints=(
        "The volume is that of the unit ball, times the product of the semi-axes.",
        "log of the unit ball: n/2 log(pi) - gammaln(n/2 + 1).",
        "Semi-axes: sqrt(learning_rate v / (eigenvalue (2 - learning_rate eigenvalue))).",
    ),
)
def check_log_volume(answer):
    """Check ``answer(eigenvalues, noise_variance, learning_rate)``: log-volume of the one-standard-deviation cloud."""


_FACTS = {"factor_of_four_steps": 1024.0, "mass_inside_3": 0.19875, "shell_radius": 100.0, "mass_inside_100": -79.75}


@checker(
    Record({
        "factor_of_four_steps": Number(rtol=1e-3),
        "mass_inside_3": Number(rtol=3e-3),
        "shell_radius": Number(rtol=1e-2),
        "mass_inside_100": Number(atol=0.1),
    }),
    reference=_FACTS,
    mistakes=[
        Mistake(
            "printed_exponent",
            {**_FACTS, "factor_of_four_steps": 2.0},
            "A factor of 2 for four times the step is the power 1/2 of Equation 23. Every one of the ten axes doubles.",
            detect=lambda a: abs(a["factor_of_four_steps"] - 2) < 0.01,
        ),
        Mistake(
            "temperature_to_the_n",
            {**_FACTS, "factor_of_four_steps": 4.0**10},
            "Variances grow fourfold, lengths twofold: a volume is a product of lengths.",
            detect=lambda a: abs(a["factor_of_four_steps"] / 4.0**10 - 1) < 0.01,
        ),
        Mistake(
            "one_dimensional_mass",
            {**_FACTS, "mass_inside_3": 0.6827},
            "68 % is the mass within one standard deviation in ONE dimension. In three the squared distance is the sum "
            "of three squares.",
            detect=lambda a: abs(a["mass_inside_3"] - 0.6827) < 0.01,
        ),
        Mistake(
            "product_of_intervals",
            {**_FACTS, "mass_inside_3": 0.6827**3},
            "That is the mass of the cube. The ellipsoid inside it has less.",
            detect=lambda a: abs(a["mass_inside_3"] - 0.6827**3) < 0.005,
        ),
        Mistake(
            "at_the_center",
            {**_FACTS, "shell_radius": 0.0},
            "The density is largest at the center, but there is no room there: the typical distance is not its mode.",
            detect=lambda a: abs(a["shell_radius"]) < 1.5,
        ),
        Mistake(
            "squared_radius",
            {**_FACTS, "shell_radius": 10_000.0},
            "The mean SQUARED distance is the dimension. Take the root.",
            detect=lambda a: abs(a["shell_radius"] / 10_000 - 1) < 0.01,
        ),
        Mistake(
            "natural_logarithm",
            {**_FACTS, "mass_inside_100": -183.63},
            "Asked for is the decimal logarithm: how many zeros after the point.",
            detect=lambda a: abs(a["mass_inside_100"] + 183.63) < 0.5,
        ),
        Mistake(
            "mass_itself",
            {**_FACTS, "mass_inside_100": 1.79e-80},
            "That looks like the mass itself. Asked for is its decimal logarithm, a negative number.",
            detect=lambda a: 0 < a["mass_inside_100"] < 1e-9,
        ),
        Mistake(
            "logarithm_without_sign",
            {**_FACTS, "mass_inside_100": 79.75},
            "The size is right. The logarithm of a number below one is negative.",
            detect=lambda a: abs(a["mass_inside_100"] - 79.75) < 0.5,
        ),
    ],
    success="In many dimensions the optimum is where the iterates never are.",
    hints=(
        "The squared distance, in standard deviations, has a chi-squared law with n degrees of freedom.",
        "`scipy.stats.chi2.cdf(1, 3)`; for n = 100 use `logcdf`, or `sgd.log_mass_within`.",
    ),
)
def check_typical_cloud(answer):
    """Check four numbers on volume and mass of the equilibrium cloud in 3, 10, 100 and 10,000 dimensions."""
