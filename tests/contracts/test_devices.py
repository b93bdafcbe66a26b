"""Contract of all simulators: they compute on the device and in the dtype of their inputs, wherever that is.

Without a GPU the device of the inputs is the CPU, so the default device of torch is set elsewhere (``meta``, where
tensors have no data): whatever is created without naming the inputs' device shows at once.  Adding a simulator is
adding one line to ``SIMULATORS``.
"""

import numpy as np
import pytest
import torch

from lossland import networks
from lossland import signal_propagation as sp

WIDTHS = [9, 6, 7]


def vector(device, dtype):
    return torch.linspace(-1, 1, 8, device=device, dtype=dtype)


def matrix(device, dtype):
    return torch.stack([vector(device, dtype), vector(device, dtype).flip(0)])


def generator(device):
    return torch.Generator(device).manual_seed(3)


def digits(device, dtype):
    return networks.load_digits(n_train=50, device=device, dtype=dtype, generator=torch.Generator("cpu").manual_seed(0))


def trained(device, dtype):
    mlp = networks.sample_mlp((64, 5, 10), 1.0, 0.1, dtype=dtype, generator=generator(device))
    data = digits(device, dtype)
    return networks.train(mlp, data, "tanh", n_steps=3, learning_rate=0.1, generator=generator(device)).mlp.weights[0]


def sampled(device, dtype):
    return networks.sample_mlp((8, 5), 1.0, 0.1, dtype=dtype, generator=generator(device))


SIMULATORS = {
    "measure_lengths": lambda d, t: sp.measure_lengths(
        vector(d, t), WIDTHS, 1.2, 0.1, "tanh", n_draws=4, generator=generator(d)
    ),
    "measure_covariances": lambda d, t: sp.measure_covariances(
        matrix(d, t), WIDTHS, 1.2, 0.1, "erf", n_draws=4, generator=generator(d)
    ),
    "measure_correlations": lambda d, t: sp.measure_correlations(
        matrix(d, t), WIDTHS, 1.2, 0.1, "relu", n_draws=4, generator=generator(d)
    ),
    "measure_gradient_norms": lambda d, t: sp.measure_gradient_norms(
        vector(d, t), WIDTHS, 1.2, 0.1, "gelu", n_draws=4, generator=generator(d)
    ),
    "sample_gram": lambda d, t: sp.sample_gram(
        matrix(d, t) @ matrix(d, t).T / 8, WIDTHS, 1.2, 0.1, "tanh", n_draws=4, generator=generator(d)
    ),
    "measure_decay": lambda d, t: sp.measure_decay(
        "correlation", 1.2, 0.3, "tanh", width=20, n_layers=4, n_draws=6, burn_in=2, generator=generator(d)
    ),
    "circle_inputs": lambda d, t: sp.circle_inputs(10, 1.0, 8, dtype=t, generator=generator(d)),
    "propagate_curve": lambda d, t: sp.propagate_curve(
        matrix(d, t), WIDTHS, 1.2, 0.1, "sin", generator=generator(d)
    )[-1],
    "curve_lengths": lambda d, t: sp.curve_lengths([matrix(d, t)]),
    "curve_projection": lambda d, t: sp.curve_projection(matrix(d, t), n_components=2),
    "sample_mlp": lambda d, t: sampled(d, t).weights[0],
    "forward": lambda d, t: networks.forward(sampled(d, t), vector(d, t), "softplus"),
    "to_vector": lambda d, t: networks.from_vector(networks.to_vector(sampled(d, t)), sampled(d, t)).biases[0],
    "load_digits": lambda d, t: digits(d, t).train_inputs,
    "train": trained,
}
THEORY = {
    "DecayScale", "Measurement", "PairTrajectory", "PhaseDiagram", "c_star", "chi1", "correlation_map",
    "correlation_slope", "correlation_trajectory", "covariance_map", "critical_curve", "critical_line",
    "decorrelation_map", "decorrelation_trajectory", "depth_scale", "first_length", "fit_decay",
    "gradient_trajectory", "length_fixed_points", "length_map", "length_slope", "length_trajectory",
    "pair_trajectory", "phase", "phase_diagram", "q_star", "xi_c", "xi_q",
}  # fmt: skip

ONE_DRAW = {"sample_mlp", "to_vector", "forward", "train", "circle_inputs"}  # no law to compare


def as_array(result):
    if isinstance(result, sp.Measurement):
        return result.samples
    return result.detach().cpu().numpy() if isinstance(result, torch.Tensor) else np.asarray(result)


def test_every_simulator_is_under_contract():
    assert set(sp.__all__) - THEORY <= set(SIMULATORS)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("name", sorted(SIMULATORS))
def test_nothing_is_created_off_the_device_of_the_inputs(name, dtype):
    expected = SIMULATORS[name]("cpu", dtype)
    with torch.device("meta"):
        result = SIMULATORS[name]("cpu", dtype)
    if isinstance(result, torch.Tensor):
        assert result.device.type == "cpu"
        assert result.dtype == dtype
    assert np.array_equal(as_array(result), as_array(expected))


def test_the_contract_catches_a_stray_tensor():
    with torch.device("meta"), pytest.raises(RuntimeError):
        torch.ones(3, device="cpu") + torch.ones(3)


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device here")
@pytest.mark.parametrize("name", sorted(set(SIMULATORS) - ONE_DRAW))
def test_cuda_has_the_law_of_the_cpu(name):
    """Random streams differ between devices, so compare distributions: means over the draws within standard errors."""
    results = [SIMULATORS[name](device, torch.float64) for device in ("cpu", "cuda")]
    if isinstance(results[0], sp.Measurement):
        error = np.hypot(results[0].standard_error, results[1].standard_error)
        assert np.all(np.abs(results[0].mean - results[1].mean) <= 6 * error + 1e-9)
    elif name == "propagate_curve":
        assert as_array(results[0]).shape == as_array(results[1]).shape
    else:
        assert np.allclose(as_array(results[0]), as_array(results[1]))
