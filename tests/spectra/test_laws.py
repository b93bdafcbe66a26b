"""Laws of random matrices against sampled ones; planted outliers; summaries of spectra."""

import numpy as np
import pytest
from scipy.integrate import quad

from lossland import spectra

LAWS = [
    spectra.Semicircle(2.0),
    spectra.Semicircle(0.3, 1.0),
    spectra.MarchenkoPastur(0.25),
    spectra.MarchenkoPastur(1.0, 2.0),
    spectra.MarchenkoPastur(4.0, 0.5),
]


@pytest.mark.parametrize("law", LAWS, ids=str)
def test_density_and_distribution_function_belong_together(law):
    low, high = law.edges
    mass = quad(law.density, low, high, epsabs=1e-10, limit=500)[0]
    atom = getattr(law, "atom", 0.0)
    assert mass + atom == pytest.approx(1, abs=1e-6)
    middle = low + 0.37 * (high - low)
    part = quad(law.density, low, middle, epsabs=1e-10, limit=500)[0]
    assert float(law.cdf(middle)) == pytest.approx(part + atom, abs=1e-6)
    np.testing.assert_allclose(law.cdf([low - 1, high, high + 1]), [atom * (low > 1), 1, 1], atol=1e-9)
    np.testing.assert_allclose(law.density([low - 0.1, high + 0.1]), 0)


def distance(eigenvalues, law):
    """Kolmogorov's distance; what is 0 up to rounding counts as 0."""
    values, counts = np.unique(np.where(np.abs(eigenvalues) < 1e-9, 0.0, eigenvalues), return_counts=True)
    return float(np.max(np.abs(law.cdf(values) - np.cumsum(counts) / counts.sum())))


def test_a_wigner_matrix_fills_the_semicircle():
    rng = np.random.default_rng(0)
    matrix = spectra.sample_wigner(500, 0.1, rng=rng)
    values = np.linalg.eigvalsh(matrix)
    law = spectra.Semicircle(spectra.wigner_radius(500, 0.1))
    assert distance(values, law) < 0.01
    np.testing.assert_allclose(values[[0, -1]], law.edges, rtol=0.02)
    assert matrix[np.triu_indices(500, 1)].std() == pytest.approx(0.1, rel=0.01)
    fitted = spectra.fit_semicircle(np.append(values, [40.0, 50.0]))
    assert fitted.radius == pytest.approx(law.radius, rel=0.02)
    assert distance(values, spectra.Semicircle(0.9 * law.radius)) > 0.03  # the distance sees a wrong law


@pytest.mark.parametrize(("rows", "columns"), [(200, 800), (600, 150)])
def test_a_wishart_matrix_fills_the_law_of_marchenko_and_pastur(rows, columns):
    values = np.linalg.eigvalsh(spectra.sample_wishart(rows, columns, variance=3.0, rng=np.random.default_rng(1)))
    law = spectra.MarchenkoPastur(rows / columns, 3.0)
    assert distance(values, law) < 0.02
    assert np.mean(np.abs(values) < 1e-9) == law.atom
    assert values[-1] == pytest.approx(law.edges[1], rel=0.03)
    fitted = spectra.fit_marchenko_pastur(np.where(np.abs(values) < 1e-9, 0, values), rows / columns)
    assert fitted.variance == pytest.approx(3.0, rel=0.03)
    assert distance(values, spectra.MarchenkoPastur(columns / rows, 3.0)) > 0.1


@pytest.mark.parametrize("strength", [0.5, 1.5, 3.0])
def test_a_planted_direction_leaves_the_semicircle_above_half_its_radius(strength):
    rng = np.random.default_rng(2)
    noise = spectra.sample_wigner(600, 1 / np.sqrt(600), rng=rng)
    u = rng.standard_normal(600)
    u /= np.linalg.norm(u)
    values = np.linalg.eigvalsh(noise + strength * np.outer(u, u))
    law = spectra.Semicircle(2.0)
    assert values[-1] == pytest.approx(float(spectra.spike_in_semicircle(strength, law)), abs=0.06)
    assert len(spectra.outliers(values, law.edges, margin=600 ** (-2 / 3))) == (strength > 1)


@pytest.mark.parametrize("strength", [0.2, 1.0, 4.0])
def test_a_planted_direction_in_a_covariance(strength):
    rng = np.random.default_rng(3)
    data = rng.standard_normal((300, 1200))
    data[0] *= np.sqrt(1 + strength)
    values = np.linalg.eigvalsh(data @ data.T / 1200)
    law = spectra.MarchenkoPastur(0.25)
    assert values[-1] == pytest.approx(float(spectra.spike_in_covariance(strength, law)), rel=0.06)


class TestBulk:
    @pytest.mark.parametrize("count", [0, 1, 3, 9])
    def test_planted_outliers_are_counted(self, count):
        bulk = np.linalg.eigvalsh(spectra.sample_wigner(300, 0.05, rng=np.random.default_rng(4)))
        planted = np.linspace(4, 9, count)
        values = np.random.default_rng(5).permutation(np.concatenate([bulk, planted]))
        split = spectra.split_bulk(values)
        np.testing.assert_array_equal(split.outliers, planted[::-1])
        assert split.bulk_edge == bulk.max()
        assert split.n_outliers == count
        assert (split.ratio > 1.5) == bool(count)
        np.testing.assert_array_equal(
            spectra.outliers(values, spectra.fit_semicircle(values).edges, margin=0.05), planted
        )

    def test_nothing_positive(self):
        assert spectra.split_bulk([-1.0, -2.0, 0.0]).n_outliers == 0
        assert spectra.split_bulk([3.0, -1.0]).n_outliers == 0  # no ratio to compare

    def test_errors(self):
        with pytest.raises(ValueError, match="eigenvalues: expected at least 2, got 1"):
            spectra.split_bulk([1.0])
        with pytest.raises(ValueError, match=r"min_ratio: expected >= 1, got 0.5"):
            spectra.split_bulk([1.0, 2.0], min_ratio=0.5)
        with pytest.raises(ValueError, match="eigenvalues: expected quartiles that differ, got 1 twice"):
            spectra.fit_semicircle(np.ones(9))
        with pytest.raises(ValueError, match="eigenvalues: expected at least 4, got 2"):
            spectra.fit_semicircle([1.0, 2.0])
        with pytest.raises(ValueError, match="eigenvalues: expected none below 0 and some above"):
            spectra.fit_marchenko_pastur([-1.0, -2.0, -3.0], 0.5)
        with pytest.raises(ValueError, match="radius: expected a number > 0, got 0"):
            spectra.Semicircle(0.0)
        with pytest.raises(ValueError, match="variance: expected a number > 0, got 0"):
            spectra.MarchenkoPastur(1.0, 0.0)


class TestStatistics:
    def test_a_spectrum_in_numbers(self):
        values = np.array([-0.1, 0.0, 1e-5, 0.5, 2.0])
        found = spectra.spectrum_statistics(values, small=1e-3, floor=1e-4)
        assert found.size == 5
        assert (found.largest, found.smallest, found.median) == (2.0, -0.1, 1e-5)
        assert found.trace == pytest.approx(2.40001)
        assert found.small_share == pytest.approx(2 / 5)
        assert found.negative_share == pytest.approx(1 / 5)
        assert found.negative_weight == pytest.approx(0.1 / 2.60001)
        assert found.effective_rank == pytest.approx(2.60001**2 / (values**2).sum())
        assert found.mean_log == pytest.approx((3 * np.log(1e-4) + np.log(0.5) + np.log(2)) / 5)

    def test_rounding_does_not_count_as_negative(self):
        assert spectra.spectrum_statistics([1.0, -1e-13]).negative_share == 0

    def test_the_mean_logarithm_is_that_of_the_determinant(self):
        matrix = spectra.sample_wishart(30, 90, rng=np.random.default_rng(0))
        values = np.linalg.eigvalsh(matrix)
        assert spectra.mean_log_eigenvalue(values) == pytest.approx(np.linalg.slogdet(matrix)[1] / 30, rel=1e-12)
        with pytest.raises(ValueError, match="the logarithm needs positive ones, got 0; give a floor, and report it"):
            spectra.mean_log_eigenvalue([0.0, 1.0])
        assert spectra.mean_log_eigenvalue([0.0, 1.0], floor=np.exp(-2)) == pytest.approx(-1)

    def test_effective_rank(self):
        assert spectra.effective_rank(np.ones(7)) == pytest.approx(7)
        assert spectra.effective_rank(np.eye(1, 7)) == pytest.approx(1)
        assert spectra.effective_rank(np.zeros(3)) == 0
        with pytest.raises(ValueError, match="eigenvalues: expected at least one, got none"):
            spectra.spectrum_statistics([])
