"""Numbers have one source: what the text types, a cell of the chapter computes or sets, or a source prints.

Results come into the text by ``glue``.  A number may be typed where it is also in the code (a setting), in an output
(read off a table just shown) or in the ledger (what a slide or the paper prints), or where a comment
``% quoted: 4.27 (source)`` says whose it is; any other decimal, count or percentage in the text would be a claim that
nobody computes.
"""

import re
from functools import cache

import pytest
import yaml

from tools.executions import ExecutionCache, read_notebook
from tools.places import here

PLACES = here()
SOURCES = [*PLACES.chapters(), *PLACES.decks()]
ROLE = re.compile(r"\{[\w:-]+\}`[^`]*`")
TYPED = re.compile(r"(?<![\w.,{}-])(?:\d*\.\d{2,}|\d{1,3}(?:,\d{3})+|\d+(?:\.\d+)?(?= ?(?:%|\\%|percent)))(?!\.?\d)")
NUMBER = re.compile(r"(?<![\w.])(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?", re.IGNORECASE)
PAGES = [PLACES.book / f"{name}.md" for name in ("index", "start", "notation", "teaching", "errata")]


QUOTED = re.compile(r"^% quoted: (?P<numbers>[^(\n]+) \((?P<source>[^)\n]+)\)$", re.MULTILINE)
LEVELS = {"95"}  # of confidence, in percent


def typed_numbers(text: str) -> list[str]:
    """Return the decimals, large counts and percentages that a text types, roles apart."""
    plain = ROLE.sub("", QUOTED.sub("", text))
    return [match.group() for match in TYPED.finditer(plain) if match.group() not in LEVELS]


def values(text: str) -> set[float]:
    """Return the numbers that occur in code, an output or the ledger."""
    plain = re.sub(r"(?<=\d)[,_\u2009](?=\d{3}(?!\d))", "", text)
    return {abs(float(number)) for number in NUMBER.findall(plain)}


def found(number: str, known: set[float]) -> bool:
    """Tell whether a known value rounds to the typed one, itself or as a share in percent."""
    plain = number.replace(",", "")
    digits = len(plain.partition(".")[2])
    half = 0.5 * 10.0**-digits * (1 + 1e-9)
    return any(abs(scale * value - float(plain)) <= half for value in known for scale in (1, 100))


def texts(notebook) -> tuple[str, str]:
    """Return the text of a notebook and, apart, its code and its outputs."""
    text, computed = [], []
    for cell in notebook.cells:
        if cell.cell_type != "code":
            text.append(cell.source)
            continue
        computed.append(cell.source)
        for output in cell.get("outputs", []):
            computed.append(output.get("text", ""))
            computed += [str(body) for kind, body in output.get("data", {}).items() if not kind.startswith("image/")]
    return "\n".join(text), "\n".join(computed)


@pytest.fixture(scope="module")
def executions():
    return cache(ExecutionCache(PLACES).lookup)


@cache
def ledger() -> list[dict]:
    return yaml.load((PLACES.book / "ledger.yml").read_text("utf8"), getattr(yaml, "CSafeLoader", yaml.SafeLoader))


def quoted(path) -> str:
    """Return where numbers of others are noted: quotations, and entries of the ledger that this chapter decides."""
    chapter = (PLACES.book / "chapters" / path.name).read_text("utf8")
    notes = "\n".join(match["numbers"] for match in QUOTED.finditer(path.read_text("utf8")))
    return notes + "\n".join(str(entry) for entry in ledger() if f"({entry.get('chapter')})=" in chapter)


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_a_typed_number_is_computed_or_quoted(path, executions):
    execution = executions(path)
    if execution is None:
        pytest.fail("not executed as it stands: `make book` does it", pytrace=False)
    text, code = texts(read_notebook(path))
    known = values(code) | values(texts(execution.notebook)[1]) | values(quoted(path))
    assert [number for number in typed_numbers(text) if not found(number, known)] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_number_on_another_page_occurs_in_the_chapters(page, executions):
    done = [executions(path) for path in SOURCES]
    if None in done:
        pytest.fail("not all executed as they stand: `make book` does it", pytrace=False)
    known = set()
    for path, execution in zip(SOURCES, done, strict=True):
        known |= values(texts(execution.notebook)[1]) | values(path.read_text("utf8"))
    assert [number for number in typed_numbers(page.read_text("utf8")) if not found(number, known)] == []


def test_what_counts_as_typed():
    text = "about 0.53 of 1,024 runs, 12.5 % in all (95 % interval), chapter 03, {glue:text}`a:.2f`, v1.25, 12 times"
    assert typed_numbers(f"{text}\n% quoted: 4.27 (somebody 1999)\n") == ["0.53", "1,024", "12.5"]
    assert values("n = 16_384 of 1,024, -3e-2 and x1 .5") == {16384.0, 1024.0, 0.03, 0.5}


@pytest.mark.parametrize(
    ("number", "value", "same"),
    [("0.53", 0.5317, True), ("0.53", 0.525, True), ("0.53", 0.54, False), ("53", 0.5317, True), ("53", 0.541, False),
     ("1,024", 1024, True)],
)
def test_what_rounds_to_a_typed_number(number, value, same):
    assert found(number, {value}) is same
