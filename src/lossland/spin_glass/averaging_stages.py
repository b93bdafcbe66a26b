r"""From the hinge loss of a network to the Hamiltonian, one assumption after another, on networks that exist.

For one network and one data set, with :math:`z_s=y_sx_s`, :math:`M_s` the hinge's indicator and :math:`v(x_s)` the
linear map that the network is at :math:`x_s`, the stages are

======================  ==========================================================================================
``hinge``               :math:`\langle[1-y\hat y]_+\rangle`, the loss
``indicator``           :math:`\langle M-M\,v(x)\cdot z\rangle`: the same number, summed over paths
``margin_independent``  :math:`\langle M\rangle(1-\langle v(x)\cdot z\rangle)`: M is a coin that does not see the margin
``paths_independent``   :math:`\langle M\rangle-\langle M_{s'}v(x_{s'})\cdot z_s\rangle_{s\ne s'}`: no b sees z (A5u)
``paths_equal``         :math:`\rho'-\rho\,W_H\cdots W_1\langle z\rangle`: all b Bernoulli with one rho (A1p)
``couplings_random``    :math:`\rho'-\rho\sum_{i,j}J_{ij}\prod_kw^{(k)}`: a Gaussian for each path (A2p, A6u)
======================  ==========================================================================================

The fifth is the loss of a deep *linear* network.  The last has the variance of the fifth for unit couplings averaged
over m samples, :math:`J_{ij}\sim\mathcal N(0,1/m)`; it knows nothing of the data any more.  Source: the chain of
Golikov's slides *Loss function landscape*; the measurable version is ours.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch

from lossland import _checks
from lossland.networks.device import check_inputs
from lossland.spin_glass.hinge import active_samples, hinge_loss
from lossland.spin_glass.layered_glass import layered_form
from lossland.spin_glass.path_polynomial import effective_map, network_output, neuron_activity, widths_of

STAGES = (
    "hinge",
    "indicator",
    "margin_independent",
    "paths_independent",
    "paths_equal",
    "couplings_random",
)


def loss_stages(
    weights: Sequence[torch.Tensor],
    inputs: torch.Tensor,
    labels: torch.Tensor,
    *,
    rho: float,
    rho_prime: float,
    generator: torch.Generator,
) -> dict[str, torch.Tensor]:
    """Losses of a batch of networks at every stage of the derivation.

    Args:
        weights: H tensors (R, d_k, d_{k-1}), R networks with one output.
        inputs: Input vectors (m, d_0), m >= 2.
        labels: -1 and 1, (m,).
        rho: Mean of b = M a, one number for all paths and networks.
        rho_prime: Mean of M.
        generator: Draws the couplings of the last stage, the same for all networks.

    Returns:
        A tensor (R,) for each name in ``STAGES``.

    Raises:
        ValueError: If a probability is not in [0, 1].
    """
    check_inputs(inputs, generator)
    rho = _checks.real_number("rho", rho, low=0.0, high=1.0)
    rho_prime = _checks.real_number("rho_prime", rho_prime, low=0.0, high=1.0)
    m, couplings = len(labels), labels[:, None] * inputs
    outputs = network_output(weights, inputs)
    active, maps = active_samples(labels, outputs), effective_map(weights, neuron_activity(weights, inputs))
    margins = (maps * couplings).sum(dim=-1)
    own = (active * margins).sum(dim=-1)
    crossed = ((active[..., None] * maps).sum(dim=-2) @ couplings.sum(dim=0) - own) / (m * (m - 1))
    shape = widths_of(weights)[:-1]
    drawn = torch.randn(shape, dtype=inputs.dtype, device=inputs.device, generator=generator) / m**0.5
    shared = couplings.mean(dim=0).reshape(-1, *[1] * (len(shape) - 1)).expand(shape)
    return {
        "hinge": hinge_loss(labels, outputs).mean(dim=-1),
        "indicator": (active - active * margins).mean(dim=-1),
        "margin_independent": active.mean(dim=-1) * (1 - margins.mean(dim=-1)),
        "paths_independent": active.mean(dim=-1) - crossed,
        "paths_equal": rho_prime - rho * layered_form(shared, weights),
        "couplings_random": rho_prime - rho * layered_form(drawn, weights),
    }
