"""The recovery curves: a cell counts what it says, can be made again, and the record of the book is complete."""

from dataclasses import asdict

import numpy as np
import pytest

from lossland.experiments import Record, find_experiment, load_record
from lossland.experiments.recovery_curves import SORTED, RecoverySettings, disturbances, measure, recovery_curve
from lossland.symmetry import half_recovery_disturbance, key_sensitivity, measure_recovery, recovery_probability


@pytest.mark.parametrize("kind", ["sorting", "matching"])
def test_a_cell_counts_and_can_be_made_again(kind):
    settings = RecoverySettings(kind, 10, 10, 40)
    first, second = (measure(settings, np.random.SeedSequence(5)) for _ in range(2))
    assert first == second
    assert len({len(entry) for entry in first.values()}) == 1
    methods, rng = SORTED if kind == "sorting" else ("matching",), np.random.default_rng(np.random.SeedSequence(5))
    found = measure_recovery(methods, 10, 10, np.array(first["disturbance"]), 40, rng=rng)
    for k, method in enumerate(methods):
        exact, placed, squares = (np.array(first[f"{method}_{name}"]) for name in ("exact", "placed", "placed_squares"))
        np.testing.assert_allclose(exact / 40, found.exact[k])
        np.testing.assert_allclose(np.sqrt(np.maximum(squares - placed**2, 0) / 39), found.placed_error[k], atol=1e-4)
        assert placed[0] > 0.95 > 0.4 > placed[-1]


def test_replicates_are_put_together():
    settings = RecoverySettings("sorting", 5, 5, 30)
    seeds = np.random.SeedSequence(0).spawn(3)
    cells = [{"settings": asdict(settings), "values": measure(settings, seed)} for seed in seeds]
    record = Record("recovery_curves", "small", "", {}, tuple(cells), {})
    curve = recovery_curve(record, "norm", 5)
    assert curve.n_runs == 90
    assert curve.exact.tolist() == pytest.approx(np.mean([c["values"]["norm_exact"] for c in cells], axis=0) / 30)
    assert 0 < curve.placed_error.max() < 0.06
    with pytest.raises(ValueError, match="expected ones of the record, got 'matching', 5, None"):
        recovery_curve(record, "matching", 5)


def test_disturbances_reach_from_certainty_to_chance():
    for n in (10, 1000):
        deltas = disturbances("sorting", n, n)
        assert recovery_probability(deltas[0], n) > 0.95
        assert 2 < deltas[-1] < 4.1
        assert np.isclose(deltas, half_recovery_disturbance(n)).sum() == 1
    deltas = disturbances("matching", 100, 16)
    law = recovery_probability(deltas, 100, n_inputs=16)
    np.testing.assert_allclose(law[[0, 5, 9]], [0.999, 0.5, 0.01])
    assert law[-1] < 1e-6


def test_record_of_the_book_is_complete_and_follows_the_law():
    record = load_record("recovery_curves")
    assert len(record.cells) == len(find_experiment("recovery_curves").cells("full"))
    for n in (30, 100, 300, 1000):
        for method, sensitivity in (("lexicographic", 1.0), ("sum", 1.0), ("norm", key_sensitivity("norm", n))):
            curve = recovery_curve(record, method, n)
            law = recovery_probability(curve.disturbance, n, sensitivity=sensitivity)
            check(curve, law, law > 0.2)
        curve = recovery_curve(record, "matching", n)  # longer cycles add a little to what swaps of two do
        half = np.exp(np.interp(-0.5, -curve.exact, np.log(curve.disturbance)))
        assert 0.93 < half / half_recovery_disturbance(n, n_inputs=n) < 1.01
        assert curve.exact[0] > 0.94
        assert curve.exact[-1] == 0
    for m in (1, 2, 4, 8):
        curve = recovery_curve(record, "matching", 100, m)
        law = recovery_probability(curve.disturbance, 100, n_inputs=m)
        check(curve, law, law > 0.4)


def check(curve, law, valid):
    error = np.sqrt(law * (1 - law) / curve.n_runs + 1 / curve.n_runs**2)
    assert np.all(np.abs(curve.exact - law)[valid] < 4 * error[valid] + 0.03)
