"""Wrong-answer bank of chapter 13, beyond what the contract of all checkers proves for every one of them."""

import math

import numpy as np
from scipy import special, stats

from lossland import sgd
from lossland.exercises.cloud_shape import check_cloud_shapes, check_cloud_widths
from lossland.exercises.cloud_volume import check_log_volume, check_typical_cloud
from lossland.exercises.noisy_iterates import check_noisy_descent, check_stationary_variance
from lossland.exercises.temperature import check_density_rate, check_temperature


def test_iterates_by_the_package_and_in_the_eigenbasis_are_accepted():
    assert check_noisy_descent(lambda h, e, rate, start: sgd.unrolled_iterate(h, e, rate, start=start)).is_correct

    def in_modes(hessian, noise, learning_rate, start):
        values, vectors = np.linalg.eigh(hessian)
        state = start @ vectors
        for kick in noise @ vectors:
            state = (1 - learning_rate * values) * state - learning_rate * kick
        return vectors @ state

    assert check_noisy_descent(in_modes).is_correct


def test_a_whole_path_instead_of_its_end_is_told_as_such_with_the_start_or_without():
    def path(h, e, rate, start):
        return sgd.autoregression(h, e, rate, start=start)

    for wrong in (path, lambda *a: path(*a)[1:], lambda *a: path(*a)[1:].T):
        assert check_noisy_descent(wrong).mistake == "every_iterate"


def test_an_iterate_as_a_column_is_no_table_of_all_iterates():
    verdict = check_noisy_descent(lambda *a: check_noisy_descent.checker.reference(*a)[:, None])
    assert verdict.mistake is None
    assert "shape" in verdict.message


def test_arguments_are_told_by_name_and_settings_of_the_reference_are_not():
    verdict = check_noisy_descent(lambda hessian, noise: noise)
    assert "(hessian, noise, learning_rate, start)" in verdict.message
    assert check_noisy_descent(lambda h, e, rate, start: 0 * start).message.startswith("For hessian = ")


def test_rates_of_the_inner_cells_alone_get_a_sentence_on_shapes():
    verdict = check_density_rate(lambda p, g, h, rate, s: np.zeros(len(p) - 2))
    assert "which has shape (1,) instead of (3,)" in verdict.message


def test_a_mass_in_place_of_its_logarithm_is_told():
    right = check_typical_cloud.checker.reference
    verdict = check_typical_cloud({**right, "mass_inside_100": float(stats.chi2(100).cdf(1))})
    assert verdict.mistake == "mass_itself"


def test_noise_that_is_not_there_is_no_named_mistake():
    verdict = check_noisy_descent(lambda h, e, rate, start: _without_noise(h, e, rate, start))
    assert verdict.status == "incorrect"
    assert verdict.mistake is None


def _without_noise(hessian, noise, learning_rate, start):
    return np.linalg.matrix_power(np.eye(len(start)) - learning_rate * hessian, len(noise)) @ start


def test_a_variance_by_iteration_is_accepted():
    def by_iteration(eigenvalue, noise_variance, learning_rate):
        value = 0.0
        for _ in range(5000):
            value = (1 - learning_rate * eigenvalue) ** 2 * value + learning_rate**2 * noise_variance
        return value

    assert check_stationary_variance(by_iteration).is_correct
    assert check_stationary_variance(lambda a, v, rate: float(sgd.stationary_variance(a, v, rate))).is_correct


def test_a_variance_in_continuous_time_with_the_wrong_constant_gets_the_first_case():
    verdict = check_stationary_variance(lambda a, v, rate: rate * v / (4 * a))
    assert verdict.mistake is None
    assert "learning_rate = 0.9" in verdict.message


def test_temperatures_by_the_package():
    assert check_temperature(lambda rate, s, b: float(sgd.effective_temperature(rate, s**2 / b))).is_correct
    assert check_temperature(lambda rate, s, b: rate * s**2).mistake is None  # two mistakes at once


def test_rates_of_a_density_by_a_matrix_are_accepted_and_those_by_another_scheme_are_not():
    def by_matrix(density, slopes, spacing, learning_rate, noise_std):
        m, diffusion = len(density), learning_rate**2 * noise_std**2 / 2
        faces = np.zeros((m - 1, m))
        left, right = np.arange(m - 1), np.arange(1, m)
        faces[left, left] = -learning_rate * slopes / 2 + diffusion / spacing
        faces[left, right] = -learning_rate * slopes / 2 - diffusion / spacing
        gains = np.zeros((m, m - 1))
        gains[left, left], gains[right, left] = -1 / spacing, 1 / spacing
        return gains @ faces @ density

    assert check_density_rate(by_matrix).is_correct

    def upwind(density, slopes, spacing, learning_rate, noise_std):
        drift = -learning_rate * slopes
        carried = np.where(drift > 0, density[:-1], density[1:]) * drift
        flux = carried - learning_rate**2 * noise_std**2 / 2 * np.diff(density) / spacing
        return -np.diff(np.concatenate([[0.0], flux, [0.0]])) / spacing

    verdict = check_density_rate(upwind)
    assert verdict.status == "incorrect"
    assert verdict.mistake is None  # conservative and downhill, but not the flux that was asked for


def test_widths_by_the_lyapunov_equation_are_accepted():
    def by_covariance(hessian, noise_covariance, learning_rate):
        sigma = sgd.stationary_covariance(hessian, noise_covariance, learning_rate)
        vectors = np.linalg.eigh(hessian)[1]
        return np.einsum("ij,ik,kj->j", vectors, sigma, vectors)

    assert check_cloud_widths(by_covariance).is_correct


def test_eigenvalues_of_the_covariance_are_not_variances_along_the_eigenvectors_of_the_hessian():
    verdict = check_cloud_widths(lambda h, c, rate: np.linalg.eigvalsh(sgd.stationary_covariance(h, c, rate)))
    assert verdict.status == "incorrect"


def test_two_wrong_shapes_get_the_first_message():
    right = check_cloud_shapes.checker.reference
    flat = "longest along flat directions"
    answer = {**right, "a shifting optimum": flat, "isotropic noise": "round"}
    assert check_cloud_shapes(answer).mistake == "shift_is_isotropic"


def test_volumes_by_other_ways_and_in_floating_point():
    def by_entropy(eigenvalues, noise_variance, learning_rate):
        variances = sgd.stationary_variance(eigenvalues, noise_variance, learning_rate)
        n = len(variances)
        shift = special.gammaln(n / 2 + 1) + n / 2 * math.log(2 * math.e)
        return sgd.log_typical_volume(variances) - shift

    assert check_log_volume(by_entropy).is_correct

    def directly(eigenvalues, noise_variance, learning_rate):
        axes = np.sqrt(sgd.stationary_variance(eigenvalues, noise_variance, learning_rate))
        n = len(axes)
        with np.errstate(all="ignore"):
            return np.log(np.pi ** (n / 2) / special.gamma(n / 2 + 1) * axes.prod())

    verdict = check_log_volume(directly)  # right up to forty dimensions
    assert verdict.status == "incorrect"
    assert "1000" in verdict.message


def test_facts_on_the_typical_cloud_to_three_digits():
    answer = {"factor_of_four_steps": 2**10, "mass_inside_3": stats.chi2(3).cdf(1), "shell_radius": 99.99,
              "mass_inside_100": sgd.log_mass_within(100, 1.0) / math.log(10)}  # fmt: skip
    assert check_typical_cloud(answer).is_correct
    assert check_typical_cloud({**answer, "mass_inside_100": 0.5}).mistake is None
