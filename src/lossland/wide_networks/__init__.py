"""Networks without bad minima: interpolation with few weights, pyramidal networks, and an added exponential neuron.

Interpolation is NumPy; networks are torch, on the device of their inputs, and imported when first used.
"""

from importlib import import_module

from lossland.wide_networks.distinct_inputs import merge_duplicates
from lossland.wide_networks.interpolation import InterpolatingNetwork, interpolate, relative_gap
from lossland.wide_networks.interpolation_conditioning import Conditioning, conditioning, triangular_matrix

_LATER = {
    "ExponentialNeuron": "exponential_neuron",
    "ModifiedGradient": "exponential_neuron",
    "grouped_derivatives": "exponential_neuron",
    "modified_gradient": "exponential_neuron",
    "modified_loss": "exponential_neuron",
    "neuron_output": "exponential_neuron",
    "residual_transform": "exponential_neuron",
    "Model": "scalar_models",
    "linear_model": "scalar_models",
    "tilted_wells": "scalar_models",
    "ModifiedProblem": "modified_problem",
    "State": "modified_problem",
    "Flow": "exponential_flow",
    "modified_flow": "exponential_flow",
    "ParabolaValley": "exponential_valley",
    "Valley": "exponential_valley",
    "one_sample_valley": "exponential_valley",
    "parabola_valley": "exponential_valley",
    "reduced_loss": "exponential_valley",
    "stall_exponent": "exponential_valley",
    "append_constant": "bias_removal",
    "carry_constant": "bias_removal",
    "extended_weights": "bias_removal",
    "forward_extended": "bias_removal",
    "GradientBound": "pyramidal",
    "Hypotheses": "pyramidal",
    "check_hypotheses": "pyramidal",
    "gradient_bound": "pyramidal",
    "input_singular_value": "pyramidal",
    "is_pyramidal": "pyramidal",
    "layer_singular_values": "pyramidal",
    "parameter_jacobian": "jacobian_kernel",
    "stationary_residuals": "jacobian_kernel",
    "Descent": "network_descent",
    "descend": "network_descent",
    "loss_gradient": "network_descent",
    "quadratic_loss": "network_descent",
    "random_features": "feature_map",
}

__all__ = [
    "Conditioning",
    "InterpolatingNetwork",
    "conditioning",
    "interpolate",
    "merge_duplicates",
    "relative_gap",
    "triangular_matrix",
    *_LATER,
]


def __getattr__(name: str):
    """Import a module, and torch where it needs it, when one of its names is first asked for."""
    if name in _LATER:
        return getattr(import_module(f"{__name__}.{_LATER[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
