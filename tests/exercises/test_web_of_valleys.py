"""Wrong-answer bank of chapter 17, beyond what the contract of all checkers proves for every one of them."""

import math
from itertools import permutations

import numpy as np
import pytest
import torch
from scipy.optimize import linear_sum_assignment

from lossland import symmetry as sy
from lossland.exercises.copy_crossings import check_crossed, check_margin
from lossland.exercises.points_and_volumes import (
    check_swap_share,
    check_volume_of_copies,
    check_width_against_noise,
)
from lossland.exercises.web_evidence import STATEMENTS, check_what_follows


def test_references_agree_with_the_package():
    assert check_crossed(lambda points, center: bool(sy.find_crossings(points, center).crossed)).is_correct
    assert check_margin(lambda points, displacements: sy.pair_margins(points, displacements).min()).is_correct
    assert check_swap_share(sy.swap_share).is_correct

    def volume(widths, eigenvalues, noise_variance, learning_rate):
        options = {"noise_variance": noise_variance, "learning_rate": learning_rate}
        return sy.total_volume(widths, eigenvalues, **options).log_total

    assert check_volume_of_copies(volume).is_correct
    facts = {
        "log10_width": math.log10(sy.points_for_spacing(0.5, 75)),
        "width_doubled": sy.swap_share(2001, 75, 0.1) / sy.swap_share(1001, 75, 0.1),
        "noise_halved": math.log2(sy.swap_share(9, 75, 2e-4) / sy.swap_share(9, 75, 1e-4)),
    }
    assert check_width_against_noise(facts).is_correct


def test_brute_force_is_accepted_where_it_ends():
    def brute(points, center):
        if len(center) > 6:
            return check_crossed.checker.reference(points, center)
        orders = list(permutations(range(len(center))))
        return bool(np.argmin([np.linalg.norm(points - center[list(order)]) for order in orders]) != 0)

    assert check_crossed(brute).is_correct


def test_volume_instead_of_a_line_is_told():
    def by_volume(points, center):
        return bool(np.prod(np.std(points - center, axis=0) + 1e-9) > 1e-3)

    verdict = check_crossed(by_volume)
    assert verdict.status == "incorrect"


def test_margin_from_the_standard_deviation_of_a_centered_cloud():
    def with_std(points, displacements):
        best = math.inf
        for i in range(len(points)):
            for j in range(i):
                gap = points[i] - points[j]
                best = min(best, gap @ gap / np.std((displacements[:, i] - displacements[:, j]) @ gap))
        return best

    assert check_margin(with_std).is_correct
    verdict = check_margin(lambda points, displacements: 1 / with_std(points, displacements))
    assert (verdict.status, verdict.mistake) == ("incorrect", None)


def test_share_by_simulation_is_too_rough():
    rng = np.random.default_rng(0)

    def simulated(n_points, dimension, disturbance):
        distance = np.sqrt(2 * rng.chisquare(dimension, size=2000))
        return (n_points - 1) * np.mean(rng.normal(size=2000) * 2**0.5 * disturbance > distance)

    assert check_swap_share(simulated).status == "incorrect"


@pytest.mark.parametrize("statement", range(7))
def test_every_step_judged_wrongly_has_its_own_words(statement):
    right = check_what_follows.checker.reference
    other = {"follows": "does not follow", "does not follow": "follows"}
    wrong = {**right, STATEMENTS[statement]: other[right[STATEMENTS[statement]]]}
    assert check_what_follows(wrong).mistake == check_what_follows.checker.mistakes[2 + statement].name


def test_a_share_that_is_cut_off_at_one_is_accepted():
    """The figure of the chapter draws it so."""
    assert check_swap_share(lambda n, dimension, sigma: min(1.0, sy.swap_share(n, dimension, sigma))).is_correct


def test_crossings_by_squared_distances_in_torch_are_accepted():
    def by_distances(points, center):
        squares = torch.cdist(torch.tensor(points), torch.tensor(center)) ** 2
        order = linear_sum_assignment(squares.numpy())[1]
        return torch.tensor(bool((order != np.arange(len(center))).any()))

    assert check_crossed(by_distances).is_correct
