r"""Banks of small spatial filters of several scales that no data have tuned: Gabor, differences of Gaussians, random.

All filters have mean zero, so that a flat image gives no response, and norm one.  A Gabor filter of wavelength
:math:`\lambda` and orientation :math:`\alpha` is

.. math:: \exp\Bigl(-\frac{u^2+\gamma^2v^2}{2\sigma^2}\Bigr)\cos\Bigl(\frac{2\pi u}\lambda+\psi\Bigr),\qquad
   u=x\cos\alpha+y\sin\alpha,\;v=y\cos\alpha-x\sin\alpha,

with :math:`\psi=0` (even) and :math:`\pi/2` (odd) in pairs, whose squares together are the energy at that scale and
orientation, wherever the wave has its crest.

Source: Daugman (1985) for Gabor's; Marr and Hildreth (1980) for differences of Gaussians, ratio 1.6; Glukhov (2024),
section 6.3, whose own filters are not published: these stand in for them.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from lossland import _checks


def gabor_bank(
    wavelengths: Sequence[float],
    n_orientations: int,
    size: int,
    *,
    bandwidth: float = 0.56,
    aspect: float = 0.5,
) -> np.ndarray:
    r"""Make pairs of Gabor filters for several wavelengths and orientations.

    Args:
        wavelengths: Wavelengths :math:`\lambda` in pixels, each at least 2.
        n_orientations: Orientations, evenly spaced over half a turn.
        size: Side of the filters in pixels, odd.
        bandwidth: :math:`\sigma/\lambda`; 0.56 is a bandwidth of one octave.
        aspect: :math:`\gamma`, width across the waves over length along them.

    Returns:
        Filters (wavelengths * orientations, 2, size, size), even and odd; within a wavelength by orientation.

    Raises:
        ValueError: If an argument is out of range.

    >>> bank = gabor_bank([4.0, 8.0], 6, 9)
    >>> bank.shape, bool(np.allclose(bank.sum((-1, -2)), 0))
    ((12, 2, 9, 9), True)
    """
    wavelengths = _positive("wavelengths", wavelengths, low=2.0)
    n_orientations = _checks.integer("n_orientations", n_orientations, low=1)
    bandwidth, aspect = _positive("bandwidth", bandwidth), _positive("aspect", aspect)
    y, x = _grid(size)
    angles = np.pi * np.arange(n_orientations) / n_orientations
    wave, angle = (part.reshape(-1, 1, 1, 1) for part in np.meshgrid(wavelengths, angles, indexing="ij"))
    u = x * np.cos(angle) + y * np.sin(angle)
    v = y * np.cos(angle) - x * np.sin(angle)
    window = np.exp(-(u**2 + aspect**2 * v**2) / (2 * (bandwidth * wave) ** 2))
    phase = np.array([0.0, math.pi / 2]).reshape(1, 2, 1, 1)
    return _normalize(window * np.cos(2 * np.pi * u / wave - phase), window)


def difference_of_gaussians_bank(scales: Sequence[float], size: int, *, ratio: float = 1.6) -> np.ndarray:
    """Make a narrow Gaussian minus a wide one, for several scales.

    Args:
        scales: Standard deviations of the narrow Gaussian in pixels, positive.
        size: Side of the filters in pixels, odd.
        ratio: Standard deviation of the wide one over that of the narrow one, above 1.

    Returns:
        Filters (scales, size, size).

    Raises:
        ValueError: If an argument is out of range.
    """
    scales = _positive("scales", scales).reshape(-1, 1, 1)
    ratio = _checks.real_number("ratio", ratio)
    if ratio <= 1:
        raise ValueError(f"ratio: expected a number above 1, got {ratio:g}")
    y, x = _grid(size)
    square = x**2 + y**2
    narrow, wide = (np.exp(-square / (2 * s**2)) for s in (scales, ratio * scales))
    narrow, wide = (part / part.sum((-1, -2), keepdims=True) for part in (narrow, wide))
    return _normalize(narrow - wide, np.ones_like(narrow))


def random_bank(n_filters: int, size: int, *, rng: np.random.Generator) -> np.ndarray:
    """Draw filters with independent normal entries, made mean zero and norm one: what structure has to beat.

    Args:
        n_filters: Number of filters.
        size: Side in pixels, odd.
        rng: Source of randomness.

    Returns:
        Filters (n_filters, size, size).

    Raises:
        ValueError: If an argument is out of range.
    """
    n_filters = _checks.integer("n_filters", n_filters, low=1)
    side = len(_grid(size)[0])
    drawn = rng.standard_normal((n_filters, side, side))
    return _normalize(drawn, np.ones_like(drawn))


def _normalize(filters: np.ndarray, window: np.ndarray) -> np.ndarray:
    """Take out the mean with the shape of the window, and scale to norm one."""
    share = window / window.sum((-1, -2), keepdims=True)
    filters = filters - filters.sum((-1, -2), keepdims=True) * share
    norms = np.sqrt((filters**2).sum((-1, -2), keepdims=True))
    return filters / norms


def _grid(size: int) -> tuple[np.ndarray, np.ndarray]:
    size = _checks.integer("size", size, low=3)
    if size % 2 == 0:
        raise ValueError(f"size: expected an odd number, so that a filter has a middle, got {size}")
    half = size // 2
    y, x = np.mgrid[-half : half + 1, -half : half + 1].astype(np.float64)
    return y, x


def _positive(name: str, value, *, low: float = 0.0) -> np.ndarray:
    array = _checks.real_array(name, value, low=low)
    if not np.all(array > 0) or not array.size:
        raise ValueError(f"{name}: expected positive numbers, got {value}")
    return array
