"""Exact mean numbers of critical points: topology, algebraic geometry, random matrices, and the limit of many spins."""

import math

import numpy as np
import pytest
from scipy.integrate import simpson

from lossland import spin_glass as sg
from lossland.spin_glass.goe import sample_goe_eigenvalues


def number(*args, **settings):
    return math.exp(sg.mean_number_of_critical_points(*args, **settings))


@pytest.mark.parametrize("order", [2, 3, 4, 5, 12])
def test_on_the_circle_it_is_rices_formula(order):
    covariance = lambda t: np.cos(t) ** order  # noqa: E731
    h = 1e-2
    second = (covariance(h) - 2 * covariance(0) + covariance(-h)) / h**2
    fourth = sum(w * covariance(j * h) for j, w in zip(range(-2, 3), (1, -4, 6, -4, 1), strict=True)) / h**4
    assert number(2, order) == pytest.approx(2 * math.sqrt(-fourth / second), rel=2e-2)
    assert number(2, order) == pytest.approx(2 * math.sqrt(3 * order - 2), rel=1e-13)


@pytest.mark.parametrize("order", [2, 3, 4, 7])
def test_on_the_sphere_it_is_the_number_of_real_eigenvectors_of_a_tensor(order):
    """Breiding (2017), The expected number of eigenvalues of a real Gaussian tensor: 1 + 4 (H-1)^{3/2} / sqrt(3H-2)."""
    assert number(3, order) == pytest.approx(2 * (1 + 4 * (order - 1) ** 1.5 / math.sqrt(3 * order - 2)), rel=1e-13)


@pytest.mark.parametrize("n", [2, 3, 7, 30])
def test_two_spins_have_two_points_of_each_index(n):
    assert number(n, 2) == pytest.approx(2 * n, rel=1e-12)
    for k in {0, 1, n // 2, n - 1}:
        assert number(n, 2, index=k) == pytest.approx(2, rel=1e-11)


@pytest.mark.parametrize(("n", "order"), [(3, 3), (4, 3), (7, 4), (10, 3)])
def test_indices_add_up_and_alternate_to_the_euler_characteristic(n, order):
    counts = np.array([number(n, order, index=k) for k in range(n)])
    assert counts.sum() == pytest.approx(number(n, order), rel=1e-11)
    euler = 2 if n % 2 else 0  # of the sphere of dimension n - 1
    assert counts @ (-1.0) ** np.arange(n) == pytest.approx(euler, abs=1e-11 * counts.sum())
    np.testing.assert_allclose(counts, counts[::-1], rtol=1e-11)


@pytest.mark.parametrize("index", [0, 1])
def test_counts_are_means_over_random_matrices(index):
    n, order, n_draws = 10, 3, 20_000
    eigenvalues = sample_goe_eigenvalues(n, n_draws, rng=np.random.default_rng(7), smallest=2)[:, index]
    terms = 2 * math.sqrt(2 / order) * (order - 1) ** (n / 2) * np.exp(-(order - 2) / (2 * order) * eigenvalues**2)
    assert abs(terms.mean() - number(n, order, index=index)) < 4 * terms.std() / math.sqrt(n_draws)
    end = -1.3
    terms = terms * (eigenvalues < end * math.sqrt(n * order / (2 * (order - 1))))
    assert abs(terms.mean() - number(n, order, index=index, energy_below=end)) < 4 * terms.std() / math.sqrt(n_draws)


def test_minima_of_ten_spins():
    law = sg.energy_distribution(10, 3, index=0)
    assert math.exp(law.log_number) == pytest.approx(6.0804, abs=1e-4)
    assert (law.mean, law.std) == (pytest.approx(-1.2251, abs=1e-4), pytest.approx(0.1986, abs=1e-4))
    spacing = law.energies[1] - law.energies[0]
    assert law.density.sum() * spacing == pytest.approx(1, rel=1e-13)
    assert law.density @ law.energies * spacing == pytest.approx(law.mean, rel=1e-13)


@pytest.mark.parametrize("index", [None, 0, 2])
def test_counts_below_an_energy_are_integrals_of_the_density(index):
    n = 8
    u = np.linspace(-3.2, -1.0, 401)
    density = np.exp(sg.log_density_of_critical_points(u, n, 3, index=index))
    below = simpson(density, x=u)
    assert number(n, 3, index=index, energy_below=-1.0) == pytest.approx(below, rel=1e-7)
    assert number(n, 3, index=index, energy_below=5.0) == pytest.approx(number(n, 3, index=index), rel=1e-12)
    assert sg.mean_number_of_critical_points(n, 3, index=index, energy_below=-math.inf) == -math.inf


def test_deep_tail_keeps_its_relative_accuracy():
    n, u = 30, -2.5
    h = 1e-4
    slope = (number(n, 3, index=0, energy_below=u + h) - number(n, 3, index=0, energy_below=u - h)) / (2 * h)
    assert number(n, 3, index=0, energy_below=u) < 1e-10
    assert slope == pytest.approx(float(np.exp(sg.log_density_of_critical_points(u, n, 3, index=0))), rel=1e-6)


@pytest.mark.parametrize("order", [3, 5])
def test_all_points_grow_by_the_total_complexity(order):
    for u in (-1.0, -0.3, math.inf):
        rates = [sg.mean_number_of_critical_points(n, order, energy_below=u) / n for n in (100, 1600)]
        limit = sg.complexity(min(u, 1.0), order)
        assert abs(rates[1] - limit) < abs(rates[0] - limit) / 6
        assert rates[1] == pytest.approx(limit, abs=0.005)


def test_deep_minima_grow_by_the_complexity_of_index_zero():
    u = -1.75
    rates = [sg.mean_number_of_critical_points(n, 3, index=0, energy_below=u) / n for n in (25, 50, 100)]
    errors = np.abs(np.array(rates) - sg.complexity_of_index(u, 3, 0))
    assert np.all(errors[1:] < 0.65 * errors[:-1])


def test_finer_grids_change_nothing():
    law = sg.energy_distribution(20, 3, index=1)
    half = law.density[::2]
    assert half.sum() * 2 / law.density.sum() == pytest.approx(1, abs=1e-6)
    u = np.linspace(law.energies[0], law.energies[-1], 331)
    finer = np.exp(sg.log_density_of_critical_points(u, 20, 3, index=1))
    assert finer.sum() * (u[1] - u[0]) == pytest.approx(math.exp(law.log_number), rel=1e-12)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: sg.mean_number_of_critical_points(1, 3), "n_spins: expected an integer >= 2"),
        (lambda: sg.mean_number_of_critical_points(5, 3, index=5), r"index: expected an integer in \[0, 4\]"),
        (lambda: sg.mean_number_of_critical_points(5, 3, energy_below=math.nan), "energy_below: expected finite"),
        (lambda: sg.energy_distribution(5, 1), "order: expected an integer >= 2"),
    ],
)
def test_errors_name_the_argument(call, message):
    with pytest.raises(ValueError, match=message):
        call()
