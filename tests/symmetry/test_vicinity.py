"""Clouds: planted radii, drifts and margins come back, and the normal law predicts crossings that are counted."""

import re

import numpy as np
import pytest
import torch

from lossland import symmetry as sy
from lossland.networks import MLP, load_digits, sample_mlp, to_vector


def planted(rng, *, n_blocks=4, n_snapshots=400, shape=(6, 5), noise=0.3, drift=0.0):
    steps = drift * np.arange(n_blocks)[:, None, None, None]
    return steps + noise * rng.normal(size=(n_blocks, n_snapshots, *shape))


def test_radius_does_not_see_the_drift_and_drift_not_the_radius():
    rng = np.random.default_rng(0)
    still, moving = (sy.stochastic_vicinity(planted(rng, drift=d)) for d in (0.0, 1.0))
    theory = 0.3 * 30**0.5
    for found in (still, moving):
        assert found.radius == pytest.approx(theory, rel=4 * (2 * 4 * 400 * 30) ** -0.5)
    assert still.drift < 3 * theory / 400**0.5
    assert moving.drift == pytest.approx(np.sqrt(30 * np.mean([1, 4, 9])), rel=0.02)


def test_few_snapshots_are_corrected_for_their_own_mean():
    rng = np.random.default_rng(1)
    radii = [sy.stochastic_vicinity(planted(rng, n_snapshots=2)).radius ** 2 for _ in range(300)]
    error = np.std(radii) / 300**0.5
    assert abs(np.mean(radii) - 0.09 * 30) < 4 * error
    means = np.zeros((4, 6, 5))  # known means need no correction
    radii = [sy.stochastic_vicinity(planted(rng, n_snapshots=2), means).radius ** 2 for _ in range(300)]
    assert abs(np.mean(radii) - 0.09 * 30) < 4 * np.std(radii) / 300**0.5


def test_width_along_a_line_is_a_quadratic_form():
    rng = np.random.default_rng(2)
    root = rng.normal(size=(12, 12)) / 3
    cloud = (rng.normal(size=(20_000, 12)) @ root.T).reshape(-1, 4, 3)
    line = rng.normal(size=(4, 3))
    unit = (line / np.linalg.norm(line)).ravel()
    theory = np.sqrt(unit @ (root @ root.T) @ unit)
    assert sy.spread_along(cloud, 5 * line) == pytest.approx(theory, rel=4 * (2 * 20_000) ** -0.5)


def test_margins_are_half_distances_over_widths_for_every_pair():
    rng = np.random.default_rng(3)
    points, cloud = rng.normal(size=(5, 4)), rng.normal(size=(50, 5, 4)) * rng.uniform(0.1, 2, size=(5, 4))
    margins = sy.pair_margins(points, cloud)
    for i in range(5):
        for j in range(5):
            if i != j:
                order = np.arange(5)
                order[[i, j]] = j, i
                line = points[order] - points
                naive = np.linalg.norm(line) / 2 / sy.spread_along(cloud, line)
                assert margins[i, j] == pytest.approx(naive)
    assert np.all(np.isinf(np.diag(margins)))


def test_predicted_exchanges_are_counted():
    """The probability that a copy is nearer is the normal tail beyond the margin: two roads to one number."""
    rng = np.random.default_rng(4)
    points = rng.normal(size=(4, 3))
    cloud = 0.45 * rng.normal(size=(20_000, 4, 3))
    margins = sy.pair_margins(points, cloud)
    nearer = 0
    for i in range(4):
        for j in range(i):
            order = np.arange(4)
            order[[i, j]] = j, i
            ways = [np.linalg.norm(points + cloud - copy, axis=(1, 2)) for copy in (points, points[order])]
            nearer += np.mean(ways[1] < ways[0])
    expected = float(sy.expected_exchanges(margins))
    assert 0.05 < expected < 1
    assert abs(nearer - expected) < 5 * (expected / 20_000) ** 0.5
    crossed = sy.find_crossings(points + cloud, points).crossed.mean()
    assert 0.7 * expected < crossed < 1.2 * expected


def test_radius_may_be_large_without_any_crossing():
    """The planted case of the chapter: a flat direction that all neurons share leads to no copy."""
    rng = np.random.default_rng(5)
    points = np.array([[0.0, 0.0, 0.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])
    cloud = np.zeros((2000, 3, 3))
    cloud[..., 2] = 10 * rng.normal(size=(2000, 1))
    found = sy.stochastic_vicinity(points + cloud[None])
    assert found.radius > 20 * sy.nearest_transposition(points).distance / 2
    assert not sy.find_crossings(points + cloud, points).crossed.any()
    assert np.all(np.isinf(sy.pair_margins(points, cloud)))


@pytest.fixture(scope="module")
def digits():
    return load_digits(n_train=100, dtype=torch.float64, generator=torch.Generator().manual_seed(2))


def start(widths, n=2, seed=0):
    return sample_mlp(widths, 1.0, 0.2, n_draws=n, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("activation", ["tanh", "relu", "linear"])
@pytest.mark.parametrize("widths", [(64, 5, 10), (64, 4, 3, 10), (64, 10)])
def test_a_step_is_the_gradient_of_autograd(digits, activation, widths):
    mlp, rate, decay = start(widths), 0.3, 0.05
    run = sy.train_without_end(
        mlp, digits.train_inputs, digits.train_labels, activation, learning_rate=rate, weight_decay=decay,
        batch_size=7, n_blocks=1, block_length=1, n_snapshots=1, generator=torch.Generator().manual_seed(9),
    )  # fmt: skip
    batch = torch.randint(100, (2, 7), generator=torch.Generator().manual_seed(9))
    parts = [part.clone().requires_grad_() for part in (*mlp.weights, *mlp.biases)]
    signal = digits.train_inputs[batch]
    for k in range(len(widths) - 1):
        signal = signal @ parts[k].mT + parts[len(widths) - 1 + k][:, None]
        if k < len(widths) - 2:
            signal = {"tanh": torch.tanh, "relu": torch.relu, "linear": lambda z: z}[activation](signal)
    labels = digits.train_labels[batch]
    losses = torch.stack([torch.nn.functional.cross_entropy(s, y) for s, y in zip(signal, labels, strict=True)])
    gradients = torch.autograd.grad(losses.sum(), parts)
    depth = len(mlp.weights)
    moved = [(1 - rate * decay) * p.detach() - rate * g for p, g in zip(parts, gradients, strict=True)]
    expected = to_vector(MLP(tuple(moved[:depth]), tuple(moved[depth:])))
    torch.testing.assert_close(to_vector(run.snapshots)[0, 0], expected)
    torch.testing.assert_close(to_vector(run.block_means)[0], expected)
    torch.testing.assert_close(run.losses[0], losses.detach())


def test_blocks_are_stretches_of_one_run(digits):
    options = {"learning_rate": 0.2, "weight_decay": 0.01}
    data = digits.train_inputs, digits.train_labels

    def run(**more):
        return sy.train_without_end(start((64, 3, 10)), *data, **options, **more,
                                    generator=torch.Generator().manual_seed(4))  # fmt: skip

    whole = to_vector(run(n_blocks=1, block_length=12, n_snapshots=12).snapshots)[0]
    cut = run(n_burn=2, n_blocks=2, block_length=5, n_snapshots=2)
    torch.testing.assert_close(to_vector(cut.block_means), torch.stack([whole[2:7].mean(0), whole[7:12].mean(0)]))
    torch.testing.assert_close(to_vector(cut.snapshots), whole[torch.tensor([[3, 6], [8, 11]])])
    assert cut.losses.shape == (2, 2)


def test_noise_never_separates_twins(digits):
    """Exchanging equal neurons is a symmetry of every batch: the set where two are equal keeps what is in it."""
    mlp = start((64, 6, 10))
    for part in (mlp.weights[0], mlp.biases[0]):
        part[:, 4] = part[:, 1]
    mlp.weights[1][..., 4] = mlp.weights[1][..., 1]
    run = sy.train_without_end(
        mlp, digits.train_inputs, digits.train_labels, learning_rate=1.0, batch_size=4, n_blocks=1, block_length=200,
        generator=torch.Generator().manual_seed(1),
    )  # fmt: skip
    points = sy.neuron_points(run.snapshots)
    moved = np.linalg.norm(points[0, -1, :, 1] - sy.neuron_points(mlp)[:, 1], axis=-1)
    assert np.all(moved > 0.5)
    np.testing.assert_allclose(points[..., 4, :], points[..., 1, :], atol=1e-9)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: sy.stochastic_vicinity(np.ones((2, 3, 4))), "snapshots: expected (n_blocks, n_snapshots, ..., w, D)"),
        (lambda: sy.stochastic_vicinity(np.ones((2, 1, 3, 4))), "snapshots: expected at least 2 in a block"),
        (lambda: sy.stochastic_vicinity(np.ones((2, 3, 3, 4)), np.ones((3, 3, 4))), "(2, 3, 4), one mean for each"),
        (lambda: sy.spread_along(np.ones((5, 3, 2)), np.zeros((3, 2))), "line: expected a direction, got one of"),
        (lambda: sy.spread_along(np.ones((5, 3, 2)), np.ones((2, 2))), "line: expected one of the displacements'"),
        (lambda: sy.pair_margins(np.ones((3, 2)), np.ones((5, 2, 2))), "displacements: expected (T, 3, 2), got"),
        (
            lambda: sy.train_without_end(
                sample_mlp((4, 2), 1.0, 0.0, generator=torch.Generator()), torch.ones(3, 4), torch.zeros(3).long(),
                learning_rate=0.1, generator=torch.Generator(),
            ),
            "mlp: expected one leading dimension of runs",
        ),
        (
            lambda: sy.train_without_end(
                start((4, 2)), torch.ones(3, 4), torch.zeros(3).long(), learning_rate=0.1, block_length=5,
                n_snapshots=6, generator=torch.Generator(),
            ),
            "n_snapshots: expected an integer in [1, 5], got 6",
        ),
    ],
)  # fmt: skip
def test_bad_input_is_named(call, words):
    with pytest.raises(ValueError, match=re.escape(words)):
        call()
