"""Recovery: the pair is exact, the law holds in its range and fails outside as stated, measurements count rightly."""

import math

import numpy as np
import pytest
from scipy import stats

from lossland import symmetry as sy


@pytest.mark.parametrize("delta", [0.1, 1.0, 5.0])
def test_two_neurons_sorted_by_one_input_are_confused_with_the_probability_of_an_angle(delta):
    rng = np.random.default_rng(0)
    x, e = rng.standard_normal((2, 200_000))
    assert np.mean((x > 0) != (x + delta * e > 0)) == pytest.approx(math.atan(delta) / math.pi, abs=0.004)
    assert -math.log(sy.recovery_probability(delta, 2)) == pytest.approx(math.atan(delta) / math.pi)
    found = sy.measure_recovery("lexicographic", 2, 1, delta, 4000, rng=rng)
    assert found.exact == pytest.approx(1 - math.atan(delta) / math.pi, abs=4 * found.exact_error)


@pytest.mark.parametrize("n_inputs", [2, 5])
def test_two_neurons_are_matched_wrongly_with_the_tail_of_student(n_inputs):
    rng, delta = np.random.default_rng(1), 1.5
    d, e = rng.standard_normal((2, 100_000, n_inputs))
    swapped = np.mean(np.sum(d * (d + delta * e), axis=1) < 0)
    assert swapped == pytest.approx(stats.t.sf(math.sqrt(n_inputs) / delta, n_inputs), abs=0.005)
    found = sy.measure_recovery("matching", 2, n_inputs, delta, 2000, rng=rng)
    assert 1 - found.exact == pytest.approx(swapped, abs=4 * found.exact_error)


@pytest.mark.parametrize("n", [3, 4])
def test_small_layers_against_orthant_probabilities(n):
    """All signs at once: exact, by the Gaussian integral over an orthant; the law is near at small disturbances."""
    steps = np.eye(n - 1, n, 1) - np.eye(n - 1, n)
    for delta, tolerance in ((0.05, 0.005), (0.3, 0.05)):
        plain = steps @ steps.T
        covariance = np.block([[plain, plain], [plain, (1 + delta**2) * plain]])
        law = stats.multivariate_normal(np.zeros(2 * n - 2), covariance, maxpts=200_000, seed=0)
        exact = math.factorial(n) * law.cdf(np.zeros(2 * n - 2))
        found = sy.measure_recovery("lexicographic", n, 1, delta, 4000, rng=np.random.default_rng(n))
        assert found.exact == pytest.approx(exact, abs=4 * found.exact_error)
        assert sy.recovery_probability(delta, n) == pytest.approx(exact, abs=tolerance)
    found = sy.measure_recovery("lexicographic", n, 1, 1e6, 4000, rng=np.random.default_rng(n))  # outside of its range
    assert found.exact == pytest.approx(1 / math.factorial(n), abs=4 * found.exact_error)
    assert sy.recovery_probability(1e6, n) == pytest.approx(math.exp(-n * (n - 1) / 4), rel=1e-4)
    assert math.exp(-n * (n - 1) / 4) > 1 / math.factorial(n)


@pytest.mark.parametrize(("n", "m", "delta"), [(30, 4, 0.25), (20, 20, 1.2), (12, 12, 0.9)])
def test_law_of_matching_in_its_range(n, m, delta):
    found = sy.measure_recovery("matching", n, m, delta, 500, rng=np.random.default_rng(2))
    law = sy.recovery_probability(delta, n, n_inputs=m)
    assert 0.3 < law < 0.98
    assert found.exact == pytest.approx(law, abs=4 * found.exact_error + 0.03)


def test_half_points_are_half_points():
    for n, m in ((3, 1), (10, 1), (1000, 1), (10, 10), (100, 7)):
        half = sy.half_recovery_disturbance(n, n_inputs=m)
        assert sy.recovery_probability(half, n, n_inputs=m) == pytest.approx(0.5)
        assert sy.half_recovery_disturbance(n, n_inputs=m, sensitivity=2.0) == pytest.approx(half / 2)
    assert sy.half_recovery_disturbance(2) == math.inf
    assert sy.half_recovery_disturbance(1000) == pytest.approx(2 * math.pi * math.log(2) / (1000 * 999))
    assert sy.recovery_probability(np.array([0.0, 1e3]), 2).tolist() == pytest.approx([1, math.exp(-0.5)], abs=1e-3)


@pytest.mark.parametrize("key", ["norm", "largest", "spread"])
def test_sensitivities_against_gaps_of_drawn_keys(key):
    """Rate of confused pairs at a small disturbance over that of a column."""
    rng, m, delta = np.random.default_rng(3), 20, 0.01
    pairs = 200_000
    w, e = rng.standard_normal((2, pairs, 2, m))
    keys = {"norm": np.linalg.norm, "largest": np.max, "spread": np.ptp}
    before, after = keys[key](w, axis=-1), keys[key](w + delta * e, axis=-1)
    rate = np.mean((before[:, 0] < before[:, 1]) != (after[:, 0] < after[:, 1]))
    law = sy.key_sensitivity(key, m) * delta / math.pi
    assert rate == pytest.approx(law, abs=4 * math.sqrt(law / pairs) + 0.02 * law)


def test_a_single_weight_has_the_sensitivities_of_a_column():
    assert sy.key_sensitivity("largest", 1) == pytest.approx(1)
    assert sy.key_sensitivity("norm", 1) == pytest.approx(2, rel=1e-3)  # half a Gaussian is twice as dense
    assert sy.driver_probability(0.5, 10, 1) == 1


def test_the_driver_law_against_draws():
    deltas = np.array([0.03, 0.3])
    found = sy.measure_recovery("maximin", 30, 20, deltas, 500, rng=np.random.default_rng(4))
    law = sy.driver_probability(deltas, 30, 20)
    assert np.all(np.abs(found.same_driver - law) < 4 * np.sqrt(law * (1 - law) / 500) + 0.03)


def test_assignments_of_every_method_undo_a_planted_order():
    rng = np.random.default_rng(5)
    w, shuffle = rng.standard_normal((9, 6)), rng.permutation(9)
    for method in ("lexicographic", "maximin", "sum", "norm", "largest", "spread", "cubes", "matching"):
        found = sy.assign_units(w, w[shuffle], method)
        np.testing.assert_array_equal(w[shuffle][found], w)
        np.testing.assert_array_equal(found, np.argsort(shuffle))


def test_what_is_counted():
    found = sy.measure_recovery("sum", 4, 3, np.array([[0.0, 1e9]]), 300, rng=np.random.default_rng(6))
    assert found.exact.shape == (1, 2)
    assert found.exact[0, 0] == found.placed[0, 0] == found.same_driver[0, 0] == found.exact_same_driver[0, 0] == 1
    assert found.placed_error[0, 0] == 0 < found.exact_error[0, 0] < 0.01
    assert found.placed[0, 1] == pytest.approx(1 / 4, abs=4 * found.placed_error[0, 1])  # chance
    assert found.exact[0, 1] == pytest.approx(1 / 24, abs=4 * found.exact_error[0, 1])
    assert found.same_driver[0, 1] == pytest.approx(1 / 3, abs=0.12)
    single = sy.measure_recovery("sum", 4, 3, 0.5, 1, rng=np.random.default_rng(6))
    assert isinstance(single.exact, float)
    assert single.placed_error == math.inf


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda rng: sy.measure_recovery("guess", 3, 3, 0.1, 2, rng=rng), "method: expected one of lexicographic"),
        (lambda rng: sy.measure_recovery("sum", 3, 3, -0.1, 2, rng=rng), "disturbance: expected >= 0"),
        (lambda rng: sy.recovery_probability(0.1, 1), "n: expected an integer >= 2"),
        (lambda rng: sy.key_sensitivity("cubic", 5), "key: expected lexicographic, bias, sum"),
        (lambda rng: sy.assign_units(np.eye(2), np.eye(3), "sum"), "weights: expected the shape of reference"),
    ],
)
def test_bad_input_is_refused_in_words(call, words):
    with pytest.raises(ValueError, match=words):
        call(np.random.default_rng(0))
