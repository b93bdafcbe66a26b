import math

import numpy as np
import pytest
from scipy import stats

from lossland.numerics import cramer_rate, rademacher_log_tail, rademacher_rate


@pytest.mark.ledger("yarotsky-claim-18-lln")
def test_law_of_large_numbers_at_the_rate_of_its_standard_error():
    """The mean of n centered variables shrinks like n^(-1/2): root mean squares over 4,000 repetitions."""
    rng = np.random.default_rng(1)
    sizes = np.array([10, 100, 1000])
    spread = np.array([np.sqrt(np.mean(rng.uniform(-1, 1, (4000, n)).mean(axis=1) ** 2)) for n in sizes])
    assert spread * np.sqrt(3 * sizes) == pytest.approx(1.0, abs=5 / math.sqrt(2 * 4000))


@pytest.mark.ledger("yarotsky-claim-19-clt")
def test_central_limit_theorem_needs_a_finite_variance():
    rng = np.random.default_rng(2)
    draws = 20_000
    sums = {
        "uniform": rng.uniform(-1, 1, (draws, 100)).sum(axis=1) / math.sqrt(100 / 3),
        "cauchy": rng.standard_cauchy((draws, 100)).sum(axis=1) / math.sqrt(100),
    }
    distance = {name: stats.kstest(values, "norm").statistic for name, values in sums.items()}
    assert distance["uniform"] < 1.63 / math.sqrt(draws)  # 1 % critical value of Kolmogorov's test
    assert distance["cauchy"] > 0.1


@pytest.mark.ledger("yarotsky-claim-20-ldp")
def test_exact_coin_tails_approach_the_rate_function():
    """-(1/n) ln P tends to I(0.2) = 0.0201355, with a correction of order ln(n)/n."""
    n = np.array([100, 1000, 10_000, 100_000])
    measured = -rademacher_log_tail(n, 0.2) / n
    assert measured[:3] == pytest.approx([0.0404, 0.02313, 0.020547], rel=0.03)
    assert np.all(np.diff(np.abs(measured - rademacher_rate(0.2))) < 0)
    excess = (measured - rademacher_rate(0.2)) * n  # ln of a prefactor ~ n^(-1/2): grows by ln(10)/2 a decade
    assert np.diff(excess[1:]) == pytest.approx(0.5 * math.log(10), rel=0.03)
    assert rademacher_rate(0.2) > 0.2**2 / 2  # the Gaussian rate of the central limit theorem is not it


def test_tail_against_enumeration():
    for n, x in ((5, 0.2), (6, 0.0), (10, 0.4), (7, -0.5)):
        exact = sum(math.comb(n, k) for k in range(n + 1) if 2 * k - n > n * x + 1e-12) / 2**n
        assert rademacher_log_tail(n, x) == pytest.approx(math.log(exact), rel=1e-12)


def test_rate_by_legendre_transform():
    for x in (-0.9, -0.2, 0.0, 0.5, 0.99):
        assert cramer_rate(lambda t: math.log(math.cosh(t)), x) == pytest.approx(rademacher_rate(x), abs=1e-10)
    assert cramer_rate(lambda t: 0.5 * t * t, 1.7) == pytest.approx(1.7**2 / 2)


def test_edges_and_errors():
    assert rademacher_rate(1.0) == pytest.approx(math.log(2))
    with pytest.raises(ValueError, match=r"x: expected in \[-1, 1\], got 1.5"):
        rademacher_rate(1.5)
    with pytest.raises(ValueError, match="x: expected a mean that the law can reach"):
        cramer_rate(lambda t: math.log(math.cosh(t)), 1.2)
    with pytest.raises(TypeError, match="log_mgf: expected a function"):
        cramer_rate(None, 0.1)
    with pytest.raises(ValueError, match="n: expected >= 1"):
        rademacher_log_tail(0, 0.1)
