"""Wrong-answer bank of chapter 04, beyond what the contract of all checkers proves for every one of them."""

import math

import numpy as np
from scipy.optimize import brentq

from lossland import spin_glass as sg
from lossland.exercises.glass_complexity import (
    check_critical_energy,
    check_finite_size_shift,
    check_spins_needed,
)
from lossland.exercises.spin_glass_landscape import (
    check_two_spin_census,
    check_two_spin_energies,
)


def test_any_root_finder_and_any_form_of_the_rate_are_accepted():
    def by_quadrature(order, index):
        edge = 2 * math.sqrt((order - 1) / order)
        z, w = np.polynomial.legendre.leggauss(400)

        def theta(energy):
            t = (z + 1) / 2 * math.sqrt(energy - edge)  # z = edge + t^2 makes the root smooth
            inner = np.sqrt(t**2 * (2 * edge + t**2)) * 2 * t
            rate = 2 / edge**2 * (w @ inner) * math.sqrt(energy - edge) / 2
            weight = (order - 2) / (4 * (order - 1)) * energy**2
            return math.log(order - 1) / 2 - weight - (index + 1) * rate

        return brentq(theta, edge, 10.0)

    assert check_critical_energy(by_quadrature).is_correct


def test_index_multiplied_by_k_is_recognized_although_minima_have_no_level_then():
    def shifted(order, index):
        return float(sg.critical_energy(order, index - 1)) if index else math.nan

    verdict = check_critical_energy(lambda h, k: shifted(h, k) if k else 3.0)
    assert verdict.mistake == "index_not_shifted"


def test_the_edge_needs_its_own_case():
    def divides(energy_density, factor):
        rate = sg.index_rate(energy_density, 3)
        return math.ceil(math.log(factor) / rate) if rate > 0 else 0.0

    assert check_spins_needed(divides).mistake == "no_case_above_the_edge"


def test_energies_from_an_eigensolver_that_does_not_sort():
    def unsorted(couplings):
        values = np.linalg.eigvals((couplings + couplings.T) / 2) / len(couplings) ** 0.5
        return np.sort(values)

    assert check_two_spin_energies(unsorted).is_correct
    left_out = {"n_critical_points": 100, "n_minima": 2, "n_saddles": 98.5, "bad_minima": False}
    assert "maxima" in check_two_spin_census(left_out).message


def test_a_shift_of_another_power_gets_the_hint_about_powers():
    verdict = check_finite_size_shift(lambda h, n: -sg.threshold_energy(h) + 1.0 / n)
    assert "halve" in verdict.message
