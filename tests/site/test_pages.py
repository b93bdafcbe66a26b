"""Every page in a real browser: from a server and from a file, light and dark, wide and narrow."""

from tests.site import browser_checks, static_checks


def report(problems):
    """Write problems one to a line."""
    return "\n".join(["", *map(str, problems)])


def test_nothing_fails_or_is_asked_from_outside_and_the_console_is_silent(opened):
    problems = opened.record.problems()
    assert not problems, report(problems)


def test_all_formulas_are_rendered(opened):
    problems = browser_checks.unrendered_math(opened.page)
    assert not problems, report(problems)


def test_images_are_shown_and_described(opened):
    problems = browser_checks.broken_images(opened.page) + static_checks.missing_alt(opened.path)
    assert not problems, report(problems)


def test_fits_a_telephone(opened):
    page = opened.page
    page.set_viewport_size({"width": 390, "height": 844})
    page.wait_for_timeout(100)
    problems = browser_checks.overflow(page)
    page.set_viewport_size({"width": 1280, "height": 800})
    assert not problems, report(problems)


def test_hints_and_solutions_open(opened):
    problems = browser_checks.closed_after_click(opened.page)
    assert not problems, report(problems)


def test_works_opened_from_a_file(opened, new_page, site):
    tab = new_page((site.as_uri(),))
    tab.page.goto(opened.path.as_uri())
    browser_checks.wait_until_quiet(tab.page)
    problems = tab.record.problems() + browser_checks.unrendered_math(tab.page)
    assert not problems, report(problems)


# From here on the open page is no longer as it was: thinned out, hints and solutions open.


def test_axe_finds_nothing(opened):
    browser_checks.thin_out(opened.page)
    problems = browser_checks.accessibility(opened.page)
    assert not problems, report(problems)


def test_dark_mode_is_dark_and_readable(opened):
    page = opened.page
    assert browser_checks.choose_theme(page, "dark"), "the theme's button does not lead to dark mode"
    page.wait_for_timeout(150)
    background = page.evaluate("getComputedStyle(document.body).backgroundColor")
    text = page.evaluate("getComputedStyle(document.querySelector('h1, main, body')).color")
    browser_checks.thin_out(page)
    problems = browser_checks.accessibility(page, rules=["color-contrast"])
    problems += browser_checks.unreadable_verdicts(page)
    assert browser_checks.choose_theme(page, "light"), "the theme's button does not lead back to light mode"
    assert browser_checks.luminance(background) < 0.2 < 0.6 < browser_checks.luminance(text)
    assert not problems, report(problems)
