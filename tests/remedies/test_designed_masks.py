"""Masks to a plan: rows that differ with the fewest zeros, rows that are alike, masks for weights with many axes."""

import math
from itertools import product

import numpy as np
import pytest
import torch

from lossland import remedies
from lossland.remedies import mask_symmetry


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize(("n_units", "n_inputs"), [(1, 1), (4, 3), (7, 3), (15, 4), (10, 4)])
def test_no_distinct_rows_have_fewer_zeros(n_units, n_inputs):
    mask = remedies.densest_mask(n_units, n_inputs)
    assert len(mask.unique(dim=0)) == n_units
    assert mask.any(dim=1).all()
    zeros = sorted(n_inputs - sum(row) for row in product([0, 1], repeat=n_inputs))
    assert int((~mask).sum()) == sum(zeros[:n_units])


def test_wide_densest_masks_lose_about_one_weight_a_unit_and_all_permutations():
    masks = [remedies.densest_mask(64, 64), remedies.densest_mask(64, 64), torch.ones(10, 64)]
    assert int((~masks[0]).sum()) == 63
    assert mask_symmetry([mask.numpy() for mask in masks]).log_order == 0


@pytest.mark.parametrize("group_size", [1, 2, 4, 8])
def test_groups_can_be_exchanged_and_nothing_else(group_size):
    masks = remedies.grouped_masks((30, 32, 32, 5), 0.5, group_size, generator=seeded())
    found = mask_symmetry([mask.numpy() for mask in masks])
    n_groups = 32 // group_size
    assert found.log_order == pytest.approx(2 * n_groups * math.lgamma(group_size + 1))
    assert masks[2].all()


def test_groups_have_the_rate_of_zeros():
    masks = remedies.grouped_masks((400, 400, 400, 2), 0.7, 4, generator=seeded())
    assert 1 - masks[0].double().mean().item() == pytest.approx(0.7, abs=0.01)
    assert 1 - masks[1].double().mean().item() == pytest.approx(0.7, abs=0.02)


@pytest.mark.parametrize(
    ("layer", "shape", "shared"),
    [
        (lambda mask: remedies.PrunedLinear(6, 5, mask), (5, 6), ()),
        (lambda mask: remedies.PrunedConv2d(6, 5, 3, mask), (5, 6, 3, 3), ()),
        (lambda mask: remedies.PrunedConv2d(6, 5, 3, mask), (5, 6, 3, 3), (2, 3)),
        (lambda mask: remedies.PolynomialLayer(6, 5, 3, mask=mask), (5, 4, 6), ()),
        (lambda mask: remedies.PolynomialLayer(6, 5, 3, mask=mask), (5, 4, 6), (1,)),
        (lambda mask: remedies.SplineLayer(6, 5, 4, 3, base="none", mask=mask), (5, 7, 6), (1,)),
    ],
)
def test_every_kind_of_layer_is_pruned_by_its_mask(layer, shape, shared):
    """Weights that are cut have no effect and no gradient; without them nothing else is missing."""
    mask = remedies.sample_tensor_mask(shape, 0.5, shared=shared, generator=seeded())
    assert tuple(mask.shape) == shape
    assert len(mask.flatten(1).unique(dim=0)) == 5
    for axis in shared:
        assert torch.equal(mask, mask.narrow(axis, 0, 1).expand(shape))
    made = layer(mask)
    inputs = torch.rand(60, 6, *(() if "Conv" not in type(made).__name__ else (4, 4)), generator=seeded(1)) * 2 - 1
    before = made(inputs)
    before.square().sum().backward()
    assert torch.all(made.weight.grad[~mask] == 0)
    assert torch.all(made.weight.grad[mask] != 0)
    with torch.no_grad():
        made.weight[~mask] = 100.0
    assert torch.equal(made(inputs), before)


@pytest.mark.parametrize("kind", ["polynomials", "splines"])
def test_kolmogorov_arnold_units_are_exchangeable_until_they_are_pruned(kind):
    def network(first, second):
        if kind == "splines":
            options = {"n_intervals": 3, "degree": 2, "base": "none"}
            return [
                remedies.SplineLayer(3, 6, mask=first, **options),
                remedies.SplineLayer(6, 2, mask=second, **options),
            ]
        return [remedies.PolynomialLayer(3, 6, 4, mask=first), remedies.PolynomialLayer(6, 2, 4, mask=second)]

    dense, whole = torch.ones(6, 5, 3), torch.ones(2, 5, 6)
    pruned = remedies.sample_tensor_mask((6, 5, 3), 0.5, generator=seeded())
    for mask, order in ((dense, 720), (pruned, 1)):
        layers = network(mask, whole)
        found = mask_symmetry([layer.mask.movedim(1, -1).numpy() for layer in layers])
        assert math.exp(found.log_order) == pytest.approx(order)
    layers = network(dense, whole)
    inputs, swap = torch.linspace(-1, 1, 12).reshape(4, 3), [1, 0, 2, 3, 4, 5]
    before = layers[1](layers[0](inputs))
    with torch.no_grad():
        layers[0].weight.copy_(layers[0].weight[swap])
        layers[1].weight.copy_(layers[1].weight[:, :, swap])
    torch.testing.assert_close(layers[1](layers[0](inputs)), before)


def test_convolutions_by_tables_and_by_single_weights():
    """A table of maps that leaves 12 exchanges, like LeNet's, and single weights that leave none."""
    table = np.kron(np.eye(2, dtype=int), np.ones((2, 1), dtype=int))
    masks = [table, np.ones((3, 4), dtype=int)]
    whole = [np.broadcast_to(table[:, :, None, None], (4, 2, 3, 3)), masks[1]]
    assert mask_symmetry(whole).log_order == pytest.approx(mask_symmetry(masks).log_order) == pytest.approx(math.log(4))
    single = remedies.sample_tensor_mask((4, 2, 3, 3), 0.5, generator=seeded()).numpy()
    assert mask_symmetry([single, masks[1]]).log_order == 0


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: remedies.densest_mask(8, 3), "n_units: expected at most 7 different rows for 3 inputs, got 8"),
        (lambda: remedies.grouped_masks((4, 6, 2), 0.5, 4), "group_size: expected a divisor .* got 4 for 6"),
        (lambda: remedies.grouped_masks((4, 6), 0.5, 2), "widths: expected at least 3"),
        (lambda: remedies.sample_tensor_mask((4, 6), 0.5, shared=(0,)), "shared: expected an integer in"),
        (lambda: remedies.sample_tensor_mask((4, 6, 3), 0.5, shared=(3,)), "shared: expected an integer in"),
        (lambda: remedies.sample_tensor_mask((9, 3, 2), 0.5, shared=(2,)), "n_units: expected at most 7 units"),
        (lambda: remedies.sample_tensor_mask((9, 3), 1.0), "zero_rate: expected a rate"),
    ],
)  # fmt: skip
def test_bad_input(call, message):
    with pytest.raises(ValueError, match=message):
        call()
