import numpy as np
import pytest
import torch
from scipy import stats

from lossland import signal_propagation as sp
from lossland.networks import preactivations, sample_mlp


@pytest.mark.ledger("yarotsky-def-15-random-network", "yarotsky-formula-25-preactivation-variance")
@pytest.mark.parametrize("width", [1, 7, 300])
def test_preactivation_variance_is_exact_at_any_width(width):
    """Given the layer below, z is Gaussian with variance w^2 |x|^2/d + b^2: no limit needed for Gaussian weights."""
    w, b, n = 1.7, 0.4, 20_000
    generator = torch.Generator().manual_seed(width)
    x = torch.randn(width, dtype=torch.float64, generator=generator)
    mlp = sample_mlp((width, 1), w, b, n_draws=n, generator=generator)
    z = preactivations(mlp, x, "tanh")[0][:, 0].numpy()
    variance = w**2 * float((x**2).mean()) + b**2
    assert np.mean(z**2) == pytest.approx(variance, rel=4.5 * np.sqrt(2 / n))
    assert stats.kstest(z / np.sqrt(variance), "norm").pvalue > 1e-3


@pytest.mark.ledger("yarotsky-def-15-random-network")
def test_weights_have_the_stated_variance_and_layers_the_stated_order():
    mlp = sample_mlp((50, 400, 30), 1.5, 0.2, generator=torch.Generator().manual_seed(0))
    assert [tuple(w.shape) for w in mlp.weights] == [(400, 50), (30, 400)]
    for weight, fan_in in zip(mlp.weights, (50, 400), strict=True):
        n = weight.numel()
        assert float((weight**2).mean()) * fan_in == pytest.approx(2.25, rel=5 * np.sqrt(2 / n))
    x = torch.randn(3, 50, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    z1, z2 = preactivations(mlp, x, "tanh")
    assert torch.allclose(z1, x @ mlp.weights[0].T + mlp.biases[0])  # no activation on the input
    assert torch.allclose(z2, torch.tanh(z1) @ mlp.weights[1].T + mlp.biases[1])


def test_sampling_without_weights_has_the_same_law():
    """Means, variances and distribution of covariances, with and without weights, at a width where they fluctuate."""
    w, b, widths, n = 1.4, 0.3, [12, 20, 8], 4000
    x = torch.randn(2, 10, dtype=torch.float64, generator=torch.Generator().manual_seed(3))
    full = sp.measure_covariances(x, widths, w, b, "tanh", n_draws=n, generator=torch.Generator().manual_seed(4))
    gram = sp.sample_gram(x @ x.T / 10, widths, w, b, "tanh", n_draws=n, generator=torch.Generator().manual_seed(5))
    error = np.hypot(full.standard_error, gram.standard_error)
    assert np.all(np.abs(full.mean - gram.mean) < 4.5 * error)
    for layer in range(3):
        for entry in ((0, 0), (0, 1)):
            samples = full.samples[:, layer, *entry], gram.samples[:, layer, *entry]
            assert stats.ks_2samp(*samples).pvalue > 1e-4


def test_finite_width_scatter_is_there_to_be_seen():
    """The limit is one of infinite width: ReLU at the critical point scatters with variance about 5 depth/width."""
    measured = sp.sample_gram(
        torch.ones(1, 1, dtype=torch.float64) / 2, [200] * 20, np.sqrt(2), 0.0, "relu",
        n_draws=3000, generator=torch.Generator().manual_seed(6),
    )  # fmt: skip
    logs = np.log(measured.samples[:, :, 0, 0])
    assert np.var(logs[:, -1]) == pytest.approx(5 * 19 / 200, rel=0.25)
    assert abs(measured.mean[-1, 0, 0] - 1.0) < 4.5 * measured.standard_error[-1, 0, 0]  # the mean is exact for ReLU


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_same_seed_same_numbers_and_dtype(dtype):
    x = torch.ones(2, 5, dtype=dtype)
    runs = [
        sp.measure_correlations(x, [9, 4], 1.2, 0.1, "erf", n_draws=3, generator=torch.Generator().manual_seed(1))
        for _ in range(2)
    ]
    assert np.array_equal(runs[0].samples, runs[1].samples)
    assert runs[0].samples.shape == (3, 2, 2, 2)
    assert np.allclose(runs[0].samples, 1.0, atol=1e-6)  # equal inputs stay equal


def test_own_torch_activation_and_errors():
    x = torch.ones(5, dtype=torch.float64)
    generator = torch.Generator().manual_seed(0)
    cube = sp.measure_lengths(x, [6], 1.0, 0.0, lambda z: z**3, n_draws=2, generator=generator)
    assert cube.samples.shape == (2, 1)
    cases = [
        ((x[None], [6], 1.0, 0.0, "tanh"), ValueError, r"inputs: expected one vector of shape \(d_0,\), got \(1, 5\)"),
        ((x.long(), [6], 1.0, 0.0, "tanh"), TypeError, r"inputs: expected a floating-point tensor, got torch\.int64"),
        ((x, [], 1.0, 0.0, "tanh"), ValueError, "widths: expected at least 1 layer widths, got 0"),
        ((x, [6], -1.0, 0.0, "tanh"), ValueError, "weight_std: expected >= 0, got -1"),
        ((x, [6, 6], 1.0, 0.0, lambda z: z.numpy()), TypeError, "activation: expected a tensor for a tensor"),
    ]
    for arguments, error, message in cases:
        with pytest.raises(error, match=message):
            sp.measure_lengths(*arguments, n_draws=2, generator=generator)
    with pytest.raises(TypeError, match=r"generator: expected a torch\.Generator, got int"):
        sp.measure_lengths(x, [6], 1.0, 0.0, "tanh", n_draws=2, generator=0)
    with pytest.raises(ValueError, match=r"gram0: expected a symmetric \(P, P\) matrix"):
        sp.sample_gram(torch.ones(1, 2), [3], 1.0, 0.0, "tanh", n_draws=1, generator=generator)
    for measure in (sp.measure_covariances, sp.measure_correlations):
        with pytest.raises(ValueError, match=r"inputs: expected vectors of shape \(P, d_0\), got \(5,\)"):
            measure(x, [6], 1.0, 0.0, "tanh", n_draws=2, generator=generator)
