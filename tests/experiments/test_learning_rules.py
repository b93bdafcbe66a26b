"""The experiment on learning rules: its fields, how steps are chosen, and that its record is complete."""

import dataclasses

import numpy as np
import pytest
from scipy import stats

from lossland.experiments import Record, find_experiment, load_record
from lossland.experiments.learning_rules import (
    LearningRuleSettings,
    _images,
    _splits,
    learning_curve,
    measure,
    paired_difference,
)
from lossland.remedies import LEARNING_RULES


def settings(**changed):
    base = LearningRuleSettings("digits", 200, (30, 15), (0, 1, 10), (0.1, 0.3, 9.0), n_seeds=3)
    return dataclasses.replace(base, **changed)


@pytest.fixture(scope="module")
def cell():
    first, second = (measure(settings(), np.random.SeedSequence(7)) for _ in range(2))
    assert first == second
    return first


def test_a_cell_has_every_rule_step_look_and_seed(cell):
    shapes = {
        "epochs": (3,), "validation": (4, 3, 3), "test": (4, 3, 3, 3), "training": (4, 3, 3), "angles": (2, 2, 3, 3),
    }  # fmt: skip
    assert {name: np.shape(values) for name, values in cell.items()} == shapes
    for name in ("validation", "test", "training"):
        assert np.all((np.array(cell[name]) >= 0) & (np.array(cell[name]) <= 1))


def test_all_rules_and_steps_start_from_the_same_networks_and_learn(cell):
    """Before the first step the accuracies on the test are the same; afterwards a good step is far above chance."""
    test = np.array(cell["test"])
    assert np.all(test[:, :, 0] == test[:1, :1, 0])
    assert np.all(test[:3, 1, -1].mean(axis=-1) > 0.4)
    assert np.all(test[:3, 1, -1].mean(axis=-1) > test[:3, 1, 0].mean(axis=-1) + 0.2)


def test_angles_start_at_a_right_angle_and_fall(cell):
    """A random direction is 90 degrees away on average."""
    start, end = np.array(cell["angles"])[..., [0, -1], :].mean(axis=(0, 1, 3))
    assert abs(start - 90) < 10
    assert end < start - 5


def test_the_rules_differ_where_they_should(cell):
    test = np.array(cell["test"])[:, :, 1]
    for i in range(4):
        for j in range(i):
            assert np.any(test[i] != test[j])


def test_splits_are_disjoint_and_differ_between_seeds():
    import torch

    inputs, labels = _images("digits")
    assert inputs.shape == (1797, 64)
    assert torch.bincount(labels).min() > 170
    parts = _splits(settings(), 1797, torch.Generator().manual_seed(1))
    assert [part.shape for part in parts] == [(3, 200), (3, 300), (3, 500)]
    for seed in range(3):
        assert len(torch.cat([part[seed] for part in parts]).unique()) == 1000
    assert not torch.equal(parts[0][0], parts[0][1])
    with pytest.raises(ValueError, match="n_train: expected at most 997, got 998"):
        _splits(settings(n_train=998), 1797, torch.Generator())


@pytest.fixture
def record():
    """Two steps, two looks, two seeds: the first step is better on the images to choose by early, the second late."""
    values = {
        "epochs": [1, 9],
        "validation": [[[0.5, 0.6], [0.4, 0.8]]] * 4,
        "test": [[[[0.1, 0.2], [0.3, 0.4]], [[0.5, 0.6], [0.7, 0.8]]]] * 4,
    }
    cells = ({"settings": {"dataset": "digits", "n_train": 5, "rates": [0.1, 1.0]}, "values": values},)
    return Record("learning_rules", "full", "", {}, cells)


def test_a_curve_takes_the_step_chosen_on_other_images(record):
    end = learning_curve(record, LEARNING_RULES[1], n_train=5)
    assert end.rates.tolist() == [1.0, 1.0]
    assert end.accuracy.tolist() == [[0.5, 0.6], [0.7, 0.8]]
    each = learning_curve(record, LEARNING_RULES[1], tuned="each")
    assert each.rates.tolist() == [0.1, 1.0]
    assert each.accuracy.tolist() == [[0.1, 0.2], [0.7, 0.8]]
    with pytest.raises(ValueError, match="settings: expected those of one cell, got 0"):
        learning_curve(record, LEARNING_RULES[0], n_train=6)
    with pytest.raises(ValueError, match="rule, tuned: expected one of"):
        learning_curve(record, "hebbian")


def test_a_paired_interval_is_that_of_a_t_test_and_narrower_than_an_unpaired_one():
    rng = np.random.default_rng(0)
    common = rng.standard_normal((4, 6))
    first, second = common + 0.1 * rng.standard_normal((4, 6)), common
    mean, half = paired_difference(first, second)
    low, high = stats.ttest_rel(first, second, axis=1).confidence_interval(0.95)
    np.testing.assert_allclose([mean - half, mean + half], [low, high])
    with pytest.raises(ValueError, match="second: expected the shape of first, two seeds at least"):
        paired_difference([1.0], [2.0])


def test_record_of_the_book_is_complete():
    record = load_record("learning_rules")
    assert record.command == "lossland reproduce learning_rules --size full"
    assert len(record.cells) == len(find_experiment("learning_rules").cells("full"))
    assert min(cell["settings"]["n_seeds"] for cell in record.cells) >= 5
    for cell in record.cells:
        best = np.array(cell["values"]["validation"])[:, :, -1].argmax(axis=1)
        # no rule would have liked a larger step, none but the last layer's a smaller one, than there was
        assert np.all(best[:3] < len(cell["settings"]["rates"]) - 1), cell["settings"]
