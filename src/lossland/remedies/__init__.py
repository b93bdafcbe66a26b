"""Remedies for permutable, noisily trained networks: masks, polynomials as neurons, learning without back-propagation.

Conventions: a polynomial basis is orthonormal with respect to a probability density; a mask has the shape of the weight
matrix that it multiplies, (units, inputs), one row for each unit.  Theory is NumPy.
"""

from lossland.remedies.gauss_quadrature import (
    GaussRule,
    Projection,
    gauss_rule,
    gram_matrix,
    project,
    root_weighted_values,
)
from lossland.remedies.mask_collisions import (
    expected_collisions,
    least_fan_in,
    probability_of_distinct_units,
    same_mask_probability,
)
from lossland.remedies.mask_symmetry import MaskSymmetry, mask_symmetry
from lossland.remedies.orthogonal_bases import OrthonormalBasis, chebyshev, hermite, jacobi, laguerre, legendre
from lossland.remedies.polynomial_values import derivatives, evaluate, weighted_values

__all__ = [
    "GaussRule",
    "MaskSymmetry",
    "OrthonormalBasis",
    "Projection",
    "chebyshev",
    "derivatives",
    "evaluate",
    "expected_collisions",
    "gauss_rule",
    "gram_matrix",
    "hermite",
    "jacobi",
    "laguerre",
    "least_fan_in",
    "legendre",
    "mask_symmetry",
    "probability_of_distinct_units",
    "project",
    "root_weighted_values",
    "same_mask_probability",
    "weighted_values",
]
