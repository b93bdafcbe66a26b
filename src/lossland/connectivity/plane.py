r"""The plane through three points of parameter space: a map on which a bent path can be drawn.

A Bezier curve with one bend lies in the plane of its three control points.  Coordinates are lengths along orthonormal
directions: the first from the first point to the second, the second across, toward the third.  Garipov et al. (2018),
*Loss surfaces, mode connectivity, and fast ensembling of DNNs*, Figure 1.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import torch

from lossland.connectivity.points import check_alike, from_vectors, leaves, rebuild, to_vectors


class Plane(NamedTuple):
    """A plane in parameter space.

    Attributes:
        like: The first point, whose structure all points of the plane have.
        origin: The first point as a vector, (n,).
        axes: Two orthonormal directions, (2, n).
    """

    like: Any
    origin: torch.Tensor
    axes: torch.Tensor

    def at(self, coordinates: torch.Tensor) -> Any:
        """Points at coordinates (T, 2), with a leading dimension T."""
        vectors = self.origin + coordinates.to(self.origin) @ self.axes
        return rebuild(self.like, from_vectors(vectors, leaves(self.like), 0))

    def coordinates(self, point: Any) -> torch.Tensor:
        """Coordinates (..., 2) of a point, or of points with leading dimensions, projected onto the plane."""
        parts = leaves(point)
        n_batch = parts[0].ndim - leaves(self.like)[0].ndim
        return (to_vectors(parts, n_batch) - self.origin) @ self.axes.T


def plane_through(a: Any, b: Any, c: Any) -> Plane:
    """The plane through three points.

    Args:
        a: The point at the coordinates (0, 0).
        b: The point at (distance of a and b, 0).
        c: A point off the line of the two, with positive second coordinate.

    Returns:
        Plane: to walk in, and to project on.

    Raises:
        TypeError: If the points are of different kinds.
        ValueError: If their shapes differ, or they lie on a line.

    >>> plane = plane_through(torch.zeros(3), torch.tensor([3.0, 0.0, 0.0]), torch.tensor([1.0, 2.0, 0.0]))
    >>> plane.coordinates(torch.tensor([1.0, 2.0, 7.0])).tolist()
    [1.0, 2.0]
    >>> plane.at(torch.tensor([[3.0, 0.0]])).tolist()
    [[3.0, 0.0, 0.0]]
    """
    first, second, third = (to_vectors(part, 0) for part in check_alike([a, b, c], ["a", "b", "c"]))
    along, across = second - first, third - first
    size = along.norm()
    if float(size) > 0:
        across = across - (across @ along) / size**2 * along
    if not float(across.norm()) > 1e-6 * float((third - first).norm()) or not float(size) > 0:
        raise ValueError("c: expected a point off the line through a and b; on a line there is no plane to draw")
    return Plane(a, first, torch.stack([along / size, across / across.norm()]))
