r"""How many neurons are back in place when a disturbed layer is sorted by one key.

Keys :math:`x_i` are independent standard normal, the disturbed ones :math:`x_i+\delta e_i` with :math:`e_i` standard
normal, too.  A neuron with key x and disturbance e keeps its rank if as many neurons pass it from above as from below.
For many neurons, with :math:`c=n\delta` fixed, both counts are independent and Poisson, with means

.. math:: a=c\,\varphi(x)\,\bigl(e\,\Phi(e)+\varphi(e)\bigr),\qquad b=a-c\,\varphi(x)\,e,

where :math:`\varphi,\Phi` are the normal density and distribution function, because near x there are
:math:`n\varphi(x)` neurons per unit of the key.  Two such counts are equal with probability
:math:`e^{-a-b}I_0(2\sqrt{ab})` (Skellam's law), and the share is its mean over x and e.

Derived here, for the ordering of Glukhov (2024), section 6.1.
"""

from __future__ import annotations

import numpy as np
from scipy import special

from lossland import _checks

_GRID = np.linspace(-8.0, 8.0, 401)


def recovered_share(n_times_disturbance) -> np.ndarray:
    """Share of neurons that keep their rank, in the limit of many neurons.

    Args:
        n_times_disturbance: Number of neurons times the disturbance in units of the standard deviation of the keys,
            any shape, not negative.

    Returns:
        Shares in [0, 1], of the same shape.

    Raises:
        TypeError: If the argument is not real.
        ValueError: If it is negative or not finite.

    >>> np.round(recovered_share([0.0, 0.1, 1.0, 10.0]), 3)
    array([1.   , 0.969, 0.745, 0.193])
    """
    values = _checks.real_array("n_times_disturbance", n_times_disturbance, low=0.0)
    return np.array([_share(c) for c in values.ravel()]).reshape(values.shape)


def _share(c: float) -> float:
    density = np.exp(-(_GRID**2) / 2) / np.sqrt(2 * np.pi)
    weights = density / density.sum()
    passed = _GRID * special.ndtr(_GRID) + density  # mean of (e - E)+ over another disturbance E
    above, below = (np.sqrt(c * density[:, None] * part) for part in (passed, passed[::-1]))
    kept = special.ive(0, 2 * above * below) * np.exp(-((above - below) ** 2))
    return float(weights @ kept @ weights)
