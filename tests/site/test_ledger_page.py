"""The ledger's page: counts, filter, links; with and without JavaScript, by mouse and by keyboard."""

import re
from pathlib import Path

import pytest
import yaml
from bs4 import BeautifulSoup

ENTRIES = yaml.safe_load((Path(__file__).parents[2] / "book" / "ledger.yml").read_text(encoding="utf8"))
CORRECTED = [entry["id"] for entry in ENTRIES if entry["verdict"] in ("corrected", "refuted")]


@pytest.fixture
def ledger(new_page, address):
    tab = new_page((address,))
    tab.page.goto(address + "ledger.html")
    tab.page.wait_for_selector("#ledger-filter:not([hidden])")
    return tab.page


def shown(page):
    """List the ids of the entries that are to be seen."""
    return [
        name.removeprefix("ledger-")
        for name in page.locator("article.ledger-entry:not([hidden])").evaluate_all("all => all.map(e => e.id)")
    ]


def ids(**wanted):
    """List the ids of the entries whose fields have the wanted values."""
    return [entry["id"] for entry in ENTRIES if all(entry.get(key) == value for key, value in wanted.items())]


def test_all_entries_are_there_in_order(ledger):
    assert sorted(shown(ledger)) == sorted(entry["id"] for entry in ENTRIES)
    assert ledger.locator("#ledger-filter output").inner_text() == f"{len(ENTRIES)} of {len(ENTRIES)} entries"


def test_filters_combine_and_are_reset(ledger):
    ledger.get_by_label("Source").select_option("yarotsky")
    ledger.get_by_label("Verdict").select_option("corrected")
    assert shown(ledger) == ids(source="yarotsky", verdict="corrected")
    ledger.get_by_label("Words").fill("length relu")
    words = [i for i in shown(ledger) if i in ids(source="yarotsky", verdict="corrected")]
    assert 0 < len(words) < len(ids(source="yarotsky", verdict="corrected"))
    ledger.get_by_role("button", name="Show all").click()
    ledger.wait_for_function("document.querySelectorAll('article.ledger-entry[hidden]').length === 0")


def test_chapters_of_the_filter_hold_their_entries(ledger):
    select = ledger.get_by_label("Chapter")
    values = [value for value in select.locator("option").evaluate_all("all => all.map(o => o.value)") if value]
    found = []
    for value in values:
        select.select_option(value)
        found += shown(ledger)
    assert sorted(found) == sorted(entry["id"] for entry in ENTRIES if entry.get("chapter"))


def test_counts_lead_to_their_entries(ledger, address):
    cells = ledger.locator(".ledger-counts td a").evaluate_all("all => all.map(a => [a.href, +a.textContent])")
    assert cells
    for link, number in cells[:3]:
        ledger.goto(link)
        ledger.wait_for_selector("#ledger-filter:not([hidden])")
        assert len(shown(ledger)) == number


def test_each_chapter_leads_to_what_it_decides(new_page, site, address):
    tab = new_page((address,))
    pages = sorted((site / "chapters").glob("*.html"))
    assert len(pages) == 20
    counts = {}
    for page in pages:
        line = BeautifulSoup(page.read_text("utf8"), "html.parser").select_one(".ledger-of-chapter")
        numbers = [int(number) for number in re.findall(r"\d+", line.get_text())]
        assert numbers[0] == sum(numbers[1:])
        counts[page] = numbers[0], line.a["href"]
    assert sum(number for number, _ in counts.values()) == sum(bool(entry.get("chapter")) for entry in ENTRIES)
    for number, link in list(counts.values())[:2]:
        tab.page.goto(f"{address}chapters/{link}")
        tab.page.wait_for_selector("#ledger-filter:not([hidden])")
        assert len(shown(tab.page)) == number


def test_nothing_found_says_what_to_do(ledger):
    ledger.get_by_label("Words").fill("zyxwvutsrq")
    assert shown(ledger) == []
    assert "Show all" in ledger.locator("#ledger-filter output").inner_text()


def test_filter_is_reached_and_used_by_keyboard(ledger):
    ledger.get_by_label("Source").focus()
    for name in ("verdict", "chapter", "words"):
        ledger.keyboard.press("Tab")
        assert ledger.evaluate("document.activeElement.name") == name
    ledger.keyboard.type("heavy ball")
    assert "yarotsky-alg-02-heavy-ball" in shown(ledger)
    assert len(shown(ledger)) < 10


def test_address_of_an_entry_shows_it(new_page, address):
    page = new_page((address,)).page
    page.goto(address + "ledger.html?verdict=open#ledger-yarotsky-claim-18-lln")
    page.wait_for_selector("#ledger-yarotsky-claim-18-lln:visible")


def test_without_scripts_the_page_is_the_full_list(browser, address):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(address + "ledger.html")
    assert page.locator("article.ledger-entry").count() == len(ENTRIES)
    assert page.locator("#ledger-filter").is_hidden()
    context.close()


def test_errata_tell_every_corrected_and_refuted_entry(new_page, address):
    page = new_page((address,)).page
    page.goto(address + "errata.html")
    found = page.locator("article.erratum").evaluate_all("all => all.map(e => e.id)")
    assert sorted(found) == sorted(f"erratum-{name}" for name in CORRECTED)
    assert page.locator("article.erratum .ledger-where a").count() == len(CORRECTED)
    ranks = page.locator("article.erratum").evaluate_all(
        "all => all.map(e => e.closest('section').id.replace('errata-of-', '').split('-'))"
    )
    consequences = ["conclusion", "condition", "value", "notation"]
    sources = list(dict.fromkeys(source for source, _ in ranks))
    order = [(sources.index(source), consequences.index(consequence)) for source, consequence in ranks]
    assert order == sorted(order)  # source by source, the heaviest first
