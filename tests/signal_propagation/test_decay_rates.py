"""Measured depth scales: exact where the network is linear, theory plus a bias of 1/width elsewhere."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from lossland import signal_propagation as sp
from lossland.signal_propagation.decay_rates import fit_decay, measure_decay
from lossland.signal_propagation.measurement import Measurement

BIAS_STD = 0.05**0.5


def scale_of(quantity, weight_std, activation, **options):
    generator = torch.Generator().manual_seed(options.pop("seed", 1))
    options = {"width": 400, "n_layers": 12, "n_draws": 300, **options}
    return fit_decay(measure_decay(quantity, weight_std, BIAS_STD, activation, generator=generator, **options))


@pytest.mark.parametrize(("activation", "rate"), [("linear", 0.64), ("relu", 0.32)])
def test_lengths_of_homogeneous_activations_at_any_width(activation, rate):
    # E q' is exactly linear in q: weight_std**2 * q (ReLU: half of it), without a bias of 1/width
    for width in (5, 400):
        scale = scale_of("length", 0.8, activation, width=width, n_draws=2000, n_layers=6)
        assert abs(scale.rate - rate) < 4 * scale.rate_error
        assert scale.rate_error < 0.03 * rate


@pytest.mark.parametrize("activation", ["tanh", "erf"])
@pytest.mark.parametrize("weight_std", [0.7, 2.0])
@pytest.mark.parametrize(("quantity", "theory"), [("length", sp.xi_q), ("correlation", sp.xi_c)])
def test_theory_within_errors_and_the_bias_of_the_width(activation, weight_std, quantity, theory):
    expected = np.exp(-1 / theory(weight_std, BIAS_STD, activation))
    scale = scale_of(quantity, weight_std, activation)
    assert abs(scale.rate - expected) < 4 * scale.rate_error + 3 / 400
    assert scale.rate_error < 0.01


def test_the_standard_error_is_that_of_repeated_measurements():
    rates = [scale_of("correlation", 2.0, "tanh", width=50, n_draws=60, seed=seed) for seed in range(60)]
    scatter = np.std([scale.rate for scale in rates], ddof=1)
    told = np.mean([scale.rate_error for scale in rates])
    assert 0.7 < scatter / told < 1.4  # the scatter of 60 values is known to 9 %


def test_the_shared_noise_does_not_change_the_law():
    # without it: the mean difference of two independent copies, with a large perturbation so that it can be seen
    options = {"width": 200, "n_layers": 3, "burn_in": 0, "perturbation": 0.1}
    shared = measure_decay("length", 2.0, BIAS_STD, "tanh", n_draws=500, generator=seeded(1), **options)
    q = sp.q_star(2.0, BIAS_STD, "tanh").value
    widths = [200] * 3
    runs = [
        sp.sample_gram(torch.tensor([[start]], dtype=torch.float64), widths, 2.0, BIAS_STD, "tanh", n_draws=4000,
                       generator=seeded(seed))
        for seed, start in ((2, (q * 1.1 - BIAS_STD**2) / 4), (3, (q - BIAS_STD**2) / 4))
    ]  # fmt: skip
    difference = (runs[0].mean - runs[1].mean)[:, 0, 0]
    error = np.hypot(*(run.standard_error[:, 0, 0] for run in runs))
    assert np.all(np.abs(difference - shared.mean) < 4 * np.hypot(error, shared.standard_error))
    assert np.all(shared.standard_error < 0.2 * error)


def seeded(seed):
    return torch.Generator().manual_seed(seed)


def test_a_decay_lost_in_noise_is_told_by_nan():
    samples = np.array([[1.0, -1.0], [1.0, 0.5]])
    assert np.isnan(fit_decay(Measurement(samples.mean(0), samples.std(0), samples))).all()


def test_a_difference_that_does_not_shrink_has_no_scale():
    samples = np.array([[1.0, 1.2], [1.1, 1.3]])
    assert fit_decay(Measurement(samples.mean(0), samples.std(0), samples)).value == np.inf


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [({"quantity": "angle"}, ValueError, "quantity: expected 'length' or 'correlation', got 'angle'"),
     ({"width": 1}, ValueError, "width: expected an integer >= 2, got 1"),
     ({"perturbation": 1.0}, ValueError, r"perturbation: expected in \[1e-09, 0.1\], got 1")],
)  # fmt: skip
def test_arguments(change, error, words):
    options = {"quantity": "length", "width": 10, "n_layers": 2, "n_draws": 2, **change}
    with pytest.raises(error, match=words):
        measure_decay(options.pop("quantity"), 1.0, 0.1, "tanh", generator=seeded(0), **options)


def test_one_layer_is_not_enough_to_fit():
    with pytest.raises(ValueError, match="differences: expected at least 2 layers, got 1"):
        fit_decay(Measurement(np.ones(1), np.ones(1), np.ones((3, 1))))
