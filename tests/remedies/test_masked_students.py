"""Masked students: exact copies are solutions, the derivatives are those of autograd, and cut weights stay cut."""

from itertools import permutations

import pytest
import torch

from lossland import remedies as rm
from lossland.remedies.masked_students import _Task


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def test_all_orders_of_a_dense_teacher_are_solutions_and_hardly_any_of_a_masked_one():
    orders = [list(order) for order in permutations(range(3))]
    assert rm.find_teachers(torch.ones(3, 6), orders, generator=generator()).min() == 1
    alone = rm.find_teachers(rm.densest_mask(3, 6), orders[:1], generator=generator())
    assert alone.min() == 1  # the teacher itself
    assert rm.find_teachers(rm.densest_mask(3, 6), orders[1:], n_steps=1, generator=generator()).max() == 0


def test_a_group_of_equal_masks_keeps_its_copies():
    mask = torch.tensor([[1, 1, 0], [1, 1, 0], [0, 1, 1]])
    orders = [[1, 0, 2]], [[2, 1, 0]]
    same, other = (rm.find_teachers(mask, order, n_steps=1, generator=generator()) for order in orders)
    assert same.min() == 1
    assert other.max() == 0


def test_random_dense_students_find_their_teacher_more_often_than_with_two_zeros():
    dense, cut = (
        rm.find_teachers(mask, n_teachers=24, generator=generator(1))
        for mask in (torch.ones(3, 6), rm.densest_mask(3, 6))
    )
    gap, error = dense.mean() - cut.mean(), torch.hypot(dense.std(), cut.std()) / 24**0.5
    assert gap > 4 * error


def test_derivatives_are_those_of_autograd_and_zero_where_the_mask_is():
    how = {"generator": generator(), "dtype": torch.float64}
    mask = torch.cat([rm.densest_mask(3, 4).flatten(), torch.ones(3)]).double()
    task = _Task(torch.randn(1, 1, 5, 4, **how), mask, 3, 4)
    p = torch.randn(1, 2, 15, **how)
    found = task.derivatives(p, task.answers(p)[0])
    for k in range(2):
        exact = torch.func.jacrev(lambda q: task.answers((q * mask)[None, None])[1][0, 0])(p[0, k] * mask)
        ours = task.derivatives((p[:, k : k + 1] * mask), task.answers(p[:, k : k + 1] * mask)[0])[0, 0]
        torch.testing.assert_close(ours, exact)
    assert not found[..., mask == 0].any()


def test_the_same_seed_gives_the_same_shares():
    options = {"n_teachers": 3, "n_students": 5, "n_steps": 20}
    shares = [rm.find_teachers(torch.ones(2, 3), **options, generator=generator(5)) for _ in range(2)]
    assert torch.equal(*shares)
    assert shares[0].shape == (3,)
    assert shares[0].dtype == torch.float64


@pytest.mark.parametrize(
    ("arguments", "options", "message"),
    [
        ((torch.ones(3),), {}, "mask: expected a matrix"),
        ((2 * torch.ones(2, 3),), {}, "zeros and ones"),
        ((torch.ones(2, 3), [[0, 0]]), {}, "orders: expected orders of the units 0 ... 1"),
        ((torch.ones(2, 3),), {"n_steps": 0}, "n_steps"),
    ],
)
def test_what_makes_no_sense_is_refused_in_words(arguments, options, message):
    with pytest.raises(ValueError, match=message):
        rm.find_teachers(*arguments, generator=generator(), **options)
