"""Random symmetric matrices to compare spectra with: what a network's Hessian would look like without structure."""

from __future__ import annotations

import numpy as np

from lossland import _checks


def sample_wigner(size: int, entry_std: float, *, rng: np.random.Generator) -> np.ndarray:
    """A symmetric matrix of Gaussian entries, standard deviation ``entry_std`` off the diagonal, sqrt(2) times on it.

    Args:
        size: Number n of rows.
        entry_std: Standard deviation of an entry off the diagonal.
        rng: Draws them.

    Returns:
        Array (n, n).

    >>> m = sample_wigner(4, 1.0, rng=np.random.default_rng(0))
    >>> bool((m == m.T).all())
    True
    """
    size = _checks.integer("size", size, low=1)
    entry_std = _checks.real_number("entry_std", entry_std, low=0.0)
    matrix = rng.standard_normal((size, size)) * entry_std
    return (matrix + matrix.T) / np.sqrt(2)


def sample_wishart(n_rows: int, n_columns: int, *, variance: float = 1.0, rng: np.random.Generator) -> np.ndarray:
    """The matrix X X^T / N of an n x N matrix X of Gaussian entries.

    Args:
        n_rows: Number n.
        n_columns: Number N.
        variance: Variance of an entry of X.
        rng: Draws them.

    Returns:
        Array (n, n).

    >>> sample_wishart(3, 2, rng=np.random.default_rng(0)).shape
    (3, 3)
    """
    n_rows, n_columns = _checks.integer("n_rows", n_rows, low=1), _checks.integer("n_columns", n_columns, low=1)
    entries = rng.standard_normal((n_rows, n_columns))
    return _checks.real_number("variance", variance, low=0.0) * (entries @ entries.T) / n_columns
