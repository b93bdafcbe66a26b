"""What the stopwatch reports besides time; the times themselves are for the benchmarks and the book."""

import pytest
import torch

from lossland.descent.gradient_timing import measure_gradient_times


def test_report_of_a_small_network():
    times = measure_gradient_times(
        (3, 4, 1), 5, n_repeats=2, max_differences=10, generator=torch.Generator().manual_seed(0)
    )
    assert times.n_weights == 3 * 4 + 4 + 4 + 1
    assert times.n_differences == 10
    assert times.gradient_error < 1e-6
    assert min(times.forward, times.backpropagation, times.autograd, times.finite_differences) > 0


def test_all_directions_are_run_where_they_are_few():
    times = measure_gradient_times((2, 1), 4, n_repeats=1, generator=torch.Generator().manual_seed(0))
    assert times.n_differences == times.n_weights == 3


def test_bad_input_is_told():
    with pytest.raises(ValueError, match="n_repeats: expected an integer >= 1, got 0"):
        measure_gradient_times((2, 1), 4, n_repeats=0, generator=torch.Generator())
