r"""How often an ordering, or matching, gives back the order of disturbed neurons: one closed form, and its measurement.

Neurons are n rows of m standard Gaussian weights; a copy is disturbed, :math:`V=P(W+\delta E)` with Gaussian E, and
shuffled.  An order is recovered exactly if every neuron of the copy is assigned to its original.

**One pair.**  Sorting by one column confuses neurons i and j if :math:`x_i-x_j` and
:math:`x_i-x_j+\delta(e_i-e_j)` differ in sign, which for this pair of Gaussians of correlation
:math:`1/\sqrt{1+\delta^2}` has the probability :math:`\arctan(\delta)/\pi`.  Matching by all columns prefers to swap
them if :math:`\langle d,d+\delta\varepsilon\rangle<0` for the differences :math:`d,\varepsilon` of their rows, that
is, with a Student variable of m degrees of freedom,

.. math:: p=\mathbb P\Bigl(t_m>\frac{\sqrt m}{\delta}\Bigr),\qquad p=\frac{\arctan\delta}{\pi}\ \text{ for } m=1:

sorting by a column is matching with all inputs but one thrown away.

**All pairs.**  Confusions of the n(n-1)/2 pairs are rare and almost independent while a neuron has few rivals, so their
number is nearly Poisson:

.. math:: P(\text{exact})\approx e^{-\frac{n(n-1)}2p}=\exp\Bigl(-\frac{n(n-1)}{2\pi}\arctan\delta\Bigr)
   \text{ for sorting},\qquad \delta_{50}=\tan\frac{2\pi\ln2}{n(n-1)}\approx\frac{4.36}{n^2}.

Range: Gaussian weights, an intact driver, and :math:`n\delta\ll1`.  For matching, cycles of more than two neurons
count when many inputs are compared: measured half points agree for m up to n/10, and are 1 to 5 % lower for m = n.
At :math:`\delta\to\infty` the truth is :math:`1/n!`, the law :math:`e^{-n(n-1)/4}`.

No sorting key escapes: for a statistic s of a row with density f and disturbance :math:`\delta\sigma_e`, the
:math:`\delta` of the law is multiplied by :math:`2\sqrt\pi\,\sigma_e\int f^2` (:func:`key_sensitivity`).

Derived here; the threshold of matching, :math:`m\ln(1+\delta^{-2})=4\ln n`, is that of Dai, Cullina and Kiyavash
(2019), *Database alignment with Gaussian features*.  Statement tested: Glukhov (2024), section 6.1.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from scipy import special, stats
from scipy.optimize import linear_sum_assignment

from lossland import _checks
from lossland.symmetry.orderings import ORDERINGS, sorted_by

METHODS = (*(name for name in ORDERINGS if name != "bias"), "matching")
_CHUNK = 200_000  # weights that are drawn at once


class Recovery(NamedTuple):
    """What was recovered in ``n_runs`` runs: numbers, or arrays for several disturbances.

    Attributes:
        exact: Share of runs in which all neurons were assigned to their originals.
        exact_error: Its standard error, from the Wilson interval, so that it is positive at shares of 0 and 1, too.
        placed: Mean share of neurons that were assigned to their originals.
        placed_error: Its standard error.
        same_driver: Share of runs in which the disturbed matrix has the same driver.
        exact_same_driver: Share of exact runs among those with the same driver; NaN if there are none.
        n_runs: Number of runs.
    """

    exact: float | np.ndarray
    exact_error: float | np.ndarray
    placed: float | np.ndarray
    placed_error: float | np.ndarray
    same_driver: float | np.ndarray
    exact_same_driver: float | np.ndarray
    n_runs: int


def recovery_probability(disturbance: Any, n: int, *, n_inputs: int = 1, sensitivity: float = 1.0) -> Any:
    r"""Probability that n disturbed neurons all come back to their places (Poisson law of the head of this module).

    Args:
        disturbance: Standard deviation :math:`\delta` of the disturbance in units of that of the weights, any shape.
        n: Number of neurons.
        n_inputs: How many weights of a neuron are compared: 1 for sorting by one column, m for matching by all.
        sensitivity: Factor of the disturbance for keys other than a column, from :func:`key_sensitivity`.

    Returns:
        Probabilities of the shape of ``disturbance``, a float for a number.

    Raises:
        ValueError: If an argument is out of range.

    >>> round(recovery_probability(1e-3, 100), 3)
    0.207
    >>> round(recovery_probability(1.0, 100, n_inputs=100), 6)
    1.0
    """
    delta = _checks.real_array("disturbance", disturbance, low=0.0)
    n = _checks.integer("n", n, low=2)
    m = _checks.integer("n_inputs", n_inputs, low=1)
    factor = _checks.real_number("sensitivity", sensitivity, low=0.0)
    with np.errstate(divide="ignore"):
        pair = stats.t.sf(math.sqrt(m) / (factor * delta), m)
    value = np.exp(-n * (n - 1) / 2 * pair)
    return float(value) if value.ndim == 0 else value


def half_recovery_disturbance(n: int, *, n_inputs: int = 1, sensitivity: float = 1.0) -> float:
    r"""Disturbance :math:`\delta_{50}` at which the law of :func:`recovery_probability` is one half.

    Args:
        n: Number of neurons.
        n_inputs: How many weights of a neuron are compared, 1 for sorting.
        sensitivity: As in :func:`recovery_probability`.

    Returns:
        float: :math:`\tan(2\pi\ln2/(n(n-1)))` for sorting; infinite for two neurons, where the law stays above 0.6.

    Raises:
        ValueError: If an argument is out of range.

    >>> round(half_recovery_disturbance(100) / 4.4e-4, 2)
    1.0
    """
    n = _checks.integer("n", n, low=2)
    m = _checks.integer("n_inputs", n_inputs, low=1)
    factor = _checks.real_number("sensitivity", sensitivity, low=0.0)
    pair = 2 * math.log(2) / (n * (n - 1))
    if pair >= 0.5 or factor == 0:
        return math.inf
    root = math.tan(math.pi * pair) if m == 1 else math.sqrt(m) / float(stats.t.isf(pair, m))
    return root / factor


def key_sensitivity(key: str, n_inputs: int) -> float:
    r"""How much more disturbance a sorting key feels than one column: the factor of :math:`\delta` in the law.

    For neurons of m standard Gaussian weights and small disturbances it is :math:`2\sqrt\pi\,\sigma_e\int f^2`, with
    the density f of the key s and the root mean square :math:`\sigma_e` of its gradient.  Extremes are worst: their
    densities get narrower with m, and the disturbance of a single weight does not.

    Args:
        key: ``"lexicographic"``, ``"bias"``, ``"sum"``, ``"norm"``, ``"largest"``, ``"spread"``, or ``"cubes"`` (the
            limit of many inputs).
        n_inputs: Number m of weights of a neuron.

    Returns:
        float: 1 for a column, a bias and the sum, near :math:`\sqrt2` for the norm, :math:`3/\sqrt5` for cubes.

    Raises:
        ValueError: If the factor of the key is not known in closed form, or m is too small for it.

    >>> key_sensitivity("sum", 100)
    1.0
    >>> round(key_sensitivity("norm", 100), 2), round(key_sensitivity("largest", 100), 2)
    (1.42, 2.45)
    """
    m = _checks.integer("n_inputs", n_inputs, low=2 if key == "spread" else 1)
    root = 2 * math.sqrt(math.pi)
    if key in ("lexicographic", "bias", "sum"):
        return 1.0
    if key == "cubes":
        return 3 / math.sqrt(5)
    if key == "norm":  # its gradient has length 1
        low, high = stats.chi(m).ppf(1e-15), stats.chi(m).isf(1e-15)
        x, step = np.linspace(low, high, 20001, retstep=True)
        return root * float(np.sum(stats.chi(m).pdf(x) ** 2) * step)
    if key == "largest":
        x, step = np.linspace(-10, 10, 20001, retstep=True)
        return root * float(np.sum((m * special.ndtr(x) ** (m - 1) * stats.norm.pdf(x)) ** 2) * step)
    if key == "spread":
        r, density = _range_density(m)
        return root * math.sqrt(2) * float(np.sum(density**2) * r[1])
    raise ValueError(f"key: expected lexicographic, bias, sum, norm, largest, spread or cubes, got {key!r}; measure it")


def driver_probability(disturbance: Any, n_units: int, n_inputs: int) -> Any:
    r"""Probability that the driver of maximin sorting is still the same input after a disturbance.

    The spreads of the inputs are ranges of n Gaussians with density f and distribution function F, disturbed by
    :math:`\delta\sqrt2` each.  With the density :math:`g=m(m-1)\int F^{m-2}f^2` of the gap between the two largest
    at 0, the change has the rate :math:`2\delta g/\sqrt{2\pi}`; it is taken as a Poisson rate.

    Args:
        disturbance: Standard deviation :math:`\delta` of the disturbance, any shape; the law is for small ones.
        n_units: Number n of neurons.
        n_inputs: Number m of inputs.

    Returns:
        Probabilities of the shape of ``disturbance``, a float for a number.

    Raises:
        ValueError: If an argument is out of range.

    >>> round(driver_probability(0.01, 100, 100), 2)
    0.97
    """
    delta = _checks.real_array("disturbance", disturbance, low=0.0)
    n, m = _checks.integer("n_units", n_units, low=2), _checks.integer("n_inputs", n_inputs, low=1)
    r, density = _range_density(n)
    below = np.minimum(np.cumsum(density) * r[1], 1.0)
    gap = m * (m - 1) * float(np.sum(below ** max(m - 2, 0) * density**2) * r[1])
    value = np.exp(-2 * delta * gap / math.sqrt(2 * math.pi))
    return float(value) if value.ndim == 0 else value


def measure_recovery(
    method: str | Sequence[str],
    n_units: int,
    n_inputs: int,
    disturbance: Any,
    n_runs: int,
    *,
    rng: np.random.Generator,
) -> Recovery:
    r"""Disturb, shuffle, and look how much of the order a method gives back.

    Args:
        method: An ordering (``"lexicographic"``, ``"maximin"``, ``"sum"``, ``"norm"``, ``"largest"``, ``"spread"``,
            ``"cubes"``) or ``"matching"``: linear assignment of the disturbed to the original neurons; or several of
            them, for which the same draws are used.
        n_units: Number n of neurons.
        n_inputs: Number m of their weights, standard Gaussian.
        disturbance: Standard deviation :math:`\delta` of the Gaussian disturbance of each weight: a number, or several,
            for which the same draws are used.
        n_runs: Number of matrices.
        rng: Source of randomness.

    Returns:
        Recovery: shares with standard errors, numbers for a number, else arrays of the shape of ``disturbance``, behind
        an axis of methods if there are several.

    Raises:
        ValueError: If there is no such method, or an argument is out of range.

    >>> measure_recovery("maximin", 20, 20, 0.0, 5, rng=np.random.default_rng(0)).exact
    1.0
    """
    methods = (method,) if isinstance(method, str) else tuple(method)
    unknown = [name for name in methods if name not in METHODS]
    if unknown or not methods:
        raise ValueError(f"method: expected one of {', '.join(METHODS)}, got {unknown[0] if unknown else 'none'!r}")
    n = _checks.integer("n_units", n_units, low=1)
    m = _checks.integer("n_inputs", n_inputs, low=1)
    deltas = _checks.real_array("disturbance", disturbance, low=0.0)
    n_runs = _checks.integer("n_runs", n_runs, low=1)
    placed, same = np.empty((n_runs, len(methods), deltas.size)), np.empty((n_runs, 1, deltas.size), dtype=bool)
    chunk = max(1, _CHUNK // (n * m))
    for start in range(0, n_runs, chunk):
        part = slice(start, start + chunk)
        placed[part], same[part, 0] = _run(methods, len(placed[part]), n, m, deltas.ravel(), rng)
    shape = deltas.shape if isinstance(method, str) else (len(methods), *deltas.shape)
    found = [np.broadcast_to(share, placed.shape[1:]).reshape(shape) for share in _summary(placed, same, n_runs)]
    return Recovery(*(share if shape else float(share) for share in found), n_runs)


def _run(methods, n_runs: int, n: int, m: int, deltas: np.ndarray, rng) -> tuple[np.ndarray, np.ndarray]:
    """Share of neurons placed (runs, methods, disturbances); whether the driver is the same (runs, disturbances)."""
    weights, noise = rng.standard_normal((2, n_runs, n, m))
    shuffle = rng.permuted(np.tile(np.arange(n), (n_runs, 1)), axis=1)
    ours = [np.arange(n) if method == "matching" else sorted_by(weights, method) for method in methods]
    driver = np.ptp(weights, axis=-2).argmax(axis=-1)
    rows = shuffle[..., None]
    shuffled, noise = np.take_along_axis(weights, rows, axis=1), np.take_along_axis(noise, rows, axis=1)
    placed, same = np.empty((n_runs, len(methods), len(deltas))), np.empty((n_runs, len(deltas)), dtype=bool)
    for k, delta in enumerate(deltas):
        disturbed = shuffled + delta * noise
        same[:, k] = np.ptp(disturbed, axis=-2).argmax(axis=-1) == driver
        for j, method in enumerate(methods):
            if method == "matching":
                theirs = np.stack([_matched(w, v) for w, v in zip(weights, disturbed, strict=True)])
            else:
                theirs = sorted_by(disturbed, method)
            placed[:, j, k] = np.mean(np.take_along_axis(shuffle, theirs, axis=1) == ours[j], axis=-1)
    return placed, same


def _matched(weights: np.ndarray, disturbed: np.ndarray) -> np.ndarray:
    return linear_sum_assignment(weights @ disturbed.T, maximize=True)[1]


def _summary(placed: np.ndarray, same: np.ndarray, n_runs: int) -> tuple[np.ndarray, ...]:
    """Shares over runs (the first axis) and their errors, in the order of the fields of :class:`Recovery`."""
    exact, kept = placed == 1, same.sum(axis=0)
    among = np.where(kept > 0, (exact & same).sum(axis=0) / np.maximum(kept, 1), math.nan)
    error = placed.std(axis=0, ddof=1) / math.sqrt(n_runs) if n_runs > 1 else np.full(placed.shape[1:], math.inf)
    return exact.mean(axis=0), _share_error(exact.sum(axis=0), n_runs), placed.mean(axis=0), error, kept / n_runs, among


def assign_units(reference: Any, weights: Any, method: str) -> np.ndarray:
    """Assign the neurons of one layer to those of a reference, by an ordering of both or by matching.

    Args:
        reference: Weights (n, m), rows are neurons.
        weights: Weights of the same shape.
        method: An ordering of :func:`~lossland.symmetry.orderings.order_by` by weights alone, or ``"matching"``.

    Returns:
        Integers (n,): entry i is the row of ``weights`` that is taken for neuron i of the reference.

    Raises:
        ValueError: If there is no such method, or the shapes differ.

    >>> assign_units([[1.0, 0.0], [2.0, 5.0], [3.0, 1.0]], [[2.0, 5.1], [3.1, 1.0], [1.0, 0.1]], "matching").tolist()
    [2, 0, 1]
    """
    reference, weights = _checks.real_array("reference", reference), _checks.real_array("weights", weights)
    if reference.ndim != 2 or reference.shape != weights.shape:
        raise ValueError(f"weights: expected the shape of reference, {reference.shape}, got {weights.shape}")
    if method == "matching":
        return _matched(reference, weights)
    ours, theirs = sorted_by(reference, method), sorted_by(weights, method)
    assigned = np.empty_like(theirs)
    assigned[ours] = theirs
    return assigned


def _range_density(n: int) -> tuple[np.ndarray, np.ndarray]:
    """Density of the range of n standard Gaussians on a grid that starts at 0."""
    r, x = np.linspace(0.0, 16.0, 801), np.linspace(-9.0, 9.0, 901)[:, None]
    between = np.clip(special.ndtr(x + r) - special.ndtr(x), 0.0, 1.0)
    joint = stats.norm.pdf(x) * stats.norm.pdf(x + r) * between ** (n - 2)
    return r, n * (n - 1) * joint.sum(axis=0) * (x[1, 0] - x[0, 0])


def _share_error(successes: np.ndarray, n_runs: int) -> np.ndarray:
    """Half the width of the Wilson interval at one standard deviation."""
    share = successes / n_runs
    return np.sqrt(share * (1 - share) / n_runs + 1 / (4 * n_runs**2)) / (1 + 1 / n_runs)
