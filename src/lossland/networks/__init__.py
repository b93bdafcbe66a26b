"""Networks as tensors and pure functions: perceptrons, their parameters as vectors, data, and plain training."""

from lossland.networks.backpropagation import layer_gradients
from lossland.networks.batch_training import BatchTraining, train_batch
from lossland.networks.data import Split, load_digits, load_mnist5k
from lossland.networks.device import check_inputs, default_device
from lossland.networks.losses import LOSSES, Loss, sigmoid
from lossland.networks.mlp import MLP, forward, preactivations, sample_layer, sample_mlp
from lossland.networks.parameters import from_vector, to_vector
from lossland.networks.torch_activations import TorchActivation, torch_activation
from lossland.networks.training import TrainingCurve, accuracy, train

__all__ = [
    "LOSSES",
    "MLP",
    "BatchTraining",
    "Loss",
    "Split",
    "TorchActivation",
    "TrainingCurve",
    "accuracy",
    "check_inputs",
    "default_device",
    "forward",
    "from_vector",
    "layer_gradients",
    "load_digits",
    "load_mnist5k",
    "preactivations",
    "sample_layer",
    "sample_mlp",
    "sigmoid",
    "to_vector",
    "torch_activation",
    "train",
    "train_batch",
]
