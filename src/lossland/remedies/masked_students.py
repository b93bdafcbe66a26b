r"""Small masked students that look for their teachers: do masks remove copies of a solution, or turn them into traps?

A dense student with h hidden units may find its teacher in any of h! orders.  With a mask that lets nobody change
places one of them is left, and near the others the task can only nearly be done.

Source: a counterexample of ours to the hope that goes with the pruning of Glukhov (2024), section 6.2.1.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch

from lossland import _checks


class _Task(NamedTuple):
    """Points (n_teachers, 1, n_points, n_inputs), the mask of all parameters (P,), numbers of units and inputs."""

    points: torch.Tensor
    mask: torch.Tensor
    n_units: int
    n_inputs: int

    def answers(self, p: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Hidden values (..., n_points, n_units) and outputs (..., n_points) of networks with parameters (..., P)."""
        n_weights = self.n_units * self.n_inputs
        weights = p[..., :n_weights].unflatten(-1, (self.n_units, self.n_inputs))
        hidden = torch.tanh(self.points @ weights.mT)
        return hidden, (hidden * p[..., None, n_weights:]).sum(-1)

    def derivatives(self, p: torch.Tensor, hidden: torch.Tensor) -> torch.Tensor:
        """Derivatives of the outputs by the parameters, (..., n_points, P), zero where the mask is."""
        inner = (1 - hidden**2) * p[..., None, self.n_units * self.n_inputs :]
        inner = (inner[..., None] * self.points[..., None, :]).flatten(-2)
        return torch.cat([inner, hidden], -1) * self.mask


def find_teachers(
    mask: torch.Tensor,
    orders: Sequence[Sequence[int]] = (),
    *,
    n_teachers: int = 16,
    n_students: int = 24,
    n_points: int = 80,
    n_steps: int = 60,
    tolerance: float = 1e-8,
    generator: torch.Generator,
) -> torch.Tensor:
    r"""Train students by least squares, and count those that find their teacher.

    Teacher and student are :math:`\sum_iv_i\tanh(w_i\cdot x)` with the same mask on the :math:`w_i`; parameters and
    inputs are standard normal.  The method is that of Levenberg and Marquardt: a step that lowers the loss divides the
    damping by 3, another one is not taken and doubles it.

    Args:
        mask: Zeros and ones (n_units, n_inputs).
        orders: Orders of the units.  If there are any, students do not start at random but at the teacher's units in
            these orders, cut to the mask, one student for each order.
        n_teachers: Number of teachers, each with points of its own.
        n_students: Students of each teacher, where they start at random.
        n_points: Points from which a student learns.
        n_steps: Steps.
        tolerance: Mean square error below which a student has found its teacher.
        generator: For all draws; everything is on its device.

    Returns:
        The share of students that end below the tolerance, (n_teachers,), in double precision.

    Raises:
        TypeError: If an argument has the wrong type.
        ValueError: If the mask is no matrix of zeros and ones, or an argument is out of range.

    >>> g = torch.Generator().manual_seed(0)
    >>> find_teachers(torch.ones(2, 3), [[1, 0]], n_teachers=4, generator=g).tolist()
    [1.0, 1.0, 1.0, 1.0]
    """
    mask = torch.as_tensor(mask, dtype=torch.float64, device=generator.device)
    if mask.ndim != 2 or not bool(((mask == 0) | (mask == 1)).all()):
        got = f"got other entries, shape {tuple(mask.shape)}" if mask.ndim == 2 else f"got shape {tuple(mask.shape)}"
        raise ValueError(f"mask: expected a matrix (n_units, n_inputs) of zeros and ones, {got}")
    sizes = {"n_teachers": n_teachers, "n_students": n_students, "n_points": n_points, "n_steps": n_steps}
    n_teachers, n_students, n_points, n_steps = (_checks.integer(k, v, low=1) for k, v in sizes.items())
    tolerance = _checks.real_number("tolerance", tolerance, low=0)
    n_units, n_inputs = mask.shape
    if any(sorted(order) != list(range(n_units)) for order in orders):
        raise ValueError(f"orders: expected orders of the units 0 ... {n_units - 1}, got {list(map(list, orders))}")
    how = {"generator": generator, "dtype": torch.float64, "device": generator.device}
    points = torch.randn(n_teachers, 1, n_points, n_inputs, **how)
    task = _Task(points, torch.cat([mask.flatten(), mask.new_ones(n_units)]), n_units, n_inputs)
    n_parameters = len(task.mask)
    teachers = torch.randn(n_teachers, 1, n_parameters, **how) * task.mask
    students = torch.randn(n_teachers, n_students, n_parameters, **how)
    if len(orders):
        students = teachers[:, 0, _places(orders, n_units, n_inputs, mask.device)]
    target = task.answers(teachers)[1]
    ends = _least_squares(task, target, students * task.mask, n_steps)
    return (_square_error(task, target, ends) < tolerance).double().mean(1)


def _places(orders, n_units: int, n_inputs: int, device) -> torch.Tensor:
    """Where the parameters of a network stand in one whose units are reordered, (n_orders, P)."""
    rows = torch.arange(n_units * n_inputs, device=device).view(n_units, n_inputs)
    last = torch.arange(n_units, device=device) + n_units * n_inputs
    return torch.stack([torch.cat([rows[list(order)].flatten(), last[list(order)]]) for order in orders])


def _square_error(task: _Task, target: torch.Tensor, p: torch.Tensor) -> torch.Tensor:
    return (task.answers(p)[1] - target).square().mean(-1)


def _least_squares(task: _Task, target: torch.Tensor, p: torch.Tensor, n_steps: int) -> torch.Tensor:
    """Levenberg's and Marquardt's method for all students at once."""
    damping = torch.ones_like(p[..., :1])
    unit = torch.eye(p.shape[-1], dtype=p.dtype, device=p.device)
    for _ in range(n_steps):
        hidden, guess = task.answers(p)
        slopes, off = task.derivatives(p, hidden), guess - target
        square = slopes.mT @ slopes + damping[..., None] * unit
        step = torch.linalg.solve(square, slopes.mT @ off[..., None])[..., 0]
        better = (_square_error(task, target, p - step) < off.square().mean(-1))[..., None]
        p = torch.where(better, p - step, p)
        damping = torch.where(better, damping / 3, 2 * damping)
    return p
