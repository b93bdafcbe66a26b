"""Masks that are drawn, and layers that hold them."""

import itertools

import pytest
import torch

from lossland import remedies


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize(("n_units", "n_inputs", "rate"), [(8, 3, 0.5), (15, 4, 0.5), (200, 12, 0.7), (50, 784, 0.9)])
def test_rows_differ_and_none_is_empty_unless_all_masks_are_needed(n_units, n_inputs, rate):
    connected = n_units < 2**n_inputs
    mask = remedies.sample_mask(n_units, n_inputs, rate, connected=connected, generator=seeded())
    assert len(mask.unique(dim=0)) == n_units
    assert bool(mask.any(dim=1).all()) == connected


def test_the_rate_is_the_rate_of_zeros():
    mask = remedies.sample_mask(400, 500, 0.8, generator=seeded())
    assert 1 - mask.double().mean().item() == pytest.approx(0.8, abs=0.004)


def test_drawing_again_is_drawing_on_condition_that_rows_differ():
    """Two units of two inputs at rate 0.3: frequencies of the twelve ordered pairs of masks against their law."""
    masks = list(itertools.product([False, True], repeat=2))
    law = {m: (0.7 if m[0] else 0.3) * (0.7 if m[1] else 0.3) for m in masks}
    seen = dict.fromkeys(itertools.permutations(masks, 2), 0)
    generator = seeded()
    n_draws = 20_000
    for _ in range(n_draws):
        mask = remedies.sample_mask(2, 2, 0.3, connected=False, generator=generator)
        seen[tuple(map(tuple, mask.tolist()))] += 1
    # the first row keeps its law; the second has it on condition that it differs from the first
    for (first, second), count in seen.items():
        expected = law[first] * law[second] / (1 - law[first])
        assert count / n_draws == pytest.approx(expected, abs=5 * (expected / n_draws) ** 0.5)


def test_pruned_weights_stay_zero_in_training_and_in_the_state():
    mask = remedies.sample_mask(6, 5, 0.5, generator=seeded())
    layer = remedies.PrunedLinear(5, 6, mask, generator=seeded(1))
    inputs = torch.randn(30, 5, generator=seeded(2))
    torch.testing.assert_close(layer(inputs), inputs @ (layer.weight * mask).T + layer.bias)
    optimizer = torch.optim.SGD(layer.parameters(), lr=0.1, weight_decay=0.0)
    layer(inputs).square().sum().backward()
    assert torch.all(layer.weight.grad[~mask] == 0)
    optimizer.step()
    again = remedies.PrunedLinear(5, 6, torch.ones(6, 5))
    again.load_state_dict(layer.state_dict())
    assert torch.equal(again(inputs), layer(inputs))
    assert layer.to(torch.float64).mask.dtype == torch.float64


def test_outputs_begin_with_variance_one_at_any_rate():
    for rate in (0.0, 0.5, 0.9):
        mask = remedies.sample_mask(2000, 100, rate, distinct=False, generator=seeded())
        layer = remedies.PrunedLinear(100, 2000, mask, generator=seeded(1))
        outputs = layer(torch.randn(50, 100, generator=seeded(2)))
        assert outputs.var().item() == pytest.approx(1, rel=0.1)


def test_convolutions_lose_whole_kernels_or_single_weights():
    table = torch.tensor([[1, 0, 1], [1, 1, 0]])
    layer = remedies.PrunedConv2d(3, 2, 3, table, padding=1, generator=seeded())
    image = torch.randn(4, 3, 8, 8, generator=seeded(1))
    changed = image.clone()
    changed[:, 1] += 1
    assert torch.equal(layer(image)[:, 0], layer(changed)[:, 0])
    assert not torch.equal(layer(image)[:, 1], layer(changed)[:, 1])
    single = torch.ones(2, 3, 3, 3)
    single[0, 0, 1, 1] = 0
    assert remedies.PrunedConv2d(3, 2, 3, single)(image).shape == (4, 2, 6, 6)


def test_widths_that_keep_the_number_of_weights():
    n_inner, rate = 100, 0.75
    wide = remedies.kept_width(n_inner, rate)
    assert wide * wide * (1 - rate) == n_inner * n_inner
    printed = remedies.kept_width(n_inner, rate, inner=False)
    assert printed * printed * (1 - rate) == 4 * n_inner * n_inner  # the printed factor between widened layers
    assert printed * 20 * (1 - rate) == n_inner * 20  # and where the other side is not widened


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: remedies.sample_mask(4, 3, 1.0), "zero_rate: expected a rate in"),
        (lambda: remedies.sample_mask(4, 3, -0.5), "zero_rate: expected a rate in"),
        (lambda: remedies.sample_mask(8, 3, 0.5), "n_units: expected at most 7 units"),
        (lambda: remedies.sample_mask(2, 5, 0.0), "n_units: expected at most 1 units"),
        (lambda: remedies.sample_mask(20, 5, 0.001, generator=seeded()), "zero_rate: no fitting mask in 1000 draws"),
        (lambda: remedies.PrunedLinear(2, 2, torch.ones(2, 3)), r"mask: expected the shape \(2, 2\)"),
        (lambda: remedies.PrunedLinear(2, 1, [[0, 0]]), "got none for unit 0: it would be cut off"),
        (lambda: remedies.PrunedLinear(2, 1, [[0, 2]]), "mask: expected zeros and ones"),
        (lambda: remedies.PrunedConv2d(2, 2, 3, torch.ones(2, 2), groups=2), "groups: expected 1"),
        (lambda: remedies.PrunedConv2d(2, 2, 3, torch.ones(3, 2)), r"mask: expected the shape \(2, 2\)"),
        (lambda: remedies.kept_width(4, 1.0), "zero_rate: expected"),
    ],
)
def test_bad_input(call, message):
    with pytest.raises(ValueError, match=message):
        call()
