"""What the slides claim on the way from a ReLU network to a spin glass: one test per entry of the ledger.

Where the slides are corrected, the test also shows that the printed version fails.
"""

import itertools
import math

import numpy as np
import pytest
import torch
from scipy import optimize

from lossland import spin_glass as sg
from lossland.networks import load_digits, sample_mlp
from lossland.spin_glass.model_assumptions import (
    effective_number,
    gaussian_distance,
    margin_correlation,
    root_mean_square_correlation,
    sharing_costs,
)

SIGMAS = 4.5  # a fair test of this size fails once in 150,000 seeds
WIDTHS = (64, 16, 16, 1)


def generator(seed):
    return torch.Generator().manual_seed(seed)


def network(widths, seed, n_draws=None):
    return sample_mlp(widths, 2**0.5, 0.0, n_draws=n_draws, generator=generator(seed)).weights


def gaussian_inputs(n_samples, width, seed):
    return torch.randn(n_samples, width, dtype=torch.float64, generator=generator(seed))


@pytest.fixture(scope="module")
def digits():
    """500 digits; label 1 for even numbers, -1 for odd ones."""
    data = load_digits(n_train=500, dtype=torch.float64, generator=generator(3))
    return data.train_inputs, 1.0 - 2.0 * (data.train_labels % 2).double()


@pytest.fixture(scope="module")
def run(digits):
    return sg.train_hinge(network(WIDTHS, 5), *digits, learning_rate=0.05, record_at=(0, 10, 20, 40, 80, 1200))


def within(samples, expected):
    samples = np.asarray(samples)
    error = samples.std(axis=0, ddof=1) / len(samples) ** 0.5
    return bool(np.all(np.abs(samples.mean(axis=0) - expected) < SIGMAS * error))


# -- loss, paths


@pytest.mark.ledger("golikov-def-01-hinge")
def test_hinge_and_its_subgradient():
    outputs = torch.linspace(-3, 3, 13, dtype=torch.float64, requires_grad=True)
    for label in (-1.0, 1.0):
        labels = torch.full_like(outputs, label)
        loss = sg.hinge_loss(labels, outputs)
        assert torch.equal(loss, torch.clamp(1 - label * outputs, min=0))
        slope = torch.autograd.grad(loss.sum(), outputs)[0]
        assert torch.equal(slope, -labels * sg.active_samples(labels, outputs).detach())


@pytest.mark.ledger("golikov-formula-01-path-expansion", "golikov-formula-03-single-index")
def test_a_network_is_the_sum_over_its_paths():
    """The definition in plain loops, one index for the path, against layers, products and the enumeration."""
    widths, scale = (4, 3, 5, 2, 1), 0.7
    weights, x = network(widths, 1), gaussian_inputs(6, 4, 2)
    counts = sg.count_paths(widths)
    assert (counts.hidden_paths, counts.paths, counts.weights) == (30, 120, 39)
    expected, n_paths, activities = np.zeros(6), 0, {}
    signals = [x]
    for weight in weights[:-1]:
        signals.append(torch.relu(signals[-1] @ weight.T))
    for path in itertools.product(*map(range, widths[:-1])):  # (i, j_1, ..., j_{H-1})
        n_paths += 1
        active = np.ones(6)
        for k, neuron in enumerate(path[1:], start=1):
            active = active * (signals[k][:, neuron] > 0).numpy()
        product = math.prod(float(weights[k][(*path[1:], 0)[k], path[k]]) for k in range(4))
        expected += scale * x[:, path[0]].numpy() * active * product
        activities.setdefault(path[1:], []).append(active)
    assert n_paths == counts.paths
    assert all(np.array_equal(a, same[0]) for same in activities.values() for a in same)  # no dependence on i
    assert np.allclose(sg.network_output(weights, x, scale=scale), expected, rtol=0, atol=1e-14)
    assert np.allclose(sg.path_sum(weights, x, scale=scale), expected, rtol=0, atol=1e-14)
    maps = sg.effective_map(weights, sg.neuron_activity(weights, x))
    assert np.allclose(scale * (maps * x).sum(1), expected, rtol=0, atol=1e-14)


def test_the_polynomial_holds_only_until_a_neuron_switches():
    weights, x = network((4, 6, 1), 1), gaussian_inputs(1, 4, 2)
    frozen = sg.neuron_activity(weights, x)
    other = network((4, 6, 1), 7)
    moved = tuple(w + 0.5 * v for w, v in zip(weights, other, strict=True))
    assert sg.switch_share(frozen, sg.neuron_activity(moved, x)) > 0
    polynomial = (sg.effective_map(moved, frozen) * x).sum(1)
    assert not torch.allclose(polynomial, sg.network_output(moved, x))


@pytest.mark.ledger("golikov-formula-02-net-loss", "golikov-formula-05-zb")
def test_the_loss_of_the_network_in_paths_with_z_and_b(digits):
    x, y = digits[0][:40], digits[1][:40]
    weights = network((64, 5, 4, 1), 2)
    outputs = sg.network_output(weights, x)
    m = sg.active_samples(y, outputs)
    z = y[:, None] * x  # (m, i)
    b = m[:, None] * sg.path_activity(sg.neuron_activity(weights, x)).flatten(1)  # (m, j)
    products = sg.path_products(weights).flatten(1)
    loss = m - torch.einsum("si,sj,ij->s", z, b, products)
    assert torch.allclose(loss, torch.relu(1 - y * outputs), atol=1e-13)
    assert torch.allclose(loss.mean(), sg.hinge_loss(y, outputs).mean(), atol=1e-13)


# -- the Hamiltonian


@pytest.mark.ledger("golikov-def-02-hamiltonian")
@pytest.mark.parametrize("order", [2, 3, 4])
def test_energies_have_variance_n_and_covariance_n_times_the_power_of_the_overlap(order):
    n, rng = 6, np.random.default_rng(order)
    states = rng.normal(size=(3, n))
    states *= np.sqrt(n) / np.linalg.norm(states, axis=1, keepdims=True)
    draws = [sg.tuple_sum(rng.normal(size=(n,) * order), states) / n ** ((order - 1) / 2) for _ in range(6000)]
    draws = np.array(draws)
    expected = n * (states @ states.T / n) ** order
    assert within(draws[:, :, None] * draws[:, None, :], expected)
    printed_elsewhere = n * expected  # normalization n^{-(H-2)/2}
    assert not within(draws[:, :, None] * draws[:, None, :], printed_elsewhere)


@pytest.mark.ledger("golikov-claim-02-differences")
def test_homogeneous_pieces_and_a_bounded_hamiltonian():
    weights, x = network((5, 4, 3, 1), 3), gaussian_inputs(20, 5, 4)
    y = torch.where(gaussian_inputs(20, 1, 5)[:, 0] > 0, 1.0, -1.0).double()
    outputs = sg.network_output(weights, x)
    scaled = sg.network_output([3 * w for w in weights], x)
    assert torch.allclose(scaled, 27 * outputs)
    assert torch.allclose(sg.euler_sums(weights, x), outputs[:, None].expand(-1, 3))
    loss, scaled_loss = sg.hinge_loss(y, outputs).mean(), sg.hinge_loss(y, scaled).mean()
    assert not torch.allclose(scaled_loss, 27 * loss)  # the loss itself is not homogeneous
    assert loss >= 0
    # "unbounded below": on the sphere every realization is bounded, |energy| <= n^{1/2} |J|
    rng, n = np.random.default_rng(0), 5
    couplings = rng.normal(size=(n, n, n)) / n
    states = rng.normal(size=(20_000, n))
    states *= np.sqrt(n) / np.linalg.norm(states, axis=1, keepdims=True)
    energies = sg.tuple_sum(couplings, states)
    assert energies.min() < 0
    assert np.all(np.abs(energies) <= np.linalg.norm(couplings) * n**1.5)
    assert sg.tuple_sum(couplings, 100 * states[np.argmin(energies)]) < 1e5 * energies.min()  # off the sphere it is not


# -- the chain


@pytest.mark.ledger("golikov-formula-04-bernoulli-hinge")
def test_the_indicator_is_exact_and_sees_the_margin(digits):
    x, y = digits
    correlations = []
    for weights in (network(WIDTHS, seed) for seed in range(8)):
        outputs = sg.network_output(weights, x)
        m = sg.active_samples(y, outputs)
        assert torch.equal(m * (1 - y * outputs), torch.relu(1 - y * outputs))
        correlations.append(margin_correlation(y, outputs))
    assert max(correlations) < -0.15
    assert np.mean(correlations) < -0.5
    margins = 1.312 * np.random.default_rng(0).normal(size=400_000)  # the formulas for Gaussian margins
    theory, m = sg.gaussian_hinge(1.312), margins < 1
    assert np.corrcoef(m, margins)[0, 1] == pytest.approx(float(theory.correlation), abs=0.005)
    assert within(m.astype(float), theory.active)
    assert within(np.maximum(0, 1 - margins), theory.loss)
    assert not within(np.maximum(0, 1 - margins), theory.factorized)


@pytest.mark.ledger("golikov-formula-06-expected-loss")
def test_the_average_over_coins_and_what_it_is_not(digits):
    n, order, rho, rho_prime, scale = 4, 3, 0.2, 0.7, -0.6
    rng = np.random.default_rng(1)
    z, w = rng.normal(size=(n,) * order), rng.normal(size=n)
    products = np.einsum("i,j,k->ijk", w, w, w)
    m = rng.random((40_000, 1, 1, 1)) < rho_prime
    b = m & (rng.random((40_000, *z.shape)) < rho / rho_prime)  # b = M a, not independent of M
    losses = m[:, 0, 0, 0] - scale * (b * (z * products)).sum(axis=(1, 2, 3))
    assert within(losses, sg.averaged_loss(z, w, rho=rho, rho_prime=rho_prime, scale=scale))
    x, y = digits  # on a network, where M depends on the margin, the product of means is not the mean hinge
    outputs = torch.stack([sg.network_output(network(WIDTHS, seed), x) for seed in range(30)])
    m = sg.active_samples(y, outputs)
    difference = sg.hinge_loss(y, outputs).mean(1) - m.mean(1) * (1 - (y * outputs).mean(1))
    assert not within(difference, 0.0)
    assert difference.min() > 0  # M prefers small margins, so the model's loss is always too small


@pytest.mark.ledger("golikov-formula-07-q-choice", "golikov-claim-03-plan")
def test_with_this_q_the_averaged_loss_is_the_hamiltonian():
    rng = np.random.default_rng(2)
    for n, order, rho, rho_prime in ((7, 2, 0.3, 0.9), (5, 3, 0.25, 0.8), (4, 4, 0.1, 0.5)):
        z, states = rng.normal(size=(n,) * order), rng.normal(size=(10, n))
        states *= np.sqrt(n) / np.linalg.norm(states, axis=1, keepdims=True)
        scale = sg.output_scale(rho, n, order)
        loss = sg.averaged_loss(z, states, rho=rho, rho_prime=rho_prime, scale=scale)
        hamiltonian = sg.tuple_sum(z, states) / n ** ((order - 1) / 2)
        np.testing.assert_allclose(loss - rho_prime, hamiltonian, rtol=1e-12)
        turned = sg.averaged_loss(z, states, rho=rho, rho_prime=rho_prime, scale=-scale)
        np.testing.assert_allclose(
            turned - rho_prime, -hamiltonian, rtol=1e-12
        )  # -J has the law of J: the sign is free
    with pytest.raises(ValueError, match=r"rho: expected > 0, got 0"):
        sg.output_scale(0.0, 10, 3)  # a trained network without loss


@pytest.mark.ledger("golikov-claim-04-limit")
def test_many_weights_mean_many_unique_weights_only_at_fixed_depth():
    growing = [sg.count_paths((w, w, w, 1)) for w in (10, 100, 1000)]
    assert [round(c.unique_weights, 9) for c in growing] == [10, 100, 1000]
    assert growing[0].weights == 210
    for order in (2, 10, 1000):  # printed: Lambda -> infinity if and only if N -> infinity
        chain = sg.count_paths((1,) * order + (1,))
        assert (chain.weights, chain.unique_weights) == (order, 1.0)
    for widths in ((3, 9, 2, 1), (784, 1000, 1000, 1000, 1), (5, 1)):
        counts = sg.count_paths(widths)
        # at fixed H both grow together: N / (H Psi) <= Psi, and Psi <= N^H
        assert counts.paths <= counts.weights**counts.order
        assert counts.weights <= counts.order * counts.paths**2


# -- the assumptions


@pytest.mark.ledger("golikov-def-03-a1p")
def test_a1p_holds_over_random_weights_but_not_over_data(digits, run):
    x, y = digits
    activity = sg.neuron_activity(network((64, 12, 12, 12, 1), 3, n_draws=4000), x[:1])
    share = sg.open_path_share(activity)[:, 0]
    assert within(share, sg.open_path_probability(3))
    values, errors = sg.sharing_correlation(activity)
    for shared, (value, error) in enumerate(zip(values, errors, strict=True)):
        expected = sg.shared_path_correlation(shared, 3)
        assert abs(value - expected) < SIGMAS * error + 1e-12
    for weights in run.weights[:4]:  # at fixed weights, over the data
        m = sg.active_samples(y, sg.network_output(weights, x))
        spread = sg.activity_spread(sg.neuron_activity(weights, x), m)
        assert spread.spread > 0.5 + SIGMAS * spread.spread_error  # paths differ by more than half of the mean


@pytest.mark.ledger("golikov-def-04-a2p")
def test_a2p_fails_for_pixels(digits):
    x, y = digits
    z = y[:, None] * x
    error = z.std(0) / len(z) ** 0.5
    assert int((z.mean(0).abs() > SIGMAS * error).sum()) > 10  # of 64 pixels: they know something of the label
    control = gaussian_inputs(len(x), 64, 6) * y[:, None]
    assert (control.mean(0).abs() <= SIGMAS * control.std(0) / len(z) ** 0.5).all()
    assert gaussian_distance(control) < 0.06 < 0.2 < gaussian_distance(z) < 0.3
    assert 0.15 < float(z.mean(0).square().mean().sqrt()) < 0.23


@pytest.mark.ledger("golikov-def-05-a3p")
def test_a3p_few_unique_weights_do_as_well(digits, run):
    counts = sg.count_paths(WIDTHS)
    assert (counts.weights, round(counts.unique_weights, 1)) == (1296, 25.4)
    assert round(sg.count_paths((784, 100, 100, 1)).unique_weights, 1) == 198.7
    lost = [sharing_costs(weights, *digits)[0] for weights in run.weights[1:]]
    assert np.mean(lost) < 0.02


@pytest.mark.ledger("golikov-def-06-a4p")
def test_a4p_can_be_arranged_but_most_tuples_are_off(digits, run):
    shapes, rng, n = [(16, 64), (16, 16), (1, 16)], np.random.default_rng(0), 25
    dealt = [sg.tuple_counts(sg.random_sharing(shapes, n, rng=rng), n) for _ in range(10)]
    for tuples in dealt:
        assert tuples.sum() == sg.count_paths(WIDTHS).paths
        assert np.count_nonzero(tuples.sum(axis=(0, 1))) <= 16  # values that come last: one layer of 16 weights
        assert np.mean(tuples != 1) > 0.9
    for weights in run.weights:
        assert sharing_costs(weights, *digits)[1] > 0.9
    origin = [np.tile(np.arange(6), (rows, 1)) for rows in (6, 6, 1)]  # equal widths: by hand it can be done
    assert np.all(sg.tuple_counts(origin, 6) == 1)
    assert sg.count_paths(WIDTHS).tuple_share < 1e-5  # of all tuples of the weights themselves


@pytest.mark.ledger("golikov-def-07-a5u")
def test_a5u_switches_belong_to_their_input(digits, run):
    x, y = digits
    weights = run.weights[4]
    activity = sg.neuron_activity(weights, x)
    shuffled = [layer[torch.randperm(len(x), generator=generator(1))] for layer in activity]
    own = (y * (sg.effective_map(weights, activity) * x).sum(1) > 0).double().mean()
    foreign = (y * (sg.effective_map(weights, shuffled) * x).sum(1) > 0).double().mean()
    assert own > 0.95
    assert foreign < own - 0.1
    z = y[:, None] * x
    m = sg.active_samples(y, sg.network_output(run.weights[0], x))
    paths = sg.sample_path_activity(sg.neuron_activity(run.weights[0], x), 500, generator=generator(2))
    dependence = root_mean_square_correlation(z, m[:, None] * paths)
    order = torch.randperm(len(x), generator=generator(3))
    null = root_mean_square_correlation(z, (m[:, None] * paths)[order])
    assert dependence > 0.07 > 0.03 > abs(null)


@pytest.mark.ledger("golikov-def-08-a6u")
def test_a6u_couplings_are_as_many_as_inputs_not_as_paths(digits):
    x, y = digits
    assert 3 < effective_number(y[:, None] * x) < 5  # of 16,384 paths
    independent = gaussian_inputs(20_000, 64, 1)
    assert effective_number(independent) == pytest.approx(64, rel=0.01)
    by_path = independent[:, :8].repeat_interleave(5, dim=1)  # 40 paths from 8 inputs
    assert effective_number(by_path) == pytest.approx(8, rel=0.01)
    # printed: all z_{i_k} independent, Lambda of them; then the energy has not the covariance of the Hamiltonian
    n, rng = 5, np.random.default_rng(4)
    states = np.array([np.r_[np.sqrt(n - 1), 1, 0, 0, 0], np.r_[0, 0, 0, 1, np.sqrt(n - 1)]])
    draws = np.array(
        [sg.tuple_sum(np.broadcast_to(rng.normal(size=n)[:, None, None], (n,) * 3), states) / n for _ in range(4000)]
    )
    assert not within(draws**2, float(n))
    full = np.array([sg.tuple_sum(rng.normal(size=(n,) * 3), states) / n for _ in range(4000)])
    assert within(full**2, float(n))


@pytest.mark.ledger("golikov-def-09-a7p")
def test_a7p_can_be_imposed_on_the_classifier_but_not_on_the_loss(digits, run):
    x, y = digits
    squares = [sum(float((w**2).sum()) for w in weights) for weights in run.weights]
    assert squares[-1] > 1.1 * squares[0]  # training does not keep it
    weights, n = run.weights[2], sg.count_paths(WIDTHS).weights
    on_sphere = [w * (n / squares[2]) ** 0.5 for w in weights]
    assert sum(float((w**2).sum()) for w in on_sphere) == pytest.approx(n)
    outputs, scaled = sg.network_output(weights, x), sg.network_output(on_sphere, x)
    assert torch.allclose(scaled, (n / squares[2]) ** 1.5 * outputs)
    assert torch.equal(scaled > 0, outputs > 0)
    assert not torch.allclose(sg.hinge_loss(y, scaled).mean(), sg.hinge_loss(y, outputs).mean(), rtol=0.1)


@pytest.mark.ledger("golikov-claim-05-cheated")
def test_the_chain_breaks_at_its_first_link_and_ends_without_a_hamiltonian(digits, run):
    x, y = digits
    weights = network(WIDTHS, 9, n_draws=200)
    outputs = sg.network_output(weights, x)
    m = sg.active_samples(y, outputs)
    rho = float((m * sg.open_path_share(sg.neuron_activity(weights, x))).mean())
    means = {"rho": rho, "rho_prime": float(m.mean())}
    stages = sg.loss_stages(weights, x, y, **means, generator=generator(1))
    true = stages["hinge"].numpy()
    assert np.allclose(stages["indicator"], true, atol=1e-12)
    correlation = {name: np.corrcoef(true, values)[0, 1] for name, values in stages.items()}
    for name in ("margin_independent", "paths_independent", "paths_equal", "couplings_random"):
        assert abs(correlation[name]) < 0.5
    # a network without loss has M = 0: rho' = rho = 0, and the model no Hamiltonian
    assert run.losses[-1] == 0
    assert sg.active_samples(y, sg.network_output(run.weights[-1], x)).sum() == 0


def test_with_shared_couplings_all_minima_are_equal_with_independent_ones_they_are_not():
    shape = (6, 6, 5)
    z = gaussian_inputs(1, 6, 1)[0]
    shared = sg.minimize_layered_form(z[:, None, None].expand(shape), 40, generator=generator(2))
    n_weights = sg.count_paths((*shape, 1)).weights
    assert torch.allclose(shared.values, -((n_weights / 3) ** 1.5) * z.norm())
    rough = torch.randn(shape, dtype=torch.float64, generator=generator(3))
    found = sg.minimize_layered_form(rough, 60, generator=generator(4))
    levels = np.unique(np.round((found.values / found.values.min()).numpy(), 4))
    assert len(levels) >= 3


def test_the_minima_of_the_rough_form_are_minima():
    """A second-order check by another optimizer: from a displaced end point L-BFGS on the sphere comes back."""
    shape = (5, 4, 4)
    couplings = torch.randn(shape, dtype=torch.float64, generator=generator(5))
    found = sg.minimize_layered_form(couplings, 10, generator=generator(6))
    sizes = [w[0].numel() for w in found.weights]
    n = sum(sizes)

    def energy(vector):
        vector = vector * np.sqrt(n) / np.linalg.norm(vector)
        parts = np.split(vector, np.cumsum(sizes)[:-1])
        layers = [torch.as_tensor(part).reshape(w[0].shape) for part, w in zip(parts, found.weights, strict=True)]
        return float(sg.layered_form(couplings, layers))

    rng = np.random.default_rng(0)
    for start in range(5):
        vector = np.concatenate([w[start].flatten().numpy() for w in found.weights])
        end = optimize.minimize(energy, vector + 0.02 * rng.normal(size=n), method="L-BFGS-B")
        assert end.fun == pytest.approx(float(found.values[start]), rel=1e-5)
