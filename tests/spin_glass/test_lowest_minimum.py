"""The lowest minimum against Gumbel's law, against sampled Poisson points, and against systems that were searched."""

import numpy as np
import pytest

from lossland import spin_glass as sg
from lossland.experiments.glass_ground_state import lowest_energies
from lossland.experiments.record import load_record


@pytest.mark.parametrize("rate", [1.5, 6.0])
def test_an_exponential_intensity_gives_gumbels_law(rate):
    u = np.linspace(-40 / rate, 6 / rate, 300)
    law = sg.lowest_energy(u, np.exp(rate * u), np.log(rate))  # N(u) = exp(rate u)
    assert law.mean == pytest.approx(-np.euler_gamma / rate, rel=1e-4)
    assert law.std == pytest.approx(np.pi / 6**0.5 / rate, rel=1e-3)
    assert law.one_below == pytest.approx(0.0, abs=1e-3 / rate)


def test_poisson_points_are_as_low_as_predicted():
    rng = np.random.default_rng(0)
    u = np.linspace(-5, 5, 201)
    law = sg.lowest_energy(u, np.exp(-(u**2) / 2) / (2 * np.pi) ** 0.5, np.log(30))
    lowest = np.array([rng.normal(size=count).min() for count in rng.poisson(30, 20_000) if count])
    assert abs(lowest.mean() - law.mean) < 4 * lowest.std() / len(lowest) ** 0.5
    assert lowest.std() == pytest.approx(law.std, rel=0.03)


def test_the_systems_of_the_record_are_as_low_as_predicted():
    found, compared = lowest_energies(load_record("glass_ground_state")), 0
    for cell in load_record("glass_counts").select(index=0).cells:
        at = np.flatnonzero(found.n_spins == cell["settings"]["n_spins"])
        if not at.size or found.n_spins[at[0]] < 20:
            continue
        values, i = cell["values"], at[0]
        law = sg.lowest_energy(values["energies"], values["density"], values["log_number"])
        assert abs(found.mean[i] - law.mean) < 3.5 * found.standard_error[i]
        spread = 1 / (2 * (found.n_minima[i] - 1)) ** 0.5  # relative error of a standard deviation
        assert abs(found.std[i] / law.std - 1) < 3.5 * spread
        compared += 1
    assert compared >= 3


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([0.0, 1.0], [1.0, 1.0], 1.0), "energies: expected an increasing grid of at least 4 numbers"),
        (([0.0, 2.0, 1.0, 3.0], [1.0] * 4, 1.0), "energies: expected an increasing grid"),
        (([0.0, 1.0, 2.0, 3.0], [1.0, 0.0, 1.0, 1.0], 1.0), "density: expected positive numbers, got 0"),
        (([0.0, 1.0, 2.0, 3.0], [1.0] * 4, -1.0), "log_number: expected more than one minimum on average"),
    ],
)
def test_bad_input_is_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        sg.lowest_energy(*arguments)
