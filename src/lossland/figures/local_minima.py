"""Local minima of networks of several sizes: training against test loss, one point a run.

Choromanska et al. (2015), *The loss surfaces of multilayer networks*, Figures 3 and 4, show the same as histograms.
"""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes

from lossland.figures.style import COLORS, axes_or_new

_ORDER = ("orange", "gold", "green", "blue", "pink", "black")
_MARKERS = ("o", "s", "^", "D", "v", "P")


def plot_local_minima(
    width: np.ndarray, train_loss: np.ndarray, test_loss: np.ndarray, *, ax: Axes | None = None
) -> Axes:
    """Draw test loss against training loss at the end of every run, logarithmic, one sign for each width.

    Args:
        width: Hidden units of each run, (m,).
        train_loss: Training loss at its end, (m,).
        test_loss: Test loss there, (m,).
        ax: Axes to draw on; a new figure when ``None``.

    Returns:
        The axes that were drawn on.
    """
    ax = axes_or_new(ax)
    for value, color, marker in zip(np.unique(width), _ORDER, _MARKERS, strict=False):
        here = np.asarray(width) == value
        style = {"color": COLORS[color], "alpha": 0.75, "markersize": 5, "label": f"width {value:g}"}
        ax.loglog(np.asarray(train_loss)[here], np.asarray(test_loss)[here], marker, **style)
    ax.set(xlabel="training loss (nats)", ylabel="test loss (nats)")
    ax.legend(loc="upper left")
    return ax
