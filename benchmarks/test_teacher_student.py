"""Search for spurious minima: against a plain loop of single runs, and one gradient against what it cannot avoid.

One thread, float64.  The plain loop is NumPy as one writes it from the paper: one run at a time, the same step of 5/k,
the same rule of a gradient of 1e-9.  Its Hessian is a loop over pairs of neurons.  Numbers of steps have a long tail:
the loop is timed a step on a few starts, and multiplied by the mean number of steps of all starts to 1e-9 (at most
40,000 are counted).  The other sides are timed between the rounds of ours.
"""

from __future__ import annotations

import statistics
import time

import numpy as np
import pytest
import threadpoolctl
from results import Row

from lossland import teacher_student as ts
from lossland.teacher_student.descent_step import DescentStep

N_RUNS = {7: 2000, 20: 1000}  # of ours; the loop does a few of the same starts
N_LOOP = {7: 12, 20: 4}
ROUNDS = 2


@pytest.fixture(scope="module", autouse=True)
def one_thread():
    with threadpoolctl.threadpool_limits(1):
        yield


def timed(function, *args):
    started = time.perf_counter()
    value = function(*args)
    return time.perf_counter() - started, value


def plain_gradient(students, teachers):
    lengths = np.linalg.norm(students, axis=1)
    units = students / lengths[:, None]
    cosine = np.clip(units @ units.T, -1, 1)
    other = np.clip(units @ teachers.T, -1, 1)  # teachers of length one
    angle, other_angle = np.arccos(cosine), np.arccos(other)
    radial = np.sin(angle) @ lengths - np.sin(other_angle).sum(axis=1)
    return (radial[:, None] * units + (np.pi - angle) @ students - (np.pi - other_angle) @ teachers) / (2 * np.pi)


def plain_run(students, teachers, step):
    n_steps = 0
    while True:
        gradient = plain_gradient(students, teachers)
        if np.linalg.norm(gradient) <= 1e-9:
            return students, n_steps
        students = students - step * gradient
        n_steps += 1


def plain_blocks(w, v):
    """Second derivatives of the kernel as printed in the paper."""
    d = len(w)
    length_w, length_v = np.linalg.norm(w), np.linalg.norm(v)
    unit_w, unit_v = w / length_w, v / length_v
    angle = np.arccos(np.clip(unit_w @ unit_v, -1, 1))
    n_vw, n_wv = unit_v - np.cos(angle) * unit_w, unit_w - np.cos(angle) * unit_v
    n_vw, n_wv = n_vw / np.linalg.norm(n_vw), n_wv / np.linalg.norm(n_wv)
    own = np.sin(angle) * length_v / (2 * np.pi * length_w)
    own = own * (np.eye(d) - np.outer(unit_w, unit_w) + np.outer(n_vw, n_vw))
    mixed = (np.pi - angle) * np.eye(d) + np.outer(unit_w, n_vw) + np.outer(unit_v, n_wv)
    return own, mixed / (2 * np.pi)


def plain_hessian(students, teachers):
    n, d = students.shape
    hessian = np.zeros((n * d, n * d))
    for i in range(n):
        rows = slice(i * d, (i + 1) * d)
        hessian[rows, rows] += np.eye(d) / 2
        for j in range(n):
            if i != j:
                own, mixed = plain_blocks(students[i], students[j])
                hessian[rows, rows] += own
                hessian[rows, j * d : (j + 1) * d] = mixed
        for teacher in teachers:
            hessian[rows, rows] -= plain_blocks(students[i], teacher)[0]
    return hessian


@pytest.mark.parametrize("k", [7, 20])
def test_time_per_certified_run(benchmark, rows, k):
    teachers = np.eye(k)
    starts = ts.xavier_students(N_RUNS[k], k, k, rng=np.random.default_rng(0))
    n_steps = float(np.mean(ts.descend(starts, teachers, hand_over=False).n_steps))
    descents, verdicts, ends = [], [], []

    def loop():
        for number in range(N_LOOP[k]):
            at = (number * N_RUNS[k] // N_LOOP[k] + len(ends)) % N_RUNS[k]
            seconds, (end, own_steps) = timed(plain_run, starts[at], teachers, 5 / k)
            descents.append(seconds / own_steps)
            ends.append((at, end))
            verdicts.append(timed(lambda point: np.linalg.eigvalsh(plain_hessian(point, teachers)), end)[0])

    ours = []

    def census():
        seconds, found = timed(lambda: ts.take_census(k, k, N_RUNS[k], rng=np.random.default_rng(0)))
        ours.append(seconds / N_RUNS[k])
        return found

    found = benchmark.pedantic(census, setup=loop, rounds=ROUNDS)
    np.testing.assert_array_equal(found.kind == "unconverged", False)
    for at, end in ends:
        np.testing.assert_allclose(found.search.students[at], end, atol=1e-5)
    seconds, verdict = statistics.median(ours), statistics.median(verdicts)
    descent = statistics.median(descents) * n_steps
    n_global, n_spurious = found.counts["global"], found.counts["spurious"]
    work = f"a certified run at k = n = {k} ({N_RUNS[k]} runs: {n_global} global, {n_spurious} spurious)"
    how = f"{n_steps:.0f} steps at {descent / n_steps * 1e6:.0f} us; same ends to 1e-5 in {len(ends)} runs"
    rows.append(
        Row(work, seconds, "plain loop, descent alone", descent, how, "10 times faster", descent >= 10 * seconds)
    )
    both = f"{how}; {verdict * 1e3:.0f} ms for the Hessian and its eigenvalues"
    rows.append(Row(work, seconds, "plain loop, descent and certificate", descent + verdict, both))


def test_hessian(benchmark, rows):
    k = 20
    students = ts.descend(ts.xavier_students(8, k, k, rng=np.random.default_rng(1)), np.eye(k), max_steps=400).students
    ours, theirs = [], []

    def others():
        theirs.append(timed(plain_hessian, students[len(theirs) % 8], np.eye(k)))

    benchmark.pedantic(
        lambda: ours.append(timed(lambda: [ts.population_hessian(one, np.eye(k)) for one in students])),
        setup=others,
        rounds=9,
        warmup_rounds=1,
    )
    np.testing.assert_allclose(ours[0][1][1], theirs[1][1], atol=1e-10)
    seconds, loop = statistics.median(t for t, _ in ours) / 8, statistics.median(t for t, _ in theirs)
    how = "loop over pairs of neurons, same matrix to 1e-10"
    rows.append(Row("Hessian at k = n = 20", seconds, "plain loop", loop, how, "10 times faster", loop >= 10 * seconds))


@pytest.mark.parametrize(("k", "n_runs"), [(7, 256), (20, 48)])
def test_one_batched_gradient(benchmark, rows, k, n_runs):
    students = ts.xavier_students(n_runs, k, k, rng=np.random.default_rng(2))
    step = DescentStep(n_runs, k, np.eye(k))
    units = students / np.linalg.norm(students, axis=2, keepdims=True)
    product, angles = np.empty((n_runs, k, k)), np.empty((n_runs, k, k))
    turned = np.ascontiguousarray(-units).swapaxes(1, 2)
    ours, floors, cosines = [], [], np.clip(units @ turned, -1, 1)

    def floor():
        """Both matrix products and the arc cosines, of students with students and with teachers."""
        np.matmul(units, turned, out=product)
        np.arccos(cosines, out=angles)
        np.arccos(units, out=angles)
        np.matmul(angles, students, out=product)

    def many(function, *args):
        return timed(lambda: [function(*args) for _ in range(50)])[0] / 50

    benchmark.pedantic(
        lambda: ours.append(many(step.scaled_gradient, students)),
        setup=lambda: floors.append(many(floor)),
        rounds=15,
        warmup_rounds=1,
    )
    np.testing.assert_allclose(
        step.scaled_gradient(students) / (2 * np.pi), ts.population_gradient(students, np.eye(k)), atol=1e-13
    )
    seconds, bare = statistics.median(ours), statistics.median(floors)
    work = f"gradient of {n_runs} runs at k = n = {k}"
    how = "two products of matrices and 2 k^2 arc cosines a run; not counted: k^2 square roots twice, and all scaling"
    rows.append(
        Row(work, seconds, "its matrix products and arc cosines", bare, how, "at most 1.5", seconds <= 1.5 * bare)
    )
