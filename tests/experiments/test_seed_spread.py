"""The spread of seeds around a minimum: it is one, the fields belong together, and relabelings count for nothing."""

import numpy as np
import pytest
import torch

from lossland import sgd, spectra
from lossland.experiments import find_experiment, load_record
from lossland.experiments import seed_spread as experiment
from lossland.experiments.seed_spread import SeedSpreadSettings, measure, spread
from lossland.networks import MLP, from_vector, load_digits, sample_mlp, to_vector

SETTINGS = SeedSpreadSettings(1, 0.1, learning_rates=(0.1, 0.2), n_runs=150, n_own_starts=4)


@pytest.fixture(scope="module")
def cell():
    values = measure(SETTINGS, np.random.SeedSequence(3))
    return {"settings": {**vars(SETTINGS)}, "replicate": 0, "values": values}


def test_the_runs_start_at_a_minimum(cell):
    values = cell["values"]
    assert values["gradient_norm"] < 1e-11
    assert min(values["eigenvalues"]) > 0
    assert values["eigenvalues"] == sorted(values["eigenvalues"], reverse=True)
    assert len(values["eigenvalues"]) == len(values["noise"]) == 85
    assert values["n_steps"] == [200, 100]


def test_at_strong_decay_the_linear_law_nearly_holds(cell):
    for rate in SETTINGS.learning_rates:
        found = spread(cell, rate)
        stationary = sgd.stationary_variance(found.eigenvalues, found.noise, rate)
        left = found.predicted / stationary
        assert np.all((left > 0.8) & (left < 1 + 1e-9))
        assert np.min(left) < 0.9  # the slowest
        assert found.measured.sum() / found.predicted.sum() == pytest.approx(1, abs=0.35)
        np.testing.assert_allclose(found.error, found.measured * np.sqrt(2 / 149))
    assert 0 < cell["values"]["excess"][0] < cell["values"]["excess"][1]


def test_the_mean_moves_as_the_third_derivatives_say(cell):
    values = cell["values"]
    assert min(values["shift_cosine"]) > 0.8
    np.testing.assert_allclose(values["shift"], values["predicted_shift"], rtol=0.5)


def test_the_drift_is_minus_the_mean_gradient_over_the_cloud_divided_by_the_curvature():
    data = load_digits(dtype=torch.float64, generator=torch.Generator().manual_seed(11))
    generator = torch.Generator().manual_seed(0)
    mlp, hessian = experiment._minimum(sample_mlp((64, 1, 10), 1.0, 0.0, generator=generator), data, 0.1)
    values, vectors = np.linalg.eigh(spectra.dense_matrix(hessian))
    variances = np.where(np.arange(85) % 20 == 4, 1e-4, 0.0)  # a few directions: all pairs of points are enough
    drift = experiment._drift(mlp, data, values, vectors, np.diag(variances))
    total = np.zeros(85)
    for direction in np.flatnonzero(variances):
        for sign in (-1, 1):
            point = to_vector(mlp) + sign * 1e-2 * torch.as_tensor(vectors[:, direction])
            moved = spectra.hessian_operator(
                from_vector(point, mlp), torch.nn.functional.cross_entropy, data.train_inputs, data.train_labels,
                activation="tanh", weight_decay=0.1,
            )  # fmt: skip
            total += moved.gradient().numpy() / 2
    np.testing.assert_allclose(drift, -vectors @ (vectors.T @ total / values), rtol=1e-3, atol=1e-6)


def test_a_cell_can_be_made_again(cell):
    assert measure(SETTINGS, np.random.SeedSequence(3)) == cell["values"]


def test_relabeled_neurons_are_at_distance_zero():
    mlp = sample_mlp((64, 3, 10), 1.0, 0.5, generator=torch.Generator().manual_seed(0))
    order, signs = torch.tensor([2, 0, 1]), torch.tensor([1.0, -1.0, -1.0], dtype=torch.float64)
    first, last = mlp.weights
    moved = MLP(
        ((signs[:, None] * first)[order], (signs * last)[:, order]), ((signs * mlp.biases[0])[order], mlp.biases[1])
    )
    plain, aligned = experiment._distances(to_vector(moved).numpy()[None], mlp)
    assert plain == pytest.approx(float((to_vector(moved) - to_vector(mlp)).norm()))
    assert plain > 5
    assert aligned < 1e-6


def test_without_a_pair_of_wide_directions_there_is_no_slope():
    moved = np.random.default_rng(0).standard_normal((50, 2)) * [1.0, 1e-3]
    row = experiment._summary(moved, np.array([1.99, 1.0]), np.diag([1.0, 1e-5]), 1.0, 1000, SETTINGS)
    assert row["coupling"] is None
    assert len(row["variances"]) == 2


def test_runs_that_diverge_are_reported(cell):
    rows = experiment._summary(np.full((3, 2), np.nan), np.ones(2), np.eye(2), 0.1, 10, SETTINGS)
    assert set(rows.values()) == {None}
    broken = {**cell, "values": {**cell["values"], "variances": [None, None]}}
    with pytest.raises(ValueError, match=r"learning_rate: the runs diverged at 0\.2; choose a smaller one"):
        spread(broken, 0.2)
    with pytest.raises(ValueError, match=r"learning_rate: expected one of 0\.1, 0\.2, got 0\.5"):
        spread(cell, 0.5)


def test_record_of_the_book_is_complete_and_its_runs_start_at_minima():
    record = load_record("seed_spread")
    assert record.command == "lossland reproduce seed_spread --size full"
    assert len(record.cells) == len(find_experiment("seed_spread").cells("full"))
    for cell in record.cells:
        assert cell["values"]["gradient_norm"] < 1e-11
        assert min(cell["values"]["eigenvalues"]) > 0
        assert None not in cell["values"]["variances"]
