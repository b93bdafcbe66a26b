"""Wrong-answer bank of chapter 05, beyond what the contract of all checkers proves for every one of them."""

import math
import warnings

import numpy as np

from lossland import teacher_student as ts
from lossland.exercises.added_student import check_hidden_facts, check_hidden_slope, check_splitting_curvature
from lossland.exercises.end_points import check_end_point, check_relu_kernel


def test_kernel_by_quadrature_of_the_wedge_is_accepted():
    z, weights = np.polynomial.legendre.leggauss(60)

    def by_quadrature(w, v):
        lengths = np.linalg.norm(w) * np.linalg.norm(v)
        if not lengths:
            return 0.0
        theta = np.arccos(np.clip(w @ v / lengths, -1, 1))
        half = (np.pi - theta) / 2
        phi = theta / 2 + half * z
        return lengths / np.pi * half * weights @ (np.cos(phi) * np.cos(phi - theta))

    assert check_relu_kernel(by_quadrature).is_correct


def test_a_kernel_that_is_not_a_number_for_parallel_neurons_is_told_so():
    for cosine in (
        lambda w, v: w @ v / np.linalg.norm(w) / np.linalg.norm(v),
        lambda w, v: w @ v / (np.linalg.norm(w) * np.linalg.norm(v)),
        lambda w, v: (w / np.linalg.norm(w)) @ (v / np.linalg.norm(v)),
        lambda w, v: sum(w * v) / np.sqrt(sum(w**2) * sum(v**2)),
        lambda w, v: math.fsum(w * v) / (math.hypot(*w) * math.hypot(*v)),
    ):

        def unguarded(w, v, cosine=cosine):
            lengths = np.linalg.norm(w) * np.linalg.norm(v)
            if lengths == 0:
                return 0.0
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                theta = np.arccos(cosine(w, v))
            return lengths / (2 * np.pi) * (np.sin(theta) + (np.pi - theta) * np.cos(theta))

        verdict = check_relu_kernel(unguarded)
        assert verdict.status == "incorrect"
        assert "NaN" in verdict.message
        assert "w = [0.1, " in verdict.message  # parallel neurons, and not the one that is zero


def test_a_kernel_that_forgets_the_zero_neuron_is_shown_that_case():
    def careless(w, v):
        if not np.any(w):
            return 1.0
        return float(ts.relu_kernel(w, v))

    assert "w = [0., 0.]" in check_relu_kernel(careless).message


def test_end_points_by_the_certificate_of_the_package():
    def by_certificate(students, teachers):
        kind = ts.certify(students, teachers).kind.item()
        return "saddle" if kind == "degenerate" else kind

    assert check_end_point(by_certificate).is_correct


def test_an_end_point_judged_by_a_loose_loss_gets_the_case():
    def loose(students, teachers):
        return "global" if ts.population_loss(students, teachers) < 1e-3 else check_end_point.checker.reference(
            students, teachers)  # fmt: skip

    verdict = check_end_point(loose)
    assert verdict.status == "incorrect"
    assert verdict.mistake is None


def test_slopes_and_curvatures_by_differences_of_the_loss_are_accepted():
    def slope(students, teachers, direction):
        def loss(t):
            return ts.population_loss(np.vstack([students, t * direction]), teachers)

        t = 1e-4
        first, second = [(loss(s) - loss(0.0)) / s for s in (t, t / 2)]
        return 2 * second - first

    def curvature(students, teachers, index, direction):
        moves = [ts.split_student(students, index, direction=t * direction) for t in (0.0, 1e-3, 2e-3)]
        base, once, twice = [float(ts.population_loss(w, teachers)) for w in moves]
        return (16 * (once - base) - (twice - base)) / (6 * 1e-6)

    assert check_hidden_slope(slope).is_correct
    verdict = check_splitting_curvature(curvature)
    assert verdict.is_correct or "close" in verdict.message  # differences lose digits


def test_the_package_answers_the_hidden_slope():
    def answer(students, teachers, direction):
        wide = np.vstack([students, 0 * direction])
        return ts.one_sided_derivative(wide, teachers, np.vstack([0 * students, direction]))

    assert check_hidden_slope(answer).is_correct


def test_the_first_wrong_fact_is_told():
    answer = dict.fromkeys(check_hidden_facts.checker.reference, True)
    assert check_hidden_facts(answer).mistake == "second_order_is_no_quadratic_form"


def test_moving_both_parts_the_same_way_is_recognized():
    def together(students, teachers, index, direction):
        hessian = ts.population_hessian(students, teachers)
        d = students.shape[1]
        block = hessian[index * d : (index + 1) * d, index * d : (index + 1) * d]
        return 4 * direction @ block @ direction

    assert check_splitting_curvature(together).mistake == "parts_move_together"
