"""Connected valleys: paths between trained networks, the losses along them, and paths that are trained to be low.

Paths and barriers take NumPy arrays, torch tensors and networks and answer in kind; what trains is torch, on the device
of its inputs, and imported when first used.
"""

from importlib import import_module

from lossland.connectivity.barrier import MeanAndError, loss_barrier, mean_and_error, path_losses
from lossland.connectivity.paths import arc_path, bezier_path, linear_path, polygonal_path

_LATER = {
    "Band": "nudged_elastic_band",
    "elastic_band": "nudged_elastic_band",
    "Curve": "curve_training",
    "train_curve": "curve_training",
    "PathAccuracy": "path_accuracy",
    "network_accuracy": "network_objectives",
    "network_loss": "network_objectives",
    "neuron_mean": "mean_neuron",
    "NeuronFits": "few_neurons",
    "NeuronMeasure": "neuron_distribution",
    "PathMoments": "law_on_path",
    "descend_neurons": "few_neurons",
    "empirical_measure": "neuron_distribution",
    "energy_distance": "law_distance",
    "first_variation": "few_neurons",
    "fit_neurons": "few_neurons",
    "mixture": "neuron_distribution",
    "mixture_gap": "mixture_convexity",
    "motion_gap": "mixture_convexity",
    "neuron_hessian": "few_neurons",
    "neuron_outputs": "neuron_distribution",
    "neurons_of": "neuron_distribution",
    "path_moments": "law_on_path",
    "Plane": "plane",
    "plane_through": "plane",
    "predict_measure": "neuron_distribution",
    "worst_accuracy": "path_accuracy",
}

__all__ = [
    "MeanAndError",
    "arc_path",
    "bezier_path",
    "linear_path",
    "loss_barrier",
    "mean_and_error",
    "path_losses",
    "polygonal_path",
    *_LATER,
]


def __getattr__(name: str):
    """Import a module, and torch where it needs it, when one of its names is first asked for."""
    if name in _LATER:
        return getattr(import_module(f"{__name__}.{_LATER[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
