"""Statistics of activation patterns against lists of all paths."""

import numpy as np
import pytest
import torch

from lossland import spin_glass as sg
from lossland.networks import sample_mlp


def generator(seed):
    return torch.Generator().manual_seed(seed)


@pytest.fixture(scope="module")
def activity():
    weights = sample_mlp((6, 4, 5, 3, 1), 1.4, 0.0, generator=generator(1)).weights
    return sg.neuron_activity(weights, torch.randn(60, 6, dtype=torch.float64, generator=generator(2)))


def test_share_of_open_paths_is_the_mean_over_the_list(activity):
    assert torch.allclose(sg.open_path_share(activity), sg.path_activity(activity).flatten(1).mean(1))


def test_spread_is_that_of_the_list_without_the_noise_of_the_sample(activity):
    m = torch.where(torch.arange(60) % 3 > 0, 1.0, 0.0).double()
    b = m[:, None] * sg.path_activity(activity).flatten(1)
    found = sg.activity_spread(activity, m)
    rho = b.mean(0)
    assert found.mean == pytest.approx(float(rho.mean()))
    pairs = b.mT @ b  # by hand: mean over pairs of different samples
    joint = ((b.sum(0) ** 2 - pairs.diagonal()) / (60 * 59)).mean()
    shares = b.mean(1)
    product = (shares.sum() ** 2 - (shares**2).sum()) / (60 * 59)
    assert found.spread == pytest.approx(float((joint / product - 1) ** 0.5))
    assert found.spread < float(rho.std() / rho.mean())
    assert found.spread_error > 0


def test_equal_paths_have_no_spread_on_average():
    coins = [(torch.rand(400, 1, dtype=torch.float64, generator=generator(s)) < 0.5).double() for s in range(20)]
    unequal = [sg.activity_spread([coin.expand(-1, 5)]).spread for coin in coins]
    assert np.allclose(unequal, 0, atol=1e-7)  # all five paths are one
    fair = [(torch.rand(400, 40, dtype=torch.float64, generator=generator(s)) < 0.5).double() for s in range(20)]
    squares = np.array([spread * abs(spread) for spread in (sg.activity_spread([bits]).spread for bits in fair)])
    assert abs(squares.mean()) < 4.5 * squares.std(ddof=1) / 20**0.5


def test_the_jackknife_knows_the_scatter_over_samples():
    def draw(seed):
        chance = torch.linspace(0.1, 0.9, 30, dtype=torch.float64)
        bits = torch.rand(200, 30, dtype=torch.float64, generator=generator(seed)) < chance
        return sg.activity_spread([bits.double()])

    spreads = [draw(seed) for seed in range(60)]
    scatter = np.std([s.spread for s in spreads], ddof=1)
    assert np.mean([s.spread_error for s in spreads]) == pytest.approx(scatter, rel=0.4)


def test_never_open_paths_have_no_spread():
    closed = [torch.zeros(10, 3, dtype=torch.float64)]
    assert np.isnan(sg.activity_spread(closed).spread)
    with pytest.raises(ValueError, match="at least 3 inputs, got 2"):
        sg.activity_spread([closed[0][:2]])


def test_sampled_paths_are_paths(activity):
    sample = sg.sample_path_activity(activity, 4000, generator=generator(3))
    columns = {tuple(column.tolist()) for column in sg.path_activity(activity).flatten(1).T}
    assert {tuple(column.tolist()) for column in sample.T} <= columns
    assert float(sample.mean()) == pytest.approx(float(sg.open_path_share(activity).mean()), abs=0.03)


def test_patterns_are_counted_as_rows():
    first = torch.tensor([[1.0, 0.0], [1.0, 0.0], [1.0, 0.0]])
    second = torch.tensor([[0.0], [1.0], [0.0]])
    assert sg.count_patterns([first, second]) == 2


def test_sharing_correlation_is_that_of_the_list():
    weights = sample_mlp((5, 3, 3, 1), 1.4, 0.0, n_draws=500, generator=generator(4)).weights
    activity = sg.neuron_activity(weights, torch.randn(1, 5, dtype=torch.float64, generator=generator(5)))
    bits = [layer[:, 0] for layer in activity]
    paths = {(i, j): bits[0][:, i] * bits[1][:, j] for i in range(3) for j in range(3)}
    rho = torch.stack(list(paths.values())).mean()
    values, _ = sg.sharing_correlation(activity)
    for shared in range(3):
        joint = torch.stack(
            [
                paths[p] * paths[q]
                for p in paths
                for q in paths
                if sum(a == b for a, b in zip(p, q, strict=True)) == shared
            ]
        ).mean()
        assert values[shared] == pytest.approx(float((joint - rho**2) / (rho - rho**2)))


@pytest.mark.parametrize("arguments", [(3, 2), (-1, 2), (0, 0)])
def test_laws_refuse_paths_that_do_not_exist(arguments):
    with pytest.raises(ValueError, match="expected an integer"):
        sg.shared_path_correlation(*arguments)
