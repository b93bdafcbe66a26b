"""The experiment on crossings: its fields belong together, and its record is complete."""

import numpy as np
import pytest
import torch

from lossland.experiments import find_experiment, load_record
from lossland.experiments.vicinity_crossings import VicinityCrossingSettings, _components, measure
from lossland.networks import load_digits


@pytest.fixture(scope="module")
def cell():
    settings = VicinityCrossingSettings(6, 1.0, 0.02, n_runs=3, burn=2.0, n_blocks=3, n_snapshots=4)
    first, second = (measure(settings, np.random.SeedSequence(7)) for _ in range(2))
    assert first == second
    return first


def test_a_cell_has_one_entry_a_run_and_shares_are_shares(cell):
    for name, values in cell.items():
        assert len(values) == 3, name
    for name in ("crossed", "crossed_by_noise", "accuracy"):
        assert np.all((np.array(cell[name]) >= 0) & (np.array(cell[name]) <= 1))
    assert np.array(cell["moved"]).shape == (3, 3)
    assert np.all(np.array(cell["moved_far"]) <= np.array(cell["moved"]))
    assert min(cell["radius"]) > 0
    assert min(cell["drift"]) > 0
    assert max(cell["loss"]) < np.log(10)


def test_ridges_are_ridges(cell):
    """Half way to the nearest copy two neurons are equal; half way to a random one almost all are averages."""
    assert np.mean(cell["ridge_random"]) > np.mean(cell["ridge_nearest"]) > 0
    assert max(cell["half_distance"]) < 2**0.5 * max(cell["norm"]) * 2


def test_components_keep_the_mean_square_and_are_uncorrelated():
    images = load_digits(generator=torch.Generator().manual_seed(13)).train_inputs
    kept = _components(images, 5)
    assert kept.shape == (len(images), 5)
    assert float(kept.square().sum() / images.square().sum()) == pytest.approx(1, rel=1e-5)
    covariance = torch.cov(kept.T.double())
    off = covariance - covariance.diag().diag()
    assert float(off.abs().max() / covariance.diag().max()) < 1e-4
    assert torch.equal(_components(images, 64), images)


def test_record_of_the_book_is_complete():
    record = load_record("vicinity_crossings")
    assert record.command == "lossland reproduce vicinity_crossings --size full"
    assert len(record.cells) == len(find_experiment("vicinity_crossings").cells("full")) == 51
    assert {len(cell["values"]["crossed"]) for cell in record.cells} == {10}
    # where nothing is expected to be exchanged within a block, hardly anything is
    expected, found = (
        np.concatenate([cell["values"][field] for cell in record.cells]) for field in ("exchanges", "crossed_by_noise")
    )
    assert found[expected < 1e-4].max() < 0.02
    # and who has not crossed has no neuron with another name
    crossed, moved = (np.concatenate([cell["values"][f] for cell in record.cells]) for f in ("crossed", "moved"))
    assert np.array_equal(crossed == 0, np.all(moved[:, 1:] == 0, axis=1))
