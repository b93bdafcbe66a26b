"""Interactive figures: their numbers are those of the package; keyboard, motion, theme, width, network, axe."""

import json
import math
import re
from types import SimpleNamespace

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe

from lossland import connectivity, descent, linear_networks, remedies, sgd, spin_glass, symmetry
from lossland import signal_propagation as signals
from tests.site.browser_checks import Record, choose_theme, overflow, wait_until_quiet
from tests.site.conftest import ROOT, SITE

FOLDER = ROOT / "book" / "_static" / "explorables"
NAMES = sorted(path.stem for path in FOLDER.glob("*.js") if path.stem not in ("base", "numbers"))
CLOSE = {"rtol": 1e-6, "atol": 1e-6}
POINTS = range(10)


def pages_with_explorables():
    """List the built pages that have an interactive figure, and which."""
    found = []
    for path in sorted((SITE / "chapters").glob("*.html")):
        text = path.read_text(encoding="utf8")
        names = re.findall(r'<figure class="explorable"[^>]* data-explorable="([^"]*)"', text)
        found += [(path.name, name) for name in names]
    return found


EMBEDDED = [
    pytest.param(pair, marks=pytest.mark.xdist_group("-".join(pair)), id=f"{pair[0][:2]}-{pair[1]}")
    for pair in pages_with_explorables() or [("none", "none")]
]


@pytest.fixture(scope="module")
def scripts(browser):
    """Open an empty page with all scripts in it: the numbers need no figure and no site."""
    context = browser.new_context()
    page = context.new_page()
    page.set_content("<!doctype html><title>Numbers</title>")
    for name in ("numbers", "base", *NAMES):
        page.add_script_tag(path=FOLDER / f"{name}.js")
    yield page
    context.close()


def numbers(scripts, name, inputs):
    """Call the pure function of an explorable; numbers that JSON does not have come as words."""
    found = scripts.evaluate(
        """([name, inputs]) => JSON.stringify(lossland.explorables[name].compute(inputs),
          (key, value) => typeof value === "number" && !Number.isFinite(value) ? String(value) : value)""",
        [name, inputs],
    )
    return json.loads(found, parse_constant=float)


def number(value):
    """Read a number that may be a word."""
    return float(value.replace("Infinity", "inf")) if isinstance(value, str) else value


def agree(found, expected):
    """Compare with the package's numbers."""
    np.testing.assert_allclose(np.vectorize(number, otypes=[float])(found), expected, **CLOSE)


SIGNALS = [
    ("tanh", 1.0, 0.05**0.5, 4.0, 0.3), ("tanh", 1.5, 0.05**0.5, 1.0, -0.6), ("tanh", 3.0, 0.05**0.5, 0.1, 0.98),
    ("tanh", 2.2, 1.0, 25.0, 0.0), ("tanh", 0.8, 0.0, 0.5, 0.5), ("erf", 1.2, 0.3, 2.0, 0.7),
    ("erf", 3.0, 0.0, 0.2, -0.9), ("relu", 1.0, 0.5, 3.0, 0.4), ("relu", 1.3, 0.1, 1.0, -0.4),
    ("erf", 0.7, 0.9, 5.0, 0.99),
]  # fmt: skip


@pytest.mark.parametrize(("activation", "w", "b", "q", "c"), SIGNALS)
def test_signal_maps(scripts, activation, w, b, q, c):
    inputs = {"activation": activation, "weight_std": w, "bias_std": b, "q": q, "c": c}
    found = numbers(scripts, "signal-maps", inputs)
    length = signals.q_star(w, b, activation).value
    agree(found["length_map"], signals.length_map(q, w, b, activation))
    agree(found["q_star"], length)
    agree(found["chi1"], signals.chi1(length, w, activation))
    agree(found["c_star"], signals.c_star(w, b, activation).value)
    agree(found["xi_q"], signals.xi_q(w, b, activation))
    agree(found["xi_c"], signals.xi_c(w, b, activation))
    assert found["phase"] == signals.phase(w, b, activation)
    if length > 0:
        agree(found["correlation_map"], signals.correlation_map(c, length, w, b, activation))


RUNS = [
    ("quadratic", [-1.6, 1.2], 0.05, 0.0, 40, 1.0), ("quadratic", [1.0, 1.0], 0.19, 0.0, 100, 0.5),
    ("quadratic", [1.0, -1.0], 0.2, 0.8, 60, 2.0), ("curved_valley", [-1.1, 0.2], 0.1, 0.0, 300, 1.5),
    ("curved_valley", [1.2, 1.0], 0.05, 0.9, 200, 0.3), ("curved_valley", [0.3, -0.5], 0.2, 0.5, 50, 1.0),
    ("strict_saddle", [-1.3, 0.02], 0.1, 0.0, 80, 1.5), ("strict_saddle", [0.4, 0.0], 0.25, 0.0, 500, 3.0),
    ("strict_saddle", [1.0, -0.3], 0.02, 0.95, 400, 0.7), ("quadratic", [2.0, 0.0], 0.005, 0.5, 3000, 5.0),
]  # fmt: skip


@pytest.mark.parametrize(("surface", "start", "rate", "beta", "n_steps", "noise"), RUNS)
def test_noisy_descent(scripts, surface, start, rate, beta, n_steps, noise):
    inputs = {"surface": surface, "start": start, "learning_rate": rate, "momentum": beta, "n_steps": n_steps}
    found = numbers(scripts, "noisy-descent", {**inputs, "noise_std": noise})
    shape = descent.SURFACES[surface]()
    run = descent.heavy_ball(shape.gradient, [start], rate, beta, n_steps)
    if not beta:
        plain = descent.gradient_descent(shape.gradient, [start], rate, n_steps)
        np.testing.assert_allclose(plain.end, run.end)
    agree(found["end"], run.end[0])
    agree(found["value"], shape.value(run.end[0]))
    temperature = sgd.effective_temperature(rate / (1 - beta), noise**2)
    agree(found["temperature"], temperature)
    agree(found["level"], boltzmann_level(shape, temperature))
    if surface == "quadratic":
        agree(found["variances"], sgd.momentum_variance([1.0, 10.0], noise**2, rate, beta))


def boltzmann_level(shape, temperature, share=0.9):
    """Return the energy below which the Boltzmann law on the window has a share of its mass."""
    x, y = (np.linspace(*side, 121) for side in shape.window)
    energy = shape.value(np.stack(np.meshgrid(x, y), axis=-1)).ravel()
    mass = sgd.boltzmann_density(energy, 1.0, temperature)
    order = np.argsort(energy, kind="stable")
    return energy[order][np.searchsorted(np.cumsum(mass[order]), share)]


GLASSES = [(3, 0, -1.65), (3, 1, -1.645), (3, 10, -1.64), (3, 60, -1.63299), (4, 2, -1.75), (5, 0, -1.0),
           (10, 7, -1.95), (20, 0, -2.2), (20, 33, -1.9495), (3, 4, 0.5)]  # fmt: skip


@pytest.mark.parametrize(("order", "index", "energy"), GLASSES)
def test_spin_glass_complexity(scripts, order, index, energy):
    found = numbers(scripts, "spin-glass-complexity", {"order": order, "index": index, "energy": energy})
    agree(found["threshold_energy"], spin_glass.threshold_energy(order))
    agree(found["complexity_plateau"], spin_glass.complexity_plateau(order))
    agree(found["critical_energy"], spin_glass.critical_energy(order, index))
    agree(found["complexity_of_index"], spin_glass.complexity_of_index(energy, order, index))
    agree(found["complexity"], spin_glass.complexity(energy, order))


MODES = [(0.2, 3.0, 1.0, 2, 1.0), (0.2, 3.0, 1.0, 1, 2.0), (0.5, 1.5, 0.1, 3, 1.0), (2.0, 0.5, 0.01, 4, 0.5),
         (5.0, -0.7, 0.1, 3, 1.0), (40.0, -0.7, 1.0, 2, 1.0), (1.0, 0.5, 1.0, 5, 4.0), (30.0, 1.5, 1e-4, 8, 1.0),
         (3.0, 3.0, 0.001, 2, 0.25), (0.0, 1.0, 0.3, 6, 1.0)]  # fmt: skip


@pytest.mark.parametrize(("time", "target", "start", "depth", "variance"), MODES)
def test_linear_modes(scripts, time, target, start, depth, variance):
    inputs = {"time": time, "target": target, "start": start, "depth": depth, "input_variance": variance}
    found = numbers(scripts, "linear-modes", inputs)
    options = {"input_variance": variance}
    agree(found["mode_strength"], linear_networks.mode_strength(time, target, start, depth, **options))
    if target > 0 or depth > 1:
        agree(found["time_to_half"], linear_networks.time_to_reach(target / 2, target, start, depth, **options))


@pytest.mark.parametrize("kind", ["segment", "arc", "centered arc"])
@pytest.mark.parametrize("k", POINTS)
def test_neuron_paths(scripts, kind, k):
    t, rng = k / 9, np.random.default_rng(k)
    a, b, mean = rng.normal(size=(3, 4))
    inputs = {"kind": kind, "t": t, "a": a.tolist(), "b": b.tolist(), "mean": mean.tolist()}
    found = numbers(scripts, "neuron-paths", inputs)
    paths = {
        "segment": connectivity.linear_path(a, b, t),
        "arc": connectivity.arc_path(a, b, t),
        "centered arc": connectivity.arc_path(a, b, t, mean=mean),
    }
    agree(found["point"], paths[kind])
    for name, factor in connectivity.path_moments(kind, t)._asdict().items():
        agree(found[name], factor)


CLOUDS = [(2, 1, 0.1), (10, 2, 0.1), (50, 2, 0.2), (1000, 10, 0.5), (200, 3, 0.05), (100, 20, 1.0), (75, 50, 1.5),
          (200, 200, 3.0), (30, 75, 3.0), (5, 1, 3.0)]  # fmt: skip


@pytest.mark.parametrize(("w", "dimension", "disturbance"), CLOUDS)
def test_optima_spacing(scripts, w, dimension, disturbance):
    inputs = {"n_points": w, "dimension": dimension, "disturbance": disturbance}
    found = numbers(scripts, "optima-spacing", inputs)
    agree(found["cell_spacing"], symmetry.cell_spacing(w, dimension))
    agree(found["log10_points_for_half"], math.log10(symmetry.points_for_spacing(0.5, dimension)))
    share = symmetry.swap_share(w, dimension, disturbance)
    np.testing.assert_allclose(number(found["swap_share"]), share, rtol=1e-6)


@pytest.mark.parametrize("k", POINTS)
def test_neuron_order(scripts, k):
    rng = np.random.default_rng(k)
    n, m, delta = int(rng.integers(2, 40)), int(rng.integers(1, 40)), float(10 ** rng.uniform(-4, 1))
    layer = rng.normal(size=(n, m))
    if k % 2:
        layer = np.round(layer)  # ties
    other = (layer + delta * rng.normal(size=(n, m)))[rng.permutation(n)]
    inputs = {"reference": layer.tolist(), "weights": other.tolist(), "disturbance": delta}
    found = numbers(scripts, "neuron-order", inputs)
    assert found["maximin"] == symmetry.assign_units(layer, other, "maximin").tolist()
    assert found["matching"] == symmetry.assign_units(layer, other, "matching").tolist()
    assert found["driver"] == symmetry.driver_row(layer)
    agree(found["sorting_probability"], symmetry.recovery_probability(delta, n))
    agree(found["matching_probability"], symmetry.recovery_probability(delta, n, n_inputs=m))


@pytest.mark.parametrize("k", POINTS)
def test_polynomial_fit(scripts, k):
    rng, basis = np.random.default_rng(k), remedies.legendre()
    scheme = ("gauss", "equidistant", "uniform", "arcsine")[k % 4]
    degree, n_samples = [(0, 1), (4, 5), (10, 30), (16, 60), (40, 41), (9, 12), (7, 40), (20, 160), (25, 80), (3, 3)][k]
    points, weights = remedies.sample_nodes(basis, n_samples, scheme, rng=rng)
    values = 1 / (1 + 25 * points**2) + 0.1 * rng.normal(size=n_samples)
    inputs = {"degree": degree, "points": points.tolist(), "weights": weights.tolist(), "values": values.tolist()}
    found = numbers(scripts, "polynomial-fit", inputs)
    condition = remedies.gram_condition(basis, remedies.Samples(points, weights), degree)
    np.testing.assert_allclose(number(found["condition"]), condition, rtol=1e-6)
    if n_samples > degree:
        table = remedies.evaluate(basis, points, degree) * np.sqrt(weights)[:, None]
        agree(found["coefficients"], np.linalg.lstsq(table, np.sqrt(weights) * values, rcond=None)[0])
    else:
        assert found["coefficients"] is None


def test_nodes_of_the_polynomial_fit(scripts):
    basis = remedies.legendre()
    for scheme in ("gauss", "equidistant"):
        for n_samples in (2, 5, 21, 160):
            found = scripts.evaluate(
                "([scheme, n]) => lossland.explorables['polynomial-fit'].samples(scheme, n)", [scheme, n_samples]
            )
            expected = remedies.sample_nodes(basis, n_samples, scheme)
            agree(found["points"], expected.points)
            agree(found["weights"], expected.weights)


def test_the_generator_is_normal_uniform_and_repeats_itself(scripts):
    draw = """seed => {
      const { normals, uniform } = lossland.numbers.random(seed);
      return [normals(20000), Array.from({ length: 20000 }, uniform)];
    }"""
    normal, uniform = scripts.evaluate(draw, 1)
    assert scripts.evaluate(draw, 1) == [normal, uniform]
    assert scripts.evaluate(draw, 2)[0] != normal
    assert abs(np.mean(normal)) < 5 / 20000**0.5
    assert abs(np.var(normal) - 1) < 5 * (2 / 20000) ** 0.5
    assert np.mean(np.power(normal, 4)) == pytest.approx(3, abs=5 * (96 / 20000) ** 0.5)
    assert abs(np.mean(uniform) - 0.5) < 5 / (12 * 20000) ** 0.5
    assert 0 <= min(uniform) < max(uniform) < 1


@pytest.fixture(scope="module", params=EMBEDDED)
def shown(request, browser, site):
    """Open the page of an interactive figure from a file, once for all tests of this figure."""
    name, explorable = request.param
    if name == "none":
        pytest.fail(f"no page in {SITE} has an explorable: run `make book`", pytrace=False)
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    page = context.new_page()
    page.set_default_timeout(60_000)
    record = Record(page, (site.as_uri(),))
    page.goto((site / "chapters" / name).as_uri())
    wait_until_quiet(page)
    figure = page.locator(f'figure.explorable[data-explorable="{explorable}"]')
    figure.locator(".ex-output:not(:empty)").wait_for()
    figure.scroll_into_view_if_needed()
    yield SimpleNamespace(page=page, record=record, figure=figure, name=name, explorable=explorable)
    context.close()


DRAWN = """all => all.map((e) => [
  e.getAttribute('aria-label'), e.getBoundingClientRect().width,
  e.parentElement.querySelectorAll('path, circle, canvas').length,
])"""
LABELS = "all => all.map(e => e.labels[0]?.innerText.trim() || '')"
VALUES = "all => all.map(e => e.value)"
RIGHT_END = "all => Math.max(...all.map(e => e.getBoundingClientRect().right))"
COLORS = "e => [getComputedStyle(e).backgroundColor, getComputedStyle(e.querySelector('svg text')).fill]"
PICTURE = "e => e.querySelector('svg').outerHTML"
FILES = "[...document.scripts].map(s => s.src).filter(s => s.includes('/explorables/'))"


def test_draws_is_described_and_asks_for_nothing(shown):
    plots = shown.figure.locator("svg[role=img]").evaluate_all(DRAWN)
    assert plots
    for label, width, shapes in plots:
        assert len(label) > 10
        assert "NaN" not in label
        assert "undefined" not in label
        assert width > 100
        assert shapes
    said = shown.figure.locator(".ex-output").inner_text()
    assert re.search(r"\d", said)
    assert "NaN" not in said
    assert len(shown.figure.locator(".explorable-stage").get_attribute("aria-label")) > 40
    assert not shown.record.problems()


def test_scripts_are_loaded_once_and_only_here(shown):
    files = [re.sub(r".*/|\?.*", "", address) for address in shown.page.evaluate(FILES)]
    assert files == ["numbers.js", "base.js", f"{shown.explorable}.js"]


def test_labels_name_every_control(shown):
    names = shown.figure.locator("input, select").evaluate_all(LABELS)
    assert len(names) >= 3
    assert all(names)
    assert len(set(names)) == len(names)


def test_every_control_works_by_keyboard_and_reset_leads_back(shown):
    figure, page = shown.figure, shown.page
    output = figure.locator(".ex-output")
    before, start = output.inner_text(), figure.locator("input, select").evaluate_all(VALUES)
    seen = set()
    for slider in figure.locator("input[type=range]").all():
        slider.focus()
        low, high = (float(slider.get_attribute(end)) for end in ("min", "max"))
        for key, test in (("Home", low), ("ArrowRight", None), ("End", high), ("ArrowLeft", None)):
            words = slider.get_attribute("aria-valuetext")
            page.keyboard.press(key)
            page.wait_for_timeout(40)
            seen.add(output.inner_text())
            value = float(slider.input_value())
            assert value == test if test is not None else low < value < high
            assert slider.get_attribute("aria-valuetext") != words or key == "Home"
    for select in figure.locator("select").all():
        for option in select.locator("option").evaluate_all(VALUES):
            select.select_option(option)
            page.wait_for_timeout(40)
            seen.add(output.inner_text())
    assert len(seen) >= 4
    assert not any(word in text for text in seen for word in ("NaN", "undefined"))
    figure.get_by_role("button", name="Reset").focus()
    page.keyboard.press("Enter")
    page.wait_for_timeout(100)
    assert figure.locator("input, select").evaluate_all(VALUES) == start
    assert output.inner_text() == before
    assert not shown.record.problems()


def test_tab_leads_through_the_controls_in_order(shown):
    controls = shown.figure.locator("input, select, button")
    controls.first.focus()
    for k in range(1, controls.count()):
        shown.page.keyboard.press("Tab")
        assert controls.nth(k).evaluate("e => e === document.activeElement")
    assert controls.last.evaluate("e => getComputedStyle(e).outlineStyle") != "none"


def test_reduced_motion_is_kept_and_play_moves_where_it_is_welcome(shown):
    play = shown.figure.get_by_role("button", name="Play")
    still = shown.figure.evaluate(PICTURE)
    shown.page.wait_for_timeout(200)
    assert shown.figure.evaluate(PICTURE) == still, "something moves by itself"
    if not play.count():
        return
    shown.page.emulate_media(reduced_motion="reduce")
    play.click()
    shown.page.wait_for_timeout(100)
    after = shown.figure.evaluate(PICTURE)
    shown.page.wait_for_timeout(250)
    assert shown.figure.evaluate(PICTURE) == after
    assert play.count()
    shown.page.emulate_media(reduced_motion="no-preference")
    play.click()
    shown.page.wait_for_timeout(150)
    first = shown.figure.evaluate(PICTURE)
    shown.page.wait_for_timeout(400)
    assert shown.figure.evaluate(PICTURE) != first
    shown.figure.get_by_role("button", name="Stop").click()
    assert play.count() == 1
    shown.figure.get_by_role("button", name="Reset").click()


def test_fits_a_telephone_and_follows_the_window(shown):
    shown.page.set_viewport_size({"width": 390, "height": 844})
    shown.page.wait_for_timeout(200)
    problems = overflow(shown.page)
    right = shown.figure.locator("svg, input, select, button").evaluate_all(RIGHT_END)
    shown.page.set_viewport_size({"width": 1280, "height": 800})
    shown.page.wait_for_timeout(200)
    assert not problems
    assert right <= 390
    assert shown.figure.locator("svg, input, select, button").evaluate_all(RIGHT_END) > 390


def test_both_themes_are_readable_and_different(shown):
    colors = {}
    for theme in ("light", "dark"):
        assert choose_theme(shown.page, theme)
        shown.page.wait_for_timeout(200)
        colors[theme] = shown.figure.evaluate(COLORS)
        options = {"resultTypes": ["violations"]}
        found = Axe().run(shown.page, context=f"figure[data-explorable='{shown.explorable}']", options=options)
        assert not found.response["violations"], found.generate_report()
    assert choose_theme(shown.page, "light")
    assert colors["light"][0] != colors["dark"][0]
    assert colors["light"][1] != colors["dark"][1]


def test_without_scripts_a_sentence_says_what_there_is(browser, site, shown):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto((site / "chapters" / shown.name).as_uri())
    note = page.locator(f'figure[data-explorable="{shown.explorable}"] .explorable-still')
    assert "needs JavaScript" in note.inner_text()
    assert note.is_visible()
    context.close()
