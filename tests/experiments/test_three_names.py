"""One network under three names: a minimum, and a map that the exchange of names turns by a third."""

import numpy as np
import pytest

from lossland.experiments import load_record
from lossland.experiments.three_names import ThreeNamesSettings, measure


@pytest.fixture(scope="module")
def small():
    return measure(ThreeNamesSettings(6, 3e-3, 31), np.random.SeedSequence(2))


@pytest.fixture(scope="module", params=["small", "record"])
def values(request, small):
    return small if request.param == "small" else load_record("three_names").cells[0]["values"]


def test_the_corners_are_minima_and_an_equilateral_triangle(values):
    points = np.asarray(values["points"])
    assert values["gradient_norm"] < 1e-6
    assert values["accuracy"] > 0.9
    sides = np.linalg.norm(points - np.roll(points, 1, axis=0), axis=1)
    np.testing.assert_allclose(sides, sides[0], rtol=1e-9)
    np.testing.assert_allclose(points.mean(axis=0), 0, atol=1e-9 * sides[0])


def test_the_map_is_unchanged_when_it_is_turned_by_a_third(values):
    from scipy.interpolate import RectBivariateSpline

    axis, heights = np.asarray(values["axis"]), np.asarray(values["objective"])
    spline = RectBivariateSpline(axis, axis, np.log(heights))  # rows go up: the first argument is the height
    rng = np.random.default_rng(0)
    radius, angle = axis[-1] * np.sqrt(rng.uniform(0, 1, 200)), rng.uniform(0, 2 * np.pi, 200)
    turns = 2 * np.pi * np.array([0, 1 / 3, 2 / 3])
    seen = [spline.ev(radius * np.sin(angle + turn), radius * np.cos(angle + turn)) for turn in turns]
    np.testing.assert_allclose(seen[1], seen[0], atol=2e-2)
    np.testing.assert_allclose(seen[2], seen[0], atol=2e-2)
    other = spline.ev(radius * np.sin(angle + np.pi / 3), radius * np.cos(angle + np.pi / 3))
    assert np.abs(other - seen[0]).max() > 0.3  # by a sixth, it is not


def test_the_record_is_the_full_one():
    record = load_record("three_names")
    assert record.command == "lossland reproduce three_names --size full"
    assert len(record.cells[0]["values"]["axis"]) == 91


@pytest.mark.parametrize("width", [0, 2, 10])
def test_widths_that_have_no_cycles_of_three(width):
    with pytest.raises(ValueError, match=f"^width: expected a multiple of three, got {width}$"):
        ThreeNamesSettings(width, 1e-3, 11)
