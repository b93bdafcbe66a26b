"""The command ``lossland``: list the experiments, and make their records again."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from lossland import __version__
from lossland.experiments.record import run_path, write_record
from lossland.experiments.registry import UnknownExperiment, all_experiments, find_experiment
from lossland.experiments.store import StoreError
from lossland.experiments.sweep import SweepError, run_sweep


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command.

    Args:
        arguments: Words after ``lossland``; those of the process when ``None``.

    Returns:
        Exit status: 0, or 1 with a message on the standard error stream, or 130 when interrupted from the keyboard.
    """
    options = _parser().parse_args(arguments)
    try:
        return options.command(options)
    except (UnknownExperiment, ValueError, StoreError, SweepError, OSError) as error:
        sys.stderr.write(f"lossland: {error}\n")
        return 1
    except KeyboardInterrupt:
        sys.stderr.write("\nlossland: interrupted; finished cells are kept: the same command goes on from there\n")
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="lossland", description="Experiments of the book Lossland.")
    parser.add_argument("--version", action="version", version=f"lossland {__version__}")
    commands = parser.add_subparsers(required=True, metavar="list | reproduce")

    listing = commands.add_parser("list", help="list the experiments")
    listing.set_defaults(command=_list)

    reproduce = commands.add_parser("reproduce", help="run an experiment, or the rest of it, and write its record")
    reproduce.set_defaults(command=_reproduce)
    reproduce.add_argument("name", help="name of the experiment")
    reproduce.add_argument("--size", default="full", help="small (seconds) or full (minutes; the default)")
    reproduce.add_argument("--workers", type=int, default=1, metavar="N", help="number of processes here (1)")
    reproduce.add_argument("--cluster", metavar="ADDRESS", help="Dask scheduler to use instead, e.g. tcp://host:8786")
    reproduce.add_argument("--output", type=Path, metavar="PATH", help="the record (book/records/NAME.json, or here)")
    again = reproduce.add_mutually_exclusive_group()
    again.add_argument("--resume", action="store_true", help="go on where the last run ended (the default)")
    again.add_argument("--fresh", action="store_true", help="forget finished cells and start again")
    return parser


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


if __name__ == "__main__":
    sys.exit(main())
