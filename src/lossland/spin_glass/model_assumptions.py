r"""The assumptions of the spin-glass model as numbers that a network and its data have.

=====  ==========================================================  ==============================================
name   assumption                                                  measured, with the value if it held
=====  ==========================================================  ==============================================
M      the indicator M knows nothing of the margin                 correlation of M with y yhat: 0
A1p    every b_j = M a_j is Bernoulli(rho) with one rho            spread of rho_j over all paths by its mean: 0
A2p    every z_i = y x_i is N(0, 1)                                root mean square over i of the mean of z_i: 0;
                                                                   mean Kolmogorov distance of z_i to N(0, 1): 0
A3p    Lambda unique weights do as well                            accuracy lost by sharing Lambda values: 0
A4p    every tuple of unique weights is on exactly one path        share of tuples that are not: 0
A5u    b is independent of z                                       root mean square correlation of (z_i, b_j): 0
A6u    the couplings z of all paths are independent                effective number of them by Psi: 1
A7p    the mean square of the weights is fixed                     mean square of the weights, to be compared
=====  ==========================================================  ==============================================

The effective number of independent couplings is 1 over the mean, over pairs of paths, of the squared correlation of
their z; since paths through one input share it, it is at most :math:`d_0`.  Names as on Golikov's slides *Loss
function landscape*, after Choromanska, LeCun and Ben Arous (2015), *Open problem: the landscape of the loss surfaces
of multilayer networks* (p: plausible, u: unrealistic); the measures are ours.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from scipy import special

from lossland.networks.device import check_inputs
from lossland.spin_glass.activation_patterns import activity_spread, sample_path_activity
from lossland.spin_glass.hinge import active_samples
from lossland.spin_glass.path_counts import count_paths
from lossland.spin_glass.path_polynomial import network_output, neuron_activity, widths_of
from lossland.spin_glass.weight_sharing import shared_weights, tuple_counts


class Assumptions(NamedTuple):
    """What the module's table lists, for one network and one data set; NaN where it has no meaning, as for M = 0.

    Attributes:
        active: Mean of M, rho' on the slides.
        rho: Mean of b over samples and paths.
        margin_correlation: M: correlation of M with the margin.
        activity_spread: A1p: spread of rho_j over paths, relative to rho.
        coupling_mean: A2p: root mean square over inputs of the mean of z_i.
        gaussian_distance: A2p: Kolmogorov distance of z_i to N(0, 1), mean over inputs.
        accuracy_lost: A3p: accuracy of the network minus that of its image with Lambda unique weights.
        tuples_off: A4p: share of ordered tuples of the unique weights that are not on exactly one path.
        coupling_activity: A5u: root mean square correlation of z_i and b_j beyond sampling noise.
        coupling_rank: A6u: effective number of independent couplings divided by the number of paths.
        weight_square: A7p: mean square of the weights.
    """

    active: float
    rho: float
    margin_correlation: float
    activity_spread: float
    coupling_mean: float
    gaussian_distance: float
    accuracy_lost: float
    tuples_off: float
    coupling_activity: float
    coupling_rank: float
    weight_square: float


def measure_assumptions(
    weights: Sequence[torch.Tensor],
    inputs: torch.Tensor,
    labels: torch.Tensor,
    *,
    n_paths: int = 1000,
    generator: torch.Generator,
) -> Assumptions:
    """Measure every assumption on one network and one data set.

    Args:
        weights: H >= 2 tensors (d_k, d_{k-1}), d_H = 1.
        inputs: Input vectors (m, d_0).
        labels: -1 and 1, (m,), in the dtype of the inputs.
        n_paths: Number of random hidden paths for A5u.
        generator: Draws those paths, on the device of the inputs.

    Returns:
        Assumptions: one number each.
    """
    check_inputs(inputs, generator)
    outputs, activity = network_output(weights, inputs), neuron_activity(weights, inputs)
    active, couplings = active_samples(labels, outputs), labels[:, None] * inputs
    spread = activity_spread(activity, active)
    paths = active[:, None] * sample_path_activity(activity, n_paths, generator=generator)
    lost, off = sharing_costs(weights, inputs, labels)
    total = sum(float((weight**2).sum()) for weight in weights)
    counts = count_paths(widths_of(weights))
    return Assumptions(
        float(active.mean()),
        spread.mean,
        margin_correlation(labels, outputs),
        spread.spread,
        float(couplings.mean(dim=0).square().mean().sqrt()),
        gaussian_distance(couplings),
        lost,
        off,
        root_mean_square_correlation(couplings, paths),
        effective_number(couplings) / counts.paths,
        total / counts.weights,
    )


def margin_correlation(labels: torch.Tensor, outputs: torch.Tensor) -> float:
    """Correlation over samples of the indicator M with the margin; NaN if M is the same for all samples."""
    return float(_correlations((labels * outputs)[:, None], active_samples(labels, outputs)[:, None])[0, 0])


def root_mean_square_correlation(first: torch.Tensor, second: torch.Tensor) -> float:
    """Root mean square of the correlations of all columns of two tables, the noise of m samples subtracted.

    Args:
        first: Samples (m, p); columns that do not vary are left out.
        second: Samples (m, q).

    Returns:
        A number near 0 for independent tables, negative if the mean square falls below its noise 1/(m - 1).
    """
    squares = _correlations(first, second) ** 2
    excess = squares[~torch.isnan(squares)].mean() - 1 / (len(first) - 1)
    return float(excess.sign() * excess.abs().sqrt())


def effective_number(couplings: torch.Tensor) -> float:
    """Effective number of independent columns: squared trace of the covariance by the trace of its square.

    >>> effective_number(torch.tensor([[1.0, 1.0], [-1.0, 1.0], [1.0, -1.0], [-1.0, -1.0]]))
    2.0
    """
    covariance = torch.cov(couplings.T)
    return float(covariance.trace() ** 2 / (covariance**2).sum())


def gaussian_distance(couplings: torch.Tensor) -> float:
    """Largest difference of the distribution function of a column from that of N(0, 1), averaged over the columns."""
    ordered = np.sort(couplings.detach().cpu().numpy(), axis=0)
    normal, m = special.ndtr(ordered), len(ordered)
    rank = np.arange(m)[:, None]
    return float(np.maximum(normal - rank / m, (rank + 1) / m - normal).max(axis=0).mean())


def sharing_costs(weights: Sequence[torch.Tensor], inputs: torch.Tensor, labels: torch.Tensor) -> tuple[float, float]:
    """What it costs to share Lambda unique weights: the accuracy lost (A3p), the share of tuples off (A4p)."""
    n_unique = round(count_paths(widths_of(weights)).unique_weights)
    shapes = [tuple(weight.shape) for weight in weights]
    flat = torch.cat([weight.flatten() for weight in weights])
    values, index = shared_weights(flat.cpu().numpy(), n_unique)
    parts = np.split(index, np.cumsum([rows * columns for rows, columns in shapes])[:-1])
    indices = [part.reshape(shape) for part, shape in zip(parts, shapes, strict=True)]
    image = [torch.as_tensor(values[part], dtype=inputs.dtype, device=inputs.device) for part in indices]
    correct = [float((labels * network_output(net, inputs) > 0).double().mean()) for net in (weights, image)]
    return correct[0] - correct[1], float((tuple_counts(indices, n_unique) != 1).mean())


def _correlations(first: torch.Tensor, second: torch.Tensor) -> torch.Tensor:
    """Correlations (p, q) of the columns; NaN where one does not vary."""
    first, second = (table - table.mean(dim=0) for table in (first, second))
    scale = first.square().sum(dim=0).sqrt()[:, None] * second.square().sum(dim=0).sqrt()
    return torch.where(scale > 0, first.mT @ second / scale, torch.full_like(scale, torch.nan))
