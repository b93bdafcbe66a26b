"""The search finds what the book is about, from a server and from a file."""

import pytest

from tests.site.browser_checks import search
from tests.site.static_checks import text_of

TERM = "correlation"


@pytest.fixture(params=["server", "file"])
def base(request, site):
    return request.getfixturevalue("address") if request.param == "server" else site.as_uri() + "/"


def test_known_term_is_found(base, new_page, site):
    pages = [path for path in (site / "chapters").glob("*.html") if TERM in text_of(path).lower()]
    assert pages, f"no chapter contains {TERM!r}: choose another term for this test"
    tab = new_page((base,))
    titles = search(tab.page, base + "search.html", TERM)
    assert titles, f"the search finds nothing for {TERM!r}"
    assert not tab.record.problems()


def test_chapters_come_before_the_reference(base, new_page):
    page = new_page((base,)).page
    search(page, base + "search.html", "Hessian")
    page.wait_for_selector("#search-results li a[href^='api/']")  # results come one by one
    links = page.locator("#search-results li a:first-child").evaluate_all("all => all.map(a => a.getAttribute('href'))")
    chapters = [number for number, link in enumerate(links) if link.startswith("chapters/")]
    reference = [number for number, link in enumerate(links) if link.startswith("api/")]
    assert len(chapters) > 5
    assert max(chapters) < min(reference)


def test_nonsense_is_not_found(base, new_page):
    assert search(new_page((base,)).page, base + "search.html", "zyxwvutsrq") == []


def test_the_button_leads_to_the_results(base, new_page):
    tab = new_page((base,))
    tab.page.goto(base + "index.html")
    tab.page.locator(".search-button:visible, .search-button-field:visible").first.click()
    field = tab.page.locator("input[type=search]:visible").first
    field.fill(TERM)
    field.press("Enter")
    tab.page.wait_for_selector("#search-results li")
    assert "search.html" in tab.page.url
