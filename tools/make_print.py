"""Print the site: a PDF of each chapter and deck, one of the whole book, and archives to take away.

    python -m tools.make_print [chapters] [decks] [archives]

It needs the site (``make book``) and a Chromium.  In the book's PDF links within a chapter lead to the page of their
aim, links to another chapter to its head; headings become bookmarks.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from pypdf import PdfReader, PdfWriter
from pypdf.generic import ArrayObject, Destination, DictionaryObject, NameObject, TextStringObject

from tools.places import Places, here

PARTS = ("chapters", "decks", "archives")
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
PAPER = {"format": "A4", "scale": 0.72, "margin": {"top": "18mm", "bottom": "18mm", "left": "16mm", "right": "16mm"}}
READY = "() => !window.MathJax || !MathJax.startup || MathJax.startup.promise.then(() => true)"
HEADINGS = """() => Array.from(document.querySelectorAll('article.bd-article :is(h1, h2, h3)'))
  .filter(e => e.offsetParent !== null).map(e => e.innerText.replace(/#$/, '').replace(/\\s+/g, ' ').trim())"""
MINUTES = 60_000  # milliseconds


class PrintFailed(RuntimeError):
    """Something that printing needs is not there; the message says what to do."""


@contextmanager
def browser_context() -> Iterator:
    """Open a browser without a network.

    Raises:
        PrintFailed: there is no Chromium.

    """
    from playwright.sync_api import sync_playwright

    program = next((path for path in map(shutil.which, BROWSERS) if path), None)
    if program is None:
        raise PrintFailed("printing needs Chromium: install it, for instance with `apt-get install chromium`")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield browser.new_context(offline=True)
        browser.close()


def print_page(context, source: Path, target: Path) -> list[str]:
    """Print a page of the site, with tags and links, all hints open; return its headings as they read."""
    page = context.new_page()
    page.set_default_timeout(2 * MINUTES)
    page.goto(source.as_uri())
    page.wait_for_function(READY)
    page.evaluate("() => document.querySelectorAll('img[loading=lazy]').forEach(e => { e.loading = 'eager' })")
    page.evaluate("() => document.querySelectorAll('details').forEach(e => { e.open = true })")  # hints and solutions
    page.wait_for_function("() => Array.from(document.images).every(e => e.complete)")
    headings = page.evaluate(HEADINGS)
    target.parent.mkdir(parents=True, exist_ok=True)
    page.pdf(path=target, outline=True, tagged=True, print_background=True, **PAPER)
    page.close()
    return headings


def print_deck(context, source: Path, target: Path) -> None:
    """Print a deck, a page for each slide."""
    page = context.new_page()
    page.set_default_timeout(2 * MINUTES)
    page.goto(f"{source.as_uri()}?print-pdf")
    page.wait_for_function("() => window.Reveal && Reveal.isReady()")
    page.wait_for_selector(".pdf-page")
    page.wait_for_function(READY)
    target.parent.mkdir(parents=True, exist_ok=True)
    page.pdf(path=target, prefer_css_page_size=True, print_background=True)
    page.close()


class Printed(NamedTuple):
    """A printed page: its PDF, and its headings as they read on the screen, the title first."""

    path: Path
    headings: list[str]


def bind(pages: dict[Path, Printed], target: Path) -> None:
    """Bind printed pages into one file whose links and bookmarks work.

    Args:
        pages: For each page of the site, in order, what was printed.
        target: The file to write.

    """
    writer = PdfWriter()
    heads: dict[Path, int] = {}
    for source, printed in pages.items():
        reader = PdfReader(printed.path)
        heads[source.resolve()] = first = len(writer.pages)
        writer.append(reader, import_outline=False)
        add_bookmarks(writer, reader, printed.headings or [source.stem], first)
        places = named_places(reader, first)
        for page in writer.pages[first:]:
            for annotation in annotations(page):
                name = annotation.get("/Dest")
                if isinstance(name, str) and name.lstrip("/") in places:
                    annotation[NameObject("/Dest")] = destination(writer, places[name.lstrip("/")])
    for page in writer.pages:
        for annotation in annotations(page):
            lead_inside(writer, annotation, heads)
    writer.add_metadata({"/Title": "Lossland", "/Author": "The Lossland authors"})
    unfinished = target.with_suffix(".unfinished")
    writer.write(unfinished)
    unfinished.replace(target)


def add_bookmarks(writer: PdfWriter, reader: PdfReader, headings: list[str], first: int) -> None:
    """Bookmark a page and its headings: the browser knows where they are, and mangles how they read."""
    title, *rest = headings
    parents = [writer.add_outline_item(title=title, page_number=first)]
    marks = [mark for mark in flattened(reader.outline) if mark[1].title not in ("", "Contents")][1:]
    if len(marks) != len(rest):
        return
    for (level, mark), heading in zip(marks, rest, strict=True):
        del parents[max(1, level):]
        number = reader.get_destination_page_number(mark)
        page = first + max(0, number or 0)
        parents.append(writer.add_outline_item(title=heading, page_number=page, parent=parents[-1]))


def flattened(outline: list, level: int = 0) -> Iterator[tuple[int, Destination]]:
    """Yield all bookmarks with their levels."""
    for item in outline:
        if isinstance(item, list):
            yield from flattened(item, level + 1)
        else:
            yield level, item


def named_places(reader: PdfReader, first: int) -> dict[str, int]:
    """Return the pages of the named destinations, counted in the whole book."""
    found = {}
    for name, place in reader.named_destinations.items():
        number = reader.get_destination_page_number(place)
        if number is not None and number >= 0:
            found[name.lstrip("/")] = first + number
    return found


def annotations(page) -> list[DictionaryObject]:
    """Return the annotations of a page that can be read."""
    found = [item.get_object() for item in page.get("/Annots") or []]
    return [item for item in found if isinstance(item, DictionaryObject)]


def destination(writer: PdfWriter, number: int) -> ArrayObject:
    """Return a page of the book as the aim of a link: the heights that the browser writes ignore its own scale."""
    return ArrayObject([writer.pages[number].indirect_reference, NameObject("/Fit")])


def lead_inside(writer: PdfWriter, annotation: DictionaryObject, heads: dict[Path, int]) -> None:
    """Turn a link to a file of the site into one inside the book; drop it where the book does not have that file."""
    action = annotation.get("/A")
    address = action.get_object().get("/URI") if action is not None else None
    if not isinstance(address, TextStringObject | bytes | str) or not str(address).startswith("file:"):
        return
    target = Path(unquote(urlsplit(str(address)).path)).resolve()
    del annotation["/A"]
    if target in heads:
        annotation[NameObject("/Dest")] = destination(writer, heads[target])


def pack(folder: Path, target: Path, inside: str) -> None:
    """Pack a folder into a zip archive, below one folder of a name."""
    target.parent.mkdir(parents=True, exist_ok=True)
    unfinished = target.with_suffix(".unfinished")
    with zipfile.ZipFile(unfinished, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            archive.write(path, f"{inside}/{path.relative_to(folder).as_posix()}")
    unfinished.replace(target)


def make_print(places: Places, parts: tuple[str, ...] = PARTS) -> list[Path]:
    """Print and pack what is asked for; return the files made.

    Raises:
        PrintFailed: the site is not built, or there is no browser.

    """
    if not (places.site / "index.html").exists():
        raise PrintFailed("there is no site to print: `make book` builds it")
    folder, made = places.build / "print", []
    pages = [places.site / path.relative_to(places.book).with_suffix(".html") for path in places.pages()]
    if {"chapters", "decks"} & set(parts):
        with browser_context() as context:
            if "chapters" in parts:
                printed = {}
                for page in pages:
                    target = folder / page.relative_to(places.site).with_suffix(".pdf")
                    printed[page] = Printed(target, print_page(context, page, target))
                    print(f"  printed {target.relative_to(folder)}", flush=True)
                bind(printed, folder / "lossland.pdf")
                made += [*(each.path for each in printed.values()), folder / "lossland.pdf"]
            if "decks" in parts:
                for deck in places.decks():
                    target = folder / "decks" / f"{deck.stem}.pdf"
                    print_deck(context, places.site / "decks" / f"{deck.stem}.html", target)
                    print(f"  printed {target.relative_to(folder)}", flush=True)
                    made.append(target)
    if "archives" in parts:
        for source, name in ((places.site, "lossland-site"), (places.decks_site, "lossland-decks")):
            pack(source, folder / f"{name}.zip", name)
            made.append(folder / f"{name}.zip")
    return made


def main() -> None:
    """Read the command line and print."""
    parser = argparse.ArgumentParser(description="Print the site: PDF files and archives.")
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"of {', '.join(PARTS)}; all when none is named")
    parts = tuple(parser.parse_args().parts) or PARTS
    unknown = sorted(set(parts) - set(PARTS))
    if unknown:
        parser.error(f"unknown parts {unknown}; expected some of {PARTS}")
    places = here()
    try:
        made = make_print(places, parts)
    except PrintFailed as failure:
        sys.exit(f"\nPrinting failed: {failure}")
    size = sum(path.stat().st_size for path in made) / 2**20
    print(f"Done: {len(made)} files, {size:.0f} MiB, in {places.build / 'print'}")


if __name__ == "__main__":
    main()
