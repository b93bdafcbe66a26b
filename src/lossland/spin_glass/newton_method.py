r"""Newton's method on the sphere for critical points of any index, damped, for batches of states and disorders.

The step d solves :math:`\operatorname{Hess}d=-g` on the tangent space, through the bordered system

.. math:: \begin{pmatrix}\nabla^2L-\lambda&w\\w^T&0\end{pmatrix}\begin{pmatrix}d\\\mu\end{pmatrix}
          =\begin{pmatrix}-g\\0\end{pmatrix},\qquad\lambda=\langle w,\nabla L\rangle/n .

Since :math:`|g|^2` falls along d wherever the Hessian is regular, steps are shortened until it does; the way may end
where the Hessian is singular, which is then no critical point.  Convergence is quadratic.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import torch

from lossland import _checks
from lossland.spin_glass.couplings import Couplings
from lossland.spin_glass.hamiltonian import as_batch, energy_and_gradient, hessian
from lossland.spin_glass.sphere import overlap, retract, riemannian_gradient, riemannian_hessian, to_sphere

_TOL = {torch.float64: 1e-10, torch.float32: 1e-4}
_SUFFICIENT = 1e-4
_CUT = 0.25


class NewtonEnd(NamedTuple):
    """Where Newton's method ended.

    Attributes:
        states: (..., n) on the sphere.
        energies: (...,) total energies.
        gradient_norms: (...,) norms of the Riemannian gradient over sqrt(n).
        n_iter: int, steps tried.
        converged: (...,) whether the norm reached ``tol``.
    """

    states: torch.Tensor
    energies: torch.Tensor
    gradient_norms: torch.Tensor
    n_iter: int
    converged: torch.Tensor


def newton(
    couplings: Couplings,
    states: torch.Tensor,
    *,
    tol: float | None = None,
    max_iter: int = 100,
    longest: float = 0.2,
) -> NewtonEnd:
    """Go to critical points near the states.

    Args:
        couplings: The couplings.
        states: Starts (..., n) on the sphere, or (n_disorder, ..., n) for a batch of disorders.
        tol: Norm of the Riemannian gradient over sqrt(n) to reach; by default 1e-10 in float64, 1e-4 in float32.
        max_iter: Most steps.
        longest: Longest step over sqrt(n).

    Returns:
        NewtonEnd: not converged is a value here, no warning: a start need not lead anywhere.

    Raises:
        TypeError: If ``states`` is no tensor of the couplings' dtype.
        ValueError: If an argument is out of range or a shape does not fit.

    >>> from lossland.spin_glass.couplings import couplings_from_tensor
    >>> J = couplings_from_tensor(torch.diag(torch.tensor([1.0, 2.0, 3.0], dtype=torch.float64)))
    >>> end = newton(J, torch.tensor([0.3, 1.6, 0.2], dtype=torch.float64))
    >>> round(float(end.energies) / 3**0.5, 9), bool(end.converged)
    (2.0, True)
    """
    tol = _TOL.get(couplings.dtype, 1e-4) if tol is None else _checks.real_number("tol", tol, low=0.0)
    max_iter = _checks.integer("max_iter", max_iter, low=0)
    longest = _checks.real_number("longest", longest, low=0.0)
    as_batch(couplings, states)
    states = to_sphere(states)
    energies, euclidean = energy_and_gradient(couplings, states)
    norms, scale = _norms(states, euclidean), torch.ones_like(energies)
    n_iter = 0
    while n_iter < max_iter and bool(((norms > tol) & (scale > 1e-6)).any()):
        n_iter += 1
        step = _direction(states, euclidean, hessian(couplings, states))
        length = step.norm(dim=-1) / math.sqrt(couplings.n_spins)
        step = step * (scale * (longest / length.clamp_min(longest))).unsqueeze(-1)
        trial = retract(states, step)
        trial_energies, trial_euclidean = energy_and_gradient(couplings, trial)
        trial_norms = _norms(trial, trial_euclidean)
        taken = (norms > tol) & (trial_norms <= (1 - _SUFFICIENT * scale) * norms)
        here = taken.unsqueeze(-1)
        states, euclidean = torch.where(here, trial, states), torch.where(here, trial_euclidean, euclidean)
        energies, norms = torch.where(taken, trial_energies, energies), torch.where(taken, trial_norms, norms)
        scale = torch.where(taken, (2 * scale).clamp_max(1.0), _CUT * scale)
    return NewtonEnd(states, energies, norms, n_iter, norms <= tol)


def hessian_eigenvalues(couplings: Couplings, states: torch.Tensor) -> torch.Tensor:
    """Eigenvalues (..., n-1) of the Riemannian Hessian at the states, ascending; see :func:`newton` for the shapes."""
    return torch.linalg.eigvalsh(
        riemannian_hessian(states, energy_and_gradient(couplings, states)[1], hessian(couplings, states))
    )


def _norms(states, euclidean):
    return riemannian_gradient(states, euclidean).norm(dim=-1) / math.sqrt(states.shape[-1])


def _direction(states, euclidean, second):
    """Newton step (..., n); zero where the system is singular."""
    n_spins = states.shape[-1]
    bordered = states.new_zeros(*states.shape[:-1], n_spins + 1, n_spins + 1)
    bordered[..., :n_spins, :n_spins] = second
    bordered[..., :n_spins, :n_spins].diagonal(dim1=-2, dim2=-1).sub_(overlap(states, euclidean).unsqueeze(-1))
    bordered[..., n_spins, :n_spins] = states
    bordered[..., :n_spins, n_spins] = states
    right = states.new_zeros(*states.shape[:-1], n_spins + 1)
    right[..., :n_spins] = -riemannian_gradient(states, euclidean)
    solution = torch.linalg.solve_ex(bordered, right.unsqueeze(-1)).result.squeeze(-1)
    return torch.nan_to_num(solution[..., :n_spins], nan=0.0, posinf=0.0, neginf=0.0)
