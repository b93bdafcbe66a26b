"""Specs by hand: what fits passes, and what does not is told with the layer and the reason."""

import pytest
import torch
from torch import nn

from lossland.symmetry import apply_permutations, check_spec, spec_from_axes
from tests.symmetry.example_networks import SEQUENCES, TOKENS, InputSkip, ResNet, TiedEnds, TorchAttention, images


def resnet_axes(stream, inner="inner"):
    """Axes of the first stage; ``stream`` orders the outputs of its first block, the rest is fixed."""
    return {
        "stage1.0.conv1.weight": (inner, None, None, None),
        **{f"stage1.0.bn1.{name}": (inner,) for name in ("weight", "bias", "running_mean", "running_var")},
        "stage1.0.conv2.weight": (stream, inner, None, None),
        **{f"stage1.0.bn2.{name}": (stream,) for name in ("weight", "bias", "running_mean", "running_var")},
        "stage1.1.conv1.weight": (None, stream, None, None),
    }


def test_fewer_symmetries_than_there_are_will_do():
    module = ResNet()
    check_spec(spec_from_axes(resnet_axes(None), module.state_dict()), module, images(3, 8))


def test_a_permutation_that_breaks_a_residual_connection_is_told_with_its_layer():
    module = ResNet()
    spec = spec_from_axes(resnet_axes("mine"), module.state_dict())
    with pytest.raises(ValueError, match=r"dimension 0 of 'stem.weight' and dimension 0 of 'stage1.0.conv2.weight' "
        r"must "
                       r"follow one order, but have different ones: of the outputs of layer 'stage1.0.conv2', they are "
                       r"added to those of 'stem' at 'add' \(residual connection\)"):  # fmt: skip
        check_spec(spec, module, images(3, 8))


def test_a_permutation_that_breaks_a_connection_to_the_input_is_told():
    module = InputSkip()
    spec = spec_from_axes(
        {"second.weight": ("h", None), "second.bias": ("h",), "last.weight": (None, "h")}, module.state_dict()
    )
    with pytest.raises(ValueError, match=r"it permutes dimension 0 of 'second.weight', but the outputs of that layer "
        "cannot "
                       "be permuted: they are added to places that have a meaning"):  # fmt: skip
        check_spec(spec, module, SEQUENCES[0, :, :4])


def test_tied_weights_must_be_permuted_alike():
    module = TiedEnds()
    state = module.state_dict()
    spec = spec_from_axes({"embedding.weight": (None, "h"), "hidden.weight": (None, "h")}, state)
    with pytest.raises(ValueError, match=r"'embedding.weight' and 'out.weight' are one tensor \(tied weights\), but "
                       r"dimension 1 would be permuted differently in the two: untie them"):  # fmt: skip
        apply_permutations(spec, {"h": [1, 2, 0, 3, 4, 5, 6, 7]}, state)
    with pytest.raises(ValueError, match=r"dimension 1 of 'embedding.weight' and dimension 0 of 'hidden.weight' must "
        r"follow "
                       r"one order.*'hidden', they are added to those of 'embedding'"):  # fmt: skip
        check_spec(spec, module, TOKENS)
    spec = spec_from_axes(
        {"embedding.weight": (None, "h"), "hidden.weight": ("h", "h"), "hidden.bias": ("h",)}, state
    )
    with pytest.raises(ValueError, match=r"'out.weight' must follow one order.*one tensor \(tied weights\)"):
        check_spec(spec, module, TOKENS)


def test_places_with_a_meaning_stay():
    module = nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 2))
    for axes, words in (
        ({"0.weight": (None, "x")}, "dimension 1 of '0.weight', but the places there have a meaning"),
        ({"2.weight": ("y", None)}, "dimension 0 of '2.weight', but the outputs of that layer cannot be permuted: "
         "they are "
         "outputs of the network"),
    ):  # fmt: skip
        with pytest.raises(ValueError, match=words):
            check_spec(spec_from_axes(axes, module.state_dict()), module, torch.ones(5, 3))


def test_heads_by_hand():
    """Rows of the joint projection are three blocks of heads: a wrong block size is seen by the outputs alone."""
    module = TorchAttention()
    state = module.state_dict()
    right = {"attention.out_proj.weight": (None, ("heads", 4))}
    with pytest.raises(ValueError, match="permuting the units changes the outputs of the module"):
        check_spec(spec_from_axes(right, state), module, SEQUENCES)


def test_a_spec_of_another_network_is_told():
    module = nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 2))
    other = {"0.weight": (4, 3), "0.bias": (4,), "1.weight": (2, 4)}
    with pytest.raises(ValueError, match=r"module: the spec has '1.weight', the state dict does not"):
        check_spec(spec_from_axes({}, other), module, torch.ones(5, 3))
    wider = {"0.weight": (5, 3)}
    with pytest.raises(ValueError, match=r"module\['0.weight'\]: the spec expects the shape \(5, 3\), got \(4, 3\)"):
        check_spec(spec_from_axes({}, wider), module, torch.ones(5, 3))
