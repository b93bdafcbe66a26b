r"""The case H = 2: the critical points are the eigenvectors of the symmetric coupling matrix.

With S the symmetric part of J and :math:`Se_k=\lambda_ke_k`, :math:`|e_k|=1`, ascending, the critical points are
:math:`\pm\sqrt ne_k` with :math:`L=\sqrt n\,\lambda_k` and index k: 2n points, one of each index up to the sign.  The
lowest energy per spin tends to :math:`-\sqrt2`.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import torch

from lossland.spin_glass.couplings import Couplings, unpack


class EigenPoints(NamedTuple):
    """Critical points for H = 2 up to the sign, in the order of their energy, which is that of their index 0 ... n-1.

    Attributes:
        states: ``(*D, n, n)``: the k-th row is the point of index k.
        energies: ``(*D, n)`` total energies.
    """

    states: torch.Tensor
    energies: torch.Tensor


def eigenvector_critical_points(couplings: Couplings) -> EigenPoints:
    """Return all critical points of couplings of order 2.

    Args:
        couplings: Couplings of order 2, one disorder or a batch.

    Returns:
        EigenPoints: one of each pair of points w, -w.

    Raises:
        ValueError: If the order is not 2.

    >>> from lossland.spin_glass.couplings import couplings_from_tensor
    >>> points = eigenvector_critical_points(couplings_from_tensor(torch.diag(torch.tensor([3.0, -1.0]))))
    >>> (points.energies / 2**0.5).round(decimals=5)
    tensor([-1.,  3.])
    """
    if couplings.order != 2:
        raise ValueError(f"couplings: expected order 2, got {couplings.order}; use find_critical_points")
    root = math.sqrt(couplings.n_spins)
    values, vectors = torch.linalg.eigh(unpack(couplings).tensors[0])
    return EigenPoints(root * vectors.mT, root * values)
