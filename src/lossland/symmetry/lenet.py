r"""LeNet-5, the original with its connection table and its fixed output codes, and the network that now bears its name.

The original is: C1, 6 maps; S2, subsampled; C3, 16 maps, each of which listens to some of the 6 only; S4; C5, 120
units; F6, 84 units; and 10 outputs, each of which measures the distance of F6 from a fixed code of -1 and 1.  S2 and S4
multiply by a trained coefficient, add a trained bias and squash again, and their maps trade places together with those
of C1 and C3.  F6 has 84 units because the codes are pictures of 7 x 12 pixels.

Source: LeCun, Bottou, Bengio and Haffner (1998), *Gradient-based learning applied to document recognition*, section
II.B and table I.
"""

from __future__ import annotations

import numpy as np

from lossland.symmetry.architecture import Architecture, ConnectionTable, Units
from lossland.symmetry.output_codes import code_classes

_C3 = (
    *((i % 6, (i + 1) % 6, (i + 2) % 6) for i in range(6)),
    *((i % 6, (i + 1) % 6, (i + 2) % 6, (i + 3) % 6) for i in range(6)),
    (0, 1, 3, 4), (1, 2, 4, 5), (0, 2, 3, 5), tuple(range(6)),
)  # fmt: skip


def c3_table() -> np.ndarray:
    """Which of the 6 maps of S2 each of the 16 maps of C3 listens to: booleans, (6, 16).

    60 links with 25 weights each, and 16 biases, make the 1516 parameters that the source states:

    >>> int(c3_table().sum()), 25 * int(c3_table().sum()) + 16
    (60, 1516)
    """
    table = np.zeros((6, 16), dtype=bool)
    for target, sources in enumerate(_C3):
        table[list(sources), target] = True
    return table


def lenet5(codes: np.ndarray | None = None) -> Architecture:
    """The original LeNet-5 of 1998.

    Args:
        codes: The fixed codes of the outputs, (n_classes, 84), entries of two values.  Then units of F6 trade places
            only where all codes agree on them, and have no free signs.  Without them the output layer is a dense one
            that is trained, which leaves F6 free.

    Returns:
        Architecture: maps of S2 with those of C1, maps of S4 with those of C3, C5 and F6.

    Raises:
        ValueError: If the codes have another shape or more than two values.

    >>> from lossland.symmetry.output_codes import seven_segment_codes
    >>> lenet5(seven_segment_codes()).n_params, lenet5().n_params
    (60000, 60850)
    """
    c1, s2, c3, s4, c5, f6 = 156, 12, 1516, 32, 48120, 10164
    units = [Units("C1, S2", 6, "tanh", 2), Units("C3, S4", 16, "tanh", 2), Units("C5", 120, "tanh")]
    n_params = c1 + s2 + c3 + s4 + c5 + f6
    if codes is None:
        units.append(Units("F6", 84, "tanh"))
        n_params += 850
    else:
        sizes = code_classes(codes, n_units=84)
        units += [Units(f"F6, code class {i}", size, "none") for i, size in enumerate(sizes, start=1)]
    table = ConnectionTable("C1, S2", "C3, S4", c3_table())
    return Architecture("LeNet-5 (1998)", tuple(units), n_params, (table,))


def modern_lenet5(*, activation: str = "tanh") -> Architecture:
    """What tutorials call LeNet-5: every map of the second layer listens to all 6, plain pooling, a trained output.

    Args:
        activation: That of maps and units.

    Returns:
        Architecture: 6 and 16 maps, 120 and 84 units.

    >>> modern_lenet5().n_params
    61706
    """
    sizes = {"maps 1": 6, "maps 2": 16, "layer 3": 120, "layer 4": 84}
    units = tuple(Units(name, size, activation) for name, size in sizes.items())
    n_params = 26 * 6 + 151 * 16 + 401 * 120 + 121 * 84 + 85 * 10
    return Architecture("LeNet-5 (modern)", units, n_params)
