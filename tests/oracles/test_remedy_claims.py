"""Statements of Glukhov's section 6.3 on tuning, size and remedies as a whole, and what its review says of remedies."""

import re
from itertools import product
from pathlib import Path

import numpy as np
import pytest
import torch
import yaml
from torch import nn

from lossland import remedies as rm
from lossland import symmetry as sy
from lossland.experiments.pre_pruning import compare
from lossland.experiments.record import load_record
from lossland.networks import forward, load_digits, load_mnist5k, sample_mlp
from lossland.sgd import best_tracking_step, tracking_error

ROOT = Path(__file__).parents[2]
BP, FA, DFA, LAST = rm.LEARNING_RULES


def generator(seed):
    return torch.Generator().manual_seed(seed)


@pytest.fixture(scope="module")
def digits():
    return load_digits(generator=generator(13))


@pytest.fixture(scope="module")
def ledger():
    return yaml.safe_load((ROOT / "book" / "ledger.yml").read_text(encoding="utf8"))


def right(mlp, inputs, labels):
    """Share of images that each network of a batch gets right."""
    return (forward(mlp, inputs, "tanh").argmax(-1) == labels).double().mean(-1).numpy()


def trained(data, width, *, noise=0.0, n_draws=4, epochs=40):
    """Networks that learned from clean or noisy digits in the same number of steps; and what they started from."""
    g, n = generator(width), len(data.train_inputs)
    start = sample_mlp((64, width, 10), 1.0, 0.0, n_draws=n_draws, dtype=torch.float32, generator=g)
    copies = 8 if noise else 1
    inputs = data.train_inputs.repeat(copies, 1)
    inputs = inputs + noise * torch.randn(inputs.shape, generator=g)
    rows = torch.arange(copies * n).expand(n_draws, -1)
    plan = {"learning_rate": 0.1, "epochs": [epochs // copies], "generator": g}
    return rm.train_by_rule(start, inputs, data.train_labels.repeat(copies), rows, BP, **plan)[0]


# feedback


def relu_networks(rule, step, n_steps):
    """Weights of a perceptron 4-6-3-3 before and after descent by a rule on a random regression, and its feedback."""
    g = generator(2)
    x, y = (torch.randn(40, n, generator=g, dtype=torch.float64) for n in (4, 3))
    weights = [torch.randn(b, a, generator=g, dtype=torch.float64) / a**0.5 for a, b in ((4, 6), (6, 3), (3, 3))]
    told = [torch.randn(width, 3, generator=g, dtype=torch.float64) for width in (6, 3)]
    before = [w.clone() for w in weights]
    for _ in range(n_steps):
        h1 = (x @ weights[0].T).relu()
        h2 = (h1 @ weights[1].T).relu()
        error = (h2 @ weights[2].T - y) / len(x)
        second = (h2 > 0) * (error @ told[1].T)
        first = (h1 > 0) * ((second if rule == FA else error) @ told[0].T)
        for weight, delta, h in zip(weights, (first, second, error), (x, h1, h2), strict=True):
            weight -= step * delta.T @ h
    return before, weights, told


def kept(weights, told, layer):
    return (weights[layer] ** 2).sum(1) / 2 - (told[layer] * weights[layer + 1].T).sum(1)


def test_what_a_neuron_learns_it_learns_toward_its_feedback_and_direct_feedback_only_in_the_last_hidden_layer():
    drifts = {}
    for rule in (FA, DFA):
        for step in (0.01, 0.005):
            before, after, told = relu_networks(rule, step, round(2 / step))
            assert max(float((a - b).abs().max()) for a, b in zip(after, before, strict=True)) > 0.1
            for layer in (0, 1):
                change = kept(after, told, layer) - kept(before, told, layer)
                drifts[rule, layer, step] = float(change.abs().max())
    for rule, layer in ((FA, 0), (FA, 1), (DFA, 1)):  # an error of the order of the step
        assert drifts[rule, layer, 0.01] / drifts[rule, layer, 0.005] == pytest.approx(2, abs=0.1)
        assert drifts[rule, layer, 0.005] < 0.02
    assert drifts[DFA, 0, 0.005] > 0.1
    assert drifts[DFA, 0, 0.01] / drifts[DFA, 0, 0.005] < 1.2


def narrow_losses(target, covariance, feedback):
    """What the theorem says is left, and what back-propagation leaves."""
    t = target @ covariance @ target.T
    cross = feedback @ t
    fixed = float(t.trace() - torch.linalg.solve(cross @ feedback.T, cross @ cross.T).trace())
    return fixed, float(torch.linalg.eigvalsh(t)[: -len(feedback)].sum())


def test_through_a_narrow_layer_feedback_alignment_ends_in_a_random_projection_of_the_targets():
    g = generator(5)
    x = torch.randn(200, 6, generator=g, dtype=torch.float64) * torch.tensor([1.0, 0.8, 1.2, 0.5, 1.0, 0.7])
    x = x - x.mean(0)
    target = torch.randn(5, 6, generator=g, dtype=torch.float64)
    for k in (2, 5):
        ends, fixed, least = [], [], []
        for seed in range(2 if k == 2 else 1):
            first, last = (
                rm.FeedbackLinear(*n, generator=generator(seed + 10 * k), dtype=torch.float64) for n in ((6, k), (k, 5))
            )
            network = nn.Sequential(first, last)
            optimizer = torch.optim.Adam(network.parameters(), lr=0.05)
            for step in range(700):
                optimizer.param_groups[0]["lr"] = 0.05 * (1 - step / 700)
                optimizer.zero_grad()
                loss = (network(x) - x @ target.T).square().sum(1).mean()
                loss.backward()
                optimizer.step()
            ends.append(loss.item())
            if k == 2:
                pair = narrow_losses(target, x.T @ x / len(x), last.feedback)
                fixed.append(pair[0])
                least.append(pair[1])
        if k == 2:
            np.testing.assert_allclose(ends, fixed, rtol=1e-3)
            assert np.all(np.array(fixed) > 1.05 * np.array(least))
            assert np.ptp(fixed) > 0.1  # dice decide
        else:
            assert max(ends) < 1e-3  # wide enough: every end is the best one


# filters


def test_noise_adds_the_same_to_every_filter_and_dividing_it_out_restores_the_robustness():
    """The readout's shrinkage is chosen on clean images; pixels with enough of it are robust, too."""
    data = load_mnist5k(n_train=4999, standardize=False, generator=generator(1))
    images, labels = data.train_inputs.reshape(-1, 28, 28)[:2000], data.train_labels.numpy()[:2000]
    cells = rm.FilterResponses(rm.gabor_bank((4, 8), 6, 9), 2)
    parts = images[:1000], images[1000:1500], images[1500:], rm.add_noise(images[1500:], 0.3, generator=generator(2))
    truth = labels[:1000], labels[1000:1500], labels[1500:], labels[1500:]
    shares = {}
    for name in ("strengths", "compared", "pixels"):
        seen = [part.flatten(1) if name == "pixels" else cells(part) for part in parts]
        if name == "compared":
            seen = [part - part.mean(1, keepdim=True) for part in seen]
            seen = [part / part.norm(dim=1, keepdim=True) for part in seen]
        tried = []
        for shrinkage in (0.01, 0.1, 0.3, 0.6):
            machine = rm.IncrementalClassifier(seen[0].shape[1], shrinkage=shrinkage).add(seen[0].numpy(), truth[0])
            right_of = [np.mean(machine.predict(s.numpy()) == y) for s, y in zip(seen[1:], truth[1:], strict=True)]
            tried.append(right_of)
        shares[name] = max(tried)[1:]
    assert shares["strengths"][1] < shares["strengths"][0] - 0.3
    assert shares["compared"][1] > shares["compared"][0] - 0.15
    assert shares["compared"][1] > shares["strengths"][1] + 0.2
    assert abs(shares["compared"][0] - shares["strengths"][0]) < 0.04
    assert shares["pixels"][1] > shares["strengths"][1] + 0.2


# size, tuning, change


@pytest.mark.ledger("glukhov-claim-sota-size")
def test_networks_with_a_thousand_parameters_recognize_digits_and_a_famous_one_had_sixty_thousand(digits):
    codes = sy.seven_segment_codes()
    assert sy.lenet5(codes).n_params == 60_000 < 100_000
    small = trained(digits, 16)
    n_params = sum(part[0].numel() for parts in small for part in parts)
    assert n_params == 1210
    shares = right(small, digits.test_inputs, digits.test_labels)
    assert shares.mean() - 3 * shares.std(ddof=1) / 2 > 0.94


def score(width, shift):
    return -np.log(width) - shift**2 / (2 * width**2)


@pytest.mark.ledger("glukhov-claim-adaptability")
def test_the_narrow_one_wins_at_home_and_loses_abroad_in_the_model_and_in_networks(digits):
    for narrow, broad in ((1.0, 2.0), (0.5, 0.6), (0.1, 3.0)):
        meet = np.sqrt(2 * np.log(broad / narrow) / (narrow**-2 - broad**-2))
        assert score(narrow, meet) == pytest.approx(score(broad, meet))
        assert score(narrow, 0.99 * meet) > score(broad, 0.99 * meet)
        assert score(narrow, 1.01 * meet) < score(broad, 1.01 * meet)
    widths = np.linspace(0.1, 5, 491)
    assert widths[score(widths, 1.7).argmax()] == pytest.approx(1.7)
    narrow, broad = trained(digits, 30, n_draws=8), trained(digits, 30, noise=1.0, n_draws=8)
    lead = {}
    for s in (0.0, 1.0):
        inputs = digits.test_inputs + s * torch.randn(digits.test_inputs.shape, generator=generator(3))
        gap = right(broad, inputs, digits.test_labels) - right(narrow, inputs, digits.test_labels)
        lead[s] = gap.mean(), gap.std(ddof=1) / 8**0.5
    assert lead[0.0][0] < -3 * lead[0.0][1]  # at home the narrow ones are better, if by little
    assert lead[1.0][0] > 0.04 + 3 * lead[1.0][1]


@pytest.mark.ledger("glukhov-claim-brittle")
def test_networks_taught_on_clean_images_break_under_noise_and_any_learner_is_late_in_a_fast_world(digits):
    mlp = trained(digits, 100)
    worse = digits.test_inputs + 1.5 * torch.randn(digits.test_inputs.shape, generator=generator(4))
    clean, noisy = (right(mlp, x, digits.test_labels).mean() for x in (digits.test_inputs, worse))
    assert clean > 0.96
    assert noisy < 0.7
    floors = []
    for speed in (0.01, 0.02, 0.04):  # standard deviation of the moves of the world
        step = best_tracking_step(0.5, 1.0, speed**2)
        floors.append(float(tracking_error(0.5, 1.0, step, drift_variance=speed**2)))
        others = [float(tracking_error(0.5, 1.0, f * step, drift_variance=speed**2)) for f in (0.7, 1.4)]
        assert min(others) > floors[-1]  # faster and slower learners are farther behind
    np.testing.assert_allclose(np.array(floors[1:]) / floors[:-1], 2, rtol=0.03)  # in proportion to speed: q s / lambda


# remedies as a whole


def masks_that_differ():
    mask = np.array([[1, 1, 0], [0, 1, 1], [1, 0, 1], [1, 1, 1]])
    return mask, rm.mask_symmetry([mask, np.ones((2, 4), dtype=int)])


@pytest.mark.ledger("glukhov-remedies")
def test_the_four_remedies_are_four_things_that_can_be_built():
    mlp = sample_mlp((3, 5, 2), 1.0, 0.3, generator=generator(0))
    x = torch.randn(6, 3, dtype=torch.float64, generator=generator(1))
    shuffled = sy.permute_neurons(mlp, [torch.randperm(5, generator=generator(2))])
    torch.testing.assert_close(sy.sort_neurons(shuffled).mlp.weights, sy.sort_neurons(mlp).mlp.weights)
    assert masks_that_differ()[1].log_order == 0
    for layer in (
        rm.PolynomialLayer(3, 2, 4, generator=generator(3)),
        rm.SplineLayer(3, 2, generator=generator(3)),
        rm.PrunedLinear(3, 2, [[1, 1, 0], [0, 1, 1]], generator=generator(3)),
        rm.FeedbackLinear(3, 2, generator=generator(3)),
    ):
        layer = layer.double()
        assert layer(x.tanh()).shape == (6, 2)
    bank = rm.FilterResponses(rm.gabor_bank([4.0], 4, 7), 1)
    assert bank(torch.rand(2, 9, 9)).shape == (2, 4)


@pytest.mark.ledger("review-key-4")
def test_masks_take_copies_away_and_training_does_not_get_easier():
    record = load_record("pre_pruning")
    for depth, width in ((1, 32), (2, 32), (3, 64)):
        cell = {"data": "digits", "depth": depth, "width": width}
        dense = {**cell, "form": "dense", "zero_rate": 0.0}
        for form, rate in (("densest", 0.0), ("drawn", 0.5)):
            masked = {**cell, "form": form, "zero_rate": rate}
            order = compare(record, "log_order", masked, dense)
            assert order.first == 0 < 50 < order.second  # redundancy: gone
            steps = compare(record, "steps_to_0.2", masked, dense)
            if form == "densest":  # all that is left of the masks is that copies are gone
                assert steps.low < 0 < steps.high
                assert steps.high < 0.1 * steps.second
            else:  # half of the weights are gone, too
                assert steps.low > 0.15 * steps.second
            assert compare(record, "test_accuracy", masked, dense).low < 0


PRINTED_REFERENCES = 7
REFERENCES = [
    "AP21", "BCP16", "DDB18", "EBG19", "GJ18", "GKX19", "Glu22", "GMZ+23", "Iva70", "Iva71",
    "KB17", "Kni21", "Kri09", "KSH12", "LBBH98", "LBH15", "LWV+24", "MPM21", "Ngu24", "NV24",
    "PP24", "SBL17", "SC24", "SGCCB22", "SK00", "Sor20", "Vio17", "Wey16", "YYVS16",
]  # fmt: skip


@pytest.mark.ledger("review-quickfacts-refcount")
def test_the_paper_has_29_references():
    assert len(set(REFERENCES)) == len(REFERENCES) == 29 != PRINTED_REFERENCES
    section_6_3 = {"SGCCB22", "Glu22", "GMZ+23", "BCP16", "Wey16", "Kri09", "Ngu24", "SC24"}
    assert section_6_3 <= set(REFERENCES)
    assert len(section_6_3) > PRINTED_REFERENCES  # more than that in this section alone


@pytest.mark.ledger("review-tags")
def test_of_the_seven_keywords_the_statements_of_the_paper_know_one(ledger):
    own = [entry["statement"].lower() for entry in ledger if entry["source"] == "glukhov"]
    keywords = {
        "chain of thought": ("chain of thought", "chain-of-thought"),
        "mixtures of experts": ("expert",),
        "instruction tuning": ("instruction",),
        "fine-tuning of few parameters": ("parameter-efficient", "few parameters", "adapter"),
        "generation with retrieval": ("retrieval",),
        "self-attention": ("attention",),
        "transformers": ("transformer",),
    }
    found = {name for name, words in keywords.items() if any(word in text for text in own for word in words)}
    assert len(own) > 150
    assert found == {"transformers"}
    assert any("permut" in text for text in own)  # what the paper is about can be found in this way


@pytest.mark.ledger("review-executive-summary")
def test_copies_exist_constant_steps_stop_short_and_masks_take_copies_away():
    g = generator(6)
    mlp = sample_mlp((3, 4, 2), 1.0, 0.3, generator=g)
    x = torch.randn(9, 3, dtype=torch.float64, generator=g)
    copy = sy.permute_neurons(mlp, [torch.tensor([2, 0, 3, 1])])
    torch.testing.assert_close(forward(copy, x, "tanh"), forward(mlp, x, "tanh"))
    assert not torch.equal(copy.weights[0], mlp.weights[0])
    rng, curvature, n_steps = np.random.default_rng(0), 0.5, 4000
    ends = {}
    for name, steps in (("constant", [0.1] * n_steps), ("falling", 1 / (curvature * np.arange(1, n_steps + 1)))):
        theta = np.zeros(2000)
        for step in steps:
            theta = theta - step * (curvature * theta + rng.standard_normal(2000))
        ends[name] = float(np.mean(theta**2))
    assert ends["constant"] == pytest.approx(0.1 / (curvature * (2 - 0.1 * curvature)), rel=0.12)
    assert ends["falling"] == pytest.approx(1 / (curvature**2 * n_steps), rel=0.12)  # not every run stops short
    mask, symmetry = masks_that_differ()
    assert symmetry.log_order == 0
    assert (mask == 0).any()  # and something is taken away with them


def parity_and_its_shadow(n):
    """Parity of n signs, and its best approximation by functions of n - 1 of them, summed over which one is unread."""
    points = np.array(list(product((-1, 1), repeat=n)))
    parity = points.prod(axis=1)
    correlations = []
    for unread in range(n):
        others = np.delete(points, unread, axis=1)
        _, group = np.unique(others, axis=0, return_inverse=True)
        means = np.bincount(group.ravel(), parity) / np.bincount(group.ravel())
        correlations.append(np.abs(means).max())
    return max(correlations)


@pytest.mark.ledger("review-confidence-3")
def test_every_remedy_has_a_case_in_which_it_fails():
    assert sy.recovery_probability(1e-2, 100) < 1e-6  # sorting: one percent of noise, a hundred neurons
    assert parity_and_its_shadow(6) == 0  # masks: no sum of units that each miss an input correlates with parity
    x = np.linspace(-1, 1, 4001)
    basis = rm.legendre()
    worst = [
        np.abs(rm.evaluate(basis, x, n) @ rm.project(basis, np.sign, n, n_nodes=600).coefficients - np.sign(x)).max()
        for n in (8, 32)
    ]
    assert min(worst) > 0.9  # polynomials: a jump
    g = generator(7)
    target = torch.diag(torch.tensor([10.0, 1.0, 1.0, 1.0], dtype=torch.float64))
    ratios = [
        np.divide(*narrow_losses(target, torch.eye(4, dtype=torch.float64), torch.randn(1, 4, generator=g).double()))
        for _ in range(50)
    ]
    assert min(ratios) >= 1
    assert np.median(ratios) > 1.5  # feedback alignment: a narrow layer


@pytest.mark.ledger("review-limitation-2")
def test_section_6_has_sizes_but_no_measured_result_for_its_remedies(ledger):
    """Outside of formulas there are a bound, two sizes and two years in its statements; its experiment is implied."""
    section = [e for e in ledger if e["source"] == "glukhov" and e["place"].startswith(("Sec. 6", "Fig. 2", "Fig. 3"))]
    assert len(section) > 50
    numbers = {}
    for entry in section:
        words = re.sub(r"\$[^$]*\$", "", entry["statement"]).lower()
        found = re.findall(r"\d+|twenty|thirty|percent|%", words)
        if found:
            numbers[entry["id"].removeprefix("glukhov-claim-")] = found
    assert numbers == {
        "phi-permuted": ["1"],
        "sorensen-history": ["2020", "2018"],
        "200-neurons": ["200", "15", "10"],
        "20-30-filters": ["twenty", "thirty"],
    }
    (experiment,) = [e for e in section if e["kind"] in ("experiment", "table")]
    assert experiment["statement"].startswith("Implied")
