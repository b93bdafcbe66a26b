"""Paths meet their ends exactly, answer in kind, and have the law that theory says along the way."""

import numpy as np
import pytest
import torch

from lossland.connectivity import arc_path, bezier_path, linear_path, neuron_mean, polygonal_path
from lossland.networks import MLP, forward, sample_mlp

TIMES = np.linspace(0, 1, 9)
PATHS = {
    "linear": linear_path,
    "arc": arc_path,
    "centered arc": lambda a, b, t: arc_path(a, b, t, mean=0.1),
    "bezier": lambda a, b, t: bezier_path([a, 2 * b, a - b, b], t),
    "polygonal": lambda a, b, t: polygonal_path([a, 2 * b, a - b, b], t),
}


def ends(kind=np.asarray, seed=0, shape=(3, 2)):
    rng = np.random.default_rng(seed)
    return kind(rng.normal(size=shape)), kind(rng.normal(size=shape))


@pytest.mark.parametrize("kind", [np.asarray, torch.as_tensor, lambda x: torch.as_tensor(x, dtype=torch.float32)])
@pytest.mark.parametrize("name", PATHS)
def test_ends_are_met_to_the_last_bit_and_in_kind(name, kind):
    a, b = ends(kind)
    path = PATHS[name](a, b, TIMES)
    assert type(path) is type(a)
    assert path.dtype == a.dtype
    assert path.shape == (9, 3, 2)
    assert (path[0] == a).all()
    assert (path[-1] == b).all()
    assert PATHS[name](a, b, 0.25).shape == (3, 2)
    np.testing.assert_allclose(PATHS[name](a, b, 0.25), path[2], rtol=1e-6)


def test_formulas_written_out():
    a, b = ends()
    mean, t = np.array([0.3, -2.0]), 0.3
    c, s = np.cos(np.pi * t / 2), np.sin(np.pi * t / 2)
    np.testing.assert_allclose(linear_path(a, b, t), 0.7 * a + 0.3 * b)
    np.testing.assert_allclose(arc_path(a, b, t), c * a + s * b)
    np.testing.assert_allclose(arc_path(a, b, t, mean=mean), mean + c * (a - mean) + s * (b - mean))
    bend = a - 3 * b
    np.testing.assert_allclose(bezier_path([a, bend, b], t), 0.49 * a + 0.42 * bend + 0.09 * b)
    np.testing.assert_allclose(polygonal_path([a, bend, b], t), a + 0.6 * (bend - a))
    np.testing.assert_allclose(polygonal_path([a, bend, b], 0.8), bend + 0.6 * (b - bend))


def test_bends_on_the_segment_give_the_segment():
    a, b = ends()
    middle = linear_path(a, b, 0.5)
    thirds = linear_path(a, b, [0, 1 / 3, 2 / 3, 1])
    for path in (bezier_path, polygonal_path):
        np.testing.assert_allclose(path([a, middle, b], TIMES), linear_path(a, b, TIMES), atol=1e-15)
        np.testing.assert_allclose(path(thirds, TIMES), linear_path(a, b, TIMES), atol=1e-15)
        np.testing.assert_allclose(path([a, b], TIMES), linear_path(a, b, TIMES), atol=1e-15)
    assert np.abs(bezier_path([a, middle + 1, b], 0.5) - middle).min() > 0.4


def test_an_arc_around_the_middle_runs_on_the_segment():
    a, b = ends()
    middle = (a + b) / 2
    arc = arc_path(a, b, TIMES, mean=middle)
    share = (np.sin(np.pi * TIMES / 2) - np.cos(np.pi * TIMES / 2) + 1) / 2
    np.testing.assert_allclose(arc, linear_path(a, b, share), atol=1e-14)


class TestLawOfTheNeurons:
    N = 200_000

    def covariance_factors(self, path):
        """Mean square over that of the ends with its standard error, at t = 1/4, 1/2, 4/5."""
        squares = path**2 / 4
        return squares.mean(axis=1), squares.std(axis=1) / np.sqrt(self.N)

    def gaussians(self, mean=0.0):
        return mean + 2 * np.random.default_rng(1).normal(size=(2, self.N))

    def test_covariance_is_squeezed_on_the_segment_and_kept_on_the_arc(self):
        x, y = self.gaussians()
        t = np.array([0.25, 0.5, 0.8])
        for path, expected in ((linear_path, t**2 + (1 - t) ** 2), (arc_path, np.ones(3))):
            found, error = self.covariance_factors(path(x, y, t))
            assert np.all(np.abs(found - expected) < 4 * error)
            assert np.all(error < 0.005)

    def test_a_full_covariance_matrix_is_kept_by_the_arc(self):
        rng = np.random.default_rng(2)
        factor = np.array([[2.0, 0.0], [1.5, 0.5]])
        x, y = rng.normal(size=(2, self.N, 2)) @ factor.T
        middle = arc_path(x, y, 0.5)
        np.testing.assert_allclose(middle.T @ middle / self.N, factor @ factor.T, atol=0.05)
        half = linear_path(x, y, 0.5)
        np.testing.assert_allclose(half.T @ half / self.N, factor @ factor.T / 2, atol=0.03)

    def test_of_a_law_that_is_not_gaussian_only_the_covariance_is_kept(self):
        x, y = np.random.default_rng(3).laplace(size=(2, self.N))
        middle = arc_path(x, y, 0.5)
        assert np.mean(middle**2) == pytest.approx(2, abs=0.04)
        for values, expected in ((x, 3.0), (middle, 1.5)):
            parts = values.reshape(20, -1)
            excess = (parts**4).mean(axis=1) / (parts**2).mean(axis=1) ** 2 - 3
            assert abs(excess.mean() - expected) < 4 * excess.std(ddof=1) / np.sqrt(20)
            assert excess.std(ddof=1) / np.sqrt(20) < 0.1

    def test_a_mean_asks_for_centering(self):
        x, y = self.gaussians(mean=3.0)
        error = 2 / np.sqrt(self.N)
        assert arc_path(x, y, 0.5).mean() == pytest.approx(3 * np.sqrt(2), abs=4 * error)
        centered = arc_path(x, y, 0.5, mean=3.0)
        assert centered.mean() == pytest.approx(3, abs=4 * error)
        assert centered.std() == pytest.approx(2, abs=4 * error)


class TestNetworks:
    def pair(self, **options):
        g = torch.Generator().manual_seed(5)
        return [sample_mlp((3, 40, 2), 1.0, 0.3, generator=g, **options) for _ in range(2)]

    def test_a_path_of_networks_is_a_batch_of_networks(self):
        a, b = self.pair()
        path = linear_path(a, b, TIMES)
        assert isinstance(path, MLP)
        x = torch.randn(6, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
        outputs = forward(path, x, "tanh")
        assert outputs.shape == (9, 6, 2)
        assert torch.allclose(outputs[3], forward(linear_path(a, b, TIMES[3]), x, "tanh"))
        assert torch.equal(path.weights[1][-1], b.weights[1])

    def test_pairs_stay_behind_the_times_and_any_structure_will_do(self):
        a, b = self.pair(n_draws=4)
        assert linear_path(a, b, TIMES).weights[0].shape == (9, 4, 40, 3)
        middle = linear_path([a.weights, list(a.biases)], [b.weights, list(b.biases)], 0.5)
        assert isinstance(middle, list)
        assert isinstance(middle[0], tuple)
        assert torch.equal(middle[1][0], (a.biases[0] + b.biases[0]) / 2)

    def test_segment_and_arc_pass_the_same_classifiers_where_relu_outputs_have_no_bias(self):
        """Positive homogeneity: w and s w classify alike, and the arc is the segment, rescaled."""
        a, b = (mlp._replace(biases=(mlp.biases[0], 0 * mlp.biases[1])) for mlp in self.pair())
        x = torch.randn(50, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
        for t in (0.2, 0.5, 0.9):
            cos, sin = np.cos(np.pi * t / 2), np.sin(np.pi * t / 2)
            arc = forward(arc_path(a, b, t), x, "relu")
            segment = forward(linear_path(a, b, sin / (cos + sin)), x, "relu")
            assert torch.allclose(arc, (cos + sin) ** 2 * segment)
            assert not torch.allclose(forward(arc_path(a, b, t), x, "tanh"), (cos + sin) ** 2 * segment)

    def test_the_mean_neuron(self):
        a, b = self.pair()
        mean = neuron_mean(a, b)
        both = torch.cat([a.weights[0], b.weights[0]])
        assert torch.allclose(mean.weights[0][0], both.mean(dim=0))
        assert torch.allclose(mean.weights[1][:, 0], torch.cat([a.weights[1], b.weights[1]], dim=1).mean(dim=1))
        assert torch.allclose(mean.biases[0], torch.cat([a.biases[0], b.biases[0]]).mean())
        assert torch.allclose(mean.biases[1], (a.biases[1] + b.biases[1]) / 2)
        shift = MLP(tuple(w + 1 for w in a.weights), tuple(h + 1 for h in a.biases))
        arc = arc_path(shift, shift, 0.5, mean=neuron_mean(shift, shift))
        # the mean is kept: differences from it grow by cos + sin, it does not
        assert torch.allclose(arc.weights[0].mean(dim=0), shift.weights[0].mean(dim=0))
        assert not torch.allclose(arc_path(shift, shift, 0.5).weights[0].mean(dim=0), shift.weights[0].mean(dim=0))

    def test_the_mean_neuron_of_deep_networks_and_batches(self):
        a, b = (
            sample_mlp((3, 5, 4, 2), 1.0, 0.3, n_draws=7, generator=torch.Generator().manual_seed(k)) for k in (0, 1)
        )
        shapes = [tuple(w.shape) for w in neuron_mean(a, b).weights]
        assert shapes == [(7, 1, 3), (7, 1, 1), (7, 2, 1)]
        assert arc_path(a, b, TIMES, mean=neuron_mean(a, b)).weights[1].shape == (9, 7, 4, 5)


def test_gradients_flow_to_all_control_points():
    a, b = ends(torch.as_tensor)
    bend = ((a + b) / 2).requires_grad_()
    bezier_path([a, bend, b], [0.25, 0.5]).sum().backward()
    assert torch.allclose(bend.grad, torch.full_like(bend, 2 * 0.25 * 0.75 + 0.5))


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [(lambda a, b: linear_path(a, b, 1.5), ValueError, r"t: expected in \[0, 1\], got 1.5"),
     (lambda a, b: linear_path(a, b, [[0.0, 1.0]]), ValueError, r"t: expected a number or times \(T,\)"),
     (lambda a, b: linear_path(a, b[:2], 0.5), ValueError,
      r"b: expected the shapes of a, \(3, 2\), got \(2, 2\); points of one path"),
     (lambda a, b: linear_path([a, a], [b], 0.5), ValueError, r"b: expected the shapes of a"),
     (lambda a, b: linear_path(a, torch.as_tensor(b), 0.5), TypeError, r"b: expected ndarray of float64 as in a"),
     (lambda a, b: linear_path(a, b.astype(np.float32), 0.5), TypeError, r"b: .*got ndarray of float32"),
     (lambda a, b: linear_path(a, b / 0, 0.5), ValueError, r"b: expected finite numbers"),
     (lambda a, b: arc_path(a, b, 0.5, mean=np.ones(3)), ValueError, r"mean: expected a shape that broadcasts"),
     (lambda a, b: arc_path([a, a], [b, b], 0.5, mean=0.0), ValueError, r"mean: expected 2 arrays as in a, got 1"),
     (lambda a, b: bezier_path([a], 0.5), ValueError, r"points: expected at least two"),
     (lambda a, b: polygonal_path([a, b[0]], 0.5), ValueError, r"points\[1\]: expected the shapes of points\[0\]"),
     (lambda a, b: neuron_mean(a, b), TypeError, r"a: expected an MLP, got ndarray")],
)  # fmt: skip
@pytest.mark.filterwarnings("ignore:divide by zero")
def test_errors_say_what_to_do(call, error, words):
    with pytest.raises(error, match=words):
        call(*ends())
