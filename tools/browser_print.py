"""Print pages and decks of the site with a Chromium that has no network, one at a time, as they come."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
SCALE = 0.72
MARGIN = {"top": 16, "bottom": 20, "left": 17, "right": 17}  # mm; the foot of the page lies in the bottom one
PAPER = {"format": "A4", "scale": SCALE, "margin": {side: f"{width}mm" for side, width in MARGIN.items()}}
TYPESET = "() => !window.MathJax || !MathJax.startup || MathJax.startup.promise.then(() => true)"
# The ledger typesets its formulas bit by bit, and says when it is done.
ALL_TYPESET = "() => !document.querySelector('#ledger-filter') || document.body.dataset.formulas === 'done'"
OPEN = """() => {
  document.querySelectorAll('details').forEach(e => { e.open = true });  // hints and solutions
  document.querySelectorAll('img[loading=lazy]').forEach(e => { e.loading = 'eager' });
}"""
HEADINGS = """() => Array.from(document.querySelectorAll('article.bd-article :is(h1, h2, h3)'))
  .filter(e => e.offsetParent !== null && e.closest('section[id]'))
  .map(e => [Number(e.tagName[1]), e.innerText.replace(/#$/, '').replace(/\\s+/g, ' ').trim(),
             e.closest('section').id])"""
# The browser notes the place of an element where a link of the same page leads to it, seen or not.  A section may
# begin at the end of the page before its heading, and so may an empty anchor: their names are given to what follows.
NOTE = """names => {
  const meant = {}, seen = 'h1, h2, h3, h4, h5, h6, p, dl, dt, div, figure, table, ul, ol, article, li, tr';
  for (const link of document.querySelectorAll('a[href^="#"]')) names.push(decodeURIComponent(link.hash.slice(1)));
  for (const name of new Set(names)) {
    let element = document.getElementById(name);
    if (!element) continue;
    for (let tries = 0; tries < 5; tries++) {
      if (element.matches('section')) element = element.querySelector(seen) || element;
      else if (!element.getClientRects().length || (element.matches('span') && !element.textContent.trim())) {
        const next = element.nextElementSibling || element.parentElement.nextElementSibling;
        if (!next) break;
        element = next;
      } else break;
    }
    if (!element.id) element.id = 'place-' + Object.keys(meant).length;
    meant[name] = element.id;
    const link = document.createElement('a');
    link.href = '#' + encodeURIComponent(element.id); link.hidden = true; document.body.append(link);
  }
  return meant;
}"""
MINUTES = 60_000  # milliseconds


class PrintFailed(RuntimeError):
    """Something that printing needs is not there; the message says what to do."""


class Heading(NamedTuple):
    """A heading as it reads on the screen: its level from 1, and the id of its section."""

    level: int
    text: str
    id: str


class Printed(NamedTuple):
    """A printed page: its PDF, its headings, the title first, and for names of places those that the PDF has."""

    path: Path
    headings: list[Heading]
    meant: dict[str, str]


@contextmanager
def browser_context() -> Iterator:
    """Open a browser without a network.

    Raises:
        PrintFailed: there is no Chromium.

    """
    from playwright.sync_api import sync_playwright

    named = os.environ.get("LOSSLAND_CHROMIUM")
    program = next((path for path in map(shutil.which, [named] if named else BROWSERS) if path), None)
    if program is None:
        raise PrintFailed("printing needs Chromium: install it, for instance with `apt-get install chromium`")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield browser.new_context(offline=True)
        browser.close()


def aims(pages: Iterable[Path]) -> dict[Path, set[str]]:
    """Return, for each page that others lead to, the names of the places that they lead to."""
    found: dict[Path, set[str]] = {}
    for page in pages:
        for address, name in re.findall(r'href="([^"#:?]+\.html)#([^"]+)"', page.read_text("utf8")):
            found.setdefault((page.parent / unquote(address)).resolve(), set()).add(unquote(name))
    return found


def print_page(context, source: Path, target: Path, names: Iterable[str] = ()) -> Printed:
    """Print a page of the site, with tags and links, all hints open.

    Args:
        context: The browser.
        source: The page.
        target: The file to write; it names the places of all headings and of ``names``.
        names: Ids of elements that links from elsewhere lead to.

    """
    page = context.new_page()
    page.set_default_timeout(2 * MINUTES)
    page.goto(source.as_uri())
    page.wait_for_function(TYPESET)
    page.wait_for_function(ALL_TYPESET)
    page.evaluate(OPEN)
    page.wait_for_function("() => Array.from(document.images).every(e => e.complete)")
    headings = [Heading(*each) for each in page.evaluate(HEADINGS)]
    meant = page.evaluate(NOTE, sorted({*names, *(each.id for each in headings)}))
    target.parent.mkdir(parents=True, exist_ok=True)
    page.pdf(path=target, tagged=True, print_background=True, **PAPER)
    page.close()
    return Printed(target, headings, meant)


def print_deck(context, source: Path, target: Path) -> None:
    """Print a deck, a page for each slide."""
    page = context.new_page()
    page.set_default_timeout(2 * MINUTES)
    page.goto(f"{source.as_uri()}?print-pdf")
    page.wait_for_function("() => window.Reveal && Reveal.isReady()")
    page.wait_for_selector(".pdf-page")
    page.wait_for_function(TYPESET)
    target.parent.mkdir(parents=True, exist_ok=True)
    page.pdf(path=target, tagged=True, outline=True, prefer_css_page_size=True, print_background=True)
    page.close()
