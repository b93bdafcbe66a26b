"""Curve training and the elastic band: known saddles are found, ends stay, pairs do not feel each other."""

import numpy as np
import pytest
import torch

from lossland.connectivity import elastic_band, linear_path, loss_barrier, network_loss, path_losses, train_curve
from lossland.networks import MLP, Split, load_digits, sample_mlp, train_batch

RING = torch.tensor([[1.0, 0.0], [0.0, 1.0]], dtype=torch.float64)


def ring(w):
    """Zero on the unit circle; the segment between two points of it leads inside."""
    return (w.square().sum(dim=-1) - 1).square()


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def tilted_wells(w, tilt=0.3):
    """Wells near (-1, 1) and (1, 1), saddle on the parabola y = x^2 between them."""
    x, y = w[..., 0], w[..., 1]
    return (x.square() - 1).square() + tilt * x + 2 * (y - x.square()).square()


def critical_points_of_wells(tilt=0.3):
    x = np.sort(np.roots([4, 0, -4, tilt]).real)  # left well, saddle, right well
    return torch.as_tensor(np.stack([x, x**2], axis=-1))


def mueller_brown(w):
    """Müller and Brown (1979), figure 1."""
    parts = zip((-200, -100, -170, 15), (-1, -1, -6.5, 0.7), (0, 0, 11, 0.6), (-10, -10, -6.5, 0.7),
                (1, 0, -0.5, -1), (0, 0.5, 1.5, 1), strict=True)  # fmt: skip
    x, y = w[..., 0], w[..., 1]
    return sum(
        height * torch.exp(a * (x - x0) ** 2 + b * (x - x0) * (y - y0) + c * (y - y0) ** 2)
        for height, a, b, c, x0, y0 in parts
    )


class TestCurve:
    @pytest.mark.parametrize("kind", ["bezier", "polygonal"])
    @pytest.mark.parametrize("n_bends", [1, 3])
    def test_it_goes_around_the_hill_and_its_ends_stay(self, kind, n_bends):
        settings = {"kind": kind, "n_bends": n_bends, "n_steps": 300, "learning_rate": 0.02}
        curve = train_curve(*RING, ring, **settings, generator=generator())
        assert curve.losses.max() < 0.05 < 0.25 == pytest.approx(float(ring(RING.mean(dim=0))))
        assert curve.objective[-20:].mean() < 0.2 * curve.objective[:20].mean()
        assert len(curve.points) == n_bends + 2
        assert torch.equal(curve.points[0], RING[0])
        assert torch.equal(curve.points[-1], RING[1])
        assert torch.equal(curve.at(0.0), RING[0])
        assert torch.equal(ring(curve.at(np.linspace(0, 1, 61))), curve.losses)

    def test_without_a_step_it_is_the_segment(self):
        curve = train_curve(*RING, ring, n_steps=1, learning_rate=0.0, n_bends=2, generator=generator())
        t = np.linspace(0, 1, 11)
        assert torch.allclose(curve.at(t), linear_path(*RING, t), atol=1e-14)

    def test_the_objective_is_the_mean_loss_over_the_curve(self):
        curve = train_curve(*RING, ring, n_steps=500, learning_rate=0.0, n_times=1, generator=generator())
        exact = float(path_losses(lambda t: linear_path(*RING, t), ring, 2001).mean())
        error = float(curve.objective.std() / 500**0.5)
        assert float(curve.objective.mean()) == pytest.approx(exact, abs=4 * error)
        stratified = train_curve(*RING, ring, n_steps=500, learning_rate=0.0, n_times=8, generator=generator())
        assert stratified.objective.std() < 0.2 * curve.objective.std()

    def test_pairs_do_not_feel_each_other(self):
        a = torch.stack([RING[0], -RING[0], RING[1]])
        b = torch.stack([RING[1], RING[1], 0.9 * RING[0]])
        settings = {"n_steps": 50, "learning_rate": 0.05}
        both = train_curve(a, b, ring, **settings, generator=generator())
        alone = train_curve(a[2], b[2], ring, **settings, generator=generator())
        assert both.losses.shape == (61, 3)
        assert torch.allclose(both.points[1][2], alone.points[1])

    def test_same_seed_same_bytes(self):
        runs = [
            train_curve(*RING, ring, n_steps=20, generator=generator(seed)).losses.numpy().tobytes()
            for seed in (1, 1, 2)
        ]
        assert runs[0] == runs[1] != runs[2]


class TestBand:
    @pytest.mark.parametrize("spring", [None, 1.0, 20.0])
    def test_the_saddle_between_two_wells(self, spring):
        left, saddle, right = critical_points_of_wells()
        on_segment = path_losses(lambda t: linear_path(left, right, t), tilted_wells, 101).max()
        assert on_segment > tilted_wells(saddle) + 1
        band = elastic_band(left, right, tilted_wells, n_pivots=15, n_steps=1000, learning_rate=0.01, spring=spring)
        assert float(band.losses.max()) == pytest.approx(float(tilted_wells(saddle)), abs=0.005)
        assert band.force < 0.05
        assert torch.equal(band.points[0], left)
        assert torch.equal(band.at(1.0), right)
        gaps = torch.stack([q - p for p, q in zip(band.points, band.points[1:], strict=False)]).norm(dim=-1)
        assert gaps.max() / gaps.min() < (1.5 if spring == 1.0 else 1.05)

    def test_the_mueller_brown_surface(self):
        """Minima -146.70 and -108.17, highest saddle between them -40.66 at (-0.822, 0.624): a published instance."""
        ends = torch.tensor([[-0.5582236, 1.4417258], [0.6234994, 0.0280378]], dtype=torch.float64)
        np.testing.assert_allclose(mueller_brown(ends), [-146.6995, -108.1667], atol=1e-3)
        band = elastic_band(*ends, mueller_brown, n_pivots=25, n_steps=800, learning_rate=1e-4, momentum=0.8)
        assert float(band.losses.max()) == pytest.approx(-40.665, abs=0.2)
        top = band.points[int(band.pivot_losses.argmax())]
        np.testing.assert_allclose(top, [-0.822, 0.624], atol=0.05)
        assert path_losses(lambda t: linear_path(*ends, t), mueller_brown, 101).max() > -13

    def test_at_rest_the_pivots_lie_on_the_path_of_steepest_descent(self):
        left, _, right = critical_points_of_wells(0.0)
        band = elastic_band(left, right, lambda w: tilted_wells(w, 0.0), n_pivots=21, n_steps=800, learning_rate=0.01)
        pivots = torch.stack(band.points[1:-1])
        leaf = pivots.clone().requires_grad_()
        (gradient,) = torch.autograd.grad(tilted_wells(leaf, 0.0).sum(), leaf)
        along = torch.stack(band.points[2:]) - torch.stack(band.points[:-2])
        across = gradient[:, 0] * along[:, 1] - gradient[:, 1] * along[:, 0]
        assert (across.abs() / along.norm(dim=-1)).max() < 0.15 < 1 < gradient.norm(dim=-1).max()
        assert float(band.pivot_losses[11]) == pytest.approx(1, abs=1e-6)  # the saddle by symmetry

    def test_pairs_do_not_feel_each_other(self):
        left, _, right = critical_points_of_wells()
        a, b = torch.stack([left, right]), torch.stack([right, left])
        settings = {"n_pivots": 5, "n_steps": 60, "learning_rate": 0.01}
        both = elastic_band(a, b, tilted_wells, **settings)
        alone = elastic_band(right, left, tilted_wells, **settings)
        assert both.losses.shape == (49, 2)
        assert torch.allclose(both.losses[:, 1], alone.losses)
        assert torch.allclose(both.losses[:, 0], alone.losses.flip(0), atol=1e-8)
        assert both.force[1] == pytest.approx(float(alone.force))

    def test_it_can_start_on_another_path(self):
        w, up = torch.tensor([[-1.0, 0.0], [1.0, 0.0]], dtype=torch.float64), torch.tensor([0.0, 0.2]).double()
        settings = {"n_pivots": 9, "n_steps": 300, "learning_rate": 0.02}
        stuck = elastic_band(*w, ring, **settings)  # the segment runs over the top: symmetry holds it there
        assert stuck.losses.max() == pytest.approx(1)
        bowed = elastic_band(*w, ring, **settings, start=lambda t: linear_path(*w, t) + up)
        assert bowed.losses.max() < 0.01
        assert torch.equal(bowed.points[0], w[0])


@pytest.fixture(scope="module")
def digits():
    """Two pairs of networks that have fitted 300 digits, as one batch a side."""
    g = generator(2)
    data = Split(*(part[:300] for part in load_digits(generator=g)))
    start = sample_mlp((64, 24, 10), 2**0.5, 0.0, n_draws=4, dtype=torch.float32, generator=g)
    mlp = train_batch(start, data, "relu", n_steps=800, learning_rate=0.1, generator=g).mlp
    a, b = (MLP(*(tuple(p[part] for p in parts) for parts in mlp)) for part in (slice(0, 2), slice(2, 4)))
    return a, b, lambda w: network_loss(w, data.train_inputs, data.train_labels, "relu")


@pytest.mark.parametrize("find", ["bezier", "polygonal", "band"])
def test_networks_with_a_barrier_between_them_are_connected_by_a_low_path(digits, find):
    a, b, loss = digits
    segment = path_losses(lambda t: linear_path(a, b, t), loss, 21)
    assert loss_barrier(segment).min() > 0.1
    if find == "band":
        found = elastic_band(a, b, loss, n_pivots=5, n_steps=300, learning_rate=0.3)
        assert found.pivot_losses.shape == (7, 2)
    else:
        found = train_curve(a, b, loss, kind=find, n_steps=300, learning_rate=0.02, generator=generator())
    assert isinstance(found.points[1], MLP)
    assert (found.losses.amax(dim=0) < segment.amax(dim=0) / 20).all()
    assert (found.losses.amax(dim=0) < segment[[0, -1]].amax(dim=0) + 0.02).all()


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [(lambda: train_curve(*RING, ring, kind="spline", generator=generator()), ValueError, r"kind: .*got 'spline'"),
     (lambda: train_curve(*RING, ring, n_bends=0, generator=generator()), ValueError, r"n_bends"),
     (lambda: train_curve(*RING.numpy(), ring, generator=generator()), TypeError, r"a: expected torch tensors"),
     (lambda: train_curve(*RING, lambda w: ring(w).mean(), generator=generator()), ValueError, r"loss: expected loss"),
     (lambda: train_curve(RING[0], RING[1, :1], ring, generator=generator()), ValueError, r"b: expected the shapes"),
     (lambda: elastic_band(*RING, ring, n_pivots=0), ValueError, r"n_pivots"),
     (lambda: elastic_band(*RING, ring, spring=-1.0), ValueError, r"spring"),
     (lambda: elastic_band(*RING, ring, start=lambda t: RING[0]), ValueError, r"start: expected points of the shapes")],
)  # fmt: skip
def test_errors_say_what_to_do(call, error, words):
    with pytest.raises(error, match=words):
        call()
