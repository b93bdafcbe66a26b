r"""A bias-free ReLU network as a sum over paths.

With weights :math:`W_1,\dots,W_H` and one output, every hidden neuron either passes its input on or blocks it, so

.. math::
    \hat y=q\,W_H\sigma(W_{H-1}\cdots\sigma(W_1x))=q\sum_{i=1}^{d_0}\sum_jx_i\,a_j\prod_{k=1}^Hw^{(k)}_{i,j},
    \qquad a_j=\prod_{k=1}^{H-1}1[z_{k,j_k}>0],

over hidden paths :math:`j=(j_1,\dots,j_{H-1})`.  The activity does not depend on the input i at which the path
begins, only on the whole x and on the weights: the sum is a polynomial of degree H only as long as no neuron
switches.  It is positively homogeneous of degree 1 in each layer, and :math:`\langle W_k,\partial\hat y/\partial
W_k\rangle=\hat y` for every k (Euler).  Weights are tensors :math:`(\dots,d_k,d_{k-1})`, as in ``MLP.weights``,
biases are zero; a leading batch dimension holds several networks.  Source: Choromanska et al. (2015), *The loss
surfaces of multilayer networks*, eq. 1.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from string import ascii_letters

import torch

from lossland.spin_glass.path_counts import count_paths

MAX_PATHS = 10**7
"""Most paths that are written out one by one."""

Weights = Sequence[torch.Tensor]


def network_output(weights: Weights, inputs: torch.Tensor, *, scale: float = 1.0) -> torch.Tensor:
    """Output of the bias-free ReLU network, layer by layer.

    Args:
        weights: H tensors (..., d_k, d_{k-1}) with d_H = 1.
        inputs: Input vectors (m, d_0).
        scale: Factor q in front.

    Returns:
        Tensor (..., m).

    Raises:
        ValueError: If shapes do not fit.

    >>> weights = torch.tensor([[1.0], [-1.0]]), torch.tensor([[2.0, 3.0]])
    >>> network_output(weights, torch.tensor([[1.0], [-2.0]]))
    tensor([2., 6.])
    """
    check_weights(weights, inputs)
    signal = inputs
    for weight in weights[:-1]:
        signal = torch.relu(signal @ weight.mT)
    return scale * (signal @ weights[-1].mT)[..., 0]


def neuron_activity(weights: Weights, inputs: torch.Tensor) -> list[torch.Tensor]:
    """Which hidden neurons are on, for each input: H - 1 tensors (..., m, d_k) of 0 and 1."""
    check_weights(weights, inputs)
    signal, activity = inputs, []
    for weight in weights[:-1]:
        signal = torch.relu(signal @ weight.mT)
        activity.append((signal > 0).to(inputs.dtype))
    return activity


def effective_map(weights: Weights, activity: Sequence[torch.Tensor]) -> torch.Tensor:
    r"""The linear map :math:`v=W_HD_{H-1}W_{H-1}\cdots D_1W_1` that a network is while its switches stay as they are.

    The sum over all paths by products, in the time of one backward pass: :math:`\hat y=v\cdot x` when the activity is
    that of x.  With the activity of *another* input it answers what the network would say if its paths did not depend
    on the input.

    Args:
        weights: H tensors (..., d_k, d_{k-1}).
        activity: H - 1 tensors (..., m, d_k), from :func:`neuron_activity`.

    Returns:
        Tensor (..., m, d_0).

    >>> weights = torch.tensor([[1.0], [-1.0]]), torch.tensor([[2.0, 3.0]])
    >>> effective_map(weights, neuron_activity(weights, torch.tensor([[1.0], [-2.0]])))
    tensor([[ 2.],
            [-3.]])
    """
    row = weights[-1]
    for weight, active in zip(reversed(weights[:-1]), reversed(activity), strict=True):
        row = (row * active) @ weight
    return row


def path_products(weights: Weights) -> torch.Tensor:
    r"""Products :math:`\prod_kw^{(k)}` of the weights along every path.

    Args:
        weights: H tensors (d_k, d_{k-1}) of one network.

    Returns:
        Tensor (d_0, d_1, ..., d_{H-1}), one entry for each path.

    Raises:
        ValueError: If there are more than ``MAX_PATHS`` paths.
    """
    _check_number_of_paths(weights)
    letters = ascii_letters[: len(weights)]
    factors = [letters[k] + letters[k - 1] for k in range(1, len(weights))]  # W_k[j_k, j_{k-1}]
    equation = ",".join([*factors, letters[len(weights) - 1]]) + "->" + letters
    return torch.einsum(equation, *weights[:-1], weights[-1][0])


def path_activity(activity: Sequence[torch.Tensor]) -> torch.Tensor:
    """Activity of every hidden path: (m, d_k) for each hidden layer in, (m, d_1, ..., d_{H-1}) of 0 and 1 out."""
    paths = activity[0]
    for active in activity[1:]:
        shape = (active.shape[0], *([1] * (paths.ndim - 1)), active.shape[1])
        paths = paths[..., None] * active.reshape(shape)
    return paths


def path_sum(weights: Weights, inputs: torch.Tensor, *, scale: float = 1.0) -> torch.Tensor:
    r"""Output by writing out every path: the definition, for small networks.

    Args:
        weights: H >= 2 tensors (d_k, d_{k-1}) of one network, d_H = 1.
        inputs: Input vectors (m, d_0).
        scale: Factor q in front.

    Returns:
        Tensor (m,), equal to :func:`network_output` up to rounding.

    Raises:
        ValueError: If there are more than ``MAX_PATHS`` paths, or shapes do not fit.
    """
    open_paths = path_activity(neuron_activity(weights, inputs)).flatten(1)  # (m, gamma)
    products = path_products(weights).flatten(1)  # (d_0, gamma)
    return scale * torch.einsum("mi,mj,ij->m", inputs, open_paths, products)


def euler_sums(weights: Weights, inputs: torch.Tensor) -> torch.Tensor:
    r"""Euler's identity layer by layer: :math:`\langle W_k,\partial\hat y/\partial W_k\rangle` by autograd.

    Args:
        weights: H tensors (d_k, d_{k-1}) of one network.
        inputs: Input vectors (m, d_0).

    Returns:
        Tensor (m, H), in which every column is the output of the network.
    """
    leaves = [weight.detach().clone().requires_grad_(True) for weight in weights]
    outputs = network_output(leaves, inputs)
    rows = []
    for output in outputs:
        gradients = torch.autograd.grad(output, leaves, retain_graph=True)
        rows.append(torch.stack([(w.detach() * g).sum() for w, g in zip(leaves, gradients, strict=True)]))
    return torch.stack(rows)


def check_weights(weights: Weights, inputs: torch.Tensor) -> None:
    """Check that the layers fit each other and the inputs, and that there is one output.

    Raises:
        ValueError: If they do not, with the shapes that do not fit.
    """
    if inputs.shape[-1] != weights[0].shape[-1]:
        raise ValueError(f"inputs: expected vectors of width {weights[0].shape[-1]}, got shape {tuple(inputs.shape)}")
    for k, (below, above) in enumerate(pairwise(weights), start=2):
        if above.shape[-1] != below.shape[-2]:
            wanted, got = above.shape[-1], below.shape[-2]
            raise ValueError(f"weights: layer {k} expects {wanted} inputs, layer {k - 1} has {got} neurons")
    if weights[-1].shape[-2] != 1:
        raise ValueError(f"weights: expected one output, got {weights[-1].shape[-2]}")


def widths_of(weights: Weights) -> tuple[int, ...]:
    """Widths ``(d_0, ..., d_H)`` of a network."""
    return (weights[0].shape[-1], *(weight.shape[-2] for weight in weights))


def _check_number_of_paths(weights: Weights) -> None:
    n_paths = count_paths(widths_of(weights)).paths
    if n_paths > MAX_PATHS:
        advice = "use network_output or effective_map, which sum over paths without writing them out"
        raise ValueError(f"weights: expected at most {MAX_PATHS:,} paths, got {n_paths:,}; {advice}")
