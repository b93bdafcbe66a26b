r"""The averaged hinge loss of the model, and the output scale that makes it the Hamiltonian of a spin glass.

Under A1p to A4p the loss of one sample is :math:`M-q\sum_{i_1\dots i_H}z_{i_{1:H}}b_{i_{1:H}}\prod_kw_{i_k}` with
:math:`b=Ma`.  Averaged over :math:`(M,b)` independent of z (A5u), with :math:`\rho'=\mathbb EM` and
:math:`\rho=\mathbb Eb`,

.. math::
    \mathbb E_{M,b}L=\rho'-q\rho\sum z_{i_{1:H}}\prod_kw_{i_k}
    =\rho'+\Lambda^{-(H-1)/2}\sum J_{i_{1:H}}\prod_kw_{i_k}\quad\text{for}\quad
    q=-\frac1{\rho\,\Lambda^{(H-1)/2}},\ J=z .

Only means enter, so neither the joint law of M and b nor dependence between different b matters here.  Source:
Golikov, *Loss function landscape* (slides), "Spin-glass model", after Choromanska et al. (2015).
"""

from __future__ import annotations

from lossland import _checks


def output_scale(rho, n_unique, order):
    r"""The scale :math:`q=-1/(\rho\Lambda^{(H-1)/2})` of the output that makes the averaged loss a Hamiltonian.

    Args:
        rho: Mean of b, in (0, 1].
        n_unique: Number Lambda > 0 of unique weights, not necessarily whole.
        order: Number H >= 1 of weight layers.

    Returns:
        A negative number: the network's sign is turned.

    Raises:
        ValueError: If an argument is out of range; rho = 0, as for a network without loss, has no scale.

    >>> output_scale(0.25, 16, 3)
    -0.25
    """
    rho = _checks.real_number("rho", rho, low=0.0, high=1.0)
    if rho == 0:
        raise ValueError("rho: expected > 0, got 0; without active samples the averaged loss does not depend on w")
    n_unique = _checks.real_number("n_unique", n_unique, low=0.0)
    if n_unique == 0:
        raise ValueError("n_unique: expected > 0, got 0")
    order = _checks.integer("order", order, low=1)
    return -1 / (rho * n_unique ** ((order - 1) / 2))


def tuple_sum(couplings, states):
    r"""The polynomial :math:`\sum_{i_1\dots i_H}J_{i_{1:H}}w_{i_1}\cdots w_{i_H}`, contracted index by index.

    Args:
        couplings: Array (n, ..., n) with H axes.
        states: Weights (..., n).

    Returns:
        Array (...) of values.

    Raises:
        ValueError: If the lengths do not agree.

    >>> import numpy as np
    >>> float(tuple_sum(np.array([[0.0, 1.0], [2.0, 3.0]]), np.array([1.0, 10.0])))
    330.0
    """
    couplings = _checks.real_array("couplings", couplings)
    states = _checks.real_array("states", states)
    if couplings.ndim == 0 or set(couplings.shape) != {states.shape[-1]}:
        wanted = f"axes of length {states.shape[-1]}, one for each factor"
        raise ValueError(f"couplings: expected {wanted}, got shape {couplings.shape}")
    value = states @ couplings.reshape(couplings.shape[0], -1)
    for _ in range(couplings.ndim - 1):
        value = (states[..., None, :] @ value.reshape(*states.shape, -1))[..., 0, :]
    return value[..., 0]


def averaged_loss(couplings, states, *, rho, rho_prime, scale):
    r"""The loss averaged over M and b, :math:`\rho'-q\rho\sum z\prod w`.

    Args:
        couplings: The z of all ordered tuples, (n, ..., n).
        states: Weights (..., n).
        rho: Mean of b.
        rho_prime: Mean of M.
        scale: Output scale q.

    Returns:
        Array (...) of averaged losses.

    Raises:
        ValueError: If a probability is not in [0, 1], or lengths do not agree.
    """
    rho = _checks.real_number("rho", rho, low=0.0, high=1.0)
    rho_prime = _checks.real_number("rho_prime", rho_prime, low=0.0, high=1.0)
    scale = _checks.real_number("scale", scale)
    return rho_prime - scale * rho * tuple_sum(couplings, states)
