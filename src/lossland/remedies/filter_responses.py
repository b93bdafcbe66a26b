"""Features of images by fixed filters: convolve, take the strength of the response, pool.  Nothing is trained.

Source: Glukhov (2024), section 6.3; Fukushima (1980) and Mutch and Lowe (2008) for filters, rectification and pooling.
"""

from __future__ import annotations

import torch
from torch import nn

from lossland import _checks


class FilterResponses(nn.Module):
    """Strength of the responses to a bank of fixed filters, pooled over a coarse grid.

    Args:
        filters: Filters (n, size, size), whose strength is the absolute response, or pairs (n, 2, size, size), whose
            strength is the root of the sum of the two squares.
        n_cells: Cells of the pooling grid along each side.
        stride: Pixels from one place where the filters are applied to the next.
        device: Device of the filters.
        dtype: Their dtype.

    Raises:
        ValueError: If the filters have another shape.

    >>> from lossland.remedies import gabor_bank
    >>> features = FilterResponses(gabor_bank([4.0], 6, 7), n_cells=2)(torch.zeros(5, 8, 8))
    >>> features.shape, features.abs().max().item()
    (torch.Size([5, 24]), 0.0)
    """

    def __init__(self, filters, n_cells: int = 2, *, stride: int = 1, device=None, dtype=None):
        super().__init__()
        filters = torch.as_tensor(filters, device=device, dtype=dtype or torch.get_default_dtype())
        if filters.ndim not in (3, 4) or filters.shape[-1] != filters.shape[-2] or filters.shape[-1] % 2 == 0:
            raise ValueError(
                "filters: expected (n, size, size) or pairs (n, 2, size, size) with an odd size, got "
                f"{tuple(filters.shape)}"
            )
        if filters.ndim == 4 and filters.shape[1] != 2:
            raise ValueError(f"filters: expected pairs (n, 2, size, size), got {tuple(filters.shape)}")
        self.n_cells = _checks.integer("n_cells", n_cells, low=1)
        self.stride = _checks.integer("stride", stride, low=1)
        self.paired = filters.ndim == 4
        self.register_buffer("filters", filters.flatten(0, -3)[:, None])

    @property
    def n_features(self) -> int:
        """Number of features: strengths times cells."""
        return len(self.filters) // (2 if self.paired else 1) * self.n_cells**2

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Return features (batch, n_features) of gray images (batch, height, width)."""
        if images.ndim != 3:
            raise ValueError(f"images: expected (batch, height, width), got {tuple(images.shape)}")
        padding = self.filters.shape[-1] // 2
        responses = nn.functional.conv2d(images[:, None], self.filters, stride=self.stride, padding=padding)
        strength = responses.unflatten(1, (-1, 2)).square().sum(2).sqrt() if self.paired else responses.abs()
        return nn.functional.adaptive_avg_pool2d(strength, self.n_cells).flatten(1)
