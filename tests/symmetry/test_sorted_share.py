"""The share of neurons that sorting leaves in place: limits, and simulation within its standard errors."""

import numpy as np
import pytest

from lossland.symmetry import recovered_share


def test_limits():
    assert recovered_share(0.0) == pytest.approx(1, abs=1e-12)
    small = 1e-4  # each neuron is passed, by one neighbor, with probability c E(phi) E|e - E| = c / pi
    assert 1 - recovered_share(small) == pytest.approx(small / np.pi, rel=1e-3)
    values = recovered_share(np.geomspace(1e-3, 1e3, 25))
    assert np.all(np.diff(values) < 0)
    assert recovered_share(1000.0) * 1000 == pytest.approx(recovered_share(500.0) * 500, rel=0.1)


@pytest.mark.parametrize("c", [0.3, 1.0, 10.0])
def test_simulated_sorting(c):
    rng, n = np.random.default_rng(16), 1000
    keys = rng.normal(size=(200, n))
    disturbed = keys + c / n * rng.normal(size=keys.shape)
    placed = (keys.argsort(axis=1) == disturbed.argsort(axis=1)).mean(axis=1)
    error = placed.std(ddof=1) / len(placed) ** 0.5
    assert abs(placed.mean() - recovered_share(c)) < 4 * error + 2 / n


def test_bad_input():
    with pytest.raises(ValueError, match="n_times_disturbance"):
        recovered_share(-1.0)
