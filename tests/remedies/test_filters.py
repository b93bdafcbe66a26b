"""Filter banks, their responses, and classes learned one by one."""

import numpy as np
import pytest
import torch
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

from lossland import remedies


def wave(size, wavelength, angle, phase=0.0):
    y, x = np.mgrid[:size, :size]
    return np.cos(2 * np.pi * (x * np.cos(angle) + y * np.sin(angle)) / wavelength + phase)


def test_a_gabor_pair_answers_most_to_its_own_wave_wherever_the_crests_are():
    wavelengths, n_orientations = [4.0, 8.0], 4
    responses = remedies.FilterResponses(remedies.gabor_bank(wavelengths, n_orientations, 17), 1, dtype=torch.float64)
    for i, wavelength in enumerate(wavelengths):
        for j in range(n_orientations):
            angle = np.pi * j / n_orientations
            images = torch.tensor(np.stack([wave(64, wavelength, angle, phase) for phase in (0.0, 0.7, 1.6)]))
            strength = responses(images).numpy()
            assert np.all(strength.argmax(axis=1) == i * n_orientations + j)
            assert np.ptp(strength, axis=0).max() < 0.05 * strength.max()


@pytest.mark.parametrize(
    "bank",
    [
        remedies.gabor_bank([3.0, 6.0], 5, 11).reshape(-1, 11, 11),
        remedies.difference_of_gaussians_bank([0.8, 1.5], 11),
        remedies.random_bank(7, 11, rng=np.random.default_rng(0)),
    ],
    ids=["gabor", "dog", "random"],
)
def test_filters_have_mean_zero_and_norm_one(bank):
    np.testing.assert_allclose(bank.sum((-1, -2)), 0, atol=1e-12)
    np.testing.assert_allclose((bank**2).sum((-1, -2)), 1, rtol=1e-12)


def test_difference_of_gaussians_is_round_and_brightest_in_the_middle():
    (bank,) = remedies.difference_of_gaussians_bank([1.2], 13)
    np.testing.assert_allclose(bank, bank.T, atol=1e-15)
    np.testing.assert_allclose(bank, bank[::-1], atol=1e-15)
    assert bank.argmax() == bank.size // 2
    assert bank.min() < 0


def test_pooling_keeps_where_and_forgets_exactly_where():
    responses = remedies.FilterResponses(remedies.difference_of_gaussians_bank([1.0], 7), 2, dtype=torch.float64)
    image = torch.zeros(3, 16, 16, dtype=torch.float64)
    image[0, 4, 4], image[1, 4, 3], image[2, 12, 4] = 1, 1, 1
    one, shifted, below = responses(image)
    torch.testing.assert_close(one, shifted)
    assert one.argmax() == 0
    assert below.argmax() == 2
    assert responses.n_features == 4


def test_added_class_by_class_it_is_the_classifier_that_saw_everything():
    rng = np.random.default_rng(0)
    means = 3 * rng.standard_normal((5, 6))
    labels = rng.integers(0, 5, 400)
    features = means[labels] + rng.standard_normal((400, 6)) @ rng.standard_normal((6, 6))
    at_once = remedies.IncrementalClassifier(6).add(features, labels)
    in_parts = remedies.IncrementalClassifier(6)
    for label in (3, 0, 4, 1, 2):
        for part in np.array_split(features[labels == label], 3):
            in_parts.add(part, np.full(len(part), label))
    test = 3 * rng.standard_normal((200, 6))
    np.testing.assert_allclose(in_parts.scores(test), at_once.scores(test), rtol=1e-9, atol=1e-9)
    assert in_parts.classes.tolist() == [0, 1, 2, 3, 4]


def test_it_is_linear_discriminant_analysis():
    rng = np.random.default_rng(1)
    labels = rng.integers(0, 3, 300)
    features = rng.standard_normal((3, 4))[labels] * 2 + rng.standard_normal((300, 4)) @ rng.standard_normal((4, 4))
    theirs = LinearDiscriminantAnalysis(solver="lsqr", priors=[1 / 3] * 3).fit(features, labels)
    ours = remedies.IncrementalClassifier(4, shrinkage=0.0).add(features, labels)
    test = 3 * rng.standard_normal((500, 4))
    assert np.mean(ours.predict(test) == theirs.predict(test)) > 0.995


def test_a_new_class_leaves_the_statistics_of_the_others_alone():
    rng = np.random.default_rng(2)
    old = remedies.IncrementalClassifier(3).add(rng.standard_normal((50, 3)), np.repeat([0, 1], 25))
    before = {label: mean.copy() for label, mean in old._means.items()}
    old.add(10 + rng.standard_normal((20, 3)), np.full(20, 7))
    assert all(np.array_equal(old._means[label], mean) for label, mean in before.items())
    assert old.predict([[10.0, 10.0, 10.0]]).tolist() == [7]


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: remedies.gabor_bank([1.0], 4, 7), ValueError, "wavelengths: expected >= 2"),
        (lambda: remedies.gabor_bank([4.0], 4, 8), ValueError, "size: expected an odd number"),
        (lambda: remedies.difference_of_gaussians_bank([0.0], 7), ValueError, "scales: expected positive"),
        (lambda: remedies.difference_of_gaussians_bank([1.0], 7, ratio=1.0), ValueError, "ratio: expected"),
        (lambda: remedies.FilterResponses(np.ones((3, 4, 4))), ValueError, "filters: expected"),
        (lambda: remedies.FilterResponses(np.ones((3, 3, 5, 5))), ValueError, "filters: expected pairs"),
        (lambda: remedies.FilterResponses(np.ones((3, 5, 5)))(torch.ones(8, 8)), ValueError, "images: expected"),
        (lambda: remedies.IncrementalClassifier(2).predict([[0.0, 1.0]]), ValueError, "call add"),
        (lambda: remedies.IncrementalClassifier(2).add([[0.0]], [1]), ValueError, "features: expected"),
        (lambda: remedies.IncrementalClassifier(2).add([[0.0, 1.0]], [1, 2]), ValueError, "labels: expected one"),
        (lambda: remedies.IncrementalClassifier(2).add([[0.0, 1.0]], [1.5]), TypeError, "labels: expected integers"),
        (lambda: remedies.IncrementalClassifier(2, shrinkage=2), ValueError, "shrinkage: expected"),
        (
            lambda: remedies.IncrementalClassifier(2, shrinkage=0).add([[0.0, 1.0], [1, 1]], [0, 0]).scores([[0, 0]]),
            ValueError,
            "shrinkage: expected a positive one",
        ),
    ],
)
def test_bad_input(call, error, message):
    with pytest.raises(error, match=message):
        call()
