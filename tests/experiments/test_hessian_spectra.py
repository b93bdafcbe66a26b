"""Spectra of networks on the digits: the fields of a cell belong together, and agree with the operators."""

import numpy as np
import pytest
import torch

from lossland import spectra
from lossland.experiments import Cell, Record
from lossland.experiments.hessian_spectra import (
    FLOORS,
    QUANTILES,
    TIMES,
    HessianSpectraSettings,
    against_width,
    measure,
)
from lossland.networks import load_digits, sample_mlp


@pytest.fixture(scope="module")
def cell():
    settings = HessianSpectraSettings(width=2, early_steps=5, n_steps=40)
    return settings, Cell("hessian_spectra", settings, 0)


@pytest.fixture(scope="module")
def values(cell):
    return measure(cell[0], cell[1].seed)


def test_three_times_of_one_network(values):
    assert values["steps"] == [0, 5, 40]
    assert values["n_parameters"] == 75 * 2 + 10
    assert values["loss"][2] < values["loss"][0]
    lists = {name: entry for name, entry in values.items() if isinstance(entry, list)}
    assert {len(entry) for entry in lists.values()} == {len(TIMES)}


def test_fields_belong_together(values):
    for time in range(3):
        largest, smallest = values["largest"][time], values["smallest"][time]
        quantiles = np.array(values["quantiles"][time])
        assert len(quantiles) == len(QUANTILES)
        assert quantiles[[0, -1]] == pytest.approx([smallest[0], largest[0]])
        assert np.all(np.diff(quantiles) >= 0)
        assert np.all(np.diff(largest) <= 0)
        assert quantiles[100] == pytest.approx(values["median"][time], abs=1e-12)
        assert np.mean(np.diff(np.interp(np.linspace(0, 1, 161), QUANTILES, quantiles)) >= 0) == 1
        assert len(values["mean_log_data"][time]) == len(FLOORS)
        assert values["mean_log_data"][time][0] < values["mean_log_data"][time][2]
        assert 0 < values["effective_rank"][time] < 160
        assert len(values["noise_along"][time]) == 20
        assert min(values["noise_along"][time]) > 0
        assert 0 < values["noise_alignment"][time] <= 1


def test_the_first_spectrum_is_that_of_the_untrained_network(cell, values):
    data = load_digits(dtype=torch.float64, generator=torch.Generator().manual_seed(11))
    first = int(cell[1].seed.generate_state(2, np.uint64)[0] >> np.uint64(1))
    mlp = sample_mlp((64, 2, 10), 1.0, 0.0, generator=torch.Generator().manual_seed(first))
    cross_entropy = torch.nn.functional.cross_entropy
    arguments = (mlp, cross_entropy, data.train_inputs, data.train_labels)
    hessian = spectra.dense_matrix(spectra.hessian_operator(*arguments, activation="tanh", method="autograd"))
    eigenvalues = np.linalg.eigvalsh(hessian)
    np.testing.assert_allclose(values["largest"][0], eigenvalues[::-1][:20], rtol=1e-7)
    assert values["trace"][0] == pytest.approx(np.trace(hessian), rel=1e-9)
    gauss_newton = spectra.dense_matrix(spectra.gauss_newton_operator(*arguments, activation="tanh"))
    distance = np.linalg.norm(hessian - gauss_newton) / np.linalg.norm(hessian)
    assert values["gauss_newton_distance"][0] == pytest.approx(distance, rel=0.25)  # 40 probes
    covariance = spectra.dense_matrix(spectra.gradient_covariance_operator(*arguments, activation="tanh"))
    assert values["noise_trace"][0] == pytest.approx(np.trace(covariance), rel=0.3)
    vectors = np.linalg.eigh(hessian)[1][:, ::-1].T[:3]
    np.testing.assert_allclose(values["noise_along"][0][:3], np.sum(vectors @ covariance * vectors, axis=1), rtol=1e-3)


def test_against_width_averages_over_seeds():
    def one(width, replicate, trace):
        fields = {"trace": [0.0, 1.0, trace], "n_parameters": 75 * width + 10}
        return {"settings": {"width": width}, "replicate": replicate, "seed": "0", "values": fields}

    cells = (one(2, 0, 3.0), one(2, 1, 5.0), one(4, 0, 1.0), one(4, 1, 1.0))
    record = Record("hessian_spectra", "small", "", {}, cells)
    found = against_width(record, "trace")
    assert found.width.tolist() == [2, 4]
    assert found.n_parameters.tolist() == [160, 310]
    assert found.mean.tolist() == [4.0, 1.0]
    assert found.standard_error.tolist() == [1.0, 0.0]
    assert against_width(record, "trace", "during").mean.tolist() == [1.0, 1.0]
    with pytest.raises(ValueError, match="time: expected one of before, during, after, got 'later'"):
        against_width(record, "trace", "later")
