"""What is claimed about the cloud of noisy descent, tried on a real network: the record of the spread of seeds."""

import numpy as np
import pytest

from lossland.experiments import load_record
from lossland.experiments.seed_spread import spread


@pytest.fixture(scope="module")
def cells():
    return load_record("seed_spread").select(width=4, weight_decay=0.01, batch_size=8).cells


def total_ratio(cell, rate):
    found = spread(cell, rate)
    return found.measured.sum() / found.predicted.sum()


@pytest.mark.ledger("glukhov-claim-noise-ball")
def test_on_a_real_network_the_cloud_is_that_of_hessian_and_noise_while_it_is_cold(cells):
    rates = cells[0]["settings"]["learning_rates"]
    ratios = np.array([[total_ratio(cell, rate) for rate in rates] for cell in cells])
    assert len(cells) >= 3
    assert np.all(np.abs(ratios[:, 0] - 1) < 0.15)  # the coldest cloud, nothing fitted
    assert np.all(np.diff(ratios.mean(0)) > 0)  # and hotter ones exceed the linear theory more and more
    assert ratios[:, -1].min() > 1.5
    for cell in cells:  # direction by direction, over orders of magnitude of the variance
        found = spread(cell, rates[0])
        wide = found.predicted > 1e-3 * found.predicted.max()
        assert np.corrcoef(np.log(found.measured[wide]), np.log(found.predicted[wide]))[0, 1] > 0.95
        assert np.ptp(np.log(found.predicted[wide])) > 2
        shift, foretold = cell["values"]["shift"][0], cell["values"]["predicted_shift"][0]
        assert shift == pytest.approx(foretold, rel=0.25)  # the next order: the third derivatives move the mean
        assert cell["values"]["shift_cosine"][0] > 0.9
        isotropic = found.noise.mean() / found.eigenvalues  # what Equation 22 rests on
        assert np.corrcoef(np.log(found.measured), np.log(isotropic))[0, 1] < 0


@pytest.mark.ledger("review-critical-path-5")
def test_gradient_noise_of_a_real_network_is_proportional_to_the_curvature_of_its_data(cells):
    for cell in cells:
        decay = cell["settings"]["weight_decay"]
        found = spread(cell, cell["settings"]["learning_rates"][0])
        data = found.eigenvalues > 1.1 * decay
        curvature = found.eigenvalues[data] - decay
        slope = np.polyfit(np.log(curvature), np.log(found.noise[data]), 1)[0]
        assert slope == pytest.approx(1, abs=0.1)
        assert curvature.max() / curvature.min() > 1000
        flat = found.eigenvalues < 1.02 * decay  # where the decay alone curves: thin, not wide
        sharp = found.eigenvalues > 10 * decay
        kept = found.eigenvalues[flat] > 0.98 * decay
        assert np.median(found.measured[flat][kept]) < 0.2 * np.median(found.measured[sharp])


def test_seeds_of_the_weights_end_elsewhere(cells):
    for cell in cells:
        raw, aligned, within = cell["values"]["own_starts"]
        assert within < 0.5 * aligned < 0.5 * raw
