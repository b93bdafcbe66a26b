"""Remedies: layers of polynomials and splines against dense layers and pykan; polynomials against NumPy and SciPy.

Times are CPU times of one thread, so that ratios hold on a machine that others use, too.  pykan is installed with
``pip install --no-deps pykan==0.2.8`` and needs matplotlib, scikit-learn, pandas, sympy, tqdm and PyYAML; without it
its rows are skipped.  efficient-kan is not on PyPI.
"""

from __future__ import annotations

import contextlib
import io
import statistics
import time
from itertools import pairwise

import numpy as np
import pytest
import torch
from results import Row
from scipy import special
from torch import nn

from lossland import remedies

WIDTHS, BATCH, DEGREE, INTERVALS = (64, 64, 10), 256, 4, 5
POINTS, HIGHEST = (100_000, 1_000_000), 20
ROUNDS, STEPS, SLOW_ROUNDS = 60, 8, 3
AIM_POLYNOMIALS, AIM_SPLINES, AIM_VANDER, AIM_WRITING = 1.2, 3.0, 2.0, 1.5


def polynomials(basis):
    return nn.Sequential(*[remedies.PolynomialLayer(m, n, DEGREE, basis) for m, n in pairwise(WIDTHS)])


def splines():
    return nn.Sequential(*[remedies.SplineLayer(m, n, INTERVALS) for m, n in pairwise(WIDTHS)])


NETWORKS = {
    "Chebyshev polynomials of degree 4": (lambda: polynomials(remedies.chebyshev()), AIM_POLYNOMIALS),
    "Legendre polynomials of degree 4": (lambda: polynomials(remedies.legendre()), AIM_POLYNOMIALS),
    "cubic splines on 5 intervals": (splines, AIM_SPLINES),
}


def size(network: nn.Module) -> int:
    return sum(p.numel() for p in network.parameters())


def dense(n_parameters: int) -> nn.Module:
    """Two dense layers with that number of parameters."""
    n_in, _, n_out = WIDTHS
    hidden = round((n_parameters - n_out) / (n_in + n_out + 1))
    return nn.Sequential(nn.Linear(n_in, hidden), nn.ReLU(), nn.Linear(hidden, n_out))


def step_of(network: nn.Module):
    """One pass forward and backward."""
    generator = torch.Generator().manual_seed(0)
    inputs = 2 * torch.rand(BATCH, WIDTHS[0], generator=generator) - 1
    gradient = torch.randn(BATCH, WIDTHS[-1], generator=generator)

    def step():
        network.zero_grad(set_to_none=True)
        network(inputs).backward(gradient)

    return step


def compared(functions, rounds=ROUNDS, repeats=STEPS) -> list[float]:
    """Median CPU times, the functions one after the other in each round."""
    torch.set_num_threads(1)
    times = [[] for _ in functions]
    for k in range(rounds + 2):
        for function, collected in zip(functions, times, strict=True):
            started = time.process_time()
            for _ in range(repeats):
                function()
            if k > 1:  # the first rounds warm up
                collected.append((time.process_time() - started) / repeats)
    return [statistics.median(collected) for collected in times]


@pytest.mark.parametrize("name", NETWORKS)
def test_networks_against_dense_layers_of_as_many_parameters(rows, name):
    make, aim = NETWORKS[name]
    network = make()
    other = dense(size(network))
    assert size(other) == pytest.approx(size(network), rel=0.005)
    seconds, theirs = compared([step_of(network), step_of(other)])
    how = f"medians of {ROUNDS}; {size(network):,} parameters here, {size(other):,} there"
    against = f"dense {WIDTHS[0]}-{other[0].out_features}-{WIDTHS[-1]} with ReLU"
    work = f"{name}, 64-64-10, batch 256, forward and backward"
    rows.append(Row(work, seconds, against, theirs, how, f"at most {aim:g} times", seconds <= aim * theirs))
    assert seconds < 4 * aim * theirs


@pytest.mark.filterwarnings("ignore")  # those of pykan
@pytest.mark.parametrize("name", list(NETWORKS)[::2])
@pytest.mark.parametrize("fast", [False, True], ids=["default", "fast path"])
def test_networks_against_pykan(rows, name, fast):
    kan = pytest.importorskip("kan")
    network = NETWORKS[name][0]()
    with contextlib.redirect_stdout(io.StringIO()):
        peer = kan.KAN(list(WIDTHS), grid=INTERVALS, k=3, auto_save=False, symbolic_enabled=not fast, save_act=not fast)
        if fast:
            peer = peer.speed() or peer
    rounds = ROUNDS // 3 if fast else SLOW_ROUNDS
    theirs, seconds = compared([step_of(peer), step_of(network)], rounds, 1)
    against = f"pykan 0.2.8, {'its fast path' if fast else 'as it comes'}"
    how = f"medians of {rounds}; cubic splines on {INTERVALS} intervals there"
    rows.append(Row(f"{name}, 64-64-10, batch 256, forward and backward", seconds, against, theirs, how))
    assert seconds < theirs


VANDER = {
    "Legendre": (remedies.legendre(), np.polynomial.legendre.legvander, special.eval_legendre),
    "Chebyshev": (remedies.chebyshev(), np.polynomial.chebyshev.chebvander, special.eval_chebyt),
    "Hermite": (remedies.hermite(), np.polynomial.hermite_e.hermevander, special.eval_hermitenorm),
    "Laguerre": (remedies.laguerre(), np.polynomial.laguerre.lagvander, special.eval_laguerre),
}


@pytest.mark.parametrize("n_points", POINTS)
@pytest.mark.parametrize("name", VANDER)
def test_values_against_numpy_and_scipy(rows, name, n_points):
    basis, vander, evaluator = VANDER[name]
    low, high = max(basis.domain[0], -3.0), min(basis.domain[1], 3.0)
    x = np.random.default_rng(0).uniform(low, high, n_points)
    mine, table = remedies.evaluate(basis, x[:99], HIGHEST), vander(x[:99], HIGHEST)
    np.testing.assert_allclose(mine / mine[:1], table / table[:1], rtol=1e-7)  # they differ by factors

    def write():
        np.empty((HIGHEST + 1, n_points)).fill(1.0)

    functions = [lambda: remedies.evaluate(basis, x, HIGHEST), lambda: vander(x, HIGHEST), write]
    seconds, numpy_seconds, least = compared(functions, 3_000_000 // n_points, 1)
    work = f"{name} polynomials up to degree {HIGHEST} at {n_points:,} points"
    against, how = f"`numpy` {vander.__name__}", "same values up to a factor for each degree"
    met = numpy_seconds >= AIM_VANDER * seconds
    rows.append(Row(work, seconds, against, numpy_seconds, how, "2 times faster", met))
    met = seconds <= AIM_WRITING * least
    rows.append(Row(work, seconds, "writing as many numbers", least, "into fresh memory", "at most 1.5 times", met))
    if n_points == POINTS[0]:
        degrees = np.arange(HIGHEST + 1)[:, None]
        (theirs,) = compared([lambda: evaluator(degrees, x)], SLOW_ROUNDS, 1)
        rows.append(Row(work, seconds, f"`scipy` {evaluator.__name__}", theirs, "all degrees in one call"))
    assert seconds < 2 * numpy_seconds
