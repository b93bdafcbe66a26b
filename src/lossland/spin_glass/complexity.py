r"""Complexity: how fast the number of critical points grows with the number of spins, by energy and by index.

The spherical H-spin Hamiltonian :math:`\mathcal L` on :math:`|w|^2=n` has variance n; its critical points are
counted by their energy per spin :math:`u=\mathcal L/n` and by their index, the number of negative eigenvalues of
the Hessian on the sphere.  With the edge :math:`E_\infty=2\sqrt{(H-1)/H}` and
:math:`I_1(u)=\frac2{E_\infty^2}\int_{E_\infty}^{-u}\sqrt{z^2-E_\infty^2}\,dz`,

.. math::
    \lim_n\tfrac1n\ln\mathbb E\,\#\{\text{index }k,\ \mathcal L\le nu\}=\Theta_{k,H}(u)
    =\tfrac12\ln(H-1)-\tfrac{H-2}{4(H-1)}u^2-(k+1)I_1(u)\quad\text{for }u\le-E_\infty,

and constant above.  Logarithms are natural, the mean is over the couplings (an *annealed* count).  Source: Auffinger,
Ben Arous and Černý (2013), *Random matrices and complexity of spin glasses*, Theorems 2.5 and 2.8.
"""

from __future__ import annotations

import numpy as np

from lossland import _checks

_SMALL = 0.25  # below this the power series of sinh(2v) - 2v is used, above it the difference


def threshold_energy(order):
    r"""The edge :math:`E_\infty=2\sqrt{(H-1)/H}`, per spin, of the semicircle of the Hessian.

    Args:
        order: Number H >= 2 of spins in an interaction, or an array of such numbers.

    Returns:
        A positive number, or an array.

    Raises:
        ValueError: If an order is below 2.

    >>> round(threshold_energy(2) ** 2, 12), round(threshold_energy(3), 12)
    (2.0, 1.632993161855)
    """
    order = _orders(order)
    return _number(2 * np.sqrt((order - 1) / order))


def index_rate(energy_density, order):
    r"""The price :math:`I_1(u)` per negative eigenvalue, zero for :math:`u\ge-E_\infty`.

    It is the rate at which the k-th smallest eigenvalue of the Gaussian orthogonal ensemble is found outside of the
    semicircle, divided by k + 1.  With :math:`u=-E_\infty\cosh v` it is :math:`\frac12\sinh 2v-v`, evaluated without
    cancellation.

    Args:
        energy_density: Energy per spin u, any shape.
        order: Number H >= 2 of spins in an interaction.

    Returns:
        Same shape as the energy.

    >>> round(index_rate(-1.8, 3), 10)
    0.0626082466
    """
    u, order = _energies(energy_density), _one_order(order)
    return _number(_rate(_depth(u, order)))


def complexity_of_index(energy_density, order, index):
    r"""Exponential growth rate :math:`\Theta_{k,H}(u)` of the mean number of points of index k below energy nu.

    Args:
        energy_density: Energy per spin u; broadcasts with ``index``.
        order: Number H >= 2 of spins in an interaction.
        index: Index k >= 0 (0 for minima), or an array of them.

    Returns:
        Natural logarithm per spin; non-decreasing in u, constant from :math:`-E_\infty` on.

    Raises:
        TypeError: If an argument is not a number.
        ValueError: If ``order`` < 2 or ``index`` < 0.

    >>> round(complexity_of_index(-1.65, 3, 0), 6), round(complexity_of_index(-1.65, 3, 1), 6)
    (0.004254, 0.002247)
    >>> complexity_of_index(0.0, 2, 5)  # two spins: 2 n critical points, no exponential growth
    0.0
    """
    u, order = _energies(energy_density), _one_order(order)
    depth = _depth(u, order)
    return _number(_plateau(order) - _quadratic(depth, order) - (_indices(index) + 1) * _rate(depth))


def complexity(energy_density, order):
    r"""Exponential growth rate :math:`\Theta_H(u)` of the mean number of critical points of any index below energy nu.

    Args:
        energy_density: Energy per spin u, any shape.
        order: Number H >= 2 of spins in an interaction.

    Returns:
        Natural logarithm per spin: below the edge that of the minima, then
        :math:`\frac12\ln(H-1)-\frac{H-2}{4(H-1)}u^2` up to u = 0, then :math:`\frac12\ln(H-1)`.

    >>> complexity(np.array([-0.5, 0.0, 9.0]), 3).round(7)
    array([0.3153236, 0.3465736, 0.3465736])
    """
    u, order = _energies(energy_density), _one_order(order)
    above = 0.5 * np.log(order - 1) - (order - 2) / (4 * (order - 1)) * np.minimum(u, 0.0) ** 2
    return _number(np.where(u > -threshold_energy(order), above, complexity_of_index(u, order, 0)))


def complexity_plateau(order):
    r"""The value :math:`\frac12\ln(H-1)-\frac{H-2}H` of all :math:`\Theta_{k,H}` at and above :math:`-E_\infty`.

    >>> round(complexity_plateau(3), 10)
    0.0132402569
    """
    return _number(_plateau(_orders(order)))


def critical_energy(order, index):
    r"""The energies :math:`E_k(H)`: the mean number of critical points of index k below :math:`-nE_k` is of order one.

    :math:`E_k` is the positive root of :math:`\Theta_{k,H}(-E_k)=0`; it is unique for H >= 3.  For H = 2 the function
    vanishes on all of :math:`[-\sqrt2,\infty)`, and the end of that interval is returned for every k.

    Args:
        order: Number H >= 2 of spins in an interaction.
        index: Index k >= 0, or an array of them; any size, the cost is the same.

    Returns:
        Positive energies per spin, of the shape of ``index``; decreasing to :math:`E_\infty` for H >= 3.

    >>> critical_energy(3, [0, 1, 1000]).round(9)
    array([1.65699836, 1.6528732 , 1.63358424])
    """
    return _number(threshold_energy(_one_order(order)) * np.cosh(_critical_depth(order, index)))


def critical_energy_gap(order, index):
    r"""The distance :math:`E_k-E_\infty`, to full relative precision also where it is tiny.

    Args:
        order: Number H >= 2 of spins in an interaction.
        index: Index k >= 0, or an array of them.

    Returns:
        Non-negative numbers, falling like :math:`(k+1)^{-2/3}`.

    >>> gap = critical_energy_gap(3, [10**6, 8 * 10**6])
    >>> round(float(gap[0] / gap[1]), 3)
    4.0
    """
    half = np.sinh(_critical_depth(order, index) / 2)
    return _number(2 * threshold_energy(_one_order(order)) * half**2)


def _critical_depth(order, index):
    """The v with zero complexity at energy -E_inf cosh v: by bisection in a bracket, then Newton."""
    order, count = _one_order(order), _indices(index) + 1.0
    slack = _plateau(order)
    low, high = np.zeros(count.shape), np.minimum(np.cbrt(1.5 * slack / count), np.arcsinh(np.sqrt(order * slack)))
    for _ in range(60):  # both brackets are upper bounds: rate(v) >= 2 v^3 / 3, and the quadratic alone for large H
        middle = (low + high) / 2
        positive = slack - _quadratic(middle, order) - count * _rate(middle) > 0
        low, high = np.where(positive, middle, low), np.where(positive, high, middle)
    return (low + high) / 2


def _depth(u, order):
    """The v >= 0 with u = -E_inf cosh v, zero above the edge."""
    excess = np.maximum(-u / threshold_energy(order) - 1, 0.0)
    return np.log1p(excess + np.sqrt(excess * (excess + 2)))


def _rate(depth):
    r"""sinh(2v)/2 - v, by its power series where the two nearly cancel."""
    x = 2 * np.minimum(depth, _SMALL)
    series, term = np.zeros_like(x), x**3 / 6
    for k in range(2, 10):
        series, term = series + term, term * x**2 / ((2 * k) * (2 * k + 1))
    return np.where(depth < _SMALL, series / 2, (np.sinh(2 * depth) - 2 * depth) / 2)


def _plateau(order):
    return 0.5 * np.log(order - 1) - (order - 2) / order


def _quadratic(depth, order):
    """What the Gaussian weight of the energy takes away below the edge: (H-2)/H sinh(v)^2."""
    return (order - 2) / order * np.sinh(depth) ** 2


def _energies(energy_density):
    return _checks.real_array("energy_density", energy_density)


def _one_order(order):
    return _checks.integer("order", order, low=2)


def _orders(order):
    orders = _checks.real_array("order", order, low=2.0)
    if np.any(orders != np.floor(orders)):
        raise ValueError(f"order: expected whole numbers >= 2, got {order!r}")
    return orders


def _indices(index):
    indices = _checks.real_array("index", index, low=0.0)
    if np.any(indices != np.floor(indices)):
        raise ValueError(f"index: expected whole numbers >= 0, got {index!r}")
    return indices


def _number(value):
    """A Python float for a single value, the array otherwise."""
    value = np.asarray(value)
    return value if value.ndim else float(value)
