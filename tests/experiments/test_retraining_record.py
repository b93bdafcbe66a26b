"""Retraining: the fields of a cell belong together, and the record of the book is complete."""

import numpy as np
import pytest

from lossland.experiments import find_experiment, load_record
from lossland.experiments.retraining import METHODS, SCENARIOS, RetrainingSettings, measure

SETTINGS = RetrainingSettings(4, 0.01, n_networks=2, n_steps=40, n_cloud=40, every=10)


@pytest.fixture(scope="module")
def values():
    return measure(SETTINGS, np.random.SeedSequence(5))


def test_fields_belong_together(values):
    looks = values["looks"]
    assert looks == [0, 10, 20, 30, 40]
    for method in METHODS:
        distance, placed = (np.array(values[f"{method}_{name}"]) for name in ("distance", "placed"))
        assert distance.shape == placed.shape == (len(SCENARIOS), 2, len(looks))
        first, stop = (np.array(values[f"{method}_{name}"]) for name in ("first", "stop"))
        np.testing.assert_allclose(distance[2:4, :, 0], 0, atol=1e-5)  # from the center on
        np.testing.assert_array_equal(first[2:4], 0)
        inside = distance <= 1
        expected = np.where(inside.any(axis=-1), 10 * inside.argmax(axis=-1), -1)
        np.testing.assert_array_equal(first, expected)
        assert np.all((stop == -1) | (stop >= np.maximum(first, 0) + 20))
        for scenario, network in np.ndindex(stop.shape):
            assert (values[f"{method}_loss"][scenario][network] is None) == (stop[scenario, network] == -1)
    matched = np.array(values["matching_distance"])
    assert np.all(matched <= np.array(values["maximin_distance"]) + 1e-3)  # for one hidden layer it is the optimum
    assert np.array(values["matching_placed"])[1:4, :, 0].min() == 1
    np.testing.assert_allclose(matched[1, :, 0], 0.5 * np.array(values["norm"]) / values["radius"], rtol=0.35)


def test_a_cell_can_be_made_again(values):
    assert measure(SETTINGS, np.random.SeedSequence(5)) == values


def test_record_of_the_book_is_complete():
    record = load_record("retraining")
    cells = find_experiment("retraining").cells("full")
    assert len(record.cells) == len(cells)
    for cell in record.cells:
        values = cell["values"]
        assert len(values["radius"]) == 5
        assert np.min(values["accuracy"], axis=(0, 1))[1] > 0.9  # all are classifiers in the end
