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
