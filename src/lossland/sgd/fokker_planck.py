r"""The equation of the density in conservative form, by finite volumes in one and two dimensions.

With time counted in iterations and isotropic noise of variance :math:`s^2` in each coordinate,

.. math:: \partial_tP=-\nabla\cdot F,\qquad F=-\eta P\,\nabla J-\tfrac{\eta^2s^2}2\nabla P.

Equation 19 takes the divergence of the scalar J, and even with its gradient has the drift with the other sign, up the
hill: its formal stationary law is :math:`e^{+2J/(\eta s^2)}`.

Between neighboring cells the flux is that of Scharfetter and Gummel (1969), exact for a constant drift:
:math:`F=\frac Dh(B(-v)P_i-B(v)P_{i+1})`, :math:`v=bh/D`, :math:`B(z)=z/(e^z-1)`.  Nothing leaves through the walls, so
mass is conserved to rounding; entries off the diagonal are not negative, so densities stay positive in exact time; and
the Boltzmann law at the centers of the cells is exactly stationary if the drift is given by its potential.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from scipy import integrate, sparse
from scipy.sparse.linalg import splu

from lossland import _checks

_LARGEST = 250_000


class FokkerPlanck(NamedTuple):
    """A discretized equation.

    Attributes:
        centers: Centers of the cells, one array for each dimension.
        volumes: Lengths or areas of the cells, of the shape of the grid.
        operator: Sparse matrix (m, m) that takes the masses of all cells, flattened, to their time derivatives.
    """

    centers: tuple[np.ndarray, ...]
    volumes: np.ndarray
    operator: sparse.csc_matrix

    @property
    def points(self) -> np.ndarray:
        """Centers of the cells as points, of the shape of the grid and (d,)."""
        return np.stack(np.meshgrid(*self.centers, indexing="ij"), axis=-1)


def fokker_planck(
    edges: Any,
    *,
    potential: Callable[[np.ndarray], np.ndarray] | None = None,
    drift: Callable[[np.ndarray], np.ndarray] | None = None,
    mobility: float = 1.0,
    diffusion: Any,
) -> FokkerPlanck:
    r"""Discretize :math:`\partial_tP=-\nabla\cdot(bP-D\nabla P)` on a box with closed walls.

    For noisy descent with time in iterations, ``mobility`` is :math:`\eta` and ``diffusion`` :math:`\eta^2s^2/2`.

    Args:
        edges: Increasing edges of the cells: one array in one dimension, a pair of arrays in two.
        potential: J at points (..., d), NumPy; the drift is then ``-mobility`` times its gradient.
        drift: The drift b (..., d) at points (..., d) instead, for what has no potential.
        mobility: Factor of the gradient of the potential.
        diffusion: D > 0, one number or one for each dimension; for correlated noise turn the axes first.

    Returns:
        FokkerPlanck: grid and sparse operator.

    Raises:
        ValueError: If not exactly one of ``potential`` and ``drift`` is given, edges do not increase, D is not
            positive, or there are more than 250,000 cells.

    >>> equation = fokker_planck(np.linspace(-3, 3, 61), potential=lambda p: p[..., 0] ** 2 / 2, diffusion=0.1)
    >>> float(np.abs(equation.operator.sum(axis=0)).max()) < 1e-9  # mass is conserved
    True
    """
    axes = _axes(edges)
    if (potential is None) == (drift is None):
        raise ValueError("potential: expected exactly one of potential and drift")
    mobility = _checks.real_number("mobility", mobility)
    strengths = np.broadcast_to(_checks.real_array("diffusion", diffusion, low=0.0), (len(axes),))
    if np.any(strengths == 0):
        raise ValueError("diffusion: expected positive numbers, got 0; without noise a density has no width")
    shape = tuple(len(axis) - 1 for axis in axes)
    if np.prod(shape) > _LARGEST:
        raise ValueError(f"edges: expected at most {_LARGEST} cells, got {int(np.prod(shape))}")
    centers = tuple((axis[1:] + axis[:-1]) / 2 for axis in axes)
    grid = np.stack(np.meshgrid(*centers, indexing="ij"), axis=-1)
    heights = None if potential is None else _values("potential", potential(grid), shape)
    index, total = np.arange(int(np.prod(shape))).reshape(shape), int(np.prod(shape))
    operator = sparse.csc_matrix((total, total))
    for k, (axis, center, strength) in enumerate(zip(axes, centers, strengths, strict=True)):
        low, high = (np.moveaxis(index, k, -1)[..., part].ravel() for part in (slice(None, -1), slice(1, None)))
        gaps, widths = np.diff(center), np.diff(axis)
        if heights is not None:
            peclet = -mobility * np.diff(np.moveaxis(heights, k, -1), axis=-1) / strength
        else:
            faces = grid.take(range(shape[k] - 1), axis=k).copy()
            faces[..., k] = np.expand_dims(axis[1:-1], tuple(range(1, len(axes) - k)))
            flow = _values("drift", drift(faces), faces.shape)[..., k]
            peclet = np.moveaxis(flow, k, -1) * gaps / strength
        forward = (_bernoulli(-peclet) * (strength / gaps / widths[:-1])).ravel()  # of the masses, hence the widths
        backward = (_bernoulli(peclet) * (strength / gaps / widths[1:])).ravel()
        rows = np.concatenate([high, low, low, high])
        columns = np.concatenate([low, low, high, high])
        entries = np.concatenate([forward, -forward, backward, -backward])
        operator = operator + sparse.csc_matrix((entries, (rows, columns)), shape=(total, total))
    volumes = np.diff(axes[0]) if len(axes) == 1 else np.outer(np.diff(axes[0]), np.diff(axes[1]))
    return FokkerPlanck(centers, volumes, operator.tocsc())


def evolve_density(
    equation: FokkerPlanck, density: Any, times: Any, *, rtol: float = 1e-7, atol: float = 1e-10
) -> np.ndarray:
    """Density at given times, by an implicit Runge-Kutta method of order 5 (Radau IIA) that conserves mass.

    Args:
        equation: The discretized equation.
        density: Density at time 0 on the grid; it is normalized.
        times: Increasing times >= 0, (n_times,).
        rtol: Relative tolerance.
        atol: Absolute tolerance, of the mass of a cell.

    Returns:
        Densities, (n_times,) and the shape of the grid.

    Raises:
        ValueError: If the density is negative somewhere or vanishes, its shape is not the grid's, or times decrease.
        RuntimeError: If the integrator gives up.

    >>> equation = fokker_planck(np.linspace(-3, 3, 61), potential=lambda p: p[..., 0] ** 2 / 2, diffusion=0.1)
    >>> later = evolve_density(equation, np.ones(60), [0.0, 1.0])
    >>> [round(float(total), 9) for total in (later * equation.volumes).sum(1)]
    [1.0, 1.0]
    """
    values = _checks.real_array("density", density, low=0.0)
    if values.shape != equation.volumes.shape:
        raise ValueError(f"density: expected shape {equation.volumes.shape}, got {values.shape}")
    masses = (values * equation.volumes).ravel()
    if masses.sum() <= 0:
        raise ValueError("density: expected a positive mass, got 0")
    times = np.atleast_1d(_checks.real_array("times", times, low=0.0))
    if np.any(np.diff(times) < 0):
        raise ValueError("times: expected increasing times")
    masses = masses / masses.sum()
    if times[-1] == 0:
        return np.repeat((masses.reshape(values.shape) / equation.volumes)[None], len(times), axis=0)
    solution = integrate.solve_ivp(
        lambda _, p: equation.operator @ p,
        (0.0, times[-1]),
        masses,
        method="Radau",
        t_eval=times,
        jac=equation.operator,
        rtol=rtol,
        atol=atol,
    )
    if not solution.success:
        raise RuntimeError(f"evolve_density: {solution.message}")
    return solution.y.T.reshape(len(times), *values.shape) / equation.volumes


def stationary_density(equation: FokkerPlanck) -> np.ndarray:
    """The density that no longer changes, as the null vector of the operator.

    Returns:
        Density on the grid, of mass 1.

    >>> equation = fokker_planck(np.linspace(-3, 3, 61), potential=lambda p: p[..., 0] ** 2 / 2, diffusion=0.1)
    >>> p = stationary_density(equation)
    >>> round(float((p * equation.volumes * equation.centers[0] ** 2).sum()), 4)  # temperature over curvature
    0.1
    """
    matrix = equation.operator.tolil(copy=True)
    scale = float(np.abs(equation.operator.diagonal()).max())
    matrix[0, :] = scale  # the sum of masses, in place of an equation that the others imply
    right = np.zeros(matrix.shape[0])
    right[0] = scale
    masses = np.maximum(splu(matrix.tocsc()).solve(right), 0.0)
    return (masses / masses.sum()).reshape(equation.volumes.shape) / equation.volumes


def density_moments(equation: FokkerPlanck, density: Any) -> tuple[np.ndarray, np.ndarray]:
    """Mean (d,) and covariance (d, d) of a density on the grid, masses taken at the centers of their cells.

    >>> equation = fokker_planck(np.linspace(0, 1, 11), potential=lambda p: 0 * p[..., 0], diffusion=1.0)
    >>> mean, covariance = density_moments(equation, np.ones(10))
    >>> round(float(mean[0]), 12), round(float(covariance[0, 0]), 4)
    (0.5, 0.0825)
    """
    masses = _checks.real_array("density", density) * equation.volumes
    weights, points = (masses / masses.sum()).ravel(), equation.points.reshape(-1, len(equation.centers))
    mean = weights @ points
    centered = points - mean
    return mean, (centered * weights[:, None]).T @ centered


def _axes(edges: Any) -> list[np.ndarray]:
    several = isinstance(edges, Sequence) and len(edges) == 2 and all(np.ndim(axis) == 1 for axis in edges)
    axes = [_checks.real_array("edges", axis) for axis in (edges if several else [edges])]
    if any(axis.ndim != 1 or len(axis) < 3 or np.any(np.diff(axis) <= 0) for axis in axes):
        raise ValueError("edges: expected one or two arrays of at least 3 increasing numbers")
    return axes


def _values(name: str, values: Any, shape: tuple[int, ...]) -> np.ndarray:
    values = _checks.real_array(name, values)
    if values.shape != shape:
        raise ValueError(f"{name}: expected values of shape {shape}, got {values.shape}")
    return values


def _bernoulli(z: np.ndarray) -> np.ndarray:
    """z / (e^z - 1), 1 at 0, without overflow."""
    safe = np.where(np.abs(z) < 1e-8, 1.0, z)
    positive = np.abs(safe)
    value = positive * np.exp(-positive) / -np.expm1(-positive)  # at |z|
    return np.where(np.abs(z) < 1e-8, 1 - z / 2, np.where(z > 0, value, value + positive))
