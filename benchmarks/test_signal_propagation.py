"""Correlation map and phase diagram of tanh: against scipy.integrate point by point, and against bare tanh.

Ratios are taken within one run.  The other side is timed between the rounds of ours, so that a machine that slows down
slows both; what would take hours is timed on a sample of points and scaled.
"""

from __future__ import annotations

import dataclasses
import importlib
import math
import statistics
import sys
import time
import types

import numpy as np
import pytest
import scipy_reference
from results import Row

from lossland import signal_propagation as sp
from lossland.numerics import as_activation, gaussian_expectation

BIAS_STD = math.sqrt(0.05)
N_PAIRS, N_LAYERS = 10_000, 100
N_GRID = 200
TOL = 1e-6
NODES = 65  # of the trapezoidal rule, for six digits of a moment of tanh


class CountedTanh:
    """The activation tanh under another name, so that no closed form applies; counts where it is evaluated."""

    def __init__(self):
        tanh = as_activation("tanh")
        self.n_nodes = 0
        self.activation = dataclasses.replace(
            tanh,
            name="counted tanh",
            value=self._counted(tanh.value),
            derivative=self._counted(tanh.derivative),
            second_derivative=self._counted(tanh.second_derivative),
        )

    def _counted(self, function):
        def counted(z):
            self.n_nodes += np.size(z)
            return function(z)

        return counted


def bare_tanh(n_nodes: int) -> float:
    """Seconds for NumPy's tanh at ``n_nodes`` points, in blocks that stay in the cache of a core."""
    block = np.random.default_rng(0).normal(size=min(n_nodes, 1 << 16))
    out = np.empty_like(block)
    started = time.perf_counter()
    for _ in range(max(1, n_nodes // block.size)):
        np.tanh(block, out=out)
    return time.perf_counter() - started


def timed(function, *args) -> float:
    started = time.perf_counter()
    function(*args)
    return time.perf_counter() - started


def against_bare_tanh(benchmark, rows, workload, work, n_values):
    """Time ``work("tanh")``, and between its rounds bare tanh; return our median.

    Bare tanh on as many nodes as the package used is the limit of quadrature.  Where the package needs few nodes (a
    series or an interpolation serves all values) that limit says little; the second row is tanh on ``NODES`` nodes a
    value, which is what quadrature for each value by itself could not do without.
    """
    counted = CountedTanh()
    work(counted.activation)
    ours, same, direct = [], [], []

    def bare():
        same.append(bare_tanh(counted.n_nodes))
        direct.append(bare_tanh(NODES * n_values))

    work("tanh")
    benchmark.pedantic(lambda: ours.append(timed(work, "tanh")), setup=bare, rounds=5)
    median = statistics.median(ours)
    for theirs, how, aim in (
        (same, f"on the {counted.n_nodes:,} nodes that the package used", counted.n_nodes >= NODES * n_values / 2),
        (direct, f"on {NODES} nodes for each of {n_values:,} values", True),
    ):
        multiple = statistics.median(a / b for a, b in zip(ours, theirs, strict=True))
        verdict = ("at most 2", multiple <= 2) if aim else ("", None)
        rows.append(Row(workload, median, "bare `numpy.tanh`", statistics.median(theirs), how, *verdict))
    benchmark.extra_info["n_nodes"] = counted.n_nodes
    return median


def against_scipy(rows, workload, ours, reference, sample, n_all, *, aim=True):
    """Time ``reference(*point)`` on a sample of points, scale to ``n_all``; return its values."""
    values, times = [], []
    for point in sample:
        started = time.perf_counter()
        values.append(reference(*point))
        times.append(time.perf_counter() - started)
    theirs = statistics.mean(times) * n_all
    how = f"mean of {len(sample)} points, times {n_all:,}"
    verdict = ("1,000 times", theirs > 1000 * ours) if aim else ("", None)
    rows.append(Row(workload, ours, "`scipy.integrate` per point", theirs, how, *verdict))
    assert theirs > 10 * ours
    return np.array(values)


def test_one_expectation_at_many_variances(benchmark, rows):
    variances = np.random.default_rng(4).uniform(0.05, 5.0, 40_000)
    workload = f"E tanh^2 by quadrature at {variances.size:,} variances, relative accuracy {TOL:g}"

    def work(activation):
        function = as_activation(activation).value
        return gaussian_expectation(lambda u: function(u) ** 2, variances, rtol=TOL)

    ours = against_bare_tanh(benchmark, rows, workload, work, variances.size)
    result = work("tanh")
    sample = [(float(v), 1.0, 0.0) for v in variances[:50]]
    values = against_scipy(rows, workload, ours, scipy_reference.length_map, sample, variances.size, aim=False)
    np.testing.assert_allclose(result.value[:50], values, rtol=TOL)


def test_correlation_map_at_the_fixed_point(benchmark, rows):
    n_values = N_PAIRS * (N_LAYERS - 1)
    workload = f"correlations of {N_PAIRS:,} pairs of length q* through {N_LAYERS} layers"
    start = np.random.default_rng(1).uniform(-1, 1, N_PAIRS)

    def work(activation):
        return sp.correlation_trajectory(start, N_LAYERS, 1.5, BIAS_STD, activation)

    ours = against_bare_tanh(benchmark, rows, workload, work, n_values)
    c = work("tanh")
    q = sp.q_star(1.5, BIAS_STD, "tanh").value
    sample = [(float(c[layer, pair]), q, q, 1.5, BIAS_STD) for layer, pair in ((0, 0), (1, 1), (5, 2), (20, 3))]
    values = against_scipy(rows, workload, ours, scipy_reference.covariance_map, sample, N_PAIRS * (N_LAYERS - 1))
    found = [c[layer + 1, pair] for layer, pair in ((0, 0), (1, 1), (5, 2), (20, 3))]
    np.testing.assert_allclose(found, values / q, rtol=1e-7)


def test_pairs_of_any_length(benchmark, rows):
    n_values = 3 * N_PAIRS * (N_LAYERS - 1)
    workload = f"lengths and correlations of {N_PAIRS:,} pairs of different lengths through {N_LAYERS} layers"
    rng = np.random.default_rng(2)
    start = rng.uniform(-1, 1, N_PAIRS), *rng.uniform(0.2, 3.0, (2, N_PAIRS))

    def work(activation):
        return sp.pair_trajectory(*start, N_LAYERS, 1.5, BIAS_STD, activation)

    ours = against_bare_tanh(benchmark, rows, workload, work, n_values)
    q1, q2, c = work("tanh")
    places = ((0, 0), (1, 1), (5, 2))
    sample = [(*(float(part[place]) for part in (q1, q2, c)), 1.5, BIAS_STD) for place in places]
    values = against_scipy(rows, workload, ours, scipy_reference.pair_map, sample, N_PAIRS * (N_LAYERS - 1))
    found = [[part[layer + 1, pair] for part in (q1, q2, c)] for layer, pair in places]
    np.testing.assert_allclose(found, values, rtol=1e-7)


def test_phase_diagram(benchmark, rows):
    workload = f"phase diagram (q*, chi1) on a {N_GRID} x {N_GRID} grid, relative accuracy {TOL:g}"
    weight_std, bias_std = np.linspace(0.5, 3.0, N_GRID), np.linspace(0.01, 1.0, N_GRID)

    def work(activation):
        return sp.phase_diagram(weight_std, bias_std, activation, correlations=False, tol=TOL)

    ours = against_bare_tanh(benchmark, rows, workload, work, 2 * N_GRID**2)
    diagram = work("tanh")
    places = [tuple(int(i) for i in place) for place in np.random.default_rng(3).integers(0, N_GRID, (12, 2))]
    sample = [(float(weight_std[column]), float(bias_std[row])) for row, column in places]
    values = against_scipy(rows, workload, ours, scipy_reference.q_star_and_chi1, sample, N_GRID**2)
    found = [[diagram.q_star[place], diagram.chi1[place]] for place in places]
    np.testing.assert_allclose(found, values, rtol=2 * TOL)


def test_neural_tangents(benchmark, rows, monkeypatch):
    # its bridge to TensorFlow is imported on sight, and not needed here
    monkeypatch.setitem(sys.modules, "neural_tangents.experimental", types.ModuleType("neural_tangents.experimental"))
    try:
        stax = importlib.import_module("neural_tangents.stax")
        jnp = importlib.import_module("jax.numpy")
        importlib.import_module("jax").config.update("jax_enable_x64", True)
    except Exception as error:
        pytest.skip(
            f"neural-tangents cannot be imported here ({type(error).__name__}: {error}): nothing to compare with"
        )
    depth, degree = 50, 100
    layers = []
    for _ in range(depth):
        layers += [stax.Dense(1, W_std=1.5, b_std=BIAS_STD), stax.ElementwiseNumerical(jnp.tanh, deg=degree)]
    kernel = stax.serial(*layers, stax.Dense(1, W_std=1.5, b_std=BIAS_STD))[2]
    inputs = jnp.array([[1.0, 0.0], [0.6, 0.8]])
    gram = importlib.import_module("jax").jit(lambda x: kernel(x, x, "nngp"))
    theirs_value = np.asarray(gram(inputs))
    q, c = 1.5**2 / 2 + BIAS_STD**2, (1.5**2 * 0.6 / 2 + BIAS_STD**2) / (1.5**2 / 2 + BIAS_STD**2)
    ours, theirs = [], []

    def work():
        return sp.pair_trajectory(c, q, q, depth + 1, 1.5, BIAS_STD, "tanh")

    def measured():
        ours.append(timed(work))

    benchmark.pedantic(measured, setup=lambda: theirs.append(timed(lambda: gram(inputs).block_until_ready())), rounds=9)
    pair = work()
    error = abs(theirs_value[0, 0] / pair.q1[-1] - 1)
    assert error < 1e-2
    rows.append(
        Row(
            f"two inputs through {depth} tanh layers",
            statistics.median(ours),
            f"neural-tangents, quadrature of degree {degree}",
            statistics.median(theirs),
            f"compiled before; its length differs from ours by a relative {error:.1g}",
        )
    )
