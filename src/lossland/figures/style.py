"""One look for all figures of the book: sizes, line widths, and a palette that survives color blindness.

The categorical colors are those of Okabe and Ito (2008), *Color Universal Design*.  Every figure names its
lines in words, too, so that nothing depends on color alone.
"""

from __future__ import annotations

from cycler import cycler
from matplotlib import pyplot as plt
from matplotlib.axes import Axes

COLORS = {
    "blue": "#0072B2",
    "orange": "#D55E00",
    "green": "#009E73",
    "pink": "#CC79A7",
    "gold": "#E69F00",
    "sky": "#56B4E9",
    "black": "#222222",
    "gray": "#8A8A8A",
}

PHASE_COLORS = {"ordered": COLORS["blue"], "critical": COLORS["black"], "chaotic": COLORS["orange"]}

_SETTINGS = {
    "figure.figsize": (6.4, 4.0),
    "figure.dpi": 110,
    "figure.constrained_layout.use": True,
    "savefig.dpi": 110,
    "axes.prop_cycle": cycler(color=[COLORS[name] for name in ("blue", "orange", "green", "pink", "gold", "sky")]),
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.titlesize": 12,
    "axes.titlelocation": "left",
    "axes.labelsize": 11,
    "grid.color": "#DDDDDD",
    "grid.linewidth": 0.6,
    "lines.linewidth": 1.8,
    "lines.markersize": 4.5,
    "errorbar.capsize": 2,
    "legend.frameon": False,
    "legend.fontsize": 9.5,
    "font.size": 11,
    "mathtext.fontset": "cm",
}


def use_style() -> None:
    """Apply the book's look to all figures that follow in this process."""
    plt.rcParams.update(_SETTINGS)


def axes_or_new(ax: Axes | None) -> Axes:
    """Return ``ax``, or the axes of a new figure in the book's look when ``ax`` is ``None``."""
    if ax is not None:
        return ax
    with plt.rc_context(_SETTINGS):
        return plt.subplots()[1]
