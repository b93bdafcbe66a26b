"""What a build consists of, counted when the page is made: ``{build-counts}``, ``{build-times}``, ``{build-records}``.

Nothing is typed.  Counts come from the sources, the checkers and the ledger; times and figures from the stored
executions, so that they are those of the run whose outputs the reader sees and do not change when only pages are
rendered anew; costs of records from the files beside them.
"""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import NamedTuple

import yaml
from docutils import nodes
from docutils.statemachine import StringList
from sphinx.util.docutils import SphinxDirective

EXERCISE = re.compile(r"^`{3,}\{exercise(?:-start)?\}", re.MULTILINE)
HINT = re.compile(r"^:{3,}\{dropdown\} Hint", re.MULTILINE)
EXPLORABLE = re.compile(r"^`{3,}\{explorable\} (\S+)", re.MULTILINE)
TITLE = re.compile(r"^# (.+)$", re.MULTILINE)
SLIDE = re.compile(r"^#{1,3} ", re.MULTILINE)
CODE = re.compile(r"^```\{code-cell\}.*?^```$", re.MULTILINE | re.DOTALL)
RECORD = re.compile(r"load_record\(\s*\"(\w+)\"")
IMAGES = ("image/png", "image/svg+xml", "image/jpeg")
NOTHING = "·"


class Executed(NamedTuple):
    """What is stored of the execution of one source; ``seconds`` is None where nothing is stored."""

    cells: int
    figures: int | None
    seconds: float | None


def read_execution(source: Path, cache_path: str) -> Executed:
    """Find the stored execution of a source, as Sphinx does when it renders it."""
    from jupyter_cache import get_cache
    from jupyter_cache.cache.db import NbCacheRecord
    from myst_nb.core.read import read_myst_markdown_notebook

    notebook = read_myst_markdown_notebook(source.read_text("utf8"), add_source_map=True, path=str(source))
    cells = sum(cell.cell_type == "code" for cell in notebook.cells)
    if not Path(cache_path).exists():
        return Executed(cells, None, None)
    cache = get_cache(cache_path)
    try:
        record = NbCacheRecord.record_from_hashkey(cache.create_hashed_notebook(notebook)[1], cache.db)
        executed = cache.get_cache_bundle(record.pk).nb
    except KeyError:
        return Executed(cells, None, None)
    return Executed(cells, sum(map(has_image, executed.cells)), record.data.get("execution_seconds"))


def has_image(cell) -> bool:
    """Tell whether a cell has put out a picture."""
    return any(kind in output.get("data", {}) for output in cell.get("outputs", []) for kind in IMAGES)


def count_sources(texts: list[str], decks: list[str]) -> dict[str, int]:
    """Count what can be read off the sources of chapters and decks."""
    return {
        "chapters": len(texts),
        "exercises": sum(len(EXERCISE.findall(text)) for text in texts),
        "hints": sum(len(HINT.findall(text)) for text in texts),
        "figures that compute in the page": sum(len(EXPLORABLE.findall(text)) for text in texts),
        "decks": len(decks),
        "slides": sum(len(SLIDE.findall(CODE.sub("", text))) for text in decks),
    }


def count_checkers() -> dict[str, int]:
    """Count the checkers and the mistakes that they know by name."""
    from lossland.exercises import all_checkers

    checkers = all_checkers().values()
    return {"checkers": len(checkers), "mistakes that they name": sum(len(made.mistakes) for made in checkers)}


def count_ledger(entries: list[dict]) -> dict[str, int]:
    """Count the entries of the ledger by verdict, and the tests that decide them."""
    verdicts = Counter(entry["verdict"].replace("-", " ") for entry in entries)
    decided = {"entries of the ledger": len(entries)} | {f"… {name}": n for name, n in verdicts.most_common()}
    return decided | {"tests that decide them": len({entry["test"] for entry in entries if entry.get("test")})}


def minutes(seconds: float) -> str:
    """Write a time in minutes, in seconds or hours where these are better."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


class StatusDirective(SphinxDirective):
    """What the three tables share: the sources, and a table made from Markdown."""

    def sources(self, folder: str) -> list[Path]:
        """Return the numbered sources of a folder; the page depends on them."""
        found = sorted(Path(self.env.srcdir, folder).glob("[0-9]*.md"))
        for path in found:
            self.env.note_dependency(str(path))
        return found

    def table(self, head: list[str], rows: list[list[str]]) -> list[nodes.Node]:
        """Return a table."""
        lines = [head, ["---"] * len(head), *rows]
        holder = nodes.Element()
        text = StringList(["| " + " | ".join(line) + " |" for line in lines], self.get_source_info()[0])
        self.state.nested_parse(text, 0, holder)
        return holder.children


class BuildCounts(StatusDirective):
    """How many of everything there are."""

    def run(self) -> list[nodes.Node]:
        """Count."""
        chapters = [path.read_text("utf8") for path in self.sources("chapters")]
        decks = [path.read_text("utf8") for path in self.sources("decks")]
        ledger = Path(self.env.srcdir, "ledger.yml")
        self.env.note_dependency(str(ledger))
        counts = count_sources(chapters, decks) | count_checkers()
        counts |= count_ledger(yaml.safe_load(ledger.read_text("utf8")))
        return self.table(["what", "number"], [[name, f"{number:,}"] for name, number in counts.items()])


class BuildTimes(StatusDirective):
    """What was executed for each chapter and its deck, and how long it took."""

    def run(self) -> list[nodes.Node]:
        """Look up the stored executions."""
        cache = self.config.nb_execution_cache_path or str(Path(self.env.app.outdir).parent / ".jupyter_cache")
        rows, total = [], Counter()
        for chapter in self.sources("chapters"):
            deck = Path(self.env.srcdir, "decks", chapter.name)
            title = TITLE.search(chapter.read_text("utf8"))[1]
            parts = [read_execution(path, cache) if path.exists() else None for path in (chapter, deck)]
            rows.append([f"{chapter.stem[:2]} {{doc}}`{title} </chapters/{chapter.stem}>`", *self.cells(parts)])
            for number, part in enumerate(parts):
                if part is not None:
                    total.update({(number, k): v for k, v in part._asdict().items() if v is not None})
        both = [Executed(*(total.get((number, name)) for name in Executed._fields)) for number in (0, 1)]
        rows.append(["**all**", *self.cells(both)])
        return self.table(["chapter", "cells", "figures", "seconds", "cells of the deck", "seconds"], rows)

    @staticmethod
    def cells(parts: list[Executed | None]) -> list[str]:
        """Write the numbers of a chapter and of its deck."""
        shown = []
        for number, part in enumerate(parts):
            values = ("cells", "figures", "seconds") if number == 0 else ("cells", "seconds")
            shown += [write(part and getattr(part, name)) for name in values]
        return shown


def write(value: float | None) -> str:
    """Write a number without digits that mean nothing."""
    return NOTHING if value is None else f"{value:,.0f}"


class BuildRecords(StatusDirective):
    """What is stored because it takes long: cost, command, and the chapters that read it."""

    def run(self) -> list[nodes.Node]:
        """Read the records."""
        from lossland.experiments import load_record

        readers: dict[str, list[str]] = {}
        for chapter in self.sources("chapters"):
            for name in sorted(set(RECORD.findall(chapter.read_text("utf8")))):
                readers.setdefault(name, []).append(f"{{doc}}`{chapter.stem[:2]} </chapters/{chapter.stem}>`")
        rows, seconds = [], 0.0
        for path in sorted(Path(self.env.srcdir, "records").glob("*.run.json")):
            self.env.note_dependency(str(path))
            name = path.name.removesuffix(".run.json")
            record = load_record(name)
            seconds += record.run["seconds_of_all_cells"]
            rows.append([f"`{name}`", ", ".join(readers.get(name, [NOTHING])), f"{len(record.cells):,}",
                         minutes(record.run["seconds_of_all_cells"]), record.run["date"], f"`{record.command}`"])
        rows.append(["**all**", NOTHING, NOTHING, minutes(seconds), NOTHING, NOTHING])
        return self.table(["record", "in chapters", "runs", "cost", "made on", "command"], rows)


def setup(app):
    """Register with Sphinx."""
    app.add_directive("build-counts", BuildCounts)
    app.add_directive("build-times", BuildTimes)
    app.add_directive("build-records", BuildRecords)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
