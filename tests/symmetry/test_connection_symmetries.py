"""Symmetries of connection tables against brute force over all pairs of permutations."""

from collections import Counter
from itertools import permutations

import numpy as np
import pytest

from lossland.symmetry import c3_table, table_symmetries


def brute_force(table):
    rows, columns = map(range, table.shape)
    return sum(
        np.array_equal(table[np.ix_(p, q)], table) for p in permutations(rows) for q in permutations(columns)
    )  # fmt: skip


@pytest.mark.parametrize("seed", range(10))
def test_all_pairs_of_small_tables(seed):
    rng = np.random.default_rng(seed)
    table = rng.integers(0, 2, (int(rng.integers(1, 5)), int(rng.integers(1, 5))))
    found = table_symmetries(table)
    assert found.n_symmetries == brute_force(table) == len(found.sources) * found.n_per_source
    for sources, targets in zip(found.sources, found.targets, strict=True):
        assert np.array_equal(table[np.ix_(sources, targets)], table)


def test_equal_columns_and_rows_multiply():
    assert table_symmetries(np.ones((3, 4))).n_symmetries == 6 * 24
    assert table_symmetries(np.eye(4)).n_symmetries == 24
    assert table_symmetries(np.ones((3, 4))).n_per_source == 24


def test_table_of_lenet_has_the_twelve_symmetries_of_a_hexagon():
    found = table_symmetries(c3_table())
    turns = {tuple((sign * i + shift) % 6 for i in range(6)) for sign in (1, -1) for shift in range(6)}
    assert found.n_symmetries == 12
    assert set(map(tuple, found.sources.tolist())) == turns
    listeners = Counter(frozenset(np.flatnonzero(column)) for column in c3_table().T)
    allowed = [p for p in permutations(range(6)) if Counter(frozenset(p[i] for i in s) for s in listeners) == listeners]
    assert set(allowed) == turns


@pytest.mark.parametrize(
    ("table", "words"),
    [([[0, 2]], "zeros and ones"), ([1, 0], "zeros and ones"), (np.eye(10), "at most 9 sources, .* got 10")],
)
def test_bad_tables_are_told_in_words(table, words):
    with pytest.raises(ValueError, match=words):
        table_symmetries(table)
