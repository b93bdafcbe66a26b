"""Masks made to a plan: different rows with the fewest zeros, and rows that are alike on purpose.

Random masks break the permutation symmetry at the price of many weights.  They need not: n different rows exist with
about n zeros in all.  Masks with groups of equal rows and columns are the control: as many zeros, but the units of a
group can still be exchanged.  And masks for weights with more than two axes, for layers of any kind.

Source: Glukhov (2024), section 6.2.1, equation 37, asks for different rows only (his columns); the designs are ours.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import combinations, islice

import torch

from lossland import _checks
from lossland.remedies.pruned_layers import sample_mask


def densest_mask(n_units: int, n_inputs: int) -> torch.Tensor:
    """Make the mask with the fewest zeros whose rows all differ.

    One row has no zero, then come the rows with a single zero, then those with two, and so on.

    Args:
        n_units: Units, the rows.
        n_inputs: Inputs, the columns.

    Returns:
        Booleans (n_units, n_inputs), on the CPU.

    Raises:
        ValueError: If there are not so many different rows with a one in each.

    >>> densest_mask(4, 3).int().tolist()
    [[1, 1, 1], [0, 1, 1], [1, 0, 1], [1, 1, 0]]
    """
    n_units = _checks.integer("n_units", n_units, low=1)
    n_inputs = _checks.integer("n_inputs", n_inputs, low=1)
    if n_inputs < 1024 and n_units >= 2**n_inputs:
        raise ValueError(
            f"n_units: expected at most {2**n_inputs - 1} different rows for {n_inputs} inputs, got {n_units}"
        )
    mask = torch.ones(n_units, n_inputs, dtype=torch.bool, device="cpu")
    zeros = (chosen for size in range(n_inputs) for chosen in combinations(range(n_inputs), size))
    for row, chosen in enumerate(islice(zeros, n_units)):
        mask[row, list(chosen)] = False
    return mask


def grouped_masks(
    widths: Sequence[int], zero_rate: float, group_size: int, *, generator: torch.Generator | None = None
) -> list[torch.Tensor]:
    """Draw masks for a network in which groups of hidden units can still be exchanged.

    The groups of a layer have random masks of their own, drawn independently, so that two may be equal by chance;
    within a group, units have the same mask, and the next layer keeps all of them or none.

    Args:
        widths: Inputs, hidden layers, outputs; the output layer is dense.
        zero_rate: Probability of a zero, in [0, 1).
        group_size: Units of a group; it divides all hidden widths.
        generator: For the draws; the masks are on its device.

    Returns:
        One mask (n_k, n_{k-1}) of booleans a layer, the last without zeros.

    Raises:
        ValueError: If an argument is out of range or the group size does not divide a width.

    >>> masks = grouped_masks((6, 4, 4, 2), 0.5, 2, generator=torch.Generator().manual_seed(0))
    >>> [tuple(mask.shape) for mask in masks], bool((masks[0][0] == masks[0][1]).all())
    ([(4, 6), (4, 4), (2, 4)], True)
    """
    widths = _checks.layer_widths("widths", widths, at_least=3)
    group_size = _checks.integer("group_size", group_size, low=1)
    wrong = [width for width in widths[1:-1] if width % group_size]
    if wrong:
        raise ValueError(f"group_size: expected a divisor of all hidden widths, got {group_size} for {wrong[0]}")
    masks, columns = [], widths[0]
    for k, width in enumerate(widths[1:-1]):
        small = sample_mask(width // group_size, columns, zero_rate, distinct=False, generator=generator)
        block = small.new_ones(group_size, group_size if k else 1)
        masks.append(torch.kron(small, block))
        columns = width // group_size
    return [*masks, masks[0].new_ones(widths[-1], widths[-2])]


def sample_tensor_mask(
    shape: Sequence[int],
    zero_rate: float,
    *,
    shared: Sequence[int] = (),
    distinct: bool = True,
    connected: bool = True,
    generator: torch.Generator | None = None,
) -> torch.Tensor:
    """Draw a mask for weights with any number of axes, the first of which counts the units.

    Args:
        shape: Shape of the weights: (units, inputs) of a linear layer, (maps, inputs, side, side) of a convolution,
            (outputs, functions, inputs) of a layer of polynomials or splines.
        zero_rate: Probability of a zero, in [0, 1).
        shared: Axes along which the mask does not vary, so that whole parts are cut: (2, 3) for whole kernels, (1,)
            for whole functions of an input.
        distinct: Whether the masks of any two units must differ.
        connected: Whether each unit must keep a weight.
        generator: For the draws; the masks are on its device.

    Returns:
        Booleans of the shape.

    Raises:
        ValueError: If an argument is out of range, or such masks do not exist or are not found; see
            :func:`~lossland.remedies.pruned_layers.sample_mask`.

    >>> mask = sample_tensor_mask((5, 4, 3), 0.5, shared=(1,), generator=torch.Generator().manual_seed(0))
    >>> tuple(mask.shape), bool((mask[:, 0] == mask[:, 3]).all())
    ((5, 4, 3), True)
    """
    shape = _checks.layer_widths("shape", shape, at_least=2)
    shared = {_checks.integer("shared", axis, low=1, high=len(shape) - 1) for axis in shared}
    drawn = [1 if axis in shared else size for axis, size in enumerate(shape)]
    mask = sample_mask(
        shape[0], math.prod(drawn[1:]), zero_rate, distinct=distinct, connected=connected, generator=generator
    )
    return mask.reshape(drawn).expand(shape).clone()
