"""Aligned midpoints: a cell is what its fields say, copies have no barrier, and the record is what it is said to be."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from lossland.connectivity import mean_and_error, network_accuracy, network_loss
from lossland.experiments import find_experiment, load_record
from lossland.experiments.aligned_midpoints import (
    AlignedMidpointSettings,
    aligned_networks,
    initial_networks,
    measure,
    midpoints,
)
from lossland.experiments.path_accuracy import load_task
from lossland.networks import MLP, forward, to_vector
from lossland.symmetry import permute_and_flip

DIGITS = AlignedMidpointSettings("digits", "tanh", 2, 6, 60, n_pairs=2)


def draw(n=2, widths=(64, 7, 5, 10), seed=0):
    return initial_networks(widths, n, torch.Generator().manual_seed(seed))


def test_a_cell_is_repeatable_and_has_one_entry_a_pair():
    first, second = (measure(DIGITS, np.random.SeedSequence(3)) for _ in range(2))
    assert first == second
    assert {len(values) for values in first.values()} == {DIGITS.n_pairs}
    assert "signs_loss" in first
    relu = measure(AlignedMidpointSettings("digits", "relu", 1, 6, 20), np.random.SeedSequence(3))
    assert "signs_loss" not in relu


def test_midpoints_equal_those_computed_by_hand():
    a, b, data = draw(), draw(seed=1), load_task("digits", 0.0)
    found = midpoints(a, b, data, "tanh")
    for way, aligned in aligned_networks(a, b, data, "tanh").items():
        for pair in range(2):
            middle = MLP(*(tuple((p[pair] + q[pair]) / 2 for p, q in zip(*parts, strict=True))
                           for parts in zip(a, aligned, strict=True)))  # fmt: skip
            loss = torch.nn.functional.cross_entropy(forward(middle, data.train_inputs, "tanh"), data.train_labels)
            assert found[f"{way}_loss"][pair] == pytest.approx(float(loss), rel=1e-5)
            accuracy = float(network_accuracy(middle, data.test_inputs, data.test_labels, "tanh"))
            assert found[f"{way}_test"][pair] == pytest.approx(accuracy, abs=1e-9)
            one, two = (to_vector(MLP(*(tuple(p[pair] for p in parts) for parts in m))) for m in (a, aligned))
            expected = float((one - two).norm() / (one.norm() * two.norm()) ** 0.5)
            assert found[f"{way}_distance"][pair] == pytest.approx(expected, rel=1e-5)
    ends = [network_loss(m, data.train_inputs, data.train_labels, "tanh") for m in (a, b)]
    assert found["end_loss"] == pytest.approx(((ends[0] + ends[1]) / 2).tolist(), rel=1e-5)


def test_every_way_of_aligning_leaves_the_function():
    a, b, data = draw(), draw(seed=1), load_task("digits", 0.0)
    expected = forward(b, data.test_inputs, "tanh")
    for aligned in aligned_networks(a, b, data, "tanh").values():
        torch.testing.assert_close(forward(aligned, data.test_inputs, "tanh"), expected, rtol=0, atol=1e-5)


def test_between_a_network_and_its_own_copy_the_barrier_is_gone_after_alignment():
    """3-cycles in both hidden layers, and half of the signs."""
    a, data = draw(), load_task("digits", 0.0)
    cycles, signs = [[1, 2, 0, 4, 5, 3, 6], [2, 0, 1, 3, 4]], [[1, -1, 1, -1, 1, -1, 1], [-1, 1, -1, 1, 1]]
    for way, flips in (("weights", [[1] * 7, [1] * 5]), ("activations", [[1] * 7, [1] * 5]), ("signs", signs)):
        found = midpoints(a, permute_and_flip(a, cycles, flips), data, "tanh")
        assert found[f"{way}_loss"] == pytest.approx(found["end_loss"], rel=1e-5)
        assert found[f"{way}_distance"] == pytest.approx([0, 0], abs=1e-6)
        assert min(found["plain_distance"]) > 0.5


@pytest.fixture(scope="module")
def record():
    return load_record("aligned_midpoints")


class TestRecord:
    def barriers(self, record, way, **settings):
        values = [cell["values"] for cell in record.select(**settings).cells]
        return np.concatenate([np.subtract(found[f"{way}_loss"], found["end_loss"]) for found in values])

    def shapes(self, record):
        names = ("data", "activation", "n_hidden", "width")
        return sorted({tuple(cell["settings"][name] for name in names) for cell in record.cells})

    def each(self, record):
        for data, activation, n_hidden, width in self.shapes(record):
            yield {"data": data, "activation": activation, "n_hidden": n_hidden, "width": width}

    def test_it_is_complete_with_at_least_ten_seeds_each(self, record):
        assert record.command == "lossland reproduce aligned_midpoints --size full"
        assert len(record.cells) == len(find_experiment("aligned_midpoints").cells("full"))
        assert all(len(self.barriers(record, "plain", **shape)) >= 10 for shape in self.each(record))

    def test_aligning_lowers_the_midpoint_everywhere_and_never_to_the_ends(self, record):
        for shape in self.each(record):
            ways = ["weights", "activations", *["signs"] * (shape["activation"] == "tanh")]
            plain = self.barriers(record, "plain", **shape)
            for way in ways:
                aligned = self.barriers(record, way, **shape)
                gain = mean_and_error(plain - aligned)
                assert gain.mean > 4 * gain.standard_error
                rest = mean_and_error(aligned)
                assert rest.mean > 3 * rest.standard_error

    def test_signs_lower_it_once_more_for_tanh(self, record):
        for shape in self.each(record):
            if shape["activation"] == "tanh":
                orders, both = (self.barriers(record, way, **shape) for way in ("weights", "signs"))
                gain = mean_and_error(orders - both)
                assert gain.mean > 3 * gain.standard_error

    def test_what_is_left_falls_with_the_width(self, record):
        for data, activation, n_hidden in sorted({shape[:3] for shape in self.shapes(record)}):
            chosen = {"data": data, "activation": activation, "n_hidden": n_hidden}
            widths = sorted(shape[3] for shape in self.shapes(record) if shape[:3] == (data, activation, n_hidden))
            plain, matched = (
                np.array([self.barriers(record, way, width=width, **chosen).mean() for width in widths])
                for way in ("plain", "weights")
            )
            assert matched[-1] < matched[0] / 5
            assert matched[-1] / plain[-1] < matched[0] / plain[0] / 2
