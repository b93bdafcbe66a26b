"""Nothing of any solution is left in the class edition and in the student notebooks, in whatever file.

The solutions are cut out of the chapters here once more, by another way than the one that builds the editions. What
must not occur are their runs of seven words, as far as the rest of the book does not contain them as well.
"""

import json
import re
from html import unescape

import pytest
from sphinx.search.en import SearchEnglish

from tests.site.conftest import CLASS_SITE, NO_CLASS_SITE, ROOT

RUN = 7
SOLUTION = re.compile(
    r"^(`{3,})\{solution-start\}.*?^`{3,}\{solution-end\}\n`{3,}$|^(`{3,}|:{3,})\{solution\}.*?^\2$", re.S | re.M
)
SOLUTION_CELL = re.compile(r"^```\{code-cell\}[^\n]*\n:tags: \[[^\]\n]*\bsolution\b[^\]\n]*\].*?^```$", re.S | re.M)
TEXTS = {".html", ".js", ".ipynb", ".md", ".txt", ".py", ".json"}


def words(text):
    """Split a text into what it is made of: words and numbers, without any marks."""
    return re.findall(r"[a-z0-9]+", text.lower())


def runs(text):
    """Collect the runs of words of a text."""
    found = words(text)
    return {tuple(found[start : start + RUN]) for start in range(len(found) - RUN + 1)}


def secrets(chapters, collect=runs):
    """Collect the runs of words, or what `collect` finds, that only the solutions of the chapters have."""
    inside, outside = set(), set()
    for text in chapters:
        for pattern in (SOLUTION, SOLUTION_CELL):
            for match in pattern.finditer(text):
                lines = [line for line in match.group().splitlines() if not re.match(r"[`:]{3,}|:\w+:", line)]
                inside |= collect("\n".join(lines))
            text = pattern.sub("\n", text)
        outside |= collect(text)
    return inside - outside


def plain(path):
    """Read a file as a reader or a curious student would: tags off, notebook sources joined."""
    text = path.read_text(encoding="utf8", errors="replace")
    if path.suffix == ".ipynb":
        cells = json.loads(text)["cells"]
        outputs = [json.dumps(output) for cell in cells for output in cell.get("outputs", [])]
        return "\n".join([*("".join(cell["source"]) for cell in cells), *outputs])
    return unescape(re.sub(r"<[^>]*>", "", text)) if path.suffix == ".html" else text


def leaks(folder, hidden):
    """List the files below a folder that contain a run of words of a solution.

    The reference of the package is left out: it has to say what its own functions compute.
    """
    wrong = []
    for path in sorted(folder.rglob("*")):
        if path.suffix in TEXTS and not {"api", "mathjax", "vendor", "revealjs"} & set(path.parts):
            found = runs(plain(path)) & hidden
            wrong += [f"{path.relative_to(folder)}: {' '.join(min(found))} ({len(found)} runs)"] if found else []
    return wrong


def index_terms(folder):
    """Return the terms of the search index of a site."""
    text = (folder / "searchindex.js").read_text(encoding="utf8")
    index = json.loads(text.removeprefix("Search.setIndex(").removesuffix(")"))
    return set(index["terms"]) | set(index["titleterms"])


@pytest.fixture(scope="module")
def chapters():
    return [path.read_text(encoding="utf8") for path in sorted((ROOT / "book" / "chapters").glob("*.md"))]


@pytest.fixture(scope="module")
def hidden(chapters):
    found = secrets(chapters)
    assert sum(text.count("{solution-start}") for text in chapters) == 0 or len(found) > 50
    return found


@pytest.fixture(scope="module")
def class_site():
    if not (CLASS_SITE / "index.html").is_file():
        pytest.fail(NO_CLASS_SITE, pytrace=False)
    return CLASS_SITE


def test_student_notebooks_have_no_solution(site, hidden):
    folder = site / "notebooks" / "student"
    assert list(folder.glob("*.ipynb")), f"no notebooks in {folder}"
    assert leaks(folder, hidden) == []


def test_instructor_notebooks_and_pages_have_the_solutions(site, hidden):
    for folder in (site / "notebooks" / "instructor", site / "chapters"):
        assert len(leaks(folder, hidden)) == len(list((ROOT / "book" / "chapters").glob("*.md")))


def test_class_edition_has_no_solution_in_any_file(class_site, hidden):
    problems = leaks(class_site, hidden)
    assert not problems, "\n" + "\n".join(problems)
    assert not (class_site / "notebooks" / "instructor").exists()


def test_search_index_of_the_class_edition_has_no_word_that_only_solutions_have(site, class_site, chapters):
    stem = SearchEnglish({}).stem
    only = {stem(word) for word in secrets(chapters, lambda text: set(words(text))) if len(word) > 3}
    for path in class_site.rglob("*.html"):
        only -= {stem(word) for word in words(plain(path))}
    assert index_terms(class_site) & only == set()
    assert index_terms(site) & only, "the index of the full edition should know words of its solutions"


def test_a_leak_is_found(tmp_path):
    body = "The zebra runs along the river until night falls slowly."
    chapter = f"# A\n\n```{{solution-start}} ex\n:class: dropdown\n```\n{body}\n```{{solution-end}}\n```\n\nEnd.\n"
    cell = "```{code-cell} ipython3\n:tags: [solution]\na = one(b, c) + two(d, e) * three\n```\n"
    found = secrets([chapter + cell])
    (tmp_path / "a.html").write_text(f"<p>{body.replace('river', '<em>river</em>')}</p>")
    code = "<span>a</span> = one(b, <i>c</i>) + two(d, e) * three"
    (tmp_path / "b.html").write_text(code)
    (tmp_path / "c.ipynb").write_text(json.dumps({"cells": [{"source": [body[:30], body[30:]]}]}))
    (tmp_path / "d.html").write_text("<p>The zebra runs.</p>")
    assert [problem.split(":")[0] for problem in leaks(tmp_path, found)] == ["a.html", "b.html", "c.ipynb"]
    assert secrets([chapter, f"# B\n\n{body}\n"]) == set()
