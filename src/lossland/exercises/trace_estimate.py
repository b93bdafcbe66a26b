"""Checker of chapter 14: the trace from random vectors, with an error bar that can be believed."""

from __future__ import annotations

import numpy as np

from lossland.exercises.answers import Array
from lossland.exercises.checker import Mistake, checker
from lossland.exercises.functions import Function

_SIZE, _N_VECTORS, _N_REPEATS = 24, 16, 200


def _matrix():
    rng = np.random.default_rng(5)
    noise = rng.normal(size=(_SIZE, _SIZE))
    return noise + noise.T + 0.5  # all entries shifted: probes that are not centered show


def _products(matrix):
    def multiply(vector):
        return matrix @ vector

    return multiply


def _cases(rng):
    matrices = [np.diag([1.0, 2.0, 3.0]), _matrix()]
    return [(_products(matrix), len(matrix), 8, np.random.default_rng(int(rng.integers(99)))) for matrix in matrices]


def _signs(size, rng):
    return rng.choice([-1.0, 1.0], size)


def _samples(multiply, size, n_vectors, rng, draw):
    probes = [draw(size, rng) for _ in range(n_vectors)]
    return np.array([probe @ multiply(probe) for probe in probes])


def _with(summary=None, draw=_signs):
    summary = summary or (lambda x: (x.mean(), x.std(ddof=1) / np.sqrt(len(x))))
    return lambda multiply, size, n_vectors, rng: np.array(summary(_samples(multiply, size, n_vectors, rng, draw)))


def _own_seed(multiply, size, n_vectors, _rng):
    return _with()(multiply, size, n_vectors, np.random.default_rng(0))


def _one_probe(multiply, size, n_vectors, rng):
    return _with()(multiply, size, n_vectors, _Repeating(_signs(size, rng)))


def _generator_of_its_own(multiply, size, n_vectors, _rng):
    return _with()(multiply, size, n_vectors, np.random.default_rng())


class _Repeating:
    """Draws the same vector every time."""

    def __init__(self, vector):
        self.vector = vector

    def choice(self, *_args):
        return self.vector


def _column_by_column(multiply, size, _n_vectors, _rng):
    return np.array([sum(multiply(unit)[i] for i, unit in enumerate(np.eye(size))), 0.0])


def _repeats(answer, n_repeats=_N_REPEATS):
    """Estimates and error bars of independent repetitions, (n_repeats, 2); and the exact trace."""
    matrix = _matrix()
    multiply = _products(matrix)
    runs = [answer(multiply, _SIZE, _N_VECTORS, np.random.default_rng(seed)) for seed in range(n_repeats)]
    return np.array(runs), float(np.trace(matrix))


def _count(answer):
    """Number of products that the answer takes."""
    taken = []

    def multiply(vector):
        taken.append(np.shape(vector))
        return vector

    answer(multiply, _SIZE, 8, np.random.default_rng(0))
    return len(taken)


def _mean_on(matrix, answer):
    runs = [answer(_products(matrix), len(matrix), 100, np.random.default_rng(seed))[0] for seed in range(20)]
    return float(np.mean(runs))


def _ratio(answer):
    """Reported error bar over the scatter of the estimates."""
    runs, _ = _repeats(answer)
    return float(np.mean(runs[:, 1])) / max(float(runs[:, 0].std(ddof=1)), 1e-300)


def _is(value, low, high):
    return low < value < high


@checker(
    Function(_cases, returns=Array(shape=(2,))),
    reference=_with(),
    unique=False,
    mistakes=[
        Mistake(
            "column_by_column",
            _column_by_column,
            "You multiply with every unit vector: exact, and as expensive as the whole matrix. Use `n_vectors` random "
            "vectors.",
            detect=lambda answer: _count(answer) > 8 and np.ptp(_repeats(answer, 3)[0][:, 0]) < 1e-9,
        ),
        Mistake(
            "rng_ignored",
            _own_seed,
            "Two different generators give the same estimate: draw from `rng`, else the error bar means nothing.",
            detect=lambda answer: np.ptp(_repeats(answer, 4)[0][:, 0]) == 0,
        ),
        Mistake(
            "other_generator",
            _generator_of_its_own,
            "The same generator in the same state gives two different estimates: you draw from somewhere else. Use "
            "`rng`, so that a run can be repeated.",
            detect=lambda answer: not np.allclose(_repeats(answer, 1)[0], _repeats(answer, 1)[0], rtol=1e-9),
        ),
        Mistake(
            "one_probe_repeated",
            _one_probe,
            "All your vectors are the same one, so that their results do not scatter. Draw a new one for each product.",
            detect=lambda answer: np.max(np.abs(_repeats(answer, 4)[0][:, 1])) < 1e-9,
        ),
        Mistake(
            "unit_probes",
            _with(draw=lambda size, rng: rng.normal(size=size) / np.sqrt(size)),
            "Your estimate is about 1/n of the trace: the entries of a probe need the variance 1, its length is then "
            "about the root of n.",
            detect=lambda answer: _is(_mean_on(np.eye(20), answer), 0.5, 2.0),
        ),
        Mistake(
            "sum_instead_of_mean",
            _with(lambda x: (x.sum(), x.std(ddof=1) * np.sqrt(len(x)))),
            "You add up what the vectors give. Each of them estimates the trace already: take the mean.",
            detect=lambda answer: _mean_on(np.eye(20), answer) > 1000,
        ),
        Mistake(
            "probes_of_other_variance",
            _with(draw=lambda size, rng: rng.uniform(-1, 1, size)),
            "For the identity your estimate is not n: the entries of a probe need the variance 1, and uniform numbers "
            "between -1 and 1 have 1/3.",
            detect=lambda answer: not _is(_mean_on(np.eye(20), answer), 18.0, 22.0),
        ),
        Mistake(
            "probes_not_centered",
            _with(draw=lambda size, rng: rng.integers(0, 2, size) * np.sqrt(2)),
            "The entries of a probe need the mean 0. With yours, entries off the diagonal are counted, too.",
            detect=lambda answer: abs(_mean_on(np.ones((20, 20)) - np.eye(20), answer)) > 20,
        ),
        Mistake(
            "scatter_of_one_probe",
            _with(lambda x: (x.mean(), x.std(ddof=1))),
            "Your error bar is the scatter of single vectors. That of their mean is smaller by the root of their "
            "number.",
            detect=lambda answer: _is(_ratio(answer), 3.2, 4.8),
        ),
        Mistake(
            "divided_by_the_number",
            _with(lambda x: (x.mean(), x.std(ddof=1) / len(x))),
            "Errors of means fall with the root of the number of vectors, not with the number.",
            detect=lambda answer: _is(_ratio(answer), 0.2, 0.32),
        ),
    ],
    success="An estimate, and how far it may be off: with both one knows when to stop.",
    hints=(
        "For a random v with independent entries of mean 0 and variance 1 the mean of v·Av is the trace.",
        "`rng.choice([-1.0, 1.0], size)` draws such a vector. Collect `v @ multiply(v)` for all of them.",
        "Error bar: standard deviation of what was collected, over the root of the number.",
    ),
)
def check_trace_estimate(answer):
    """Check ``answer(multiply, size, n_vectors, rng)``: an estimate of the trace and its standard error."""
    runs, truth = _repeats(answer)
    scatter = float(runs[:, 0].std(ddof=1))
    offset = abs(float(runs[:, 0].mean()) - truth) / (scatter / np.sqrt(len(runs)))
    if offset > 5:
        return f"Over {len(runs)} repetitions your estimates are off by {offset:.0f} standard errors on average."
    if not 0.8 < _ratio(answer) < 1.25:
        return f"Your error bar is {_ratio(answer):.2g} times what your estimates scatter by."
    if _count(answer) > 8:
        return f"You take {_count(answer)} products where 8 were allowed."
    return None
