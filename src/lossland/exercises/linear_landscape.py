"""Checkers of chapter 08: gradient of a linear network, zero layers, and what the theorem rests on."""

from __future__ import annotations

import numpy as np

from lossland.exercises.answers import Array, Choice, Record
from lossland.exercises.checker import Mistake, checker
from lossland.exercises.functions import Function
from lossland.linear_networks import quadratic_loss, weight_gradient


def _gradient(weights, k, target, second_moment):
    return weight_gradient(weights, quadratic_loss(target, second_moment))[k - 1]


def _gradient_cases(rng):
    cases = []
    for widths, k in (((1, 1, 1), 1), ((2, 2, 2), 1), ((3, 5, 4, 2), 2), ((3, 5, 4, 2), 1), ((3, 5, 4, 2), 3),
                      ((3, 3, 3, 3), 2), ((4, 2), 1), ((2, 3, 2, 3, 2), 3)):  # fmt: skip
        weights = [rng.normal(size=shape) for shape in zip(widths[1:], widths[:-1], strict=True)]
        sample = rng.normal(size=(3 * widths[0], widths[0])) + 0.5
        cases.append((weights, k, rng.normal(size=(widths[-1], widths[0])), sample.T @ sample / len(sample)))
    return cases


def _product(weights, size):
    result = np.eye(size)
    for layer in weights:
        result = layer @ result
    return result


def _assembled(weights, k, delta_sigma):
    above = _product(weights[k:], weights[k - 1].shape[0])
    below = _product(weights[: k - 1], weights[0].shape[1])
    return above.T @ delta_sigma @ below.T


def _delta(weights, target):
    return _product(weights, weights[0].shape[1]) - target


def _untransposed(weights, k, target, second_moment):
    right = _gradient(weights, k, target, second_moment)
    above, below = weights[k:], weights[: k - 1]
    if {n for layer in weights for n in layer.shape} != {len(target)}:
        return right
    signal = _delta(weights, target) @ second_moment
    return _product(above, len(target)) @ signal @ _product(below, len(target))


def _sigma_on_the_left(weights, k, target, second_moment):
    if len(target) != len(second_moment):
        return _gradient(weights, k, target, second_moment)
    return _assembled(weights, k, second_moment @ _delta(weights, target))


@checker(
    Function(_gradient_cases, returns=Array(rtol=1e-6, atol=1e-8)),
    reference=_gradient,
    mistakes=[
        Mistake(
            "no_second_moment",
            lambda w, k, r, s: _assembled(w, k, _delta(w, r)),  # noqa: ARG005
            "Your gradient does not know the inputs: the second-moment matrix Σ is missing.",
        ),
        Mistake(
            "target_forgotten",
            lambda w, k, r, s: _assembled(w, k, (_delta(w, r) + r) @ s),
            "Your gradient vanishes at the map 0 instead of at R: Δ is the map minus the target.",
        ),
        Mistake(
            "wrong_sign",
            lambda w, k, r, s: -_gradient(w, k, r, s),
            "That is the direction of descent, minus the gradient.",
        ),
        Mistake(
            "twice",
            lambda w, k, r, s: 2 * _gradient(w, k, r, s),
            "Twice too large: the loss has a factor 1/2, and its derivative has none.",
        ),
        Mistake(
            "transposed",
            lambda w, k, r, s: _gradient(w, k, r, s).T,
            "Your matrix is the transposed gradient: entry (m, n) has to belong to entry (m, n) of the layer.",
        ),
        Mistake(
            "counted_from_zero",
            lambda w, k, r, s: _gradient(w, k % len(w) + 1, r, s),
            "This is the gradient of the next layer: layers are counted from 1, lists from 0.",
        ),
        Mistake(
            "without_transposes",
            _untransposed,
            "The layers around Δ Σ have to be transposed: errors go back through the adjoint of what came forward.",
            detect=lambda answer: _fails_only_where_square(answer, _untransposed),
        ),
        Mistake(
            "sigma_on_the_left",
            _sigma_on_the_left,
            "Σ stands on the wrong side: it is a matrix of the input space, so it meets Δ from the right.",
            detect=lambda answer: _fails_only_where_square(answer, _sigma_on_the_left),
        ),
    ],
    success="Products of the layers above and below, transposed, with the error between them.",
    hints=(
        "Along V in layer k the map moves by W_K ... W_{k+1} V W_{k-1} ... W_1.",
        "tr((A V B) M) = <(B M A)ᵀ, V>: what stands beside V, transposed, is the gradient.",
        "For k = 1 and k = K one of the two products is empty: start it with the identity.",
    ),
)
def check_linear_gradient(answer):
    """Check ``answer(weights, k, target, second_moment)``, the gradient of the quadratic loss in layer k of 1 to K."""


def _fails_only_where_square(answer, wrong):
    rng = np.random.default_rng(3)
    weights, target = [rng.normal(size=(3, 3)) for _ in range(3)], rng.normal(size=(3, 3))
    moment = np.diag([0.5, 1.0, 2.0]) + 0.2
    found = answer(weights, 2, target, moment)
    return found.shape == (3, 3) and np.allclose(found, wrong(weights, 2, target, moment), rtol=1e-6)


_KINDS = ("not critical", "strict saddle", "degenerate saddle", "minimum")


def _kind(n_layers, n_zero):  # noqa: ARG001
    return "not critical" if n_zero < 2 else "strict saddle" if n_zero == 2 else "degenerate saddle"


@checker(
    Function([(2, 0), (2, 1), (2, 2), (3, 1), (3, 2), (3, 3), (4, 2), (4, 3), (5, 2), (5, 5)], returns=Choice(_KINDS)),
    reference=_kind,
    mistakes=[
        Mistake(
            "one_is_enough",
            lambda _k, n: "not critical" if n == 0 else "strict saddle" if n < 3 else "degenerate saddle",
            "One zero layer makes all other gradients vanish, but not its own, in which it does not occur.",
            detect=lambda answer: answer(3, 1) != "not critical" and answer(3, 2) != "not critical",
        ),
        Mistake(
            "all_must_be_zero",
            lambda k, n: "not critical" if n < k else "strict saddle" if k == 2 else "degenerate saddle",
            "Two zero layers are enough: each gradient is a product of all layers but one, so one zero is left in it.",
            detect=lambda answer: answer(3, 2) == answer(5, 2) == "not critical",
        ),
        Mistake(
            "called_a_minimum",
            lambda _k, n: "not critical" if n < 2 else "minimum",
            "Stationary does not mean minimal. Move the zero layers together, so that the product follows R: the loss "
            "falls.",
            detect=lambda answer: "minimum" in (answer(2, 2), answer(3, 3), answer(5, 5)),
        ),
        Mistake(
            "decided_by_depth",
            lambda k, n: "not critical" if n < 2 else "strict saddle" if k == 2 else "degenerate saddle",
            "The depth alone does not decide: in a deep network with exactly two zero layers the others carry the "
            "second-order term through.",
        ),
        Mistake(
            "always_strict",
            lambda _k, n: "not critical" if n < 2 else "strict saddle",
            "With three zero layers every second derivative contains a zero layer: the Hessian vanishes.",
        ),
        Mistake(
            "never_strict",
            lambda _k, n: "not critical" if n < 2 else "degenerate saddle",
            "For w_1 w_2 at the origin the Hessian has the eigenvalues ±r: a negative one is there.",
        ),
    ],
    success="m zero layers: the loss feels nothing below order m. That is why deep networks leave the origin slowly.",
    hints=(
        "How many factors of the product have to move before the product does?",
        "With m zero layers the loss changes in order m for the first time. Which orders does a gradient see, which a "
        "Hessian?",
    ),
)
def check_zero_layers(answer):
    """Check ``answer(n_layers, n_zero)``, the kind of point with so many zero layers and generic others."""


_PROPERTIES = ("differentiability and widths", "convexity", "strict convexity", "local surjectivity", "nothing more")
_STEPS = {
    "a local minimum of the layers has a stationary map": _PROPERTIES[0],
    "a stationary map is a minimum over all maps": _PROPERTIES[1],
    "a minimum over all maps is one over all layers": _PROPERTIES[4],
}
_FIRST, _SECOND, _THIRD = _STEPS


@checker(
    Record({step: Choice(_PROPERTIES) for step in _STEPS}),
    reference=_STEPS,
    mistakes=[
        Mistake(
            "product_is_open",
            {**_STEPS, _FIRST: "local surjectivity"},
            "The product of the layers is not locally onto: at diag(1, 0), diag(0, 1) its derivative has rank 3 of 4. "
            "That is why the lemma claims no more than stationarity.",
            detect=lambda answer: "local surjectivity" in answer.values(),
        ),
        Mistake(
            "strictly_convex",
            {**_STEPS, _SECOND: "strict convexity"},
            "Strictness gives uniqueness of the map, which nobody claims. The theorem covers a singular Σ, too.",
            detect=lambda answer: "strict convexity" in answer.values(),
        ),
        Mistake(
            "convexity_in_the_lemma",
            {**_STEPS, _FIRST: "convexity"},
            "The lemma holds for losses that are not convex: 1 + cos 2A has many bad minima, all with stationary maps.",
            detect=lambda answer: answer[_FIRST] == "convexity",
        ),
        Mistake(
            "stationary_is_minimal",
            {**_STEPS, _SECOND: "nothing more"},
            "A stationary map can be anything, a maximum even, if nothing is known of the curvature of g.",
            detect=lambda answer: answer[_SECOND] != "convexity",
        ),
        Mistake(
            "last_step_needs_something",
            {**_STEPS, _THIRD: "convexity"},
            "Whatever layers you take, their product is some map, and no map is better. That is all of the last step.",
            detect=lambda answer: answer[_THIRD] != "nothing more",
        ),
    ],
    success="The lemma uses the widths and a derivative, one inequality uses convexity, and the rest is a definition.",
    hints=(
        "The lemma is stated for any g in C¹.",
        "For convex differentiable g: g(A) >= g(Â) + <∇g(Â), A - Â>.",
        "Compare the two sets over which the minima are taken.",
    ),
)
def check_lemma_steps(answer):
    """Check which property each of three steps from the lemma to the theorem uses."""


def _well(a):
    return (a**2 - 1) ** 2 + a / 2


def _well_slope(a):
    return 4 * a * (a**2 - 1) + 0.5


_CRITICAL = np.sort(np.roots([4.0, 0.0, -4.0, 0.5]).real)  # global minimum, maximum, bad minimum


def _sits_at(value):
    return lambda answer: abs(answer[0] * answer[1] - value) < 1e-4


@checker(
    Array(shape=(2,)),
    reference=np.array([_CRITICAL[2], 1.0]),
    unique=False,
    mistakes=[
        Mistake(
            "the_global_minimum",
            np.array([_CRITICAL[0], 1.0]),
            "A local minimum, yes, but the lowest there is: try the other well.",
            detect=_sits_at(_CRITICAL[0]),
        ),
        Mistake(
            "the_maximum_of_g",
            np.array([_CRITICAL[1], 1.0]),
            "Here g has its local maximum: the point is stationary, and every change of the product leads down.",
            detect=_sits_at(_CRITICAL[1]),
        ),
        Mistake(
            "the_origin",
            np.array([0.0, 0.0]),
            "At the origin the gradient vanishes for any g, but g'(0) = 1/2 makes it a saddle: raise one weight, lower "
            "the other.",
            detect=lambda answer: np.abs(answer).max() < 1e-6,
        ),
        Mistake(
            "well_without_tilt",
            np.array([1.0, 1.0]),
            "You forgot the tilt a/2: it moves the bottom of the upper well away from a = 1.",
            detect=_sits_at(1.0),
        ),
        Mistake(
            "the_value_for_the_place",
            np.array([_well(_CRITICAL[2]), 1.0]),
            "The product of your weights is the value of g at its upper minimum; it should be the place of it.",
            detect=_sits_at(_well(_CRITICAL[2])),
        ),
    ],
    success="A bad local minimum: its map is stationary, as the lemma says, and that is not enough without convexity.",
    hints=(
        "The lemma: at a local minimum the product is stationary for g. So first find the zeros of g'.",
        "`np.roots([4, 0, -4, 0.5])`: one zero is the global minimum, one a maximum.",
        "Any two weights with that product will do.",
    ),
)
def check_nonconvex_minimum(answer):
    """Check two weights: a local minimum of g(w_2 w_1), g(a) = (a^2 - 1)^2 + a/2, that is not global."""
    product, size = answer[0] * answer[1], np.linalg.norm(answer)
    if abs(_well_slope(product)) * size > 1e-4:
        return (
            "The gradient of L = g(w_2 w_1) is not zero there: it is g'(w_2 w_1) times the other weight. A root of g' "
            "that was rounded needs at least four digits."
        )
    return None
