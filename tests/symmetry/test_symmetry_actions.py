"""Signs, scales and bases inside of attention heads: the parameters change, the function does not."""

import numpy as np
import pytest
import torch

from lossland import symmetry as sym
from lossland.networks import forward, sample_mlp, to_vector


def draw(**options):
    return sample_mlp((4, 6, 5, 3), 1.0, 0.5, generator=torch.Generator().manual_seed(3), **options)


def change(mlp, other, activation):
    x = torch.randn(20, 4, generator=torch.Generator().manual_seed(4), dtype=torch.float64)
    return float((forward(mlp, x, activation) - forward(other, x, activation)).abs().max())


SIGNS = [[1, -1, -1, 1, 1, -1], [-1, 1, 1, 1, -1]]
SCALES = [[2.0, 0.3, 1.0, 7.0, 0.01, 5.0], [0.5, 3.0, 9.0, 0.1, 1.0]]


def test_flips_keep_odd_networks_exactly_and_no_others():
    flipped = sym.flip_signs(draw(), SIGNS)
    assert change(draw(), flipped, "tanh") == 0.0
    assert change(draw(), flipped, "relu") > 0.1
    assert torch.equal(to_vector(sym.flip_signs(flipped, SIGNS)), to_vector(draw()))
    assert torch.equal(flipped.weights[1], draw().weights[1] * torch.tensor(SIGNS[1])[:, None] * torch.tensor(SIGNS[0]))


def test_scales_keep_relu_networks_and_no_others():
    rescaled = sym.rescale_neurons(draw(), SCALES)
    assert change(draw(), rescaled, "relu") < 1e-14
    assert change(draw(), rescaled, "tanh") > 0.1
    back = sym.rescale_neurons(rescaled, [[1 / a for a in scales] for scales in SCALES])
    torch.testing.assert_close(to_vector(back), to_vector(draw()), rtol=1e-14, atol=0)


def test_batches_and_devices_are_kept():
    mlp = draw(n_draws=3, dtype=torch.float32)
    signs = [torch.ones(3, 6), torch.tensor([[1.0] * 5, [-1.0] * 5, [1.0] * 5])]
    flipped = sym.flip_signs(mlp, signs)
    assert flipped.weights[2].dtype == torch.float32
    assert torch.equal(flipped.weights[2][1], -mlp.weights[2][1])
    assert torch.equal(flipped.weights[2][2], mlp.weights[2][2])


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda mlp: sym.flip_signs(mlp, [SIGNS[0]]), ValueError, "one set for each of 2 hidden layers, got 1"),
        (lambda mlp: sym.flip_signs(mlp, SCALES), ValueError, r"signs\[0\]: expected 1 or -1"),
        (lambda mlp: sym.rescale_neurons(mlp, SIGNS), ValueError, r"scales\[0\]: expected positive numbers"),
        (lambda mlp: sym.rescale_neurons(mlp, SCALES[::-1]), ValueError, r"scales\[0\]: expected the shape \(6,\)"),
        (lambda mlp: sym.flip_signs(mlp.weights, SIGNS), TypeError, "expected an MLP, got tuple"),
    ],
)
def test_bad_input_is_told_in_words(call, error, words):
    with pytest.raises(error, match=words):
        call(draw())


def heads(rng):
    query, key, value = rng.normal(size=(3, 4, 6, 2))
    return sym.Heads(query, key, value, rng.normal(size=(4, 2, 6)))


def attention_by_loops(heads, tokens):
    total = np.zeros_like(tokens)
    for query, key, value, output in zip(*heads, strict=True):
        for t, token in enumerate(tokens):
            scores = np.array([(token @ query) @ (other @ key) / 2**0.5 for other in tokens])
            shares = np.exp(scores) / np.exp(scores).sum()
            total[t] += sum(share * (other @ value) for share, other in zip(shares, tokens, strict=True)) @ output
    return total


def test_attention_equals_its_definition_and_its_copies():
    rng = np.random.default_rng(5)
    layer, tokens = heads(rng), rng.normal(size=(5, 6))
    out = sym.attend(layer, tokens)
    np.testing.assert_allclose(out, attention_by_loops(layer, tokens), atol=1e-12)
    bases = rng.normal(size=(2, 4, 2, 2))
    moved = sym.change_basis(layer, *bases)
    assert np.abs(moved.key - layer.key).max() > 0.1
    np.testing.assert_allclose(sym.attend(moved, tokens), out, atol=1e-9)
    np.testing.assert_allclose(sym.attend(sym.permute_heads(layer, [2, 0, 3, 1]), tokens), out, atol=1e-12)
    wrong = layer._replace(query=moved.query, key=layer.key @ np.linalg.inv(bases[0]))  # the transposition left out
    assert np.abs(sym.attend(wrong, tokens) - out).max() > 1e-3


def test_attention_in_torch_is_that_in_numpy():
    rng = np.random.default_rng(6)
    layer, tokens, bases = heads(rng), rng.normal(size=(5, 6)), rng.normal(size=(2, 4, 2, 2))
    moved = sym.change_basis(sym.Heads(*map(torch.tensor, layer)), *bases)
    assert isinstance(moved.key, torch.Tensor)
    np.testing.assert_allclose(sym.attend(moved, torch.tensor(tokens)), sym.attend(layer, tokens), atol=1e-9)


def test_bad_heads_are_told_in_words():
    layer = heads(np.random.default_rng(7))
    with pytest.raises(ValueError, match="tokens: expected vectors of width 6"):
        sym.attend(layer, np.ones((3, 5)))
    with pytest.raises(ValueError, match="value_output: expected matrices 2 x 2"):
        sym.change_basis(layer, np.ones((4, 2, 2)), np.ones((4, 3, 3)))
    with pytest.raises(ValueError, match="each of 0 to 3 once"):
        sym.permute_heads(layer, [0, 1, 1, 2])
