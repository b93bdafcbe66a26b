"""B-splines against SciPy's, and what a Kolmogorov-Arnold layer promises."""

import numpy as np
import pytest
import torch
from scipy.interpolate import BSpline

from lossland import remedies


def by_scipy(x, n_intervals, degree, low, high):
    step = (high - low) / n_intervals
    knots = low + step * np.arange(-degree, n_intervals + degree + 1)
    return BSpline.design_matrix(x, knots, degree).toarray()


@pytest.mark.parametrize("degree", [0, 1, 2, 3, 5])
@pytest.mark.parametrize(("n_intervals", "domain"), [(1, (-1.0, 1.0)), (5, (-1.0, 1.0)), (7, (0.0, 3.0))])
def test_features_are_those_of_scipy(degree, n_intervals, domain):
    x = np.random.default_rng(0).uniform(*domain, 50)
    ours = remedies.spline_features(torch.tensor(x)[:, None], n_intervals, degree, domain=domain)
    np.testing.assert_allclose(ours[..., 0].numpy(), by_scipy(x, n_intervals, degree, *domain), atol=1e-12)
    ends = remedies.spline_features(torch.tensor(domain, dtype=torch.float64), n_intervals, degree, domain=domain)
    np.testing.assert_allclose(ends.sum(0).numpy(), 1, atol=1e-12)


@pytest.mark.parametrize("degree", [1, 2, 3, 4])
@pytest.mark.parametrize("outside", ["clamp", "squash", "continue"])
def test_gradients_agree_with_differences(degree, outside):
    layer = remedies.SplineLayer(
        3, 2, 4, degree, outside=outside, scale=True, dtype=torch.float64, generator=torch.Generator().manual_seed(0)
    )
    inputs = torch.rand(6, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(1)).mul(2.4).sub(1.2)
    inputs.requires_grad_()

    def run(weight, base, scale, x):
        return torch.func.functional_call(layer, {"weight": weight, "base": base, "scale": scale}, (x,))

    assert torch.autograd.gradcheck(run, (layer.weight, layer.base, layer.scale, inputs))


def test_any_cubic_is_a_spline_inside_and_continued():
    x = torch.linspace(-1, 1, 200, dtype=torch.float64)[:, None]
    features = remedies.spline_features(x, 6)[..., 0]
    cubic = 2 - x[:, 0] + 3 * x[:, 0] ** 3
    coefficients = torch.linalg.lstsq(features, cubic).solution
    assert (features @ coefficients - cubic).abs().max() < 1e-12
    far = torch.tensor([[-1.5], [2.0]], dtype=torch.float64)
    continued = remedies.spline_features(far, 6)[..., 0] @ coefficients
    torch.testing.assert_close(continued, 2 - far[:, 0] + 3 * far[:, 0] ** 3)


def test_outputs_begin_with_variance_about_one_without_the_base():
    layer = remedies.SplineLayer(
        40, 300, 6, base="none", dtype=torch.float64, generator=torch.Generator().manual_seed(0)
    )
    inputs = torch.rand(400, 40, dtype=torch.float64, generator=torch.Generator().manual_seed(1)) * 2 - 1
    assert layer(inputs).square().mean().item() == pytest.approx(1, rel=0.15)


@pytest.mark.parametrize("outside", ["clamp", "squash", "continue"])
@pytest.mark.parametrize("n_inputs", [1, 2, 3])
def test_what_is_not_a_number_stays_in_its_row(outside, n_inputs):
    layer = remedies.SplineLayer(n_inputs, 2, 4, outside=outside, generator=torch.Generator().manual_seed(0))
    x = torch.full((3, n_inputs), 0.3)
    x[1, -1] = float("nan")
    y = layer(x)
    assert y[1].isnan().all()
    torch.testing.assert_close(y[[0, 2]], layer(x[[0, 2]]))
    y[0].sum().backward()
    by_rows = torch.func.vmap(layer)(x)
    torch.testing.assert_close(by_rows, y, equal_nan=True)


def test_masks_and_states():
    mask = torch.ones(2, 7, 3)
    mask[1, 4, 2] = 0
    layer = remedies.SplineLayer(3, 2, 4, mask=mask, generator=torch.Generator().manual_seed(0))
    inputs = torch.rand(8, 3, generator=torch.Generator().manual_seed(1))
    before = layer(inputs)
    with torch.no_grad():
        layer.weight[1, 4, 2] = 50.0
    assert torch.equal(layer(inputs), before)
    again = remedies.SplineLayer(3, 2, 4, mask=torch.ones(2, 7, 3))
    again.load_state_dict(layer.state_dict())
    assert torch.equal(again(inputs), before)


def test_a_kink_is_learned_in_a_sequence():
    generator = torch.Generator().manual_seed(0)
    network = torch.nn.Sequential(
        remedies.SplineLayer(1, 4, 6, generator=generator), remedies.SplineLayer(4, 1, 6, generator=generator)
    )
    x = torch.linspace(-1, 1, 128)[:, None]
    optimizer = torch.optim.Adam(network.parameters(), lr=0.02)
    for _ in range(300):
        optimizer.zero_grad()
        loss = (network(x) - x.abs()).square().mean()
        loss.backward()
        optimizer.step()
    assert loss.item() < 1e-3


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: remedies.SplineLayer(1, 1, 0), ValueError, "n_intervals: expected"),
        (lambda: remedies.SplineLayer(1, 1, 4, -1), ValueError, "degree: expected"),
        (lambda: remedies.SplineLayer(1, 1, domain=(1, 0)), ValueError, "domain: expected its ends in ascending"),
        (lambda: remedies.SplineLayer(1, 1, base="relu"), ValueError, "base: expected one of silu"),
        (lambda: remedies.SplineLayer(1, 1, outside="wrap"), ValueError, "outside: expected one of squash"),
        (lambda: remedies.SplineLayer(1, 1, mask=torch.ones(1, 3, 1)), ValueError, "mask: expected the shape"),
        (lambda: remedies.SplineLayer(2, 1)(torch.ones(5, 3)), ValueError, "inputs: expected 2"),
        (lambda: remedies.spline_features(torch.ones(3, dtype=int), 4), TypeError, "inputs: expected a tensor"),
        (lambda: remedies.spline_features(torch.tensor(0.5), 4), ValueError, "inputs: expected at least one dimension"),
        (lambda: remedies.spline_features(torch.ones(3), 4, domain=(1, 0)), ValueError, "domain: expected its ends in"),
    ],
)
def test_bad_input(call, error, message):
    with pytest.raises(error, match=message):
        call()
