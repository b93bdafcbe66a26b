"""The experiments on paths: the short way through the first layer is the long way, records are what they say."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from lossland.connectivity import (
    arc_path,
    linear_path,
    loss_barrier,
    mean_and_error,
    network_loss,
    neuron_mean,
    path_losses,
)
from lossland.connectivity import worst_accuracy as measured_accuracy
from lossland.experiments import find_experiment, load_record
from lossland.experiments import optimized_paths as optimized
from lossland.experiments.path_accuracy import (
    PATHS,
    PathAccuracySettings,
    initial_networks,
    load_task,
    measure,
    pick,
    walk,
)
from lossland.symmetry import match_neurons, permute_neurons


def test_the_walk_equals_the_package_on_whole_networks():
    data = load_task("digits", 0.4)
    networks = initial_networks(64, 11, 2, torch.Generator().manual_seed(0))
    a, b = pick(networks, 0), pick(networks, 1)
    found = walk(a, b, data, 7)
    matched, mean = permute_neurons(b, match_neurons(a, b).permutations), neuron_mean(a, b)
    paths = (
        lambda t: linear_path(a, b, t),
        lambda t: arc_path(a, b, t),
        lambda t: arc_path(a, b, t, mean=mean),
        lambda t: linear_path(a, matched, t),
        lambda t: arc_path(a, matched, t, mean=mean),
    )
    assert tuple(found) == PATHS
    for name, path in zip(PATHS, paths, strict=True):
        expected = measured_accuracy(path, data, n_points=7)
        np.testing.assert_allclose(found[name]["train_accuracy"], expected.train_curve, atol=2.1 / 1297)
        np.testing.assert_allclose(found[name]["test_accuracy"], expected.test_curve, atol=2.1 / 500)
        loss = path_losses(path, lambda mlp: network_loss(mlp, data.test_inputs, data.test_labels, "relu"), 7)
        np.testing.assert_allclose(found[name]["test_loss"], loss, rtol=1e-4)


@pytest.mark.parametrize(("name", "n_train"), [("digits", 1297), ("mnist5k", 4000)])
def test_noisy_labels_are_of_training_images_only_and_always_the_same(name, n_train):
    clean, noisy, again = load_task(name, 0.0), load_task(name, 0.4), load_task(name, 0.4)
    assert len(clean.train_labels) == n_train
    assert torch.equal(noisy.train_labels, again.train_labels)
    assert torch.equal(noisy.train_inputs, clean.train_inputs)
    assert torch.equal(noisy.test_labels, clean.test_labels)
    changed = float((noisy.train_labels != clean.train_labels).double().mean())
    assert changed == pytest.approx(0.4 * 0.9, abs=4 * (0.36 * 0.64 / n_train) ** 0.5)
    with pytest.raises(ValueError, match="data: expected 'digits' or 'mnist5k', got 'cifar'"):
        load_task("cifar", 0.0)


def test_initial_networks_have_the_variance_of_the_source():
    mlp = initial_networks(400, 300, 4, torch.Generator().manual_seed(0))
    for k, fan_in in enumerate((400, 300)):
        assert float(mlp.weights[k].var()) * 3 * fan_in == pytest.approx(1, abs=0.05)
        assert float(mlp.biases[k].var()) * 3 * fan_in == pytest.approx(1, abs=0.6)


def test_a_cell_is_repeatable_and_its_numbers_fit_together():
    settings = PathAccuracySettings("digits", 6, 0.0, 60, n_points=5)
    first, second = (measure(settings, np.random.SeedSequence(3)) for _ in range(2))
    assert first == second
    assert len(first["end_train"]) == 4
    for name in PATHS:
        assert len(first[f"{name}_train"]) == settings.n_pairs
        for pair in range(2):
            assert first[f"{name}_train"][pair] <= min(first["end_train"][2 * pair : 2 * pair + 2])
            assert first[f"{name}_train_barrier"][pair] >= 0
        assert min(first[f"{name}_train_accuracies"]) >= np.mean(first[f"{name}_train"]) - 1e-12
        assert loss_barrier(np.array(first[f"{name}_train_losses"])) <= np.mean(first[f"{name}_train_barrier"]) + 1e-12


def test_a_cell_of_optimized_paths_is_repeatable_and_goes_lower():
    settings = optimized.OptimizedPathSettings(8, 2, n_training=100, n_curve=40, n_band=10, n_pivots=2)
    first, second = (optimized.measure(settings, np.random.SeedSequence(1)) for _ in range(2))
    assert first == second
    for name in optimized.PATHS:
        assert len(first[f"{name}_loss"]) == settings.n_pairs
        assert len(first[f"{name}_losses"]) == 61
        assert np.all(np.array(first[f"{name}_loss"]) >= np.array(first["end_loss"]))
    assert np.all(np.array(first["bezier_loss"]) < np.array(first["segment_loss"]))


@pytest.fixture(scope="module")
def paths_record():
    return load_record("path_accuracy")


@pytest.fixture(scope="module")
def optimized_record():
    return load_record("optimized_paths")


def groups_of(record):
    """Data, width and noise of all cells."""
    return {tuple(cell["settings"][name] for name in ("data", "width", "label_noise")) for cell in record.cells}


class TestRecordOfThePaths:
    def pairs(self, record, field, **settings):
        return np.concatenate([cell["values"][field] for cell in record.select(**settings).cells])

    def test_it_is_complete(self, paths_record):
        assert paths_record.command == "lossland reproduce path_accuracy --size full"
        assert len(paths_record.cells) == len(find_experiment("path_accuracy").cells("full"))
        groups = groups_of(paths_record)
        assert {(*group[:2], 0.0) for group in groups} <= groups
        for data, width, label_noise in groups:
            chosen = {"data": data, "width": width, "label_noise": label_noise}
            assert len(self.pairs(paths_record, "segment_train", **chosen)) >= 10

    def test_where_segment_and_arc_differ_in_loss_and_where_in_accuracy(self, paths_record):
        """Wide networks on clean images have lower barriers on the arc; on MNIST it is also the better classifier."""
        for data in ("digits", "mnist5k"):
            chosen = {"data": data, "width": 1000, "label_noise": 0.0}
            segment, arc = (self.pairs(paths_record, f"{name}_train_barrier", **chosen)
                            for name in ("segment", "centered_arc"))  # fmt: skip
            assert segment.min() > 2 * arc.max()
        for part in ("train", "test"):
            segment, arc = (
                self.pairs(paths_record, f"{name}_{part}", **chosen) for name in ("segment", "centered_arc")
            )
            gain = mean_and_error(arc - segment)
            assert gain.mean > 3 * gain.standard_error

    def test_an_arc_around_the_origin_passes_nearly_the_same_classifiers_as_the_segment(self, paths_record):
        """Exactly the same, but for the biases of the outputs: see the test on positive homogeneity of paths."""
        for name in ("train", "test"):
            segment, arc = (self.pairs(paths_record, f"{path}_{name}", label_noise=0.0) for path in ("segment", "arc"))
            assert np.abs(arc - segment).mean() < 0.006 < (1 - segment).mean() / 5

    def test_the_gap_of_the_hard_task_is_not_there(self, paths_record):
        """The slides gain 18 points in training accuracy on CIFAR10; noisy labels show at most 2."""
        for data, width in (("digits", 100), ("digits", 1000), ("mnist5k", 100)):
            chosen = {"data": data, "width": width, "label_noise": 0.4}
            segment, arc = (self.pairs(paths_record, f"{name}_train", **chosen) for name in ("segment", "centered_arc"))
            assert (arc - segment).mean() < 0.02

    def test_the_width_of_the_source(self):
        """2,000 neurons on MNIST gain on the arc as on the slides; 1,000 on noisy labels lose on training images."""
        wide = load_record("path_accuracy_wide")
        assert wide.command == "lossland reproduce path_accuracy --size wide"
        assert len(wide.cells) == len(find_experiment("path_accuracy").cells("wide"))
        for width, part, sign in ((2000, "train", 1), (2000, "test", 1), (1000, "train", -1), (1000, "test", 1)):
            segment, arc = (self.pairs(wide, f"{name}_{part}", width=width) for name in ("segment", "centered_arc"))
            gain = mean_and_error(arc - segment)
            assert sign * gain.mean > 3 * gain.standard_error
            assert abs(gain.mean) < 0.04

    def test_matching_first_helps_everywhere(self, paths_record):
        groups = groups_of(paths_record)
        for data, width, label_noise in groups:
            chosen = {"data": data, "width": width, "label_noise": label_noise}
            for part in ("train", "test"):
                plain, matched = (self.pairs(paths_record, f"{name}_{part}", **chosen)
                                  for name in ("segment", "matched_segment"))  # fmt: skip
                assert matched.mean() > plain.mean()


class TestRecordOfOptimizedPaths:
    def pairs(self, record, field, width):
        return np.concatenate([cell["values"][field] for cell in record.select(width=width).cells])

    def test_it_is_complete(self, optimized_record):
        assert optimized_record.command == "lossland reproduce optimized_paths --size full"
        assert len(optimized_record.cells) == len(find_experiment("optimized_paths").cells("full"))
        assert all(len(self.pairs(optimized_record, "bezier_loss", width)) >= 5 for width in (8, 16, 32))

    def test_a_barrier_on_straight_paths_and_none_on_optimized_ones(self, optimized_record):
        assert self.pairs(optimized_record, "segment_loss", 32).min() > 0.1
        assert self.pairs(optimized_record, "centered_arc_loss", 32).min() > 0.1
        ends = self.pairs(optimized_record, "end_loss", 32)
        assert np.all(self.pairs(optimized_record, "bezier_loss", 32) < 2 * ends)
        for name in ("bezier", "polygonal", "band"):
            assert self.pairs(optimized_record, f"{name}_loss", 32).max() < 0.02
