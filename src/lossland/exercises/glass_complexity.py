"""Checkers of chapter 04, continued: critical energies, domination of minima, index against energy, finite size."""

from __future__ import annotations

import math

import numpy as np

from lossland import spin_glass as sg
from lossland.exercises.answers import Number
from lossland.exercises.checker import Mistake, checker
from lossland.exercises.functions import Function
from lossland.exercises.verdict import Verdict


def _zero(order, index, *, quadratic=True, scale=1.0):
    """Root of the complexity of an index, with parts left out."""
    edge = sg.threshold_energy(order)
    weight = (order - 2) / (4 * (order - 1)) if quadratic else 0.0
    low, high = edge, 40.0
    for _ in range(200):
        middle = (low + high) / 2
        value = 0.5 * math.log(order - 1) - weight * middle**2 - scale * (index + 1) * sg.index_rate(-middle, order)
        low, high = (middle, high) if value > 0 else (low, middle)
    return low


def _critical_energy(order, index):
    return float(sg.critical_energy(order, index))


def _without_edge(order, index):
    return _critical_energy(order, index) / math.sqrt(2)


def _critical_cases(rng):
    drawn = zip(rng.integers(3, 12, 6), rng.integers(0, 30, 6), strict=True)
    return [(3, 0), (3, 1), (3, 10), (4, 0), *((int(h), int(k)) for h, k in drawn)]


@checker(
    Function(_critical_cases, returns=Number(rtol=1e-6)),
    reference=_critical_energy,
    mistakes=[
        Mistake(
            "negative_energy",
            lambda h, k: -_critical_energy(h, k),
            "Right up to the sign: E_k is positive by definition, the energy of the points is near -n E_k.",
        ),
        Mistake(
            "index_not_shifted",
            lambda h, k: _critical_energy(h, k - 1) if k else _zero(h, 0, scale=1e-9),
            "You multiply the rate by k. A minimum pays it, too, for the one eigenvalue that fixes the energy: k + 1.",
            detect=lambda answer: all(
                math.isclose(answer(h, k), _critical_energy(h, k - 1), rel_tol=1e-6)
                for h, k in ((3, 1), (3, 10), (5, 4))
            ),
        ),
        Mistake(
            "index_ignored",
            lambda h, _k: _critical_energy(h, 0),
            "Your energy is that of minima for every k. The rate I₁ is paid k + 1 times, so higher indices end higher.",
        ),
        Mistake(
            "no_quadratic_term",
            lambda h, k: _zero(h, k, quadratic=False),
            "The quadratic term is missing: it is the price of the energy itself, which is Gaussian with variance n.",
        ),
        Mistake(
            "edge_for_all",
            lambda h, _k: sg.threshold_energy(h),
            "This is E_∞, the limit of large k, and does not depend on k. Find the zero of Θ_k below -E_∞.",
        ),
        Mistake(
            "physics_convention",
            _without_edge,
            "Smaller by √2: these are the energies of the physicists' normalization, with variance n/2.",
        ),
        Mistake(
            "doubled_rate",
            lambda h, k: _zero(h, k, scale=2.0),
            "Your rate is twice too large: I₁ = (2/E_∞²)∫√(z² - E_∞²)dz from E_∞ to -u.",
        ),
    ],
    success="Zeros of the complexity are energies: below -E_k a typical landscape has no point of index k.",
    hints=(
        "Write Θ_k with the rate as a function of u, for u ≤ -E_∞.",
        "Θ_k is positive at -E_∞ (for H ≥ 3) and falls without bound: a bracket for `scipy.optimize.brentq`.",
        "With u = -E_∞ cosh v the rate is sinh(2v)/2 - v.",
    ),
)
def check_critical_energy(answer):
    """Check ``answer(order, index)``, the energy E_k(H) at which the complexity of index k vanishes."""


def _spins_needed(energy_density, factor):
    rate = sg.index_rate(energy_density, 3)
    return math.ceil(math.log(factor) / rate) if rate > 0 else math.inf


def _needed(change):
    return lambda u, factor: change(math.log(factor), sg.index_rate(u, 3), u)


@checker(
    Function(
        [(-1.645, 1000.0), (-1.65, 10.0), (-1.64, 100.0), (-1.655, 1e6), (-1.7, 2.0), (-1.66, 50.0)],
        returns=Number(rtol=1e-9, allow_infinite=True),
    ),
    reference=_spins_needed,
    mistakes=[
        Mistake(
            "decimal_logarithm",
            _needed(lambda log, rate, _u: math.ceil(log / math.log(10) / rate)),
            "Complexities are natural logarithms; you took the decimal one.",
        ),
        Mistake(
            "rounded_down",
            _needed(lambda log, rate, _u: math.floor(log / rate)),
            "One spin short: at the number you give the factor is not reached yet. Round up.",
        ),
        Mistake(
            "not_a_whole_number",
            _needed(lambda log, rate, _u: log / rate),
            "This is where the factor is reached exactly. Spins come in whole numbers: round up.",
        ),
        Mistake(
            "complexity_of_minima_alone",
            _needed(lambda log, _rate, u: math.ceil(log / abs(sg.complexity_of_index(u, 3, 0)))),
            "That is when the number of minima reaches the factor (or its inverse). The ratio to saddles has the "
            "exponent Θ₀ - Θ₁.",
            detect=lambda answer: all(
                answer(u, f) == math.ceil(math.log(f) / sg.complexity_of_index(u, 3, 0))
                for u, f in ((-1.645, 1000.0), (-1.65, 10.0), (-1.64, 100.0))
            ),
        ),
        Mistake(
            "half_rate",
            _needed(lambda log, rate, _u: math.ceil(log / (2 * rate))),
            "Θ₀ - Θ₁ is one rate I₁, not two: the saddle pays it twice, the minimum once.",
        ),
    ],
    success="That is what the exponent alone promises. The exact count is far ahead of it, because eigenvalues repel.",
    hints=(
        "The ratio of the mean numbers is e^(n(Θ₀ - Θ₁)) up to factors that do not grow exponentially.",
        "Θ₀ - Θ₁ = I₁(u).",
        "`math.ceil(math.log(factor) / rate)`, and think about u ≥ -E_∞.",
    ),
)
def check_spins_needed(answer):
    """Check ``answer(energy_density, factor)``: n at which minima outnumber index-1 saddles by it, H = 3."""
    if answer(-1.6, 10.0) == math.inf or answer(-1.645, 1000.0) != _spins_needed(-1.645, 1000.0):
        return None
    return Verdict(
        "incorrect",
        "Right inside the band. At and above -E_∞ the two complexities agree, and no number of spins is enough: return "
        "`math.inf` there.",
        mistake="no_case_above_the_edge",
    )


def _index_fraction(energy_density, order):
    return float(sg.index_fraction(energy_density, order))


def _semicircle(x):
    return 0.5 + (x * math.sqrt(max(1 - x * x, 0.0)) + math.asin(max(-1.0, min(1.0, x)))) / math.pi


def _fraction_cases(rng):
    fixed = [(0.0, 3), (-1.0, 3), (0.7, 3), (-0.5, 2), (-1.7, 3), (1.9, 4)]
    return fixed + [(float(u), int(h)) for u, h in zip(rng.uniform(-1.9, 1.9, 8), rng.integers(2, 8, 8), strict=True)]


@checker(
    Function(_fraction_cases, returns=Number(rtol=1e-3, atol=1e-4)),
    reference=_index_fraction,
    mistakes=[
        Mistake(
            "shift_forgotten",
            lambda _u, _h: 0.5,
            "One half at every energy: that is the Euclidean Hessian. On the sphere eigenvalues are shifted by -H u.",
        ),
        Mistake(
            "upside_down",
            lambda u, h: 1 - _index_fraction(u, h),
            "You count positive eigenvalues: low points should have few negative ones.",
        ),
        Mistake(
            "radius_two",
            lambda u, _h: _semicircle(u / 2),
            "Your semicircle has radius 2 whatever H. In units of the energy per spin the radius is E_∞ = 2√((H-1)/H).",
        ),
        Mistake(
            "shift_without_order",
            lambda u, h: _semicircle(u / (2 * math.sqrt(h * (h - 1)))),
            "You shift by -u. Euler's identity gives w·∇L = H L, so the shift is -H u.",
        ),
        Mistake(
            "linear",
            lambda u, h: max(0.0, min(1.0, 0.5 + u / (2 * sg.threshold_energy(h)))),
            "A straight line: that would be a uniform density of eigenvalues. It is a semicircle.",
        ),
        Mistake(
            "density_for_distribution",
            lambda u, h: 2 / math.pi * math.sqrt(max(1 - (u / sg.threshold_energy(h)) ** 2, 0.0)),
            "This is the density of the semicircle at u. The fraction below zero is its integral.",
        ),
    ],
    success="A semicircle of radius E_∞, read at u: one curve from minima to maxima.",
    hints=(
        "The Hessian on the sphere is a GOE matrix with semicircle radius 2√(H(H-1)), minus H u.",
        "It is negative where the semicircle variable is below H u; divide both by H.",
        "1/2 + (x√(1-x²) + arcsin x)/π with x = u/E_∞, clipped to [-1, 1].",
    ),
)
def check_index_fraction(answer):
    """Check ``answer(energy_density, order)``, the fraction of negative eigenvalues at a critical point, many spins."""


def _mean_energy_of_minima(order, n_spins):
    shift = 2 * math.sqrt(2 * (order - 1) * (order - 2)) / order
    return -sg.threshold_energy(order) + shift / math.sqrt(n_spins)


def _shifted(change):
    return lambda h, n: -sg.threshold_energy(h) + change(_mean_energy_of_minima(h, n) + sg.threshold_energy(h), h, n)


def _size_cases(rng):
    drawn = zip(rng.integers(3, 9, 6), rng.integers(50, 5000, 6), strict=True)
    return [(3, 100), (3, 10_000), (4, 1000), *((int(h), int(n)) for h, n in drawn)]


@checker(
    Function(_size_cases, returns=Number(rtol=1e-6)),
    reference=_mean_energy_of_minima,
    mistakes=[
        Mistake(
            "inside_the_band",
            _shifted(lambda shift, _h, _n: -shift),
            "Below the edge: but the weight of the energy favors high energies, and pushes minima up, out of the band.",
        ),
        Mistake(
            "edge_scale",
            _shifted(lambda shift, _h, n: shift * n ** (1 / 2 - 2 / 3)),
            "You let the shift scale like n^(-2/3), the width of the edge. It is n^(1/6) such widths, so n^(-1/2).",
        ),
        Mistake(
            "cubic_not_differentiated",
            _shifted(lambda shift, _h, _n: shift * math.sqrt(3)),
            "Larger by √3: the derivative of s³/24 is s²/8, not s²/24.",
        ),
        Mistake(
            "eigenvalue_not_energy",
            _shifted(lambda shift, h, _n: shift * math.sqrt(h / (2 * (h - 1)))),
            "Your shift is that of the eigenvalue divided by √n. The energy per spin is smaller by √(H/(2(H-1))).",
        ),
        Mistake(
            "three_spins_only",
            lambda h, n: -sg.threshold_energy(h) + 4 / 3 / math.sqrt(n),
            "4/3 is the coefficient for H = 3. Redo the last line with a = (H-2)/(2H).",
        ),
        Mistake(
            "from_the_ground_state",
            lambda h, n: _mean_energy_of_minima(h, n) + sg.threshold_energy(h) - sg.ground_state_energy(h),
            "You add the shift to -E₀. Minima pile up at the *upper* end of the band, -E_∞, and a little above it.",
        ),
        Mistake(
            "shift_alone",
            lambda h, n: _mean_energy_of_minima(h, n) + sg.threshold_energy(h),
            "That is the distance to the edge. Asked is the energy per spin: subtract E_∞.",
        ),
        Mistake(
            "total_energy",
            lambda h, n: n * _mean_energy_of_minima(h, n),
            "That is the total energy. Per spin it is smaller by the factor n.",
        ),
        Mistake(
            "edge_itself",
            _shifted(lambda _shift, _h, _n: 0.0),
            "This is the limit of infinitely many spins; it does not depend on n.",
        ),
    ],
    success="At every finite size minima sit above the band, by an amount that dies like n^(-1/2).",
    hints=(
        "Put x = -√(2n) + s n^(-1/6)/√2 into (H-2)x²/(2H): how does the exponent depend on s, to leading order?",
        "Maximize 2a n^(1/3) s - s³/24 with a = (H-2)/(2H).",
        "s* = 4√a n^(1/6); the energy is the eigenvalue divided by √(nH/(2(H-1))).",
    ),
)
def check_finite_size_shift(answer):
    """Check ``answer(order, n_spins)``, the leading mean energy per spin of minima of a finite glass."""
    shifts = np.array([answer(3, n) + sg.threshold_energy(3) for n in (100, 400)])
    if 0 < shifts[0] < 1 and abs(shifts[0] / shifts[1] - 2) > 1e-3:
        return "Four times as many spins should halve the distance to the edge."
    return None
