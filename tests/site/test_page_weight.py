"""A page with its own images weighs at most 1.5 MB; scripts, styles and fonts that all pages share come once."""

from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from bs4 import BeautifulSoup

from tools.places import here

SITE = here().site
MOST = 1.5e6  # bytes
SHARED = ("_static", "searchindex.js")


def weight(page: Path, site: Path) -> int:
    """Return the bytes of a page with the images and scripts that are its own."""
    soup = BeautifulSoup(page.read_text("utf8"), "html.parser")
    addresses = {tag.get("src") for tag in soup.find_all(["img", "script", "source", "iframe"])} - {None}
    files = {(page.parent / unquote(urlsplit(address).path)).resolve() for address in addresses
             if not urlsplit(address).scheme}
    own = [path for path in files if path.is_file() and path.relative_to(site.resolve()).parts[0] not in SHARED]
    return page.stat().st_size + sum(path.stat().st_size for path in own)


@pytest.mark.parametrize("page", sorted(SITE.glob("**/*.html")), ids=lambda page: page.relative_to(SITE).as_posix())
def test_pages_are_light(page):
    if page.relative_to(SITE).parts[0] in ("decks", "_static"):
        pytest.skip("a deck brings its figures along")
    assert weight(page, SITE) <= MOST


def test_an_image_counts_and_a_shared_script_does_not(tmp_path):
    (tmp_path / "_static").mkdir()
    (tmp_path / "_images").mkdir()
    (tmp_path / "_static" / "a.js").write_text("x" * 1000)
    (tmp_path / "_images" / "b.png").write_text("x" * 300)
    (tmp_path / "page.html").write_text('<img src="_images/b.png"><img src="_images/b.png"><script src="_static/a.js">')
    assert weight(tmp_path / "page.html", tmp_path) == 300 + (tmp_path / "page.html").stat().st_size
