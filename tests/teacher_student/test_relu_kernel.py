"""The kernel against sampling, quadrature, many digits and differences; parallel, opposite and zero neurons."""

import mpmath
import numpy as np
import pytest

from lossland import teacher_student as ts
from lossland.numerics.finite_difference import slope_test

RNG = np.random.default_rng(0)
W, V = RNG.normal(size=(2, 4))


def exact_kernel(w, v):
    """With 40 digits."""
    w, v = ([mpmath.mpf(float(x)) for x in vector] for vector in (w, v))
    lengths = mpmath.sqrt(sum(x * x for x in w) * sum(x * x for x in v))
    if lengths == 0:
        return mpmath.mpf(0)
    cosine = min(max(sum(x * y for x, y in zip(w, v, strict=True)) / lengths, -1), 1)
    angle = mpmath.acos(cosine)
    return lengths * (mpmath.sin(angle) + (mpmath.pi - angle) * cosine) / (2 * mpmath.pi)


def at_angle(angle, lengths=(1.3, 0.7)):
    w = np.array([lengths[0], 0.0, 0.0])
    return w, lengths[1] * np.array([np.cos(angle), np.sin(angle), 0.0])


def test_a_million_samples_give_the_same():
    x = np.random.default_rng(1).normal(size=(1_000_000, 4))
    products = np.maximum(x @ W, 0) * np.maximum(x @ V, 0)
    error = products.std() / 1000
    assert abs(products.mean() - ts.relu_kernel(W, V)) < 4 * error


def test_quadrature_over_the_angle_of_the_input():
    """In the plane of both neurons the radius integrates to 2, the angle is left."""
    w, v = at_angle(2.1)
    phi = (np.arange(200_000) + 0.5) / 200_000 * 2 * np.pi
    x = np.stack([np.cos(phi), np.sin(phi), 0 * phi], axis=1)
    mean = np.mean(np.maximum(x @ w, 0) * np.maximum(x @ v, 0)) * 2
    assert ts.relu_kernel(w, v) == pytest.approx(mean, abs=1e-9)


@pytest.mark.parametrize("angle", [0.0, 1e-12, 1e-9, 1e-6, 1e-3, 1.0, np.pi - 1e-3, np.pi - 1e-8, np.pi])
def test_forty_digits_at_every_angle(angle):
    w, v = at_angle(angle)
    with mpmath.workdps(40):
        assert abs(ts.relu_kernel(w, v) - float(exact_kernel(w, v))) < 3e-15


@pytest.mark.parametrize("angle", [0.0, 1e-9, 1e-7, 1e-4, 0.7, np.pi - 1e-6, np.pi])
def test_derivatives_keep_their_digits_next_to_parallel_and_opposite(angle):
    """Against the same formulas with 40 digits, with the limits written in by hand at 0 and pi."""
    w, v = at_angle(angle)
    own, mixed = ts.relu_kernel_hessian(w, v)
    with mpmath.workdps(40):
        t = mpmath.atan2(mpmath.mpf(float(v[1])), mpmath.mpf(float(v[0])))
        s, c = mpmath.sin(t), mpmath.cos(t)
        ratio = mpmath.mpf(0.7) / mpmath.mpf(1.3)
        # in the plane: n = (0, 1); the mixed block is (pi - t) I + s times the reflection that swaps the directions
        expected_own = np.diag([0.0, float(2 * ratio * s), float(ratio * s)]) / (2 * np.pi)
        open_angle = float(mpmath.pi - t)
        turned, mirrored = float(s * c), float(s * s)
        expected_mixed = open_angle * np.eye(3)
        expected_mixed[:2, :2] += [[turned, mirrored], [mirrored, -turned]]
        expected_mixed /= 2 * np.pi
        exact = [mpmath.mpf(0.7) * s + (mpmath.pi - t) * mpmath.mpf(v[0]), (mpmath.pi - t) * mpmath.mpf(v[1]), 0]
        gradient = np.array([float(entry) for entry in exact]) / (2 * np.pi)
    np.testing.assert_allclose(own, expected_own, rtol=0, atol=2e-16)
    np.testing.assert_allclose(mixed, expected_mixed, rtol=0, atol=4e-16)
    np.testing.assert_allclose(ts.relu_kernel_gradient(w, v), gradient, rtol=0, atol=5e-14)  # eps / theta at worst


def test_the_arc_cosine_alone_would_lose_half_of_the_digits():
    w, v = at_angle(1e-7)
    cosine = w @ v / np.linalg.norm(w) / np.linalg.norm(v)
    naive = np.sqrt(max(1 - cosine**2, 0)) / (2 * np.pi) * np.linalg.norm(v) / np.linalg.norm(w)
    own, _ = ts.relu_kernel_hessian(w, v)
    exact = np.sin(1e-7) / (2 * np.pi) * 0.7 / 1.3
    assert abs(naive - exact) > 1e4 * abs(own[2, 2] - exact)


def test_slopes_of_gradient_and_hessian():
    rng = np.random.default_rng(2)
    test = slope_test(
        lambda w: float(ts.relu_kernel(w, V)),
        lambda w: ts.relu_kernel_gradient(w, V),
        W,
        rng=rng,
        order=2,
        hessian_product=lambda w, u: ts.relu_kernel_hessian(w, V)[0] @ u,
    )
    assert 2.95 < test.slope < 3.05
    step = 1e-6
    mixed = ts.relu_kernel_hessian(W, V)[1]
    for axis in range(4):
        e = step * np.eye(4)[axis]
        column = (ts.relu_kernel_gradient(W, V + e) - ts.relu_kernel_gradient(W, V - e)) / (2 * step)
        np.testing.assert_allclose(column, mixed[:, axis], atol=1e-9)


def test_zero_neurons():
    zero = np.zeros(4)
    assert ts.relu_kernel(zero, V) == ts.relu_kernel(W, zero) == 0.0
    np.testing.assert_array_equal(ts.relu_kernel_gradient(zero, V), zero)
    np.testing.assert_array_equal(ts.relu_kernel_gradient(W, zero), zero)
    for pair in ((zero, V), (W, zero)):
        with pytest.raises(ValueError, match=r"expected neurons that are not zero, where the kernel has a kink"):
            ts.relu_kernel_hessian(*pair)


def test_tiny_and_huge_neurons():
    for scale in (1e-150, 1e150):
        assert ts.relu_kernel(scale * W, V / scale) == pytest.approx(float(ts.relu_kernel(W, V)), rel=1e-14)


def test_batches_are_single_ones():
    w, v = RNG.normal(size=(3, 1, 4)), RNG.normal(size=(5, 4))
    own, mixed = ts.relu_kernel_hessian(w, v)
    assert own.shape == mixed.shape == (3, 5, 4, 4)
    np.testing.assert_array_equal(own[2, 3], ts.relu_kernel_hessian(w[2, 0], v[3])[0])
    assert ts.relu_kernel(w, v)[1, 4] == ts.relu_kernel(w[1, 0], v[4])
    np.testing.assert_array_equal(own, np.swapaxes(own, -1, -2))


@pytest.mark.parametrize(
    ("w", "v", "error", "words"),
    [([1.0, 2.0], [1.0], ValueError, r"v: expected vectors of the dimension of w, got the shapes \(2,\) and \(1,\)"),
     (["a"], [1.0], TypeError, r"w: expected real numbers"),
     ([1.0], [np.nan], ValueError, r"v: expected finite numbers"),
     (1.0, 1.0, ValueError, r"v: expected vectors")],
)  # fmt: skip
def test_errors_say_what_is_wrong(w, v, error, words):
    with pytest.raises(error, match=words):
        ts.relu_kernel(w, v)
