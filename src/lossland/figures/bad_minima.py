r"""Two bad minima of linear networks seen: a wedge that products cannot leave, and rank-one maps on a torus."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes

from lossland.figures.style import COLORS, axes_or_new
from lossland.linear_networks import MapLoss


def plot_wedge(products: np.ndarray, *, limit: float | None = None, ax: Axes | None = None) -> Axes:
    """Draw maps near the product of diag(0, 1) and diag(1, 0): the wanted entry against what the others cost.

    Args:
        products: End-to-end maps, (n, 2, 2).
        limit: Largest value on both axes; None for what the products need.
        ax: Axes to draw on; a new figure when ``None``.

    Returns:
        The axes that were drawn on.
    """
    ax = axes_or_new(ax)
    wanted = products[:, 0, 1]
    price = np.abs(products).sum((1, 2)) - np.abs(wanted)
    limit = float(max(price.max(), np.abs(wanted).max())) if limit is None else limit
    edge = np.array([0.0, limit])
    ax.fill_between(edge, edge, limit, color=COLORS["orange"], alpha=0.15, lw=0, label="lower loss: no product there")
    ax.plot(edge, edge, color=COLORS["orange"], linewidth=1.2)
    style = {"markersize": 2, "color": COLORS["blue"], "alpha": 0.5, "rasterized": True}
    ax.plot(price, wanted, ".", label="products of nearby layers", **style)
    ax.plot(0, 0, "s", color=COLORS["black"], markersize=7, label="the minimum")
    ax.set(xlabel="$|A_{11}| + |A_{22}| + |A_{21}|$", ylabel="wanted entry $A_{12}$")
    ax.set(xlim=(-0.03 * limit, limit), ylim=(-limit, limit))
    ax.legend(loc="lower left")
    return ax


def rank_one_landscape(loss: MapLoss, left: np.ndarray, right: np.ndarray) -> np.ndarray:
    r"""The least loss of the maps :math:`s\,u(\theta)v(\phi)^{\mathsf T}` over the size s, for a quadratic loss.

    Args:
        loss: Quadratic function of maps (2, 2) with a ``hessian_product``.
        left: Angles :math:`\theta` of the output direction, (n,).
        right: Angles :math:`\phi` of the input direction, (m,).

    Returns:
        Losses, (n, m).

    >>> from lossland.linear_networks import bottleneck_minimum
    >>> rank_one_landscape(bottleneck_minimum().loss, np.array([0.0, np.pi / 2]), np.array([0.0, np.pi / 2]))
    array([[0.125, 0.625],
           [0.625, 0.5  ]])
    """
    u, v = (np.stack([np.cos(a), np.sin(a)], axis=-1) for a in (left, right))
    maps = u[:, None, :, None] * v[None, :, None, :]
    zero = np.zeros_like(maps)
    slope = np.sum(loss.gradient(zero) * maps, axis=(-2, -1))
    curvature = np.sum(loss.hessian_product(zero, maps) * maps, axis=(-2, -1))
    return loss.value(zero) - slope**2 / (2 * curvature)


def plot_rank_one_landscape(
    loss: MapLoss, minima: Sequence[tuple[float, float, str]], *, ax: Axes | None = None
) -> Axes:
    """Draw the loss of all maps of rank one, as a function of their two directions.

    Args:
        loss: Quadratic function of maps (2, 2).
        minima: Angles of the output and of the input direction of points to mark, in degrees, with a name each.
        ax: Axes to draw on; a new figure when ``None``.

    Returns:
        The axes that were drawn on.
    """
    ax = axes_or_new(ax)
    degrees = np.linspace(-45, 135, 361)
    values = rank_one_landscape(loss, np.radians(degrees), np.radians(degrees))
    filled = ax.contourf(degrees, degrees, values, levels=30, cmap="viridis")
    ax.contour(degrees, degrees, values, levels=30, colors="white", linewidths=0.4, alpha=0.5)
    for theta, phi, name in minima:
        ax.plot(phi, theta, "o", color="white", markeredgecolor=COLORS["black"], markersize=7)
        box = {"facecolor": "white", "alpha": 0.85, "edgecolor": "none", "pad": 2}
        ax.annotate(name, (phi, theta), (0, 10), textcoords="offset points", ha="center", bbox=box)
    ax.figure.colorbar(filled, ax=ax, label="least loss over the size")
    ax.set(xlabel="input direction (degrees)", ylabel="output direction (degrees)", aspect="equal")
    ax.grid(visible=False)
    return ax
