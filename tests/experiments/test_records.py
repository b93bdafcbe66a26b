"""Settings, stores, records and the command line, and what they say when something is wrong."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
from pathlib import Path

import numpy as np
import pytest

from lossland.command_line import main
from lossland.experiments import (
    Cell,
    Experiment,
    Settings,
    StoreError,
    SweepError,
    all_experiments,
    load_record,
    register,
    run_sweep,
    write_record,
)
from lossland.experiments import record as record_module
from lossland.experiments.settings import canonical_json
from lossland.experiments.store import Result, Store

ORIGIN = {"experiment": "none"}


class TestSettings:
    def test_floats_read_back_exactly(self):
        values = {"x": 0.1 + 0.2, "tiny": 5e-324, "array": np.array([1 / 3, 2.0]), "n": np.int64(3)}
        assert json.loads(canonical_json(values)) == {**values, "array": [1 / 3, 2.0]}

    @pytest.mark.parametrize(
        ("value", "error", "words"),
        [({"a": [1.0, float("nan")]}, ValueError, r"result\.a\[1\]: expected a finite number or None, got nan"),
         ({"a": {1: 2}}, TypeError, r"result\.a: expected text keys, got 1"),
         ({"a": 1j}, TypeError, r"result\.a: expected numbers.*got complex")],
    )  # fmt: skip
    def test_what_a_record_cannot_hold_is_refused(self, value, error, words):
        with pytest.raises(error, match=words):
            canonical_json(value, where="result")

    def test_seeds_depend_on_the_cell_alone(self, tosses):
        cells = tosses.cells("small")
        states = {tuple(cell.seed.generate_state(4).tolist()) for cell in cells}
        assert len(states) == len(cells) == 12
        assert Cell("tosses", cells[3].settings, 1).seed.entropy == cells[3].seed.entropy == cells[3].seed.entropy

    def test_replicates_differ(self, tosses):
        first, second = tosses.cells("small")[:2]
        assert first.settings == second.settings
        assert first.seed.entropy != second.seed.entropy


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    """A store with 200 cells."""
    path = tmp_path_factory.mktemp("store") / "kept.sqlite"
    with Store(path, ORIGIN) as store:
        for i in range(200):
            store.add(f"cell {i}", Result({"x": i / 7, "text": "a" * 50}, 0.5))
    return path


class TestStore:
    @pytest.fixture
    def path(self, template, tmp_path):
        return Path(shutil.copy(template, tmp_path))

    def test_what_was_added_is_there(self, path):
        with Store(path, ORIGIN) as store:
            results = store.results()
        assert len(results) == 200
        assert results["cell 3"] == Result({"x": 3 / 7, "text": "a" * 50}, 0.5)

    def test_cut_off(self, path):
        path.write_bytes(path.read_bytes()[:9000])
        with pytest.raises(StoreError, match=r"kept.sqlite is damaged \(.*\): start again with --fresh"):
            Store(path, ORIGIN).results()

    def test_overwritten(self, path):
        path.write_bytes(b"not a data base" * 100)
        with pytest.raises(StoreError, match=r"kept\.sqlite is damaged .*--fresh"):
            Store(path, ORIGIN)

    def test_one_changed_digit(self, path):
        content = path.read_bytes()
        assert content.count(b'"x":28.28571') == 1
        path.write_bytes(content.replace(b'"x":28.28571', b'"x":28.28572'))
        with pytest.raises(StoreError, match="row of cell cell 198 does not match its digest"):
            Store(path, ORIGIN).results()

    def test_another_file(self, tmp_path):
        connection = sqlite3.connect(tmp_path / "other.sqlite")
        connection.execute("CREATE TABLE something (x)")
        connection.close()
        with pytest.raises(StoreError, match="no store of a sweep: choose another --output"):
            Store(tmp_path / "other.sqlite", ORIGIN)

    def test_another_origin(self, path):
        with pytest.raises(StoreError, match=r"another origin \(code, experiment changed since\): start again with"):
            Store(path, {"experiment": "other", "code": "new"})

    def test_no_file_can_be_made(self, tmp_path):
        with pytest.raises(StoreError, match="cannot be used"):
            Store(tmp_path / "missing" / "kept.sqlite", ORIGIN)


class TestRecord:
    @pytest.fixture
    def made(self, tosses, tmp_path):
        return run_sweep(tosses, "small", tmp_path / "kept.sqlite")

    def test_reads_back(self, made, tmp_path):
        write_record(made, tmp_path / "tosses.json")
        assert load_record(tmp_path / "tosses.json") == made
        assert made.command == "lossland reproduce tosses --size small"
        assert {"python", "numpy", "torch", "lossland"} <= set(made.versions)

    def test_columns(self, made):
        assert made.column("heads").shape == (12,)
        chosen = made.select(bias=0.25)
        assert set(chosen.column("bias")) == {0.25}
        assert np.isnan(made.column("nothing")).all()
        assert made.column("times").shape == (12, 3)
        with pytest.raises(KeyError, match="no setting 'wind'"):
            made.select(wind=1)
        with pytest.raises(KeyError, match="no column 'tails': it has bias, n_tosses, heads"):
            made.column("tails")

    def test_is_found_by_name(self, made, tmp_path, monkeypatch):
        (tmp_path / "book" / "chapters").mkdir(parents=True)
        write_record(made, tmp_path / "book" / "records" / "tosses.json")
        monkeypatch.chdir(tmp_path / "book" / "chapters")
        assert load_record("tosses").cells == made.cells
        monkeypatch.chdir("/")
        monkeypatch.setenv("LOSSLAND_RECORDS", str(tmp_path / "book" / "records"))
        assert load_record("tosses").cells == made.cells

    def test_what_cannot_be_read(self, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        with pytest.raises(FileNotFoundError, match="make it with `lossland reproduce nothing`"):
            load_record("nothing")
        for content in ("{", "[]", '{"format": 99}', '{"format": 1}'):
            (tmp_path / "broken.json").write_text(content)
            with pytest.raises(ValueError, match=r"broken\.json is no record of an experiment"):
                load_record("broken.json")

    @pytest.mark.parametrize("failing", ["fsync", "replace"])
    @pytest.mark.parametrize("error", [OSError("no space left"), KeyboardInterrupt()])
    def test_an_interrupted_export_leaves_the_old_file(self, made, tmp_path, monkeypatch, failing, error):
        path = tmp_path / "records" / "tosses.json"
        path.parent.mkdir()
        path.write_text("old")

        def fail(*args):
            raise error

        monkeypatch.setattr(record_module.os, failing, fail)
        with pytest.raises(type(error)):
            write_record(made, path)
        assert path.read_text() == "old"
        assert os.listdir(path.parent) == ["tosses.json"]


class TestSweep:
    def test_arguments(self, tosses, tmp_path):
        with pytest.raises(ValueError, match="n_workers: expected at least 1, got 0"):
            run_sweep(tosses, "small", tmp_path / "s.sqlite", n_workers=0)
        with pytest.raises(ValueError, match="tosses has no size 'huge': choose from small, tiny"):
            run_sweep(tosses, "huge", tmp_path / "s.sqlite")
        assert not (tmp_path / "s.sqlite").exists()

    def test_a_cell_runs_on_one_thread(self, tmp_path):
        import threadpoolctl
        import torch

        def measure(settings, seed):
            pools = [pool["num_threads"] for pool in threadpoolctl.threadpool_info()]
            return {"torch": torch.get_num_threads(), "pools": max(pools)}

        before = torch.get_num_threads()
        torch.set_num_threads(2)
        try:
            experiment = Experiment("threads", "", measure, {"small": [Settings()]}, {"small": 1})
            record = run_sweep(experiment, "small", tmp_path / "s.sqlite")
            assert record.cells[0]["values"] == {"torch": 1, "pools": 1}
            assert torch.get_num_threads() == 2
        finally:
            torch.set_num_threads(before)

    def test_a_value_that_is_not_finite_is_an_error(self, tmp_path):
        experiment = Experiment("bad", "", lambda *_: {"x": np.inf}, {"small": [Settings()]}, {"small": 1}, ())
        with pytest.raises(ValueError, match=r"result\.x: expected a finite number or None, got inf"):
            run_sweep(experiment, "small", tmp_path / "s.sqlite")

    @pytest.mark.filterwarnings("ignore")
    def test_no_cluster_there(self, tosses, tmp_path):
        pytest.importorskip("distributed")
        with pytest.raises(SweepError, match="there is no Dask scheduler at 'nowhere://1'"):
            run_sweep(tosses, "small", tmp_path / "s.sqlite", cluster="nowhere://1")

    def test_dask_is_not_installed(self, tosses, tmp_path, monkeypatch):
        monkeypatch.setitem(__import__("sys").modules, "distributed", None)
        with pytest.raises(SweepError, match=r"pip install dask distributed"):
            run_sweep(tosses, "small", tmp_path / "s.sqlite", cluster="tcp://127.0.0.1:1")

    def test_names_are_taken_once(self, tosses):
        def measure(settings, seed):
            return {}

        measure.__module__ = "elsewhere"
        with pytest.raises(ValueError, match="there is an experiment 'tosses' already, in tosses"):
            register(Experiment("tosses", "", measure, {}, {}))


class TestCommandLine:
    def test_list(self, capsys):
        assert main(["list"]) == 0
        listed = capsys.readouterr().out
        assert all(name in listed for name in all_experiments())

    def test_unknown_experiment(self, capsys):
        assert main(["reproduce", "depht-scales"]) == 1
        told = capsys.readouterr().err
        listed = "choose from aligned_midpoints, depth_scales, "
        assert told.startswith(f"lossland: there is no experiment 'depht-scales': {listed}")

    @pytest.mark.parametrize(
        ("words", "told"),
        [(["--size", "huge"], "tosses has no size 'huge': choose from small, tiny"),
         (["--size", "tiny", "--output", "x.txt"], "--output: expected a file ending in .json, got 'x.txt'"),
         (["--size", "tiny", "--workers", "0"], "n_workers: expected at least 1, got 0")],
    )  # fmt: skip
    def test_arguments(self, tosses, tmp_path, monkeypatch, capsys, words, told):
        monkeypatch.chdir(tmp_path)
        assert main(["reproduce", "tosses", *words]) == 1
        assert told in capsys.readouterr().err
        assert os.listdir(tmp_path) == []

    def test_damaged_store(self, tosses, tmp_path, monkeypatch, capsys):
        monkeypatch.chdir(tmp_path)
        (tmp_path / "tosses-tiny.sqlite").write_bytes(b"x" * 5000)
        assert main(["reproduce", "tosses", "--size", "tiny"]) == 1
        assert "is damaged" in capsys.readouterr().err
        assert main(["reproduce", "tosses", "--size", "tiny", "--fresh"]) == 0

    def test_where_the_record_goes(self, tosses, tmp_path, monkeypatch, capsys):
        monkeypatch.chdir(tmp_path)
        assert main(["reproduce", "tosses", "--size", "tiny"]) == 0
        assert capsys.readouterr().out.startswith("tosses-tiny.json: 1 cells, 1 of them now")
        (tmp_path / "book" / "records").mkdir(parents=True)
        assert main(["reproduce", "tosses", "--size", "tiny"]) == 0
        here, there = tmp_path / "tosses-tiny.json", tmp_path / "book" / "records" / "tosses-tiny.json"
        assert here.read_bytes() == there.read_bytes()

    def test_commands_exclude_each_other(self, capsys):
        with pytest.raises(SystemExit):
            main(["reproduce", "tosses", "--resume", "--fresh"])
        assert "not allowed with" in capsys.readouterr().err
