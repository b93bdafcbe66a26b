"""The command ``lossland``: experiments and their records, a look at the installation, the grading of notebooks."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from lossland import __version__, doctor


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command.

    Args:
        arguments: Words after ``lossland``; those of the process when ``None``.

    Returns:
        Exit status: 0, or 1 with a message on the standard error stream, or 130 when interrupted from the keyboard.
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    if words == ["doctor"]:
        return doctor.report()  # before anything is imported that may be what is ill
    return _run(words)


def _run(words: list[str]) -> int:
    from lossland.experiments.registry import UnknownExperiment
    from lossland.experiments.store import StoreError
    from lossland.experiments.sweep import SweepError

    options = _parser().parse_args(words)
    try:
        return options.command(options)
    except (UnknownExperiment, ValueError, StoreError, SweepError, OSError) as error:
        sys.stderr.write(f"lossland: {error}\n")
        return 1
    except KeyboardInterrupt:
        sys.stderr.write(f"\nlossland: interrupted{options.when_interrupted}\n")
        return 130


def _parser() -> argparse.ArgumentParser:
    from lossland.experiments import command_line as experiment_commands
    from lossland.grading import command_line as grading_commands

    parser = argparse.ArgumentParser(prog="lossland", description="Experiments and tools of the book Lossland.")
    parser.add_argument("--version", action="version", version=f"lossland {__version__}")
    parser.set_defaults(when_interrupted="")
    commands = parser.add_subparsers(required=True, metavar="list | reproduce | doctor | grade | nbgrader")
    experiment_commands.add_commands(commands)
    doctor.add_command(commands)
    grading_commands.add_command(commands)
    return parser


if __name__ == "__main__":
    sys.exit(main())
