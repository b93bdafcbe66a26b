"""The commands ``lossland list`` and ``lossland reproduce``: the experiments, and how their records are made again."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from lossland.experiments.record import run_path, write_record
from lossland.experiments.registry import all_experiments, find_experiment
from lossland.experiments.sweep import run_sweep


def add_commands(commands: argparse._SubParsersAction) -> None:
    """Add ``list`` and ``reproduce`` to the commands of ``lossland``."""
    listing = commands.add_parser("list", help="list the experiments")
    listing.set_defaults(command=_list)

    reproduce = commands.add_parser("reproduce", help="run an experiment, or the rest of it, and write its record")
    reproduce.set_defaults(
        command=_reproduce,
        when_interrupted="; finished cells are kept: the same command goes on from there",
    )
    reproduce.add_argument("name", help="name of the experiment")
    reproduce.add_argument("--size", default="full", help="small (seconds) or full (minutes; the default)")
    reproduce.add_argument("--workers", type=int, default=1, metavar="N", help="number of processes here (1)")
    reproduce.add_argument("--cluster", metavar="ADDRESS", help="Dask scheduler to use instead, e.g. tcp://host:8786")
    reproduce.add_argument("--output", type=Path, metavar="PATH", help="the record (book/records/NAME.json, or here)")
    again = reproduce.add_mutually_exclusive_group()
    again.add_argument("--resume", action="store_true", help="go on where the last run ended (the default)")
    again.add_argument("--fresh", action="store_true", help="forget finished cells and start again")


def _list(_options: argparse.Namespace) -> int:
    for name, experiment in all_experiments().items():
        sizes = ", ".join(f"{size}: {len(experiment.cells(size))} cells" for size in experiment.sizes)
        sys.stdout.write(f"{name}  ({sizes})\n    {experiment.summary}\n")
    return 0


def _reproduce(options: argparse.Namespace) -> int:
    experiment = find_experiment(options.name)
    experiment.cells(options.size)
    output = options.output or _default_output(experiment.name, options.size)
    if output.suffix != ".json":
        raise ValueError(f"--output: expected a file ending in .json, got {str(output)!r}")
    record = run_sweep(
        experiment,
        options.size,
        output.with_suffix(".sqlite"),
        n_workers=options.workers,
        cluster=options.cluster,
        fresh=options.fresh,
        progress=True,
    )
    write_record(record, output)
    run = record.run
    sys.stdout.write(
        f"{output}: {len(record.cells)} cells, {run['cells_of_last_run']} of them now, "
        f"in {run['seconds_of_last_run']:.1f} s (times in {run_path(output).name})\n"
    )
    return 0


def _default_output(name: str, size: str) -> Path:
    folder = Path("book/records") if Path("book/records").is_dir() else Path()
    return folder / (f"{name}.json" if size == "full" else f"{name}-{size}.json")
