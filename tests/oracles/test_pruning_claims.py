"""What the paper's section 6.2.1 and its review claim about pruning before training: one test per entry of the ledger.

Where a statement is corrected, the test also shows that the printed version fails.  What pruning does to accuracy and
to training is decided by the full-size record ``pre_pruning``: six masks a setting, intervals of 95 %.
"""

import math
from itertools import combinations, pairwise, permutations, product

import numpy as np
import pytest
import torch
from scipy.optimize import least_squares

from lossland import remedies
from lossland.experiments import load_record
from lossland.experiments.pre_pruning import against_rate, compare
from lossland.networks import MLP, forward
from lossland.remedies import mask_symmetry


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def random_masks(rng, sizes, zero_rate):
    return [(rng.random((b, a)) >= zero_rate).astype(int) for a, b in pairwise(sizes)]


def distinct(mask):
    return len(np.unique(mask, axis=0)) == len(mask)


def count_by_trying(masks):
    """Reorderings of hidden units that keep all masks, by trying all."""
    first, last = range(masks[0].shape[1]), range(len(masks[-1]))
    total = 0
    for chosen in product(*(permutations(range(len(mask))) for mask in masks[:-1])):
        orders = pairwise([first, *chosen, last])
        total += all(np.array_equal(m[np.ix_(b, a)], m) for m, (a, b) in zip(masks, orders, strict=True))
    return total


def fit_students(mask_of_teacher, mask_of_student, seed, n_starts=40):
    """Least squares from many starts: copies of the teacher among the solutions, as (permutation, signs), and tries."""
    rng = np.random.default_rng(seed)
    n, m = mask_of_teacher.shape
    inputs = rng.normal(size=(80, m))
    first = rng.normal(size=(n, m)) * mask_of_teacher
    second = rng.uniform(0.7, 1.5, n) * rng.choice([-1, 1], n)
    targets = np.tanh(inputs @ first.T) @ second
    free = np.flatnonzero(mask_of_student)

    def student(vector):
        weights = np.zeros(n * m)
        weights[free] = vector[: len(free)]
        return weights.reshape(n, m), vector[len(free) :]

    def residuals(vector):
        weights, outputs = student(vector)
        return np.tanh(inputs @ weights.T) @ outputs - targets

    def jacobian(vector):
        weights, outputs = student(vector)
        hidden = np.tanh(inputs @ weights.T)
        inner = (outputs * (1 - hidden**2))[:, :, None] * inputs[:, None, :]
        return np.hstack([inner.reshape(len(inputs), -1)[:, free], hidden])

    found, losses = [], []
    for _ in range(n_starts):
        end = least_squares(residuals, rng.normal(size=len(free) + n), jacobian, method="lm", max_nfev=150)
        losses.append(2 * end.cost / len(inputs))
        if losses[-1] < 1e-8:
            weights, outputs = student(end.x)
            rows = np.hstack([weights, outputs[:, None]])
            aim = np.hstack([first, second[:, None]])
            gaps = np.abs(rows[:, None, None] - np.array([1, -1])[:, None, None] * aim).max(
                axis=-1
            )  # (unit, sign, aim)
            assert gaps.min(axis=(1, 2)).max() < 1e-2  # each solution is a copy of the teacher
            flat = gaps.transpose(0, 2, 1).reshape(n, -1).argmin(axis=1)
            found.append((tuple(flat // 2), tuple(flat % 2)))
    return found, losses


@pytest.mark.ledger("glukhov-alg-preprune")
def test_masked_students_reach_one_permutation_of_their_teacher_and_all_its_signs_but_not_more_often():
    """Students with the masks of their teachers: dense, drawn, densest, and all units with the same three inputs."""
    n_starts, shares = 20, {}
    for seed in range(3):
        drawn = remedies.sample_mask(3, 6, 0.5, generator=generator(seed)).numpy().astype(int)
        masks = {
            "dense": np.ones((3, 6), dtype=int),
            "drawn": drawn,
            "densest": remedies.densest_mask(3, 6).numpy().astype(int),
            "equal": np.tile([1, 1, 1, 0, 0, 0], (3, 1)),
        }
        for name, mask in masks.items():
            copies, _ = fit_students(mask, mask, seed, n_starts)
            shares[name] = shares.get(name, 0) + len(copies) / (3 * n_starts)
            orders, signs = ({copy[k] for copy in copies} for k in range(2))
            if distinct(mask):
                assert orders == {(0, 1, 2)}
            else:
                assert 3 <= len(orders) <= 6  # of 3!
            if name == "drawn":
                assert 5 <= len(signs) <= 8  # of 2^3: masks do not see signs
    # breaking the symmetry is no help: with hardly a weight less, what were optima are traps, and with as many weights
    # as the drawn masks leave the symmetric students succeed at least as often
    errors = {name: share * (1 - share) / (3 * n_starts) for name, share in shares.items()}
    assert shares["dense"] - shares["densest"] > 2 * math.sqrt(errors["dense"] + errors["densest"])
    assert shares["equal"] - shares["drawn"] > -2 * math.sqrt(errors["equal"] + errors["drawn"])
    # and a mask must fit the problem: no masked student reaches a dense teacher
    copies, losses = fit_students(np.ones((3, 6), dtype=int), drawn, 1, n_starts)
    assert not copies
    assert np.min(losses) > 1e-2


@pytest.mark.ledger("glukhov-eq-37")
def test_different_columns_are_asked_of_the_masks_and_of_all_hidden_layers():
    weights = np.random.default_rng(0).normal(size=(5, 4))  # rows are units: the paper's columns
    assert distinct(weights)  # so are those of every network without zeros, and all its permutations are left:
    assert math.exp(mask_symmetry([np.ones((5, 4)), np.ones((2, 5))]).log_order) == pytest.approx(120)
    # of the masks: then none is left, if it holds in each hidden layer
    for seed in range(10):
        masks = [remedies.sample_mask(5, m, 0.5, generator=generator(seed)).numpy() for m in (4, 5)]
        assert distinct(masks[0])
        assert distinct(masks[1])
        assert count_by_trying([*masks, np.ones((2, 5))]) == 1
    # equal masks, different weights: the units can be exchanged; different masks: they cannot
    twins = np.array([[1, 0, 1, 1], [1, 0, 1, 1], [0, 1, 1, 1]])
    assert count_by_trying([twins, np.ones((1, 3))]) == 2


@pytest.mark.ledger("glukhov-claim-collision-small")
def test_collisions_are_rare_if_the_inputs_are_many_for_the_number_of_units_and_the_rate():
    assert remedies.expected_collisions(100, 100, 0.5) == pytest.approx(4950 * 2.0**-100)
    assert remedies.probability_of_distinct_units(100, 100, 0.5) == pytest.approx(1, abs=1e-12)
    # both widths are large, and at extreme rates equal masks abound
    for rate in (0.01, 0.99):
        assert remedies.expected_collisions(100, 100, rate) == pytest.approx(670.2, abs=0.5)
        assert remedies.probability_of_distinct_units(100, 100, rate) < 1e-4
    # inputs help, units hurt: at fixed inputs the probability falls with the number of units
    assert np.all(np.diff([remedies.probability_of_distinct_units(20, n, 0.5) for n in (10, 100, 1000, 5000)]) < 0)
    assert np.all(np.diff([remedies.probability_of_distinct_units(m, 100, 0.5) for m in (8, 12, 16, 20)]) > 0)
    # so many inputs as log(C(n, 2) / eps) / log(1 / s) suffice, and hardly fewer
    for rate, least in ((0.5, 26), (0.1, 90), (0.01, 887)):
        bound = math.log(math.comb(1000, 2) / 0.01) / -math.log(rate**2 + (1 - rate) ** 2)
        assert math.ceil(bound) == least
        assert 0.99 * least <= remedies.least_fan_in(1000, rate, 0.01) <= least
    # near rate 1 units without any input appear: n rho^m are expected
    rng, n_draws = np.random.default_rng(1), 4000
    empty = (rng.random((n_draws, 8, 8)) < 0.9).all(axis=2).sum(axis=1)
    assert abs(empty.mean() - 8 * 0.9**8) < 4 * empty.std() / n_draws**0.5
    assert round(8 * 0.9**8, 2) == 3.44


@pytest.mark.ledger("glukhov-eq-38", "review-component-3")
def test_masked_weights_are_the_product_and_stay_zero_through_training():
    mask = remedies.sample_mask(7, 5, 0.4, generator=generator())
    layer = remedies.PrunedLinear(5, 7, mask, generator=generator(1))
    inputs = torch.randn(40, 5, generator=generator(2))
    expected = inputs @ (layer.weight.detach() * mask).T + layer.bias.detach()
    torch.testing.assert_close(layer(inputs).detach(), expected)
    optimizer = torch.optim.Adam(layer.parameters(), lr=0.1, weight_decay=0.01)
    for _ in range(20):
        optimizer.zero_grad()
        (layer(inputs) - 1).square().sum().backward()
        assert torch.all(layer.weight.grad[~mask] == 0)
        optimizer.step()
    basis = torch.eye(5)
    reached = (layer(basis) - layer.bias).T  # what the layer does to each input
    assert torch.all(reached[~mask] == 0)
    assert torch.all(reached[mask] != 0)


@pytest.mark.ledger("glukhov-claim-nonpermutative")
def test_all_hidden_masks_with_different_rows_leave_no_permutation_and_a_deeper_one_alone_may():
    rng, trivial, n_draws = np.random.default_rng(0), [], 40
    for _ in range(n_draws):
        first, second = (np.zeros((4, 4), dtype=int),) * 2
        while not (distinct(first) and distinct(second)):
            first, second = random_masks(rng, (4, 4, 4), 0.5)
        masks = [first, second, np.ones((2, 4), dtype=int)]
        assert count_by_trying(masks) == 1
        assert mask_symmetry(masks).log_order == 0
        deeper_alone = [np.ones((4, 3), dtype=int), second, np.ones((2, 4), dtype=int)]
        order = count_by_trying(deeper_alone)
        assert math.exp(mask_symmetry(deeper_alone).log_order) == pytest.approx(order)
        trivial.append(order == 1)
    assert 0.3 < np.mean(trivial) < 0.65  # 61 of 133 in a larger run: the first layer must be masked, too
    for seed in range(20):  # large random masks do without: hardly any table of 32 by 32 has symmetries
        mask = remedies.sample_mask(32, 32, 0.5, generator=generator(seed)).numpy()
        assert mask_symmetry([np.ones((32, 64)), mask, np.ones((10, 32))]).log_order == 0
    diagonal = [np.ones((4, 3)), np.eye(4, dtype=int), np.ones((2, 4))]
    assert distinct(diagonal[1])
    assert count_by_trying(diagonal) == 24
    # "with high probability" is that of different rows: exactly the law of coincidences, for one hidden layer
    alone = []
    for _ in range(2000):
        (mask,) = random_masks(rng, (8, 8), 0.9)
        alone.append(mask_symmetry([mask, np.ones((1, 8))]).log_order == 0)
    exact = remedies.probability_of_distinct_units(8, 8, 0.9)
    assert abs(np.mean(alone) - exact) < 4 * math.sqrt(exact * (1 - exact) / 2000)
    assert exact == pytest.approx(0.0204, abs=1e-4)
    # different rows are not necessary: outputs have names, and a mask of theirs can tell units apart
    assert count_by_trying([np.ones((3, 2), dtype=int), np.array([[1, 0, 1], [1, 1, 0]])]) == 1


@pytest.mark.ledger("glukhov-claim-not-guaranteed")
def test_equivalent_optima_that_no_mask_removes():
    mask = torch.tensor([[1, 1, 0], [1, 1, 1]], dtype=torch.float64)
    assert mask_symmetry([mask.numpy(), np.ones((1, 2))]).log_order == 0
    inputs = torch.randn(200, 3, generator=generator(), dtype=torch.float64)

    def network(rows, outputs):
        rows = torch.tensor(rows, dtype=torch.float64)
        assert torch.all(rows[mask == 0] == 0)
        outputs = torch.tensor([outputs], dtype=torch.float64)
        return MLP((rows, outputs), (torch.zeros(2, dtype=torch.float64), torch.zeros(1, dtype=torch.float64)))

    # too many units for the task: one unit that reads two inputs sits on either unit, or is shared by both
    target = torch.tanh(inputs @ torch.tensor([1.0, -2.0, 0.0], dtype=torch.float64))[:, None]
    for first, second in (([1, 0]), ([0, 1]), ([0.25, 0.75])):
        optimum = network([[1.0, -2.0, 0.0], [1.0, -2.0, 0.0]], [first, second])
        torch.testing.assert_close(forward(optimum, inputs, "tanh"), target)
    # where both units are needed: signs of tanh units, and scales of ReLU units
    rows, outputs = [[1.0, -2.0, 0.0], [0.5, 1.0, 1.5]], [1.0, 3.0]
    for signs in product([1, -1], repeat=2):
        flipped = network([[s * w for w in row] for s, row in zip(signs, rows, strict=True)],
                          [s * v for s, v in zip(signs, outputs, strict=True)])  # fmt: skip
        torch.testing.assert_close(forward(flipped, inputs, "tanh"), forward(network(rows, outputs), inputs, "tanh"))
    scaled = network([[2 * w for w in rows[0]], rows[1]], [outputs[0] / 2, outputs[1]])
    torch.testing.assert_close(forward(scaled, inputs, "relu"), forward(network(rows, outputs), inputs, "relu"))


def cube(m):
    return np.array(list(product([-1.0, 1.0], repeat=m)))


def share_explained(features, target):
    """R squared of the best linear readout on all points."""
    readout = np.linalg.lstsq(features, target, rcond=1e-12)[0]
    return 1 - np.sum((features @ readout - target) ** 2) / np.sum(target**2)


def hidden_units(mask, rng):
    """Random tanh units with thresholds on the points of the cube."""
    weights = rng.normal(size=mask.shape) * mask * 2
    return np.tanh(cube(mask.shape[1]) @ weights.T + rng.normal(size=len(mask)))


@pytest.mark.ledger("glukhov-claim-widening", "glukhov-exercise-10")
def test_the_printed_factor_multiplies_inner_weights_and_brings_no_interactions_back():
    # parameters: between two layers wider by 1 / (1 - rho) there are 1 / (1 - rho) times as many weights as before
    for rate, total in ((0.5, 1.5), (0.9, 5.5)):
        widths = [100, *[round(100 / (1 - rate))] * 3, 100]  # the ends keep their widths; all four matrices are pruned
        weights = [(1 - rate) * a * b for a, b in pairwise(widths)]
        assert weights[1] == pytest.approx(10_000 / (1 - rate))
        assert sum(weights) / 40_000 == pytest.approx(total)
        alone = [(1 - rate) * a * b for a, b in pairwise([100, round(100 / (1 - rate)), 100])]
        assert alone == pytest.approx([10_000, 10_000])  # one layer alone, "the layer" of the paper, keeps its weights
        inner = remedies.kept_width(100, rate) ** 2 * (1 - rate)
        assert inner == pytest.approx(10_000, rel=0.02)
    # power: a unit that misses an input is orthogonal to the parity of all inputs, however many such units there are
    m, rng = 8, np.random.default_rng(0)
    parity = cube(m).prod(axis=1)
    mask = rng.random((400, m)) >= 0.5
    mask = mask[~mask.all(axis=1)]
    features = hidden_units(mask, rng)
    assert np.abs(features.T @ parity).max() / 2**m < 1e-14
    assert share_explained(features, parity) < 1e-10
    assert share_explained(hidden_units(np.ones((400, m)), rng), parity) > 1 - 1e-6
    # a second pruned layer hears all inputs through the first, and brings the parity back
    behind = rng.normal(size=(400, len(mask))) * (rng.random((400, len(mask))) >= 0.5)
    deep = np.tanh(features @ behind.T * 2 / math.sqrt(len(mask)) + rng.normal(size=400))
    assert share_explained(deep, parity) > 1 - 1e-6
    # of rows that differ one alone may see all inputs: it does not give the parity either
    one = np.vstack([mask[:399], np.ones((1, m), dtype=bool)])
    assert 0 < share_explained(hidden_units(one, rng), parity) < 0.1
    # the factor keeps the number of units that see one given input; interactions of q inputs take its q-th power
    rate, n = 0.5, 40_000
    drawn = rng.random((n, 6)) >= rate
    for q in (1, 2, 3):
        pairs = [drawn[:, list(chosen)].all(axis=1).mean() for chosen in combinations(range(6), q)]
        assert np.abs(np.array(pairs) - (1 - rate) ** q).max() < 5 * math.sqrt(0.25 / n)
    assert remedies.full_view_probability(784, 1000, 0.5) < 1e-200


@pytest.mark.ledger("glukhov-question-expressivity", "review-openq-2")
def test_masks_can_break_the_symmetry_for_good_but_not_without_cost():
    # exactly and for about one weight a unit
    masks = [remedies.densest_mask(64, 64).numpy(), remedies.densest_mask(64, 64).numpy(), np.ones((10, 64))]
    assert mask_symmetry(masks).log_order == 0
    assert sum(int((mask == 0).sum()) for mask in masks) == 126
    # the cost: of units with different masks at most one sees all inputs, so that with one hidden layer the part of a
    # function that depends on all of them is a multiple of that of a single unit.  Two such units need equal masks
    m, rng = 6, np.random.default_rng(1)
    parity = cube(m).prod(axis=1)
    for _ in range(20):
        full = hidden_units(remedies.densest_mask(40, m).numpy(), rng)
        onto = full.T @ parity / 2**m
        assert np.sum(np.abs(onto) > 1e-12) == 1
    # a mask of the outputs costs nothing there: every hidden unit sees everything and is still told apart
    outputs = remedies.sample_mask(8, 5, 0.5, generator=generator(), distinct=True).numpy().T
    assert distinct(outputs.T)
    assert mask_symmetry([np.ones((8, m)), outputs]).log_order == 0


@pytest.mark.ledger("glukhov-exercise-9")
def test_numbers_of_the_exercise_on_masks():
    for setting, exact in (
        ((8, 8, 0.5), 0.8954),
        ((8, 8, 0.1), 0.0204),
        ((16, 64, 0.3), 0.7231),
        ((32, 32, 0.9), 0.529),
    ):
        m, n, rate = setting
        assert remedies.probability_of_distinct_units(m, n, rate) == pytest.approx(exact, abs=6e-4)
        assert remedies.probability_of_distinct_units(m, n, 1 - rate) == pytest.approx(exact, abs=6e-4)
    poisson = math.exp(-remedies.expected_collisions(8, 8, 0.1))
    assert poisson == pytest.approx(0.0033, abs=1e-4)  # the usual estimate, six times too small where collisions abound
    assert count_by_trying([np.ones((4, 3)), np.eye(4, dtype=int), np.ones((2, 4))]) == 24


@pytest.mark.ledger("review-critical-path-3")
@pytest.mark.parametrize("kind", ["linear", "convolution", "polynomials"])
def test_masks_are_drawn_once_and_the_proposed_network_trains_with_them(kind):
    """Step 3 within the architecture: draw masks, build, train; masks stay, the loss falls, no permutation is left."""
    g = generator(3)
    inputs = torch.rand(200, 4, 4, generator=g) * 2 - 1
    targets = torch.sin(inputs[:, :2].sum((1, 2)) + inputs[:, 2:].prod(dim=1).sum(dim=1))[:, None]
    flat = torch.nn.Flatten()
    first, second = ((6, 16), (6, 6)) if kind == "linear" else ((6, 1, 3, 3), (6, 24)) if kind == "convolution" else (
        (6, 4, 16), (6, 4, 6))  # fmt: skip
    masks = [remedies.sample_tensor_mask(shape, 0.5, generator=g) for shape in (first, second)]
    if kind == "linear":
        layers = [flat, remedies.PrunedLinear(16, 6, masks[0], generator=g), torch.nn.Tanh(),
                  remedies.PrunedLinear(6, 6, masks[1], generator=g), torch.nn.Tanh()]  # fmt: skip
    elif kind == "convolution":
        layers = [torch.nn.Unflatten(1, (1, 4)), remedies.PrunedConv2d(1, 6, 3, masks[0], generator=g), torch.nn.Tanh(),
                  flat, remedies.PrunedLinear(24, 6, masks[1], generator=g), torch.nn.Tanh()]  # fmt: skip
    else:
        layers = [flat, remedies.PolynomialLayer(16, 6, 3, mask=masks[0], generator=g),
                  remedies.PolynomialLayer(6, 6, 3, mask=masks[1], generator=g)]  # fmt: skip
    network = torch.nn.Sequential(*layers, torch.nn.Linear(6, 1))
    assert len(masks[0].flatten(1).unique(dim=0)) == len(masks[1].flatten(1).unique(dim=0)) == 6
    if kind != "convolution":
        tables = [mask.movedim(1, -1).numpy() if mask.ndim == 3 else mask.numpy() for mask in masks]
        assert mask_symmetry([*tables, np.ones((1, 6))]).log_order == 0
    optimizer, losses = torch.optim.Adam(network.parameters(), lr=0.02), []
    for _ in range(250):
        optimizer.zero_grad()
        loss = (network(inputs) - targets).square().mean()
        loss.backward()
        optimizer.step()
        losses.append(float(loss.detach()))
    assert losses[-1] < 0.2 * losses[0]
    kept = [module.mask for module in network if hasattr(module, "mask")]
    assert all(torch.equal(mask.bool().flatten(), drawn.flatten()) for mask, drawn in zip(kept, masks, strict=True))


@pytest.fixture(scope="module")
def record():
    record = load_record("pre_pruning")
    assert record.size == "full"
    assert min(len(cell["values"]["log_order"]) for cell in record.cells) >= 6
    return record


DIGITS = [{"data": "digits", "depth": d, "width": w} for d, w in product((1, 2, 3), (16, 32, 64))]
MNIST = [{"data": "mnist5k", "depth": d, "width": w} for d, w in product((1, 2), (16, 64))]


def difference(record, field, network, first, second):
    """Of two forms of one network, ``(form, zero_rate)``, with its 95 % interval."""
    named = ({"form": form, "zero_rate": rate, **network} for form, rate in (first, second))
    return compare(record, field, *named)


@pytest.mark.ledger("glukhov-claim-preprune-accuracy")
def test_pruning_costs_little_accuracy_up_to_one_half_and_more_beyond(record):
    for network in (*DIGITS, *MNIST):
        curve = against_rate(record, "test_accuracy", form="drawn", **network)
        assert curve.zero_rate[0] == 0
        half = int(np.flatnonzero(curve.zero_rate == 0.5)[0])
        assert curve.mean[0] - curve.mean[half] < 0.012
        assert curve.high[-1] < curve.low[0]  # at the largest rate the loss of accuracy is beyond doubt
        assert np.argmin(curve.mean) == len(curve.mean) - 1
    for data, rate in (("digits", 0.95), ("mnist5k", 0.99)):  # narrow networks lose most
        lost = [
            difference(record, "test_accuracy", network, ("dense", 0.0), ("drawn", rate)).mean
            for network in (*DIGITS, *MNIST)
            if network["data"] == data and network["depth"] == 1
        ]
        assert np.all(np.diff(lost) < 0)


@pytest.mark.ledger("review-tradeoff-2")
def test_a_higher_rate_costs_power_but_removes_no_more_symmetry(record):
    for network in DIGITS:
        order = against_rate(record, "log_order", form="drawn", **network)
        train = against_rate(record, "train_loss", form="drawn", **network)
        assert order.mean[0] > 30  # at the least 16!
        assert np.all(order.values[1:3] == 0)  # nothing is left at the rates 0.3 and 0.5
        assert np.all(np.diff(train.mean) > 0)  # the fit gets worse with each rate
    # at the highest rate equal masks are back: with one layer more of them where there are more units, in deeper
    # networks fewer, for there a narrow layer has few inputs, too
    back = {(n["depth"], n["width"]): against_rate(record, "log_order", form="drawn", **n).mean[-1] for n in DIGITS}
    assert back[1, 16] < back[1, 32] < back[1, 64]
    for depth in (2, 3):
        assert back[depth, 16] > 1.5 > back[depth, 64] > 0
    wide = [
        record.select(form="equal_parameters", zero_rate=0.95, learning_rate=0.05, **n).cells[0]["values"]["log_order"]
        for n in DIGITS
        if n["depth"] == 1
    ]
    assert np.all(np.diff([np.mean(orders) for orders in wide]) > 0)
    assert np.mean(wide[-1]) > 5


@pytest.mark.ledger("review-experiment-2")
def test_fewer_equivalent_optima_change_neither_training_nor_generalization(record):
    """Dense networks against those with the densest masks: no permutation is left, and hardly a weight is missing."""
    apart = {}
    for network in (*DIGITS, *MNIST):
        (masked,) = record.select(form="densest", learning_rate=0.05, **network).cells
        values = masked["values"]
        n_hidden = sum(values["hidden"])
        assert set(values["log_order"]) == {0.0}
        assert values["log_optima"] == pytest.approx([n_hidden * math.log(2)] * 6, rel=1e-5)  # signs, of n! 2^n before
        assert min(values["n_parameters"]) > 0.97 * values["dense_parameters"]
        for field in ("test_accuracy", "train_accuracy", "steps_to_0.2", "barrier"):
            if field == "barrier" and network["data"] == "mnist5k":
                continue
            found = difference(record, field, network, ("densest", 0.0), ("dense", 0.0))
            apart.setdefault(field, []).append((found.mean, found.low <= 0 <= found.high, found.second))
    for rows in apart.values():
        means, inside = np.array([row[0] for row in rows]), [row[1] for row in rows]
        assert np.mean(inside) > 0.9  # of 95 % intervals hold zero
        assert abs(means.mean()) < 2.5 * means.std(ddof=1) / len(means) ** 0.5  # and no common trend
    assert max(abs(row[0]) for row in apart["test_accuracy"]) < 0.01
    assert abs(np.mean([row[0] / row[2] for row in apart["steps_to_0.2"]])) < 0.05


@pytest.mark.ledger("review-nextcheck-2")
def test_rate_depth_and_width_with_controls_of_equal_size(record):
    """Equivalent optima fall from n! 2^n to 2^n at every depth and width; the performance follows the weights left."""
    for network in DIGITS:
        dense = against_rate(record, "log_optima", form="dense", **network).mean[0]
        left = against_rate(record, "log_optima", form="drawn", **network)
        n_hidden = network["depth"] * network["width"]
        assert dense == pytest.approx(
            network["depth"] * math.lgamma(network["width"] + 1) + n_hidden * math.log(2), rel=1e-4
        )
        assert left.mean[2] == pytest.approx(n_hidden * math.log(2), rel=1e-4)
    # slower at equal width, and the dense network with as few parameters is at least as fast
    behind, ahead = [], []
    for network in DIGITS[1:2] + DIGITS[2:3] + DIGITS[4:6]:  # widths 32 and 64, one and two hidden layers
        slower = difference(record, "steps_to_0.1", network, ("drawn", 0.5), ("dense", 0.0))
        assert slower.low > 0
        behind.append(difference(record, "steps_to_0.1", network, ("drawn", 0.5), ("narrow", 0.5)).mean)
        ahead.append(difference(record, "test_accuracy", network, ("drawn", 0.5), ("narrow", 0.5)).mean)
    assert np.mean(behind) > 0
    assert np.mean(ahead) < 0.002
    # widened to as many parameters as the dense network had, pruned ones are within a percent of its accuracy
    for network in DIGITS:
        wide = difference(record, "test_accuracy", network, ("equal_parameters", 0.5), ("dense", 0.0))
        assert abs(wide.mean) < 0.01
    # with 784 inputs zeros pay: better than a narrower dense network, and wider at equal parameters better than dense.
    # It is not the symmetry: with the densest masks there is nothing of it
    for network in MNIST:
        assert difference(record, "test_accuracy", network, ("drawn", 0.8), ("narrow", 0.8)).low > 0
        same = difference(record, "test_accuracy", network, ("densest", 0.0), ("dense", 0.0))
        assert same.low < 0 < same.high
        if network["width"] == 16:
            assert difference(record, "test_accuracy", network, ("equal_parameters", 0.8), ("dense", 0.0)).low > 0
    # two runs with the same masks still end far apart, and nearer after a permutation that the masks forbid
    for network in DIGITS:
        (cell,) = record.select(form="drawn", zero_rate=0.5, learning_rate=0.05, **network).cells
        signs, matched = (np.array(cell["values"][name]) for name in ("barrier_signs", "barrier_matched"))
        assert np.mean(matched) < 0.6 * np.mean(signs)
        straight = difference(record, "barrier", network, ("drawn", 0.5), ("dense", 0.0))
        assert straight.high > 0  # not lower than between dense networks
