r"""Multiplications and additions of a polynomial layer, counted.

The recurrence, shared by all outputs, costs for each input and each degree beyond the first three multiplications and
one addition (two if the density is not symmetric); each output adds one multiplication and one addition for each term.
For a layer with n inputs and m outputs these are :math:`O(Nn(m+1))`: in proportion to its :math:`(N+1)nm` coefficients.

Source: Glukhov (2024), section 6.2.2 (after equation 44).
"""

from __future__ import annotations

from typing import NamedTuple

from lossland import _checks
from lossland.remedies.orthogonal_bases import OrthonormalBasis, check_basis


class LayerCost(NamedTuple):
    """Operations on one sample.

    Attributes:
        features: Multiplications and additions of the recurrence, for all inputs.
        sums: Multiplications and additions of the weighted sums, for all outputs.
    """

    features: int
    sums: int


def operation_count(basis: OrthonormalBasis, degree: int, n_inputs: int, n_outputs: int) -> LayerCost:
    """Count the operations of a layer going forward.

    Args:
        basis: The basis.
        degree: Highest degree N.
        n_inputs: Number of inputs.
        n_outputs: Number of outputs.

    Returns:
        LayerCost: of the recurrence, shared by all outputs, and of the sums.

    Raises:
        TypeError: If ``basis`` is none.
        ValueError: If a number is out of range.

    >>> from lossland.remedies import legendre
    >>> operation_count(legendre(), 4, n_inputs=64, n_outputs=10)
    LayerCost(features=832, sums=6390)
    """
    check_basis(basis)
    degree = _checks.integer("degree", degree, low=0)
    n_inputs = _checks.integer("n_inputs", n_inputs, low=1)
    n_outputs = _checks.integer("n_outputs", n_outputs, low=1)
    shifts = int((basis.recurrence(degree)[0] != 0).sum())  # a subtraction for each a_n that is not zero
    one_input = shifts + (1 + 4 * (degree - 1) if degree else 0)
    terms = n_inputs * (degree + 1)
    return LayerCost(n_inputs * one_input, n_outputs * (2 * terms - 1))
