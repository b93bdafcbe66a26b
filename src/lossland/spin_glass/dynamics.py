r"""Gradient descent on the sphere with control of the step, for batches of states and disorders.

A step goes along the negative Riemannian gradient g and back to the sphere by scaling.  Its length is that of
Barzilai and Borwein (1988), *Two-point step size gradient methods*, :math:`\langle s,s\rangle/\langle s,y\rangle` with
s and y the last changes of state and gradient, and is cut by four until the energy is below the largest of the last
:math:`M` energies by :math:`10^{-4}\,\text{step}\,|g|^2` (Grippo, Lampariello and Lucidi 1986, *A nonmonotone line
search technique for Newton's method*); M = ``memory`` = 1, the default, makes every step go down.  Where the energy is
not convex along the last step the length doubles; no step turns a state by more than 0.15 rad, so that the early,
steep part of the way stays close to gradient flow.  One step costs one gradient.

Which minimum is reached depends on the method, not only on the start: the experiment ``glass_minima`` measures by how
much, against gradient flow.
"""

from __future__ import annotations

import math
import warnings
from typing import NamedTuple

import torch

from lossland import _checks
from lossland.numerics.fixed_point import ConvergenceWarning
from lossland.spin_glass.couplings import Couplings
from lossland.spin_glass.hamiltonian import as_batch, energy_and_gradient
from lossland.spin_glass.sphere import retract, riemannian_gradient, to_sphere

_SUFFICIENT = 1e-4  # fraction of the decrease to first order that a step must give (Armijo)
_CUT = 0.25
_LONGEST = 100.0  # times the inverse width of the spectrum
_TURN = 0.15  # rad
_TOL = {torch.float64: 1e-8, torch.float32: 1e-4}


class Descent(NamedTuple):
    """Where descent ended.

    Attributes:
        states: (..., n) on the sphere.
        energies: (...,) total energies.
        gradient_norms: (...,) norms of the Riemannian gradient over sqrt(n).
        n_iter: (...,) steps tried.
        converged: (...,) whether the norm reached ``tol``.
    """

    states: torch.Tensor
    energies: torch.Tensor
    gradient_norms: torch.Tensor
    n_iter: torch.Tensor
    converged: torch.Tensor


class _Walk(NamedTuple):
    """Those states that still move: all of shape (*D, B, ...)."""

    states: torch.Tensor
    energies: torch.Tensor
    gradients: torch.Tensor
    steps: torch.Tensor
    recent: torch.Tensor  # (*D, B, memory)


def spectral_width(order: int) -> float:
    r"""Radius :math:`2\sqrt{H(H-1)}` of the semicircle of the Hessian of a large system, whatever the energy.

    >>> round(spectral_width(3), 3)
    4.899
    """
    return 2 * math.sqrt(order * (order - 1))


def descend(
    couplings: Couplings,
    states: torch.Tensor,
    *,
    tol: float | None = None,
    max_iter: int = 20_000,
    energy_stop: float | torch.Tensor | None = None,
    step: float | None = None,
    memory: int = 1,
) -> Descent:
    """Follow gradient descent from each state to a local minimum.

    Args:
        couplings: The couplings.
        states: Starts (..., n) on the sphere, or (n_disorder, ..., n) for a batch of disorders.
        tol: Norm of the Riemannian gradient over sqrt(n) at which to stop; by default 1e-8 in float64, 1e-4 in float32.
        max_iter: Most steps to try.
        energy_stop: Stop as soon as the energy per spin is at most this, minimum or not: one number, or (...,) one
            for each state; ``None`` not to.
        step: A fixed step instead of the length of Barzilai and Borwein (then always accepted): gradient flow, if it
            is small compared to ``1 / spectral_width(order)``.
        memory: Energies that a step may not exceed.

    Returns:
        Descent: states, energies and whether they converged.

    Raises:
        TypeError: If ``states`` is no tensor of the couplings' dtype.
        ValueError: If an argument is out of range or a shape does not fit.

    Warns:
        ConvergenceWarning: If a state did not converge.

    >>> from lossland.spin_glass.couplings import couplings_from_tensor
    >>> J = couplings_from_tensor(torch.diag(torch.tensor([1.0, 2.0, 3.0], dtype=torch.float64)))
    >>> end = descend(J, torch.ones(3, dtype=torch.float64))
    >>> round(float(end.energies) / 3**0.5, 9)
    1.0
    """
    tol = _TOL.get(couplings.dtype, 1e-4) if tol is None else _checks.real_number("tol", tol, low=0.0)
    max_iter = _checks.integer("max_iter", max_iter, low=0)
    memory = _checks.integer("memory", memory, low=1)
    as_batch(couplings, states)
    shape = states.shape
    if couplings.n_disorder == 1:  # without that dimension states are left out one by one as they arrive
        couplings, states = couplings.select(0), states[0]
    walk = _start(couplings, states, memory)
    n_spins, n_states = couplings.n_spins, walk.energies.shape
    end = [walk.states.clone(), walk.energies.clone(), _norms(walk.gradients)]
    n_iter = torch.zeros(n_states, dtype=torch.int64, device=states.device)
    stop_energy = torch.full_like(end[1], -math.inf)
    if energy_stop is not None:
        levels = torch.as_tensor(energy_stop, dtype=states.dtype, device=states.device)
        stop_energy = n_spins * levels.expand(shape[:-1]).reshape(n_states)
    rows, moving = None, (end[2] > tol) & (end[1] > stop_energy)
    for _ in range(max_iter):
        if not bool(moving.any()):
            break
        couplings, walk, rows, moving = _drop_finished(couplings, walk, rows, moving)
        walk = _advance(couplings, walk, moving, step)
        norms = _norms(walk.gradients)
        _write(end, (walk.states, walk.energies, norms), rows, moving)
        n_iter = n_iter + moving if rows is None else n_iter.index_add(0, rows, moving.long())
        moving = moving & (norms > tol) & (walk.energies > (stop_energy if rows is None else stop_energy[rows]))
    converged = (end[2] <= tol) | (end[1] <= stop_energy)
    if not bool(converged.all()):
        warnings.warn(
            f"descend: {int((~converged).sum())} of {converged.numel()} states did not reach a gradient of {tol:g} in "
            f"{max_iter} steps (largest {float(end[2].max()):.2g}); raise max_iter or tol",
            ConvergenceWarning,
            stacklevel=2,
        )
    return Descent(end[0].reshape(shape), *(value.reshape(shape[:-1]) for value in (end[1], end[2], n_iter, converged)))


def _start(couplings: Couplings, states: torch.Tensor, memory: int) -> _Walk:
    states = to_sphere(as_batch(couplings, states))
    energies, euclidean = energy_and_gradient(couplings, states)
    steps = torch.full_like(energies, 0.5 / spectral_width(couplings.order))
    recent = energies.unsqueeze(-1).repeat_interleave(memory, -1)
    return _Walk(states, energies, riemannian_gradient(states, euclidean), steps, recent)


def _norms(gradients: torch.Tensor) -> torch.Tensor:
    return gradients.norm(dim=-1) / math.sqrt(gradients.shape[-1])


def _advance(couplings: Couplings, walk: _Walk, moving: torch.Tensor, fixed: float | None) -> _Walk:
    """Try one step of each moving state; take it, or shorten the next one."""
    turn = _TURN / _norms(walk.gradients)
    steps = torch.minimum(walk.steps, turn) if fixed is None else torch.full_like(walk.steps, fixed)
    states = retract(walk.states, -steps.unsqueeze(-1) * walk.gradients)
    energies, euclidean = energy_and_gradient(couplings, states)
    gradients = riemannian_gradient(states, euclidean)
    noise = 16 * torch.finfo(states.dtype).eps * walk.energies.abs()
    bound = walk.recent.amax(-1) - _SUFFICIENT * steps * (walk.gradients**2).sum(-1) + noise
    taken = moving if fixed is not None else moving & (energies <= bound)
    following = _barzilai_borwein(states - walk.states, gradients - walk.gradients, steps, couplings.order)
    recent = torch.cat([walk.recent[..., 1:], energies.unsqueeze(-1)], -1)
    here, cut = taken.unsqueeze(-1), torch.where(moving, _CUT * steps, steps)
    return _Walk(
        torch.where(here, states, walk.states),
        torch.where(taken, energies, walk.energies),
        torch.where(here, gradients, walk.gradients),
        torch.where(taken, following, cut),
        torch.where(here, recent, walk.recent),
    )


def _barzilai_borwein(change, gradient_change, steps, order: int) -> torch.Tensor:
    square, curvature = (change**2).sum(-1), (change * gradient_change).sum(-1)
    length = torch.where(curvature > 0, square / torch.where(curvature > 0, curvature, 1.0), 2 * steps)
    return length.clamp_max(_LONGEST / spectral_width(order))


def _drop_finished(couplings, walk, rows, moving):
    """Leave out what has finished (states, or disorders with all their states), once that is half of it."""
    alive = moving if couplings.n_disorder is None else moving.any(-1)
    n_alive = int(alive.sum())
    if 2 * n_alive > alive.numel():
        return couplings, walk, rows, moving
    kept = alive.nonzero()[:, 0]
    couplings = couplings if couplings.n_disorder is None else couplings.select(kept)
    walk = _Walk(*(tensor[kept] for tensor in walk))
    return couplings, walk, kept if rows is None else rows[kept], moving[kept]


def _write(end, values, rows, moving):
    """Write what moved to its place among all states."""
    for k, value in enumerate(values):
        old = end[k] if rows is None else end[k][rows]
        new = torch.where(moving if value.ndim == moving.ndim else moving.unsqueeze(-1), value, old)
        end[k] = new if rows is None else end[k].index_copy(0, rows, new)
