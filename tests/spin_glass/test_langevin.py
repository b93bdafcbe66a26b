"""Langevin dynamics against the Gibbs law, integrated numerically where that can be done."""

import math

import numpy as np
import pytest
import torch
from scipy.special import ive

from lossland.spin_glass.couplings import couplings_from_tensor, sample_couplings
from lossland.spin_glass.hamiltonian import energy
from lossland.spin_glass.langevin_dynamics import langevin
from lossland.spin_glass.sphere import random_states


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def gibbs_mean(energies, weights, temperature):
    boltzmann = weights * np.exp(-(energies - energies.min()) / temperature)
    return float((boltzmann * energies).sum() / boltzmann.sum())


def grid(n_spins):
    """Points and weights of the sphere for n = 2 and 3."""
    angles = 2 * np.pi * np.arange(400) / 400
    if n_spins == 2:
        return np.stack([np.cos(angles), np.sin(angles)], 1), np.ones(400)
    height, weight = np.polynomial.legendre.leggauss(200)
    z, phi = np.meshgrid(height, angles, indexing="ij")
    radius = np.sqrt(1 - z**2)
    points = np.stack([radius * np.cos(phi), radius * np.sin(phi), z], -1).reshape(-1, 3)
    return points, np.repeat(weight, 400)


@pytest.mark.parametrize("time_step", [None, 0.5])
@pytest.mark.parametrize(("order", "n_spins"), [(2, 2), (3, 2), (2, 3), (3, 3), (4, 3)])
def test_mean_energy_is_that_of_gibbs(order, n_spins, time_step):
    """2,000 walkers, each one sample; exact whatever the step, so also with steps far too long for the dynamics."""
    couplings = sample_couplings(n_spins, order, generator=generator(order))
    points, weights = grid(n_spins)
    temperature = 0.7
    expected = gibbs_mean(energy(couplings, torch.tensor(points) * n_spins**0.5).numpy(), weights, temperature)
    starts = random_states(n_spins, (2000,), generator=generator(7))
    run = langevin(
        couplings, starts, temperature, 200, burn_in=200, time_step=time_step, record_every=20, generator=generator(8)
    )
    last = run.energies.mean(0)  # of each walker
    assert run.energies.shape == (10, 2000)
    assert abs(float(last.mean()) - expected) < 4 * float(last.std()) / math.sqrt(2000)
    assert 0.15 < run.acceptance < 1


def test_two_spins_of_order_two_in_closed_form():
    """L = a cos(2 theta) with a = 1/sqrt(2): the mean energy is -a I1(a/T)/I0(a/T)."""
    couplings = couplings_from_tensor(torch.diag(torch.tensor([0.5, -0.5], dtype=torch.float64)))
    a, temperature = 0.5**0.5, 0.3
    expected = -a * ive(1, a / temperature) / ive(0, a / temperature)
    starts = random_states(2, (4000,), generator=generator())
    run = langevin(couplings, starts, temperature, 100, burn_in=300, generator=generator(1))
    walkers = run.energies[-1]
    assert abs(float(walkers.mean()) - expected) < 4 * float(walkers.std()) / math.sqrt(4000)


def test_high_temperature_energy_of_a_large_system():
    """Above the transition the mean energy per spin is -1/T in a large system (annealed)."""
    couplings = sample_couplings(100, 3, n_disorder=4, storage="packed", generator=generator())
    starts = random_states(100, (4, 8), generator=generator(1))
    run = langevin(couplings, starts, 2.0, 400, burn_in=400, generator=generator(2))
    means = run.energies.mean((0, 2)) / 100
    assert float(means.mean()) == pytest.approx(-0.5, abs=0.05)
    assert run.acceptance == pytest.approx(0.9, abs=0.05)


def test_small_steps_follow_the_equation_in_time():
    """Free diffusion on the sphere: the overlap with the start decays as exp(-(n-1) T t / n)."""
    couplings = couplings_from_tensor(torch.zeros(3, 3, dtype=torch.float64))
    starts = random_states(3, (6000,), generator=generator())
    run = langevin(couplings, starts, 0.8, 100, time_step=0.004, generator=generator(1))
    overlaps = (run.states * starts).sum(-1) / 3
    expected = math.exp(-2 / 3 * 0.8 * float(run.times[-1]))
    assert abs(float(overlaps.mean()) - expected) < 4 * float(overlaps.std()) / math.sqrt(6000)


def test_same_seed_same_walk_and_errors():
    couplings = sample_couplings(5, 3, generator=generator())
    starts = random_states(5, (2,), generator=generator(1))
    runs = [langevin(couplings, starts, 1.0, 7, record_every=3, generator=generator(2)) for _ in range(2)]
    assert torch.equal(runs[0].states, runs[1].states)
    assert runs[0].energies.shape == (2, 2)
    assert torch.all((runs[0].states.norm(dim=-1) - 5**0.5).abs() < 1e-12)
    with pytest.raises(ValueError, match="temperature: expected"):
        langevin(couplings, starts, 0.0, 5, generator=generator())
    with pytest.raises(ValueError, match="n_steps: expected an integer >= 1, got 0"):
        langevin(couplings, starts, 1.0, 0, generator=generator())
