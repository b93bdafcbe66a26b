"""Printed pages have their solutions open; the bound book has bookmarks and links that lead inside of it."""

import zipfile

import pytest
from pypdf import PdfReader

from tools import make_print
from tools.make_print import (
    Printed,
    PrintFailed,
    annotations,
    bind,
    browser_context,
    flattened,
    pack,
    print_deck,
    print_page,
)
from tools.places import Places, here

PLACES = here()
PAGES = ("index.html", "chapters/08-deep-linear-networks-landscape.html", "start.html")


@pytest.fixture(scope="module")
def printed(browser, tmp_path_factory):
    folder = tmp_path_factory.mktemp("print")
    context, pages = browser.new_context(offline=True), {}
    for name in PAGES:
        target = (folder / name).with_suffix(".pdf")
        pages[PLACES.site / name] = Printed(target, print_page(context, PLACES.site / name, target))
    print_deck(context, PLACES.site / "decks" / "08-deep-linear-networks-landscape.html", folder / "deck.pdf")
    context.close()
    bind(pages, folder / "book.pdf")
    return folder, pages


def test_bookmarks_read_like_the_headings(printed):
    folder, pages = printed
    reader = PdfReader(folder / "book.pdf")
    titles = [mark.title for _, mark in flattened(reader.outline)]
    assert titles == [heading for page in pages.values() for heading in page.headings]
    assert len(titles) > 15
    numbers = [reader.get_destination_page_number(mark) for _, mark in flattened(reader.outline)]
    assert numbers == sorted(numbers)
    firsts = [reader.get_destination_page_number(mark) for level, mark in flattened(reader.outline) if level == 0]
    lengths = [len(PdfReader(page.path).pages) for page in pages.values()]
    assert firsts == [sum(lengths[:k]) for k in range(len(lengths))]


def test_links_lead_inside_the_book_and_none_to_files(printed):
    folder, pages = printed
    reader = PdfReader(folder / "book.pdf")
    start = len(reader.pages) - len(PdfReader(pages[PLACES.site / "start.html"].path).pages)
    front = len(PdfReader(pages[PLACES.site / "index.html"].path).pages)
    aims = [item["/Dest"][0].get_object() for page in reader.pages[:front] for item in annotations(page)
            if "/Dest" in item]
    assert reader.pages[start].get_object() in aims  # the front page leads to the start page
    addresses = [str(item["/A"].get_object().get("/URI")) for page in reader.pages for item in annotations(page)
                 if "/A" in item]
    assert [address for address in addresses if address.startswith("file")] == []


def test_hints_and_solutions_are_open(printed):
    _, pages = printed
    page = pages[PLACES.site / PAGES[1]]
    text = "\n".join(each.extract_text() for each in PdfReader(page.path).pages)
    source = (PLACES.book / "chapters" / "08-deep-linear-networks-landscape.md").read_text("utf8")
    assert text.count("Hint 1") == source.count("{dropdown} Hint 1") > 0
    assert "Solution to" in text


def test_a_deck_has_a_page_for_each_slide(printed):
    folder, _ = printed
    assert 12 <= len(PdfReader(folder / "deck.pdf").pages) <= 24


def test_archives_hold_the_folder_below_one_name(tmp_path):
    (tmp_path / "site" / "a").mkdir(parents=True)
    (tmp_path / "site" / "a" / "b.html").write_text("b")
    pack(tmp_path / "site", tmp_path / "out" / "site.zip", "lossland-site")
    assert zipfile.ZipFile(tmp_path / "out" / "site.zip").namelist() == ["lossland-site/a/b.html"]
    assert not (tmp_path / "out" / "site.unfinished").exists()


def test_what_is_missing_is_told(tmp_path, monkeypatch):
    with pytest.raises(PrintFailed, match="`make book` builds it"):
        make_print.make_print(Places(tmp_path))
    monkeypatch.setattr(make_print.shutil, "which", lambda _name: None)
    with pytest.raises(PrintFailed, match="printing needs Chromium"), browser_context():
        pass
