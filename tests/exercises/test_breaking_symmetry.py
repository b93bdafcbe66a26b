"""Wrong-answer bank of chapter 18, beyond what the contract of all checkers proves for every one of them."""

import math
from itertools import pairwise, permutations, product

import numpy as np
import pytest
import torch

from lossland import remedies as rm
from lossland.exercises.distinct_masks import check_distinct_masks, check_inputs_needed
from lossland.exercises.mask_evidence import STATEMENTS, check_what_masks_break
from lossland.exercises.masked_symmetry import check_failing_mask, check_orders_left
from lossland.exercises.pruned_power import check_highest_interaction, check_widening_cost


def test_references_agree_with_the_package():
    assert check_distinct_masks(rm.probability_of_distinct_units).is_correct

    def needed(n, rate):
        return next(m for m in range(1, 2000) if rm.expected_collisions(m, n, rate) <= 0.01)

    more = needed(2000, 0.5) - needed(1000, 0.5)
    answer = {"rate_half": needed(1000, 0.5), "rate_extreme": needed(1000, 0.99), "double_units": more}
    assert check_inputs_needed(answer).is_correct
    wide, narrow = rm.widen_by_printed_factor([10**4] * 4, 0.9), [10**4] * 4
    inner = wide.widths[1] * wide.widths[2] * 0.1 / (narrow[1] * narrow[2])
    pairs = rm.widen_for_interactions([20, 10, 1], 0.9, 2).widths[1] / 10
    costs = {"printed_inner": inner, "keeps_inner": 1 / math.sqrt(0.1), "pairs": pairs, "parity_of_ten": 0.1**-10}
    assert check_widening_cost(costs).is_correct


def test_sampling_is_too_rough_for_the_collision_law():
    rng = np.random.default_rng(0)

    def sampled(n_inputs, n_units, zero_rate):
        words = 2 ** np.arange(n_inputs)
        codes = np.sort((rng.random((300, n_units, n_inputs)) >= zero_rate) @ words, axis=1)
        return float((np.diff(codes, axis=1) > 0).all(axis=1).mean())

    verdict = check_distinct_masks(sampled)
    assert (verdict.status, verdict.mistake) == ("incorrect", None)


def test_inclusion_and_exclusion_is_accepted():
    """Sum over partitions: another way to the same number, by the power sums of the masks' probabilities."""

    def by_power_sums(n_inputs, n_units, zero_rate):
        powers = [(zero_rate**j + (1 - zero_rate) ** j) ** n_inputs for j in range(n_units + 1)]
        elementary = [1.0]
        for n in range(1, n_units + 1):
            terms = ((-1) ** (j - 1) * elementary[n - j] * powers[j] for j in range(1, n + 1))
            elementary.append(sum(terms) / n)
        return math.factorial(n_units) * elementary[-1]

    assert check_distinct_masks(by_power_sums).is_correct


def try_all(masks, *, inverse=False):
    hidden = [range(mask.shape[0]) for mask in masks[:-1]]
    total = 0
    for chosen in product(*map(permutations, hidden)):
        orders = [range(masks[0].shape[1]), *chosen, range(masks[-1].shape[0])]
        if inverse:
            orders = [np.argsort(order) for order in orders]
        kept = zip(masks, pairwise(orders), strict=True)
        total += all(np.array_equal(m[np.ix_(list(b), list(a))], m) for m, (a, b) in kept)
    return total


@pytest.mark.parametrize("inverse", [False, True])
def test_any_direction_of_the_permutations_counts_the_same(inverse):
    assert check_orders_left(lambda masks: try_all(masks, inverse=inverse)).is_correct


def test_a_logarithm_is_no_count():
    verdict = check_orders_left(lambda masks: rm.mask_symmetry(masks).log_order)
    assert (verdict.status, verdict.mistake) == ("incorrect", None)


@pytest.mark.parametrize("order", list(permutations(range(4))))
def test_every_permutation_matrix_and_its_complement_fail_to_break(order):
    matrix = np.eye(4)[list(order)]
    verdict = check_failing_mask(matrix.astype(bool))
    assert verdict.is_correct if list(order) != [0, 1, 2, 3] else verdict.mistake == "the_identity"
    assert check_failing_mask(1 - matrix).is_correct
    assert check_failing_mask(torch.as_tensor(1 - matrix).bool()).is_correct


def test_a_ring_leaves_eight_orders_and_is_not_enough():
    ring = np.eye(4) + np.roll(np.eye(4), 1, axis=1)
    assert check_failing_mask(ring).mistake == "only_a_few"


def test_one_unit_that_hears_everything_raises_the_order():
    masks = [np.array([[1, 1, 0], [0, 1, 1]]), np.ones((1, 2), dtype=int)]
    full = [np.array([[1, 1, 0], [1, 1, 1]]), np.ones((1, 2), dtype=int)]
    reference = check_highest_interaction.checker.reference
    assert (reference(masks), reference(full)) == (2, 3)
    cube = np.array(list(product((-1.0, 1.0), repeat=3)))
    parity, weights = cube.prod(axis=1), np.array([[1.0, 0.7, 1.3], [0.4, 1.1, 0.6]])
    shares = [abs(np.tanh(cube @ (weights * m[0]).T + 0.3).T @ parity).max() / 8 for m in (masks, full)]
    assert shares[0] < 1e-15
    assert shares[1] > 1e-3


def test_accuracy_on_digits_is_no_argument_for_power():
    """Somebody who believes that widening by the printed factor keeps everything answers ten to every question."""
    ten = dict.fromkeys(("printed_inner", "keeps_inner", "pairs", "parity_of_ten"), 10.0)
    assert check_widening_cost(ten).mistake == "printed_width_for_weights"


@pytest.mark.parametrize("statement", range(len(STATEMENTS)))
def test_every_statement_judged_wrongly_has_its_own_words(statement):
    right = check_what_masks_break.checker.reference
    wrong = {**right, STATEMENTS[statement]: not right[STATEMENTS[statement]]}
    assert check_what_masks_break(wrong).mistake == check_what_masks_break.checker.mistakes[2 + statement].name
