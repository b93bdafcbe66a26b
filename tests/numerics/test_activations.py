import numpy as np
import pytest

from lossland.numerics import ACTIVATIONS, Activation, as_activation, central_difference, leaky_relu

POINTS = np.array([-2.3, -0.7, -0.1, 0.4, 1.6])


@pytest.mark.parametrize("name", sorted(ACTIVATIONS))
def test_derivatives(name):
    activation = ACTIVATIONS[name]
    assert central_difference(activation.value, POINTS) == pytest.approx(activation.derivative(POINTS), abs=1e-9)
    if activation.second_derivative is not None:
        slope = central_difference(activation.derivative, POINTS)
        assert slope == pytest.approx(activation.second_derivative(POINTS), abs=1e-9)


@pytest.mark.parametrize("name", sorted(ACTIVATIONS))
def test_smooth_exactly_where_no_kink_is_declared(name):
    activation = ACTIVATIONS[name]
    z = np.linspace(-3.00037, 3, 20001)
    jumps = np.abs(np.diff(activation.derivative(z))) > 0.01
    found = z[:-1][jumps]
    assert len(found) == len([k for k in activation.kinks if abs(k) < 3])
    assert all(min(abs(k - f) for k in activation.kinks) < 1e-3 for f in found)


def test_leaky_relu_interpolates_between_relu_and_linear():
    assert leaky_relu(0.0)(POINTS) == pytest.approx(ACTIVATIONS["relu"](POINTS))
    assert leaky_relu(1.0)(POINTS) == pytest.approx(POINTS)
    assert leaky_relu(0.2)(np.array([-1.0]))[0] == pytest.approx(-0.2)


def test_own_activation_and_errors():
    own = Activation("cube", lambda z: z**3, lambda z: 3 * z**2)
    assert as_activation(own) is own
    with pytest.raises(TypeError, match="derivative: expected a function of an array, got NoneType"):
        Activation("cube", lambda z: z**3, None)
