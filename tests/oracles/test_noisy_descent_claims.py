"""What the paper claims about uncertain objectives and noisy descent, sections 1 to 4, and what its review adds.

One test for each entry of the ledger, its conditions included.  Where a statement is corrected, the test also shows
that the printed version fails.  The noise variance s^2 is that of one coordinate of the gradient, x = eta * lambda.
"""

import numpy as np
import pytest
import torch
from scipy import optimize, stats

from lossland import networks, sgd

VALUES = np.array([1.0, 0.3, 0.1, 0.03, 0.01])
N_RUNS = 4000


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def zeros(*shape):
    return torch.zeros(*shape, dtype=torch.float64)


def hessian(n=4, condition=10.0, seed=0):
    frame, _ = np.linalg.qr(np.random.default_rng(seed).standard_normal((n, n)))
    matrix = (frame * np.geomspace(1, 1 / condition, n)) @ frame.T
    return (matrix + matrix.T) / 2


def runs(h, noise, rate, n_steps, n_runs=N_RUNS, seed=0, **settings):
    starts = zeros(n_runs, noise.dimension)
    return sgd.noisy_descent(h, noise, starts, rate, n_steps, generator=generator(seed), **settings)


def close_variance(sample, expected, factor=5.0):
    """Whether a centered normal sample (N,) or (N, n) has a variance within its standard errors."""
    return np.all(np.abs(np.mean(sample**2, axis=0) / expected - 1) < factor * np.sqrt(2 / len(sample)))


def regression(n_samples=4000, n=5, seed=0):
    rng = np.random.default_rng(seed)
    inputs = rng.standard_normal((n_samples, n)) * np.sqrt(VALUES[:n])
    return inputs, rng.standard_normal(n_samples)


# -- section 2: data, batches, change


@pytest.mark.ledger("glukhov-claim-data-abundance")
def test_averages_lose_noise_only_with_the_amount_of_data():
    rng = np.random.default_rng(0)
    population = rng.standard_normal(1000)
    variance = population.var()
    for size in (1, 10, 100, 500):
        means = np.array([population[rng.permutation(1000)[:size]].mean() for _ in range(4000)])
        exact = variance * sgd.batch_factor(size, 1000)
        assert np.var(means) == pytest.approx(exact, rel=0.12)
        if size == 500:  # the whole of the data has no sampling noise left: 1/B forgets that
            assert variance * sgd.batch_factor(size) > 1.9 * exact
    assert sgd.batch_factor(1000, 1000) == 0


@pytest.mark.ledger("glukhov-claim-batching")
def test_batches_help_as_far_as_the_tails_allow():
    rng = np.random.default_rng(0)
    for alpha, slope in ((2.0, -0.5), (1.5, 1 / 1.5 - 1), (1.0, 0.0)):
        noise = sgd.isotropic_noise(1) if alpha == 2 else sgd.stable_noise(1, alpha)
        spreads = []
        for size in (1, 16, 256):
            means = sgd.sample_noise(noise, (2000, size), generator=generator()).mean(1)
            spreads.append(stats.iqr(means.numpy()))
        assert np.polyfit(np.log([1, 16, 256]), np.log(spreads), 1)[0] == pytest.approx(slope, abs=0.04)
    symmetric, skewed = rng.standard_normal((2, 10_000, 2)) ** [[[1]], [[2]]]
    assert abs(stats.skew(symmetric.mean(1))) < 0.1 < stats.skew(skewed.mean(1))  # symmetry is what batches keep


@pytest.mark.ledger("glukhov-issue-1-tracking")
def test_an_agent_slower_than_its_world_stays_suboptimal_and_so_does_a_hasty_one():
    rates = np.array([0.01, 0.025, 0.05, 0.1, 0.2])
    run = sgd.track_optimum(
        zeros(400, 5), 0.5, torch.tensor(rates), 2000, drift_std=0.05, burn_in=2000, generator=generator()
    )
    expected = sgd.tracking_error(0.5, 1.0, rates, drift_variance=0.05**2)
    np.testing.assert_allclose(run.mean_square.mean(0), expected, rtol=0.06)
    best = sgd.best_tracking_step(0.5, 1.0, 0.05**2)
    assert float(best) == pytest.approx(0.05, rel=0.02)  # drift over noise
    floor = float(sgd.tracking_error(0.5, 1.0, best, drift_variance=0.05**2))
    assert floor == pytest.approx(0.05 * 1.0 / 0.5, rel=0.02)  # q s / lambda
    assert expected.argmin() == 2
    settings = {"noise_std": 0.0, "velocity": 0.01, "burn_in": 500, "generator": generator()}
    drifting = sgd.track_optimum(zeros(1), 0.5, 0.1, 10, **settings)
    assert abs(drifting.mean.item()) == pytest.approx(0.2)


@pytest.mark.ledger("glukhov-claim-beyond-data")
def test_more_data_do_not_help_where_the_objective_moves():
    drift = 0.05**2
    still, moving = [], []
    for count in (100, 1000, 10_000):  # the best estimator of an optimum at rest: steps 1 / (lambda t)
        rates = sgd.harmonic_steps(2.0, count)
        still.append(float(sgd.mean_square_error(0.5, 1.0, rates)[-1]))
        error = 0.0
        for rate in rates:
            error = (1 - rate * 0.5) ** 2 * error + rate**2 + drift
        moving.append(error)
    assert np.all(np.diff(still) < 0)
    assert moving[2] > moving[1] > moving[0]  # the older the data, the more wrong
    floor = float(sgd.tracking_error(0.5, 1.0, sgd.best_tracking_step(0.5, 1.0, drift), drift_variance=drift))
    assert moving[2] > 50 * floor


@pytest.mark.ledger("glukhov-issue-3-epistemic")
def test_an_agent_tuned_to_a_world_at_rest_is_slow_when_it_changes_unforeseen():
    settled, jump = 1000, 10.0
    best_at_rest, broad = sgd.harmonic_steps(2.0, 10_000), np.full(10_000, 0.2)  # curvature 1/2
    needed = {}
    for name, rates in (("settled", best_at_rest), ("broad", broad)):
        before = sgd.mean_square_error(0.5, 1.0, rates[:settled])[-1]
        left = jump**2 * np.cumprod((1 - 0.5 * rates[settled:]) ** 2)
        needed[name] = int(np.argmax(left < 1))
        assert (before < 0.005) == (name == "settled")  # at rest the one that settles is better
    assert needed["broad"] < 30
    assert needed["settled"] > 100 * needed["broad"]  # it has to unlearn as many steps as it has learned, ten times


@pytest.mark.ledger("glukhov-claim-diminishing-returns")
def test_each_halving_of_an_error_costs_twice_the_data_of_the_one_before():
    sizes, rng, excess = np.array([100, 400, 1600]), np.random.default_rng(0), []
    for n in sizes:
        x = rng.standard_normal((200, n, 5))
        moves = np.array([np.linalg.lstsq(a, rng.standard_normal(n), rcond=None)[0] for a in x])
        excess.append(np.mean((moves**2).sum(1)))
    slope = np.polyfit(np.log(sizes), np.log(excess), 1)[0]
    assert slope == pytest.approx(-1, abs=0.1)  # a power law: k halvings cost 2^k times the data
    assert float(sgd.steps_to_tolerance(1.0, 1.0, 0.01 / 2**5)) == pytest.approx(2**5 * 100)
    data = networks.load_digits(dtype=torch.float64, generator=generator(0))
    errors = []
    for n in (40, 160, 640):  # nearest neighbors on the digits
        nearest = torch.cdist(data.test_inputs, data.train_inputs[:n]).argmin(1)
        errors.append((data.train_labels[nearest] != data.test_labels).double().mean().item())
    assert errors[2] > errors[0] / 16  # sixteen times the data, far less than a sixteenth of the error
    assert errors[0] > errors[1] > errors[2]


@pytest.mark.ledger("glukhov-issue-2-exploration")
def test_an_agent_must_explore_and_pays_for_it():
    rewards = sgd.switching_bandit([0.0, 0.02, 0.1, 0.3], 8000, n_runs=40, generator=generator()).mean(1)
    assert rewards[0] < 0.8
    assert rewards[1] > rewards[2] > rewards[3] > rewards[0]
    assert rewards.max() < 0.95  # knowing the swaps gives 1


# -- section 3: representations


@pytest.mark.ledger("glukhov-eq-1")
def test_the_optimum_is_a_point_for_a_linear_model_and_a_set_for_a_network():
    x, y = regression(50, 3)
    np.testing.assert_allclose(sgd.regression_quadratic(x, y).optimum, np.linalg.solve(x.T @ x, x.T @ y), atol=1e-10)
    mlp = networks.sample_mlp((3, 4, 1), 1.0, 0.5, dtype=torch.float64, generator=generator())
    order = torch.tensor([2, 0, 3, 1])
    other = networks.MLP(
        (mlp.weights[0][order], mlp.weights[1][:, order]), (mlp.biases[0][order], mlp.biases[1])
    )
    outputs = [networks.forward(net, torch.tensor(x), "tanh") for net in (mlp, other)]
    np.testing.assert_allclose(*outputs, atol=1e-15)  # so "argmin" is not one parameter vector
    assert (networks.to_vector(mlp) - networks.to_vector(other)).norm() > 1


@pytest.mark.ledger("glukhov-eq-2")
def test_the_norm_has_to_be_squared_for_what_follows():
    x, y = regression(30, 2)

    def norm(theta):
        return np.linalg.norm(x @ theta - y)

    bowl = sgd.regression_quadratic(x, y)
    found = optimize.minimize(norm, np.zeros(2), tol=1e-10).x
    np.testing.assert_allclose(found, bowl.optimum, atol=1e-4)  # one minimizer
    step = 1e-4
    along = np.array([step, 0])
    second = (norm(bowl.optimum + along) + norm(bowl.optimum - along) - 2 * norm(bowl.optimum)) / step**2
    assert abs(second / bowl.hessian[0, 0] - 1) > 0.5  # two Hessians
    exact = y * 0 + x @ [1.0, 2.0]
    ends = [np.linalg.norm(x @ ([1.0, 2.0] + t * np.ones(2)) - exact) for t in (-step, 0.0, step)]
    assert ends[0] - ends[1] == pytest.approx(ends[2] - ends[1])  # a kink at a perfect fit: no quadratic there
    assert ends[2] / step > 0.1
    cross_entropy = [-np.log(1 - r) for r in (0.3, 0.6)]  # of a binary label, as a function of the residual
    assert cross_entropy[1] > 2.2 * cross_entropy[0]  # not homogeneous: no norm


@pytest.mark.ledger("glukhov-claim-norm-choice")
def test_real_losses_are_lopsided_and_averages_may_have_no_limit():
    y = np.random.default_rng(0).exponential(size=20_000)
    best = sgd.best_constant(sgd.pinball_loss(0.9), y)
    assert best == pytest.approx(np.log(10), abs=0.1)
    assert y.mean() == pytest.approx(1, abs=0.05)  # what the quadratic answers
    assert sgd.cost_of_the_mean(sgd.pinball_loss(0.9), y) > 1.4
    draws = stats.cauchy.rvs(size=(2000, 1000), random_state=0)
    spreads = [[stats.iqr(center(draws[:, :n], axis=1)) for n in (10, 1000)] for center in (np.mean, np.median)]
    np.testing.assert_allclose(spreads[0], 2, rtol=0.15)  # means of 10 and of 1000 are as bad as one draw
    assert spreads[1][0] / spreads[1][1] > 7  # medians converge


@pytest.mark.ledger("glukhov-eq-u1")
def test_the_optimum_depends_on_the_data():
    x, y = regression(400, 2)
    rng = np.random.default_rng(1)
    picks = rng.integers(0, 400, (2000, 400))
    optima = np.array([np.linalg.lstsq(x[p], y[p], rcond=None)[0] for p in picks])
    residual = np.var(y - x @ sgd.regression_quadratic(x, y).optimum)
    np.testing.assert_allclose(np.cov(optima.T).diagonal(), residual * np.linalg.inv(x.T @ x).diagonal(), rtol=0.25)


@pytest.mark.ledger("glukhov-eq-3")
def test_the_form_without_a_half_has_twice_the_hessian():
    h = hessian()
    bowl, printed = sgd.quadratic(h), sgd.quadratic(h, half=False)
    point = torch.ones(4, dtype=torch.float64)
    np.testing.assert_allclose(torch.autograd.functional.hessian(bowl.value, point), h, atol=1e-12)
    np.testing.assert_allclose(torch.autograd.functional.hessian(printed.value, point), 2 * h, atol=1e-12)
    rate = 1.5 / np.linalg.eigvalsh(h)[-1]  # stable for Equation 13, which has the half, not for the printed form
    sgd.stationary_covariance(bowl.hessian, np.eye(4), rate)
    with pytest.raises(sgd.UnstableStepError):
        sgd.stationary_covariance(printed.hessian, np.eye(4), rate)


@pytest.mark.ledger("glukhov-eq-u2")
def test_the_limit_of_infinite_data_needs_finite_variances():
    sizes = np.array([100, 1000, 10_000])
    gaps, heavy = [], []
    for n in sizes:
        normal = np.random.default_rng(n).standard_normal((300, n))
        gaps.append(np.abs(np.mean(normal**2, axis=1) / 2 - 0.5).mean())
        wild = stats.cauchy.rvs(size=(300, n), random_state=int(n))
        heavy.append(np.median(np.mean(wild**2, axis=1)))
    assert np.polyfit(np.log(sizes), np.log(gaps), 1)[0] == pytest.approx(-0.5, abs=0.06)
    assert heavy[2] > 5 * heavy[1] > 25 * heavy[0]  # the empirical loss of Cauchy residuals grows with n


@pytest.mark.ledger("glukhov-eq-4")
def test_a_shifted_optimum_makes_a_cloud_that_is_wide_along_sharp_directions():
    h, rate = np.diag(VALUES), 0.1
    shifts = np.random.default_rng(0).standard_normal((300, N_RUNS, 5))
    shifted = sgd.ShiftedObjective(sgd.quadratic(h), shifts[0])
    state = np.zeros((N_RUNS, 5))
    for step in shifts[:60]:  # descent on Equation 4 itself, with the half
        state = state - rate * shifted._replace(shifts=step).gradient(state)
    transient = sgd.transient_covariance(h, h @ h, rate, 60)
    assert close_variance(state, np.diag(transient))
    exact = np.diag(sgd.stationary_covariance(h, sgd.shift_noise_covariance(h, np.eye(5)), rate))
    np.testing.assert_allclose(exact, rate * VALUES / (2 - rate * VALUES))
    assert np.all(np.diff(exact) < 0)  # the opposite order of isotropic noise
    without_half = sgd.ShiftedObjective(sgd.quadratic(h, half=False), shifts[0])
    np.testing.assert_allclose(without_half.gradient(state), 2 * shifted.gradient(state))  # the printed form


@pytest.mark.ledger("glukhov-claim-eq4-hessian-noise")
def test_equation_4_makes_noise_a_function_of_the_hessian():
    h, spread = hessian(3), np.diag([1.0, 0.5, 2.0])
    shifts = np.random.default_rng(0).multivariate_normal(np.zeros(3), spread, 100_000)
    bowl = sgd.quadratic(h, [1.0, 2.0, 3.0])
    gradients = sgd.ShiftedObjective(bowl, shifts).gradient(bowl.optimum)
    expected = sgd.shift_noise_covariance(h, spread)
    np.testing.assert_allclose(np.cov(gradients.T), expected, atol=0.02)
    np.testing.assert_allclose(expected, h @ spread @ h)


@pytest.mark.ledger("glukhov-eq-5", "glukhov-eq-u3")
def test_the_adopted_model_with_and_without_its_half():
    rng = np.random.default_rng(0)
    slopes, point, center = rng.standard_normal((6, 3)), rng.standard_normal(3), rng.standard_normal(3)
    h = hessian(3)
    noisy = sgd.AdditiveObjective(sgd.quadratic(h, center), np.zeros(6), slopes)
    printed = noisy._replace(center=sgd.quadratic(h, center, half=False))
    expected = h @ (point - center) + slopes  # what Equation 13 steps along
    np.testing.assert_allclose(noisy.gradient(point), expected, atol=1e-12)
    assert np.abs(printed.gradient(point) - expected).max() > 0.1
    derivative = torch.autograd.functional.jacobian(noisy.value, torch.tensor(point))
    np.testing.assert_allclose(derivative, expected, atol=1e-12)


@pytest.mark.ledger("glukhov-eq-6")
def test_the_gradient_of_equation_5_has_its_noise_already():
    x, y = regression(40, 3)
    batches = np.arange(40).reshape(8, 5)
    noisy, point = sgd.batch_objectives(x, y, batches), np.array([0.3, -0.2, 1.0])
    real = np.array([(x[b] @ point - y[b]) @ x[b] / 5 for b in batches])
    np.testing.assert_allclose(noisy.gradient(point), real, atol=1e-12)
    once = noisy.center.gradient(point) + noisy.gradient_noise(point)
    np.testing.assert_allclose(once, real, atol=1e-12)
    twice = sgd.double_counted_gradient(noisy, point)  # Equation 6 with the J of Equation 5
    np.testing.assert_allclose(twice - real, noisy.gradient_noise(point), atol=1e-12)
    assert np.var(twice, axis=0).min() > 3.9 * np.var(real, axis=0).min()


@pytest.mark.ledger("glukhov-eq-7", "glukhov-eq-8")
def test_the_lipschitz_constant_bounds_the_noise_and_is_met_only_in_small_balls():
    rng = np.random.default_rng(0)

    def noise(p):
        return np.sin(3 * p[..., 0]) + np.cos(p[..., 1])

    point = np.array([0.4, 1.0])
    size = np.hypot(3 * np.cos(1.2), np.sin(1.0))
    found = [sgd.local_lipschitz(noise, point, radius, n_samples=5000, rng=rng) for radius in (1e-3, 0.1, 0.5)]
    assert found[0] == pytest.approx(size, rel=3e-3)
    assert np.all(np.diff(found) > 0)
    assert size < 0.8 * found[2]  # of the order at most: |eps| <= L is all that follows
    same = float(noise(point) - noise(point))
    assert not abs(same) < found[0] * 0  # the strict sign of Equation 7 fails at equal points
    assert abs(same) <= found[0] * 0


@pytest.mark.ledger("glukhov-eq-9")
def test_a_bias_moves_the_mean_against_itself():
    noise = sgd.biased_noise(sgd.isotropic_noise(1), [0.2])
    end = runs([[0.5]], noise, 0.1, 300).end.numpy()
    error = end.std() / np.sqrt(N_RUNS)
    assert abs(end.mean() - (-0.4)) < 5 * error
    assert float(sgd.stationary_mean([[0.5]], [0.2])[0]) == pytest.approx(-0.4)
    assert abs(end.mean() - 0.4) > 100 * error  # where the plus sign of Equation 13 puts it


@pytest.mark.ledger("glukhov-eq-10", "review-failure-1")
def test_without_a_variance_small_steps_do_not_make_small_clouds():
    for rate in (0.02, 0.1, 0.5):
        end = runs([[0.5]], sgd.stable_noise(1, 1.0), rate, int(12 / rate)).end.abs()
        assert end.median().item() == pytest.approx(2, rel=0.12)  # gamma / lambda at every step
    rates = np.array([0.4, 0.1, 0.025])
    medians = [runs([[0.5]], sgd.stable_noise(1, 1.5), r, int(12 / r)).end.abs().median().item() for r in rates]
    factor = medians[0] / float(sgd.stable_spread(1.5, 1.0, 0.5, 0.4))
    np.testing.assert_allclose(medians, factor * sgd.stable_spread(1.5, 1.0, 0.5, rates), rtol=0.1)
    small = np.array([1e-4, 1e-5])
    slopes = {a: np.diff(np.log(sgd.stable_spread(a, 1.0, 0.5, small)))[0] / np.log(0.1) for a in (1.5, 2.0)}
    assert slopes[1.5] == pytest.approx(1 / 3, abs=1e-3)
    assert slopes[2.0] == pytest.approx(1 / 2, abs=1e-3)  # with a variance: the cure works


@pytest.mark.ledger("glukhov-claim-expectations-fiction")
def test_an_average_is_small_only_compared_with_its_own_error():
    x, count = 0.02, 5000
    series = sgd.autoregression([[1.0]], np.random.default_rng(0).standard_normal((count + 500, 400, 1)), x)[501:, :, 0]
    spread = series.mean(0).std()
    honest = float(sgd.autocorrelated_error(series.std(), 1 - x, count))
    assert spread == pytest.approx(honest, rel=0.15)
    assert spread > 8 * series.std() / np.sqrt(count)  # the error that forgets the memory of the iterates
    assert sgd.effective_sample_size(series) == pytest.approx(400 * count * x / (2 - x), rel=0.1)


# -- section 4: the autoregression


@pytest.mark.ledger("glukhov-claim-deterministic-vs-noisy", "glukhov-claim-noise-ball")
def test_without_noise_to_the_point_and_with_noise_to_a_cloud_around_it():
    values, rate, start = np.array([1.0, 0.3]), 0.1, np.array([3.0, -2.0])
    times = np.array([0, 10, 50, 400])
    clean = sgd.expected_loss(values, start, 0.0, rate, times)
    assert np.all(np.diff(np.log(clean.total)) < -1)
    noisy = sgd.expected_loss(values, start, 1.0, rate, times)
    run = sgd.noisy_descent(
        np.diag(values), sgd.isotropic_noise(2), torch.tensor(start).expand(N_RUNS, 2).clone(), rate, 400,
        record_every=10, generator=generator(),
    )  # fmt: skip
    losses = run.records.numpy()[times // 10] ** 2 @ values / 2
    error = losses.std(1) / np.sqrt(N_RUNS)
    assert np.all(np.abs(losses.mean(1) - noisy.total) <= 5 * error + 1e-12)
    assert noisy.total[-1] == pytest.approx(noisy.floor.sum(), rel=1e-3)
    for settings in ({"learning_rate": 0.2}, {"noise": 2.0}, {"values": np.array([1.0, 0.1])}):  # what shapes it
        arguments = {"values": values, "noise": 1.0, "learning_rate": rate} | settings
        changed = sgd.equilibrium_size(arguments["values"], arguments["noise"], arguments["learning_rate"])
        assert changed.rms_radius > 1.2 * sgd.equilibrium_size(values, 1.0, rate).rms_radius


@pytest.mark.ledger("glukhov-claim-no-convergence-proof", "glukhov-claim-abstract-2", "review-mechanism-2-break")
def test_decaying_steps_reach_the_optimum_in_mean_square():
    rates = sgd.harmonic_steps(2.0, 10_000)
    error = sgd.mean_square_error(0.5, 1.0, rates, start=3.0)
    np.testing.assert_allclose(error[[10, 100, 1000, 10_000]], [0.4, 0.04, 0.004, 0.0004])  # s^2 / (lambda^2 t)
    run = sgd.noisy_descent(
        [[0.5]], sgd.isotropic_noise(1), zeros(N_RUNS, 1) + 3, rates[:1000], 1000, generator=generator()
    )
    assert close_variance(run.end.numpy(), error[1000])  # more than the mean converges, against the printed claim
    averaged = runs(np.diag([1.0, 0.3]), sgd.isotropic_noise(2), 0.1, 1500, average_from=500).average.numpy()
    expected = sgd.averaged_variance([1.0, 0.3], 1.0, 0.1, 1000)
    assert close_variance(averaged, expected)
    np.testing.assert_allclose(expected, 1 / np.array([1.0, 0.09]) / 1000, rtol=0.05)
    constant = sgd.mean_square_error(0.5, 1.0, np.full(10_000, 0.1), start=3.0)
    assert constant[-1] == pytest.approx(float(sgd.stationary_variance(0.5, 1.0, 0.1)))  # what stays true
    hasty = sgd.mean_square_error(0.1, 1.0, sgd.harmonic_steps(0.5, 10_000), start=3.0)
    assert hasty[-1] > 3  # steps c / t with c lambda < 1/2 crawl
    assert hasty[-1] / hasty[100] == pytest.approx(100 ** (-2 * 0.05), rel=0.02)  # as t^(-2 c lambda), without a floor
    stopped = sgd.mean_square_error(0.5, 1.0, 0.5 ** np.arange(1, 101), start=3.0)
    assert stopped[-1] == pytest.approx(stopped[50])  # a finite sum of steps stops on the way
    assert stopped[-1] > 1


@pytest.mark.ledger("glukhov-eq-11")
def test_the_mean_objective_is_above_the_objective_at_the_mean():
    values, rate = np.array([1.0, 0.3, 0.1]), 0.1
    end = runs(np.diag(values), sgd.isotropic_noise(3), rate, 600).end.numpy()
    found = sgd.average_gap(sgd.quadratic(np.diag(values)).value, end).gap
    expected = sgd.stationary_excess(values, 1.0, rate)
    assert expected == pytest.approx(0.07682, abs=1e-5)
    assert found == pytest.approx(expected, rel=0.06)
    assert expected == pytest.approx(3 * rate / 4, rel=0.03)  # to leading order no matter of the curvature
    wells = sgd.average_gap(lambda p: (p[..., 0] ** 2 - 1) ** 2, [[1.0], [-1.0]])
    assert wells.gap < 0  # the mean is the worse point only without convexity


@pytest.fixture(scope="module")
def digit_networks():
    """Small networks on the digits: two inits, and two batch orders from one trained network."""
    data = networks.load_digits(dtype=torch.float64, generator=generator(0))

    def train(mlp, seed, n_steps):
        settings = {"n_steps": n_steps, "learning_rate": 0.3, "generator": generator(seed)}
        return networks.train(mlp, data, "tanh", **settings).mlp

    first, second = (
        train(networks.sample_mlp((64, 16, 10), 1.0, 0.0, dtype=torch.float64, generator=generator(k)), k, 800)
        for k in (1, 2)
    )
    return data, first, second, [train(first, seed, 100) for seed in range(3, 9)]


def permuted(mlp, order):
    return networks.MLP(
        (mlp.weights[0][order], mlp.weights[1][:, order]), (mlp.biases[0][order], mlp.biases[1])
    )


def mean_network(nets):
    parameters = torch.stack([networks.to_vector(net) for net in nets]).mean(0)
    return networks.from_vector(parameters, nets[0])


def cross_entropy(mlp, data):
    outputs = networks.forward(mlp, data.train_inputs, "tanh")
    return torch.nn.functional.cross_entropy(outputs, data.train_labels).item()


@pytest.mark.ledger("glukhov-claim-average-model")
def test_averages_work_within_a_basin_and_fail_between_permuted_copies(digit_networks):
    data, first, _, nearby = digit_networks
    losses = [cross_entropy(net, data) for net in nearby]
    assert cross_entropy(mean_network(nearby), data) < np.mean(losses)  # along one run the average is the better model
    copy = permuted(first, torch.arange(16).roll(1))
    assert cross_entropy(copy, data) == pytest.approx(cross_entropy(first, data), rel=1e-9)
    assert cross_entropy(mean_network([first, copy]), data) > 2 * cross_entropy(first, data) + 0.1


@pytest.mark.ledger("review-nextcheck-1")
def test_the_spread_over_seeds_is_a_distance_between_copies_unless_neurons_are_matched(digit_networks):
    data, first, second, nearby = digit_networks

    def vector(net):
        return networks.to_vector(net).numpy()

    def distance(a, b):
        return np.linalg.norm(vector(a) - vector(b)) / np.linalg.norm(vector(a))

    batches = np.mean([distance(first, net) for net in nearby])
    copy = permuted(first, torch.arange(16).roll(1))
    assert cross_entropy(copy, data) == pytest.approx(cross_entropy(first, data), rel=1e-9)
    assert distance(first, second) > 5 * batches
    assert distance(first, copy) > 0.8 * distance(first, second)  # as far as another seed, and the same function
    similarity = torch.cat([first.weights[0], first.weights[1].T], 1) @ torch.cat(
        [second.weights[0], second.weights[1].T], 1
    ).T  # fmt: skip
    _, order = optimize.linear_sum_assignment(-similarity.numpy())
    assert distance(first, permuted(second, torch.as_tensor(order))) < 0.97 * distance(first, second)


@pytest.mark.ledger("glukhov-eq-12")
def test_the_expansion_of_batch_noise_has_a_second_order_rest_unless_batches_share_a_hessian():
    x, y = regression(40, 3)
    noisy = sgd.batch_objectives(x, y, np.arange(5)[None])
    point, move, scales = np.array([0.5, 0.2, -1.0]), np.array([0.6, 0.8, 0.0]), np.logspace(-3, -1, 5)

    def noise(p):
        return noisy.noise(p[..., None, :])[..., 0]

    rests = sgd.linearization_error(noise, noisy.gradient_noise(point[None])[0], point, move, scales)
    assert np.polyfit(np.log(scales), np.log(np.abs(rests)), 1)[0] == pytest.approx(2, abs=1e-3)
    same = noisy._replace(curvatures=None)
    exact = sgd.linearization_error(
        lambda p: same.noise(p[..., None, :])[..., 0], same.gradient_noise(point[None])[0], point, move, scales
    )
    np.testing.assert_allclose(exact, 0, atol=1e-14)


@pytest.mark.ledger("glukhov-eq-13", "glukhov-eq-14", "glukhov-exercise-1")
def test_the_noise_enters_with_the_sign_of_the_gradient():
    h, rng = hessian(), np.random.default_rng(0)
    noise, start, center = rng.standard_normal((50, 4)), rng.standard_normal(4), rng.standard_normal(4)
    minus, plus = (sgd.autoregression(h, noise, 0.5, start=start, optimum=center, sign=s)[-1] for s in (-1, 1))
    unrolled = sgd.unrolled_iterate(h, noise, 0.5, start=start, optimum=center)
    assert np.abs(minus - unrolled).max() < 1e-13
    assert np.abs(plus - unrolled).max() > 0.3  # Equation 13 as printed is not what Equation 14 unrolls
    step = start - 0.5 * (h @ (start - center) + noise[0])  # descent along the gradient of Equation 6
    np.testing.assert_allclose(sgd.autoregression(h, noise, 0.5, start=start, optimum=center)[1], step, atol=1e-14)
    biased = rng.standard_normal((3000, 500, 1)) + 0.2
    means = {s: sgd.autoregression([[0.5]], biased, 0.1, sign=s)[500:].mean() for s in (-1, 1)}
    assert means[-1] == pytest.approx(-0.4, abs=0.01)
    assert means[1] == pytest.approx(0.4, abs=0.01)
    for x in (0.1, 0.5, 0.9, 1.5):  # exercise 1: the law, which the small-step formula misses by 2 / (2 - x)
        end = runs([[1.0]], sgd.isotropic_noise(1), x, 200, n_runs=20_000).end.numpy()
        assert close_variance(end, float(sgd.stationary_variance(1.0, 1.0, x)))
        assert x < 0.5 or not close_variance(end, x / 2)


@pytest.mark.ledger("glukhov-claim-ar1")
def test_the_iterates_are_an_autoregression_while_noise_is_independent():
    rate = 0.2
    path = sgd.autoregression(np.diag([1.0, 0.3]), np.random.default_rng(0).standard_normal((4000, 20, 2)), rate)[200:]
    for lag in (1, 3, 10):
        found = np.mean(path[lag:] * path[:-lag], axis=(0, 1)) / np.mean(path**2, axis=(0, 1))
        np.testing.assert_allclose(found, (1 - rate * np.array([1.0, 0.3])) ** lag, atol=0.03)
    x, y = regression(20, 1)
    data = torch.tensor(x), torch.tensor(y), torch.tensor(sgd.regression_quadratic(x, y).optimum).expand(500, 1).clone()
    innovations = {}
    for sampling in ("replacement", "epochs"):
        settings = {"batch_size": 5, "sampling": sampling, "record_every": 1, "generator": generator()}
        deviations = sgd.regression_descent(*data, 0.1, 400, **settings).records.numpy()[..., 0] - float(data[2][0])
        shocks = deviations[1:] - (1 - 0.1 * np.mean(x**2)) * deviations[:-1]
        innovations[sampling] = np.corrcoef(shocks[1:].ravel(), shocks[:-1].ravel())[0, 1]
    assert abs(innovations["replacement"]) < 0.01
    assert innovations["epochs"] < -0.1  # an epoch remembers what it has shown


@pytest.mark.ledger("glukhov-claim-forget-initial", "glukhov-claim-two-phase", "review-failure-4")
def test_the_start_is_forgotten_at_the_rate_of_the_flattest_direction():
    curve = sgd.expected_loss([1.0, 0.01], [1.0, 1.0], 0.0, 0.5, [0, 10, 600])
    np.testing.assert_allclose(curve.bias[:2], [[0.5, 0.005], [4.8e-7, 4.5e-3]], rtol=0.02)
    assert curve.bias[2, 0] < 1e-300
    assert curve.bias[2, 1] == pytest.approx(1.2e-5, rel=0.02)
    times = sgd.relaxation_time([1.0, 0.01], 0.01)
    assert times[1] / times[0] == pytest.approx(100, rel=0.01)  # the condition number
    assert sgd.relaxation_time(0.0, 0.5) == np.inf  # and a flat direction never forgets
    early, late = (-np.diff(np.log(curve.bias.sum(1)))[k] / gap for k, gap in ((0, 10), (1, 590)))
    assert early > 2 * late  # two phases
    noisy = sgd.expected_loss([1.0, 0.01], [1.0, 1.0], 1e-4, 0.5, [10, 5000])
    assert noisy.variance[1].sum() > 1e6 * noisy.bias[1].sum()


@pytest.mark.ledger("glukhov-eq-15")
def test_the_increments_are_a_decaying_term_and_noise_against_its_own_average():
    h, rng = hessian(), np.random.default_rng(0)
    noise, start = rng.standard_t(2, (80, 4)), rng.standard_normal(4)
    terms = sgd.increment_terms(h, noise, 0.7, start=start)
    path = sgd.autoregression(h, noise, 0.7, start=start) @ terms.directions
    np.testing.assert_allclose(terms.total, np.diff(path, axis=0), atol=1e-12)
    x = 0.7 * terms.eigenvalues
    np.testing.assert_allclose(terms.decay[5], -x * (1 - x) ** 5 * (start @ terms.directions))
    averages = sgd.exponential_average(noise @ terms.directions, float(x[0]))[:-1, 0]
    np.testing.assert_allclose(terms.averaged[1:, 0], 0.7 * averages, atol=1e-12)
    plus = np.diff(sgd.autoregression(h, noise, 0.7, start=start, sign=1) @ terms.directions, axis=0)
    assert np.abs(plus - terms.total).max() > 1  # with the printed sign of Equation 13 it is false


@pytest.mark.ledger("glukhov-claim-step-condition")
def test_steps_are_stable_up_to_two_not_one():
    end = runs([[15.0]], sgd.isotropic_noise(1), 0.1, 200, n_runs=20_000).end.numpy()  # x = 1.5
    assert close_variance(end, 0.1 / (15 * 0.5))
    assert float(sgd.stationary_variance(15.0, 1.0, 0.1)) == pytest.approx(0.013333, abs=1e-6)
    assert runs([[1.0]], sgd.isotropic_noise(1), 1.99, 2000).end.abs().max() < 100
    with pytest.raises(sgd.UnstableStepError):
        runs([[1.0]], sgd.isotropic_noise(1), 2.0, 10)
    diverged = runs([[1.0]], sgd.isotropic_noise(1), 2.05, 500, allow_divergence=True)
    assert diverged.end.abs().median() > 1e9
    with pytest.raises(ValueError, match="alternate around"):  # where log(1 - x) has no meaning
        sgd.effective_batches(1.0, 1.5)


@pytest.mark.ledger("glukhov-eq-16", "glukhov-eq-u4")
def test_three_lengths_of_memory():
    x = np.array([0.01, 0.1, 0.5, 0.9])
    np.testing.assert_allclose(1 / x, [100, 10, 2, 1.1111], rtol=1e-4)
    np.testing.assert_allclose(sgd.effective_batches(1.0, x), [99.4992, 9.49122, 1.4427, 0.43429], rtol=1e-4)
    np.testing.assert_allclose(sgd.effective_averaging_length(1.0, x), [199, 19, 3, 1.2222], rtol=1e-4)
    tiny = np.array([1e-4, 1e-3])
    rest = sgd.effective_batches(1.0, tiny) - (1 / tiny - 0.5)
    np.testing.assert_allclose(rest, -tiny / 12, rtol=0.05)
    values, c = np.array([1.0, 0.1, 0.01]), 0.9  # eta = c / lambda_1 turns it into lambda_1 / (c lambda_i)
    ratios = sgd.effective_batches(values, c / values[0]) / (values[0] / (c * values))
    assert ratios[2] == pytest.approx(1, abs=0.01)
    assert ratios[0] < 0.5  # the approximation fails along the sharpest direction unless c is small


@pytest.mark.ledger("glukhov-eq-17")
def test_a_box_of_one_memory_is_twice_too_noisy_and_no_box_follows_the_path():
    x = 0.01
    noise = np.random.default_rng(0).standard_normal((200_000, 4))
    average = sgd.exponential_average(noise, x)[2000:]
    assert np.var(average) == pytest.approx(x / (2 - x), rel=0.06)
    printed = sgd.box_average(noise, 100)[1901:]
    assert np.var(printed) / np.var(average) == pytest.approx(2, rel=0.08)  # Equation 17: not the same size
    matched = sgd.box_average(noise, 199)[1802:]
    assert np.var(matched) / np.var(average) == pytest.approx(1, rel=0.08)
    found = [np.corrcoef(average.ravel(), box.ravel())[0, 1] for box in (printed, matched)]
    np.testing.assert_allclose(found, sgd.box_correlation(x, [100, 199]), atol=0.02)
    lengths = np.linspace(1, 1000, 2000)
    best = lengths[np.argmax(sgd.box_correlation(1e-2, lengths))]
    assert best == pytest.approx(125.6, abs=1)
    assert float(sgd.box_correlation(1e-6, 1.25643e6)) == pytest.approx(0.9025, abs=1e-4)
    error = 1 - float(sgd.box_correlation(1e-6, 1e6)) ** 2
    assert error > 0.18  # of the variance is missed even by a box rescaled at best
    relative = np.mean((printed - average) ** 2) / np.var(average)
    assert relative == pytest.approx(1 + 2 - 2 * np.sqrt(2) * 0.894, abs=0.06)  # 0.47, as it stands


@pytest.mark.ledger("glukhov-eq-18", "glukhov-claim-increment-depends-on-tau")
def test_increments_are_almost_the_same_in_all_directions():
    for x in (0.01, 0.1, 0.5, 0.9, 1.5):
        path = sgd.autoregression([[1.0]], np.random.default_rng(0).standard_normal((3000, 20, 1)), x)[500:]
        found = np.var(np.diff(path, axis=0)) / x**2
        assert found == pytest.approx(2 / (2 - x), rel=0.03)
        assert float(sgd.increment_variance(1.0, 1.0, x)) / x**2 == pytest.approx(2 / (2 - x))
    lengths = sgd.effective_batches([1.0, 0.01], 0.1)
    increments = sgd.increment_variance([1.0, 0.01], 1.0, 0.1)
    assert lengths[1] / lengths[0] > 100
    assert increments[0] / increments[1] < 1.06  # 100 times more batches, the same increments
    clouds = sgd.stationary_variance([1.0, 0.01], 1.0, 0.1)
    assert clouds[1] / clouds[0] > 90  # what differs is the cloud


@pytest.mark.ledger("glukhov-def-stationary-law")
def test_the_exact_stationary_law():
    h, c = np.diag([1.0, 0.1]), np.array([[1.0, 0.8], [0.8, 1.0]])
    exact = sgd.stationary_covariance(h, c, 0.1)
    np.testing.assert_allclose(exact, [[0.0526, 0.0734], [0.0734, 0.5025]], atol=6e-5)
    step = np.eye(2) - 0.1 * h
    np.testing.assert_allclose(step @ exact @ step + 0.01 * c, exact, atol=1e-15)
    end = runs(h, sgd.covariance_noise(c), 0.1, 800, n_runs=20_000).end.numpy()
    np.testing.assert_allclose(np.cov(end.T), exact, rtol=0.06)
    assert abs(np.diag(exact) / (0.1 / (2 * np.diag(h))) - 1).max() > 0.05  # the continuous-time formula at x = 0.1


@pytest.mark.ledger("glukhov-claim-finite-variance-not-guaranteed")
def test_gradients_of_plain_regressions_can_have_any_tail():
    rng = np.random.default_rng(0)
    inputs = rng.standard_normal((50_000, 1))
    found = {}
    for name, residuals in (("normal", rng.standard_normal(50_000)), ("cauchy", rng.standard_cauchy(50_000))):
        gradients = sgd.per_sample_gradients(inputs, residuals, [0.0])
        found[name] = sgd.tail_index(gradients, 500)
    assert abs(found["cauchy"].index - 1) < 4 * found["cauchy"].standard_error
    assert found["normal"].index - 4 * found["normal"].standard_error > 2
    variances = [np.var(stats.cauchy.rvs(size=n, random_state=3)) for n in (100, 10_000, 1_000_000)]
    assert variances[2] > 100 * variances[0]  # an empirical variance exists always, and says nothing


# -- section 4.1: Langevin, Fokker and Planck, Boltzmann

EDGES = np.linspace(-3, 3, 301)


def bowl_density(drift=None, times=(20.0, 200.0)):
    """Density of Equation 19 for curvature 1/2, step 0.1, unit noise, from a narrow start at 1."""
    force = drift or (lambda p: -0.1 * 0.5 * p)
    equation = sgd.fokker_planck(EDGES, drift=force, diffusion=0.1**2 / 2)
    start = stats.norm(1, 0.05).pdf(equation.centers[0])
    return equation, sgd.evolve_density(equation, start, [0.0, *times])[1:]


@pytest.mark.ledger("glukhov-claim-langevin", "review-concept-langevin")
def test_noisy_descent_is_a_langevin_equation_up_to_the_step():
    gaps = []
    for x in (0.2, 0.1, 0.05):
        rate, t = 2 * x, round(1 / x)
        iterated = (float(sgd.kept_fraction(0.5, rate, t)), sgd.transient_covariance([[0.5]], [[1.0]], rate, t)[0, 0])
        solved = (
            sgd.diffusion_mean([[0.5]], [1.0], rate, t)[0],
            sgd.diffusion_covariance([[0.5]], [[1.0]], rate, t)[0, 0],
        )
        gaps.append(np.abs(np.divide(iterated, solved) - 1))
    np.testing.assert_allclose(np.diff(np.log2(gaps), axis=0), -1, atol=0.25)  # both errors halve with the step
    mean, variance = sgd.diffusion_mean([[0.5]], [1.0], 0.1, 20)[0], sgd.transient_covariance([[0.5]], [[1.0]], 0.1, 20)
    assert (round(mean, 3), round(0.95**20, 3), round(variance[0, 0], 4)) == (0.368, 0.358, 0.0894)
    shape = sgd.stationary_kurtosis(-2.0, 0.5)
    assert shape < -1  # with coarse steps and two-point noise nothing like a diffusion


@pytest.mark.ledger("glukhov-eq-19", "glukhov-exercise-2")
def test_the_drift_goes_down_the_hill():
    equation, (early, late) = bowl_density()
    mean, _ = sgd.density_moments(equation, early)
    assert mean[0] == pytest.approx(np.exp(-1), abs=2e-3)
    _, covariance = sgd.density_moments(equation, late)
    assert covariance[0, 0] == pytest.approx(0.1, rel=0.01)
    equation, (early, late) = bowl_density(lambda p: +0.1 * 0.5 * p)  # the printed sign with the gradient of J
    assert sgd.density_moments(equation, early)[0][0] == pytest.approx(np.e, abs=0.25)
    assert sgd.density_moments(equation, late)[0][0] > 2.9  # piled up at the wall
    literal, (early, late) = bowl_density(lambda p: 0.1 * 0.25 * p**2)  # and with the scalar J, as it stands
    assert sgd.density_moments(literal, early)[0][0] > 1.5
    assert sgd.density_moments(literal, late)[0][0] > 2.9
    x, h, heat = np.linspace(-1, 1, 201), 0.01, 0.1
    formal = np.exp(0.5 * x**2 / heat)  # e^{+2J/(eta s^2)} annuls the printed operator
    flux = 0.1**2 / 2 * np.gradient(formal, h) - 0.1 * 0.5 * x * formal
    assert np.abs(flux[2:-2]).max() < 3e-3 * np.abs(0.1 * 0.5 * x * formal).max()


GRID = np.linspace(-2.6, 2.6, 1201)
WELL = (GRID**2 - 1) ** 2 / 4


def well_laws(rate, std):
    """The exact law of noisy descent in a double well, and distances from two Boltzmann laws."""
    h = GRID[1] - GRID[0]
    exact = sgd.iterate_density(lambda x: x**3 - x, GRID, rate, std)
    laws = [sgd.boltzmann_density(WELL, h, share * rate * std**2) for share in (0.5, 1.0)]
    return exact, [sgd.total_variation(exact, law, h) for law in laws]


@pytest.mark.ledger("glukhov-eq-20", "glukhov-eq-21", "review-openq-1", "review-quickcheck-2")
def test_the_law_is_boltzmann_for_small_steps_with_half_the_printed_temperature():
    products, distances = [], []
    for rate, std in ((0.1, 1.5), (0.05, 2.0), (0.02, 3.0)):
        exact, found = well_laws(rate, std)
        distances.append(found)
        products.append(rate * std**2 / sgd.fit_temperature(exact, WELL))
    np.testing.assert_allclose(np.array(distances)[:, 0], [0.0326, 0.0161, 0.0063], atol=2e-3)
    assert np.all(np.array(distances)[:, 1] > 0.12)  # the printed temperature
    assert np.all(np.diff(np.abs(np.array(products) - 2)) < 0)  # beta eta s^2 tends to 2
    assert abs(products[-1] - 2) < 0.06
    starts = torch.randn(20_000, 1, dtype=torch.float64, generator=generator(1))
    run = sgd.noisy_gradient_descent(
        lambda p: p**3 - p, sgd.isotropic_noise(1, 1.5), starts, 0.1, 400, generator=generator()
    )
    exact = well_laws(0.1, 1.5)[0]
    mass = np.cumsum(exact) * (GRID[1] - GRID[0])
    assert stats.kstest(run.end[:, 0].numpy(), lambda x: np.interp(x, GRID, mass)).pvalue > 1e-3
    for rate in (0.1, 0.2):  # temperature rises in proportion to the step and to the variance of the noise
        assert float(sgd.effective_temperature(rate, 2.0)) == pytest.approx(rate)
        assert float(sgd.effective_temperature(rate, 4.0)) == pytest.approx(2 * rate)
    end = runs(0.5 * np.eye(100), sgd.isotropic_noise(100), 0.1, 300, n_runs=500).end.numpy()
    assert np.mean(end**2) * 0.5 == pytest.approx(float(sgd.effective_temperature(0.1, 1.0, eigenvalue=0.5)), rel=0.03)
    assert np.mean(end**2) * 0.5 < 0.1 * 100 / 100  # with the squared norm of the 100-vector it would be 10


@pytest.mark.ledger("glukhov-claim-boltzmann-finite-variance", "review-mechanism-2-assumption", "review-limitation-1")
def test_a_finite_variance_is_not_enough_at_finite_steps():
    noise = sgd.isotropic_noise(1, law="two-point")
    sample = runs([[1.0]], noise, 0.5, 60, n_runs=20_000).end.numpy()[:, 0]
    assert stats.kstest(sample, stats.uniform(-1, 2).cdf).statistic < 0.015  # uniform
    assert stats.kstest(sample, stats.norm(0, sample.std()).cdf).statistic > 0.04
    cantor = runs([[1.0]], noise, 2 / 3, 60, n_runs=20_000).end.numpy()[:, 0]
    assert np.abs(cantor).min() > 1 / 3 - 1e-9  # a = 1/3: the middle third is never visited
    assert np.all(np.abs(np.abs(cantor) - 2 / 3) > 1 / 9 - 1e-9)  # nor the middle thirds of what is left
    for a in (0.5, 1 / 3, 0.95):
        end = runs([[1.0]], noise, 1 - a, 200, n_runs=20_000).end.numpy()
        assert stats.kurtosis(end)[0] == pytest.approx(float(sgd.stationary_kurtosis(-2.0, a)), abs=0.12)
    assert abs(float(sgd.stationary_kurtosis(-2.0, 0.999))) < 0.01  # the central limit theorem, as x tends to 0
    flat = sgd.transient_covariance([[0.0]], [[1.0]], 0.1, 1000)
    assert flat[0, 0] == pytest.approx(10)  # and without confinement no equilibrium at all
    h, c = np.diag([1.0, 0.1]), np.diag([1.0, 5.0])
    precision = np.linalg.inv(sgd.stationary_covariance(h, c, 0.01))
    assert precision[0, 0] / precision[1, 1] > 40  # with another C the law is no function of J: that would be 10


@pytest.mark.ledger("glukhov-claim-lr-anisotropy")
def test_steps_matched_to_the_curvature_relax_alike_and_amplify_noise():
    values, c = np.array([1.0, 0.1, 0.01]), 0.1
    h, noise = np.diag(values), sgd.isotropic_noise(3)
    moved = sgd.precondition(h, noise, np.diag(c / values))
    np.testing.assert_allclose(np.linalg.eigvalsh(moved.hessian), c)  # one relaxation time for all
    plain = sgd.relaxation_time(values, c)
    assert plain[2] / float(sgd.relaxation_time(c, 1.0)) > 90
    exact = np.diag(sgd.preconditioned_covariance(h, noise.covariance, np.diag(c / values)))
    np.testing.assert_allclose(exact, [0.0526, 5.263, 526.3], rtol=1e-3)
    end = runs(moved.hessian, moved.noise, 1.0, 150).end.numpy() @ moved.root
    assert close_variance(end, exact)
    np.testing.assert_allclose(sgd.stationary_variance(values, 1.0, c), [0.0526, 0.5025, 5.0025], rtol=1e-3)


@pytest.mark.ledger("glukhov-claim-high-uncertainty-unreachable")
def test_the_data_needed_grow_with_the_inverse_square_of_the_curvature():
    assert round(float(sgd.steps_to_tolerance(0.01, 1.0, 0.01))) == 10**6
    need = round(float(sgd.steps_to_tolerance(0.1, 1.0, 0.05)))
    error = sgd.mean_square_error(0.1, 1.0, sgd.harmonic_steps(10.0, need), start=5.0)
    assert error[-1] == pytest.approx(0.05)
    constant = sgd.mean_square_error(0.1, 1.0, np.full(need, 0.1), start=5.0)
    assert constant[-1] > 0.05  # at a constant step more time does not help at all


# -- section 4.2: anisotropy


@pytest.mark.ledger("glukhov-eq-22")
def test_the_printed_radius_is_neither_the_extent_nor_a_lower_bound_of_the_width():
    for n, rms in ((10, 9.66), (100, 27.2), (1000, 85.2)):
        size = sgd.equilibrium_size(np.logspace(0, -3, n), 1.0, 0.1)
        assert size.printed == pytest.approx(0.3162, abs=1e-4)
        assert size.rms_radius == pytest.approx(rms, rel=0.01)
        assert (round(size.narrowest, 3), round(size.widest, 2)) == (0.229, 7.07)
        assert size.printed / size.narrowest == pytest.approx(np.sqrt(2 - 0.1))  # above the least width
        sample = np.random.default_rng(0).standard_normal((4000, n)) * np.sqrt(size.variances)
        assert np.linalg.norm(sample, axis=1).min() > size.printed  # nothing is ever that close


@pytest.mark.ledger("glukhov-eq-23", "glukhov-exercise-4")
def test_the_volume_carries_the_temperature_to_half_the_dimension():
    values, heat = np.array([1.0, 0.5, 0.25]), 0.04
    axes = np.sqrt(heat / values)
    points = np.random.default_rng(0).uniform(-1, 1, (1_000_000, 3)) * axes
    measured = np.mean(((points / axes) ** 2).sum(1) < 1) * 8 * axes.prod()
    corrected = np.exp(sgd.log_ellipsoid_volume(heat / values))
    assert corrected == pytest.approx(measured, rel=0.01)
    printed = np.exp(sgd.log_printed_volume(values, 1.0, heat))
    assert printed / measured == pytest.approx(1 / heat, rel=0.01)  # (eta s^2)^{(1 - n)/2}, 25 times too much
    for n, orders in ((10, 9), (100, 99)):
        ones = np.ones(n)
        gap = sgd.log_printed_volume(ones, 0.01, 1.0) - sgd.log_ellipsoid_volume(0.01 * ones)
        assert gap / np.log(10) == pytest.approx(orders)
    four = sgd.log_ellipsoid_volume(4 * heat / values) - sgd.log_ellipsoid_volume(heat / values)
    assert four == pytest.approx(3 * np.log(2))  # scaling: four times the step, 2^n times the volume
    assert np.exp(sgd.log_mass_within(3, 1.0)) == pytest.approx(0.1987, abs=1e-4)
    assert sgd.log_mass_within(100, 1.0) / np.log(10) == pytest.approx(np.log10(1.8e-80), abs=0.01)
    typical = sgd.log_typical_volume(np.ones(100)) - sgd.log_ellipsoid_volume(np.ones(100))
    assert typical / np.log(10) > 99  # where the mass is


@pytest.mark.ledger("glukhov-claim-avg-by-direction")
def test_flat_directions_average_well_and_are_wide_all_the_same():
    rate, values = 0.1, np.array([1.0, 0.01])
    averaged = 1 / sgd.effective_averaging_length(values, rate)
    np.testing.assert_allclose(averaged, [0.0526, 0.0005], rtol=2e-3)
    clouds = sgd.stationary_variance(values, 1.0, rate)
    np.testing.assert_allclose(clouds, averaged / values**2)  # theta is the average over lambda
    assert clouds[1] > 90 * clouds[0]
    end = runs(np.diag(values), sgd.isotropic_noise(2), rate, 4000).end.numpy()
    assert close_variance(end, clouds)


@pytest.mark.ledger("glukhov-claim-noise-explains-slowness")
def test_flat_directions_are_slow_without_noise_and_noise_sets_the_floor():
    values, rate = np.array([1.0, 0.01]), 0.5
    curve = sgd.expected_loss(values, [1.0, 10.0], 0.01, rate, [100, 1000, 10_000])
    quiet = sgd.expected_loss(values, [1.0, 10.0], 0.0, rate, [100, 1000, 10_000])
    assert quiet.total[0] / curve.total[0] > 0.9  # at 100 steps the slowness is that of the condition number
    assert curve.variance[2].sum() / curve.total[2] > 0.999  # at 10,000 all that is left is noise
    assert curve.floor.sum() == pytest.approx(sgd.stationary_excess(values, 0.01, rate))


@pytest.mark.ledger("glukhov-claim-adam", "review-critical-path-6")
def test_adam_keeps_a_cloud_that_is_that_of_plain_descent_with_its_effective_step():
    values = np.array([1.0, 0.3])
    for std in (1.0, 5.0):
        noise = sgd.isotropic_noise(2, std)
        adam = sgd.adam_descent(np.diag(values), noise, zeros(1000, 2), 0.02, 3000, generator=generator()).end.numpy()
        plain = runs(np.diag(values), noise, float(sgd.effective_step(std, 0.02)), 3000, n_runs=1000).end
        np.testing.assert_allclose(adam.var(0), 0.02 * std / (2 * values), rtol=0.2)
        np.testing.assert_allclose(adam.var(0), plain.numpy().var(0), rtol=0.25)
    same_rate = sgd.stationary_variance(values, 25.0, 0.02)
    assert np.all(adam.var(0) < same_rate / 3)  # "reduced": by the smaller step where the noise is large
    assert np.all(sgd.adam_variance(values, 1.0, [1e-6]) > 0)  # never removed at a constant one


@pytest.mark.ledger("glukhov-eq-24", "glukhov-eq-25")
def test_the_inverse_temperatures_of_directions_have_no_extra_eigenvalue():
    rate = 0.1
    laws = {"isotropic": np.ones(5), "hessian": VALUES}
    for name, noise in laws.items():
        end = runs(np.diag(VALUES), sgd.covariance_noise(np.diag(noise)), rate, 3000, n_runs=2000).end.numpy()
        measured = 2 * VALUES * np.mean(end**2, axis=0)  # 1 / beta_i, since Var_i = 1 / (2 beta_i lambda_i)
        exact = 2 * rate * noise / (2 - rate * VALUES)
        np.testing.assert_allclose(measured, exact, rtol=5 * np.sqrt(2 / 2000))
        printed = rate * VALUES * noise
        assert np.max(measured / printed) > 90  # Equation 25 with the variance of the gradient noise
        if name == "hessian":  # right only if |q eps|^2 is the variance of WHITENED noise, C = H
            np.testing.assert_allclose(measured, rate * VALUES, rtol=0.15)
    with_half = 1 / (VALUES * sgd.stationary_variance(VALUES, 1.0, rate))  # exponent -1/2 beta lambda (.)^2
    np.testing.assert_allclose(1 / with_half, sgd.effective_temperature(rate, 1.0, eigenvalue=VALUES))


@pytest.mark.ledger("glukhov-claim-cancellation", "glukhov-exercise-3", "review-critical-path-5")
def test_the_cloud_is_round_exactly_if_the_noise_is_proportional_to_the_hessian():
    h, rate, ratios = np.diag(VALUES), 0.1, {}
    for power in (0, 1, 2):
        end = runs(h, sgd.hessian_noise(h, power), rate, 3000, n_runs=3000).end.numpy()
        variances = np.mean(end**2, axis=0)
        assert np.polyfit(np.log(VALUES), np.log(variances), 1)[0] == pytest.approx(power - 1, abs=0.05)
        ratios[power] = np.sqrt(variances[-1] / variances[0])
    np.testing.assert_allclose(list(ratios.values()), [9.75, 0.975, 0.0975], rtol=0.1)
    x, y = regression()  # a real regression: well specified, then with noise that grows along the sharp direction
    spreads = {}
    for name, targets in (("well specified", y), ("heteroscedastic", y * np.abs(x[:, 0]) * np.sqrt(3))):
        bowl = sgd.regression_quadratic(x, targets)
        exact = sgd.regression_covariance(x, targets, rate, 8)
        noise = sgd.gradient_noise_covariance(sgd.per_sample_gradients(x, targets, bowl.optimum), 8)
        spreads[name] = np.diag(exact)
        if name == "well specified":
            np.testing.assert_allclose(noise, 2 * bowl.minimum * bowl.hessian / 8, atol=0.012)  # C = sigma^2 H / B
            assert sgd.noise_exponent(bowl.hessian, noise) == pytest.approx(1, abs=0.03)
    assert spreads["well specified"].max() / spreads["well specified"].min() < 1.15
    assert spreads["heteroscedastic"][0] / spreads["heteroscedastic"][1:].mean() == pytest.approx(3, rel=0.15)
    starts = torch.tensor(sgd.regression_quadratic(x, y).optimum).expand(300, 5).clone()
    data = torch.tensor(x), torch.tensor(y), starts
    run = sgd.regression_descent(*data, rate, 2000, batch_size=8, record_every=500, generator=generator())
    squares = (run.records[2:] - starts).numpy() ** 2
    np.testing.assert_allclose(squares.mean((0, 1)), spreads["well specified"], rtol=0.3)


# -- the review


@pytest.mark.ledger("review-key-2", "review-mechanism-2")
def test_variance_not_radius_is_proportional_to_the_variance_of_the_noise():
    for noise_variance in (1.0, 4.0):
        end = runs(np.diag([1.0, 0.1]), sgd.isotropic_noise(2, np.sqrt(noise_variance)), 0.1, 800).end.numpy()
        assert close_variance(end, sgd.stationary_variance([1.0, 0.1], noise_variance, 0.1))
    small, large = (sgd.equilibrium_size([1.0, 0.1], v, 0.1).rms_radius for v in (1.0, 4.0))
    assert large / small == pytest.approx(2)  # the radius goes with the standard deviation
    inverse = sgd.stationary_variance([1.0, 0.1], 1.0, 1e-4)
    assert inverse[1] / inverse[0] == pytest.approx(10, rel=1e-3)  # inversely with the eigenvalue, if isotropic
    round_cloud = sgd.stationary_variance([1.0, 0.1], [1.0, 0.1], 1e-4)
    assert round_cloud[1] / round_cloud[0] == pytest.approx(1, rel=1e-3)  # and not at all, if C = H


@pytest.mark.ledger("review-quickcheck-1")
def test_what_a_vanishing_eigenvalue_does_depends_on_the_noise():
    values = np.array([1e-2, 1e-4, 1e-6])
    spreads = {g: np.sqrt(sgd.stationary_variance(values, values**g, 0.1)) for g in (0, 1, 2)}
    slopes = [np.polyfit(np.log(values), np.log(s), 1)[0] for s in spreads.values()]
    np.testing.assert_allclose(slopes, [-0.5, 0.0, 0.5], atol=1e-3)
    np.testing.assert_allclose(sgd.relaxation_time(values, 0.1) * 0.1 * values, 1, rtol=1e-3)
    walk = runs([[0.0]], sgd.isotropic_noise(1), 0.1, 1000, record_every=10).records.numpy()
    for t, variance in ((10, 0.1), (100, 1.0), (1000, 10.0)):  # no equilibrium: eta^2 s^2 t
        assert close_variance(walk[t // 10], variance)


@pytest.mark.ledger("review-mechanism-2-evidence")
def test_the_quotations_of_the_review_are_not_where_it_says():
    abstract = """
        implications of uncertain objective functions and permutative symmetry traditional deep learning architectures
        are discussed it is shown that polluted by an astronomical number equivalent global local optima uncertainty the
        makes unattainable as size network grows optimization landscape likely becomes tangled web valleys ridges some
        remedies which reduce or eliminate ghost including forced pre-pruning re-ordering ortho-polynomial activations
        modular bio-inspired
    """  # its vocabulary
    quoted = {"stochastic", "gradient", "descent", "converge", "equilibrium", "distributions"}
    assert quoted.isdisjoint(abstract.split())
    assert {"uncertainty", "optima", "unattainable"} <= set(abstract.split())  # what it says instead
