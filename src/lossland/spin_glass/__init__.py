"""The spherical spin glass: how many critical points it has, at which energies, of which index.

Theory (NumPy, float64, no torch): complexities, critical and ground-state energies, exact mean counts for a finite
number of spins.  Simulation (torch, on the device of its inputs) is imported when first used.
"""

from importlib import import_module

from lossland.spin_glass.activity_law import open_path_probability, shared_path_correlation
from lossland.spin_glass.averaged_loss import averaged_loss, output_scale, tuple_sum
from lossland.spin_glass.complexity import (
    complexity,
    complexity_of_index,
    complexity_plateau,
    critical_energy,
    critical_energy_gap,
    index_rate,
    threshold_energy,
)
from lossland.spin_glass.exact_count import (
    EnergyDistribution,
    energy_distribution,
    log_density_of_critical_points,
    mean_index_distribution,
    mean_number_of_critical_points,
)
from lossland.spin_glass.hinge import GaussianHinge, active_samples, gaussian_hinge, hinge_loss
from lossland.spin_glass.index_energy import energy_of_index_fraction, hessian_density, index_fraction
from lossland.spin_glass.lowest_minimum import LowestEnergy, lowest_energy
from lossland.spin_glass.path_counts import PathCounts, count_paths
from lossland.spin_glass.replica import OneStepSolution, ground_state_energy, one_step_ground_state
from lossland.spin_glass.weight_sharing import random_sharing, shared_weights, tuple_counts

_SIMULATION = {
    "Census": "census",
    "Couplings": "couplings",
    "Descent": "dynamics",
    "LangevinRun": "langevin_dynamics",
    "Minima": "minima",
    "coupling_bytes": "couplings",
    "couplings_from_tensor": "couplings",
    "descend": "dynamics",
    "eigenvector_critical_points": "eigenproblem",
    "energy": "hamiltonian",
    "energy_and_gradient": "hamiltonian",
    "find_critical_points": "census",
    "find_minima": "minima",
    "gradient": "hamiltonian",
    "hessian": "hamiltonian",
    "hessian_eigenvalues": "newton_method",
    "langevin": "langevin_dynamics",
    "minima_of": "census",
    "newton": "newton_method",
    "overlap": "sphere",
    "pack": "couplings",
    "random_states": "sphere",
    "riemannian_gradient": "sphere",
    "riemannian_hessian": "sphere",
    "sample_couplings": "couplings",
    "unpack": "couplings",
    "activity_spread": "activation_patterns",
    "count_patterns": "activation_patterns",
    "effective_map": "path_polynomial",
    "euler_sums": "path_polynomial",
    "layered_form": "layered_glass",
    "loss_stages": "averaging_stages",
    "measure_assumptions": "model_assumptions",
    "minimize_layered_form": "layered_glass",
    "network_output": "path_polynomial",
    "neuron_activity": "path_polynomial",
    "open_path_share": "activation_patterns",
    "path_activity": "path_polynomial",
    "path_products": "path_polynomial",
    "path_sum": "path_polynomial",
    "sample_path_activity": "activation_patterns",
    "sharing_correlation": "activation_patterns",
    "switch_share": "activation_patterns",
    "train_hinge": "hinge_training",
}

__all__ = [
    "LowestEnergy",
    "lowest_energy",
    "GaussianHinge",
    "EnergyDistribution",
    "OneStepSolution",
    "PathCounts",
    "active_samples",
    "averaged_loss",
    "complexity",
    "complexity_of_index",
    "complexity_plateau",
    "count_paths",
    "critical_energy",
    "critical_energy_gap",
    "energy_distribution",
    "energy_of_index_fraction",
    "gaussian_hinge",
    "ground_state_energy",
    "hessian_density",
    "hinge_loss",
    "index_fraction",
    "index_rate",
    "log_density_of_critical_points",
    "mean_index_distribution",
    "mean_number_of_critical_points",
    "one_step_ground_state",
    "open_path_probability",
    "output_scale",
    "random_sharing",
    "shared_path_correlation",
    "shared_weights",
    "threshold_energy",
    "tuple_counts",
    "tuple_sum",
    *_SIMULATION,
]


def __getattr__(name: str):
    """Import a simulation, and torch with it, when it is first asked for."""
    if name in _SIMULATION:
        return getattr(import_module(f"{__name__}.{_SIMULATION[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
