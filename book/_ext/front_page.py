"""The front page's picture, drawn from its record when the page is built, and the map of chapters.

``{front-picture}`` draws :func:`lossland.figures.three_names.plot_three_names`; its body is the caption.
``{chapter-map}`` draws which chapter needs which, from ``chapter_map.yml`` beside the text, as a picture whose boxes
are links; a list below it says the same in words.
"""

from __future__ import annotations

from html import escape
from pathlib import Path

import yaml
from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.util.docutils import SphinxDirective

PICTURE = "_images/three-names.webp"
BOX, GAP, ROW = (150, 62), 18, 104  # pixels of the picture: width and height of a box, space between, height of a row
SIDE = 8


class FrontPicture(SphinxDirective):
    """The picture on the front page."""

    option_spec = {"alt": directives.unchanged_required}  # noqa: RUF012
    has_content = True

    def run(self) -> list[nodes.Node]:
        """Draw it into the site."""
        self.env.note_dependency(str(Path(self.env.srcdir, "records", "three_names.json")))
        draw(Path(self.env.app.outdir, PICTURE))
        image = f'<img src="{PICTURE}" alt="{escape(self.options["alt"])}" width="840" height="840">'
        caption = nodes.caption()
        self.state.nested_parse(self.content, self.content_offset, holder := nodes.container())
        caption += holder[0].children if holder.children else []
        html = nodes.raw("", image, format="html")
        return [nodes.figure("", html, caption, classes=["front-picture"])]


def draw(path: Path) -> None:
    """Draw the picture from the record."""
    from matplotlib import pyplot as plt

    from lossland.experiments import load_record
    from lossland.figures.three_names import plot_three_names

    figure, ax = plt.subplots(figsize=(4.2, 4.2), layout=None)
    ax.set_position((0, 0, 1, 1))
    plot_three_names(load_record("three_names").cells[0]["values"], ax)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=200, transparent=True, pil_kwargs={"quality": 85})
    plt.close(figure)


def read_map(path: Path) -> list[dict]:
    """Read the parts with their chapters: number, short title, file, the numbers of the chapters needed.

    Raises:
        ValueError: a chapter needs one that does not come before it.

    """
    parts = yaml.safe_load(path.read_text("utf8"))
    before: set[int] = set()
    for part in parts:
        for chapter in part["chapters"]:
            late = set(chapter["needs"]) - before
            if late:
                number = chapter["number"]
                raise ValueError(f"{path.name}: chapter {number} needs {sorted(late)}, which do not come before")
            before.add(chapter["number"])
    return parts


class ChapterMap(SphinxDirective):
    """The map of chapters."""

    def run(self) -> list[nodes.Node]:
        """Draw the map, and say the same in words."""
        path = Path(self.env.srcdir, "chapter_map.yml")
        self.env.note_dependency(str(path))
        parts = read_map(path)
        return [nodes.raw("", f'<div class="chapter-map">{picture(parts)}{words(parts)}</div>', format="html")]


def places(parts: list[dict]) -> dict[int, tuple[float, float]]:
    """Return the left upper corner of each chapter's box: a row for each part."""
    widest = max(len(part["chapters"]) for part in parts)
    found = {}
    for row, part in enumerate(parts):
        free = (widest - len(part["chapters"])) * (BOX[0] + GAP) / 2
        for column, chapter in enumerate(part["chapters"]):
            found[chapter["number"]] = (SIDE + free + column * (BOX[0] + GAP), 24 + row * ROW)
    return found


def picture(parts: list[dict]) -> str:
    """Return the map as an SVG picture with links."""
    at = places(parts)
    width = max(x for x, _ in at.values()) + BOX[0] + SIDE
    height = max(y for _, y in at.values()) + BOX[1] + 12
    pieces = []
    for part in parts:
        for chapter in part["chapters"]:
            end = at[chapter["number"]]
            near = [need for need in chapter["needs"] if is_near(at[need], end)]
            chapter["far"] = [need for need in chapter["needs"] if need not in near]
            pieces += [arrow(at[need], end) for need in near]
    for number, part in enumerate(parts):
        y = 24 + number * ROW - 8
        pieces.append(f'<text class="part" x="{width - SIDE:.0f}" y="{y}">{escape(part["part"])}</text>')
        pieces += [box(chapter, *at[chapter["number"]]) for chapter in part["chapters"]]
    return (
        f'<svg viewBox="0 0 {width:.0f} {height:.0f}" role="group" aria-label="Which chapter needs which">'
        '<defs><marker id="map-tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="6" markerHeight="6" orient="auto">'
        f'<path d="M0 0 8 4 0 8z"/></marker></defs>{"".join(pieces)}</svg>'
    )


def is_near(start: tuple[float, float], end: tuple[float, float]) -> bool:
    """Tell whether an arrow between two boxes crosses no other: the next in the row, or one in the row below."""
    (x0, y0), (x1, y1) = start, end
    return (y0 == y1 and x1 - x0 < 1.5 * BOX[0]) or y1 - y0 == ROW


def arrow(start: tuple[float, float], end: tuple[float, float]) -> str:
    """Return an arrow between two boxes: to the right, or down to the next row."""
    (x0, y0), (x1, y1) = start, end
    if y0 == y1:
        path = f"M{x0 + BOX[0]:.0f} {y0 + BOX[1] / 2:.0f}H{x1 - 2:.0f}"
    else:
        a, b = x0 + BOX[0] / 2, x1 + BOX[0] / 2
        path = f"M{a:.0f} {y0 + BOX[1]:.0f}C{a:.0f} {y1 - 14:.0f} {b:.0f} {y1 - 28:.0f} {b:.0f} {y1 - 2:.0f}"
    return f'<path class="need" d="{path}" marker-end="url(#map-tip)"/>'


def box(chapter: dict, x: float, y: float) -> str:
    """Return the box of a chapter: a link with its number and its title in up to three lines."""
    lines = "".join(
        f'<tspan x="{x + 10:.0f}" dy="{16 if number else 0}">{escape(line)}</tspan>'
        for number, line in enumerate(chapter["title"])
    )
    after = ", ".join(f"{need:02d}" for need in chapter["far"])
    far = f'<text class="after" x="{x + BOX[0] - 10:.0f}" y="{y + 18:.0f}">after {after}</text>' if after else ""
    label = escape(f"Chapter {chapter['number']}: {' '.join(chapter['title'])}")
    return (
        f'<a href="chapters/{chapter["file"]}.html" aria-label="{label}"><rect x="{x:.0f}" y="{y:.0f}" '
        f'width="{BOX[0]}" height="{BOX[1]}" rx="6"/><text x="{x + 10:.0f}" y="{y + 18:.0f}">'
        f'<tspan class="number">{chapter["number"]:02d}</tspan></text><text x="{x + 10:.0f}" y="{y + 35:.0f}">{lines}'
        f"</text>{far}</a>"
    )


def words(parts: list[dict]) -> str:
    """Return the map in words, for those who cannot see the picture and for narrow screens."""
    rows = []
    for part in parts:
        for chapter in part["chapters"]:
            needs = ", ".join(f"{need:02d}" for need in chapter["needs"]) or "nothing before it"
            rows.append(
                f'<li><a href="chapters/{chapter["file"]}.html">{chapter["number"]:02d} '
                f'{escape(" ".join(chapter["title"]))}</a> needs {needs}</li>'
            )
    return (
        f'<details><summary>The map in words</summary><ul>{"".join(rows)}</ul></details>'
        "<script>document.querySelector('.chapter-map details').open = innerWidth <= 700</script>"  # no picture there
    )


def setup(app):
    """Register with Sphinx."""
    app.add_directive("front-picture", FrontPicture)
    app.add_directive("chapter-map", ChapterMap)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
