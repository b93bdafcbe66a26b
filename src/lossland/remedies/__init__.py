"""Remedies for permutable, noisily trained networks: masks, polynomials as neurons, learning without back-propagation.

Conventions: a polynomial basis is orthonormal with respect to a probability density; a mask has the shape of the weight
matrix that it multiplies, (units, inputs), one row for each unit.  Theory is NumPy; layers are torch modules that go
into ``nn.Sequential``, and are imported when first used.
"""

from importlib import import_module

from lossland.remedies.gauss_quadrature import (
    GaussRule,
    Projection,
    gauss_rule,
    gram_matrix,
    project,
    root_weighted_values,
)
from lossland.remedies.incremental_classes import IncrementalClassifier
from lossland.remedies.mask_collisions import (
    expected_collisions,
    least_fan_in,
    probability_of_distinct_units,
    same_mask_probability,
)
from lossland.remedies.mask_symmetry import MaskSymmetry, mask_symmetry
from lossland.remedies.orthogonal_bases import OrthonormalBasis, chebyshev, hermite, jacobi, laguerre, legendre
from lossland.remedies.polynomial_values import derivatives, evaluate, weighted_values
from lossland.remedies.spatial_filters import difference_of_gaussians_bank, gabor_bank, random_bank

_LATER = {
    "DirectFeedbackNetwork": "feedback_alignment",
    "FeedbackLinear": "feedback_alignment",
    "FilterResponses": "filter_responses",
    "PolynomialLayer": "polynomial_layer",
    "PrunedConv2d": "pruned_layers",
    "PrunedLinear": "pruned_layers",
    "SplineLayer": "spline_layer",
    "alignment_angle": "feedback_alignment",
    "kept_width": "pruned_layers",
    "polynomial_features": "feature_recurrence",
    "sample_mask": "pruned_layers",
    "spline_features": "spline_layer",
}

__all__ = [
    *_LATER,
    "GaussRule",
    "IncrementalClassifier",
    "MaskSymmetry",
    "OrthonormalBasis",
    "Projection",
    "chebyshev",
    "derivatives",
    "difference_of_gaussians_bank",
    "evaluate",
    "expected_collisions",
    "gabor_bank",
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
    "random_bank",
    "root_weighted_values",
    "same_mask_probability",
    "weighted_values",
]


def __getattr__(name: str):
    """Import a module with layers, and torch with it, when one of its names is first asked for."""
    if name in _LATER:
        return getattr(import_module(f"{__name__}.{_LATER[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
