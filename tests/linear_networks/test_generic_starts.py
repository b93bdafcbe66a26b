"""Starts that are not special: where chains end and when they leave the saddle, and the arrival of many runs."""

import numpy as np
import pytest
import torch
from scipy import special

from lossland import linear_networks as ln


def with_product(depth, sign, seed=0, n=300):
    w = np.random.default_rng(seed).standard_normal((n, depth))
    w[:, 0] *= np.sign(w.prod(-1)) * sign
    return w


@pytest.mark.ledger("yarotsky-open-01-linear-asymptotics")
@pytest.mark.parametrize("depth", [1, 2, 3, 4, 6])
def test_the_smallest_weight_decides_where_a_chain_ends(depth):
    rng = np.random.default_rng(depth)
    start, target = rng.uniform(0.5, 1.5, (20, depth)) * rng.choice([-1, 1], (20, depth)), rng.normal(size=20)
    end = ln.chain_end(start, target)
    assert not end.stuck.any()
    np.testing.assert_allclose(end.strength, target, atol=1e-12)
    np.testing.assert_allclose(end.weights.prod(-1), target, atol=1e-12)
    drift = end.weights**2 - start**2
    np.testing.assert_allclose(drift, np.broadcast_to(drift[:, :1], drift.shape), atol=1e-10)
    times = 20.0 if depth < 3 else 40.0
    near = np.abs(target) > 0.3
    flow = ln.scalar_flow([times], start[near], target[near], rtol=1e-9)[0]
    assert np.median(np.abs(flow - end.weights[near]).max(-1)) < 1e-6
    if depth == 1:
        return
    tied = start.copy()
    smallest, other = np.argsort(np.abs(start), axis=-1)[:, :2].T
    tied[range(20), other] = np.abs(start[range(20), smallest])
    wrong = tied.prod(-1) * target < 0
    stuck = ln.chain_end(tied, target)
    np.testing.assert_array_equal(stuck.stuck, wrong)
    assert np.all(stuck.strength[wrong] == 0)
    assert np.allclose(stuck.strength[~wrong], target[~wrong])
    later = ln.scalar_flow([4.0], tied[wrong], target[wrong], rtol=1e-9)[0].prod(-1)
    assert np.all(later * target[wrong] <= 1e-6)  # never on the side of the target; later rounding would let them go
    larger = start.copy()  # a tie among the others does no harm
    if depth > 2:
        largest, second = np.argsort(-np.abs(start), axis=-1)[:, :2].T
        larger[range(20), second] = np.abs(start[range(20), largest])
        assert not ln.chain_end(larger, target).stuck.any()


def test_zeros_at_the_start():
    ends = ln.chain_end([[0.0, 1.0, 2.0], [0.0, 0.0, 2.0], [0.0, 0.0, 2.0]], [0.5, 0.5, 0.0])
    assert ends.stuck.tolist() == [False, True, False]
    np.testing.assert_allclose(ends.strength, [0.5, 0, 0], atol=1e-15)


def test_leaving_times_of_three_layers_are_carlson_integrals():
    w = np.random.default_rng(0).standard_normal((500, 3))
    a, b, c = np.sort(w**2, axis=-1).T
    direct = special.elliprf(a, b, c)
    turning = 2 * special.elliprf(0, b - a, c - a) - direct
    good = w.prod(-1) > 0
    np.testing.assert_allclose(ln.leaving_time(w, 2.0, input_variance=0.5), np.where(good, direct, turning), rtol=1e-8)
    np.testing.assert_allclose(ln.leaving_time(w, -1.0), np.where(good, turning, direct), rtol=1e-8)


@pytest.mark.parametrize("depth", [3, 4, 5])
@pytest.mark.parametrize("sign", [1, -1])
def test_leaving_takes_as_long_as_the_flow_of_small_weights(depth, sign):
    small = {3: 0.03, 4: 0.05, 5: 0.1}[depth] * with_product(depth, sign, depth, n=4)
    predicted = ln.leaving_time(small, 1.0)
    balanced = np.full(depth, 1e-9 ** (1 / depth))
    rest = ln.time_to_reach(0.5, 1.0, 1e-9, depth) - ln.leaving_time(balanced, 1.0)
    for start, time in zip(small, predicted, strict=True):
        early, late = ln.scalar_flow((time + rest) * np.array([0.97, 1.03]), start, 1.0, rtol=1e-7).prod(-1)
        assert early < 0.5 < late
    np.testing.assert_allclose(ln.leaving_time(2 * small, 1.0), predicted * 2.0 ** (2 - depth), rtol=1e-8)
    equal = np.full(depth, 0.1)
    assert float(ln.leaving_time(equal, 1.0)) == pytest.approx(0.1 ** (2 - depth) / (depth - 2))
    assert np.isinf(ln.leaving_time(equal, -1.0))


def test_gaussian_chains_leave_with_the_predicted_power():
    for depth, times in ((3, (6, 20)), (4, (10, 60)), (5, (20, 200))):
        tau = ln.leaving_time(np.random.default_rng(depth).standard_normal((10_000, depth)), 1.0)
        early, late = (np.sum(tau > t) for t in times)
        span = np.log(times[1] / times[0])
        error = np.sqrt((1 - late / early) / late) / span
        assert -np.log(late / early) / span == pytest.approx(depth / (depth - 2), abs=4 * error + 0.1)


def test_arrivals_are_those_of_the_flow_and_balanced_starts_of_the_wrong_sign_are_left():
    target = np.diag([1.5, 1.0, 0.5])
    loss, times = ln.quadratic_loss(target), np.geomspace(1, 40, 12)
    maps = np.random.default_rng(0).standard_normal((24, 3, 3)) / 2
    ends = ln.arrival_times(ln.balanced_init(maps, (3, 4, 4, 3)), loss, times, tol=1e-3)
    wrong = np.linalg.det(maps) < 0
    assert wrong.any()
    np.testing.assert_array_equal(np.isinf(ends.times), wrong)
    np.testing.assert_allclose(ends.losses[wrong], 0.125, atol=0.02)
    assert np.linalg.svd(ends.maps[wrong], compute_uv=False)[:, 2].max() < 0.1
    start = [torch.tensor(w) for w in ln.balanced_init(maps[~wrong][:3], (3, 3, 3))]
    found = ln.arrival_times(start, loss, times, tol=1e-3)
    values = ln.loss_value(ln.gradient_flow(start, loss, times), loss).numpy()
    np.testing.assert_array_equal(found.times, times[(values <= 1e-3).argmax(axis=0)])
    assert found.share_left([0.5, 40]).tolist() == [1.0, 0.0]


BAD = [
    (lambda: ln.chain_end(1.0, 1.0), r"start: expected weights \(\.\.\., K\)"),
    (lambda: ln.leaving_time([1.0, 2.0], 1.0), "start: expected at least 3 layers, got 2"),
    (lambda: ln.leaving_time([1.0, 2.0, 3.0], 0.0), "target: expected numbers other than 0"),
    (lambda: ln.arrival_times([np.eye(2)], ln.quadratic_loss(np.eye(2)), [1.0]), "weights: expected one leading"),
    (lambda: ln.arrival_times([np.ones((1, 2, 2))], ln.quadratic_loss(np.eye(2)), [1.0, 1.0]), "times: expected a"),
]  # fmt: skip


@pytest.mark.parametrize(("call", "sentence"), BAD)
def test_errors_name_the_argument(call, sentence):
    with pytest.raises(ValueError, match=sentence):
        call()


def test_the_infimum_must_be_known():
    loss = ln.sample_loss(np.eye(2), np.eye(2), "logistic")
    with pytest.raises(ValueError, match="loss: expected one whose infimum is known"):
        ln.arrival_times([np.ones((1, 2, 2))], loss, [1.0])
