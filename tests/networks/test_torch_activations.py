import numpy as np
import pytest
import torch

from lossland.networks import torch_activation
from lossland.numerics import ACTIVATIONS, leaky_relu

POINTS = np.array([-2.3, -0.7, -0.1, 0.4, 1.6])


@pytest.mark.parametrize("name", sorted(ACTIVATIONS))
def test_torch_and_numpy_agree(name):
    pair = torch_activation(name)
    z = torch.tensor(POINTS)
    assert pair.value(z).numpy() == pytest.approx(ACTIVATIONS[name](POINTS), abs=1e-14)
    assert pair.derivative(z).numpy() == pytest.approx(ACTIVATIONS[name].derivative(POINTS), abs=1e-14)
    assert pair.value(z.float()).dtype == torch.float32


def test_any_slope_of_a_leaky_relu():
    activation = leaky_relu(0.3)
    assert torch_activation(activation).value(torch.tensor(POINTS)).numpy() == pytest.approx(activation(POINTS))


def test_errors():
    with pytest.raises(ValueError, match="activation: expected one of"):
        torch_activation("tahn")
    with pytest.raises(TypeError, match="activation: expected a name, an Activation or a torch function, got int"):
        torch_activation(3)
    with pytest.raises(TypeError, match="pass a torch function"):
        torch_activation(lambda z: z.sum()).value(torch.ones(3))
