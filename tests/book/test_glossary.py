"""The glossary: links from the chapters and back, on a synthetic book; the order of its entries, in the real one."""

import importlib.util
import re
from types import SimpleNamespace

import pytest
from bs4 import BeautifulSoup
from docutils import nodes
from docutils.utils import new_document
from sphinx import addnodes

from tests.book.conftest import CONTENTS, FRONT, PAGES, ToyBook
from tools.places import here
from tools.solutions import without_solutions

PLACES = here()
GLOSSARY = """# Words

```{glossary}
gray wombat
  A wombat that is gray. It digs. {forms}`gray wombats`

koala
  An animal that sleeps. {forms}`koalas` {only}`43`

wombat
  An animal that digs. Symbol $w$, see {ref}`sec-toy`. {forms}`wombats, Wombats of the south`
```
"""
CHAPTER = (
    FRONT
    + r"""
# A wombat in the title

:::{admonition} Beside
:class: tip
A wombat in a box.
:::

A `wombat` in code, [a wombat](../start.md) in a link, $wombat$ in a formula, a cyber-wombat; then the *wombat* itself,
and a wombat more. Two gray
wombats are there.

| wombat | koala |
|---|---|
| 1 | 2 |

```{prf:theorem} Koalas
:label: thm-koala
Koalas sleep.
```

```{exercise-start} A koala
:label: ex-koala
```
How many koalas?
```{exercise-end}
```
"""
)


@pytest.fixture(scope="module")
def glossary_links():
    spec = importlib.util.spec_from_file_location("glossary_links", PLACES.book / "_ext" / "glossary_links.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """Return the pages of a synthetic book with a glossary; a koala of chapter 42 is not that of chapter 43."""
    book = ToyBook(tmp_path_factory.mktemp("glossary"))
    book.write("book/glossary.md", GLOSSARY)
    book.write("book/chapters/43-wombats.md", CHAPTER)
    book.write("book/chapters/42-toys.md", PAGES["chapters/42-toys.md"] + "\nNo koala is a wombat.\n")
    book.write("_toc.yml", CONTENTS.replace("toys\n  -", "toys\n      - file: chapters/43-wombats\n  -")
               + "      - file: glossary\n")
    done = book.make("full")
    assert done.returncode == 0, done.stdout + done.stderr

    def read(name):
        return BeautifulSoup((book.places.site / name).read_text("utf8"), "html.parser")

    return SimpleNamespace(read=read, places=book.places)


def test_the_first_occurrence_in_running_prose_is_linked_and_no_other(site):
    links = site.read("chapters/43-wombats.html").select("a.glossary-link")
    assert [" ".join(link.text.split()) for link in links] == ["wombat", "gray wombats", "Koalas"]
    assert links[0].parent.name == "em"
    assert [link["href"] for link in links] == [
        "../glossary.html#term-wombat", "../glossary.html#term-gray-wombat", "../glossary.html#term-koala",
    ]  # fmt: skip
    assert links[0]["title"] == "An animal that digs."
    assert links[1]["title"] == "A wombat that is gray."


def test_words_that_mean_something_else_in_a_chapter_are_left_alone(site):
    links = site.read("chapters/42-toys.html").select("a.glossary-link")
    assert [link.text for link in links] == ["wombat"]


def test_each_entry_leads_back_to_the_places(site):
    page = site.read("glossary.html")
    back = {term.text.strip("#\n"): [link["href"] for link in term.find_next("dd").select(".glossary-uses a")]
            for term in page.select("dl.glossary dt")}
    assert back == {
        "gray wombat": ["chapters/43-wombats.html#use-term-gray-wombat"],
        "koala": ["chapters/43-wombats.html#use-term-koala"],
        "wombat": ["chapters/42-toys.html#use-term-wombat", "chapters/43-wombats.html#use-term-wombat"],
    }
    for address in (address for addresses in back.values() for address in addresses):
        name, anchor = address.split("#")
        assert site.read(name).find(id=anchor)["class"][0] == "glossary-link"


def test_what_is_for_the_links_only_is_not_shown(site):
    assert "gray wombats" not in site.read("glossary.html").select_one("article").text
    notebook = (site.places.notebooks / "student" / "43-wombats.ipynb").read_text("utf8")
    assert "glossary" not in notebook


def entry(glossary_links, term, *forms, page="glossary", only=()):
    return glossary_links.Entry(page, f"term-{term}", term, f"A {term}.", (term, *forms), only)


def test_an_environment_forgets_and_takes_over_entries(glossary_links):
    wombat, koala = entry(glossary_links, "wombat"), entry(glossary_links, "koala", page="more")
    env, other = SimpleNamespace(), SimpleNamespace(glossary_terms={"more": [koala], "unread": [koala]})
    glossary_links.terms_of(env)["glossary"] = [wombat]
    glossary_links.merge(None, env, {"more"}, other)
    assert glossary_links.all_entries(env) == [wombat, koala]
    glossary_links.purge(None, env, "glossary")
    assert glossary_links.all_entries(env) == [koala]


TEXT = nodes.Text


@pytest.mark.parametrize(("parts", "sentence"), [
    ([TEXT("It digs. It sleeps.")], "It digs."),
    ([TEXT("It digs,\n"), nodes.emphasis("", "", TEXT("much")), TEXT(". Then")], "It digs, much."),
    ([TEXT("It is "), nodes.math("", "w"), TEXT(". It digs.")], ""),
    ([TEXT("See "), addnodes.pending_xref("", nodes.inline("", "there")), TEXT(".")], ""),
    ([TEXT("No end")], ""),
])
def test_an_entry_begins_with_a_sentence_in_plain_words(glossary_links, parts, sentence):
    assert glossary_links.first_sentence(nodes.paragraph("", "", *parts)) == sentence


def document(text):
    made = new_document("page")
    made += nodes.paragraph("", "", nodes.Text(text))
    return made


def test_pages_are_written_again_when_what_they_show_has_changed(glossary_links):
    pages = {"chapters/01-a": document("A wombat."), "chapters/02-b": document("Nothing."), "glossary": document("")}
    env = SimpleNamespace(found_docs=set(pages), get_doctree=pages.get, glossary_terms={})
    assert glossary_links.survey(None, env) == []
    env.glossary_terms["glossary"] = [entry(glossary_links, "wombat")]
    assert glossary_links.survey(None, env) == ["chapters/01-a", "chapters/02-b", "glossary"]
    assert glossary_links.survey(None, env) == []
    pages["chapters/02-b"] = document("Here, too: wombat.")
    assert glossary_links.survey(None, env) == ["glossary"]
    env.glossary_terms["glossary"] = [entry(glossary_links, "wombat", "wombats")]
    assert glossary_links.survey(None, env) == ["chapters/01-a", "chapters/02-b", "glossary"]


@pytest.mark.parametrize(("text", "found"), [
    ("wombat", ["wombat"]), ("Wombats", ["Wombats"]), ("WOMBAT", []), ("wombat's", ["wombat"]), ("wombatty", []),
    ("gray\nwombat", ["gray\nwombat"]), ("a gray wombat, a wombat", ["gray wombat", "wombat"]), ("non-wombat", []),
])
def test_forms_are_found_as_words(glossary_links, text, found):
    entries = [entry(glossary_links, name) for name in ("gray", "gray wombat", "wombat", "wombats")]
    assert [match[0] for _, match, _ in glossary_links.first_occurrences(document(text), entries)] == found


# The glossary of the book.

SOURCE = (PLACES.book / "glossary.md").read_text("utf8")
ITEM = re.compile(r"^(?!`)(\S.*)\n((?:  .*\n)+)", re.MULTILINE)
ITEMS = dict(ITEM.findall(SOURCE.partition("```{glossary}")[2]))
PARTS = re.compile(r"\{(forms|only)\}`([^`]+)`")


def parts(term):
    found = {"forms": [], "only": []}
    for kind, text in PARTS.findall(ITEMS[term]):
        found[kind] += [" ".join(part.split()) for part in text.split(",")]
    return found


def test_terms_are_alphabetic_and_unique():
    terms = [term for term, _ in ITEM.findall(SOURCE.partition("```{glossary}")[2])]
    assert 90 <= len(terms) <= 140
    assert len(set(terms)) == len(terms)
    assert terms == sorted(terms, key=lambda term: term.lower().replace("–", "-"))


def test_no_form_leads_to_two_entries_in_one_chapter():
    owners = {}
    chapters = [path.stem[:2] for path in PLACES.chapters()]
    for term in ITEMS:
        for form in {term, *parts(term)["forms"]}:
            for chapter in parts(term)["only"] or chapters:
                assert chapter in chapters
                owners.setdefault((chapter, form), set()).add(term)
    assert {place: terms for place, terms in owners.items() if len(terms) > 1} == {}


def test_every_term_occurs_in_a_chapter():
    texts = {path.stem[:2]: " ".join(without_solutions(path.read_text("utf8")).split()) for path in PLACES.chapters()}
    unused = []
    for term in ITEMS:
        forms = "|".join(f"[{form[0].upper()}{form[0]}]{re.escape(form[1:])}" for form in (term, *parts(term)["forms"]))
        word = re.compile(rf"(?<![\w\-–])({forms})(?![\w\-–])")
        if not any(word.search(texts[chapter]) for chapter in parts(term)["only"] or texts):
            unused.append(term)
    assert unused == []
