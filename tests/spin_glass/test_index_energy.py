"""Index against energy: semicircle identities, and shifted random matrices."""

import numpy as np
import pytest
from scipy.integrate import quad

from lossland import spin_glass as sg
from lossland.spin_glass.index_energy import semicircle_distribution


def test_distribution_is_the_integral_of_the_density():
    for x in (-0.999, -0.91, -0.89, -0.3, 0.5, 0.99):
        expected = quad(lambda s: 2 / np.pi * np.sqrt(1 - s * s), -1, x)[0]
        assert semicircle_distribution(x) == pytest.approx(expected, rel=1e-6)
    tiny = semicircle_distribution(-1 + 1e-10)
    assert tiny == pytest.approx(4 * np.sqrt(2) / (3 * np.pi) * 1e-15, rel=1e-5)


@pytest.mark.parametrize("order", [2, 3, 5])
def test_fraction_is_what_the_hessian_density_has_below_zero(order):
    radius = 2 * np.sqrt(order * (order - 1))
    for u in (-1.2, -0.4, 0.7):
        below = quad(lambda e, u=u: sg.hessian_density(e, u, order), -order * u - radius, 0)[0]
        assert sg.index_fraction(u, order) == pytest.approx(below, abs=1e-7)
    assert order * sg.threshold_energy(order) == pytest.approx(radius)


def test_fraction_of_a_random_shifted_matrix():
    rng, n, order, u = np.random.default_rng(1), 800, 3, -0.9
    noise = rng.normal(size=(n, n))
    noise = (noise + noise.T) / np.sqrt(2 * n)  # semicircle of radius 2
    hessian = np.sqrt(order * (order - 1)) * noise - order * u * np.eye(n)
    assert sg.index_fraction(u, order) == pytest.approx(np.mean(np.linalg.eigvalsh(hessian) < 0), abs=3 / n)


def test_inverse():
    fractions = np.array([0.0, 1e-9, 1e-3, 0.3, 0.5, 1.0])
    energies = sg.energy_of_index_fraction(fractions, 4)
    np.testing.assert_allclose(sg.index_fraction(energies, 4), fractions, rtol=1e-6, atol=1e-15)
    assert energies[0] == -sg.threshold_energy(4)


def test_exact_mean_index_tends_to_the_semicircle():
    for u in (-1.2, -0.5, 0.3):
        errors = []
        for n in (20, 80):
            shares = sg.mean_index_distribution(u, n, 3)
            errors.append(abs(shares @ np.arange(n) / (n - 1) - sg.index_fraction(u, 3)))
        assert errors[1] < errors[0] < 0.03


def test_errors_name_the_argument():
    with pytest.raises(ValueError, match="fraction: expected"):
        sg.energy_of_index_fraction(1.5, 3)
    with pytest.raises(TypeError, match="energy_density: expected one number"):
        sg.hessian_density(0.0, [0.0, 1.0], 3)
