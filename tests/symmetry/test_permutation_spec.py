"""Specs as data, and the group that acts through them: group laws, what goes where, and errors in words."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from lossland.symmetry import (
    apply_permutations,
    compose_permutations,
    invert_permutations,
    mlp_spec,
    sample_permutations,
    spec_from_axes,
    trace_permutation_spec,
)

SHAPES = {"0.weight": (4, 3), "0.bias": (4,), "1.weight": (2, 20)}
SPEC = spec_from_axes({"0.weight": ("h", None), "0.bias": ("h",), "1.weight": (None, ("h", 5))}, SHAPES)
STATE = {name: torch.arange(float(np.prod(shape))).reshape(shape) for name, shape in SHAPES.items()}
orders = st.permutations(range(4))


def equal(one, two):
    return one.keys() == two.keys() and all(torch.equal(one[name], two[name]) for name in one)


def act(order, state=None):
    return apply_permutations(SPEC, {"h": order}, STATE if state is None else state)


@given(orders, orders)
@settings(max_examples=30, deadline=None)
def test_composition_is_doing_one_after_the_other(p, q):
    both = compose_permutations(SPEC, {"h": p}, {"h": q})
    assert equal(act(q, act(p)), apply_permutations(SPEC, both, STATE))


@given(orders)
@settings(max_examples=30, deadline=None)
def test_the_inverse_undoes_on_both_sides(p):
    inverse = invert_permutations(SPEC, {"h": p})
    assert equal(apply_permutations(SPEC, inverse, act(p)), STATE)
    for pair in ((inverse, {"h": p}), ({"h": p}, inverse)):
        assert compose_permutations(SPEC, *pair)["h"].tolist() == [0, 1, 2, 3]


@given(orders, orders, orders)
@settings(max_examples=20, deadline=None)
def test_composition_is_associative(p, q, r):
    p, q, r = ({"h": order} for order in (p, q, r))
    left = compose_permutations(SPEC, compose_permutations(SPEC, p, q), r)
    assert left["h"].tolist() == compose_permutations(SPEC, p, compose_permutations(SPEC, q, r))["h"].tolist()


def test_place_i_takes_the_unit_that_is_named_there():
    moved = act([2, 0, 1, 3])
    assert torch.equal(moved["0.weight"], STATE["0.weight"][[2, 0, 1, 3]])
    assert torch.equal(moved["0.bias"], STATE["0.bias"][[2, 0, 1, 3]])
    assert moved["1.weight"][0].tolist() == [*range(10, 15), *range(5), *range(5, 10), *range(15, 20)]


def test_groups_that_are_left_out_stay_and_entries_that_are_not_known_pass():
    state = {**STATE, "counter": torch.tensor(3)}
    moved = apply_permutations(SPEC, {}, state)
    assert all(moved[name] is state[name] for name in state)


def test_gradients_pass_and_dtypes_stay():
    leaf = STATE["0.weight"].to(torch.float32, copy=True).requires_grad_()
    moved = act([2, 0, 1, 3], {**STATE, "0.weight": leaf})["0.weight"]
    moved[0].sum().backward()
    assert moved.dtype == torch.float32
    assert leaf.grad[2].tolist() == [1, 1, 1]
    assert leaf.grad.sum() == 3


def test_state_dicts_stay_on_their_device():
    meta = {name: entry.to("meta") for name, entry in STATE.items()}
    assert all(entry.device.type == "meta" for entry in act([2, 0, 1, 3], meta).values())


def test_random_permutations_are_permutations_of_all_groups_and_repeatable():
    spec = mlp_spec((3, 50, 40, 2))
    one, two = (sample_permutations(spec, generator=torch.Generator().manual_seed(4)) for _ in range(2))
    assert equal(one, two)
    assert [sorted(order.tolist()) for order in one.values()] == [list(range(50)), list(range(40))]


def test_a_perceptron_spec_is_what_tracing_finds():
    module = nn.Sequential(nn.Linear(3, 8), nn.ReLU(), nn.Linear(8, 5), nn.ReLU(), nn.Linear(5, 2))
    traced, by_hand = trace_permutation_spec(module, torch.ones(1, 3)), mlp_spec((3, 8, 5, 2))
    names = {f"{2 * k}.{kind}": f"{kinds}.{k}" for k in range(3) for kind, kinds in (("weight", "weights"), ("bias",
        "biases"))}
    assert list(traced.sizes.values()) == list(by_hand.sizes.values())
    for name, other in names.items():
        assert traced.shape_of(name) == by_hand.shape_of(other)
        assert len(traced.groups_of(name)) == len(by_hand.groups_of(other))


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [(lambda: act([0, 1, 2]), ValueError, r"permutations\['h'\]: expected each of 0 to 3 once, in the shape \(4,\), "
     r"got the"),
     (lambda: act([0, 1, 2, 2]), ValueError, r"permutations\['h'\]: expected each of 0 to 3 once, got \[0, 1, 2, 2\]"),
     (lambda: act([0, 1, 2, 4]), ValueError, r"permutations\['h'\]: expected each of 0 to 3 once, got \[0, 1, 2, 4\]"),
     (lambda: act([0.0, 1, 2, 3]), TypeError, r"permutations\['h'\]: expected integers, got torch.float32"),
     (lambda: apply_permutations(SPEC, [[0, 1, 2, 3]], STATE), TypeError, "permutations: expected a mapping from "
      "groups"),
     (lambda: apply_permutations(SPEC, {"g": [0]}, STATE), ValueError, r"\['g'\]: there is no such group; the groups "
      r"are 'h'"),
     (lambda: act([0, 1, 2, 3], {"0.weight": STATE["0.weight"]}), ValueError, "state_dict: the spec has '0.bias', "
      "the state "
      "dict does not: the spec is of another network"),
     (lambda: act([0, 1, 2, 3], {**STATE, "0.bias": torch.zeros(5)}), ValueError, r"state_dict\['0.bias'\]: the spec "
      r"expects "
      r"the shape \(4,\), got \(5,\)"),
     (lambda: spec_from_axes({"2.weight": ("h",)}, SHAPES), ValueError, "axes: there is no parameter '2.weight'; "
      "there are"),
     (lambda: spec_from_axes({"0.weight": ("h",)}, SHAPES), ValueError, r"axes\['0.weight'\]: expected 2 items"),
     (lambda: spec_from_axes({"0.weight": ("h", "h")}, SHAPES), ValueError, r"axes\['0.weight'\]\[1\]: group 'h' has "
      r"4 units "
      r"in dimension 0 of '0.weight', but here it has 3"),
     (lambda: spec_from_axes({"1.weight": (None, ("h", 3))}, SHAPES), ValueError, r"axes\['1.weight'\]\[1\]: 20 "
      r"places are no "
      "multiple of 3"),
     (lambda: mlp_spec((3,)), ValueError, "widths: expected at least 2 layer widths")],
)  # fmt: skip
def test_errors_say_what_to_do(call, error, words):
    with pytest.raises(error, match=words):
        call()
