"""Widths of pruned networks: counts by drawing masks, and what units see."""

from itertools import pairwise

import pytest
import torch

from lossland import remedies


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize("rate", [0.0, 0.3, 0.9])
def test_expected_parameters_are_the_mean_over_drawn_masks(rate):
    widths, counts = (20, 15, 12, 3), []
    for seed in range(200):
        masks = [
            remedies.sample_mask(b, a, rate, distinct=False, connected=False, generator=seeded(seed))
            for a, b in pairwise(widths[:-1])
        ]
        counts.append(sum(int(mask.sum()) for mask in masks) + 12 * 3 + 15 + 12 + 3)
    counts = torch.tensor(counts, dtype=torch.float64)
    error = float(counts.std()) / 200**0.5
    assert abs(float(counts.mean()) - remedies.expected_parameters(widths, rate)) <= 4 * error


@pytest.mark.parametrize("widths", [(64, 32, 10), (64, 100, 100, 100, 10), (784, 300, 50, 10), (5, 40, 2)])
@pytest.mark.parametrize("rate", [0.0, 0.2, 0.5, 0.9])
def test_equal_parameters_are_equal_but_for_the_rounding(widths, rate):
    found = remedies.widen_to_equal_parameters(widths, rate)
    assert found.n_parameters == remedies.expected_parameters(found.widths, rate)
    more, less = ([w + sign for w in found.widths[1:-1]] for sign in (1, -1))
    ends = widths[0], widths[-1]
    dense = remedies.expected_parameters(widths)
    assert remedies.expected_parameters((ends[0], *less, ends[1]), rate) < dense
    assert remedies.expected_parameters((ends[0], *more, ends[1]), rate) > dense
    assert found.ratio == pytest.approx(found.n_parameters / dense)
    if not rate:
        assert found.widths == widths


def test_the_factor_is_the_root_between_wide_layers_and_the_printed_one_behind_many_inputs():
    inner = remedies.widen_to_equal_parameters((1, 10_000, 10_000, 1), 0.75)
    assert inner.widths[1] / 10_000 == pytest.approx(2, rel=1e-3)  # (1 - 0.75)^(-1/2)
    outer = remedies.widen_to_equal_parameters((100_000, 10, 10, 1), 0.75)
    assert outer.widths[1] == 40


def test_interactions_keep_the_units_that_see_given_inputs():
    """Of units widened by (1 - rho)^(-q), as many as before are expected to see any q inputs."""
    rate, n_units = 0.5, 40
    for q in (1, 2, 3):
        wide = remedies.widen_for_interactions((6, n_units, 1), rate, q).widths[1]
        drawn = [remedies.sample_mask(wide, 6, rate, distinct=False, connected=False, generator=seeded(s))
                 for s in range(300)]  # fmt: skip
        seen = [int(mask[:, :q].all(dim=1).sum()) for mask in drawn]
        error = (n_units * (1 - (1 - rate) ** q) / 300) ** 0.5
        assert abs(sum(seen) / 300 - n_units) < 4 * error
    assert remedies.widen_by_printed_factor((6, 40, 1), rate) == remedies.widen_for_interactions((6, 40, 1), rate, 1)


def test_full_view_by_drawing():
    n_draws = 2000
    full = sum(
        bool(remedies.sample_mask(30, 5, 0.5, distinct=False, connected=False, generator=seeded(s)).all(1).any())
        for s in range(n_draws)
    )
    exact = remedies.full_view_probability(5, 30, 0.5)
    assert abs(full / n_draws - exact) < 4 * (exact * (1 - exact) / n_draws) ** 0.5
    assert remedies.full_view_probability(5, 30, 0.0) == 1
    assert remedies.full_view_probability(784, 10**6, 0.5) < 1e-200


def test_narrow_networks_have_the_number_of_parameters_asked_for():
    for widths, rate in (((64, 64, 64, 10), 0.8), ((784, 64, 10), 0.5), ((64, 16, 16, 16, 10), 0.95)):
        aim = remedies.expected_parameters(widths, rate)
        found = remedies.narrow_to_parameters(widths, aim)
        step = found[1] + 1, max(1, found[1] - 1)
        near = [
            remedies.expected_parameters((widths[0], *[w] * (len(widths) - 2), widths[-1])) for w in (*step, found[1])
        ]
        assert abs(near[2] - aim) <= min(abs(near[0] - aim), abs(near[1] - aim))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: remedies.expected_parameters((4, 3), 0.5), "widths: expected at least 3"),
        (lambda: remedies.expected_parameters((4, 3, 2), 1.0), "zero_rate: expected a rate in"),
        (lambda: remedies.widen_to_equal_parameters((4, 3, 2), -0.1), "zero_rate: expected a rate in"),
        (lambda: remedies.widen_by_printed_factor((4, 0, 2), 0.1), r"widths\[1\]: expected"),
        (lambda: remedies.widen_for_interactions((4, 3, 2), 0.1, 5), "n_inputs: expected an integer in"),
        (lambda: remedies.widen_for_interactions((784, 64, 10), 0.99, 784), "n_inputs: a unit sees 784 inputs at the"),
        (lambda: remedies.widen_for_interactions((784, 64, 10), 0.5, 784), "no width makes up for"),
        (lambda: remedies.full_view_probability(0, 3, 0.1), "n_inputs: expected"),
        (lambda: remedies.narrow_to_parameters((4, 3, 2), 8), "n_parameters: expected at least 9"),
    ],
)
def test_bad_input(call, message):
    with pytest.raises(ValueError, match=message):
        call()
