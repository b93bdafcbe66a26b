r"""The stochastic vicinity of an optimum: how large a cloud is, and how wide it is toward other optima.

A run is cut into blocks.  What moves within a block, around the mean of the block, is the *cloud*; what moves the
means themselves is the slow *drift*.  The radius of the cloud is one number for all P directions,

.. math:: R=\Big(\mathbb E\sum_i|\delta_i|^2\Big)^{1/2}=\Big(\sum_{k=1}^{P}\mathrm{Var}_k\Big)^{1/2},

and grows with P.  Whether a cloud reaches a neighbor depends on its width along *one* line.  With the neurons as
points, the copy with i and j exchanged lies at :math:`\sqrt2|u_i-u_j|`, and half way is passed if
:math:`\langle\delta_i-\delta_j,u_i-u_j\rangle<-|u_i-u_j|^2`.  The *margin*

.. math:: z_{ij}=\frac{|u_i-u_j|^2}{\mathrm{std}\,\langle\delta_i-\delta_j,u_i-u_j\rangle}

is half the distance in units of the width on the line.

Source: Glukhov (2024), arXiv:2411.07008, sections 4.2 and 5.2, where a volume stands in for the width.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from lossland.symmetry.equivalent_optima import transposition_distances
from lossland.symmetry.layer_points import as_points


class Vicinity(NamedTuple):
    """Size of the cloud of a run, with the slow drift taken out.

    Attributes:
        radius: Root of the mean squared distance from the mean of the block, (...).
        drift: Root of the mean squared distance of the means of later blocks from that of the first, (...); zero if
            there is one block.
        displacements: Snapshots minus the mean of their block, (n_blocks, n_snapshots, ..., w, D).
    """

    radius: np.ndarray
    drift: np.ndarray
    displacements: np.ndarray


def stochastic_vicinity(snapshots: Any, block_means: Any = None) -> Vicinity:
    """Separate the cloud of a run from its drift, and measure both.

    Args:
        snapshots: Neurons at several times of several blocks, (n_blocks, n_snapshots, ..., w, D).
        block_means: Means over blocks, (n_blocks, ..., w, D); those of the snapshots when ``None``, and then the
            radius is corrected for the degree of freedom that this takes.

    Returns:
        Vicinity: radius, drift, and the displacements in the cloud.

    Raises:
        ValueError: If the shapes do not fit.

    >>> rng = np.random.default_rng(0)
    >>> path = 0.2 * rng.normal(size=(4, 500, 10, 30)) + np.arange(4.0)[:, None, None, None]  # 300 coordinates
    >>> found = stochastic_vicinity(path)
    >>> round(float(found.radius), 2), round(0.2 * 300**0.5, 2)
    (3.47, 3.46)
    >>> round(float(found.drift), 1)  # 1, 2 and 3 in each of 300 coordinates
    37.4
    """
    snapshots = as_points("snapshots", snapshots, at_least=1)
    if snapshots.ndim < 4:
        raise ValueError(
            f"snapshots: expected (n_blocks, n_snapshots, ..., w, D), got the shape {snapshots.shape}; give one block "
            "a leading dimension of 1"
        )
    correction = 1.0
    if block_means is None:
        if snapshots.shape[1] < 2:
            raise ValueError("snapshots: expected at least 2 in a block, got 1; pass block_means, or keep more")
        correction = snapshots.shape[1] / (snapshots.shape[1] - 1)
        block_means = snapshots.mean(axis=1)
    means = as_points("block_means", block_means, at_least=1)
    if means.shape != (snapshots.shape[0], *snapshots.shape[2:]):
        raise ValueError(
            f"block_means: expected the shape {(snapshots.shape[0], *snapshots.shape[2:])}, one mean for each block, "
            f"got {means.shape}"
        )
    displacements = snapshots - means[:, None]
    radius = np.sqrt(correction * np.sum(displacements**2, axis=(-2, -1)).mean(axis=(0, 1)))
    moved = np.sum((means[1:] - means[0]) ** 2, axis=(-2, -1))
    drift = np.sqrt(moved.mean(axis=0)) if len(moved) else np.zeros_like(radius)
    return Vicinity(radius, drift, displacements)


def spread_along(displacements: Any, line: Any) -> np.ndarray:
    """Root mean square of displacements along a line.

    Args:
        displacements: (T, ..., w, D).
        line: Direction (..., w, D) of any length but zero, for instance from a layer to one of its copies.

    Returns:
        Width of the cloud on the line, (...).

    Raises:
        ValueError: If the shapes do not fit, or the line has length zero.

    >>> cloud = np.random.default_rng(0).normal(size=(4000, 3, 2)) * [[2.0, 1.0]]
    >>> spread_along(cloud, [[1.0, 0.0], [0.0, 0.0], [0.0, 0.0]]).round(1)
    np.float64(2.0)
    """
    displacements, line = as_points("displacements", displacements, at_least=1), as_points("line", line, at_least=1)
    if displacements.ndim < 3 or displacements.shape[-2:] != line.shape[-2:]:
        raise ValueError(
            f"line: expected one of the displacements' neurons and coordinates, {displacements.shape[-2:]}, got "
            f"{line.shape}"
        )
    length = np.sqrt(np.sum(line**2, axis=(-2, -1)))
    if not np.all(length > 0):
        raise ValueError("line: expected a direction, got one of length zero; is the copy equal to the layer?")
    along = np.sum(displacements * line, axis=(-2, -1)) / length
    return np.sqrt(np.mean(along**2, axis=0))


def pair_margins(points: Any, displacements: Any) -> np.ndarray:
    """Half the distance to each transposed copy, in units of the width of the cloud along the line to it.

    Args:
        points: Center of the cloud, (..., w, D), w at least 2.
        displacements: From the center, (T, ..., w, D).

    Returns:
        Margins (..., w, w), symmetric, infinite on the diagonal and where nothing moves; 0 for two equal neurons.

    Raises:
        ValueError: If the shapes do not fit.

    >>> points = np.array([[0.0, 0.0], [1.0, 0.0]])
    >>> cloud = 0.1 * np.random.default_rng(0).normal(size=(20_000, 2, 2))
    >>> pair_margins(points, cloud)[0, 1].round(1), round(1 / (0.1 * 2**0.5), 1)  # only one coordinate of two counts
    (np.float64(7.1), 7.1)
    """
    points = as_points("points", points)
    displacements = as_points("displacements", displacements)
    if displacements.ndim != points.ndim + 1 or displacements.shape[1:] != points.shape:
        raise ValueError(
            f"displacements: expected (T, {', '.join(map(str, points.shape))}), got the shape {displacements.shape}"
        )
    total = 0.0
    for moved in displacements:  # one time at a time: (w, w) numbers for each are enough
        gain = moved @ np.swapaxes(points, -1, -2)
        own = np.diagonal(gain, axis1=-2, axis2=-1)
        total = total + (own[..., :, None] + own[..., None, :] - gain - np.swapaxes(gain, -1, -2)) ** 2
    width = np.sqrt(total / len(displacements))
    gaps = transposition_distances(points) ** 2 / 2
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(gaps > 0, gaps / width, 0.0)
