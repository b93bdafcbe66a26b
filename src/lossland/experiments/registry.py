"""Which experiments there are."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from lossland.experiments.settings import Cell, Settings

_REGISTRY: dict[str, Experiment] = {}


@dataclass(frozen=True)
class Experiment:
    """An experiment: what is measured in a cell, and which cells there are.

    Attributes:
        name: Name in snake_case.
        summary: One line for ``lossland list``.
        measure: Function of module level, from settings and seed to a dict of finite numbers, ``None``, texts, or
            lists of them.  It imports what is heavy when called; it runs on one thread.
        sizes: Settings of the cells for each size, in the order of the record.
        n_replicates: Number of replicates of each cell, for each size.
        requires: Modules to import before threads are limited to one.
    """

    name: str
    summary: str
    measure: Callable[[Any, np.random.SeedSequence], dict[str, Any]]
    sizes: Mapping[str, Sequence[Settings]]
    n_replicates: Mapping[str, int]
    requires: tuple[str, ...] = ("torch",)

    def cells(self, size: str) -> list[Cell]:
        """Return the cells of a size.

        Raises:
            ValueError: If there is no such size.
        """
        if size not in self.sizes:
            raise ValueError(f"{self.name} has no size {size!r}: choose from {', '.join(self.sizes)}")
        replicates = range(self.n_replicates[size])
        return [Cell(self.name, settings, replicate) for settings in self.sizes[size] for replicate in replicates]


class UnknownExperiment(ValueError):
    """There is no experiment of that name; the message lists those there are."""


def register(experiment: Experiment) -> Experiment:
    """Make an experiment known under its name, and return it.

    Raises:
        ValueError: If another experiment has the name.
    """
    known = _REGISTRY.get(experiment.name)
    if known is not None and known.measure.__module__ != experiment.measure.__module__:
        raise ValueError(f"there is an experiment {experiment.name!r} already, in {known.measure.__module__}")
    _REGISTRY[experiment.name] = experiment
    return experiment


def all_experiments() -> dict[str, Experiment]:
    """Import the modules of this package and return all experiments by name.

    >>> "depth_scales" in all_experiments()
    True
    """
    package = importlib.import_module("lossland.experiments")
    for module in pkgutil.iter_modules(package.__path__):
        importlib.import_module(f"lossland.experiments.{module.name}")
    return dict(sorted(_REGISTRY.items()))


def find_experiment(name: str) -> Experiment:
    """Return the experiment ``name``; hyphens count as underscores.

    Raises:
        UnknownExperiment: If there is none of that name.
    """
    experiments = all_experiments()
    found = experiments.get(name.replace("-", "_"))
    if found is None:
        raise UnknownExperiment(f"there is no experiment {name!r}: choose from {', '.join(experiments)}")
    return found
