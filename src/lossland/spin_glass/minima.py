"""Local minima that descent reaches, proved to be minima: descent, then Newton's method, then the whole spectrum."""

from __future__ import annotations

import warnings
from typing import NamedTuple

import torch

from lossland import _checks
from lossland.numerics.fixed_point import ConvergenceWarning
from lossland.spin_glass.couplings import Couplings
from lossland.spin_glass.dynamics import descend
from lossland.spin_glass.newton_method import hessian_eigenvalues, newton
from lossland.spin_glass.sphere import overlap

_NEAR = 0.9  # least overlap of the polished state with where descent had come


class Minima(NamedTuple):
    """Ends of descent.

    Attributes:
        states: (..., n) on the sphere.
        energies: (...,) total energies.
        gradient_norms: (...,) norms of the Riemannian gradient over sqrt(n): the residual.
        lowest_eigenvalues: (...,) of the Riemannian Hessian.
        indices: (...,) numbers of its negative eigenvalues; 0 for a minimum.
        n_iter: (...,) steps of descent.
        converged: (...,) whether the residual is at most ``tol`` and the index 0.
    """

    states: torch.Tensor
    energies: torch.Tensor
    gradient_norms: torch.Tensor
    lowest_eigenvalues: torch.Tensor
    indices: torch.Tensor
    n_iter: torch.Tensor
    converged: torch.Tensor


def find_minima(
    couplings: Couplings,
    starts: torch.Tensor,
    *,
    tol: float = 1e-10,
    rounds: int = 4,
    max_iter: int = 20_000,
    step: float | None = None,
) -> Minima:
    """Descend from each start and certify the minimum.

    Descent goes on to a gradient of 1e-3, then Newton's method to ``tol``.  If that leads far away, up, or to a
    saddle, descent goes on by another factor of ten, at most ``rounds`` times.

    Args:
        couplings: The couplings, in float64.
        starts: (..., n) on the sphere, or (n_disorder, ..., n) for a batch of disorders.
        tol: Residual to reach: norm of the Riemannian gradient over sqrt(n).
        rounds: Most rounds.
        max_iter: Most steps of descent in a round.
        step: A fixed step of descent, see :func:`lossland.spin_glass.dynamics.descend`.

    Returns:
        Minima: states, energies, residuals and indices.

    Raises:
        TypeError: If ``starts`` is no tensor of the couplings' dtype.
        ValueError: If an argument is out of range or a shape does not fit.

    Warns:
        ConvergenceWarning: If a start did not lead to a minimum.

    >>> from lossland.spin_glass.couplings import couplings_from_tensor
    >>> J = couplings_from_tensor(torch.diag(torch.tensor([1.0, 2.0, 3.0], dtype=torch.float64)))
    >>> end = find_minima(J, torch.ones(3, dtype=torch.float64))
    >>> round(float(end.lowest_eigenvalues) * 3**0.5, 9)  # the eigenvalues are 2 (2 - 1) and 2 (3 - 1) over root 3
    2.0
    """
    tol = _checks.real_number("tol", tol, low=0.0)
    rounds = _checks.integer("rounds", rounds, low=1)
    steps, states, accuracy = 0, starts, 1e-3
    done, result = None, None
    for _ in range(rounds):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)  # what matters is said below
            end = descend(couplings, states, tol=accuracy, max_iter=max_iter, step=step)
        steps = steps + end.n_iter
        found = newton(couplings, end.states, tol=tol, max_iter=20)
        eigenvalues = hessian_eigenvalues(couplings, found.states)
        near = (overlap(found.states, end.states) > _NEAR) & (found.energies <= end.energies + 1e-9 * couplings.n_spins)
        good = found.converged & near & (eigenvalues[..., 0] > 0)
        indices = (eigenvalues < 0).sum(-1)
        fields = (found.states, found.energies, found.gradient_norms, eigenvalues[..., 0], indices, steps)
        result = fields if result is None else tuple(map(_keep, [done] * len(fields), result, fields))
        done = good if done is None else done | good
        if bool(done.all()):
            break
        states, accuracy = torch.where(done.unsqueeze(-1), result[0], end.states), accuracy / 10
    if not bool(done.all()):
        warnings.warn(
            f"find_minima: {int((~done).sum())} of {done.numel()} starts led to no minimum of residual {tol:g} in "
            f"{rounds} rounds; raise rounds or max_iter",
            ConvergenceWarning,
            stacklevel=2,
        )
    return Minima(*result, done)


def _keep(done, old, new):
    return torch.where(done if old.ndim == done.ndim else done.unsqueeze(-1), old, new)
