"""Shares of spurious minima: the sweep, the record in the book, and its comparison with the printed tables."""

from __future__ import annotations

import numpy as np
import pytest

from lossland import teacher_student as ts
from lossland.experiments import Cell, Record, find_experiment, load_record, run_sweep
from lossland.experiments.record import write_record
from lossland.experiments.spurious_minima import (
    PRINTED,
    SpuriousMinimaSettings,
    compare_with_print,
    merged_classes,
)
from lossland.experiments.sweep import run_cell

KINDS = ("global", "spurious", "saddle", "degenerate", "unconverged")


@pytest.fixture(scope="module")
def record():
    return load_record("spurious_minima")


def test_small_with_one_worker_and_two_workers(tmp_path):
    experiment = find_experiment("spurious_minima")
    for n_workers in (1, 2):
        made = run_sweep(experiment, "small", tmp_path / f"{n_workers}.sqlite", n_workers=n_workers)
        write_record(made, tmp_path / f"{n_workers}.json")
    assert (tmp_path / "1.json").read_bytes() == (tmp_path / "2.json").read_bytes()


def test_a_cell_of_the_book_measured_again(record):
    entry = next(cell for cell in record.cells if cell["settings"]["n_students"] == 7)
    cell = Cell("spurious_minima", SpuriousMinimaSettings(**entry["settings"]), entry["replicate"])
    assert str(cell.seed.entropy) == entry["seed"]
    experiment = find_experiment("spurious_minima")
    values = run_cell(experiment.measure, cell, experiment.requires)[1].values
    assert values.keys() == entry["values"].keys()
    assert abs(values["n_spurious"] - entry["values"]["n_spurious"]) <= 2  # other rounding may turn a run at a ridge
    np.testing.assert_allclose(values["class_loss"][0], entry["values"]["class_loss"][0], atol=1e-10)


class TestRecord:
    def test_all_rows_are_there_with_enough_runs(self, record):
        assert record.command == "lossland reproduce spurious_minima --size full"
        rows = compare_with_print(record)
        assert {(row.n_students, row.n_teachers) for row in rows} == set(PRINTED)
        assert len(rows) == 26
        assert min(row.n_runs for row in rows) >= 1000
        runs = {(row.n_students, row.n_teachers): row.n_runs for row in rows}
        assert runs[13, 13] >= 4000
        assert min(runs[k + 1, k] for k in (8, 10, 11, 12)) >= 10_000

    def test_every_run_is_counted_and_every_spurious_end_is_certified(self, record):
        for cell in record.cells:
            values = cell["values"]
            assert sum(values[f"n_{kind}"] for kind in KINDS) == cell["settings"]["n_runs"]
            assert sum(values["class_count"]) == values["n_spurious"]
            assert values["largest_gradient"] < 1e-9
            assert min(values["class_least_eigenvalue"], default=1.0) > 1e-6
            assert min(values["class_loss"], default=1.0) > 1e-3
            assert values["n_followed_down"] == values["n_followed"]

    def test_little_is_left_uncertain(self, record):
        """With one student more than teachers some runs stay at a saddle for as long as they are followed."""
        for row in compare_with_print(record):
            assert row.n_uncertain <= (0.002 if row.n_students == row.n_teachers else 0.04) * row.n_runs

    def test_classes_are_those_of_reversed_students(self, record):
        for k in (6, 10, 13, 20):
            classes = merged_classes(record, k, k)
            family = ts.reversed_students(k)
            nearest = classes[np.argmin(np.abs(classes[:, 0] - family.loss))]
            assert nearest[0] == pytest.approx(family.loss, abs=1e-10)
            assert nearest[1] == pytest.approx(family.least_eigenvalue, abs=1e-8)

    def test_row_thirteen_with_three_steps(self, record):
        """The printed 73 % is far from every one of them; their own differences are small."""
        shares = []
        for step in (5.0, 2.0, 1.3):
            cells = record.select(n_students=13, n_teachers=13, step_times_k=step)
            share = ts.spurious_fraction(cells.column("n_spurious").sum(), cells.column("n_runs").sum())
            assert share.high < 0.70
            shares.append(float(share.share))
        assert max(shares) - min(shares) < 0.04


def made_up(hits, runs, losses=(0.02, 0.04), counts=None):
    settings = {"n_students": 7, "n_teachers": 7, "n_runs": runs, "step_times_k": 5.0}
    counts = [hits - hits // 4, hits // 4] if counts is None else counts
    values = {
        "n_spurious": hits, "n_global": runs - hits, "n_saddle": 0, "n_degenerate": 0, "n_unconverged": 0,
        "class_loss": list(losses), "class_least_eigenvalue": [0.01, 0.03], "class_count": counts,
    }  # fmt: skip
    return {"settings": settings, "replicate": 0, "seed": "0", "values": values}


class TestComparison:
    def test_means_and_classes_are_weighted_by_runs(self):
        cells = (made_up(8, 100), made_up(4, 100, losses=(0.02 + 1e-9, 0.04), counts=[4, 0]))
        record = Record("spurious_minima", "full", "", {}, cells)
        np.testing.assert_allclose(merged_classes(record, 7, 7)[:, 2], [10, 2])
        (row,) = compare_with_print(record)
        assert (row.n_runs, row.n_spurious, row.n_classes) == (200, 12, 2)
        assert row.objective == pytest.approx((10 * 0.02 + 2 * 0.04) / 12)
        assert row.least_eigenvalue == pytest.approx((10 * 0.01 + 2 * 0.03) / 12)
        assert row.low < 0.06 < row.high

    @pytest.mark.parametrize(
        ("hits", "runs", "verdict"),
        [(220, 4000, "agrees"), (280, 4000, "agrees"), (300, 4000, "close"), (500, 4000, "differs"),
         (4, 100, "agrees, few hits")],
    )  # fmt: skip
    def test_verdicts(self, hits, runs, verdict):
        (row,) = compare_with_print(Record("spurious_minima", "full", "", {}, (made_up(hits, runs),)))
        assert row.verdict == verdict
        assert row.printed_low < 0.055 < row.printed_high

    def test_distance_of_means_beyond_the_rounding(self):
        """Printed 0.023 and 0.014; 55 printed hits."""
        cells = (made_up(400, 4000, losses=(0.02, 0.04), counts=[300, 100]),)
        (row,) = compare_with_print(Record("spurious_minima", "full", "", {}, cells))
        spread = np.sqrt(3) / 4 * 0.02 * np.sqrt(1 / 400 + 1 / 55)
        assert row.objective_z == pytest.approx((0.025 - 0.023 - 0.0005) / spread)
        assert row.least_eigenvalue_z == pytest.approx((0.015 - 0.014 - 0.0005) / spread)
        (row,) = compare_with_print(Record("spurious_minima", "full", "", {}, (made_up(9, 99, counts=[9, 0]),)))
        assert row.objective_z == np.inf

    def test_no_hits_have_no_means(self):
        (row,) = compare_with_print(Record("spurious_minima", "full", "", {}, (made_up(0, 50, counts=[0, 0]),)))
        assert row.share == 0
        assert row.high > 0.05
        assert np.isnan(row.objective)

    def test_the_printed_tables_are_whole(self):
        assert len(PRINTED) == 26
        assert {sizes for sizes in PRINTED if sizes[0] == sizes[1]} == {(k, k) for k in range(6, 21)}
        more = {(k + 1, k) for k in (8, *range(10, 20))}
        assert {sizes for sizes in PRINTED if sizes[0] != sizes[1]} == more
