"""How deep a network can be trained: accuracy over weight_std and depth, with the depth scale drawn on top.

Schoenholz et al. (2017), *Deep information propagation*, Figure 5.
"""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes

from lossland.figures.style import COLORS, axes_or_new


def plot_trainability(
    weight_std: np.ndarray,
    depths: np.ndarray,
    accuracy: np.ndarray,
    *,
    scale: tuple[np.ndarray, np.ndarray] | None = None,
    scale_label: str = r"$6\,\xi_c$",
    ax: Axes | None = None,
) -> Axes:
    """Color the plane (weight_std, depth) by the accuracy that training reached.

    Args:
        weight_std: Shape (m,), increasing.
        depths: Shape (n,), increasing number of layers.
        accuracy: Shape (n, m), between 0 and 1; cells that are NaN stay blank.
        scale: ``(weight_std, depth)`` of the predicted limit, drawn as a line; ``None`` leaves it out.
        scale_label: Name of that line.
        ax: Axes to draw on; a new figure when ``None``.

    Returns:
        The axes that were drawn on.
    """
    ax = axes_or_new(ax)
    mesh = ax.pcolormesh(
        _edges(weight_std), _edges(depths), np.ma.masked_invalid(accuracy), cmap="magma", vmin=0.0, vmax=1.0,
        rasterized=True,
    )
    ax.figure.colorbar(mesh, ax=ax, label="accuracy after training")
    if scale is not None:
        ax.plot(*scale, color=COLORS["sky"], linewidth=2.4, label=scale_label)
        ax.legend(loc="upper left", frameon=True, framealpha=0.85)
    ax.grid(False)
    bottom, top = _edges(depths)[[0, -1]]
    ax.set(xlabel=r"weight_std $\alpha_w$", ylabel="depth (layers)", xlim=tuple(_edges(weight_std)[[0, -1]]))
    ax.set(ylim=(max(bottom, 0.0), top))
    return ax


def _edges(centers: np.ndarray) -> np.ndarray:
    """Boundaries of the cells around increasing centers: midway between neighbors, mirrored at both ends."""
    centers = np.asarray(centers, float)
    if centers.size == 1:
        return np.array([centers[0] - 0.5, centers[0] + 0.5])
    inner = (centers[1:] + centers[:-1]) / 2
    return np.concatenate([[2 * centers[0] - inner[0]], inner, [2 * centers[-1] - inner[-1]]])
