"""What the paper's section 5.2 and its review claim about Hessian spectra: one test per entry of the ledger.

Where a statement is corrected, the test also shows that the printed version fails.
"""

import numpy as np
import pytest
import torch
from scipy.special import gammaln

from lossland import spectra
from lossland.networks import MLP, forward, from_vector, load_digits, sample_mlp, to_vector, train

F64 = torch.float64
cross_entropy = torch.nn.functional.cross_entropy


def half_square(outputs, targets):
    return ((outputs - targets) ** 2).sum(1).mean() / 2


def generator(seed):
    return torch.Generator().manual_seed(seed)


def regression(n_samples=200, n_inputs=8, seed=0):
    inputs = torch.randn(n_samples, n_inputs, dtype=F64, generator=generator(seed))
    return inputs, torch.sin(2 * inputs[:, :1]) + 0.5 * inputs[:, 1:2] * inputs[:, 2:3]


def descend(mlp, inputs, targets, *, weight_decay=0.0, activation="tanh", tol=1e-7, max_steps=400):
    """Newton's method with absolute curvatures and a damping that adapts, to a stationary point."""
    damping = 1.0
    operator = curvature(mlp, inputs, targets, weight_decay, activation)
    for _ in range(max_steps):
        gradient = operator.gradient().numpy()
        if np.linalg.norm(gradient) < tol:
            return mlp, operator
        values, vectors = np.linalg.eigh(spectra.dense_matrix(operator))
        while True:
            step = -vectors @ ((vectors.T @ gradient) / (np.abs(values) + damping))
            moved = from_vector(to_vector(mlp) + torch.as_tensor(step), mlp)
            if operator.loss_at(torch.as_tensor(step)) <= operator.loss() or damping > 1e6:
                break
            damping *= 4
        mlp, damping = moved, max(damping / 3, 1e-12)
        operator = curvature(mlp, inputs, targets, weight_decay, activation)
    raise AssertionError(f"no stationary point: |g| = {np.linalg.norm(gradient):.2g}")


def curvature(mlp, inputs, targets, weight_decay=0.0, activation="tanh"):
    return spectra.hessian_operator(
        mlp, half_square, inputs, targets, activation=activation, weight_decay=weight_decay
    )


@pytest.fixture(scope="module")
def digits():
    return load_digits(dtype=F64, generator=generator(11))


@pytest.fixture(scope="module")
def trained(digits):
    """Eigenvalues on the digits before and after training, by width, and the networks."""
    found = {}
    for width in (4, 16):
        g = generator(width)
        first = sample_mlp((64, width, 10), 1.0, 0.0, generator=g)
        last = train(first, digits, "tanh", n_steps=1500, learning_rate=0.1, momentum=0.9, generator=g).mlp
        operators = [
            spectra.hessian_operator(mlp, cross_entropy, digits.train_inputs, digits.train_labels, activation="tanh")
            for mlp in (first, last)
        ]
        found[width] = [(spectra.dense_spectrum(operator), operator.loss()) for operator in operators]
    return found


# -- the shape of the spectrum


@pytest.mark.ledger("glukhov-claim-hessian-bulk")
def test_data_set_how_many_eigenvalues_matter_and_size_how_many_vanish(trained):
    """Exactly so at zero residual, where the Hessian has rank N; on the digits in the share near zero."""
    for n_samples in (6, 12):
        inputs, targets = regression(n_samples, 3)
        for width in (4, 8):
            start = sample_mlp((3, width, 1), 1.0, 0.5, generator=generator(1))
            mlp, operator = descend(start, inputs, targets, tol=1e-9)
            assert operator.loss() < 1e-10
            values = spectra.dense_spectrum(operator)
            assert np.sum(values > 1e-6) == n_samples  # the data's, at either width
            assert np.sum(np.abs(values) < 1e-6) == to_vector(mlp).numel() - n_samples  # the bulk: the size's
            assert values.min() > -1e-6
    shares = {w: [spectra.spectrum_statistics(v).small_share for v, _ in pair] for w, pair in trained.items()}
    assert shares[16][1] > shares[4][1] > 0.4
    # but the outliers are discrete only where there is a gap, and on the digits there is none at width 16
    assert spectra.split_bulk(trained[16][1][0], min_ratio=2).n_outliers == 0


@pytest.mark.ledger("glukhov-claim-positivity")
def test_training_makes_the_spectrum_nearly_positive_but_positivity_proves_no_optimum(trained):
    for before, after in trained.values():
        first, last = (spectra.spectrum_statistics(values) for values, _ in (before, after))
        assert first.negative_share > 0.35
        assert first.negative_weight > 0.35
        assert last.negative_share < 0.6 * first.negative_share
        assert last.negative_weight < 0.2 * first.negative_weight
        assert after[1] < before[1]
    inputs, targets = regression(60, 3)  # a minimum has no negative eigenvalue: the necessary condition
    _, operator = descend(sample_mlp((3, 5, 1), 1.0, 0.5, generator=generator(2)), inputs, targets, weight_decay=1e-2)
    assert spectra.dense_spectrum(operator).min() > 0
    labels = torch.arange(60) % 4  # yet a convex model is positive everywhere, far from its optimum too
    for scale in (0.0, 3.0):
        mlp = sample_mlp((3, 4), scale, 0.0, generator=generator(3))
        convex = spectra.hessian_operator(mlp, cross_entropy, inputs, labels, activation="linear")
        assert spectra.dense_spectrum(convex).min() > -1e-12
        assert convex.gradient().norm() > 0.02


# -- the mean logarithm


@pytest.fixture(scope="module")
def mean_logs():
    """At minima of a regression, with two floors and with the bare positive spectrum, by width."""
    inputs, targets = regression()
    rows = []
    for width in (2, 4, 8, 16):
        each = []
        for seed in range(2):
            start = sample_mlp((8, width, 1), 1.0, 0.5, generator=generator(10 * width + seed))
            _, operator = descend(start, inputs, targets, weight_decay=1e-3, tol=1e-6)
            values = spectra.dense_spectrum(operator)
            floors = (1e-6, 1e-4)
            each.append([spectra.mean_log_eigenvalue(values, floor=floor) for floor in floors] + [values.min()])
        rows.append(np.mean(each, axis=0))
    return np.array([9 * w + w + 1 for w in (2, 4, 8, 16)]), np.array(rows)


@pytest.mark.ledger("glukhov-eq-33", "review-mechanism-3-assumption")
def test_the_mean_logarithm_falls_with_size(mean_logs, trained):
    sizes, rows = mean_logs
    assert np.all(rows[:, 2] > -1e-4)  # minima, so that the floor is hardly used
    for column in (0, 1):
        assert np.all(np.diff(rows[:, column]) < 0)  # d mean(log lambda) / dn < 0 ...
        slope = np.polyfit(sizes, rows[:, column], 1)[0]
        assert not slope > 0  # ... not > 0 as printed
    for floor in (1e-8, 1e-6, 1e-4):
        for time in (0, 1):
            small, large = (spectra.mean_log_eigenvalue(trained[w][time][0], floor=floor) for w in (4, 16))
            assert large < small


@pytest.mark.ledger("glukhov-eq-u7")
def test_the_mean_logarithm_needs_a_floor_or_a_positive_spectrum():
    inputs, targets = regression(20, 3)
    relu = sample_mlp((3, 6, 1), 1.0, 0.5, generator=generator(4))
    kink = spectra.dense_spectrum(curvature(relu, inputs, targets, activation="relu"))
    with pytest.raises(ValueError, match="the logarithm needs positive ones"):
        spectra.mean_log_eigenvalue(kink)
    floors = [spectra.mean_log_eigenvalue(kink, floor=floor) for floor in (1e-4, 1e-8, 1e-12)]
    assert floors[0] - floors[1] > 0.5  # the floor is part of the result
    assert floors[1] - floors[2] > 0.5
    positive = np.array([0.1, 2.0, 5.0])
    assert np.exp(spectra.mean_log_eigenvalue(positive)) == pytest.approx(np.prod(positive) ** (1 / 3), rel=1e-12)


@pytest.mark.ledger("glukhov-eq-u6")
def test_the_volume_has_a_factor_that_does_not_drop_out():
    """ln V of the typical set against -(P/2) mean(log lambda): the rest grows as P and is not of lower order."""
    temperature = 1e-3 / 2
    for size in (300, 40_000, 4_000_000):
        ellipsoid = size / 2 * np.log(np.pi) - gammaln(size / 2 + 1)  # ln of the unit ball, per dimension ...
        assert ellipsoid / size == pytest.approx(0.5 * np.log(2 * np.pi * np.e / size), abs=0.02)
        assert abs(ellipsoid / size) > 1.4  # ... -1.43, -3.88, -6.18: larger with every size
    eigenvalues = np.geomspace(0.01, 1, 400)
    determinant = -400 / 2 * spectra.mean_log_eigenvalue(eigenvalues)
    assert determinant == pytest.approx(-0.5 * np.log(eigenvalues).sum(), rel=1e-12)  # the identity itself
    entropy = 0.5 * np.sum(np.log(2 * np.pi * np.e * temperature / eigenvalues))
    assert abs(entropy - determinant) > 2 * abs(determinant)  # what was dropped is larger than what was kept
    estimate = spectra.log_determinant(np.diag(eigenvalues), n_vectors=4, n_steps=80, rng=np.random.default_rng(0))
    assert -0.5 * estimate.value == pytest.approx(determinant, rel=1e-6)


# -- the quadratic picture


@pytest.mark.ledger("glukhov-claim-quadratic-breakdown")
def test_between_copies_one_quadratic_fails_and_smoothness_does_not():
    inputs, targets = regression(100, 3)
    mlp, operator = descend(sample_mlp((3, 6, 1), 1.0, 0.5, generator=generator(5)), inputs, targets, weight_decay=1e-2)
    order = torch.tensor([1, 2, 3, 4, 5, 0])
    copy = MLP((mlp.weights[0][order], mlp.weights[1][:, order]), (mlp.biases[0][order], mlp.biases[1]))
    direction = to_vector(copy) - to_vector(mlp)
    line = spectra.quadratic_model(operator, direction, np.array([0.01, 0.5, 1.0]))
    assert line.loss[2] == pytest.approx(operator.loss(), rel=1e-12)  # the copy is as good
    assert abs(line.model[0] / line.loss[0] - 1) < 1e-3  # near the minimum the quadratic is right
    assert line.model[2] - line.loss[2] > 0.5 * operator.loss()  # at the copy it is not
    points = 0.5 + 0.5 * np.cos(np.pi * (np.arange(64) + 0.5) / 64)  # Chebyshev's: coefficients fall if analytic
    values = np.array([operator.loss_at(float(t) * direction) for t in points])
    coefficients = np.abs(np.polynomial.chebyshev.chebfit(2 * points - 1, values, 63))
    assert coefficients[50:].max() < 1e-9 * coefficients[0]
    assert np.all(np.isfinite(values))


@pytest.mark.ledger("review-concept-hessian")
def test_overlap_asks_for_directions_besides_the_spectrum():
    """Two Hessians of one spectrum; the cloud's width toward a given copy differs by the root of their ratio."""
    eigenvalues = np.array([1.0, 0.01])
    toward_copy = np.array([1.0, 0.0])
    widths = []
    for angle in (0.0, np.pi / 2):
        frame = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        hessian = (frame * eigenvalues) @ frame.T
        np.testing.assert_allclose(spectra.dense_spectrum(hessian), np.sort(eigenvalues), atol=1e-14)
        states, rng = np.zeros((4000, 2)), np.random.default_rng(0)
        for _ in range(2000):
            states = states - 0.1 * states @ hessian - 0.1 * rng.standard_normal(states.shape)
        widths.append(float((states @ toward_copy).std()))
    expected = np.sqrt(0.1 / (eigenvalues * (2 - 0.1 * eigenvalues)))
    np.testing.assert_allclose(widths, expected, rtol=0.06)
    assert widths[1] / widths[0] > 9  # the eigenvalues matter, and so does which way they point


@pytest.mark.ledger("review-quickcheck-1")
@pytest.mark.parametrize(("power", "sizes"), [(0, "grow"), (1, "stay"), (2, "shrink")])
def test_a_vanishing_eigenvalue_grows_keeps_or_shrinks_the_cloud_as_the_noise_says(power, sizes):
    """Noise of covariance lambda^g: the stationary variance is eta lambda^(g-1) / (2 - eta lambda)."""
    rate = 0.5
    eigenvalues = np.array([1.0, 0.1, 0.02])
    variance = rate * eigenvalues ** (power - 1) / (2 - rate * eigenvalues)
    rng, states = np.random.default_rng(power), np.zeros((3000, 3))
    for _ in range(1500):  # 15 relaxation times of the slowest direction, 1 / (eta lambda)
        noise = eigenvalues ** (power / 2) * rng.standard_normal(states.shape)
        states = states - rate * (eigenvalues * states + noise)
    np.testing.assert_allclose(states.var(0), variance, rtol=0.12)
    ratio = states[:, 2].std() / states[:, 0].std()
    assert {"grow": ratio > 5, "stay": 0.7 < ratio < 1, "shrink": ratio < 0.2}[sizes]
    if power == 0:  # at 0 itself there is no equilibrium: the variance is eta^2 t
        walk = -rate * np.cumsum(rng.standard_normal((400, 2000)), axis=0)
        np.testing.assert_allclose(walk[[9, 99, 399]].var(1), rate**2 * np.array([10, 100, 400]), rtol=0.12)


def test_forward_is_what_the_line_was_measured_on():
    """A guard of this file: the loss of the operator is that of the network."""
    inputs, targets = regression(9, 3)
    mlp = sample_mlp((3, 4, 1), 1.0, 0.5, generator=generator(6))
    assert curvature(mlp, inputs, targets).loss() == pytest.approx(
        float(half_square(forward(mlp, inputs, "tanh"), targets)), rel=1e-14
    )
