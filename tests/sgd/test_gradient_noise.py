"""Laws of gradient noise: their draws against scipy's distributions, their covariances against samples."""

import numpy as np
import pytest
import torch
from scipy import stats

from lossland import sgd

N = 40_000
LAWS = {
    "normal": (sgd.isotropic_noise(1), stats.norm()),
    "uniform": (sgd.isotropic_noise(1, law="uniform"), stats.uniform(-np.sqrt(3), 2 * np.sqrt(3))),
    "cauchy": (sgd.stable_noise(1, 1.0, 2.0), stats.cauchy(scale=2.0)),
}


def draws(noise, shape, seed=0, dtype=torch.float64):
    return sgd.sample_noise(noise, shape, dtype=dtype, generator=torch.Generator().manual_seed(seed)).numpy()


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
@pytest.mark.parametrize("name", LAWS)
def test_draws_have_their_law(name, dtype):
    noise, law = LAWS[name]
    assert stats.kstest(draws(noise, N + 1, dtype=dtype)[:, 0].astype(float), law.cdf).pvalue > 1e-3


@pytest.mark.parametrize("alpha", [0.5, 0.9, 1.5, 1.9])
def test_stable_draws_have_their_characteristic_function(alpha):
    sample = draws(sgd.stable_noise(1, alpha, 0.7), N)[:, 0]
    for k in (0.3, 1.0, 3.0):
        assert np.cos(k * sample).mean() == pytest.approx(np.exp(-((0.7 * k) ** alpha)), abs=5 / np.sqrt(2 * N))
    assert np.all(np.isfinite(sample))


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
def test_the_two_halves_of_a_draw_of_normals_are_independent(size):
    sample = draws(sgd.isotropic_noise(size), 20_000 // size + 50)
    assert np.all(np.isfinite(sample))
    half = sample.size // 2
    flat = sample.ravel()
    assert abs(np.corrcoef(flat[:half], flat[half : 2 * half])[0, 1]) < 5 / np.sqrt(half)
    assert abs(np.corrcoef(flat[:half] ** 2, flat[half : 2 * half] ** 2)[0, 1]) < 5 / np.sqrt(half)
    assert stats.kstest(flat, "norm").pvalue > 1e-3


@pytest.mark.parametrize("law", ["normal", "two-point", "uniform"])
def test_covariance_kurtosis_and_bias_are_those_of_the_draws(law):
    target = np.array([[2.0, 0.7], [0.7, 1.0]])
    noise = sgd.biased_noise(sgd.covariance_noise(target, law=law), [0.3, -0.1])
    sample = draws(noise, 100_000)
    np.testing.assert_allclose(np.cov(sample.T), target, atol=0.05)
    np.testing.assert_allclose(noise.covariance, target, atol=1e-12)
    np.testing.assert_allclose(sample.mean(0), [0.3, -0.1], atol=0.02)
    single = draws(sgd.isotropic_noise(1, law=law), 100_000)[:, 0]
    assert stats.kurtosis(single) == pytest.approx(sgd.isotropic_noise(1, law=law).excess_kurtosis, abs=0.08)


@pytest.mark.parametrize("power", [0, 0.5, 1, 2])
def test_hessian_noise_is_a_power_of_the_hessian(power):
    h = np.array([[2.0, 0.5], [0.5, 1.0]])
    noise = sgd.hessian_noise(h, power, scale=3.0)
    values, vectors = np.linalg.eigh(h)
    np.testing.assert_allclose(noise.covariance, 3 * (vectors * values**power) @ vectors.T, atol=1e-12)
    assert sgd.noise_exponent(h, noise.covariance) == pytest.approx(power, abs=1e-9)


@pytest.mark.parametrize(("alpha", "factor"), [(2.0, 0.1), (1.0, 1.0), (0.5, 100.0), (1.5, 100 ** (1 / 1.5 - 1))])
def test_a_batch_has_the_law_of_the_mean_of_its_samples(alpha, factor):
    noise = sgd.isotropic_noise(1) if alpha == 2 else sgd.stable_noise(1, alpha)
    batch = sgd.batch_noise(noise, 100)
    assert float(batch.factor[0, 0]) == pytest.approx(factor)
    means = draws(noise, (4000, 100))[..., 0].mean(1)
    assert stats.ks_2samp(means, draws(batch, 4000, seed=1)[:, 0]).pvalue > 1e-3


def test_the_tail_index_is_found():
    for alpha in (1.0, 1.5):
        found = sgd.tail_index(draws(sgd.stable_noise(1, alpha), 200_000), 1000)
        assert abs(found.index - alpha) < 4 * found.standard_error
        assert found.standard_error == pytest.approx(found.index / np.sqrt(1000))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: sgd.isotropic_noise(2, law="cauchy"), "law: expected one of 'normal'"),
        (lambda: sgd.stable_noise(1, 2.0), "see isotropic_noise"),
        (lambda: sgd.stable_noise(1, 1.0).covariance, "finite variance, got a stable law of index 1"),
        (lambda: sgd.covariance_noise([[1.0, 2.0], [2.0, 1.0]]), "covariance: .*least eigenvalue -1"),
        (lambda: sgd.covariance_noise([[1.0, 2.0], [0.0, 1.0]]), "covariance: expected a symmetric matrix"),
        (lambda: sgd.hessian_noise(-np.eye(2)), "hessian: expected a positive semidefinite"),
        (lambda: sgd.biased_noise(sgd.isotropic_noise(2), [1.0]), "bias: expected shape"),
        (lambda: sgd.batch_noise(sgd.isotropic_noise(2, law="two-point"), 4), "a law that sums keep"),
        (lambda: sgd.noise_exponent(np.eye(2), np.eye(2)), "two different positive eigenvalues"),
        (lambda: sgd.tail_index(np.ones(10), 5), "constant tail"),
    ],
)
def test_bad_input_is_refused_by_name(call, message):
    with pytest.raises(ValueError, match=message):
        call()
