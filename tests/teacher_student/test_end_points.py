"""Newton's polish, verdicts, shares: planted points of every kind."""

import numpy as np
import pytest
from scipy.stats import binom, binomtest

from lossland import teacher_student as ts


def equal_students(k):
    """All students the same, along the sum of the teachers: critical by symmetry, and a saddle."""
    cosine = 1 / np.sqrt(k)
    kernel = (np.sqrt(1 - cosine**2) + (np.pi - np.arccos(cosine)) * cosine) / (2 * np.pi)
    return np.full((k, k), 2 * np.sqrt(k) * kernel / k)


class TestNewton:
    def test_a_planted_minimum_to_the_last_digit(self):
        start = np.eye(5) + 0.01 * np.random.default_rng(0).normal(size=(3, 5, 5))
        end = ts.newton_polish(start, np.eye(5))
        assert end.converged.tolist() == [True] * 3
        assert np.abs(end.students - np.eye(5)).max() < 1e-14
        assert np.all(end.gradient_norm < 1e-14)
        assert np.all(end.moved < 0.1)
        assert np.all((end.n_iter >= 3) & (end.n_iter <= 7))

    def test_a_run_that_leaves_is_given_back_as_it_was(self):
        start = ts.xavier_students(5, 6, 6, rng=np.random.default_rng(1))
        end = ts.newton_polish(start, np.eye(6))
        assert not end.converged.any()
        np.testing.assert_array_equal(end.students, start)

    def test_reach_and_steps_are_limits(self):
        start = np.eye(4) + 0.01
        assert not ts.newton_polish(start, np.eye(4), reach=1e-3).converged
        assert not ts.newton_polish(start, np.eye(4), max_iter=1).converged
        assert ts.newton_polish(start, np.eye(4)).converged

    def test_two_equal_students_have_a_singular_hessian_and_no_crash(self):
        end = ts.newton_polish(np.eye(3)[[0, 0, 1, 2]] * np.array([[0.5], [0.5], [1], [1]]), np.eye(3))
        assert np.all(np.isfinite(end.students))


class TestVerdicts:
    def test_every_kind(self):
        k = 7
        spurious = ts.reversed_students(k).students
        assert abs(ts.population_loss(spurious, np.eye(k)) - 0.02320271) < 1e-8
        points = np.array([np.eye(k)[::-1], spurious, equal_students(k), spurious + 1e-3])
        found = ts.certify(points, np.eye(k))
        assert found.kind.tolist() == ["global", "spurious", "saddle", "unconverged"]
        assert found.least_eigenvalue[1] == pytest.approx(0.01405901, abs=1e-8)
        assert np.all(found.gradient_norm[:3] < 1e-12)
        assert found.least_eigenvalue[2] < -0.1

    def test_a_zero_student_beside_a_spurious_minimum_is_degenerate(self):
        spurious = np.concatenate([ts.reversed_students(7).students, np.zeros((1, 7))])
        goal = np.concatenate([np.eye(7), np.zeros((1, 7))])
        found = ts.certify(np.array([spurious, goal]), np.eye(7))
        assert found.kind.tolist() == ["degenerate", "global"]
        assert np.all(np.isfinite(found.least_eigenvalue))

    def test_fewer_students_than_teachers_have_no_global_value(self):
        end = ts.descend(ts.xavier_students(4, 3, 6, rng=np.random.default_rng(2)), np.eye(6))
        assert set(ts.certify(end.students, np.eye(6)).kind.tolist()) <= {"spurious", "saddle", "degenerate"}

    def test_all_students_zero(self):
        assert ts.certify(np.zeros((2, 3)), np.eye(3)).kind.tolist() == "degenerate"


class TestShares:
    def test_it_is_the_interval_of_wilson(self):
        for hits, runs in ((0, 10), (3, 1000), (730, 1000), (50, 50)):
            ours = ts.spurious_fraction(hits, runs)
            theirs = binomtest(hits, runs).proportion_ci(method="wilson")
            assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high), abs=1e-12)

    def test_it_covers_about_as_often_as_it_says(self):
        runs, share = 400, 0.1
        hits = np.arange(runs + 1)
        found = ts.spurious_fraction(hits, runs, level=0.9)
        inside = (found.low <= share) & (share <= found.high)
        assert 0.87 < binom.pmf(hits, runs, share)[inside].sum() < 0.93

    @pytest.mark.parametrize(
        ("hits", "runs", "level", "words"),
        [(5, 4, 0.95, "were the arguments swapped"), (1, 0, 0.95, "n_runs: expected >= 1"),
         (1, 5, 1.0, "level: expected a number between 0 and 1")],
    )  # fmt: skip
    def test_errors_say_what_is_wrong(self, hits, runs, level, words):
        with pytest.raises(ValueError, match=words):
            ts.spurious_fraction(hits, runs, level=level)
