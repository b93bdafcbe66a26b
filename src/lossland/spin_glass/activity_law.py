r"""Law of the path activities over random weights, for one fixed input.

Let the weights be independent with symmetric continuous laws.  Given a layer's signal, not all zero, the neurons of
the next layer are on or off like independent fair coins.  A path that is open up to some layer has a neuron on there,
so

.. math::
    \mathbb P(a_j=1)=2^{-h},\qquad \mathbb P(a_j=a_{j'}=1)=2^{-(2h-s)},\qquad
    \operatorname{corr}(a_j,a_{j'})=\frac{2^s-1}{2^h-1}

exactly, at every width, for paths through h hidden layers that share s of their h neurons.  Assumption A1p asks for
the first; paths are independent of each other only where they share nothing.  Source: our own computation.
"""

from __future__ import annotations

from lossland import _checks


def open_path_probability(n_hidden_layers: int) -> float:
    """Probability over symmetric random weights that a path through so many hidden layers is open.

    Raises:
        ValueError: If the number is negative.

    >>> open_path_probability(2)
    0.25
    """
    return 0.5 ** _checks.integer("n_hidden_layers", n_hidden_layers, low=0)


def shared_path_correlation(n_shared: int, n_hidden_layers: int) -> float:
    """Correlation over random weights of the activities of two paths that share some of their neurons.

    Args:
        n_shared: Number s of hidden layers in which both paths take the same neuron.
        n_hidden_layers: Number h of hidden layers.

    Returns:
        0 for paths that share nothing, 1 for a path and itself.

    Raises:
        ValueError: If ``n_shared`` is not between 0 and the number of layers, which must be positive.

    >>> [round(shared_path_correlation(s, 3), 4) for s in range(4)]
    [0.0, 0.1429, 0.4286, 1.0]
    """
    n_hidden_layers = _checks.integer("n_hidden_layers", n_hidden_layers, low=1)
    n_shared = _checks.integer("n_shared", n_shared, low=0, high=n_hidden_layers)
    return (2**n_shared - 1) / (2**n_hidden_layers - 1)
