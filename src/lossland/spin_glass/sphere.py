r"""The sphere :math:`|w|^2=n`: states, tangent vectors, Riemannian gradients and Hessians, geodesics.

The Riemannian gradient is the part of the Euclidean one that is orthogonal to w.  The Riemannian Hessian of L is

.. math:: P\,\nabla^2L\,P-\frac{\langle w,\nabla L\rangle}nP,\qquad P=1-\frac{ww^T}n,

on the tangent space of dimension n-1; the second term is the curvature of the sphere.  By Euler's identity it is
:math:`-Hu` times the identity for an H-spin energy of density u = L/n: the lower the energy, the more it pushes all
eigenvalues up.  The *index* of a critical point is the number of negative eigenvalues.
"""

from __future__ import annotations

import math

import torch

from lossland import _checks


def random_states(
    n_spins: int, shape: int | tuple[int, ...] = (), *, dtype: torch.dtype = torch.float64, generator: torch.Generator
) -> torch.Tensor:
    """Draw states uniformly on the sphere of radius sqrt(n_spins).

    Args:
        n_spins: Number of spins.
        shape: Leading dimensions.
        dtype: Floating type.
        generator: Source of randomness; fixes the device.

    Returns:
        Tensor ``(*shape, n_spins)``.

    Raises:
        TypeError: If ``generator`` is no torch.Generator.
        ValueError: If ``n_spins`` is less than 1.

    >>> w = random_states(4, (2,), generator=torch.Generator().manual_seed(0))
    >>> bool(torch.allclose((w * w).sum(-1), torch.full((2,), 4.0, dtype=torch.float64)))
    True
    """
    if not isinstance(generator, torch.Generator):
        raise TypeError(f"generator: expected a torch.Generator, got {type(generator).__name__}")
    n_spins = _checks.integer("n_spins", n_spins, low=1)
    shape = (shape,) if isinstance(shape, int) else tuple(shape)
    return to_sphere(torch.randn(*shape, n_spins, dtype=dtype, device=generator.device, generator=generator))


def to_sphere(vectors: torch.Tensor) -> torch.Tensor:
    """Scale vectors (..., n) to length sqrt(n)."""
    return vectors * (math.sqrt(vectors.shape[-1]) / vectors.norm(dim=-1, keepdim=True))


def overlap(first: torch.Tensor, second: torch.Tensor) -> torch.Tensor:
    """Overlaps <v, w> / n of states (..., n), in [-1, 1]."""
    return (first * second).sum(-1) / first.shape[-1]


def to_tangent(states: torch.Tensor, vectors: torch.Tensor) -> torch.Tensor:
    """Part of vectors (..., n) that is tangent to the sphere at the states."""
    return vectors - overlap(states, vectors).unsqueeze(-1) * states


def retract(states: torch.Tensor, tangents: torch.Tensor) -> torch.Tensor:
    """Step from the states along tangent vectors, and back to the sphere by scaling."""
    return to_sphere(states + tangents)


def geodesic(states: torch.Tensor, velocities: torch.Tensor, time: float) -> tuple[torch.Tensor, torch.Tensor]:
    """Follow great circles.

    Args:
        states: (..., n).
        velocities: Tangent vectors (..., n).
        time: How long.

    Returns:
        Positions and velocities (..., n) at that time; the speed is kept.
    """
    radius = math.sqrt(states.shape[-1])
    speed = velocities.norm(dim=-1, keepdim=True).clamp_min(torch.finfo(states.dtype).tiny)
    angle = speed * (time / radius)
    direction = velocities / speed
    position = torch.cos(angle) * states + radius * torch.sin(angle) * direction
    velocity = speed * (torch.cos(angle) * direction - torch.sin(angle) * states / radius)
    return position, velocity


def tangent_basis(states: torch.Tensor) -> torch.Tensor:
    """Orthonormal bases of the tangent spaces, as columns: (..., n, n-1).

    They are the columns of the reflection that sends the state to the first axis, all but the first.
    """
    unit = states / states.norm(dim=-1, keepdim=True)
    sign = torch.where(unit[..., :1] >= 0, 1.0, -1.0).to(states.dtype)
    normal = unit.clone()
    normal[..., :1] += sign
    normal = normal / normal.norm(dim=-1, keepdim=True)
    identity = torch.eye(states.shape[-1], dtype=states.dtype, device=states.device)
    return identity[:, 1:] - 2 * normal.unsqueeze(-1) * normal[..., None, 1:]


def riemannian_gradient(states: torch.Tensor, gradient: torch.Tensor) -> torch.Tensor:
    """Riemannian gradients (..., n) from Euclidean ones, as vectors of the embedding space.

    Args:
        states: (..., n) on the sphere.
        gradient: Euclidean gradients (..., n).

    >>> v, g = torch.tensor([1.0, 1.0]), torch.tensor([3.0, 1.0])
    >>> riemannian_gradient(v, g)
    tensor([ 1., -1.])
    """
    return to_tangent(states, gradient)


def riemannian_hessian(states: torch.Tensor, gradient: torch.Tensor, hessian: torch.Tensor) -> torch.Tensor:
    """Riemannian Hessians (..., n-1, n-1) in the bases of :func:`tangent_basis`.

    Args:
        states: (..., n) on the sphere.
        gradient: Euclidean gradients (..., n).
        hessian: Euclidean Hessians (..., n, n).

    >>> w, s = torch.tensor([2.0**0.5, 0.0]), torch.diag(torch.tensor([1.0, 5.0]))
    >>> round(float(riemannian_hessian(w, 2 * s @ w, 2 * s)), 5)
    8.0
    """
    basis = tangent_basis(states)
    inner = basis.mT @ hessian @ basis
    inner.diagonal(dim1=-2, dim2=-1).sub_(overlap(states, gradient).unsqueeze(-1))
    return (inner + inner.mT) / 2
