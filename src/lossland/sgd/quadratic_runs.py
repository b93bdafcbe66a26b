r"""Noisy descent on a quadratic: many runs of the autoregression at once.

The state is kept in the eigenbasis of the Hessian, where a step is one multiplication for each coordinate.  If the
noise is diagonal there too (normal noise whose covariance commutes with H, among it all powers of H), the noise needs
no matrix product either, and the time is that of drawing the noise.  Runs are taken in blocks that stay in the cache,
one after the other: memory is the starts, the records, and two blocks.

Source: Glukhov (2024), Equation 13 with the sign of the gradient; heavy ball as in :mod:`lossland.sgd.momentum`.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import torch

from lossland import _checks
from lossland.networks.device import check_inputs
from lossland.sgd.gradient_noise import GradientNoise
from lossland.sgd.noise_sampling import fill
from lossland.sgd.symmetric import check_stable, spectral_power, symmetric_matrix

_BLOCK = 2**15  # entries of a block of runs on a CPU: two blocks of doubles are 512 KiB
_DEVICE_BLOCK = 2**22
_COMMUTES = 1e-12


class Iterates(NamedTuple):
    """Runs of noisy descent; ``...`` stands for the leading dimensions of the starts.

    Attributes:
        end: Last iterates (..., n).
        recorded_steps: Step numbers of the records, (n_records,), NumPy.
        records: Iterates at the records, (n_records, ..., n); the first is the start.
        average: Mean of the iterates after ``average_from`` steps, (..., n); None if not asked for.
    """

    end: torch.Tensor
    recorded_steps: np.ndarray
    records: torch.Tensor
    average: torch.Tensor | None


def noisy_descent(
    hessian: Any,
    noise: GradientNoise,
    starts: torch.Tensor,
    learning_rate: Any,
    n_steps: int,
    *,
    optimum: Any = None,
    momentum: float = 0.0,
    record_every: int | None = None,
    average_from: int | None = None,
    allow_divergence: bool = False,
    generator: torch.Generator,
) -> Iterates:
    r"""Run :math:`\theta_{t+1}=\theta_t-\eta_t(H(\theta_t-\theta^*)+\epsilon_t)` from many starts.

    Args:
        hessian: Symmetric H (n, n).
        noise: Law of the gradient noise.
        starts: First iterates (..., n); their device and dtype are those of the run.
        learning_rate: One step size, or one for each step (n_steps,).
        n_steps: Number of steps.
        optimum: Optimum (n,); the origin by default.
        momentum: Part of the velocity that is kept, in [0, 1).
        record_every: Steps between records, the start included; None keeps no records.
        average_from: Average the iterates that come after this many steps; None for no average.
        allow_divergence: Run an unstable step instead of refusing it.
        generator: Source of randomness, on the device of the starts.

    Returns:
        Iterates: ends, records, averages.

    Raises:
        AsymmetricMatrixError: If ``hessian`` is not symmetric.
        UnstableStepError: If a constant step makes the iterates grow, unless allowed.
        TypeError: If ``starts`` is no floating-point tensor.
        ValueError: If a shape does not fit or a number is out of range.

    >>> from lossland.sgd.gradient_noise import isotropic_noise
    >>> run = noisy_descent([[1.0]], isotropic_noise(1, 0.0), torch.ones(3, 1), 0.5, 2,
    ...                     generator=torch.Generator().manual_seed(0))
    >>> run.end.tolist()
    [[0.25], [0.25], [0.25]]
    """
    check_inputs(starts, generator, name="starts")
    matrix = symmetric_matrix("hessian", hessian)
    n = len(matrix)
    if starts.ndim < 1 or starts.shape[-1] != n or noise.dimension != n:
        raise ValueError(
            f"starts: expected last dimension {n}, that of the Hessian and of the noise, got shape "
            f"{tuple(starts.shape)} and noise in {noise.dimension} dimensions"
        )
    n_steps = _checks.integer("n_steps", n_steps, low=0)
    beta = _checks.real_number("momentum", momentum, low=0.0, high=1 - 1e-12)
    every = None if record_every is None else _checks.integer("record_every", record_every, low=1)
    since = None if average_from is None else _checks.integer("average_from", average_from, low=0, high=n_steps - 1)
    rates = _rates(learning_rate, n_steps)
    diagonal = np.array_equal(matrix, np.diag(np.diag(matrix)))  # then noise that is not normal stays diagonal too
    values, vectors = (np.diag(matrix), np.eye(n)) if diagonal else np.linalg.eigh(matrix)
    if np.ndim(learning_rate) == 0 and not allow_divergence:
        check_stable(values, rates[0] if n_steps else 0.0, momentum=beta)
    center = np.zeros(n) if optimum is None else _checks.real_array("optimum", optimum)
    if center.shape != (n,):
        raise ValueError(f"optimum: expected shape {(n,)}, got {center.shape}")
    frame = _Frame(values, vectors, center, noise, starts)
    steps = np.arange(0, n_steps + 1, every) if every else np.zeros(0, dtype=int)
    runs = starts.reshape(-1, n)
    end = torch.empty_like(runs)
    records = torch.empty(len(steps), *runs.shape, dtype=starts.dtype, device=starts.device)
    average = None if since is None else torch.zeros_like(runs)
    size = max(1, (_BLOCK if starts.device.type == "cpu" else _DEVICE_BLOCK) // n)
    for first in range(0, len(runs), size):
        block = slice(first, first + size)
        total = None if average is None else average[block]
        frame.run(runs[block], rates, beta, every, since, end[block], records[:, block], total, generator)
    if average is not None:
        average = average / (n_steps - since)
    shape = tuple(starts.shape)
    return Iterates(
        end.reshape(shape),
        steps,
        records.reshape(len(steps), *shape),
        None if average is None else average.reshape(shape),
    )


class _Frame:
    """The eigenbasis of the Hessian, and the noise in it."""

    def __init__(self, values, vectors, center, noise: GradientNoise, starts: torch.Tensor):
        def tensor(array):
            return torch.as_tensor(np.array(array, order="C"), dtype=starts.dtype, device=starts.device)

        factor = vectors.T @ noise.factor
        if noise.law == "normal":
            factor = _diagonal(factor @ factor.T)
        self.law, self.tail_index = noise.law, noise.tail_index
        self.values, self.vectors, self.center = tensor(values), tensor(vectors), tensor(center)
        self.bias = tensor(vectors.T @ noise.bias) if np.any(noise.bias) else None
        diagonal = np.diag(factor)
        self.mixing = None if np.array_equal(factor, np.diag(diagonal)) else tensor(factor.T)
        self.scale = float(diagonal[0]) if np.ptp(diagonal) == 0 else tensor(diagonal)

    def run(self, starts, rates, beta, every, since, end, records, total, generator):
        """Run one block and fill its part of the results, which are views."""
        state = (starts - self.center) @ self.vectors
        velocity = torch.zeros_like(state) if beta else None
        shock, mixed = torch.empty_like(state), None if self.mixing is None else torch.empty_like(state)
        kept, scale, last = None, None, None
        if every:
            records[0] = starts
        for t, rate in enumerate(rates, start=1):
            if rate != last:
                kept, last = 1 - rate * self.values, rate
                scale = -rate if self.mixing is not None else -rate * self.scale
            fill(shock, self.law, self.tail_index, generator)
            noise = shock if mixed is None else torch.mm(shock, self.mixing, out=mixed)
            if velocity is None:
                state.mul_(kept)
                self._add(state, noise, scale, rate)
            else:
                velocity.mul_(beta).addcmul_(state, self.values, value=-rate)
                self._add(velocity, noise, scale, rate)
                state.add_(velocity)
            if every and t % every == 0:
                records[t // every] = self._points(state)
            if since is not None and t > since:
                total += state
        end.copy_(self._points(state))
        if total is not None:
            total.copy_(total @ self.vectors.T + (len(rates) - since) * self.center)

    def _add(self, state, noise, scale, rate):
        if isinstance(scale, float):
            state.add_(noise, alpha=scale)
        else:
            state.addcmul_(noise, scale)
        if self.bias is not None:
            state.sub_(rate * self.bias)

    def _points(self, state):
        return state @ self.vectors.T + self.center


def _diagonal(covariance: np.ndarray) -> np.ndarray:
    """A factor of the covariance: diagonal if it is, up to rounding."""
    diagonal = np.diag(covariance)
    if np.abs(covariance - np.diag(diagonal)).max() <= _COMMUTES * max(diagonal.max(), 1e-300):
        if np.ptp(diagonal) <= _COMMUTES * diagonal.max():
            diagonal = np.full_like(diagonal, diagonal.mean())
        return np.diag(np.sqrt(np.maximum(diagonal, 0.0)))
    return spectral_power((covariance + covariance.T) / 2, 0.5)


def _rates(learning_rate: Any, n_steps: int) -> list[float]:
    rates = _checks.real_array("learning_rate", learning_rate, low=0.0)
    if rates.ndim > 1 or (rates.ndim == 1 and len(rates) != n_steps):
        raise ValueError(f"learning_rate: expected one number or {n_steps}, got shape {rates.shape}")
    return np.broadcast_to(rates, (n_steps,)).tolist()
