"""The map on the front page is that of the chapters, and the picture is drawn from its record."""

import re

import pytest
import yaml

from tools.places import here

PLACES = here()
MAP = PLACES.book / "chapter_map.yml"
PARTS = yaml.safe_load(MAP.read_text("utf8"))
CHAPTERS = {chapter["number"]: chapter for part in PARTS for chapter in part["chapters"]}


@pytest.fixture(scope="module")
def front_page():
    import importlib.util

    spec = importlib.util.spec_from_file_location("front_page", PLACES.book / "_ext" / "front_page.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def named_in(line: str) -> set[int]:
    """Return the numbers of the chapters that a line names."""
    return {int(a or b) for a, b in re.findall(r"\b(\d\d?)\b(?!-)|(?<=<)(\d\d)(?=-)", line)}


def test_every_chapter_is_on_the_map_under_its_title():
    assert {chapter["file"] for chapter in CHAPTERS.values()} == {path.stem for path in PLACES.chapters()}
    for path in PLACES.chapters():
        title = re.search(r"^# (.+)$", path.read_text("utf8"), re.M).group(1)
        assert " ".join(CHAPTERS[int(path.stem[:2])]["title"]) == title


@pytest.mark.parametrize("path", PLACES.chapters(), ids=lambda path: path.stem[:2])
def test_the_arrows_are_what_the_chapters_say_they_need(path):
    line = re.search(r"\*\*(?:You n|N)eed\*\*:(.*)", path.read_text("utf8")).group(1)
    assert set(CHAPTERS[int(path.stem[:2])]["needs"]) == named_in(line)


def test_a_chapter_cannot_need_a_later_one(front_page, tmp_path):
    wrong = tmp_path / "map.yml"
    wrong.write_text("- part: I\n  chapters:\n  - {number: 1, title: [a], file: a, needs: [2]}\n")
    with pytest.raises(ValueError, match="chapter 1 needs \\[2\\], which do not come before"):
        front_page.read_map(wrong)


def test_the_picture_has_a_link_for_each_chapter_and_an_arrow_or_a_word_for_each_need(front_page):
    parts = front_page.read_map(MAP)
    svg = front_page.picture(parts)
    assert re.findall(r'href="chapters/([\w-]+)\.html"', svg) == [chapter["file"] for chapter in CHAPTERS.values()]
    told = sum(len(after.split(",")) for after in re.findall(r">after ([\d, ]+)<", svg))
    assert svg.count('class="need"') + told == sum(len(chapter["needs"]) for chapter in CHAPTERS.values())
    assert front_page.words(parts).count("<li>") == 20


def test_the_disc_is_drawn(front_page, tmp_path):
    front_page.draw(tmp_path / "disc.webp")
    assert 20_000 < (tmp_path / "disc.webp").stat().st_size < 200_000
