"""Checkers of chapter 15, beyond the contract: other correct ways of solving, and answers on no list."""

import math
from itertools import permutations

import numpy as np
import pytest

from lossland.exercises.copy_counts import check_copy_count, check_lenet_copies, check_orbit_size
from lossland.exercises.free_changes import STATEMENTS, check_free_changes
from lossland.exercises.permuted_network import _permute, check_permuted_network
from lossland.networks import MLP, forward
from lossland.symmetry import c3_table, lenet5, log_permutation_count, modern_lenet5, table_symmetries


def test_counts_by_sums_of_logarithms_are_right():
    def with_sums(widths):
        return sum(math.log10(k) for n in widths[1:-1] for k in range(2, n + 1))

    assert check_copy_count(with_sums).is_correct
    assert check_copy_count(lambda widths: log_permutation_count(widths) / math.log(10)).is_correct


def test_a_product_of_floats_is_told_to_add_logarithms():
    def product(widths):
        total = 1.0
        for n in widths[1:-1]:
            for k in range(2, n + 1):
                total *= k  # silently infinite
        return math.log10(total) if total < math.inf else total

    verdict = check_copy_count(product)
    assert (verdict.status, verdict.mistake) == ("incorrect", "overflow")
    loud = check_copy_count(lambda widths: math.log10(float(math.prod(math.factorial(n) for n in widths[1:-1]))))
    assert loud.status == "incorrect"
    assert "OverflowError" in loud.message


def test_counts_of_lenet_are_those_of_the_package():
    to_ten = math.log(10)
    table = table_symmetries(c3_table()).n_symmetries
    answer = {
        "dense_layers": log_permutation_count((400, 120, 84, 10)) / to_ten,
        "modern": log_permutation_count(modern_lenet5()) / to_ten,
        "table_symmetries": table,
        "original": log_permutation_count(lenet5()) / to_ten,
    }
    assert check_lenet_copies(answer).is_correct
    assert check_lenet_copies({name: round(value, 2) for name, value in answer.items()}).is_correct
    assert check_lenet_copies({**answer, "dense_layers": 324.24}).mistake == "eighty"
    assert check_lenet_copies({**answer, "modern": 300.0}).mistake is None


def test_orbits_by_listing_are_right():
    def by_listing(neurons):
        if len(neurons) > 7:  # too many to list: count words letter by letter
            left, places = 1, len(neurons)
            for count in np.unique(neurons, axis=0, return_counts=True)[1]:
                left, places = left * math.comb(places, count), places - count
            return left
        return len({neurons[list(order)].tobytes() for order in permutations(range(len(neurons)))})

    assert check_orbit_size(by_listing).is_correct


@pytest.mark.parametrize("wrong", [lambda neurons: len(neurons), lambda _neurons: 24])
def test_orbits_on_no_list_get_a_case(wrong):
    verdict = check_orbit_size(wrong)
    assert verdict.status == "incorrect"
    assert verdict.mistake is None


def test_matrices_of_permutations_do_it_too():
    def with_matrices(layers, orders):
        n, moved = layers.shape[1], layers.astype(float)
        for k, order in enumerate(orders):
            P = np.eye(n)[np.asarray(order, int)]
            moved[k] = P @ moved[k]
            moved[k + 1][:, :n] = moved[k + 1][:, :n] @ P.T
        return moved

    assert check_permuted_network(with_matrices).is_correct


def test_the_reference_keeps_the_function_and_the_printed_form_does_not():
    import torch

    rng = np.random.default_rng(3)
    layers, orders = rng.normal(size=(4, 5, 6)), np.array([[1, 2, 0, 4, 3], [2, 0, 1, 3, 4], [4, 0, 1, 2, 3]])
    x = torch.tensor(rng.normal(size=(7, 5)))

    def outputs(layers):
        parts = torch.tensor(layers)
        return forward(MLP(tuple(part[:, :-1] for part in parts), tuple(part[:, -1] for part in parts)), x, "tanh")

    own = outputs(layers)
    assert float((outputs(_permute(layers, orders)) - own).abs().max()) < 1e-12
    wrong = _permute(layers, orders)
    wrong[-1][:, :-1] = layers[-1][:, np.argsort(orders[-1])]
    assert float((outputs(wrong) - own).abs().max()) > 0.1


def test_one_wrong_change_is_named():
    right = {**check_free_changes.checker.reference}
    assert check_free_changes(right).is_correct
    other = {"same": "changed", "changed": "same"}
    told = {check_free_changes({**right, name: other[right[name]]}).mistake for name in STATEMENTS}
    assert len(told) == len(STATEMENTS)


def test_powers_of_ten_to_one_decimal_are_enough_and_whole_ones_are_not():
    right = check_lenet_copies.checker.reference
    assert check_lenet_copies({name: round(value, 1) for name, value in right.items()}).is_correct
    assert check_lenet_copies({name: round(value) for name, value in right.items()}).status == "incorrect"


def test_a_loop_that_writes_over_what_it_reads_is_told():
    def in_place(layers, orders):
        for k, order in enumerate(orders):
            for place, neuron in enumerate(order):
                layers[k][place] = layers[k][neuron]
            layers[k + 1][:, :-1] = layers[k + 1][:, :-1][:, order]
        return layers

    assert check_permuted_network(in_place).mistake == "overwritten"
