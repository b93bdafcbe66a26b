r"""Activation patterns: which paths are open, for which inputs, and how unequal paths are.

For one input the share of open paths is the product over layers of the shares of open neurons.  Averages over inputs
need no list of paths either: with the activity vectors :math:`a_k(x)\in\{0,1\}^{d_k}` and factors M(x) (the hinge's
indicator, or 1), the activity :math:`b_j=M\prod_ka_{k,j_k}` of a path has over the inputs the mean :math:`\rho_j`,
and

.. math::
    \frac1\gamma\sum_j\rho_j=\Big\langle M(x)\prod_k\frac{|a_k(x)|^2}{d_k}\Big\rangle_x,\qquad
    \frac1\gamma\sum_j\rho_j^2=\Big\langle M(x)M(x')\prod_k\frac{a_k(x)\cdot a_k(x')}{d_k}\Big\rangle_{x\ne x'},

exactly over all paths and without bias from the finite sample, since pairs of different inputs are used. Assumption
A1p says that all :math:`\rho_j` are equal.  Source: Choromanska et al. (2015), assumption A1p; the estimators are
ours.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import NamedTuple

import torch

from lossland.networks.device import check_inputs


class ActivitySpread(NamedTuple):
    """How often paths are open over a set of inputs, and how unequal they are in that.

    Attributes:
        mean: Mean over all hidden paths of the probability rho_j, A1p's rho.
        spread: Standard deviation of rho_j over the paths, divided by the mean; 0 under A1p.
        mean_error: Standard error of the mean, from the finite number of inputs.
        spread_error: Standard error of the spread (jackknife over the inputs).
    """

    mean: float
    spread: float
    mean_error: float
    spread_error: float


def open_path_share(activity: Sequence[torch.Tensor]) -> torch.Tensor:
    """Share of the hidden paths that are open for each input.

    Args:
        activity: One tensor (..., m, d_k) of 0 and 1 per hidden layer.

    Returns:
        Tensor (..., m), the product over layers of the shares of open neurons.

    >>> float(open_path_share([torch.tensor([[1.0, 0.0]]), torch.tensor([[1.0, 1.0, 0.0, 0.0]])])[0])
    0.25
    """
    share = activity[0].mean(dim=-1)
    for active in activity[1:]:
        share = share * active.mean(dim=-1)
    return share


def count_patterns(activity: Sequence[torch.Tensor]) -> int:
    """Number of different activation patterns among the inputs: linear regions of the network that they touch.

    >>> count_patterns([torch.tensor([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]])])
    2
    """
    return len(torch.unique(torch.cat(list(activity), dim=-1), dim=0))


def switch_share(activity: Sequence[torch.Tensor], other: Sequence[torch.Tensor]) -> float:
    """Share of (input, hidden neuron) pairs whose switch differs between two sets of activities.

    >>> switch_share([torch.tensor([[1.0, 0.0]])], [torch.tensor([[1.0, 1.0]])])
    0.5
    """
    differences = torch.cat([(a != b).flatten() for a, b in zip(activity, other, strict=True)])
    return float(differences.double().mean())


def activity_spread(activity: Sequence[torch.Tensor], active: torch.Tensor | None = None) -> ActivitySpread:
    """Mean and spread over all paths of the probability that a path is open, over the inputs.

    Args:
        activity: One tensor (m, d_k) of 0 and 1 per hidden layer, m >= 3.
        active: The factor M of each input (m,), 0 or 1; None for 1, so that a instead of b is described.

    Returns:
        ActivitySpread: with standard errors.  The spread is NaN where no path is ever open.

    Raises:
        ValueError: If there are fewer than three inputs.
    """
    m = activity[0].shape[0]
    if m < 3:
        raise ValueError(f"activity: expected at least 3 inputs, got {m}")
    factor = torch.ones_like(activity[0][:, 0]) if active is None else active
    share = factor * open_path_share(activity)
    overlap = factor[:, None] * factor
    for layer in activity:
        overlap = overlap * (layer @ layer.mT) / layer.shape[-1]
    joint, joint_left_out = _off_diagonal_mean(overlap)
    product, product_left_out = _off_diagonal_mean(share[:, None] * share)
    spread, jackknife = _relative_spread(joint, product), _relative_spread(joint_left_out, product_left_out)
    error = ((m - 1) / m * ((jackknife - jackknife.mean()) ** 2).sum()) ** 0.5
    return ActivitySpread(float(share.mean()), float(spread), float(share.std() / m**0.5), float(error))


def sample_path_activity(activity: Sequence[torch.Tensor], n_paths: int, *, generator: torch.Generator) -> torch.Tensor:
    """Activities of random hidden paths.

    Args:
        activity: One tensor (..., m, d_k) per hidden layer.
        n_paths: Number of paths, drawn uniformly with replacement.
        generator: Source of randomness, on the device of the activities.

    Returns:
        Tensor (..., m, n_paths) of 0 and 1.
    """
    check_inputs(activity[0], generator, name="activity")
    paths = torch.ones_like(activity[0][..., :1])
    for layer in activity:
        neuron = torch.randint(layer.shape[-1], (n_paths,), generator=generator, device=layer.device)
        paths = paths * layer[..., neuron]
    return paths


def sharing_correlation(activity: Sequence[torch.Tensor], *, input_index: int = 0) -> tuple[list[float], list[float]]:
    """Correlation over random networks of paths that share s hidden neurons, exact over all pairs of such paths.

    Args:
        activity: One tensor (R, m, d_k) per hidden layer: R independent networks, all widths at least 2.
        input_index: Which of the m inputs is held fixed.

    Returns:
        Two lists of H entries, for s = 0, ..., H - 1: correlations, averaged over the layers that are shared, and their
        standard errors over the networks.
    """
    bits = [layer[:, input_index] for layer in activity]
    on = [bit.mean(dim=-1) for bit in bits]
    both = [(bit.sum(-1) ** 2 - bit.sum(-1)) / (bit.shape[-1] * (bit.shape[-1] - 1)) for bit in bits]
    layers = range(len(bits))
    values, errors = [], []
    for shared in range(len(bits) + 1):
        chances = [
            torch.stack([on[k] if k in same else both[k] for k in layers]).prod(dim=0)
            for same in combinations(layers, shared)
        ]
        value, error = _correlation(torch.stack(chances).mean(dim=0), torch.stack(on).prod(dim=0))
        values.append(value)
        errors.append(error)
    return values, errors


def _correlation(joint: torch.Tensor, chance: torch.Tensor) -> tuple[float, float]:
    """Correlation of two bits from samples of P(both) and of P(one), with its error by linearization."""
    rho = chance.mean()
    variance, covariance = rho - rho**2, joint.mean() - rho**2
    slope = -(2 * rho * variance + covariance * (1 - 2 * rho)) / variance**2  # in rho
    influence = joint / variance + slope * chance
    return float(covariance / variance), float(influence.std() / len(influence) ** 0.5)


def _off_diagonal_mean(matrix: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Mean over pairs of different samples, and the same with each sample left out in turn."""
    m = len(matrix)
    off = matrix - torch.diag(matrix.diagonal())
    total, rows = off.sum(), off.sum(dim=1)
    return total / (m * (m - 1)), (total - 2 * rows) / ((m - 1) * (m - 2))


def _relative_spread(joint: torch.Tensor, product: torch.Tensor) -> torch.Tensor:
    """Standard deviation over the paths by their mean; signed, so that no spread is zero on average."""
    ratio = joint / product - 1
    return ratio.sign() * ratio.abs().sqrt()
