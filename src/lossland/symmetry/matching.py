r"""Weight matching: put the hidden neurons of one network in the order of another's.

Reordering the neurons of a hidden layer, together with the columns of the next weight matrix, leaves the function of a
perceptron as it is.  Matching looks for the orders :math:`P_1,\dots,P_{K-1}` of network b that bring its parameters
closest to those of network a, that is, that maximize

.. math:: \sum_{k=1}^{K}\bigl\langle W_k^a,\;P_k W_k^b P_{k-1}^{\top}\bigr\rangle+\langle h_k^a,\;P_k h_k^b\rangle,
   \qquad P_0=P_K=1.

With the other layers fixed, one layer is a linear assignment problem and is solved exactly: one hidden layer is matched
optimally.  With more, layers are updated in turn until nothing improves, which is a local maximum; it is started from
an alignment layer by layer from the input on, which finds every planted permutation, and again from the order in which
the neurons are if it ended below that, so that matching never makes a network worse.  Networks of other kinds are
matched by ``match_weights``.

Source: Ainsworth, Hayase and Srinivasa (2023), *Git Re-Basin: merging models modulo permutation symmetries*,
section 3.2 and algorithm 1, there from the order in which the neurons are.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch

from lossland import _checks
from lossland.networks import MLP
from lossland.symmetry.coordinate_ascent import Matcher
from lossland.symmetry.permutation_spec import mlp_spec
from lossland.symmetry.weight_matching import warn_unless_converged

_LAYER = tuple[np.ndarray, np.ndarray]  # weights and biases


class Matching(NamedTuple):
    """What matching found.

    Attributes:
        permutations: One integer tensor (..., d_k) for each hidden layer; pass them to :func:`permute_neurons`.
        objective: Inner product of the two networks' parameters after matching, (...).
        n_sweeps: Sweeps over the layers, the first of them the alignment, (...); 1 for one hidden layer, 0 for none.
        converged: Whether nothing improved any more, (...).
    """

    permutations: tuple[torch.Tensor, ...]
    objective: np.ndarray
    n_sweeps: np.ndarray
    converged: np.ndarray


def match_neurons(reference: MLP, mlp: MLP, *, max_sweeps: int = 100) -> Matching:
    """Find the orders of the hidden neurons of ``mlp`` that bring it closest to ``reference``.

    Incoming weights, biases and outgoing weights count alike.  Computed with SciPy in float64 on the CPU; batches of
    networks are matched pair by pair.

    Args:
        reference: Network a, which stays as it is.
        mlp: Network b of the same widths, to be permuted onto a.
        max_sweeps: Most sweeps over the hidden layers.

    Returns:
        Matching: the permutations, on the device of ``mlp``, and how they were found.

    Raises:
        TypeError: If an argument is no network.
        ValueError: If the networks have different shapes, or parameters that are not finite.

    Warns:
        ConvergenceWarning: If the sweeps ran out.

    >>> from lossland.networks import sample_mlp
    >>> mlp = sample_mlp((3, 4, 2), 1.0, 0.1, generator=torch.Generator().manual_seed(0))
    >>> shuffled = permute_neurons(mlp, [torch.tensor([2, 0, 3, 1])])
    >>> match_neurons(mlp, shuffled).permutations[0].tolist()
    [1, 3, 0, 2]
    """
    batch, max_sweeps = _check_pair(reference, mlp), _checks.integer("max_sweeps", max_sweeps, low=1)
    ours, theirs = _as_arrays(reference), _as_arrays(mlp)
    spec = mlp_spec((mlp.weights[0].shape[-1], *(weight.shape[-2] for weight in mlp.weights)))
    found = [Matcher(spec, *paired_parameters(ours, theirs, i)).match(max_sweeps) for i in np.ndindex(batch)]
    warn_unless_converged(all(one.converged for one in found), max_sweeps)
    permutations = tuple(
        torch.as_tensor(
            np.array([one.orders[group].units for one in found]), dtype=torch.int64, device=mlp.weights[0].device
        ).reshape(*batch, n)
        for group, n in spec.sizes.items()
    )
    return Matching(permutations, *(np.array([one[k] for one in found]).reshape(batch) for k in (1, 2, 3)))


def permute_neurons(mlp: MLP, permutations) -> MLP:
    """Reorder the hidden neurons of a network; the function that it computes stays the same.

    Args:
        mlp: A network, or a batch of them.
        permutations: One for each hidden layer, integers (d_k,), or (..., d_k) with a batch; ``permutation[i]`` is the
            neuron that goes to place i.

    Returns:
        MLP: rows of incoming weights and biases, and columns of outgoing weights, in the new order.

    Raises:
        TypeError: If ``mlp`` is no network, or the permutations are not integers.
        ValueError: If there is not one permutation for each hidden layer, or one is none.

    >>> from lossland.networks import forward, sample_mlp
    >>> mlp = sample_mlp((3, 2, 1), 1.0, 0.1, generator=torch.Generator().manual_seed(0))
    >>> x = torch.ones(3, dtype=torch.float64)
    >>> swapped = permute_neurons(mlp, [[1, 0]])
    >>> torch.equal(swapped.weights[0], mlp.weights[0].flip(0))
    True
    >>> torch.allclose(forward(swapped, x, "tanh"), forward(mlp, x, "tanh"))
    True
    """
    _check_network("mlp", mlp)
    permutations = _check_permutations(mlp, permutations)
    weights, biases = list(mlp.weights), list(mlp.biases)
    for k, order in enumerate(permutations):
        weights[k] = weights[k].gather(-2, order[..., :, None].expand(weights[k].shape))
        biases[k] = biases[k].gather(-1, order)
        weights[k + 1] = weights[k + 1].gather(-1, order[..., None, :].expand(weights[k + 1].shape))
    return MLP(tuple(weights), tuple(biases))


def paired_parameters(ours: list[_LAYER], theirs: list[_LAYER], index: tuple[int, ...]):
    """Parameters of one pair of a batch, named as in ``mlp_spec``."""
    return tuple(
        {
            f"{kind}.{k}": part[index]
            for k, layer in enumerate(layers)
            for kind, part in zip(("weights", "biases"), layer, strict=True)
        }
        for layers in (ours, theirs)
    )


def _as_arrays(mlp: MLP) -> list[_LAYER]:
    return [
        tuple(part.detach().to("cpu", torch.float64).numpy() for part in layer)
        for layer in zip(mlp.weights, mlp.biases, strict=True)
    ]


def _check_network(name: str, mlp) -> None:
    if not isinstance(mlp, MLP):
        raise TypeError(f"{name}: expected an MLP, got {type(mlp).__name__}")


def _check_pair(reference: MLP, mlp: MLP) -> tuple[int, ...]:
    """Check that the networks have the same shapes and finite parameters; return the shape of the batch."""
    for name, network in (("reference", reference), ("mlp", mlp)):
        _check_network(name, network)
        for k, parts in enumerate(zip(network.weights, network.biases, strict=True), start=1):
            if not all(bool(torch.isfinite(part).all()) for part in parts):
                raise ValueError(f"{name}: expected finite parameters, got NaN or infinite ones in layer {k}")
    shapes = [[tuple(w.shape) for w in network.weights] for network in (reference, mlp)]
    if shapes[0] != shapes[1]:
        raise ValueError(
            f"mlp: expected weights of the shapes of reference, {shapes[0]}, got {shapes[1]}; only networks of equal "
            "widths (and batches of equal size) can be matched"
        )
    return tuple(mlp.weights[0].shape[:-2])


def _check_permutations(mlp: MLP, permutations) -> list[torch.Tensor]:
    widths = [bias.shape[-1] for bias in mlp.biases[:-1]]
    permutations = list(permutations)
    if len(permutations) != len(widths):
        raise ValueError(
            f"permutations: expected one for each of {len(widths)} hidden layers, got {len(permutations)}; for one "
            "hidden layer pass a list with one permutation"
        )
    orders, batch = [], mlp.biases[0].shape[:-1]
    for k, (given, width) in enumerate(zip(permutations, widths, strict=True)):
        order = torch.as_tensor(given, device=mlp.biases[0].device)
        if order.is_floating_point() or order.dtype == torch.bool:
            raise TypeError(f"permutations[{k}]: expected integers, got {order.dtype}")
        order, identity = order.to(torch.int64), torch.arange(width, device=order.device)
        wrong = f"permutations[{k}]: expected each of 0 to {width - 1} once, "
        if order.ndim == 0 or order.shape[-1] != width or order.shape[:-1] not in ((), batch):
            raise ValueError(f"{wrong}in the shape {(*batch, width)}, got the shape {tuple(order.shape)}")
        if not torch.equal(order.sort(dim=-1).values, identity.expand(order.shape)):
            raise ValueError(f"{wrong}got {order.flatten()[:12].tolist()}")
        orders.append(order.expand(*batch, width))
    return orders
