r"""Weight matching: put the hidden neurons of one network in the order of another's.

Reordering the neurons of a hidden layer, together with the columns of the next weight matrix, leaves the function of a
perceptron as it is.  Matching looks for the orders :math:`P_1,\dots,P_{K-1}` of network b that bring its parameters
closest to those of network a, that is, that maximize

.. math:: \sum_{k=1}^{K}\bigl\langle W_k^a,\;P_k W_k^b P_{k-1}^{\top}\bigr\rangle+\langle h_k^a,\;P_k h_k^b\rangle,
   \qquad P_0=P_K=1.

With the other layers fixed, one layer is a linear assignment problem and is solved exactly: one hidden layer is matched
optimally.  With more, layers are updated in turn until nothing improves, which is a local maximum; it is started twice,
from an alignment layer by layer from the input on (incoming weights and biases alone), which finds every planted
permutation, and from the order in which the neurons are, so that matching never makes a network worse; the better
result is returned.

Source: Ainsworth, Hayase and Srinivasa (2023), *Git Re-Basin: merging models modulo permutation symmetries*,
section 3.2 and algorithm 1, there from random orders.
"""

from __future__ import annotations

import warnings
from typing import NamedTuple

import numpy as np
import torch
from scipy.optimize import linear_sum_assignment

from lossland import _checks
from lossland.networks import MLP
from lossland.numerics import ConvergenceWarning

_LAYER = tuple[np.ndarray, np.ndarray]  # weights and biases


class Matching(NamedTuple):
    """What matching found.

    Attributes:
        permutations: One integer tensor (..., d_k) for each hidden layer; pass them to :func:`permute_neurons`.
        objective: Inner product of the two networks' parameters after matching, (...).
        n_sweeps: Sweeps over the layers from the better start, the last one without change, (...); 1 for one hidden
            layer, 0 for none.
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
    n_hidden = len(mlp.weights) - 1
    found = []
    for index in np.ndindex(batch):
        a, b = ([(w[index], h[index]) for w, h in layers] for layers in (ours, theirs))
        found.append(_match(a, b, max_sweeps) if n_hidden else ((), _objective(a, b, ()), 0, True))
    if not all(result[3] for result in found):
        warnings.warn(
            f"matching was still improving after max_sweeps={max_sweeps} sweeps: allow more", ConvergenceWarning,
            stacklevel=2,
        )  # fmt: skip
    device = mlp.weights[0].device
    permutations = tuple(
        torch.as_tensor(np.array([result[0][k] for result in found]), dtype=torch.int64, device=device).reshape(
            *batch, -1
        )
        for k in range(n_hidden)
    )
    return Matching(permutations, *(np.array([result[k] for result in found]).reshape(batch) for k in (1, 2, 3)))


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


def _match(a: list[_LAYER], b: list[_LAYER], max_sweeps: int) -> tuple[list[np.ndarray], float, int, bool]:
    """The better of the results from two starts: orders, objective, sweeps, whether they converged."""
    if len(b) == 2:  # the gain does not depend on the order: one assignment is the maximum
        orders = [_assign(_similarity(a, b, [None], 0))]
        return orders, _objective(a, b, orders), 1, True
    forward = [np.arange(len(h)) for _, h in b[:-1]]
    for k in range(len(forward)):
        forward[k] = _assign(_similarity(a, b, forward, k, outgoing=False))
    result = _sweep(a, b, forward, max_sweeps)
    second = _sweep(a, b, [np.arange(len(h)) for _, h in b[:-1]], max_sweeps)
    return second if second[1] > result[1] else result


def _sweep(a, b, orders, max_sweeps):
    """Solve layer after layer until the objective no longer grows."""
    scale = np.sqrt(_objective(a, a, None) * _objective(b, b, None))
    for n_sweeps in range(1, max_sweeps + 1):
        improved = False
        for k, order in enumerate(orders):
            similarity = _similarity(a, b, orders, k)
            new, places = _assign(similarity), np.arange(len(order))
            gain = similarity[places, new].sum() - similarity[places, order].sum()
            if gain > 1e-12 * scale:  # ties and rounding must not go round in circles
                orders[k], improved = new, True
        if not improved:
            return orders, _objective(a, b, orders), n_sweeps, True
    return orders, _objective(a, b, orders), max_sweeps, False


def _similarity(a, b, orders, k: int, *, outgoing: bool = True) -> np.ndarray:
    """Gain (d_k, d_k) of putting neuron j of b at place i in hidden layer k, all other layers fixed."""
    (weight_a, bias_a), (weight_b, bias_b) = a[k], b[k]
    weight_b = weight_b[:, orders[k - 1]] if k else weight_b
    gain = weight_a @ weight_b.T + np.outer(bias_a, bias_b)
    if outgoing:
        last = k + 2 == len(b)
        gain += a[k + 1][0].T @ (b[k + 1][0] if last else b[k + 1][0][orders[k + 1]])
    return gain


def _assign(gain: np.ndarray) -> np.ndarray:
    return linear_sum_assignment(gain, maximize=True)[1]


def _objective(a, b, orders) -> float:
    """Inner product of all parameters after reordering; ``None`` keeps the order."""
    total = 0.0
    for k, ((weight_a, bias_a), (weight_b, bias_b)) in enumerate(zip(a, b, strict=True)):
        if orders:
            weight_b = weight_b[:, orders[k - 1]] if k else weight_b
            last = k == len(orders)
            weight_b, bias_b = (weight_b, bias_b) if last else (weight_b[orders[k]], bias_b[orders[k]])
        total += float(np.vdot(weight_a, weight_b) + np.vdot(bias_a, bias_b))
    return total


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
