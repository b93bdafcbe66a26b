"""Printed pages have their hints open, and bookmarks, links and page numbers that lead to what they name."""

import os
import re
import zipfile
from contextlib import contextmanager
from functools import cache
from unicodedata import normalize

import pytest
from pypdf import PdfReader

from tests.site.conftest import CLASS_SITE, NO_CLASS_SITE, ROOT
from tests.site.static_checks import broken_links
from tests.site.test_class_edition import runs, secrets
from tools import browser_print, make_print
from tools.bound_book import Part, annotations, bind, flattened, roman, single, slides
from tools.browser_print import PrintFailed, aims, browser_context, print_deck, print_page
from tools.front_matter import front_matter
from tools.places import Places
from tools.print_offers import offer_prints

CHAPTER = "chapters/05-spurious-minima"
PAGES = ("index", CHAPTER, "start")


@cache
def texts(path):
    """Return the text of each page."""
    return [page.extract_text() for page in PdfReader(path).pages]


def plain(text):
    """Return a text without what printing may change: spaces, and two letters that become one sign."""
    return re.sub(r"\s+", "", normalize("NFKC", text))


@pytest.fixture(scope="module")
def context(browser):
    made = browser.new_context(offline=True)
    yield made
    made.close()


@pytest.fixture(scope="module")
def printed(context, site, tmp_path_factory):
    folder = tmp_path_factory.mktemp("print")
    paths = [site / f"{name}.html" for name in PAGES]
    files = {path.resolve(): folder / f"{name}.pdf" for path, name in zip(paths, PAGES, strict=True)}
    wanted, pages = aims(paths), {}
    for path in paths:
        raw = folder / "raw" / path.with_suffix(".pdf").name
        pages[path] = print_page(context, path, raw, wanted.get(path.resolve(), ()))
        single(pages[path], files[path.resolve()], files, " — Lossland")
    parts = [Part("", {paths[0]: pages[paths[0]]}), Part("I A part", {path: pages[path] for path in paths[1:]})]
    front = folder / "front.html"
    front.write_text(front_matter(parts, site / "_static" / "favicon.svg", "An edition.", "0.0"), "utf8")
    bind(print_page(context, front, folder / "front.pdf").path, parts, folder / "book.pdf", "Lossland")
    print_deck(context, site / "decks" / f"{CHAPTER[9:]}.html", folder / "raw-deck.pdf")
    slides(folder / "raw-deck.pdf", folder / "decks" / "deck.pdf", files)
    return folder, list(pages.values())


def positions(page):
    """Return where the pieces of text on a page begin, in points from the lower left corner, in reading order."""
    found = []

    def note(text, user, line, _font, _size):
        if text.strip():
            found.append((text.strip(), user[1] * line[4] + user[3] * line[5] + user[5]))

    page.extract_text(visitor_text=note)
    return found


def test_bookmarks_read_like_the_headings_and_lead_to_them(printed):
    folder, pages = printed
    reader = PdfReader(folder / "book.pdf")
    marks = list(flattened(reader.outline))
    expected = [heading.text for page in pages for heading in page.headings]
    assert [mark.title for _, mark in marks] == ["Contents", expected[0], *expected[1:4], "I A part", *expected[4:]]
    numbers = [reader.get_destination_page_number(mark) for _, mark in marks]
    assert numbers == sorted(numbers)
    assert len(marks) > 15
    assert max(level for level, _ in marks) >= 2
    for (_, mark), number in list(zip(marks, numbers, strict=True))[1:]:
        if mark.title == "I A part":
            continue
        last = plain(mark.title)[-12:]
        heights = [height for text, height in positions(reader.pages[number]) if last.endswith(plain(text)[-12:])]
        assert any(-4 < mark.top - height < 40 for height in heights), (mark.title, mark.top, heights)


def test_the_contents_name_the_pages_by_their_numbers(printed):
    folder, pages = printed
    reader, read = PdfReader(folder / "book.pdf"), texts(folder / "book.pdf")
    labels = reader.page_labels
    assert labels[:3] == ["i", "ii", "1"]
    assert "Version 0.0. An edition." in read[0]
    assert [text.split()[-1] for text in read[2:]] == labels[2:]  # the foot of each page
    listed = [heading for page in pages for heading in page.headings[: None if page is pages[1] else 1]
              if heading.level <= 2]
    links = annotations(reader.pages[1])
    assert len(listed) == len(links) > 8
    for heading, link in zip(listed, links, strict=True):
        number = next(k for k, page in enumerate(reader.pages) if page == link["/Dest"][0].get_object())
        assert plain(heading.text) in plain(read[number]), heading.text
        assert plain(heading.text + labels[number]) in plain(read[1]), heading.text
        height = next(height for text, height in positions(reader.pages[number])
                      if plain(heading.text).endswith(plain(text)))
        assert -4 < float(link["/Dest"][3]) - height < 40, heading.text


def test_links_lead_inside_the_book_and_none_to_files_of_this_machine(printed):
    folder, pages = printed
    reader = PdfReader(folder / "book.pdf")
    start = len(reader.pages) - len(PdfReader(pages[2].path).pages)
    aimed = [item["/Dest"][0].get_object() for item in annotations(reader.pages[2]) if "/Dest" in item]
    aimed += [item["/Dest"][0].get_object() for item in annotations(reader.pages[3]) if "/Dest" in item]
    assert reader.pages[start] in aimed  # the front page leads to the start page
    for path in (folder / "book.pdf", *(folder / f"{name}.pdf" for name in PAGES), folder / "decks" / "deck.pdf"):
        assert b"file:" not in path.read_bytes(), path.name


def test_a_page_alone_names_itself_and_its_neighbors(printed):
    folder, pages = printed
    reader = PdfReader(folder / f"{CHAPTER}.pdf")
    root = reader.trailer["/Root"]
    assert reader.metadata.title == "5. Spurious minima — Lossland"
    assert root["/Lang"] == "en"
    assert root["/MarkInfo"]["/Marked"]
    assert "/StructTreeRoot" in root
    assert [mark.title for _, mark in flattened(reader.outline)] == [heading.text for heading in pages[1].headings]
    feet = [text.split()[-3:] for text in texts(folder / f"{CHAPTER}.pdf")]
    assert feet == [[str(k + 1), "/", str(len(feet))] for k in range(len(feet))]
    addresses = {str(item["/A"]["/URI"]) for page in PdfReader(folder / "index.pdf").pages
                 for item in annotations(page) if "/A" in item}
    assert f"./{CHAPTER}.pdf" in addresses
    deck = {str(item["/A"]["/URI"]) for page in PdfReader(folder / "decks" / "deck.pdf").pages
            for item in annotations(page) if "/A" in item}
    assert any(address.startswith(f"./../{CHAPTER}.pdf") for address in deck)


def test_hints_and_solutions_are_open_and_buttons_are_not_printed(printed):
    folder, _ = printed
    text = "\n".join(texts(folder / f"{CHAPTER}.pdf"))
    source = (ROOT / "book" / f"{CHAPTER}.md").read_text("utf8")
    assert text.count("Hint 1") == source.count("{dropdown} Hint 1") > 0
    assert "Solution to" in text
    assert "Click to" not in text


WIDE = """() => {
  const right = document.querySelector('.bd-article').getBoundingClientRect().right, wrong = [];
  for (const element of document.querySelectorAll('.bd-article *')) {
    const box = element.getBoundingClientRect();
    if (box.width && box.right > right + 2 && !element.closest('svg, mjx-assistive-mml'))
      wrong.push(`${element.tagName} ${element.className} ends ${Math.round(box.right - right)} px too far`);
  }
  return wrong;
}"""


@pytest.mark.parametrize("name", ["index", CHAPTER, "teaching", "status"])
def test_nothing_reaches_over_the_edge_of_the_paper(context, site, name):
    page = context.new_page()
    page.set_viewport_size({"width": int(176 / 25.4 * 96 / browser_print.SCALE), "height": 1200})
    page.emulate_media(media="print")
    page.goto((site / f"{name}.html").as_uri())
    page.wait_for_function(browser_print.TYPESET)
    page.evaluate(browser_print.OPEN)
    assert page.evaluate(WIDE) == []
    page.close()


def test_a_deck_has_a_page_for_each_slide(printed):
    folder, _ = printed
    assert 12 <= len(PdfReader(folder / "decks" / "deck.pdf").pages) <= 24


def test_the_class_edition_is_printed_without_solutions(context, printed, tmp_path):
    if not (CLASS_SITE / "index.html").is_file():
        pytest.fail(NO_CLASS_SITE, pytrace=False)
    folder, _ = printed
    hidden = secrets([(ROOT / "book" / f"{CHAPTER}.md").read_text("utf8")])
    page = print_page(context, CLASS_SITE / f"{CHAPTER}.html", tmp_path / "class.pdf")
    single(page, tmp_path / "chapter.pdf", {}, "")
    text = "\n".join(texts(tmp_path / "chapter.pdf"))
    assert runs(text) & hidden == set()
    assert "Solution to" not in text
    assert "Hint 1" in text
    assert len(runs("\n".join(texts(folder / f"{CHAPTER}.pdf"))) & hidden) > 20


# A small site of three pages for the rest.

BUTTON = '<ul class="dropdown-menu"><li>\n<button onclick="window.print()"\n class="x">.pdf</button>\n</li>\n</ul>'
LIST = ('<ul class="materials"><li class="take-print" data-name="01-a"><a href="decks/01-a.html?print-pdf">deck'
        "</a></li></ul>")


def small_page(title, more=""):
    """Return a page as the theme makes them, as far as printing looks at it."""
    return (f'<html lang="en"><title>{title}</title><body>{BUTTON}<article class="bd-article"><section id="s">'
            f"<h1>{title}</h1><p>Words of {title}.</p>{more}</section></article></body></html>")


def small_site(site):
    """Write the pages of a small site, a chapter with a deck among them."""
    for folder in ("chapters", "decks", "_static"):
        (site / folder).mkdir(parents=True)
    (site / "index.html").write_text(small_page("Front", f'{LIST}<a href="chapters/01-a.html#aim">to it</a>'))
    (site / "chapters" / "01-a.html").write_text(small_page("Chapter", '<h2 id="aim">Aim</h2>'))
    (site / "decks" / "01-a.html").write_text("<title>Deck</title>")
    (site / "_static" / "favicon.svg").write_text('<svg xmlns="http://www.w3.org/2000/svg"/>')


@pytest.fixture
def small(tmp_path, monkeypatch, context):
    for site in (tmp_path / "_build" / "html", tmp_path / "_build" / "class" / "html"):
        small_site(site)
    for folder in ("chapters", "decks"):
        (tmp_path / "book" / folder).mkdir(parents=True)
        (tmp_path / "book" / folder / "01-a.md").write_text("# A\n")
    (tmp_path / "book" / "index.md").write_text("# Front\n")
    (tmp_path / "_toc.yml").write_text("root: index\nparts:\n- caption: I One\n  chapters: [file: chapters/01-a]\n"
                                       .replace("[file: chapters/01-a]", "[{file: chapters/01-a}]"))
    (tmp_path / "pyproject.toml").write_text('[project]\nversion = "1.2"\n')

    @contextmanager
    def same_browser():
        yield context

    monkeypatch.setattr(make_print, "browser_context", same_browser)
    monkeypatch.setattr(make_print, "print_deck", lambda _context, source, target: print_page(context, source, target))
    return Places(tmp_path)


@pytest.mark.parametrize("edition", ["full", "class"])
def test_printing_fills_the_site_and_the_archives(small, edition):
    made = make_print.make_print(small, edition=edition)
    site = small.site if edition == "full" else small.build / "class" / "html"
    names = ["pdf/chapters/01-a.pdf", "pdf/decks/01-a.pdf", "pdf/index.pdf", "pdf/lossland.pdf"]
    assert sorted(path.relative_to(site).as_posix() for path in made[:4]) == names
    other = small.build / "class" / "html" if edition == "full" else small.site
    assert not (other / "pdf").exists()
    name = "lossland" if edition == "full" else "lossland-class"
    assert [path.name for path in made[4:]] == [f"{name}-site.zip", f"{name}-decks.zip"]
    inside = [zipfile.ZipFile(path).namelist() for path in made[4:]]
    assert {f"{name}-site/{file}" for file in names} <= set(inside[0])
    assert inside[1] == [f"{name}-decks/{file}" for file in ("index.html", "01-a.html", "pdf/01-a.pdf")]
    index = zipfile.ZipFile(made[5]).read(inside[1][0]).decode()
    assert re.findall(r'href="(.*?)"', index) == ["01-a.html", "pdf/01-a.pdf"]
    assert not list(small.root.rglob("*.unfinished"))
    edition_line = {"full": "With the solutions", "class": "without solutions"}[edition]
    assert edition_line in texts(site / "pdf" / "lossland.pdf")[0]


def menu_of(page):
    """Return what the menu of a page leads to."""
    return re.findall(r'<(?:a|button) (?:href|onclick)="(.*?)"', page.read_text().split("</ul>")[0])


def test_the_menu_offers_what_is_printed_and_only_that(small):
    site, pages = small.site, [small.site / "index.html", small.site / "chapters" / "01-a.html"]
    assert offer_prints(site) == 2
    assert offer_prints(site) == 0
    assert [menu_of(page) for page in pages] == [["window.print()"]] * 2
    make_print.make_print(small, ("chapters", "decks"))
    assert menu_of(pages[0]) == ["pdf/index.pdf", "pdf/lossland.pdf"]
    assert menu_of(pages[1]) == ["../pdf/chapters/01-a.pdf", "../pdf/decks/01-a.pdf", "../pdf/lossland.pdf"]
    assert 'href="pdf/chapters/01-a.pdf">chapter' in pages[0].read_text()
    assert 'href="pdf/decks/01-a.pdf">deck' in pages[0].read_text()
    assert [broken_links(page, site) for page in pages] == [[], []]
    assert offer_prints(site) == 0  # and the times of the pages are kept, so that nothing is outdated
    later = pages[1].stat().st_mtime + 1000
    os.utime(pages[1], (later, later))  # built anew
    assert offer_prints(site) == 2
    assert menu_of(pages[0]) == ["pdf/index.pdf"]
    assert menu_of(pages[1]) == ["window.print()", "../pdf/decks/01-a.pdf"]
    assert sorted(path.name for path in (site / "pdf").rglob("*.pdf")) == ["01-a.pdf", "index.pdf"]


def test_all_pages_of_the_site_offer_a_pdf_or_printing(site):
    pages = sorted((site / "chapters").glob("*.html"))
    for page in pages:
        text = page.read_text("utf8").split('class="dropdown dropdown-download-buttons"')[1].split("</ul>")[0]
        offers = re.findall(r'(?:href|onclick)="(.*?)"', text)
        assert f"../notebooks/student/{page.stem}.ipynb" in offers
        assert f"../decks/{page.stem}.html" in offers
        printed = f"../pdf/chapters/{page.stem}.pdf"
        assert (printed in offers) == (site / "pdf" / "chapters" / f"{page.stem}.pdf").exists()
        assert printed in offers or "window.print()" in offers
    assert len(pages) == 20


def test_small_numbers_of_the_first_pages():
    assert [roman(k) for k in (1, 2, 4, 5, 9, 10, 14)] == ["i", "ii", "iv", "v", "ix", "x", "xiv"]


def test_what_is_missing_is_told(tmp_path, monkeypatch):
    with pytest.raises(PrintFailed, match="`make book` builds it"):
        make_print.make_print(Places(tmp_path))
    with pytest.raises(PrintFailed, match="`make book EDITION=class` builds it"):
        make_print.make_print(Places(tmp_path), edition="class")
    monkeypatch.setattr(browser_print.shutil, "which", lambda _name: None)
    with pytest.raises(PrintFailed, match="printing needs Chromium"), browser_context():
        pass
