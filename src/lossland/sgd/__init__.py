"""Uncertain objectives and noisy descent: closed forms, simulators, and the densities between them.

Conventions throughout: the objective is ``J = (theta - theta_star)' H (theta - theta_star) / 2``, with the half; the
gradient that is seen is ``H (theta - theta_star) + eps``; a step is ``theta <- theta - learning_rate * gradient``; a
noise variance is that of ONE coordinate of the gradient; time is counted in steps.  Theory is NumPy; what simulates is
torch, batched over runs, on the device of its inputs.
"""

from importlib import import_module

from lossland.sgd.adam import adam_variance, effective_step
from lossland.sgd.asymmetric_losses import (
    ResidualLoss,
    best_constant,
    cost_of_the_mean,
    expectile_loss,
    linex_loss,
    mean_shift,
    pinball_loss,
)
from lossland.sgd.autoregression import IncrementTerms, autoregression, increment_terms, unrolled_iterate
from lossland.sgd.average_objective import AverageGap, average_gap, jensen_gap, stationary_excess
from lossland.sgd.averaging import (
    box_average,
    box_correlation,
    effective_averaging_length,
    effective_batches,
    exponential_average,
    increment_variance,
)
from lossland.sgd.boltzmann import (
    boltzmann_density,
    corrected_energy,
    effective_temperature,
    fit_temperature,
    total_variation,
)
from lossland.sgd.decaying_steps import harmonic_steps, mean_square_error, steps_to_tolerance
from lossland.sgd.equilibrium_size import (
    EquilibriumSize,
    TypicalShell,
    equilibrium_size,
    log_ball_volume,
    log_ellipsoid_volume,
    log_mass_within,
    log_printed_volume,
    log_typical_volume,
    typical_shell,
)
from lossland.sgd.errors import AsymmetricMatrixError, FlatDirectionError, IndefiniteMatrixError, UnstableStepError
from lossland.sgd.fokker_planck import FokkerPlanck, density_moments, evolve_density, fokker_planck, stationary_density
from lossland.sgd.gradient_noise import (
    GradientNoise,
    batch_noise,
    biased_noise,
    covariance_noise,
    hessian_noise,
    isotropic_noise,
    noise_exponent,
    stable_noise,
)
from lossland.sgd.iterate_averaging import autocorrelated_error, averaged_variance, effective_sample_size
from lossland.sgd.momentum import momentum_covariance, momentum_variance
from lossland.sgd.noise_regularity import linearization_error, local_lipschitz
from lossland.sgd.ornstein_uhlenbeck import diffusion_covariance, diffusion_mean
from lossland.sgd.preconditioning import Preconditioned, precondition, preconditioned_covariance
from lossland.sgd.quadratic import Quadratic, quadratic
from lossland.sgd.regression import (
    batch_factor,
    batch_objectives,
    gradient_noise_covariance,
    per_sample_gradients,
    regression_covariance,
    regression_quadratic,
)
from lossland.sgd.relaxation import ExpectedLoss, expected_loss, kept_fraction, relaxation_time
from lossland.sgd.representations import (
    AdditiveObjective,
    ShiftedObjective,
    additive_from_shifted,
    double_counted_gradient,
    quadratic_of_each,
    shift_noise_covariance,
    shifted_from_additive,
)
from lossland.sgd.stationary import (
    autocovariance,
    stable_spread,
    stationary_covariance,
    stationary_kurtosis,
    stationary_mean,
    stationary_variance,
    transient_covariance,
)
from lossland.sgd.tail_index import TailIndex, tail_index
from lossland.sgd.tracking import best_tracking_step, tracking_error, tracking_lag
from lossland.sgd.transition_kernel import iterate_density

_LATER = {
    "adam_descent": "adam_runs",
    "noisy_gradient_descent": "langevin_dynamics",
    "langevin": "langevin_dynamics",
    "sample_noise": "noise_sampling",
    "Iterates": "quadratic_runs",
    "noisy_descent": "quadratic_runs",
    "regression_descent": "regression_runs",
    "switching_bandit": "bandit",
    "Tracking": "tracking_descent",
    "track_optimum": "tracking_descent",
}

__all__ = [
    "AdditiveObjective",
    "AsymmetricMatrixError",
    "AverageGap",
    "EquilibriumSize",
    "ExpectedLoss",
    "FlatDirectionError",
    "FokkerPlanck",
    "GradientNoise",
    "IncrementTerms",
    "IndefiniteMatrixError",
    "Preconditioned",
    "Quadratic",
    "ResidualLoss",
    "ShiftedObjective",
    "TailIndex",
    "TypicalShell",
    "UnstableStepError",
    "adam_variance",
    "additive_from_shifted",
    "autocorrelated_error",
    "autocovariance",
    "autoregression",
    "average_gap",
    "averaged_variance",
    "batch_factor",
    "batch_noise",
    "batch_objectives",
    "best_constant",
    "best_tracking_step",
    "biased_noise",
    "boltzmann_density",
    "box_average",
    "box_correlation",
    "corrected_energy",
    "cost_of_the_mean",
    "covariance_noise",
    "density_moments",
    "diffusion_covariance",
    "diffusion_mean",
    "double_counted_gradient",
    "effective_averaging_length",
    "effective_batches",
    "effective_sample_size",
    "effective_step",
    "effective_temperature",
    "equilibrium_size",
    "evolve_density",
    "expected_loss",
    "expectile_loss",
    "exponential_average",
    "fit_temperature",
    "fokker_planck",
    "gradient_noise_covariance",
    "harmonic_steps",
    "hessian_noise",
    "increment_terms",
    "increment_variance",
    "isotropic_noise",
    "iterate_density",
    "jensen_gap",
    "kept_fraction",
    "linearization_error",
    "linex_loss",
    "local_lipschitz",
    "log_ball_volume",
    "log_ellipsoid_volume",
    "log_mass_within",
    "log_printed_volume",
    "log_typical_volume",
    "mean_shift",
    "mean_square_error",
    "momentum_covariance",
    "momentum_variance",
    "noise_exponent",
    "per_sample_gradients",
    "pinball_loss",
    "precondition",
    "preconditioned_covariance",
    "quadratic",
    "quadratic_of_each",
    "regression_covariance",
    "regression_quadratic",
    "relaxation_time",
    "shift_noise_covariance",
    "shifted_from_additive",
    "stable_noise",
    "stable_spread",
    "stationary_covariance",
    "stationary_density",
    "stationary_excess",
    "stationary_kurtosis",
    "stationary_mean",
    "stationary_variance",
    "steps_to_tolerance",
    "tail_index",
    "total_variation",
    "tracking_error",
    "tracking_lag",
    "transient_covariance",
    "typical_shell",
    "unrolled_iterate",
    *_LATER,
]


def __getattr__(name: str):
    """Import what needs torch when it is first asked for."""
    if name in _LATER:
        return getattr(import_module(f"{__name__}.{_LATER[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
