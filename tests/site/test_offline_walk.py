"""The archive of the site, unpacked on a disk and opened without a network: a reader's walk from page to page."""

import json
import re
import zipfile

import pytest

from tests.site.conftest import SITE
from tools.make_print import below, pack

CHAPTER = "01-training-as-optimization"
LEFT = "net::ERR_ABORTED"  # the walk went on before the file had come


def needed(site):
    """Return the files that the walk meets: a whole site takes a quarter of a minute to pack and unpack."""
    files = below(site, "lossland-site")
    pages = ("index.html", f"chapters/{CHAPTER}.html", f"decks/{CHAPTER}.html")
    texts = [(site / name).read_text("utf8") for name in pages]
    images = {image for text in texts for image in re.findall(r"_images/([^\"']+)", text)}
    whole = ("index.html", "search.html", "searchindex.js", "_static")
    return {name: path for name, path in files.items() if name.split("/")[1] in whole or path.stem == CHAPTER
            or path.name in images or "decks/_static" in name}


@pytest.fixture(scope="module")
def unpacked(site, tmp_path_factory):
    """Pack the site as make_print does, and unpack it elsewhere, in a folder with a space in its name."""
    folder = tmp_path_factory.mktemp("stick")
    pack(needed(site), folder / "site.zip")
    zipfile.ZipFile(folder / "site.zip").extractall(folder / "a stick")
    return folder / "a stick" / "lossland-site"


def test_a_walk_without_a_network(unpacked, browser):
    context = browser.new_context(offline=True, viewport={"width": 1280, "height": 800})
    page, failed = context.new_page(), []
    page.on("requestfailed", lambda request: failed.append(request.url) if request.failure != LEFT else None)
    page.on("request", lambda request: failed.append(request.url) if request.url.startswith("http") else None)
    page.on("pageerror", lambda error: failed.append(str(error)))

    page.goto((unpacked / "index.html").as_uri())
    page.locator(f'nav.bd-links a[href="chapters/{CHAPTER}.html"]').click()
    page.wait_for_function("document.querySelector('.explorable output')?.textContent.trim()")
    slider = page.locator('.explorable input[type="range"]').first
    shown = page.locator(".explorable output").first
    before = shown.inner_text()
    slider.focus()
    slider.press("ArrowRight")
    assert shown.inner_text() != before

    hint = page.locator("details.sd-dropdown").first
    hint.locator("summary").focus()
    page.keyboard.press("Enter")
    assert hint.get_attribute("open") is not None

    menu = page.locator(".dropdown-download-buttons")
    menu.locator("button.dropdown-toggle").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("ArrowDown")
    assert page.evaluate("document.activeElement.getAttribute('href')") == f"../notebooks/student/{CHAPTER}.ipynb"
    note = menu.locator(".take-note")  # a browser saves nothing from a disk
    assert note.is_visible()
    assert (unpacked / note.inner_text().split()[-1]).is_file()
    page.keyboard.press("Escape")

    menu.locator("button.dropdown-toggle").click()
    menu.locator("a", has_text="slides").first.click()
    page.wait_for_function("() => window.Reveal && Reveal.isReady()")
    assert page.url.startswith((unpacked / "decks" / f"{CHAPTER}.html").as_uri())
    page.go_back()
    page.wait_for_url(f"**/chapters/{CHAPTER}.html*")

    page.goto((unpacked / "search.html").as_uri() + "?q=momentum")
    page.locator("#search-results li a").first.wait_for()
    assert CHAPTER in " ".join(page.locator("#search-results li a").evaluate_all("all => all.map(a => a.href)"))
    assert failed == []
    context.close()


def test_a_server_gives_the_notebook_as_a_file(address, browser):
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{address}chapters/{CHAPTER}.html")
    page.locator(".dropdown-download-buttons button.dropdown-toggle").click()
    assert page.locator(".take-note").count() == 0
    with page.expect_download() as waiting:
        page.locator('.dropdown-download-buttons a[href*="student"][href$=".ipynb"]').click()
    assert waiting.value.suggested_filename == f"{CHAPTER}.ipynb"
    assert json.loads(waiting.value.path().read_text("utf8"))["nbformat"] == 4
    context.close()


@pytest.mark.parametrize("width", [390, 1280])
def test_the_menu_fits_and_its_pdf_is_there(site, browser, width):
    context = browser.new_context(offline=True, viewport={"width": width, "height": 700})
    page = context.new_page()
    page.goto((site / "chapters" / f"{CHAPTER}.html").as_uri())
    menu = page.locator(".dropdown-download-buttons")
    menu.locator("button.dropdown-toggle").click()
    entries = menu.locator("li > :is(a, button)")
    assert entries.count() >= 3
    for entry in entries.all():
        box = entry.bounding_box()
        assert entry.locator(".btn__text-container").is_visible()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width
        assert box["height"] >= 24
    links = menu.locator('a[href$=".pdf"]').evaluate_all("all => all.map(a => a.getAttribute('href'))")
    assert bool(links) == (SITE / "pdf").exists()
    for link in links:
        assert (site / "chapters" / link).resolve().read_bytes().startswith(b"%PDF-")
    assert page.locator(".dropdown-download-buttons .dropdown-toggle").get_attribute("aria-expanded") == "true"
    context.close()


def test_dark_pages_print_light_with_all_hints_open(site, browser):
    context = browser.new_context(offline=True, color_scheme="dark")
    page = context.new_page()
    page.goto((site / "chapters" / f"{CHAPTER}.html").as_uri())
    page.evaluate("document.documentElement.dataset.theme = 'dark'")
    state = "() => [document.documentElement.dataset.theme, document.querySelectorAll('details:not([open])').length]"
    before = page.evaluate(state)
    assert before[0] == "dark"
    assert before[1] > 0
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.evaluate(state) == ["light", 0]
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.evaluate(state) == before
    context.close()
