r"""Share of gradient descents that end in spurious minima of a ReLU student of a ReLU teacher: both tables, 26 rows.

Safran and Shamir (2018), *Spurious local minima are common in two-layer ReLU neural networks*, section 4.2, ran
gradient descent on the population loss from random starts for n = k = 6 to 20 students and for one student more than
teachers, and tabulated the share of runs that ended in a spurious minimum, its mean least Hessian eigenvalue and mean
objective (with the factor 1/2).  Every end here carries a certificate (:mod:`lossland.teacher_student.census`).

The source prints no number of runs for its tables.  :func:`compare_with_print` assumes 1,000 for the
binomial error of the printed shares, as the smallest printed share of 0.1 % suggests; the verdicts depend on it.

With n = k + 1 runs are ended when their loss is below 1e-6, since descent creeps towards the continuum of global
minima; the first ``n_followed`` of them in each cell are followed on to 1e-9.  Runs that are counted as saddles are
those that have not left the neighborhood of one within ``max_steps`` steps; where they would go is open.

Fields of a cell: ``n_global``, ``n_spurious``, ``n_saddle``, ``n_degenerate``, ``n_unconverged`` (they add up to
``n_runs``), ``n_proved`` (runs handed over with a proof that descent would end there), ``n_low`` (runs ended by their
loss, counted as global), ``n_followed`` and ``n_followed_down`` of these, ``largest_gradient`` of the spurious ends,
``mean_steps``, ``largest_steps``; and the classes of spurious minima up to permutations, most frequent first:
``class_loss``, ``class_least_eigenvalue``, ``class_count``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from lossland.experiments.record import Record
from lossland.experiments.registry import Experiment, register
from lossland.experiments.settings import Settings

ASSUMED_RUNS = 1000  # runs behind a printed share: an assumption
_SURE = 0.05  # probability below which a difference is one; over the number of rows for all rows together
_FEW = 10  # hits below which a share says little
_FOLLOWED_LOSS = 1e-9
_DIGITS = 12


class PrintedRow(NamedTuple):
    """A row of the printed tables.

    Attributes:
        percent: Share of runs that end in spurious minima, percent.
        least_eigenvalue: Mean least eigenvalue of the Hessian.
        objective: Mean objective.
    """

    percent: float
    least_eigenvalue: float
    objective: float


PRINTED = {  # by (students, teachers): Yarotsky's slides "Dependence on n, k", after arXiv:1712.08968
    (6, 6): PrintedRow(0.3, 0.0047, 0.025),
    (7, 7): PrintedRow(5.5, 0.014, 0.023),
    (8, 8): PrintedRow(12.6, 0.021, 0.021),
    (9, 9): PrintedRow(21.8, 0.027, 0.02),
    (10, 10): PrintedRow(34.6, 0.03, 0.022),
    (11, 11): PrintedRow(45.5, 0.034, 0.022),
    (12, 12): PrintedRow(58.5, 0.035, 0.021),
    (13, 13): PrintedRow(73.0, 0.037, 0.022),
    (14, 14): PrintedRow(73.6, 0.038, 0.023),
    (15, 15): PrintedRow(80.3, 0.038, 0.024),
    (16, 16): PrintedRow(85.1, 0.038, 0.027),
    (17, 17): PrintedRow(89.7, 0.039, 0.027),
    (18, 18): PrintedRow(90.0, 0.039, 0.029),
    (19, 19): PrintedRow(93.4, 0.038, 0.031),
    (20, 20): PrintedRow(94.0, 0.038, 0.033),
    (9, 8): PrintedRow(0.1, 0.0059, 0.021),
    (11, 10): PrintedRow(0.1, 0.0057, 0.018),
    (12, 11): PrintedRow(0.1, 0.0056, 0.017),
    (13, 12): PrintedRow(0.3, 0.0054, 0.016),
    (14, 13): PrintedRow(1.5, 0.0015, 0.038),
    (15, 14): PrintedRow(5.5, 0.002, 0.033),
    (16, 15): PrintedRow(10.1, 0.004, 0.032),
    (17, 16): PrintedRow(18.0, 0.0055, 0.031),
    (18, 17): PrintedRow(20.9, 0.007, 0.031),
    (19, 18): PrintedRow(36.9, 0.0064, 0.028),
    (20, 19): PrintedRow(49.1, 0.0077, 0.027),
}


class Row(NamedTuple):
    """A row of the tables, measured and beside it as printed.

    Attributes:
        n_students: Number of students n.
        n_teachers: Number of teachers k.
        n_runs: Number of runs.
        n_spurious: Number of runs that ended in a spurious minimum.
        share: Their share.
        low: Lower end of its 95 % interval (Wilson).
        high: Upper end.
        least_eigenvalue: Mean over the spurious ends; NaN without any.
        objective: Mean over the spurious ends; NaN without any.
        n_classes: Number of different spurious minima up to permutations.
        n_uncertain: Runs that ended in saddles, degenerate points, or not at all.
        printed: The printed row.
        printed_low: Lower end of the interval of the printed share, at 1,000 runs (assumed).
        printed_high: Upper end.
        p_value: Probability of two shares at least as far apart if both were of the same law (exact test of Fisher
            at 1,000 printed runs).
        least_eigenvalue_z: Distance of the two means beyond the rounding of the printed one, in standard errors, which
            come from the scatter of our runs for both sides; infinite if all runs have one value and it is another.
        objective_z: The same for the objective.
        verdict: On the shares: "agrees" if p >= 0.05; "agrees, few hits" if so with fewer than 10 hits on a side;
            "close" if 0.05 / 26 <= p < 0.05, of which one or two in 26 rows are expected; "differs" below.
    """

    n_students: int
    n_teachers: int
    n_runs: int
    n_spurious: int
    share: float
    low: float
    high: float
    least_eigenvalue: float
    objective: float
    n_classes: int
    n_uncertain: int
    printed: PrintedRow
    printed_low: float
    printed_high: float
    p_value: float
    least_eigenvalue_z: float
    objective_z: float
    verdict: str


@dataclass(frozen=True)
class SpuriousMinimaSettings(Settings):
    """A part of the runs of one row.

    Attributes:
        n_students: Number of students n.
        n_teachers: Number of teachers k, also the dimension.
        n_runs: Number of runs.
        step_times_k: Step of gradient descent times k; 5 is the authors' later choice.
        part: Number of the part, 0 for the first.
        max_steps: Most steps of a run.
        n_followed: Runs ended by their loss that are followed further.
    """

    n_students: int
    n_teachers: int
    n_runs: int
    step_times_k: float = 5.0
    part: int = 0
    max_steps: int = 40_000
    n_followed: int = 16


def measure(settings: SpuriousMinimaSettings, seed: np.random.SeedSequence) -> dict[str, Any]:
    """Take the census of a part of a row.

    Args:
        settings: The cell.
        seed: Its seed.

    Returns:
        dict: the fields named at the head of this module.
    """
    from lossland.teacher_student.census import take_census

    census = take_census(
        settings.n_students,
        settings.n_teachers,
        settings.n_runs,
        step=settings.step_times_k / settings.n_teachers,
        max_steps=settings.max_steps,
        rng=np.random.default_rng(seed),
    )
    followed, down = _follow(census, settings)
    spurious = census.kind == "spurious"
    return {
        **{f"n_{kind}": count for kind, count in census.counts.items()},
        "n_proved": int(np.sum(census.search.ending == "basin")),
        "n_low": int(np.sum(census.search.ending == "enough")),
        "n_followed": followed,
        "n_followed_down": down,
        "largest_gradient": float(np.max(census.gradient_norm[spurious], initial=0.0)),
        "mean_steps": float(np.mean(census.search.n_steps)),
        "largest_steps": int(np.max(census.search.n_steps)),
        "class_loss": [round(one.loss, _DIGITS) for one in census.classes],
        "class_least_eigenvalue": [round(one.least_eigenvalue, _DIGITS) for one in census.classes],
        "class_count": [one.count for one in census.classes],
    }


def _follow(census, settings: SpuriousMinimaSettings) -> tuple[int, int]:
    """Follow a few of the runs that were ended by their loss; how many, and how many reach a much lower one."""
    from lossland.teacher_student.population_loss import orthogonal_teachers
    from lossland.teacher_student.search import descend

    low = np.flatnonzero(census.search.ending == "enough")[: settings.n_followed]
    if not len(low):
        return 0, 0
    further = descend(
        census.search.students[low],
        orthogonal_teachers(settings.n_teachers),
        step=settings.step_times_k / settings.n_teachers,
        max_steps=settings.max_steps,
        enough=_FOLLOWED_LOSS,
        hand_over=False,
    )
    return len(low), int(np.sum(further.loss <= _FOLLOWED_LOSS))


def _parts(n_students: int, n_teachers: int, n_runs: int, n_parts: int, step_times_k: float = 5.0):
    return [SpuriousMinimaSettings(n_students, n_teachers, n_runs, step_times_k, part) for part in range(n_parts)]


def _full() -> list[SpuriousMinimaSettings]:
    """More runs where they are cheap or the share is small, and row 13 with three steps."""
    cells = []
    for k in range(6, 21):
        cells += _parts(k, k, 1000, 4 if k <= 13 else 2)
    cells += _parts(9, 8, 5000, 4)
    for k in (10, 11, 12):
        cells += _parts(k + 1, k, 2500, 8)
    for k in range(13, 20):
        cells += _parts(k + 1, k, 1000, 4 if k == 13 else 2)
    return cells + _parts(13, 13, 1000, 2, 2.0) + _parts(13, 13, 1000, 2, 1.3)


def merged_classes(record: Record, n_students: int, n_teachers: int, *, step_times_k: float = 5.0) -> np.ndarray:
    """Spurious minima of one row of the tables, over all its cells.

    Args:
        record: Record of ``spurious_minima``.
        n_students: Number of students n.
        n_teachers: Number of teachers k.
        step_times_k: Step times k.

    Returns:
        ndarray: (c, 3), loss, least eigenvalue and number of runs of each class, most frequent first.  Classes of
        different cells are taken for one where both numbers agree to 1e-7.
    """
    cells = record.select(n_students=n_students, n_teachers=n_teachers, step_times_k=step_times_k).cells
    found: dict[tuple[float, float], list[float]] = {}
    for values in (cell["values"] for cell in cells):
        fields = (values[f"class_{name}"] for name in ("loss", "least_eigenvalue", "count"))
        for loss, least, count in zip(*fields, strict=True):
            entry = found.setdefault((round(loss, 7), round(least, 7)), [loss, least, 0])
            entry[2] += count
    return np.array(sorted(found.values(), key=lambda entry: (-entry[2], entry[0]))).reshape(-1, 3)


def compare_with_print(record: Record, *, step_times_k: float = 5.0) -> list[Row]:
    """Both tables beside the printed ones.

    Args:
        record: Record of ``spurious_minima``.
        step_times_k: Step times k; rows that were not run with it are left out.

    Returns:
        list of Row: n = k first, then n = k + 1, by k.
    """
    return [
        _row(record, *sizes, step_times_k)
        for sizes in sorted(PRINTED, key=lambda sizes: (sizes[0] - sizes[1], sizes[1]))
        if record.select(n_students=sizes[0], n_teachers=sizes[1], step_times_k=step_times_k).cells
    ]


def _row(record: Record, n_students: int, n_teachers: int, step_times_k: float) -> Row:
    from scipy.stats import fisher_exact

    from lossland.teacher_student.spurious_fraction import spurious_fraction

    cells = record.select(n_students=n_students, n_teachers=n_teachers, step_times_k=step_times_k)
    total, hits = int(np.sum(cells.column("n_runs"))), int(np.sum(cells.column("n_spurious")))
    uncertain = sum(int(np.sum(cells.column(f"n_{kind}"))) for kind in ("saddle", "degenerate", "unconverged"))
    classes = merged_classes(record, n_students, n_teachers, step_times_k=step_times_k)
    means = [float(np.average(classes[:, i], weights=classes[:, 2])) if hits else float("nan") for i in (1, 0)]
    printed = PRINTED[n_students, n_teachers]
    printed_hits = round(printed.percent / 100 * ASSUMED_RUNS)
    ours, theirs = spurious_fraction(hits, total), spurious_fraction(printed_hits, ASSUMED_RUNS)
    table = [[hits, total - hits], [printed_hits, ASSUMED_RUNS - printed_hits]]
    p_value = float(fisher_exact(table).pvalue)
    zs = [_z(classes[:, i], classes[:, 2], printed[j], printed_hits) for i, j in ((1, 1), (0, 2))]
    return Row(
        n_students, n_teachers, total, hits, *map(float, ours), *means, len(classes), uncertain, printed,
        float(theirs.low), float(theirs.high), p_value, *zs, _verdict(p_value, min(hits, printed_hits)),
    )  # fmt: skip


def _z(values: np.ndarray, counts: np.ndarray, printed: float, printed_hits: int) -> float:
    """Distance of the mean from the printed one beyond its rounding, in standard errors of both."""
    hits = np.sum(counts)
    if not hits:
        return float("nan")
    mean = np.average(values, weights=counts)
    variance = np.average((values - mean) ** 2, weights=counts)
    beyond = max(abs(mean - printed) - 0.5 * 10.0 ** -max(3, len(repr(printed).partition(".")[2])), 0.0)
    error = float(np.sqrt(variance / hits + variance / printed_hits))
    return float(beyond / error) if error > 1e-9 else (float("inf") if beyond else 0.0)


def _verdict(p_value: float, fewest_hits: int) -> str:
    if p_value < _SURE / len(PRINTED):
        return "differs"
    if p_value < _SURE:
        return "close"
    return "agrees" if fewest_hits >= _FEW else "agrees, few hits"


EXPERIMENT = register(
    Experiment(
        "spurious_minima",
        "Share of descents of a ReLU student that end in spurious minima: both tables of Safran and Shamir, 26 rows.",
        measure,
        sizes={
            "small": [
                SpuriousMinimaSettings(7, 7, 300),
                SpuriousMinimaSettings(10, 10, 60),
                SpuriousMinimaSettings(9, 8, 40, n_followed=1),
            ],
            "full": _full(),
        },
        n_replicates={"small": 1, "full": 1},
        requires=("scipy.optimize",),
    )
)
