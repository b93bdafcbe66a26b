"""Risk of a sample against risk of the population: the funnel of its scatter, and the gap that fitting opens."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes

from lossland.figures.style import COLORS, axes_or_new


def plot_risk_funnel(
    sizes: np.ndarray, risks: np.ndarray, exact: float, loss_std: float, *, ax: Axes | None = None
) -> Axes:
    r"""Draw empirical risks of many sample sets of each size around the population risk.

    Args:
        sizes: Numbers of samples, (m,).
        risks: Empirical risks, (m, draws).
        exact: Population risk.
        loss_std: Standard deviation of the loss of one sample; the funnel is exact +- loss_std / sqrt(n).
        ax: Axes to draw on; a new figure when ``None``.

    Returns:
        The axes that were drawn on.
    """
    ax = axes_or_new(ax)
    draws = risks.shape[1]
    spread = np.linspace(-0.12, 0.12, draws) if draws > 1 else np.zeros(1)
    x = np.asarray(sizes)[:, None] * np.exp(spread)
    ax.plot(x.ravel(), risks.ravel(), ".", color=COLORS["sky"], markersize=3, alpha=0.6, label="one sample set")
    fine = np.geomspace(np.min(sizes) / 1.3, np.max(sizes) * 1.3, 200)
    band = {"color": COLORS["orange"], "linewidth": 1.3}
    ax.plot(fine, exact + loss_std / np.sqrt(fine), **band, label=r"$L\pm\mathrm{sd}(l)/\sqrt{n}$")
    ax.plot(fine, exact - loss_std / np.sqrt(fine), **band)
    ax.axhline(exact, color=COLORS["black"], label="population risk $L$, exact")
    ax.set(xscale="log", xlabel="number of samples $n$", ylabel="empirical risk $L_n$", xlim=(fine[0], fine[-1]))
    ax.legend()
    return ax


def plot_two_risks(
    sizes: np.ndarray,
    training: np.ndarray,
    population: np.ndarray,
    *,
    exact: tuple[np.ndarray, np.ndarray, np.ndarray],
    floor: float,
    ax: Axes | None = None,
) -> Axes:
    """Draw the risk of fitted models on their own samples and on the population, against the number of samples.

    Args:
        sizes: Numbers of samples of the measured points, (m,).
        training: Risks on the samples that were fitted, (m, draws).
        population: Risks of the same models on the population, (m, draws).
        exact: Numbers of samples (k,) of the lines, expected training risk (k,), expected population risk (k,).
        floor: Risk of the true response: that of the noise.
        ax: Axes to draw on; a new figure when ``None``.

    Returns:
        The axes that were drawn on.
    """
    ax = axes_or_new(ax)
    kinds = (("population risk", population, exact[2], "orange"), ("training risk", training, exact[1], "blue"))
    for name, samples, line, color in kinds:
        error = samples.std(axis=1, ddof=1) / samples.shape[1] ** 0.5
        ax.plot(exact[0], line, color=COLORS[color], label=f"{name}, exact mean")
        ax.errorbar(sizes, samples.mean(axis=1), error, fmt="o", color=COLORS[color], label=f"{name}, measured")
    ax.axhline(floor, color=COLORS["gray"], linestyle="--", label="risk of the truth")
    ax.set(xlabel="number of samples $n$", ylabel="risk", ylim=(0, None))
    ax.legend()
    return ax
