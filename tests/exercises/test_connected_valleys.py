"""Wrong-answer bank of chapter 07, beyond what the contract of all checkers proves for every one of them."""

import re
from itertools import permutations

import numpy as np
import torch

from lossland import connectivity as cn
from lossland.exercises.bent_paths import FIRST, Valley, bezier, check_bend, hill_left
from lossland.exercises.connected_valleys import (
    SITUATIONS,
    check_arc_moments,
    check_barrier,
    check_barrier_of_situations,
    check_path_covariance,
)
from lossland.exercises.matched_neurons import check_neuron_order


def test_references_agree_with_the_package():
    losses = np.random.default_rng(1).uniform(size=21)
    assert check_barrier(cn.loss_barrier).is_correct
    assert check_barrier.checker.reference(losses) == cn.loss_barrier(losses)

    def from_the_package(kind, t, covariance):
        return cn.path_moments(kind, t).covariance * covariance

    assert check_path_covariance(from_the_package).is_correct
    middle = cn.path_moments("arc", 0.5)
    answer = dict(zip(("mean_factor", "covariance_factor", "kurtosis_factor"), map(float, middle), strict=True))
    assert check_arc_moments({**answer, "law_is_kept": False}).is_correct


def test_covariance_by_simulation_is_too_rough_and_told_so():
    def sampled(kind, t, covariance):
        rng = np.random.default_rng(0)
        x, y = rng.normal(size=(2, 2000, len(covariance))) @ np.linalg.cholesky(covariance).T
        path = cn.linear_path if kind == "segment" else cn.arc_path
        return np.cov(path(x, y, t).T)

    verdict = check_path_covariance(sampled)
    assert verdict.status == "incorrect"
    assert verdict.mistake is None


def test_barrier_from_a_loop_and_one_without_the_ends():
    def loop(losses):
        n, worst = len(losses) - 1, 0.0
        for k, loss in enumerate(losses):
            worst = max(worst, loss - (n - k) / n * losses[0] - k / n * losses[-1])
        return worst

    assert check_barrier(loop).is_correct
    assert check_barrier(lambda losses: torch.as_tensor(losses).max() - losses[-1]).status == "incorrect"


def test_two_wrong_situations_get_the_first_message_and_zero_is_no_word():
    right = check_barrier_of_situations.checker.reference
    both = {**right, SITUATIONS[3]: "always zero", SITUATIONS[4]: "always zero"}
    assert check_barrier_of_situations(both).mistake == "linear_network_is_convex"
    assert check_barrier_of_situations({**right, SITUATIONS[0]: 0}).status == "incorrect"


def test_claims_of_the_situations_hold():
    rng = np.random.default_rng(2)
    x, y = rng.normal(size=(30, 3)), rng.normal(size=30)

    def barrier(path):
        t = np.linspace(0, 1, 41)
        return cn.loss_barrier(np.array([np.mean((path(s) - y) ** 2) for s in t]))

    hidden = np.tanh(x @ rng.normal(size=(3, 5)))
    a, b = rng.normal(size=(2, 5))
    assert barrier(lambda s: hidden @ ((1 - s) * a + s * b)) < 1e-12
    v, w = rng.normal(size=(2, 3, 3))
    out = rng.normal(size=3)
    y = x @ v @ w @ out  # both networks fit exactly: (v, w) and (-v, -w)
    assert barrier(lambda s: x @ ((1 - 2 * s) * v) @ ((1 - 2 * s) * w) @ out) > 0.1


def test_matching_by_brute_force_is_accepted_where_it_ends():
    def brute(first, second):
        if len(first) > 6:
            return check_neuron_order.checker.reference(first, second)
        orders = [list(order) for order in permutations(range(len(first)))]
        return min(orders, key=lambda order: np.sum((first - second[order]) ** 2))

    assert check_neuron_order(brute).is_correct
    by_products = check_neuron_order(lambda a, b: brute(a @ b.T, np.eye(len(a))))  # the same, up to a constant
    assert by_products.is_correct


def test_an_order_that_is_not_the_best_is_told_how_much_is_lost():
    verdict = check_neuron_order(lambda a, _b: np.roll(np.arange(len(a)), 2))
    assert "the sum of squares with your order is" in verdict.message
    counted_from_one = check_neuron_order(lambda a, b: check_neuron_order.checker.reference(a, b) + 1)
    assert "each of 0 to 2 has to occur once" in counted_from_one.message


def test_a_valley_and_its_bends():
    start, end = FIRST.point(-1, 0), FIRST.point(1, 0)
    assert FIRST(np.array([start, end])).max() == 0
    assert FIRST((start + end) / 2) == 1
    assert hill_left(FIRST, start, (start + end) / 2, end) == 1
    assert hill_left(FIRST, start, np.array([0.0, 2.0]), end) < 1e-20  # a parabola is a Bezier curve
    np.testing.assert_allclose(bezier(start, np.array([0.0, 2.0]), end)[50], [0, 1], atol=1e-15)
    turned = Valley((1.0, -2.0), 0.7, 1.5, 1.2, 3.0)
    np.testing.assert_allclose(turned.coordinates(turned.point(0.3, -0.4)), [0.3, -0.4])


def test_descent_by_hand_finds_a_bend_and_its_path_is_good_enough():
    def by_differences(loss, start, end):
        middle, across = (start + end) / 2, np.array([start[1] - end[1], end[0] - start[0]])

        def mean_loss(p):
            return np.mean(loss(bezier(start, p, end)))

        ends = []
        for side in (-1.0, 1.0):
            height = np.linspace(0, 4, 81)
            values = [mean_loss(middle + side * h * across) for h in height]
            ends.append((min(values), middle + side * height[np.argmin(values)] * across))
        return min(ends, key=lambda one: one[0])[1]

    assert check_bend(by_differences).is_correct
    verdict = check_bend(lambda loss, start, end: (start + end) / 2 + 1e-3)
    assert verdict.mistake == "straight"


def test_a_bend_of_no_named_kind_gets_a_number():
    def three_times(loss, start, end):
        right = check_bend.checker.reference(loss, start, end)
        return 3 * right - (start + end)

    verdict = check_bend(three_times)
    assert verdict.mistake is None
    assert "% of the hill" in verdict.message
    assert re.search(r"start = \[.*end = \[", verdict.message)
    assert "loss" not in verdict.message
