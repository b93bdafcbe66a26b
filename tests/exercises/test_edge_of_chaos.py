"""Wrong-answer bank of chapter 11, beyond what the contract of all checkers proves for every one of them."""

import math

import numpy as np
import pytest
import torch

from lossland import signal_propagation as sp
from lossland.exercises.depth_scales import check_depth_scale_c, check_depth_scale_q
from lossland.exercises.edge_of_chaos import (
    check_chi1,
    check_critical_point,
    check_gradient_budget,
)
from lossland.exercises.trainability import CONCLUSIONS, check_trainability
from lossland.numerics import gauss_hermite_expectation


def solved_chi1(q, weight_std, derivative):
    s = np.linspace(-8, 8, 2001)
    density = np.exp(-(s**2) / 2) / math.sqrt(2 * math.pi)
    return weight_std**2 * np.trapezoid(derivative(np.sqrt(q) * s) ** 2 * density, s)


def test_chi1_accepts_any_decent_quadrature():
    assert check_chi1(solved_chi1).is_correct
    hermite = lambda q, w, d: w**2 * gauss_hermite_expectation(lambda z: d(z) ** 2, q, 60)  # noqa: E731
    assert check_chi1(hermite).is_correct
    assert check_chi1(lambda *args: torch.tensor(solved_chi1(*args))).is_correct
    s = np.linspace(-8, 8, 401)  # the sum over a grid of chapter 10, which meets the kink of the ReLU
    gauss = np.exp(-(s**2) / 2) / math.sqrt(2 * math.pi) * (s[1] - s[0])
    assert check_chi1(lambda q, w, d: w**2 * gauss @ d(np.sqrt(q) * s) ** 2).is_correct


def test_chi1_with_too_few_nodes_is_told_how_far_it_is_off():
    verdict = check_chi1(lambda q, w, d: w**2 * gauss_hermite_expectation(lambda z: d(z) ** 2, q, 6))
    assert verdict.mistake == "coarse_quadrature"
    assert "more nodes" in verdict.message


@pytest.mark.ledger("yarotsky-ex-17-chi1")
def test_chi1_is_the_slope_of_the_correlation_map():
    h = 1e-5
    for weight_std, bias_std in ((1.5, 0.05**0.5), (1.0, 0.4)):
        q = sp.q_star(weight_std, bias_std, "tanh").value
        quotient = (1 - sp.correlation_map(1 - h, q, weight_std, bias_std, "tanh")) / h
        assert quotient == pytest.approx(solved_chi1(q, weight_std, lambda z: 1 - np.tanh(z) ** 2), rel=1e-4)


def test_length_scale_knows_negative_slopes():
    def without_absolute_value(q_star, weight_std, activation):
        slope = sp.length_slope(q_star, weight_std, activation)
        return slope, -1 / math.log(slope)

    verdict = check_depth_scale_q(without_absolute_value)
    assert (verdict.status, verdict.mistake) == ("incorrect", "no_absolute_value")

    def returns_nan(q_star, weight_std, activation):
        slope = sp.length_slope(q_star, weight_std, activation)
        return slope, -1 / np.log(slope)

    assert check_depth_scale_q(returns_nan).mistake == "no_absolute_value"
    assert check_depth_scale_q(lambda *a: (sp.length_slope(*a), sp.depth_scale(sp.length_slope(*a)))).is_correct


def test_a_wrong_slope_is_named_whatever_is_made_of_it():
    only_chi1 = lambda q, w, f: (sp.chi1(q, w, f), 1.0)  # noqa: E731
    assert check_depth_scale_q(only_chi1).mistake == "second_term_dropped"
    at_one = lambda w, h: (sp.chi1(sp.q_star(w, h, "tanh").value, w, "tanh"), sp.xi_c(w, h, "tanh"))  # noqa: E731
    assert check_depth_scale_c(at_one).mistake == "evaluated_at_one"
    assert check_depth_scale_q(lambda q, w, f: (0.5, 1.4)).mistake is None
    assert check_gradient_budget(lambda x, a, b: 40).mistake is None


def test_length_scale_by_finite_differences_is_accepted():
    def by_difference(q_star, weight_std, activation):
        h = 1e-5
        up, down = (sp.length_map(q_star + sign * h, weight_std, 0.0, activation) for sign in (1, -1))
        slope = (up - down) / (2 * h)
        return [slope, -1 / math.log(abs(slope))]

    assert check_depth_scale_q(by_difference).is_correct


def test_correlation_scale_by_finite_differences_is_accepted():
    def by_difference(weight_std, bias_std):
        q, c = sp.q_star(weight_std, bias_std, "tanh").value, sp.c_star(weight_std, bias_std, "tanh").value
        c, h = min(c, 1 - 1e-5), 1e-5
        up, down = (sp.correlation_map(c + sign * h, q, weight_std, bias_std, "tanh") for sign in (1, -1))
        slope = (up - down) / (2 * h)
        return np.array([slope, -1 / math.log(slope)])

    assert check_depth_scale_c(by_difference).is_correct


def test_critical_point_names_the_side_on_which_an_answer_lies():
    ordered = check_critical_point(lambda h, f: 0.97 * sp.critical_line(h, f))
    chaotic = check_critical_point(lambda h, f: 1.05 * sp.critical_line(h, f))
    assert "ordered phase" in ordered.message
    assert "chaotic phase" in chaotic.message
    assert check_critical_point(lambda h, f: sp.critical_line(h, f) + 1e-5).is_correct


def test_budget_at_one_needs_its_own_line():
    def divides_by_zero(chi1, smallest, largest):
        return math.floor(2 * math.log(smallest if chi1 < 1 else largest) / math.log(chi1))

    assert check_gradient_budget(divides_by_zero).mistake == "no_special_case_at_one"
    answer = lambda x, a, b: divides_by_zero(x, a, b) if x != 1 else 1000  # noqa: E731
    assert check_gradient_budget(answer).mistake == "no_special_case_at_one"
    counted = lambda x, a, b: math.inf if x == 1 else counting(x, a, b)  # noqa: E731
    assert check_gradient_budget(counted).is_correct


def counting(chi1, smallest, largest):
    layers, size = 0, 1.0
    while smallest <= size * math.sqrt(chi1) <= largest:
        size *= math.sqrt(chi1)
        layers += 1
    return layers


def report(**changes):
    return {**check_trainability.checker.reference, **changes}


def test_a_report_that_finds_something_else_is_accepted_when_its_numbers_say_so():
    accuracy = report()["accuracy"][[0, 2, 1]]
    limits = np.array([12.0, 24.0, 48.0])
    ratio = limits / (6 * sp.xi_c(report()["weight_std"], report()["bias_std"], "tanh"))
    surprising = report(accuracy=accuracy, limit_depth=limits, ratio=ratio, conclusion=CONCLUSIONS[2])
    assert check_trainability(surprising).is_correct
    assert check_trainability({**surprising, "conclusion": CONCLUSIONS[0]}).mistake == "conclusion_unsupported"


@pytest.mark.parametrize(
    ("changes", "part"),
    [
        ({"weight_std": [1.0, 2.0]}, "at least three"),
        ({"depths": [6.0, 12.0, 24.0]}, "settings, depths"),
        ({"limit_depth": [12.0]}, "one entry for each"),
        ({"weight_std": [-1.0, 1.35, 2.0]}, "positive"),
        ({"depths": [48.0, 24.0, 12.0, 6.0], "limit_depth": [0.0, 6.0, 0.0]}, ""),
        ({"ratio": [1.0, 1.0, 1.0]}, "6 ξ_c"),
        ({"conclusion": "deeper is better"}, "one of"),
    ],
)
def test_reports_that_cannot_be_right_get_a_sentence(changes, part):
    verdict = check_trainability(report(**changes))
    assert verdict.status == "incorrect"
    assert part in verdict.message
