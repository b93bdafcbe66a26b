"""Critical points against what is known exactly: the circle, Morse's sum, the mean number of minima."""

import math

import numpy as np
import pytest
import torch

from lossland.spin_glass import mean_number_of_critical_points
from lossland.spin_glass.census import distinct, find_critical_points, minima_of, spread_starts
from lossland.spin_glass.couplings import couplings_from_tensor, sample_couplings
from lossland.spin_glass.hamiltonian import energy
from lossland.spin_glass.minima import find_minima
from lossland.spin_glass.sphere import overlap, random_states


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def circle_points(ordered):
    """Energies of all critical points for two spins: zeros of a trigonometric polynomial, as roots of z."""
    order = ordered.ndim
    angles = 2 * np.pi * np.arange(2 * order + 2) / (2 * order + 2)
    states = 2**0.5 * torch.tensor(np.stack([np.cos(angles), np.sin(angles)], 1))
    couplings = couplings_from_tensor(ordered)
    coefficients = np.fft.fft(energy(couplings, states).numpy()) / len(angles)
    modes = np.arange(-order, order + 1)
    derivative = np.array([1j * m * coefficients[m] for m in modes])
    roots = np.roots(derivative[::-1])
    on_circle = np.angle(roots[np.abs(np.abs(roots) - 1) < 1e-7])
    points = 2**0.5 * torch.tensor(np.stack([np.cos(on_circle), np.sin(on_circle)], 1))
    return np.sort(energy(couplings, points).numpy())


@pytest.mark.parametrize("order", [3, 4, 5])
def test_two_spins_against_roots_of_a_polynomial(order):
    source = generator(order)
    for _ in range(5):
        ordered = torch.randn(*[2] * order, dtype=torch.float64, generator=source)
        census = find_critical_points(couplings_from_tensor(ordered), 80, generator=source)
        found = np.sort(census.energies.numpy())
        expected = circle_points(ordered)
        if order % 2 == 0:
            found = np.sort(np.concatenate([found, found]))
        np.testing.assert_allclose(found, expected, atol=1e-9)


@pytest.mark.parametrize(("order", "n_spins"), [(3, 3), (4, 3), (3, 4)])
def test_morse_sum(order, n_spins):
    source = generator(n_spins)
    for _ in range(4):
        census = find_critical_points(sample_couplings(n_spins, order, generator=source), 500, generator=source)
        weight = 2 if order % 2 == 0 else 1
        assert weight * sum((-1) ** k for k in census.indices.tolist()) == 1 + (-1) ** (n_spins - 1)
        assert float(census.residuals.max()) <= 1e-10
        assert bool((census.energies.diff() >= 0).all())


@pytest.mark.ledger("golikov-claim-01-many-critical-points")
def test_mean_number_of_minima_is_the_exact_one():
    """Ten spins, order 3: exactly 6.07 minima a disorder in the mean (Kac and Rice); by descent from many starts."""
    n_disorder, n_starts = 200, 80
    couplings = sample_couplings(10, 3, n_disorder=n_disorder, generator=generator(1))
    found = find_minima(couplings, random_states(10, (n_disorder, n_starts), generator=generator(2)))
    counts = torch.tensor([len(distinct(states, mirror=False)[0]) for states in found.states], dtype=torch.float64)
    error = float(counts.std()) / math.sqrt(n_disorder)
    expected = math.exp(mean_number_of_critical_points(10, 3, index=0))
    assert expected == pytest.approx(6.07, abs=0.02)
    assert abs(float(counts.mean()) - expected) < 4 * error
    assert error < 0.25


def test_odd_orders_have_mirror_images():
    source = generator(5)
    census = find_critical_points(sample_couplings(6, 3, generator=source), 150, generator=source)
    torch.testing.assert_close(census.energies, -census.energies.flip(0))
    assert torch.equal(census.indices.sort().values, 5 - census.indices.sort(descending=True).values)
    assert bool((minima_of(census).indices == 0).all())
    assert len(minima_of(census).energies) == int((census.indices == 0).sum())
    n_kept = len(census.energies)
    between = overlap(census.states.unsqueeze(1), census.states)
    assert float((between - torch.eye(n_kept)).max()) < 1 - 1e-6  # none twice
    assert int(census.multiplicity.sum()) == 2 * (150 - census.n_failed)


def test_starts_are_spread_in_energy():
    couplings = sample_couplings(40, 3, generator=generator())
    starts = spread_starts(couplings, 300, generator=generator(1))
    energies = energy(couplings, starts) / 40
    assert float(energies.min()) < -1.3
    assert float(energies.max()) > 1.3
    assert 0.1 < float((energies.abs() < 0.5).double().mean()) < 0.5
    low = spread_starts(couplings, 50, energy_range=(-1.2, -1.0), generator=generator(1))
    assert float((energy(couplings, low) / 40).max()) < -0.99
    with pytest.raises(ValueError, match=r"energy_range: expected \(low, high\), got \(1, -1\)"):
        spread_starts(couplings, 5, energy_range=(1, -1), generator=generator())


def test_distinct_counts_across_blocks():
    states = random_states(8, (400,), generator=generator())
    order = torch.randperm(1200, generator=generator(1))
    many = torch.cat([states, states, -states])[order]
    numbers, counts = distinct(many, mirror=True)
    assert (len(numbers), counts.tolist()) == (400, [3] * 400)
    numbers, counts = distinct(many, mirror=False)
    assert sorted(counts.tolist()) == [1] * 400 + [2] * 400


def test_one_disorder_at_a_time():
    couplings = sample_couplings(4, 3, n_disorder=2, generator=generator())
    with pytest.raises(ValueError, match=r"couplings: expected one disorder, got a batch; take one with"):
        find_critical_points(couplings, 3, generator=generator())
