"""The guide for teachers agrees with the decks, the chapters and itself."""

import re
from fractions import Fraction
from itertools import accumulate

import pytest

from tools.fences import blocks
from tools.places import here

PLACES = here()
NAMES = [path.stem for path in PLACES.chapters()]
LECTURE = 45
WORDS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"]
MINUTES = re.compile(rf"(half a|{'|'.join(WORDS)})(?: and a (half|quarter))? minutes?\b", re.I)
PARTS = {None: Fraction(0), "half": Fraction(1, 2), "quarter": Fraction(1, 4)}


def guide() -> str:
    return (PLACES.book / "teaching.md").read_text("utf8")


def section_of(text: str, number: str) -> str:
    """Return the section on a chapter."""
    match = re.search(rf"^\(teaching-{number}\)=\n(.*?)(?=^\(teaching-\d\d\)=|\Z)", text, re.M | re.S)
    if match is None:
        raise ValueError(f"the guide has no section on chapter {number}")
    return match[1]


def rows_of(section: str, heading: str) -> list[list[str]]:
    """Return the cells of the first table below a heading, without its head."""
    below = re.search(rf"^#+ {heading}[^\n]*\n(.*?)(?=^#|\Z)", section, re.M | re.S)
    lines = [line for line in (below[1] if below else "").split("\n") if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines[2:]]


def slides_of(text: str) -> list[tuple[str, Fraction | None]]:
    """Return title and minutes of each slide of a deck: its notes begin with them."""
    slides: list[tuple[str, Fraction | None]] = []
    for block in blocks(text):
        if block.name is None:
            slides += [(title, None) for title in re.findall(r"^#{1,3} (.+)$", "\n".join(block.lines), re.M)]
        elif block.name == "revealjs-notes" and slides and slides[-1][1] is None:
            match = MINUTES.match("\n".join(block.body).lstrip())
            if match:
                whole = Fraction(1, 2) if match[1].lower() == "half a" else Fraction(WORDS.index(match[1].lower()))
                slides[-1] = (slides[-1][0], whole + PARTS[match[2]])
    return slides


def disagreements(deck: str, section: str) -> list[str]:
    """Return what does not fit between the minutes in the notes of a deck and the timing table of the guide."""
    slides = slides_of(deck)
    found = [f"the slide {title!r} has notes without minutes" for title, minutes in slides if minutes is None]
    ends = list(accumulate(minutes or 0 for _, minutes in slides))
    if not ends or ends[-1] != LECTURE:
        found.append(f"the notes add up to {ends[-1] if ends else 0} minutes")
    rows = [re.fullmatch(r"(\d+)–(\d+)", row[0]) for row in rows_of(section, "Timing of the lecture")]
    if not rows or None in rows:
        return [*found, "the table has no rows, or one that does not begin with minutes such as 0–6"]
    table = [(int(row[1]), int(row[2])) for row in rows]
    if table[0][0] != 0 or table[-1][1] != LECTURE or [a[1] for a in table[:-1]] != [b[0] for b in table[1:]]:
        found.append(f"the rows do not follow each other from 0 to {LECTURE}")
    return found + [f"no slide ends at {end}, as a row does" for _, end in table if end not in ends]


def exercise_minutes(section: str) -> dict[str, int]:
    """Return the minutes of each exercise in a section's table."""
    rows = rows_of(section, "Exercises")
    return {re.search(r"ex-[\w-]+", row[0])[0]: int(row[1]) for row in rows}


def plans() -> str:
    return guide().partition("(teaching-plans)=")[2].partition("(teaching-01)=")[0]


@pytest.mark.parametrize("name", NAMES, ids=lambda name: name[:2])
def test_minutes_in_the_notes_agree_with_the_timing_table(name):
    deck = (PLACES.book / "decks" / f"{name}.md").read_text("utf8")
    assert disagreements(deck, section_of(guide(), name[:2])) == []


@pytest.mark.parametrize("name", NAMES, ids=lambda name: name[:2])
def test_the_guide_has_each_exercise_of_the_chapter(name):
    chapter = (PLACES.book / "chapters" / f"{name}.md").read_text("utf8")
    listed = exercise_minutes(section_of(guide(), name[:2]))
    assert sorted(listed) == sorted(block.options["label"] for block in blocks(chapter)
                                    if block.name in ("exercise", "exercise-start"))
    assert all(5 <= minutes <= 90 for minutes in listed.values())


def test_the_week_adds_up():
    """Exercises are of the day's chapter; a morning has 60 to 75 minutes of them, an evening at most 60."""
    days = [row for line in plans().split("\n") if line.startswith("| ")
            and re.fullmatch(r"\d", (row := line.strip("| ").split(" | "))[0])]
    assert [row[0] for row in days] == list("12345")
    for _day, lecture, in_class, minutes, homework, evening in days:
        number = re.fullmatch(r"\{ref\}`teaching-(\d\d)`", lecture)[1]
        known = exercise_minutes(section_of(guide(), number))
        assert sum(known[label] for label in re.findall(r"ex-[\w-]+", in_class)) == int(minutes)
        assert 60 <= int(minutes) <= 75
        labels = re.findall(r"ex-[\w-]+", homework)
        assert not labels or sum(known[label] for label in labels) == int(evening)
        assert int(evening) <= 60
        assert not set(labels) & set(re.findall(r"ex-[\w-]+", in_class))


def test_the_single_lectures_leave_an_exercise_of_their_own_chapter_behind():
    rows = re.findall(r"<teaching-(\d\d)>` \| \{ref\}`(ex-[\w-]+)`", plans())
    assert len(rows) == 4
    for number, label in rows:
        assert label in exercise_minutes(section_of(guide(), number))


def test_the_term_has_a_lecture_for_each_week():
    week, known = 1, {number: exercise_minutes(section_of(guide(), number)) for number in (n[:2] for n in NAMES)}
    for line in plans().partition("**One term**")[2].split("\n"):
        row = re.fullmatch(r"\| (\d+)(?:–(\d+))? \| (.*?) \| (.*?) \| (.*?) \|", line)
        if row is None:
            continue
        assert int(row[1]) == week
        last = int(row[2] or row[1])
        lectures = [re.findall(r"teaching-(\d\d)", entry) for entry in row[3].split(", ")]
        homework = [re.findall(r"ex-[\w-]+", entry) for entry in row[5].split("; ")]
        assert len(lectures) == len(homework) == last - week + 1
        for numbers, labels in zip(lectures, homework, strict=True):
            minutes = {label: value for number in numbers for label, value in known[number].items()}
            assert 0 < sum(minutes[label] for label in labels) <= 60
        week = last + 1
    assert week == 15
    named = set(re.findall(r"teaching-(\d\d)", plans().partition("**One term**")[2]))
    assert {f"{number:02d}" for number in range(1, 18)} <= named


DECK = "# T\n\n```{{revealjs-notes}}\nOne minute. Hello.\n```\n\n## A\n\n" \
       "```{{revealjs-notes}}\n{} minutes. Text.\n```\n\n## B\n\n```{{revealjs-notes}}\n{}\n```\n"
TABLE = "### Timing of the lecture\n\n| minutes | slides |\n|---|---|\n| {} | a |\n| {} | b |\n"


@pytest.mark.parametrize(("deck", "table", "told"), [
    (("Ten", "Ten minutes. Text."), ("0–11", "11–45"), "the notes add up to 21 minutes"),
    (("Ten", "Text."), ("0–11", "11–45"), "the slide 'B' has notes without minutes"),
    (("Ten", "Two and a half minutes. Text."), ("0–10", "10–45"), "no slide ends at 10, as a row does"),
    (("Ten", "Half a minute. Text."), ("0–11", "12–45"), "the rows do not follow each other from 0 to 45"),
    (("Ten", "One minute. Text."), ("0–11", "11–44"), "the rows do not follow each other from 0 to 45"),
    (("Ten", "One minute. Text."), ("0–11", "soon"), "the table has no rows, or one that does not begin with minutes "
                                                     "such as 0–6"),
])
def test_what_disagrees_is_found(deck, table, told):
    assert told in disagreements(DECK.format(*deck), TABLE.format(*table))


def test_half_minutes_count():
    slides = slides_of(DECK.format("Ten", "Two and a half minutes. Text."))
    assert [minutes for _, minutes in slides] == [1, 10, Fraction(5, 2)]
