"""The first pages of the bound book: title, edition, and the contents with page numbers."""

from __future__ import annotations

from html import escape
from pathlib import Path

from tools.bound_book import Part, chapter_places

STYLE = """
  body { font: 16px/1.5 "Segoe UI", "Helvetica Neue", Arial, sans-serif; color: #14202c; margin: 0; }
  h1, h2 { font-family: "Iowan Old Style", "Palatino Linotype", Palatino, Georgia, "Liberation Serif", serif; }
  .title { height: 1210px; display: flex; flex-direction: column; break-after: page; }
  .title img { width: 300px; margin: 130px 0 60px; }
  .title h1 { font-size: 84px; line-height: 1; margin: 0 0 28px; border-left: 14px solid #d55e00; padding-left: 30px; }
  .title .subtitle { font-size: 30px; line-height: 1.35; max-width: 20em; margin: 0 0 20px; }
  .title .edition { margin: auto 0 0; font-size: 18px; color: #44515e; }
  h2 { font-size: 34px; margin: 0 0 22px; }
  h3 { font-size: 18px; margin: 22px 0 4px; color: #00598f; break-after: avoid; }
  ol { list-style: none; margin: 0; padding: 0; }
  a { display: flex; color: inherit; text-decoration: none; gap: 6px; align-items: baseline; }
  a::before { content: ""; order: 2; flex: 1; border-bottom: 1.5px dotted #9aa6b2; }
  a span:last-child { order: 3; }
  li.page { font-weight: 600; margin-top: 7px; break-after: avoid; break-inside: avoid; }
  li.section { padding-left: 32px; font-size: 15px; line-height: 1.42; }
"""


def contents(parts: list[Part], sections_of: str) -> str:
    """Return the contents: every page, and the sections of those in the folder ``sections_of``."""
    where, lines = chapter_places(parts), ["<h2>Contents</h2>"]
    for part in parts:
        if part.caption:
            lines.append(f"<h3>{escape(part.caption)}</h3>")
        lines.append("<ol>")
        for source, printed in part.pages.items():
            deep = source.parent.name == sections_of
            for heading in printed.headings[: None if deep else 1]:
                place = where[source.resolve()].get(heading.id)
                if place is not None and heading.level <= 2:
                    kind = "page" if heading.level == 1 else "section"
                    lines.append(f'<li class="{kind}"><a href="{source.as_uri()}#{heading.id}">'
                                 f"<span>{escape(heading.text)}</span><span>{place.page + 1}</span></a></li>")
        lines.append("</ol>")
    return "\n".join(lines)


def front_matter(parts: list[Part], picture: Path, edition: str, version: str) -> str:
    """Return the first pages as a page of HTML."""
    return f"""<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>Lossland</title><style>{STYLE}</style></head><body>
<div class="title"><img src="{picture.as_uri()}" alt=""><h1>Lossland</h1>
<p class="subtitle">Glasses, symmetries and noise in the loss landscapes of deep learning: a book in which nothing is
asserted that you cannot run</p><p>The Lossland authors</p>
<p class="edition">Version {escape(version)}. {escape(edition)}<br>
Code: MIT license. Text and figures: CC BY 4.0.</p></div>
{contents(parts, "chapters")}
</body></html>
"""
