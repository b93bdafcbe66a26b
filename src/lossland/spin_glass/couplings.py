r"""Gaussian couplings of the spherical H-spin model, and where they are kept.

The energy of a state w on the sphere :math:`|w|^2=n` is

.. math:: L(w)=n^{-(H-1)/2}\sum_{i_1,\dots,i_H=1}^nJ_{i_1\dots i_H}\,w_{i_1}\cdots w_{i_H},

with independent :math:`J\sim\mathcal N(0,1)` over all ordered tuples, coinciding indices included, so that
:math:`\operatorname{Cov}(L(v),L(w))=n\,(\langle v,w\rangle/n)^H`.  Only the sum over the orderings of a tuple enters:
a Gaussian of variance :math:`H!/\prod_im_i!` when index i comes :math:`m_i` times.

Two storages of the same law: ``"full"`` draws J itself and keeps its symmetric part (n**H numbers, mean over the
orderings); ``"packed"`` draws the sums and keeps each once (about n**H / H! numbers, see
:mod:`lossland.spin_glass.packed_couplings`).  Source of the model: Choromanska, Henaff, Mathieu, Ben Arous and LeCun
(2015), *The loss surfaces of multilayer networks*, section 4.  In the convention of physics, with variance
:math:`H!/(2n^{H-1})` of the couplings over :math:`i_1<\dots<i_H`, energies are smaller by a factor :math:`\sqrt2`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import torch

from lossland import _checks
from lossland.spin_glass.memory import check_memory
from lossland.spin_glass.packed_couplings import multiplicity, n_packed, slab_layout

Storage = Literal["full", "packed"]


@dataclass(frozen=True)
class Couplings:
    """Couplings of one disorder, or of a batch of them.

    Attributes:
        n_spins: Number of spins n.
        order: Order H of the interaction.
        n_disorder: Number of disorders in the leading dimension of each tensor; ``None`` without that dimension.
        storage: ``"full"`` or ``"packed"``.
        tensors: One symmetric tensor (n, ..., n), or the slabs of the packed couplings.
    """

    n_spins: int
    order: int
    n_disorder: int | None
    storage: Storage
    tensors: tuple[torch.Tensor, ...]

    @property
    def dtype(self) -> torch.dtype:
        """Floating type of the couplings."""
        return self.tensors[0].dtype

    @property
    def device(self) -> torch.device:
        """Where they are."""
        return self.tensors[0].device

    @property
    def n_bytes(self) -> int:
        """Memory that they take."""
        return sum(tensor.nelement() * tensor.element_size() for tensor in self.tensors)

    def to(self, target: torch.dtype | torch.device | str) -> Couplings:
        """Return the couplings in another floating type or on another device."""
        return self._with(self.n_disorder, tuple(tensor.to(target) for tensor in self.tensors))

    def select(self, which: int | torch.Tensor | Sequence[int]) -> Couplings:
        """Return one disorder of a batch, without its dimension, or those of a list of numbers.

        Raises:
            ValueError: If there is no batch.
        """
        if self.n_disorder is None:
            raise ValueError("couplings: expected a batch of disorders to select from, got a single one")
        if not isinstance(which, torch.Tensor) and hasattr(which, "__index__"):
            return self._with(None, tuple(tensor[which] for tensor in self.tensors))
        numbers = torch.as_tensor(which, device=self.device)
        return self._with(len(numbers), tuple(tensor[numbers] for tensor in self.tensors))

    def _with(self, n_disorder, tensors) -> Couplings:
        return Couplings(self.n_spins, self.order, n_disorder, self.storage, tensors)


def coupling_bytes(
    n_spins: int, order: int, storage: Storage = "full", dtype: torch.dtype = torch.float64, n_disorder: int = 1
) -> int:
    """Memory of couplings in bytes, known before any is taken.

    Args:
        n_spins: Number of spins.
        order: Order H of the interaction, at least 2.
        storage: ``"full"`` or ``"packed"``.
        dtype: Floating type of the couplings.
        n_disorder: Number of disorders.

    Returns:
        int: bytes of the couplings themselves.  Drawing takes as much again for ``"full"`` (the tensor and the sum of
        its transposes) and one slab more for ``"packed"``.

    Raises:
        ValueError: If an argument is out of range.

    >>> coupling_bytes(1000, 3, "full", torch.float32) / 1e9
    4.0
    >>> round(coupling_bytes(1000, 3, "packed", torch.float32) / 1e9, 2)
    0.7
    """
    n_spins = _checks.integer("n_spins", n_spins, low=1)
    order = _checks.integer("order", order, low=2)
    n_disorder = _checks.integer("n_disorder", n_disorder, low=1)
    if storage not in ("full", "packed"):
        raise ValueError(f"storage: expected 'full' or 'packed', got {storage!r}")
    numbers = n_spins**order if storage == "full" else n_packed(n_spins, order)
    return n_disorder * numbers * torch.empty(0, dtype=dtype).element_size()


def sample_couplings(
    n_spins: int,
    order: int,
    *,
    n_disorder: int | None = None,
    storage: Storage = "full",
    dtype: torch.dtype = torch.float64,
    generator: torch.Generator,
    memory_limit: int | None = None,
) -> Couplings:
    """Draw couplings.

    Both storages have exactly the same law; the same seed does not give the same couplings in both (:func:`pack` turns
    one into the other).

    Args:
        n_spins: Number of spins.
        order: Order H of the interaction, at least 2.
        n_disorder: Number of disorders in a leading dimension; ``None`` for one without it.
        storage: ``"full"``, or ``"packed"`` for large systems.
        dtype: Floating type of the couplings.
        generator: Source of randomness; fixes the device.
        memory_limit: Bytes that may be taken; ``None`` for what is free on the device.

    Returns:
        Couplings: the draw.

    Raises:
        TypeError: If an argument is of the wrong type.
        ValueError: If an argument is out of range.
        MemoryError: If the couplings would not fit; nothing has been allocated then.

    >>> J = sample_couplings(5, 3, generator=torch.Generator().manual_seed(0))
    >>> bool(torch.equal(J.tensors[0], J.tensors[0].transpose(0, 2)))
    True
    """
    if not isinstance(generator, torch.Generator):
        raise TypeError(f"generator: expected a torch.Generator, got {type(generator).__name__}")
    if not isinstance(dtype, torch.dtype) or not dtype.is_floating_point:
        raise TypeError(f"dtype: expected a floating type of torch, got {dtype}")
    number = 1 if n_disorder is None else _checks.integer("n_disorder", n_disorder, low=1)
    size = coupling_bytes(n_spins, order, storage, dtype, number)
    alternative = None if storage == "packed" else coupling_bytes(n_spins, order, "packed", dtype, number)
    check_memory(
        size if storage == "packed" else 2 * size,
        f"{storage} couplings of n_spins={n_spins}, order={order}, n_disorder={number} in {dtype}",
        generator.device,
        memory_limit,
        packed=alternative,
    )
    batch = () if n_disorder is None else (number,)
    options = {"dtype": dtype, "device": generator.device}
    if storage == "full":
        symmetric = _symmetric_part(torch.randn(*batch, *[n_spins] * order, generator=generator, **options), order)
        return Couplings(n_spins, order, n_disorder, storage, (symmetric,))
    slabs = tuple(
        torch.randn(*batch, *slab.shape, generator=generator, **options).mul_(multiplicity(slab, **options).sqrt_())
        for slab in slab_layout(n_spins, order)
    )
    return Couplings(n_spins, order, n_disorder, storage, slabs)


def couplings_from_tensor(ordered: torch.Tensor, *, batched: bool = False, storage: Storage = "full") -> Couplings:
    """Take given numbers J over ordered tuples as couplings; only their symmetric part matters.

    Args:
        ordered: (n, ..., n) with one axis for each of the H >= 2 indices; (n_disorder, n, ..., n) if ``batched``.
        batched: Whether the first axis counts disorders.
        storage: ``"full"`` or ``"packed"``.

    Returns:
        Couplings: the symmetric part.

    Raises:
        TypeError: If ``ordered`` is no floating tensor.
        ValueError: If it is not of that shape.
    """
    if not isinstance(ordered, torch.Tensor) or not ordered.is_floating_point():
        raise TypeError(f"ordered: expected a floating-point tensor, got {getattr(ordered, 'dtype', type(ordered))}")
    shape = ordered.shape[1:] if batched else ordered.shape
    if len(shape) < 2 or len(set(shape)) != 1:
        kind = "(n_disorder, n, ..., n)" if batched else "(n, ..., n)"
        raise ValueError(f"ordered: expected at least two equal axes {kind}, got {tuple(ordered.shape)}")
    n_disorder = ordered.shape[0] if batched else None
    full = Couplings(shape[0], len(shape), n_disorder, "full", (_symmetric_part(ordered.clone(), len(shape)),))
    return pack(full) if storage == "packed" else full


def pack(couplings: Couplings) -> Couplings:
    """Return the same couplings in packed storage."""
    if couplings.storage == "packed":
        return couplings
    order, (tensor,) = couplings.order, couplings.tensors
    slabs = []
    for slab in slab_layout(couplings.n_spins, order):
        place = (..., *(slice(*axis) for axis in slab.ranges))
        slabs.append(tensor[place] * multiplicity(slab, dtype=tensor.dtype, device=tensor.device))
    return Couplings(couplings.n_spins, order, couplings.n_disorder, "packed", tuple(slabs))


def unpack(couplings: Couplings) -> Couplings:
    """Return the same couplings in full storage."""
    if couplings.storage == "full":
        return couplings
    order, batch = couplings.order, () if couplings.n_disorder is None else (couplings.n_disorder,)
    tensor = couplings.tensors[0].new_zeros(*batch, *[couplings.n_spins] * order)
    for slab, values in zip(slab_layout(couplings.n_spins, order), couplings.tensors, strict=True):
        tensor[(..., *(slice(*axis) for axis in slab.ranges))] += values
    return Couplings(couplings.n_spins, order, couplings.n_disorder, "full", (_symmetric_part(tensor, order),))


def _symmetric_part(tensor: torch.Tensor, order: int) -> torch.Tensor:
    """Mean over the permutations of the last ``order`` axes, as a product of sums of transpositions.

    Takes its own size again, if the caller keeps no other reference to ``tensor``.  The sum over the permutations of k
    axes is that over k-1 axes, times the identity plus the k-1 transpositions with the k-th axis: order**2 / 2 passes
    instead of order!.
    """
    for k in range(2, order + 1):
        total = tensor.clone()
        for j in range(1, k):
            total += tensor.transpose(-order + j - 1, -order + k - 1)
        tensor = total
    return tensor.div_(math.factorial(order))
