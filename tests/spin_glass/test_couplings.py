"""Couplings: the law of the definition in both storages, and how much memory they take."""

import itertools
import math

import pytest
import torch
from scipy import stats

from lossland.spin_glass.couplings import (
    coupling_bytes,
    couplings_from_tensor,
    pack,
    sample_couplings,
    unpack,
)
from lossland.spin_glass.hamiltonian import energy, hessian
from lossland.spin_glass.packed_couplings import multiplicity, n_packed, slab_layout
from lossland.spin_glass.sphere import overlap, random_states

SHAPES = [(2, 70), (2, 5), (3, 37), (3, 4), (4, 11), (5, 6), (6, 3), (3, 1)]


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize(("order", "n_spins"), SHAPES)
def test_slabs_hold_each_sorted_tuple_once(order, n_spins):
    seen = []
    for slab in slab_layout(n_spins, order):
        count = multiplicity(slab, dtype=torch.float64, device="cpu")
        assert count.shape == slab.shape
        starts = torch.tensor([start for start, _ in slab.ranges])
        for place in count.nonzero():
            index = tuple((place + starts).tolist())
            assert count[tuple(place)] == len(set(itertools.permutations(index))) or order > 5
            seen.append(index)
    assert sorted(seen) == list(itertools.combinations_with_replacement(range(n_spins), order))


@pytest.mark.parametrize("storage", ["full", "packed"])
@pytest.mark.parametrize("order", [2, 3, 4])
@pytest.mark.ledger("golikov-def-02-hamiltonian")
def test_variance_and_covariance_over_disorder(storage, order):
    """Var L = n and Cov = n overlap^H at n = 4, where coinciding indices are half of all; 4.5 standard errors."""
    n_spins, n_disorder = 4, 40_000
    couplings = sample_couplings(n_spins, order, n_disorder=n_disorder, storage=storage, generator=generator(order))
    states = random_states(n_spins, (3,), generator=generator(9))
    states[2] = 0.6 * states[0] + 0.8 * states[1]
    states[2] *= 2 / states[2].norm()
    energies = energy(couplings, states.expand(n_disorder, 3, n_spins))
    for a, b in itertools.combinations_with_replacement(range(3), 2):
        expected = n_spins * float(overlap(states[a], states[b])) ** order
        product = energies[:, a] * energies[:, b]
        assert abs(float(product.mean()) - expected) < 4.5 * float(product.std()) / math.sqrt(n_disorder)
    assert stats.kstest((energies[:, 0] / n_spins**0.5).numpy(), "norm").pvalue > 1e-3


def test_both_storages_draw_the_same_law_entry_by_entry():
    """Variance of the sum over orderings: H!/prod m_i! for each sorted tuple."""
    n_disorder = 20_000
    full = pack(sample_couplings(3, 3, n_disorder=n_disorder, generator=generator(1)))
    packed = sample_couplings(3, 3, n_disorder=n_disorder, storage="packed", generator=generator(2))
    for slab, a, b in zip(slab_layout(3, 3), full.tensors, packed.tensors, strict=True):
        expected = multiplicity(slab, dtype=torch.float64, device="cpu")
        for numbers in (a, b):
            assert torch.all((numbers.var(0) - expected).abs() <= 4.5 * math.sqrt(2 / n_disorder) * expected)


@pytest.mark.parametrize(("order", "n_spins"), SHAPES)
def test_packing_and_back(order, n_spins):
    couplings = sample_couplings(n_spins, order, n_disorder=2, generator=generator())
    again = unpack(pack(couplings))
    torch.testing.assert_close(again.tensors[0], couplings.tensors[0])
    assert pack(couplings).n_bytes == coupling_bytes(n_spins, order, "packed", n_disorder=2)
    assert couplings.n_bytes == coupling_bytes(n_spins, order, "full", n_disorder=2)
    assert pack(pack(couplings)).tensors[0] is not None
    assert unpack(couplings) is couplings


def test_symmetric_part_is_the_mean_over_all_orderings():
    ordered = torch.randn(3, 3, 3, 3, dtype=torch.float64, generator=generator())
    expected = torch.stack([ordered.permute(p) for p in itertools.permutations(range(4))]).mean(0)
    before = ordered.clone()
    torch.testing.assert_close(couplings_from_tensor(ordered).tensors[0], expected)
    assert torch.equal(ordered, before)


def test_selection_and_conversion():
    couplings = sample_couplings(4, 3, n_disorder=3, storage="packed", generator=generator())
    one, two = couplings.select(1), couplings.select([2, 1])
    assert (one.n_disorder, two.n_disorder) == (None, 2)
    state = random_states(4, generator=generator(1))
    torch.testing.assert_close(energy(two, state.expand(2, 4))[1], energy(one, state))
    torch.testing.assert_close(hessian(two, state.expand(2, 4))[1], hessian(one, state))
    assert one.to(torch.float32).dtype == torch.float32
    with pytest.raises(ValueError, match="expected a batch of disorders to select from, got a single one"):
        one.select(0)


def test_memory_is_known_before_it_is_taken():
    assert coupling_bytes(1000, 3, "packed", torch.float32) < 0.71e9  # 1.67e8 sums of 4 bytes, and 5 % of padding
    assert n_packed(1000, 3) < 1.05 * math.comb(1002, 3)
    message = (
        r"full couplings of n_spins=2000, order=3, n_disorder=1 in torch.float64: expected to take at most 1 GB, would "
        r"take 128 GB; try storage='packed' \(10.9 GB\), torch.float32, fewer spins, or fewer disorders at a time"
    )
    with pytest.raises(MemoryError, match=message):
        sample_couplings(2000, 3, generator=generator(), memory_limit=10**9)
    with pytest.raises(MemoryError, match=r"would take 10\.9 GB; try torch\.float32"):
        sample_couplings(2000, 3, storage="packed", generator=generator(), memory_limit=10**9)
    with pytest.raises(MemoryError, match="would take"):  # a limit of its own: what the machine has free
        sample_couplings(10**5, 3, generator=generator())


def test_same_seed_same_numbers_and_errors():
    a, b = (sample_couplings(5, 3, storage="packed", generator=generator(4)).tensors[0] for _ in range(2))
    assert torch.equal(a, b)
    cases = [
        ({"n_spins": 0, "order": 3}, ValueError, "n_spins: expected an integer >= 1, got 0"),
        ({"n_spins": 5, "order": 1}, ValueError, "order: expected an integer >= 2, got 1"),
        (
            {"n_spins": 5, "order": 3, "storage": "x"},
            ValueError,
            "storage: expected 'full' or 'packed', got 'x'",
        ),
        ({"n_spins": 5, "order": 3, "n_disorder": 0}, ValueError, "n_disorder: expected an integer >= 1, got 0"),
        ({"n_spins": 5, "order": 3, "dtype": torch.int64}, TypeError, "dtype: expected a floating type of torch"),
    ]
    for arguments, error, message in cases:
        with pytest.raises(error, match=message):
            sample_couplings(**arguments, generator=generator())
    with pytest.raises(TypeError, match=r"generator: expected a torch\.Generator, got int"):
        sample_couplings(5, 3, generator=0)
    with pytest.raises(ValueError, match=r"ordered: expected at least two equal axes \(n, \.\.\., n\), got \(2, 3\)"):
        couplings_from_tensor(torch.zeros(2, 3))
    with pytest.raises(TypeError, match=r"ordered: expected a floating-point tensor, got torch\.int64"):
        couplings_from_tensor(torch.zeros(2, 2, dtype=torch.int64))
