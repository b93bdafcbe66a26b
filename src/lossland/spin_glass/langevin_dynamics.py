r"""Langevin dynamics on the sphere, with the Gibbs law exp(-L/T) as its exact stationary law.

A step draws a tangent velocity :math:`v\sim\mathcal N(0,T)`, kicks it by half a step of the force, follows the great
circle for a time :math:`\epsilon`, kicks it again, and accepts the new state with probability
:math:`\min(1,e^{-\Delta(L+|v|^2/2)/T})` (Byrne and Girolami 2013, *Geodesic Monte Carlo on embedded manifolds*, with
one step of the leapfrog).  That is the Euler step of

.. math:: dw=-\nabla L\,dt+\sqrt{2T}\,dB\quad\text{on the sphere},\qquad dt=\epsilon^2/2,

made exact: any step size gives the same stationary law, and the acceptance says how far it is from the dynamics in
time.  During the burn-in the step size is adjusted to an acceptance aimed at.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import torch

from lossland import _checks
from lossland.networks.device import check_inputs
from lossland.spin_glass.couplings import Couplings
from lossland.spin_glass.dynamics import spectral_width
from lossland.spin_glass.hamiltonian import as_batch, energy_and_gradient
from lossland.spin_glass.sphere import geodesic, riemannian_gradient, to_sphere, to_tangent

_GAIN = 0.05  # of the control of the step: a relative change per step and unit of acceptance


class LangevinRun(NamedTuple):
    """A run of Langevin dynamics.

    Attributes:
        states: (..., n) at the end.
        energies: (n_records, ...) total energies along the run, the burn-in left out.
        times: (n_records,) times of the records in units of the equation, if every step had been accepted.
        time_step: dt used after the burn-in.
        acceptance: Fraction of accepted steps after the burn-in.
    """

    states: torch.Tensor
    energies: torch.Tensor
    times: torch.Tensor
    time_step: float
    acceptance: float


def langevin(
    couplings: Couplings,
    states: torch.Tensor,
    temperature: float,
    n_steps: int,
    *,
    burn_in: int = 0,
    time_step: float | None = None,
    target_acceptance: float = 0.9,
    record_every: int = 1,
    generator: torch.Generator,
) -> LangevinRun:
    """Run Langevin dynamics at one temperature.

    Args:
        couplings: The couplings.
        states: Starts (..., n) on the sphere, or (n_disorder, ..., n) for a batch of disorders.
        temperature: Temperature T > 0, in units of the total energy.
        n_steps: Steps after the burn-in.
        burn_in: Steps before, not recorded; the step size adjusts itself during them if ``time_step`` is ``None``.
        time_step: First value of dt, kept if given; by default 0.1 over the width of the Hessian's spectrum.
        target_acceptance: Acceptance aimed at in the burn-in.
        record_every: Steps between records.
        generator: Source of randomness, on the device of ``states``.

    Returns:
        LangevinRun: end and energies.

    Raises:
        TypeError: If ``states`` is no tensor of the couplings' dtype.
        ValueError: If a number is out of range or a shape does not fit.

    >>> from lossland.spin_glass.couplings import couplings_from_tensor
    >>> J = couplings_from_tensor(torch.zeros(3, 3, dtype=torch.float64))
    >>> run = langevin(J, torch.ones(3, dtype=torch.float64), 1.0, 5, generator=torch.Generator().manual_seed(0))
    >>> run.acceptance
    1.0
    """
    temperature = _checks.real_number("temperature", temperature, low=1e-300)
    n_steps = _checks.integer("n_steps", n_steps, low=1)
    burn_in = _checks.integer("burn_in", burn_in, low=0)
    record_every = _checks.integer("record_every", record_every, low=1)
    target_acceptance = _checks.real_number("target_acceptance", target_acceptance, low=0.1, high=0.999)
    dt = 0.1 / spectral_width(couplings.order)
    if time_step is not None:
        dt = _checks.real_number("time_step", time_step, low=1e-300)
    check_inputs(states, generator, name="states")
    as_batch(couplings, states)
    states = to_sphere(states)
    energies, euclidean = energy_and_gradient(couplings, states)
    walk = states, energies, riemannian_gradient(states, euclidean)
    for _ in range(burn_in):
        walk, accepted = _step(couplings, walk, temperature, math.sqrt(2 * dt), generator)
        if time_step is None:
            dt *= math.exp(2 * _GAIN * (float(accepted.to(states.dtype).mean()) - target_acceptance))
    records, rate = [], 0.0
    for k in range(1, n_steps + 1):
        walk, accepted = _step(couplings, walk, temperature, math.sqrt(2 * dt), generator)
        rate += float(accepted.to(states.dtype).mean()) / n_steps
        if k % record_every == 0:
            records.append(walk[1])
    times = dt * torch.arange(record_every, n_steps + 1, record_every, dtype=states.dtype, device=states.device)
    found = torch.stack(records) if records else energies.new_zeros(0, *energies.shape)
    return LangevinRun(walk[0], found, times, dt, min(rate, 1.0))


def _step(couplings, walk, temperature, time, generator):
    states, energies, gradients = walk
    normal = torch.randn(states.shape, dtype=states.dtype, device=states.device, generator=generator)
    velocity = math.sqrt(temperature) * to_tangent(states, normal)
    before = energies + (velocity**2).sum(-1) / 2
    moved, velocity = geodesic(states, velocity - time / 2 * gradients, time)
    moved = to_sphere(moved)
    new_energies, euclidean = energy_and_gradient(couplings, moved)
    new_gradients = riemannian_gradient(moved, euclidean)
    after = new_energies + ((velocity - time / 2 * new_gradients) ** 2).sum(-1) / 2
    uniform = torch.rand(energies.shape, dtype=states.dtype, device=states.device, generator=generator)
    accepted = torch.log(uniform) * temperature < before - after
    here = accepted.unsqueeze(-1)
    return (
        torch.where(here, moved, states),
        torch.where(accepted, new_energies, energies),
        torch.where(here, new_gradients, gradients),
    ), accepted
