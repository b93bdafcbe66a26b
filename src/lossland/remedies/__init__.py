"""Remedies for permutable, noisily trained networks: masks, polynomials as neurons, learning without back-propagation.

Conventions: a polynomial basis is orthonormal with respect to a probability density; a mask has the shape of the weight
matrix that it multiplies, (units, inputs), one row for each unit.  Theory is NumPy; layers are torch modules that go
into ``nn.Sequential``, and are imported when first used.
"""

from importlib import import_module

from lossland.remedies.feature_pruning import PrunedHeads, prune_heads
from lossland.remedies.few_shot import FewShot, few_shot_split
from lossland.remedies.gabor_fit import gabor_share
from lossland.remedies.gauss_quadrature import (
    GaussRule,
    Projection,
    gauss_rule,
    gram_matrix,
    project,
    root_weighted_values,
)
from lossland.remedies.group_method import GroupLayer, GroupNetwork, grow_group_network
from lossland.remedies.incremental_classes import IncrementalClassifier
from lossland.remedies.mask_collisions import (
    expected_collisions,
    least_fan_in,
    probability_of_distinct_units,
    same_mask_probability,
)
from lossland.remedies.mask_symmetry import MaskSymmetry, mask_symmetry
from lossland.remedies.multivariate import index_count, index_set, multivariate_values
from lossland.remedies.orthogonal_bases import OrthonormalBasis, chebyshev, hermite, jacobi, laguerre, legendre
from lossland.remedies.polynomial_cost import LayerCost, operation_count
from lossland.remedies.polynomial_values import derivatives, evaluate, weighted_values
from lossland.remedies.polytron import Polytron, expected_excess, fit_polytron
from lossland.remedies.polytron_iteration import (
    Iteration,
    batch_direction,
    double_density_gram,
    fixed_point,
    iterate_polytron,
    largest_step,
    sample_weights,
)
from lossland.remedies.sampling_needs import (
    Samples,
    gram_condition,
    peak_leverage,
    sample_nodes,
    sampled_gram,
    sufficient_samples,
)
from lossland.remedies.spatial_filters import difference_of_gaussians_bank, gabor_bank, random_bank
from lossland.remedies.trainable_scale import Scale, best_scale, rescale_coefficients, scale_derivatives
from lossland.remedies.truncation import exponential_coefficients, exponential_degree, needed_degree, relative_tails
from lossland.remedies.widening import (
    Widening,
    expected_parameters,
    full_view_probability,
    narrow_to_parameters,
    widen_by_printed_factor,
    widen_for_interactions,
    widen_to_equal_parameters,
)

_LATER = {
    "DirectFeedbackNetwork": "feedback_alignment",
    "FeedbackLinear": "feedback_alignment",
    "FilterResponses": "filter_responses",
    "LEARNING_RULES": "rule_training",
    "PolynomialLayer": "polynomial_layer",
    "PrunedConv2d": "pruned_layers",
    "PrunedLinear": "pruned_layers",
    "PrunedTraining": "pruned_training",
    "SplineLayer": "spline_layer",
    "add_noise": "distortions",
    "alignment_angle": "feedback_alignment",
    "blur": "distortions",
    "densest_mask": "designed_masks",
    "flip_hidden": "polynomial_stack",
    "grouped_masks": "designed_masks",
    "has_parity": "polynomial_stack",
    "find_teachers": "masked_students",
    "fit_classifier": "small_networks",
    "kept_width": "pruned_layers",
    "occlude": "distortions",
    "permute_hidden": "polynomial_stack",
    "polynomial_features": "feature_recurrence",
    "rotate": "distortions",
    "rule_gradients": "rule_training",
    "sample_feedback": "rule_training",
    "sample_mask": "pruned_layers",
    "sample_tensor_mask": "designed_masks",
    "shift": "distortions",
    "small_convolutional_network": "small_networks",
    "small_perceptron": "small_networks",
    "spline_features": "spline_layer",
    "stacked_polynomials": "polynomial_stack",
    "steps_to_reach": "pruned_training",
    "train_by_rule": "rule_training",
    "train_pruned": "pruned_training",
}

__all__ = [
    *_LATER,
    "FewShot",
    "GaussRule",
    "GroupLayer",
    "GroupNetwork",
    "IncrementalClassifier",
    "Iteration",
    "LayerCost",
    "MaskSymmetry",
    "OrthonormalBasis",
    "Polytron",
    "Projection",
    "PrunedHeads",
    "Samples",
    "Scale",
    "Widening",
    "batch_direction",
    "best_scale",
    "chebyshev",
    "derivatives",
    "difference_of_gaussians_bank",
    "double_density_gram",
    "evaluate",
    "expected_collisions",
    "expected_excess",
    "expected_parameters",
    "exponential_coefficients",
    "exponential_degree",
    "few_shot_split",
    "fit_polytron",
    "fixed_point",
    "full_view_probability",
    "gabor_bank",
    "gabor_share",
    "gauss_rule",
    "gram_condition",
    "gram_matrix",
    "grow_group_network",
    "hermite",
    "index_count",
    "index_set",
    "iterate_polytron",
    "jacobi",
    "laguerre",
    "largest_step",
    "least_fan_in",
    "legendre",
    "mask_symmetry",
    "multivariate_values",
    "narrow_to_parameters",
    "needed_degree",
    "operation_count",
    "peak_leverage",
    "probability_of_distinct_units",
    "project",
    "prune_heads",
    "random_bank",
    "relative_tails",
    "rescale_coefficients",
    "root_weighted_values",
    "same_mask_probability",
    "sample_nodes",
    "sample_weights",
    "sampled_gram",
    "scale_derivatives",
    "sufficient_samples",
    "weighted_values",
    "widen_by_printed_factor",
    "widen_for_interactions",
    "widen_to_equal_parameters",
]


def __getattr__(name: str):
    """Import a module with layers, and torch with it, when one of its names is first asked for."""
    if name in _LATER:
        return getattr(import_module(f"{__name__}.{_LATER[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
