"""Small gray images in rows that have names: filters, pictures and what is left of them, what a network has learned."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from lossland.figures.style import axes_or_new

_GAP = 1


def plot_image_rows(rows: Mapping[str, Any], *, signed: bool = False, ax: Axes | None = None) -> Axes:
    """Draw rows of images of one size, each image scaled by itself.

    Args:
        rows: Images (n, height, width) by the name of their row; shorter rows leave room at their end.
        signed: Whether 0 is shown as middle gray, and equal sizes of both signs equally far from it; otherwise the
            least value of an image is white and the largest black.
        ax: Axes to draw on; a new figure when ``None``.

    Returns:
        The axes that were drawn on.

    Raises:
        ValueError: If there is no image, or their sizes differ.
    """
    arrays = {name: np.asarray(images, dtype=np.float64) for name, images in rows.items()}
    sizes = {array.shape[1:] for array in arrays.values()}
    if len(sizes) != 1 or len(next(iter(sizes))) != 2:
        raise ValueError(
            f"rows: expected images (n, height, width) of one size, got {[a.shape for a in arrays.values()]}"
        )
    ax = axes_or_new(ax)
    height, width = (side + _GAP for side in next(iter(sizes)))
    canvas = np.full((len(arrays) * height - _GAP, max(map(len, arrays.values())) * width - _GAP), np.nan)
    for i, images in enumerate(arrays.values()):
        for j, image in enumerate(images):
            top, left = i * height, j * width
            canvas[top : top + height - _GAP, left : left + width - _GAP] = _shade(image, signed)
    ax.imshow(canvas, cmap="gray_r", vmin=0.0, vmax=1.0, interpolation="nearest")
    ax.set_yticks([i * height + (height - _GAP - 1) / 2 for i in range(len(arrays))], list(arrays))
    ax.set_xticks([])
    ax.tick_params(length=0)
    ax.grid(visible=False)
    for spine in ax.spines.values():
        spine.set_visible(False)
    return ax


def _shade(image: np.ndarray, signed: bool) -> np.ndarray:
    if signed:
        return 0.5 - image / (2 * max(np.abs(image).max(), np.finfo(float).tiny))
    low, high = image.min(), image.max()
    return (image - low) / max(high - low, np.finfo(float).tiny)
