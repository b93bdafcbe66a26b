"""The colors stay apart for readers with each of the three kinds of color blindness.

Simulation by Machado, Oliveira and Fernandes (2009), *A physiologically-based model for simulation of color vision
deficiency*, severity 1; distance in CIELAB, in which 2 can just be seen side by side.
"""

from itertools import combinations

import numpy as np
import pytest

from lossland.figures.style import COLORS

SEEN = {
    "all cones": np.eye(3),
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.3039]],
}
TO_XYZ = [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.072175], [0.0193339, 0.119192, 0.9503041]]
WHITE = np.array([0.95047, 1.0, 1.08883])


def linear(color: str) -> np.ndarray:
    values = np.array([int(color[k : k + 2], 16) for k in (1, 3, 5)]) / 255
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def lab(rgb: np.ndarray) -> np.ndarray:
    x = np.asarray(TO_XYZ) @ np.clip(rgb, 0, 1) / WHITE
    f = np.where(x > 216 / 24389, np.cbrt(x), (24389 / 27 * x + 16) / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def distances(colors: dict[str, str], kind: str) -> dict[tuple[str, str], float]:
    seen = {name: lab(np.asarray(SEEN[kind]) @ linear(color)) for name, color in colors.items()}
    return {(a, b): float(np.linalg.norm(seen[a] - seen[b])) for a, b in combinations(colors, 2)}


@pytest.mark.parametrize("kind", SEEN)
def test_colors_of_lines_are_told_apart(kind):
    lines = {name: color for name, color in COLORS.items() if name != "gray"}  # gray is for what is not compared
    assert min(distances(lines, kind).values()) > 15


def test_red_and_green_would_not_do():
    assert distances({"red": "#D62728", "green": "#2CA02C"}, "deuteranopia")["red", "green"] < 15


def test_known_values():
    np.testing.assert_allclose(lab(linear("#FFFFFF")), [100, 0, 0], atol=0.01)
    np.testing.assert_allclose(lab(linear("#FF0000")), [53.24, 80.09, 67.2], atol=0.02)
