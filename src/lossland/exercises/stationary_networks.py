"""Checkers of chapter 06, continued: the linear special case, where the pyramidal theorem applies, a saddle to build.

The saddle is judged by the gradients that it must annihilate, block by block, so that each forgotten condition has its
own message.
"""

from __future__ import annotations

from functools import reduce
from itertools import pairwise

import numpy as np

from lossland.exercises.answers import Array
from lossland.exercises.checker import Mistake, checker
from lossland.exercises.functions import Function
from lossland.exercises.truth_table import TruthTable


def _product(weights, width):
    """``W_K ... W_1`` of a list ``[W_1, ..., W_K]``; the identity of the given width for an empty one."""
    return reduce(lambda behind, weight: weight @ behind, weights, np.eye(width))


def _linear_gradient(weights, k, regression, second_moment):
    delta = _product(weights, weights[0].shape[1]) - regression
    behind = _product(weights[k:], weights[k - 1].shape[0])
    before = _product(weights[: k - 1], weights[0].shape[1])
    return behind.T @ delta @ second_moment @ before.T


def _linear_cases(rng):
    cases = []
    for widths in ((3, 4, 2, 3), (2, 3, 3, 2), (3, 5, 3)):
        weights = [rng.standard_normal((b, a)) for a, b in pairwise(widths)]
        factor = rng.standard_normal((widths[0], widths[0]))
        regression = rng.standard_normal((widths[-1], widths[0]))
        cases += [(weights, k, regression, factor @ factor.T) for k in range(1, len(weights) + 1)]
    return cases


def _sigma_in_front(weights, k, regression, second_moment):
    delta = _product(weights, weights[0].shape[1]) - regression
    behind = _product(weights[k:], weights[k - 1].shape[0])
    before = _product(weights[: k - 1], weights[0].shape[1])
    return behind.T @ second_moment @ delta @ before.T


@checker(
    Function(_linear_cases, returns=Array(rtol=1e-8, atol=1e-8)),
    reference=_linear_gradient,
    mistakes=[
        Mistake(
            "transposed",
            lambda weights, k, r, s: _linear_gradient(weights, k, r, s).T,
            "This is the transpose. The gradient in W_k has the shape of W_k: row i belongs to the neuron that "
            "receives.",
        ),
        Mistake(
            "second_moment_on_the_wrong_side",
            _sigma_in_front,
            "Your second moment Σ stands in front of W_K⋯W_1 - R. It comes from the inputs, the mean of x xᵀ, and "
            "stays on the side of the input: (W_K⋯W_1 - R) Σ.",
        ),
        Mistake(
            "second_moment_forgotten",
            lambda weights, k, r, s: _linear_gradient(weights, k, r, np.eye(len(s))),
            "The second moment Σ is missing: you assume white inputs.",
        ),
        Mistake(
            "wrong_sign",
            lambda weights, k, r, s: -_linear_gradient(weights, k, r, s),
            "The sign is that of R - W_K⋯W_1: a direction of descent, not the gradient.",
        ),
        Mistake(
            "factor_two",
            lambda weights, k, r, s: 2 * _linear_gradient(weights, k, r, s),
            "Twice too large: the loss carries a factor 1/2.",
        ),
        Mistake(
            "network_instead_of_error",
            lambda weights, k, r, s: _linear_gradient(weights, k, 0 * r, s),
            "You propagate the output back, not the error: R does not enter your answer.",
        ),
    ],
    success="With F' = 1 the nonlinear formula is the linear one: errors come from behind, signals from the front.",
    hints=(
        "For the identity F'_k = 1 and F_{k-1} = W_{k-1}⋯W_1 x.",
        "Write (v)_i (u)_j as the matrix v uᵀ, with v = W_{k+1}ᵀ⋯W_Kᵀ(f̃ - f) and u = F_{k-1}.",
        "Only x is averaged: the mean of (f̃ - f) xᵀ is (W_K⋯W_1 - R) Σ.",
    ),
)
def check_linear_special_case(answer):
    """Check ``answer(weights, k, regression, second_moment)``, the gradient of a linear network in its layer k."""


_THEOREM = TruthTable(
    {
        "first weight matrix has rank one": "applies",
        "first layer is wider than the input": "applies",
        "W_2 has full rank only together with its bias column": "does not apply",
        "one sample more than d_0 + 1": "does not apply",
        "all activations are ReLU": "does not apply",
        "all activations are tanh": "applies",
    },
    judgments=("applies", "does not apply"),
)
SITUATIONS = _THEOREM.statements


@checker(
    _THEOREM.kind,
    reference=_THEOREM.reference,
    mistakes=[
        _THEOREM.everywhere(
            "applies",
            "always",
            "Then the theorem would have no hypotheses. At least one of these networks has a stationary point with "
            "positive loss.",
        ),
        _THEOREM.everywhere(
            "does not apply",
            "never",
            "Look at the proof again: which matrices does it invert, and what does it ask of the activation?",
        ),
        _THEOREM.at(
            SITUATIONS[2],
            "bias_column_counts",
            "The bias column of W_2 takes no part in the product W_2ᵀ⋯W_Kᵀ: a bias is not multiplied by anything that "
            "layer 1 could change. The rank of the block without it decides.",
        ),
        _THEOREM.at(
            SITUATIONS[0],
            "first_rank_needed",
            "W_1 does not occur in W_2ᵀ⋯W_Kᵀ. The gradient is taken in it; it may have any rank, even zero.",
        ),
        _THEOREM.at(
            SITUATIONS[1],
            "input_width_counts",
            "Widths must not increase *behind* the first hidden layer; nothing compares d_1 with d_0.",
        ),
        _THEOREM.at(
            SITUATIONS[3],
            "too_many_samples",
            "The extended inputs (x, 1) live in d_0 + 1 dimensions: more of them than that are linearly dependent.",
        ),
        _THEOREM.at(
            SITUATIONS[4],
            "slope_may_vanish",
            "The ReLU has slope zero on one side: with all neurons dead the gradient in layer 1 vanishes, whatever "
            "the loss.",
        ),
        _THEOREM.at(
            SITUATIONS[5],
            "saturation_feared",
            "tanh has a positive slope everywhere. Saturation makes the bound small, never zero.",
        ),
    ],
    success="Three hypotheses, and each has its place in one line of the proof.",
    hints=(
        "Write Z = F'_1 W_2ᵀ F'_2 W_3ᵀ ⋯ W_Kᵀ r. Which matrices occur?",
        "Z = 0 must imply r = 0: each factor has to be injective.",
        "And Σ_n x̃_n Z_n = 0 must imply Z = 0: how many x̃_n can be independent?",
    ),
)
def check_hypotheses_of_the_theorem(answer):
    """Check for each situation whether the (corrected) theorem of Gori and Tesi applies."""


def _hidden_cases(rng):
    return [(rng.uniform(0.2, 2.0, (n, 2)),) for n in (4, 5, 7)]


_HIDDEN = _hidden_cases(np.random.default_rng(3))


def _outputs(hidden):
    return np.stack([hidden[:, 0], np.ones(len(hidden))], axis=1)


def _kernel(columns):
    """A unit vector orthogonal to the columns."""
    return np.linalg.svd(columns, full_matrices=True)[0][:, -1]


def _targets(second, first=0.0):
    """Targets whose residuals are what the two functions of ``hidden`` return."""

    def answer(hidden):
        residual = np.zeros((len(hidden), 2))
        residual[:, 1] = second(hidden)
        residual[:, 0] = first if isinstance(first, float) else first(hidden)
        return _outputs(hidden) - residual

    return answer


def _right_residual(hidden):
    return _kernel(np.column_stack([np.ones(len(hidden)), hidden]))


def _blocks(answer):
    """Largest entries over the cases: first residual, gradients in h_2 and in both columns of W_2, and least loss."""
    found = []
    for (hidden,) in _HIDDEN:
        targets = answer(hidden)
        if targets.shape != (len(hidden), 2):
            return None
        residual = _outputs(hidden) - targets
        size = max(float(np.abs(residual).max()), 1e-300)
        parts = (residual[:, 0] / size, residual.mean(0) / size, *(residual[:, 1] * h / size for h in hidden.T))
        first, bias = float(np.abs(parts[0]).max()), float(np.abs(parts[1]).max())
        found.append((first, bias, *(abs(float(part.mean())) for part in parts[2:]), float((residual**2).mean())))
    first, bias, used, unused, loss = np.array(found).T
    return first.max(), bias.max(), used.max(), unused.max(), loss.min()


def _trace(test):
    def detect(answer):
        blocks = _blocks(answer)
        return blocks is not None and bool(test(*blocks))

    return detect


_ZERO = 1e-9


@checker(
    Function(_hidden_cases, returns=Array(shape=(None, 2))),
    reference=_targets(_right_residual),
    unique=False,
    mistakes=[
        Mistake(
            "zero_loss",
            _outputs,
            "These targets are what the network returns: the loss is zero, and the point is a global minimum. Wanted "
            "is a stationary point with positive loss.",
            detect=_trace(lambda _f, _b, _u, _n, loss: loss < 1e-12),
        ),
        Mistake(
            "first_output_misses",
            _targets(_right_residual, first=_right_residual),
            "The first output misses its targets. It feeds back into layer 1 through W_2 = diag(1, 0), and the "
            "samples are affinely independent, so the gradient in W_1 is not zero. Only the second output may err.",
            detect=_trace(lambda first, _b, _u, _n, _l: first > _ZERO),
        ),
        Mistake(
            "bias_gradient",
            _targets(lambda hidden: _kernel(hidden)),
            "The gradient in the bias of layer 2 is the mean residual, and yours is not zero.",
            detect=_trace(lambda _f, bias, used, unused, _l: bias > _ZERO and max(used, unused) < _ZERO),
        ),
        Mistake(
            "only_the_mean",
            _targets(lambda hidden: np.arange(len(hidden)) - (len(hidden) - 1) / 2),
            "The residuals have mean zero, but they are correlated with the hidden neurons: the gradient in W_2 is "
            "not zero.",
            detect=_trace(lambda _f, bias, used, _n, _l: bias < _ZERO < used),
        ),
        Mistake(
            "unused_neuron_forgotten",
            _targets(lambda hidden: _kernel(np.column_stack([np.ones(len(hidden)), hidden[:, 0]]))),
            "The gradient in the second column of W_2 is not zero. That column is zero, but its gradient sees the "
            "second hidden neuron all the same.",
            detect=_trace(lambda _f, bias, used, unused, _l: max(bias, used) < _ZERO < unused),
        ),
    ],
    success="A stationary point with positive loss, although (W_2 | h_2) has full rank: the block without the bias "
    "counts.",
    hints=(
        "Start from residuals, not from targets: targets = outputs - residuals.",
        "Through W_2 = diag(1, 0) only the first residual reaches layer 1. So it must vanish at every sample.",
        "The second residuals must be orthogonal to three vectors: to 1, and to both columns of `hidden`.",
    ),
)
def check_stationary_targets(answer):
    """Check ``answer(hidden)``: targets (N, 2) for which the network with W_2 = diag(1, 0) is stationary, L > 0."""
    blocks = _blocks(answer)
    if blocks is None:
        return "`my_targets` returns one row of two targets for each sample, an array of shape (N, 2)."
    if max(blocks[:4]) > _ZERO:
        return "The gradient is not zero: look at W_1, W_2 and the bias of layer 2 one after the other."
    return None
