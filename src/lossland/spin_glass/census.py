r"""Census of the critical points of one disorder, of all indices.

Starts are spread in energy: random states that gradient descent, on the energy or on its negative, has taken a random
part of its way.  From there Newton's method; ends are kept that are critical to ``tol``, and counted once however
often they were met.  For even H the mirror image -w has the same energy and index and counts as the same point; for odd
H it has the opposite energy and index n-1-k, and counts as met with w.

Where a census has met every point several times it is probably complete; the Morse sum
:math:`\sum_k(-1)^kN_k=1+(-1)^{n-1}`, the Euler characteristic of the sphere, tells of most points that are missing.  Of
a large system a census is a sample, not uniform over the points.
"""

from __future__ import annotations

import math
import warnings
from typing import NamedTuple

import torch

from lossland import _checks
from lossland.numerics.fixed_point import ConvergenceWarning
from lossland.spin_glass.couplings import Couplings
from lossland.spin_glass.dynamics import descend
from lossland.spin_glass.eigenproblem import eigenvector_critical_points
from lossland.spin_glass.hamiltonian import energy_and_gradient
from lossland.spin_glass.newton_method import hessian_eigenvalues, newton
from lossland.spin_glass.sphere import random_states, riemannian_gradient

_SAME = 1e-6  # points whose overlap is nearer to 1 than this are one
_BLOCK = 512  # ends compared with those kept at a time


class Census(NamedTuple):
    """Different critical points of one disorder, by energy.

    Attributes:
        states: (m, n) on the sphere; for even order one of w, -w.
        energies: (m,) total energies, ascending.
        indices: (m,) negative eigenvalues of the Riemannian Hessian.
        residuals: (m,) norms of the Riemannian gradient over sqrt(n).
        multiplicity: (m,) how many starts came there.
        lowest_gap: (m,) least absolute eigenvalue of the Hessian: how far from degenerate.
        n_failed: Starts that led nowhere.
    """

    states: torch.Tensor
    energies: torch.Tensor
    indices: torch.Tensor
    residuals: torch.Tensor
    multiplicity: torch.Tensor
    lowest_gap: torch.Tensor
    n_failed: int


def find_critical_points(
    couplings: Couplings,
    n_starts: int,
    *,
    energy_range: tuple[float, float] = (-math.inf, math.inf),
    tol: float = 1e-10,
    max_iter: int = 100,
    generator: torch.Generator,
) -> Census:
    """Search for critical points of any index.

    Args:
        couplings: One disorder, in float64; of order 2 all points are found as eigenvectors, whatever ``n_starts``.
        n_starts: Number of starts.
        energy_range: Energies per spin between which starts are spread; by default from the ground state of a large
            system to its negative, about -1.7 to 1.7 for H = 3.
        tol: Residual of a critical point.
        max_iter: Most Newton steps a start.
        generator: Source of randomness, on the couplings' device.

    Returns:
        Census: the different points.

    Raises:
        TypeError: If ``generator`` is no torch.Generator.
        ValueError: If the couplings are a batch, or a number is out of range.

    >>> from lossland.spin_glass.couplings import sample_couplings
    >>> generator = torch.Generator().manual_seed(0)
    >>> J = sample_couplings(2, 3, generator=generator)
    >>> census = find_critical_points(J, 60, generator=generator)
    >>> int((-1) ** census.indices.sum()) in (-1, 1) and int(sum((-1) ** k for k in census.indices.tolist()))
    0
    """
    n_starts = _checks.integer("n_starts", n_starts, low=1)
    if couplings.n_disorder is not None:
        raise ValueError("couplings: expected one disorder, got a batch; take one with couplings.select(number)")
    if couplings.order == 2:
        return _census_of_eigenvectors(couplings)
    starts = spread_starts(couplings, n_starts, energy_range=energy_range, generator=generator)
    end = newton(couplings, starts, tol=tol, max_iter=max_iter)
    found, energies = end.states[end.converged], end.energies[end.converged]
    if couplings.order % 2:  # -w is critical with -L and index n-1-k
        found, energies = torch.cat([found, -found]), torch.cat([energies, -energies])
    first, multiplicity = distinct(found, mirror=couplings.order % 2 == 0)
    order = torch.argsort(energies[first])
    return _census(couplings, found[first][order], multiplicity[order], int((~end.converged).sum()))


def minima_of(census: Census) -> Census:
    """Return the part of a census that is minima.

    >>> import lossland.spin_glass.census as c
    >>> z = torch.zeros(2)
    >>> int(c.minima_of(c.Census(torch.eye(2), z, torch.tensor([0, 1]), z, z, z, 0)).indices.sum())
    0
    """
    here = census.indices == 0
    return Census(*(tensor[here] for tensor in census[:-1]), census.n_failed)


def spread_starts(
    couplings: Couplings,
    n_starts: int,
    *,
    energy_range: tuple[float, float] = (-math.inf, math.inf),
    generator: torch.Generator,
) -> torch.Tensor:
    """Draw starts (n_starts, n) whose energies are spread over a range; see :func:`find_critical_points`."""
    n_spins, order, dtype = couplings.n_spins, couplings.order, couplings.dtype
    reach = math.sqrt(2 * math.log(max(order, 2)) + 1)  # a little beyond the ground state: 1.79 for H = 3
    low, high = max(energy_range[0], -reach), min(energy_range[1], reach)
    if low > high:
        raise ValueError(f"energy_range: expected (low, high), got {energy_range}")
    states = random_states(n_spins, (n_starts,), dtype=dtype, generator=generator)
    uniform = torch.rand(n_starts, dtype=dtype, device=generator.device, generator=generator)
    target = low + (high - low) * uniform
    out = states.clone()
    for sign in (1.0, -1.0):
        here = sign * target < 0
        if bool(here.any()):
            signed = Couplings(
                n_spins, order, None, couplings.storage, tuple(sign * tensor for tensor in couplings.tensors)
            )
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", ConvergenceWarning)  # starts need not converge
                end = descend(signed, states[here], tol=1e-4, max_iter=2000, energy_stop=sign * target[here])
            out[here] = end.states
    return out


def distinct(states: torch.Tensor, *, mirror: bool) -> tuple[torch.Tensor, torch.Tensor]:
    """Find the different ones among states.

    Args:
        states: (m, n) on the sphere.
        mirror: Whether w and -w are the same.

    Returns:
        Numbers (k,) of the first of each, and (k,) how many there are of it.

    >>> w = torch.tensor([[1.0, 1.0], [-1.0, -1.0], [1.0, 1.0]])
    >>> [part.tolist() for part in distinct(w, mirror=False)]
    [[0, 1], [2, 1]]
    """
    m, n_spins = states.shape
    owner = torch.full((m,), -1, dtype=torch.int64, device=states.device)
    kept: list[int] = []
    for start in range(0, m, _BLOCK):
        block = torch.arange(start, min(start + _BLOCK, m), device=states.device)
        candidates = torch.cat([torch.tensor(kept, dtype=torch.int64, device=states.device), block])
        overlaps = states[block] @ states[candidates].T / n_spins
        same = ((overlaps.abs() if mirror else overlaps) > 1 - _SAME).to(torch.int8)
        first = candidates[same.argmax(-1)]  # argmax takes the first of equals
        owner[block] = first
        kept += block[first == block].tolist()
    numbers = torch.tensor(kept, dtype=torch.int64, device=states.device)
    return numbers, (owner[None, :] == numbers[:, None]).sum(-1)


def _census(couplings: Couplings, states: torch.Tensor, multiplicity: torch.Tensor, n_failed: int) -> Census:
    energies, euclidean = energy_and_gradient(couplings, states)
    residuals = riemannian_gradient(states, euclidean).norm(dim=-1) / math.sqrt(couplings.n_spins)
    eigenvalues = hessian_eigenvalues(couplings, states)
    gap = eigenvalues.abs().amin(-1) if couplings.n_spins > 1 else torch.full_like(energies, math.inf)
    return Census(states, energies, (eigenvalues < 0).sum(-1), residuals, multiplicity, gap, n_failed)


def _census_of_eigenvectors(couplings: Couplings) -> Census:
    points = eigenvector_critical_points(couplings)
    return _census(couplings, points.states, torch.ones_like(points.energies, dtype=torch.int64), 0)
