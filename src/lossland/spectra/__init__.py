"""Spectra of curvature: Hessians of any model as operators, their eigenvalues exactly or estimated, laws of the bulk.

Theory and linear algebra (NumPy, SciPy; they take tensors too) import no torch; operators of models do, and are
imported when first used.  Estimates carry error bars; eigenvalues are in increasing order unless said otherwise.
"""

from importlib import import_module

from lossland.numerics.lanczos import NotSymmetricError
from lossland.spectra.bulk import BulkSplit, outliers, split_bulk
from lossland.spectra.dense_spectrum import dense_matrix, dense_spectrum
from lossland.spectra.density import SpectralDensity, eigenvalue_density, lanczos_density, spectral_density
from lossland.spectra.eigenpairs import Eigenpairs, extreme_eigenpairs
from lossland.spectra.estimate import Estimate
from lossland.spectra.log_determinant import NotPositiveDefiniteError, log_determinant, log_determinant_of
from lossland.spectra.marchenko_pastur import MarchenkoPastur, fit_marchenko_pastur
from lossland.spectra.quadrature import LanczosQuadrature, lanczos_quadrature, spectral_share, spectral_sum
from lossland.spectra.random_matrices import sample_wigner, sample_wishart
from lossland.spectra.semicircle import Semicircle, fit_semicircle, wigner_radius
from lossland.spectra.spikes import spike_in_covariance, spike_in_semicircle
from lossland.spectra.statistics import SpectrumStatistics, effective_rank, mean_log_eigenvalue, spectrum_statistics
from lossland.spectra.symmetric_operator import SymmetricOperator, as_symmetric_operator
from lossland.spectra.trace import hutchinson_diagonal, hutchinson_trace, hutchpp_trace

_LATER = {
    "CurvatureOperator": "curvature",
    "OutputCurvature": "output_blocks",
    "QuadraticModel": "loss_along_line",
    "UnusedParameterError": "model_loss",
    "gauss_newton_operator": "curvature",
    "gradient_covariance_operator": "curvature",
    "hessian_operator": "curvature",
    "output_curvature": "output_blocks",
    "quadratic_model": "loss_along_line",
}

__all__ = [
    "BulkSplit",
    "Eigenpairs",
    "Estimate",
    "LanczosQuadrature",
    "MarchenkoPastur",
    "NotPositiveDefiniteError",
    "NotSymmetricError",
    "Semicircle",
    "SpectralDensity",
    "SpectrumStatistics",
    "SymmetricOperator",
    "as_symmetric_operator",
    "dense_matrix",
    "dense_spectrum",
    "effective_rank",
    "eigenvalue_density",
    "extreme_eigenpairs",
    "fit_marchenko_pastur",
    "fit_semicircle",
    "hutchinson_diagonal",
    "hutchinson_trace",
    "hutchpp_trace",
    "lanczos_density",
    "lanczos_quadrature",
    "log_determinant",
    "log_determinant_of",
    "mean_log_eigenvalue",
    "outliers",
    "sample_wigner",
    "sample_wishart",
    "spectral_density",
    "spectral_share",
    "spectral_sum",
    "spectrum_statistics",
    "spike_in_covariance",
    "spike_in_semicircle",
    "split_bulk",
    "wigner_radius",
    *_LATER,
]


def __getattr__(name: str):
    """Import what needs torch when it is first asked for."""
    if name in _LATER:
        return getattr(import_module(f"{__name__}.{_LATER[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
