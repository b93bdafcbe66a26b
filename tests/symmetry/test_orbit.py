"""Orbits: the search for the stabilizer against brute force over all exchanges, with ties planted."""

import math
from itertools import permutations, product

import numpy as np
import pytest
import torch

from lossland import symmetry as sym
from lossland.networks import MLP, sample_mlp, to_vector


def draw(widths, seed=0):
    return sample_mlp(widths, 1.0, 1.0, generator=torch.Generator().manual_seed(seed))


def coarse(widths, seed, low=0, high=2):
    """Parameters of few values, so that units coincide by chance."""
    rng = np.random.default_rng(seed)
    sizes = list(zip(widths[1:], widths[:-1], strict=True))

    def whole(shape):
        return torch.tensor(rng.integers(low, high, shape), dtype=torch.float64)

    return MLP(tuple(whole(size) for size in sizes), tuple(whole(size[0]) for size in sizes))


def by_permuting(mlp):
    """Number of different copies, through permute_neurons and bytes."""
    orders = product(*[list(permutations(range(len(bias)))) for bias in mlp.biases[:-1]])
    return len({to_vector(sym.permute_neurons(mlp, list(order))).numpy().tobytes() for order in orders})


def test_generic_networks_have_the_whole_group():
    assert sym.orbit_size(draw((2, 4, 1))) == 24 == by_permuting(draw((2, 4, 1)))
    assert sym.orbit_size(draw((2, 3, 4, 1))) == 144 == by_permuting(draw((2, 3, 4, 1)))
    assert sym.orbit_size(draw((2, 3, 1)), signs=True) == 48
    assert sym.orbit_size(draw((3, 30, 20, 2))) == math.factorial(30) * math.factorial(20)


def test_twins_halve_the_orbit_only_if_they_are_alike_in_everything():
    mlp = draw((2, 4, 1))
    twin = [0, 0, 2, 3]
    alike = MLP((mlp.weights[0][twin], mlp.weights[1][:, twin]), (mlp.biases[0][twin], mlp.biases[1]))
    assert sym.orbit_size(alike) == 12 == by_permuting(alike)
    assert sym.orbit_size(alike._replace(weights=(alike.weights[0], mlp.weights[1]))) == 24
    assert sym.orbit_size(alike._replace(biases=(mlp.biases[0], mlp.biases[1]))) == 24


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("widths", [(1, 4, 1), (1, 3, 3, 1), (2, 2, 2, 2, 1)])
def test_search_equals_brute_force_where_units_coincide(widths, seed):
    mlp = coarse(widths, seed)
    assert sym.orbit_size(mlp) == len(sym.enumerate_orbit(mlp)) == by_permuting(mlp)
    mlp = coarse(widths, seed, low=-1)
    assert sym.orbit_size(mlp, signs=True) == len(sym.enumerate_orbit(mlp, signs=True))


def test_a_twin_in_the_first_layer_can_be_told_apart_by_the_second():
    first = torch.tensor([[1.0], [1.0]]), torch.zeros(2)
    cross = torch.eye(2), torch.zeros(2)
    told = MLP((first[0], cross[0], torch.tensor([[1.0, 2.0]])), (first[1], cross[1], torch.zeros(1)))
    joint = told._replace(weights=(*told.weights[:2], torch.tensor([[1.0, 1.0]])))
    assert len(sym.stabilizer(told)) == 1
    moved = sym.stabilizer(joint)
    assert [[order.tolist() for order, _ in exchange] for exchange in moved] == [[[0, 1]] * 2, [[1, 0]] * 2]
    assert by_permuting(told) == 4
    assert by_permuting(joint) == 2


def test_a_silent_unit_has_both_signs():
    mlp = MLP((torch.tensor([[0.0], [1.0]]), torch.tensor([[0.0, 2.0]])), (torch.zeros(2), torch.zeros(1)))
    assert len(sym.stabilizer(mlp, signs=True)) == 2
    assert sym.orbit_size(mlp, signs=True) == 4 == len(sym.enumerate_orbit(mlp, signs=True))


def test_no_hidden_layer_no_copies():
    assert sym.orbit_size(draw((3, 2))) == 1
    assert len(sym.enumerate_orbit(draw((3, 2)))) == 1


def test_bad_input_is_told_in_words():
    batch = sample_mlp((2, 3, 1), 1.0, 0.1, n_draws=2, generator=torch.Generator().manual_seed(0))
    with pytest.raises(ValueError, match=r"expected one network, .* got a batch"):
        sym.orbit_size(batch)
    with pytest.raises(TypeError, match="expected a network with weights and biases, got list"):
        sym.stabilizer([1, 2])
    zero = MLP((torch.zeros(9, 1), torch.zeros(1, 9)), (torch.zeros(9), torch.zeros(1)))
    with pytest.raises(ValueError, match="more than limit=1000 exchanges"):
        sym.stabilizer(zero, limit=1000)
    with pytest.raises(ValueError, match="a group of at most 100000 elements, got 362880"):
        sym.enumerate_orbit(zero)
