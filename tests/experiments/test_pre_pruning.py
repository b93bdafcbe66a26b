"""The experiment on pre-pruning: its fields belong together, its readers read them right, its record is complete."""

import math

import numpy as np
import pytest
from scipy import stats

from lossland.experiments import Record, find_experiment, load_record
from lossland.experiments.pre_pruning import (
    FORMS,
    TARGETS,
    PrePruningSettings,
    against_rate,
    compare,
    measure,
)


def small(form, zero_rate=0.0, **options):
    options = {"depth": 2, "width": 8, "n_masks": 3, "n_steps": 60, **options}
    return PrePruningSettings(form, zero_rate=zero_rate, **options)


def cells_of(*settings):
    return {s.form: measure(s, np.random.SeedSequence(3)) for s in settings}


@pytest.fixture(scope="module")
def cells():
    rates = {"dense": 0.0, "densest": 0.0}
    return cells_of(*(small(form, rates.get(form, 0.5)) for form in FORMS))


def test_every_form_has_the_widths_zeros_and_symmetry_it_should(cells):
    dense = 2 * math.lgamma(9)
    assert cells["dense"]["log_order"] == pytest.approx([dense] * 3, rel=1e-5)
    assert cells["dense"]["n_parameters"] == [cells["dense"]["dense_parameters"]] * 3
    assert cells["densest"]["log_order"] == [0.0] * 3
    assert min(cells["densest"]["n_parameters"]) == cells["dense"]["dense_parameters"] - 14  # seven rows a layer
    assert min(cells["grouped"]["log_lower"]) >= 4 * math.lgamma(5) - 1e-4  # two groups of four in each layer
    assert all(order >= math.lgamma(9) - 1e-3 for order in cells["equal_rows"]["log_order"])
    assert cells["printed_factor"]["hidden"] == [16, 16]
    for form in ("equal_parameters", "narrow"):
        target = "dense_parameters" if form == "equal_parameters" else "n_parameters"
        aim = cells["dense"][target] if form == "equal_parameters" else np.mean(cells["drawn"][target])
        assert np.mean(cells[form]["n_parameters"]) == pytest.approx(aim, rel=0.12)
    for form, cell in cells.items():
        assert cell["log_optima"] == pytest.approx(
            np.array(cell["log_order"]) + sum(cell["hidden"]) * math.log(2), rel=1e-4
        )
        assert all(low <= order + 1e-3 <= high + 2e-3 for low, order, high in
                   zip(cell["log_lower"], cell["log_order"], cell["log_upper"], strict=True)), form  # fmt: skip


def test_fields_are_over_masks_and_starts_and_repeat(cells):
    for cell in cells.values():
        for name in ("train_accuracy", "test_accuracy", "train_loss", "steps_to"):
            assert [len(row) for row in cell[name]] == [2] * 3
        for row in (start for mask in cell["steps_to"] for start in mask):
            known = [s for s in row if s is not None]
            assert known == sorted(known)
            assert len(row) == len(TARGETS)
        assert min(cell["barrier"]) > 0
    assert np.mean(cells["dense"]["barrier_matched"]) < np.mean(cells["dense"]["barrier_signs"])
    assert np.mean(cells["dense"]["barrier_signs"]) < np.mean(cells["dense"]["barrier"])
    assert cells_of(small("drawn", 0.5))["drawn"] == cells["drawn"]


def test_one_start_has_no_barrier():
    cell = measure(small("dense", n_starts=1, n_steps=5), np.random.SeedSequence(0))
    assert cell["barrier"] is cell["barrier_signs"] is cell["barrier_matched"] is None


def test_an_unknown_form():
    with pytest.raises(ValueError, match="form: expected one of dense, drawn"):
        measure(small("sparse"), np.random.SeedSequence(0))


def made_up():
    """A record of two cells with known numbers."""
    entries = []
    for form, rate, accuracy, steps in (
        ("dense", 0.0, [[0.9, 0.8], [0.7, 0.6]], [[[5], [10]], [[15], [20]]]),
        ("drawn", 0.5, [[0.6, 0.6], [0.5, 0.5]], [[[5], [None]], [[15], [20]]]),
    ):
        settings = {"form": form, "data": "digits", "depth": 1, "width": 8, "zero_rate": rate, "learning_rate": 0.05}
        entries.append(
            {"settings": settings, "values": {"test_accuracy": accuracy, "steps_to": steps, "barrier": None}}
        )
    return Record("pre_pruning", "small", "", {}, tuple(entries))


def test_readers_average_starts_and_take_intervals_over_masks():
    network = {"data": "digits", "depth": 1, "width": 8}
    curve = against_rate(made_up(), "test_accuracy", form="drawn", **network)
    assert curve.zero_rate.tolist() == [0.0, 0.5]
    assert curve.values == pytest.approx(np.array([[0.85, 0.65], [0.6, 0.5]]))
    half = stats.t.ppf(0.975, 1) * np.std([0.85, 0.65], ddof=1) / 2**0.5
    assert (curve.low[0], curve.high[0]) == pytest.approx((0.75 - half, 0.75 + half))
    steps = against_rate(made_up(), "steps_to_1.0", form="drawn", **network)
    assert steps.values.tolist() == [[7.5, 17.5], [math.inf, 17.5]]
    found = compare(made_up(), "test_accuracy", {"form": "dense", **network}, {"form": "drawn", **network})
    assert (found.mean, found.first, found.second) == pytest.approx((0.2, 0.75, 0.55))
    interval = stats.ttest_ind([0.85, 0.65], [0.6, 0.5], equal_var=False).confidence_interval(0.95)
    assert (found.low, found.high) == pytest.approx(tuple(interval))
    only = against_rate(made_up(), "test_accuracy", form="dense", **network)
    assert only.zero_rate.tolist() == [0.0]


def test_readers_say_what_is_missing():
    network = {"data": "digits", "depth": 1, "width": 8}
    with pytest.raises(ValueError, match="field: expected numbers in both cells, but steps_to_1"):
        compare(made_up(), "steps_to_1.0", {"form": "dense", **network}, {"form": "drawn", **network})
    with pytest.raises(ValueError, match="settings: the record has no cells"):
        against_rate(made_up(), "test_accuracy", form="narrow", data="digits")
    with pytest.raises(ValueError, match="field: expected one with values for each mask, got 'barrier'"):
        against_rate(made_up(), "barrier", form="drawn", **network)
    with pytest.raises(ValueError, match="expected to select one cell, got 2"):
        compare(made_up(), "test_accuracy", network, {"form": "drawn", **network})


def test_record_of_the_book_is_complete():
    record = load_record("pre_pruning")
    assert record.command == "lossland reproduce pre_pruning --size full"
    assert len(record.cells) == len(find_experiment("pre_pruning").cells("full"))
    for cell in record.cells:
        values, rate = cell["values"], cell["settings"]["zero_rate"]
        assert len(values["test_accuracy"]) == 6
        for order, low, high in zip(values["log_order"], values["log_lower"], values["log_upper"], strict=True):
            assert order is None or low <= order + 1e-3 <= high + 2e-3
        if cell["settings"]["form"] == "drawn" and rate <= 0.8 and cell["settings"]["width"] >= 32:
            inner = values["dense_parameters"] - 11 * values["hidden"][-1] - 10 - sum(values["hidden"][:-1])
            kept = np.mean(values["n_parameters"]) - 11 * values["hidden"][-1] - 10 - sum(values["hidden"][:-1])
            assert 1 - kept / inner == pytest.approx(rate, abs=0.02)
