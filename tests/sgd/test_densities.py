"""Densities: the finite volumes against solved processes, the kernel of the iteration against runs and both."""

import numpy as np
import pytest
import torch
from scipy import integrate, stats

from lossland import sgd


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def bowl(points):
    return 0.25 * points[..., 0] ** 2  # curvature 1/2


def well(points):
    return (points[..., 0] ** 2 - 1) ** 2 / 4


RATE, EDGES = 0.1, np.linspace(-3, 3, 481)


def process(**settings):
    return sgd.fokker_planck(EDGES, **({"potential": bowl, "mobility": RATE, "diffusion": RATE**2 / 2} | settings))


def test_the_density_of_a_bowl_follows_the_solved_process():
    equation = process()
    start = stats.norm(1, 0.05).pdf(equation.centers[0])
    times = np.array([0.0, 5.0, 20.0, 200.0])
    densities = sgd.evolve_density(equation, start, times)
    np.testing.assert_allclose((densities * equation.volumes).sum(1), 1, atol=1e-10)
    assert densities.min() > -1e-9
    for t, density in zip(times[1:], densities[1:], strict=True):
        mean, covariance = sgd.density_moments(equation, density)
        np.testing.assert_allclose(mean, sgd.diffusion_mean([[0.5]], [1.0], RATE, t), atol=2e-4)
        expected = sgd.diffusion_covariance([[0.5]], [[1.0]], RATE, t) + 0.05**2 * np.exp(-2 * RATE * 0.5 * t)
        np.testing.assert_allclose(covariance, expected, rtol=2e-3)


def test_the_grid_converges_to_second_order():
    errors = []
    for cells in (60, 120, 240):
        edges = np.linspace(-3, 3, cells + 1)
        equation = sgd.fokker_planck(edges, potential=bowl, mobility=RATE, diffusion=RATE**2 / 2)
        end = sgd.evolve_density(equation, stats.norm(1, 0.3).pdf(equation.centers[0]), 20.0)[-1]
        variance = sgd.diffusion_covariance([[0.5]], [[1.0]], RATE, 20.0)[0, 0] + 0.09 * np.exp(-2)
        exact = stats.norm(np.exp(-1), np.sqrt(variance)).pdf(equation.centers[0])
        errors.append(sgd.total_variation(end, exact, equation.volumes))
    assert np.all(np.diff(np.log2(errors)) < -1.8)


@pytest.mark.parametrize("potential", [bowl, well], ids=["bowl", "well"])
def test_boltzmann_is_exactly_stationary(potential):
    equation = process(potential=potential)
    law = sgd.boltzmann_density(potential(equation.points), equation.volumes, RATE / 2)
    flow = equation.operator @ (law * equation.volumes)
    assert np.abs(flow).max() < 1e-12 * np.abs(equation.operator).max()
    assert sgd.total_variation(sgd.stationary_density(equation), law, equation.volumes) < 1e-9


def test_uneven_cells_and_walls():
    edges = np.concatenate([np.linspace(-2, 0, 30), np.linspace(0, 1, 41)[1:]])
    equation = sgd.fokker_planck(edges, potential=bowl, diffusion=0.2)
    law = sgd.boltzmann_density(bowl(equation.points), equation.volumes, 0.2)
    np.testing.assert_allclose(sgd.stationary_density(equation), law, rtol=1e-9)
    assert np.abs(equation.operator.sum(axis=0)).max() < 1e-10 * np.abs(equation.operator).max()
    off = equation.operator - np.diag(equation.operator.diagonal())
    assert off.min() >= 0


def test_two_dimensions_with_a_potential_and_with_a_current():
    edges = np.linspace(-2.5, 2.5, 61)

    def potential(p):
        return p[..., 0] ** 2 / 2 + p[..., 1] ** 2 + 0.5 * p[..., 0] * p[..., 1]

    equation = sgd.fokker_planck((edges, edges), potential=potential, diffusion=0.2)
    law = sgd.boltzmann_density(potential(equation.points), equation.volumes, 0.2)
    np.testing.assert_allclose(sgd.stationary_density(equation), law, rtol=1e-6, atol=1e-12)
    _, covariance = sgd.density_moments(equation, law)
    np.testing.assert_allclose(covariance, 0.2 * np.linalg.inv([[1, 0.5], [0.5, 2]]), atol=2e-3)
    spin = np.array([[-1.0, 2.0], [-2.0, -1.0]])  # a drift without potential: the same normal law, with a current
    turning = sgd.fokker_planck((edges, edges), drift=lambda p: p @ spin.T, diffusion=[0.2, 0.2])
    _, covariance = sgd.density_moments(turning, sgd.stationary_density(turning))
    np.testing.assert_allclose(covariance, 0.2 * np.eye(2), atol=6e-3)
    start = stats.multivariate_normal([1.0, 0.0], 0.04).pdf(turning.points)
    end = sgd.evolve_density(turning, start, 0.3, rtol=1e-5)[-1]
    assert (end * turning.volumes).sum() == pytest.approx(1, abs=1e-9)
    turned = np.exp(-0.3) * np.array([np.cos(0.6), -np.sin(0.6)])
    np.testing.assert_allclose(sgd.density_moments(turning, end)[0], turned, atol=5e-3)


def test_different_diffusion_along_the_axes():
    edges = np.linspace(-3, 3, 61)
    equation = sgd.fokker_planck((edges, edges), drift=lambda p: -p, diffusion=(0.1, 0.4))
    _, covariance = sgd.density_moments(equation, sgd.stationary_density(equation))
    np.testing.assert_allclose(covariance, np.diag([0.1, 0.4]), atol=4e-3)


@pytest.mark.parametrize(("rate", "std"), [(0.05, 1.0), (0.3, 0.5), (0.1, 2.0)])
def test_the_kernel_has_the_exact_law_of_a_bowl(rate, std):
    spread = float(np.sqrt(sgd.stationary_variance(1.0, std**2, rate)))
    grid = np.linspace(-9 * spread, 9 * spread, 1201)
    density = sgd.iterate_density(lambda x: x, grid, rate, std)
    np.testing.assert_allclose(density, stats.norm(0, spread).pdf(grid), atol=1e-9 / spread)


def test_the_kernel_has_the_law_of_runs_in_a_double_well():
    grid = np.linspace(-2.6, 2.6, 1301)
    density = sgd.iterate_density(lambda x: x**3 - x, grid, 0.1, 1.5)
    starts = torch.randn(40_000, 1, dtype=torch.float64, generator=generator(1))
    noise = sgd.isotropic_noise(1, 1.5)
    run = sgd.noisy_gradient_descent(lambda p: p**3 - p, noise, starts, 0.1, 400, generator=generator())
    mass = np.concatenate([[0.0], integrate.cumulative_trapezoid(density, grid)])
    assert stats.kstest(run.end[:, 0].numpy(), lambda x: np.interp(x, grid, mass)).pvalue > 1e-3


def distances(rate, std=None, temperature=None):
    std = np.sqrt(2 * temperature / rate) if std is None else std
    heat = rate * std**2 / 2
    grid = np.linspace(-2.4, 2.4, 2001)
    energy, slope, curvature = (grid**2 - 1) ** 2 / 4, grid**3 - grid, 3 * grid**2 - 1
    exact = sgd.iterate_density(lambda x: x**3 - x, grid, rate, std)
    corrected = sgd.corrected_energy(energy, slope**2, curvature, rate, std**2)
    h = grid[1] - grid[0]
    return [sgd.total_variation(exact, sgd.boltzmann_density(e, h, heat), h) for e in (energy, corrected)]


def test_the_boltzmann_law_is_right_to_first_order_and_the_corrected_one_to_second():
    rates = np.array([0.02, 0.04, 0.08])
    found = np.array([distances(rate, temperature=0.06) for rate in rates])
    slopes = np.polyfit(np.log(rates), np.log(found), 1)[0]
    np.testing.assert_allclose(slopes, [1, 2], atol=0.12)
    assert np.all(found[:, 1] < found[:, 0] / 5)


def test_langevin_is_noisy_descent_with_the_temperature_that_belongs_to_it():
    starts = torch.randn(30_000, 1, dtype=torch.float64, generator=generator(1))
    hot = sgd.langevin(lambda p: p, starts, 0.05, 0.1, 150, generator=generator())
    noise = sgd.isotropic_noise(1, 1.0)
    assert float(sgd.effective_temperature(0.1, 1.0)) == pytest.approx(0.05)
    same = sgd.noisy_gradient_descent(lambda p: p, noise, starts, 0.1, 150, generator=generator())
    assert torch.allclose(hot.end, same.end)
    quadratic = sgd.noisy_descent([[1.0]], noise, starts, 0.1, 150, generator=generator(5))
    assert stats.ks_2samp(quadratic.end[:, 0], same.end[:, 0]).pvalue > 1e-3


def test_noise_in_several_coordinates_and_records():
    noise = sgd.biased_noise(sgd.covariance_noise([[1.0, 0.8], [0.8, 1.0]]), [0.5, 0.0])
    h = torch.tensor([[1.0, 0.2], [0.2, 0.5]], dtype=torch.float64)
    starts = torch.zeros(20_000, 2, dtype=torch.float64)
    run = sgd.noisy_gradient_descent(lambda p: p @ h, noise, starts, 0.2, 150, record_every=75, generator=generator())
    assert run.records.shape == (3, 20_000, 2)
    np.testing.assert_allclose(run.end.mean(0), sgd.stationary_mean(h.numpy(), noise.bias), atol=0.03)
    expected = sgd.stationary_covariance(h.numpy(), noise.covariance, 0.2)
    np.testing.assert_allclose(np.cov(run.end.T.numpy()), expected, atol=0.03)


def test_the_temperature_is_fitted():
    rng = np.random.default_rng(0)
    counts, edges = np.histogram(rng.normal(0, np.sqrt(0.3), 200_000), bins=np.linspace(-1.5, 1.5, 61))
    energy = ((edges[1:] + edges[:-1]) / 2) ** 2 / 2
    assert sgd.fit_temperature(counts, energy) == pytest.approx(0.3, rel=0.02)


def test_the_diffusion_is_the_limit_of_the_iteration():
    h, c = np.array([[1.0, 0.3], [0.3, 0.5]]), np.array([[1.0, -0.4], [-0.4, 2.0]])
    for t, rate in ((10, 1e-4), (1000, 1e-4), (100_000, 1e-4)):
        ratio = sgd.diffusion_covariance(h, c, rate, t) / sgd.transient_covariance(h, c, rate, t)
        np.testing.assert_allclose(ratio, 1, rtol=3e-4)
    np.testing.assert_allclose(sgd.diffusion_covariance(np.zeros((1, 1)), [[1.0]], 0.1, 50), [[0.5]])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: sgd.fokker_planck(EDGES, diffusion=0.1), "exactly one of potential and drift"),
        (lambda: sgd.fokker_planck(EDGES[::-1], potential=bowl, diffusion=0.1), "edges: .* increasing"),
        (lambda: process(diffusion=0.0), "diffusion: expected positive"),
        (lambda: process(potential=lambda p: p), "potential: expected values of shape"),
        (lambda: sgd.evolve_density(process(), -np.ones(480), 1.0), "density: expected"),
        (lambda: sgd.evolve_density(process(), np.ones(3), 1.0), "density: expected shape"),
        (lambda: sgd.evolve_density(process(), np.ones(480), [1.0, 0.5]), "increasing times"),
        (lambda: sgd.iterate_density(lambda x: x, np.linspace(-1, 1, 11), 0.1, 1.0), "grid: expected a spacing"),
        (lambda: sgd.iterate_density(lambda x: x, np.linspace(-0.2, 0.2, 101), 0.1, 1.0), "widen the grid"),
        (lambda: sgd.iterate_density(lambda x: x, EDGES**3, 0.1, 1.0), "equally spaced"),
        (lambda: sgd.boltzmann_density([1.0], 1.0, 0.0), "temperature: expected"),
        (lambda: sgd.total_variation([1.0], [1.0, 2.0]), "second: expected shape"),
        (lambda: sgd.fit_temperature([1.0, 1.0], [1.0, 1.0]), "energies: expected at least two"),
        (lambda: sgd.effective_temperature(0.1, 1.0, eigenvalue=20.0), "eigenvalue below 2, got 2"),
        (lambda: sgd.langevin(lambda p: p, torch.zeros(1, 1), -1.0, 0.1, 1, generator=generator()), "temperature: "),
        (lambda: sgd.langevin(lambda p: p[0], torch.zeros(2, 1), 1.0, 0.1, 1, generator=generator()), "gradient: "),
    ],
)
def test_bad_input_is_refused_by_name(call, message):
    with pytest.raises(ValueError, match=message):
        call()
