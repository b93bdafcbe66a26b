"""What the paper's sections 6.2.2 and 6.2.3 and its review claim about polynomials and splines as neurons.

One test per entry of the ledger; where a statement is corrected, the test also shows that the printed version fails.
What needs trained networks is decided by the record ``regression_bases``, in test_regression_claims.py.
"""

import itertools
import math
from fractions import Fraction

import numpy as np
import pytest
import torch
from scipy import integrate, interpolate

from lossland import remedies as re

FAMILIES = [re.legendre(), re.chebyshev(), re.hermite(), re.laguerre(), re.jacobi(0.5, -0.3)]


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


@pytest.mark.ledger("glukhov-eq-39")
def test_bases_are_orthonormal_from_degree_zero_for_a_probability_density():
    for basis in FAMILIES:
        for degree in (10, 40, 180):
            assert np.max(np.abs(re.gram_matrix(basis, degree) - np.eye(degree + 1))) < 1e-11
    # an integral without the recurrence's own nodes
    inner, _ = integrate.quad(lambda x: np.prod(re.evaluate(re.legendre(), x, 4)[[2, 4]]) / 2, -1, 1)
    square, _ = integrate.quad(lambda x: re.evaluate(re.laguerre(), x, 3)[3] ** 2 * math.exp(-x), 0, 80)
    assert inner == pytest.approx(0, abs=1e-12)
    assert square == pytest.approx(1, abs=1e-8)
    # printed: i = 1 ... infinity.  Without phi_0 no constant is represented
    constant = re.project(re.legendre(), np.ones_like, 9)
    assert constant.coefficients[0] == pytest.approx(1)
    np.testing.assert_allclose(constant.coefficients[1:], 0, atol=1e-13)
    # the classical Legendre polynomials, P_n(1) = 1, have the norm 1 / sqrt(2n + 1); Laguerre's have one
    np.testing.assert_allclose(re.evaluate(re.legendre(), 1.0, 6), np.sqrt(2 * np.arange(7) + 1))
    np.testing.assert_allclose(re.evaluate(re.laguerre(), 0.0, 6), 1)


@pytest.mark.ledger("glukhov-eq-40")
def test_the_truncation_error_is_the_sum_of_the_squares_that_are_left():
    for rate in (0.3, 1.0, 5.0):
        wanted = re.exponential_coefficients(rate, 60)
        found = re.project(re.laguerre(), lambda x, a=rate: np.exp(-a * x), 60, n_nodes=200)
        np.testing.assert_allclose(found.coefficients, wanted, atol=1e-12)
        for degree in (0, 3, 8):
            square, _ = integrate.quad(
                lambda x, a=rate, w=wanted[: degree + 1]: (
                    (math.exp(-a * x) - re.evaluate(re.laguerre(), x, len(w) - 1) @ w) ** 2 * math.exp(-x)
                ),
                0, 100, limit=400, epsabs=1e-13,
            )  # fmt: skip
            rest = np.sum(re.exponential_coefficients(rate, 4000)[degree + 1 :] ** 2)
            assert square == pytest.approx(rest, rel=1e-6, abs=1e-12)
    # it needs a square integrable function: beyond a = -1/2 the squares of the coefficients do not add up
    ratio = -0.55 / (1 - 0.55)
    assert abs(ratio) > 1
    with pytest.raises(ValueError, match="above -1/2"):
        re.exponential_coefficients(-0.55, 3)


@pytest.mark.ledger("glukhov-eq-41")
def test_a_finite_degree_suffices_and_grows_with_the_sharpness():
    for rate, tails in ((1.0, (3.906e-3, 3.815e-6, 2.27e-13)), (5.0, (0.2326, 0.0376, 4.7e-4))):
        found = re.relative_tails(re.laguerre(), lambda x, a=rate: np.exp(-a * x), 20, n_nodes=300)
        np.testing.assert_allclose(found[[3, 8, 20]], tails, rtol=6e-3)
        np.testing.assert_allclose(found, (rate / (1 + rate)) ** (2 * np.arange(1, 22)), rtol=1e-6)
    rates = (0.3, 1, 5, 10, 50, 100)
    degrees = [re.exponential_degree(rate, 1e-6) for rate in rates]
    assert degrees == [4, 9, 37, 72, 348, 694]
    assert re.needed_degree(re.laguerre(), lambda x: np.exp(-10 * x), 1e-6, max_degree=80, n_nodes=600) == 72
    assert degrees[-1] / degrees[-3] == pytest.approx(100 / 10, rel=0.05)  # in proportion to the sharpness
    # a jump has no scale: its tail falls like 1 / N, and a hundred times less asks for a hundred times the degree
    tails = re.relative_tails(re.chebyshev(), lambda x: np.sign(x - 0.1), 400, n_nodes=1500)
    assert tails[40] / tails[400] == pytest.approx(10, rel=0.3)
    assert tails[400] > 5e-4


@pytest.mark.ledger("glukhov-claim-finer-scales")
def test_polynomials_of_higher_degree_have_more_zeros_and_shorter_waves():
    for basis in FAMILIES:
        low, high = (-1, 1) if math.isinf(basis.domain[0]) else (0.0, 2.0) if math.isinf(basis.domain[1]) else (-1, 1)
        gaps = []
        for degree in (4, 9, 25, 100):
            zeros = re.gauss_rule(basis, degree).nodes
            assert len(zeros) == degree
            assert basis.domain[0] < zeros[0] < zeros[-1] < basis.domain[1]
            signs = np.sign(re.evaluate(basis, (zeros[:-1] + zeros[1:]) / 2, degree)[:, -1])
            assert np.all(signs[1:] == -signs[:-1])  # they are its zeros, and all of them are simple
            gaps.append(np.diff(np.r_[low, zeros[(zeros > low) & (zeros < high)], high]).max())
        assert gaps == sorted(gaps, reverse=True)
        assert gaps[-1] < gaps[1] / 2
    # in a fixed window.  On the half line the waves at the far end become longer, not shorter
    last = [np.diff(re.gauss_rule(re.laguerre(), degree).nodes).max() for degree in (10, 40, 160)]
    assert last == sorted(last)


def median_condition(scheme, n_samples, degree=40, n_draws=11):
    rng, basis = np.random.default_rng(7), FAMILIES[0]
    draws = [re.sample_nodes(basis, n_samples, scheme, degree=degree, rng=rng) for _ in range(n_draws)]
    return np.median([re.gram_condition(basis, draw, degree) for draw in draws])


@pytest.mark.ledger("glukhov-claim-nyquist")
def test_n_plus_one_samples_suffice_at_gauss_nodes_and_n_squared_are_needed_at_random_ones():
    for degree in (10, 40, 160):
        gauss = re.sample_nodes(re.legendre(), degree + 1, "gauss")
        assert re.gram_condition(re.legendre(), gauss, degree) == pytest.approx(1, abs=1e-9)
    # printed: not significantly more than O(N).  Uniform random samples, N = 40: 2N are hopeless, N^2 do
    assert median_condition("uniform", 82) > 1e7
    assert median_condition("uniform", 205) > 1e3
    assert 3 < median_condition("uniform", 1681) < 8
    assert median_condition("arcsine", 205) < 20
    assert median_condition("leverage", 205) < 15
    # how many for a condition below ten, as a power of the degree: 2 for uniform samples, 1 and a logarithm for others
    counts = {"uniform": [], "leverage": []}
    for scheme, needed in counts.items():
        for degree in (10, 40):
            steps = (round(1.3**k) for k in itertools.count(math.ceil(math.log(degree + 2, 1.3))))
            needed.append(next(m for m in steps if median_condition(scheme, m, degree, 9) < 10))
    growth = {scheme: math.log(b / a, 4) for scheme, (a, b) in counts.items()}
    assert growth["uniform"] == pytest.approx(1.9, abs=0.35)
    assert growth["leverage"] == pytest.approx(1.15, abs=0.3)
    # interpolation of Runge's function: at even spacing the error grows with every node
    runge, grid = lambda x: 1 / (1 + 25 * x**2), np.linspace(-1, 1, 2001)
    worst = {}
    for scheme in ("equidistant", "gauss"):
        for degree in (10, 20, 30):
            x = re.sample_nodes(re.legendre(), degree + 1, scheme).points
            fit = re.fit_polytron(re.legendre(), x, runge(x), degree)
            worst[scheme, degree] = np.max(np.abs(fit.predict(grid) - runge(grid)))
    np.testing.assert_allclose([worst["equidistant", n] for n in (10, 20, 30)], [1.9, 60, 2388], rtol=0.02)
    np.testing.assert_allclose([worst["gauss", n] for n in (10, 20, 30)], [0.17, 0.031, 0.0052], rtol=0.03)


@pytest.mark.ledger("glukhov-def-polytron")
def test_a_polytron_approximates_any_continuous_function_of_one_variable_and_not_of_two():
    grid = np.linspace(-1, 1, 1001)
    x = re.gauss_rule(re.legendre(), 400)
    for function in (lambda t: np.abs(t - 0.1), lambda t: np.sqrt(np.abs(t)), lambda t: np.exp(t) * np.sin(9 * t)):
        errors = []
        for degree in (4, 16, 64, 256):
            fit = re.fit_polytron(re.legendre(), x.nodes, function(x.nodes), degree, weights=x.weights)
            errors.append(np.mean((fit.predict(grid) - function(grid)) ** 2))
        assert np.all(np.diff(errors) < 1e-20)
        assert errors[-1] < 1e-4
    # of two variables: sums of functions of one miss x_1 x_2 altogether, at any degree; products do not
    points = np.random.default_rng(0).uniform(-1, 1, (4000, 2))
    product = points.prod(axis=1)
    for degree in (2, 20):
        design = re.multivariate_values(re.legendre(), points, re.index_set(2, degree, "additive"))
        left = product - design @ np.linalg.lstsq(design, product, rcond=None)[0]
        assert np.mean(left**2) > 0.95 * np.mean(product**2)
    design = re.multivariate_values(re.legendre(), points, re.index_set(2, 2, "total"))
    left = product - design @ np.linalg.lstsq(design, product, rcond=None)[0]
    assert np.mean(left**2) < 1e-25
    # and stacking does, too: x_1 x_2 = ((x_1 + x_2)^2 - (x_1 - x_2)^2) / 4
    network = re.stacked_polynomials([2, 2, 1], 2, re.legendre(), outside="continue", dtype=torch.float64)
    with torch.no_grad():
        for layer in network:
            layer.weight.zero_()
        network[0].weight[:, 1] = torch.tensor([[1.0, 1.0], [1.0, -1.0]]).double() / 3**0.5
        network[1].weight[0, 2] = torch.tensor([1.0, -1.0]).double() / 4 * 2 / 3 / 5**0.5
    assert torch.allclose(network(torch.tensor(points))[:, 0], torch.tensor(product))


@pytest.mark.ledger("glukhov-fig-2")
def test_a_masked_feature_cannot_be_replaced_and_labeled_heads_need_no_mask():
    functions = [np.exp, lambda x: np.sin(4 * x), lambda x: np.abs(x - 0.1)]
    mask = np.random.default_rng(1).integers(0, 2, (13, 3))
    heads = re.prune_heads(re.legendre(), functions, mask, n_nodes=400)
    rule = re.gauss_rule(re.legendre(), 400)
    values = np.column_stack([function(rule.nodes) for function in functions])
    left = values - re.evaluate(re.legendre(), rule.nodes, 12) @ heads.coefficients
    np.testing.assert_allclose(rule.weights @ left**2, heads.masked + heads.tail, rtol=1e-12)
    again = re.fit_polytron(re.legendre(), rule.nodes, values, 12, weights=rule.weights, mask=mask)
    np.testing.assert_allclose(again.coefficients, heads.coefficients, atol=1e-12)  # nothing stands in
    for degree in (10, 40, 70):  # f = phi_2 without phi_2: all is lost, whatever the degree
        kept = np.ones((degree + 1, 1))
        kept[2] = 0
        pruned = re.prune_heads(re.legendre(), [lambda x: re.evaluate(re.legendre(), x, 2)[..., 2]], kept)
        assert pruned.relative_error == pytest.approx(1.0)
    # printed: the mask makes the output layer non-permutable.  Without one, exchanging labeled heads changes the loss;
    # with equal columns of the mask, too
    full = re.fit_polytron(re.legendre(), rule.nodes, values, 12, weights=rule.weights)
    for one in (full, again):
        errors = {
            order: rule.weights @ np.sum((one.predict(rule.nodes)[:, order] - values) ** 2, axis=1)
            for order in itertools.permutations(range(3))
        }
        assert min(errors, key=errors.get) == (0, 1, 2)
        assert sorted(errors.values())[1] > 1.1 * errors[0, 1, 2]


@pytest.mark.ledger("glukhov-claim-polytron-interpretable")
def test_noise_and_penalty_act_on_a_polytron_as_its_coefficients_say():
    rng, n_samples, noise, n_runs = np.random.default_rng(3), 400, 0.5, 400
    x = re.gauss_rule(re.chebyshev(), n_samples).nodes  # equal weights
    truth = re.evaluate(re.chebyshev(), x, 12) @ rng.standard_normal(13)
    excess = []
    for _ in range(n_runs):
        fit = re.fit_polytron(re.chebyshev(), x, truth + noise * rng.standard_normal(n_samples), 12)
        excess.append(np.mean((fit.predict(x) - truth) ** 2))
    error = np.std(excess, ddof=1) / n_runs**0.5
    assert abs(np.mean(excess) - re.expected_excess(13, noise**2, n_samples)) < 4 * error
    assert error < 0.03 * np.mean(excess)
    # a ridge shrinks each coefficient by 1 / (1 + lambda), which counts as many coefficients less
    fit = re.fit_polytron(re.chebyshev(), x, truth, 12, ridge=0.25)
    np.testing.assert_allclose(fit.coefficients * 1.25, re.fit_polytron(re.chebyshev(), x, truth, 12).coefficients)
    assert fit.effective_coefficients == pytest.approx(13 / 1.25)
    # at random samples it is more, by about (N + 1) / M in relative terms for the density, and much more near M = N
    found = {}
    for m in (20, 400):
        draws = []
        for _ in range(200):
            sample = re.sample_nodes(re.chebyshev(), m, "arcsine", rng=rng)
            fit = re.fit_polytron(re.chebyshev(), sample.points, rng.standard_normal(m), 12)
            draws.append(np.sum(fit.coefficients**2))
        found[m] = np.median(draws) / re.expected_excess(13, 1.0, m)
    assert 0.95 < found[400] < 1.15
    assert found[20] > 2


def batch(n_points, seed=0):
    x = np.random.default_rng(seed).uniform(-1, 1, n_points)
    return x, np.exp(x) * np.sin(3 * x)


@pytest.mark.ledger("glukhov-eq-42")
def test_the_printed_gradient_is_the_direction_of_descent():
    basis, rule = re.laguerre(), re.gauss_rule(re.laguerre(), 60)
    f, w = np.exp(-rule.nodes) * np.cos(rule.nodes), np.random.default_rng(0).standard_normal(6)

    def objective(coefficients):
        return 0.5 * rule.weights @ (f - re.evaluate(basis, rule.nodes, 5) @ coefficients) ** 2

    steps = 1e-6 * np.eye(6)
    gradient = np.array([(objective(w + s) - objective(w - s)) / 2e-6 for s in steps])
    printed = re.evaluate(basis, rule.nodes, 5).T @ (rule.weights * (f - re.evaluate(basis, rule.nodes, 5) @ w))
    np.testing.assert_allclose(gradient, -printed, atol=1e-8)
    assert np.linalg.norm(gradient - printed) > 1  # as a gradient the printed sign is wrong
    np.testing.assert_allclose(re.batch_direction(basis, w, rule.nodes, f, rule.weights), printed, atol=1e-12)
    assert objective(w + 0.1 * printed) < objective(w) < objective(w - 0.1 * printed)


@pytest.mark.ledger("glukhov-eq-43")
def test_the_printed_batch_rule_rests_elsewhere_or_nowhere_and_the_corrected_one_at_the_fit():
    basis, degree = re.legendre(), 8
    rule = re.gauss_rule(basis, 200)
    best = re.project(basis, lambda x: np.exp(x) * np.sin(3 * x), degree, n_nodes=200).coefficients
    distance = {"printed": [], "corrected": []}
    for n_points in (50, 200, 2000, 20000):
        x, y = batch(n_points)
        weights = re.sample_weights(basis, x)
        fit = re.fit_polytron(basis, x, y, degree).coefficients
        for form, found in distance.items():
            runs = [batch(n_points, seed) for seed in range(9)]
            rest = [re.fixed_point(basis, *run, re.sample_weights(basis, run[0]), degree, form=form) for run in runs]
            found.append(np.median(np.linalg.norm(np.array(rest) - best, axis=1)))
        np.testing.assert_allclose(re.fixed_point(basis, x, y, weights, degree), fit, atol=1e-9)
        assert np.linalg.norm(re.batch_direction(basis, fit, x, y, weights)) < 1e-12
        assert np.linalg.norm(re.batch_direction(basis, fit, x, y, weights, form="printed")) > 1e-3
    assert distance["corrected"][0] < 1e-3  # what is left is the tail of f
    assert distance["printed"][0] > 0.2
    slope = np.polyfit(np.log([50, 200, 2000, 20000]), np.log(distance["printed"]), 1)[0]
    assert slope == pytest.approx(-0.5, abs=0.15)  # the printed one errs like the noise of a sample
    # 60 % of batches of 20 have a negative sum: the printed iteration diverges there at any step
    steps = [re.largest_step(basis, x, re.sample_weights(basis, x), degree, form="printed")
             for x, _ in (batch(20, seed) for seed in range(400))]  # fmt: skip
    share = np.mean(np.array(steps) == 0)
    assert share == pytest.approx(0.6, abs=0.08)
    diverging = next(seed for seed, step in enumerate(steps) if step == 0)
    x, y = batch(20, diverging)
    weights = re.sample_weights(basis, x)
    run = re.iterate_polytron(basis, x, y, weights, degree, form="printed", learning_rate=0.1, n_steps=200_000)
    assert run.diverged
    step = re.largest_step(basis, x, weights, degree)
    run = re.iterate_polytron(basis, x, y, weights, degree, learning_rate=step / 2, n_steps=20_000)
    assert not run.diverged
    # at Gauss nodes, with their weights, both forms are one
    y = np.exp(rule.nodes) * np.sin(3 * rule.nodes)
    ends = [re.fixed_point(basis, rule.nodes, y, rule.weights, degree, form=form) for form in ("printed", "corrected")]
    np.testing.assert_allclose(ends[0], ends[1], atol=1e-11)


@pytest.mark.ledger("glukhov-eq-43")
def test_samples_of_the_density_must_not_be_weighted_with_it_again():
    x = np.random.default_rng(0).exponential(size=200_000)
    values = re.evaluate(re.laguerre(), x, 3)
    for weighting, wanted in (("equal", np.eye(4)), ("density", re.double_density_gram(3))):
        weights = re.sample_weights(re.laguerre(), x, weighting)
        spread = (values[:, :, None] * values[:, None]) * weights[:, None, None] * len(x)
        error = spread.std(axis=0) / len(x) ** 0.5
        assert np.all(np.abs(spread.mean(axis=0) - wanted) < 5 * error + 1e-12)
    exact = [[Fraction(math.comb(i + j, i), 2 ** (i + j + 1)) for j in range(6)] for i in range(6)]
    np.testing.assert_array_equal(re.double_density_gram(5), np.array(exact, dtype=float))
    assert np.linalg.cond(re.double_density_gram(5)) == pytest.approx(2.9e4, rel=0.02)


@pytest.mark.ledger("glukhov-claim-scale-parameter")
def test_a_trained_scale_needs_the_derivatives_of_the_polynomials():
    x = np.array([0.0, 0.3, 2.0, 7.0])
    for basis in FAMILIES[2:4]:
        for scale in (0.5, 3.0):
            step = 1e-6
            up, down = (re.evaluate(basis, (scale + sign * step) * x, 6) for sign in (1, -1))
            exact = re.scale_derivatives(basis, x, 6, scale=scale)
            np.testing.assert_allclose((up - down) / (2 * step), exact, rtol=1e-6, atol=1e-6)
    layer = re.PolynomialLayer(1, 1, 6, re.laguerre(), outside="continue", scale=True, dtype=torch.float64,
                               generator=generator())  # fmt: skip
    layer(torch.tensor(x)[:, None]).sum().backward()
    wanted = re.scale_derivatives(re.laguerre(), x, 6) @ layer.weight.detach().numpy()[0, :, 0]
    assert layer.scale.grad.item() == pytest.approx(wanted.sum(), rel=1e-10)
    # next to all coefficients it is redundant: at any scale others give the same function, a curve of equal optima
    w, grid = np.random.default_rng(0).standard_normal(9), np.linspace(0, 4, 50)
    for basis in FAMILIES:
        for scale in (0.6, 1.7):
            moved = re.rescale_coefficients(basis, w, scale)
            assert np.linalg.norm(moved - w) > 0.1
            np.testing.assert_allclose(re.evaluate(basis, scale * grid, 8) @ moved, re.evaluate(basis, grid, 8) @ w,
                                       rtol=1e-9, atol=1e-7)  # fmt: skip
    x = np.random.default_rng(0).exponential(size=400) / 20
    y = np.exp(-20 * x) + 0.1 * np.random.default_rng(1).standard_normal(400)
    fits = [re.fit_polytron(re.laguerre(), scale * x, y, 4) for scale in (1.0, 20.0)]
    np.testing.assert_allclose(fits[0].predict(x), fits[1].predict(20 * x), atol=1e-8)
    # what it does is to condition the problem
    assert fits[0].condition > 1e4 * fits[1].condition
    assert re.best_scale(re.laguerre(), x, 4).scale == pytest.approx(20, rel=0.5)
    # and with masked features it does change what can be represented
    left = {}
    for scale in (1.0, 5.0):
        fit = re.fit_polytron(re.laguerre(), scale * x, np.exp(-20 * x)[:, None], 4, mask=[[1], [0], [0], [0], [1]])
        left[scale] = np.mean((fit.predict(scale * x)[:, 0] - np.exp(-20 * x)) ** 2)
    assert left[5.0] < 0.25 * left[1.0]


@pytest.mark.ledger("glukhov-claim-stacking")
def test_stacked_polynomials_are_permutable_without_masks_and_keep_their_signs_with_them():
    x = 2 * torch.rand(50, 3, generator=generator(), dtype=torch.float64) - 1
    network = re.stacked_polynomials([3, 6, 2], 5, re.legendre(), dtype=torch.float64, generator=generator(1))
    order = torch.tensor([3, 0, 5, 1, 2, 4])
    assert torch.allclose(re.permute_hidden(network, 0, order)(x), network(x), atol=1e-12)  # permutable as it stands
    masks = [re.sample_mask(6, 18, 0.4, generator=generator(2)).view(6, 6, 3), None]
    masked = re.stacked_polynomials([3, 6, 2], 5, re.legendre(), masks=masks, dtype=torch.float64,
                                    generator=generator(1))  # fmt: skip
    rows = masks[0].flatten(1).tolist()
    assert sum(list(map(list, rows)) == [rows[i] for i in p] for p in itertools.permutations(range(6))) == 1
    # masks do not take the signs away: 2^6 equal networks with the very same masks
    values, seen = masked(x), set()
    for signs in itertools.product((1.0, -1.0), repeat=6):
        flipped = re.flip_hidden(masked, 0, signs)
        assert torch.allclose(flipped(x), values, atol=1e-12)
        assert torch.equal(flipped[0].mask, masked[0].mask)
        seen.add(tuple(flipped[0].weight.detach().flatten().tolist()))
    assert len(seen) == 64
    with pytest.raises(ValueError, match="expected a basis with a parity"):
        re.flip_hidden(re.stacked_polynomials([3, 6, 2], 5, re.laguerre()), 0, [1.0] * 6)
    # inside, the features are not orthonormal: their arguments do not follow the density
    inner = network[1].features(torch.tanh(network[0](2 * torch.rand(20_000, 3, dtype=torch.float64,
                                                                     generator=generator(5)) - 1)))  # fmt: skip
    gram = torch.einsum("bni,bmi->inm", inner, inner) / len(inner)
    assert (gram - torch.eye(6)).abs().amax(dim=(1, 2)).median() > 0.3


@pytest.mark.ledger("glukhov-eq-44")
def test_laguerre_recurrences_hold_and_the_derivative_fails_at_zero():
    import mpmath

    x = np.array([0.2, 1.0, 7.0, 30.0, 60.0])
    for degree, tolerance in ((10, 1e-13), (100, 1e-12), (400, 5e-12)):
        with mpmath.workdps(60):
            exact = np.array([float(mpmath.laguerre(degree, 0, mpmath.mpf(float(t)))) for t in x])
        scale = np.abs(exact) + np.exp(x / 2) / degree**0.25
        assert np.max(np.abs(re.evaluate(re.laguerre(), x, degree)[:, -1] - exact) / scale) < tolerance

    def printed(t, n=10):
        values = re.evaluate(re.laguerre(), t, n)
        with np.errstate(invalid="ignore", divide="ignore"):
            return n * (values[..., n] - values[..., n - 1]) / t

    stable = re.derivatives(re.laguerre(), x, 10)[:, 10]
    np.testing.assert_allclose(printed(x), stable, rtol=1e-11)
    np.testing.assert_allclose(stable, -re.evaluate(re.laguerre(), x, 9).sum(axis=1), rtol=1e-12)
    assert not np.isfinite(printed(np.array(0.0)))
    near = np.array([1e-16, 1e-14, 1e-10])
    relative = np.abs(printed(near) / re.derivatives(re.laguerre(), near, 10)[:, 10] - 1)
    assert relative[0] > 0.1
    assert relative[1] > 1e-3
    assert relative[2] > 1e-8
    assert re.derivatives(re.laguerre(), 0.0, 10)[10] == -10


class Counted(float):
    """A number that counts what is done with it."""

    count = 0

    def __mul__(self, other):
        Counted.count += 1
        return Counted(float(self) * float(other))

    def __add__(self, other):
        Counted.count += 1
        return Counted(float(self) + float(other))

    def __sub__(self, other):
        Counted.count += 1
        return Counted(float(self) - float(other))


def counted_layer(basis, degree, inputs, n_outputs):
    """Operations of the recurrence and of the sums, done with numbers that count."""
    a, b = basis.recurrence(degree)
    Counted.count = 0
    terms = []
    for x in inputs:
        values = [1.0]
        for n in range(degree):
            now = x * (1 / b[n])
            if a[n]:
                now = now - a[n] / b[n]
            if n:
                now = now * values[n] - Counted(values[n - 1]) * (b[n - 1] / b[n])
            values.append(now)
        terms += values
    features, Counted.count = Counted.count, 0
    for _ in range(n_outputs):
        total = Counted(terms[0]) * 0.5
        for term in terms[1:]:
            total = total + Counted(term) * 0.5
    return features, Counted.count


@pytest.mark.ledger("glukhov-claim-poly-cost")
def test_a_polynomial_layer_costs_in_proportion_to_the_degree():
    for basis in (re.legendre(), re.laguerre()):
        counts = []
        for degree in (1, 2, 5, 10, 20, 40):
            found = counted_layer(basis, degree, [Counted(0.3), Counted(0.7)], 3)
            assert found == re.operation_count(basis, degree, 2, 3)
            counts.append(sum(found))
        slope, offset = np.polyfit((2, 5, 10, 20, 40), counts[1:], 1)
        np.testing.assert_allclose(slope * np.array((2, 5, 10, 20, 40)) + offset, counts[1:], rtol=1e-12)
    wide = re.operation_count(re.legendre(), 40, 64, 256)
    assert wide.sums / 256 / 64 == pytest.approx(2 * 41, rel=0.01)  # per output and input: twice N + 1
    assert wide.features < 0.02 * wide.sums  # the recurrence is shared


@pytest.mark.ledger("glukhov-claim-domain-choice")
def test_on_normalized_values_bounded_bases_are_conditioned_and_others_are_not():
    hidden = np.tanh(1.1 * np.random.default_rng(0).standard_normal(20_000))  # what a normalized layer passes on

    def condition(basis, x, degree=10):
        samples = re.Samples(x, np.full(len(x), 1 / len(x)))
        return re.gram_condition(basis, samples, degree)

    bounded = {basis.name: condition(basis, hidden) for basis in FAMILIES[:2]}
    assert max(bounded.values()) < 30
    assert condition(re.laguerre(), hidden + 1) > 1e6
    assert condition(re.hermite(), hidden / hidden.std()) > 1e3
    for degree, known in ((5, 4.8e5), (10, 1.6e13)):  # monomials on [0, 1]: Hilbert's matrix
        i = np.arange(degree)
        assert np.linalg.cond(1 / (i[:, None] + i + 1)) == pytest.approx(known, rel=0.02)
    # the obvious scaling: the same polynomials on (0, 1)
    rule = re.gauss_rule(re.legendre(), 30)
    unit = (rule.nodes + 1) / 2
    gram = re.sampled_gram(re.legendre(), re.Samples(2 * unit - 1, rule.weights), 20)
    np.testing.assert_allclose(gram, np.eye(21), atol=1e-12)


def spline_error(function, n_functions, grid, x):
    knots = np.linspace(-1, 1, n_functions - 2)
    fit = interpolate.make_lsq_spline(x, function(x), np.r_[[-1] * 3, knots, [1] * 3], 3)
    return np.max(np.abs(fit(grid) - function(grid)))


@pytest.mark.ledger("glukhov-claim-kan-a")
def test_polynomials_beat_splines_on_analytic_functions_and_lose_on_kinks_layers_and_bumps():
    grid = np.linspace(-1, 1, 4001)
    x = np.linspace(-1, 1, 4001)
    rule = re.gauss_rule(re.legendre(), 2000)

    def pair(function, n_functions):
        fit = re.fit_polytron(re.legendre(), rule.nodes, function(rule.nodes), n_functions - 1, weights=rule.weights)
        polynomial = np.max(np.abs(fit.predict(grid) - function(grid)))
        return spline_error(function, n_functions, grid, x), polynomial

    for function, n_functions in ((np.exp, 16), (lambda t: np.sin(10 * t), 32)):
        spline, polynomial = pair(function, n_functions)
        assert polynomial < 1e-11
        assert spline > 1e5 * polynomial
    for function, n_functions in (
        (lambda t: np.tanh(50 * t), 64),
        (lambda t: np.exp(-((t - 0.3) ** 2) / 0.005), 32),
        (lambda t: np.abs(t - 0.1), 64),
        (lambda t: 1 / (1 + 25 * t**2), 32),
    ):
        spline, polynomial = pair(function, n_functions)
        assert spline < polynomial
    spline, polynomial = pair(lambda t: np.tanh(50 * t), 64)
    assert polynomial > 4 * spline
    # and a point costs splines k + 1 terms, whatever their number
    features = re.spline_features(torch.tensor(grid)[:, None], 61, 3)
    assert int((features != 0).sum(dim=1).max()) == 4


@pytest.mark.ledger("glukhov-claim-kan-b")
def test_kolmogorov_arnold_networks_are_permutable_until_they_are_masked():
    def network(masks=(None, None)):
        draw = generator(3)
        return torch.nn.Sequential(*(
            re.SplineLayer(n_in, n_out, 4, mask=mask, dtype=torch.float64, generator=draw)
            for n_in, n_out, mask in ((2, 5, masks[0]), (5, 1, masks[1]))
        ))  # fmt: skip

    def permuted(one, order):
        state = {name: value.clone() for name, value in one.state_dict().items()}
        state["0.weight"], state["0.base"] = state["0.weight"][order], state["0.base"][order]
        state["1.weight"], state["1.base"] = state["1.weight"][..., order], state["1.base"][:, order]
        other = network((one[0].mask, one[1].mask))
        other.load_state_dict(state)
        return other(x)

    x = 2 * torch.rand(40, 2, dtype=torch.float64, generator=generator()) - 1
    plain, orders = network(), list(itertools.permutations(range(5)))
    assert all(torch.allclose(permuted(plain, list(order)), plain(x), atol=1e-13) for order in orders)
    # masks that differ: no other order keeps the function, for the masks stay where they are
    mask = re.sample_mask(5, 14, 0.4, generator=generator(4)).view(5, 7, 2)
    masked = network((mask, None))
    same = [torch.allclose(permuted(masked, list(order)), masked(x), atol=1e-9) for order in orders]
    assert sum(same) == 1
    assert same[0]


@pytest.mark.ledger("review-concept-orthopoly")
@pytest.mark.ledger("review-quickcheck-3")
def test_orthogonal_polynomials_span_what_monomials_span_and_only_their_coefficients_are_better_behaved():
    rng = np.random.default_rng(0)
    x, target = np.linspace(-1, 1, 401), lambda t: np.exp(t) * np.sin(3 * t)
    y, degree = target(x) + 0.1 * rng.standard_normal(401), 10
    ours, powers = re.evaluate(re.legendre(), x, degree), np.vander(x, degree + 1, increasing=True)
    fits = [design @ np.linalg.lstsq(design, y, rcond=None)[0] for design in (ours, powers)]
    np.testing.assert_allclose(fits[0], fits[1], atol=1e-9)  # the same best approximation, the same redundancy: none
    assert np.linalg.matrix_rank(ours) == np.linalg.matrix_rank(powers) == degree + 1
    conditions = [np.linalg.cond(design.T @ design) for design in (ours, powers)]
    assert conditions[0] < 5
    assert conditions[1] > 1e6
    # gradient descent: one step at Gauss nodes; for monomials the slowest mode needs as many steps as the condition
    rule = re.gauss_rule(re.legendre(), degree + 1)
    run = re.iterate_polytron(re.legendre(), rule.nodes, target(rule.nodes), rule.weights, degree, learning_rate=1.0,
                              n_steps=2)  # fmt: skip
    assert run.converged
    table = np.vander(rule.nodes, degree + 1, increasing=True)
    hessian, moments = table.T @ (table * rule.weights[:, None]), table.T @ (rule.weights * target(rule.nodes))
    w, start = np.zeros(degree + 1), rule.weights @ target(rule.nodes) ** 2
    for _ in range(10_000):
        w += (moments - hessian @ w) / np.linalg.norm(hessian, 2)
    left = rule.weights @ (table @ w - target(rule.nodes)) ** 2
    assert left / start > 1e-4  # after ten thousand steps, where the other needed one


@pytest.mark.ledger("review-component-1", "review-component-2", "review-component-4")
@pytest.mark.ledger("review-critical-path-1", "review-critical-path-2", "review-critical-path-4")
def test_the_proposed_architecture_from_raw_digits_to_classes():
    from lossland.networks import load_digits

    data = load_digits(generator=generator(1), dtype=torch.float64)
    inputs, labels = data.train_inputs, data.train_labels
    mean, spread = inputs.mean(dim=0), inputs.std(dim=0)
    constant = spread < 1e-12
    assert 1 <= int(constant.sum()) <= 6  # pixels that say nothing are found, not divided by zero

    def prepare(x):
        return torch.tanh(torch.where(constant, 0.0, (x - mean) / torch.where(constant, 1.0, spread)))

    x = prepare(inputs)
    assert float(x.abs().max()) <= 1  # inside the domain of the basis
    masks = [re.sample_mask(24, 4 * 64, 0.5, generator=generator(2)).view(24, 4, 64), None]
    network = re.stacked_polynomials([64, 24, 10], 3, re.legendre(), masks=masks, first_outside="continue",
                                     dtype=torch.float64, generator=generator(3))  # fmt: skip
    # initialization: outputs of variance one for inputs of the density, whatever the degree
    uniform = 2 * torch.rand(20_000, 64, dtype=torch.float64, generator=generator(4)) - 1
    variance = re.PolynomialLayer(64, 400, 3, re.legendre(), outside="continue", dtype=torch.float64,
                                  generator=generator(5))(uniform).var(dim=0)  # fmt: skip
    assert float(variance.detach().mean()) == pytest.approx(0.75, abs=0.05)  # and the constants, a quarter, do not vary
    # forward pass, against loops over units, inputs and degrees
    layer, few = network[0], x[:3]
    table = re.evaluate(re.legendre(), few.numpy(), 3)
    weight = (layer.weight * layer.mask).detach().numpy()
    loops = np.zeros((3, 24))
    for b, j, i, n in itertools.product(range(3), range(24), range(64), range(4)):
        loops[b, j] += weight[j, n, i] * table[b, i, n]
    np.testing.assert_allclose(layer(few).detach().numpy(), loops, atol=1e-12)
    assert torch.autograd.gradcheck(network, x[:2].clone().requires_grad_())
    # the whole of it learns, and its labeled outputs cannot be permuted
    optimizer = torch.optim.Adam(network.parameters(), lr=0.01)
    for _ in range(60):
        optimizer.zero_grad()
        loss = torch.nn.functional.cross_entropy(network(x), labels)
        loss.backward()
        optimizer.step()
    scores = network(prepare(data.test_inputs)).detach()
    assert float((scores.argmax(dim=1) == data.test_labels).double().mean()) > 0.85
    assert float((scores.roll(1, dims=1).argmax(dim=1) == data.test_labels).double().mean()) < 0.2


@pytest.mark.ledger("glukhov-claim-ivakhnenko-history")
def test_ivakhnenkos_polynomial_network_grows_deep_and_learns_without_gradients():
    rng = np.random.default_rng(0)
    x = rng.uniform(-1, 1, (600, 6))
    truth = 2 * np.sin(np.pi * (x[:, 0] + 1) * (x[:, 1] + 1) / 4) + 4 * x[:, 2] ** 2 + 2 * x[:, 3] + x[:, 4]
    y = truth + 0.05 * rng.standard_normal(600)
    network = re.grow_group_network(x[:400], y[:400])
    assert len(network.layers) >= 3  # hidden layers: no single unit sees five inputs
    assert np.all(np.diff(network.errors[: len(network.layers)]) < 0)
    left = np.mean((network.predict(x[400:]) - truth[400:]) ** 2)
    shallow = re.grow_group_network(x[:400], y[:400], max_layers=1)
    assert left < 0.1 * np.var(truth)
    assert np.mean((shallow.predict(x[400:]) - truth[400:]) ** 2) > 3 * left
    # selected layer by layer: where no pair says anything by itself, nothing is found
    for inputs in rng.uniform(-1, 1, (5, 600, 6)):
        product = inputs[:, :4].prod(axis=1)
        lost = re.grow_group_network(inputs[:400], product[:400])
        assert np.mean((lost.predict(inputs[400:]) - product[400:]) ** 2) > 0.4 * np.var(product)
    for layer in network.layers:  # units with pairs of their own: no permutation of a layer leaves the network as it is
        assert len({tuple(pair) for pair in layer.pairs.tolist()}) == len(layer.pairs)
