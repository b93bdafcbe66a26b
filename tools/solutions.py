"""Find the solutions in the source of a page, and leave them out."""

from __future__ import annotations

from tools.fences import Block, blocks

MARK = "solution"


def _tags(block: Block) -> list[str]:
    tags = block.options.get("tags") or []
    return [tags] if isinstance(tags, str) else list(tags)


def _split(text: str) -> tuple[list[Block], list[Block]]:
    """Return the blocks that everybody sees and those that belong to a solution."""
    seen: list[Block] = []
    hidden: list[Block] = []
    opened: Block | None = None
    for block in blocks(text):
        if block.name == "solution-start":
            if opened is not None:
                raise ValueError(f"line {block.line_number}: a solution starts inside the one of "
                                 f"line {opened.line_number}")
            opened = block
            hidden.append(block)
        elif block.name == "solution-end":
            if opened is None:
                raise ValueError(f"line {block.line_number}: solution-end without solution-start")
            opened = None
            hidden.append(block)
        elif opened is not None or block.name == MARK or (block.name == "code-cell" and MARK in _tags(block)):
            hidden.append(block)
        else:
            seen.append(block)
    if opened is not None:
        raise ValueError(f"line {opened.line_number}: this solution never ends; write a solution-end block")
    return seen, hidden


def without_solutions(text: str) -> str:
    """Return the source without any solution.

    Raises:
        ValueError: a solution is not closed, or hides inside another directive, where it would survive.

    """
    seen, _ = _split(text)
    kept = "\n".join(block.text for block in seen)
    for word in ("{solution}", "{solution-start}", "{solution-end}"):
        if word in kept:
            raise ValueError(f"a {word} block lies inside another directive: move it to the top level")
    return kept


def solution_text(text: str) -> list[str]:
    """Return the lines that only solutions have: the bodies of the hidden blocks, stripped, not repeated outside."""
    seen, hidden = _split(text)
    outside = {line.strip() for block in seen for line in block.lines}
    inside: dict[str, None] = {}
    for block in hidden:
        content = block.body if block.name else block.lines
        inside.update((line.strip(), None) for line in content)
    return [line for line in inside if line and line not in outside]
