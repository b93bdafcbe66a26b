"""Signals through random depth: mean-field theory of wide random networks, and random networks to measure it on.

Theory (NumPy, float64, no torch): the length map and its fixed points, covariance and correlation maps and theirs,
phases and the critical line, depth scales, back-propagated errors.  Simulation (torch, on the device of its inputs)
is imported when first used.
"""

from importlib import import_module

from lossland.signal_propagation.correlation_fixed_points import (
    c_star,
    correlation_trajectory,
    decorrelation_trajectory,
)
from lossland.signal_propagation.correlation_map import (
    PairTrajectory,
    chi1,
    correlation_map,
    correlation_slope,
    covariance_map,
    decorrelation_map,
    pair_trajectory,
)
from lossland.signal_propagation.depth_scales import depth_scale, xi_c, xi_q
from lossland.signal_propagation.gradients import gradient_trajectory
from lossland.signal_propagation.length_fixed_points import length_fixed_points, q_star
from lossland.signal_propagation.length_map import first_length, length_map, length_slope, length_trajectory
from lossland.signal_propagation.phase_diagram import (
    PhaseDiagram,
    critical_curve,
    critical_line,
    phase,
    phase_diagram,
)

_SIMULATION = {
    "DecayScale": "decay_rates",
    "Measurement": "measurement",
    "circle_inputs": "curves",
    "curve_lengths": "curves",
    "curve_projection": "curves",
    "fit_decay": "decay_rates",
    "measure_correlations": "random_network",
    "measure_covariances": "random_network",
    "measure_decay": "decay_rates",
    "measure_gradient_norms": "error_propagation",
    "measure_lengths": "random_network",
    "propagate_curve": "curves",
    "sample_gram": "gram_sampler",
}

__all__ = [
    "PairTrajectory",
    "PhaseDiagram",
    "c_star",
    "chi1",
    "correlation_map",
    "correlation_slope",
    "correlation_trajectory",
    "covariance_map",
    "critical_curve",
    "critical_line",
    "decorrelation_map",
    "decorrelation_trajectory",
    "depth_scale",
    "first_length",
    "gradient_trajectory",
    "length_fixed_points",
    "length_map",
    "length_slope",
    "length_trajectory",
    "pair_trajectory",
    "phase",
    "phase_diagram",
    "q_star",
    "xi_c",
    "xi_q",
    *_SIMULATION,
]


def __getattr__(name: str):
    """Import a simulation, and torch with it, when it is first asked for."""
    if name in _SIMULATION:
        return getattr(import_module(f"{__name__}.{_SIMULATION[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
