"""Permutations of hidden neurons: networks that differ by one are the same function.

Convention: ``permutation[i]`` is the neuron that goes to place i ("takes unit permutation[i]"), and it is the second
network that is permuted onto the first.  Networks are torch, and imported when first used.
"""

from importlib import import_module

_LATER = {
    "Matching": "matching",
    "match_neurons": "matching",
    "permute_neurons": "matching",
}

__all__ = [*_LATER]


def __getattr__(name: str):
    """Import a module, and torch where it needs it, when one of its names is first asked for."""
    if name in _LATER:
        return getattr(import_module(f"{__name__}.{_LATER[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
