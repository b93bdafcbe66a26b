"""Laws of neurons: the energy distance, moments on paths, fits by few neurons and what a new neuron adds."""

import numpy as np
import pytest

from lossland.connectivity.few_neurons import first_variation, fit_neurons, neuron_hessian
from lossland.connectivity.law_distance import energy_distance
from lossland.connectivity.law_on_path import KINDS, path_moments
from lossland.connectivity.neuron_distribution import empirical_measure, mixture, predict_measure
from lossland.connectivity.paths import arc_path, linear_path

X = np.linspace(-2, 2, 60)
Y = np.tanh(4 * (X + 1)) - 2 * np.tanh(2 * X)  # two neurons: (4, 4, 2) and (2, 0, -4)


def test_energy_distance_against_a_loop_and_the_closed_form_of_normal_laws():
    rng = np.random.default_rng(1)
    a, b = rng.normal(size=(5, 3)), rng.normal(size=(4, 3))
    cross = np.mean([np.linalg.norm(x - y) for x in a for y in b])
    within = [
        np.mean([np.linalg.norm(s[i] - s[j]) for i in range(len(s)) for j in range(len(s)) if i != j])
        for s in (a, b)
    ]
    assert energy_distance(a, b) == pytest.approx(2 * cross - sum(within))
    # E|X - Y| of N(0, s^2) in one dimension is 2 s / sqrt(pi) for two independent copies
    values = [energy_distance(rng.normal(size=(300, 1)), 2 * rng.normal(size=(300, 1))) for _ in range(40)]
    exact = (2 * np.sqrt(1 + 4) * np.sqrt(2 / np.pi)) - 2 / np.sqrt(np.pi) - 4 / np.sqrt(np.pi)
    assert abs(np.mean(values) - exact) < 4 * np.std(values) / np.sqrt(40)


def test_energy_distance_of_two_samples_of_one_law_has_mean_zero():
    rng = np.random.default_rng(2)
    values = np.array([energy_distance(rng.normal(size=(40, 6)), rng.normal(size=(30, 6))) for _ in range(200)])
    assert abs(values.mean()) < 4 * values.std() / np.sqrt(200)
    assert values.min() < 0 < values.max()


@pytest.mark.parametrize("law", ["normal", "laplace", "uniform"])
@pytest.mark.parametrize("kind", KINDS)
def test_moments_on_paths_against_samples(kind, law):
    rng = np.random.default_rng(3)
    draws = {"normal": rng.normal, "laplace": rng.laplace, "uniform": rng.uniform}[law]
    n, t = 200_000, 0.3
    x, y = 1.5 + draws(size=(2, n))
    mu = {"normal": 1.5, "laplace": 1.5, "uniform": 2.0}[law]
    between = linear_path(x, y, t) if kind == "segment" else arc_path(x, y, t, mean=mu if "cent" in kind else None)
    moments = path_moments(kind, t)
    assert abs(between.mean() - moments.mean * mu) < 4 * between.std() / np.sqrt(n)
    centered = between - between.mean()
    variance = x.var()
    spread = (centered**2).std() + (x - x.mean()).std() ** 2 * 2
    assert abs(centered.var() - moments.covariance * variance) < 6 * spread / np.sqrt(n)
    kurtosis = {"normal": 0.0, "laplace": 3.0, "uniform": -1.2}[law]
    blocks = centered.reshape(100, -1)
    found = (blocks**4).mean(1) / (blocks**2).mean(1) ** 2 - 3
    assert abs(found.mean() - moments.excess_kurtosis * kurtosis) < 4 * found.std() / 10 + 0.01


def test_factors_at_ends_and_middle():
    for kind in KINDS:
        for factor in path_moments(kind, [0.0, 1.0]):
            np.testing.assert_allclose(factor, 1, atol=1e-15)
    assert path_moments("segment", 0.5).covariance == pytest.approx(1 / 2)
    assert path_moments("arc", 0.5).mean == pytest.approx(2**0.5)
    assert path_moments("arc", 0.5).excess_kurtosis == pytest.approx(1 / 2)
    with pytest.raises(ValueError, match="kind: expected one of segment, arc, centered arc"):
        path_moments("bow", 0.5)
    with pytest.raises(ValueError, match=r"t: expected in \[0, 1\]"):
        path_moments("arc", 1.2)


def test_few_neurons_end_in_spurious_minima_and_many_do_not():
    few = fit_neurons(X, Y, 2, 16, rng=np.random.default_rng(5), max_iter=600)
    many = fit_neurons(X, Y, 16, 4, rng=np.random.default_rng(5), max_iter=300)
    bad = (few.losses > 0.05) & (few.gradient_norms < 1e-8)
    assert few.losses.min() < 1e-12
    assert bad.sum() >= 2
    assert few.least_eigenvalues[bad & (abs(few.atoms).max(axis=(1, 2)) < 50)].min() > 1e-5
    assert many.losses.max() < 1e-5


def test_hessian_against_differences_of_the_loss():
    rng = np.random.default_rng(6)
    atoms = rng.normal(size=(3, 3))

    def loss(flat):
        measure = empirical_measure(flat.reshape(3, 3))
        return float(np.mean((predict_measure(*measure, X[:, None], "tanh")[:, 0] - Y) ** 2) / 2)

    step, eye, flat = 1e-4, np.eye(9), atoms.ravel()
    numeric = np.array([
        [
            sum(s * u * loss(flat + step * (s * a + u * b)) for s in (1, -1) for u in (1, -1)) / (4 * step**2)
            for b in eye
        ]
        for a in eye
    ])
    np.testing.assert_allclose(neuron_hessian(atoms, X, Y), numeric, atol=1e-6)


def test_first_variation_is_the_slope_along_a_mixture_with_a_new_neuron():
    rng = np.random.default_rng(7)
    atoms, new = rng.normal(size=(4, 3)), rng.normal(size=(5, 3))
    base, step = empirical_measure(atoms), 1e-6
    inputs = X[:, None]

    def loss(prediction):
        return np.mean((prediction[:, 0] - Y) ** 2) / 2

    prediction = predict_measure(*base, inputs, "tanh")
    for candidate, rate in zip(new, first_variation(atoms, new, X, Y), strict=True):
        added = prediction + step * predict_measure(candidate[None], [1.0], inputs, "tanh")
        assert (loss(added) - loss(prediction)) / step == pytest.approx(rate, abs=1e-4)
    mixed = mixture(base, empirical_measure(new[:1]), step)
    # a mixture also takes mass away from the others: the slope is V(new) - mean of V over the atoms
    slope = (loss(predict_measure(*mixed, inputs, "tanh")) - loss(prediction)) / step
    rates = first_variation(atoms, np.concatenate([new[:1], atoms]), X, Y)
    assert slope == pytest.approx(rates[0] - rates[1:].mean(), abs=1e-4)


def test_refusals():
    with pytest.raises(ValueError, match="targets: expected one for each of the inputs"):
        fit_neurons(X, Y[:5], 2, 1, rng=np.random.default_rng(0))
    with pytest.raises(ValueError, match="activation: expected one with a second derivative, got 'relu'"):
        neuron_hessian(np.ones((1, 3)), X, Y, activation="relu")
    with pytest.raises(ValueError, match="first: expected at least two vectors"):
        energy_distance(np.ones((1, 2)), np.ones((3, 2)))
    with pytest.raises(ValueError, match="second: expected vectors of 2 entries"):
        energy_distance(np.ones((2, 2)), np.ones((3, 3)))
