import numpy as np
import pytest

from lossland.numerics import second_moment, second_moment_slope, slope_second_moment
from lossland.numerics.chebyshev import interpolate_in_log


@pytest.mark.parametrize("name", ["tanh", "sigmoid", "gelu", "softplus", "hard_tanh"])
@pytest.mark.parametrize("moment", [second_moment, slope_second_moment, second_moment_slope])
def test_many_variances_agree_with_one_by_one(name, moment):
    q = np.concatenate([np.geomspace(1e-6, 30, 600), [0.3, 0.3]])
    many, rng = moment(name, q), np.random.default_rng(0)
    for i in rng.integers(len(q), size=12):
        assert many[i] == pytest.approx(moment(name, q[i]), rel=2e-11, abs=1e-12)


def test_tolerance_is_kept_and_a_rough_function_is_refused():
    x = np.geomspace(1e-3, 1e3, 2000)
    for rtol in (1e-4, 1e-8, 1e-12):
        value = interpolate_in_log(lambda t: t / (1 + t), x, rtol=rtol, positive=True)
        assert np.max(np.abs(value * (1 + x) / x - 1)) < 20 * rtol
    assert interpolate_in_log(lambda t: 2 + np.sign(t - 1), x, rtol=1e-8, positive=True) is None


def test_equal_arguments_and_zeros():
    assert interpolate_in_log(np.cosh, np.full(600, 0.7), rtol=1e-12, positive=True) == pytest.approx(np.cosh(0.7))
    q = np.concatenate([np.zeros(3), np.full(600, 2.0)])
    assert second_moment("tanh", q)[[0, 5]] == pytest.approx([0.0, second_moment("tanh", 2.0)], abs=1e-15)
