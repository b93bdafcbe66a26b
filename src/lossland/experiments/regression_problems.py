r"""Seven fixed regression problems with noise: what polynomial networks, splines and perceptrons are compared on.

Functions on :math:`[-1,1]^D`, scaled to mean zero and variance one under uniform inputs.  With one input ``smooth``
(:math:`\sin5x+x^2/2`), ``kink`` (:math:`|x-0.1|`), ``jump`` (a sign), ``waves`` (:math:`\sin 12x`); with eight
``additive`` (a sum of sines of single inputs), ``interacting`` (Friedman's first, with three idle inputs) and ``ridge``
(a sine of one direction).

Source: Glukhov (2024), review, experiment 1, for the smooth one; Friedman (1991), *Multivariate adaptive regression
splines*, section 4.3.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

N_SAMPLES = {1: 200, 8: 500}  # to train, by the number of inputs; as many to validate


class Samples(NamedTuple):
    """Samples of one run: inputs (M, D) and targets (M,) to train and to validate."""

    train_inputs: np.ndarray
    train_targets: np.ndarray
    validation_inputs: np.ndarray
    validation_targets: np.ndarray


PROBLEMS = {
    "smooth": (1, lambda x: np.sin(5 * x[..., 0]) + x[..., 0] ** 2 / 2),
    "kink": (1, lambda x: np.abs(x[..., 0] - 0.1)),
    "jump": (1, lambda x: np.sign(x[..., 0] - 0.1)),
    "waves": (1, lambda x: np.sin(12 * x[..., 0])),
    "additive": (8, lambda x: np.sin(3 * x + np.arange(8)).sum(axis=-1)),
    "interacting": (8, lambda x: _friedman((x + 1) / 2)),
    "ridge": (8, lambda x: np.sin(3 * x @ np.array([3, -1, 2, 1, -2, 1, -1, 2]) / 5)),
}


def target(problem: str, x: np.ndarray) -> np.ndarray:
    """Return a function of the list, with mean zero and variance one under uniform inputs.

    Args:
        problem: One of ``PROBLEMS``.
        x: Points (..., D).

    Returns:
        (...,).

    Raises:
        ValueError: If there is no such problem, or the points do not fit.

    >>> round(float(target("jump", np.array([0.0]))), 3)
    -0.905
    """
    if problem not in PROBLEMS:
        raise ValueError(f"problem: expected one of {', '.join(PROBLEMS)}, got {problem!r}")
    n_inputs, function = PROBLEMS[problem]
    if np.ndim(x) < 1 or np.shape(x)[-1] != n_inputs:
        raise ValueError(f"x: expected points (..., {n_inputs}) for {problem}, got an array of shape {np.shape(x)}")
    if n_inputs == 1:
        points = (np.arange(100_000)[:, None] + 0.5) / 50_000 - 1
    else:
        points = np.random.default_rng(0).uniform(-1, 1, (100_000, n_inputs))
    values = function(points)
    return (function(np.asarray(x)) - values.mean()) / values.std()


def draw_samples(problem: str, noise: float, run: int) -> Samples:
    """Return the samples of a run, the same for all families.

    Args:
        problem: One of ``PROBLEMS``.
        noise: Standard deviation of the noise.
        run: Number of the run.
    """
    n_inputs = PROBLEMS[problem][0]
    rng = np.random.default_rng([list(PROBLEMS).index(problem), run])
    n = N_SAMPLES[n_inputs]
    x = rng.uniform(-1, 1, (2 * n, n_inputs))
    y = target(problem, x) + noise * rng.standard_normal(2 * n)
    return Samples(x[:n], y[:n], x[n:], y[n:])


def _friedman(u: np.ndarray) -> np.ndarray:
    return (
        10 * np.sin(np.pi * u[..., 0] * u[..., 1]) + 20 * (u[..., 2] - 0.5) ** 2 + 10 * u[..., 3] + 5 * u[..., 4]
    )  # fmt: skip
