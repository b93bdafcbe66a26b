"""Descent on a loss: test surfaces, gradient descent and heavy ball, their certificates, and how they fail.

Surfaces and iterations take NumPy arrays or torch tensors and answer in kind, batched over starting points.
"""

from importlib import import_module

from lossland.descent.certificates import (
    DescentCheck,
    best_gradient_bound,
    check_descent,
    check_surface,
    descent_constant,
    optimal_learning_rate,
    squared_gradient_bound,
    stopping_bound,
)
from lossland.descent.critical_points import classify_critical_point, find_critical_points, morse_index
from lossland.descent.gradient_descent import gradient_descent
from lossland.descent.heavy_ball import (
    HeavyBallTuning,
    contraction_rate,
    heavy_ball,
    heavy_ball_time_step,
    optimal_heavy_ball,
    stability_limit,
)
from lossland.descent.iteration import Trajectory
from lossland.descent.linearization import Linearization, linearize
from lossland.descent.newton import NewtonResult, newton
from lossland.descent.operation_count import OperationCount, count_operations
from lossland.descent.perturbed_descent import PerturbedRun, perturbed_descent
from lossland.descent.piecewise_linear import HAT, PiecewiseLinear, relu_representation
from lossland.descent.random_slices import bowl_fraction_of_slices, bowl_probability_of_line
from lossland.descent.risk import (
    EmpiricalMeasure,
    Estimate,
    GaussianMeasure,
    empirical_risk,
    fit_least_squares,
    least_squares_risks,
    population_risk,
    sum_of_neurons,
)
from lossland.descent.saddle_escape import escape_steps, predicted_escape_steps
from lossland.descent.scalar_programs import ScalarProgram, perceptron_program, random_program, recurrent_program
from lossland.descent.stability_measurement import measure_stability_limit
from lossland.descent.surfaces import (
    SURFACES,
    CriticalPoint,
    Surface,
    curved_valley,
    double_well,
    escape,
    himmelblau,
    inflection,
    log_sum,
    monkey_saddle,
    quadratic,
    rosenbrock,
    strict_saddle,
)

_SIMULATION = {
    "GradientTimes": "gradient_timing",
    "measure_gradient_times": "gradient_timing",
    "ENDS": "shallow_ends",
    "ShallowEnds": "shallow_ends",
    "classify_ends": "shallow_ends",
    "dead_units": "shallow_network",
    "flat_directions": "shallow_ends",
    "kinks": "shallow_network",
    "sample_shallow": "shallow_network",
    "shallow_gradient": "shallow_network",
    "shallow_hessian": "shallow_network",
    "shallow_loss": "shallow_network",
    "shallow_output": "shallow_network",
}

__all__ = [
    "fit_least_squares",
    "DescentCheck",
    "best_gradient_bound",
    "check_descent",
    "check_surface",
    "descent_constant",
    "optimal_learning_rate",
    "squared_gradient_bound",
    "stopping_bound",
    "classify_critical_point",
    "find_critical_points",
    "morse_index",
    "Linearization",
    "linearize",
    "NewtonResult",
    "newton",
    "PerturbedRun",
    "perturbed_descent",
    "HAT",
    "PiecewiseLinear",
    "relu_representation",
    "bowl_fraction_of_slices",
    "bowl_probability_of_line",
    "escape_steps",
    "predicted_escape_steps",
    "sum_of_neurons",
    "recurrent_program",
    "random_program",
    "population_risk",
    "perceptron_program",
    "measure_stability_limit",
    "least_squares_risks",
    "empirical_risk",
    "count_operations",
    "ScalarProgram",
    "OperationCount",
    "GaussianMeasure",
    "Estimate",
    "EmpiricalMeasure",
    "SURFACES",
    "CriticalPoint",
    "HeavyBallTuning",
    "Surface",
    "Trajectory",
    "contraction_rate",
    "curved_valley",
    "double_well",
    "escape",
    "gradient_descent",
    "heavy_ball",
    "heavy_ball_time_step",
    "himmelblau",
    "inflection",
    "log_sum",
    "monkey_saddle",
    "optimal_heavy_ball",
    "quadratic",
    "rosenbrock",
    "stability_limit",
    "strict_saddle",
    *_SIMULATION,
]


def __getattr__(name: str):
    """Import a simulation, and torch with it, when it is first asked for."""
    if name in _SIMULATION:
        return getattr(import_module(f"{__name__}.{_SIMULATION[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
