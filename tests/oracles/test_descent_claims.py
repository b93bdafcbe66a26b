"""What the slides claim about where descent ends: one test per entry of the ledger, its conditions included.

Where the slides are corrected, the test also shows that the printed version fails.
"""

import math

import numpy as np
import pytest
import torch
from scipy import stats

from lossland import descent, linear_networks, sgd, signal_propagation
from lossland.descent import concave_program as program
from lossland.descent import satisfiability as sat
from lossland.exercises.near_stationary_points import check_non_minimum
from lossland.experiments.record import load_record

PRODUCTS = (0.5, 1.0, 1.5, 1.99)


@pytest.fixture(scope="module")
def laboratory():
    start = descent.sample_shallow(100, 4, generator=torch.Generator().manual_seed(2))
    run = descent.gradient_descent(lambda p: descent.shallow_gradient(p, descent.HAT), start, 0.2, 10_000)
    return run.end, descent.classify_ends(run.end, descent.HAT)


def bowl_runs(product, n_steps=400):
    surface = descent.log_sum(20)
    start = np.random.default_rng(1).normal(0, 3, (5, 20))
    return surface, descent.check_surface(surface, start, product / surface.gradient_lipschitz, n_steps)


# -- terms


@pytest.mark.ledger("yarotsky-def-07-minima-terms")
def test_terms_tell_minima_from_saddles_and_never_call_a_degenerate_point_a_minimum():
    found = {}
    for name in ("quadratic", "double_well", "strict_saddle", "himmelblau", "inflection", "monkey_saddle"):
        surface = descent.SURFACES[name]()
        low, high = np.array(surface.window).T
        starts = np.random.default_rng(0).uniform(low, high, (200, surface.dimension))
        found[name] = descent.find_critical_points(surface, starts)
        assert sorted(p.kind for p in found[name]) == sorted(p.kind for p in surface.critical_points), name
    for power in (3, 4):  # w^3, w^4 and -w^4 have the Hessian 0 at 0: only w^4 has a minimum there
        assert descent.classify_critical_point([[power * (power - 1) * 0.0 ** (power - 2)]]) == "degenerate"
    well = found["double_well"]
    assert [p.value for p in well if p.kind == "minimum"] == pytest.approx([0, 0], abs=1e-18)  # both are global
    # the two meanings of "spurious": the laboratory's minimum is local, not global, and not strict
    stuck = torch.tensor([[-1.2, -0.8, 0.6875, -0.3125, 1, 1, 1, -1, 0, 0, 2, 2]], dtype=torch.float64)
    facts = descent.classify_ends(stuck, descent.HAT)
    assert facts.end[0] == "local minimum"
    assert facts.n_flat[0] > 0
    rescaled = stuck * torch.tensor([0.5, 1, 1, 1, 2, 1, 1, 1, 2, 1, 1, 1])
    assert descent.shallow_loss(rescaled, descent.HAT) == pytest.approx(facts.loss[0], rel=1e-12)


# -- the convergence theorem


@pytest.mark.parametrize("product", PRODUCTS)
@pytest.mark.ledger("yarotsky-thm-01-gd-convergence", "yarotsky-formula-03-descent-lemma", "yarotsky-formula-04-rate")
def test_lemma_sum_and_rate_hold_along_every_run(product):
    _, check = bowl_runs(product)
    assert np.all(check.holds)
    assert np.all(check.first_violation == -1)
    assert np.all(check.sum_of_squares <= check.bound)
    assert np.all(check.best_gradient <= check.best_bound)
    assert np.all(check.best_gradient[-1] < check.best_gradient[0])


@pytest.mark.ledger("yarotsky-thm-01-gd-convergence")
def test_gradient_goes_to_zero_below_two_over_m_and_the_run_diverges_beyond():
    for product in PRODUCTS:
        _surface, check = bowl_runs(product, n_steps=4000)
        assert np.all(check.best_gradient[-1] < 1e-6), product
    parabola = descent.quadratic([10.0])
    for product in (2.1, 3.0, 20.0):
        run = descent.gradient_descent(parabola.gradient, [1.0], product / 10, 5000)
        growth = math.log(abs(1 - product))
        assert run.diverged_at == math.floor(150 * math.log(10) / growth) + 1
    # the infimum need not be attained, so min is wrong: L -> inf = -1 has no minimizer, and the theorem holds
    bend = descent.inflection()
    check = descent.check_surface(bend, [-1.0], 1 / bend.gradient_lipschitz, 2000)
    assert check.holds
    assert bend.infimum == -1
    assert np.all(bend.value(np.linspace(-1e3, 1e3, 2001)[:, None]) > -1)
    # alpha < 2/M admits negative steps: ascent
    rise = bend.value(np.array([0.5]) + 0.1 * bend.gradient(np.array([0.5])))
    assert rise > bend.value([0.5])


@pytest.mark.ledger("yarotsky-formula-03-descent-lemma")
def test_descent_lemma_is_an_equality_on_a_parabola_for_every_step():
    for learning_rate in (0.01, 0.1, 0.19, 0.3):
        slack = descent.check_surface(descent.quadratic([10.0]), [1.0], learning_rate, 20).slack
        values = 5 * (1 - 10 * learning_rate) ** (2 * np.arange(20))
        assert np.all(np.abs(slack) < 1e-12 * np.maximum(values, 1))
    assert descent.descent_constant(0.3, 10.0) < 0  # beyond 2/M the lemma is true and promises nothing


def test_a_wrong_constant_is_seen_at_the_first_step():
    surface = descent.log_sum(3)
    run = descent.gradient_descent(surface.gradient, [2.0, 0.1, -3.0], 0.5, 50, record_every=1)
    norms = np.linalg.norm(surface.gradient(run.points), axis=-1)
    honest = descent.check_descent(surface.value(run.points), norms, 0.5, 2.0, infimum=0.0)
    assert honest.holds
    small = descent.check_descent(surface.value(run.points), norms, 0.5, 0.2, infimum=0.0)
    assert small.first_violation >= 1
    assert not small.holds


@pytest.mark.ledger("yarotsky-claim-01-no-iterate-convergence")
def test_iterates_need_not_converge_and_limits_need_not_be_minima():
    hill = descent.escape()
    run = descent.gradient_descent(hill.gradient, [2.3], 0.1, 100_000, record_every=1000)
    assert run.end[0] == pytest.approx(14.1666, abs=1e-3)
    assert np.all(np.diff(run.points[:, 0]) > 0)
    assert hill.value(run.end) == pytest.approx(0.50014, abs=1e-5)
    assert hill.infimum == pytest.approx(-0.062763, abs=1e-6)
    slope = np.abs(hill.hessian(np.linspace(2.2, 60, 100_001)[:, None])).max()  # Lipschitz where the run is
    assert descent.check_surface(hill, [2.3], 0.1, 2000, lipschitz=float(slope)).holds
    bend = descent.gradient_descent(descent.inflection().gradient, [1.0], 0.5, 100_000)
    assert bend.end[0] == pytest.approx(6.7e-6, rel=0.01)
    assert bend.gradient_norm < 1e-9
    assert descent.inflection().value([-0.01]) < descent.inflection().value(bend.end)


@pytest.mark.ledger("yarotsky-formula-05-stopping")
def test_descent_stops_within_the_bound():
    bend = descent.inflection()
    lipschitz = bend.gradient_lipschitz
    for start in (0.5, 1.0, 3.0):
        drop = float(bend.value([start]) - bend.infimum)
        for product in PRODUCTS:
            for tol in (1e-1, 1e-2, 1e-3):
                rate = product / lipschitz
                steps = descent.gradient_descent(bend.gradient, [start], rate, 10**5, tol=tol).n_steps
                assert steps <= descent.stopping_bound(drop, tol, rate, lipschitz)
    # explicit constant at alpha = 1/M, and the bound is the inverse of the one on the best gradient
    assert descent.stopping_bound(1.0, 0.1, 1 / 4, 4.0) == round(2 * 4 * 1.0 / 0.1**2)
    n = descent.stopping_bound(2.0, 0.013, 0.3, 2.0)
    assert descent.best_gradient_bound(2.0, 0.3, 2.0, n + 1) < 0.013 <= descent.best_gradient_bound(2.0, 0.3, 2.0, n)


@pytest.mark.ledger("yarotsky-ex-03-optimal-alpha")
def test_best_guaranteed_step_is_one_over_m_and_a_better_one_needs_more_knowledge():
    for lipschitz in (0.5, 1.0, 7.0):
        grid = np.linspace(1e-6, 2 / lipschitz, 4001)
        constants = [descent.descent_constant(alpha, lipschitz) for alpha in grid]
        assert grid[np.argmax(constants)] == pytest.approx(descent.optimal_learning_rate(lipschitz), rel=1e-3)
        assert max(constants) == pytest.approx(1 / (2 * lipschitz), rel=1e-6)
    valley = descent.quadratic([1.0, 10.0])
    ends = [np.linalg.norm(descent.gradient_descent(valley.gradient, [1.0, 1.0], alpha, 50).end)
            for alpha in (1 / 10, 2 / 11)]  # fmt: skip
    assert ends[1] < ends[0] / 10


@pytest.mark.ledger("yarotsky-ex-04-gd-to-non-minimum")
def test_descent_can_converge_to_a_point_that_is_no_minimum():
    inflection = {"loss": lambda w: w[0] ** 3 / (1 + w[0] ** 2) ** 1.5, "start": [1.0], "learning_rate": 0.5}
    saddle = {"loss": lambda w: w[0] ** 2 - w[1] ** 2 + w[1] ** 4, "start": [1.0, 0.0], "learning_rate": 0.1}
    assert check_non_minimum(inflection).is_correct
    assert check_non_minimum(saddle).is_correct
    run = descent.gradient_descent(descent.strict_saddle().gradient, [1.0, 0.0], 0.1, 1000)
    assert np.linalg.norm(run.end) < 1e-9
    assert descent.strict_saddle().value([0.0, 0.01]) < 0
    assert not check_non_minimum({"loss": lambda w: w[0] ** 4, "start": [0.5], "learning_rate": 0.5}).is_correct


# -- failures


@pytest.mark.ledger("yarotsky-fig-01-missing-global-minimum")
def test_starts_beyond_the_hilltop_never_reach_the_global_minimum():
    hill, top = descent.escape(), 1 + math.sqrt(1.5)
    starts = np.concatenate([np.linspace(-1, top - 1e-3, 50), np.linspace(top + 1e-3, 6, 50)])[:, None]
    ends = descent.gradient_descent(hill.gradient, starts, 0.1, 20_000).end[:, 0]
    assert np.allclose(ends[:50], 1 - math.sqrt(1.5))
    assert np.all(ends[50:] > 10)
    assert np.all(hill.value(ends[50:, None]) > 0.5)


@pytest.mark.ledger("yarotsky-claim-02-failure-modes")
def test_three_failure_modes_each_have_a_certified_example():
    stuck = torch.tensor([[-1.2, -0.8, 0.6875, -0.3125, 1, 1, 1, -1, 0, 0, 2, 2]], dtype=torch.float64)
    assert descent.classify_ends(stuck, descent.HAT).end[0] == "local minimum"  # suboptimal: L = 1/96 > 0
    assert descent.shallow_loss(stuck, descent.HAT) == pytest.approx(1 / 96, rel=1e-12)
    run = descent.gradient_descent(descent.escape().gradient, [[2.3]], 0.1, 200_000, record_every=100_000)
    assert run.points[2, 0, 0] > run.points[1, 0, 0] > 14  # unbounded iterates
    flat = torch.autograd.functional.hessian(lambda w: (w.prod() - 1) ** 2, torch.zeros(3, dtype=torch.float64))
    assert torch.all(flat == 0)  # a flat region: zero-initialized linear network of depth 3


@pytest.mark.ledger("yarotsky-ex-05-gd-1d-shallow")
def test_shallow_runs_end_in_each_of_the_four_ways(laboratory):
    end, facts = laboratory
    ends, counts = np.unique(facts.end, return_counts=True)
    assert set(ends) == set(descent.shallow_ends.ENDS)
    assert counts.min() >= 3
    dead = facts.end == "dead units"
    assert np.all(facts.n_dead[dead] >= 1)
    assert np.all(facts.gradient_norm[dead] <= 1e-9)
    local = np.flatnonzero(facts.end == "local minimum")
    rng = torch.Generator().manual_seed(3)
    for i in local[:3]:  # nothing lower nearby
        noise = 1e-3 * torch.randn(2000, 12, generator=rng, dtype=torch.float64)
        assert torch.all(descent.shallow_loss(end[i] + noise, descent.HAT) >= facts.loss[i] - 1e-12)
    slow = facts.end == "plateau"
    assert np.median(facts.gradient_norm[slow]) > 1e-9


# -- NP-hardness


def vertex_minimum(concave):
    """Minimum over all vertices of the feasible polytope, by solving for every choice of active constraints."""
    from itertools import combinations

    matrix, n = concave.matrix, concave.matrix.shape[1]
    rows = np.concatenate([matrix, np.eye(n), np.eye(n)])
    bounds = np.concatenate([concave.bound, np.zeros(n), np.ones(n)])
    best = np.inf
    for active in combinations(range(len(rows)), n):
        chosen = rows[list(active)]
        if abs(np.linalg.det(chosen)) > 1e-9:
            x = np.linalg.solve(chosen, bounds[list(active)])
            if program.is_feasible(concave, x):
                best = min(best, float(program.objective(x)))
    return best


@pytest.mark.ledger("yarotsky-thm-02-3sat-to-qp")
def test_formula_is_satisfiable_exactly_if_the_minimum_is_zero():
    rng, outcomes = np.random.default_rng(5), set()
    for n_clauses in np.linspace(4, 40, 12):
        clauses = sat.random_formula(3, int(n_clauses), rng=rng).clauses
        formula = sat.Formula(3, sorted({tuple(sorted(clause, key=abs)) for clause in clauses}))
        concave = program.to_concave_program(formula)
        assert program.is_feasible(concave, np.full(3, 0.5))  # the center is always feasible
        possible = sat.solve(formula) is not None
        assert (vertex_minimum(concave) < 1e-9) == possible
        assert (program.global_minimum(concave, only_sign=True).value < 1e-6) == possible
        outcomes.add(possible)
    assert outcomes == {True, False}
    every = [[i, 2 * j, 3 * k] for i in (1, -1) for j in (1, -1) for k in (1, -1)]
    worst = program.to_concave_program(sat.Formula(3, every))
    assert vertex_minimum(worst) == pytest.approx(0.5)
    assert program.objective(np.array([0, 0.5, 0.5])) == 0.5
    assert program.is_feasible(worst, np.array([0, 0.5, 0.5]))


@pytest.mark.ledger("yarotsky-thm-02-3sat-to-qp")
def test_reduction_agrees_with_a_sat_solver_around_the_threshold():
    rng, agree = np.random.default_rng(6), []
    for _ in range(20):
        formula = sat.random_formula(7, 30, rng=rng)  # 4.29 clauses per variable
        lowest = program.global_minimum(program.to_concave_program(formula), only_sign=True)
        agree.append((lowest.value < 1e-6) == (sat.solve(formula) is not None))
    assert all(agree)


# -- linearization and saddles


@pytest.mark.ledger("yarotsky-formula-06-linearization")
def test_factor_is_one_minus_alpha_lambda_and_a_positive_eigenvalue_is_not_enough():
    well = descent.double_well()  # at 1 the curvature is 2
    for learning_rate in (0.1, 0.5, 0.9, 1.1, 1.25):
        factors = []
        for deviation in (1e-4, 1e-5):
            end = descent.gradient_descent(well.gradient, [1 + deviation], learning_rate, 1).end[0]
            factors.append((end - 1) / deviation)
        expected = descent.linearize([[2.0]], learning_rate).factors[0]
        assert expected == pytest.approx(1 - 2 * learning_rate)
        errors = np.abs(np.array(factors) - expected)
        assert errors[1] < 0.11 * errors[0] + 1e-9  # first order in the deviation
    for learning_rate, verdict in ((0.99, "converges"), (1.01, "diverges"), (1.25, "diverges")):
        run = descent.gradient_descent(well.gradient, [1 + 1e-6], learning_rate, 5000)
        assert (abs(run.end[0] - 1) < 1e-7) == (verdict == "converges")
        assert descent.linearize([[2.0]], learning_rate).verdict == verdict
    assert descent.linearize([[2.0]], 1.25).factors[0] == -1.5
    # zero eigenvalue: the same linear part, three different ends
    quartic = descent.gradient_descent(lambda w: 4 * w**3, [[0.1], [-0.1]], 0.1, 20_000).end
    assert np.all(np.abs(quartic) < 0.02)
    hilltop = descent.gradient_descent(lambda w: -4 * w**3, [[0.1], [-0.1]], 0.1, 20_000)
    assert np.all(hilltop.diverged_at > 0)
    cubic = descent.gradient_descent(lambda w: 3 * w**2, [[0.1], [-0.1]], 0.1, 20_000)
    assert abs(cubic.end[0, 0]) < 0.01
    assert cubic.diverged_at[1] > 0
    assert descent.linearize([[0.0]], 0.1).verdict == "undecided"


@pytest.mark.ledger("yarotsky-claim-03-saddle-evasion")
def test_strict_saddles_are_left_in_logarithmic_time_and_degenerate_ones_need_not_be():
    saddle = descent.strict_saddle()
    starts = np.random.default_rng(7).normal(size=(10_000, 2))
    ends = descent.gradient_descent(saddle.gradient, starts, 0.1, 2000).end
    assert np.allclose(np.abs(ends[:, 1]), 1)
    offsets = np.array([1e-2, 1e-4, 1e-8, 1e-16])
    steps = descent.escape_steps(saddle, [0, 0], np.stack([np.ones(4), offsets], -1), 0.1)
    predicted = descent.predicted_escape_steps(offsets, 0.5, 0.1, -1.0)
    assert steps.tolist() == [43, 91, 188, 381]
    assert np.all((steps - predicted > 0) & (steps - predicted < 3))
    # a degenerate saddle keeps a set of positive measure: x^3 from every start x > 0
    cubic = descent.gradient_descent(descent.inflection().gradient, np.linspace(0.1, 2, 50)[:, None], 0.5, 100_000)
    assert np.all((cubic.end > 0) & (cubic.end < 1e-4))
    # alpha = 1/lambda maps a whole line onto the saddle: the step must be below 1/M
    merged = descent.gradient_descent(descent.quadratic([1.0, -1.0]).gradient, [[3.0, 0.0], [-2.0, 0.0]], 1.0, 1).end
    assert np.all(merged == 0)


@pytest.mark.ledger("yarotsky-claim-03-saddle-evasion")
def test_rounding_breaks_the_invariance_of_a_stable_manifold():
    saddle, angle = descent.strict_saddle(), 0.7
    turn = np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
    run = descent.gradient_descent(lambda w: saddle.gradient(w @ turn) @ turn.T, turn @ [1.0, 0.0], 0.1, 1000)
    assert abs(abs((run.end @ turn)[1]) - 1) < 1e-6
    aligned = descent.gradient_descent(saddle.gradient, [1.0, 0.0], 0.1, 1000)
    assert aligned.end[1] == 0


@pytest.mark.ledger("yarotsky-claim-04-perturbed-gd")
def test_a_push_leaves_the_stable_manifold_in_logarithmic_time():
    saddle, starts = descent.strict_saddle(), np.tile([1.0, 0.0], (200, 1))
    for radius in (1e-2, 1e-4, 1e-8):
        settings = {"radius": radius, "threshold": 1e-3, "wait": 10**6, "rng": np.random.default_rng(8)}
        run = descent.perturbed_descent(saddle.gradient, starts, 0.1, 600, record_every=1, **settings)
        left = np.argmax(np.abs(run.points[:, :, 1]) > 0.5, axis=0)
        assert np.all(run.n_pushes == 1)
        waited = left - run.first_push
        expected = descent.predicted_escape_steps(radius, 0.5, 0.1, -1.0)
        assert np.all(waited > expected)
        assert np.median(waited - expected) < 12  # a push has its unstable part at random
    assert descent.gradient_descent(saddle.gradient, [1.0, 0.0], 0.1, 10_000).end[1] == 0


# -- real networks


@pytest.mark.ledger("yarotsky-claim-05-relu-nonsmooth-minima")
def test_hinge_losses_have_no_strict_minimum_between_kinks_but_a_square_loss_has():
    generator = torch.Generator().manual_seed(2)
    inputs = torch.randn(30, 2, generator=generator, dtype=torch.float64)
    labels = 2.0 * torch.randint(0, 2, (30,), generator=generator) - 1

    def loss(p):
        hidden = torch.nn.functional.leaky_relu(inputs @ p[:8].reshape(4, 2).T + p[8:12], 0.1)
        return (1 - labels * (hidden @ p[12:16] + p[16])).clamp(min=0).mean()

    for _ in range(5):
        p = torch.randn(17, generator=generator, dtype=torch.float64)
        hessian = torch.autograd.functional.hessian(loss, p)
        assert torch.all(hessian.diagonal() == 0)  # multilinear between kinks
        eigenvalues = torch.linalg.eigvalsh(hessian)
        assert eigenvalues[0] < -1e-3 < 1e-3 < eigenvalues[-1]
    # over-general as printed: a ReLU network with a smooth, certified spurious minimum
    stuck = torch.tensor([[-1.2, -0.8, 0.6875, -0.3125, 1, 1, 1, -1, 0, 0, 2, 2]], dtype=torch.float64)
    facts = descent.classify_ends(stuck, descent.HAT)
    assert facts.end[0] == "local minimum"
    assert np.sum(np.abs(facts.eigenvalues[0]) < 1e-9) == facts.n_flat[0]
    for h in (1e-3, 1e-4):  # twice differentiable: difference quotients of the gradient converge to the Hessian
        shift = h * torch.eye(12, dtype=torch.float64)
        quotient = (descent.shallow_gradient(stuck + shift, descent.HAT)
                    - descent.shallow_gradient(stuck - shift, descent.HAT)) / (2 * h)  # fmt: skip
        assert torch.max(torch.abs(quotient - descent.shallow_hessian(stuck, descent.HAT)[0])) < 3 * h


@pytest.fixture(scope="module")
def minima():
    return load_record("local_minima").select(penalty=1e-3)


def column(record, name, width):
    return record.column(name)[record.column("width") == width]


@pytest.mark.ledger("yarotsky-claim-06-choromanska-1")
def test_minima_of_wide_networks_are_different_and_test_alike(minima):
    spreads = [np.std(column(minima, "test_loss", n), ddof=1) for n in (4, 8, 16, 32)]
    assert np.all(np.diff(spreads) < 0)
    assert spreads[-1] < spreads[0] / 10
    wide = column(minima, "objective", 32)
    assert len(np.unique(wide.round(7))) == len(wide) == 24
    assert np.std(wide) < 0.01 * np.mean(wide)


@pytest.mark.ledger("yarotsky-claim-07-choromanska-2")
def test_bad_minima_are_found_in_small_networks_only(minima):
    bad = [np.mean(values > values.min() + 0.05) for n in (2, 4, 8, 16, 32)
           for values in [column(minima, "objective", n)]]  # fmt: skip
    assert min(bad[:2]) > 0.1
    assert bad[2:] == [0, 0, 0]
    for n in (2, 4, 8):
        assert np.all(column(minima, "n_negative", n) == 0)  # certified minima, bad ones included
        assert np.all(column(minima, "gradient_norm", n) < 2e-5)


@pytest.mark.ledger("yarotsky-claim-08-choromanska-3")
def test_training_and_test_loss_decorrelate_and_lower_training_loss_may_overfit(minima):
    correlation = [stats.pearsonr(column(minima, "train_loss", n), column(minima, "test_loss", n)) for n in (4, 32)]
    assert correlation[0].confidence_interval(0.95).low > 0.5
    assert correlation[1].confidence_interval(0.95).low < 0 < correlation[0].statistic - correlation[1].statistic
    weak = load_record("local_minima").select(penalty=1e-4)
    for n in (4, 8):  # closer to the global minimum of the training loss, farther from that of the test loss
        assert column(weak, "train_loss", n).mean() < column(minima, "train_loss", n).mean()
        assert column(weak, "test_loss", n).mean() > column(minima, "test_loss", n).mean() + 0.02
    assert column(weak, "test_loss", 32).mean() < column(minima, "test_loss", 32).mean()  # it need not


# -- pictures


@pytest.mark.ledger("yarotsky-formula-07-valley")
def test_steps_along_the_valley_grow_like_one_over_eps_and_its_minimum_is_unique():
    steps = []
    for floor in (0.1, 0.01):
        valley = descent.curved_valley(floor)
        n_steps = int(40 / floor)
        run = descent.gradient_descent(valley.gradient, [1.0, 1.0], 0.1, n_steps, record_every=1)
        steps.append(int(np.argmax(valley.value(run.points) < 1e-4 * floor)))
        starts = np.random.default_rng(9).normal(size=(100, 2))
        (bottom,) = descent.find_critical_points(valley, starts)
        assert np.allclose(bottom.position, 0, atol=1e-9)
        assert np.allclose(valley.hessian(np.array(bottom.position)), np.diag([2 * floor, 2]))
    assert steps == [329, 3301]
    floorless = descent.curved_valley(0.0)  # only here the minima are connected
    parabola = np.stack([np.linspace(-2, 2, 9), np.linspace(-2, 2, 9) ** 2], -1)
    assert np.all(floorless.value(parabola) == 0)
    assert np.all(floorless.gradient(parabola) == 0)


@pytest.mark.ledger("yarotsky-claim-09-two-pictures")
def test_both_pictures_occur_in_the_same_laboratory(laboratory):
    _end, facts = laboratory
    ended = np.isin(facts.end, ("local minimum", "dead units"))
    assert len(np.unique(facts.loss[ended].round(5))) >= 3  # rough: several isolated values
    assert np.all(facts.n_flat[ended] >= 4)  # connected: every end lies in a continuum of at least four dimensions


@pytest.mark.ledger("yarotsky-claim-10-limited-value")
def test_random_slices_through_a_saddle_show_a_minimum():
    rng = np.random.default_rng(10)
    for n, index in ((10, 3), (60, 20)):
        exact, n_draws = descent.bowl_probability_of_line(n, index), 4000
        drawn = descent.bowl_fraction_of_slices(n, index, n_axes=1, n_draws=n_draws, rng=rng)
        assert abs(drawn - exact) < 4.5 * math.sqrt(exact * (1 - exact) / n_draws) + 1e-9
    signs = np.where(np.arange(30) < 10, -1.0, 1.0)  # planes by brute force
    planes = rng.standard_normal((4000, 2, 30))
    least = np.linalg.eigvalsh((planes * signs) @ planes.swapaxes(1, 2))[:, 0]
    drawn = descent.bowl_fraction_of_slices(30, 10, n_draws=4000, rng=rng)
    assert abs(drawn - np.mean(least > 0)) < 4.5 * math.sqrt(0.5 / 4000)
    assert descent.bowl_fraction_of_slices(1000, 400, n_draws=2000, rng=rng) > 0.99


@pytest.mark.ledger("yarotsky-claim-11-research-directions")
@pytest.mark.parametrize("route", ["numerical study", "solvable case", "large size", "Langevin"])
def test_every_research_direction_leads_to_a_number_that_its_theory_predicts(route):
    generator = torch.Generator().manual_seed(5)
    if route == "numerical study":  # two wells, an unstable point between them: descent finds the wells
        well = descent.SURFACES["double_well"]()
        starts = torch.randn(200, 1, dtype=torch.float64, generator=generator)
        measured = descent.gradient_descent(well.gradient, starts, 0.1, 1000).end.abs()
        predicted = max(abs(point.position[0]) for point in well.critical_points if point.kind == "minimum")
        tolerance = 1e-6
    elif route == "solvable case":  # one mode of three linear layers, against its time course
        measured = linear_networks.scalar_flow([0.0, 1.0, 2.0], [0.5] * 3, 1.2)[-1].prod()
        predicted, tolerance = linear_networks.mode_strength(2.0, 1.2, 0.5**3, 3), 1e-6
    elif route == "large size":  # mean square of the pre-activations of a wide layer
        weights = torch.randn(4000, 400, generator=generator, dtype=torch.float64) * (1.5 / 20)
        inputs = torch.tanh(2**0.5 * torch.randn(400, 20, generator=generator, dtype=torch.float64))
        measured = (weights @ inputs).square().mean()
        predicted, tolerance = float(signal_propagation.length_map(2.0, 1.5, 0.0, "tanh")), 0.03
    else:  # stationary variance of noisy descent on a parabola
        noise = sgd.isotropic_noise(1, 0.3)
        starts = torch.zeros(20_000, 1, dtype=torch.float64)
        measured = sgd.noisy_descent([[1.0]], noise, starts, 0.2, 60, generator=generator).end.var()
        predicted, tolerance = float(sgd.stationary_variance(1.0, float(noise.covariance[0, 0]), 0.2)), 0.002
    np.testing.assert_allclose(np.asarray(measured), predicted, atol=tolerance)
