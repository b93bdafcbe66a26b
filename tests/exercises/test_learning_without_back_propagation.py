"""Wrong-answer bank of chapter 20, beyond what the contract of all checkers proves for every one of them."""

import numpy as np
import pytest
import torch
from scipy import optimize, stats
from sklearn.linear_model import LinearRegression

from lossland import remedies as rm
from lossland.exercises.center_surround import check_center_surround
from lossland.exercises.class_statistics import check_merged_statistics
from lossland.exercises.told_errors import check_feedback_sizes, check_first_update, check_narrow_loss
from lossland.exercises.tuning_width import check_crossover_shift


def test_the_update_is_what_the_network_of_the_package_learns_by():
    def by_autograd(inputs, targets, first, second, last, feedback):
        widths = (inputs.shape[1], len(first), len(second), len(last))
        told = [feedback, np.zeros_like(feedback)]
        network = rm.DirectFeedbackNetwork(widths, feedback=told, dtype=torch.float64)
        with torch.no_grad():
            for layer, weight in zip(network.layers, (first, second, last), strict=True):
                layer.weight.copy_(torch.as_tensor(weight))
                layer.bias.zero_()
        outputs = network(torch.as_tensor(inputs))
        (0.5 * (outputs - torch.as_tensor(targets)).square().sum(1).mean()).backward()
        return network.layers[0].weight.grad

    assert check_first_update(by_autograd).is_correct


def test_a_transposed_update_is_told_by_its_shape():
    verdict = check_first_update(lambda *case: check_first_update.checker.reference(*case).T)
    assert (verdict.status, verdict.mistake) == ("incorrect", None)


def test_sizes_are_those_of_the_matrices_that_the_package_draws():
    sizes = {}
    for name, rule in zip(("layer by layer", "direct"), rm.LEARNING_RULES[1:3], strict=True):
        drawn = rm.sample_feedback((784, 100, 50, 10), rule, generator=torch.Generator().manual_seed(0))
        sizes[name] = sum(matrix.numel() for matrix in drawn)
    assert check_feedback_sizes(sizes).is_correct
    assert check_feedback_sizes({**sizes, "direct": 7}).mistake is None


def test_narrow_loss_by_regression_on_what_the_layer_knows():
    def by_regression(covariance, target_map, feedback):
        root = np.linalg.cholesky(covariance) * np.sqrt(len(covariance))  # rows of root.T: data of this covariance
        data = np.vstack([root.T, -root.T])
        targets = data @ target_map.T / 2**0.5
        known = targets @ feedback.T
        left = targets - LinearRegression(fit_intercept=False).fit(known, targets).predict(known)
        return (left**2).sum() / len(covariance)

    assert check_narrow_loss(by_regression).is_correct
    assert check_narrow_loss(lambda *case: by_regression(*case) / 2).status == "incorrect"


def test_a_projection_of_the_inputs_is_no_named_mistake_but_wrong():
    def of_inputs(covariance, target_map, feedback):
        if feedback.shape[1] != len(covariance):
            return 1.0
        known = feedback @ covariance
        gain = target_map @ known.T
        targets = target_map @ covariance @ target_map.T
        return np.trace(targets) - np.trace(gain @ np.linalg.solve(known @ feedback.T, gain.T))

    assert check_narrow_loss(of_inputs).status == "incorrect"


def test_statistics_one_example_at_a_time_are_accepted():
    def welford(count, mean, scatter, examples):
        for example in examples:
            count += 1
            before = example - mean
            mean = mean + before / count
            scatter = scatter + np.outer(before, example - mean)
        return {"count": count, "mean": mean, "scatter": scatter}

    assert check_merged_statistics(welford).is_correct

    def with_a_slip(count, mean, scatter, examples):
        return welford(count, mean, scatter + np.eye(len(mean)), examples)

    verdict = check_merged_statistics(with_a_slip)
    assert (verdict.status, verdict.mistake) == ("incorrect", None)


@pytest.mark.parametrize("slip", ["n - 1", "no new count"])
def test_statistics_with_other_slips_are_wrong(slip):
    def wrong(count, mean, scatter, examples):
        right = check_merged_statistics.checker.reference(count, mean, scatter, examples)
        total = right["count"]
        if slip == "n - 1":
            return {**right, "scatter": right["scatter"] / (total - 1) if total > 1 else right["scatter"]}
        return {**right, "count": count}

    assert check_merged_statistics(wrong).status == "incorrect"


def test_the_bank_of_the_package_has_this_filter():
    def of_the_package(size, scale, ratio):
        return rm.difference_of_gaussians_bank([scale], size, ratio=ratio)[0]

    assert check_center_surround(of_the_package).is_correct

    def mean_taken_away(size, scale, ratio):  # sum zero by force: another filter
        steps = np.arange(size) - size // 2
        square = steps[:, None] ** 2 + steps**2
        kernel = np.exp(-square / (2 * scale**2)) - np.exp(-square / (2 * (ratio * scale) ** 2))
        kernel -= kernel.mean()
        return kernel / np.linalg.norm(kernel)

    assert check_center_surround(mean_taken_away).status == "incorrect"


def test_crossover_by_root_finding_is_accepted_and_lies_where_the_praise_says():
    def by_search(narrow, broad):
        def lead(shift):
            return stats.norm.logpdf(shift, scale=narrow) - stats.norm.logpdf(shift, scale=broad)

        return optimize.brentq(lead, 0.0, 10 * broad, xtol=1e-12)

    assert check_crossover_shift(by_search).is_correct
    for narrow, broad in ((1.0, 1.0001), (1.0, 3.0), (0.1, 50.0)):
        assert narrow < by_search(narrow, broad) < np.sqrt(narrow * broad)
    assert check_crossover_shift(lambda narrow, broad: np.sqrt(narrow * broad)).status == "incorrect"
