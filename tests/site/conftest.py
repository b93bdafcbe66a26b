"""The built site behind a local server, one browser for all tests, and one open page per page of the site."""

import os
import shutil
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace

import pytest
from playwright.sync_api import Error, sync_playwright

from tests.site.browser_checks import Record, wait_until_quiet

ROOT = Path(__file__).parents[2]
SITE = Path(os.environ.get("LOSSLAND_SITE", ROOT / "_build" / "html")).resolve()
CLASS_SITE = Path(os.environ.get("LOSSLAND_CLASS_SITE", ROOT / "_build" / "class" / "html")).resolve()
NO_SITE = f"there is no site at {SITE}: run `make book` first (LOSSLAND_SITE names another folder)"
NO_CLASS_SITE = f"there is no class edition at {CLASS_SITE}: run `make book EDITION=class` first"
NO_BROWSER = (
    "no browser to test with. On Debian or Ubuntu: `apt-get install chromium`. Elsewhere: "
    "`.venv/bin/playwright install chromium`. LOSSLAND_CHROMIUM may name the program of a Chromium or Chrome."
)
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def html_files(root):
    """List the pages of a site without its decks, without the listings of source code, and without assets."""
    if not (root / "index.html").is_file():
        return []
    left_out = {"_static", "_modules", "_sources", "decks", "notebooks"}
    return [path for path in sorted(root.rglob("*.html")) if left_out.isdisjoint(path.relative_to(root).parts)]


def deck_files(root):
    """List the decks of a site."""
    return [path for path in sorted((root / "decks").glob("*.html")) if path.stem[:1].isdigit()]


def pytest_generate_tests(metafunc):
    """Make one case per page or deck; without a site one case is left, which says so."""
    for name, files in (("page_path", html_files), ("deck_path", deck_files)):
        if name in metafunc.fixturenames:
            paths = [path.relative_to(SITE).as_posix() for path in files(SITE)] or ["none"]
            cases = [pytest.param(path, marks=pytest.mark.xdist_group(path), id=path) for path in paths]
            metafunc.parametrize(name, cases, scope="module")


def find_browser():
    """Return the program to drive, or None for playwright's own."""
    named = os.environ.get("LOSSLAND_CHROMIUM")
    if named:
        return shutil.which(named) or named
    return next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)


class Handler(SimpleHTTPRequestHandler):
    """Serve files without writing a log."""

    def log_message(self, *_args):
        """Say nothing: what matters is seen from the browser's side."""


@pytest.fixture(scope="session")
def site():
    if not (SITE / "index.html").is_file():
        pytest.fail(NO_SITE, pytrace=False)
    return SITE


@pytest.fixture(scope="session")
def serve():
    """Return a function that serves a folder on this machine and gives its address."""
    servers = []

    def start(folder):
        server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(folder)))
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        servers.append((server, thread))
        return f"http://127.0.0.1:{server.server_port}/"

    yield start
    for server, thread in servers:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture(scope="session")
def address(site, serve):
    return serve(site)


@pytest.fixture(scope="session")
def browser():
    with sync_playwright() as playwright:
        try:
            started = playwright.chromium.launch(executable_path=find_browser(), args=ARGUMENTS)
        except Error as error:
            pytest.fail(f"{NO_BROWSER}\n{error}", pytrace=False)
        yield started
        started.close()


@pytest.fixture
def new_page(browser):
    """Return a function that opens an empty page and records what it does."""
    contexts = []

    def make(own, width=1280, height=800):
        context = browser.new_context(viewport={"width": width, "height": height})
        contexts.append(context)
        page = context.new_page()
        return SimpleNamespace(page=page, record=Record(page, own))

    yield make
    for context in contexts:
        context.close()


@pytest.fixture(scope="module")
def opened(browser, site, address, page_path):
    """Open a page of the site once for all the tests of this page."""
    if page_path == "none":
        pytest.fail(NO_SITE, pytrace=False)
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    page = context.new_page()
    record = Record(page, (address,))
    page.goto(address + page_path)
    wait_until_quiet(page)
    yield SimpleNamespace(page=page, record=record, path=site / page_path)
    context.close()
