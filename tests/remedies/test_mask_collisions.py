"""The law of coinciding masks against enumeration and against drawn masks."""

import itertools
import math

import numpy as np
import pytest

from lossland import remedies


@pytest.mark.parametrize(
    ("n_inputs", "n_units", "rate"), [(1, 2, 0.3), (3, 3, 0.3), (2, 4, 0.6), (4, 3, 0.2), (2, 2, 0)]
)
def test_exact_by_going_through_all_masks(n_inputs, n_units, rate):
    masks = itertools.product([0, 1], repeat=n_inputs)
    law = [math.prod(1 - rate if kept else rate for kept in mask) for mask in masks]
    exact = sum(math.prod(law[i] for i in chosen) for chosen in itertools.permutations(range(len(law)), n_units))
    assert remedies.probability_of_distinct_units(n_inputs, n_units, rate) == pytest.approx(exact, abs=1e-14)


@pytest.mark.parametrize(("n_inputs", "n_units", "rate"), [(8, 8, 0.5), (8, 8, 0.1), (12, 30, 0.7), (20, 200, 0.4)])
def test_drawn_masks_follow_the_law(n_inputs, n_units, rate):
    rng, n_draws = np.random.default_rng(0), 4000
    words = (rng.random((n_draws, n_units, n_inputs)) > rate) @ (1 << np.arange(n_inputs))
    ordered = np.sort(words, axis=1)
    distinct = np.mean(np.all(np.diff(ordered, axis=1) > 0, axis=1))
    exact = remedies.probability_of_distinct_units(n_inputs, n_units, rate)
    assert abs(distinct - exact) < 4 * math.sqrt(exact * (1 - exact) / n_draws) + 1e-3
    equal = words[:, :, None] == words[:, None, :]
    pairs = (equal.sum((1, 2)) - n_units) / 2
    expected = remedies.expected_collisions(n_inputs, n_units, rate)
    assert abs(np.mean(pairs) - expected) < 5 * np.std(pairs) / math.sqrt(n_draws)


def test_zeros_and_ones_are_alike():
    for rate in (0.05, 0.3, 0.45):
        one = remedies.probability_of_distinct_units(9, 12, rate)
        assert one == pytest.approx(remedies.probability_of_distinct_units(9, 12, 1 - rate), rel=1e-12)


def test_the_usual_estimate_holds_where_collisions_are_rare_and_fails_where_not():
    def estimate(*setting):
        return math.exp(-remedies.expected_collisions(*setting))

    rare, heavy = (40, 200, 0.5), (8, 8, 0.1)
    assert remedies.probability_of_distinct_units(*rare) == pytest.approx(estimate(*rare), rel=1e-6)
    assert remedies.probability_of_distinct_units(*heavy) > 5 * estimate(*heavy)


def test_wide_layers_and_the_birthdays():
    assert remedies.probability_of_distinct_units(784, 1000, 0.5) == 1.0
    assert remedies.probability_of_distinct_units(5, 33, 0.5) == 0.0  # 32 masks
    assert remedies.probability_of_distinct_units(10, 40, 0.5) == pytest.approx(
        math.prod(1 - i / 1024 for i in range(40)), rel=1e-12
    )


def test_least_fan_in_is_the_least():
    for n_units, rate, failure in ((100, 0.5, 0.01), (10, 0.9, 0.5), (1000, 0.3, 1e-4), (2, 0.5, 0.6)):
        least = remedies.least_fan_in(n_units, rate, failure)
        assert 1 - remedies.probability_of_distinct_units(least, n_units, rate) <= failure
        assert least == 1 or 1 - remedies.probability_of_distinct_units(least - 1, n_units, rate) > failure


def test_least_fan_in_where_the_exact_law_has_no_digits_left():
    assert remedies.least_fan_in(2, 0.5, 1e-20) == 67  # of two units: 2^-67 < 1e-20 < 2^-66
    assert remedies.least_fan_in(2, 0.5, 1e-300) == 997
    few, near = remedies.least_fan_in(2, 1e-20, 0.5), math.log(2) / 2e-20
    assert few == pytest.approx(near, rel=1e-9)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: remedies.same_mask_probability(4, 1.0), "zero_rate: expected a rate in"),
        (lambda: remedies.same_mask_probability(0, 0.5), "n_inputs: expected"),
        (lambda: remedies.expected_collisions(4, 0, 0.5), "n_units: expected"),
        (lambda: remedies.probability_of_distinct_units(4, 4, -0.1), "zero_rate: expected"),
        (lambda: remedies.least_fan_in(4, 0.0, 0.1), "zero_rate: expected a rate inside"),
        (lambda: remedies.least_fan_in(4, 0.5, 1.0), "failure: expected a probability inside"),
    ],
)
def test_bad_input(call, message):
    with pytest.raises(ValueError, match=message):
        call()
