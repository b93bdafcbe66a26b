"""A point of parameter space, whatever holds it: an array, a network, or any sequence of arrays.

A *point* is a NumPy array, a torch tensor, an :class:`~lossland.networks.mlp.MLP`, or a tuple or list of points; nested
numbers are taken for one NumPy array.  A point may carry leading dimensions: a batch of pairs to connect, and in front
of them one for positions on a path.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import prod
from typing import Any

from array_api_compat import array_namespace, is_array_api_obj

from lossland import _checks


def is_structure(point: Any) -> bool:
    """Whether ``point`` is a tuple or list that holds arrays, rather than numbers.

    >>> import numpy as np
    >>> is_structure([np.ones(2), np.ones(3)]), is_structure([1.0, 2.0])
    (True, False)
    """
    return isinstance(point, tuple | list) and any(is_array_api_obj(part) or is_structure(part) for part in point)


def leaves(point: Any) -> list[Any]:
    """Arrays of a point, in order.

    >>> import numpy as np
    >>> [leaf.shape for leaf in leaves((np.ones(2), [np.ones((3, 1))]))]
    [(2,), (3, 1)]
    """
    if is_structure(point):
        return [leaf for part in point for leaf in leaves(part)]
    return [point]


def rebuild(like: Any, new_leaves: Sequence[Any]) -> Any:
    """A point with the structure of ``like`` and other arrays, in the order of :func:`leaves`.

    >>> rebuild(([1.0], [2.0]), [5.0])
    5.0
    """
    return _rebuild(like, iter(new_leaves))


def _rebuild(like: Any, rest: Iterator[Any]) -> Any:
    if not is_structure(like):
        return next(rest)
    parts = [_rebuild(part, rest) for part in like]
    return type(like)(*parts) if hasattr(like, "_fields") else type(like)(parts)


def check_alike(points: Sequence[Any], names: Sequence[str]) -> list[list[Any]]:
    """Check that all points have the structure, shapes, kind of array, dtype and device of the first.

    Args:
        points: At least one point.
        names: What each is called, for the message.

    Returns:
        The leaves of each point, floating-point arrays.

    Raises:
        TypeError: If a leaf is not real numbers, or of another kind or dtype than in the first point.
        ValueError: If the structure, a shape or a device differs, or a number is NaN or infinite.
    """
    checked = [
        [_checks.floating_array(name, leaf)[0] for leaf in leaves(point)]
        for point, name in zip(points, names, strict=True)
    ]
    first = checked[0]
    for found, name in zip(checked[1:], names[1:], strict=True):
        if [leaf.shape for leaf in found] != [leaf.shape for leaf in first]:
            raise ValueError(
                f"{name}: expected the shapes of {names[0]}, {_shapes(first)}, got {_shapes(found)}; points of one "
                "path must have the same shapes"
            )
        for ours, theirs in zip(first, found, strict=True):
            if array_namespace(ours) is not array_namespace(theirs) or ours.dtype != theirs.dtype:
                raise TypeError(
                    f"{name}: expected {type(ours).__name__} of {ours.dtype} as in {names[0]}, got "
                    f"{type(theirs).__name__} of {theirs.dtype}"
                )
            if ours.device != theirs.device:
                raise ValueError(f"{name}: expected it on {ours.device} as {names[0]}, got it on {theirs.device}")
    return checked


def to_vectors(arrays: Sequence[Any], n_batch: int) -> Any:
    """Leaves with ``n_batch`` leading batch dimensions as one array of vectors, (..., D).

    >>> import numpy as np
    >>> to_vectors([np.ones((5, 2, 3)), np.ones((5, 4))], 1).shape
    (5, 10)
    """
    xp = array_namespace(*arrays)
    return xp.concat([xp.reshape(array, (*array.shape[:n_batch], -1)) for array in arrays], axis=-1)


def from_vectors(vectors: Any, like: Sequence[Any], n_batch: int) -> list[Any]:
    """Inverse of :func:`to_vectors`: leaves of the shapes of ``like``, with the leading dimensions of ``vectors``.

    >>> import numpy as np
    >>> [leaf.shape for leaf in from_vectors(np.ones((7, 5, 10)), [np.ones((5, 2, 3)), np.ones((5, 4))], 1)]
    [(7, 5, 2, 3), (7, 5, 4)]
    """
    xp, found, start = array_namespace(vectors), [], 0
    for array in like:
        shape = array.shape[n_batch:]
        stop = start + prod(shape)
        found.append(xp.reshape(vectors[..., start:stop], (*vectors.shape[:-1], *shape)))
        start = stop
    return found


def _shapes(arrays: Sequence[Any]) -> str:
    text = ", ".join(str(tuple(array.shape)) for array in arrays)
    return text if len(text) < 200 else text[:197] + "..."
