"""Hinge, averaged loss, weight sharing, training, and the record of all assumptions: doors and planted cases."""

import math

import numpy as np
import pytest
import torch

from lossland import spin_glass as sg
from lossland.networks import sample_mlp
from lossland.spin_glass.model_assumptions import effective_number, gaussian_distance, root_mean_square_correlation


def generator(seed):
    return torch.Generator().manual_seed(seed)


def network(widths, seed=0):
    return sample_mlp(widths, 2**0.5, 0.0, generator=generator(seed)).weights


@pytest.fixture(scope="module")
def data():
    x = torch.randn(120, 6, dtype=torch.float64, generator=generator(1))
    return x, torch.where(x[:, 0] * x[:, 1] > 0, 1.0, -1.0).double()


def test_hinge_answers_in_kind():
    labels, outputs = [1.0, -1.0], [0.5, 0.5]
    numpy = sg.hinge_loss(np.array(labels), np.array(outputs))
    tensor = sg.hinge_loss(torch.tensor(labels), torch.tensor(outputs))
    assert numpy.tolist() == tensor.tolist() == [0.5, 1.5]
    assert tensor.dtype == torch.float32
    with pytest.raises(ValueError, match="labels: expected -1 and 1"):
        sg.hinge_loss(np.array([0.0, 1.0]), np.array(outputs))


def test_gaussian_hinge_limits_and_door():
    small, large = sg.gaussian_hinge(0.05), sg.gaussian_hinge(1e6)
    assert (small.active, small.loss) == (pytest.approx(1), pytest.approx(1))
    assert large.correlation == pytest.approx(-math.sqrt(2 / math.pi), abs=1e-5)
    assert sg.gaussian_hinge([0.01, 1.0]).correlation[0] == 0
    with pytest.raises(ValueError, match="margin_std: expected > 0, got 0"):
        sg.gaussian_hinge(0.0)


def test_tuple_sum_is_the_sum_over_tuples():
    rng = np.random.default_rng(0)
    for order, subscripts in ((1, "i,i"), (2, "ij,i,j"), (3, "ijk,i,j,k"), (4, "ijkl,i,j,k,l")):
        couplings, states = rng.normal(size=(3,) * order), rng.normal(size=(2, 5, 3))
        expected = [[np.einsum(subscripts, couplings, *[w] * order) for w in row] for row in states]
        np.testing.assert_allclose(sg.tuple_sum(couplings, states), expected, rtol=1e-12)
    with pytest.raises(ValueError, match="axes of length 4"):
        sg.tuple_sum(np.ones((3, 3)), np.ones(4))


@pytest.mark.parametrize(
    ("arguments", "message"), [((0.2, 0.0, 3), "n_unique"), ((1.2, 5, 3), "rho"), ((0.2, 5, 0), "order")]
)
def test_scale_has_doors(arguments, message):
    with pytest.raises(ValueError, match=message):
        sg.output_scale(*arguments)


def test_shared_weights_are_the_best_on_a_line():
    rng = np.random.default_rng(1)
    planted = np.repeat([-3.0, 0.0, 1.0, 7.0], 20) + 0.01 * rng.normal(size=80)
    unique, index = sg.shared_weights(rng.permutation(planted), 4)
    np.testing.assert_allclose(unique, [-3, 0, 1, 7], atol=0.01)
    assert np.bincount(index).tolist() == [20] * 4
    values = rng.normal(size=200)
    errors = [np.mean((values - u[i]) ** 2) for u, i in (sg.shared_weights(values, k) for k in (1, 2, 5, 20, 200))]
    assert errors == sorted(errors, reverse=True)
    assert errors[0] == pytest.approx(values.var())
    assert errors[-1] == pytest.approx(0, abs=1e-20)
    with pytest.raises(ValueError, match=r"n_unique: expected an integer in \[1, 2\], got 3"):
        sg.shared_weights([1.0, 1.0, 2.0], 3)


def test_tuples_are_counted_path_by_path():
    rng = np.random.default_rng(2)
    indices = [rng.integers(0, 3, shape) for shape in ((4, 2), (3, 4), (1, 3))]
    expected = np.zeros((3, 3, 3), dtype=int)
    for i in range(2):
        for j in range(4):
            for k in range(3):
                expected[indices[0][j, i], indices[1][k, j], indices[2][0, k]] += 1
    assert np.array_equal(sg.tuple_counts(indices, 3), expected)
    with pytest.raises(ValueError, match="n_unique: expected at most"):
        sg.tuple_counts(indices, 1000)


def test_dealt_weights_are_used_equally_often():
    dealt = sg.random_sharing([(3, 4), (1, 3)], 4, rng=np.random.default_rng(0))
    assert [part.shape for part in dealt] == [(3, 4), (1, 3)]
    assert sorted(np.bincount(np.concatenate([p.ravel() for p in dealt]))) == [3, 4, 4, 4]


def test_training_keeps_the_start_and_lowers_the_loss(data):
    weights = network((6, 8, 8, 1))
    run = sg.train_hinge(weights, *data, learning_rate=0.05, record_at=(0, 5, 200))
    assert all(torch.equal(a, b) for a, b in zip(run.weights[0], weights, strict=True))
    assert run.losses[0] == pytest.approx(float(sg.hinge_loss(data[1], sg.network_output(weights, data[0])).mean()))
    assert run.losses[2] < 0.2 * run.losses[0]
    with pytest.raises(ValueError, match=r"record_at: expected increasing numbers of steps, got \[5, 5\]"):
        sg.train_hinge(weights, *data, learning_rate=0.05, record_at=(5, 5))


def test_the_record_of_assumptions_collects_its_parts(data):
    weights = network((6, 8, 8, 1), 3)
    found = sg.measure_assumptions(weights, *data, generator=generator(0))
    m = sg.active_samples(data[1], sg.network_output(weights, data[0]))
    assert found.active == pytest.approx(float(m.mean()))
    assert found.coupling_rank == pytest.approx(effective_number(data[1][:, None] * data[0]) / 384)
    assert found.weight_square == pytest.approx(sum(float((w**2).sum()) for w in weights) / (48 + 64 + 8))
    assert np.all(np.isfinite(found))


def test_a_network_without_loss_has_no_b_to_speak_of(data):
    run = sg.train_hinge(network((6, 16, 16, 1)), *data, learning_rate=0.05, record_at=(2000,))
    found = sg.measure_assumptions(run.weights[-1], *data, generator=generator(0))
    assert (found.active, found.rho) == (0, 0)
    assert np.isnan([found.margin_correlation, found.activity_spread, found.coupling_activity]).all()


def test_measures_on_planted_cases():
    rng = generator(1)
    normal = torch.randn(4000, 3, dtype=torch.float64, generator=rng)
    assert gaussian_distance(normal) < 0.03
    assert gaussian_distance(normal + 1) == pytest.approx(0.383, abs=0.02)  # 2 Phi(1/2) - 1
    assert gaussian_distance(0 * normal) == 0.5
    assert abs(root_mean_square_correlation(normal, torch.randn(4000, 5, dtype=torch.float64, generator=rng))) < 0.03
    mixed = (normal[:, :1] + torch.randn(4000, 1, dtype=torch.float64, generator=rng)) / 2**0.5
    assert root_mean_square_correlation(normal[:, :1], mixed) == pytest.approx(0.5**0.5, abs=0.03)


def test_stages_agree_on_one_network_by_hand(data):
    x, y = data[0][:5], data[1][:5]
    weights = tuple(w[None] for w in network((6, 4, 3, 1), 2))
    stages = sg.loss_stages(weights, x, y, rho=0.2, rho_prime=0.8, generator=generator(0))
    member = tuple(w[0] for w in weights)
    maps = sg.effective_map(member, sg.neuron_activity(member, x))
    m, z = sg.active_samples(y, sg.network_output(member, x)), y[:, None] * x
    crossed = [m[a] * (maps[a] @ z[b]) for a in range(5) for b in range(5) if a != b]
    assert float(stages["paths_independent"]) == pytest.approx(float(m.mean() - torch.stack(crossed).mean()))
    linear = (member[2] @ member[1] @ member[0] @ z.mean(0))[0]
    assert float(stages["paths_equal"]) == pytest.approx(float(0.8 - 0.2 * linear))
    assert float(stages["margin_independent"]) == pytest.approx(float(m.mean() * (1 - (maps * z).sum(1).mean())))
