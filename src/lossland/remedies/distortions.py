r"""Images made worse: noise, shifts, blur, occlusion, rotation; to test a recognizer with what it never learned from.

Images are (n, height, width) with the background at 0, what is brought in from outside.  What is random is drawn for
each image, from a generator on its device.
"""

from __future__ import annotations

import math

import torch

from lossland import _checks


def add_noise(images: torch.Tensor, std: float, *, generator: torch.Generator) -> torch.Tensor:
    """Add independent normal noise to every pixel, without clipping.

    Args:
        images: (n, height, width).
        std: Standard deviation, in units of the pixels.
        generator: Source of randomness, on the device of the images.

    Returns:
        Images of the same shape.

    Raises:
        TypeError: If the images are no floating-point tensor.
        ValueError: If shapes or numbers are out of range.
    """
    images, std = _images(images), _checks.real_number("std", std, low=0.0)
    return images + std * torch.empty_like(images).normal_(generator=generator)


def shift(images: torch.Tensor, distance: int, *, generator: torch.Generator) -> torch.Tensor:
    """Move each image by a whole number of pixels along a row or a column, to a side that is drawn.

    Args:
        images: (n, height, width).
        distance: Pixels to move, less than height and width.
        generator: Draws the side, right, left, down or up with equal probability.

    Returns:
        Images of the same shape; what leaves is lost, what enters is 0.

    Raises:
        TypeError: If the images are no floating-point tensor.
        ValueError: If shapes or numbers are out of range.

    >>> moved = shift(torch.eye(3)[None], 1, generator=torch.Generator().manual_seed(0))
    >>> moved.sum().item()
    2.0
    """
    images = _images(images)
    distance = _checks.integer("distance", distance, low=0, high=min(images.shape[1:]) - 1)
    sides = torch.randint(4, (len(images),), generator=generator, device=images.device)
    padded = torch.nn.functional.pad(images, [distance] * 4)
    height, width = images.shape[1:]
    moved = torch.empty_like(images)
    for side, (top, left) in enumerate(((1, 0), (1, 2), (0, 1), (2, 1))):
        top, left = top * distance, left * distance
        moved[sides == side] = padded[sides == side, top : top + height, left : left + width]
    return moved


def blur(images: torch.Tensor, std: float) -> torch.Tensor:
    """Smooth each image with a Gaussian, cut off at three standard deviations and scaled to sum one.

    Args:
        images: (n, height, width).
        std: Standard deviation of the Gaussian in pixels.

    Returns:
        Images of the same shape.

    Raises:
        TypeError: If the images are no floating-point tensor.
        ValueError: If shapes or numbers are out of range.

    >>> blur(torch.zeros(1, 9, 9).index_put((torch.tensor(0), torch.tensor(4), torch.tensor(4)), torch.ones(())),
    ...      1.0).sum().round(decimals=4).item()
    1.0
    """
    images, std = _images(images), _checks.real_number("std", std, low=0.0)
    if std == 0:
        return images.clone()
    half = math.ceil(3 * std)
    steps = torch.arange(-half, half + 1, device=images.device, dtype=images.dtype)
    kernel = torch.exp(-(steps**2) / (2 * std**2))
    kernel = kernel / kernel.sum()
    smooth = torch.nn.functional.conv2d(images[:, None], kernel[None, None, None], padding=(0, half))
    return torch.nn.functional.conv2d(smooth, kernel[None, None, :, None], padding=(half, 0))[:, 0]


def occlude(images: torch.Tensor, size: int, *, generator: torch.Generator) -> torch.Tensor:
    """Set a square to 0, for each image at a place of its own.

    Args:
        images: (n, height, width).
        size: Side of the square in pixels, at most height and width; the whole square is inside.
        generator: Draws the places, all with equal probability.

    Returns:
        Images of the same shape.

    Raises:
        TypeError: If the images are no floating-point tensor.
        ValueError: If shapes or numbers are out of range.

    >>> occlude(torch.ones(5, 6, 6), 2, generator=torch.Generator().manual_seed(0)).sum((1, 2)).tolist()
    [32.0, 32.0, 32.0, 32.0, 32.0]
    """
    images = _images(images)
    size = _checks.integer("size", size, low=0, high=min(images.shape[1:]))
    inside = []
    for extent in images.shape[1:]:
        first = torch.randint(extent - size + 1, (len(images), 1), generator=generator, device=images.device)
        place = torch.arange(extent, device=images.device)
        inside.append((place >= first) & (place < first + size))
    return images.masked_fill(inside[0][:, :, None] & inside[1][:, None, :], 0.0)


def rotate(images: torch.Tensor, degrees: float, *, generator: torch.Generator | None = None) -> torch.Tensor:
    """Turn each image about its middle, with values between pixels by bilinear interpolation.

    Args:
        images: (n, height, width).
        degrees: Angle; counterclockwise as seen on the screen, rows running down.
        generator: If given, draws for each image whether it turns one way or the other.

    Returns:
        Images of the same shape; what enters is 0.

    Raises:
        TypeError: If the images are no floating-point tensor.
        ValueError: If shapes or numbers are out of range.

    >>> image = torch.arange(4.0).reshape(1, 2, 2)
    >>> torch.allclose(rotate(image, 90), image.rot90(1, (1, 2)), atol=1e-6)
    True
    """
    images, degrees = _images(images), _checks.real_number("degrees", degrees)
    sign = torch.ones(len(images), device=images.device, dtype=images.dtype)
    if generator is not None:
        sign = 1 - 2 * torch.randint(2, (len(images),), generator=generator, device=images.device).to(images.dtype)
    angle = math.radians(degrees) * sign
    height, width = images.shape[1:]
    zero, cos, sin = torch.zeros_like(angle), angle.cos(), angle.sin()
    rows = ((cos, -sin * height / width, zero), (sin * width / height, cos, zero))
    turn = torch.stack([torch.stack(row, dim=-1) for row in rows], dim=1)
    grid = torch.nn.functional.affine_grid(turn, [len(images), 1, height, width], align_corners=False)
    return torch.nn.functional.grid_sample(images[:, None], grid, align_corners=False)[:, 0]


def _images(images: torch.Tensor) -> torch.Tensor:
    if not isinstance(images, torch.Tensor) or not images.is_floating_point():
        raise TypeError(f"images: expected a floating-point tensor, got {type(images).__name__}")
    if images.ndim != 3:
        raise ValueError(f"images: expected (n, height, width), got {tuple(images.shape)}")
    return images
