"""Deep linear networks: the gradient of a batch of runs against autograd and against the products it cannot avoid."""

from __future__ import annotations

import statistics
import time

import pytest
import torch
from results import Row

from lossland import linear_networks as ln

DEPTH, WIDTH, N_RUNS = 10, 256, 32
ROUNDS = 5


def timed(function) -> float:
    started = time.perf_counter()
    function()
    return time.perf_counter() - started


@pytest.fixture(scope="module")
def problem():
    torch.set_num_threads(1)
    generator = torch.Generator().manual_seed(0)
    weights = ln.sample_weights((WIDTH,) * (DEPTH + 1), 1.0, n_draws=N_RUNS, dtype=torch.float32, generator=generator)
    target, inputs = torch.randn(2, WIDTH, WIDTH, generator=generator)
    return weights, ln.quadratic_loss(target, inputs @ inputs.T / WIDTH)


def by_autograd(weights, loss):
    leaves = [layer.requires_grad_() for layer in (w.detach() for w in weights)]
    product = leaves[0]
    for layer in leaves[1:]:
        product = layer @ product
    return torch.autograd.grad(loss.value(product).sum(), leaves)


def bare_products(weights):
    """As many products as the formula has: K - 1 forward, 2 (K - 1) back, 1 with the second moments."""
    a, b = weights[0], weights[1]
    return [torch.bmm(a, b) for _ in range(3 * (DEPTH - 1) + 1)]


def test_a_gradient_against_autograd_and_against_its_products(benchmark, rows, problem):
    weights, loss = problem
    ours, autograd, products = [], [], []

    def others():
        autograd.append(timed(lambda: by_autograd(weights, loss)))
        products.append(timed(lambda: bare_products(weights)))

    benchmark.pedantic(
        lambda: ours.append(timed(lambda: ln.weight_gradient(weights, loss))), setup=others, rounds=ROUNDS,
        warmup_rounds=1,
    )  # fmt: skip
    for ours_k, theirs_k in zip(ln.weight_gradient(weights, loss), by_autograd(weights, loss), strict=True):
        torch.testing.assert_close(ours_k, theirs_k, rtol=1e-3, atol=1e-3 * float(theirs_k.abs().max()))
    work = f"gradient of {N_RUNS} linear networks of {DEPTH} layers of width {WIDTH}, float32"
    seconds, bare = statistics.median(ours), statistics.median(products)
    graph = statistics.median(autograd)
    rows.append(Row(work, seconds, "`torch.autograd` on the same product", graph, "same gradient to 1e-3 of its size"))
    rows.append(
        Row(
            work,
            seconds,
            "the matrix products that it cannot avoid",
            bare,
            f"{3 * (DEPTH - 1) + 1} batched products of matrices of that size",
            "at most 1.3 times",
            seconds <= 1.3 * bare,
        )
    )
    assert seconds < 2 * bare
