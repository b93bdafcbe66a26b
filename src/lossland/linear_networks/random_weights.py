r"""Generic starts: Gaussian weights, small or of the usual size, many networks at once."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from lossland import _checks


def sample_weights(
    widths: Sequence[int],
    weight_std: float,
    *,
    n_draws: int | None = None,
    dtype: torch.dtype = torch.float64,
    generator: torch.Generator,
) -> tuple[torch.Tensor, ...]:
    r"""Draw independent Gaussian layers, on the device of the generator.

    Entries of :math:`W_k` have variance ``weight_std**2 / d_{k-1}``: at 1 lengths are kept on average, small values
    give the start from which modes are learned one after the other.

    Args:
        widths: Widths (d_0, ..., d_K).
        weight_std: Standard deviation of the entries times the square root of the fan-in.
        n_draws: Number of networks in a leading dimension; None for one without it.
        dtype: Floating type.
        generator: Source of randomness; fixes the device.

    Returns:
        K layers (..., d_k, d_{k-1}), input first.

    Raises:
        TypeError: If ``generator`` is no torch generator.
        ValueError: If there are fewer than two widths, or a number is out of range.

    >>> layers = sample_weights((3, 5, 2), 0.1, n_draws=4, generator=torch.Generator().manual_seed(0))
    >>> [tuple(layer.shape) for layer in layers]
    [(4, 5, 3), (4, 2, 5)]
    """
    widths = _checks.layer_widths("widths", widths, at_least=2)
    scale = _checks.real_number("weight_std", weight_std, low=0.0)
    batch = () if n_draws is None else (_checks.integer("n_draws", n_draws, low=1),)
    if not isinstance(generator, torch.Generator):
        raise TypeError(f"generator: expected a torch.Generator, got {type(generator).__name__}")
    options = {"dtype": dtype, "device": generator.device, "generator": generator}
    return tuple(
        torch.randn(*batch, rows, columns, **options) * (scale / columns**0.5)
        for rows, columns in zip(widths[1:], widths[:-1], strict=True)
    )
