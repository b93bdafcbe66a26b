"""Pictures of sums of independent terms: law of large numbers, central limit, large deviations."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from scipy import stats

from lossland.figures.style import COLORS, axes_or_new


def plot_running_means(running_means: np.ndarray, step_std: float, *, ax: Axes | None = None) -> Axes:
    """Draw running means against the number of terms, with the band of one standard deviation.

    Args:
        running_means: shape (n_runs, n_terms); column ``n - 1`` is the mean of the first ``n`` terms.
        step_std: standard deviation of one term; the band is ``step_std / sqrt(n)``.
        ax: axes to draw in; new ones when left out.

    Returns:
        The axes.
    """
    ax = axes_or_new(ax)
    n = np.arange(1, np.shape(running_means)[1] + 1)
    band = step_std / np.sqrt(n)
    ax.fill_between(n, -band, band, color=COLORS["sky"], alpha=0.35, linewidth=0,
                    label="one standard deviation, $\\pm 1/\\sqrt{n}$")
    for i, means in enumerate(running_means):
        ax.plot(n, means, linewidth=1.0, color=COLORS["blue"], alpha=0.75, label="a run" if i == 0 else None)
    ax.axhline(0.0, color=COLORS["black"], linewidth=0.8)
    ax.set(xscale="log", xlabel="number of terms $n$", ylabel="running mean $\\eta_n / n$", xlim=(1, n[-1]))
    ax.legend()
    return ax


def plot_distribution_functions(
    cumulative: Mapping[int, tuple[np.ndarray, np.ndarray]], *, ax: Axes | None = None
) -> Axes:
    """Draw distribution functions of standardized sums as steps, with the normal one behind them.

    Args:
        cumulative: for each number of terms, the pair (values, probability of being at most that value).
        ax: axes to draw in; new ones when left out.

    Returns:
        The axes.
    """
    ax = axes_or_new(ax)
    s = np.linspace(-3.5, 3.5, 400)
    ax.plot(s, stats.norm.cdf(s), color=COLORS["black"], linewidth=2.6, alpha=0.5, label="normal law")
    for n, (values, probability) in cumulative.items():
        ax.step(values, probability, where="post", linewidth=1.3, label=f"$n = {n}$")
    ax.set(xlabel="$s$", ylabel="probability of $\\eta_n / \\sqrt{n} \\leq s$", xlim=(-3.5, 3.5))
    ax.legend()
    return ax


def plot_histogram_against_normal(
    samples: np.ndarray, variance: float, *, label: str | None = None, ax: Axes | None = None
) -> Axes:
    """Draw a normalized histogram of samples and the density of the centered normal law.

    Args:
        samples: any shape; flattened.
        variance: variance of the normal law that the histogram is compared with.
        label: name of the histogram in the legend.
        ax: axes to draw in; new ones when left out.

    Returns:
        The axes.
    """
    ax = axes_or_new(ax)
    std = float(np.sqrt(variance))
    edges = np.linspace(-3.75 * std, 3.75 * std, 61)
    heights, _, _ = ax.hist(np.ravel(samples), bins=edges, density=True, color=COLORS["sky"], alpha=0.8, label=label)
    density = stats.norm.pdf(edges, scale=std)
    ax.plot(edges, density, color=COLORS["black"], label=f"normal, variance {variance:.3g}")
    ax.set(xlabel="pre-activation $z$", ylabel="density", xlim=(edges[0], edges[-1]))
    ax.set_ylim(0, 1.35 * max(heights.max(), density.max()))  # room for the legend
    ax.legend(loc="upper right")
    return ax


def plot_rate_function(
    x: np.ndarray,
    rate: np.ndarray,
    gaussian_rate: np.ndarray,
    finite: Mapping[int, np.ndarray],
    *,
    ax: Axes | None = None,
) -> Axes:
    """Draw a rate function, its Gaussian approximation and exact tails at finite ``n``.

    Args:
        x: deviations of the mean, shape (m,).
        rate: rate function I at ``x``.
        gaussian_rate: x**2 / (2 variance), what the central limit theorem would suggest.
        finite: for each number of terms n, the exact values of -(1/n) ln P(mean > x).
        ax: axes to draw in; new ones when left out.

    Returns:
        The axes.
    """
    ax = axes_or_new(ax)
    ax.plot(x, rate, color=COLORS["black"], linewidth=2.4, label="rate function $I(x)$")
    ax.plot(x, gaussian_rate, "--", color=COLORS["gray"], label="Gaussian guess $x^2/2$")
    styles = zip("os^D", ("orange", "blue", "green", "pink"), strict=True)
    for (n, values), (marker, color) in zip(finite.items(), styles, strict=False):
        ax.plot(x, values, marker, color=COLORS[color], markersize=4, label=f"exact, $n = {n}$")
    ax.set(xlabel="deviation $x$ of the mean", ylabel="$-\\frac{1}{n}\\,\\ln\\, P(\\eta_n / n > x)$")
    ax.set_ylim(bottom=0)
    ax.legend()
    return ax
