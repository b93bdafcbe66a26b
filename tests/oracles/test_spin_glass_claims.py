"""Statements of Golikov's slides about the spherical spin glass, each decided by something that does not assume it."""

import math

import numpy as np
import pytest
import torch

from lossland import spin_glass as sg
from lossland.spin_glass.goe import sample_goe_eigenvalues
from lossland.spin_glass.goe_index import goe_log_density_of_index


def generator(seed):
    return torch.Generator().manual_seed(seed)


def number(*args, **settings):
    return math.exp(sg.mean_number_of_critical_points(*args, **settings))


@pytest.mark.ledger("golikov-claim-01-many-critical-points")
def test_many_critical_points_from_three_spins_on_but_not_for_two():
    assert number(10, 3) > 200
    assert sg.mean_number_of_critical_points(300, 3) > 105  # 46 digits
    J = sg.sample_couplings(5, 3, generator=generator(1))
    census = sg.find_critical_points(J, 600, generator=generator(2))
    euler = sum((-1) ** k for k in census.indices.tolist())
    assert len(census.energies) > 20
    assert euler == 2  # the sphere of dimension four: the census is complete
    two = sg.find_critical_points(sg.sample_couplings(7, 2, generator=generator(3)), 1, generator=generator(4))
    assert len(two.energies) * 2 == 14  # w and -w count once there
    assert number(7, 2) == pytest.approx(14)


@pytest.mark.ledger("golikov-def-10-index")
def test_index_needs_the_hessian_of_the_sphere():
    n = 30
    J = sg.sample_couplings(n, 3, generator=generator(5))
    minima = sg.find_minima(J, sg.random_states(n, (6,), generator=generator(6)))
    w = minima.states
    covariant = sg.riemannian_hessian(w, sg.gradient(J, w), sg.hessian(J, w))
    assert torch.linalg.eigvalsh(covariant).min() > 0
    gradient = sg.gradient(J, w)
    assert torch.allclose((w * gradient).sum(-1), 3 * minima.energies)  # so gradient zero would force energy zero
    assert gradient.norm(dim=-1).min() > 1
    as_printed = (torch.linalg.eigvalsh(sg.hessian(J, w)) < 0).sum(-1)
    assert as_printed.min() > n / 4  # the Euclidean Hessian calls every minimum a saddle


@pytest.mark.ledger("golikov-def-11-counting")
def test_counts_by_index_and_energy_per_spin():
    J = sg.sample_couplings(8, 3, generator=generator(7))
    census = sg.find_critical_points(J, 2500, generator=generator(8))
    u, k = census.energies / 8, census.indices
    below = [int(((k == j) & (u < -1.0)).sum()) for j in range(8)]
    ever = [int((k == j).sum()) for j in range(8)]
    assert below[0] > 0
    assert all(b <= e for b, e in zip(below, ever, strict=True))
    assert ever == ever[::-1]  # -w has the opposite energy and index
    assert sum(ever) == len(census.energies)


@pytest.mark.ledger("golikov-formula-08-exact-count")
def test_exact_count_against_rice_algebra_topology_and_minima_that_were_found():
    for order in (2, 3, 4, 5):
        assert number(2, order) == pytest.approx(2 * math.sqrt(3 * order - 2), rel=1e-13)
        breiding = 2 * (1 + 4 * (order - 1) ** 1.5 / math.sqrt(3 * order - 2))
        assert number(3, order) == pytest.approx(breiding, rel=1e-13)
    counts = np.array([number(9, 3, index=k) for k in range(9)])
    assert counts @ (-1.0) ** np.arange(9) == pytest.approx(2, abs=1e-9)
    assert counts.sum() == pytest.approx(number(9, 3), rel=1e-12)
    J = sg.sample_couplings(10, 3, n_disorder=60, generator=generator(9))
    ends = sg.find_minima(J, sg.random_states(10, (60, 50), generator=generator(10)))
    found = [np.unique(row) for row in (ends.energies / 10).numpy().round(7)]
    numbers = np.array([len(row) for row in found])
    assert abs(numbers.mean() - number(10, 3, index=0)) < 4 * numbers.std() / math.sqrt(60)
    law = sg.energy_distribution(10, 3, index=0)
    means = np.array([row.sum() - law.mean * len(row) for row in found])  # systems are independent, minima are not
    assert abs(means.mean()) < 4 * means.std() / math.sqrt(60)


@pytest.mark.ledger("golikov-thm-01-theta")
def test_rates_of_the_exact_counts_tend_to_theta():
    sizes = np.array([40, 80, 160])
    for u, k, accuracy in ((-1.7, 0, 1.5e-3), (-1.75, 0, 1.5e-3), (-1.7, 1, 8e-3)):
        rates = [sg.mean_number_of_critical_points(int(n), 3, index=k, energy_below=u) / n for n in sizes]
        design = np.stack([np.ones(3), np.log(sizes) / sizes, 1 / sizes], axis=1)  # powers of n in front
        limit = np.linalg.solve(design, rates)[0]
        assert limit == pytest.approx(sg.complexity_of_index(u, 3, k), abs=accuracy)
    # above the edge the approach is slower, like 0.363 n^{-1/2}
    excess = [sg.mean_number_of_critical_points(int(n), 3, index=0) / n - sg.complexity_plateau(3) for n in sizes]
    assert np.array(excess) * np.sqrt(sizes) == pytest.approx(16 / 3 * (1 / 6) ** 1.5, rel=0.25)
    u = np.linspace(-2, 0, 300)
    assert np.all(np.diff(sg.complexity_of_index(u, 3, 2)) >= 0)


@pytest.mark.ledger("golikov-fig-01-theta")
def test_figure_one():
    zeros = [-sg.critical_energy(3, k) for k in (0, 1, 2, 10, 100)]
    assert zeros == pytest.approx([-1.656998, -1.652873, -1.650253, -1.642568, -1.635603], abs=1e-6)
    for k, zero in zip((0, 1, 2, 10, 100), zeros, strict=True):
        assert sg.complexity_of_index(zero - 1e-3, 3, k) < 0 < sg.complexity_of_index(zero + 1e-4, 3, k)
    above = sg.complexity_of_index(-1.6, 3, np.array([0, 1, 2, 10, 100]))
    np.testing.assert_allclose(above, 0.0132402569, atol=1e-10)


@pytest.mark.ledger("golikov-def-12-ek", "golikov-claim-06-ek-decreasing")
def test_critical_energies_decrease_for_three_spins_and_more_and_are_equal_for_two():
    k = np.arange(200)
    for order in (3, 4, 5, 10, 100):
        energies = sg.critical_energy(order, k)
        assert np.all(np.diff(energies) < 0)
        assert np.max(np.abs(sg.complexity_of_index(-energies, order, k))) < 1e-11
    np.testing.assert_allclose(sg.critical_energy(2, k), math.sqrt(2), rtol=1e-15)  # as printed it fails here
    u = np.linspace(-math.sqrt(2), 1, 50)
    np.testing.assert_allclose(sg.complexity_of_index(u, 2, 3), 0, atol=1e-12)  # the zero is not unique


@pytest.mark.ledger("golikov-claim-07-einf")
def test_critical_energies_tend_to_the_edge_of_the_semicircle():
    for order in (2, 3, 4, 10):
        edge = sg.threshold_energy(order)
        assert edge == pytest.approx(2 * math.sqrt((order - 1) / order))
        assert sg.critical_energy(order, 10**9) == pytest.approx(edge, abs=1e-6)
        assert sg.critical_energy(order, 10**9) >= edge
        lowest = sample_goe_eigenvalues(2000, 1, rng=np.random.default_rng(order), smallest=1)[0, 0]
        assert lowest / math.sqrt(2000 * order / (2 * (order - 1))) == pytest.approx(-edge, abs=0.02)


@pytest.mark.ledger("golikov-claim-08-ground-state")
def test_ground_state_by_replicas_and_from_below_by_descent():
    for order in (3, 4, 5, 10):
        assert sg.ground_state_energy(order) == pytest.approx(sg.critical_energy(order, 0), rel=1e-13)
    lowest = []
    for n, n_disorder in ((10, 40), (20, 24), (40, 10)):
        J = sg.sample_couplings(n, 3, n_disorder=n_disorder, generator=generator(n))
        ends = sg.descend(J, sg.random_states(n, (n_disorder, 60), generator=generator(n + 1)), tol=1e-4)
        lowest.append(float((ends.energies / n).amin(-1).mean()))
    assert lowest[0] > lowest[1] > lowest[2] > -sg.ground_state_energy(3)
    gaps = np.array(lowest) + sg.ground_state_energy(3)
    assert gaps[2] < 0.65 * gaps[0]
    assert 0.05 < number(200, 3, index=0, energy_below=-sg.ground_state_energy(3)) < 0.1  # of order one, as it should


@pytest.mark.ledger("golikov-claim-09-band")
def test_minima_come_close_to_the_band_but_the_share_inside_goes_to_zero():
    edge, shares, scaled = sg.threshold_energy(3), [], []
    for n in (25, 50, 100, 200):
        law = sg.energy_distribution(n, 3, index=0)
        inside = number(n, 3, index=0, energy_below=-edge)
        shares.append(inside / math.exp(law.log_number))
        scaled.append((law.mean + edge) * math.sqrt(n))
    assert np.all(np.diff(shares) < 0)
    assert shares[-1] < 5e-4  # printed: all of them are inside
    assert scaled == pytest.approx([4 / 3] * 4, rel=0.12)  # distance 4/3 n^{-1/2}: zero in the limit
    J = sg.sample_couplings(60, 3, n_disorder=8, generator=generator(11))
    found = sg.find_minima(J, sg.random_states(60, (8, 4), generator=generator(12)))
    assert bool(found.converged.all())
    assert float((found.energies / 60 < -edge).double().mean()) < 0.2


@pytest.mark.ledger("golikov-claim-10-band-k")
def test_points_of_index_k_are_above_minus_ek_and_above_the_band_at_any_size():
    edge = sg.threshold_energy(3)
    for k in (0, 1, 2):
        level = float(sg.critical_energy(3, k))
        below = [number(n, 3, index=k, energy_below=-level - 0.02) for n in (30, 60, 120)]
        assert below[2] < below[1] < below[0] < 0.1  # with an epsilon: to zero
        means = [sg.energy_distribution(n, 3, index=k).mean for n in (20, 40, 80)]
        assert means[0] > means[1] > means[2] > -edge
        inside = number(80, 3, index=k, energy_below=-edge) / number(80, 3, index=k)
        assert inside < 0.01


@pytest.mark.ledger("golikov-claim-11-minima-dominate")
def test_minima_win_in_the_band_by_a_constant_at_its_end_and_by_an_exponential_inside():
    edge = sg.threshold_energy(3)
    for n in (20, 50, 100):
        minima, saddles = (number(n, 3, index=k, energy_below=-edge) for k in (0, 1))
        everything = number(n, 3, energy_below=-edge)
        assert 80 < minima / saddles < 200
        assert minima / (everything - minima) == pytest.approx(minima / saddles, rel=0.01)
    # at the end of the band the exponents tie; the ratio of densities there falls slowly to a constant
    ratios = [
        math.exp(goe_log_density_of_index(-math.sqrt(2 * n), n, 0) - goe_log_density_of_index(-math.sqrt(2 * n), n, 1))
        for n in (50, 100, 200)
    ]
    assert ratios[0] > ratios[1] > ratios[2] > 40
    assert sg.complexity_of_index(-edge, 3, 0) == pytest.approx(sg.complexity_of_index(-edge, 3, 1))
    # inside, exponentially, but with an exponent that says little: 1.13 where the exact ratio is 176
    exponent = math.exp(100 * sg.index_rate(-1.645, 3))
    exact = number(100, 3, index=0, energy_below=-1.645) / number(100, 3, index=1, energy_below=-1.645)
    assert exponent == pytest.approx(1.13, abs=0.01)
    assert exact == pytest.approx(176, abs=1)
    assert number(100, 3, index=1) > 10 * number(100, 3, index=0)  # over all energies saddles win


@pytest.mark.ledger("golikov-claim-12-good")
def test_minima_of_a_glass_are_all_about_equally_deep():
    widths = [1 - sg.threshold_energy(h) / sg.ground_state_energy(h) for h in (3, 10)]
    assert widths == pytest.approx([0.01449, 0.1115], abs=1e-4)
    spreads = [sg.energy_distribution(n, 3, index=0).std for n in (25, 50, 100)]
    assert np.diff(np.log(spreads)) / np.log(2) == pytest.approx([-0.75, -0.75], abs=0.07)  # like n^{-3/4}


@pytest.mark.ledger("golikov-claim-13-bad")
def test_width_of_the_band_diverges_in_total_energy_and_not_relative_to_the_depth():
    per_spin = sg.ground_state_energy(3) - sg.threshold_energy(3)
    assert per_spin == pytest.approx(0.024005, abs=1e-6)
    total = per_spin * np.array([100, 1000, 10_000])
    np.testing.assert_allclose(total / (sg.ground_state_energy(3) * np.array([100, 1000, 10_000])), 0.014487, atol=1e-6)
    assert total[-1] > 200
