"""What the paper's section 5.2 and its review claim about a web of valleys: one test per entry of the ledger.

Where a statement is corrected, the test also shows that the printed version fails.  What training does is decided by
the full-size record ``vicinity_crossings``: ten runs for each width, step, weight decay and number of inputs.
"""

import math
from itertools import permutations

import numpy as np
import pytest
import torch
from scipy.special import gammaln

from lossland import symmetry as sy
from lossland.experiments import load_record
from lossland.experiments.hessian_spectra import against_width
from lossland.networks import MLP, forward, sample_mlp

WIDTHS = (8, 16, 32, 64, 128, 256, 512)


@pytest.fixture(scope="module")
def record():
    record = load_record("vicinity_crossings")
    assert record.size == "full"
    assert min(len(cell["values"]["crossed"]) for cell in record.cells) >= 10
    return record


@pytest.fixture(scope="module")
def pixels(record):
    return record.select(n_inputs=64, weight_decay=0.005)


def runs(record, field, **settings):
    """The values of a field in all runs of one cell."""
    (values,) = record.select(**settings).column(field)
    return np.asarray(values, float)


def generator(seed):
    return torch.Generator().manual_seed(seed)


@pytest.mark.ledger("glukhov-claim-abstract-3")
def test_valleys_of_nearest_copies_touch_in_wide_layers_and_ridges_to_other_copies_stay(pixels):
    nearest, random, distance = (
        [runs(pixels, field, width=w, learning_rate=0.25) for w in WIDTHS]
        for field in ("ridge_nearest", "ridge_random", "half_distance")
    )
    assert np.all(np.diff([np.mean(d) for d in distance]) < 0)
    assert np.mean(nearest[0]) > 0.05  # with eight neurons there is a ridge
    assert all(np.max(ridge) < 1e-3 for ridge in nearest[3:])  # from 64 on there is none
    assert np.mean(nearest[3]) < 1e-3 * np.mean(nearest[0]) / 0.05
    for far, near in zip(random, nearest, strict=True):
        assert np.min(far) > 0.05  # a ridge to a random copy
        assert np.mean(far) > 5 * np.mean(near)
    gone = runs(pixels, "ridge_random", width=256, learning_rate=1.0)  # at a long step, where training suffers
    assert abs(gone.mean()) < 2 * gone.std(ddof=1) / len(gone) ** 0.5
    assert runs(pixels, "accuracy", width=256, learning_rate=1.0).mean() < 0.9


@pytest.mark.ledger("glukhov-eq-u5")
def test_the_number_of_copies_is_w_log_w_only_to_leading_order():
    for w, ratio in ((10, 0.656), (100, 0.790), (1000, 0.856)):
        exact = math.log(math.factorial(w))
        assert exact / (w * math.log(w)) == pytest.approx(ratio, abs=6e-4)  # tends to 1, as slowly as 1 - 1/log w
        assert exact == pytest.approx(w * (math.log(w) - 1) + math.log(2 * math.pi * w) / 2, rel=1e-3)
    # printed: (w!)^d = exp(n log w) with n = wd.  For w = 100, d = 3 that is 126 powers of ten too many
    digits = 3 * sy.log_permutation_count((5, 100, 5)) / math.log(10)
    assert digits == pytest.approx(473.91, abs=0.01)
    assert 3 * 100 * 2 - digits == pytest.approx(126.1, abs=0.05)
    # and d counts hidden layers: with d weight matrices there are d - 1
    assert sy.log_permutation_count([100] * 4) / math.log(10) == pytest.approx(2 * 473.91 / 3, abs=0.01)


@pytest.mark.ledger("glukhov-eq-32")
def test_copies_vanish_from_the_volume_per_parameter_in_square_layers():
    for w, share in ((10, 0.0915), (100, 0.0240), (1000, 0.0039)):
        widths = [w] * 4
        values = np.full(sy.count_parameters(widths), 0.3)
        found = sy.total_volume(widths, values, noise_variance=1.0, learning_rate=0.1)
        assert found.n_neurons == 2 * w
        assert found.n_parameters == 3 * w * (w + 1)
        assert found.log_copies / found.n_parameters == pytest.approx(share, abs=6e-5)
        assert found.log_copies / found.n_parameters < 1.1 * (math.log(w) - 1) / w
        assert math.log(w) > 20 * share  # what is printed in its place
    # the cloud itself, against samples: entropy of a normal law in three dimensions
    values = np.array([0.5, 1.0, 2.0] + [1.0] * 10)
    found = sy.total_volume((2, 3, 1), values, noise_variance=2.0, learning_rate=0.3)
    variances = 0.6 / (values * (2 - 0.3 * values))
    draws = np.random.default_rng(0).normal(size=(200_000, 13)) * np.sqrt(variances)
    log_density = -0.5 * (np.log(2 * np.pi * variances) + draws**2 / variances).sum(axis=1)
    error = log_density.std() / 200_000**0.5
    assert abs(found.log_cloud + log_density.mean()) < 4 * error
    # as printed, neither step nor noise occurs; four times the step is a factor 2 in each of P directions
    longer = sy.total_volume((2, 3, 1), values * 1e-6, noise_variance=2.0, learning_rate=1.2)
    short = sy.total_volume((2, 3, 1), values * 1e-6, noise_variance=2.0, learning_rate=0.3)
    assert longer.log_cloud - short.log_cloud == pytest.approx(13 * math.log(2), rel=1e-5)
    assert longer.printed == short.printed


@pytest.mark.ledger("glukhov-claim-volume-growth")
def test_copies_fill_a_fixed_fan_in_but_not_layers_that_grow_together():
    """In units of a box of side 1, with clouds of one width in all directions."""

    def filled(widths, width):
        """Logarithm of V* over the volume of the box, per parameter."""
        return sy.copies_per_parameter(widths) + math.log(width) + math.log(2 * math.pi * math.e) / 2

    # one layer, few inputs and outputs: D = 4 coordinates a neuron, and enough neurons fill any box
    narrow = [filled((2, w, 1), 0.05) for w in (10, 100, 1000, 10_000, 10**6)]
    assert np.all(np.diff(narrow) > 0)
    assert narrow[0] < 0 < narrow[-1]
    # layers of w times w: the copies matter less and less, and the same cloud fills less and less
    square = [filled([w] * 4, 0.05) for w in (10, 100, 1000, 10_000)]
    assert np.all(np.diff(square) < 0)
    assert max(square) < -1.4
    assert abs(square[-1] - math.log(0.05) - math.log(2 * math.pi * math.e) / 2) < 1e-3
    # D = 75: at the width 10^6 the spacing has fallen by a sixth; to halve it takes 10^23 neurons
    assert float(sy.cell_spacing(10**6, 75)) == pytest.approx(0.843, abs=1e-3)
    assert math.log10(sy.points_for_spacing(0.5, 75)) == pytest.approx(23.0, abs=0.05)


@pytest.mark.ledger("glukhov-conjecture-1")
def test_runs_change_copies_by_slow_drift_and_clouds_stay_apart(record, pixels):
    # for: at a long step runs leave their copy, and the more so the wider the network
    long = [runs(pixels, "crossed", width=w, learning_rate=1.0).mean() for w in WIDTHS]
    assert long[0] == 0
    assert np.all(np.diff(long) >= 0)
    assert long[-1] > 0.9
    # against: at half that step nobody does, at any width, and the margins are many widths of the cloud
    for rate in (0.125, 0.25, 0.5):
        for w in WIDTHS[:6]:
            assert runs(pixels, "crossed", width=w, learning_rate=rate).max() == 0
            assert runs(pixels, "margin", width=w, learning_rate=rate).mean() > 10
            assert runs(pixels, "accuracy", width=w, learning_rate=rate).mean() > 0.95
    assert runs(pixels, "crossed", width=512, learning_rate=0.5).max() == 0
    # although the radius exceeds half the distance many times
    ratio = runs(pixels, "radius", width=512, learning_rate=0.5) / runs(
        pixels, "half_distance", width=512, learning_rate=0.5
    )
    assert ratio.min() > 5
    # it is drift that carries them: hardly a snapshot is nearer to another copy of its own block
    for w in WIDTHS:
        within = runs(pixels, "crossed_by_noise", width=w, learning_rate=1.0)
        assert within.mean() < 0.05
    # a weaker decay and longer runs: drift crosses where training works, clouds do not
    weak = record.select(n_inputs=64, weight_decay=0.001, width=64)
    assert runs(weak, "crossed", learning_rate=1.0).mean() > 0.3
    assert runs(weak, "accuracy", learning_rate=1.0).mean() > 0.97
    assert runs(weak, "crossed_by_noise", learning_rate=1.0).mean() < 0.01
    # and with few inputs
    few = record.select(n_inputs=2, learning_rate=0.5, width=64)
    assert runs(few, "crossed").mean() > 0.3
    assert runs(few, "accuracy").mean() < 0.6  # two components do not tell the digits apart
    assert runs(pixels, "crossed", width=64, learning_rate=0.5).max() == 0


@pytest.mark.ledger("glukhov-exercise-12")
def test_point_cloud_and_crossing_by_assignment():
    rng = np.random.default_rng(12)
    expected = {2: (0.22, 0.69, 0.89, 0.98), 3: (0.04, 0.29, 0.69, 0.89), 10: (0, 0, 0, 0.001), 50: (0, 0, 0, 0)}
    for dimension, shares in expected.items():  # points in the unit cube, each coordinate shaken by a tenth
        for w, share in zip((10, 50, 200, 800), shares, strict=True):
            n_draws = 40 if w < 100 else 6 if w < 500 else 2
            found = sy.measure_misassigned(w, dimension, 0.1, law="uniform", n_draws=n_draws, rng=rng)
            error = max(found.std() / n_draws**0.5, 1e-3)
            assert abs(found.mean() - share) < 5 * error + 0.015
    # a large cloud without any crossing: all neurons move along one direction in which they do not differ
    points = np.column_stack([rng.normal(size=(6, 3)), np.zeros(6)])
    cloud = np.zeros((300, 6, 4))
    cloud[..., 3] = 50 * rng.normal(size=(300, 1))
    assert sy.stochastic_vicinity(cloud[None]).radius > 10 * sy.nearest_transposition(points).distance
    assert not sy.find_crossings(points + cloud, points).crossed.any()


@pytest.mark.ledger("review-key-3")
def test_regions_overlap_at_long_steps_only(pixels):
    """What the review gives as a result is a conjecture; measured: at one step yes, at half of it no."""
    for w in WIDTHS[3:]:
        assert runs(pixels, "crossed", width=w, learning_rate=1.0).mean() > 0.5
        assert runs(pixels, "crossed", width=w, learning_rate=0.5).max() == 0


@pytest.mark.ledger("review-mechanism-3")
def test_a_large_cloud_is_not_a_cloud_that_merges(pixels):
    """A volume, or a radius, cannot be compared with a spacing: the width on the line between the copies decides."""
    rate = {"learning_rate": 0.25}
    radius, half = (
        np.array([runs(pixels, field, width=w, **rate).mean() for w in WIDTHS]) for field in ("radius", "half_distance")
    )
    assert np.all(radius[2:] > half[2:])  # printed: then the clouds merge
    assert radius[-1] > 5 * half[-1]
    assert max(runs(pixels, "crossed", width=w, **rate).max() for w in WIDTHS) == 0  # none has
    assert radius[-1] < radius[0]  # and the cloud does not outgrow anything: it is the distance that shrinks
    # at a step four times as long it does grow, and even there a block stays with its copy
    long = [runs(pixels, "radius", width=w, learning_rate=1.0).mean() for w in WIDTHS]
    assert long[-1] > 5 * long[0]
    assert max(runs(pixels, "crossed_by_noise", width=w, learning_rate=1.0).mean() for w in WIDTHS) < 0.05
    # the margin decides: expected exchanges from widths on lines are what is counted
    rng = np.random.default_rng(3)
    points = rng.normal(size=(4, 3))
    for stretch, meets in ((0.8, True), (0.01, False)):
        cloud = stretch * rng.normal(size=(4000, 4, 3)) + 20 * rng.normal(size=(4000, 1, 3))
        expected = float(sy.expected_exchanges(sy.pair_margins(points, cloud)))
        crossed = sy.find_crossings(points + cloud, points).crossed.mean()
        assert (crossed > 0.05) == meets
        assert 0.6 * expected - 1e-9 <= crossed <= 1.2 * expected + 1e-3


@pytest.mark.ledger("review-mechanism-3-break")
def test_masks_that_differ_leave_no_exact_copy_but_signs_and_near_copies():
    def kept(mask):
        """Permutations of hidden neurons that respect which inputs each of them sees."""
        return sum(np.array_equal(mask[list(order)], mask) for order in permutations(range(len(mask))))

    different = np.array([[1, 1, 0], [0, 1, 1], [1, 0, 1], [1, 1, 1]])
    assert kept(different) == 1
    assert kept(np.ones((4, 3))) == 24
    assert kept(np.array([[1, 1, 0], [1, 1, 0], [1, 0, 1], [1, 1, 1]])) == 2
    mlp = sample_mlp((3, 4, 2), 1.0, 0.3, generator=generator(0))
    masked = MLP((mlp.weights[0] * torch.as_tensor(different), mlp.weights[1]), mlp.biases)
    inputs = torch.randn(9, 3, dtype=torch.float64, generator=generator(1))
    signs = torch.tensor([1.0, -1.0, 1.0, -1.0], dtype=torch.float64)
    flipped = MLP(
        (masked.weights[0] * signs[:, None], masked.weights[1] * signs), (masked.biases[0] * signs, masked.biases[1])
    )
    torch.testing.assert_close(forward(flipped, inputs, "tanh"), forward(masked, inputs, "tanh"))
    # what survives approximately: a small weight where the mask has a hole gives a neuron that could be exchanged
    twin = MLP(tuple(part.clone() for part in masked.weights), tuple(part.clone() for part in masked.biases))
    twin.weights[0][3] = twin.weights[0][0] + torch.tensor([0.0, 0.0, 1e-3], dtype=torch.float64)
    twin.biases[0][3] = twin.biases[0][0]
    order = [3, 1, 2, 0]
    swapped = MLP((twin.weights[0][order] * torch.as_tensor(different), twin.weights[1][:, order]), twin.biases)
    torch.testing.assert_close(forward(swapped, inputs, "tanh"), forward(twin, inputs, "tanh"), atol=0.02, rtol=0)


@pytest.mark.ledger("review-mechanism-3-evidence")
def test_the_volume_of_all_copies_is_not_in_section_4():
    """Section 4.2 knows one optimum: its volume has no count of copies; that comes in 5.1, and into Equation 32."""
    found = sy.total_volume((1, 5, 1), 1.0, noise_variance=1.0, learning_rate=0.1)
    assert found.printed == pytest.approx(5 * math.log(5))  # for unit curvatures only the width is left
    assert found.log_copies == pytest.approx(float(gammaln(6)))


@pytest.mark.ledger("review-confidence-2")
def test_concentration_is_seen_and_overlap_depends_on_the_architecture(record):
    spectra = load_record("hessian_spectra")
    field = next(name for name in spectra.cells[0]["values"] if "mean_log" in name)
    mean = against_width(spectra, field).mean
    assert mean[-1] < mean[0] - 1
    shares = [
        runs(record, "crossed", n_inputs=n, width=64, learning_rate=0.5, weight_decay=0.005).mean() for n in (2, 64)
    ]
    assert shares[0] > 0.3
    assert shares[1] == 0
