"""The polytron, its iteration, its scale, its features and its cost: against direct solutions and integrals."""

import math

import numpy as np
import pytest

from lossland import remedies as re

SMOOTH = [re.legendre(), re.chebyshev(), re.hermite(), re.laguerre(0.5), re.jacobi(1.0, -0.5)]


@pytest.mark.parametrize("basis", SMOOTH, ids=str)
def test_a_polynomial_has_no_tail_beyond_its_degree(basis):
    tails = re.relative_tails(basis, lambda x: x**3 - x, 6)
    assert np.all(tails[:3] > 1e-6)
    assert np.all(tails[3:] < 1e-20)
    assert re.needed_degree(basis, lambda x: x**3 - x, 1e-15, max_degree=8) == 3
    assert re.needed_degree(basis, lambda x: x**3 - x, 1e-15, max_degree=2) is None


def test_tails_are_what_the_projection_leaves():
    for degree in (0, 4, 9):
        found = re.project(re.hermite(), np.tanh, degree, n_nodes=120)
        tails = re.relative_tails(re.hermite(), np.tanh, 9, n_nodes=120)
        assert tails[degree] == pytest.approx(found.tail / found.square_norm, rel=1e-10)


@pytest.mark.parametrize("rate", [-0.45, -0.1, 0.0, 0.3, 7.0])
@pytest.mark.parametrize("tolerance", [1e-9, 1e-3, 0.5])
def test_the_degree_of_an_exponential_is_the_least(rate, tolerance):
    degree = re.exponential_degree(rate, tolerance)
    ratio = (rate / (1 + rate)) ** 2
    assert ratio ** (degree + 1) < tolerance
    assert degree == 0 or ratio**degree >= tolerance


@pytest.mark.parametrize("scheme", ["uniform", "arcsine", "leverage"])
@pytest.mark.parametrize("basis", [re.legendre(), re.jacobi(1.0, 0.5)], ids=str)
def test_random_samples_see_the_identity_on_average(scheme, basis):
    rng = np.random.default_rng(0)
    grams = np.array(
        [re.sampled_gram(basis, re.sample_nodes(basis, 50, scheme, degree=5, rng=rng), 5) for _ in range(2000)]
    )
    error = grams.std(axis=0) / len(grams) ** 0.5
    assert error.max() < 0.02
    assert np.all(np.abs(grams.mean(axis=0) - np.eye(6)) < 5 * error + 1e-12)


def test_weights_of_even_spacing_are_those_of_the_density():
    for basis in (re.legendre(), re.chebyshev(), re.jacobi(1.0, 0.5)):
        errors = [
            np.abs(re.sampled_gram(basis, re.sample_nodes(basis, n, "equidistant"), 4) - np.eye(5)).max()
            for n in (50, 500)
        ]
        assert errors[1] < min(0.02, 0.15 * errors[0])


class Ends(np.random.Generator):
    """Draws the ends of [0, 1), which a generator does once in a hundred million times."""

    def __init__(self):
        super().__init__(np.random.PCG64(0))

    def random(self, size=None):
        return np.where(np.arange(size) % 2, 1e-10, 1 - 1e-10)


def test_arcsine_samples_at_the_very_ends_have_finite_weights():
    sample = re.sample_nodes(re.chebyshev(), 10, "arcsine", rng=Ends())
    np.testing.assert_allclose(sample.weights, 0.1, rtol=1e-9)


def test_leverage_samples_see_the_identity_on_unbounded_domains():
    for basis in (re.hermite(), re.laguerre()):
        sample = re.sample_nodes(basis, 20_000, "leverage", degree=6, rng=np.random.default_rng(1))
        assert np.linalg.norm(re.sampled_gram(basis, sample, 6) - np.eye(7), 2) < 0.1
        nodes = re.sample_nodes(basis, 9, "gauss")
        np.testing.assert_allclose(re.sampled_gram(basis, nodes, 8), np.eye(9), atol=1e-9)
        assert math.isinf(re.gram_condition(basis, re.Samples(nodes.points[:8], nodes.weights[:8]), 8))


def test_as_many_samples_as_the_bound_says_are_enough():
    rng = np.random.default_rng(2)
    for scheme in ("uniform", "arcsine", "leverage"):
        n_samples = re.sufficient_samples(re.legendre(), 8, scheme, failure=0.05)
        for _ in range(20):
            sample = re.sample_nodes(re.legendre(), n_samples, scheme, degree=8, rng=rng)
            assert re.gram_condition(re.legendre(), sample, 8) <= 3
    peaks = [re.peak_leverage(re.chebyshev(), n, "arcsine") for n in (3, 10)]
    np.testing.assert_allclose(peaks, [7, 21], rtol=1e-3)  # 2 N + 1
    found = re.peak_leverage(re.legendre(), 20, "arcsine")
    assert 21 < found < 2 * 21
    # where the density grows faster towards an end than that of the samples, there is no peak, and no bound
    for basis, scheme in (
        (re.chebyshev(), "uniform"), (re.jacobi(0.0, -0.2), "uniform"), (re.jacobi(-0.8, 0.0), "arcsine"),
    ):  # fmt: skip
        assert math.isinf(re.peak_leverage(basis, 5, scheme))
        with pytest.raises(ValueError, match="the leverage has no bound"):
            re.sufficient_samples(basis, 5, scheme)
    assert math.isfinite(re.peak_leverage(re.jacobi(-0.4, 0.3), 5, "arcsine"))


def test_fit_is_that_of_the_normal_equations_head_by_head():
    rng = np.random.default_rng(0)
    x, y, weights = rng.uniform(0, 5, 60), rng.standard_normal((60, 3)), rng.uniform(0.1, 1, 60)
    mask = np.array([[1, 1, 0], [1, 0, 1], [1, 1, 1], [0, 1, 1]])
    found = re.fit_polytron(re.laguerre(), x, y, 3, weights=weights, mask=mask, ridge=0.2)
    table = re.evaluate(re.laguerre(), x, 3)
    for m in range(3):
        kept = mask[:, m] == 1
        gram = table[:, kept].T @ (weights[:, None] * table[:, kept])
        wanted = np.linalg.solve(gram + 0.2 * np.eye(kept.sum()), table[:, kept].T @ (weights * y[:, m]))
        np.testing.assert_allclose(found.coefficients[kept, m], wanted)
        effective = np.trace(np.linalg.solve(gram + 0.2 * np.eye(kept.sum()), gram))
        assert found.effective_coefficients[m] == pytest.approx(effective)
    assert np.all(found.coefficients[mask == 0] == 0)
    assert found.predict(np.zeros((4, 2))).shape == (4, 2, 3)
    single = re.fit_polytron(re.laguerre(), x, y[:, 0], 3)
    assert single.predict(0.5).shape == ()
    nothing = re.fit_polytron(re.laguerre(), x, y[:, :1], 1, mask=[[0], [0]])
    assert not nothing.coefficients.any()


def test_fewer_samples_than_coefficients_give_the_shortest_solution():
    found = re.fit_polytron(re.legendre(), [0.3], [2.0], 4)
    values = re.evaluate(re.legendre(), 0.3, 4)
    np.testing.assert_allclose(found.coefficients, 2 * values / (values @ values))
    assert math.isinf(found.condition)


@pytest.mark.parametrize("form", ["corrected", "printed"])
def test_the_iteration_rests_at_its_fixed_point_and_diverges_beyond_its_step(form):
    x = np.linspace(-1, 1, 100)
    y, weights = np.exp(x), re.sample_weights(re.legendre(), x)
    step = re.largest_step(re.legendre(), x, weights, 3, form=form)
    options = {"form": form, "n_steps": 4000}
    run = re.iterate_polytron(re.legendre(), x, y, weights, 3, learning_rate=0.9 * step, **options)
    assert run.converged
    end = re.fixed_point(re.legendre(), x, y, weights, 3, form=form)
    np.testing.assert_allclose(run.coefficients[-1], end, atol=1e-10)
    assert np.linalg.norm(re.batch_direction(re.legendre(), end, x, y, weights, form=form)) < 1e-12
    assert run.coefficients.shape == (4001, 4)
    beyond = re.iterate_polytron(re.legendre(), x, y, weights, 3, learning_rate=1.2 * step, **options)
    assert beyond.diverged
    assert not beyond.converged
    assert np.isinf(beyond.coefficients[-1]).all()


def test_fewer_samples_than_coefficients_still_have_a_largest_step():
    for seed in range(6):
        x = np.random.default_rng(seed).uniform(-1, 1, 5)
        y, weights = np.exp(x), re.sample_weights(re.legendre(), x)
        gram = re.sampled_gram(re.legendre(), re.Samples(x, weights), 8)
        step = re.largest_step(re.legendre(), x, weights, 8)
        assert step == pytest.approx(2 / np.linalg.norm(gram, 2))
        options = {"n_steps": 3000}
        run = re.iterate_polytron(re.legendre(), x, y, weights, 8, learning_rate=0.9 * step, **options)
        first, last = (
            np.linalg.norm(re.batch_direction(re.legendre(), w, x, y, weights)) for w in run.coefficients[[0, -1]]
        )
        assert last < 1e-3 * first
        beyond = re.iterate_polytron(re.legendre(), x, y, weights, 8, learning_rate=1.1 * step, **options)
        assert beyond.diverged
    assert re.largest_step(re.legendre(), [-0.5, 0.0, 0.5], [1.0, -1.0, 1.0], 2) == 0  # no minimum


def test_weights_of_samples():
    x = np.array([0.5, 1.0])
    np.testing.assert_allclose(re.sample_weights(re.laguerre(), x), np.exp(-x) / 2)
    np.testing.assert_array_equal(re.sample_weights(re.laguerre(), x, "equal"), [0.5, 0.5])


def test_sets_of_indices():
    for n_inputs in (1, 2, 3):
        for degree in (0, 1, 4):
            full = re.index_set(n_inputs, degree, "tensor")
            assert len(full) == re.index_count(n_inputs, degree, "tensor") == len({tuple(row) for row in full.tolist()})
            keep = {
                "total": full.sum(axis=1) <= degree,
                "additive": (full > 0).sum(axis=1) <= 1,
                "hyperbolic": (full + 1).prod(axis=1) <= degree + 1,
            }
            for kind, rows in keep.items():
                found = re.index_set(n_inputs, degree, kind)
                np.testing.assert_array_equal(found, full[rows])
                assert len(found) == re.index_count(n_inputs, degree, kind)
    assert re.index_count(30, 63, "hyperbolic") > 2_000_000  # counted, not listed


def test_products_are_orthonormal():
    rule = re.gauss_rule(re.laguerre(), 5)
    points = np.stack(np.meshgrid(rule.nodes, rule.nodes, indexing="ij"), axis=-1).reshape(-1, 2)
    values = re.multivariate_values(re.laguerre(), points, re.index_set(2, 4, "tensor"))
    gram = values.T @ (np.outer(rule.weights, rule.weights).reshape(-1, 1) * values)
    np.testing.assert_allclose(gram, np.eye(25), atol=1e-9)


def test_functions_of_a_group_network_and_what_it_refuses():
    rng = np.random.default_rng(0)
    x = np.column_stack([rng.uniform(-1, 1, (300, 3)), np.full(300, 2.0)])  # a constant input does no harm
    network = re.grow_group_network(x, (x[:, 0] + x[:, 1]) ** 2)
    assert len(network.layers) == 1
    assert network.errors[0] < 1e-25
    np.testing.assert_allclose(network.predict(x[:5]), (x[:5, 0] + x[:5, 1]) ** 2, atol=1e-12)
    one = re.grow_group_network(x, rng.standard_normal(300), n_kept=2, max_layers=1)
    assert one.layers[0].pairs.shape == (2, 2)
    assert one.layers[0].coefficients.shape == (2, 6)
    two = re.grow_group_network(x[:, :2], np.sin(3 * x[:, 0]) + x[:, 1])  # of two inputs there is one unit, no more
    assert len(two.layers) == len(two.errors) == 1


def test_a_group_network_of_many_inputs_does_not_hold_the_terms_of_all_pairs():
    import tracemalloc

    x = np.random.default_rng(0).uniform(-1, 1, (200, 60))
    y = x[:, 3] * x[:, 50]
    tracemalloc.start()
    network = re.grow_group_network(x, y, max_layers=1)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert network.layers[0].pairs[0].tolist() == [3, 50]
    assert peak < 2e6  # 1770 pairs of 200 x 6 terms are 17 MB


LINE = np.linspace(-1, 1, 5)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: re.relative_tails(re.legendre(), np.zeros_like, 2), ValueError, "function: expected one with a norm"),
        (lambda: re.needed_degree(re.legendre(), np.exp, 0.0), ValueError, "tolerance: expected a number above zero"),
        (lambda: re.exponential_degree(-0.5, 0.1), ValueError, "rate: expected a number above -1/2"),
        (lambda: re.sample_nodes(re.hermite(), 3, "equidistant"), ValueError, "scheme: expected gauss or leverage"),
        (lambda: re.sample_nodes(re.legendre(), 3, "sobol"), ValueError, "scheme: expected one of gauss, equidistant"),
        (lambda: re.sample_nodes(re.legendre(), 3, "uniform"), TypeError, "rng: expected a numpy.random.Generator"),
        (lambda: re.sample_nodes("legendre", 3, "gauss"), TypeError, "basis: expected an OrthonormalBasis"),
        (lambda: re.peak_leverage(re.legendre(), 3, "gauss"), ValueError, "scheme: expected a random one"),
        (lambda: re.sufficient_samples(re.legendre(), 3, "uniform", failure=1), ValueError, "failure: expected a prob"),
        (lambda: re.fit_polytron(re.legendre(), LINE, LINE[:3], 2), ValueError, "y: expected values"),
        (lambda: re.fit_polytron(re.legendre(), [], [], 2), ValueError, "x: expected points"),
        (lambda: re.fit_polytron(re.legendre(), LINE, LINE, 2, ridge=-1), ValueError, "ridge: expected"),
        (lambda: re.fit_polytron(re.legendre(), LINE, LINE, 2, weights=[1]), ValueError, "weights: expected one for"),
        (lambda: re.fit_polytron(re.legendre(), LINE, LINE, 2, mask=[[1]]), ValueError, "mask: expected the shape"),
        (lambda: re.fit_polytron(re.legendre(), LINE, LINE, 0, mask=[[2]]), ValueError, "mask: expected zeros and"),
        (lambda: re.fit_polytron(re.hermite(), [1e200, 1.0], [1, 2], 3), ValueError, "x: expected points where pol"),
        (
            lambda: re.gram_condition(re.hermite(), re.Samples([1e200, 1.0, 2.0], [1, 1, 1]), 2),
            ValueError,
            "samples.points: expected points where polynomials of degree 2 are in range",
        ),
        (lambda: re.expected_excess(-1, 1, 1), ValueError, "n_coefficients: expected"),
        (lambda: re.exponential_degree(1e17, 1e-6), ValueError, "rate: expected a sharpness that"),
        (lambda: re.gram_condition(re.legendre(), re.Samples(LINE, [1.0]), 2), ValueError, "samples: expected points"),
        (lambda: re.sampled_gram(re.legendre(), re.Samples(LINE, -LINE), 2), ValueError, "samples.weights: expected"),
        (lambda: re.sample_weights(None, [0.5]), TypeError, "basis: expected an OrthonormalBasis"),
        (lambda: re.sample_weights(re.laguerre(), [-0.5], "equal"), ValueError, "x: expected >= 0, got -0.5"),
        (lambda: re.sample_weights(re.legendre(), 0.5), ValueError, "x: expected points"),
        (lambda: re.batch_direction(re.legendre(), [[1.0]], LINE, LINE, LINE), ValueError, "coefficients: expected a"),
        (lambda: re.sample_weights(re.chebyshev(), [1.0]), ValueError, "x: expected points where the density"),
        (lambda: re.sample_weights(re.legendre(), [1.0], "none"), ValueError, "weighting: expected density or equal"),
        (
            lambda: re.fixed_point(re.legendre(), LINE, LINE, LINE**2, 2, form="new"),
            ValueError,
            "form: expected one of corrected, printed",
        ),
        (
            lambda: re.fixed_point(re.legendre(), LINE[:2], LINE[:2], [1, 1], 2),
            ValueError,
            "x: expected samples that determine 3 coefficients, got 2",
        ),
        (
            lambda: re.iterate_polytron(re.legendre(), LINE, LINE, LINE**2, 2, learning_rate=0.0, n_steps=1),
            ValueError,
            "learning_rate: expected a number above zero",
        ),
        (lambda: re.batch_direction(re.legendre(), [1.0], LINE, LINE, [1.0]), ValueError, "weights: expected one for"),
        (lambda: re.rescale_coefficients(re.legendre(), [1.0], 0.0), ValueError, "scale: expected a number other"),
        (lambda: re.rescale_coefficients(re.legendre(), 1.0, 2.0), ValueError, "coefficients: expected a vector"),
        (lambda: re.best_scale(re.legendre(), LINE, 2, bounds=(2, 1)), ValueError, "bounds: expected two positive"),
        (lambda: re.best_scale(re.legendre(), LINE, 5), ValueError, "x: expected more than 5 points"),
        (lambda: re.index_set(2, 2, "all"), ValueError, "kind: expected one of additive"),
        (lambda: re.index_count(2, 2, "all"), ValueError, "kind: expected one of additive"),
        (lambda: re.index_set(30, 9, "tensor"), ValueError, "use a smaller kind than tensor"),
        (lambda: re.multivariate_values(re.legendre(), LINE, [[1, 2]]), ValueError, "x: expected points"),
        (lambda: re.multivariate_values(re.legendre(), LINE, [[-1] * 5]), ValueError, "indices: expected integers"),
        (lambda: re.prune_heads(re.legendre(), [np.exp], [[1, 1]]), ValueError, "mask: expected the shape"),
        (lambda: re.prune_heads(re.legendre(), [np.exp], [[0.5]]), ValueError, "mask: expected zeros and ones"),
        (lambda: re.index_set(30, 63, "hyperbolic"), ValueError, "degree: expected at most 2000000 functions"),
        (lambda: re.operation_count(re.legendre(), 2, 0, 1), ValueError, "n_inputs: expected"),
        (lambda: re.operation_count(None, 2, 1, 1), TypeError, "basis: expected an OrthonormalBasis"),
        (lambda: re.grow_group_network(LINE, LINE), ValueError, "x, y: expected points"),
        (lambda: re.grow_group_network(np.ones((9, 2)), np.ones(9)), ValueError, "x: expected six samples or more"),
        (lambda: re.grow_group_network(np.ones((12, 2)), np.ones(12), gain=1.0), ValueError, "gain: expected a share"),
        (
            lambda: re.grow_group_network(np.eye(12)[:, :2], np.ones(12)).predict(np.ones(2)),
            ValueError,
            r"x: expected points \(M, 2\)",
        ),
    ],
)
def test_bad_input(call, error, message):
    with pytest.raises(error, match=message):
        call()
