"""Orthonormal bases against SciPy's classical polynomials, NumPy's rules, and integrals done otherwise."""

import math

import numpy as np
import pytest
from scipy import integrate, special

from lossland import remedies

BASES = {
    "legendre": (remedies.legendre(), lambda n, x: math.sqrt(2 * n + 1) * special.eval_legendre(n, x)),
    "chebyshev": (remedies.chebyshev(), lambda n, x: (math.sqrt(2) if n else 1.0) * special.eval_chebyt(n, x)),
    "hermite": (remedies.hermite(), lambda n, x: special.eval_hermitenorm(n, x) / math.sqrt(math.factorial(n))),
    "laguerre": (remedies.laguerre(), special.eval_laguerre),
    "gamma": (
        remedies.laguerre(1.5),
        lambda n, x: (
            special.eval_genlaguerre(n, 1.5, x)
            * math.exp(0.5 * (math.lgamma(n + 1) + math.lgamma(2.5) - math.lgamma(n + 2.5)))
        ),
    ),
    "gegenbauer": (remedies.jacobi(1.0, 1.0), None),
    "jacobi": (remedies.jacobi(0.7, -0.4), None),
    "second kind": (remedies.jacobi(0.5, 0.5), special.eval_chebyu),
}
WITH_ORACLE = [name for name, (_, oracle) in BASES.items() if oracle]


def points(basis, rng):
    low, high = (max(basis.domain[0], -3.0), min(basis.domain[1], 6.0))
    return rng.uniform(low, high, 40)


@pytest.mark.parametrize("name", WITH_ORACLE)
def test_values_are_those_of_scipy(name):
    basis, oracle = BASES[name]
    x = points(basis, np.random.default_rng(0)).reshape(8, 5)
    values = remedies.evaluate(basis, x, 25)
    for n in range(26):
        np.testing.assert_allclose(values[..., n], oracle(n, x), rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("name", list(BASES))
def test_orthonormal_by_an_integral_that_knows_no_recurrence(name):
    basis, _ = BASES[name]

    def product(i, j):
        # in Jacobi's cases the ends are integrated with their powers as weights, so that nothing blows up there
        if "Jacobi" in basis.name or "Chebyshev" in basis.name:
            nodes = np.cos((2 * np.arange(4000) + 1) * np.pi / 8000)  # midpoints in the angle
            values = remedies.evaluate(basis, nodes, max(i, j))
            return np.mean(values[:, i] * values[:, j] * basis.density(nodes) * np.sqrt(1 - nodes**2)) * np.pi
        f = lambda x: np.prod(remedies.evaluate(basis, x, max(i, j))[[i, j]]) * basis.density(x)  # noqa: E731
        return integrate.quad(f, *basis.domain, limit=200)[0]

    tolerance = 2e-3 if basis.name == "Jacobi, alpha = 0.7, beta = -0.4" else 1e-6
    for i, j in ((0, 0), (1, 1), (3, 3), (0, 2), (1, 2), (3, 4), (5, 3)):
        assert product(i, j) == pytest.approx(float(i == j), abs=tolerance)


@pytest.mark.parametrize("name", list(BASES))
@pytest.mark.parametrize("degree", [0, 1, 40, 400])
def test_gram_matrix_is_the_identity_for_any_degree(name, degree):
    gram = remedies.gram_matrix(BASES[name][0], degree)
    np.testing.assert_allclose(gram, np.eye(degree + 1), atol=1e-11)


@pytest.mark.parametrize("name", list(BASES))
def test_one_node_too_few_loses_the_last_polynomial(name):
    gram = remedies.gram_matrix(BASES[name][0], 12, n_nodes=12)
    np.testing.assert_allclose(gram[:12, :12], np.eye(12), atol=1e-12)
    assert gram[12, 12] == pytest.approx(0, abs=1e-10)  # its nodes are the zeros of the polynomial that is left out


@pytest.mark.parametrize(
    ("name", "rule"),
    [
        ("legendre", lambda n: (np.polynomial.legendre.leggauss(n)[0], np.polynomial.legendre.leggauss(n)[1] / 2)),
        ("laguerre", np.polynomial.laguerre.laggauss),
        ("chebyshev", lambda n: (np.polynomial.chebyshev.chebgauss(n)[0][::-1], np.full(n, 1 / n))),
        ("hermite", lambda n: np.array(special.roots_hermitenorm(n)) / [[1], [math.sqrt(2 * np.pi)]]),
    ],
)
def test_gauss_rules_are_the_known_ones(name, rule):
    nodes, weights = rule(30)
    ours = remedies.gauss_rule(BASES[name][0], 30)
    np.testing.assert_allclose(ours.nodes, nodes, rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(ours.weights, weights, rtol=1e-8, atol=1e-300)


def test_laguerre_rules_go_on_where_numpy_stops():
    with np.errstate(all="ignore"):
        nodes, weights = np.polynomial.laguerre.laggauss(200)
    assert not np.all(np.isfinite(weights)) or not np.all(np.isfinite(nodes))
    rule = remedies.gauss_rule(remedies.laguerre(), 400)
    assert np.sum(rule.weights) == pytest.approx(1, rel=1e-12)
    assert np.sum(rule.weights * rule.nodes**5) == pytest.approx(120, rel=1e-10)
    assert rule.log_weights[-1] < -1000  # no floating-point number


def test_derivatives_where_the_printed_rule_divides_by_zero():
    x = np.array([0.0, 1e-12, 1e-16])
    slopes = remedies.derivatives(remedies.laguerre(), x, 10)
    exact = -special.eval_genlaguerre(9, 1, x)  # L_n' = -L_{n-1}^{(1)}
    np.testing.assert_allclose(slopes[:, 10], exact, rtol=1e-14)
    values = remedies.evaluate(remedies.laguerre(), x, 10)
    with np.errstate(invalid="ignore", divide="ignore"):
        printed = 10 * (values[:, 10] - values[:, 9]) / x
    assert not np.isfinite(printed[0])
    assert abs(printed[2] / exact[2] - 1) > 0.05


@pytest.mark.parametrize("name", list(BASES))
@pytest.mark.parametrize("order", [0, 1, 2, 3])
def test_derivatives_are_those_of_the_polynomial_in_powers(name, order):
    basis, _ = BASES[name]
    rng = np.random.default_rng(1)
    degree = 9
    nodes = remedies.gauss_rule(basis, degree + 1).nodes
    x = rng.uniform(nodes[2], nodes[-3], 6)
    ours = remedies.derivatives(basis, x, degree, order=order)
    powers = np.linalg.solve(np.vander(nodes, degree + 1, increasing=True), remedies.evaluate(basis, nodes, degree))
    for n in range(degree + 1):
        oracle = np.polynomial.Polynomial(powers[:, n]).deriv(order)(x)
        np.testing.assert_allclose(ours[:, n], oracle, rtol=1e-6, atol=1e-6)


def test_weighted_values_are_the_product_and_go_on_beyond_it():
    for name in ("hermite", "laguerre", "legendre"):
        basis, _ = BASES[name]
        x = points(basis, np.random.default_rng(2))
        product = remedies.evaluate(basis, x, 30) * np.sqrt(basis.density(x))[:, None]
        np.testing.assert_allclose(remedies.weighted_values(basis, x, 30), product, rtol=1e-11, atol=1e-13)
    far = 4.0 * 700
    with np.errstate(over="ignore", invalid="ignore"):
        assert not np.isfinite(remedies.evaluate(remedies.laguerre(), far, 700)[-1])
    root = np.linspace(0, 60, 20_001)  # the zeros are evenly spaced in the root of x
    column = remedies.weighted_values(remedies.laguerre(), root**2, 700)[:, -1]
    assert np.trapezoid(column**2 * 2 * root, root) == pytest.approx(1, abs=1e-5)


def test_projection_finds_polynomials_exactly_and_the_tail_by_parseval():
    rng = np.random.default_rng(3)
    for basis, _ in BASES.values():
        coefficients = rng.standard_normal(8)
        found = remedies.project(basis, lambda x, b=basis, c=coefficients: remedies.evaluate(b, x, 7) @ c, 4)
        np.testing.assert_allclose(found.coefficients, coefficients[:5], atol=1e-10)
        assert found.tail == pytest.approx(np.sum(coefficients[5:] ** 2), rel=1e-9)
        assert found.square_norm == pytest.approx(np.sum(coefficients**2), rel=1e-9)


def test_blocks_do_not_show():
    x = np.random.default_rng(4).uniform(-1, 1, 10_001)
    whole = remedies.evaluate(remedies.jacobi(0.2, 0.6), x, 12)
    one_by_one = remedies.evaluate(remedies.jacobi(0.2, 0.6), x[-3:], 12)
    np.testing.assert_array_equal(whole[-3:], one_by_one)
    assert remedies.evaluate(remedies.legendre(), 0.5, 0).shape == (1,)
    assert remedies.evaluate(remedies.legendre(), np.ones((2, 3)), 4).shape == (2, 3, 5)
    assert remedies.evaluate(remedies.legendre(), [], 4).shape == (0, 5)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: remedies.laguerre(-1), ValueError, "alpha: expected a number larger than -1"),
        (lambda: remedies.jacobi(0, -2), ValueError, "beta: expected a number larger than -1"),
        (lambda: remedies.evaluate("legendre", 0.5, 2), TypeError, "basis: expected an OrthonormalBasis"),
        (lambda: remedies.gauss_rule("legendre", 2), TypeError, "basis: expected an OrthonormalBasis"),
        (lambda: remedies.evaluate(remedies.legendre(), math.nan, 2), ValueError, "x: expected finite"),
        (lambda: remedies.evaluate(remedies.legendre(), 0.5, -1), ValueError, "degree: expected an integer >= 0"),
        (lambda: remedies.derivatives(remedies.legendre(), 0.5, 2, order=-1), ValueError, "order: expected"),
        (lambda: remedies.weighted_values(remedies.laguerre(), -1.0, 2), ValueError, "x: expected >= 0, got -1"),
        (lambda: remedies.gauss_rule(remedies.legendre(), 0), ValueError, "n_nodes: expected"),
        (lambda: remedies.project(remedies.legendre(), np.sin, 5, n_nodes=5), ValueError, "n_nodes: expected .* >= 6"),
        (lambda: remedies.project(remedies.legendre(), lambda x: 1.0, 2), ValueError, "function: expected one value"),
        (lambda: remedies.project(remedies.legendre(), lambda x: x / 0, 2), ValueError, "function: expected finite"),
    ],
)
def test_bad_input(call, error, message):
    with np.errstate(all="ignore"), pytest.raises(error, match=message):
        call()
