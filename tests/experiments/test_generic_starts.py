"""The experiment on generic starts: its counts are what they say, and its record is complete."""

import numpy as np
import pytest

from lossland import linear_networks as ln
from lossland.experiments import find_experiment, load_record
from lossland.experiments.generic_starts import TARGET, TIMES, GenericStartSettings, measure


def test_a_cell_counts_and_can_be_made_again():
    settings = GenericStartSettings(2, 1, n_runs=30)
    first, second = (measure(settings, np.random.SeedSequence(5)) for _ in range(2))
    assert first == second
    assert first["left"] == sorted(first["left"], reverse=True)
    assert len(first["left"]) == len(TIMES)
    assert first["left"][-1] == len(first["end_losses"]) == len(first["end_ranks"]) == 0
    assert 0 < first["n_turned"] < 30


def test_balanced_starts_of_the_wrong_sign_are_left_at_the_best_rank():
    cell = measure(GenericStartSettings(3, 3, "balanced", n_runs=16), np.random.SeedSequence(1))
    assert cell["left"][-1] == cell["n_turned"] == cell["n_turned_left"] > 0
    assert set(cell["end_ranks"]) == {2}
    np.testing.assert_allclose(cell["end_losses"], ln.rank_levels(np.diag(TARGET))[2], atol=1e-3)


def test_unknown_starts_are_refused():
    with pytest.raises(ValueError, match="start: expected gaussian, lopsided or balanced"):
        measure(GenericStartSettings(2, 1, "lucky", n_runs=2), np.random.SeedSequence(0))


def test_record_of_the_book_is_complete():
    record = load_record("generic_starts")
    assert len(record.cells) == len(find_experiment("generic_starts").cells("full"))
    balanced = record.select(start="balanced")
    for depth in (3, 4):  # all of those with the wrong determinant are left, and of the others none, or a few
        cells = balanced.select(depth=depth)
        turned = cells.column("n_turned")
        np.testing.assert_array_equal(cells.column("n_turned_left"), turned)
        others = np.array([len(c["values"]["end_losses"]) for c in cells.cells]) - turned
        assert np.all(others <= {3: 0, 4: 10}[depth])
    chains = record.select(hidden=1, start="gaussian")
    rng = np.random.default_rng(0)
    for depth in (3, 4, 5):  # the tail of the theory, at two late times
        cells = chains.select(depth=depth)
        tau = ln.leaving_time(rng.standard_normal((10_000, depth)), 1.0)
        rest = float(ln.time_to_reach(1 - 2e-6**0.5, 1.0, 1e-9, depth) - 1e-9 ** (2 / depth - 1) / (depth - 2))
        for late in (16, 20):
            share, theory = cells.column("left").sum(axis=0)[late] / 3000, np.mean(tau + rest > TIMES[late])
            error = (theory / 3000 + theory / 10_000) ** 0.5
            assert abs(share - theory) < 4 * error + 0.1 * theory
