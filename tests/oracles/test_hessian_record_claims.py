"""What the full-size record of Hessian spectra says about the claims of the paper's section 5.2."""

import numpy as np
import pytest

from lossland.experiments.hessian_spectra import FLOORS, TIMES, against_width
from lossland.experiments.record import load_record


@pytest.fixture(scope="module")
def record():
    return load_record("hessian_spectra")


@pytest.mark.ledger("glukhov-claim-hessian-bulk")
def test_widening_adds_little_but_zeros_and_outliers_end_where_the_gap_does(record):
    rank, share = against_width(record, "effective_rank"), against_width(record, "small_share")
    growth = rank.mean[1:] / rank.mean[:-1]
    more = rank.n_parameters[1:] / rank.n_parameters[:-1]
    assert np.all(growth > 1)  # the few are not independent of the size ...
    assert np.all(growth[3:] < 0.8 * more[3:])  # ... but from width 16 on grow more slowly than it
    assert np.all(np.diff(share.mean) > 0)
    counts, gap = against_width(record, "n_outliers"), against_width(record, "outlier_ratio")
    assert set(counts.values[1]) == {4}
    assert set(counts.values[2]) <= {8, 9}
    assert gap.values[:2].min() > 2
    assert gap.values[3:].max() < 1.5  # no gap from width 16 on, and the counts are all over the place
    assert np.ptp(counts.values[3]) > 10


@pytest.mark.ledger("glukhov-claim-positivity")
def test_the_most_positive_spectrum_belongs_to_the_worst_network(record):
    loss, negative = against_width(record, "loss"), against_width(record, "negative_weight")
    before = against_width(record, "negative_weight", "before")
    assert np.all(before.values.min(axis=1) > 5 * negative.values.max(axis=1))
    assert np.all(np.diff(loss.mean) < 0)  # wider is better ...
    assert np.all(np.diff(negative.mean) > 0)  # ... and less positive


@pytest.mark.ledger("glukhov-eq-33", "review-mechanism-3-assumption")
def test_the_mean_logarithm_falls_with_every_width_time_and_floor(record):
    for time in TIMES:
        values = against_width(record, "mean_log_data", time).values.mean(axis=1)
        assert values.shape[1] == len(FLOORS)
        assert np.all(np.diff(values, axis=0) < 0)
    whole = against_width(record, "mean_log")
    fall = np.diff(whole.mean) / np.hypot(whole.standard_error[1:], whole.standard_error[:-1])
    assert np.all(fall < -3)  # clear of the errors of the mean, and not > 0 as printed
    assert whole.mean[-1] > np.log(1e-3)  # flat directions of the data keep the weight decay ...
    data = record.select(width=64).column("quantiles")[:, 2]
    assert np.mean((data < 0) & (data > -1e-3)) > 0.1  # ... but it is no floor: many of the objective's lie below it


def test_the_noise_follows_the_curvature_with_an_exponent_of_one_or_more(record):
    exponents = {}
    for width in (2, 8, 32, 64):
        cells = record.select(width=width)
        logs = (np.log(cells.column(name)[:, 2]) for name in ("largest", "noise_along"))
        exponents[width] = [np.polyfit(*pair, 1)[0] for pair in zip(*logs, strict=True)]
    assert all(0.85 < np.mean(each) < 1.6 for each in exponents.values())
    assert np.mean(exponents[32]) > np.mean(exponents[2]) + 0.3
    alignment = against_width(record, "noise_alignment").values
    assert alignment.min() > 0.8


def test_what_was_dropped_from_the_volume_is_as_large_as_what_was_kept(record):
    kept = -against_width(record, "mean_log").mean / 2
    sizes = against_width(record, "mean_log").n_parameters
    dropped = 0.5 * np.log(2 * np.pi * np.e / sizes)
    assert np.all(np.abs(dropped) > 0.3 * kept)
    assert np.all(dropped < 0)
