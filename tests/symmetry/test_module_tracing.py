"""Tracing: every permutation of a spec leaves the outputs, and every axis of a spec is needed for that."""

from dataclasses import replace
from itertools import permutations, product

import pytest
import torch
from torch import nn
from torch.func import functional_call

from lossland.symmetry import apply_permutations, check_spec, output_change, sample_permutations, trace_permutation_spec
from lossland.symmetry.output_invariance import check_outputs
from lossland.symmetry.permutation_spec import Factor
from tests.symmetry.example_networks import NETWORKS, SEQUENCES, Branching, InputSkip, ResNet, TiedEnds, images


def traced(name):
    make, inputs, sizes = NETWORKS[name]
    torch.manual_seed(0)
    module = make()
    return module, trace_permutation_spec(module, inputs), inputs, sizes


@pytest.mark.parametrize("name", NETWORKS)
class TestEveryNetwork:
    def test_has_the_groups_that_one_counts_by_hand(self, name):
        _, spec, _, sizes = traced(name)
        assert sorted(spec.sizes.values()) == sorted(sizes)

    @pytest.mark.parametrize("seed", range(3))
    def test_keeps_its_outputs_under_each_permutation(self, name, seed):
        module, spec, inputs, _ = traced(name)
        module = module.eval().double()
        inputs = inputs.double() if inputs.is_floating_point() else inputs
        drawn = sample_permutations(spec, generator=torch.Generator().manual_seed(seed))
        assert output_change(module, spec, drawn, inputs) < 1e-12
        moved = apply_permutations(spec, drawn, module.state_dict())
        assert any(not torch.equal(entry, moved[key]) for key, entry in module.state_dict().items())

    def test_needs_every_axis_of_its_spec(self, name):
        """Leave out one parameter, and the outputs change: nothing is in the spec for nothing."""
        module, spec, inputs, _ = traced(name)
        for key in spec.axes:
            if spec.groups_of(key) and not any(key in names for names in spec.tied):
                fixed = tuple(((Factor(None, n),),) for n in spec.shape_of(key))
                with pytest.raises(ValueError, match="permuting the units changes the outputs of the module"):
                    check_outputs(replace(spec, axes={**spec.axes, key: fixed}), module, (inputs,))

    def test_is_left_as_it_was(self, name):
        make, inputs, _ = NETWORKS[name]
        module = make().train()
        before = {key: entry.clone() for key, entry in module.state_dict().items()}
        trace_permutation_spec(module, inputs)
        assert module.training
        assert all(torch.equal(before[key], entry) for key, entry in module.state_dict().items())

    def test_passes_its_own_spec(self, name):
        module, spec, inputs, _ = traced(name)
        check_spec(spec, module, inputs)


def test_all_symmetries_of_a_tiny_network_are_found_and_no_others():
    """Of the 144 ways to permute rows and columns of two hidden layers, those of the spec alone keep the outputs."""
    torch.manual_seed(0)
    module = nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 2), nn.Tanh(), nn.Linear(2, 1)).double()
    x, state = torch.randn(4, 2, dtype=torch.float64), module.state_dict()
    keep = set()
    for rows1, columns2 in product(permutations(range(3)), repeat=2):
        for rows2, columns3 in product(permutations(range(2)), repeat=2):
            moved = {
                "0.weight": state["0.weight"][list(rows1)], "0.bias": state["0.bias"][list(rows1)],
                "2.weight": state["2.weight"][list(rows2)][:, list(columns2)], "2.bias": state["2.bias"][list(rows2)],
                "4.weight": state["4.weight"][:, list(columns3)], "4.bias": state["4.bias"],
            }  # fmt: skip
            if torch.allclose(functional_call(module, moved, x), module(x), rtol=0, atol=1e-12):
                keep.add(b"".join(entry.numpy().tobytes() for entry in moved.values()))
    spec = trace_permutation_spec(module, x)
    orbit = {
        b"".join(entry.numpy().tobytes() for entry in apply_permutations(spec, {"0": p, "2": q}, state).values())
        for p, q in product(permutations(range(3)), permutations(range(2)))
    }
    assert len(orbit) == 12
    assert orbit == keep


def test_layers_of_a_residual_network_share_the_order_of_their_stream():
    spec = trace_permutation_spec(ResNet(), images(3, 8))
    stream = [name for name, layer in spec.layers.items() if layer.group == "stem"]
    assert stream == ["stem", "bn", "stage1.0.conv2", "stage1.0.bn2", "stage1.1.conv2", "stage1.1.bn2"]
    assert "they are added to those of 'stem'" in spec.layers["stage1.0.conv2"].reason
    assert spec.layers["head"].group is None
    assert {"bn.running_mean", "stage2.1.bn2.running_var", "bn.num_batches_tracked"} <= spec.buffers


def test_asking_for_a_layer_without_an_order_of_its_own_says_which_and_why():
    module = ResNet()
    spec, state = trace_permutation_spec(module, images(3, 8)), module.state_dict()
    with pytest.raises(ValueError, match=r"permutations\['stage1.0.conv2'\]: the outputs of layer 'stage1.0.conv2' "
        r"have "
                       r"no order of their own: they are added to those of 'stem' at 'add' \(residual connection\); "
                       r"permute group 'stem' instead"):  # fmt: skip
        apply_permutations(spec, {"stage1.0.conv2": range(6)}, state)
    with pytest.raises(ValueError, match="outputs of layer 'head' cannot be permuted: they are outputs of the network"):
        apply_permutations(spec, {"head": range(10)}, state)
    spec = trace_permutation_spec(InputSkip(), SEQUENCES[0, :, :4])
    with pytest.raises(ValueError, match="outputs of layer 'second' cannot be permuted: they are added to places "
        "that have "
                       "a meaning"):  # fmt: skip
        apply_permutations(spec, {"second": range(4)}, InputSkip().state_dict())


def test_tied_entries_are_known():
    spec = trace_permutation_spec(TiedEnds(), torch.zeros(1, 2, dtype=torch.int64))
    assert spec.tied == (("embedding.weight", "out.weight"),)
    assert spec.axes["embedding.weight"] == spec.axes["out.weight"]


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [(lambda: trace_permutation_spec(torch.zeros(3), torch.zeros(3)), TypeError, "module: expected a torch module, "
     "got Te"),
     (lambda: trace_permutation_spec(Branching(), torch.ones(2, 3)), ValueError, "module: torch.fx cannot trace "
      "it.*write "
      "its spec by hand with spec_from_axes"),
     (lambda: trace_permutation_spec(nn.Linear(3, 2), torch.ones(2, 4)), ValueError, r"example_inputs: the module "
      r"cannot "
      r"be run on tensors of the shapes \[\(2, 4\)\]")],
)  # fmt: skip
def test_errors_say_what_to_do(call, error, words):
    with pytest.raises(error, match=words):
        call()
