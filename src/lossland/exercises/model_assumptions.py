"""Checkers of chapter 03 on the assumptions: measure three of them, test independence, say when each one fails.

Networks are tuples of NumPy matrices ``(d_k, d_{k-1})`` without biases; inputs are (m, d_0), labels -1 and 1.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from scipy import special

from lossland.exercises.answers import Array, Choice, Number, Record
from lossland.exercises.checker import Mistake, checker
from lossland.exercises.functions import Function

_M, _N_NULL, _N_PERMUTATIONS = 40, 30, 200


def _run(weights, inputs):
    """Outputs (m,), and the activities (m, paths) of all hidden paths."""
    signal, paths = inputs, np.ones((len(inputs), 1))
    for weight in weights[:-1]:
        signal = np.maximum(0.0, signal @ weight.T)
        paths = (paths[:, :, None] * (signal > 0)[:, None, :]).reshape(len(inputs), -1)
    return (signal @ weights[-1].T)[:, 0], paths


def _spread(paths):
    return _spread_of(paths.mean(axis=0))


def _effective_number(table):
    covariance = np.cov(table.T)
    return np.trace(covariance) ** 2 / (covariance**2).sum()


def _violations(weights, inputs, labels):
    outputs, paths = _run(weights, inputs)
    margins = labels * outputs
    active = (margins < 1).astype(float)
    correlation = np.corrcoef(active, margins)[0, 1]
    return np.array([correlation, _spread(active[:, None] * paths), _effective_number(labels[:, None] * inputs)])


def _with(entry, value):
    """A wrong answer: right but for one entry, which ``value(weights, inputs, labels)`` gives."""

    def answer(weights, inputs, labels):
        found = _violations(weights, inputs, labels)
        found[entry] = value(weights, inputs, labels)
        return found

    return answer


def _margin_correlation(weights, inputs, labels, *, inverted=False, margins=True):
    outputs = _run(weights, inputs)[0]
    active = (labels * outputs < 1) != inverted
    return np.corrcoef(active, labels * outputs if margins else outputs)[0, 1]


def _network_data(rng, widths, n_samples):
    """A random network whose output is scaled to the size of the hinge, inputs with a mean, labels that know them."""
    weights = [rng.normal(size=(b, a)) / np.sqrt(a / 2) for a, b in pairwise(widths)]
    inputs = rng.normal(size=(n_samples, widths[0])) @ rng.normal(size=(widths[0],) * 2) + rng.normal(size=widths[0])
    labels = np.where(inputs[:, 0] + rng.normal(size=n_samples) > inputs[:, 0].mean(), 1.0, -1.0)
    outputs = _run(weights, inputs)[0]
    weights[-1] = weights[-1] * 1.5 / max(float(outputs.std()), 1e-3)
    return tuple(weights), inputs, labels


def _violation_cases(rng):
    return [_network_data(rng, widths, 60) for widths in ((3, 4, 1), (4, 6, 5, 1), (5, 6, 6, 1), (4, 5, 4, 5, 1))]


@checker(
    Function(_violation_cases, returns=Array(rtol=1e-3, atol=1e-6)),
    reference=_violations,
    mistakes=[
        Mistake(
            "indicator_inverted",
            _with(0, lambda *case: _margin_correlation(*case, inverted=True)),
            "Your M marks the samples beyond the margin. M = 1 where the loss is *not* zero, y ŷ < 1, so its "
            "correlation with the margin is negative.",
        ),
        Mistake(
            "output_for_margin",
            _with(0, lambda *case: _margin_correlation(*case, margins=False)),
            "You correlate M with the output ŷ. It is the margin y ŷ that M is supposed not to see.",
        ),
        Mistake(
            "m_forgotten",
            _with(1, lambda weights, inputs, _labels: _spread(_run(weights, inputs)[1])),
            "Your spread is that of the activities a. A1p speaks of b = M a: samples without loss close all paths.",
        ),
        Mistake(
            "not_relative",
            _with(1, lambda w, x, y: _violations(w, x, y)[1] * (_active(w, x, y)[:, None] * _run(w, x)[1]).mean()),
            "Your spread is not divided by the mean ρ, so it shrinks when fewer paths are open.",
        ),
        Mistake(
            "sample_standard_deviation",
            _with(1, lambda w, x, y: _spread_of(_frequencies(w, x, y), ddof=1)),
            "You divide the squares by the number of paths minus one, as for a sample (it is the default of torch). "
            "Here *all* hidden paths are at hand: divide by their number, `ddof=0`.",
        ),
        Mistake(
            "spread_of_the_coins",
            _with(1, lambda w, x, y: _spread_of((_active(w, x, y)[:, None] * _run(w, x)[1]).ravel())),
            "Your standard deviation is that of b itself, over samples and paths, and a coin scatters even if all "
            "paths are alike. First average over the samples; the spread is that of the frequencies.",
        ),
        Mistake(
            "spread_over_samples",
            _with(1, lambda w, x, y: _spread((_active(w, x, y)[:, None] * _run(w, x)[1]).T)),
            "You compare samples: how many paths each one opens. A1p compares *paths*: how many samples open each.",
        ),
        Mistake(
            "inputs_for_couplings",
            _with(2, lambda _w, inputs, _y: _effective_number(inputs)),
            "You take the covariance of the inputs x. The couplings are z = y x, one sign for all entries of a sample.",
        ),
        Mistake(
            "not_centered",
            _with(2, lambda _w, inputs, _y: _second_moment_number(inputs)),
            "You leave the means in: the effective number belongs to the *covariance* of z.",
        ),
    ],
    success="Three numbers that would be 0, 0 and Ψ if the model held.",
    hints=(
        "M is `(labels * outputs < 1)`; write out all paths as products of 0 and 1, layer by layer.",
        "b is (m, paths): its mean over the samples is ρ_j, and you need standard deviation over mean over j.",
        "Covariance C of z: `np.cov`. The effective number is (tr C)² / Σ C².",
    ),
)
def check_violations(answer):
    """Check ``answer(weights, inputs, labels)``: correlation of M and margin, spread of rho_j, number of z."""


def _frequencies(weights, inputs, labels):
    """The frequency of b_j = 1 for each hidden path."""
    return (_active(weights, inputs, labels)[:, None] * _run(weights, inputs)[1]).mean(axis=0)


def _spread_of(values, *, ddof=0):
    return values.std(ddof=ddof) / values.mean()


def _active(weights, inputs, labels):
    return (labels * _run(weights, inputs)[0] < 1).astype(float)


def _second_moment_number(inputs):
    moment = inputs.T @ inputs
    return np.trace(moment) ** 2 / (moment**2).sum()


_WHEN = Choice(("layers or data", "random weights", "training", "survives"))


def _failures(m="random weights", a1p="random weights", a2p="layers or data", a3p="survives", a4p="layers or data",
              a6u="layers or data"):  # fmt: skip
    return {"M": m, "A1p": a1p, "A2p": a2p, "A3p": a3p, "A4p": a4p, "A6u": a6u}


@checker(
    Record(dict.fromkeys(_failures(), _WHEN)),
    reference=_failures(),
    mistakes=[
        Mistake(
            "training_blamed",
            _failures(m="training", a1p="training"),
            "M and A1p are off by as much before the first step as later: look at step 0 of your measurement. Training "
            "changes their constants, ρ' and ρ, not the failure.",
        ),
        Mistake(
            "m_is_a_coin",
            _failures(m="training"),
            "Before training, too, M is 1 exactly for the samples with small margin: at random weights the correlation "
            "is about -0.6.",
        ),
        Mistake(
            "paths_alike",
            _failures(a1p="survives"),
            "Averaged over random *weights* every path is open equally often. For one network, over the data, "
            "some paths are open always and some never.",
        ),
        Mistake(
            "paths_blamed_on_training",
            _failures(a1p="training"),
            "Before training, too, paths are unequal: look at step 0, where the spread over the digits is about 0.95.",
        ),
        Mistake(
            "pixels_need_weights",
            _failures(a2p="random weights"),
            "A2p speaks of z = y x, labels and pixels: its means and its shape are known before there is a weight.",
            detect=lambda answer: answer["A2p"] in ("random weights", "training"),
        ),
        Mistake(
            "pixels_are_gaussian",
            _failures(a2p="survives"),
            "The pixels of the digits have means that know the label, and a corner pixel is nearly always blank: "
            "compute the mean of z_i, and compare its law with a normal one.",
            detect=lambda answer: answer["A2p"] == "survives",
        ),
        Mistake(
            "tuples_need_weights",
            _failures(a4p="random weights"),
            "A4p asks which weights can follow each other on a path. The widths alone answer that: the last layer has "
            "16 weights, so at most 16 of the 25 values can come last.",
            detect=lambda answer: answer["A4p"] in ("random weights", "training"),
        ),
        Mistake(
            "no_weights_needed",
            _failures(m="layers or data"),
            "M and A1p speak of margins and of switches. Without weights there are none, so layers and data alone "
            "cannot break them.",
            detect=lambda answer: "layers or data" in (answer["M"], answer["A1p"]),
        ),
        Mistake(
            "couplings_at_random",
            _failures(a6u="random weights"),
            "A6u does not ask for weights: 64 pixels cannot give 16,384 independent couplings, whatever the network.",
            detect=lambda answer: answer["A6u"] != "layers or data",
        ),
        Mistake(
            "redundancy_denied",
            _failures(a3p="random weights"),
            "A3p is the one that holds well: a network with 25 different weight values is nearly as accurate.",
        ),
        Mistake(
            "redundancy_denied_after_training",
            _failures(a3p="training"),
            "Check the accuracy of the trained network with 25 weight values: it loses a few percent at most.",
        ),
        Mistake(
            "tuples_complete",
            _failures(a4p="survives"),
            "That few unique weights suffice (A3p) does not put every tuple of them on a path: the last layer has 16 "
            "weights, so at most 16 of the 25 values can come last. Count the tuples.",
        ),
    ],
    success="Three fail before there is a network, two at random weights, one holds. Training moves the constants.",
    hints=(
        "Which of them can be judged from the widths and the data alone?",
        "Use your three numbers at step 0: is there anything left for training to break?",
    ),
)
def check_failures(answer):
    """Check when each assumption fails on the digits: before there are weights, at random ones, by training, never."""


def _largest(z, b):
    z, b = ((table - table.mean(axis=0)) / table.std(axis=0) for table in (z, b))
    return np.abs(z.T @ b).max() / len(z)


def _p_value(z, b, seed):
    rng = np.random.default_rng(seed)
    largest = _largest(z, b)
    null = [_largest(z, rng.permutation(b)) for _ in range(_N_PERMUTATIONS)]
    return (1 + sum(value >= largest for value in null)) / (1 + _N_PERMUTATIONS)


def _single_pair_p_value(z, b, _seed):
    return float(2 * special.ndtr(-_largest(z, b) * np.sqrt(len(z))))


def _one_sided(z, b, seed):
    rng = np.random.default_rng(seed)

    def highest(b):
        return (((z - z.mean(0)) / z.std(0)).T @ ((b - b.mean(0)) / b.std(0))).max()

    null = [highest(rng.permutation(b)) for _ in range(_N_PERMUTATIONS)]
    return (1 + sum(value >= highest(b) for value in null)) / (1 + _N_PERMUTATIONS)


def _columns_shuffled(z, b, seed):
    rng = np.random.default_rng(seed)
    null = [_largest(z, rng.permuted(b, axis=0)) for _ in range(_N_PERMUTATIONS)]
    return (1 + sum(value >= _largest(z, b) for value in null)) / (1 + _N_PERMUTATIONS)


def _tables(seed, *, strength=0.0, inside=0.7):
    """Correlated z (40, 6) and b (40, 6); with a strength, one pair depends on each other."""
    rng = np.random.default_rng(seed)
    z = rng.normal(size=(_M, 6)) + inside * rng.normal(size=(_M, 1))
    b = rng.normal(size=(_M, 6)) + inside * rng.normal(size=(_M, 1))
    b[:, 2] += strength * z[:, 4]
    return z, b, seed


def _null_p_values(answer):
    return np.array([answer(*_tables(seed)) for seed in range(_N_NULL)])


def _ignores_what_is_inside(answer):
    """Whether p-values are off for independent tables whose columns are nearly copies of each other."""
    p = np.array([answer(*_tables(seed, inside=20.0)) for seed in range(200, 220)])
    if p.mean() <= 0.66 and np.mean(p < 0.05) <= 0.3:
        return False
    usual = _null_p_values(answer)
    return 0.3 < usual.mean() < 0.7 and np.mean(usual < 0.05) <= 0.2


@checker(
    Function([_tables(100), _tables(101, strength=3.0)], returns=Number()),
    reference=_p_value,
    unique=False,
    time_limit=40.0,
    mistakes=[
        Mistake(
            "statistic_returned",
            lambda z, b, _seed: _largest(z, b),
            "You return the largest correlation itself. Asked is a p-value: how often shuffled data reach it.",
            detect=lambda answer: abs(answer(*_tables(7)) - _largest(*_tables(7)[:2])) < 1e-9,
        ),
        Mistake(
            "complement",
            lambda z, b, seed: 1 - _p_value(z, b, seed),
            "Your value grows with the dependence. The p-value is the share of shuffled data with a correlation at "
            "least as large, so dependence makes it small.",
            detect=lambda answer: answer(*_tables(3, strength=3.0)) > 0.9,
        ),
        Mistake(
            "never_shuffled_enough",
            lambda z, b, seed: max(0.0, _p_value(z, b, seed) - 1 / (1 + _N_PERMUTATIONS)),
            "You return 0. No finite number of shuffles shows a probability of zero: count the data themselves as one "
            "of the arrangements, (1 + number at least as large) / (1 + number of shuffles).",
            detect=lambda answer: answer(*_tables(3, strength=3.0)) == 0,
        ),
        Mistake(
            "no_correction",
            _single_pair_p_value,
            "Far too many independent data sets are called dependent. You judge the largest of 36 correlations as if "
            "it were the only one; compare it with the largest correlation of shuffled data.",
            detect=lambda answer: np.mean(_null_p_values(answer) < 0.05) > 0.25,
        ),
        Mistake(
            "correlations_inside_ignored",
            _columns_shuffled,
            "Right for tables whose columns have little to do with each other. With nearly equal columns your p-values "
            "are no longer uniform: shuffle whole rows, so that all that is inside a table stays as it is.",
            detect=_ignores_what_is_inside,
        ),
        Mistake(
            "one_sided",
            _one_sided,
            "A strong *negative* correlation escapes you: take absolute values before the maximum.",
            detect=lambda answer: answer(*_tables(5, strength=-3.0)) > 0.05 > answer(*_tables(5, strength=3.0)),
        ),
    ],
    success="Right on independent tables, whatever correlations they have inside, and it finds one pair among 36.",
    hints=(
        "Statistic: the largest |correlation| between a column of z and a column of b.",
        "Shuffle the *rows* of b, all columns together: that cuts the tie to z and keeps what is inside b.",
        "p = (1 + number of shuffles with a statistic at least as large) / (1 + number of shuffles); 200 will do.",
    ),
)
def check_independence_test(answer):
    """Check ``answer(z, b, seed)``, a p-value for independence of two tables with the same number of rows."""
    null = _null_p_values(answer)
    if any(abs(answer(*_tables(seed)) - null[seed]) > 1e-9 for seed in range(3)):
        return "Called twice with the same tables and the same seed, your function returns two numbers: use `seed`."
    if np.any((null <= 0) | (null > 1)):
        return f"A p-value lies in (0, 1]; for independent tables you return {null[(null <= 0) | (null > 1)][0]:.3g}."
    if np.sum(null < 0.05) > 6:
        return f"Of {_N_NULL} pairs of independent tables you reject {np.sum(null < 0.05)} at 5 %; expected are 1 or 2."
    if not 0.3 < null.mean() < 0.7:
        return f"For independent tables p-values should be uniform, with mean 1/2; yours have mean {null.mean():.2f}."
    for strength in (3.0, -3.0):
        if any(answer(*_tables(seed, strength=strength)) > 0.05 for seed in range(3)):
            return "You miss a pair of columns with a correlation of about 0.9 in size."
    return None
