r"""Nudged elastic band: a chain of networks between two minima relaxes onto a path of lowest saddles.

Pivots :math:`p_1,\dots,p_N` between fixed ends each feel the loss only across the chain and are kept apart only along
it:

.. math:: F_i=-\bigl(\nabla L(p_i)-(\nabla L(p_i)\cdot\hat\tau_i)\,\hat\tau_i\bigr)
   +k\,(\|p_{i+1}-p_i\|-\|p_i-p_{i-1}\|)\,\hat\tau_i .

At rest the gradient is parallel to the chain: a path of steepest descent from the saddles, whose highest point is a
saddle of the loss.  The tangent points to the neighbor of higher loss, and at extrema both are mixed.  An infinitely
stiff spring, the default, puts the pivots at equal distances after each step.  Batched over pairs of ends.  Where the
loss is high between pivots, a second band with more of them goes on from the first: pass its ``at`` as ``start``.

Sources: Draxler, Veschgini, Salmhofer and Hamprecht (2018), *Essentially no barriers in neural network energy
landscape*, section 3.1, with the stiff spring; Jonsson, Mills and Jacobsen (1998) for the method; Henkelman and Jonsson
(2000), equations 8 to 11, for the tangent.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import torch

from lossland import _checks
from lossland.connectivity.barrier import path_losses
from lossland.connectivity.curve_training import check_ends, detached
from lossland.connectivity.paths import linear_path, polygonal_path
from lossland.connectivity.points import from_vectors, leaves, rebuild, to_vectors


class Band(NamedTuple):
    """A relaxed chain.

    Attributes:
        points: First end, pivots, last end.
        pivot_losses: Loss at each of them, (n_pivots + 2, ...).
        losses: Losses at equally spaced times on the polygonal chain, (n_points, ...); between pivots they can be
            higher than at them.
        force: Largest norm of the force across the chain at the end, over the pivots, (...).
    """

    points: tuple[Any, ...]
    pivot_losses: torch.Tensor
    losses: torch.Tensor
    force: torch.Tensor

    def at(self, t: Any) -> Any:
        """Point of the chain at time ``t``, or points at times (T,)."""
        return polygonal_path(self.points, t)


def elastic_band(
    a: Any,
    b: Any,
    loss: Callable[[Any], torch.Tensor],
    *,
    n_pivots: int = 9,
    n_steps: int = 1000,
    learning_rate: float = 0.1,
    momentum: float = 0.9,
    spring: float | None = None,
    n_points: int | None = None,
    start: Callable[[Any], Any] | None = None,
) -> Band:
    """Relax a chain of pivots between two points that stay where they are.

    Args:
        a: First end: a tensor, a network, or a sequence of them; a batch of pairs has leading dimensions.
        b: Last end, of the same shapes.
        loss: Function of points with a leading dimension T that returns differentiable losses (T, ...), with the
            leading dimensions of the ends, which are independent pairs, behind it.
        n_pivots: Number of movable pivots, N.
        n_steps: Steps of gradient descent with momentum; the step size falls linearly to a hundredth over the last
            half.
        learning_rate: Step size.
        momentum: Fraction of the last step that is kept.
        spring: Stiffness k; ``None`` for an infinite one.
        n_points: Equally spaced times at which the losses of the result are taken; ``None`` for 8 a piece.
        start: Path from ``a`` to ``b`` on which the pivots start, a function of times (T,); the segment when ``None``.

    Returns:
        Band: pivots, losses at them and on the chain, and how far from rest it is.

    Raises:
        TypeError: If the ends are not torch tensors of one floating dtype.
        ValueError: If an argument is out of range, or the shapes do not fit.

    >>> wells = lambda w: (w[..., 0].square() - 1).square() + (w[..., 1] - w[..., 0].square()).square()
    >>> ends = torch.tensor([[-1.0, 1.0], [1.0, 1.0]], dtype=torch.float64)  # two minima; the saddle (0, 0) has loss 1
    >>> band = elastic_band(*ends, wells, n_pivots=9, n_steps=400, learning_rate=0.02)
    >>> round(float(wells(linear_path(*ends, 0.5))), 3), round(float(band.losses.max()), 3)
    (2.0, 1.0)
    """
    n_pivots, n_steps = _checks.integer("n_pivots", n_pivots, low=1), _checks.integer("n_steps", n_steps, low=1)
    learning_rate = _checks.real_number("learning_rate", learning_rate, low=0.0)
    momentum = _checks.real_number("momentum", momentum, low=0.0, high=1.0)
    spring = None if spring is None else _checks.real_number("spring", spring, low=0.0)
    ends, n_batch = check_ends(a, b, loss)
    first, last = (to_vectors(end, n_batch) for end in ends)

    def evaluate(pivots):
        leaf = pivots.detach().requires_grad_()
        losses = loss(rebuild(a, from_vectors(leaf, ends[0], n_batch)))
        return losses.detach(), torch.autograd.grad(losses.sum(), leaf)[0]

    chain = linear_path(first, last, np.linspace(0, 1, n_pivots + 2))
    if start is not None:
        chain[1:-1] = _start_pivots(start, ends[0], n_pivots, n_batch)
    outer = evaluate(torch.stack([first, last]))[0]
    velocity = torch.zeros_like(chain[1:-1])
    for step in range(n_steps):
        losses, gradient = evaluate(chain[1:-1])
        force, _ = _force(chain, torch.cat([outer[:1], losses, outer[1:]]), gradient, spring)
        size = learning_rate * (1.0 if 2 * step <= n_steps else max(0.01, 2.0 - 2 * step / n_steps))
        velocity = momentum * velocity + force
        chain[1:-1] += size * velocity
        if spring is None:
            chain[1:-1] = _equally_spaced(chain)[1:-1]
    losses, gradient = evaluate(chain[1:-1])
    pivot_losses = torch.cat([outer[:1], losses, outer[1:]])
    across = _force(chain, pivot_losses, gradient, None)[1]
    inner = [rebuild(a, from_vectors(pivot, ends[0], n_batch)) for pivot in chain[1:-1]]
    points = (detached(a), *inner, detached(b))
    n_points = 8 * (n_pivots + 1) + 1 if n_points is None else n_points
    on_chain = path_losses(lambda t: polygonal_path(points, t), loss, n_points)
    return Band(points, pivot_losses, on_chain, across.norm(dim=-1).amax(dim=0))


def _start_pivots(start, like, n_pivots, n_batch):
    """Vectors of the pivots on a path that the caller gave."""
    found = [leaf.detach() for leaf in leaves(start(np.linspace(0, 1, n_pivots + 2)[1:-1]))]
    wanted = [(n_pivots, *leaf.shape) for leaf in like]
    if [tuple(leaf.shape) for leaf in found] != wanted:
        raise ValueError(
            f"start: expected points of the shapes {wanted} at {n_pivots} times, got "
            f"{[tuple(leaf.shape) for leaf in found]}"
        )
    return to_vectors(found, n_batch + 1)


def _force(chain, losses, gradient, spring):
    """Force on each pivot, and its part across the chain, (N, ..., D)."""
    ahead, behind = chain[2:] - chain[1:-1], chain[1:-1] - chain[:-2]
    tangent = _tangent(ahead, behind, losses[..., None])
    across = -(gradient - (gradient * tangent).sum(dim=-1, keepdim=True) * tangent)
    if spring is None:
        return across, across
    pull = ahead.norm(dim=-1, keepdim=True) - behind.norm(dim=-1, keepdim=True)
    return across + spring * pull * tangent, across


def _tangent(ahead, behind, losses):
    """Unit tangents, uphill where the chain climbs, mixed by the rise where a pivot is an extremum."""
    up, down = losses[2:] - losses[1:-1], losses[:-2] - losses[1:-1]
    most, least = torch.maximum(up.abs(), down.abs()), torch.minimum(up.abs(), down.abs())
    larger_ahead = up > down
    mixed = torch.where(larger_ahead, most * ahead + least * behind, least * ahead + most * behind)
    climbing, falling = (up > 0) & (down < 0), (up < 0) & (down > 0)
    tangent = torch.where(climbing, ahead, torch.where(falling, behind, mixed))
    tangent = torch.where(most > 0, tangent, ahead + behind)  # equal losses: no side is higher
    return tangent / tangent.norm(dim=-1, keepdim=True).clamp_min(torch.finfo(tangent.dtype).tiny)


def _equally_spaced(chain):
    """The corners moved along the chain to equal distances, piecewise linearly."""
    lengths = (chain[1:] - chain[:-1]).norm(dim=-1)
    ticks = torch.cat([torch.zeros_like(lengths[:1]), lengths.cumsum(dim=0)])
    n = len(chain)
    fractions = torch.arange(n, dtype=chain.dtype, device=chain.device) / (n - 1)
    wanted = ticks[-1] * fractions.reshape(-1, *[1] * (ticks.ndim - 1))
    right = (ticks[None, 1:-1] <= wanted[:, None]).sum(dim=1)  # index of the piece
    low, high = ticks.gather(0, right), ticks.gather(0, right + 1)
    share = ((wanted - low) / (high - low).clamp_min(torch.finfo(chain.dtype).tiny))[..., None]
    index = right[..., None].expand(chain.shape)
    return (1 - share) * chain.gather(0, index) + share * chain.gather(0, index + 1)
