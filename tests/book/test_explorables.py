"""Every interactive figure that a chapter names exists, says what there is to see, and needs nothing from elsewhere."""

import re

import pytest

from tools.fences import blocks
from tools.places import here

PLACES = here()
FOLDER = PLACES.book / "_static" / "explorables"
SHARED = {"base", "numbers"}
FILES = sorted(path for path in FOLDER.glob("*.js") if path.stem not in SHARED)
PAGES = sorted(PLACES.book.glob("chapters/*.md"))
EMBEDDED = [(page, block) for page in PAGES for block in blocks(page.read_text("utf8")) if block.name == "explorable"]
IDS = [f"{page.stem}-{block.argument}" for page, block in EMBEDDED]


@pytest.mark.parametrize(("page", "block"), EMBEDDED, ids=IDS)
def test_what_a_chapter_embeds_exists_and_is_described(page, block):
    assert (FOLDER / f"{block.argument}.js").is_file(), f"{page.name}: no explorable {block.argument!r}"
    for option in ("caption", "alt"):
        assert len(block.options.get(option, "")) > 40, f"{page.name}: {block.argument} has no {option}"


@pytest.mark.parametrize(("page", "block"), EMBEDDED, ids=IDS)
def test_first_values_are_those_of_controls(page, block):
    script = (FOLDER / f"{block.argument}.js").read_text("utf8")
    controls = set(re.findall(r'ui\.(?:slider|choice)\("(\w+)"', script))
    assert controls, "no controls found: this test looks for the wrong thing"
    for pair in block.options.get("set", "").split():
        key, value = pair.split("=")
        assert key in controls, f"{page.name}: {block.argument} has no control {key!r}"
        assert value


def test_there_are_eight_and_each_is_embedded():
    embedded = {block.argument for _, block in EMBEDDED}
    assert len(FILES) >= 8
    assert {path.stem for path in FILES} == embedded


@pytest.mark.parametrize("path", sorted(FOLDER.iterdir()), ids=lambda path: path.name)
def test_files_are_short_plain_and_ask_for_nothing(path):
    text = path.read_text("utf8").replace("http://www.w3.org/2000/svg", "")
    assert len(text.splitlines()) <= 400
    for word in ("http:", "https:", "fetch(", "XMLHttp", "import ", "export ", "@import", "Math.random", "eval("):
        assert word not in text, f"{path.name}: {word}"


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_each_names_itself_and_the_package(path):
    text = path.read_text("utf8")
    assert f'lossland.explorable("{path.stem}"' in text
    named = re.search(r"compute\(\) follows lossland\.(\w+)", text)
    assert named
    assert (PLACES.package / named[1]).is_dir()
