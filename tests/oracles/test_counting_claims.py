"""What the paper claims about permutations of neurons and their number, section 5.1, and what its review adds.

One test for each entry of the ledger, its conditions included.  Where a statement is corrected, the test also shows
that the printed version fails.  Permutations are cycles of three in two layers at once: a swap is its own inverse, and
hides half of the mistakes.
"""

import math
from itertools import permutations, product

import numpy as np
import pytest
import torch
from scipy import optimize
from torch.nn import functional as F

from lossland import symmetry as sym
from lossland.exercises.copy_counts import check_copy_count, check_lenet_copies, check_orbit_size
from lossland.exercises.permuted_network import check_permuted_network
from lossland.networks import MLP, forward, from_vector, load_digits, sample_mlp, to_vector, train_batch

CYCLES = [[1, 2, 0, 3, 4, 5, 7, 6], [2, 0, 1, 4, 3, 5, 6]]
TEN = math.log(10)


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def normal(*shape, seed=0):
    return torch.randn(*shape, dtype=torch.float64, generator=generator(seed))


def draw(widths=(6, 8, 7, 3), seed=0, **options):
    return sample_mlp(widths, 1.5, 0.5, generator=generator(seed), **options)


def change(mlp, other, activation="tanh"):
    inputs = normal(30, mlp.weights[0].shape[-1], seed=9)
    return float((forward(mlp, inputs, activation) - forward(other, inputs, activation)).abs().max())


def apart(mlp, other):
    return float((to_vector(mlp) - to_vector(other)).norm())


@pytest.fixture(scope="module")
def trained():
    """A network of four hidden tanh neurons at a minimum of a regression, with its loss as a function of a vector."""
    g = generator(15)
    inputs = torch.randn(40, 2, dtype=torch.float64, generator=g)
    targets = torch.sin(2 * inputs[:, :1]) * inputs[:, 1:]
    start = sample_mlp((2, 4, 1), 1.5, 0.5, generator=g)

    def loss(vector):
        return (forward(from_vector(vector, start), inputs, "tanh") - targets).square().mean() / 2

    def value_and_slope(vector):
        vector = torch.tensor(vector, requires_grad=True)
        value = loss(vector)
        return value.item(), torch.autograd.grad(value, vector)[0].numpy()

    settings = {"jac": True, "method": "BFGS", "options": {"gtol": 1e-9, "maxiter": 5000}}
    end = optimize.minimize(value_and_slope, to_vector(start).numpy(), **settings)
    return from_vector(torch.tensor(end.x), start), loss, value_and_slope


# -- networks and their exchanges


@pytest.mark.ledger("glukhov-eq-26")
def test_an_architecture_is_its_widths_and_they_fix_the_number_of_parameters():
    assert sym.fully_connected((784, 120, 84, 10), bias=False).n_params == 105_000
    for widths in ((3, 5, 2), (4, 6, 5, 3)):
        with_biases = to_vector(sample_mlp(widths, 1.0, 0.1, generator=generator()))
        assert sym.fully_connected(widths).n_params == len(with_biases)
        assert [units.size for units in sym.fully_connected(widths).units] == list(widths[1:-1])


@pytest.mark.ledger("glukhov-eq-27")
def test_parameters_are_matrices_between_layers_and_biases_are_weights_of_a_constant_input():
    mlp = draw()
    theirs = [weight.T for weight in mlp.weights]  # the paper's, n_{k-1} x n_k
    assert [tuple(w.shape) for w in theirs] == [(6, 8), (8, 7), (7, 3)]
    # the paper has no biases: each is a weight from an input that is always 1 and never changes its place
    signal = normal(5, 6)
    for k, (weight, bias) in enumerate(zip(theirs, mlp.biases, strict=True)):
        constant = torch.ones(5, 1, dtype=torch.float64)
        signal = torch.cat([signal, constant], dim=1) @ torch.cat([weight, bias[None]])
        signal = torch.tanh(signal) if k < 2 else signal
    torch.testing.assert_close(signal, forward(mlp, normal(5, 6), "tanh"), rtol=0, atol=1e-13)


@pytest.mark.ledger("glukhov-eq-28")
def test_the_value_of_a_node_is_a_sum_over_the_layer_below():
    mlp, inputs = draw((4, 5, 3)), normal(4)
    theirs = [weight.T for weight in mlp.weights]
    h = [
        math.tanh(sum(float(inputs[i] * theirs[0][i, j]) for i in range(4)) + float(mlp.biases[0][j])) for j in range(5)
    ]
    out = [sum(h[i] * float(theirs[1][i, j]) for i in range(5)) + float(mlp.biases[1][j]) for j in range(3)]
    np.testing.assert_allclose(forward(mlp, inputs, "tanh"), out, atol=1e-13)


@pytest.mark.ledger("glukhov-def-permutation-matrix")
def test_a_permutation_matrix_has_its_transpose_as_inverse_and_zeros_are_part_of_the_definition():
    for order in permutations(range(4)):
        P = np.eye(4)[list(order)]
        assert np.array_equal(P @ P.T, np.eye(4))
        assert np.array_equal(np.linalg.inv(P).round(12), P.T)
        assert np.array_equal(P @ np.arange(4), order)  # place i takes unit order[i]
    # "exactly one 1 in each row and column" alone would admit other entries, and lose the inverse
    loose = np.array([[1.0, 2.0], [2.0, 1.0]])
    assert (loose == 1).sum(axis=0).tolist() == (loose == 1).sum(axis=1).tolist() == [1, 1]
    assert not np.allclose(loose @ loose.T, np.eye(2))


@pytest.mark.ledger("review-mechanism-1-assumption")
def test_a_node_sees_only_the_sum_of_its_weighted_inputs_if_all_activations_of_a_layer_are_equal():
    weight, signal = normal(5, 9), normal(9, seed=1)
    for seed in range(20):
        order = torch.randperm(9, generator=generator(seed))
        torch.testing.assert_close(weight[:, order] @ signal[order], weight @ signal, rtol=0, atol=1e-14)
    # neurons with activations of their own are not exchangeable
    incoming, outgoing, inputs = normal(2, 3, seed=2), normal(1, 2, seed=3), normal(3, seed=4)

    def mixed(rows, columns):
        z = rows @ inputs
        return columns @ torch.stack([torch.tanh(z[0]), torch.relu(z[1])])

    moved = mixed(incoming[[1, 0]], outgoing[:, [1, 0]])
    assert float((moved - mixed(incoming, outgoing)).abs()) > 0.01


@pytest.mark.ledger("glukhov-fig-1")
def test_two_neurons_of_a_trained_network_trade_places_and_the_output_stays(trained):
    mlp = trained[0]
    for activation in ("tanh", "relu"):
        swapped = sym.permute_neurons(mlp, [[0, 2, 1, 3]])
        assert change(mlp, swapped, activation) < 1e-13
        assert apart(mlp, swapped) > 0.1
        assert change(mlp, swapped._replace(biases=mlp.biases), activation) > 0.01  # a bias goes with its neuron


def by_the_paper(mlp, orders, *, repaired):
    """Equation 29 with matrices, in the paper's transposed notation; biases move with their neurons."""
    pi = [torch.eye(len(order), dtype=torch.float64)[:, order] for order in orders]
    theirs = [weight.T for weight in mlp.weights]
    first = [theirs[0] @ pi[0], pi[0].T @ theirs[1] @ pi[1]]
    last = (pi[1].T if repaired else pi[1]) @ theirs[2]
    biases = (mlp.biases[0] @ pi[0], mlp.biases[1] @ pi[1], mlp.biases[2])
    return MLP(tuple(weight.T for weight in (*first, last)), biases)


@pytest.mark.ledger("glukhov-eq-29")
@pytest.mark.parametrize("activation", ["tanh", "relu"])
def test_the_last_matrix_needs_the_inverse_permutation_which_a_swap_cannot_show(activation):
    mlp = draw()
    right, printed = (by_the_paper(mlp, CYCLES, repaired=repaired) for repaired in (True, False))
    assert torch.equal(to_vector(right), to_vector(sym.permute_neurons(mlp, CYCLES)))
    assert change(mlp, right, activation) < 1e-13
    assert change(mlp, printed, activation) > 0.5
    involutions = [[1, 0, 2, 3, 4, 5, 7, 6], [2, 1, 0, 4, 3, 5, 6]]
    assert change(mlp, by_the_paper(mlp, involutions, repaired=False), activation) < 1e-13
    assert change(mlp, right._replace(biases=mlp.biases), activation) > 0.1  # biases are not mentioned
    shares = {n: np.mean([(np.argsort(p) == p).all() for p in permutations(range(n))]) for n in (2, 3, 4, 6)}
    assert shares == pytest.approx({2: 1.0, 3: 0.667, 4: 0.417, 6: 0.106}, abs=1e-3)


@pytest.mark.ledger("glukhov-claim-permutation-invariance")
def test_exchanges_keep_the_function_under_its_conditions():
    for seed in range(5):
        mlp, g = draw(seed=seed), generator(seed)
        orders = [torch.randperm(n, generator=g) for n in (8, 7)]
        for activation in ("tanh", "relu", "erf"):
            assert change(mlp, sym.permute_neurons(mlp, orders), activation) < 1e-13
    # residual connections tie the permutations of the layers that they join
    w, v, x = normal(5, 5, seed=1), normal(2, 5, seed=2), normal(5, seed=3)

    def residual(first, last, weight):
        stream = torch.tanh(first @ x)
        return last @ (stream + torch.tanh(weight @ stream))

    p, q, first = [1, 2, 0, 4, 3], list(range(5)), normal(5, 5, seed=4)
    own = residual(first, v, w)
    together = residual(first[p], v[:, p], w[p][:, p])
    assert float((together - own).abs().max()) < 1e-13
    alone = residual(first[p], v[:, p], w[q][:, p])  # the block writes in the old order
    assert float((alone - own).abs().max()) > 0.01


@pytest.mark.ledger("glukhov-claim-layered-permutable")
def test_exchangeable_elements_are_neurons_maps_heads_and_streams():
    """What can be exchanged in the usual architectures: the sets of units that the package lists, each tried out."""
    names = {
        "dense": [units.name for units in sym.fully_connected((3, 4, 5, 2)).units],
        "conv": [units.name for units in sym.convolutional((3, 4, 5), 2).units],
        "residual": [units.name for units in sym.residual_network([(4, 1)]).units],
        "transformer": [units.name for units in sym.transformer(1, 8, 2, 6, n_tokens=9, n_positions=4).units],
    }
    assert names["dense"] == ["layer 1", "layer 2"]
    assert names["residual"] == ["stream 1", "block 1.1"]
    assert names["transformer"] == ["stream", "heads 1", "neurons 1"]
    first, second = normal(4, 3, 3, 3), normal(5, 4, 3, 3, seed=1)
    images, order = normal(2, 3, 8, 8, seed=2), [1, 2, 0, 3]

    def outputs(first, second):
        return F.conv2d(torch.relu(F.conv2d(images, first)), second)

    moved = outputs(first[order], second[:, order])
    torch.testing.assert_close(moved, outputs(first, second), rtol=0, atol=1e-12)
    # elements of different kinds or with labels are not: pixels and outputs
    mlp = draw((4, 5, 3))
    relabeled = mlp._replace(weights=(mlp.weights[0], mlp.weights[1][[1, 2, 0]]), biases=(mlp.biases[0], mlp.biases[1]))
    assert change(mlp, relabeled) > 0.1


# -- how many copies


@pytest.mark.ledger("glukhov-eq-31", "glukhov-claim-abstract-1")
def test_the_number_of_copies_is_the_product_of_factorials_for_generic_networks_and_less_with_equal_neurons():
    generic = draw((2, 3, 4, 1))
    assert len(sym.enumerate_orbit(generic)) == sym.orbit_size(generic) == math.factorial(3) * math.factorial(4)
    assert round(math.exp(sym.log_permutation_count((2, 3, 4, 1)))) == 144
    single = draw((2, 4, 1))
    twins = [0, 0, 2, 3]
    alike = MLP((single.weights[0][twins], single.weights[1][:, twins]), (single.biases[0][twins], single.biases[1]))
    assert len(sym.enumerate_orbit(single)) == 24
    assert len(sym.enumerate_orbit(alike)) == sym.orbit_size(alike) == 12  # the printed count says 24
    # permutations are not all: signs double the copies neuron by neuron, scales make a continuum
    assert len(sym.enumerate_orbit(single, signs=True)) == 24 * 2**4
    assert change(single, sym.flip_signs(single, [[-1, 1, -1, 1]]), "tanh") == 0
    assert change(single, sym.rescale_neurons(single, [[3.0, 0.5, 7.0, 1.0]]), "relu") < 1e-13
    hundred = sym.symmetry_count(sym.fully_connected((9, 100, 1)))
    assert hundred.log10_permutations == pytest.approx(157.97, abs=0.005)
    assert hundred.log10_discrete == pytest.approx(188.07, abs=0.005)


def test_sigmoid_neurons_have_signs_too_if_the_next_bias_is_mended():
    mlp = draw((3, 5, 2))

    def outputs(mlp):
        hidden = torch.sigmoid(normal(20, 3) @ mlp.weights[0].T + mlp.biases[0])
        return hidden @ mlp.weights[1].T + mlp.biases[1]

    flipped = sym.flip_signs(mlp, [[-1, 1, 1, -1, 1]])
    mended = flipped._replace(biases=(flipped.biases[0], mlp.biases[1] + mlp.weights[1][:, [0, 3]].sum(dim=1)))
    torch.testing.assert_close(outputs(mended), outputs(mlp), rtol=0, atol=1e-13)
    assert float((outputs(flipped) - outputs(mlp)).abs().max()) > 0.1


def test_scales_of_relu_are_zero_modes_of_the_hessian_and_tanh_has_none():
    mlp, inputs = draw((3, 6, 1), seed=3), normal(400, 3, seed=4)
    zeros = {}
    for activation in ("relu", "tanh"):
        target = forward(mlp, inputs, activation)

        def loss(vector, activation=activation, target=target):
            return (forward(from_vector(vector, mlp), inputs, activation) - target).square().mean() / 2

        values = torch.linalg.eigvalsh(torch.autograd.functional.hessian(loss, to_vector(mlp)))
        zeros[activation] = int((values.abs() < 1e-12).sum())
    assert zeros == {"relu": 6, "tanh": 0}


@pytest.mark.ledger("glukhov-corollary-1", "review-confidence-1")
def test_all_copies_of_an_optimum_have_its_loss_its_zero_gradient_and_its_hessian(trained):
    mlp, loss, value_and_slope = trained
    copies = torch.tensor(sym.enumerate_orbit(mlp))
    assert len(copies) == 24
    values, slopes = zip(*[value_and_slope(copy.numpy()) for copy in copies], strict=True)
    assert np.ptp(values) < 1e-14
    assert np.abs(slopes).max() < 1e-7
    spectra = torch.linalg.eigvalsh(torch.stack([torch.autograd.functional.hessian(loss, copy) for copy in copies]))
    assert float(spectra[0].min()) > 0  # a minimum, and so are all the others
    torch.testing.assert_close(spectra, spectra[:1].expand_as(spectra), rtol=0, atol=1e-12)
    # an optimum with equal neurons has fewer: split one neuron of a smaller optimum into two halves
    half = mlp.weights[1][:, [0, 0, 1, 2, 3]] * torch.tensor([0.5, 0.5, 1, 1, 1])
    split = MLP((mlp.weights[0][[0, 0, 1, 2, 3]], half), (mlp.biases[0][[0, 0, 1, 2, 3]], mlp.biases[1]))
    assert change(mlp, split) < 1e-13
    assert sym.orbit_size(split) == 60 < 120
    # and points that are no optimum are copied in the same way
    values = [value_and_slope(copy)[0] for copy in sym.enumerate_orbit(draw((2, 4, 1), seed=8))]
    assert len(values) == 24
    assert np.ptp(values) < 1e-13


@pytest.mark.ledger("review-key-1", "review-mechanism-1")
def test_a_network_of_depth_d_has_one_factorial_less_and_the_growth_in_the_width_is_factorial():
    d, w = 3, 3
    mlp = draw((2, *[w] * (d - 1), 1))
    assert len(mlp.weights) == d
    assert len(sym.enumerate_orbit(mlp)) == math.factorial(w) ** (d - 1)  # printed: to the power d, 216
    assert change(mlp, sym.permute_neurons(mlp, [[1, 2, 0], [2, 0, 1]])) < 1e-13
    widths = np.arange(10, 2001, 10)
    counts = np.array([sym.log_permutation_count((2, int(n), 1)) for n in widths])
    rates = counts / widths  # bounded for exponential growth
    assert np.all(np.diff(rates) > 0)
    assert rates[-1] == pytest.approx(math.log(2000) - 1, abs=0.01)
    depths = [sym.log_permutation_count((2, *[9] * k, 1)) for k in range(1, 8)]
    np.testing.assert_allclose(np.diff(depths), math.lgamma(10))  # exponential in the depth


@pytest.mark.ledger("glukhov-claim-atoms")
def test_there_are_more_copies_than_atoms_from_59_neurons_on():
    assert math.factorial(58) < 10**80 < math.factorial(59)
    smallest = next(n for n in range(1, 100) if sym.log_permutation_count((2, n, 1)) > 80 * TEN)
    assert smallest == 59
    low, _ = sym.log_code_bounds(84, 10)
    least = math.log(12) + math.lgamma(121) + low  # the least that any reading of LeNet-5 gives
    assert least / TEN == pytest.approx(199.90, abs=0.01)
    assert least > 80 * TEN


# -- LeNet-5


class OriginalLeNet:
    """LeNet-5 of 1998 with random parameters: tables, trained subsampling, and distances from fixed codes."""

    def __init__(self, codes):
        self.c1, self.b1 = normal(6, 1, 5, 5) / 5, normal(6, seed=1)
        self.s2, self.t2 = 1 + normal(6, seed=2) / 2, normal(6, seed=3) / 2
        table = torch.tensor(sym.c3_table().T)[:, :, None, None]
        self.c3, self.b3 = normal(16, 6, 5, 5, seed=4) / 9 * table, normal(16, seed=5)
        self.s4, self.t4 = 1 + normal(16, seed=6) / 2, normal(16, seed=7) / 2
        self.c5, self.b5 = normal(120, 16, 5, 5, seed=8) / 20, normal(120, seed=9)
        self.f6, self.b6 = normal(84, 120, seed=10) / 11, normal(84, seed=11)
        self.codes = torch.tensor(codes)

    def parameters(self):
        links = int(sym.c3_table().sum()) * 25
        parts = [self.c1, self.b1, self.s2, self.t2, self.b3, self.s4, self.t4, self.c5, self.b5, self.f6, self.b6]
        return links + sum(part.numel() for part in parts)

    def __call__(self, images):
        def subsample(maps, gain, shift):
            total = 4 * F.avg_pool2d(maps, 2)
            return torch.tanh(gain[:, None, None] * total + shift[:, None, None])

        maps = subsample(torch.tanh(F.conv2d(images, self.c1, self.b1)), self.s2, self.t2)
        maps = subsample(torch.tanh(F.conv2d(maps, self.c3, self.b3)), self.s4, self.t4)
        last = torch.tanh(F.conv2d(maps, self.c5, self.b5))[..., 0, 0]
        last = torch.tanh(last @ self.f6.T + self.b6)
        return (last[:, None, :] - self.codes).square().sum(dim=-1)


@pytest.mark.ledger("glukhov-claim-lenet")
def test_the_count_of_lenet_has_84_units_no_outputs_and_what_its_table_and_codes_leave():
    paper = sum(math.lgamma(n + 1) for n in (120, 80, 10)) / TEN
    assert paper == pytest.approx(324.24, abs=0.005)
    codes = sym.seven_segment_codes()
    counts = {
        "dense": sym.log_permutation_count((400, 120, 84, 10)) / TEN,
        "modern": sym.log_permutation_count(sym.modern_lenet5()) / TEN,
        "trained": sym.log_permutation_count(sym.lenet5()) / TEN,
        "codes": sym.log_permutation_count(sym.lenet5(codes)) / TEN,
    }
    assert counts == pytest.approx({"dense": 325.35, "modern": 341.52, "trained": 326.42, "codes": 281.04}, abs=0.006)
    assert sym.symmetry_count(sym.modern_lenet5()).log10_discrete == pytest.approx(409.56, abs=0.005)
    low, high = ((math.log(12) + math.lgamma(121) + bound) / TEN for bound in sym.log_code_bounds(84, 10))
    assert (low, high) == pytest.approx((199.90, 320.67), abs=0.006)
    assert low < counts["codes"] < high < paper  # "at least" fails for the permutations of the original

    # the original, built: every listed symmetry keeps its outputs, and what is not listed does not
    net, images = OriginalLeNet(codes), normal(3, 1, 32, 32, seed=12)
    assert net.parameters() == sym.lenet5(codes).n_params == 60_000
    own = net(images)

    def gap():
        return float((net(images) - own).abs().max())

    found = sym.table_symmetries(sym.c3_table())
    assert found.n_symmetries == 12
    turn = found.sources.tolist().index([1, 2, 3, 4, 5, 0])
    p, q = found.sources[turn], found.targets[turn]
    kept = net.c3.clone()
    net.c1, net.b1, net.s2, net.t2 = net.c1[p], net.b1[p], net.s2[p], net.t2[p]
    net.c3, net.b3, net.s4, net.t4 = net.c3[q][:, p], net.b3[q], net.s4[q], net.t4[q]
    net.c5 = net.c5[:, q]
    assert gap() < 1e-11
    absent = ~torch.tensor(sym.c3_table().T)[:, :, None, None]
    assert float((net.c3 * absent).abs().max()) == 0  # no link appears where the table has none
    assert float((kept[:, [1, 0, 2, 3, 4, 5]] * absent).abs().max()) > 0  # as it would for a swap of two maps

    column = codes.T.tolist()
    twins = next((i, j) for i in range(84) for j in range(i) if column[i] == column[j])
    others = next((i, j) for i in range(84) for j in range(i) if column[i] != column[j])
    for (i, j), expected in ((twins, True), (others, False)):
        order = list(range(84))
        order[i], order[j] = j, i
        net.f6, net.b6 = net.f6[order], net.b6[order]
        assert (gap() < 1e-11) is expected
        net.f6, net.b6 = net.f6[order], net.b6[order]

    # signs of maps before and after subsampling are free, 2 for each map, and those of C5: 164 in all
    assert sym.symmetry_count(sym.lenet5(codes)).n_signs == 2 * 6 + 2 * 16 + 120
    for first, second in (("c1", "s2"), ("c3", "s4")):
        minus = torch.ones(len(getattr(net, first)), dtype=torch.float64)
        minus[2] = -1
        setattr(net, first, getattr(net, first) * minus[:, None, None, None])
        bias = "b" + first[1]
        setattr(net, bias, getattr(net, bias) * minus)
        setattr(net, second, getattr(net, second) * minus)
        assert gap() < 1e-11
    minus = torch.ones(6, dtype=torch.float64)
    minus[4] = -1
    net.s2, net.t2, net.c3 = net.s2 * minus, net.t2 * minus, net.c3 * minus[:, None, None]
    assert gap() < 1e-11
    net.f6[0], net.b6[0] = -net.f6[0], -net.b6[0]  # F6 is not free: its codes see the sign
    assert gap() > 1e-3


# -- transformers and embeddings


@pytest.mark.ledger("glukhov-claim-transformers")
def test_heads_trade_places_and_carry_free_matrices_and_streams_move_as_one():
    rng = np.random.default_rng(5)
    query, key, value = rng.normal(size=(3, 4, 8, 2)) / 3
    heads, tokens = sym.Heads(query, key, value, rng.normal(size=(4, 2, 8)) / 3), rng.normal(size=(6, 8))
    out = sym.attend(heads, tokens)
    np.testing.assert_allclose(sym.attend(sym.permute_heads(heads, [1, 2, 0, 3]), tokens), out, atol=1e-12)
    bases = rng.normal(size=(2, 4, 2, 2))
    np.testing.assert_allclose(sym.attend(sym.change_basis(heads, *bases), tokens), out, atol=1e-9)
    counted = sym.symmetry_count(sym.transformer(1, 8, 4, 12, n_tokens=9, n_positions=6))
    assert counted.n_linear == 4 * 2 * 2**2
    assert counted.log_permutations == pytest.approx(math.log(math.factorial(8) * 24 * math.factorial(12)))

    # the stream: one order for embedding, every block and the output; a block alone in its order is another function
    up, down, unembed = rng.normal(size=(8, 12)), rng.normal(size=(12, 8)), rng.normal(size=(8, 5))

    def normalized(x):
        return (x - x.mean(axis=1, keepdims=True)) / x.std(axis=1, keepdims=True)

    def network(tokens, heads, up, down, unembed):
        stream = tokens + sym.attend(heads, normalized(tokens))
        stream = stream + np.tanh(normalized(stream) @ up) @ down
        return normalized(stream) @ unembed

    p = [1, 2, 0, 3, 5, 4, 6, 7]
    moved = sym.Heads(query[:, p], key[:, p], value[:, p], heads.output[:, :, p])
    own = network(tokens, heads, up, down, unembed)
    together = network(tokens[:, p], moved, up[p], down[:, p], unembed[p])
    np.testing.assert_allclose(together, own, atol=1e-12)
    assert np.abs(network(tokens, moved, up, down, unembed) - own).max() > 0.01


@pytest.mark.ledger("glukhov-claim-embedding-symmetry")
def test_rotations_of_embeddings_keep_inner_products_and_nothing_entrywise():
    rng = np.random.default_rng(6)
    E, U = rng.normal(size=(40, 8)), rng.normal(size=(8, 5))
    frame, _ = np.linalg.qr(rng.normal(size=(8, 8)))
    for Q in (frame, frame * [-1, 1, 1, 1, 1, 1, 1, 1]):  # one of them is a reflection
        np.testing.assert_allclose((E @ Q) @ (E @ Q).T, E @ E.T, atol=1e-12)
        assert np.abs(np.tanh(E @ Q) @ np.tanh(E @ Q).T - np.tanh(E) @ np.tanh(E).T).max() > 0.1
        np.testing.assert_allclose(np.tanh(E @ Q @ (Q.T @ U)), np.tanh(E @ U), atol=1e-12)
    stretched = frame * np.arange(1, 9)  # invertible is not enough
    assert np.abs((E @ stretched) @ (E @ stretched).T - E @ E.T).max() > 1


# -- parameters that are far apart


@pytest.mark.ledger("glukhov-claim-strong-disturbance")
def test_to_permute_many_neurons_moves_trained_parameters_as_far_as_unrelated_ones():
    digits = load_digits(generator=generator(1))
    g = generator(2)
    pair = sample_mlp((64, 64, 10), 1.0, 0.0, n_draws=2, dtype=torch.float32, generator=g)
    pair = train_batch(pair, digits, "tanh", n_steps=300, learning_rate=0.1, generator=g).mlp
    first, second = (from_vector(vector, pair) for vector in to_vector(pair))
    shuffled = sym.permute_neurons(first, [torch.randperm(64, generator=g)])
    swapped = sym.permute_neurons(first, [[1, 0, *range(2, 64)]])

    def phi(a, b):
        return float((a - b).square().sum() / (a + b).square().sum())

    weights = [mlp.weights[0] for mlp in (first, shuffled, second, swapped)]
    of_copy, of_other, of_swap = (phi(weights[0], weight) for weight in weights[1:])
    assert 0.85 < of_copy < 1.1
    assert of_copy == pytest.approx(of_other, abs=0.15)
    assert of_swap < 0.05  # two neurons of many are a weak disturbance
    inputs = digits.test_inputs
    torch.testing.assert_close(
        forward(shuffled, inputs, "tanh"), forward(first, inputs, "tanh"), rtol=1e-4, atol=1e-4
    )  # fmt: skip


@pytest.mark.ledger("glukhov-eq-30")
def test_no_number_bounds_the_distance_of_parameters_by_that_of_functions_not_even_up_to_symmetry():
    x = torch.linspace(-2, 3, 4001, dtype=torch.float64)[:, None]
    for scale in (10.0, 1000.0):  # exact copies: any s fails at once
        found = sym.compare_networks(*sym.rescaling_pair(scale), x, "relu")
        assert float(found.parameters) == pytest.approx(math.hypot(scale - 1, 1 / scale - 1))
        assert float(found.functions) < 1e-12
    # up to symmetry: functions tend to zero, and the norms of all their parameters to infinity
    slopes, zero = np.array([10.0, 100.0, 1000.0]), torch.zeros(1, dtype=torch.float64)
    norms, heights = [], []
    for slope in slopes:
        spike = sym.spike_network(slope)
        peak = forward(spike, zero + slope**-2, "relu")
        heights.append(float(peak))
        norms.append(float(to_vector(spike).norm()))
        fine = torch.linspace(-1, 4, 2001, dtype=torch.float64)[:, None] * slope**-2
        assert float(forward(spike, fine, "relu").max()) <= heights[-1] + 1e-12
    np.testing.assert_allclose(heights, 1 / slopes)
    assert np.all(norms >= sym.spike_norm_bound(slopes))
    ratios = sym.spike_norm_bound(slopes) / heights  # a lower bound for s, over every choice of parameters
    assert np.all(np.diff(np.log10(ratios)) == pytest.approx(1.5))
    # the bound: each jump of the slope must be made by neurons with their kink there
    rng = np.random.default_rng(7)
    for _ in range(50):  # any split of a jump among neurons, any scales
        u, share = rng.uniform(0.1, 5, 6), rng.normal(size=6)
        v = 3.0 * share / share.sum() / u
        assert (u**2 + v**2).sum() >= 2 * 3.0 - 1e-12


# -- the review


@pytest.mark.ledger("review-mechanism-1-break")
def test_distinct_masks_break_permutations_if_all_layers_have_them_and_leave_the_signs():
    rng = np.random.default_rng(8)

    def masks(distinct_first):
        first, second = rng.integers(0, 2, (4, 5)), rng.integers(0, 2, (4, 4))
        first = first if distinct_first else np.ones_like(first)
        rows = [len(np.unique(mask, axis=0)) == 4 for mask in (first, second)]
        return MLP(
            tuple(torch.tensor(mask, dtype=torch.float64) for mask in (first, second, np.ones((2, 4)))),
            tuple(torch.zeros(n, dtype=torch.float64) for n in (4, 4, 2)),
        ), rows

    drawn = [masks(True) for _ in range(120)]
    distinct = [mlp for mlp, rows in drawn if all(rows)]
    assert len(distinct) > 30
    assert {len(sym.stabilizer(mlp)) for mlp in distinct} == {1}
    # unique connections of one deeper layer are not enough: the identity matrix is the plainest counterexample
    ones = torch.ones(4, 5, dtype=torch.float64)
    tied = distinct[0]._replace(weights=(ones, torch.eye(4, dtype=torch.float64), distinct[0].weights[2]))
    assert len(sym.stabilizer(tied)) == 24
    dense_first = [mlp for mlp, rows in (masks(False) for _ in range(60)) if rows[1]]
    sizes = [len(sym.stabilizer(mlp)) for mlp in dense_first]
    assert 0 < np.mean([size == 1 for size in sizes]) < 1
    # and what is left with any masks: a sign for each neuron
    mask, mlp = distinct[0].weights, draw((5, 4, 4, 2))
    masked = mlp._replace(weights=tuple(w * b for w, b in zip(mlp.weights, mask, strict=True)))
    flipped = sym.flip_signs(masked, [[-1, 1, 1, -1], [1, -1, 1, 1]])
    assert change(masked, flipped) == 0
    assert all(torch.equal(w != 0, v != 0) for w, v in zip(masked.weights, flipped.weights, strict=True))


@pytest.mark.ledger("review-mechanism-1-evidence")
def test_what_the_review_quotes_from_section_5_1_is_true_of_two_layers():
    """That both quotations stand where the review says is seen by reading; what the second asserts is decided here."""
    mlp = draw((3, 6, 2))
    for seed in range(10):
        order = torch.randperm(6, generator=generator(seed))
        assert change(mlp, sym.permute_neurons(mlp, [order])) < 1e-13


def descend(mlp, inputs, targets, n_steps, rate=0.03):
    parts = [part.clone().requires_grad_() for part in (*mlp.weights, *mlp.biases)]
    k, course = len(mlp.weights), []
    adam = torch.optim.Adam(parts, lr=rate)
    for _ in range(n_steps):
        losses = (
            (forward(MLP(tuple(parts[:k]), tuple(parts[k:])), inputs, "tanh") - targets).square().mean(dim=(-2, -1))
        )
        adam.zero_grad()
        losses.sum().backward()
        adam.step()
        course.append(losses.detach())
    return torch.stack(course)


def descend_on_minibatches(mlp, inputs, targets, *, folded, rate=0.1, n_steps=200):
    """Losses, number of sortings; if folded, neurons get sorted by bias after each step: one copy of n! is left."""
    g, course, n_sorted = generator(5), [], 0
    for _ in range(n_steps):
        batch = torch.randperm(len(inputs), generator=g)[:20]
        vector = to_vector(mlp).requires_grad_()
        error = forward(from_vector(vector, mlp), inputs[batch], "tanh") - targets[batch]
        loss = error.square().mean()
        slope = torch.autograd.grad(loss, vector)[0]
        mlp = from_vector(vector.detach() - rate * slope, mlp)
        order = mlp.biases[0].argsort()
        if folded and not torch.equal(order, torch.arange(len(order))):
            mlp, n_sorted = sym.permute_neurons(mlp, [order]), n_sorted + 1
        course.append(loss.item())
    return course, n_sorted


@pytest.mark.ledger("review-core-contribution")
def test_the_number_of_copies_does_not_change_the_course_of_training_and_wider_students_succeed_more_often():
    g = generator(4)
    inputs = torch.randn(100, 2, generator=g)
    # one start of the n! is enough: from a sorted start the losses are the same, step by step
    wide, points = draw((2, 12, 1), seed=3), inputs.double()
    goal = torch.sin(2 * points[:, :1]) * points[:, 1:]
    in_order = sym.permute_neurons(wide, [wide.biases[0].argsort()])
    courses = [descend(mlp, points, goal, 100) for mlp in (wide, in_order)]
    torch.testing.assert_close(courses[0], courses[1], rtol=1e-7, atol=0)
    assert float(courses[0][-1]) < 0.8 * float(courses[0][0])
    # in a landscape that is folded up, so that every optimum is there once, noisy descent has the same losses, too
    close = wide._replace(biases=(0.01 * wide.biases[0], wide.biases[1]))  # neighbors in order, which will overtake
    (free, _), (folded, n_sorted) = (
        descend_on_minibatches(close, points, goal, folded=folded) for folded in (False, True)
    )
    assert n_sorted > 5  # the run met the walls of the fold
    np.testing.assert_allclose(folded, free, rtol=1e-7)
    assert np.mean(free[-20:]) < 0.9 * np.mean(free[:20])
    # and success grows with the width, that is, with the number of copies
    draws = {"n_draws": 24, "dtype": torch.float32, "generator": g}
    lessons = forward(sample_mlp((2, 4, 1), 3.0, 1.0, **draws), inputs, "tanh")
    lessons = (lessons - lessons.mean(1, keepdim=True)) / lessons.std(1, keepdim=True)
    shares = []
    for n in (4, 16):
        final = descend(sample_mlp((2, n, 1), 1.5, 0.5, **draws), inputs, lessons, 600)[-1]
        shares.append(float((final < 3e-3).float().mean()))
    assert shares[1] > 0.9
    assert shares[1] > shares[0] + 0.15


# -- the exercises


@pytest.mark.ledger("glukhov-exercise-5")
def test_the_exercise_on_counting_accepts_the_counts_of_the_package_and_names_the_usual_mistakes():
    assert check_copy_count(lambda widths: sym.log_permutation_count(widths) / TEN).is_correct
    answer = {
        "dense_layers": sym.log_permutation_count((400, 120, 84, 10)) / TEN,
        "modern": sym.log_permutation_count(sym.modern_lenet5()) / TEN,
        "original": sym.log_permutation_count(sym.lenet5()) / TEN,
        "table_symmetries": sym.table_symmetries(sym.c3_table()).n_symmetries,
    }
    assert check_lenet_copies(answer).is_correct
    assert check_lenet_copies({**answer, "dense_layers": 324.24}).mistake == "eighty"

    def brute_force(neurons):
        if len(neurons) > 7:
            return math.factorial(len(neurons)) // math.prod(
                math.factorial(int(m)) for m in np.unique(neurons, axis=0, return_counts=True)[1]
            )
        return len({neurons[list(order)].tobytes() for order in permutations(range(len(neurons)))})

    assert check_orbit_size(brute_force).is_correct
    assert sym.symmetry_count(sym.modern_lenet5()).n_signs == 226


@pytest.mark.ledger("glukhov-exercise-6")
def test_the_exercise_on_moving_neurons_uses_cycles_and_knows_the_printed_form():
    def with_the_package(layers, orders):
        weights = tuple(torch.tensor(layer[:, :-1]) for layer in layers)
        mlp = MLP(weights, tuple(torch.tensor(layer[:, -1]) for layer in layers))
        moved = sym.permute_neurons(mlp, np.asarray(orders, dtype=int))
        assert change(mlp, moved) < 1e-12
        parts = zip(moved.weights, moved.biases, strict=True)
        return np.stack([np.column_stack([w.numpy(), b.numpy()]) for w, b in parts])

    assert check_permuted_network(with_the_package).is_correct
    cases = check_permuted_network.checker.kind.arguments()
    for layers, orders in cases:
        assert all(not np.array_equal(np.argsort(order), order) for order in orders)  # never only swaps
        printed = with_the_package(layers, orders)
        printed[-1][:, :-1] = layers[-1][:, np.argsort(orders[-1])]
        assert not np.allclose(printed, with_the_package(layers, orders))
    assert max(len(orders) for _, orders in cases) >= 3
    for order in product([[1, 2, 0], [2, 0, 1]], repeat=2):
        layers = np.random.default_rng(1).normal(size=(3, 3, 4))
        assert not np.allclose(with_the_package(layers, np.array(order)), layers)
