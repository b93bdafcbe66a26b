"""Regression with polynomial networks: equal sizes, the batched networks are the package's layers, the fields agree."""

import numpy as np
import pytest
import torch

from lossland import remedies
from lossland.experiments import find_experiment, load_record
from lossland.experiments import regression_bases as experiment
from lossland.experiments.regression_bases import (
    FAMILIES,
    FITTED,
    THRESHOLDS,
    RegressionSettings,
    choose,
    epochs_to_reach,
    measure,
    median_interval,
)
from lossland.experiments.regression_networks import (
    PERCEPTRONS,
    POLYNOMIALS,
    BatchedNetwork,
    RowAdam,
    count_parameters,
    hidden_width,
)
from lossland.experiments.regression_problems import PROBLEMS, draw_samples, target


@pytest.fixture(scope="module")
def record():
    return load_record("regression_bases")


def settings(family, problem="smooth", **options):
    shape = 1 if family in PERCEPTRONS else 0 if family in FITTED else 6
    return RegressionSettings(problem, family, shape, 0.3, n_runs=3, n_epochs=4, learning_rates=(0.01, 0.02), **options)


@pytest.mark.parametrize("problem", list(PROBLEMS))
def test_targets_have_mean_zero_and_variance_one(problem):
    x = np.random.default_rng(5).uniform(-1, 1, (40_000, PROBLEMS[problem][0]))
    values = target(problem, x)
    assert abs(values.mean()) < 5 / 200
    assert values.var() == pytest.approx(1, abs=0.03)


def test_friedmans_function_is_his_and_three_inputs_idle():
    x = np.random.default_rng(0).uniform(-1, 1, (7, 8))
    u = (x + 1) / 2
    wanted = 10 * np.sin(np.pi * u[:, 0] * u[:, 1]) + 20 * (u[:, 2] - 0.5) ** 2 + 10 * u[:, 3] + 5 * u[:, 4]
    found = target("interacting", x)
    np.testing.assert_allclose((wanted - wanted[0]) / np.ptp(wanted), (found - found[0]) / np.ptp(found))
    x[:, 5:] = 0
    np.testing.assert_array_equal(target("interacting", x), found)


def test_samples_depend_on_problem_and_run_alone():
    one, again, other = (draw_samples("kink", 0.3, run) for run in (0, 0, 1))
    assert np.array_equal(one.train_targets, again.train_targets)
    assert not np.array_equal(one.train_inputs, other.train_inputs)
    quiet = draw_samples("kink", 0.0, 0)
    np.testing.assert_array_equal(quiet.train_inputs, one.train_inputs)
    np.testing.assert_allclose(quiet.train_targets, target("kink", quiet.train_inputs))
    assert np.std(one.train_targets - quiet.train_targets) == pytest.approx(0.3, rel=0.2)


@pytest.mark.parametrize("n_inputs", [1, 8])
def test_all_networks_have_about_the_same_number_of_parameters(n_inputs):
    wanted = {1: 240, 8: 540}[n_inputs]
    for family in (*PERCEPTRONS, *POLYNOMIALS, "spline"):
        for shape in (1, 2) if family in PERCEPTRONS else (experiment._FUNCTIONS[n_inputs],):
            width = hidden_width(family, shape, n_inputs)
            network = BatchedNetwork(family, shape, n_inputs, width)
            count = len(network.sample(torch.Generator().manual_seed(0), "smooth"))
            assert count == count_parameters(family, shape, n_inputs, width)
            assert abs(count - wanted) < 0.06 * wanted


@pytest.mark.parametrize("family", [*POLYNOMIALS, "spline"])
def test_the_batched_network_is_a_stack_of_layers_of_the_package(family):
    network = BatchedNetwork(family, 8, 3, 5)
    theta = network.sample(torch.Generator().manual_seed(0), "flat")
    draw = torch.Generator().manual_seed(0)
    if family == "spline":
        first = remedies.SplineLayer(3, 5, 4, generator=draw)
        second = remedies.SplineLayer(5, 1, 4, generator=draw)
        layers = [first, torch.nn.Tanh(), second]
    else:
        basis = getattr(remedies, family)()
        layers = [
            remedies.PolynomialLayer(3, 5, 7, basis, outside="continue", generator=draw),
            remedies.PolynomialLayer(5, 1, 7, basis, generator=draw),
        ]
    x = 2 * torch.rand(20, 3, generator=torch.Generator().manual_seed(1)) - 1
    given = {"laguerre": x + 1, "hermite": x * 3**0.5}.get(family, x)
    wanted = torch.nn.Sequential(*layers)(given)[:, 0]
    found = network(theta[None], network.prepare(x)[None])[0]
    torch.testing.assert_close(found, wanted, rtol=1e-4, atol=1e-4)


def test_a_smooth_start_has_the_same_variance_and_falls_with_the_degree():
    network = BatchedNetwork("legendre", 6, 4, 200)
    flat, smooth = (network.sample(torch.Generator().manual_seed(0), kind)[: 200 * 24] for kind in ("flat", "smooth"))
    assert smooth.square().sum() == pytest.approx(float(flat.square().sum()), rel=0.2)
    spread = smooth.view(200, 6, 4).std(dim=(0, 2))
    np.testing.assert_allclose(spread / spread[0], 1 / np.arange(1, 7) ** 2, rtol=0.2)


def test_steps_are_those_of_adam():
    theta = torch.randn(2, 5, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    ours = RowAdam(theta.clone(), torch.tensor([[0.1], [0.01]], dtype=torch.float64))
    wanted = [torch.nn.Parameter(row.clone()) for row in theta]
    optimizers = [torch.optim.Adam([row], lr=lr) for row, lr in zip(wanted, (0.1, 0.01), strict=True)]
    for k in range(5):
        gradient = torch.sin(theta * (k + 1))
        theta = ours.step(theta, gradient)
        for row, optimizer, part in zip(wanted, optimizers, gradient, strict=True):
            row.grad = part.clone()
            optimizer.step()
    torch.testing.assert_close(theta, torch.stack([row.detach() for row in wanted]))


@pytest.mark.parametrize("family", ["relu", "hermite", "spline", "polytron", "spline_fit"])
def test_fields_of_a_cell_fit_together_and_can_be_made_again(family):
    values = measure(settings(family), np.random.SeedSequence(1))
    n_options = len(values["options"])
    for name in ("validation", "error", "epoch", "outside"):
        assert np.shape(values[name]) == (n_options, 3)
    assert np.shape(values["reached"]) == (n_options, len(THRESHOLDS), 3)
    assert np.shape(values["curve"]) == (len(values["epochs"]), 3)
    best = values["best"]
    at = [values["epochs"].index(epoch) for epoch in values["epoch"][best]]
    np.testing.assert_allclose(np.array(values["curve"])[at, range(3)], values["error"][best], rtol=0.01)
    assert np.median(values["validation"][best]) == min(np.median(row) for row in values["validation"])
    assert measure(settings(family), np.random.SeedSequence(1)) == values


def test_an_additive_fit_finds_a_sum_of_polynomials():
    x = np.random.default_rng(0).uniform(-1, 1, (300, 2))
    y = x[:, 0] ** 3 - x[:, 1] ** 2
    for family in FITTED:
        design = experiment._additive(family, x, 6)
        assert design.shape == (300, 11)
        coefficients, _, rank, _ = np.linalg.lstsq(design, y, rcond=None)
        assert rank == 11
        assert np.max(np.abs(design @ coefficients - y)) < 1e-12


def test_what_left_the_numbers_is_none():
    history = np.ones((2, 3, 1, 2))
    history[:, :, 0, 1] = np.nan
    found = experiment._summary(history, [1, 2], [0.1], 5)
    assert [experiment._short(found[name]) for name in ("error", "validation")] == [[[1, None]]] * 2
    assert experiment._short(1e300) == 1e300
    assert experiment._short(0.123456) == 0.123


def test_median_and_its_interval():
    rng = np.random.default_rng(0)
    inside = 0
    for _ in range(2000):
        found = median_interval(rng.exponential(size=10))
        inside += found.low <= np.log(2) <= found.high
    assert found.coverage == pytest.approx(1 - 22 / 1024)
    assert inside / 2000 == pytest.approx(found.coverage, abs=0.015)
    assert median_interval([1, 2, 3, 4, 5, np.inf])[:3] == (3.5, 1.0, np.inf)
    assert median_interval(range(6)).coverage >= 0.95
    with pytest.raises(ValueError, match="values: expected six numbers or more"):
        median_interval([1, 2, 3])


def test_record_of_the_book_is_complete_and_chosen_by_validation(record):
    assert record.command == "lossland reproduce regression_bases --size full"
    assert len(record.cells) == len(find_experiment("regression_bases").cells("full"))
    for family in FAMILIES:
        found = choose(record, "smooth", family, 0.3)
        assert len(found.errors) == len(found.outside) == 10
        medians = [
            np.median(np.array(row, float)) for cell in record.select(problem="smooth", family=family, noise=0.3,
                                                                     initial="smooth").cells
            for row in cell["values"]["validation"] if None not in row
        ]  # fmt: skip
        assert np.median(np.array(found.cell["values"]["validation"][found.option], float)) == min(medians)
    epochs = epochs_to_reach(record, "smooth", "relu", 0.3, 0.1)
    assert epochs.shape == (10,)
    assert np.all(np.isin(epochs, record.cells[0]["values"]["epochs"]) | np.isinf(epochs))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda record: choose(record, "smooth", "relu", 0.7), "no cell of the record has 'smooth', 'relu', 0.7"),
        (lambda record: epochs_to_reach(record, "smooth", "relu", 0.3, 0.2), "threshold: expected one of"),
        (lambda _: target("flat", np.zeros((1, 1))), "problem: expected one of smooth, kink"),
        (lambda _: target("ridge", np.zeros((1, 3))), r"x: expected points \(..., 8\) for ridge"),
    ],
)
def test_bad_input(record, call, message):
    with pytest.raises(ValueError, match=message):
        call(record)
