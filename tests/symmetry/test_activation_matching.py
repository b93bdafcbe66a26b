"""Activation matching: planted orders, brute force over all of them, and what each measure cannot see."""

from itertools import permutations

import numpy as np
import pytest
import torch
from torch import nn

from lossland.networks import MLP, preactivations, sample_mlp
from lossland.symmetry import (
    apply_permutations,
    compose_permutations,
    match_activations,
    match_mlp_activations,
    permute_neurons,
    sample_permutations,
    spec_from_axes,
    trace_permutation_spec,
)
from tests.symmetry.example_networks import NETWORKS, ResNet, images

CYCLES = [[2, 0, 1, 3, 4, 5], [0, 1, 3, 4, 2]]


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def draw(seed=0, widths=(4, 6, 5, 3), **options):
    return sample_mlp(widths, 1.0, 0.5, generator=generator(seed), **options)


INPUTS = torch.randn(60, 4, dtype=torch.float64, generator=generator(9))


@pytest.mark.parametrize("measure", ["correlation", "product"])
def test_planted_cycles_in_two_layers_are_undone(measure):
    mlp = draw()
    found = match_mlp_activations(mlp, permute_neurons(mlp, CYCLES), INPUTS, "tanh", measure=measure)
    assert [order.tolist() for order in found] == [np.argsort(cycle).tolist() for cycle in CYCLES]


def test_the_order_is_the_best_of_all():
    a, b = draw(1, (4, 5, 2)), draw(2, (4, 5, 2))
    one, two = (preactivations(m, INPUTS, "relu")[0].numpy() for m in (a, b))
    correlations = np.corrcoef(one.T, two.T)[:5, 5:]
    best = max(permutations(range(5)), key=lambda order: correlations[range(5), order].sum())
    assert match_mlp_activations(a, b, INPUTS, "relu")[0].tolist() == list(best)


def test_correlation_does_not_see_the_scale_of_a_neuron_and_products_do():
    """ReLU neurons may be rescaled without a change of the function."""
    incoming, outgoing = torch.tensor([[1.0, 0.0], [2.0, 1.0]]), torch.tensor([[1.0, -1.0]])
    biases, scales = (torch.zeros(2), torch.zeros(1)), torch.tensor([10.0, 0.1])
    mlp, rescaled = MLP((incoming, outgoing), biases), MLP((incoming * scales[:, None], outgoing / scales), biases)
    x = torch.randn(500, 2, generator=generator())
    assert match_mlp_activations(mlp, rescaled, x, "relu")[0].tolist() == [0, 1]
    assert match_mlp_activations(mlp, rescaled, x, "relu", measure="product")[0].tolist() == [1, 0]


def test_a_batch_is_matched_pair_by_pair_and_silent_neurons_do_no_harm():
    a, b = draw(1, n_draws=3), draw(2, n_draws=3)
    a.weights[0][1, 2] = 0
    found = match_mlp_activations(a, b, INPUTS, "tanh")
    for i in range(3):
        one, two = (MLP(tuple(w[i] for w in m.weights), tuple(h[i] for h in m.biases)) for m in (a, b))
        alone = match_mlp_activations(one, two, INPUTS, "tanh")
        assert all(torch.equal(order[i], other) for order, other in zip(found, alone, strict=True))
        assert all(sorted(order.tolist()) == list(range(len(order))) for order in alone)


@pytest.mark.parametrize("measure", ["correlation", "product"])
@pytest.mark.parametrize("name", ["perceptron", "ResNet", "attention by chunks", "joined"])
def test_planted_permutations_of_modules_are_undone(name, measure):
    """Inputs of many places, so that answers tell units apart."""
    make, inputs, _ = NETWORKS[name]
    torch.manual_seed(0)
    module = make().eval()
    spec = trace_permutation_spec(module, inputs)
    planted = sample_permutations(spec, generator=generator())
    torch.manual_seed(0)
    other = make().eval()
    other.load_state_dict(apply_permutations(spec, planted, module.state_dict()))
    found = match_activations(spec, module, other, inputs, measure=measure)
    both = compose_permutations(spec, planted, found)
    heads = [group for group in spec.sizes if group.startswith("attention.qkv")]  # no layer answers for these alone
    assert all(torch.equal(order, torch.arange(len(order))) for group, order in both.items() if group not in heads)


def test_the_stream_of_a_residual_network_is_matched_on_all_its_layers():
    torch.manual_seed(0)
    one, two = ResNet().eval(), ResNet().eval()
    spec, x = trace_permutation_spec(one, images(3, 8)), images(3, 8)
    found = match_activations(spec, one, two, x)
    layers = [name for name, layer in spec.layers.items() if layer.group == "stem"]
    total = np.zeros((6, 6))
    for name in layers:
        seen = []
        for module in (one, two):
            layer = module.get_submodule(name)
            hook = layer.register_forward_hook(lambda _, __, out, seen=seen: seen.append(out.detach()))
            module(x)
            hook.remove()
        answers = [out.double().transpose(0, 1).flatten(1).numpy() for out in seen]
        stds = [np.maximum(z.std(axis=1, keepdims=True), 1e-300) for z in answers]
        u, v = ((z - z.mean(axis=1, keepdims=True)) / s for z, s in zip(answers, stds, strict=True))
        total += u @ v.T / u.shape[1]
    best = max(permutations(range(6)), key=lambda order: total[range(6), order].sum())
    assert found["stem"].tolist() == list(best)


def test_errors_say_what_to_do():
    mlp, module = draw(), nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 2))
    with pytest.raises(ValueError, match="measure: expected one of correlation, product, got 'cosine'"):
        match_mlp_activations(mlp, mlp, INPUTS, "tanh", measure="cosine")
    with pytest.raises(ValueError, match="mlp: expected weights of the shapes"):
        match_mlp_activations(mlp, draw(0, (4, 6, 4, 3)), INPUTS, "tanh")
    by_hand = spec_from_axes({"0.weight": ("h", None)}, module.state_dict())
    with pytest.raises(ValueError, match="spec: it does not know the layers of the network; make it with "
        "trace_permutation"):
        match_activations(by_hand, module, module, torch.ones(2, 3))
    spec = trace_permutation_spec(module, torch.ones(2, 3))
    with pytest.raises(ValueError, match="module: the spec has a layer '1', the module does not"):
        match_activations(spec, module, nn.Sequential(nn.Linear(3, 4)), torch.ones(2, 3))
