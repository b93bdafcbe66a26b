"""Networks as tensors and pure functions: perceptrons, their parameters as vectors, data, and plain training."""

from lossland.networks.data import Split, load_digits
from lossland.networks.device import check_inputs, default_device
from lossland.networks.mlp import MLP, forward, preactivations, sample_layer, sample_mlp
from lossland.networks.parameters import from_vector, to_vector
from lossland.networks.torch_activations import TorchActivation, torch_activation
from lossland.networks.training import TrainingCurve, accuracy, train

__all__ = [
    "MLP",
    "Split",
    "TorchActivation",
    "TrainingCurve",
    "accuracy",
    "check_inputs",
    "default_device",
    "forward",
    "from_vector",
    "load_digits",
    "preactivations",
    "sample_layer",
    "sample_mlp",
    "to_vector",
    "torch_activation",
    "train",
]
