"""Experiments that outgrow a chapter: grids of settings and seeds, resumable, here or on a cluster.

An experiment is a frozen dataclass of :class:`Settings`, a function ``measure(settings, seed)`` and a grid for each
size, in one module of this package::

    @dataclass(frozen=True)
    class CoinSettings(Settings):
        n_tosses: int

    def measure(settings, seed):
        rng = np.random.default_rng(seed)
        return {"heads": rng.binomial(settings.n_tosses, 0.5)}

    register(Experiment(
        "coin", "How often a coin shows heads.", measure,
        sizes={"small": list(CoinSettings.grid(n_tosses=(10, 100)))}, n_replicates={"small": 4},
    ))

``lossland reproduce coin --size small`` runs it, commits each finished cell at once, and writes the record;
:func:`load_record` reads it in a chapter.
"""

from lossland.experiments.record import Record, load_record, write_record
from lossland.experiments.registry import Experiment, all_experiments, find_experiment, register
from lossland.experiments.settings import Cell, Settings
from lossland.experiments.store import StoreError
from lossland.experiments.sweep import SweepError, run_sweep

__all__ = [
    "Cell",
    "Experiment",
    "Record",
    "Settings",
    "StoreError",
    "SweepError",
    "all_experiments",
    "find_experiment",
    "load_record",
    "register",
    "run_sweep",
    "write_record",
]
