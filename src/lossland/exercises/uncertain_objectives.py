"""Checkers of chapter 12: the optimum of one sample, the batch that is large enough, the step that keeps up."""

from __future__ import annotations

import math

import numpy as np

from lossland.exercises.answers import Array, Number
from lossland.exercises.checker import Mistake, checker
from lossland.exercises.functions import Function


def _sample_optimum(hessian, slope, curvature):
    return -np.linalg.solve(hessian + curvature, slope)


def _sample_cases(rng):
    cases = [([[2.0]], [1.0], [[0.0]]), ([[2.0]], [1.0], [[3.0]]), ([[1.0, 0.0], [0.0, 4.0]], [1.0, 1.0], np.eye(2))]
    for n in (2, 3, 3, 4):
        root, noise = rng.normal(size=(2, n, n))
        symmetric = 0.15 * (noise + noise.T)
        cases.append((root @ root.T + 2 * np.eye(n), rng.normal(size=n), symmetric))
    return [tuple(np.array(part, float) for part in case) for case in cases]


@checker(
    Function(_sample_cases, returns=Array()),
    reference=_sample_optimum,
    mistakes=[
        Mistake(
            "uphill",
            lambda hessian, slope, curvature: np.linalg.solve(hessian + curvature, slope),
            "The sign is turned: where the noise adds an upward slope, the lowest point moves down that slope.",
        ),
        Mistake(
            "curvature_ignored",
            lambda hessian, slope, _curvature: -np.linalg.solve(hessian, slope),
            "You use the Hessian of the mean objective. The sample has a Hessian of its own, H + K.",
        ),
        Mistake(
            "without_the_half",
            lambda hessian, slope, curvature: -np.linalg.solve(2 * hessian + curvature, slope),
            "This is the optimum of δ'Hδ + g·δ + ½δ'Kδ: the quadratic without its half, as in the printed equations 3 "
            "to 5, has twice the Hessian.",
        ),
        Mistake(
            "both_without_the_half",
            lambda hessian, slope, curvature: -np.linalg.solve(hessian + curvature, slope) / 2,
            "Only half the way: the derivative of ½δ'Aδ is Aδ, not 2Aδ.",
        ),
        Mistake(
            "counted_twice",
            lambda hessian, slope, curvature: -2 * np.linalg.solve(hessian + curvature, slope),
            "Twice too far: the slope of the noise enters the gradient of the sample once.",
        ),
        Mistake(
            "no_inverse",
            lambda hessian, slope, curvature: -(hessian + curvature) @ slope,
            "You multiplied by the Hessian. At the optimum (H + K)δ equals -g: a linear system has to be solved.",
        ),
        Mistake(
            "gradient_step",
            lambda _hessian, slope, _curvature: -slope,
            "That is one step of descent with step size 1, which ends at the optimum only if H + K is the identity.",
        ),
    ],
    success="A sample is a quadratic of its own; its optimum is where its whole gradient vanishes.",
    hints=(
        "Write down the gradient in δ and set it to zero.",
        "The gradient is Hδ + g + Kδ.",
    ),
)
def check_sample_optimum(answer):
    """Check ``answer(hessian, slope, curvature)``, the offset of a sample's optimum from that of the mean."""


def _batch_size(variance, tolerance, n_samples):
    return math.ceil(variance * n_samples / (variance + tolerance**2 * (n_samples - 1)) - 1e-9)


def _batch_cases(rng):
    cases = [(1.0, 0.3, 10), (4.0, 0.5, 30), (1.0, 0.01, 50), (2.0, 0.11, 10**6), (4.0, 2.0, 2)]
    for n in (8, 25, 60, 200, 1297):
        cases.append((float(rng.uniform(0.5, 9)), float(rng.uniform(0.15, 0.7)), n))
    return cases


@checker(
    Function(_batch_cases, returns=Number()),
    reference=_batch_size,
    mistakes=[
        Mistake(
            "endless_data",
            lambda variance, tolerance, _n_samples: math.ceil(variance / tolerance**2),
            "That is for data without end, or drawn with replacement. The batch has no image twice: as it grows to all "
            "N, its noise goes to zero.",
        ),
        Mistake(
            "endless_data_capped",
            lambda variance, tolerance, n_samples: min(n_samples, math.ceil(variance / tolerance**2)),
            "You take the law for replacement and cut it off at N. Without replacement the variance has the factor "
            "(N - B)/(N - 1) long before.",
        ),
        Mistake(
            "tolerance_not_squared",
            lambda variance, tolerance, n_samples: math.ceil(
                variance * n_samples / (variance + tolerance * (n_samples - 1))
            ),
            "The tolerance is a standard deviation, and a variance is what goes down with the batch: square it.",
        ),
        Mistake(
            "variance_taken_for_std",
            lambda variance, tolerance, n_samples: math.ceil(
                variance**2 * n_samples / (variance**2 + tolerance**2 * (n_samples - 1))
            ),
            "You squared the variance. It is one already.",
        ),
        Mistake(
            "rounded_down",
            lambda variance, tolerance, n_samples: math.floor(
                variance * n_samples / (variance + tolerance**2 * (n_samples - 1))
            ),
            "One too few: with this batch the tolerance is just missed. Round up.",
        ),
        Mistake(
            "equality_refused",
            lambda variance, tolerance, n_samples: 1 + math.floor(
                variance * n_samples / (variance + tolerance**2 * (n_samples - 1))
            ),
            "Nearly: *at most* the tolerance allows to meet it exactly, and you ask for one sample more in that case.",
        ),
        Mistake(
            "not_rounded",
            lambda variance, tolerance, n_samples: variance * n_samples / (variance + tolerance**2 * (n_samples - 1)),
            "A batch holds a whole number of images: round up.",
        ),
        Mistake(
            "n_for_n_minus_one",
            lambda variance, tolerance, n_samples: math.ceil(
                variance * n_samples / (variance + tolerance**2 * n_samples)
            ),
            "Nearly: the variance is meant with 1/N, so the factor is (N - B)/(N - 1), which is 1 at B = 1.",
        ),
    ],
    success="Without replacement certainty costs less than 1/B says, and all the data leave none of this noise.",
    hints=(
        "The variance of the mean is variance/B · (N - B)/(N - 1).",
        "Set it equal to tolerance², solve for B, round up.",
    ),
)
def check_batch_size(answer):
    """Check ``answer(variance, tolerance, n_samples)``, the least batch without replacement that is good enough."""


def _step(curvature, noise_std, drift_std):
    moved = drift_std**2
    root = math.sqrt((curvature * moved) ** 2 + 4 * noise_std**2 * moved)
    return 2 * moved / (root + curvature * moved)


def _step_cases(rng):
    cases = [(0.5, 1.0, 0.05), (1.0, 1.0, 1.0), (2.0, 0.5, 0.3), (0.5, 3.0, 1.0)]
    return cases + np.exp(rng.uniform(-1.5, 1.0, (8, 3))).tolist()


@checker(
    Function(lambda rng: [tuple(case) for case in _step_cases(rng)], returns=Number(rtol=1e-3)),
    reference=_step,
    mistakes=[
        Mistake(
            "slow_world_only",
            lambda _curvature, noise_std, drift_std: drift_std / noise_std,
            "Drift over noise is right for slow motion. For faster motion the quadratic equation has a term with λ.",
        ),
        Mistake(
            "variances",
            lambda curvature, noise_std, drift_std: _step(curvature, noise_std**2, drift_std**2),
            "You squared twice: the arguments are standard deviations.",
        ),
        Mistake(
            "stds_not_squared",
            lambda curvature, noise_std, drift_std: _step(curvature, noise_std**0.5, drift_std**0.5),
            "The arguments are standard deviations; in the error their squares stand.",
        ),
        Mistake(
            "full_step",
            lambda curvature, _noise_std, _drift_std: 1 / curvature,
            "The full step 1/λ forgets everything but the last sample. That is best only without noise.",
        ),
        Mistake(
            "no_curvature",
            lambda _curvature, noise_std, drift_std: _step(1.0, noise_std, drift_std),
            "You solved it for λ = 1. The curvature enters.",
        ),
        Mistake(
            "gain_for_step",
            lambda curvature, noise_std, drift_std: curvature * _step(curvature, noise_std, drift_std),
            "That is ηλ, the share of the error that a step removes. Asked for is η.",
        ),
        Mistake(
            "slowest",
            lambda _curvature, _noise_std, _drift_std: 0.0,
            "Without steps the optimum walks away, and the error has no bound.",
        ),
    ],
    success="It is the gain of Kalman's filter over λ: forget as fast as the world moves, and no faster.",
    hints=(
        "Minimize (η²s² + q²)/(ηλ(2 - ηλ)) over 0 < η < 2/λ: by a derivative or by a search.",
        "The derivative vanishes where s²η² + λq²η = q².",
    ),
)
def check_tracking_step(answer):
    """Check ``answer(curvature, noise_std, drift_std)``, the step with the least error behind a moving optimum."""
