"""Deep linear networks: their landscape and their dynamics, in closed form where there is one.

Weights are a sequence of matrices (..., d_k, d_{k-1}), input layer first, NumPy or torch; leading dimensions are runs.
Everything answers in kind, on the device of the weights; only the sampling of weights is torch by itself.
"""

from importlib import import_module

from lossland.linear_networks.absolute_loss import absolute_loss
from lossland.linear_networks.aligned_weights import (
    aligned_weights,
    mode_weights,
    off_diagonal,
    random_frames,
    weights_in_frames,
)
from lossland.linear_networks.arrival_times import Arrivals, arrival_times
from lossland.linear_networks.bad_minima import BadMinimum, absolute_loss_minimum, bottleneck_minimum
from lossland.linear_networks.balanced import balanced_init, balancedness, identity_init, imbalance
from lossland.linear_networks.balanced_flow import end_to_end_flow, end_to_end_velocity
from lossland.linear_networks.critical_points import CriticalPoint, classify_critical_point
from lossland.linear_networks.descent import Descent, descend
from lossland.linear_networks.descent_polynomial import descent_polynomial, evaluate_at_matrix, polynomial_degree
from lossland.linear_networks.end_to_end_map import end_to_end_map
from lossland.linear_networks.gradient import weight_gradient
from lossland.linear_networks.gradient_flow import gradient_flow
from lossland.linear_networks.hessian import hessian_matrix, hessian_operator, hessian_product
from lossland.linear_networks.local_perturbations import Perturbation, perturb_keeping_product, thinnest_end
from lossland.linear_networks.map_loss import MapLoss, loss_value
from lossland.linear_networks.mode_strength import mode_strength, time_to_reach
from lossland.linear_networks.near_identity import NearIdentity, near_identity_factors, polar_factors
from lossland.linear_networks.parameters import from_vector, to_vector, widths_of
from lossland.linear_networks.planted_critical_point import planted_critical_point, rank_levels
from lossland.linear_networks.product_jacobian import jacobian_rank, product_jacobian
from lossland.linear_networks.projection import LinearPart, project_target
from lossland.linear_networks.quadratic_loss import quadratic_loss, weighted_quadratic_loss
from lossland.linear_networks.rotations import RotationBlocks, axis_angle, rotation_blocks
from lossland.linear_networks.rounding_escape import (
    RoundingEscape,
    SymmetryDefects,
    detect_rounding_escape,
    predicted_escape_time,
    symmetry_defects,
)
from lossland.linear_networks.sample_loss import sample_loss
from lossland.linear_networks.scalar_modes import equal_weight_descent, scalar_descent, scalar_flow
from lossland.linear_networks.smallest_weight import ChainEnd, chain_end, leaving_time
from lossland.linear_networks.stationarity import GradientBounds, gradient_bounds
from lossland.linear_networks.step_size import (
    converges_from_identity,
    identity_start_bound,
    stability_limit,
    strengths_from_identity,
)
from lossland.linear_networks.two_layer_mode import two_layer_mode

_LATER = {"sample_weights": "random_weights"}

__all__ = [
    "Arrivals",
    "BadMinimum",
    "ChainEnd",
    "CriticalPoint",
    "Descent",
    "GradientBounds",
    "LinearPart",
    "MapLoss",
    "NearIdentity",
    "Perturbation",
    "RotationBlocks",
    "RoundingEscape",
    "SymmetryDefects",
    "absolute_loss",
    "absolute_loss_minimum",
    "aligned_weights",
    "arrival_times",
    "axis_angle",
    "balanced_init",
    "balancedness",
    "bottleneck_minimum",
    "chain_end",
    "classify_critical_point",
    "converges_from_identity",
    "descend",
    "descent_polynomial",
    "detect_rounding_escape",
    "end_to_end_flow",
    "end_to_end_map",
    "end_to_end_velocity",
    "equal_weight_descent",
    "evaluate_at_matrix",
    "from_vector",
    "gradient_bounds",
    "gradient_flow",
    "hessian_matrix",
    "hessian_operator",
    "hessian_product",
    "identity_init",
    "identity_start_bound",
    "imbalance",
    "jacobian_rank",
    "leaving_time",
    "loss_value",
    "mode_strength",
    "mode_weights",
    "near_identity_factors",
    "off_diagonal",
    "perturb_keeping_product",
    "planted_critical_point",
    "polar_factors",
    "polynomial_degree",
    "predicted_escape_time",
    "product_jacobian",
    "project_target",
    "quadratic_loss",
    "random_frames",
    "rank_levels",
    "rotation_blocks",
    "sample_loss",
    "scalar_descent",
    "scalar_flow",
    "stability_limit",
    "strengths_from_identity",
    "symmetry_defects",
    "thinnest_end",
    "time_to_reach",
    "to_vector",
    "two_layer_mode",
    "weight_gradient",
    "weighted_quadratic_loss",
    "weights_in_frames",
    "widths_of",
    *_LATER,
]


def __getattr__(name: str):
    """Import what needs torch when it is first asked for."""
    if name in _LATER:
        return getattr(import_module(f"{__name__}.{_LATER[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
