"""Wrong-answer bank of chapter 09, beyond what the contract of all checkers proves for every one of them."""

import math

import numpy as np

from lossland import linear_networks as ln
from lossland.exercises.decoupled_modes import check_decoupling_conditions, check_mode_velocities, check_stuck_start
from lossland.exercises.mode_dynamics import check_half_time, check_slow_approach, check_strength_limit


def test_half_times_by_any_method_are_accepted():
    def by_steps(target, start, depth, input_variance):
        u = np.linspace(math.log(start), math.log(target / 2), 20_001)  # du = dq/q
        q = np.exp(u)
        return np.trapezoid(q ** (2 / depth - 1) / (input_variance * depth * (target - q)), u)

    assert check_half_time(by_steps).is_correct

    def closed(target, start, depth, input_variance):
        return ln.time_to_reach(target / 2, target, start, depth, input_variance=input_variance)

    assert check_half_time(closed).is_correct


def test_a_time_in_units_of_the_weight_gets_a_sentence_with_the_first_case():
    verdict = check_half_time(lambda r, q, k, s: math.log(r / q))
    assert verdict.mistake is None
    assert "target = 3" in verdict.message


def test_limits_as_integers_and_arrays_are_read():
    assert check_strength_limit(lambda r, k: np.array(r if k == 1 else max(r, 0))).is_correct
    assert check_strength_limit(lambda r, k: r if k == 1 or r >= 0 else -1e-12).is_correct
    assert check_strength_limit(lambda r, k: r if k == 1 or r < 0 else 0.0).status == "incorrect"


def test_two_mistakes_at_once_get_the_first_message():
    answer = {"power_three": -3, "power_four": -2, "loss_left": 0.49, "zero_target": "stuck"}
    assert check_slow_approach(answer).mistake == "powers_of_the_strength"
    assert check_slow_approach({**answer, "power_three": -1, "power_four": -0.5}).mistake == "loss_without_half"


def test_velocities_by_automatic_differentiation_and_by_division():
    def by_matrices(weights, targets, variances):
        rows = []
        for w, r, s in zip(weights, targets, variances, strict=True):
            loss = ln.quadratic_loss([[r]], [[s]])
            rows.append([-g[0, 0] for g in ln.weight_gradient([[[x]] for x in w], loss)])
        return np.array(rows)

    assert check_mode_velocities(by_matrices).is_correct

    def divides(weights, targets, variances):
        q = weights.prod(axis=1)
        with np.errstate(all="ignore"):
            return (variances * (targets - q) * q)[:, None] / weights

    assert "NaN" in check_mode_velocities(divides).message  # a weight may be 0


def test_transposed_velocities_are_told_their_shape():
    def transposed(weights, targets, variances):
        return np.zeros(weights.T.shape) + targets.sum() * variances.sum()

    assert "shape" in check_mode_velocities(transposed).message


def test_all_statements_reversed_get_the_first_message():
    answer = {"reflections_allowed": False, "widths_may_differ": False, "one_frame_for_all_layers": True,
              "any_second_moments": True, "always_converges": True}  # fmt: skip
    assert check_decoupling_conditions(answer).mistake == "only_rotations"


def test_stuck_starts_found_by_integration_are_accepted():
    def by_flow(weights, target):
        flow = ln.scalar_flow([0.0, 3.0], weights, target, rtol=1e-8)[-1]
        order = np.sort(np.abs(flow))
        wrong = flow.prod() * target <= 0
        return bool(len(order) > 1 and target != 0 and wrong and order[1] - order[0] < 1e-6)

    assert check_stuck_start(by_flow).is_correct
    assert check_stuck_start(lambda weights, target: False).status == "incorrect"
