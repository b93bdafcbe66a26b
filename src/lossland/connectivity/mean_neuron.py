"""The mean neuron of two networks: the center around which an arc between them turns."""

from __future__ import annotations

from lossland.connectivity.points import check_alike
from lossland.networks import MLP


def neuron_mean(a: MLP, b: MLP) -> MLP:
    r"""Mean over the hidden neurons of both networks, coordinate by coordinate.

    With one hidden layer a neuron is the atom :math:`(l_i,b_i,c_i)` of its incoming weights, bias and outgoing weights,
    and the mean is that of 2N atoms.  What belongs to no hidden neuron, the output biases, gets the mean of its two
    values; the arc around it passes over the segment between them.  Weights between two hidden layers are averaged over
    both of their neurons.

    Args:
        a: First network.
        b: Second network of the same widths.

    Returns:
        MLP: tensors that broadcast against those of ``a``; pass it as ``mean`` to
        :func:`~lossland.connectivity.paths.arc_path`.

    Raises:
        TypeError: If an argument is no network, or the dtypes differ.
        ValueError: If the shapes or the devices differ, or a parameter is not finite.

    Source: Anokhin and Yarotsky (2020), *Low-loss connection of weight vectors*, section 3.

    >>> import torch
    >>> one = MLP((torch.ones(4, 3), torch.ones(2, 4)), (torch.ones(4), torch.ones(2)))
    >>> [tuple(part.shape) for part in neuron_mean(one, one).weights]
    [(1, 3), (2, 1)]
    """
    for name, network in (("a", a), ("b", b)):
        if not isinstance(network, MLP):
            raise TypeError(f"{name}: expected an MLP, got {type(network).__name__}")
    check_alike([a, b], ["a", "b"])
    last, weights, biases = len(a.weights) - 1, [], []
    for k, parts in enumerate(zip(a.weights, b.weights, strict=True)):
        over = ([] if k == last else [-2]) + ([] if k == 0 else [-1])
        both = sum(parts) / 2
        weights.append(both.mean(dim=over, keepdim=True) if over else both)
    for k, parts in enumerate(zip(a.biases, b.biases, strict=True)):
        both = sum(parts) / 2
        biases.append(both if k == last else both.mean(dim=-1, keepdim=True))
    return MLP(tuple(weights), tuple(biases))
