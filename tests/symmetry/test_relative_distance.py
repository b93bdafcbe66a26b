"""The relative distance: closed form, exact law against draws, numbers of any kind and size, layers of networks."""

import math
from itertools import permutations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import integrate, stats

from lossland import symmetry as sy
from lossland.networks import sample_mlp

ENTRIES = st.floats(-1e3, 1e3, allow_nan=False)
PAIRS = hnp.arrays(float, (2, 3, 4), elements=ENTRIES)


@given(PAIRS)
def test_both_forms_agree_and_are_symmetric(pair):
    w, v = pair
    found, bounded = sy.relative_distance(w, v), sy.bounded_relative_distance(w, v)
    assert found == sy.relative_distance(v, w)
    assert 0 <= bounded <= 1
    assert bounded == pytest.approx(1.0 if math.isinf(found) else found / (1 + found), abs=1e-15)
    assert (found == 0) == np.array_equal(w, v) or np.abs(w - v).max() < 1e-150 * max(np.abs(pair).max(), 1e-300)


@pytest.mark.parametrize("scale", [1e-300, 1e-170, 1.0, 1e170, 1e300])
def test_numbers_of_any_size(scale):
    w, v = np.random.default_rng(0).standard_normal((2, 5, 5))
    assert sy.relative_distance(scale * w, scale * v) == pytest.approx(sy.relative_distance(w, v), rel=1e-12)


def test_torch_stays_torch_on_its_dtype():
    w, v = torch.randn(2, 6, 4, 3, generator=torch.Generator().manual_seed(0))
    found = sy.relative_distance(w, v, axis=(-2, -1))
    assert found.dtype == torch.float32
    assert found.shape == (6,)
    by_hand = (w - v).square().sum((-2, -1)) / (w + v).square().sum((-2, -1))
    torch.testing.assert_close(found, by_hand)
    assert torch.isinf(sy.relative_distance(w, -w, axis=-1)).all()
    with pytest.raises(TypeError, match="v: expected the kind of w, Tensor, got ndarray"):
        sy.relative_distance(w, v.numpy())


@pytest.mark.parametrize("correlation", [-0.5, 0.0, 0.9])
@pytest.mark.parametrize("mean", [0.0, 0.7, 3.0])
def test_law_against_draws(mean, correlation):
    rng, shape = np.random.default_rng(1), (4, 6)
    x, e = rng.standard_normal((2, 4000, *shape))
    w, v = mean + 2 * x, mean + 2 * (correlation * x + math.sqrt(1 - correlation**2) * e)
    found, law = sy.relative_distance(w, v, axis=(1, 2)), sy.relative_distance_law(shape, mean, 2.0, correlation)
    assert abs(found.mean() - law.mean) < 4 * law.std / math.sqrt(4000)
    assert found.std() == pytest.approx(law.std, rel=0.12)


@pytest.mark.parametrize("mean", [0.0, 0.3, 2.0, 40.0, 500.0])
def test_law_against_the_integral_over_the_noncentral_chi_square(mean):
    """E 1/X by its Laplace transform, where the law sums a Poisson mixture or expands it."""
    n, half = 24, 24 * mean**2

    def transform(u):  # u = 1 / (1 + 2 t)
        return 0.5 * u ** (n / 2 - 2) * math.exp(-half * (1 - u))

    reach = min(1.0, 45 / half) if half else 1.0  # beyond, the exponential is below rounding
    expected = n * integrate.quad(transform, 1 - reach, 1, limit=200, epsabs=0)[0]
    assert sy.relative_distance_law(n, mean).mean == pytest.approx(expected, rel=1e-9)


def test_law_of_centered_matrices_is_that_of_fisher():
    for n in (5, 12, 1000):
        law = sy.relative_distance_law(n)
        assert law == pytest.approx((stats.f.mean(n, n), stats.f.std(n, n)), rel=1e-9)
    assert sy.relative_distance_law(3).std == math.inf
    assert sy.relative_distance_law(2).mean == math.inf
    assert sy.relative_distance_law(9, correlation=1.0) == (0, 0)
    assert sy.relative_distance_law(9, correlation=-1.0).mean == math.inf
    assert sy.relative_distance_law((30, 30), 2.0, correlation=-1.0) == pytest.approx((0.25, 0.25 * math.sqrt(2 / 900)))


def test_permuted_distance_is_the_average_over_all_orders():
    w = np.random.default_rng(2).standard_normal((5, 3)) + np.array([1.0, 0.0, -2.0])
    mean = np.mean([np.sum(w * w[list(order)]) for order in permutations(range(5))]) / np.sum(w**2)
    assert sy.permuted_relative_distance(w) == pytest.approx((1 - mean) / (1 + mean))


def test_layers_of_networks_with_and_without_biases():
    a, b = (sample_mlp((3, 4, 2), 1.0, 0.5, generator=torch.Generator().manual_seed(seed)) for seed in (0, 1))
    found = sy.layer_distances(a, b)
    pairs = zip(a.weights, b.weights, strict=True)
    np.testing.assert_allclose(found, [sy.relative_distance(w, v).item() for w, v in pairs])
    with_biases = sy.layer_distances(a, b, biases=True)
    joined = [np.column_stack([m.weights[0].numpy(), m.biases[0].numpy()]) for m in (a, b)]
    assert with_biases[0] == pytest.approx(sy.relative_distance(*joined))
    assert not np.allclose(found, with_biases)
    batch = sample_mlp((3, 4, 2), 1.0, 0.5, n_draws=5, generator=torch.Generator().manual_seed(2))
    assert sy.layer_distances(a, batch).shape == (5, 2)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: sy.relative_distance([1.0, 2.0], [1.0]), r"v: expected the shape of w, \(2,\), got \(1,\)"),
        (lambda: sy.relative_distance([math.nan], [1.0]), "w: expected finite numbers"),
        (lambda: sy.relative_distance_law((3, 3), std=0.0), "std: expected a positive number, got 0"),
        (lambda: sy.relative_distance_law((3, 3), correlation=1.5), r"correlation: expected in \[-1, 1\]"),
        (lambda: sy.permuted_relative_distance([1.0, 2.0]), "weights: expected a matrix"),
        (lambda: sy.layer_distances([np.eye(2)], [np.eye(2), np.eye(2)]), "b: expected 1 layers as in a, got 2"),
        (lambda: sy.layer_distances([np.eye(2)], [np.eye(3)]), r"got \(3, 3\) instead of \(2, 2\) in layer 1"),
        (lambda: sy.layer_distances([np.eye(2)], [np.eye(2)], biases=True), "a: expected a network with biases"),
        (lambda: sy.layer_distances([np.ones(2)], [np.ones(2)]), "a: expected weight matrices"),
    ],
)
def test_bad_input_is_refused_in_words(call, words):
    with pytest.raises(ValueError, match=words):
        call()
