r"""Curve training: bend a path between two networks until the loss is low all along it.

A path :math:`\phi_\theta(t)` whose ends are fixed is trained in its bends :math:`\theta` to minimize the mean loss over
uniform times, :math:`\mathbb E_{t\sim U(0,1)}\,L(\phi_\theta(t))`, with times drawn anew in each step.  Everything is
batched over pairs of ends: the sum of the objectives of independent pairs is minimized, by Adam, which acts on each
coordinate by itself, so that pairs do not influence one another.

Source: Garipov, Izmailov, Podoprikhin, Vetrov and Wilson (2018), *Loss surfaces, mode connectivity, and fast ensembling
of DNNs*, sections 3.1 and 3.2, equation 2, and the schedule of the learning rate of their appendix; theirs draws one
time and one batch of data a step, here the times are stratified and the loss is as given.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import torch

from lossland import _checks
from lossland.connectivity.barrier import path_losses
from lossland.connectivity.paths import bezier_path, linear_path, polygonal_path
from lossland.connectivity.points import check_alike, from_vectors, leaves, rebuild, to_vectors

PATHS = {"bezier": bezier_path, "polygonal": polygonal_path}
_DECAY = (0.9, 0.999)  # of Adam's two means: Kingma and Ba (2015), section 2
_TINY = 1e-8


class Curve(NamedTuple):
    """A trained path.

    Attributes:
        points: Its control points: the first end, the bends, the last end.
        kind: ``"bezier"`` or ``"polygonal"``.
        losses: Losses at equally spaced times, (n_points, ...).
        objective: Mean loss over the times of each step of training, (n_steps, ...).
    """

    points: tuple[Any, ...]
    kind: str
    losses: torch.Tensor
    objective: torch.Tensor

    def at(self, t: Any) -> Any:
        """Point of the curve at time ``t``, or points at times (T,)."""
        return PATHS[self.kind](self.points, t)


def train_curve(
    a: Any,
    b: Any,
    loss: Callable[[Any], torch.Tensor],
    *,
    kind: str = "bezier",
    n_bends: int = 1,
    n_steps: int = 1000,
    learning_rate: float = 0.01,
    n_times: int = 4,
    n_points: int = 61,
    generator: torch.Generator,
) -> Curve:
    """Train the bends of a curve between two points that stay where they are.

    Args:
        a: First end: a tensor, a network, or a sequence of them; a batch of pairs has leading dimensions.
        b: Last end, of the same shapes.
        loss: Function of points with a leading dimension T of times that returns differentiable losses (T, ...), with
            the leading dimensions of the ends, which are independent pairs, behind it.
        kind: ``"bezier"`` or ``"polygonal"``.
        n_bends: Number of control points between the ends; they start on the segment.
        n_steps: Steps of Adam.
        learning_rate: Step size, constant for the first half, then falling linearly to a hundredth.
        n_times: Times a step, one drawn in each of as many equal intervals, common to all pairs.
        n_points: Equally spaced times at which the losses of the result are taken.
        generator: Draws the times, on the device of the ends.

    Returns:
        Curve: control points, losses along the curve and objective during training.

    Raises:
        TypeError: If the ends are not torch tensors of one floating dtype.
        ValueError: If an argument is out of range, or the shapes do not fit.

    >>> ends = torch.eye(2)
    >>> ring = lambda w: (w.square().sum(-1) - 1).square()  # 0 on the unit circle, 1/4 in the middle of the segment
    >>> curve = train_curve(*ends, ring, n_steps=200, learning_rate=0.05, generator=torch.Generator().manual_seed(3))
    >>> bool(curve.losses.max() < 0.01), curve.points[0].tolist()
    (True, [1.0, 0.0])
    """
    if kind not in PATHS:
        raise ValueError(f"kind: expected one of {', '.join(PATHS)}, got {kind!r}")
    n_bends, n_steps, n_times = (
        _checks.integer(name, value, low=1)
        for name, value in (("n_bends", n_bends), ("n_steps", n_steps), ("n_times", n_times))
    )
    learning_rate = _checks.real_number("learning_rate", learning_rate, low=0.0)
    ends, n_batch = check_ends(a, b, loss)
    first, last = (to_vectors(end, n_batch) for end in ends)
    bends = linear_path(first, last, np.linspace(0, 1, n_bends + 2)[1:-1]).requires_grad_()

    def points_at(t):
        vectors = PATHS[kind]([first, *bends, last], t)
        return rebuild(a, from_vectors(vectors, ends[0], n_batch))

    adam, history = _Adam(bends), []
    for step in range(n_steps):
        uniform = torch.rand(n_times, dtype=torch.float64, device=first.device, generator=generator).cpu().numpy()
        times = (np.arange(n_times) + uniform) / n_times
        objective = loss(points_at(times)).mean(dim=0)
        (gradient,) = torch.autograd.grad(objective.sum(), bends)
        adam.step(gradient, learning_rate * _schedule(step / n_steps))
        history.append(objective.detach())
    bends = bends.detach()
    inner = [rebuild(a, from_vectors(bend, ends[0], n_batch)) for bend in bends]
    points = (detached(a), *inner, detached(b))
    losses = path_losses(lambda t: PATHS[kind](points, t), loss, n_points)
    return Curve(points, kind, losses, torch.stack(history))


def check_ends(a: Any, b: Any, loss: Callable) -> tuple[list[list[torch.Tensor]], int]:
    """Check two ends and a loss; return the detached leaves of the ends and the number of batch dimensions."""
    ends = check_alike([a, b], ["a", "b"])
    for name, end in zip(("a", "b"), ends, strict=True):
        wrong = [leaf for leaf in end if not isinstance(leaf, torch.Tensor)]
        if wrong:
            raise TypeError(f"{name}: expected torch tensors, got {type(wrong[0]).__name__}; use torch.as_tensor")
    ends = [[leaf.detach() for leaf in end] for end in ends]
    value = loss(rebuild(a, [leaf[None] for leaf in ends[0]]))
    batch = tuple(value.shape[1:])
    if value.ndim == 0 or value.shape[0] != 1 or any(leaf.shape[: len(batch)] != batch for leaf in ends[0]):
        raise ValueError(
            f"loss: expected losses (T, ...) for points (T, ...), got {tuple(value.shape)} for one time; the "
            "dimensions behind T must be the leading ones of the ends"
        )
    return ends, len(batch)


def detached(point: Any) -> Any:
    """The same point outside of any graph of gradients."""
    return rebuild(point, [leaf.detach() for leaf in leaves(point)])


def _schedule(progress: float) -> float:
    """1 for the first half, then linearly down to 0.01 at nine tenths, as in the source."""
    return 1.0 if progress <= 0.5 else max(0.01, 1.0 - (progress - 0.5) / 0.4 * 0.99)


class _Adam:
    """Adam of Kingma and Ba (2015), algorithm 1, which touches nothing but the device of its tensor."""

    def __init__(self, parameters: torch.Tensor):
        self.parameters = parameters
        self.mean, self.square, self.count = torch.zeros_like(parameters), torch.zeros_like(parameters), 0

    def step(self, gradient: torch.Tensor, learning_rate: float) -> None:
        self.count += 1
        self.mean.lerp_(gradient, 1 - _DECAY[0])
        self.square.lerp_(gradient.square(), 1 - _DECAY[1])
        mean, square = self.mean / (1 - _DECAY[0] ** self.count), self.square / (1 - _DECAY[1] ** self.count)
        with torch.no_grad():
            self.parameters.sub_(learning_rate * mean / (square.sqrt() + _TINY))
