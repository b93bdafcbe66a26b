import numpy as np
import pytest

from lossland.numerics import ConvergenceWarning, central_difference, fixed_point_iteration, slope_test


def test_planted_fixed_points():
    planted = np.array([-1.0, 0.0, 2.5])
    result = fixed_point_iteration(lambda x: planted + 0.5 * (x - planted), np.zeros(3), slope=lambda x: 0.5 + 0 * x)
    assert result.value == pytest.approx(planted, abs=1e-11)
    assert result.stable.all()
    assert result.converged.all()


def test_failure_is_a_value_and_a_warning():
    with pytest.warns(ConvergenceWarning, match="1 of 2 entries did not converge after 50 steps"):
        result = fixed_point_iteration(lambda x: np.array([0.5, 2.0]) * x, np.array([1.0, 1.0]), max_iter=50)
    assert result.converged.tolist() == [True, False]


def test_slope_test_tells_right_from_wrong():
    rng = np.random.default_rng(3)
    x = rng.standard_normal(6)
    matrix = rng.standard_normal((6, 6))
    right = slope_test(lambda x: np.sin(matrix @ x).sum(), lambda x: matrix.T @ np.cos(matrix @ x), x, rng=rng)
    wrong = slope_test(lambda x: np.sin(matrix @ x).sum(), lambda x: matrix @ np.cos(matrix @ x), x, rng=rng)
    assert right.slope == pytest.approx(2.0, abs=0.05)
    assert wrong.slope == pytest.approx(1.0, abs=0.1)


def test_slope_test_of_second_order():
    quartic = {"function": lambda x: (x**4).sum(), "gradient": lambda x: 4 * x**3}
    rng = np.random.default_rng(5)
    x = np.array([1.0, 2.0])
    right = slope_test(**quartic, x=x, rng=rng, order=2, hessian_product=lambda x, v: 12 * x**2 * v)
    wrong = slope_test(**quartic, x=x, rng=rng, order=2, hessian_product=lambda x, v: 11 * x**2 * v)
    assert right.slope == pytest.approx(3.0, abs=0.05)
    assert wrong.slope < 2.2


def test_errors():
    with pytest.raises(TypeError, match="step: expected a function"):
        fixed_point_iteration(0.5, 1.0)
    with pytest.raises(ValueError, match="order: expected 1 or 2, got 3"):
        slope_test(np.sum, np.ones_like, [1.0], rng=np.random.default_rng(0), order=3)
    with pytest.raises(ValueError, match="hessian_product: expected a function"):
        slope_test(np.sum, np.ones_like, [1.0], rng=np.random.default_rng(0), order=2)
    assert central_difference(np.exp, np.array([0.0, 1.0])) == pytest.approx([1.0, np.e], rel=1e-9)
