"""Wrong-answer bank of chapter 03, beyond what the contract of all checkers proves for every one of them."""

import math
from itertools import pairwise

import numpy as np
import pytest
import torch

from lossland import spin_glass as sg
from lossland.exercises.model_assumptions import check_independence_test, check_violations
from lossland.exercises.network_to_spin_glass import check_energy_variance, check_path_counts
from lossland.exercises.path_polynomial import check_layer_sums


def by_autograd(weights, x):
    leaves = [torch.tensor(w, requires_grad=True) for w in weights]
    sg.network_output(leaves, torch.tensor(x)[None])[0].backward()
    return [float((w.detach() * w.grad).sum()) for w in leaves]


def test_layer_sums_by_gradients_and_by_the_identity_are_accepted():
    assert check_layer_sums(by_autograd).is_correct
    assert check_layer_sums(lambda w, x: torch.tensor(by_autograd(w, x))).is_correct


def test_an_unnamed_wrong_sum_is_shown_with_its_case():
    verdict = check_layer_sums(lambda weights, x: [0.0] * len(weights))
    assert (verdict.status, verdict.mistake) == ("incorrect", None)


def test_path_counts_take_lists_and_integers():
    def counts(widths):
        gamma = math.prod(widths[1:-1])
        n = sum(a * b for a, b in pairwise(widths))
        return [gamma, gamma * widths[0], n, (gamma * widths[0]) ** (1 / (len(widths) - 1))]

    assert check_path_counts(counts).is_correct
    assert check_path_counts(lambda widths: counts(widths)[:3]).status == "incorrect"


def test_variance_by_enumeration_is_accepted():
    def by_enumeration(state, order, exponent):
        products = state
        for _ in range(order - 1):
            products = np.multiply.outer(products, state)
        return (products**2).sum() * len(state) ** (-2 * exponent)

    assert check_energy_variance(by_enumeration).is_correct
    only_on_the_sphere = check_energy_variance(lambda w, order, exponent: len(w))
    assert only_on_the_sphere.status == "incorrect"


def test_the_variance_that_is_checked_is_that_of_the_hamiltonian():
    rng, state = np.random.default_rng(0), np.array([1.0, -0.5, 2.0])
    draws = [sg.tuple_sum(rng.normal(size=(3,) * 3), state) / 3**0.5 for _ in range(4000)]
    expected = check_energy_variance.checker.reference(state, 3, 0.5)
    assert np.var(draws) == pytest.approx(expected, rel=4.5 * (2 / 4000) ** 0.5)


def test_violations_by_other_roads_are_accepted():
    def other(weights, inputs, labels):
        tensors = [torch.tensor(w) for w in weights]
        x, y = torch.tensor(inputs), torch.tensor(labels)
        activity, outputs = sg.neuron_activity(tensors, x), sg.network_output(tensors, x)
        m = sg.active_samples(y, outputs)
        rate = (m[:, None] * sg.path_activity(activity).flatten(1)).mean(0)
        values = np.linalg.eigvalsh(np.cov((y[:, None] * x).numpy().T))
        correlation = torch.corrcoef(torch.stack([m, y * outputs]))[0, 1]
        return [
            float(correlation),
            float(rate.std(unbiased=False) / rate.mean()),
            values.sum() ** 2 / (values**2).sum(),
        ]

    assert check_violations(other).is_correct


def test_a_test_that_always_or_never_rejects_is_not_accepted():
    for constant in (0.01, 0.5, 1.0):
        assert check_independence_test(lambda z, b, seed, p=constant: p).status == "incorrect"


def test_other_statistics_are_accepted_if_they_work():
    def mean_square(z, b, seed):
        rng = np.random.default_rng(seed)

        def statistic(b):
            both = np.corrcoef(z.T, b.T)[:6, 6:]
            return (both**6).sum()

        null = [statistic(rng.permutation(b)) for _ in range(99)]
        return (1 + sum(value >= statistic(b) for value in null)) / 100

    assert check_independence_test(mean_square).is_correct


def test_an_independence_test_with_a_seed_of_its_own_is_told():
    rng = np.random.default_rng(8)

    def unseeded(z, b, _seed):
        return check_independence_test.checker.reference(z, b, int(rng.integers(10**6)))

    assert "use `seed`" in check_independence_test(unseeded).message


def test_p_values_that_suppose_unrelated_columns_are_named():
    def bonferroni(z, b, seed):
        largest = np.abs(np.corrcoef(z.T, b.T)[:6, 6:]).max()
        return min(1.0, 36 * math.erfc(math.atanh(largest) * math.sqrt((len(z) - 3) / 2)))

    assert check_independence_test(bonferroni).mistake == "correlations_inside_ignored"
