"""Checks of built HTML files without a browser: links, anchors, outside assets, repeated ids, missing alt text."""

from collections import Counter
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

LOADED = ("link", "script", "img", "iframe", "source", "video", "audio", "object", "embed")
NO_PAGE = ("data:", "mailto:", "javascript:", "blob:", "tel:")


class Elements(HTMLParser):
    """Collect the opening tags of a page with their attributes, and its text."""

    def __init__(self):
        super().__init__()
        self.tags, self.texts = [], []

    def handle_starttag(self, tag, attrs):
        """Remember a tag."""
        self.tags.append((tag, {name: value or "" for name, value in attrs}))

    def handle_data(self, data):
        """Remember a piece of text."""
        self.texts.append(data)


@cache
def read(path):
    """Parse a page once."""
    elements = Elements()
    elements.feed(path.read_text(encoding="utf8"))
    elements.close()
    return elements


def text_of(path):
    """Return the text of a page, scripts included."""
    return " ".join(read(path).texts)


@cache
def anchors(path):
    """Collect what the fragment of a link to this page may name."""
    tags = read(path).tags
    return {attributes["id"] for _, attributes in tags if "id" in attributes} | {
        attributes["name"] for tag, attributes in tags if tag == "a" and "name" in attributes
    }


def addresses(path):
    """Yield (tag name, address) for everything a page links to or loads."""
    for tag, attributes in read(path).tags:
        if tag not in ("a", "area", *LOADED):
            continue
        if tag == "link" and attributes.get("rel") in ("next", "prev", "canonical"):
            continue
        for name in ("href", "src", "data", "poster"):
            if attributes.get(name):
                yield tag, attributes[name]
        for part in attributes.get("srcset", "").split(","):
            if part.strip():
                yield tag, part.split()[0]


def broken_links(path, root):
    """List the internal addresses of a page that lead nowhere: to no file, to no anchor, or out of the site."""
    wrong = []
    for name, address in addresses(path):
        parts = urlsplit(address)
        if parts.scheme or parts.netloc or address.startswith(NO_PAGE):
            continue
        if parts.path.startswith("/"):
            wrong.append(f"{name} {address}: starts at the root of the server, so the site cannot be moved")
            continue
        target = locate(path.parent, unquote(parts.path)) if parts.path else path
        if not target.is_relative_to(root):
            wrong.append(f"{name} {address}: leads out of the site")
        elif not exists(target):
            wrong.append(f"{name} {address}: no such file")
        elif parts.fragment and target.suffix == ".html" and not anchor_exists(target, parts.fragment):
            wrong.append(f"{name} {address}: no element with this id")
    return wrong


@cache
def locate(folder, address):
    """Return the file that a relative address names."""
    target = (folder / address).resolve()
    return target / "index.html" if target.is_dir() else target


@cache
def exists(path):
    """Tell whether there is such a file."""
    return path.is_file()


@cache
def is_deck(path):
    """Tell whether a page is made of slides."""
    return any(attributes.get("class") == "reveal" for _, attributes in read(path).tags)


def anchor_exists(path, fragment):
    """Tell whether a page has the anchor; in a deck, reveal.js reads /id and /number as the address of a slide."""
    if is_deck(path) and fragment.startswith("/"):
        return all(part.isdigit() or part in anchors(path) for part in fragment.strip("/").split("/"))
    return unquote(fragment) in anchors(path)


def outside_assets(path):
    """List what a page would load from elsewhere."""
    return [
        f"{name} {address}: loaded from outside"
        for name, address in addresses(path)
        if name in LOADED and (urlsplit(address).netloc or urlsplit(address).scheme in ("http", "https"))
    ]


def repeated_ids(path):
    """List the ids that more than one element of a page has."""
    counts = Counter(attributes["id"] for _, attributes in read(path).tags if "id" in attributes)
    return [f"id {name}: {count} elements" for name, count in counts.items() if count > 1]


def missing_alt(path):
    """List the images without alternative text, or whose text is only the name of a file.

    An empty text is the right one for an image that only decorates: those lie in _static, figures in _images.
    """
    wrong = []
    for tag, attributes in read(path).tags:
        decoration = "_static/" in attributes.get("src", "") and attributes.get("alt") == ""
        if tag != "img" or decoration:
            continue
        text = attributes.get("alt", "").strip()
        if not text or text == Path(unquote(attributes.get("src", ""))).name or "/" in text[:12]:
            wrong.append(f"img {attributes.get('src', '')[:60]}: alt={text!r}")
    return wrong
