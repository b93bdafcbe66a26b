"""Few examples of each class, filters compared with Gabor functions, small networks to compare with."""

import numpy as np
import pytest
import torch

from lossland import remedies

RNG = np.random.default_rng(0)


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def test_few_shots_are_drawn_class_by_class_and_the_rest_is_asked():
    labels = np.repeat([7, 2, 5], [10, 4, 6])[np.random.default_rng(0).permutation(20)]
    split = remedies.few_shot_split(labels, 3, rng=np.random.default_rng(1))
    assert labels[split.support].tolist() == [2] * 3 + [5] * 3 + [7] * 3
    assert sorted([*split.support, *split.query]) == list(range(20))
    drawn = [tuple(remedies.few_shot_split(labels, 1, rng=np.random.default_rng(seed)).support) for seed in range(200)]
    assert len(set(drawn)) > 100  # of 240


def test_gabor_functions_of_any_phase_are_all_gabor_and_noise_is_less():
    rng = np.random.default_rng(0)
    pairs = remedies.gabor_bank([5.0, 7.0], 6, 9, bandwidth=0.4)
    phase = rng.uniform(0, 2 * np.pi, len(pairs))[:, None, None]
    mixed = 3 * np.cos(phase) * pairs[:, 0] - 3 * np.sin(phase) * pairs[:, 1]
    assert remedies.gabor_share(mixed).min() > 0.97  # the windows of a pair are made mean zero one by one
    noise = remedies.gabor_share(rng.standard_normal((50, 9, 9)))
    assert noise.max() < 0.6
    # one plane explains 2 of 80 directions of noise; the best of thousands of shapes several times as much
    assert noise.mean() > 4 * 2 / 80
    np.testing.assert_allclose(remedies.gabor_share(5 - 7 * mixed), remedies.gabor_share(mixed), rtol=1e-9)
    assert remedies.gabor_share(np.ones((1, 5, 5))).tolist() == [0.0]


def test_planes_of_the_grid_are_orthonormal():
    from lossland.remedies.gabor_fit import _planes

    planes = _planes(7)
    gram = np.einsum("pai,pbi->pab", planes, planes)
    np.testing.assert_allclose(gram, np.broadcast_to(np.eye(2), gram.shape), atol=1e-8)


def test_networks_have_the_shapes_and_the_variance_that_they_say():
    network = remedies.small_perceptron(784, 100, 10, generator=seeded())
    assert sum(p.numel() for p in network.parameters()) == 784 * 100 + 100 + 100 * 10 + 10
    assert network.hidden.weight.var().item() * 784 / 2 == pytest.approx(1, abs=5 * np.sqrt(2 / 78400))
    assert not network.hidden.bias.any()
    for side, stride in ((8, 1), (28, 2), (9, 2)):
        net = remedies.small_convolutional_network(side, 3, n_filters=4, stride=stride, generator=seeded())
        assert net(torch.zeros(2, side, side)).shape == (2, 3)
    first, second = (remedies.small_perceptron(4, 3, 2, generator=seeded(5)) for _ in range(2))
    assert torch.equal(first.hidden.weight, second.hidden.weight)


def test_training_follows_the_steps_written_out_and_leaves_what_is_frozen():
    inputs, labels = torch.randn(20, 2, 3, generator=seeded(1)), torch.randint(3, (20,), generator=seeded(2))
    ours, plain = (remedies.small_perceptron(6, 5, 3, generator=seeded(3)) for _ in range(2))
    ours.hidden.bias.requires_grad_(False)
    trained = remedies.fit_classifier(
        ours, inputs, labels, learning_rate=0.2, n_steps=4, batch_size=7, momentum=0.5, generator=seeded(4)
    )
    assert trained is ours
    moving = [plain.hidden.weight, plain.readout.weight, plain.readout.bias]
    velocities, order = [torch.zeros_like(p) for p in moving], seeded(4)
    for step in range(4):
        batch = torch.randint(20, (7,), generator=order)
        loss = torch.nn.functional.cross_entropy(plain(inputs[batch]), labels[batch])
        gradients = torch.autograd.grad(loss, moving)
        with torch.no_grad():
            for p, v, g in zip(moving, velocities, gradients, strict=True):
                p -= 0.2 * (1 - step / 4) * v.mul_(0.5).add_(g)
    for mine, other in zip(ours.parameters(), plain.parameters(), strict=True):
        torch.testing.assert_close(mine.data, other.data)
    assert not ours.hidden.bias.any()


def test_a_stride_of_the_filters_takes_every_other_place():
    bank = remedies.difference_of_gaussians_bank([1.0], 5)
    image = torch.rand(2, 16, 16, generator=seeded(1), dtype=torch.float64)
    modules = (remedies.FilterResponses(bank, n, stride=s, dtype=torch.float64) for n, s in ((16, 1), (8, 2)))
    every, other = (module(image) for module in modules)
    torch.testing.assert_close(other.reshape(2, 8, 8), every.reshape(2, 16, 16)[:, ::2, ::2])


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: remedies.few_shot_split([0, 0, 1], 2, rng=RNG), ValueError, "the examples of class 1"),
        (lambda: remedies.few_shot_split([0.5], 1, rng=RNG), TypeError, "labels: expected integers"),
        (lambda: remedies.few_shot_split([[1]], 1, rng=RNG), ValueError, "labels: expected one"),
        (lambda: remedies.gabor_share(np.ones((2, 4, 4))), ValueError, "filters: expected"),
        (lambda: remedies.small_perceptron(0, 3, 2, generator=seeded()), ValueError, "n_inputs: expected"),
        (
            lambda: remedies.small_convolutional_network(8, 2, size=4, generator=seeded()),
            ValueError,
            "size: expected an odd number",
        ),
        (
            lambda: remedies.small_convolutional_network(8, 2, stride=8, generator=seeded()),
            ValueError,
            "stride: expected one that leaves",
        ),
        (
            lambda: remedies.fit_classifier(
                remedies.small_perceptron(2, 2, 2, generator=seeded()), torch.ones(1, 2), torch.tensor([1]),
                learning_rate=-1.0, n_steps=1, generator=seeded(),
            ),
            ValueError,
            "learning_rate: expected",
        ),
    ],
)  # fmt: skip
def test_bad_input(call, error, message):
    with pytest.raises(error, match=message):
        call()
