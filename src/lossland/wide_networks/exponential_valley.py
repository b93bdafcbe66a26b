r"""Closed forms for the valleys to infinity that the added exponential neuron makes.

**One sample.**  Let :math:`c=y-\hat y` be the gap that the model leaves.  The neuron closes it quickly,
:math:`a\,e^{b+w\cdot x}\approx c`; then the penalty drives :math:`a` to zero and :math:`b` to infinity along the
curve on which the product stays.  From :math:`a\,\dot a-\dot b=-2\lambda a^2` (with :math:`w` trained,
:math:`a\,\dot a-\dot s/(1+|x|^2)=-2\lambda a^2` for :math:`s=b+w\cdot x`) and :math:`\dot s\simeq-\dot a/a`,

.. math::
   |a|\simeq(4\lambda\kappa t)^{-1/2},\qquad s\simeq\tfrac12\ln(4\lambda\kappa c^2t),\qquad
   \tilde{\mathcal L}\simeq\lambda a^2=\frac1{4\kappa t},\qquad \kappa=1+|x|^2 ,

where :math:`\kappa=1` if :math:`w` is kept.

With :math:`w` kept at 0 and half the squared error the landscape is explicit: minimized over the amplitude,
:math:`\min_a\tilde{\mathcal L}=\mathcal L(\theta)\cdot2\lambda/(e^{2b}+2\lambda)` (:func:`reduced_loss`).  At every
:math:`b` it is the old landscape, only lower.

Along the valley the derivative of the loss is :math:`l'=-\dot s/(\kappa c)`, and for a square loss the model moves by
:math:`d\theta/ds=-\frac1{2\kappa}\nabla\ln\mathcal L(\theta)`: with the exponent, the logarithm of time, for a clock,
it descends its own landscape, with all its bad minima.

**Gradient descent** with a fixed step stalls where the walls become too steep: the sharpness of a square loss on the
valley is :math:`e^{2s}+c^2\kappa` and must stay below :math:`2/\alpha`.

**A line through a parabola.**  For :math:`\hat y=\theta_0+\theta_1x` and :math:`y=x^2` on symmetric inputs,
:math:`Ae^{wx}=A(1+wx+w^2x^2/2+\dots)` with :math:`A=2/w^2` makes the parabola, the line cancels the rest,
:math:`\theta\simeq-(2/w^2,2/w)`, and the flow closes the remaining error :math:`\frac w3x^3` like
:math:`w\simeq(Kt/24)^{-1/6}`, where K is the mean squared distance of :math:`x^3` from the span of :math:`1,x,x^2`.  So
:math:`\theta\to\infty`.

All derived here; the problem is that of Golikov's slides, "Where is the catch?".
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from scipy.special import expit

from lossland import _checks


class Valley(NamedTuple):
    """Leading asymptotics for one sample, arrays of the shape of the times: |a|, the exponent s, the modified loss."""

    amplitude: np.ndarray
    exponent: np.ndarray
    modified_loss: np.ndarray


class ParabolaValley(NamedTuple):
    """Leading asymptotics for a line and a parabola, arrays of the shape of the times."""

    weight: np.ndarray
    intercept: np.ndarray
    slope: np.ndarray
    modified_loss: np.ndarray


def one_sample_valley(times, penalty: float, gap: float, *, input_norm: float = 0.0) -> Valley:
    r"""Amplitude, exponent and modified loss at late times, for one sample.

    Args:
        times: Times > 0.
        penalty: :math:`\lambda>0`.
        gap: :math:`c=y-\hat y`, not 0.
        input_norm: :math:`|x|`; 0 also if the inner weights are not trained.

    Returns:
        Valley: :math:`|a|`, :math:`s=b+w\cdot x`, and :math:`\tilde{\mathcal L}`; relative errors are
        :math:`O(\ln t/t)`.

    Raises:
        ValueError: If a number is not positive, or the gap is 0: then there is no valley but a minimum.

    >>> valley = one_sample_valley(1e7, 0.1, -1.5)
    >>> print(f"{valley.modified_loss:.3e} {valley.amplitude:.3e} {valley.exponent:.4f}")
    2.500e-08 5.000e-04 8.0064
    """
    times = _positive("times", times)
    penalty, gap = float(_positive("penalty", penalty)), _checks.real_number("gap", gap)
    if gap == 0:
        raise ValueError("gap: expected a number other than 0: a model that fits leaves the neuron nothing to do")
    kappa = 1 + _checks.real_number("input_norm", input_norm, low=0.0) ** 2
    growth = 4 * penalty * kappa * times
    return Valley(growth**-0.5, 0.5 * np.log(growth * gap**2), penalty / growth)


def reduced_loss(model_loss, shift, penalty: float) -> np.ndarray:
    r"""The modified loss of one sample at the best amplitude, for half the squared error and inner weights 0.

    Args:
        model_loss: :math:`\mathcal L(\theta)`, numbers that broadcast with ``shift``.
        shift: The b of the neuron.
        penalty: :math:`\lambda>0`.

    Returns:
        :math:`\mathcal L(\theta)\cdot2\lambda/(e^{2b}+2\lambda)`, reached at
        :math:`a=c\,e^b/(e^{2b}+2\lambda)`.

    >>> float(reduced_loss(3.0, 0.0, 0.5))
    1.5
    """
    penalty = float(_positive("penalty", penalty))
    return _checks.real_array("model_loss", model_loss) * expit(math.log(2 * penalty) - 2 * np.asarray(shift))


def stall_exponent(learning_rate: float, gap: float, *, input_norm: float = 0.0) -> float:
    r"""Exponent s at which gradient descent with a fixed step becomes unstable, for one sample and half a squared
    error.

    Args:
        learning_rate: Step :math:`\alpha`.
        gap: :math:`c=y-\hat y`.
        input_norm: :math:`|x|`; 0 also if the inner weights are not trained.

    Returns:
        The s with :math:`\alpha\,(e^{2s}+c^2(1+|x|^2))=2`, -inf if the step is too large for any.

    >>> round(stall_exponent(0.02, 1.0), 4)  # half the logarithm of 99
    2.2976
    """
    rate, gap = float(_positive("learning_rate", learning_rate)), _checks.real_number("gap", gap)
    room = 2 / rate - gap**2 * (1 + _checks.real_number("input_norm", input_norm, low=0.0) ** 2)
    return 0.5 * math.log(room) if room > 0 else -math.inf


def parabola_valley(times, inputs) -> ParabolaValley:
    r"""Inner weight, line and loss at late times, for the line, the parabola :math:`y=x^2` and half the squared error.

    Args:
        times: Times > 0.
        inputs: The abscissas (m,), symmetric about 0, at least four of them different.

    Returns:
        ParabolaValley: :math:`|w|`, :math:`\theta_0`, :math:`|\theta_1|` and :math:`\tilde{\mathcal L}`, up to
        relative errors of order :math:`w^2`.

    >>> late = parabola_valley(np.array([1e6, 64e6]), np.linspace(-1, 1, 5))
    >>> [round(float(ratio), 6) for ratio in (late.weight[0] / late.weight[1], late.intercept[1] / late.intercept[0])]
    [2.0, 4.0]
    """
    times, x = _positive("times", times), _checks.real_array("inputs", inputs).reshape(-1)
    if np.unique(x).size < 4 or not np.allclose(np.sort(x), -np.sort(x)[::-1]):
        raise ValueError("inputs: expected at least four different abscissas, symmetric about 0")
    powers = np.vander(x, 3)
    rest = x**3 - powers @ np.linalg.lstsq(powers, x**3, rcond=None)[0]
    distance = np.mean(rest**2)
    weight = (distance * times / 24) ** (-1 / 6)
    return ParabolaValley(weight, -2 / weight**2, 2 / weight, distance * weight**2 / 18)


def _positive(name: str, value) -> np.ndarray:
    array = _checks.real_array(name, value)
    if np.any(array <= 0):
        raise ValueError(f"{name}: expected positive numbers, got {array.min():g}")
    return array
