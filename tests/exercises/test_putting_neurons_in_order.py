"""Wrong-answer bank of chapter 16, beyond what the contract of all checkers proves for every one of them."""

from itertools import permutations

import numpy as np
import pytest
from scipy import stats

from lossland import symmetry as sy
from lossland.exercises.distance_law import check_distance_law, check_distance_values
from lossland.exercises.shuffled_layers import check_two_orders, planted, three_cycles
from lossland.exercises.sorting_neurons import check_half_disturbance, check_success_rate
from lossland.exercises.stopping_rule import CONCLUSIONS, check_conclusions, check_stopping_step


def test_the_distance_law_is_that_of_the_package_and_of_large_matrices():
    def from_the_package(mean, std, correlation):
        return sy.relative_distance_law(10**9, mean, std, correlation).mean

    assert check_distance_law(from_the_package).is_correct
    assert check_distance_law.checker.reference(0.5, 12**-0.5, 0.0) == pytest.approx(1 / 7)  # uniform on (0, 1)

    def drawn(mean, std, correlation):
        rng = np.random.default_rng(0)
        a, e = rng.normal(size=(2, 2000, 2000))
        b = correlation * a + np.sqrt(1 - correlation**2) * e
        return sy.relative_distance(mean + std * a, mean + std * b)

    assert drawn(0.4, 0.7, -0.3) == pytest.approx(check_distance_law.checker.reference(0.4, 0.7, -0.3), rel=1e-2)
    verdict = check_distance_law(drawn)  # too rough for six digits, and told so
    assert verdict.status == "incorrect"
    assert verdict.mistake is None


def test_the_values_are_those_of_the_formula():
    w, e = np.random.default_rng(1).normal(size=(2, 1000, 1000))
    values = {
        "opposite": sy.relative_distance(w, -w),
        "tripled": sy.relative_distance(w, 3 * w),
        "disturbed": sy.relative_distance(w, w + 0.1 * e),
        "bounded_opposite": sy.bounded_relative_distance(w, -w),
    }
    assert check_distance_values(values).is_correct
    assert check_distance_values({**values, "tripled": -0.25}).mistake is None


def test_half_disturbances_of_the_package_with_and_without_the_tangent():
    assert check_half_disturbance(sy.half_recovery_disturbance).is_correct
    assert check_half_disturbance(lambda n: 2 * np.pi * np.log(2) / (n * (n - 1))).is_correct
    assert check_half_disturbance(lambda n: 4.36 / n**2).mistake == "n_squared"


def test_rates_by_experiment():
    def measured(n, disturbance):
        runs = 1000
        return sy.measure_recovery("lexicographic", n, 1, disturbance, runs, rng=np.random.default_rng(3)).exact

    assert check_success_rate(measured).is_correct

    def small_sample_of_rows(n, disturbance):
        rng, found = np.random.default_rng(4), []
        for _ in range(300):
            w = rng.normal(size=(n, 3))
            shuffle = rng.permutation(n)
            v = (w + disturbance * rng.normal(size=w.shape))[shuffle]
            found.append(np.mean(shuffle[v[:, 0].argsort()] == w[:, 0].argsort()))
        return np.mean(found)

    assert check_success_rate(small_sample_of_rows).mistake == "share_of_rows"

    def composed_backwards(n, disturbance):
        rng, hits = np.random.default_rng(5), 0
        for _ in range(200):
            key, shuffle = rng.normal(size=n), rng.permutation(n)
            order = (key + disturbance * rng.normal(size=n))[shuffle].argsort()
            hits += np.array_equal(shuffle[key.argsort()], order)
        return hits / 200

    assert check_success_rate(composed_backwards).mistake == "nothing_found"


def test_two_orders_by_brute_force_and_by_the_package():
    def brute(first, second, first_copy, second_copy):
        if len(first) > 6:
            return check_two_orders.checker.reference(first, second, first_copy, second_copy)

        def best(ours, theirs):
            orders = (list(order) for order in permutations(range(len(ours))))
            return min(orders, key=lambda order: ((ours - theirs[order]) ** 2).sum())

        one = best(first, first_copy)
        return one, best(second, second_copy[:, one])

    assert check_two_orders(brute).is_correct

    def by_nearest_partners(first, second, first_copy, second_copy):
        one = ((first[:, None] - first_copy) ** 2).sum(axis=-1).argmin(axis=1)
        two = ((second[:, None] - second_copy[:, one]) ** 2).sum(axis=-1).argmin(axis=1)
        return one, two

    assert check_two_orders(by_nearest_partners).is_correct  # at these disturbances no two take the same partner


def test_swaps_would_have_hidden_a_wrong_inverse():
    rng = np.random.default_rng(6)
    first, second = rng.normal(size=(6, 8)), rng.normal(size=(6, 6))
    swaps = np.array([1, 0, 3, 2, 5, 4])
    reference = check_two_orders.checker.reference
    inverse = next(mistake.answer for mistake in check_two_orders.checker.mistakes if mistake.name == "inverse")
    with_swaps = planted(first, second, (swaps, swaps), 0.0, rng)
    np.testing.assert_array_equal(reference(*with_swaps), inverse(*with_swaps))
    cycles = three_cycles(6, rng)
    assert not np.array_equal(cycles[cycles], np.arange(6))
    np.testing.assert_array_equal(cycles[cycles[cycles]], np.arange(6))
    with_cycles = planted(first, second, (cycles, cycles), 0.0, rng)
    assert not np.array_equal(reference(*with_cycles), inverse(*with_cycles))
    np.testing.assert_array_equal(reference(*with_cycles), [np.argsort(cycles)] * 2)


def test_stopping_rules_of_the_package_and_in_eigenvectors():
    def from_the_package(path, center, covariance, level):
        return int(sy.stopping_step(path, center, covariance=covariance, level=level).step)

    assert check_stopping_step(from_the_package).is_correct

    def in_eigenvectors(path, center, covariance, level):
        values, vectors = np.linalg.eigh(covariance)
        squares = ((path - center) @ vectors) ** 2 / values
        hits = np.flatnonzero(squares.sum(axis=1) <= stats.chi2.ppf(level, len(center)))
        return hits[0] if len(hits) else -1

    assert check_stopping_step(in_eigenvectors).is_correct
    assert check_stopping_step(lambda *case: in_eigenvectors(*case) + 1).status == "incorrect"  # counted from 1


def test_of_two_wrong_conclusions_the_first_is_told():
    right = check_conclusions.checker.reference
    both = {**right, CONCLUSIONS[3]: True, CONCLUSIONS[5]: True}
    assert check_conclusions(both).mistake == "distance_is_instability"


def test_orders_of_no_named_kind_are_told_layer_by_layer():
    right = check_two_orders.checker.reference
    assert "no permutation of 0 to 2" in check_two_orders(lambda *layers: right(*layers) + 1).message
    assert "Begin with that order" in check_two_orders(lambda *layers: np.roll(right(*layers), 1, axis=1)).message

    def second_turned(*layers):
        one, two = right(*layers)
        return one, np.roll(two, 1)

    assert "The first order is right" in check_two_orders(second_turned).message
    assert "instead of" in check_two_orders(lambda *layers: right(*layers)[0]).message


def test_a_path_that_never_arrives_is_not_its_length():
    right = check_stopping_step.checker.reference
    verdict = check_stopping_step(lambda path, *rest: len(path) if right(path, *rest) < 0 else right(path, *rest))
    assert verdict.mistake == "never_is_the_end"
