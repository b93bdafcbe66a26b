"""What the pages of a site offer as PDF: the files that have been printed since, or else the browser's own printing.

Decided when the site is built or printed, not when it is read: a page opened from a file may not look whether
another file is there, and a site without PDF files has no dead links.
"""

from __future__ import annotations

import os
import re
from html import escape
from pathlib import Path

FOLDER = "pdf"
BOOK = "lossland.pdf"
LEFT_OUT = {"_static", "_modules", "_sources", "decks", "notebooks", FOLDER}
MENU = re.compile(r'<li>\s*<button onclick="window\.print\(\)".*?</li>'
                  r'|<li class="take-pdf">.*?</li>(?:\s*<li class="take-pdf">.*?</li>)*', re.S)
MATERIALS = re.compile(r'(?:<li class="take-print" data-name="([^"]*)">.*?</li>)+', re.S)


def entry(element: str, text: str, hint: str) -> str:
    """Return an entry of the menu in the form that the theme gives to its own."""
    name = element.split()[0]
    return (f'<li class="take-pdf"><{element} class="btn btn-sm dropdown-item" title="{escape(hint)}">'
            '<span class="btn__icon-container"><i class="fas fa-file-pdf"></i></span>'
            f'<span class="btn__text-container">{escape(text)}</span></{name}></li>')


def menu(site: Path, page: Path) -> str:
    """Return the PDF entries in the menu of a page."""
    name, up = page.relative_to(site).with_suffix(".pdf"), "../" * (len(page.relative_to(site).parts) - 1)
    kind = "chapter" if name.parent.name == "chapters" else "page"
    offers = [(name.as_posix(), f"this {kind} (.pdf)", f"This {kind} as a PDF file")]
    if kind == "chapter":
        offers.append((f"decks/{name.name}", "slides (.pdf)", "The slides of this chapter as a PDF file"))
    offers.append((BOOK, "whole book (.pdf)", "The whole book as one PDF file"))
    found = [entry(f'a href="{up}{FOLDER}/{path}"', text, hint)
             for path, text, hint in offers if (site / FOLDER / path).exists()]
    if not (site / FOLDER / name).exists():
        found.insert(0, entry('button onclick="window.print()"', "print, or save as PDF", f"Print this {kind}"))
    return "\n".join(found)


def material(site: Path, page: Path, name: str) -> str:
    """Return the PDF entries in the list of all that belongs to a chapter."""
    up = "../" * (len(page.relative_to(site).parts) - 1)
    found = [(f"{FOLDER}/chapters/{name}.pdf", "chapter (.pdf)"), (f"{FOLDER}/decks/{name}.pdf", "deck (.pdf)")]
    found = [(path, text) for path, text in found if (site / path).exists()]
    found = found or [(f"decks/{name}.html?print-pdf", "deck for printing")]
    return "".join(f'<li class="take-print" data-name="{escape(name)}">'
                   f'<a class="reference internal" href="{up}{path}">{text}</a></li>' for path, text in found)


def drop_outdated(site: Path) -> None:
    """Remove the PDF files whose pages have been built anew, or are gone, and with any of them the book."""
    folder = site / FOLDER
    dropped = False
    for printed in sorted(folder.rglob("*.pdf")):
        source = site / printed.relative_to(folder).with_suffix(".html")
        if printed != folder / BOOK and (not source.exists() or source.stat().st_mtime > printed.stat().st_mtime):
            printed.unlink()
            dropped = dropped or source.parent.name != "decks"
    if dropped:
        (folder / BOOK).unlink(missing_ok=True)


def offer_prints(site: Path) -> int:
    """Let all pages of a site offer what is printed; return how many of them have changed."""
    drop_outdated(site)
    changed = 0
    for page in sorted(site.rglob("*.html")):
        if not LEFT_OUT.isdisjoint(page.relative_to(site).parts):
            continue
        old = page.read_text("utf8")
        new = MENU.sub(lambda _match, page=page: menu(site, page), old)
        new = MATERIALS.sub(lambda match, page=page: material(site, page, match[1]), new)
        if new != old:
            times = page.stat()
            unfinished = page.with_suffix(".unfinished")
            unfinished.write_text(new, "utf8")
            os.utime(unfinished, ns=(times.st_atime_ns, times.st_mtime_ns))  # it says what is outdated
            unfinished.replace(page)
            changed += 1
    return changed
