"""Checkers of chapter 13 on the shape of the equilibrium cloud: along which directions is it wide?"""

from __future__ import annotations

import numpy as np

from lossland import sgd
from lossland.exercises.answers import Array, Choice, Record
from lossland.exercises.checker import Mistake, checker
from lossland.exercises.functions import Function


def _widths(hessian, noise_covariance, learning_rate, *, small=False):
    values, vectors = np.linalg.eigh(hessian)
    along = np.einsum("ij,ik,kj->j", vectors, noise_covariance, vectors)
    loss = 2.0 if small else 2 - learning_rate * values
    return learning_rate * along / (values * loss)


def _sorted_noise(hessian, noise_covariance, learning_rate):
    values = np.linalg.eigvalsh(hessian)
    return learning_rate * np.linalg.eigvalsh(noise_covariance) / (values * (2 - learning_rate * values))


def _along_rows(hessian, noise_covariance, learning_rate, rows):
    values = np.linalg.eigvalsh(hessian)
    along = np.einsum("ij,jk,ik->i", rows, noise_covariance, rows)
    return learning_rate * along / (values * (2 - learning_rate * values))


def _coordinates(hessian, noise_covariance, learning_rate):
    return np.diag(sgd.stationary_covariance(hessian, noise_covariance, learning_rate))


def _matched(hessian, noise_covariance, learning_rate):
    values, vectors = np.linalg.eigh(hessian)
    return learning_rate * np.einsum("ij,ik,kj->j", vectors, noise_covariance, vectors) / 2 * np.ones_like(values)


def _width_cases(rng):
    cases = [(np.diag([0.1, 1.0]), np.eye(2), 0.1), (np.diag([1.0, 0.1]), np.diag([1.0, 0.1]), 0.1)]
    for n, power in ((3, 0), (3, 1), (4, 2), (4, None), (5, None)):
        frame, _ = np.linalg.qr(rng.standard_normal((n, n)))
        values = np.geomspace(0.05, 1.0, n)
        hessian = (frame * values) @ frame.T
        other = rng.standard_normal((n, n))
        noise = other @ other.T / n if power is None else (frame * values**power) @ frame.T
        cases.append(((hessian + hessian.T) / 2, (noise + noise.T) / 2, float(rng.uniform(0.2, 1.6))))
    return cases


@checker(
    Function(_width_cases, returns=Array(rtol=1e-6)),
    reference=_widths,
    mistakes=[
        Mistake(
            "eigenvalues_of_the_noise",
            _sorted_noise,
            "You pair the eigenvalues of both matrices by size. What counts is the variance of the noise ALONG each "
            "eigenvector of the Hessian, q' C q.",
        ),
        Mistake(
            "coordinates",
            _coordinates,
            "These are the variances along the coordinate axes. Asked for are those along the eigenvectors of the "
            "Hessian.",
        ),
        Mistake(
            "rows_for_eigenvectors",
            lambda h, c, rate: _along_rows(h, c, rate, np.linalg.eigh(h)[1]),
            "You project on the rows of the matrix of eigenvectors. `np.linalg.eigh` returns them as columns.",
        ),
        Mistake(
            "diagonal_of_the_noise",
            lambda h, c, rate: _along_rows(h, c, rate, np.eye(len(h))),
            "You pair the diagonal of C, the noise along the coordinate axes, with the eigenvalues of the Hessian. "
            "Take the noise along its eigenvectors, q' C q.",
        ),
        Mistake(
            "descending",
            lambda h, c, rate: _widths(h, c, rate)[::-1],
            "The order is reversed: the flattest direction comes first.",
        ),
        Mistake(
            "small_steps_only",
            lambda h, c, rate: _widths(h, c, rate, small=True),
            "The factor 2 - learning_rate * eigenvalue is 2 for small steps only.",
        ),
        Mistake(
            "printed_cancellation",
            _matched,
            "That is what Equations 24 and 25 give: the curvature has dropped out. It does so only where the noise "
            "itself is proportional to the curvature, and then it is in q' C q already.",
        ),
        Mistake(
            "roots",
            lambda h, c, rate: np.sqrt(_widths(h, c, rate)),
            "These are standard deviations. Asked for are variances.",
        ),
        Mistake(
            "isotropic_assumed",
            lambda h, c, rate: _widths(h, np.eye(len(h)) * np.trace(c) / len(h), rate),
            "You spread the noise evenly over all directions. A covariance matrix says how much there is along each.",
        ),
    ],
    success="The shape of the cloud is a matter of two matrices, and one of them is rarely the identity.",
    hints=(
        "Project: s_i² = q_i' C q_i, with q_i the eigenvectors of the Hessian from `np.linalg.eigh`.",
        "Each direction is an autoregression of its own: Var_i = learning_rate s_i² / (eigenvalue_i (2 - x_i)).",
    ),
)
def check_cloud_widths(answer):
    """Check ``answer(hessian, noise_covariance, learning_rate)``: variances along eigenvectors, flattest first."""


_SHAPES = ("round", "longest along flat directions", "longest along sharp directions")
_RIGHT = {
    "isotropic noise": _SHAPES[1],
    "noise covariance H": _SHAPES[0],
    "a shifting optimum": _SHAPES[2],
    "regression, right model": _SHAPES[0],
    "noise covariance H, decay added": _SHAPES[2],
}


@checker(
    Record({name: Choice(_SHAPES) for name in _RIGHT}),
    reference=_RIGHT,
    mistakes=[
        Mistake(
            "always_round",
            dict.fromkeys(_RIGHT, _SHAPES[0]),
            "One answer for all: that is the cancellation as the paper claims it. Each noise has its own exponent: "
            "with C = H^g the variances go as the (g - 1)-th power of the curvature.",
        ),
        Mistake(
            "always_flat",
            dict.fromkeys(_RIGHT, _SHAPES[1]),
            "One answer for all: you think of isotropic noise. Noise that vanishes where the loss is flat does not "
            "widen the cloud there.",
        ),
        Mistake(
            "shift_is_isotropic",
            {**_RIGHT, "a shifting optimum": _SHAPES[1]},
            "If the OPTIMUM moves by an isotropic amount S, the gradient moves by H times it: C = H S H.",
            detect=lambda a: a["a shifting optimum"] == _SHAPES[1],
        ),
        Mistake(
            "shift_is_round",
            {**_RIGHT, "a shifting optimum": _SHAPES[0]},
            "The exponent of a shifting optimum is 2, not 1: the gradient is H times the shift, and C has two factors.",
            detect=lambda a: a["a shifting optimum"] == _SHAPES[0],
        ),
        Mistake(
            "isotropic_is_round",
            {**_RIGHT, "isotropic noise": _SHAPES[0]},
            "The noise is round, the bowl is not: along a flat direction less force drives iterates back.",
            detect=lambda a: a["isotropic noise"] == _SHAPES[0],
        ),
        Mistake(
            "regression_not_round",
            {**_RIGHT, "regression, right model": _SHAPES[1]},
            "Gradients of a regression are residual times input; if residuals do not depend on inputs, C is their "
            "variance times the second moments of the inputs.",
            detect=lambda a: a["regression, right model"] != _SHAPES[0],
        ),
        Mistake(
            "decay_forgotten",
            {**_RIGHT, "noise covariance H, decay added": _SHAPES[0]},
            "Weight decay adds curvature in all directions, and no noise in any: where the data leave the loss flat it "
            "pulls back what hardly moves.",
            detect=lambda a: a["noise covariance H, decay added"] == _SHAPES[0],
        ),
    ],
    success="There is no universal answer; the noise has to be measured.",
    hints=(
        "Write down q' C q along an eigenvector with eigenvalue a, as a power of a. Divide by a.",
        "Shifts: the gradient of (theta - shift)' H (theta - shift) / 2 at the optimum is -H shift.",
        "With decay mu the curvature is a + mu and the noise still a: a / (a + mu) grows with a.",
    ),
)
def check_cloud_shapes(answer):
    """Check the shape of the equilibrium cloud for five kinds of noise, small steps."""
