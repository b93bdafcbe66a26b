"""The lectures: they start, fit their slides, have notes, need no network and print."""

import re

import pytest

from tests.site import browser_checks, static_checks

SLIDES_OF_A_LECTURE = range(12, 21)
KNOWN = ("landmark-main-is-top-level", "meta-viewport")  # of the page that the theme makes of all slides


@pytest.fixture(params=["server", "file"])
def base(request, site):
    return request.getfixturevalue("address") if request.param == "server" else site.as_uri() + "/"


@pytest.fixture
def deck(base, deck_path, new_page, site):
    """Open a deck at the size of its slides."""
    if deck_path == "none":
        pytest.fail("the site has no decks: run `make book`", pytrace=False)
    tab = new_page((base,), width=1280, height=720)
    tab.page.goto(base + deck_path)
    tab.page.wait_for_function("() => window.Reveal && Reveal.isReady()")
    browser_checks.wait_until_quiet(tab.page)
    tab.path = site / deck_path
    return tab


def test_deck_is_complete_and_fits(deck):
    count = deck.page.evaluate("Reveal.getTotalSlides()")
    problems = [] if count in SLIDES_OF_A_LECTURE else [f"{count} slides, expected 12 to 20"]
    problems += browser_checks.slides(deck.page) + browser_checks.unrendered_math(deck.page)
    problems += static_checks.missing_alt(deck.path) + deck.record.problems()
    assert not problems, "\n" + "\n".join(problems)


def test_keys_lead_from_the_first_slide_to_the_last(deck):
    for _ in range(200):
        if deck.page.evaluate("Reveal.isLastSlide()"):
            break
        deck.page.keyboard.press("Space")
    assert deck.page.evaluate("Reveal.isLastSlide()")
    assert not deck.record.problems()


def test_deck_leads_back_to_its_chapter(deck, deck_path):
    chapter = deck_path.replace("decks/", "chapters/")
    links = [address for name, address in static_checks.addresses(deck.path) if name == "a"]
    assert any(chapter in link for link in links), f"no link to {chapter} among {links}"


def test_deck_prints_every_slide(deck, base, deck_path, new_page):
    count = deck.page.evaluate("Reveal.getTotalSlides()")
    tab = new_page((base,))
    tab.page.goto(f"{base}{deck_path}?print-pdf")
    tab.page.wait_for_function("() => window.Reveal && Reveal.isReady()")
    browser_checks.wait_until_quiet(tab.page)
    tab.page.wait_for_selector(".pdf-page")
    pages = len(re.findall(rb"/Type\s*/Page(?![a-z])", tab.page.pdf(prefer_css_page_size=True)))
    assert count <= pages <= 2 * count, f"{pages} pages for {count} slides"


def test_axe_finds_nothing_on_any_slide(site, deck_path, new_page):
    page = new_page((site.as_uri(),), width=1280, height=720).page
    page.goto(f"{(site / deck_path).as_uri()}?print-pdf")  # shows all slides at once
    page.wait_for_selector(".pdf-page")
    browser_checks.wait_until_quiet(page)
    browser_checks.thin_out(page)
    problems = [problem for problem in browser_checks.accessibility(page) if not problem.startswith(KNOWN)]
    assert not problems, "\n" + "\n".join(problems)
