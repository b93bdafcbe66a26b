"""All checkers of the chapter "Signals through random depth", from the modules that hold them."""

from __future__ import annotations

from lossland.exercises.correlations_through_depth import check_correlation_at_one, check_relu_correlation_map
from lossland.exercises.fluctuations_through_depth import check_rate_function, check_relative_variance
from lossland.exercises.lengths_through_depth import (
    STEEP,
    check_is_stable,
    check_relu_length_map,
    check_tanh_q_star,
    check_zero_is_fixed,
)

__all__ = [
    "STEEP",
    "check_correlation_at_one",
    "check_is_stable",
    "check_rate_function",
    "check_relative_variance",
    "check_relu_correlation_map",
    "check_relu_length_map",
    "check_tanh_q_star",
    "check_zero_is_fixed",
]
