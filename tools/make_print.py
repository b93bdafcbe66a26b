"""Print the site: a PDF of each page and deck, one of the whole book, and archives to take away.

    python -m tools.make_print [--edition class] [chapters] [decks] [archives]

It needs the site (``make book``) and a Chromium.  The PDF files lie below ``pdf`` in the site, whose pages
then offer them; the archives hold them, too.
"""

from __future__ import annotations

import argparse
import logging
import sys
import tempfile
import time
import tomllib
import zipfile
from html import escape
from pathlib import Path
from typing import NamedTuple

import yaml

from tools.bound_book import Part, bind, single, slides
from tools.browser_print import PrintFailed, aims, browser_context, print_deck, print_page
from tools.class_edition import class_places
from tools.front_matter import front_matter
from tools.lock import alone
from tools.places import Places, here
from tools.print_offers import BOOK, FOLDER, offer_prints

PARTS = ("chapters", "decks", "archives")
EDITIONS = {"full": "With the solutions of all exercises.", "class": "Edition for class, without solutions."}


class Edition(NamedTuple):
    """What is printed: a built site, and where the archives go."""

    name: str
    site: Path
    archives: Path


def edition_of(places: Places, name: str) -> Edition:
    """Return the full edition, or the one without solutions.

    Raises:
        PrintFailed: it is not built.

    """
    if name == "class":
        root = class_places(places).root
        edition = Edition(name, root / "html", root / "print")
    else:
        edition = Edition(name, places.site, places.build / "print")
    if not (edition.site / "index.html").exists():
        command = "make book EDITION=class" if name == "class" else "make book"
        raise PrintFailed(f"there is no site to print: `{command}` builds it")
    return edition


def parts_of(places: Places) -> list[tuple[str, list[str]]]:
    """Return the parts of the table of contents: their captions and their pages."""
    contents = yaml.safe_load((places.root / "_toc.yml").read_text("utf8"))
    parts = [(part["caption"], [entry["file"] for entry in part["chapters"]]) for part in contents["parts"]]
    return [("", [contents["root"]]), *parts]


def say(text: str) -> None:
    """Tell what has been done."""
    print(f"  {text}", flush=True)


def print_pages(context, places: Places, edition: Edition, files: dict[Path, Path]) -> list[Path]:
    """Print all pages and bind them; return the files made."""
    site, names = edition.site, parts_of(places)
    pages = [site / f"{name}.html" for _, part in names for name in part]
    wanted, printed = aims(pages), {}
    with tempfile.TemporaryDirectory() as folder:
        for page in pages:
            raw = (Path(folder) / page.relative_to(site)).with_suffix(".pdf")
            printed[page] = print_page(context, page, raw, wanted.get(page.resolve(), ()))
            single(printed[page], files[page.resolve()], files, " — Lossland")
            say(f"printed {page.relative_to(site).with_suffix('.pdf')}")
        parts = [Part(caption, {site / f"{name}.html": printed[site / f"{name}.html"] for name in part})
                 for caption, part in names]
        title = "Lossland" if edition.name == "full" else "Lossland (class edition)"
        version = tomllib.loads((places.root / "pyproject.toml").read_text("utf8"))["project"]["version"]
        first = Path(folder) / "front.html"
        first.write_text(front_matter(parts, site / "_static" / "favicon.svg", EDITIONS[edition.name], version), "utf8")
        bind(print_page(context, first, first.with_suffix(".pdf")).path, parts, site / FOLDER / BOOK, title)
    return [*(files[page.resolve()] for page in pages), site / FOLDER / BOOK]


def print_decks(context, places: Places, edition: Edition, files: dict[Path, Path]) -> list[Path]:
    """Print all decks; return the files made."""
    made = []
    with tempfile.TemporaryDirectory() as folder:
        for deck in places.decks():
            source, raw = edition.site / "decks" / f"{deck.stem}.html", Path(folder) / f"{deck.stem}.pdf"
            print_deck(context, source, raw)
            slides(raw, files[source.resolve()], files)
            made.append(files[source.resolve()])
            say(f"printed decks/{deck.stem}.pdf")
    return made


def pack(files: dict[str, Path | str], target: Path) -> None:
    """Pack files, or texts, under their names into a zip archive."""
    target.parent.mkdir(parents=True, exist_ok=True)
    unfinished = target.with_suffix(".unfinished")
    with zipfile.ZipFile(unfinished, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            if isinstance(content, str):
                archive.writestr(name, content)
            else:
                archive.write(content, name)
    unfinished.replace(target)


def below(folder: Path, name: str) -> dict[str, Path]:
    """Return the files of a folder with their names in an archive."""
    found = sorted(path for path in folder.rglob("*") if path.is_file())
    return {f"{name}/{path.relative_to(folder).as_posix()}": path for path in found}


def list_of_decks(decks: dict[str, str], printed: set[str]) -> str:
    """Return the first page of the archive of decks."""
    rows = "\n".join(
        f'<li><a href="{name}.html">{escape(title)}</a>'
        + (f' (<a href="pdf/{name}.pdf">PDF</a>)' if name in printed else "") + "</li>"
        for name, title in decks.items())
    return f"""<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Lossland: decks</title>
<style>body {{ font: 18px/1.6 sans-serif; max-width: 42em; margin: 2em auto; padding: 0 1em; }}</style></head><body>
<h1>Lossland: the lectures</h1><p>Keys: <kbd>f</kbd> full screen, <kbd>s</kbd> speaker notes, <kbd>o</kbd> overview.
Links to chapters need the archive of the whole site.</p><ul style="list-style: none; padding: 0">
{rows}
</ul></body></html>
"""


def deck_titles(places: Places) -> dict[str, str]:
    """Return the titles of the decks, in order."""
    found = {}
    for deck in places.decks():
        heads = [line for line in deck.read_text("utf8").splitlines() if line.startswith("# ")]
        found[deck.stem] = f"{deck.stem[:2]} {heads[0][2:]}" if heads else deck.stem
    return found


def pack_all(places: Places, edition: Edition) -> list[Path]:
    """Pack the site, and the decks by themselves; return the archives."""
    name = "lossland" if edition.name == "full" else "lossland-class"
    site, decks = (edition.archives / f"{name}-{what}.zip" for what in ("site", "decks"))
    pack(below(edition.site, f"{name}-site"), site)
    inside, printed = f"{name}-decks", below(edition.site / FOLDER / "decks", f"{name}-decks/pdf")
    index = list_of_decks(deck_titles(places), {path.stem for path in printed.values()})
    pack({f"{inside}/index.html": index, **below(edition.site / "decks", inside), **printed}, decks)
    return [site, decks]


def make_print(places: Places, parts: tuple[str, ...] = PARTS, edition: str = "full") -> list[Path]:
    """Print and pack what is asked for; return the files made.

    Raises:
        PrintFailed: the site is not built, or there is no browser.

    """
    chosen, made = edition_of(places, edition), []
    site, folder = chosen.site, chosen.site / FOLDER
    names = [name for _, part in parts_of(places) for name in part] + [f"decks/{deck.stem}" for deck in places.decks()]
    files = {(site / f"{name}.html").resolve(): folder / f"{name}.pdf" for name in names}
    if {"chapters", "decks"} & set(parts):
        with browser_context() as context:
            if "chapters" in parts:
                made += print_pages(context, places, chosen, files)
            if "decks" in parts:
                made += print_decks(context, places, chosen, files)
    offer_prints(site)
    if "archives" in parts:
        made += pack_all(places, chosen)
    return made


def main() -> None:
    """Read the command line and print."""
    parser = argparse.ArgumentParser(description="Print the site: PDF files and archives.")
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"of {', '.join(PARTS)}; all when none is named")
    parser.add_argument("--edition", default="full", choices=list(EDITIONS), help="class: without solutions")
    arguments = parser.parse_args()
    parts = tuple(arguments.parts) or PARTS
    unknown = sorted(set(parts) - set(PARTS))
    if unknown:
        parser.error(f"unknown parts {unknown}; expected some of {PARTS}")
    logging.getLogger("pypdf").setLevel(logging.ERROR)  # it counts the objects of the browser's files otherwise
    places, started = here(), time.perf_counter()
    try:
        with alone(places):
            made = make_print(places, parts, arguments.edition)
    except PrintFailed as failure:
        sys.exit(f"\nPrinting failed: {failure}")
    size = sum(path.stat().st_size for path in made) / 2**20
    chosen = edition_of(places, arguments.edition)
    print(f"Done in {time.perf_counter() - started:.0f} s: {len(made)} files, {size:.0f} MiB. PDF files are in "
          f"{chosen.site / FOLDER}, archives in {chosen.archives}")


if __name__ == "__main__":
    main()
