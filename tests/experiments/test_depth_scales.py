"""The experiments themselves: they agree with theory, and the records in the book are what they give."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from lossland import signal_propagation as sp
from lossland.experiments import Cell, find_experiment, load_record, run_sweep
from lossland.experiments.depth_scales import DepthScaleSettings, extrapolate_to_infinite_width
from lossland.experiments.record import write_record
from lossland.experiments.sweep import run_cell
from lossland.experiments.trainability import TrainabilitySettings


def rate_of(scale):
    return np.exp(-1 / np.asarray(scale))


class TestDepthScales:
    def test_small_with_one_worker_and_two_workers_on_theory(self, tmp_path):
        experiment = find_experiment("depth-scales")
        records = [run_sweep(experiment, "small", tmp_path / f"{n}.sqlite", n_workers=n) for n in (1, 2)]
        for n, record in enumerate(records):
            write_record(record, tmp_path / f"{n}.json")
        assert (tmp_path / "0.json").read_bytes() == (tmp_path / "1.json").read_bytes()
        for name in ("xi_q", "xi_c"):
            assert np.all(records[0].column(f"{name}_error") > 0)
            for activation in ("tanh", "erf"):
                found = extrapolate_to_infinite_width(records[0], name, activation)
                error = found.standard_error * np.log(rate_of(found.value)) ** 2 * rate_of(found.value)
                assert np.all(np.abs(rate_of(found.value) - rate_of(found.theory)) < 4 * error)

    def test_record_of_the_book_is_on_theory(self):
        record = load_record("depth_scales")
        assert record.command == "lossland reproduce depth_scales --size full"
        for name, theory, relative in (("xi_q", sp.xi_q, 0.002), ("xi_c", sp.xi_c, 0.02)):
            for activation in ("tanh", "erf"):
                found = extrapolate_to_infinite_width(record, name, activation)
                expected = theory(found.weight_std, found.bias_std, activation)
                np.testing.assert_allclose(found.theory, expected, rtol=1e-9)
                deviation = (found.value - expected) / found.standard_error
                assert len(deviation) == 30
                assert np.abs(deviation).max() < 4
                assert 0.6 < np.sqrt(np.mean(deviation**2)) < 1.4  # 1 +- 0.13 expected of 30 normal deviates
                assert np.all(found.standard_error < relative * np.maximum(found.value, 1))

    def test_finite_width_lengthens_the_scales_by_one_over_width(self):
        record = load_record("depth_scales").select(activation="tanh", bias_std=0.05**0.5, weight_std=1.5)
        excess = record.column("xi_c") / record.column("xi_c_theory") - 1
        error = record.column("xi_c_error") / record.column("xi_c_theory")
        width = record.column("width")
        assert excess[0] > 10 * error[0]
        assert abs(excess[0] * width[0] - excess[1] * width[1]) < 4 * np.hypot(error[0] * width[0], error[1] * width[1])

    def test_extrapolation_of_planted_rates(self):
        record = load_record("depth_scales").select(activation="erf")
        cells = [
            {**cell, "values": {**cell["values"], "xi_q_rate": 0.7 + 3 / cell["settings"]["width"]}}
            for cell in record.cells
        ]
        found = extrapolate_to_infinite_width(dataclasses.replace(record, cells=tuple(cells)), "xi_q", "erf")
        np.testing.assert_allclose(found.value, -1 / np.log(0.7), rtol=1e-9)
        with pytest.raises(ValueError, match=r"expected at least two widths to extrapolate from, got \[100\]"):
            extrapolate_to_infinite_width(record.select(width=100), "xi_q", "erf")


class TestTrainability:
    def test_record_of_the_book_follows_six_depth_scales(self):
        record = load_record("trainability")
        ratio = record.column("depth") / (6 * record.column("xi_c"))
        accuracy = record.column("train_accuracy")
        assert np.all(accuracy[ratio < 0.45] > 0.85)
        assert np.all(accuracy[ratio > 1.9] < 0.2)
        expected = sp.xi_c(record.column("weight_std"), record.column("bias_std"), "tanh")
        np.testing.assert_allclose(record.column("xi_c"), expected, rtol=1e-9)

    def test_shallow_learns_and_deep_in_the_ordered_phase_does_not(self):
        values = {}
        for depth in (3, 30):
            settings = TrainabilitySettings(weight_std=0.8, depth=depth, n_steps=100)
            values[depth] = run_cell(find_experiment("trainability").measure, Cell("t", settings, 0), ("torch",))[
                1
            ].values
        assert values[3]["train_accuracy"] > 0.85
        assert values[30]["train_accuracy"] < 0.25


@pytest.mark.parametrize("name", ["depth_scales", "trainability"])
def test_a_cell_of_the_book_measured_again(name):
    record, experiment = load_record(name), find_experiment(name)
    kind = {"depth_scales": DepthScaleSettings, "trainability": TrainabilitySettings}[name]
    for entry in (record.cells[0], record.cells[11]):
        cell = Cell(name, kind(**entry["settings"]), entry["replicate"])
        assert str(cell.seed.entropy) == entry["seed"]
        values = run_cell(experiment.measure, cell, experiment.requires)[1].values
        assert values.keys() == entry["values"].keys()
        for key, value in values.items():  # other processors may sum in another order
            assert value == pytest.approx(entry["values"][key], rel=1e-6 if name == "depth_scales" else 0.05, abs=0.02)
