"""Numerical tools that know nothing of networks: Gaussian expectations, activations, fixed points, derivative tests."""

from lossland.numerics.activations import ACTIVATIONS, Activation, as_activation, leaky_relu
from lossland.numerics.finite_difference import SlopeTest, central_difference, slope_test
from lossland.numerics.fixed_point import ConvergenceWarning, FixedPoint, fixed_point_iteration
from lossland.numerics.gaussian import Expectation, gauss_hermite_expectation, gaussian_expectation
from lossland.numerics.gaussian_pair import gaussian_pair_expectation
from lossland.numerics.hermite import MehlerSeries, hermite_coefficients
from lossland.numerics.lanczos import NotSymmetricError, Tridiagonal, gauss_quadrature, lanczos
from lossland.numerics.large_deviations import cramer_rate, rademacher_log_tail, rademacher_rate
from lossland.numerics.moments import (
    covariance,
    decorrelation,
    second_moment,
    second_moment_slope,
    slope_covariance,
    slope_second_moment,
)

__all__ = [
    "ACTIVATIONS",
    "Activation",
    "ConvergenceWarning",
    "Expectation",
    "FixedPoint",
    "MehlerSeries",
    "NotSymmetricError",
    "SlopeTest",
    "Tridiagonal",
    "as_activation",
    "central_difference",
    "covariance",
    "cramer_rate",
    "decorrelation",
    "fixed_point_iteration",
    "gauss_hermite_expectation",
    "gauss_quadrature",
    "gaussian_expectation",
    "gaussian_pair_expectation",
    "hermite_coefficients",
    "lanczos",
    "leaky_relu",
    "rademacher_log_tail",
    "rademacher_rate",
    "second_moment",
    "second_moment_slope",
    "slope_covariance",
    "slope_second_moment",
    "slope_test",
]
