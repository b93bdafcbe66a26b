"""A first exercise that only checks the installation, and shows how a checker is written."""

from __future__ import annotations

from lossland.exercises.answers import Number
from lossland.exercises.checker import Mistake, checker
from lossland.exercises.functions import Function


def _second_moment(std: float) -> float:
    return std**2


@checker(
    Function(cases=lambda rng: [1.0, 2.0, 0.0, *rng.uniform(0.1, 5.0, 10)], returns=Number()),
    reference=_second_moment,
    mistakes=[
        Mistake("not_squared", lambda std: std, "This is the standard deviation itself: the moment is its square."),
        Mistake("fourth_moment", lambda std: 3 * std**4, "This is E z^4; the second moment is E z^2."),
        Mistake("mean", lambda std: 0.0 * std, "This is E z, which vanishes by symmetry; asked for is E z^2."),
    ],
    success="Your installation works, and the variance of a centered Gaussian is its second moment.",
    hints=("What is the variance of z?", "The mean of z is 0, so E z^2 is the variance of z."),
)
def check_gaussian_second_moment(answer):
    """Check ``answer(std)``, the second moment E z^2 of z ~ N(0, std^2).

    >>> check_gaussian_second_moment(lambda std: std)
    Not yet. This is the standard deviation itself: the moment is its square.
    """
    if answer(3.0) < 0:
        return "A mean of squares cannot be negative."
    return None
