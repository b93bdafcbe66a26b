r"""Energy of the spherical H-spin model with its Euclidean gradient and Hessian, for batches of states and disorders.

States are (..., n) with :math:`|w|^2=n`; with a batch of disorders (n_disorder, ..., n), each disorder with its own
states.  Energies are total, :math:`L\sim n`; the formulas hold for any w, on the sphere or off it, where L is
homogeneous: :math:`\langle w,\nabla L\rangle=HL` (Euler), which gives the energy once the gradient is known.

All work is matrix products with the stored couplings.  Full storage: one pass over the :math:`n^H` numbers, bounded
by the memory bandwidth for one state and by the rate of matrix products for many; what remains has a factor n less
to do.  Packed storage: see :mod:`lossland.spin_glass.packed_couplings`.
"""

from __future__ import annotations

import torch

from lossland.spin_glass.couplings import Couplings
from lossland.spin_glass.packed_couplings import contract_all_but, packed_gradient, packed_hessian

_PIECE_BYTES = {"cpu": 1 << 22}  # of the first product of full storage, kept in cache; elsewhere bounded by memory only
_PIECE_BYTES_ELSEWHERE = 1 << 28


def energy(couplings: Couplings, states: torch.Tensor) -> torch.Tensor:
    r"""Total energies :math:`L(w)`.

    Args:
        couplings: The couplings.
        states: (..., n), or (n_disorder, ..., n) for a batch of disorders; of the couplings' dtype and device.

    Returns:
        Tensor (...): energies; divide by n for energies per spin.

    Raises:
        TypeError: If ``states`` is no tensor of the couplings' dtype.
        ValueError: If shape or device do not fit.

    >>> from lossland.spin_glass.couplings import couplings_from_tensor
    >>> w = torch.tensor([1.0, 2.0], dtype=torch.float64)
    >>> round(float(energy(couplings_from_tensor(torch.eye(2, dtype=torch.float64)), w)) * 2**0.5, 12)
    5.0
    """
    return energy_and_gradient(couplings, states)[0]


def gradient(couplings: Couplings, states: torch.Tensor) -> torch.Tensor:
    """Euclidean gradients, of the shape of ``states``; see :func:`energy`."""
    return energy_and_gradient(couplings, states)[1]


def energy_and_gradient(couplings: Couplings, states: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Total energies and Euclidean gradients in one pass over the couplings; see :func:`energy`."""
    flat = as_batch(couplings, states)
    if couplings.storage == "full":
        derivative = couplings.order * _full_gradient(couplings.tensors[0], flat, couplings.order)
    else:
        derivative = packed_gradient(couplings.tensors, flat)
    derivative = (derivative * _scale(couplings)).reshape(states.shape)
    return (states * derivative).sum(-1) / couplings.order, derivative


def hessian(couplings: Couplings, states: torch.Tensor) -> torch.Tensor:
    """Euclidean Hessians (..., n, n); see :func:`energy`."""
    flat, order = as_batch(couplings, states), couplings.order
    if couplings.storage == "full":
        second = order * (order - 1) * _full_hessian(couplings.tensors[0], flat, order)
    else:
        second = packed_hessian(couplings.tensors, flat)
    return (second * _scale(couplings)).reshape(*states.shape, couplings.n_spins)


def _scale(couplings: Couplings) -> float:
    return couplings.n_spins ** (-(couplings.order - 1) / 2)


def _full_gradient(tensor: torch.Tensor, states: torch.Tensor, order: int) -> torch.Tensor:
    """Symmetric tensor (*D, n, ..., n) contracted with states (*D, B, n) in all axes but one: (*D, B, n)."""
    n_spins = states.shape[-1]
    matrix = tensor.flatten(-order + 1) if order > 2 else tensor
    if states.ndim == 2 and states.shape[0] == 1:
        table = torch.mv(tensor.reshape(-1, n_spins), states[0]).view([n_spins] * (order - 1))
        return contract_all_but(table, [states[0]] * (order - 1), 0)[None]
    width = n_spins ** (order - 2)
    limit = _PIECE_BYTES.get(states.device.type, _PIECE_BYTES_ELSEWHERE)
    step = max(1, limit // (states[..., 0].nelement() * width * states.element_size()))
    out = torch.empty_like(states)
    for start in range(0, n_spins, step):
        stop = min(start + step, n_spins)
        table = states @ matrix[..., start * width : stop * width]
        table = table.unflatten(-1, (stop - start, *[n_spins] * (order - 2)))
        out[..., start:stop] = contract_all_but(table, [states] * (order - 1), 0)
    return out


def _full_hessian(tensor: torch.Tensor, states: torch.Tensor, order: int) -> torch.Tensor:
    """The same in all axes but two: (*D, B, n, n)."""
    n_spins = states.shape[-1]
    if order == 2:
        return tensor.unsqueeze(-3).expand(*states.shape, n_spins)
    table = states @ tensor.flatten(-order + 1)
    for _ in range(order - 3):
        rows = table.unflatten(-1, (-1, n_spins))
        table = (rows @ states.unsqueeze(-1)).squeeze(-1)
    return table.unflatten(-1, (n_spins, n_spins))


def as_batch(couplings: Couplings, states: torch.Tensor) -> torch.Tensor:
    """Return states as ``(*D, B, n)``, D empty or (n_disorder,), after the checks that :func:`energy` states."""
    if not isinstance(states, torch.Tensor) or states.dtype != couplings.dtype:
        got = states.dtype if isinstance(states, torch.Tensor) else type(states).__name__
        raise TypeError(f"states: expected a tensor of the couplings' type {couplings.dtype}, got {got}; use .to()")
    if states.device != couplings.device:
        raise ValueError(f"states: expected them on {couplings.device}, got {states.device}")
    batch = () if couplings.n_disorder is None else (couplings.n_disorder,)
    if states.ndim < 1 + len(batch) or states.shape[-1] != couplings.n_spins or states.shape[: len(batch)] != batch:
        expected = f"(..., {couplings.n_spins})" if not batch else f"({batch[0]}, ..., {couplings.n_spins})"
        raise ValueError(f"states: expected shape {expected}, got {tuple(states.shape)}")
    return states.reshape(*batch, -1, couplings.n_spins)
