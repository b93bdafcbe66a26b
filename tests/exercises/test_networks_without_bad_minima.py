"""Wrong-answer bank of chapter 06, beyond what the contract of all checkers proves for every one of them."""

import math

import numpy as np
import pytest

from lossland.exercises import networks_without_bad_minima as chapter
from lossland.wide_networks import ModifiedProblem, interpolate, modified_flow, one_sample_valley, tilted_wells

CHECKERS = [getattr(chapter, name) for name in chapter.__all__ if name.startswith("check_")]




def by_linear_algebra(inputs, targets, *, position=0.5, direction=None):
    if direction is None:
        direction = np.random.default_rng(1).standard_normal(inputs.shape[1])
    z = inputs @ direction
    order = np.argsort(z)
    z = z[order]
    b = np.concatenate([[z[0] - 1], z[:-1] + position * np.diff(z)])
    weights = np.linalg.solve(np.maximum(z[:, None] - b, 0), targets[order])
    return {"direction": direction, "thresholds": b, "weights": weights}


@pytest.mark.parametrize("position", [0.0, 0.3, 0.5])
def test_any_construction_that_fits_is_accepted(position):
    assert chapter.check_interpolating_network(lambda x, y: by_linear_algebra(x, y, position=position)).is_correct

    def shuffled(inputs, targets):
        net = by_linear_algebra(inputs, targets)
        order = np.random.default_rng(2).permutation(len(targets))
        return {**net, "thresholds": net["thresholds"][order], "weights": net["weights"][order]}

    assert chapter.check_interpolating_network(shuffled).is_correct


def test_a_coordinate_direction_is_not_enough():
    def first_coordinate(inputs, targets):
        return by_linear_algebra(inputs, targets, direction=np.eye(inputs.shape[1])[0])

    verdict = chapter.check_interpolating_network(first_coordinate)
    assert (verdict.status, verdict.mistake) == ("incorrect", "equal_projections")


def test_a_network_that_just_misses_is_told_by_how_much():
    def rough(inputs, targets):
        net = interpolate(inputs, targets, rng=np.random.default_rng(0))
        return {"direction": net.direction, "thresholds": net.thresholds, "weights": np.round(net.output_weights, 2)}

    verdict = chapter.check_interpolating_network(rough)
    assert verdict.mistake is None
    assert "misses a target by" in verdict.message


def test_targets_scaled_in_any_way_are_accepted():
    reference = chapter.check_stationary_targets.checker.reference

    def larger(hidden):
        outputs = np.stack([hidden[:, 0], np.ones(len(hidden))], axis=1)
        return outputs + 37 * (reference(hidden) - outputs)

    assert chapter.check_stationary_targets(larger).is_correct
    assert chapter.check_stationary_targets(lambda hidden: hidden[:, :1] * np.ones(2)).status == "incorrect"
    wrong_rows = chapter.check_stationary_targets(lambda hidden: np.zeros((3, 2)))
    assert "shape (N, 2)" in wrong_rows.message


def test_several_wrong_situations_name_one():
    answer = dict.fromkeys(chapter.SITUATIONS, "applies")
    answer[chapter.SITUATIONS[4]] = "does not apply"
    assert chapter.check_hypotheses_of_the_theorem(answer).mistake == "bias_column_counts"


def test_numbers_read_off_a_simulation_are_accepted_as_limits():
    problem = ModifiedProblem(tilted_wells(), [[0.0]], [-1.0], penalty=0.1)
    bad = max(np.roots([4, 0, -4, 0.5]).real)
    flow = modified_flow(problem, problem.join([bad], [0.0], 0.1, 0.0), [0.0, 1e7])
    report = {
        "model_loss": flow.model_loss[-1], "modified_loss": flow.modified_loss[-1], "amplitude": flow.amplitude[-1],
        "shift": math.inf, "product": flow.amplitude[-1] * np.exp(flow.shift[-1]), "reason": chapter.REASONS[0],
    }  # fmt: skip
    assert chapter.check_catch(report).is_correct
    assert chapter.check_catch({**report, "shift": flow.shift[-1]}).mistake == "shift_converges"


def test_the_valley_is_accepted_to_leading_order():
    closed = lambda t, p, c, x: np.array(one_sample_valley(t, p, c, input_norm=x))  # noqa: E731
    assert chapter.check_valley(closed).is_correct

    def with_the_next_order(time, penalty, gap, input_norm):
        growth = 4 * penalty * (1 + input_norm**2) * time
        growth += np.log(growth)
        return [growth**-0.5, 0.5 * np.log(growth * gap**2), penalty / growth]

    assert chapter.check_valley(with_the_next_order).is_correct


def test_stubs_are_not_attempted():
    def my_answer(*args): ...

    for check in CHECKERS:
        records = (chapter.check_catch, chapter.check_hypotheses_of_the_theorem)
        assert check(... if check in records else my_answer).status == "not_attempted"
