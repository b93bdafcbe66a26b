"""Phases of a wide random network: the plane (weight_std, bias_std), and the correlation deep layers reach.

Poole et al. (2016), *Exponential expressivity in deep neural networks through transient chaos*, Figure 2, and
Schoenholz et al. (2017), *Deep information propagation*, Figure 1, draw the same plane with variances on its
axes; here, as everywhere in the package, the axes are standard deviations.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap

from lossland.figures.style import COLORS, PHASE_COLORS, axes_or_new

if TYPE_CHECKING:
    from lossland.signal_propagation import PhaseDiagram

_PHASES = LinearSegmentedColormap.from_list(
    "phases", [PHASE_COLORS["ordered"], "#F7F7F7", PHASE_COLORS["chaotic"]]
)
_LABELS = {"chi1": r"$\ln\chi_1$", "c_star": r"$c_*$", "xi_c": r"$\log_{10}\xi_c$"}
_HALO = {"facecolor": "white", "alpha": 0.75, "edgecolor": "none", "pad": 2.0}


def plot_phase_diagram(
    diagram: PhaseDiagram,
    *,
    quantity: str = "chi1",
    critical: tuple[np.ndarray, np.ndarray] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Color the plane (weight_std, bias_std) by a quantity of the phase diagram, the critical line on top.

    Args:
        diagram: Record with ``weight_std`` (m,), ``bias_std`` (n,) and the chosen quantity, an (n, m) array.
        quantity: ``"chi1"`` (colors are centered on the critical value, blue where inputs converge),
            ``"c_star"`` or ``"xi_c"`` (decimal logarithm; infinite values stay blank).
        critical: ``(weight_std, bias_std)`` along the critical line, drawn in black; ``None`` leaves it out.
        ax: Axes to draw on; a new figure when ``None``.

    Returns:
        The axes that were drawn on.

    Raises:
        ValueError: If ``quantity`` is none of the three names.
    """
    if quantity not in _LABELS:
        raise ValueError(f"quantity must be one of {sorted(_LABELS)}, got {quantity!r}")
    ax = axes_or_new(ax)
    shades = _shades(getattr(diagram, quantity), quantity)
    style = {"shading": "nearest", "rasterized": True, **_scale(shades, quantity)}
    mesh = ax.pcolormesh(diagram.weight_std, diagram.bias_std, shades, **style)
    extend = "both" if quantity == "chi1" else "neither"
    ax.figure.colorbar(mesh, ax=ax, label=_LABELS[quantity], extend=extend)
    if critical is not None:
        inside = np.asarray(critical[1]) <= np.max(diagram.bias_std)
        weight, bias = np.asarray(critical[0])[inside], np.asarray(critical[1])[inside]
        ax.plot(weight, bias, color=PHASE_COLORS["critical"], label=r"critical line $\chi_1=1$")
        ax.legend(loc="upper left", frameon=True, framealpha=0.85)
        _name_phases(ax, diagram)
    ax.grid(False)
    ax.set(xlim=(np.min(diagram.weight_std), np.max(diagram.weight_std)))
    ax.set(ylim=(np.min(diagram.bias_std), np.max(diagram.bias_std)))
    ax.set(xlabel=r"weight_std $\alpha_w$", ylabel=r"bias_std $\alpha_h$")
    return ax


def plot_c_star(
    weight_std: np.ndarray, c_star: np.ndarray, *, bias_std: Sequence[float], ax: Axes | None = None
) -> Axes:
    """Draw the stable fixed point c* of the correlation map against weight_std, one line per bias_std.

    Args:
        weight_std: Shape (m,).
        c_star: Shape (n, m), one row for each value of ``bias_std``.
        bias_std: The n values that name the lines.
        ax: Axes to draw on; a new figure when ``None``.

    Returns:
        The axes that were drawn on.
    """
    ax = axes_or_new(ax)
    colors = (COLORS["blue"], COLORS["orange"], COLORS["green"], COLORS["pink"])
    for index, (row, bias) in enumerate(zip(np.atleast_2d(c_star), bias_std, strict=True)):
        ax.plot(weight_std, row, color=colors[index % 4], label=rf"$\alpha_h = {bias:.3g}$")
    ax.set(xlabel=r"weight_std $\alpha_w$", ylabel=r"correlation $c_*$ of deep layers", ylim=(-0.04, 1.06))
    ax.legend()
    return ax


def _shades(values: np.ndarray, quantity: str) -> np.ndarray:
    """What the colors show; cells without a finite value are masked."""
    with np.errstate(divide="ignore"):
        scale = {"chi1": np.log, "xi_c": np.log10, "c_star": np.asarray}[quantity]
        return np.ma.masked_invalid(scale(np.asarray(values, float)))


def _scale(shades: np.ndarray, quantity: str) -> dict:
    if quantity == "chi1":
        sides = [side for side in (np.max(shades), -np.min(shades)) if side > 0]
        reach = float(min(sides))  # the paler side would tell nothing otherwise
        return {"cmap": _PHASES, "vmin": -reach, "vmax": reach}
    return {"cmap": "viridis"} if quantity == "xi_c" else {"cmap": "cividis", "vmin": 0.0, "vmax": 1.0}


def _name_phases(ax: Axes, diagram: PhaseDiagram) -> None:
    """Write the name of each phase at the center of the region it occupies."""
    weight, bias = np.meshgrid(diagram.weight_std, diagram.bias_std)
    for name, where in (("ordered", diagram.chi1 < 1), ("chaotic", diagram.chi1 > 1)):
        if np.any(where):
            x, y = float(np.mean(weight[where])), float(np.mean(bias[where]))
            ax.text(x, y, name, ha="center", va="center", color=PHASE_COLORS[name], bbox=_HALO, weight="bold")
