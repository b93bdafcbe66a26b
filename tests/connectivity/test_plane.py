"""The plane through three networks: the three are where they should be, and a bent path lies in it."""

import pytest
import torch

from lossland.connectivity.paths import bezier_path
from lossland.connectivity.plane import plane_through
from lossland.networks import sample_mlp, to_vector


def test_three_networks_and_a_curve_through_them():
    draw = torch.Generator().manual_seed(1)
    a, b, c = (sample_mlp((3, 5, 2), 1.0, 0.5, generator=draw) for _ in range(3))
    plane = plane_through(a, b, c)
    torch.testing.assert_close(plane.axes @ plane.axes.T, torch.eye(2, dtype=torch.float64))
    for mlp in (a, b, c):
        back = plane.at(plane.coordinates(mlp)[None])
        torch.testing.assert_close(to_vector(back)[0], to_vector(mlp))
    assert plane.coordinates(a).tolist() == [0.0, 0.0]
    assert float(plane.coordinates(c)[1]) > 0
    curve = bezier_path([a, c, b], [0.2, 0.5, 0.9])
    torch.testing.assert_close(to_vector(plane.at(plane.coordinates(curve))), to_vector(curve))


def test_no_plane_through_points_on_a_line():
    a, b = torch.zeros(3), torch.ones(3)
    for c in (b / 2, b, a):
        with pytest.raises(ValueError, match="c: expected a point off the line"):
            plane_through(a, b, c)
    with pytest.raises(ValueError, match="c: expected a point off the line"):
        plane_through(a, a, b)
    with pytest.raises(ValueError, match="b: expected the shapes of a"):
        plane_through(a, b[:2], b)
