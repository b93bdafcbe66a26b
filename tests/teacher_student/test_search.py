"""The search against a plain loop, its short cuts against the long way, its ends against the census."""

import numpy as np
import pytest

from lossland import teacher_student as ts


def plain_descent(students, teachers, step, tol=1e-9, max_steps=100_000):
    """One run, as it is written in the paper."""
    for number in range(max_steps):
        gradient = ts.population_gradient(students, teachers)
        if np.linalg.norm(gradient) <= tol:
            return students, number
        students = students - step * gradient
    raise AssertionError("no convergence")


@pytest.fixture(scope="module")
def seven():
    starts = ts.xavier_students(30, 7, 7, rng=np.random.default_rng(11))
    return starts, [plain_descent(start, np.eye(7), 5 / 7) for start in starts]


@pytest.mark.parametrize("hand_over", [False, True])
def test_every_run_ends_where_the_plain_loop_ends(seven, hand_over):
    starts, plain = seven
    search = ts.descend(starts, np.eye(7), hand_over=hand_over)
    for end, (expected, _) in zip(search.students, plain, strict=True):
        assert np.linalg.norm(end - expected) < 1e-6
    steps = np.array([number for _, number in plain])
    if hand_over:
        assert set(search.ending) == {"basin"}
        assert np.all(search.n_steps < steps)
        assert np.all(search.gradient_norm < 1e-13)
    else:
        assert set(search.ending) == {"tolerance"}
        assert np.all((search.n_steps > steps) & (search.n_steps <= steps + 9))
        assert np.all(search.gradient_norm <= 1e-9)


def test_a_search_with_spurious_ends_in_turned_coordinates():
    """Other orthonormal teachers: no permutation of coordinates is used, each run is proved by itself."""
    turn, _ = np.linalg.qr(np.random.default_rng(5).normal(size=(9, 9)))
    starts = ts.xavier_students(12, 9, 9, rng=np.random.default_rng(6))
    straight = ts.descend(starts, np.eye(9))
    turned = ts.descend(starts @ turn, turn)
    assert turned.minima == ()
    assert set(turned.ending) == {"basin"}
    np.testing.assert_allclose(turned.students @ turn.T, straight.students, atol=1e-7)
    assert np.any(straight.loss > 0.01)


def test_general_teachers_and_fewer_students():
    rng = np.random.default_rng(7)
    teachers = rng.normal(size=(4, 6))
    search = ts.descend(ts.xavier_students(3, 2, 6, rng=rng), teachers, step=0.3)
    assert np.all(search.gradient_norm < 1e-9)
    assert np.all(np.isin(search.ending, ["basin", "tolerance"]))


def test_batches_keep_their_shape_and_runs_do_not_meet():
    starts = ts.xavier_students(6, 6, 6, rng=np.random.default_rng(8))
    together = ts.descend(starts.reshape(2, 3, 6, 6), np.eye(6))
    alone = [ts.descend(start, np.eye(6)) for start in starts]
    assert together.students.shape == (2, 3, 6, 6)
    assert together.loss.shape == together.ending.shape == together.n_steps.shape == (2, 3)
    assert together.n_steps.ravel().tolist() == [int(one.n_steps) for one in alone]
    for end, one in zip(together.students.reshape(6, 6, 6), alone, strict=True):
        np.testing.assert_allclose(end, one.students, atol=1e-9)


def test_more_runs_than_a_block_holds():
    starts = ts.xavier_students(600, 6, 6, rng=np.random.default_rng(9))
    search = ts.descend(starts, np.eye(6))
    some = ts.descend(starts[[0, 300, 599]], np.eye(6))
    np.testing.assert_allclose(search.students[[0, 300, 599]], some.students, atol=1e-9)
    assert np.all(search.ending == "basin")


def test_other_endings_are_named():
    starts = ts.xavier_students(3, 6, 6, rng=np.random.default_rng(10))
    assert set(ts.descend(starts, np.eye(6), max_steps=16).ending) == {"max_steps"}
    wild = ts.descend(starts, np.eye(6), step=50.0, max_steps=2000, hand_over=False)
    assert set(wild.ending) <= {"diverged", "max_steps"}
    assert np.all(np.isfinite(wild.loss))
    more = ts.descend(ts.xavier_students(3, 7, 6, rng=np.random.default_rng(10)), np.eye(6), enough=1e-4)
    assert set(more.ending) == {"enough"}
    assert np.all(more.loss <= 1e-4)


def test_a_zero_student_stays_and_is_never_handed_over():
    start = np.concatenate([np.eye(5) + 0.01, np.zeros((1, 5))])
    search = ts.descend(start, np.eye(5), max_steps=4000)
    np.testing.assert_array_equal(search.students[-1], 0.0)
    assert search.ending in ("tolerance", "max_steps")
    assert search.loss < 1e-12


def test_a_step_of_five_over_k_is_stable_at_the_goal_from_four_teachers_on():
    for k in range(2, 25):
        largest = np.linalg.eigvalsh(ts.population_hessian(np.eye(k), np.eye(k)))[-1]
        assert (5 / k * largest < 2) == (k >= 4)


@pytest.fixture(scope="module")
def ten():
    return ts.take_census(10, 10, 150, rng=np.random.default_rng(12))


class TestCensus:
    def test_everybody_is_counted_once(self, ten):
        assert sum(ten.counts.values()) == 150
        assert ten.counts["global"] + ten.counts["spurious"] == 150
        assert sum(one.count for one in ten.classes) == ten.counts["spurious"]
        assert 0.2 < ten.counts["spurious"] / 150 < 0.5

    def test_the_classes_are_those_of_reversed_students(self, ten):
        """A second way to the same points: symmetric critical points, found without any descent from random starts."""
        for one, m in zip(ten.classes[:2], (1, 2), strict=True):
            family = ts.reversed_students(10, m)
            assert one.loss == pytest.approx(family.loss, abs=1e-12)
            assert one.least_eigenvalue == pytest.approx(family.least_eigenvalue, abs=1e-10)
            assert ts.align(one.students, family.students).distance < 1e-9

    def test_verdicts_are_those_of_each_end_alone(self, ten):
        alone = ts.certify(ten.search.students, np.eye(10))
        assert alone.kind.tolist() == ten.kind.tolist()
        np.testing.assert_allclose(alone.least_eigenvalue, ten.least_eigenvalue, atol=1e-11)
        np.testing.assert_allclose(alone.loss, ten.loss, atol=1e-13)

    def test_the_long_way_gives_the_same_census(self):
        short, long = (
            ts.take_census(8, 8, 40, hand_over=way, rng=np.random.default_rng(13)) for way in (True, False)
        )
        assert short.kind.tolist() == long.kind.tolist()
        assert [one.count for one in short.classes] == [one.count for one in long.classes]
        for a, b in zip(short.classes, long.classes, strict=True):
            assert np.abs(a.students - b.students).max() < 1e-6

    def test_runs_that_have_not_arrived_are_said_to_be_so(self):
        census = ts.take_census(8, 8, 20, max_steps=80, rng=np.random.default_rng(14))
        assert census.counts["unconverged"] > 0
        assert census.counts["global"] + census.counts["unconverged"] == 20 - census.counts["spurious"]

    def test_one_student_more(self):
        census = ts.take_census(9, 8, 60, rng=np.random.default_rng(15))
        assert census.counts["global"] == 60
        assert np.all(census.search.loss <= 1e-6)
        further = ts.descend(census.search.students[:5], np.eye(8), enough=1e-10, hand_over=False)
        assert np.all(further.loss <= 1e-10)


RNG = np.random.default_rng(0)


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [(lambda: ts.xavier_students(2, 3, 4, rng=0), TypeError, r"rng: expected a NumPy generator"),
     (lambda: ts.xavier_students(0, 3, 4, rng=RNG), ValueError, r"n_runs: expected an integer >= 1"),
     (lambda: ts.descend(np.eye(3), np.eye(3), step=-1), ValueError, r"step: expected a positive number, got -1"),
     (lambda: ts.descend(np.eye(3), np.eye(3), max_steps=0), ValueError, r"max_steps: expected an integer >= 1"),
     (lambda: ts.descend(np.eye(3), np.eye(4)), ValueError, r"students: expected the shape \(\.\.\., n, 4\)"),
     (lambda: ts.take_census(6, 0, 5, rng=RNG), ValueError, r"n_teachers: expected an integer")],
)  # fmt: skip
def test_errors_say_what_is_wrong(call, error, words):
    with pytest.raises(error, match=words):
        call()
