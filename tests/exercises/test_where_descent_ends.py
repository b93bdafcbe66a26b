"""Wrong-answer bank of chapter 02, beyond what the contract of all checkers proves for every one of them."""

import math

import numpy as np
import pytest
import torch

from lossland import descent
from lossland.exercises.near_stationary_points import check_escape_time, check_non_minimum, check_verdict
from lossland.exercises.shallow_ends import check_shallow_ends
from lossland.exercises.where_descent_ends import check_kind, check_optimal_step, check_stopping


def test_kind_by_any_decent_tolerance():
    def my_kind(eigenvalues):
        if min(abs(eigenvalues)) < 1e-8:
            return "degenerate"
        n_negative = int(np.sum(eigenvalues < 0))
        return {0: "minimum", len(eigenvalues): "maximum"}.get(n_negative, "saddle")

    assert check_kind(my_kind).is_correct


def test_optimal_step_by_search_is_accepted():
    def on_a_grid(lipschitz):
        alpha = np.linspace(0, 2 / lipschitz, 2001)
        c = alpha * (1 - lipschitz * alpha / 2)
        return alpha[np.argmax(c)], c.max()

    assert check_optimal_step(on_a_grid).is_correct


def test_stopping_bound_by_counting_is_accepted():
    def counted(drop, tol, learning_rate, lipschitz):
        c, steps = learning_rate * (1 - lipschitz * learning_rate / 2), 0
        while (steps + 1) * c * tol**2 <= drop:
            steps += 1
        return steps

    assert check_stopping(counted).is_correct


def test_verdict_by_simulation_is_accepted():
    def simulated(eigenvalues, learning_rate):
        ends = np.abs(1 - learning_rate * eigenvalues) ** 2000
        if np.any(ends > 10):
            return "diverges"
        return "undecided" if np.any(ends > 0.9) else "converges"

    assert check_verdict(simulated).is_correct


def test_a_verdict_that_is_never_undecided_and_one_with_half_a_bound():
    never = lambda e, a: "converges" if np.max(np.abs(1 - a * e)) < 1 else "diverges"  # noqa: E731
    assert check_verdict(never).mistake == "zero_converges"
    half = lambda e, a: "diverges" if a > 2 / np.max(e) else "converges"  # noqa: E731
    assert check_verdict(half).mistake == "upper_bound_only"


def test_signs_without_any_tolerance_are_told_about_rounding():
    def by_signs(e):
        if np.min(e) * np.max(e) < 0:
            return "saddle"
        return "minimum" if np.min(e) > 0 else "maximum" if np.max(e) < 0 else "degenerate"

    assert check_kind(by_signs).mistake == "exact_zero_only"


def test_escape_time_needs_the_absolute_value():
    verdict = check_escape_time(lambda y, r, a, c: math.log(r / y) / math.log1p(-a * c))
    assert verdict.status == "incorrect"
    assert "y₀" in verdict.message or "offset" in verdict.message


@pytest.mark.parametrize(
    ("loss", "start", "rate"),
    [
        (lambda w: w[0] ** 2 / 2 - w[1] ** 2 / 2 + w[1] ** 4 / 4, [1.0, 0.0], 0.1),
        (lambda w: w[0] ** 3, [0.5], 0.3),
        (lambda w: w[0] ** 2 - w[1] ** 2, [1.0, 0.0], 0.1),
        (lambda w: np.tanh(w[0]) ** 3, [0.8], 0.3),
        (lambda w: w[0] ** 3 - 3 * w[0] * w[1] ** 2, [0.5, 0.0], 0.3),
    ],
)
@pytest.mark.ledger("yarotsky-ex-04-gd-to-non-minimum")
def test_other_ends_that_are_no_minima_are_accepted(loss, start, rate):
    verdict = check_non_minimum({"loss": loss, "start": start, "learning_rate": rate})
    assert verdict.is_correct, repr(verdict)


@pytest.mark.parametrize(
    ("loss", "start", "rate", "mistake"),
    [
        (lambda w: w[0] ** 4, [0.5], 0.5, "is_a_minimum"),
        (lambda w: -(w[0] ** 2), [0.0], 0.1, "started_there"),
        (lambda w: -(w[0] ** 2), [0.1], 0.1, "blew_up"),
        (lambda w: 0.5 + np.exp(-w[0]) * (w[0] ** 2 - 0.5), [2.4], 0.1, "did_not_arrive"),
        (lambda w: w[0] ** 2, [0.1], 0.0, "uphill"),
    ],
)
def test_ends_that_do_not_count_are_named(loss, start, rate, mistake):
    assert check_non_minimum({"loss": loss, "start": start, "learning_rate": rate}).mistake == mistake


def test_a_loss_that_fails_is_told_to_its_author():
    verdict = check_non_minimum({"loss": lambda w: w[3], "start": [1.0], "learning_rate": 0.1})
    assert verdict.status == "incorrect"
    assert "IndexError" in verdict.message


def own_runs(n_steps=1500, n_runs=100):
    start = descent.sample_shallow(n_runs, 4, generator=torch.Generator().manual_seed(9))
    run = descent.gradient_descent(lambda p: descent.shallow_gradient(p, descent.HAT), start, 0.2, n_steps)
    return run.end


def test_laboratory_accepts_own_runs_with_own_reasons():
    end = own_runs()
    facts = descent.classify_ends(end, descent.HAT)
    words = []
    for loss, norm, dead in zip(facts.loss, facts.gradient_norm, facts.n_dead, strict=True):
        if loss < 1e-9:
            words.append("global minimum")
        elif norm > 1e-9:
            words.append("plateau")
        else:
            words.append("dead units" if dead else "local minimum")
    assert check_shallow_ends({"parameters": end, "ends": words}).is_correct
    words[7] = "global minimum"
    verdict = check_shallow_ends({"parameters": end, "ends": words})
    assert verdict.status == "incorrect"
    assert "run 7" in verdict.message
    assert check_shallow_ends({"parameters": end[:50], "ends": words[:50]}).message.startswith("There are 50")
    assert "one row of 3n" in check_shallow_ends({"parameters": end[:, :11], "ends": words}).message
    assert "'minimum'" in check_shallow_ends({"parameters": end, "ends": ["minimum"] * 100}).message
