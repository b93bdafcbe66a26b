"""MyST text is cut into blocks and nothing of it gets lost."""

import pytest

from tests.book.conftest import CHAPTER
from tools.fences import blocks


def test_blocks_join_to_the_text():
    assert "\n".join(block.text for block in blocks(CHAPTER)) == CHAPTER


def test_options_arguments_and_bodies():
    text = "before\n\n````{prf:theorem} A name\n:label: thm\n:class: dropdown\n\n```python\ncode\n```\n````\nafter"
    plain, box, rest = blocks(text)
    assert (plain.text, rest.text, rest.line_number) == ("before\n", "after", 11)
    assert (box.name, box.argument, box.options) == ("prf:theorem", "A name", {"label": "thm", "class": "dropdown"})
    assert box.body[-3:] == ["```python", "code", "```"]


def test_yaml_options_and_lists():
    text = "```{code-cell}\n---\nmystnb: {figure: {name: fig-a}}\n---\n1\n```\n```{code-cell}\n:tags: [a, b]\n2\n```"
    one, two = blocks(text)
    assert one.options["mystnb"]["figure"]["name"] == "fig-a"
    assert one.body == ["1"]
    assert two.options["tags"] == ["a", "b"]


def test_colon_fences_nest_by_length():
    outer = next(blocks("::::{grid}\n:::{card} One\ntext\n:::\n::::"))
    assert next(blocks("\n".join(outer.body))).argument == "One"


def test_code_blocks_are_no_directives():
    block = next(blocks("```python\n{note}\n```"))
    assert (block.name, block.argument) == ("", "python")


def test_an_open_fence_is_named():
    with pytest.raises(ValueError, match=r"line 2: the block '```\{note\}' is never closed"):
        list(blocks("text\n```{note}\nmore"))
