"""Objects as points in the space of three filter responses: Glukhov (2024), figure 3, with images that can be had."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes

from lossland.figures.style import COLORS, axes_or_new

_COLORS = ("blue", "orange", "green", "pink", "gold", "sky", "black")
_MARKERS = ("o", "s", "^", "D", "v", "P", "X")


def plot_response_space(
    responses: np.ndarray, labels: np.ndarray, *, names: Sequence[str] = ("first", "second", "third"),
    ax: Axes | None = None,
) -> Axes:  # fmt: skip
    """Draw points of a few classes in two or three dimensions, a color and a marker for each class.

    Args:
        responses: Responses to two or three filters, (n, 2) or (n, 3).
        labels: Classes (n,), at most seven different ones.
        names: Names of the responses.
        ax: Axes to draw on, with ``projection="3d"`` for three responses; a new figure when ``None`` (two only).

    Returns:
        The axes that were drawn on.

    Raises:
        ValueError: If there are not two or three responses, or more than seven classes.
    """
    responses, labels = np.asarray(responses), np.asarray(labels)
    classes = np.unique(labels)
    if responses.ndim != 2 or responses.shape[1] not in (2, 3):
        raise ValueError(f"responses: expected (n, 2) or (n, 3), got {responses.shape}")
    if len(classes) > len(_COLORS):
        raise ValueError(f"labels: expected at most {len(_COLORS)} classes, got {len(classes)}")
    ax = axes_or_new(ax)
    for label, color, marker in zip(classes, _COLORS, _MARKERS, strict=False):
        own = responses[labels == label]
        ax.plot(*own.T, marker, color=COLORS[color], markersize=3.5, alpha=0.6, label=str(label))
    for axis, name in zip("xyz", names[: responses.shape[1]], strict=False):
        getattr(ax, f"set_{axis}label")(f"{name} response")
    ax.legend(title="class", loc="upper left")
    return ax
