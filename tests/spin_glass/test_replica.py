"""The ground state from replicas against the zero of the complexity, two roads that share nothing."""

import numpy as np
import pytest
from scipy.optimize import minimize

from lossland import spin_glass as sg
from lossland.spin_glass.replica import one_step_functional


@pytest.mark.parametrize("order", [2, 3, 4, 5, 10, 50, 1000])
def test_ground_state_is_where_the_complexity_of_minima_vanishes(order):
    assert sg.ground_state_energy(order) == pytest.approx(sg.critical_energy(order, 0), rel=1e-13)


@pytest.mark.parametrize("order", [3, 4, 10])
def test_solution_is_the_minimum_of_the_functional(order):
    solution = sg.one_step_ground_state(order)
    value = one_step_functional(solution.susceptibility, solution.break_point, order)
    assert value == pytest.approx(solution.energy, rel=1e-13)
    found = minimize(lambda v: one_step_functional(*np.exp(v), order), [0.0, 0.0], method="Nelder-Mead",
                     options={"xatol": 1e-9, "fatol": 1e-15, "maxiter": 2000})  # fmt: skip
    assert found.fun == pytest.approx(solution.energy, rel=1e-10)


def test_two_spins_are_an_eigenproblem():
    rng = np.random.default_rng(0)
    n = 1500
    coupling = rng.normal(size=(n, n))
    largest = np.linalg.eigvalsh((coupling + coupling.T) / 2)[-1] / n**0.5
    assert sg.ground_state_energy(2) == pytest.approx(largest, abs=0.02)
    assert sg.one_step_ground_state(2).break_point == 0


def test_physics_convention_is_smaller_by_root_two():
    assert sg.ground_state_energy(3) / 2**0.5 == pytest.approx(1.17167, abs=1e-5)
    assert sg.threshold_energy(3) / 2**0.5 == pytest.approx(1.15470, abs=1e-5)


def test_order_below_two_is_refused():
    with pytest.raises(ValueError, match="order: expected an integer >= 2, got 1"):
        sg.ground_state_energy(1)
