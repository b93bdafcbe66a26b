"""A page shows something within a second, opened from disk without a network."""

import pytest

from tests.site.conftest import SITE, html_files

LIMIT = 1000  # milliseconds
TRIES = 3  # the best counts: the others may have waited for another program
PAINTED = """() => new Promise((tell) => new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) if (entry.name === 'first-contentful-paint') tell(entry.startTime);
}).observe({type: 'paint', buffered: true}))"""


def heaviest(number=3):
    """List the pages with the most markup, and the front page."""
    pages = sorted(html_files(SITE), key=lambda path: path.stat().st_size)[-number:]
    return [SITE / "index.html", *pages]


def first_view(browser, path):
    """Return the milliseconds until the first text or figure is seen, in a browser that has nothing stored."""
    context = browser.new_context(offline=True)
    page = context.new_page()
    page.goto(path.as_uri(), wait_until="commit")
    milliseconds = page.evaluate(PAINTED)
    context.close()
    return milliseconds


@pytest.mark.parametrize("heavy", heaviest(), ids=lambda path: path.stem)
def test_first_view(heavy, browser, site):
    assert min(first_view(browser, heavy) for _ in range(TRIES)) < LIMIT


def test_a_slow_page_is_seen(browser, tmp_path):
    script = "const end = performance.now() + 1100; while (performance.now() < end);"
    (tmp_path / "slow.html").write_text(f"<script>{script}</script><p>late</p>")
    assert first_view(browser, tmp_path / "slow.html") > LIMIT
