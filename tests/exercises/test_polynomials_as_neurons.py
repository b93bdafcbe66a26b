"""Wrong-answer bank of chapter 19, beyond what the contract of all checkers proves for every one of them."""

import math

import numpy as np
import pytest
import torch
from scipy import special

from lossland import remedies as rm
from lossland.exercises.laguerre_polynomials import check_laguerre_slopes
from lossland.exercises.polytron_steps import check_batch_direction, check_batch_weights
from lossland.exercises.stacked_polynomials import STATEMENTS, check_polynomial_claims, check_sign_copy


def test_slopes_by_other_roads_are_right():
    def by_differentiated_recurrence(degree, x):
        values, slopes = [1.0, 1 - x], [0.0, -1.0]
        for n in range(1, degree):
            values.append(((2 * n + 1 - x) * values[n] - n * values[n - 1]) / (n + 1))
            slopes.append(((2 * n + 1 - x) * slopes[n] - values[n] - n * slopes[n - 1]) / (n + 1))
        return slopes[: degree + 1]

    def by_associated(degree, x):
        return [0.0] + [-float(special.eval_genlaguerre(n - 1, 1, x)) for n in range(1, degree + 1)]

    def by_package(degree, x):
        return rm.derivatives(rm.laguerre(), x, degree)

    for answer in (by_differentiated_recurrence, by_associated, by_package):
        assert check_laguerre_slopes(answer).is_correct


def printed_rule(degree, x):
    values = rm.evaluate(rm.laguerre(), x, degree)
    n = np.arange(1, degree + 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.append(0.0, n * (values[1:] - values[:-1]) / np.float64(x))


@pytest.mark.parametrize("patch", ["none", "at zero", "by a small number"])
def test_the_printed_rule_is_told_however_it_is_patched(patch):
    def patched(degree, x):
        if patch == "at zero" and x == 0:
            return -np.arange(degree + 1.0)
        return printed_rule(degree, x + 1e-15 if patch == "by a small number" else x)

    assert check_laguerre_slopes(patched).mistake == "divided_by_x"


def test_a_rule_that_is_wrong_at_zero_alone_is_told_in_words():
    def wrong_at_zero(degree, x):
        return np.zeros(degree + 1) if x == 0 else rm.derivatives(rm.laguerre(), x, degree)

    verdict = check_laguerre_slopes(wrong_at_zero)
    assert verdict.status == "incorrect"
    assert "At x = 0" in verdict.message


def test_slopes_without_degree_zero_are_told_how_many_there_are():
    verdict = check_laguerre_slopes(lambda degree, x: rm.derivatives(rm.laguerre(), x, degree)[1:])
    assert verdict.status == "incorrect"
    assert "eleven numbers" in verdict.message


def test_slopes_that_are_patched_for_small_x_are_not_exact_and_are_refused():
    def patched(degree, x):
        return -np.arange(degree + 1.0) if x < 1e-6 else printed_rule(degree, x)

    verdict = check_laguerre_slopes(patched)
    assert verdict.status == "incorrect"
    assert "six digits" in verdict.message


def test_degree_zero_has_one_slope():
    verdict = check_laguerre_slopes(lambda degree, x: np.append(rm.derivatives(rm.laguerre(), x, max(degree, 1)), []))
    assert verdict.status == "incorrect"
    assert "instead of (1,)" in verdict.message


def test_the_repaired_step_by_autograd_and_by_the_package():
    def by_autograd(coefficients, table, targets, weights):
        w = torch.tensor(coefficients, requires_grad=True)
        left = torch.tensor(targets) - torch.tensor(table) @ w
        (gradient,) = torch.autograd.grad((torch.tensor(weights) * left**2).sum() / 2, w)
        return -gradient

    assert check_batch_direction(by_autograd).is_correct
    x = np.random.default_rng(0).uniform(-1, 1, 7)
    table, w, weights = rm.evaluate(rm.legendre(), x, 3), np.ones(4), np.full(7, 0.1)
    ours = check_batch_direction.checker.reference(w, table, np.sin(x), weights)
    np.testing.assert_allclose(ours, rm.batch_direction(rm.legendre(), w, x, np.sin(x), weights), rtol=1e-12)
    printed = {mistake.name: mistake for mistake in check_batch_direction.checker.mistakes}["own_coefficient_outside"]
    theirs = rm.batch_direction(rm.legendre(), w, x, np.sin(x), weights, form="printed")
    np.testing.assert_allclose(printed.answer(w, table, np.sin(x), weights), theirs, rtol=1e-12)


@pytest.mark.ledger("glukhov-exercise-11")
def test_the_three_traps_of_the_exercise_are_told_apart_and_the_right_answers_accepted():
    """A slope at zero, a coefficient outside its sum, the density twice: as the package computes both."""
    laguerre = rm.laguerre()
    assert check_laguerre_slopes(lambda degree, x: rm.derivatives(laguerre, x, degree)).is_correct
    assert rm.derivatives(laguerre, 0.0, 10)[10] == -10
    assert not np.isfinite(printed_rule(10, 0.0)[10])
    assert check_laguerre_slopes(printed_rule).mistake == "divided_by_x"

    def steps(form):
        def direction(coefficients, table, targets, weights):
            gram, pulled = (table * weights[:, None]).T @ table, table.T @ (weights * targets)
            return pulled - (gram @ coefficients if form == "corrected" else coefficients * gram.sum(axis=0))

        return direction

    assert check_batch_direction(steps("corrected")).is_correct
    assert check_batch_direction(steps("printed")).mistake == "own_coefficient_outside"
    key = check_batch_weights.checker.reference
    twice = {**key, "exponential waiting times, Laguerre": "density"}
    assert check_batch_weights(twice).mistake == "density_twice"
    assert np.linalg.cond(rm.double_density_gram(5)) > 1e4
    assert np.abs(rm.gram_matrix(laguerre, 40) - np.eye(41)).max() < 1e-10


def test_the_printed_step_cannot_be_told_at_gauss_nodes():
    """Why the cases are batches of other points: where features are orthonormal both are the same."""
    rule = rm.gauss_rule(rm.legendre(), 12)
    batch = np.arange(5.0), rm.evaluate(rm.legendre(), rule.nodes, 4), np.exp(rule.nodes), rule.weights
    mistakes = {mistake.name: mistake for mistake in check_batch_direction.checker.mistakes}
    right = check_batch_direction.checker.reference(*batch)
    np.testing.assert_allclose(mistakes["own_coefficient_outside"].answer(*batch), right, atol=1e-12)


def test_other_wrong_steps():
    reference = check_batch_direction.checker.reference
    for factor in (0.5, 2.0):
        verdict = check_batch_direction(lambda *batch, factor=factor: factor * reference(*batch))
        assert (verdict.status, verdict.mistake) == ("incorrect", None)


def test_weights_are_what_makes_features_orthonormal():
    """The key of the exercise, computed: Gram matrices with each choice of weights."""
    rng, degree = np.random.default_rng(0), 3
    even = (np.arange(200_000) + 0.5) / 200_000
    places = {
        "exponential waiting times, Laguerre": (rm.laguerre(), rng.exponential(size=400_000)),
        "evenly spaced on (0, 50), Laguerre": (rm.laguerre(), 50 * even),
        "uniform random numbers, Chebyshev": (rm.chebyshev(), rng.uniform(-1, 1, 400_000)),
        "standard normal data, Hermite": (rm.hermite(), rng.standard_normal(400_000)),
    }
    right = check_batch_weights.checker.reference
    for name, (basis, x) in places.items():
        table = rm.evaluate(basis, x, degree)
        for choice, weights in {"one": np.ones_like(x), "density": basis.density(x)}.items():
            gram = (table * weights[:, None]).T @ table
            error = np.abs(gram / gram[0, 0] - np.eye(degree + 1)).max()
            assert (error < 0.15) == (choice == right[name]), (name, choice, error)
    rule = rm.gauss_rule(rm.legendre(), 9)
    assert np.abs(rm.sampled_gram(rm.legendre(), rm.Samples(*rule[:2]), degree) - np.eye(4)).max() < 1e-12
    assert right["nodes of a Gauss rule, Legendre"] == "Gauss weights"


def test_the_sign_copy_is_the_same_function():
    network = rm.stacked_polynomials([2, 4, 3], 3, rm.legendre(), dtype=torch.float64)
    x = torch.rand(30, 2, dtype=torch.float64) * 2 - 1
    before = network(x)
    copy = check_sign_copy.checker.reference(*(part.weight.detach().numpy() for part in network), 2)
    with torch.no_grad():
        for part, name in zip(network, ("first", "second"), strict=True):
            assert not np.array_equal(copy[name], part.weight.numpy())
            part.weight.copy_(torch.tensor(copy[name]))
    torch.testing.assert_close(network(x), before)


def test_copies_in_place_and_as_lists_are_accepted():
    def in_place(first, second, unit):
        first[unit] *= -1
        second[:, 1::2, unit] *= -1
        return {"first": first.tolist(), "second": torch.tensor(second)}

    assert check_sign_copy(in_place).is_correct


@pytest.mark.parametrize("statement", range(7))
def test_every_statement_judged_wrongly_has_its_own_words(statement):
    right = check_polynomial_claims.checker.reference
    wrong = {**right, STATEMENTS[statement]: not right[STATEMENTS[statement]]}
    assert check_polynomial_claims(wrong).mistake == check_polynomial_claims.checker.mistakes[2 + statement].name


def test_the_statement_about_samples_holds_with_numbers():
    """2N uniform points for degree N: far from safe, and N + 1 Gauss nodes are."""
    rng, degree = np.random.default_rng(1), 20
    draws = [rm.sample_nodes(rm.legendre(), 2 * degree, "uniform", rng=rng) for _ in range(21)]
    assert np.median([rm.gram_condition(rm.legendre(), draw, degree) for draw in draws]) > 1e4
    nodes = rm.sample_nodes(rm.legendre(), degree + 1, "gauss")
    assert math.isclose(rm.gram_condition(rm.legendre(), nodes, degree), 1, rel_tol=1e-9)
