"""Energy and gradient of the 3-spin glass: against einsum with autograd, one pass over the memory, and bare GEMM.

One thread, single precision.  The other sides are timed between the rounds of ours.  The full couplings (256 MB) and
what reads them lie beyond the usual caches; the packed ones (48 MB) may stay in a large last-level cache, as they
would in use.
"""

from __future__ import annotations

import statistics
import time

import numpy as np
import pytest
import torch
from results import Row

from lossland.spin_glass import energy_and_gradient, pack, random_states, sample_couplings

N_SPINS, ORDER, DTYPE = 400, 3, torch.float32
ROUNDS = 7
SQUARE = 1500  # rows of the matrices that measure the rate of products


@pytest.fixture(scope="module")
def couplings():
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    full = sample_couplings(N_SPINS, ORDER, dtype=DTYPE, generator=torch.Generator().manual_seed(0))
    yield {"full": full, "packed": pack(full)}
    torch.set_num_threads(threads)


def timed(function, *args) -> float:
    started = time.perf_counter()
    function(*args)
    return time.perf_counter() - started


def one_pass(tensor) -> float:
    """Seconds to read a tensor once, by the faster of two ways that do next to nothing else."""
    flat = tensor.reshape(-1)
    return min(timed(flat.sum), timed(np.add.reduce, flat.numpy()))


def gemm(left, right) -> float:
    """Seconds a multiplication and addition of a square product."""
    return timed(torch.mm, left, right) / (2 * SQUARE**3)


def with_autograd(tensor, states):
    states = states.clone().requires_grad_()
    energies = torch.einsum("ijk,bi,bj,bk->b", tensor, states, states, states) / N_SPINS
    return energies.detach(), torch.autograd.grad(energies.sum(), states)[0]


@pytest.mark.parametrize("n_states", [1, 64])
@pytest.mark.parametrize("storage", ["full", "packed"])
def test_energy_and_gradient(benchmark, rows, couplings, storage, n_states):
    tensor, mine = couplings["full"].tensors[0], couplings[storage]
    states = random_states(N_SPINS, (n_states,), dtype=DTYPE, generator=torch.Generator().manual_seed(1))
    left, right = torch.randn(2, SQUARE, SQUARE, dtype=DTYPE, generator=torch.Generator().manual_seed(2))
    reference = with_autograd(tensor, states)
    found = energy_and_gradient(mine, states)
    torch.testing.assert_close(found[0], reference[0], atol=1e-5 * N_SPINS, rtol=1e-4)
    torch.testing.assert_close(found[1], reference[1], atol=1e-3, rtol=1e-3)

    ours, autograd, passes, products = [], [], [], []

    def others():
        autograd.append(timed(with_autograd, tensor, states))
        passes.append(one_pass(tensor))
        products.append(gemm(left, right))

    benchmark.pedantic(
        lambda: ours.append(timed(energy_and_gradient, mine, states)), setup=others, rounds=ROUNDS, warmup_rounds=1
    )
    median = statistics.median(ours)
    workload = f"energy and gradient, H = 3, n = {N_SPINS}, {n_states} state{'s' * (n_states > 1)}, {storage} couplings"
    rows.append(Row(workload, median, "`torch.einsum` with autograd", statistics.median(autograd), "full tensor"))
    if n_states == 1:
        limit = 1.3 if storage == "full" else 1.0
        theirs = statistics.median(passes)
        how = f"sum of its {tensor.nelement() * 4 / 1e9:.3f} GB at {tensor.nelement() * 4 / theirs / 1e9:.1f} GB/s"
        aim = f"at most {limit:g}" if limit > 1 else "faster"
        rows.append(Row(workload, median, "one pass over the full tensor", theirs, how, aim, median <= limit * theirs))
        return
    operations = n_states * (2 * N_SPINS**3 if storage == "full" else 4 * sum(t.nelement() for t in mine.tensors))
    theirs = statistics.median(products) * operations
    rate = operations / theirs / 1e9
    how = f"{operations / 1e9:.3g} G operations at the {rate:.0f} G/s of a product of size {SQUARE}"
    rows.append(Row(workload, median, "bare GEMM", theirs, how, "60 % of its rate", median <= theirs / 0.6))
    benchmark.extra_info["fraction_of_gemm"] = theirs / median
