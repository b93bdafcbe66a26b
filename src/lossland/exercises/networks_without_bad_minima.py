"""All checkers of the chapter "Networks without bad minima", from the modules that hold them."""

from __future__ import annotations

from lossland.exercises.added_neuron import REASONS, check_catch, check_stall, check_valley
from lossland.exercises.finite_sample import check_interpolating_network, check_weight_counts
from lossland.exercises.stationary_networks import (
    SITUATIONS,
    check_hypotheses_of_the_theorem,
    check_linear_special_case,
    check_stationary_targets,
)

__all__ = [
    "REASONS",
    "SITUATIONS",
    "check_catch",
    "check_hypotheses_of_the_theorem",
    "check_interpolating_network",
    "check_linear_special_case",
    "check_stall",
    "check_stationary_targets",
    "check_valley",
    "check_weight_counts",
]
