"""Counts of copies: parameters of known networks, exact factorials, brute force over exchanges of small ones."""

import math
from itertools import permutations, product

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F

from lossland import symmetry as sym


def n_params(module):
    return sum(parameter.numel() for parameter in module.parameters())


def block(width, channels, stride):
    convolutions = [nn.Conv2d(width, channels, 3, stride, bias=False), nn.Conv2d(channels, channels, 3, bias=False)]
    parts = [*convolutions, nn.BatchNorm2d(channels), nn.BatchNorm2d(channels)]
    if width != channels:
        parts += [nn.Conv2d(width, channels, 1, stride, bias=False), nn.BatchNorm2d(channels)]
    return nn.ModuleList(parts)


def test_parameters_are_those_of_modules():
    dense = nn.Sequential(nn.Linear(7, 5), nn.Linear(5, 4), nn.Linear(4, 3))
    assert sym.fully_connected((7, 5, 4, 3)).n_params == n_params(dense)
    conv = nn.Sequential(nn.Conv2d(3, 8, 5), nn.Conv2d(8, 16, 5), nn.Linear(16, 10))
    assert sym.convolutional((3, 8, 16), 10, kernel=5).n_params == n_params(conv)
    blocks = [block(4, 4, 1), block(4, 4, 1), block(4, 6, 2), block(6, 6, 1), block(6, 6, 1)]
    residual = nn.ModuleList([nn.Conv2d(2, 4, 3, bias=False), nn.BatchNorm2d(4), *blocks, nn.Linear(6, 5)])
    counted = sym.residual_network([(4, 2), (6, 3)], n_inputs=2, n_outputs=5, stem_kernel=3)
    assert counted.n_params == n_params(residual)
    assert counted.n_normalized == sum(m.num_features for m in residual.modules() if isinstance(m, nn.BatchNorm2d))
    layers = nn.TransformerEncoder(
        nn.TransformerEncoderLayer(12, 3, 20), 2, nn.LayerNorm(12), enable_nested_tensor=False
    )
    embedding = nn.Embedding(50, 12), nn.Embedding(7, 12)
    counted = sym.transformer(2, 12, 3, 20, n_tokens=50, n_positions=7)
    assert counted.n_params == n_params(layers) + sum(map(n_params, embedding))
    assert counted.n_linear == 2 * 3 * 2 * 16


def test_counts_are_exact_while_factorials_fit_and_finite_beyond():
    assert math.exp(sym.log_permutation_count((9, 3, 4, 2))) == pytest.approx(6 * 24)
    assert sym.log_permutation_count((5, 3)) == 0
    for n in (1, 59, 170, 1000, 20_000):
        assert sym.log_permutation_count((2, n, 1)) == pytest.approx(math.log(math.factorial(n)), rel=1e-12)


def test_stirling_brackets_exact_factorials():
    n = np.arange(1, 300)
    exact = np.array([math.log(math.factorial(k)) for k in range(1, 300)])
    low, high = sym.stirling_bounds(n)
    assert np.all((low < exact) & (exact < high))
    assert np.all(high - low < 1 / (144 * n**2))
    np.testing.assert_allclose(sym.log_factorial(n), exact, rtol=1e-13)


def test_residual_stream_moves_as_one_and_the_count_knows():
    """All 6^3 triples of orders for the layers of a small residual network: 36 keep the function, not 216."""
    g = torch.Generator().manual_seed(1)
    stem, inner, back = (torch.randn(3, n, 3, 3, generator=g, dtype=torch.float64) for n in (2, 3, 3))
    head, images = (torch.randn(size, generator=g, dtype=torch.float64) for size in ((4, 3), (2, 2, 5, 5)))

    def outputs(stem, inner, back, head):
        stream = F.relu(F.conv2d(images, stem, padding=1))
        stream = F.relu(stream + F.conv2d(F.relu(F.conv2d(stream, inner, padding=1)), back, padding=1))
        return stream.mean(dim=(2, 3)) @ head.T

    own, kept = outputs(stem, inner, back, head), 0
    for p, q, r in product(*[list(map(list, permutations(range(3))))] * 3):
        # each layer puts its maps in its own order; the next ones listen to the stream in the order of the last
        moved = outputs(stem[p], inner[q][:, p], back[r][:, q], head[:, r])
        kept += bool((moved - own).abs().max() < 1e-9)
    units = (sym.Units("stream", 3, "relu"), sym.Units("block", 3, "relu"))
    assert kept == round(math.exp(sym.log_permutation_count(sym.Architecture("small", units, 0)))) == 36
    names = [part.name for part in sym.residual_network([(3, 1)]).units]
    assert names == ["stream 1", "block 1.1"]


def test_signs_and_scales_follow_the_activation():
    counts = {a: sym.symmetry_count(sym.fully_connected((3, 5, 4, 2), activation=a)) for a in ("tanh", "relu", "gelu")}
    assert [(counts[a].n_signs, counts[a].n_scales) for a in counts] == [(9, 0), (0, 9), (0, 0)]
    assert counts["tanh"].log10_discrete == pytest.approx(math.log10(2**9 * 120 * 24))
    assert counts["relu"].log10_discrete == counts["relu"].log10_permutations


def test_original_lenet_has_its_parameters_and_its_table():
    codes = sym.seven_segment_codes()
    original, free = sym.lenet5(codes), sym.lenet5()
    assert (original.n_params, free.n_params) == (60_000, 60_850)
    table = sym.c3_table()
    assert table.sum(axis=0).tolist() == [3] * 6 + [4] * 9 + [6]
    assert table.sum(axis=1).tolist() == [10] * 6  # every source is heard ten times
    assert sum(sym.code_classes(codes)) == 84
    log_codes = sum(math.lgamma(size + 1) for size in sym.code_classes(codes))
    expected = math.log(12) + math.lgamma(121)
    assert sym.log_permutation_count(original) == pytest.approx(expected + log_codes, rel=1e-12)
    assert sym.log_permutation_count(free) == pytest.approx(expected + math.lgamma(85), rel=1e-12)


def distances(y, codes):
    return ((y - codes) ** 2).sum(axis=-1)


def test_code_symmetries_are_those_exchanges_that_keep_all_distances():
    rng = np.random.default_rng(2)
    for _ in range(6):
        codes = rng.choice([-1.0, 1.0], (3, 5))
        y = rng.normal(size=5)
        kept, kept_signed = 0, 0
        for order in map(list, permutations(range(5))):
            for signs in product((1, -1), repeat=5):
                same = np.allclose(distances(y[order] * signs, codes), distances(y, codes), atol=1e-9)
                kept_signed += same
                kept += same and min(signs) == 1
        assert round(math.exp(sym.log_code_symmetries(codes))) == kept
        assert round(math.exp(sym.log_code_symmetries(codes, signs=True))) == kept_signed


@pytest.mark.parametrize(("n_units", "n_classes"), [(4, 2), (4, 3), (3, 5), (5, 1), (5, 2)])
def test_code_bounds_are_attained_by_the_best_and_worst_of_all_codes(n_units, n_classes):
    words = list(product((-1, 1), repeat=n_units))
    found = [
        sym.log_code_symmetries(codes) for codes in product(words, repeat=n_classes) if len(set(codes)) == n_classes
    ]
    np.testing.assert_allclose(sym.log_code_bounds(n_units, n_classes), (min(found), max(found)), atol=1e-12)


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: sym.fully_connected((3,)), ValueError, "widths: expected at least 2 layer widths, got 1"),
        (lambda: sym.fully_connected((3, 2), activation="tahn"), ValueError, "activation: expected one of tanh"),
        (lambda: sym.residual_network([64, 64]), TypeError, r"stages\[0\]: expected a pair \(channels, blocks\)"),
        (lambda: sym.residual_network([]), ValueError, "at least one pair"),
        (lambda: sym.transformer(1, 10, 3, 4, n_tokens=5, n_positions=5), ValueError, "a divisor of the width 10"),
        (lambda: sym.symmetry_count((3, 4, 1)), TypeError, "for widths try fully_connected"),
        (lambda: sym.log_factorial(2.5), ValueError, "n: expected whole numbers, got 2.5"),
        (lambda: sym.code_classes([[1, 2, 3]]), ValueError, "at most two values"),
        (lambda: sym.code_classes([[0, 1]], signs=True), ValueError, "entries -1 and 1"),
        (lambda: sym.lenet5(np.ones((10, 80))), ValueError, r"\(n_classes, 84\)"),
        (lambda: sym.log_code_bounds(3, 9), ValueError, r"at most 2\*\*3 codes"),
    ],
)
def test_bad_input_is_told_in_words(call, error, words):
    with pytest.raises(error, match=words):
        call()
