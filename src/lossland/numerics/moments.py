r"""Gaussian moments of an activation: closed where the literature has a closed form, else by controlled quadrature.

All arguments broadcast; variances are of the Gaussian argument :math:`u` (a pre-activation), correlations are in
[-1, 1].  Three roads, in this order: the activation's own closed forms; for smooth activations the trapezoidal
rule in one and Mehler's series in two dimensions; for kinks, and where the series would be long, panels.
Moments of very many variances are interpolated from a few, to the same tolerance.
"""

from __future__ import annotations

import numpy as np

from lossland import _checks
from lossland.numerics.activations import Activation, as_activation
from lossland.numerics.chebyshev import interpolate_in_log
from lossland.numerics.gaussian import gaussian_expectation
from lossland.numerics.gaussian_pair import gaussian_pair_expectation
from lossland.numerics.hermite import MehlerSeries

RTOL = 1e-12
_MANY = 512  # from so many variances on, interpolation pays
_SERIES_LENGTHS = (32, 64, 128, 256, 512, 1024)
_ROWS = 2048  # entries with coefficients of their own that are evaluated together


def second_moment(activation: str | Activation, q, *, rtol: float = RTOL):
    r""":math:`\mathbb E\,\sigma(u)^2` for :math:`u\sim\mathcal N(0,q)`.

    >>> second_moment("relu", 3.0)
    1.5
    """
    return _one_variable(activation, "value", q, rtol)


def slope_second_moment(activation: str | Activation, q, *, rtol: float = RTOL):
    r""":math:`\mathbb E\,\sigma'(u)^2` for :math:`u\sim\mathcal N(0,q)`.

    >>> slope_second_moment("relu", 3.0)
    0.5
    """
    return _one_variable(activation, "derivative", q, rtol)


def second_moment_slope(activation: str | Activation, q, *, rtol: float = RTOL):
    r""":math:`\frac{d}{dq}\mathbb E\,\sigma(u)^2`, :math:`u\sim\mathcal N(0,q)`.

    With a second derivative it is :math:`\mathbb E[\sigma'^2+\sigma\sigma'']`, without one (kinks)
    :math:`\mathbb E[u\,\sigma\sigma']/q`; both follow from Stein's identity.

    Raises:
        ValueError: If ``q`` is 0 and neither a closed form nor a second derivative is known.

    >>> second_moment_slope("relu", 3.0)
    0.5
    """
    activation = as_activation(activation)
    q = _checks.real_array("q", q, low=0.0)
    if activation.moments is not None:
        return number(activation.moments.variance_slope(q))
    value, slope, curvature = activation.value, activation.derivative, activation.second_derivative
    if curvature is not None and not activation.kinks:

        def expectation(variance):
            return gaussian_expectation(lambda u: slope(u) ** 2 + value(u) * curvature(u), variance, rtol=rtol).value

        return _many(expectation, q, rtol, positive=False)
    if np.any(q == 0):
        if 0.0 in activation.kinks or value(np.zeros(1))[0] != 0:
            raise ValueError(f"q: expected positive variances for {activation.name!r}, got 0: no slope is known there")
        at_zero = float(slope(np.zeros(1))[0]) ** 2  # sigma(0) = 0 and smooth there
    else:
        at_zero = 0.0
    safe = np.where(q == 0, 1.0, q)
    stein = gaussian_expectation(
        lambda u: u * value(u) * slope(u), safe, breakpoints=activation.kinks, rtol=rtol
    ).value
    return number(np.where(q == 0, at_zero, stein / safe))


def covariance(activation: str | Activation, c, q1, q2, *, rtol: float = RTOL):
    r""":math:`\mathbb E\,\sigma(u_1)\sigma(u_2)` for variances ``q1``, ``q2`` and correlation ``c``.

    >>> round(covariance("relu", 0.0, 1.0, 1.0) * 2 * np.pi, 12)
    1.0
    """
    return _two_variables(activation, "value", c, q1, q2, rtol)


def slope_covariance(activation: str | Activation, c, q1, q2, *, rtol: float = RTOL):
    r""":math:`\mathbb E\,\sigma'(u_1)\sigma'(u_2)` for variances ``q1``, ``q2`` and correlation ``c``.

    >>> slope_covariance("relu", 0.0, 1.0, 1.0)
    0.25
    """
    return _two_variables(activation, "derivative", c, q1, q2, rtol)


def decorrelation(activation: str | Activation, d, q, *, rtol: float = RTOL):
    r""":math:`\mathbb E\,\sigma(u_1)^2-\mathbb E\,\sigma(u_1)\sigma(u_2)` at equal
    variances ``q`` and correlation ``1 - d``.

    Relative accuracy is kept as ``d`` goes to 0, where the difference of the two moments would lose all digits.

    >>> round(decorrelation("linear", 1e-20, 2.0) / 2e-20, 12)
    1.0
    """
    activation = as_activation(activation)
    d, q = _checks.real_array("d", d, low=0.0, high=2.0), _checks.real_array("q", q, low=0.0)
    if activation.moments is not None:
        return number(activation.moments.decorrelation(d, q))
    if not activation.kinks:
        return number(_by_series(activation.value, (), d, q, q, rtol, drop=True))
    difference = second_moment(activation, q, rtol=rtol) - covariance(activation, 1 - d, q, q, rtol=rtol)
    return number(np.where(d == 0, 0.0, difference))


def _one_variable(activation, part: str, q, rtol):
    activation = as_activation(activation)
    q = _checks.real_array("q", q, low=0.0)
    if activation.moments is not None:
        closed = activation.moments.covariance if part == "value" else activation.moments.slope_covariance
        return number(closed(np.ones_like(q), q, q))
    function = getattr(activation, part)

    def expectation(variance):
        return gaussian_expectation(lambda u: function(u) ** 2, variance, breakpoints=activation.kinks, rtol=rtol).value

    return _many(expectation, q, rtol, positive=True)


def _many(expectation, q, rtol, *, positive):
    """Expectations at all ``q``: directly, or for very many of them interpolated from a few."""
    inside = q > 0
    if np.count_nonzero(inside) < _MANY:
        return expectation(q)
    result = np.empty(q.shape)
    result[~inside] = expectation(q[~inside])
    interpolated = interpolate_in_log(expectation, q[inside], rtol=rtol, positive=positive)
    result[inside] = expectation(q[inside]) if interpolated is None else interpolated
    return result


def _two_variables(activation, part: str, c, q1, q2, rtol):
    activation = as_activation(activation)
    c = _checks.real_array("c", c, low=-1.0, high=1.0)
    q1, q2 = _checks.real_array("q1", q1, low=0.0), _checks.real_array("q2", q2, low=0.0)
    if activation.moments is not None:
        closed = activation.moments.covariance if part == "value" else activation.moments.slope_covariance
        return number(closed(c, q1, q2))
    return number(_by_series(getattr(activation, part), activation.kinks, c, q1, q2, rtol))


def _by_series(function, kinks, x, q1, q2, rtol, *, drop=False):
    """Mehler's series where it is short enough, direct quadrature elsewhere; ``x`` is c, or d = 1 - c for ``drop``."""
    shape = np.broadcast_shapes(x.shape, q1.shape, q2.shape)
    pairs = np.stack([part.ravel() for part in np.broadcast_arrays(q1, q2)])
    if pairs.shape[1] == 1:  # the common case: one pair of lengths for all correlations
        which = np.zeros(x.size, dtype=np.intp)
    else:
        pairs, which = np.unique(pairs, axis=1, return_inverse=True)
        which = np.broadcast_to(which.reshape(np.broadcast_shapes(q1.shape, q2.shape)), shape).ravel()
    x = np.broadcast_to(x, shape).ravel()
    result, todo = np.empty(x.size), np.arange(x.size)
    for n_terms in () if kinks else _SERIES_LENGTHS:
        used, position = np.unique(which[todo], return_inverse=True) if pairs.shape[1] > 1 else ([0], None)
        series = MehlerSeries(function, pairs[0, used], pairs[1, used], n_terms)
        good = np.empty(todo.size, dtype=bool)
        for block in _blocks(todo.size, _ROWS if position is not None else todo.size):
            part = series if position is None else series.rows(position[block])
            arguments = x[todo[block]]
            value = part.drop_from_one(arguments) if drop else part(arguments)
            error = part.drop_error(arguments) if drop else part.error(arguments)
            good[block] = error <= rtol * (np.abs(value) if drop else part.scale)
            result[todo[block]] = value
        todo = todo[~good]
        if not todo.size:
            break
    if todo.size:
        result[todo] = _directly(function, kinks, x[todo], *pairs[:, which[todo]], rtol, drop)
    return result.reshape(shape)


def _directly(function, kinks, x, q1, q2, rtol, drop):
    c = 1 - x if drop else x
    value = gaussian_pair_expectation(function, c, q1, q2, breakpoints=kinks, rtol=max(rtol, 1e-11)).value
    if drop:
        return gaussian_expectation(lambda u: function(u) ** 2, q1, breakpoints=kinks, rtol=rtol).value - value
    return value


def _blocks(size: int, rows: int):
    """Slices of at most ``rows`` entries: tables of coefficients, one row an entry, stay small."""
    return (slice(i, i + rows) for i in range(0, size, max(1, rows)))


def number(array: np.ndarray):
    """Return a zero-dimensional array as a float, any other as it is."""
    array = np.asarray(array)
    return array if array.ndim else float(array)
