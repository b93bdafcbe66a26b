"""Stacked polynomial layers: their symmetries are exact, and carry masks and scales along."""

import pytest
import torch

from lossland import remedies as re


def stack(basis=None, **options):
    return re.stacked_polynomials(
        [2, 4, 3, 1], 4, basis or re.legendre(), dtype=torch.float64, generator=torch.Generator().manual_seed(0),
        **options,
    )  # fmt: skip


def inputs():
    return 2 * torch.rand(30, 2, dtype=torch.float64, generator=torch.Generator().manual_seed(1)) - 1


@pytest.mark.parametrize("basis", [re.legendre(), re.hermite(), re.laguerre()], ids=str)
@pytest.mark.parametrize("scale", [False, True])
def test_permuted_copies_are_equal_with_masks_and_scales(basis, scale):
    draw = torch.Generator().manual_seed(2)
    masks = [torch.ones(4, 5, 2), re.sample_mask(3, 20, 0.3, generator=draw).view(3, 5, 4), None]
    masks[0][1, 2, 0] = 0
    network = stack(basis, masks=masks, scale=scale)
    if scale:
        with torch.no_grad():
            network[1].scale.copy_(torch.tensor([0.5, 0.7, 0.9, 1.1]))
    moved = re.permute_hidden(re.permute_hidden(network, 0, [2, 3, 1, 0]), 1, [1, 2, 0])
    torch.testing.assert_close(moved(inputs()), network(inputs()))
    assert not torch.equal(moved[0].mask, network[0].mask)
    assert not torch.equal(moved[1].weight, network[1].weight)


@pytest.mark.parametrize("basis", [re.legendre(), re.chebyshev(), re.hermite(), re.jacobi(1.0, 1.0)], ids=str)
def test_signs_can_be_changed_in_each_hidden_layer(basis):
    network = stack(basis)
    moved = re.flip_hidden(re.flip_hidden(network, 0, [1, -1, -1, 1]), 1, [-1, 1, -1])
    torch.testing.assert_close(moved(inputs()), network(inputs()))
    assert not torch.equal(moved[2].weight, network[2].weight)


def test_the_first_layer_may_take_inputs_as_they_are():
    network = stack(first_outside="continue")
    assert [layer.outside for layer in network] == ["continue", "squash", "squash"]
    assert [layer.outside for layer in stack(outside="clamp")] == ["clamp"] * 3


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: re.stacked_polynomials([2], 3), "widths: expected at least 2"),
        (lambda: stack(masks=[None]), "masks: expected one for each of 3 layers, got 1"),
        (lambda: re.permute_hidden(stack(), 0, [0, 1, 2, 2]), "order: expected a permutation of 4 units"),
        (lambda: re.permute_hidden(stack(), 2, [0]), "layer: expected an integer"),
        (lambda: re.flip_hidden(stack(), 0, [1, 1, 1, 2]), "signs: expected 1 or -1 for each of 4 units"),
        (lambda: re.flip_hidden(stack(re.jacobi(1.0, 0.0)), 0, [1] * 4), "network: expected a basis with a parity"),
        (
            lambda: re.permute_hidden(torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.Linear(2, 2)), 0, [0, 1]),
            "network: expected polynomial layers at 0 and 1, got Linear at 0",
        ),
        (
            lambda: re.permute_hidden(torch.nn.Sequential(*stack()[:1], torch.nn.Linear(4, 2)), 0, [0, 1, 2, 3]),
            "network: expected polynomial layers at 0 and 1, got Linear at 1",
        ),
    ],
)
def test_bad_input(call, message):
    with pytest.raises(ValueError, match=message):
        call()
