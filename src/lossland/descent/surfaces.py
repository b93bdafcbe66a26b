r"""Analytic test surfaces: value, gradient, Hessian, and what is known of their critical points.

Points are arrays (..., d), NumPy or torch; answers are of the same kind, on the same device.  They are the smallest
examples in which descent does something noteworthy: valleys, saddles, inflections, escape to infinity.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
from array_api_compat import array_namespace, device

from lossland import _checks


class CriticalPoint(NamedTuple):
    """A zero of the gradient.

    Attributes:
        position: Coordinates, (d,).
        value: The surface there.
        index: Morse index: number of negative eigenvalues of the Hessian.
        kind: "minimum", "maximum" or "saddle" where the Hessian is regular, otherwise "degenerate".
    """

    position: tuple[float, ...]
    value: float
    index: int
    kind: str


@dataclass(frozen=True)
class Surface:
    """A function on R^d with its derivatives in closed form.

    Attributes:
        name: Name of the surface.
        dimension: Number d of coordinates.
        formulas: Value, gradient and Hessian as functions of points (..., d).
        critical_points: All isolated critical points.
        infimum: Greatest lower bound; -inf if there is none.  It need not be attained.
        gradient_lipschitz: Least global Lipschitz constant M of the gradient; None if there is none.
        window: One interval for each coordinate that shows what matters.
    """

    name: str
    dimension: int
    formulas: tuple[Callable, Callable, Callable]
    critical_points: tuple[CriticalPoint, ...]
    infimum: float
    gradient_lipschitz: float | None
    window: tuple[tuple[float, float], ...]

    def value(self, w) -> Any:
        """Height at the points ``w`` (..., d): an array (...)."""
        return self._evaluate(0, w)

    def gradient(self, w) -> Any:
        """Gradient at the points ``w`` (..., d): an array (..., d)."""
        return self._evaluate(1, w)

    def hessian(self, w) -> Any:
        """Hessian at the points ``w`` (..., d): an array (..., d, d)."""
        return self._evaluate(2, w)

    def _evaluate(self, order: int, w):
        w, _ = _checks.floating_array("w", w, finite=False)
        if not w.ndim or w.shape[-1] != self.dimension:
            raise ValueError(f"w: expected points (..., {self.dimension}) of {self.name}, got shape {tuple(w.shape)}")
        return self.formulas[order](w)


def _separable(value: Callable, first: Callable, second: Callable) -> tuple[Callable, Callable, Callable]:
    """Formulas of a sum of functions of one coordinate each."""
    return lambda w: array_namespace(w).sum(value(w), axis=-1), first, lambda w: _diagonal(second(w))


def _planar(value: Callable, gradient: Callable, hessian: Callable) -> tuple[Callable, Callable, Callable]:
    """Formulas in the plane from functions of x and y; the Hessian as the entries xx, xy, yy."""

    def matrix(w):
        xx, xy, yy = (entry + 0 * w[..., 0] for entry in hessian(w[..., 0], w[..., 1]))
        return _stack([_stack([xx, xy], -1), _stack([xy, yy], -1)], -2)

    return lambda w: value(w[..., 0], w[..., 1]), lambda w: _stack(gradient(w[..., 0], w[..., 1]), -1), matrix


def _stack(arrays, axis: int):
    return array_namespace(*arrays).stack(arrays, axis=axis)


def _diagonal(entries):
    """Diagonal matrices (..., d, d) of the vectors (..., d)."""
    identity = array_namespace(entries).eye(entries.shape[-1], dtype=entries.dtype, device=device(entries))
    return entries[..., None] * identity


def _exp(w):
    return array_namespace(w).exp(w)


def _log1p(w):
    return array_namespace(w).log1p(w)


def quadratic(eigenvalues: Sequence[float]) -> Surface:
    r""":math:`L=\frac12\sum_i\lambda_iw_i^2`: every statement about descent can be checked exactly.

    Args:
        eigenvalues: The curvatures, one for each coordinate, of any sign.

    >>> float(quadratic([1.0, 4.0]).value([1.0, 1.0]))
    2.5
    """
    curvatures = np.atleast_1d(_checks.real_array("eigenvalues", eigenvalues))
    if curvatures.ndim != 1 or not curvatures.size:
        raise ValueError(f"eigenvalues: expected a vector of curvatures, got shape {curvatures.shape}")

    def scale(w):
        return array_namespace(w).asarray(curvatures, dtype=w.dtype, device=device(w))

    formulas = _separable(
        lambda w: scale(w) * w**2 / 2,
        lambda w: scale(w) * w,
        lambda w: scale(w) + 0 * w,
    )
    index = int(np.sum(curvatures < 0))
    names = {0: "minimum", curvatures.size: "maximum"}
    kind = names.get(index, "saddle") if np.all(curvatures) else "degenerate"
    origin = CriticalPoint((0.0,) * curvatures.size, 0.0, index, kind)
    infimum = -math.inf if index else 0.0
    lipschitz = float(np.max(np.abs(curvatures)))
    window = ((-2.0, 2.0),) * curvatures.size
    return Surface("quadratic", curvatures.size, formulas, (origin,), infimum, lipschitz, window)


def inflection() -> Surface:
    r""":math:`L=w^3/(1+w^2)^{3/2}`: bounded, smooth, and descent from :math:`w>0` ends at 0, which is no minimum.

    The infimum -1 is the limit at :math:`-\infty`.  The curvature :math:`(6w-9w^3)/(1+w^2)^{7/2}` is largest in size
    where :math:`w^2=(63-\sqrt{3105})/72`.

    >>> surface = inflection()
    >>> float(surface.value([-1.0])) < float(surface.value([0.0]))
    True
    """
    formulas = _separable(
        lambda w: w**3 / (1 + w**2) ** 1.5,
        lambda w: 3 * w**2 / (1 + w**2) ** 2.5,
        lambda w: (6 * w - 9 * w**3) / (1 + w**2) ** 3.5,
    )
    steepest = math.sqrt((63 - math.sqrt(3105)) / 72)
    lipschitz = (6 * steepest - 9 * steepest**3) / (1 + steepest**2) ** 3.5
    origin = CriticalPoint((0.0,), 0.0, 0, "degenerate")
    return Surface("inflection", 1, formulas, (origin,), -1.0, lipschitz, ((-3.0, 3.0),))


def escape() -> Surface:
    r""":math:`L=\frac12+e^{-w}(w^2-\frac12)`: starts beyond :math:`1+\sqrt{3/2}` run off to infinity, where L is 1/2.

    The global minimum :math:`1-\sqrt{3/2}` lies on the other side of a hill.

    >>> round(escape().infimum, 6)
    -0.062763
    """
    formulas = _separable(
        lambda w: 0.5 + _exp(-w) * (w**2 - 0.5),
        lambda w: _exp(-w) * (0.5 + 2 * w - w**2),
        lambda w: _exp(-w) * (w**2 - 4 * w + 1.5),
    )
    low, high = 1 - math.sqrt(1.5), 1 + math.sqrt(1.5)
    bottom, top = (0.5 + math.exp(-w) * (w**2 - 0.5) for w in (low, high))
    points = (CriticalPoint((low,), bottom, 0, "minimum"), CriticalPoint((high,), top, 1, "maximum"))
    return Surface("escape", 1, formulas, points, bottom, None, ((-1.0, 8.0),))


def double_well() -> Surface:
    r""":math:`L=\frac14(w^2-1)^2`: two minima of equal depth with a maximum between them."""
    formulas = _separable(
        lambda w: (w**2 - 1) ** 2 / 4,
        lambda w: w**3 - w,
        lambda w: 3 * w**2 - 1,
    )
    points = (
        CriticalPoint((-1.0,), 0.0, 0, "minimum"),
        CriticalPoint((0.0,), 0.25, 1, "maximum"),
        CriticalPoint((1.0,), 0.0, 0, "minimum"),
    )
    return Surface("double_well", 1, formulas, points, 0.0, None, ((-1.8, 1.8),))


def strict_saddle() -> Surface:
    r""":math:`L=\frac12x^2-\frac12y^2+\frac14y^4`: a saddle at the origin between the minima :math:`(0,\pm1)`.

    Descent that starts on the line :math:`y=0`, the stable manifold, ends at the saddle.
    """
    formulas = _planar(
        lambda x, y: x**2 / 2 - y**2 / 2 + y**4 / 4,
        lambda x, y: (x, y**3 - y),
        lambda x, y: (1 + 0 * x, 0, 3 * y**2 - 1),
    )
    points = (
        CriticalPoint((0.0, -1.0), -0.25, 0, "minimum"),
        CriticalPoint((0.0, 0.0), 0.0, 1, "saddle"),
        CriticalPoint((0.0, 1.0), -0.25, 0, "minimum"),
    )
    return Surface("strict_saddle", 2, formulas, points, -0.25, None, ((-1.5, 1.5), (-1.6, 1.6)))


def monkey_saddle() -> Surface:
    """x^3 - 3 x y^2: three valleys meet at the origin, where the Hessian is zero and says nothing."""
    formulas = _planar(
        lambda x, y: x**3 - 3 * x * y**2,
        lambda x, y: (3 * x**2 - 3 * y**2, -6 * x * y),
        lambda x, y: (6 * x, -6 * y, -6 * x),
    )
    origin = CriticalPoint((0.0, 0.0), 0.0, 0, "degenerate")
    return Surface("monkey_saddle", 2, formulas, (origin,), -math.inf, None, ((-1.2, 1.2), (-1.2, 1.2)))


def curved_valley(floor: float) -> Surface:
    r""":math:`L=(w_2-w_1^2)^2+\epsilon w_1^2`: a parabola of almost equal heights (Yarotsky's slides).

    Args:
        floor: :math:`\epsilon\ge0`, how steep the floor of the valley is.  For positive values the origin is the only
            critical point, a minimum with Hessian :math:`\mathrm{diag}(2\epsilon,2)`; for 0 the whole parabola is.

    >>> curved_valley(0.1).hessian([0.0, 0.0]).tolist()
    [[0.2, 0.0], [0.0, 2.0]]
    """
    floor = _checks.real_number("floor", floor, low=0.0)
    formulas = _planar(
        lambda x, y: (y - x**2) ** 2 + floor * x**2,
        lambda x, y: (-4 * x * (y - x**2) + 2 * floor * x, 2 * (y - x**2)),
        lambda x, y: (12 * x**2 - 4 * y + 2 * floor, -4 * x, 2),
    )
    points = (CriticalPoint((0.0, 0.0), 0.0, 0, "minimum"),) if floor else ()
    return Surface("curved_valley", 2, formulas, points, 0.0, None, ((-1.4, 1.4), (-0.6, 1.6)))


def rosenbrock(steepness: float = 100.0) -> Surface:
    r""":math:`L=(1-x)^2+b\,(y-x^2)^2`, the banana valley of Rosenbrock (1960) with its minimum at (1, 1).

    Args:
        steepness: b > 0; the condition number at the minimum is about 25 b.
    """
    b = _checks.real_number("steepness", steepness, low=0.0)
    if not b:
        raise ValueError("steepness: expected a positive number, got 0")
    formulas = _planar(
        lambda x, y: (1 - x) ** 2 + b * (y - x**2) ** 2,
        lambda x, y: (2 * (x - 1) - 4 * b * x * (y - x**2), 2 * b * (y - x**2)),
        lambda x, y: (2 - 4 * b * y + 12 * b * x**2, -4 * b * x, 2 * b),
    )
    bottom = CriticalPoint((1.0, 1.0), 0.0, 0, "minimum")
    return Surface("rosenbrock", 2, formulas, (bottom,), 0.0, None, ((-1.6, 1.6), (-0.8, 2.2)))


def himmelblau() -> Surface:
    """(x^2 + y - 11)^2 + (x + y^2 - 7)^2 (Himmelblau 1972): four minima, four saddles, one maximum."""
    formulas = _planar(
        lambda x, y: (x**2 + y - 11) ** 2 + (x + y**2 - 7) ** 2,
        lambda x, y: (
            4 * x * (x**2 + y - 11) + 2 * (x + y**2 - 7),
            2 * (x**2 + y - 11) + 4 * y * (x + y**2 - 7),
        ),
        lambda x, y: (12 * x**2 + 4 * y - 42, 4 * x + 4 * y, 4 * x + 12 * y**2 - 26),
    )
    return Surface("himmelblau", 2, formulas, HIMMELBLAU_POINTS, 0.0, None, ((-5.0, 5.0), (-5.0, 5.0)))


def log_sum(dimension: int) -> Surface:
    r""":math:`L=\sum_i\ln(1+w_i^2)`: not convex, bounded below, gradient Lipschitz with :math:`M=2`."""
    dimension = _checks.integer("dimension", dimension, low=1)
    formulas = _separable(
        lambda w: _log1p(w**2),
        lambda w: 2 * w / (1 + w**2),
        lambda w: 2 * (1 - w**2) / (1 + w**2) ** 2,
    )
    origin = CriticalPoint((0.0,) * dimension, 0.0, 0, "minimum")
    return Surface("log_sum", dimension, formulas, (origin,), 0.0, 2.0, ((-4.0, 4.0),) * dimension)


HIMMELBLAU_POINTS = (  # by Newton's method; residual gradients below 2e-14
    CriticalPoint((3.0, 2.0), 0.0, 0, "minimum"),
    CriticalPoint((3.5844283403304917, -1.8481265269644036), 0.0, 0, "minimum"),
    CriticalPoint((-3.779310253377747, -3.2831859912861696), 0.0, 0, "minimum"),
    CriticalPoint((-2.805118086952745, 3.131312518250573), 0.0, 0, "minimum"),
    CriticalPoint((3.385154183607021, 0.07385187983774928), 13.311926270405587, 1, "saddle"),
    CriticalPoint((0.08667750455539634, 2.884254701174776), 67.71915008752613, 1, "saddle"),
    CriticalPoint((-3.0730257507643897, -0.08135304428796751), 104.01516291755811, 1, "saddle"),
    CriticalPoint((-0.12796134673068005, -1.9537149802445766), 178.33723920192745, 1, "saddle"),
    CriticalPoint((-0.2708445906673476, -0.9230385564799815), 181.6165215225827, 2, "maximum"),
)

SURFACES = MappingProxyType(
    {
        "quadratic": lambda: quadratic((1.0, 10.0)),
        "inflection": inflection,
        "escape": escape,
        "double_well": double_well,
        "strict_saddle": strict_saddle,
        "monkey_saddle": monkey_saddle,
        "curved_valley": lambda: curved_valley(0.1),
        "rosenbrock": rosenbrock,
        "himmelblau": himmelblau,
        "log_sum": lambda: log_sum(2),
    }
)
"""Every surface by name, with a typical choice of its parameters."""
