"""Pictures of two inputs on their way through the layers: neuron clouds, correlation maps, trajectories."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from lossland.figures.length_map import plot_length_trajectories
from lossland.figures.style import COLORS, axes_or_new

_CYCLE = ("blue", "orange", "green", "pink", "gold", "sky")


def plot_pair_lengths(covariances: Mapping[str, np.ndarray], *, ax: Axes | None = None) -> Axes:
    """Draw the lengths of two inputs against the layer: solid for the first, dashed for the second.

    Args:
        covariances: for each network, the matrix of covariances in each layer, shape (n_layers, 2, 2).
        ax: axes to draw in; new ones when left out.

    Returns:
        The axes.
    """
    ax = axes_or_new(ax)
    for (label, q), color in zip(covariances.items(), _CYCLE, strict=False):
        layers = np.arange(1, len(q) + 1)
        ax.plot(layers, q[:, 0, 0], color=COLORS[color], label=label)
        ax.plot(layers, q[:, 1, 1], "--", color=COLORS[color])
    ax.set(xlabel="layer $k$", ylabel="length $q_k$")
    ax.set_ylim(bottom=0)
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    ax.legend()
    return ax


def plot_pair_correlations(covariances: Mapping[str, np.ndarray], *, ax: Axes | None = None) -> Axes:
    """Draw the correlation of two inputs against the layer.

    Args:
        covariances: for each network, the matrix of covariances in each layer, shape (n_layers, 2, 2).
        ax: axes to draw in; new ones when left out.

    Returns:
        The axes.
    """
    ax = axes_or_new(ax)
    for (label, q), color in zip(covariances.items(), _CYCLE, strict=False):
        c = q[:, 0, 1] / np.sqrt(q[:, 0, 0] * q[:, 1, 1])
        ax.plot(np.arange(1, len(q) + 1), c, color=COLORS[color], label=label)
    ax.set(xlabel="layer $k$", ylabel="correlation $c_k$")
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    ax.legend()
    return ax


def plot_neuron_pairs(
    first: np.ndarray, second: np.ndarray, covariance: np.ndarray, *, ax: Axes | None = None
) -> Axes:
    """Scatter the pre-activations of two inputs, a point per neuron, with the predicted ellipse.

    The ellipse is where a centered normal pair with the given covariance has Mahalanobis distance 2; it
    holds the fraction 1 - exp(-2) = 86.5 % of such pairs.

    Args:
        first: pre-activations of the first input, shape (n_neurons,).
        second: those of the second input in the same neurons.
        covariance: predicted covariance, shape (2, 2), positive semidefinite.
        ax: axes to draw in; new ones when left out.

    Returns:
        The axes.
    """
    ax = axes_or_new(ax)
    eigenvalues, eigenvectors = np.linalg.eigh(np.asarray(covariance, dtype=float))
    angle = np.linspace(0.0, 2.0 * np.pi, 200)
    circle = 2.0 * np.stack([np.cos(angle), np.sin(angle)])
    ellipse = eigenvectors @ (np.sqrt(np.clip(eigenvalues, 0.0, None))[:, None] * circle)
    ax.plot(first, second, ".", markersize=3, color=COLORS["sky"], alpha=0.7, label="a neuron")
    ax.plot(ellipse[0], ellipse[1], color=COLORS["black"], linewidth=1.6, label="predicted, 86 %")
    reach = 3.8 * float(np.sqrt(np.max(np.diag(covariance))))
    ax.set(xlabel="$z_i$ of the first input", ylabel="$z_i$ of the second input", xlim=(-reach, reach),
           ylim=(-reach, reach), aspect="equal")
    ax.legend(loc="lower right")
    return ax


def plot_correlation_maps(
    c: np.ndarray, images: Mapping[str, np.ndarray], *, fixed_points: Mapping[str, float] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw correlation maps over [-1, 1] with the diagonal and their attracting fixed points.

    Args:
        c: correlations, shape (m,).
        images: for each label, the map at ``c``.
        fixed_points: for the same labels, the attracting correlation, drawn as a dot.
        ax: axes to draw in; new ones when left out.

    Returns:
        The axes.
    """
    ax = axes_or_new(ax)
    ax.plot(c, c, color=COLORS["gray"], linewidth=1.0, label="diagonal")
    for (label, values), color in zip(images.items(), _CYCLE, strict=False):
        ax.plot(c, values, color=COLORS[color], label=label)
        if fixed_points and label in fixed_points:
            ax.plot([fixed_points[label]], [fixed_points[label]], "o", color=COLORS[color], markersize=8,
                    zorder=5, clip_on=False)
    ax.set(xlabel="correlation $c_{k-1}$", ylabel="correlation $c_k$", xlim=(c[0], c[-1]))
    ax.legend()
    return ax


def plot_correlation_trajectories(
    theory: Mapping[str, np.ndarray], measured: Mapping[str, np.ndarray] | None = None, *, ax: Axes | None = None
) -> Axes:
    """Draw predicted and measured correlations of two inputs against the layer.

    Args:
        theory: for each label, predicted correlations, shape (n_layers,); entry 0 is layer 1.
        measured: for the same labels, correlations in single networks, shape (n_draws, n_layers).
        ax: axes to draw in; new ones when left out.

    Returns:
        The axes.
    """
    return plot_length_trajectories(theory, measured, ylabel="correlation $c_k$", ax=ax)
