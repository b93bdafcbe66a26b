r"""How much of a filter is a Gabor function: best share of its variance over a fine grid of shapes and places.

For each wavelength, orientation, width, aspect and center of a grid, the filter without its mean is projected on the
plane spanned by the even and the odd Gabor function there, also without mean; amplitude and phase are thereby free.
The share is :math:`R^2=\max\|P\kappa\|^2/\|\kappa\|^2`.  With so many shapes to choose from it is large for noise, too:
compare with filters that nobody trained.

Source: Jones and Palmer (1987), who fitted cells of the visual cortex; Krizhevsky, Sutskever and Hinton (2012), fig. 3.
"""

from __future__ import annotations

import functools

import numpy as np

from lossland import _checks

_WAVELENGTHS = (2.5, 3.5, 5.0, 7.0, 10.0, 14.0)
_BANDWIDTHS = (0.25, 0.4, 0.7)  # standard deviation across the waves, in wavelengths
_ASPECTS = (0.5, 1.0)
_N_ORIENTATIONS = 12


def gabor_share(filters) -> np.ndarray:
    """Return the share of each filter that the best Gabor function of the grid explains.

    Args:
        filters: (n, size, size), with an odd size of 3 or more.

    Returns:
        Shares (n,), from 0 to 1; of no meaning for a filter that is constant, where it is 0.

    Raises:
        ValueError: If the filters have another shape.

    >>> from lossland.remedies import gabor_bank
    >>> bool((gabor_share(gabor_bank([5.0], 3, 7, bandwidth=0.4)[:, 1]) > 0.999).all())
    True
    """
    filters = _checks.real_array("filters", filters)
    if filters.ndim != 3 or filters.shape[1] != filters.shape[2] or filters.shape[1] < 3 or filters.shape[1] % 2 == 0:
        raise ValueError(f"filters: expected (n, size, size) with an odd size of 3 or more, got {filters.shape}")
    flat = filters.reshape(len(filters), -1)
    flat = flat - flat.mean(axis=1, keepdims=True)
    planes = _planes(filters.shape[1])
    explained = np.square(np.einsum("ni,pji->npj", flat, planes, optimize=True)).sum(axis=2).max(axis=1, initial=0.0)
    total = np.square(flat).sum(axis=1)
    return np.divide(explained, total, out=np.zeros_like(total), where=total > 0)


@functools.cache
def _planes(size: int) -> np.ndarray:
    """Orthonormal pairs (n, 2, size * size) that span each plane of the grid."""
    half = size // 2
    y, x = np.mgrid[-half : half + 1, -half : half + 1].reshape(2, -1).astype(np.float64)
    places = np.linspace(-half, half, 2 * half + 1)
    angles = np.pi * np.arange(_N_ORIENTATIONS) / _N_ORIENTATIONS
    grid = np.meshgrid(_WAVELENGTHS, angles, _BANDWIDTHS, _ASPECTS, places, places, indexing="ij")
    wave, angle, bandwidth, aspect, x0, y0 = (part.reshape(-1, 1) for part in grid)
    u = (x - x0) * np.cos(angle) + (y - y0) * np.sin(angle)
    v = (y - y0) * np.cos(angle) - (x - x0) * np.sin(angle)
    window = np.exp(-(u**2 + aspect**2 * v**2) / (2 * (bandwidth * wave) ** 2))
    pair = np.stack([window * np.cos(2 * np.pi * u / wave), window * np.sin(2 * np.pi * u / wave)], axis=1)
    pair = pair - pair.mean(axis=2, keepdims=True)
    first = pair[:, 0] / np.linalg.norm(pair[:, 0], axis=1, keepdims=True)
    second = pair[:, 1] - (pair[:, 1] * first).sum(axis=1, keepdims=True) * first
    return np.stack([first, second / np.linalg.norm(second, axis=1, keepdims=True)], axis=1)
