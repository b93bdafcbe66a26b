import numpy as np
import pytest
import torch

from lossland import signal_propagation as sp


@pytest.mark.ledger("yarotsky-fig-08-curve-evolution")
@pytest.mark.parametrize(("w2", "b2", "expected"), [(0.8, 0.1, 0.7645), (1.0, 0.05, 0.8712), (2.25, 0.05, 1.0451)])
def test_a_curve_of_inputs_stretches_by_the_root_of_chi1(w2, b2, expected):
    w, b, width = np.sqrt(w2), np.sqrt(b2), 800
    q = sp.q_star(w, b, "tanh").value
    theory = np.sqrt(sp.chi1(q, w, "tanh"))
    assert theory == pytest.approx(expected, abs=1e-4)
    ratios = []
    for seed in range(4):
        generator = torch.Generator().manual_seed(seed)
        points = sp.circle_inputs(600, (q - b2) / w2, width, generator=generator)
        lengths = sp.curve_lengths(sp.propagate_curve(points, [width] * 5, w, b, "tanh", generator=generator))
        ratios.append(lengths[1:] / lengths[:-1])
    mean, error = np.mean(ratios), np.std(ratios) / np.sqrt(4)
    assert abs(mean - theory) < 4 * error + 0.004


def test_circle_is_a_circle():
    points = sp.circle_inputs(50, 2.0, 30, generator=torch.Generator().manual_seed(1))
    assert torch.allclose((points**2).mean(dim=1), torch.full((50,), 2.0, dtype=torch.float64))
    assert torch.linalg.matrix_rank(points) == 2
    flat = sp.curve_projection(points, n_components=2)
    assert np.hypot(*flat.T) == pytest.approx(np.sqrt(2.0 * 30))


def test_projection_has_the_variance_of_the_leading_directions():
    generator = torch.Generator().manual_seed(2)
    curve = torch.randn(40, 6, dtype=torch.float64, generator=generator)
    values = torch.linalg.svdvals(curve - curve.mean(dim=0)).numpy()
    assert np.linalg.norm(sp.curve_projection(curve), axis=0) == pytest.approx(values[:3])


def test_errors():
    generator = torch.Generator().manual_seed(0)
    with pytest.raises(ValueError, match=r"points: expected a curve of shape \(P, d_0\)"):
        sp.propagate_curve(torch.ones(3), [4], 1.0, 0.0, "tanh", generator=generator)
    with pytest.raises(ValueError, match="n_points: expected an integer >= 3, got 2"):
        sp.circle_inputs(2, 1.0, 10, generator=generator)
