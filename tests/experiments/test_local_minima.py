"""The experiment on local minima: its derivatives are right, its record is what it says, one cell can be made again."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from lossland.experiments import find_experiment, load_record
from lossland.experiments.local_minima import LocalMinimaSettings, _hessian, _objective, measure
from lossland.networks import load_digits, sample_mlp, to_vector
from lossland.numerics import slope_test


@pytest.fixture(scope="module")
def problem():
    data = load_digits(n_train=60, dtype=torch.float64, generator=torch.Generator().manual_seed(2))
    like = sample_mlp((64, 3, 10), 1.0, 0.0, generator=torch.Generator().manual_seed(1))
    return to_vector(like).numpy(), like, data


def test_gradient_and_hessian_pass_the_slope_test(problem):
    vector, like, data = problem

    def value(v):
        return _objective(v, like, data, 1e-2)[0]

    def gradient(v):
        return _objective(v, like, data, 1e-2)[1]

    matrix = _hessian(vector, like, data, 1e-2)
    rng = np.random.default_rng(0)
    assert slope_test(value, gradient, vector, rng=rng).slope == pytest.approx(2, abs=0.05)
    steps = np.geomspace(3e-4, 1e-2, 15)
    product = {"hessian_product": lambda _v, u: matrix @ u, "steps": steps}
    found = slope_test(value, gradient, vector, rng=rng, order=2, **product)
    assert found.slope == pytest.approx(3, abs=0.1)
    np.testing.assert_allclose(matrix, matrix.T)


def test_the_penalty_is_half_the_squared_norm(problem):
    vector, like, data = problem
    with_penalty, without = (_objective(vector, like, data, penalty)[0] for penalty in (0.5, 0.0))
    assert with_penalty - without == pytest.approx(0.25 * vector @ vector)


def test_a_run_ends_at_a_certified_minimum_and_is_repeatable():
    settings = LocalMinimaSettings(width=2, penalty=1e-2, n_train=100)
    first, second = (measure(settings, np.random.SeedSequence(3)) for _ in range(2))
    assert first == second
    assert first["n_negative"] == 0
    assert first["least_eigenvalue"] > 1e-4
    assert first["gradient_norm"] < 1e-5
    assert first["train_loss"] < first["objective"]
    assert first["lowest_test_loss"] <= first["test_loss"]
    assert measure(settings, np.random.SeedSequence(4))["objective"] != first["objective"]


def test_record_of_the_book_is_complete():
    record = load_record("local_minima")
    assert record.command == "lossland reproduce local_minima --size full"
    assert len(record.cells) == len(find_experiment("local-minima").cells("full")) == 240
    assert record.column("gradient_norm").max() < 2e-5
    # where the Hessian has a negative eigenvalue it is tiny: L-BFGS has not noticed it
    assert record.column("least_eigenvalue").min() > -2e-5
    certified = record.column("n_negative") == 0
    assert certified.mean() > 0.85
    assert np.all(certified[(record.column("width") <= 8) & (record.column("penalty") == 1e-3)])
