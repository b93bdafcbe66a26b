r"""Weight matching through all layers of any network that has a spec.

Among all networks that are permuted copies of network b, look for the one closest to network a, that is, maximize

.. math:: \sum_{\theta}\bigl\langle\theta^a,\;P\cdot\theta^b\bigr\rangle

over the orders :math:`P` of all groups.  For three hidden layers this is NP-hard already; coordinate ascent solves one
linear assignment after another and ends at a local maximum.  It starts from an alignment from the input on, which
finds every permutation that was planted in a perceptron and, between independent networks, ends higher than a start
from the order in which the units are; that order is tried only if the first result is below it, so that matching never
makes a network worse.

Source: Ainsworth, Hayase and Srinivasa (2023), *Git Re-Basin: merging models modulo permutation symmetries*,
section 3.2 and algorithm 1, there from the given order, with the layers in random sequence.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import torch

from lossland import _checks
from lossland.numerics import ConvergenceWarning
from lossland.symmetry.coordinate_ascent import Matcher
from lossland.symmetry.permutation_spec import PermutationSpec
from lossland.symmetry.spec_actions import check_fit


class WeightMatching(NamedTuple):
    """What weight matching found.

    Attributes:
        permutations: For each group an integer tensor (n,); pass them to ``apply_permutations``.
        objective: Inner product of the parameters of the reference with the permuted ones.
        n_sweeps: Sweeps over the groups, the first of them the alignment.
        converged: Whether no group could improve any more.
    """

    permutations: dict[str, torch.Tensor]
    objective: float
    n_sweeps: int
    converged: bool


def match_weights(
    spec: PermutationSpec,
    reference: Mapping[str, torch.Tensor],
    state_dict: Mapping[str, torch.Tensor],
    *,
    max_sweeps: int = 100,
) -> WeightMatching:
    """Find the orders of the units of one network that bring its parameters closest to those of another.

    Computed with NumPy and SciPy in float64 on the CPU.  Buffers (running statistics) do not count.

    Args:
        spec: The symmetry of both networks.
        reference: State dict of network a, which stays as it is.
        state_dict: State dict of network b, to be permuted onto a.
        max_sweeps: Most sweeps over all groups.

    Returns:
        WeightMatching: permutations on the device of ``state_dict``, and how they were found.

    Raises:
        ValueError: If the spec does not fit a state dict, or a parameter is not finite.

    Warns:
        ConvergenceWarning: If the sweeps ran out.

    >>> from torch import nn
    >>> from lossland.symmetry import apply_permutations, invert_permutations, spec_from_axes
    >>> state = {"0.weight": torch.tensor([[1.0], [2.0], [4.0]]), "1.weight": torch.tensor([[4.0, 5.0, 7.0]])}
    >>> spec = spec_from_axes({"0.weight": ("hidden", None), "1.weight": (None, "hidden")}, state)
    >>> shuffled = apply_permutations(spec, {"hidden": [2, 0, 1]}, state)
    >>> match_weights(spec, state, shuffled).permutations["hidden"].tolist()
    [1, 2, 0]
    """
    max_sweeps = _checks.integer("max_sweeps", max_sweeps, low=1)
    ours, theirs = (
        parameter_arrays(spec, side, name) for side, name in ((reference, "reference"), (state_dict, "state_dict"))
    )
    best = Matcher(spec, ours, theirs).match(max_sweeps)
    warn_unless_converged(best.converged, max_sweeps)
    device = next((entry.device for name, entry in state_dict.items() if name in spec.axes), None)
    permutations = {group: torch.as_tensor(order.units, device=device) for group, order in best.orders.items()}
    return WeightMatching(permutations, best.objective, best.n_sweeps, best.converged)


def warn_unless_converged(converged: bool, max_sweeps: int, *, stacklevel: int = 3) -> None:
    """Say that sweeps ran out, if they did.

    Warns:
        ConvergenceWarning: Unless ``converged``.
    """
    if not converged:
        warnings.warn(
            f"matching was still improving after max_sweeps={max_sweeps} sweeps: allow more", ConvergenceWarning,
            stacklevel=stacklevel,
        )  # fmt: skip


def parameter_arrays(spec: PermutationSpec, state_dict: Mapping[str, torch.Tensor], name: str) -> dict[str, np.ndarray]:
    """Parameters of a state dict in float64, buffers left out, after checking that the spec fits.

    Raises:
        ValueError: If the spec does not fit, or a parameter is not finite; the message begins with ``name``.
    """
    check_fit(spec, state_dict, name)
    found = {}
    for entry in spec.axes:
        if entry not in spec.buffers:
            found[entry] = state_dict[entry].detach().to("cpu", torch.float64).numpy()
            if not np.isfinite(found[entry]).all():
                raise ValueError(f"{name}[{entry!r}]: expected finite parameters, got NaN or infinite ones")
    return found
