"""Wrong-answer bank of chapter 12, beyond what the contract of all checkers proves for every one of them."""

import numpy as np
from scipy import optimize, stats

from lossland import sgd
from lossland.exercises.hidden_by_averages import BOWL, EMPIRICAL, TWO, check_hidden_by_averages
from lossland.exercises.uncertain_objectives import check_batch_size, check_sample_optimum, check_tracking_step


def test_sample_optima_by_search_and_from_the_package_are_accepted():
    def by_search(hessian, slope, curvature):
        def value(d):
            return d @ hessian @ d / 2 + slope @ d + d @ curvature @ d / 2

        def gradient(d):
            return (hessian + curvature) @ d + slope

        return optimize.minimize(value, np.zeros(len(slope)), jac=gradient, tol=1e-14).x

    assert check_sample_optimum(by_search).is_correct

    def from_the_package(hessian, slope, curvature):
        one = sgd.AdditiveObjective(sgd.quadratic(hessian), np.zeros(1), slope[None], curvature[None])
        return sgd.quadratic_of_each(one).optimum[0]

    assert check_sample_optimum(from_the_package).is_correct


def test_an_optimum_that_divides_entry_by_entry_gets_the_first_case():
    verdict = check_sample_optimum(lambda hessian, slope, curvature: -slope / np.diag(hessian + curvature))
    assert verdict.mistake is None
    assert "entries" in verdict.message


def test_batch_sizes_by_a_loop_are_accepted_and_are_the_least():
    def loop(variance, tolerance, n_samples):
        size = np.arange(1, n_samples + 1)
        good = variance / size * (n_samples - size) / (n_samples - 1) <= tolerance**2
        return int(size[good][0])

    assert check_batch_size(loop).is_correct
    for variance, tolerance, n in check_batch_size.checker.kind.arguments():
        size = check_batch_size.checker.reference(variance, tolerance, n)
        assert variance * sgd.batch_factor(size, n) <= tolerance**2
        assert size == 1 or variance * sgd.batch_factor(size - 1, n) > tolerance**2
    assert check_batch_size(lambda variance, tolerance, n: n).status == "incorrect"


def test_a_batch_that_meets_the_tolerance_exactly_is_large_enough():
    strictly = lambda v, t, n: next(b for b in range(1, n + 1) if v * (n - b) / (b * (n - 1)) < t * t)  # noqa: E731
    assert check_batch_size(strictly).mistake == "equality_refused"


def test_steps_by_search_are_accepted_and_agree_with_the_package():
    def search(curvature, noise_std, drift_std):
        def error(rate):
            return (rate**2 * noise_std**2 + drift_std**2) / (rate * curvature * (2 - rate * curvature))

        return optimize.minimize_scalar(error, bounds=(0, 2 / curvature), options={"xatol": 1e-9}, method="bounded").x

    assert check_tracking_step(search).is_correct
    assert check_tracking_step(lambda a, s, q: sgd.best_tracking_step(a, s**2, q**2)).is_correct
    assert check_tracking_step(lambda a, s, q: 1.1 * check_tracking_step.checker.reference(a, s, q)).mistake is None


def test_two_wrong_statements_get_the_first_message_and_one_is_no_truth_value():
    right = check_hidden_by_averages.checker.reference
    assert check_hidden_by_averages({**right, EMPIRICAL: True, TWO: True}).mistake == "two_starts"
    assert check_hidden_by_averages({**right, BOWL: 1}).status == "incorrect"
    assert sum(right.values()) == 3


def test_the_statements_about_laws_hold():
    draws = stats.cauchy.rvs(size=(4000, 100), random_state=0)
    assert abs(stats.iqr(draws.mean(1)) / stats.iqr(draws[:, 0]) - 1) < 0.1
    assert np.isfinite(draws.var())
    points = np.random.default_rng(0).normal(size=(50, 2))
    assert sgd.average_gap(sgd.quadratic(np.diag([1.0, 0.2])).value, points).gap > 0
