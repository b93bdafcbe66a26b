r"""How many networks compute the same function: permutations, signs and scales, by logarithms.

Exchanges of hidden units alone give :math:`\prod_{l=1}^{d-1}n_l!` parameter vectors with the same function, if no two
units of a layer are alike; :func:`~lossland.symmetry.orbit.orbit_size` counts those of a given network.  A unit with an
odd activation can also change the signs of all that goes in and out: a factor 2 for each.  A ReLU unit can multiply its
inputs by any positive number and divide its outputs by it: a continuum, counted by its dimension.

Source: Glukhov (2024), arXiv:2411.07008, equation 31, which counts permutations of fully connected layers only.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from lossland.symmetry.architecture import SCALES, SIGNS, Architecture, fully_connected
from lossland.symmetry.connection_symmetries import table_symmetries
from lossland.symmetry.stirling import log_factorial


class SymmetryCount(NamedTuple):
    """The size of the symmetry group of an architecture.

    Attributes:
        log_permutations: Natural logarithm of the number of permutations.
        n_signs: Independent changes of sign; there are ``2**n_signs`` of them.
        n_scales: Dimension of the positive rescalings.
        n_linear: Dimension of further continuous linear symmetries.
    """

    log_permutations: float
    n_signs: int
    n_scales: int
    n_linear: int

    @property
    def log10_permutations(self) -> float:
        """Number of permutations as a power of 10."""
        return self.log_permutations / math.log(10)

    @property
    def log10_discrete(self) -> float:
        """Permutations together with changes of sign, as a power of 10."""
        return self.log10_permutations + self.n_signs * math.log10(2)


def log_permutation_count(architecture: Architecture | Sequence[int]) -> float:
    r"""Natural logarithm of the number of permutations of hidden units that keep the function.

    Args:
        architecture: An architecture, or the widths :math:`(n_0,\dots,n_d)` of a fully connected network, inputs and
            outputs among them: they carry labels and are not counted.

    Returns:
        :math:`\sum_l\log n_l!` over the sets of units; sets that are bound by a connection table count the symmetries
        of the table instead.  Divide by ``math.log(10)`` for a power of 10.

    Raises:
        TypeError: If it is neither an architecture nor a sequence of widths.
        ValueError: If there are fewer than two widths, or one is not positive.

    >>> round(math.exp(log_permutation_count((5, 4, 3, 1))))  # 4! 3!
    144
    """
    if not isinstance(architecture, Architecture):
        architecture = fully_connected(architecture)
    bound = {name for table in architecture.tables for name in (table.sources, table.targets)}
    free = sum(float(log_factorial(units.size)) for units in architecture.units if units.name not in bound)
    return free + sum(math.log(table_symmetries(table.table).n_symmetries) for table in architecture.tables)


def symmetry_count(architecture: Architecture) -> SymmetryCount:
    """Count permutations, signs, scales and continuous linear symmetries of an architecture.

    Args:
        architecture: As :func:`~lossland.symmetry.architecture.fully_connected` and its like return it.

    Returns:
        SymmetryCount: a lower bound where units have symmetries of other kinds.

    Raises:
        TypeError: If it is no architecture.

    >>> count = symmetry_count(fully_connected((3, 4, 1)))
    >>> round(math.exp(count.log_permutations)), count.n_signs, count.n_scales
    (24, 4, 0)
    """
    if not isinstance(architecture, Architecture):
        raise TypeError(
            f"architecture: expected an Architecture, got {type(architecture).__name__}; for widths try "
            "fully_connected(widths, activation=...)"
        )
    n_signs, n_scales = (
        sum(free.get(units.activation, 0) * units.n_stages * units.size for units in architecture.units)
        + architecture.n_normalized
        for free in (SIGNS, SCALES)
    )
    return SymmetryCount(log_permutation_count(architecture), n_signs, n_scales, architecture.n_linear)
