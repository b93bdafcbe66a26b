"""Distortions of images: what each keeps, and how much it changes."""

import math

import numpy as np
import pytest
import torch

from lossland import remedies


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def pictures(n=40, height=12, width=12):
    return torch.rand(n, height, width, generator=seeded(3), dtype=torch.float64)


def test_noise_has_the_variance_that_it_says_and_nothing_is_clipped():
    images = pictures()
    noise = remedies.add_noise(images, 0.7, generator=seeded(1)) - images
    n = noise.numel()
    assert abs(noise.mean()) < 5 * 0.7 / math.sqrt(n)
    assert abs(noise.var() / 0.49 - 1) < 5 * math.sqrt(2 / n)
    assert (images + noise).min() < 0
    assert torch.equal(remedies.add_noise(images, 0.0, generator=seeded(1)), images)


def test_a_shift_moves_every_image_one_way_and_brings_in_background():
    images = pictures(400)
    moved = remedies.shift(images, 3, generator=seeded(1))
    sides = {
        "left": (moved[:, :, :9] == images[:, :, 3:]).all((1, 2)) & (moved[:, :, 9:] == 0).all((1, 2)),
        "right": (moved[:, :, 3:] == images[:, :, :9]).all((1, 2)) & (moved[:, :, :3] == 0).all((1, 2)),
        "up": (moved[:, :9] == images[:, 3:]).all((1, 2)) & (moved[:, 9:] == 0).all((1, 2)),
        "down": (moved[:, 3:] == images[:, :9]).all((1, 2)) & (moved[:, :3] == 0).all((1, 2)),
    }
    assert torch.stack(list(sides.values())).sum(0).tolist() == [1] * 400
    for name, there in sides.items():
        assert abs(int(there.sum()) - 100) < 5 * math.sqrt(75), name


def test_blur_adds_variances_and_keeps_the_sum():
    image = torch.zeros(1, 41, 41, dtype=torch.float64)
    image[0, 20, 20] = 1
    twice, once = remedies.blur(remedies.blur(image, 1.5), 2.0), remedies.blur(image, 2.5)
    place = torch.arange(41, dtype=torch.float64) - 20
    for smooth, variance in ((twice, 6.25), (once, 6.25)):
        assert smooth.sum().item() == pytest.approx(1)
        assert (smooth[0].sum(0) * place**2).sum().item() == pytest.approx(variance, rel=0.03)  # tails are cut off
    assert torch.equal(remedies.blur(image, 0.0), image)


def test_an_occluded_square_is_inside_and_anywhere():
    images = torch.ones(3000, 6, 7)
    hidden = remedies.occlude(images, 2, generator=seeded(1)) == 0
    assert hidden.sum((1, 2)).unique().tolist() == [4]
    first = torch.stack([hidden.any(2).int().argmax(1), hidden.any(1).int().argmax(1)])
    counts = np.bincount((first[0] * 6 + first[1]).numpy(), minlength=30)
    assert len(counts) == 30
    assert np.abs(counts - 100).max() < 5 * 10
    assert torch.equal(remedies.occlude(images, 0, generator=seeded(1)), images)


@pytest.mark.parametrize("shape", [(9, 9), (12, 12)])
def test_rotation_by_right_angles_is_exact_and_by_a_turn_nothing(shape):
    images = pictures(5, *shape)
    for quarter in range(5):
        expected = images.rot90(quarter, (1, 2))
        torch.testing.assert_close(remedies.rotate(images, 90 * quarter), expected, rtol=0, atol=1e-9)


def test_rotation_of_a_smooth_picture_is_that_of_its_formula_also_in_an_oblong():
    y, x = torch.meshgrid(*(torch.arange(float(n), dtype=torch.float64) - (n - 1) / 2 for n in (31, 41)), indexing="ij")

    def blob(angle):
        u, v = x * math.cos(angle) - y * math.sin(angle), x * math.sin(angle) + y * math.cos(angle)
        return torch.exp(-((u - 6) ** 2) / 50 - (v - 2) ** 2 / 18)

    turned = remedies.rotate(blob(0.0)[None], 30.0)[0]
    torch.testing.assert_close(turned, blob(math.pi / 6), rtol=0, atol=0.02)
    assert (turned - blob(-math.pi / 6)).abs().max() > 0.3  # the other way is another picture


def test_the_side_of_a_rotation_is_drawn():
    images = pictures(400)
    turned = remedies.rotate(images, 20.0, generator=seeded(2))
    left, right = remedies.rotate(images, 20.0), remedies.rotate(images, -20.0)
    one_way = torch.isclose(turned, left).all(2).all(1)
    assert (one_way | torch.isclose(turned, right).all(2).all(1)).all()
    assert abs(int(one_way.sum()) - 200) < 50


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: remedies.add_noise(torch.ones(3, 4), 0.1, generator=seeded()), ValueError, "images: expected"),
        (lambda: remedies.blur(torch.ones(1, 3, 4, dtype=torch.int64), 1.0), TypeError, "images: expected a floating"),
        (lambda: remedies.blur(pictures(), -1.0), ValueError, "std: expected >= 0"),
        (lambda: remedies.shift(pictures(), 12, generator=seeded()), ValueError, "distance: expected"),
        (lambda: remedies.occlude(pictures(), 13, generator=seeded()), ValueError, "size: expected"),
        (lambda: remedies.rotate(pictures(), math.inf), ValueError, "degrees: expected finite"),
    ],
)
def test_bad_input(call, error, message):
    with pytest.raises(error, match=message):
        call()
