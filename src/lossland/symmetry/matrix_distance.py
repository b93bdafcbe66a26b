r"""Relative distance of two matrices: Equation 35, its closed form, its law for random matrices, its bounded forms.

.. math:: \Phi(W,V)=\frac{\sum_{ij}(W_{ij}-V_{ij})^2}{\sum_{ij}(W_{ij}+V_{ij})^2}=\frac{1-r}{1+r},\qquad
   r=\frac{2\langle W,V\rangle}{\lVert W\rVert^2+\lVert V\rVert^2}.

It is no norm and no metric: it runs from 0 (equal) over 1 (orthogonal) to infinity (:math:`V=-W`), and the triangle
inequality fails for it and for its root.  With :math:`r` equal to the uncentered correlation only for equal norms,
:math:`\Phi(W,cW)=((1-c)/(1+c))^2` is not 0.  The bounded form

.. math:: \frac{\Phi}{1+\Phi}=\frac{1-r}{2}=\frac{\lVert W-V\rVert^2}{2(\lVert W\rVert^2+\lVert V\rVert^2)}\in[0,1]

has the same order, and its root is a metric (Barrlund, 1997; Hästö, 2002: the relative metric with exponent 2).

For jointly Gaussian entries of mean :math:`\mu`, standard deviation s and correlation :math:`\rho`, the sums over
differences and over sums of entries are independent, so that with N entries

.. math:: \Phi\;\sim\;\frac{1-\rho}{1+\rho}\,\frac{\chi^2_N}{\chi'^2_N(\lambda)},\qquad
   \lambda=\frac{2N\mu^2}{(1+\rho)s^2},\qquad
   \Phi\to\frac{1-\rho}{1+\rho+2\mu^2/s^2}\quad(N\to\infty).

Only with mean zero do unrelated matrices have :math:`\Phi\approx1`; then the standard deviation is about
:math:`2/\sqrt N`.

Source: Glukhov (2024), section 6.1, Equation 35; the law is derived here.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from array_api_compat import array_namespace
from scipy import stats

from lossland import _checks

_SUMMED = 1e5  # up to this mean, Poisson averages are summed; beyond, four moments are exact to rounding


class RelativeDistanceLaw(NamedTuple):
    """Mean and standard deviation of the relative distance of two random matrices; infinite where they diverge."""

    mean: float
    std: float


def relative_distance(w: Any, v: Any, *, axis: int | tuple[int, ...] | None = None) -> Any:
    r"""Relative distance :math:`\Phi=\sum(w-v)^2/\sum(w+v)^2` (Equation 35).

    Args:
        w: Numbers of any shape, NumPy or torch.
        v: The same shape and kind.
        axis: Axes to sum over; all of them when None.

    Returns:
        A float for NumPy and ``axis=None``, else an array of the kind of ``w``: 0 for equal matrices (two of zeros,
        too), infinite for opposite ones.

    Raises:
        TypeError: If the arguments are not real numbers, or of two kinds.
        ValueError: If shapes differ, or an entry is not finite.

    >>> relative_distance([[3.0, 0.0]], [[0.0, 3.0]])
    1.0
    >>> relative_distance([1.0, 2.0], [-1.0, -2.0])
    inf
    """
    differences, sums = _squares(w, v, axis)
    xp = array_namespace(differences)
    empty = sums == 0
    value = differences / xp.where(empty, xp.ones_like(sums), sums)
    value = xp.where(empty & (differences > 0), xp.full_like(value, math.inf), value)
    return _as_number(value)


def bounded_relative_distance(w: Any, v: Any, *, axis: int | tuple[int, ...] | None = None) -> Any:
    r"""Bounded form :math:`\Phi/(1+\Phi)=\lVert w-v\rVert^2/(2\lVert w\rVert^2+2\lVert v\rVert^2)`, in [0, 1].

    It is 0 for equal, 1/2 for orthogonal and 1 for opposite arguments; its root is a metric.  Arguments, errors and the
    kind of the answer are those of :func:`relative_distance`.

    >>> bounded_relative_distance([1.0, 2.0], [-1.0, -2.0])
    1.0
    >>> bounded_relative_distance([[3.0, 0.0]], [[0.0, 3.0]])
    0.5
    """
    differences, sums = _squares(w, v, axis)
    xp = array_namespace(differences)
    total = differences + sums
    return _as_number(differences / xp.where(total == 0, xp.ones_like(total), total))


def relative_distance_law(
    shape: tuple[int, ...] | int, mean: float = 0.0, std: float = 1.0, correlation: float = 0.0
) -> RelativeDistanceLaw:
    r"""Exact mean and standard deviation of :math:`\Phi` for two Gaussian matrices.

    Entries are independent within a matrix; the entries at one place of both matrices have the given correlation.

    Args:
        shape: Shape of the matrices, or their number of entries.
        mean: Mean :math:`\mu` of the entries of both.
        std: Their standard deviation s, positive.
        correlation: Correlation :math:`\rho` in [-1, 1] of corresponding entries: 0 for unrelated matrices,
            :math:`1/\sqrt{1+\delta^2}` for :math:`V=(W+\delta E)/\sqrt{1+\delta^2}`.

    Returns:
        RelativeDistanceLaw: mean (finite from 3 entries on) and standard deviation (from 5 on).

    Raises:
        ValueError: If an argument is out of range.

    >>> relative_distance_law((100, 100), mean=2.0).mean.__round__(4)
    0.1111
    >>> relative_distance_law((100, 100)).std.__round__(3)
    0.02
    """
    sizes = (shape,) if isinstance(shape, int | np.integer) else shape
    n = math.prod(_checks.layer_widths("shape", sizes))
    mean = _checks.real_number("mean", mean)
    std = _checks.real_number("std", std, low=0.0)
    rho = _checks.real_number("correlation", correlation, low=-1.0, high=1.0)
    if std == 0:
        raise ValueError("std: expected a positive number, got 0: constant matrices are equal, and have distance 0")
    if rho == 1:
        return RelativeDistanceLaw(0.0, 0.0)
    if rho == -1:  # the sums are constant, 2 mean each
        return _opposite_law(n, mean / std)
    scale, half = (1 - rho) / (1 + rho), n * (mean / std) ** 2 / (1 + rho)
    first = _poisson_mean(lambda j: 1 / (n - 2 + 2 * j), half, n - 2)
    second = _poisson_mean(lambda j: 1 / ((n - 2 + 2 * j) * (n - 4 + 2 * j)), half, n - 4)
    average = scale * n * first
    square = scale**2 * n * (n + 2) * second
    return RelativeDistanceLaw(average, math.sqrt(max(square - average**2, 0.0)) if n > 4 else math.inf)


def permuted_relative_distance(weights: Any) -> float:
    r"""What :math:`\Phi(W,PW)` is for a random order P of the neurons: :math:`(1-r)/(1+r)` at the mean of r.

    Averaged over all orders, :math:`\langle W,PW\rangle=n\lVert\bar w\rVert^2` with the mean neuron
    :math:`\bar w`, so :math:`\mathbb E\,r=n\lVert\bar w\rVert^2/\lVert W\rVert^2`: the distance is 1 only if
    the neurons have mean zero.

    Args:
        weights: Rows are neurons, (n, m).

    Returns:
        float: in [0, 1].

    Raises:
        ValueError: If ``weights`` is no matrix, or has no entry but zeros.

    >>> permuted_relative_distance([[1.0, 0.0], [0.0, 1.0], [-1.0, -1.0]])
    1.0
    """
    weights = _checks.real_array("weights", weights)
    if weights.ndim != 2 or not weights.any():
        raise ValueError(
            f"weights: expected a matrix (n, m) that is not zero, got the shape {weights.shape}; rows are neurons"
        )
    weights = weights / np.abs(weights).max()
    r = len(weights) * float(np.sum(weights.mean(axis=0) ** 2)) / float(np.sum(weights**2))
    return (1 - r) / (1 + r)


def layer_distances(a: Any, b: Any, *, biases: bool = False) -> np.ndarray:
    r"""Relative distances of two networks, layer by layer: the vector that the paper compares parameters with.

    Args:
        a: An MLP, a batch of them, or a sequence of weight matrices.
        b: The same of the same widths; batches broadcast.
        biases: Whether the biases of a layer count as a further column of its weights.

    Returns:
        Array (..., n_layers).

    Raises:
        ValueError: If the numbers of layers or the shapes differ.

    >>> layer_distances([[[1.0, 2.0]], [[1.0]]], [[[1.0, 2.0]], [[3.0]]]).tolist()
    [0.0, 0.25]
    """
    pairs = list(zip(_layers("a", a, biases), _layers("b", b, biases), strict=False))
    counts = [len(getattr(network, "weights", network)) for network in (a, b)]
    if counts[0] != counts[1]:
        raise ValueError(f"b: expected {counts[0]} layers as in a, got {counts[1]}")
    found = []
    for k, (first, second) in enumerate(pairs, start=1):
        if first.shape[-2:] != second.shape[-2:]:
            raise ValueError(
                f"b: expected the shapes of a, got {second.shape[-2:]} instead of {first.shape[-2:]} in layer {k}"
            )
        first, second = np.broadcast_arrays(first, second)
        found.append(relative_distance(first, second, axis=(-2, -1)))
    return np.stack(found, axis=-1)


def _squares(w, v, axis):
    """Sums of squared differences and of squared sums, both in units of the largest square."""
    w, xp = _checks.floating_array("w", w)
    v, other = _checks.floating_array("v", v)
    if xp is not other:
        raise TypeError(f"v: expected the kind of w, {type(w).__name__}, got {type(v).__name__}")
    if w.shape != v.shape:
        raise ValueError(f"v: expected the shape of w, {tuple(w.shape)}, got {tuple(v.shape)}")
    size = xp.maximum(xp.abs(w), xp.abs(v))
    scale = xp.max(size, axis=axis, keepdims=True) if size.ndim else size
    scale = xp.where(scale == 0, xp.ones_like(scale), scale)
    scale = 2.0 ** xp.floor(xp.log2(scale))  # a power of two: dividing by it rounds nothing
    w, v = w / scale, v / scale
    return xp.sum((w - v) ** 2, axis=axis), xp.sum((w + v) ** 2, axis=axis)


def _as_number(value):
    return float(value) if isinstance(value, np.ndarray | np.generic) and value.ndim == 0 else value


def _layers(name: str, network, biases: bool) -> list[np.ndarray]:
    """Weights of all layers as NumPy arrays, with the biases as a last column if wanted."""
    weights = [_as_array(w) for w in getattr(network, "weights", network)]
    if any(w.ndim < 2 for w in weights):
        raise ValueError(f"{name}: expected weight matrices (..., d_k, d_k-1), got a vector or a number")
    if not biases:
        return weights
    if not hasattr(network, "biases"):
        raise ValueError(f"{name}: expected a network with biases for biases=True, got {type(network).__name__}")
    columns = [_as_array(h)[..., None] for h in network.biases]
    return [np.concatenate(pair, axis=-1) for pair in zip(weights, columns, strict=True)]


def _as_array(part) -> np.ndarray:
    return part.detach().cpu().numpy() if hasattr(part, "detach") else _checks.real_array("weights", part)


def _opposite_law(n: int, ratio: float) -> RelativeDistanceLaw:
    if ratio == 0:
        return RelativeDistanceLaw(math.inf, math.inf)
    return RelativeDistanceLaw(1 / ratio**2, math.sqrt(2 / n) / ratio**2)


def _poisson_mean(function, mean: float, least: float) -> float:
    """Average of ``function(J)`` over a Poisson J; infinite if its value at 0 is."""
    if least <= 0:
        return math.inf
    if mean > _SUMMED:
        step = mean / 64  # five-point differences; the function is smooth on the scale of its argument
        values = function(mean + step * np.arange(-2, 3))
        second = (-values[0] + 16 * values[1] - 30 * values[2] + 16 * values[3] - values[4]) / (12 * step**2)
        third = (values[4] - 2 * values[3] + 2 * values[1] - values[0]) / (2 * step**3)
        fourth = (values[4] - 4 * values[3] + 6 * values[2] - 4 * values[1] + values[0]) / step**4
        return float(values[2] + mean * (second / 2 + third / 6) + (3 * mean**2 + mean) * fourth / 24)
    reach = 40 * math.sqrt(mean) + 60
    j = np.arange(max(0, math.floor(mean - reach)), math.ceil(mean + reach) + 1)
    return float(np.sum(stats.poisson.pmf(j, mean) * function(j.astype(float))))
