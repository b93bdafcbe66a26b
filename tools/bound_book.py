"""Finish what the browser printed: feet with page numbers, bookmarks, links that work, and one file of all pages.

The browser notes places of a page without its margins and its scale, and links to other pages as files of this
machine; both are put right here.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from pypdf import PageObject, PdfReader, PdfWriter
from pypdf.generic import (
    ArrayObject,
    BooleanObject,
    DecodedStreamObject,
    DictionaryObject,
    FloatObject,
    NameObject,
    NullObject,
    TextStringObject,
)

from tools.browser_print import MARGIN, SCALE, Heading, Printed

MM = 72 / 25.4
FOOT = 8.0  # points
FONT = DictionaryObject({NameObject(key): NameObject(value) for key, value in (
    ("/Type", "/Font"), ("/Subtype", "/Type1"), ("/BaseFont", "/Helvetica"), ("/Encoding", "/WinAnsiEncoding"))})
DIGIT = 0.556 * FOOT  # width of a digit in this font
AUTHORS = "The Lossland authors"


class Place(NamedTuple):
    """A place in a file: the page, counted from 0, and the point on it, in points from the lower left corner."""

    page: int
    left: float
    top: float


Places = dict[str, Place]


def places_of(printed: Printed, reader: PdfReader, first: int = 0) -> Places:
    """Return the named places of a page that the browser printed, its pages counted from ``first``."""
    found: Places = {}
    for name, place in reader.named_destinations.items():
        number = reader.get_destination_page_number(place)
        if number is None or number < 0:
            continue
        height = float(reader.pages[number].mediabox.height)
        left = MARGIN["left"] * MM + SCALE * float(place.get("/Left") or 0)
        top = height - MARGIN["top"] * MM - SCALE * (height - float(place.get("/Top") or height))
        found[unquote(name.lstrip("/"))] = Place(first + number, left, top)
    return {**found, **{name: found[place] for name, place in printed.meant.items() if place in found}}


def annotations(page: PageObject) -> list[DictionaryObject]:
    """Return the annotations of a page that can be read."""
    found = [item.get_object() for item in page.get("/Annots") or []]
    return [item for item in found if isinstance(item, DictionaryObject)]


def lead_to(writer: PdfWriter, annotation: DictionaryObject, place: Place) -> None:
    """Make a link lead to a place of this file."""
    annotation.pop("/A", None)
    annotation[NameObject("/Dest")] = aim(writer, place)


def aim(writer: PdfWriter, place: Place) -> ArrayObject:
    """Return a place in the form that links have; a zero leaves the magnification as it is."""
    page = writer.pages[place.page].indirect_reference
    return ArrayObject([page, NameObject("/XYZ"), FloatObject(round(place.left, 1)), FloatObject(round(place.top, 1)),
                        NullObject()])


def file_named(annotation: DictionaryObject) -> tuple[Path, str] | None:
    """Return the file that a link names, and the place in it; None for other links."""
    action = annotation.get("/A")
    address = action.get_object().get("/URI") if action is not None else None
    if isinstance(address, bytes):
        address = address.decode("utf8", "replace")
    if not isinstance(address, str) or not address.startswith("file:"):
        return None
    parts = urlsplit(address)
    return Path(unquote(parts.path)).resolve(), unquote(parts.fragment)


def lead_within(writer: PdfWriter, pages: list[PageObject], places: Places) -> None:
    """Lead the links that stay on a page of the site to where their aim really is."""
    for page in pages:
        for annotation in annotations(page):
            name = annotation.get("/Dest")
            if isinstance(name, str) and unquote(name.lstrip("/")) in places:
                lead_to(writer, annotation, places[unquote(name.lstrip("/"))])


def add_bookmarks(writer: PdfWriter, headings: list[Heading], places: Places, top: object = None) -> None:
    """Bookmark the headings of a page, below the bookmark ``top``."""
    parents = [top]
    for heading in headings:
        place = places.get(heading.id)
        if place is None:
            continue
        del parents[heading.level:]
        parents += [parents[-1]] * (heading.level - len(parents))
        mark = writer.add_outline_item(title=heading.text, page_number=place.page, parent=parents[-1])
        lead_to(writer, mark.get_object(), place)
        parents.append(mark)


def stream(writer: PdfWriter, text: bytes) -> object:
    """Put a piece of page description into a file; return a reference to it."""
    piece = DecodedStreamObject()
    piece.set_data(text)
    return writer._add_object(piece)


def escaped(text: str) -> bytes:
    """Return a text as page descriptions write it."""
    return text.encode("cp1252", "replace").replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)")


def add_feet(writer: PdfWriter, pages: list[PageObject], title: str, number: Callable[[int], str]) -> None:
    """Write the title and the number of the page below each page; readers aloud pass over it.

    Args:
        writer: The file.
        pages: Pages of it.
        title: What stands on the left.
        number: What stands on the right of page ``k`` of these pages.

    """
    font, save = writer._add_object(DictionaryObject(FONT)), stream(writer, b"q\n")
    for k, page in enumerate(pages):
        text, left = number(k), MARGIN["left"] * MM
        right = float(page.mediabox.width) - MARGIN["right"] * MM - DIGIT * len(text)
        low = 0.5 * MARGIN["bottom"] * MM
        foot = b"\nQ\n/Artifact BMC q 0.3 g BT /Foot %.1f Tf %.1f %.1f Td (%s) Tj %.1f 0 Td (%s) Tj ET Q EMC\n" % (
            FOOT, left, low, escaped(title), right - left, escaped(text))
        old = page["/Contents"]
        own = list(old) if isinstance(old, ArrayObject) else [page.raw_get("/Contents")]
        page[NameObject("/Contents")] = ArrayObject([save, *own, stream(writer, foot)])
        resources = page["/Resources"].get_object()
        fonts = resources.setdefault(NameObject("/Font"), DictionaryObject()).get_object()
        fonts[NameObject("/Foot")] = font


def finish(writer: PdfWriter, title: str, target: Path) -> None:
    """Name the file and write it."""
    writer.pdf_header = "%PDF-1.7"
    root = writer._root_object
    root[NameObject("/Lang")] = TextStringObject("en")
    root[NameObject("/ViewerPreferences")] = DictionaryObject({NameObject("/DisplayDocTitle"): BooleanObject(True)})
    if writer.get_outline_root().get("/Count"):
        root[NameObject("/PageMode")] = NameObject("/UseOutlines")
    writer.add_metadata({"/Title": title, "/Author": AUTHORS, "/Creator": "Lossland"})
    target.parent.mkdir(parents=True, exist_ok=True)
    unfinished = target.with_suffix(".unfinished")
    writer.write(unfinished)
    unfinished.replace(target)


def lead_to_files(writer: PdfWriter, target: Path, files: dict[Path, Path]) -> None:
    """Turn links to pages of the site into links to their PDF files, as seen from this one; drop all other links."""
    for page in writer.pages:
        for annotation in annotations(page):
            named = file_named(annotation)
            if named is None:
                continue
            action = annotation["/A"].get_object()
            if named[0] not in files:
                del annotation["/A"]
                continue
            address = "./" + Path(os.path.relpath(files[named[0]], target.parent)).as_posix()
            action[NameObject("/URI")] = TextStringObject(address + (f"#nameddest={named[1]}" if named[1] else ""))


def single(printed: Printed, target: Path, files: dict[Path, Path], suffix: str) -> None:
    """Make the PDF file of one page of the site.

    Args:
        printed: What the browser made of the page.
        target: The file to write.
        files: For each page and deck of the site, its PDF file.
        suffix: What the title ends with.

    """
    reader = PdfReader(printed.path)
    writer, places = PdfWriter(clone_from=reader), places_of(printed, reader)
    lead_within(writer, list(writer.pages), places)
    names = {NameObject(f"/{name}"): aim(writer, place) for name, place in places.items() if name}
    writer._root_object[NameObject("/Dests")] = DictionaryObject(names)  # for file.pdf#nameddest=name
    lead_to_files(writer, target, files)
    title = printed.headings[0].text if printed.headings else target.stem
    add_bookmarks(writer, printed.headings, places)
    count = len(writer.pages)
    add_feet(writer, list(writer.pages), title, lambda k: f"{k + 1} / {count}")
    finish(writer, f"{title}{suffix}", target)


def slides(printed: Path, target: Path, files: dict[Path, Path]) -> None:
    """Make the PDF file of a deck."""
    reader = PdfReader(printed)
    writer = PdfWriter(clone_from=reader)
    lead_to_files(writer, target, files)
    finish(writer, str((reader.metadata or {}).get("/Title") or target.stem), target)


def roman(number: int) -> str:
    """Return a number in small Roman numerals, as the first pages of a book have them."""
    text = ""
    for value, sign in ((10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i")):
        text, number = text + sign * (number // value), number % value
    return text


class Part(NamedTuple):
    """A part of the book: its caption, empty for the pages before all parts, and its pages."""

    caption: str
    pages: dict[Path, Printed]


def chapter_places(parts: list[Part]) -> dict[Path, Places]:
    """Return the places of all pages of a book, its pages counted from 0 without front matter."""
    found, first = {}, 0
    for part in parts:
        for source, printed in part.pages.items():
            reader = PdfReader(printed.path)
            found[source.resolve()] = {"": Place(first, 0.0, float(reader.pages[0].mediabox.height)),
                                       **places_of(printed, reader, first)}
            first += len(reader.pages)
    return found


def bind(front: Path, parts: list[Part], target: Path, title: str) -> None:
    """Bind printed pages into one file whose links and bookmarks work.

    Args:
        front: The title page and the contents; links in it name files of the site.
        parts: What was printed.
        target: The file to write.
        title: The title of the book.

    """
    writer, aside = PdfWriter(), len(PdfReader(front).pages)
    where = {source: {name: Place(place.page + aside, place.left, place.top) for name, place in places.items()}
             for source, places in chapter_places(parts).items()}
    writer.append(front, import_outline=False)
    add_feet(writer, list(writer.pages)[1:], "Contents", lambda k: roman(k + 2))
    for part in parts:
        for source, printed in part.pages.items():
            first, places = len(writer.pages), where[source.resolve()]
            writer.append(printed.path, import_outline=False)
            pages = list(writer.pages)[first:]
            lead_within(writer, pages, places)
            name = printed.headings[0].text if printed.headings else source.stem
            add_feet(writer, pages, name, lambda k, start=first - aside: str(start + k + 1))
    writer.add_outline_item(title="Contents", page_number=min(1, aside - 1))
    for part in parts:
        first = next(iter(part.pages)).resolve()
        number = where[first][""].page
        top = writer.add_outline_item(title=part.caption, page_number=number) if part.caption else None
        for source, printed in part.pages.items():
            add_bookmarks(writer, printed.headings, where[source.resolve()], top)
    for page in writer.pages:
        for annotation in annotations(page):
            lead_inside(writer, annotation, where)
    writer.set_page_label(0, aside - 1, style="/r")
    writer.set_page_label(aside, len(writer.pages) - 1, style="/D", start=1)
    finish(writer, title, target)


def lead_inside(writer: PdfWriter, annotation: DictionaryObject, where: dict[Path, Places]) -> None:
    """Turn a link to a page of the site into one inside the book; drop it where the book does not have that page."""
    named = file_named(annotation)
    if named is None:
        return
    places = where.get(named[0])
    if places is None:
        del annotation["/A"]
    else:
        lead_to(writer, annotation, places.get(named[1], places[""]))


def flattened(outline: list, level: int = 0) -> Iterator[tuple[int, object]]:
    """Yield all bookmarks with their levels."""
    for item in outline:
        if isinstance(item, list):
            yield from flattened(item, level + 1)
        else:
            yield level, item
